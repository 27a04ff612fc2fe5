//! What the model API is shown instead of what the client sent.

use std::fmt;

use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::RelayError;

/// The longest credential, in bytes.
const LONGEST: usize = 8 * 1024;
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The credential that is added outside the cell.
///
/// Neither `Debug` nor any error or event shows it.
pub enum Credential {
    /// Sent as `x-api-key`.
    ApiKey(SecretString),
    /// Sent as `authorization: Bearer`, with the beta header that the API asks for with such tokens.
    OauthToken(SecretString),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApiKey(_) => "ApiKey([redacted])",
            Self::OauthToken(_) => "OauthToken([redacted])",
        })
    }
}

/// A credential in the form of a header.
pub(crate) struct AuthHeader {
    pub(crate) name: HeaderName,
    pub(crate) value: HeaderValue,
    pub(crate) is_oauth: bool,
    secret: SecretString,
}

impl fmt::Debug for AuthHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthHeader([redacted])")
    }
}

impl AuthHeader {
    pub(crate) fn new(credential: Credential) -> Result<Self, RelayError> {
        let (name, is_oauth, secret) = match credential {
            Credential::ApiKey(secret) => (API_KEY, false, secret),
            Credential::OauthToken(secret) => (AUTHORIZATION, true, secret),
        };
        let text = secret.expose_secret();
        // A short one would be "found" in every answer.
        if !(8..=LONGEST).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(RelayError::Credential);
        }
        let header = if is_oauth { format!("Bearer {text}") } else { text.to_owned() };
        let mut value = HeaderValue::try_from(header).map_err(|_| RelayError::Credential)?;
        value.set_sensitive(true);
        Ok(Self { name, value, is_oauth, secret })
    }

    /// Whether the credential stands in these bytes.
    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        let secret = self.secret.expose_secret().as_bytes();
        bytes.windows(secret.len()).any(|window| window == secret)
    }
}

/// Looks for the credential in bytes that come in pieces.
#[derive(Default)]
pub(crate) struct Echo {
    /// The last bytes, one less than the credential has.
    tail: Vec<u8>,
}

impl Echo {
    /// Whether the credential ends in this piece.
    pub(crate) fn is_in(&mut self, piece: &[u8], auth: &AuthHeader) -> bool {
        let kept = auth.secret.expose_secret().len().saturating_sub(1);
        let seam = self.tail.len();
        self.tail.extend_from_slice(piece.get(..kept).unwrap_or(piece));
        let found = auth.is_in(&self.tail) || auth.is_in(piece);
        self.tail.truncate(seam);
        self.tail.extend_from_slice(piece.get(piece.len().saturating_sub(kept)..).unwrap_or(piece));
        self.tail.drain(..self.tail.len().saturating_sub(kept));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_found_wherever_it_is_cut() {
        let auth = AuthHeader::new(Credential::ApiKey("sk-ant-canary".into())).unwrap();
        let text = b"some words sk-ant-sk-ant-canary and more";
        let ends = b"some words sk-ant-sk-ant-canary".len();
        for size in 1..=text.len() {
            let mut echo = Echo::default();
            let mut read = 0;
            for piece in text.chunks(size) {
                let before = read;
                read += piece.len();
                assert_eq!(
                    echo.is_in(piece, &auth),
                    before < ends && ends <= read,
                    "pieces of {size}, at {read}"
                );
            }
        }
        assert!(!Echo::default().is_in(b"sk-ant-canar sk-ant-Canary k-ant-canary", &auth));
    }
}

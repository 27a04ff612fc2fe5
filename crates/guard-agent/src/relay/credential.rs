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

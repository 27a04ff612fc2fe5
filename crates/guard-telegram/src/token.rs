use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::Error;

/// The longest token, in bytes; real ones have about 46.
const LONGEST: usize = 256;

/// A bot's token, of the right form.
///
/// `Debug` does not show it, and nothing in this crate puts it anywhere but into the path of a request.
#[derive(Clone)]
pub struct BotToken(SecretString);

impl BotToken {
    /// Parses `123456789:secret`: digits, a colon, and letters, digits, `_` or `-`.
    ///
    /// # Errors
    ///
    /// [`Error::Token`], which does not tell what was there.
    pub fn parse(token: &SecretString) -> Result<Self, Error> {
        let text = token.expose_secret().trim();
        let (id, secret) = text.split_once(':').ok_or(Error::Token)?;
        let fits = text.len() <= LONGEST && !id.is_empty() && !secret.is_empty();
        let is_secret = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if !fits || !id.bytes().all(|byte| byte.is_ascii_digit()) || !secret.bytes().all(is_secret) {
            return Err(Error::Token);
        }
        Ok(Self(SecretString::from(text)))
    }

    /// The digits in front of the colon: the bot's own id, which is public.
    #[must_use]
    pub fn bot_id(&self) -> &str {
        self.0.expose_secret().split(':').next().unwrap_or_default()
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BotToken([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(token: &str, want: Option<&str>) {
        let got = BotToken::parse(&SecretString::from(token));
        assert_eq!(got.as_ref().ok().map(BotToken::bot_id), want);
        assert!(!format!("{got:?}").contains("AAH"));
    }

    #[test]
    fn form() {
        check("110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", Some("110201543"));
        check("  110201543:AAHdqTcv-_\n", Some("110201543"));
        for token in
            ["", ":", "1:", ":AAH", "AAH", "x1:AAH", "1:AAH/getMe", "1:AA H", "1:AAH%2f", "1:2:AAH", "1:AAH?"]
        {
            check(token, None);
        }
        check(&format!("1:AAH{}", "x".repeat(260)), None);
    }
}

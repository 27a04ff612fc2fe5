//! The name of a conversation.

use std::fmt;
use std::str::FromStr;

/// A conversation that can be taken up again: a UUID in lower case, and nothing else, because it becomes an argument
/// and a file name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionId(String);

/// A text that is not the name of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a conversation")]
pub struct BadSessionId;

impl FromStr for SessionId {
    type Err = BadSessionId;

    fn from_str(text: &str) -> Result<Self, BadSessionId> {
        let is_uuid = text.len() == 36
            && text.bytes().enumerate().all(|(place, byte)| match place {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            });
        if is_uuid { Ok(Self(text.to_owned())) } else { Err(BadSessionId) }
    }
}

impl SessionId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: bool) {
        assert_eq!(text.parse::<SessionId>().is_ok(), want, "{text:?}");
    }

    #[test]
    fn only_a_uuid_names_a_conversation() {
        check("878cdfd8-9f7a-4ddf-b1ed-47cf66d94c2d", true);
        check("878CDFD8-9f7a-4ddf-b1ed-47cf66d94c2d", false);
        check("878cdfd8-9f7a-4ddf-b1ed-47cf66d94c2", false);
        check("878cdfd8-9f7a-4ddf-b1ed-47cf66d94c2d\n", false);
        check("--dangerously-skip-permissions-xxxxx", false);
        check("../../../../../../../../../../../../", false);
        check("", false);
    }
}

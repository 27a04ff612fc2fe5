//! Why nobody is let in.

use thiserror::Error;

/// Why there is no principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The user is not on the list.
    #[error("the user is not on the allowlist")]
    UnknownUser,
    /// The list names nobody. An empty list never means everybody.
    #[error("the allowlist is empty")]
    EmptyAllowlist,
    /// An entry is not a positive number below 2^63 in decimal digits.
    #[error("entry {entry} of the allowlist is not a user id")]
    MalformedId {
        /// Which entry, counted from 1.
        entry: usize,
    },
    /// The list has more than [`MAX_USERS`](crate::MAX_USERS) entries.
    #[error("the allowlist has more than 1000 entries")]
    TooManyUsers,
    /// The process works for another user than the one who started it, so whoever is at the terminal is not its owner.
    #[error("the process does not belong to the user at the terminal")]
    NotTheOwner,
}

impl AuthError {
    /// The stable name of the refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownUser => "auth-unknown-user",
            Self::EmptyAllowlist => "auth-empty-allowlist",
            Self::MalformedId { .. } => "auth-malformed-id",
            Self::TooManyUsers => "auth-too-many-users",
            Self::NotTheOwner => "auth-not-the-owner",
        }
    }
}

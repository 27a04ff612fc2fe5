//! The proof that somebody was authenticated.

use std::fmt;

use crate::{Allowlist, AuthError, UserId};

/// Somebody who was authenticated. There is no way to make one but [`Allowlist::authenticate`] and
/// [`Principal::local`], so a function that takes a `Principal` cannot be called for a stranger.
///
/// ```compile_fail
/// let forged = guard_auth::Principal { who: (), role: guard_auth::Role::Owner };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    who: Who,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Who {
    Telegram(UserId),
    Local(u32),
}

/// What a principal may do beyond asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Asks, and answers for what they asked.
    Member,
    /// Also administers.
    Owner,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Member => "member",
            Self::Owner => "owner",
        })
    }
}

impl Principal {
    pub(crate) const fn telegram(user: UserId, role: Role) -> Self {
        Self { who: Who::Telegram(user), role }
    }

    /// The person at the terminal, who is the owner where the process runs as the user who started it.
    ///
    /// `real` and `effective` are the user ids of the process itself (getuid and geteuid), never something that a
    /// request says. They differ in a set-uid program, which anybody may start.
    ///
    /// # Errors
    /// [`AuthError::NotTheOwner`] where they differ.
    pub const fn local(real: u32, effective: u32) -> Result<Self, AuthError> {
        if real == effective {
            Ok(Self { who: Who::Local(real), role: Role::Owner })
        } else {
            Err(AuthError::NotTheOwner)
        }
    }

    /// What the principal may do.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The Telegram user, unless it is the person at the terminal.
    #[must_use]
    pub const fn telegram_user(&self) -> Option<UserId> {
        match self.who {
            Who::Telegram(user) => Some(user),
            Who::Local(_) => None,
        }
    }

    /// The name for limits and records: `telegram:123` or `local:1000`.
    #[must_use]
    pub fn actor(&self) -> String {
        self.to_string()
    }

    /// Whether the list still names them; the person at the terminal does not depend on it.
    #[must_use]
    pub fn is_still_on(&self, list: &Allowlist) -> bool {
        self.telegram_user().is_none_or(|user| list.authenticate(user) == Ok(*self))
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.who {
            Who::Telegram(user) => write!(f, "telegram:{user}"),
            Who::Local(uid) => write!(f, "local:{uid}"),
        }
    }
}

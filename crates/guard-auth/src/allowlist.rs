//! The users who may ask.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::{AuthError, Principal, Role};

/// The most users on a list.
pub const MAX_USERS: usize = 1000;

/// A Telegram user id: positive. Groups and channels have negative ids, so a chat is never taken for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(i64);

impl UserId {
    /// The number as a transport delivers it.
    ///
    /// # Errors
    /// [`AuthError::MalformedId`] unless it is positive.
    pub const fn new(id: i64) -> Result<Self, AuthError> {
        if id > 0 { Ok(Self(id)) } else { Err(AuthError::MalformedId { entry: 1 }) }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for UserId {
    type Err = AuthError;

    /// Reads decimal digits only: no sign, no space, no leading zero.
    fn from_str(text: &str) -> Result<Self, AuthError> {
        let malformed = AuthError::MalformedId { entry: 1 };
        if text.starts_with('0') || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed);
        }
        text.parse().map_err(|_| malformed).and_then(Self::new)
    }
}

/// The users who may ask; never empty. The first of the list is the owner.
///
/// ```
/// use guard_auth::{Allowlist, AuthError, Role, UserId};
///
/// let list = Allowlist::parse("123, 456")?;
/// let owner = list.authenticate(UserId::new(123)?)?;
/// assert_eq!((owner.actor().as_str(), owner.role()), ("telegram:123", Role::Owner));
/// assert_eq!(list.authenticate(UserId::new(789)?), Err(AuthError::UnknownUser));
/// # Ok::<(), AuthError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowlist {
    owner: UserId,
    members: BTreeSet<UserId>,
}

impl Allowlist {
    /// Reads ids separated by commas; ASCII white space around an id is ignored, and so is a repeated id.
    ///
    /// # Errors
    /// [`AuthError`]: nothing but white space, an entry that is no id (an empty one included), or more than
    /// [`MAX_USERS`] entries.
    pub fn parse(text: &str) -> Result<Self, AuthError> {
        if text.trim_ascii().is_empty() {
            return Err(AuthError::EmptyAllowlist);
        }
        let mut owner = None;
        let mut members = BTreeSet::new();
        for (entry, id) in (1..).zip(text.split(',')) {
            if entry > MAX_USERS {
                return Err(AuthError::TooManyUsers);
            }
            let id: UserId = id.trim_ascii().parse().map_err(|_| AuthError::MalformedId { entry })?;
            members.insert(id);
            owner = owner.or(Some(id));
        }
        let owner = owner.ok_or(AuthError::EmptyAllowlist)?;
        members.remove(&owner);
        Ok(Self { owner, members })
    }

    /// Proves that `user`, whose id the transport vouches for, may ask.
    ///
    /// # Errors
    /// [`AuthError::UnknownUser`].
    pub fn authenticate(&self, user: UserId) -> Result<Principal, AuthError> {
        if user == self.owner {
            Ok(Principal::telegram(user, Role::Owner))
        } else if self.members.contains(&user) {
            Ok(Principal::telegram(user, Role::Member))
        } else {
            Err(AuthError::UnknownUser)
        }
    }

    /// Everybody on the list, the owner first.
    pub fn users(&self) -> impl Iterator<Item = UserId> {
        std::iter::once(self.owner).chain(self.members.iter().copied())
    }
}

impl FromStr for Allowlist {
    type Err = AuthError;

    fn from_str(text: &str) -> Result<Self, AuthError> {
        Self::parse(text)
    }
}

impl fmt::Display for Allowlist {
    /// Prints what [`parse`](Self::parse) reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.owner)?;
        self.members.iter().try_for_each(|member| write!(f, ",{member}"))
    }
}

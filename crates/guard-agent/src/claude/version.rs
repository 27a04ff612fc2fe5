//! The version of the agent's executable, and what was verified for it.

use std::fmt;
use std::str::FromStr;

/// A version of Claude Code: three numbers.
///
/// ```
/// use guard_agent::claude::{Support, Version};
///
/// let version: Version = "2.1.330 (Claude Code)".parse()?;
/// assert_eq!(version.support(), Support::Verified);
/// # Ok::<(), guard_agent::claude::BadVersion>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

/// How far a version can be trusted to keep the guard in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Does not say that hooks block when they fail; refused.
    TooOld,
    /// Has them, by its own word; the tests ran with another version.
    Unverified,
    /// The tests with the real program ran with this version.
    Verified,
}

/// A text that is not a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version of three numbers")]
pub struct BadVersion;

impl Version {
    /// The first that confirms `onFailure` on the hook of a host, on which each run insists. Hooks of settings have it since
    /// 2.1.295. The tests passed with this one too, and with 2.1.332.
    pub const MINIMUM: Self = Self { major: 2, minor: 1, patch: 317 };
    /// The one that the tests run with.
    pub const VERIFIED: Self = Self { major: 2, minor: 1, patch: 330 };

    /// What is known about this version.
    #[must_use]
    pub fn support(self) -> Support {
        match self {
            old if old < Self::MINIMUM => Support::TooOld,
            Self::VERIFIED => Support::Verified,
            _ => Support::Unverified,
        }
    }
}

impl FromStr for Version {
    type Err = BadVersion;

    /// Parses what `--version` prints: the version is the first word, whatever follows.
    fn from_str(text: &str) -> Result<Self, BadVersion> {
        let word = text.split_ascii_whitespace().next().ok_or(BadVersion)?;
        let mut numbers = word.split('.').map(|part| {
            let is_number = (1..=9).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { part.parse::<u32>().map_err(|_| BadVersion) } else { Err(BadVersion) }
        });
        let mut next = || numbers.next().unwrap_or(Err(BadVersion));
        let version = Self { major: next()?, minor: next()?, patch: next()? };
        if numbers.next().is_some() { Err(BadVersion) } else { Ok(version) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<Support>) {
        assert_eq!(text.parse::<Version>().ok().map(Version::support), want, "{text:?}");
    }

    #[test]
    fn only_versions_with_blocking_hooks_are_supported() {
        check("2.1.330 (Claude Code)\n", Some(Support::Verified));
        check("2.1.317", Some(Support::Unverified));
        check("2.1.316", Some(Support::TooOld));
        check("1.9.999", Some(Support::TooOld));
        check("3.0.0 (Claude Code)", Some(Support::Unverified));
        check("2.1.331", Some(Support::Unverified));
        check("", None);
        check("2.1", None);
        check("2.1.330.1", None);
        check("2.1.330-beta", None);
        check("+2.1.330", None);
        check("v2.1.330", None);
        check("2.1.9999999999", None);
        check("error: 2.1.330", None);
    }
}

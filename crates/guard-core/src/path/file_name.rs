use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use super::{PathError, rules};
use super::{hidden, home, portable};
use crate::names::{self, Kind};
use crate::{Finding, Requires, Rule, Verdict};

/// A single name that a file or directory can be created under, here and on other systems.
///
/// Refuses what leaves the directory, what cannot be seen, and what Windows reads as a drive, a stream, a device or a
/// short name. Whether the name belongs to a secret or guarded file is a question for the place it goes to, asked
/// when it is created.
///
/// # Examples
///
/// ```
/// use guard_core::path::{FileName, NameError};
///
/// let name = FileName::parse("[...slug].tsx")?;
/// assert_eq!(name.as_str(), "[...slug].tsx");
/// assert_eq!(FileName::parse("../etc/passwd"), Err(NameError::Separator));
/// # Ok::<_, NameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);

/// Why a text is not a name to create.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// No text at all.
    #[error("{}", rules::EMPTY.message)]
    Empty,
    /// A NUL byte.
    #[error("{}", rules::NUL.message)]
    Nul,
    /// A control character.
    #[error("{}", rules::CONTROL.message)]
    ControlCharacter,
    /// A zero-width or bidirectional character.
    #[error("{}", rules::HIDDEN.message)]
    HiddenCharacter,
    /// `.` or `..`, as written or after compatibility folding.
    #[error("{}", rules::OUTSIDE_ROOT.message)]
    Dots,
    /// A separator: more than one name.
    #[error("{}", rules::OUTSIDE_ROOT.message)]
    Separator,
    /// Over 255 bytes.
    #[error("{}", rules::TOO_LONG.message)]
    TooLong,
    /// Means something else, or cannot exist, on another system; or is not UTF-8.
    #[error("{}", rules::NOT_PORTABLE.message)]
    NotPortable,
    /// `~account`.
    #[error("{}", rules::OTHER_USER_HOME.message)]
    OtherUserHome,
}

impl NameError {
    /// The rule behind the refusal.
    #[must_use]
    pub fn rule(self) -> &'static Rule {
        match self {
            Self::Empty => &rules::EMPTY,
            Self::Nul => &rules::NUL,
            Self::ControlCharacter => &rules::CONTROL,
            Self::HiddenCharacter => &rules::HIDDEN,
            Self::Dots | Self::Separator => &rules::OUTSIDE_ROOT,
            Self::TooLong => &rules::TOO_LONG,
            Self::NotPortable => &rules::NOT_PORTABLE,
            Self::OtherUserHome => &rules::OTHER_USER_HOME,
        }
    }

    /// The stable kebab-case code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.rule().code
    }
}

impl FileName {
    /// The longest name, in bytes.
    pub const MAX: usize = 255;

    /// Parses a single name.
    ///
    /// # Errors
    ///
    /// The first [`NameError`] that applies.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.len() > Self::MAX {
            return Err(NameError::TooLong);
        }
        if text.contains('\0') {
            return Err(NameError::Nul);
        }
        if text.contains(char::is_control) {
            return Err(NameError::ControlCharacter);
        }
        if hidden::is_hidden_in(text) {
            return Err(NameError::HiddenCharacter);
        }
        let folded = portable::folded(text);
        if text.contains(['/', '\\']) || folded.contains(['/', '\\']) {
            return Err(NameError::Separator);
        }
        if matches!(&*folded, "." | "..") {
            return Err(NameError::Dots);
        }
        if !portable::is_portable(text) {
            return Err(NameError::NotPortable);
        }
        if home::is_account_name(text) {
            return Err(NameError::OtherUserHome);
        }
        Ok(Self(text.to_owned()))
    }

    /// Judges a name as something to create, by itself: without a place, a rule on names counts where the name alone
    /// fits it.
    #[must_use]
    pub fn judge(text: &str) -> Verdict {
        if let Err(error) = Self::parse(text) {
            return Verdict::of(Finding::new(error.rule()));
        }
        let mut verdict = Verdict::allow(Requires::NOTHING);
        let rule = names::classify(Path::new(text)).and_then(|rule| match rule.kind {
            Kind::Secret => Some(&rules::SECRET_FILE),
            Kind::GuardedDeny => Some(&rules::GUARDED_FILE),
            Kind::GuardedAsk => Some(&rules::GUARDED_FILE_ASK),
            Kind::Opaque => None,
        });
        if let Some(rule) = rule {
            verdict.add(Finding::new(rule));
        }
        verdict
    }

    pub(super) fn of(name: &OsStr) -> Result<Self, NameError> {
        Self::parse(name.to_str().ok_or(NameError::NotPortable)?)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<Path> for FileName {
    fn as_ref(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<NameError> for PathError {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Empty => Self::Empty,
            NameError::Nul => Self::Nul,
            NameError::ControlCharacter => Self::ControlCharacter,
            NameError::HiddenCharacter => Self::HiddenCharacter,
            NameError::Dots | NameError::Separator => Self::LookAlike,
            NameError::TooLong => Self::TooLong,
            NameError::NotPortable => Self::NotPortable,
            NameError::OtherUserHome => Self::OtherUserHome,
        }
    }
}

//! A command that may run.

use std::path::{Path, PathBuf};

use super::digest::Digest;
use super::effects::Effects;
use crate::Requires;

/// A person's yes to one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    digest: Digest,
    by: String,
}

impl Consent {
    /// `by` said yes to the command with this digest. The caller has authenticated the person.
    #[must_use]
    pub fn new(digest: Digest, by: impl Into<String>) -> Self {
        Self { digest, by: by.into() }
    }

    /// What was consented to.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Who consented.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.by
    }
}

/// A command that was allowed, or that a person consented to. There is no other way to make one than an
/// [`Evaluation`](super::Evaluation).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    pub(super) text: String,
    pub(super) argv: Vec<String>,
    pub(super) cwd: PathBuf,
    pub(super) effects: Effects,
    pub(super) requires: Requires,
    pub(super) consent: Option<Consent>,
}

impl Approved {
    /// The program to start with its arguments. A text of the shell runs in bash without start-up files, aliases,
    /// and functions from the environment; under [`Policy::strict`](super::Policy::strict) it is the program itself.
    #[must_use]
    pub fn argv(&self) -> &[String] {
        &self.argv
    }

    /// The text that was evaluated.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it starts, as given to [`Context::cwd`](super::Context::cwd).
    #[must_use]
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// What it does.
    #[must_use]
    pub const fn effects(&self) -> &Effects {
        &self.effects
    }

    /// The confinement without which the approval does not hold.
    #[must_use]
    pub const fn requires(&self) -> Requires {
        self.requires
    }

    /// Whose consent it rests on; `None` where the policy allowed it.
    #[must_use]
    pub const fn consent(&self) -> Option<&Consent> {
        self.consent.as_ref()
    }
}

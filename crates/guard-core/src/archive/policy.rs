//! What names mean to Git, shells and editors.

use std::path::Path;

use super::stop::{Result, Stop};
use super::{Limits, rules};
use crate::names::{self, Kind};
use crate::{Finding, Rule};

/// Judges names below a directory; the directory's own name counts, since `x.git` plus `hooks` is more than either.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy<'a> {
    allows_git: bool,
    below: &'a Path,
}

impl<'a> Policy<'a> {
    pub(super) const fn new(limits: &Limits, below: &'a Path) -> Self {
        Self { allows_git: limits.allows_git, below }
    }

    /// Whether some program takes a part of the path for `.git`.
    pub(super) fn is_in_git(path: &str) -> bool {
        path.split('/').any(|part| {
            let could_be = part.len() >= 4 && (part.starts_with('.') || !part.is_ascii());
            could_be && names::is_name(part, ".git")
        })
    }

    pub(super) const fn allows_git(self) -> bool {
        self.allows_git
    }

    /// Refuses what would be denied to write, and reports what is secret or would be asked.
    pub(super) fn judge(self, path: &str) -> Result<Option<Finding>> {
        let is_in_git = Self::is_in_git(path);
        if is_in_git && !self.allows_git {
            return Err(Stop::from((&rules::GIT, path)));
        }
        let full = self.below.join(path);
        let note = |rule: &'static Rule| Ok(Some(Finding::new(rule).about(path)));
        let Some(found) = names::classify(&full) else { return Ok(None) };
        let is_allowed_git = is_in_git && found.id.starts_with("git-");
        match found.kind {
            Kind::Secret => {
                // A secret file counts more than what surrounds it, which may be guarded all the same.
                let is_guarded = |above: &Path| {
                    names::classify(above).is_some_and(|rule| {
                        rule.kind == Kind::GuardedDeny && !(is_in_git && rule.id.starts_with("git-"))
                    })
                };
                if full.ancestors().skip(1).any(is_guarded) {
                    return Err(Stop::from((&rules::GUARDED, path)));
                }
                note(&rules::SECRET_NAME)
            }
            Kind::GuardedDeny if is_allowed_git => Ok(None),
            Kind::GuardedDeny => Err(Stop::from((&rules::GUARDED, path))),
            Kind::GuardedAsk => note(&rules::ASKED_NAME),
            Kind::Opaque => Ok(None),
        }
    }
}

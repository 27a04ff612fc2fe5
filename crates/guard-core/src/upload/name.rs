//! What a name says, and what it hides.

use unicode_normalization::UnicodeNormalization;

use super::kind::{Class, Kind, Kinds};
use super::rules;
use crate::path::FileName;
use crate::{Finding, Verdict};

/// The name as programs read it: compatibility forms folded, in lower case.
pub(super) struct Name {
    /// What stands between the dots, without a leading one.
    parts: Vec<String>,
}

impl Name {
    pub(super) fn read(text: &str) -> Self {
        let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
        let parts = folded.trim_start_matches('.').split('.').map(|part| part.trim().to_owned()).collect();
        Self { parts }
    }

    /// What follows the last dot.
    pub(super) fn extension(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [_, .., last] => Some(last),
            _ => None,
        }
    }

    /// What follows the other dots.
    fn inner(&self) -> &[String] {
        self.parts.get(1..self.parts.len().saturating_sub(1)).unwrap_or_default()
    }
}

/// Judges the name alone.
pub(super) fn judge(text: &str, name: &Name, kinds: &Kinds) -> Verdict {
    let mut verdict = FileName::judge(text);
    if text.starts_with('.') {
        verdict.add(Finding::new(&rules::HIDDEN_NAME));
    }
    let last = name.extension().and_then(|extension| kinds.claimed(extension)).map(Kind::class);
    let mut inner = name.inner().iter().filter_map(|part| kinds.claimed(part)).map(Kind::class);
    if last.is_some_and(Class::is_active) && inner.clone().any(is_decoy) {
        verdict.add(Finding::new(&rules::DOUBLE_EXTENSION));
    } else if last.is_some_and(is_decoy) && inner.any(Class::is_active) {
        verdict.add(Finding::new(&rules::INNER_EXTENSION));
    }
    verdict
}

/// What a person opens without a thought.
fn is_decoy(class: Class) -> bool {
    matches!(class, Class::Document | Class::Picture | Class::Media)
}

use super::rules;
use crate::{Finding, Verdict};

/// What an uploaded file is, and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub(super) kind: Option<String>,
    pub(super) size: u64,
    pub(super) verdict: Verdict,
}

impl Report {
    /// The id of the kind that the content is of; `None` where it is of none.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// Bytes that were read; one more than the limit where the file is larger.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The decision, and every finding. The subject of a finding is made of the words of kinds.
    #[must_use]
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The verdict alone.
    #[must_use]
    pub fn into_verdict(self) -> Verdict {
        self.verdict
    }

    /// The findings in plain words, those that the decision rests on first.
    pub fn sentences(&self) -> impl Iterator<Item = String> {
        let decision = self.verdict.decision();
        let (reasons, others): (Vec<_>, Vec<_>) =
            self.verdict.findings().iter().partition(|finding| finding.rule().decision == decision);
        reasons.into_iter().chain(others).map(sentence)
    }
}

/// A finding as one or two sentences for a person. Untrusted text is not part of it, whatever guard the finding is from.
#[must_use]
pub fn sentence(finding: &Finding) -> String {
    let rule = finding.rule();
    let mut text = capital(rule.message);
    // Subjects of other guards are names and paths; those of this one are words of kinds.
    let is_own = rules::RULES.iter().any(|own| own.code == rule.code);
    if let Some(subject) = finding.subject().filter(|_| is_own) {
        text.push_str(": ");
        text.push_str(subject);
    }
    text.push('.');
    if let Some(alternative) = rule.alternative {
        text.push(' ');
        text.push_str(&capital(alternative));
        text.push('.');
    }
    text
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

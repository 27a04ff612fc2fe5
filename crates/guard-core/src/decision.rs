//! What every guard answers with: a decision, and the findings that led to it.

use std::fmt;

use serde::{Serialize, Serializer};

/// What a guard says about one thing that was asked for.
///
/// Decisions are ordered by strictness and combined with [`Ord::max`]; where nothing was decided the answer is
/// [`Decision::Deny`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Harmless under the confinement that the verdict [requires](Requires).
    Allow,
    /// A person has to say yes first.
    Ask,
    /// Refused; no consent lifts it.
    Deny,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        })
    }
}

/// How bad a finding is; the five levels of Sigma rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Risk 0.
    Info,
    /// Risk 1 to 24.
    Low,
    /// Risk 25 to 49.
    Medium,
    /// Risk 50 to 79.
    High,
    /// Risk 80 to 100.
    Critical,
}

impl Severity {
    /// The level of a risk between 0 and 100.
    #[must_use]
    pub const fn of(risk: u8) -> Self {
        match risk {
            0 => Self::Info,
            1..25 => Self::Low,
            25..50 => Self::Medium,
            50..80 => Self::High,
            _ => Self::Critical,
        }
    }
}

/// Half-open range of byte offsets into the text that was judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range `start..end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest range that covers both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.start, self.end).serialize(serializer)
    }
}

/// One reason a guard can have, known at compile time: a stable code, what it leads to, and the words for a person.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable kebab-case name.
    pub code: &'static str,
    /// The least that follows from it.
    pub decision: Decision,
    /// Risk between 0 and 100.
    pub risk: u8,
    /// Plain words, lower case, without a full stop; never quotes what was judged.
    pub message: &'static str,
    /// What to do instead, where there is something.
    pub alternative: Option<&'static str>,
}

impl Rule {
    /// A rule whose finding means [`Decision::Deny`].
    #[must_use]
    pub const fn deny(code: &'static str, risk: u8, message: &'static str) -> Self {
        Self { code, decision: Decision::Deny, risk, message, alternative: None }
    }

    /// A rule whose finding means [`Decision::Ask`].
    #[must_use]
    pub const fn ask(code: &'static str, risk: u8, message: &'static str) -> Self {
        Self { code, decision: Decision::Ask, risk, message, alternative: None }
    }

    /// A rule whose finding is only reported.
    #[must_use]
    pub const fn note(code: &'static str, risk: u8, message: &'static str) -> Self {
        Self { code, decision: Decision::Allow, risk, message, alternative: None }
    }

    /// The same rule with a safe alternative.
    #[must_use]
    pub const fn instead(self, alternative: &'static str) -> Self {
        Self { alternative: Some(alternative), ..self }
    }
}

/// A rule that fired, where it fired, and what was understood there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    rule: &'static Rule,
    span: Option<Span>,
    subject: Option<String>,
}

impl Finding {
    /// `rule` fired on the whole of what was judged.
    #[must_use]
    pub const fn new(rule: &'static Rule) -> Self {
        Self { rule, span: None, subject: None }
    }

    /// Says where in the text.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// Says what was understood there: a decoded word, a path as resolved, a program. Untrusted text: whoever
    /// prints it escapes it.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The rule that fired.
    #[must_use]
    pub const fn rule(&self) -> &'static Rule {
        self.rule
    }

    /// The stable kebab-case name of the rule.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.rule.code
    }

    /// Byte offsets into the text that was judged, where the finding is about a part of it.
    #[must_use]
    pub const fn span(&self) -> Option<Span> {
        self.span
    }

    /// What was understood; untrusted text.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }
}

/// Code, message, and the span, subject and alternative where there are any.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            code: &'a str,
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            span: Option<Span>,
            #[serde(skip_serializing_if = "Option::is_none")]
            subject: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            alternative: Option<&'a str>,
        }
        let Rule { code, message, alternative, .. } = *self.rule;
        Fields { code, message, span: self.span, subject: self.subject(), alternative }.serialize(serializer)
    }
}

/// The confinement under which an allow holds.
///
/// A caller that cannot enforce one of these treats the verdict as [`Decision::Ask`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Requires {
    /// The program runs in a cell: only the root writable, nothing outside readable but the system.
    pub sandbox: bool,
    /// The program has no network.
    pub no_network: bool,
    /// Secret files of the root cannot be read by the program.
    pub secrets_masked: bool,
}

impl Requires {
    /// Nothing is required.
    pub const NOTHING: Self = Self { sandbox: false, no_network: false, secrets_masked: false };
    /// Everything is required: what runs code of the project needs.
    pub const EVERYTHING: Self = Self { sandbox: true, no_network: true, secrets_masked: true };

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            sandbox: self.sandbox || other.sandbox,
            no_network: self.no_network || other.no_network,
            secrets_masked: self.secrets_masked || other.secrets_masked,
        }
    }

    /// Whether everything required here is `enforced`.
    #[must_use]
    pub const fn is_met_by(self, enforced: Self) -> bool {
        (!self.sandbox || enforced.sandbox)
            && (!self.no_network || enforced.no_network)
            && (!self.secrets_masked || enforced.secrets_masked)
    }

    /// The stable names of what is required.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [(self.sandbox, "sandbox"), (self.no_network, "no-network"), (self.secrets_masked, "secrets-masked")]
            .into_iter()
            .filter_map(|(is_required, name)| is_required.then_some(name))
    }
}

impl Serialize for Requires {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

/// A decision with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    decided: Option<Decision>,
    requires: Requires,
    findings: Vec<Finding>,
}

impl Verdict {
    /// Nothing decided yet: [`Decision::Deny`] until [`allow`](Self::allow) or a finding says otherwise.
    #[must_use]
    pub const fn undecided() -> Self {
        Self { decided: None, requires: Requires::NOTHING, findings: Vec::new() }
    }

    /// Harmless so far, under the given confinement; findings added later make it stricter.
    #[must_use]
    pub const fn allow(requires: Requires) -> Self {
        Self { decided: Some(Decision::Allow), requires, findings: Vec::new() }
    }

    /// The verdict of one finding alone.
    #[must_use]
    pub fn of(finding: Finding) -> Self {
        let mut verdict = Self::undecided();
        verdict.add(finding);
        verdict
    }

    /// Adds a finding; the decision becomes at least the rule's.
    pub fn add(&mut self, finding: Finding) {
        self.decided = self.decided.max(Some(finding.rule.decision));
        self.findings.push(finding);
    }

    /// Adds what the allow needs.
    pub fn require(&mut self, requires: Requires) {
        self.requires = self.requires.and(requires);
    }

    /// Takes over the findings, requirements and decision of a part.
    pub fn merge(&mut self, other: Self) {
        self.decided = self.decided.max(other.decided);
        self.requires = self.requires.and(other.requires);
        self.findings.extend(other.findings);
    }

    /// The strictest of all that was decided; [`Decision::Deny`] where nothing was.
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.decided.unwrap_or(Decision::Deny)
    }

    /// The confinement under which an allow, or a consent to an ask, holds.
    #[must_use]
    pub const fn requires(&self) -> Requires {
        self.requires
    }

    /// Every rule that fired, in the order found.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The findings that are as strict as the decision.
    pub fn reasons(&self) -> impl Iterator<Item = &Finding> {
        let decision = self.decision();
        self.findings.iter().filter(move |finding| finding.rule.decision == decision)
    }

    /// Risk between 0 and 100: the worst finding, plus one for each other finding that carries risk.
    #[must_use]
    pub fn risk(&self) -> u8 {
        let worst = self.findings.iter().map(|finding| finding.rule.risk).max().unwrap_or(0);
        let others = self.findings.iter().filter(|finding| finding.rule.risk > 0).count().saturating_sub(1);
        worst.saturating_add(u8::try_from(others).unwrap_or(u8::MAX)).min(100)
    }

    /// The level of [`risk`](Self::risk).
    #[must_use]
    pub fn severity(&self) -> Severity {
        Severity::of(self.risk())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static ASKED: Rule = Rule::ask("asked", 30, "may be fine");
    static DENIED: Rule = Rule::deny("denied", 80, "is not fine");

    #[test]
    fn nothing_decided_is_deny() {
        assert_eq!(Verdict::undecided().decision(), Decision::Deny);
    }

    #[test]
    fn an_ask_alone_stays_an_ask() {
        assert_eq!(Verdict::of(Finding::new(&ASKED)).decision(), Decision::Ask);
    }

    #[test]
    fn merging_keeps_the_strictest_and_all_reasons() {
        let mut verdict = Verdict::allow(Requires::EVERYTHING);
        verdict.add(Finding::new(&ASKED));
        verdict.merge(Verdict::of(Finding::new(&DENIED).at(Span::new(1, 2))));
        verdict.merge(Verdict::allow(Requires::NOTHING));
        assert_eq!(verdict.decision(), Decision::Deny);
        assert_eq!(verdict.requires(), Requires::EVERYTHING);
        assert_eq!(verdict.reasons().map(Finding::code).collect::<Vec<_>>(), ["denied"]);
        assert_eq!((verdict.risk(), verdict.severity()), (81, Severity::Critical));
    }

    #[test]
    fn a_requirement_is_met_only_by_itself() {
        let requires = Requires { sandbox: true, ..Requires::NOTHING };
        assert!(requires.is_met_by(Requires::EVERYTHING));
        assert!(!requires.is_met_by(Requires { no_network: true, ..Requires::NOTHING }));
        assert_eq!(
            Requires::EVERYTHING.names().collect::<Vec<_>>(),
            ["sandbox", "no-network", "secrets-masked"]
        );
    }
}

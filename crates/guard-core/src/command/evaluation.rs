//! What was understood of a command, and what the policy says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::approved::{Approved, Consent};
use super::argv::Argv;
use super::card::Card;
use super::digest::Digest;
use super::effects::Effects;
use super::interpret::Step;
use crate::{Decision, Finding, Requires, Verdict};

/// The answer to [`Policy::evaluate`](super::Policy::evaluate).
///
/// Displayed it is a tree for a person: each command as decoded, where it runs, what was found. Characters that are not
/// shown are written as escapes, and nothing is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation(pub(super) Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inner {
    text: String,
    directory: PathBuf,
    pub(super) verdict: Verdict,
    pub(super) effects: Effects,
    pub(super) steps: Vec<Step>,
    pub(super) relaxed: BTreeMap<String, String>,
    final_cwd: Option<PathBuf>,
    digest: Digest,
    argv: Option<Argv>,
}

impl Evaluation {
    #[allow(clippy::too_many_arguments, reason = "one caller, which hands over what it gathered")]
    pub(super) fn new(
        text: &str,
        directory: PathBuf,
        verdict: Verdict,
        effects: Effects,
        steps: Vec<Step>,
        relaxed: BTreeMap<String, String>,
        final_cwd: Option<PathBuf>,
        digest: Digest,
        argv: Option<Argv>,
    ) -> Self {
        let text = text.to_owned();
        Self(Box::new(Inner { text, directory, verdict, effects, steps, relaxed, final_cwd, digest, argv }))
    }

    /// The decision and the rules that fired.
    #[must_use]
    pub fn verdict(&self) -> &Verdict {
        &self.0.verdict
    }

    /// The decision alone.
    #[must_use]
    pub fn decision(&self) -> Decision {
        self.0.verdict.decision()
    }

    /// What the command does, as far as it is understood.
    #[must_use]
    pub fn effects(&self) -> &Effects {
        &self.0.effects
    }

    /// The text that was evaluated.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// What a [`Consent`] is bound to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// Where the command starts, as given to [`Context::cwd`](super::Context::cwd).
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.0.directory
    }

    /// The evaluation for a narrow screen.
    #[must_use]
    pub fn card(&self) -> Card<'_> {
        Card(self)
    }

    /// Where a `cd` leaves the shell, relative to the root; `None` where that is not known or not inside.
    #[must_use]
    pub fn final_cwd(&self) -> Option<&Path> {
        self.0.final_cwd.as_deref()
    }

    /// The commands as decoded, in the order met.
    pub fn commands(&self) -> impl Iterator<Item = &[String]> {
        self.0.steps.iter().map(|step| step.argv.as_slice())
    }

    /// Programs that a person would have been asked about if the owner did not vouch for them, with the owner's reason.
    pub fn relaxed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.relaxed.iter().map(|(program, reason)| (program.as_str(), reason.as_str()))
    }

    /// The command, if it is allowed.
    ///
    /// # Errors
    ///
    /// The evaluation itself where it is [`Decision::Ask`] or [`Decision::Deny`].
    pub fn into_approved(self) -> Result<Approved, Self> {
        if self.decision() == Decision::Allow { Ok(self.grant(None)) } else { Err(self) }
    }

    /// The command, if a person consented to it and it is not denied.
    ///
    /// # Errors
    ///
    /// The evaluation itself where it is [`Decision::Deny`], or where the consent is to another command.
    pub fn approve(self, consent: Consent) -> Result<Approved, Self> {
        if self.decision() == Decision::Deny || consent.digest() != self.digest() {
            return Err(self);
        }
        Ok(self.grant(Some(consent)))
    }

    fn grant(self, consent: Option<Consent>) -> Approved {
        let Inner { text, directory, verdict, effects, argv, .. } = *self.0;
        let argv = match argv {
            Some(argv) => argv.into(),
            // `-p` keeps BASH_ENV and functions of the environment out, `--` a text that begins with a dash.
            None => ["bash", "--noprofile", "--norc", "-p", "-c", "--", &text].map(str::to_owned).to_vec(),
        };
        let requires = verdict.requires();
        Approved { text, argv, cwd: directory, effects, requires, consent }
    }
}

#[derive(Serialize)]
struct FindingView<'a> {
    code: &'a str,
    decision: Decision,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<crate::Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alternative: Option<&'a str>,
}

impl<'a> From<&'a Finding> for FindingView<'a> {
    fn from(finding: &'a Finding) -> Self {
        let rule = finding.rule();
        Self {
            code: rule.code,
            decision: rule.decision,
            message: rule.message,
            span: finding.span(),
            subject: finding.subject().filter(|subject| !subject.is_empty()),
            alternative: rule.alternative,
        }
    }
}

impl Serialize for Evaluation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let verdict = self.verdict();
        let requires: Requires = verdict.requires();
        let mut out = serializer.serialize_struct("Evaluation", 10)?;
        out.serialize_field("decision", &verdict.decision())?;
        out.serialize_field("risk", &verdict.risk())?;
        out.serialize_field("severity", &verdict.severity())?;
        out.serialize_field("requires", &requires)?;
        out.serialize_field(
            "findings",
            &verdict.findings().iter().map(FindingView::from).collect::<Vec<_>>(),
        )?;
        out.serialize_field("commands", &self.commands().collect::<Vec<_>>())?;
        out.serialize_field("effects", self.effects())?;
        out.serialize_field("relaxed", &self.0.relaxed)?;
        out.serialize_field("final_cwd", &self.final_cwd())?;
        out.serialize_field("digest", &self.digest())?;
        out.end()
    }
}

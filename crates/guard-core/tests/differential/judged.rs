//! The evaluation against the real shell: whenever the marker ran, it was shown, or not allowed.

use guard_core::Decision;
use guard_core::command::{Context, Policy};

use crate::shell::{self, How};

/// What became of texts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// In these the marker ran.
    pub(crate) ran: usize,
    /// And the evaluation names it among the programs.
    pub(crate) shown: usize,
    /// The marker ran, the evaluation neither names it nor asks.
    pub(crate) missed: Vec<String>,
    /// The marker did not run.
    pub(crate) quiet: Vec<String>,
}

/// Whether the evaluation allows a text without saying that the marker runs, or code that nobody has seen.
fn is_silent(text: &str) -> (bool, bool) {
    let evaluation = Policy::agent().evaluate(text, &Context::lexical("/approved").home("/home/u"));
    let effects = evaluation.effects();
    let is_shown = effects.programs().any(|program| program == "PWN");
    let is_told = is_shown || effects.runs_project_code();
    (evaluation.decision() == Decision::Allow && !is_told, is_shown)
}

/// Runs every text, and those that seem to be missed once more, alone, as `bash -c` does.
pub(crate) fn tally(how: How<'_>, texts: &[String]) -> Tally {
    let mut tally = Tally::default();
    for (text, ran) in texts.iter().zip(shell::run(how, texts)) {
        if !ran {
            tally.quiet.push(text.clone());
            continue;
        }
        let (is_silent, is_shown) = is_silent(text);
        tally.ran += 1;
        tally.shown += usize::from(is_shown);
        if is_silent {
            let alone = std::slice::from_ref(text);
            let bash = shell::shell("bash").expect("this test needs bash");
            if [How::Forked, How::Program(&bash)].into_iter().any(|how| shell::run(how, alone) == [true]) {
                tally.missed.push(text.clone());
            }
        }
    }
    tally
}

/// Of texts that bash reads without an error, those that are allowed and those that are not, with the reasons.
pub(crate) fn allowed(texts: &[String]) -> (usize, Vec<(String, Vec<&'static str>)>) {
    let mut allowed = 0;
    let mut others = Vec::new();
    for (text, is_read) in texts.iter().zip(shell::reads(texts)) {
        if !is_read {
            continue;
        }
        let evaluation = Policy::agent().evaluate(text, &Context::lexical("/approved").home("/home/u"));
        if evaluation.decision() == Decision::Allow {
            allowed += 1;
        } else {
            let codes = evaluation.verdict().findings().iter().map(guard_core::Finding::code).collect();
            others.push((text.clone(), codes));
        }
    }
    (allowed, others)
}

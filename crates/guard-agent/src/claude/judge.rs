//! Who decides about tool calls, and what the agent is told.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use guard_core::tool::ToolCall;
use guard_core::{Decision, Finding, Requires, Rule, Verdict};
use serde_json::Value;

use super::own::Own;

/// Decides about each tool call of a run, also those of sub-agents.
///
/// It is called on the thread of the run and has to answer within seconds: a person is asked through
/// [`Event::Ask`](super::Event::Ask), not here. A panic is a refusal.
pub trait Judge: Send {
    /// Judges one call, made in `cwd`.
    fn judge(&mut self, call: &ToolCall, cwd: &Path) -> Verdict;

    /// Puts on record what was decided about a call, before the agent hears of it; called once for each call that the
    /// hook shows, and once more where a later look denies it.
    ///
    /// # Errors
    ///
    /// The rule for which the call is denied instead: what cannot be recorded does not run.
    fn note(&mut self, noted: &Noted<'_>) -> Result<(), &'static Rule> {
        let _ = noted;
        Ok(())
    }
}

/// A decided call, for the record.
#[derive(Clone, Copy, Debug)]
pub struct Noted<'a> {
    /// Names the call.
    pub id: &'a str,
    /// The tool.
    pub name: &'a str,
    /// What it is given.
    pub input: &'a Value,
    /// What was decided.
    pub verdict: &'a Verdict,
}

impl<F: FnMut(&ToolCall, &Path) -> Verdict + Send> Judge for F {
    fn judge(&mut self, call: &ToolCall, cwd: &Path) -> Verdict {
        self(call, cwd)
    }
}

pub(super) static GUARD_FAILED: Rule = Rule::deny("guard-failed", 60, "the guard itself failed on this call");
pub(super) static NOT_ENFORCED: Rule =
    Rule::ask("requires-not-enforced", 50, "the cell does not enforce what this call needs");
pub(super) static NOT_SEEN: Rule =
    Rule::ask("guard-not-asked", 50, "the agent did not show this call to the guard before it asked");
pub(super) static SAFETY_CHECK: Rule =
    Rule::ask("agent-safety-check", 50, "the agent's own safety check wants a person to look");
pub(super) static CAREFUL: Rule = Rule::ask("careful", 0, "every question of the agent goes to a person");
pub(super) static PERSON: Rule = Rule::ask("for-a-person", 0, "the tool is a question to a person");

pub(super) static PLANNING: Rule =
    Rule::ask("plan-not-approved", 50, "the agent wants to act while its plan is not approved");

pub(super) static ISOLATED: Rule = Rule::deny(
    "agent-isolated",
    20,
    "a sub-agent with a working tree of its own leaves its work where files of agents are moved away",
)
.instead("start it without isolation");

/// Tools that are questions: only a person can answer them.
pub(super) const QUESTIONS: [&str; 2] = ["AskUserQuestion", "ExitPlanMode"];

/// The tool that starts a sub-agent, by its names.
const SUBAGENTS: [&str; 2] = ["Agent", "Task"];

/// The verdict on a call, as far as `enforced` carries it: an allow whose requirements are not met is an ask.
pub(super) fn decide(
    judge: &mut dyn Judge,
    name: &str,
    input: &Value,
    cwd: &Path,
    (enforced, own): (Requires, &Own),
) -> Verdict {
    let call = match ToolCall::parse(name, input) {
        Ok(call) => call,
        Err(error) => return Verdict::of(Finding::new(error.rule())),
    };
    let is_isolated = || input.get("isolation").is_some_and(|isolation| !isolation.is_null());
    if SUBAGENTS.contains(&name) && is_isolated() {
        return Verdict::of(Finding::new(&ISOLATED));
    }
    if own.allows(&call) {
        return Verdict::allow(Requires::NOTHING);
    }
    // The judge is not used again after a panic without being asked anew, and its answer is then a refusal.
    let judged = catch_unwind(AssertUnwindSafe(|| judge.judge(&call, cwd)));
    let mut verdict = judged.unwrap_or_else(|_| Verdict::of(Finding::new(&GUARD_FAILED)));
    if verdict.decision() == Decision::Allow && !verdict.requires().is_met_by(enforced) {
        verdict.add(Finding::new(&NOT_ENFORCED));
    }
    verdict
}

/// The verdict as it stands once it is on record: a failure, also a panic, is one more reason against the call.
pub(super) fn noted(
    judge: &mut dyn Judge,
    id: &str,
    name: &str,
    input: &Value,
    mut verdict: Verdict,
) -> Verdict {
    let noted = Noted { id, name, input, verdict: &verdict };
    let result = catch_unwind(AssertUnwindSafe(|| judge.note(&noted)));
    if let Err(rule) = result.unwrap_or(Err(&GUARD_FAILED)) {
        verdict.add(Finding::new(rule));
    }
    verdict
}

/// What the agent, and with it the model, is told: fixed words, nothing of what was judged.
pub(super) fn reason(verdict: &Verdict) -> String {
    let parts = verdict.reasons().take(4).map(|finding| {
        let rule = finding.rule();
        let instead = rule.alternative.map(|words| format!("; {words}")).unwrap_or_default();
        format!("{} ({}){instead}", rule.message, rule.code)
    });
    let text = parts.collect::<Vec<_>>().join("; ");
    format!("guard: {}", if text.is_empty() { "not decided" } else { &text })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    static RISKY: Rule = Rule::ask("risky", 10, "may be fine").instead("do less");

    #[track_caller]
    fn check(mut judge: impl Judge, input: &Value, enforced: Requires, want: (Decision, &str)) {
        let verdict = decide(&mut judge, "Bash", input, Path::new("/p"), (enforced, &Own::default()));
        let code = verdict.reasons().last().map_or("", Finding::code);
        assert_eq!((verdict.decision(), code), want);
    }

    #[test]
    fn an_allow_counts_only_where_its_requirements_are_enforced() {
        let needs = |_: &ToolCall, _: &Path| Verdict::allow(Requires::EVERYTHING);
        let input = json!({"command": "make"});
        check(needs, &input, Requires::EVERYTHING, (Decision::Allow, ""));
        check(needs, &input, Requires::NOTHING, (Decision::Ask, "requires-not-enforced"));
    }

    #[test]
    fn a_sub_agent_works_in_the_project_itself() {
        for (input, want) in [
            (json!({"prompt": "p"}), Decision::Allow),
            (json!({"prompt": "p", "isolation": null}), Decision::Allow),
            (json!({"prompt": "p", "isolation": "worktree"}), Decision::Deny),
        ] {
            for name in SUBAGENTS {
                let mut judge = |_: &ToolCall, _: &Path| Verdict::allow(Requires::NOTHING);
                let rules = (Requires::EVERYTHING, &Own::default());
                assert_eq!(
                    decide(&mut judge, name, &input, Path::new("/p"), rules).decision(),
                    want,
                    "{name} {input}"
                );
            }
        }
    }

    #[test]
    fn what_fails_is_denied() {
        let input = json!({"command": "make"});
        let panics = |_: &ToolCall, _: &Path| -> Verdict { panic!("a defect of the judge") };
        check(panics, &input, Requires::EVERYTHING, (Decision::Deny, "guard-failed"));
        let undecided = |_: &ToolCall, _: &Path| Verdict::undecided();
        check(undecided, &input, Requires::EVERYTHING, (Decision::Deny, ""));
        let allows = |_: &ToolCall, _: &Path| Verdict::allow(Requires::NOTHING);
        check(allows, &json!({"command": 7}), Requires::EVERYTHING, (Decision::Deny, "tool-malformed"));
    }

    #[test]
    fn what_cannot_be_recorded_is_denied() {
        static FULL: Rule = Rule::deny("full", 10, "the record is full");
        struct Full;
        impl Judge for Full {
            fn judge(&mut self, _: &ToolCall, _: &Path) -> Verdict {
                Verdict::allow(Requires::NOTHING)
            }
            fn note(&mut self, _: &Noted<'_>) -> Result<(), &'static Rule> {
                Err(&FULL)
            }
        }
        let allowed = Verdict::allow(Requires::NOTHING);
        assert_eq!(noted(&mut Full, "1", "Bash", &Value::Null, allowed).decision(), Decision::Deny);
    }

    #[test]
    fn the_reason_names_rules_and_quotes_nothing() {
        let verdict = Verdict::of(Finding::new(&RISKY).about("rm -rf /"));
        assert_eq!(reason(&verdict), "guard: may be fine (risky); do less");
        assert_eq!(reason(&Verdict::undecided()), "guard: not decided");
    }
}

//! What the console says of an event, in words.

use std::time::SystemTime;

use guard_agent::claude::{Moved, Outcome};

use crate::person::{Answer, Ending, Question, Shown};
use crate::render;

/// What the console says of an event; output is not words.
#[allow(clippy::disallowed_methods, reason = "how long to wait is told in the person's time")]
pub(crate) fn words(shown: &Shown<'_>) -> Option<String> {
    Some(match shown {
        Shown::Admitted { actor, seq } => format!("gate     {actor} admitted, record {seq}"),
        Shown::Refused(refused) => {
            let advice =
                refused.advice(SystemTime::now()).map(|advice| format!("; {advice}")).unwrap_or_default();
            format!("refused  {refused} [{}]{advice}", refused.code())
        }
        Shown::Judged { evaluation, is_enforced } => {
            let mut text = format!("judged   {}", indented(&evaluation.to_string()));
            if !is_enforced {
                text.push_str("\n         this machine does not enforce what that needs, so you are asked");
            }
            text
        }
        Shown::Answered(Answer::Once | Answer::Chosen(_)) => "answer   run once, approved".to_owned(),
        Shown::Answered(Answer::Deny | Answer::DenyAndStop) => "answer   no, nothing was run".to_owned(),
        Shown::Answered(Answer::Expired) => "answer   none in time, nothing was run".to_owned(),
        Shown::Answered(Answer::Withdrawn) => "answer   not needed any more".to_owned(),
        Shown::Started(enforced) => format!("cell     {}", enforcement(enforced)),
        Shown::Conversation { is_resumed: true } => {
            "agent    goes on with the conversation; /new begins another".to_owned()
        }
        Shown::Conversation { is_resumed: false } => "agent    begins a conversation".to_owned(),
        Shown::Output(_) | Shown::Said { is_subagent: false, .. } => return None,
        Shown::Said { text, is_subagent: true } => format!("helper   {}", indented(text)),
        Shown::Tool { name, about } => format!("tool     {name}: {}", indented(about)),
        Shown::ToolDone { text, is_error } => {
            format!("{:<8} {}", if *is_error { "failed" } else { "result" }, indented(&first_lines(text)))
        }
        Shown::ToolDenied { name, verdict } => {
            format!("denied   {name}: {}", indented(&render::verdict(verdict)))
        }
        Shown::Retry => "model    a call failed and is tried again".to_owned(),
        Shown::HostOpened(host) => format!("network  {host} is open for this run"),
        Shown::HostRefused(host) => {
            format!("network  a program asked for {host}, which nobody approved [relay-host-refused]")
        }
        Shown::RelayRefused(refusal) => format!("relay    {refusal} [{}]", refusal.code()),
        Shown::Quarantined(moved) => quarantined(moved),
        Shown::Ended(ending) => format!("ended    {}", ended(ending)),
        Shown::Charged { cost, held } => format!("cost     {cost} of {held} held"),
        Shown::Failed(failure) => format!("failed   {failure} [{}]", failure.code()),
    })
}

/// What is enforced, in one line.
pub(crate) fn enforcement(enforced: &guard_agent::Enforced) -> String {
    let held = [
        (enforced.sandbox, "sandbox"),
        (enforced.no_network, "no network"),
        (enforced.secrets_masked, "secrets masked"),
        (enforced.guarded, "guarded files held"),
        (enforced.processes_hidden, "processes hidden"),
    ];
    let names = |want: bool| {
        let names: Vec<_> = held.iter().filter(|(is, _)| *is == want).map(|(_, name)| *name).collect();
        names.join(", ")
    };
    let missing = names(false);
    let backend = match enforced.backend {
        guard_agent::Backend::Bubblewrap => "bubblewrap",
        guard_agent::Backend::Degraded => "degraded",
    };
    if missing.is_empty() {
        format!("{backend}: {}", names(true))
    } else {
        format!("{backend}: {}; NOT: {missing}", names(true))
    }
}

fn ended(ending: &Ending) -> String {
    match ending {
        Ending::Turn(outcome) => turn(outcome),
        Ending::Exit(status) => format!("status {status}"),
        Ending::Signal(signal) => format!("signal {signal}"),
        Ending::Stopped => "stopped by you; nothing of it is left".to_owned(),
        Ending::TimedOut => "stopped: it ran longer than a run may; nothing of it is left".to_owned(),
    }
}

/// What to do next is the last half of each sentence that is not about success.
#[allow(clippy::wildcard_enum_match_arm, reason = "an outcome of the future is a failure")]
fn turn(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::ApiError { status: Some(status) } => {
            format!("the model could not be called: status {status} [model-error]")
        }
        Outcome::ApiError { status: None } => "the model could not be called [model-error]".to_owned(),
        Outcome::MaxTurns => {
            "the bound on calls of the model is reached; say `go on` for more [run-max-turns]".to_owned()
        }
        Outcome::BudgetUsedUp => {
            "the budget of this run is used up; say `go on` for another [run-budget-used-up]".to_owned()
        }
        Outcome::Interrupted => "stopped; nothing of it is left".to_owned(),
        Outcome::UnknownSession => {
            "the conversation is not there any more; the next line begins another [session-unknown]"
                .to_owned()
        }
        _ => "the agent failed [run-agent-failed]".to_owned(),
    }
}

fn quarantined(moved: &[Moved]) -> String {
    let mut text =
        "guarded  files that make other programs run code changed, and were moved away:".to_owned();
    for Moved { path, to, is_new } in moved {
        let how = if *is_new { "new" } else { "changed" };
        let line = format!("{} ({how}) is now {}", path.display(), to.display());
        text.push_str("\n         ");
        text.push_str(&render::plain(&line));
    }
    text
}

/// The beginning of what a tool said: enough to follow, as the agent gets it all.
fn first_lines(text: &str) -> String {
    const LINES: usize = 8;
    const CHARACTERS: usize = 800;
    let lines = text.lines().count();
    let mut short: String = text.lines().take(LINES).collect::<Vec<_>>().join("\n");
    if let Some((end, _)) = short.char_indices().nth(CHARACTERS) {
        short.truncate(end);
        short.push('\u{2026}');
    }
    if lines > LINES { format!("{short}\n({} more lines)", lines - LINES) } else { short }
}

/// The question itself, complete; `None` where it was shown before.
pub(crate) fn question(question: &Question<'_>) -> Option<String> {
    Some(match question {
        Question::Command(_) => return None,
        Question::Tool(tool) => {
            let mut text = format!("asked    {}\n         {}", tool.name, indented(tool.text));
            // A command tells its own reasons.
            for reason in tool.verdict.reasons().filter(|reason| !tool.text.contains(reason.code())) {
                text.push_str(&format!("\n         {}", render::finding(reason)));
            }
            // The guard's own words come back as the agent's.
            if let Some(reason) = tool.agent_reason.filter(|reason| !reason.starts_with("guard: ")) {
                text.push_str(&format!("\n         the agent says: {}", render::plain(reason)));
            }
            for host in tool.hosts {
                text.push_str(&format!("\n         yes opens {host} for this run"));
            }
            text
        }
        Question::Choices(choices) => {
            let mut text = "asked    the agent wants to know".to_owned();
            for choice in *choices {
                text.push_str(&format!("\n         {}", render::plain(&choice.question)));
                for (number, (label, words)) in choice.options.iter().enumerate() {
                    let option = render::plain(&format!("{label}: {words}"));
                    text.push_str(&format!("\n           {}. {option}", number + 1));
                }
            }
            text
        }
        Question::Plan(plan) => format!("plan     {}", indented(plan)),
        Question::Upload { text, .. } => format!("upload   {}", indented(text)),
    })
}

fn indented(text: &str) -> String {
    render::output(text).trim_end().replace('\n', "\n         ")
}

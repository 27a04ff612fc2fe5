//! A tool call in words: a line for following it, everything for deciding about it.

use guard_agent::claude::Ask;
use guard_agent::relay::Host;
use guard_core::command::Context;
use guard_core::secret::Redactor;
use serde_json::{Map, Value};

use super::hosts;
use crate::person::Choice;
use crate::render;
use crate::run::Pipeline;

/// Questions and options that are shown; an agent has no reason for more.
const MAX_CHOICES: usize = 16;

/// What a person is asked, with the hosts that a yes opens.
#[derive(Debug)]
pub(super) enum Asked {
    /// A tool.
    Tool {
        /// Exactly what would run.
        text: String,
        /// What a yes opens.
        hosts: Vec<Host>,
    },
    /// Questions of the agent.
    Choices(Vec<Choice>),
    /// A plan.
    Plan(String),
}

/// What the call is about: the field that says most.
pub(super) fn about(input: &Value) -> String {
    const FIELDS: [&str; 11] = [
        "command",
        "file_path",
        "notebook_path",
        "url",
        "query",
        "pattern",
        "path",
        "description",
        "prompt",
        "plan",
        "todos",
    ];
    let field = FIELDS.iter().find_map(|name| input.get(name));
    match field {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => input.to_string(),
    }
}

impl Asked {
    pub(super) fn of(pipeline: &Pipeline, ask: &Ask) -> Self {
        let redactor = &pipeline.redactor;
        // Nothing that a person is asked about may be hidden as a secret.
        let shown = |text: &str| render::output(&redactor.redact_words(text));
        let fields = ask.input().as_object();
        match (ask.name(), fields) {
            ("AskUserQuestion", Some(fields)) => Self::Choices(choices(fields, redactor)),
            ("ExitPlanMode", Some(fields)) => Self::Plan(shown(&plan(fields))),
            ("Bash", Some(fields)) => {
                let context = Context::new(pipeline.gate.root()).cwd(ask.cwd());
                let command = text(fields, "command");
                let evaluation = pipeline.policy.evaluate(command, &context);
                let mut words = shown(&written_and_judged(command, &evaluation.to_string()));
                words.push_str(&shown(&rest(fields, &["command", "description"])));
                let hosts = hosts::of_command(evaluation.effects());
                if evaluation.effects().uses_network() && hosts.is_empty() {
                    words.push_str("\nno host can be told, so the network stays closed");
                }
                Self::Tool { text: words, hosts }
            }
            ("WebFetch", Some(fields)) => {
                let url = text(fields, "url");
                let hosts = hosts::of_url(url).into_iter().collect();
                let whole = format!("{url}\n{}{}", text(fields, "prompt"), rest(fields, &["url", "prompt"]));
                Self::Tool { text: shown(&whole), hosts }
            }
            ("Edit", Some(fields)) => Self::Tool { text: shown(&edit(fields)), hosts: Vec::new() },
            ("Write", Some(fields)) => {
                let rest = rest(fields, &["file_path", "content"]);
                let whole = format!("{}\n{}{rest}", text(fields, "file_path"), text(fields, "content"));
                Self::Tool { text: shown(&whole), hosts: Vec::new() }
            }
            _ => {
                let whole = serde_json::to_string_pretty(ask.input()).unwrap_or_default();
                Self::Tool { text: shown(&whole), hosts: Vec::new() }
            }
        }
    }
}

/// A command as it was written, unless what was understood of it holds every letter anyway: the text of a here-document,
/// say, is what is written to a file and no part of what runs.
fn written_and_judged(command: &str, judged: &str) -> String {
    let (command, judged) = (command.trim(), judged.trim_end());
    if judged.contains(command) { judged.to_owned() } else { format!("{command}\n\n{judged}") }
}

/// What else a call says, a line each: nothing of it is left out of a question.
fn rest(fields: &Map<String, Value>, shown: &[&str]) -> String {
    let others = fields.iter().filter(|(name, value)| {
        !shown.contains(&name.as_str()) && !matches!(value, Value::Null | Value::Bool(false))
    });
    others.map(|(name, value)| format!("\n{name}: {value}")).collect()
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The plan, and whatever else is asked for with it; where it is kept in the cell matters to nobody else.
fn plan(fields: &Map<String, Value>) -> String {
    let words = text(fields, "plan");
    let words = if words.trim().is_empty() { "the agent has not written a plan down" } else { words };
    format!("{words}{}", rest(fields, &["plan", "planFilePath"]))
}

/// The change, line by line, and whether it is made once.
fn edit(fields: &Map<String, Value>) -> String {
    let lines = |name: &str, mark: char| {
        text(fields, name).split('\n').map(|line| format!("\n{mark} {line}")).collect::<String>()
    };
    let is_everywhere = fields.get("replace_all").is_some_and(|all| *all != Value::Bool(false));
    let everywhere = if is_everywhere { " (everywhere in the file)" } else { "" };
    let (path, old, new) = (text(fields, "file_path"), lines("old_string", '-'), lines("new_string", '+'));
    format!(
        "{path}{everywhere}{old}{new}{}",
        rest(fields, &["file_path", "old_string", "new_string", "replace_all"])
    )
}

fn choices(fields: &Map<String, Value>, redactor: &Redactor) -> Vec<Choice> {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let questions = list(fields.get("questions"));
    let questions = questions.iter().filter_map(Value::as_object).take(MAX_CHOICES);
    questions
        .map(|question| {
            let options = list(question.get("options"));
            let options = options.iter().filter_map(Value::as_object).take(MAX_CHOICES);
            let shown = |text: &str| redactor.redact(text).into_owned();
            Choice {
                // The name of the answer has to be the agent's own text.
                question: text(question, "question").to_owned(),
                options: options
                    .map(|option| (text(option, "label").to_owned(), shown(text(option, "description"))))
                    .collect(),
                is_multiple: question.get("multiSelect").and_then(Value::as_bool).unwrap_or(false),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_sees_all_of_a_change_and_of_a_plan() {
        let fields = |value: Value| value.as_object().unwrap().clone();
        let change =
            fields(json!({"file_path": "a", "old_string": "x\ny", "new_string": "z\n", "replace_all": true}));
        assert_eq!(edit(&change), "a (everywhere in the file)\n- x\n- y\n+ z\n+ ");
        let once =
            fields(json!({"file_path": "a", "old_string": "x\r\n", "new_string": "", "replace_all": false}));
        assert_eq!(edit(&once), "a\n- x\r\n- \n+ ");
        assert_eq!(plan(&fields(json!({"plan": "make it", "planFilePath": "/x"}))), "make it");
        assert_eq!(plan(&fields(json!({}))), "the agent has not written a plan down");
        let more =
            fields(json!({"plan": "make it", "allowedPrompts": [{"tool": "Bash", "prompt": "run tests"}]}));
        assert_eq!(plan(&more), "make it\nallowedPrompts: [{\"prompt\":\"run tests\",\"tool\":\"Bash\"}]");
    }

    #[test]
    fn a_call_is_about_the_field_that_says_most() {
        #[track_caller]
        fn check(input: &Value, want: &str) {
            assert_eq!(about(input), want);
        }
        check(&json!({"command": "ls", "description": "lists"}), "ls");
        check(&json!({"file_path": "/p/a", "content": "x"}), "/p/a");
        check(&json!({"todos": [1]}), "[1]");
        check(&json!({"other": 1}), r#"{"other":1}"#);
        check(&json!(null), "null");
    }

    #[test]
    fn what_a_here_document_holds_is_shown_and_nothing_is_shown_twice() {
        assert_eq!(
            written_and_judged("git push", "ask (risk 35)\n  git push\n"),
            "ask (risk 35)\n  git push"
        );
        let command = "cat >x.py <<'E'\nimport os\nE\n";
        assert_eq!(
            written_and_judged(command, "ask\n  cat\n"),
            "cat >x.py <<'E'\nimport os\nE\n\nask\n  cat"
        );
    }

    #[test]
    fn nothing_of_a_call_is_left_out() {
        let call =
            json!({"file_path": "a", "old_string": "b", "new_string": "c", "replace_all": true, "x": false});
        let shown = ["file_path", "old_string", "new_string"];
        assert_eq!(rest(call.as_object().unwrap(), &shown), "\nreplace_all: true");
        let call = json!({"command": "ls", "description": "lists", "run_in_background": true, "timeout": 5});
        let rest = rest(call.as_object().unwrap(), &["command", "description"]);
        assert_eq!(rest, "\nrun_in_background: true\ntimeout: 5");
    }
}

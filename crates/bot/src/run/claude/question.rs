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
            ("ExitPlanMode", Some(fields)) => Self::Plan(shown(text(fields, "plan"))),
            ("Bash", Some(fields)) => {
                let context = Context::new(pipeline.gate.root()).cwd(ask.cwd());
                let evaluation = pipeline.policy.evaluate(text(fields, "command"), &context);
                let mut words = shown(evaluation.to_string().trim_end());
                let hosts = hosts::of_command(evaluation.effects());
                if evaluation.effects().uses_network() && hosts.is_empty() {
                    words.push_str("\nno host can be told, so the network stays closed");
                }
                Self::Tool { text: words, hosts }
            }
            ("WebFetch", Some(fields)) => {
                let url = text(fields, "url");
                let hosts = hosts::of_url(url).into_iter().collect();
                Self::Tool { text: shown(&format!("{url}\n{}", text(fields, "prompt"))), hosts }
            }
            ("Edit", Some(fields)) => {
                let lines = |name: &str, mark: char| {
                    text(fields, name).lines().map(|line| format!("\n{mark} {line}")).collect::<String>()
                };
                let change = format!(
                    "{}{}{}",
                    text(fields, "file_path"),
                    lines("old_string", '-'),
                    lines("new_string", '+')
                );
                Self::Tool { text: shown(&change), hosts: Vec::new() }
            }
            ("Write", Some(fields)) => {
                let whole = format!("{}\n{}", text(fields, "file_path"), text(fields, "content"));
                Self::Tool { text: shown(&whole), hosts: Vec::new() }
            }
            _ => {
                let whole = serde_json::to_string_pretty(ask.input()).unwrap_or_default();
                Self::Tool { text: shown(&whole), hosts: Vec::new() }
            }
        }
    }
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
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
}

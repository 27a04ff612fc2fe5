//! The conversation, line by line.

use std::sync::mpsc::{Receiver, channel};

use guard_core::Rule;
use guard_core::tool::ToolCall;

use super::*;
use crate::claude::MicroUsd;
use crate::claude::watch::now;

#[path = "transcripts/mod.rs"]
mod transcripts;

static ASKED: Rule = Rule::ask("asked", 10, "may be fine");
static DENIED: Rule = Rule::deny("denied", 10, "is not fine");

const READY: &str = r#"{"type":"control_response","response":{"subtype":"success","request_id":"guard-initialize","response":{"hook_on_failure_supported":true,"hooks_applied":true}}}"#;
const INIT: &str = r#"{"type":"system","subtype":"init","session_id":"878cdfd8-9f7a-4ddf-b1ed-47cf66d94c2d","tools":["Task","Bash"],"mcp_servers":[],"plugins":[{"path":"builtin","source":"a@builtin"}],"model":"m","permissionMode":"default","claude_code_version":"2.1.330","from_the_future":{}}"#;

struct Talk {
    driver: Driver,
    replies: Receiver<Input>,
    start: Instant,
}

impl Talk {
    fn new() -> Self {
        let judge = |call: &ToolCall, _: &Path| {
            let ToolCall::Command { text, .. } = call else { return Verdict::undecided() };
            if text.contains("ASK") {
                Verdict::of(Finding::new(&ASKED))
            } else if text.contains("DENY") {
                Verdict::of(Finding::new(&DENIED))
            } else {
                Verdict::allow(Requires::EVERYTHING)
            }
        };
        let second = Duration::from_secs(1);
        let rules = Rules {
            tools: vec!["Bash".into(), "Task".into()],
            enforced: Requires::EVERYTHING,
            own: Own::default(),
            careful: false,
            ask_expires: 100 * second,
            time: 10 * second,
            idle: 50 * second,
        };
        let (sender, replies) = channel();
        let start = now();
        Self { driver: Driver::new(rules, Box::new(judge), sender, "go".into(), start), replies, start }
    }

    fn ready() -> Self {
        let mut talk = Self::new();
        talk.line(READY);
        talk.line(INIT);
        talk.outputs();
        talk
    }

    fn line(&mut self, line: &str) {
        self.driver.line(line.as_bytes(), self.start);
    }

    /// What came out, in short; questions stay open.
    fn outputs(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        while let Some(output) = self.driver.next() {
            found.push(match output {
                Output::Send(line) => line,
                Output::End(how) => format!("end {}", how.map_or_else(|error| error.code(), |()| "well")),
                Output::Event(Event::Ask(mut ask)) => {
                    ask.reply = None;
                    let codes: Vec<_> = ask.verdict.reasons().map(Finding::code).collect();
                    format!("ask {} {}", ask.id, codes.join(" "))
                }
                Output::Event(event) => format!("{event:?}"),
            });
        }
        found
    }

    fn hook(&mut self, id: &str, command: &str) {
        let input =
            json!({"tool_name": "Bash", "tool_input": {"command": command}, "tool_use_id": id, "cwd": "/p"});
        let request = json!({"subtype": "hook_callback", "callback_id": HOOK, "input": input});
        self.line(
            &json!({"type": "control_request", "request_id": format!("h-{id}"), "request": request})
                .to_string(),
        );
    }

    fn question(&mut self, id: &str, command: &str, kind: &str) {
        let request = json!({"subtype": "can_use_tool", "tool_name": "Bash", "input": {"command": command}, "tool_use_id": id,
            "decision_reason_type": kind, "permission_suggestions": [{"type": "addRules", "behavior": "allow"}]});
        self.line(
            &json!({"type": "control_request", "request_id": format!("q-{id}"), "request": request})
                .to_string(),
        );
    }
}

fn success(request: &str, response: &str) -> String {
    format!(
        r#"{{"type":"control_response","response":{{"subtype":"success","request_id":"{request}","response":{response}}}}}"#
    )
}

#[test]
fn no_prompt_is_sent_before_the_hook_is_confirmed() {
    let mut talk = Talk::new();
    let first = talk.outputs();
    assert_eq!(first.len(), 1);
    assert!(
        first[0].contains(r#""onFailure":"block""#) && first[0].contains(r#""matcher":"*""#),
        "{first:?}"
    );
    talk.line(r#"{"type":"from_the_future"}"#);
    assert_eq!(talk.outputs(), [""; 0]);
    talk.line(READY);
    let prompt = talk.outputs();
    assert!(prompt.len() == 1 && prompt[0].contains(r#""content":"go""#), "{prompt:?}");
}

#[test]
fn an_agent_without_blocking_hooks_gets_no_prompt() {
    for response in [
        r#"{"hooks_applied":true}"#,
        r#"{"hook_on_failure_supported":true,"hooks_applied":false}"#,
        "{}",
        "null",
    ] {
        let mut talk = Talk::new();
        talk.outputs();
        talk.line(&success(INITIALIZE, response));
        assert_eq!(talk.outputs(), ["end claude-no-blocking-hooks"], "{response}");
    }
}

#[test]
fn the_hook_never_says_allow() {
    let mut talk = Talk::ready();
    talk.hook("1", "ls");
    assert_eq!(talk.outputs(), [success("h-1", "{}")]);
    talk.hook("2", "ls ASK");
    assert!(talk.outputs()[0].contains(r#""permissionDecision":"ask""#));
    talk.hook("3", "ls DENY");
    let denied = talk.outputs();
    assert!(
        denied[0].contains(r#""permissionDecision":"deny""#) && denied[1].starts_with("Denied"),
        "{denied:?}"
    );
}

#[test]
fn the_agents_question_is_answered_only_where_nothing_speaks_against_it() {
    let mut talk = Talk::ready();
    talk.hook("1", "make");
    talk.outputs();
    talk.question("1", "make", "workingDir");
    assert_eq!(talk.outputs(), [success("q-1", r#"{"behavior":"allow","updatedInput":{"command":"make"}}"#)]);
    // Another input than the hook saw, a call that it did not see, and a check of the agent's own.
    talk.question("1", "make all", "workingDir");
    assert_eq!(talk.outputs(), ["ask q-1 guard-not-asked"]);
    talk.question("2", "make", "workingDir");
    assert_eq!(talk.outputs(), ["ask q-2 guard-not-asked"]);
    talk.hook("3", "make");
    talk.outputs();
    talk.question("3", "make", "safetyCheck");
    assert_eq!(talk.outputs(), ["ask q-3 agent-safety-check"]);
    talk.question("4", "make DENY", "workingDir");
    assert!(talk.outputs()[0].contains(r#""behavior":"deny""#));
}

#[test]
fn nobody_but_a_person_lets_the_agent_act_before_its_plan_is_approved() {
    let mut talk = Talk::ready();
    let init = INIT.replace("default", "plan");
    talk.line(&init);
    assert_eq!(talk.outputs(), ["end claude-not-hermetic"], "nobody offered it to plan");
    let mut talk = Talk::ready();
    talk.driver.rules.tools.push("EnterPlanMode".into());
    talk.line(&init);
    assert!(talk.outputs()[0].starts_with("Started"));
    let input = json!({"tool_name": "Bash", "tool_input": {"command": "make"}, "tool_use_id": "1", "cwd": "/p",
        "permission_mode": "plan"});
    let request = json!({"subtype": "hook_callback", "callback_id": HOOK, "input": input});
    talk.line(&json!({"type": "control_request", "request_id": "h", "request": request}).to_string());
    talk.outputs();
    talk.question("1", "make", "workingDir");
    assert_eq!(talk.outputs(), ["ask q-1 plan-not-approved"]);
}

#[test]
fn an_agent_that_does_not_say_what_it_has_is_not_hermetic() {
    for field in [r#""tools":["Task","Bash"],"#, r#""mcp_servers":[],"#, r#""permissionMode":"default","#] {
        assert!(INIT.contains(field), "{field}");
        let mut talk = Talk::new();
        talk.line(READY);
        talk.outputs();
        talk.line(&INIT.replace(field, ""));
        assert_eq!(talk.outputs(), ["end claude-not-hermetic"], "{field}");
    }
}

#[test]
fn a_call_in_a_mode_that_nobody_chose_ends_the_run() {
    for (mode, want) in [
        (json!("default"), None),
        (json!(null), None),
        (json!("plan"), Some("end claude-not-hermetic")),
        (json!("acceptEdits"), Some("end claude-not-hermetic")),
        (json!("bypassPermissions"), Some("end claude-not-hermetic")),
        (json!("from the future"), Some("end claude-not-hermetic")),
    ] {
        let mut talk = Talk::ready();
        let input = json!({"tool_name": "Bash", "tool_input": {"command": "ls"}, "tool_use_id": "1", "cwd": "/p",
            "permission_mode": mode});
        let request = json!({"subtype": "hook_callback", "callback_id": HOOK, "input": input});
        talk.line(&json!({"type": "control_request", "request_id": "h", "request": request}).to_string());
        let outputs = talk.outputs();
        assert_eq!(outputs[0].contains(r#""subtype":"error""#), want.is_some(), "{mode}: {outputs:?}");
        assert_eq!(outputs.get(1).map(String::as_str), want, "{mode}");
    }
}

#[test]
fn a_question_is_answered_once() {
    let mut talk = Talk::ready();
    talk.hook("1", "make ASK");
    talk.question("1", "make ASK", "hook");
    talk.outputs();
    let start = talk.start;
    talk.driver.answer("q-1", Answer::Allow, start);
    talk.driver.answer("q-1", Answer::Allow, start);
    talk.driver.answer("q-other", Answer::Allow, start);
    let allow = success("q-1", r#"{"behavior":"allow","updatedInput":{"command":"make ASK"}}"#);
    assert_eq!(talk.outputs(), [allow, r#"AskClosed { id: "q-1", closed: Allowed }"#.to_owned()]);
    assert!(talk.replies.try_recv().is_err());
}

#[test]
fn a_late_yes_is_a_no_and_asking_stops_the_clock() {
    let mut talk = Talk::ready();
    let start = talk.start;
    let at = |seconds| start + Duration::from_secs(seconds);
    let (early, late, later) = (at(99), at(100), at(109));
    talk.question("1", "make ASK", "hook");
    talk.outputs();
    talk.driver.tick(at(1));
    talk.driver.tick(early);
    assert_eq!(talk.outputs(), [""; 0]);
    talk.driver.answer("q-1", Answer::Allow, late);
    let outputs = talk.outputs();
    assert!(outputs[0].contains(r#""behavior":"deny""#) && outputs[1].contains("Expired"), "{outputs:?}");
    assert_eq!(outputs.len(), 2);
    talk.driver.tick(late);
    talk.driver.tick(later);
    assert_eq!(talk.outputs(), [""; 0]);
    talk.driver.tick(later + Duration::from_secs(3));
    assert_eq!(talk.outputs(), ["end claude-timed-out"]);
}

#[test]
fn what_cannot_be_read_is_refused_and_a_withdrawn_question_is_closed() {
    let mut talk = Talk::ready();
    talk.line(r#"{"type":"control_request","request_id":"x","request":{"subtype":"hook_callback"}}"#);
    talk.line(r#"{"type":"control_request","request_id":"y","request":{"subtype":"from_the_future"}}"#);
    let outputs = talk.outputs();
    assert!(
        outputs.len() == 2 && outputs.iter().all(|line| line.contains(r#""subtype":"error""#)),
        "{outputs:?}"
    );
    talk.line(r#"{"type":"control_request","request_id":"z","request":{"subtype":"can_use_tool","tool_name":"Bash"}}"#);
    assert!(talk.outputs()[0].contains(r#""behavior":"deny""#));
    talk.question("1", "make ASK", "hook");
    talk.outputs();
    talk.line(r#"{"type":"control_cancel_request","request_id":"q-1"}"#);
    assert_eq!(talk.outputs(), [r#"AskClosed { id: "q-1", closed: Withdrawn }"#]);
    talk.line("garbage");
    assert_eq!(talk.outputs(), ["end claude-malformed"]);
    talk.line(INIT);
    assert_eq!(talk.outputs(), [""; 0], "nothing is heard after the end");
}

#[test]
fn a_missing_verdict_ends_the_run() {
    let mut talk = Talk::ready();
    talk.line(r#"{"type":"system","subtype":"informational","tag":"hook_no_verdict"}"#);
    assert_eq!(talk.outputs(), ["end claude-no-verdict"]);
}

#[track_caller]
fn check_end(fields: &str, want: &Outcome, cost: Option<u64>) {
    let mut talk = Talk::ready();
    talk.line(&format!(r#"{{"type":"result",{fields}}}"#));
    let Some(Output::Event(Event::Turn(turn))) = talk.driver.next() else { panic!("no end of a turn") };
    assert_eq!((&turn.outcome, turn.cost), (want, cost.map(MicroUsd)), "{fields}");
}

#[test]
fn the_end_of_a_turn_says_how() {
    check_end(
        r#""subtype":"success","is_error":false,"total_cost_usd":0.0006000000000000001"#,
        &Outcome::Done,
        Some(601),
    );
    let error = r#""subtype":"success","is_error":true,"api_error_status":400,"total_cost_usd":0"#;
    check_end(error, &Outcome::ApiError { status: Some(400) }, Some(0));
    check_end(r#""subtype":"success""#, &Outcome::ApiError { status: None }, None);
    check_end(
        r#""subtype":"error_max_turns","is_error":true,"total_cost_usd":"1""#,
        &Outcome::MaxTurns,
        None,
    );
    check_end(
        r#""subtype":"error_max_budget_usd","is_error":true,"total_cost_usd":1e-7"#,
        &Outcome::BudgetUsedUp,
        Some(1),
    );
    let aborted = r#""subtype":"error_during_execution","is_error":true,"terminal_reason":"aborted_tools""#;
    check_end(aborted, &Outcome::Interrupted, None);
    let unknown = r#""subtype":"error_during_execution","is_error":true,"errors":["No conversation found with session ID: x"]"#;
    check_end(unknown, &Outcome::UnknownSession, None);
    check_end(r#""subtype":"from_the_future","is_error":false"#, &Outcome::Failed, None);
}

#[test]
fn the_relays_refusal_is_the_end_of_the_budget_and_another_402_is_not() {
    let end = |text: &str| {
        let mut talk = Talk::ready();
        talk.line(&format!(
            r#"{{"type":"result","subtype":"success","is_error":true,"result":"{text}","api_error_status":402}}"#
        ));
        talk.outputs().first().cloned().unwrap_or_default()
    };
    assert!(end("API Error: 402 guard: the budget of this run is used up").contains("BudgetUsedUp"));
    assert!(end("API Error: 402 pay first").contains("ApiError"));
}

//! Whole conversations in the shape that the agent writes them, with what no version has written yet between the lines.

use super::*;

const ASKED: &str = include_str!("asked.jsonl");
const INTERRUPTED: &str = include_str!("interrupted.jsonl");
/// The last line of the agent before it is interrupted.
const INTERRUPTED_AFTER: &str = "task_started";

/// What may come from another version, or means nothing here.
const STRANGE: [&str; 22] = [
    r#"{"type":"from_the_future","x":{"y":[1,null,{"z":true}]}}"#,
    r#"{"type":"keep_alive"}"#,
    r#"{"type":"system"}"#,
    r#"{"type":"system","subtype":"from_the_future","tools":["Evil"],"mcp_servers":[{"name":"evil"}]}"#,
    r#"{"type":"system","subtype":{"name":"init"}}"#,
    r#"{"type":"system","subtype":"informational","tag":"from_the_future"}"#,
    r#"{"type":"system","subtype":"permission_denied","tool_name":"Bash","tool_use_id":"toolu_1"}"#,
    r#"{"type":"system","subtype":"hook_response","outcome":"success"}"#,
    r#"{"type":"rate_limit_event","rate_limit_info":{"status":"allowed_warning","resetsAt":1}}"#,
    r#"{"type":"tool_progress","tool_use_id":"toolu_1","elapsed_time_seconds":1.5}"#,
    r#"{"type":"assistant"}"#,
    r#"{"type":"assistant","message":{"content":[{"type":"server_tool_use","id":"s"},{"type":"thinking"},7,null]}}"#,
    r#"{"type":"assistant","message":{"content":{"type":"text","text":"not a list"}}}"#,
    r#"{"type":"user","message":{"content":[{"type":"image"},{"type":"tool_result"},"x"]}}"#,
    r#"{"type":"user","isReplay":true}"#,
    r#"{"type":"stream_event"}"#,
    r#"{"type":"stream_event","event":{"type":"from_the_future","delta":7}}"#,
    r#"{"type":"stream_event","event":{"delta":{"type":"text_delta","text":["x"]}}}"#,
    r#"{"type":"control_cancel_request","request_id":"nobody"}"#,
    r#"{"type":"control_cancel_request"}"#,
    r#"{"type":"control_response","response":{"subtype":"error","request_id":"nobody","error":"no"}}"#,
    r#"{"type":"control_response","response":7}"#,
];

/// All that comes of the lines; a person says yes to the first question, and interrupts where the transcript has it.
fn play<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut talk = Talk::new();
    let mut found = Vec::new();
    for line in lines {
        talk.line(line);
        found.extend(talk.outputs());
        if line.contains(r#""subtype":"can_use_tool""#) {
            let start = talk.start;
            talk.driver.answer("r-2", Answer::Allow, start);
        } else if line.contains(INTERRUPTED_AFTER) && line.contains(r#""task_id":"t","tool_use_id""#) {
            talk.driver.interrupt();
        }
        found.extend(talk.outputs());
    }
    found
}

/// The beginning of each output, by which it is known.
#[track_caller]
fn check(transcript: &str, want: &[&str]) {
    let got = play(transcript.lines());
    assert_eq!(got.len(), want.len(), "{got:#?}");
    for (got, want) in got.iter().zip(want) {
        assert!(got.contains(want), "{want} is not in {got}");
    }
}

#[test]
fn a_transcript_becomes_what_happened() {
    check(
        ASKED,
        &[
            r#""subtype":"initialize""#,
            r#""content":"go""#,
            "Started",
            r#"Text { text: "I will look.", is_subagent: false }"#,
            "ToolUse",
            r#""permissionDecision":"ask""#,
            "ask r-2 asked",
            r#"{"behavior":"allow","updatedInput":{"command":"make ASK","description":"builds"}}"#,
            "closed: Allowed",
            r#"ToolResult { id: "toolu_1", text: "built", is_error: false }"#,
            "Turn(Turn { outcome: Done, text: Some(\"It is built.\"), cost: Some(MicroUsd(1201)), calls: 2 })",
        ],
    );
    check(
        INTERRUPTED,
        &[
            r#""subtype":"initialize""#,
            r#""content":"go""#,
            "Started",
            r#"PartialText("I will ")"#,
            r#"PartialText("wait.")"#,
            r#"Text { text: "I will wait.", is_subagent: false }"#,
            "ToolUse",
            &success("r-1", "{}"),
            r#""subtype":"interrupt""#,
            "ToolResult",
            "Turn(Turn { outcome: Interrupted, text: None, cost: Some(MicroUsd(600)), calls: 2 })",
        ],
    );
}

#[test]
fn what_no_version_has_written_yet_changes_nothing_anywhere() {
    for transcript in [ASKED, INTERRUPTED] {
        let lines: Vec<_> = transcript.lines().collect();
        let plain = play(lines.iter().copied());
        for strange in STRANGE {
            for place in 0..=lines.len() {
                let (before, after) = lines.split_at(place);
                let got = play(before.iter().copied().chain([strange]).chain(after.iter().copied()));
                assert_eq!(got, plain, "{strange} before line {place}");
            }
        }
    }
}

#[test]
fn a_field_more_or_of_another_type_changes_nothing() {
    let plain = play(ASKED.lines());
    let more: Vec<_> = ASKED
        .lines()
        .map(|line| line.replacen('{', r#"{"from_the_future":{"type":"init","x":[1]},"#, 1))
        .collect();
    assert_eq!(play(more.iter().map(String::as_str)), plain);
    let other = ASKED
        .replace(
            r#""terminal_reason":"completed""#,
            r#""terminal_reason":{"kind":"completed"},"errors":null,"api_error_status":"none""#,
        )
        .replace(r#""num_turns":2"#, r#""num_turns":2.0"#);
    let plain: Vec<_> = plain.iter().map(|line| line.replace("calls: 2", "calls: 0")).collect();
    assert_eq!(play(other.lines()), plain);
}

#[test]
fn the_end_of_a_turn_that_never_began_is_no_beginning() {
    let mut talk = Talk::new();
    talk.outputs();
    talk.line(
        r#"{"type":"result","subtype":"error_during_execution","is_error":true,"errors":["something else"]}"#,
    );
    let outputs = talk.outputs();
    assert!(
        outputs.len() == 1 && outputs[0].starts_with("Turn"),
        "a prompt before the hook is confirmed: {outputs:?}"
    );
    talk.line(READY);
    assert!(talk.outputs()[0].contains(r#""content":"go""#));
}

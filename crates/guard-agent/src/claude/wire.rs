//! What the agent writes, one JSON object a line: only what the engine acts on is looked at, and only that can be wrong.
//!
//! Unknown types, subtypes and fields are [`Incoming::Other`], and a field that says how a turn went counts as missing where
//! it is of another type than it was. A line that is not an object with a `type` ends the run.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::ClaudeError;

/// A message of the agent.
#[derive(Debug)]
pub(crate) enum Incoming {
    Init(Init),
    /// A hook ended without a verdict.
    NoVerdict,
    /// The call of the model failed and is tried again.
    Retry,
    Assistant {
        blocks: Vec<Block>,
        parent: Option<String>,
    },
    Results(Vec<ToolResult>),
    Partial(String),
    Result(TurnEnd),
    Hook {
        request: String,
        call: Option<HookCall>,
    },
    Permission {
        request: String,
        question: Option<Question>,
    },
    /// A question that the engine does not know.
    Question(String),
    /// The agent withdraws a question.
    Cancel(String),
    Answer {
        request: String,
        response: Option<Value>,
    },
    Other,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Init {
    pub(crate) session_id: String,
    /// Missing means unknown, and unknown is not hermetic.
    pub(crate) tools: Option<Vec<String>>,
    pub(crate) mcp_servers: Option<Vec<Value>>,
    pub(crate) plugins: Option<Vec<Plugin>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) model: Option<String>,
    #[serde(rename = "permissionMode")]
    pub(crate) permission_mode: Option<String>,
    #[serde(default)]
    pub(crate) claude_code_version: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Plugin {
    #[serde(default)]
    path: String,
    #[serde(default)]
    source: String,
}

impl Plugin {
    pub(crate) fn is_built_in(&self) -> bool {
        self.path == "builtin" && self.source.ends_with("@builtin")
    }
}

/// A part of a message of the model.
#[derive(Debug)]
pub(crate) enum Block {
    Text(String),
    ToolUse { id: String, name: String, input: Value },
    Other,
}

#[derive(Debug)]
pub(crate) struct ToolResult {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) is_error: bool,
}

/// The end of a turn.
#[derive(Debug, Deserialize)]
pub(crate) struct TurnEnd {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) subtype: Option<String>,
    /// Missing means that it failed.
    #[serde(default = "failed")]
    pub(crate) is_error: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) num_turns: Option<u64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) result: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) errors: Option<Vec<Value>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) terminal_reason: Option<String>,
    /// The text of the number.
    #[serde(rename = "total_cost_usd")]
    pub(crate) cost: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) api_error_status: Option<u16>,
}

/// A field of another type counts as missing.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).ok())
}

const fn failed() -> bool {
    true
}

/// A tool call that the hook is asked about.
#[derive(Debug, Deserialize)]
pub(crate) struct HookCall {
    pub(crate) tool_name: String,
    pub(crate) tool_input: Value,
    pub(crate) tool_use_id: String,
    pub(crate) cwd: String,
    pub(crate) permission_mode: Option<String>,
}

/// The agent's own question whether a tool may run.
#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    pub(crate) tool_name: String,
    /// Sent back as it came, to the byte.
    pub(crate) input: Box<RawValue>,
    pub(crate) tool_use_id: String,
    pub(crate) decision_reason: Option<Value>,
    pub(crate) decision_reason_type: Option<String>,
}

#[derive(Deserialize)]
struct Envelope {
    r#type: String,
    subtype: Option<Value>,
}

#[derive(Deserialize)]
struct Request<'a> {
    request_id: String,
    #[serde(borrow)]
    request: &'a RawValue,
}

#[derive(Deserialize)]
struct RequestKind {
    subtype: String,
}

#[derive(Deserialize)]
struct HookRequest {
    input: HookCall,
}

impl Incoming {
    /// Parses one line.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, ClaudeError> {
        let text = &*mend(str::from_utf8(line).map_err(|_| ClaudeError::Malformed)?);
        let envelope: Envelope = parse(text)?;
        let subtype = envelope.subtype.as_ref().and_then(Value::as_str).unwrap_or_default();
        Ok(match (envelope.r#type.as_str(), subtype) {
            ("system", "init") => Self::Init(parse(text)?),
            ("system", "informational") => {
                let fields: Value = parse(text)?;
                let is_it = fields.get("tag").and_then(Value::as_str) == Some("hook_no_verdict");
                if is_it || fields.get("hook_no_verdict").is_some() { Self::NoVerdict } else { Self::Other }
            }
            ("system", "api_retry") => Self::Retry,
            ("assistant", _) => assistant(&parse(text)?),
            ("user", _) => Self::Results(results(&parse(text)?)),
            ("stream_event", _) => partial(&parse(text)?),
            ("result", _) => Self::Result(parse(text)?),
            ("control_request", _) => request(text)?,
            ("control_cancel_request", _) => {
                let fields: Value = parse(text)?;
                string(&fields, "request_id").map_or(Self::Other, Self::Cancel)
            }
            ("control_response", _) => answer(&parse(text)?).unwrap_or(Self::Other),
            _ => Self::Other,
        })
    }
}

/// Half of a character becomes the mark of a lost one. The agent counts in UTF-16 and may cut a text in the middle of a
/// character; no text can hold that, and the rest of the line is good. It is mended before anything is judged, so that
/// what is judged, shown and sent back is the same.
fn mend(text: &str) -> Cow<'_, str> {
    if !text.contains("\\ud") && !text.contains("\\uD") {
        return text.into();
    }
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at(at);
        mended.push_str(plain);
        let half = unit(escape);
        let taken = match half {
            Some(0xd800..=0xdbff)
                if matches!(unit(escape.get(6..).unwrap_or_default()), Some(0xdc00..=0xdfff)) =>
            {
                mended.push_str(escape.get(..12).unwrap_or_default());
                12
            }
            Some(0xd800..=0xdfff) => {
                mended.push(char::REPLACEMENT_CHARACTER);
                6
            }
            // Any other escape: the backslash and one character, which may be a backslash itself.
            _ => {
                let length = 1 + escape.chars().nth(1).map_or(0, char::len_utf8);
                mended.push_str(escape.get(..length).unwrap_or_default());
                length
            }
        };
        rest = escape.get(taken..).unwrap_or_default();
    }
    mended.push_str(rest);
    mended.into()
}

/// The number of a `\u` escape at the beginning.
fn unit(escape: &str) -> Option<u32> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ClaudeError> {
    serde_json::from_str(text).map_err(|_| ClaudeError::Malformed)
}

fn string(fields: &Value, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn request(text: &str) -> Result<Incoming, ClaudeError> {
    let Request { request_id: request, request: inner } = parse(text)?;
    let kind: RequestKind = match parse(inner.get()) {
        Ok(kind) => kind,
        Err(_) => return Ok(Incoming::Question(request)),
    };
    Ok(match kind.subtype.as_str() {
        "hook_callback" => {
            let call = parse::<HookRequest>(inner.get()).ok().map(|hook| hook.input);
            Incoming::Hook { request, call }
        }
        "can_use_tool" => Incoming::Permission { request, question: parse(inner.get()).ok() },
        _ => Incoming::Question(request),
    })
}

/// An answer to nothing that was asked is nothing.
fn answer(fields: &Value) -> Option<Incoming> {
    let answer = fields.get("response")?;
    let request = string(answer, "request_id")?;
    let is_success = string(answer, "subtype").as_deref() == Some("success");
    let response = is_success.then(|| answer.get("response").cloned().unwrap_or_default());
    Some(Incoming::Answer { request, response })
}

fn blocks(message: &Value) -> impl Iterator<Item = &Value> {
    let content = message.get("message").and_then(|message| message.get("content"));
    content.and_then(Value::as_array).into_iter().flatten()
}

fn assistant(message: &Value) -> Incoming {
    let block = |block: &Value| match block.get("type").and_then(Value::as_str) {
        Some("text") => string(block, "text").map(Block::Text),
        Some("tool_use") => string(block, "id").zip(string(block, "name")).map(|(id, name)| {
            let input = block.get("input").cloned().unwrap_or_default();
            Block::ToolUse { id, name, input }
        }),
        _ => None,
    };
    let blocks = blocks(message).map(|value| block(value).unwrap_or(Block::Other)).collect();
    Incoming::Assistant { blocks, parent: string(message, "parent_tool_use_id") }
}

fn results(message: &Value) -> Vec<ToolResult> {
    let results = blocks(message).filter(|block| string(block, "type").as_deref() == Some("tool_result"));
    results
        .filter_map(|block| {
            let is_error = block.get("is_error").and_then(Value::as_bool).unwrap_or(false);
            let text = block.get("content").map(text_of).unwrap_or_default();
            Some(ToolResult { id: string(block, "tool_use_id")?, text, is_error })
        })
        .collect()
}

/// The text of a content, which is a string or a list of parts; images and the like are left out.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| string(part, "text"));
            texts.collect::<Vec<_>>().join("\n")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

fn partial(message: &Value) -> Incoming {
    // A sub-agent's text is not the answer.
    if message.get("parent_tool_use_id").is_some_and(|parent| !parent.is_null()) {
        return Incoming::Other;
    }
    let delta = message.get("event").and_then(|event| event.get("delta"));
    let text = delta.filter(|delta| string(delta, "type").as_deref() == Some("text_delta"));
    text.and_then(|delta| string(delta, "text")).map_or(Incoming::Other, Incoming::Partial)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        serde_json::to_string(text).unwrap()
    }

    /// The name of the message that a line is, or the code of the refusal.
    fn kind(line: &str) -> String {
        match Incoming::parse(line.as_bytes()) {
            Ok(message) => {
                let text = format!("{message:?}");
                text.split([' ', '(']).next().unwrap_or_default().to_owned()
            }
            Err(error) => error.code().to_owned(),
        }
    }

    #[track_caller]
    fn check(line: &str, want: &str) {
        assert_eq!(kind(line), want, "{line}");
    }

    #[test]
    fn what_is_not_known_is_left_alone() {
        check(r#"{"type":"system","subtype":"task_started","task_id":"x"}"#, "Other");
        check(r#"{"type":"rate_limit_event","x":[1,2,{"y":null}]}"#, "Other");
        check(r#"{"type":"from_the_future"}"#, "Other");
        check(r#"{"type":"system"}"#, "Other");
        check(r#"{"type":"system","subtype":7}"#, "Other");
        check(r#"{"type":"system","subtype":"informational","tag":"tip"}"#, "Other");
        check(r#"{"type":"system","subtype":"api_retry","attempt":1}"#, "Retry");
        check(r#"{"type":"control_request","request_id":"r","request":{"subtype":"new"}}"#, "Question");
        check(r#"{"type":"control_request","request_id":"r","request":{}}"#, "Question");
        check(
            r#"{"type":"assistant","message":{"content":[{"type":"thinking","thinking":"…"}]}}"#,
            "Assistant",
        );
        check(r#"{"type":"assistant","message":{"content":"text"}}"#, "Assistant");
        check(r#"{"type":"user","message":{"content":"text"}}"#, "Results");
        check(r#"{"type":"stream_event","event":{"type":"ping"}}"#, "Other");
        check(r#"{"type":"control_cancel_request"}"#, "Other");
        check(r#"{"type":"control_response"}"#, "Other");
        check(r#"{"type":"result","errors":null,"result":{"a":1},"num_turns":-1,"subtype":7}"#, "Result");
        check(r#"{"type":"result","api_error_status":"overloaded","terminal_reason":["x"]}"#, "Result");
        check(r#"{"type":"system","subtype":"init","session_id":"s","model":{"id":"m"}}"#, "Init");
    }

    #[test]
    fn half_a_character_is_a_lost_one_and_nothing_else_changes() {
        #[track_caller]
        fn check(escaped: &str, want: &str) {
            let line = format!(
                r#"{{"type":"assistant","message":{{"content":[{{"type":"text","text":"{escaped}"}}]}}}}"#
            );
            match Incoming::parse(line.as_bytes()) {
                Ok(Incoming::Assistant { blocks, .. }) => {
                    assert!(matches!(blocks.as_slice(), [Block::Text(text)] if text == want), "{blocks:?}");
                }
                other => panic!("{escaped}: {other:?}"),
            }
        }
        check(r"cut \ud83d", "cut \u{fffd}");
        check(r"\uDE00 cut", "\u{fffd} cut");
        check(r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}");
        check(r"\ude00\ud83d", "\u{fffd}\u{fffd}");
        check(r"\ud83d\u0041\ud83dx", "\u{fffd}A\u{fffd}x");
        check(r"\uD83D\uDE00 \u00e9\n", "\u{1f600} \u{e9}\n");
        // A backslash and letters.
        check(r"\\ud83d", r"\ud83d");
        check(r"\\\ud83d", "\\\u{fffd}");
        check("\u{e9}\u{1f600}", "\u{e9}\u{1f600}");
        assert!(Incoming::parse(br#"{"type":"x","y":"\ud8"}"#).is_err());
        assert!(Incoming::parse("{\"type\":\"x\",\"y\":\"\\ud8\u{e9}\u{e9}".as_bytes()).is_err());
    }

    #[test]
    fn a_list_of_tools_that_is_missing_is_not_an_empty_one() {
        let init = |fields: &str| {
            let line = format!(r#"{{"type":"system","subtype":"init","session_id":"s"{fields}}}"#);
            match Incoming::parse(line.as_bytes()) {
                Ok(Incoming::Init(init)) => init.tools,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(init(""), None);
        assert_eq!(init(r#","tools":[]"#), Some(Vec::new()));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        check("", "claude-malformed");
        check("warning: something", "claude-malformed");
        check("[]", "claude-malformed");
        check(r#"{"type":7}"#, "claude-malformed");
        check(r#"{"subtype":"init"}"#, "claude-malformed");
        check(r#"{"type":"control_request","request":{"subtype":"can_use_tool"}}"#, "claude-malformed");
        check(r#"{"type":"system","subtype":"init"}"#, "claude-malformed");
        check(r#"{"type":"result","is_error":"no"}"#, "claude-malformed");
        check(&format!("{}{}", r#"{"type":"#, "[".repeat(1_000)), "claude-malformed");
        assert!(Incoming::parse(b"{\"type\":\"\xff\"}").is_err());
    }

    #[test]
    fn a_missing_verdict_is_seen() {
        let line = r#"{"type":"system","subtype":"informational","tag":"hook_no_verdict","hook_no_verdict":{"timed_out":true}}"#;
        check(line, "NoVerdict");
    }

    #[test]
    fn a_question_without_its_fields_still_gets_an_answer() {
        let line =
            r#"{"type":"control_request","request_id":"r","request":{"subtype":"can_use_tool","input":{}}}"#;
        let Ok(Incoming::Permission { request, question: None }) = Incoming::parse(line.as_bytes()) else {
            panic!("not a question without fields");
        };
        assert_eq!(request, "r");
        let line = r#"{"type":"control_request","request_id":"r","request":{"subtype":"hook_callback","input":{"tool_name":"Bash"}}}"#;
        assert!(matches!(Incoming::parse(line.as_bytes()), Ok(Incoming::Hook { call: None, .. })));
    }

    #[test]
    fn the_input_of_a_question_is_kept_to_the_byte() {
        let line = r#"{"type":"control_request","request_id":"r","request":{"subtype":"can_use_tool","tool_name":"Bash","tool_use_id":"t","input":{"command" : "x", "n": 1.10000000000000000001}}}"#;
        let Ok(Incoming::Permission { question: Some(question), .. }) = Incoming::parse(line.as_bytes())
        else {
            panic!("not a question");
        };
        assert_eq!(question.input.get(), r#"{"command" : "x", "n": 1.10000000000000000001}"#);
    }

    #[test]
    fn the_total_is_kept_as_text() {
        let line = r#"{"type":"result","subtype":"success","is_error":false,"total_cost_usd":0.0012000000000000001}"#;
        let Ok(Incoming::Result(end)) = Incoming::parse(line.as_bytes()) else { panic!("not a result") };
        assert_eq!(end.cost.map(|cost| cost.get().to_owned()), Some("0.0012000000000000001".to_owned()));
        assert!(!end.is_error);
        let Ok(Incoming::Result(end)) = Incoming::parse(br#"{"type":"result"}"#) else {
            panic!("not a result")
        };
        assert!(end.is_error, "a result that does not say so is a failure");
    }

    #[test]
    fn plugins_are_built_in_only_by_both_marks() {
        let plugin = |text: &str| serde_json::from_str::<Plugin>(text).unwrap().is_built_in();
        assert!(plugin(r#"{"name":"a","path":"builtin","source":"a@builtin"}"#));
        assert!(!plugin(r#"{"name":"a","path":"/project/p","source":"a@builtin"}"#));
        assert!(!plugin(r#"{"name":"a","path":"builtin","source":"a@market"}"#));
        assert!(!plugin(r#"{"name":"a"}"#));
    }

    proptest::proptest! {
        #[test]
        fn an_unknown_field_changes_nothing(name in "x_[a-z]{1,8}", value in "[a-z\\\\\"{}]{0,12}") {
            let extra = format!("{}:{}", json(&name), json(&value));
            for line in [
                r#"{"type":"system","subtype":"api_retry"}"#,
                r#"{"type":"result","subtype":"success","is_error":false,"total_cost_usd":1}"#,
                r#"{"type":"control_cancel_request","request_id":"r"}"#,
                r#"{"type":"assistant","message":{"content":[{"type":"text","text":"hello"}]}}"#,
            ] {
                let longer = format!("{},{extra}}}", line.strip_suffix('}').unwrap());
                let parsed = |line: &str| format!("{:?}", Incoming::parse(line.as_bytes()));
                proptest::prop_assert_eq!(parsed(&longer), parsed(line));
            }
        }

        #[test]
        fn a_line_is_a_message_only_if_it_is_an_object_with_a_type(bytes in proptest::collection::vec(0..=255_u8, 0..200)) {
            let is_message = serde_json::from_slice::<Value>(&bytes).is_ok_and(|value| value.get("type").is_some_and(Value::is_string));
            if Incoming::parse(&bytes).is_ok() {
                proptest::prop_assert!(is_message);
            }
        }
    }
}

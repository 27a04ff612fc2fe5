//! What the agent writes, one JSON object a line: only what the engine acts on is looked at, and only that can be wrong.
//!
//! Unknown types, subtypes and fields are [`Incoming::Other`]. A line that is not an object with a `type` ends the run.

use serde::Deserialize;
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
    #[serde(default)]
    pub(crate) tools: Vec<String>,
    /// Missing means unknown, and unknown is not hermetic.
    pub(crate) mcp_servers: Option<Vec<Value>>,
    pub(crate) plugins: Option<Vec<Plugin>>,
    #[serde(default)]
    pub(crate) model: String,
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
    #[serde(default)]
    pub(crate) subtype: String,
    /// Missing means that it failed.
    #[serde(default = "failed")]
    pub(crate) is_error: bool,
    #[serde(default)]
    pub(crate) num_turns: u64,
    pub(crate) result: Option<String>,
    #[serde(default)]
    pub(crate) errors: Vec<Value>,
    pub(crate) terminal_reason: Option<String>,
    /// The text of the number.
    #[serde(rename = "total_cost_usd")]
    pub(crate) cost: Option<Box<RawValue>>,
    pub(crate) api_error_status: Option<u16>,
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
        let text = str::from_utf8(line).map_err(|_| ClaudeError::Malformed)?;
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
                Self::Cancel(string(&fields, "request_id").ok_or(ClaudeError::Malformed)?)
            }
            ("control_response", _) => answer(&parse(text)?)?,
            _ => Self::Other,
        })
    }
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

fn answer(fields: &Value) -> Result<Incoming, ClaudeError> {
    let answer = fields.get("response").ok_or(ClaudeError::Malformed)?;
    let request = string(answer, "request_id").ok_or(ClaudeError::Malformed)?;
    let is_success = string(answer, "subtype").as_deref() == Some("success");
    let response = is_success.then(|| answer.get("response").cloned().unwrap_or_default());
    Ok(Incoming::Answer { request, response })
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

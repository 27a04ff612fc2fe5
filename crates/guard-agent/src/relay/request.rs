//! A request to the model API, read as far as the guard must understand it.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::Refusal;
use super::content::{Content, Found, Length};
use super::model::Extent;

/// A request whose model, fields, tools and sources were read and found to be the model's business alone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) model: Box<str>,
    pub(crate) extent: Extent,
}

/// The API's fields that neither change the price nor make the API contact others or keep state. A field that is not
/// known may do either, so it is refused; so is one that stands twice, as two readers may pick different ones.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a field that is only allowed is not read")]
struct WireRequest {
    model: String,
    max_tokens: Option<u64>,
    messages: Vec<WireTurn>,
    #[serde(default)]
    system: Content,
    tools: Option<Vec<WireTool>>,
    context_management: Option<WireContextManagement>,
    cache_control: Option<IgnoredAny>,
    diagnostics: Option<IgnoredAny>,
    metadata: Option<IgnoredAny>,
    output_config: Option<IgnoredAny>,
    output_format: Option<IgnoredAny>,
    stop_sequences: Option<IgnoredAny>,
    stream: Option<bool>,
    temperature: Option<IgnoredAny>,
    thinking: Option<IgnoredAny>,
    tool_choice: Option<IgnoredAny>,
    top_k: Option<IgnoredAny>,
    top_p: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct WireTurn {
    #[serde(default)]
    content: Content,
}

#[derive(Deserialize)]
struct WireTool {
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct WireContextManagement {
    #[serde(default)]
    edits: Vec<WireTool>,
}

/// Tools that the client runs, where the guard sees them. Other kinds run at the API: they fetch addresses, run code
/// and cost by the use.
const CLIENT_TOOLS: [&str; 6] =
    ["bash_", "computer_", "custom", "memory_", "text_editor_", "tool_search_tool_"];

impl Call {
    /// Reads a request body.
    ///
    /// `counts` says that the request only asks for a count of tokens, and so needs no limit of output.
    pub(crate) fn parse(body: &[u8], counts: bool) -> Result<Self, Refusal> {
        // Also where a field is passed over: two readers may repair bytes that are no text in two ways.
        let text = str::from_utf8(body).map_err(|_| Refusal::Body)?;
        // Nesting beyond 128 levels is an error of serde_json's; the recursion here is never deeper.
        let request: WireRequest = serde_json::from_str(text).map_err(|error| refusal(&error))?;
        let mut found = Found::default();
        found.add(&request.system);
        request.messages.iter().for_each(|turn| found.add(&turn.content));
        if found.remote {
            return Err(Refusal::RemoteSource);
        }
        if !request.tools.iter().flatten().all(WireTool::is_run_by_the_client) {
            return Err(Refusal::ServerTool);
        }
        // Clearing old content costs nothing; summarising it is a model call that the limit of output does not cover.
        let mut edits = request.context_management.iter().flat_map(|management| &management.edits);
        if !edits.all(|edit| edit.kind.as_deref().is_some_and(|kind| kind.starts_with("clear_"))) {
            return Err(Refusal::Field);
        }
        let max_tokens = match request.max_tokens {
            Some(most) => most,
            None if counts => 0,
            None => return Err(Refusal::Body),
        };
        let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let extent = Extent {
            text_bytes: bytes.saturating_sub(found.image_bytes),
            images: found.images,
            unbounded: found.documents,
            max_tokens,
        };
        Ok(Self { model: request.model.into(), extent })
    }
}

impl WireTool {
    fn is_run_by_the_client(&self) -> bool {
        let Some(kind) = self.kind.as_deref() else { return true };
        CLIENT_TOOLS
            .iter()
            .any(|known| if known.ends_with('_') { kind.starts_with(known) } else { kind == *known })
    }
}

/// serde tells an unknown field from other mistakes only in its text, which is ours: the field's name comes after it.
fn refusal(error: &serde_json::Error) -> Refusal {
    if error.is_data() && error.to_string().starts_with("unknown field") {
        Refusal::Field
    } else {
        Refusal::Body
    }
}

/// Reads a length and drops the text: data of an image is not kept.
impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Length;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, text: &str) -> Result<Length, E> {
                Ok(Length(u64::try_from(text.len()).unwrap_or(0)))
            }
        }
        from.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, want: Result<(u64, u64, bool), Refusal>) {
        let call = Call::parse(body.as_bytes(), false);
        let got = call.map(|call| {
            assert_eq!(&*call.model, "m");
            (call.extent.max_tokens, call.extent.images, call.extent.unbounded)
        });
        assert_eq!(got, want, "{body}");
    }

    fn with(extra: &str) -> String {
        format!(r#"{{"model":"m","max_tokens":9,"messages":[]{extra}}}"#)
    }

    fn saying(content: &str) -> String {
        format!(r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":{content}}}]}}"#)
    }

    #[test]
    fn fields() {
        check(&with(""), Ok((9, 0, false)));
        check(
            &with(r#","stream":true,"metadata":{"user_id":"u"},"thinking":{"type":"enabled"}"#),
            Ok((9, 0, false)),
        );
        check(
            &with(r#","system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}]"#),
            Ok((9, 0, false)),
        );
        check(&with(r#","system":null,"tools":null"#), Ok((9, 0, false)));
        for field in
            ["mcp_servers", "container", "speed", "inference_geo", "service_tier", "fallbacks", "Model", "x"]
        {
            check(&with(&format!(r#","{field}":[]"#)), Err(Refusal::Field));
        }
        check(&with(r#","model":"n""#), Err(Refusal::Body));
        check(&with(r#","mod\u0065l":"n""#), Err(Refusal::Body));
        check(&with(r#","max_tokens":1"#), Err(Refusal::Body));
        check(&with(r#","context_management":{"edits":[{"type":"clear_tool_uses_1"}]}"#), Ok((9, 0, false)));
        check(&with(r#","context_management":{"edits":[{"type":"compact_20260112"}]}"#), Err(Refusal::Field));
        for broken in
            ["", "[]", "null", "{", r#"{"model":"m"}"#, r#"{"model":"m","messages":[]}"#, "\u{feff}{}"]
        {
            check(broken, Err(Refusal::Body));
        }
        check(r#"{"model":1,"max_tokens":1,"messages":[]}"#, Err(Refusal::Body));
        check(r#"{"model":"m","max_tokens":-1,"messages":[]}"#, Err(Refusal::Body));
        check(r#"{"model":"m","max_tokens":1e3,"messages":[]}"#, Err(Refusal::Body));
        check(&(with("") + "{}"), Err(Refusal::Body));
        assert_eq!(
            Call::parse(br#"{"model":"m","messages":[]}"#, true).map(|call| call.extent.max_tokens),
            Ok(0)
        );
    }

    #[test]
    fn tools() {
        for ours in ["", r#""type":"custom","#, r#""type":"bash_20250124","#, r#""type":null,"#] {
            check(
                &with(&format!(r#","tools":[{{{ours}"name":"t","input_schema":{{"type":"url"}}}}]"#)),
                Ok((9, 0, false)),
            );
        }
        for theirs in
            ["web_search_20250305", "web_fetch_20250910", "code_execution_20250825", "mcp_toolset", "new"]
        {
            check(
                &with(&format!(r#","tools":[{{"type":"{theirs}","name":"t"}}]"#)),
                Err(Refusal::ServerTool),
            );
        }
    }

    #[test]
    fn sources() {
        let image = |source: &str| format!(r#"[{{"type":"image","source":{source}}}]"#);
        let inside =
            |content: &str| format!(r#"[{{"type":"tool_result","tool_use_id":"t","content":{content}}}]"#);
        let base64 = image(r#"{"type":"base64","media_type":"image/png","data":"AAAA"}"#);
        check(&saying(r#""text""#), Ok((9, 0, false)));
        check(
            &saying(r#"[{"type":"tool_use","id":"t","name":"n","input":{"source":{"type":"url"}}}]"#),
            Ok((9, 0, false)),
        );
        check(&saying(&base64), Ok((9, 1, false)));
        check(&saying(&inside(&base64)), Ok((9, 1, false)));
        check(&saying(r#"[{"type":"document","source":{"type":"base64","data":"AAAA"}}]"#), Ok((9, 0, true)));
        check(&saying(r#"[{"type":"document","source":{"type":"text","data":"A"}}]"#), Ok((9, 0, true)));
        let url = image(r#"{"type":"url","url":"https://collect.example/?secret"}"#);
        let file = image(r#"{"type":"file","file_id":"f"}"#);
        for remote in [&url, &file] {
            check(&saying(remote), Err(Refusal::RemoteSource));
            check(&saying(&inside(remote)), Err(Refusal::RemoteSource));
            let document =
                format!(r#"[{{"type":"document","source":{{"type":"content","content":{remote}}}}}]"#);
            check(&saying(&document), Err(Refusal::RemoteSource));
            check(&with(&format!(r#","system":{remote}"#)), Err(Refusal::RemoteSource));
            check(&saying(remote.trim_start_matches('[').trim_end_matches(']')), Err(Refusal::RemoteSource));
        }
        check(&saying(r#"[{"type":"image","source":{"type":"base64","type":"url"}}]"#), Err(Refusal::Body));
        let deep = "[{\"content\":".repeat(200) + "\"x\"" + &"}]".repeat(200);
        check(&saying(&deep), Err(Refusal::Body));
    }
}

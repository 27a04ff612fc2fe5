//! Usage in a streamed answer: any way of cutting the bytes tells the same, and agrees with a reading of whole lines.

#![no_main]

use guard_agent::relay::SseUsage;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// The highest output that any event with usage tells, read with other tools; nothing where the stream is unusual.
fn slowly(text: &str) -> Option<u64> {
    if text.contains('\r') || text.contains("event") {
        return None;
    }
    let mut most = 0;
    for event in text.split("\n\n") {
        let data: Vec<&str> = event.lines().filter_map(|line| line.strip_prefix("data:")).collect();
        if data.is_empty() {
            continue;
        }
        let value: Value = serde_json::from_str(&data.join("\n")).ok()?;
        if value["usage"].get("iterations").is_some() {
            return None;
        }
        if value["type"] == "message_delta" {
            most = most.max(value["usage"]["output_tokens"].as_u64().unwrap_or(0));
        }
    }
    Some(most)
}

fuzz_target!(|input: (Vec<u8>, &[u8])| {
    let (cuts, stream) = input;
    let mut whole = SseUsage::new();
    let outcome = whole.push(stream);
    let mut pieces = SseUsage::new();
    let mut rest = stream;
    let mut cut_outcome = Ok(());
    for cut in cuts {
        let (piece, tail) = rest.split_at(usize::from(cut).min(rest.len()));
        cut_outcome = pieces.push(piece);
        rest = tail;
    }
    if !rest.is_empty() {
        cut_outcome = pieces.push(rest);
    }
    assert_eq!(outcome, cut_outcome);
    assert_eq!(whole.message(), pieces.message());
    assert_eq!(whole.tokens(), pieces.tokens());
    assert_eq!(whole.is_complete(), pieces.is_complete());
    if outcome.is_ok() {
        assert_eq!(whole.is_between_events(), pieces.is_between_events());
        let told = std::str::from_utf8(stream).ok().filter(|text| text.ends_with("\n\n")).and_then(slowly);
        if let Some(output) = told.filter(|_| whole.message().is_none()) {
            assert_eq!(whole.tokens().output, output);
        }
    }
});

//! Updates of one answer: none is lost without a word, and the next offset is that of a plain reading.

#![no_main]

use guard_telegram::Batch;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Whether two readers of JSON may differ about it: a name twice, or written in another way.
fn is_ambiguous(text: &str, elements: usize) -> bool {
    text.contains('\\') || text.matches("update_id").count() > elements
}

fuzz_target!(|text: &str| {
    let got = Batch::decode(text);
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    let Value::Array(updates) = value else {
        assert!(got.is_err(), "no array");
        return;
    };
    if updates.len() > 1_000 || is_ambiguous(text, updates.len()) {
        return;
    }
    let id = |update: &Value| {
        update.get("update_id")?.as_u64().filter(|id| *id < i64::MAX as u64).map(|id| id as i64)
    };
    let ids: Vec<_> = updates.iter().map(|update| update.as_object().and_then(|_| id(update))).collect();
    let next = ids.iter().flatten().max().map(|id| id + 1);
    let Ok(batch) = got else {
        assert!(next.is_none() && !updates.is_empty(), "refused though it can be confirmed");
        return;
    };
    assert_eq!(batch.next_offset, next);
    let mut told: Vec<_> = batch.undecodable.iter().map(|lost| lost.update_id).collect();
    told.extend(batch.updates.iter().map(|update| Some(i64::from(update.update_id))));
    told.sort_unstable();
    let mut want = ids;
    want.sort_unstable();
    assert_eq!(told, want);
});

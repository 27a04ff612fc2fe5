//! The queue of updates: kept until a later call confirms them, or for a day.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(86_400);
/// How many confirmed updates can be delivered again.
const REMEMBERED: usize = 1000;
/// What is delivered only to those who ask for it by name.
const NOT_BY_DEFAULT: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];
const KINDS: [&str; 23] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "stopped_message_generation",
];

#[derive(Clone, Debug)]
struct Update {
    id: i64,
    value: Value,
    until: Duration,
}

#[derive(Debug)]
pub(crate) struct Queue {
    waiting: VecDeque<Update>,
    confirmed: VecDeque<Value>,
    /// Delivered by the next call, whatever its offset is.
    again: Vec<Value>,
    next: i64,
    allowed: Option<BTreeSet<String>>,
}

impl Queue {
    pub(crate) fn new() -> Self {
        let (waiting, confirmed) = Default::default();
        // The real first number is not 1 either.
        Self { waiting, confirmed, again: Vec::new(), next: 734_000_101, allowed: None }
    }

    /// Remembers `allowed_updates` where it was given; names that are not known are ignored, and nothing known is
    /// the default.
    pub(crate) fn allow(&mut self, list: &Value) {
        let Some(list) = list.as_array() else { return };
        let known: BTreeSet<_> = list
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_ascii_lowercase)
            .filter(|name| KINDS.contains(&name.as_str()))
            .collect();
        self.allowed = (!known.is_empty()).then_some(known);
    }

    pub(crate) fn is_allowed(&self, kind: &str) -> bool {
        match &self.allowed {
            Some(allowed) => allowed.contains(kind),
            None => !NOT_BY_DEFAULT.contains(&kind),
        }
    }

    /// `None` where the bot did not ask for this kind.
    pub(crate) fn push(&mut self, kind: &str, value: Value, now: Duration) -> Option<i64> {
        // A tap is of no use later.
        let life = if kind == "callback_query" { Duration::from_secs(150) } else { DAY };
        let mut update = json!({});
        update[kind] = value;
        self.is_allowed(kind).then(|| self.push_raw(update, now + life))
    }

    /// Any value; `update_id` is added to an object that has none.
    pub(crate) fn push_raw(&mut self, mut value: Value, until: Duration) -> i64 {
        let id = self.next;
        self.next += 1;
        if let Some(object) = value.as_object_mut() {
            object.entry("update_id").or_insert(json!(id));
        }
        self.waiting.push_back(Update { id, value, until });
        id
    }

    /// What a call with this offset and limit gets. Everything before the offset is confirmed.
    pub(crate) fn fetch(&mut self, mut offset: i64, limit: usize, now: Duration) -> Vec<Value> {
        self.waiting.retain(|update| update.until > now);
        if offset < 0 {
            offset += self.next;
        }
        while self.waiting.front().is_some_and(|update| update.id < offset) {
            self.confirmed.extend(self.waiting.pop_front().map(|update| update.value));
        }
        while self.confirmed.len() > REMEMBERED {
            self.confirmed.pop_front();
        }
        let mut found = std::mem::take(&mut self.again);
        found.extend(self.waiting.iter().map(|update| update.value.clone()).take(limit));
        found.truncate(limit);
        found
    }

    /// Plans the last confirmed updates to be delivered once more.
    pub(crate) fn redeliver(&mut self, count: usize) -> usize {
        let from = self.confirmed.len().saturating_sub(count);
        self.again.extend(self.confirmed.iter().skip(from).cloned());
        self.confirmed.len() - from
    }

    pub(crate) fn pending(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn drop_pending(&mut self) {
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(10);

    #[track_caller]
    fn check(queue: &mut Queue, offset: i64, limit: usize, want: &[i64]) {
        let found = queue.fetch(offset, limit, NOW);
        let ids: Vec<_> = found.iter().map(|update| update["update_id"].as_i64().unwrap()).collect();
        assert_eq!(ids, want);
    }

    #[test]
    fn an_update_stays_until_a_later_offset() {
        let mut queue = Queue::new();
        let first = queue.push("message", json!({}), NOW).unwrap();
        let ids: Vec<_> = (1..4).map(|_| queue.push("message", json!({}), NOW).unwrap()).collect();
        check(&mut queue, 0, 2, &[first, ids[0]]);
        check(&mut queue, first, 100, &[first, ids[0], ids[1], ids[2]]);
        check(&mut queue, ids[0], 100, &ids);
        check(&mut queue, 0, 100, &ids);
        check(&mut queue, -1, 100, &ids[2..]);
        check(&mut queue, ids[2] + 1, 100, &[]);
        assert_eq!(queue.redeliver(2), 2);
        check(&mut queue, ids[2] + 1, 100, &ids[1..]);
        check(&mut queue, ids[2] + 1, 100, &[]);
    }

    #[test]
    fn only_what_was_asked_for_is_kept_and_the_wish_is_remembered() {
        let mut queue = Queue::new();
        assert!(queue.push("message_reaction", json!({}), NOW).is_none());
        queue.allow(&json!(["callback_query", "no_such_kind"]));
        assert!(queue.push("message", json!({}), NOW).is_none());
        assert!(queue.push("callback_query", json!({}), NOW).is_some());
        queue.allow(&json!([]));
        assert!(queue.push("message", json!({}), NOW).is_some());
    }

    #[test]
    fn a_tap_is_forgotten_sooner_than_a_message() {
        let mut queue = Queue::new();
        queue.push("callback_query", json!({}), NOW).unwrap();
        let message = queue.push("message", json!({}), NOW).unwrap();
        let later = queue.fetch(0, 100, NOW + Duration::from_secs(151));
        assert_eq!(later.len(), 1);
        assert_eq!(later[0]["update_id"], message);
        assert!(queue.fetch(0, 100, NOW + DAY).is_empty());
    }
}

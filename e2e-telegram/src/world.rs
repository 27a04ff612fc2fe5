//! Everything the server knows.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};

use crate::answer::Refused;
use crate::calls::Call;
use crate::chat::Chat;
use crate::clock::Clock;
use crate::fault::{Fault, Planned};
use crate::files::Files;
use crate::limits::{Buckets, GLOBAL, Limits};
use crate::params::Params;
use crate::people::Human;
use crate::updates::Queue;

/// How many calls are remembered.
const REMEMBERED: usize = 200_000;

/// A press of a button that waits for its answer.
#[derive(Debug)]
pub(crate) struct Tap {
    pub(crate) at: Duration,
    /// The text and whether it is an alert.
    pub(crate) answer: Option<(String, bool)>,
}

/// A call that will be held for ever, and its client with it.
#[derive(Debug)]
pub(crate) struct Hold {
    /// Calls that pass before it.
    pub(crate) left: u64,
    /// Whether it is carried out first.
    pub(crate) is_after: bool,
    /// It came, and hangs.
    pub(crate) is_held: bool,
}

/// A message that is being written.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) chat: i64,
    pub(crate) id: i64,
    pub(crate) text: String,
    pub(crate) can_stop: bool,
    pub(crate) until: Duration,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) token: String,
    pub(crate) me: Value,
    pub(crate) people: BTreeMap<i64, Human>,
    pub(crate) chats: BTreeMap<i64, Chat>,
    pub(crate) updates: Queue,
    /// The latest poll; an older one that still waits was replaced.
    pub(crate) poll: u64,
    pub(crate) files: Files,
    pub(crate) taps: BTreeMap<String, Tap>,
    pub(crate) drafts: Vec<Draft>,
    /// By scope and language.
    pub(crate) commands: BTreeMap<(String, String), Value>,
    pub(crate) webhook: Option<String>,
    pub(crate) is_logged_out: bool,
    pub(crate) limits: Limits,
    pub(crate) buckets: Buckets,
    pub(crate) faults: Vec<Planned>,
    pub(crate) hold: Option<Hold>,
    /// Answers that stand in for a method's own, once each.
    pub(crate) canned: VecDeque<(String, Value)>,
    pub(crate) calls: VecDeque<Call>,
    pub(crate) next_call: u64,
    pub(crate) next_number: i64,
}

impl World {
    pub(crate) fn new() -> Self {
        let me = json!({
            "id": 4_800_000_001_i64, "is_bot": true, "first_name": "Guard", "username": "guard_test_bot",
            "can_join_groups": true, "can_read_all_group_messages": true, "supports_inline_queries": false,
            "can_connect_to_business": false, "has_main_web_app": false, "has_topics_enabled": false,
            "allows_users_to_create_topics": false, "can_manage_bots": false,
            "supports_guest_queries": false, "supports_join_request_queries": false,
        });
        Self {
            clock: Clock::new(),
            token: "4800000001:AAEtestTESTtestTESTtestTESTtestTEST_-x".to_owned(),
            me,
            people: BTreeMap::new(),
            chats: BTreeMap::new(),
            updates: Queue::new(),
            poll: 0,
            files: Files::default(),
            taps: BTreeMap::new(),
            drafts: Vec::new(),
            commands: BTreeMap::new(),
            webhook: None,
            is_logged_out: false,
            limits: Limits::default(),
            buckets: Buckets::default(),
            faults: Vec::new(),
            hold: None,
            canned: VecDeque::new(),
            calls: VecDeque::new(),
            next_call: 1,
            next_number: 1,
        }
    }

    /// The bot as the sender of a message.
    pub(crate) fn myself(&self) -> Value {
        json!({"id": self.me["id"], "is_bot": true, "first_name": self.me["first_name"], "username": self.me["username"]})
    }

    /// The number of the next message: private chats share one count, each supergroup has its own.
    pub(crate) fn number(&mut self, chat: i64) -> i64 {
        match self.chats.get_mut(&chat) {
            Some(chat) if !chat.is_private => chat.take_number(),
            Some(_) | None => {
                self.next_number += 1;
                self.next_number - 1
            }
        }
    }

    /// The chat of the parameter `chat_id`, where the bot may write.
    ///
    /// # Errors
    ///
    /// 400 for a chat that is not known, 403 where the person blocked the bot.
    pub(crate) fn writable(&self, params: &Params) -> Result<i64, Refused> {
        let Some(text) = params.get("chat_id") else { return Err(Refused::bad("chat_id is empty")) };
        let named = |(id, chat): (&i64, &Chat)| {
            (!chat.is_private && chat.value["username"].as_str() == text.strip_prefix('@')).then_some(*id)
        };
        let id = match text.parse::<i64>() {
            Ok(id) => id,
            Err(_) if text.starts_with('@') => {
                self.chats.iter().find_map(named).ok_or_else(|| Refused::bad("chat not found"))?
            }
            Err(_) => return Err(Refused::bad("chat not found")),
        };
        match self.chats.get(&id) {
            Some(chat) if chat.is_open => {}
            Some(_) | None => return Err(Refused::bad("chat not found")),
        }
        if self.people.get(&id).is_some_and(|person| person.has_blocked) {
            return Err(Refused::new(403, "Forbidden: bot was blocked by the user"));
        }
        Ok(id)
    }

    /// Counts a send or an edit.
    ///
    /// # Errors
    ///
    /// 429 with the time to wait.
    pub(crate) fn pace(&mut self, chat: i64) -> Result<(), Refused> {
        let is_private = self.chats.get(&chat).is_some_and(|chat| chat.is_private);
        let rate = if is_private { self.limits.private } else { self.limits.group };
        let wanted = [(chat, rate), (GLOBAL, self.limits.global)];
        self.buckets.take(self.clock.now(), &wanted).map_err(Refused::too_many)
    }

    /// Takes a planned fault of the wanted sort.
    pub(crate) fn take_fault(&mut self, method: &str, wanted: impl Fn(Fault) -> bool) -> Option<Fault> {
        let planned =
            self.faults.iter_mut().find(|planned| planned.matches(method) && wanted(planned.fault))?;
        planned.left -= 1;
        let fault = planned.fault;
        self.faults.retain(|planned| planned.left > 0);
        Some(fault)
    }

    /// Counts a call; whether it is the one to be held, and whether that is after it was carried out.
    pub(crate) fn count_for_hold(&mut self) -> Option<bool> {
        let hold = self.hold.as_mut().filter(|hold| !hold.is_held)?;
        if hold.left > 0 {
            hold.left -= 1;
            return None;
        }
        // Only one call is held.
        let is_after = hold.is_after;
        hold.is_held = !is_after;
        hold.left = u64::MAX;
        Some(is_after)
    }

    /// The answer that stands in for the method's own.
    pub(crate) fn take_canned(&mut self, method: &str) -> Option<Value> {
        let at = self.canned.iter().position(|(name, _)| name == method)?;
        self.canned.remove(at).map(|(_, body)| body)
    }

    pub(crate) fn begin_call(&mut self, method: &str, params: &Params) -> u64 {
        let number = self.next_call;
        self.next_call += 1;
        let mut values = params.values.clone();
        values.extend(params.files.iter().map(|(name, file)| (name.clone(), file.name.clone())));
        let (at, method) = (self.clock.now(), method.to_owned());
        let call = Call { number, method, params: values, at, status: 0, description: String::new() };
        self.calls.push_back(call);
        if self.calls.len() > REMEMBERED {
            self.calls.pop_front();
        }
        number
    }

    pub(crate) fn end_call(&mut self, number: u64, status: u16, body: &Value) {
        if let Some(call) = self.calls.iter_mut().rev().find(|call| call.number == number) {
            call.status = status;
            call.description = body["description"].as_str().unwrap_or_default().to_owned();
        }
    }
}

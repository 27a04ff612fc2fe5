//! The pace, on a clock that a test holds.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::{Key, Pacer, Rates, Replaced, Urgency};
use crate::Error;

/// Asks for turns and notes which came when, in tenths of a second.
#[derive(Clone)]
struct Table {
    pacer: Arc<Pacer>,
    start: Instant,
    seen: Arc<Mutex<Vec<(&'static str, u128)>>>,
}

impl Table {
    fn new() -> Self {
        Self::with(Rates::default())
    }

    fn with(rates: Rates) -> Self {
        Self { pacer: Arc::new(Pacer::new(rates)), start: Instant::now(), seen: Arc::default() }
    }

    fn tenths(&self) -> u128 {
        self.start.elapsed().as_millis() / 100
    }

    /// Asks for a turn that takes `takes` to be used.
    fn ask(&self, name: &'static str, chat: i64, urgency: Urgency, key: Option<Key>, takes: Duration) {
        let table = self.clone();
        tokio::spawn(async move {
            let turn = table.pacer.turn(chat, urgency, key).await;
            let name = if matches!(turn, Ok(None)) { "superseded" } else { name };
            table.seen.lock().unwrap().push((name, table.tenths()));
            sleep(takes).await;
            drop(turn);
        });
    }

    fn say(&self, name: &'static str, chat: i64) {
        self.ask(name, chat, Urgency::Ordinary, None, Duration::ZERO);
    }

    fn edit(&self, name: &'static str, chat: i64, message: i32) {
        self.ask(name, chat, Urgency::Ordinary, Some((chat, Replaced::Message(message))), Duration::ZERO);
    }

    #[track_caller]
    fn check(&self, want: &[(&'static str, u128)]) {
        assert_eq!(*self.seen.lock().unwrap(), want);
    }
}

/// Lets everything that was asked for happen.
async fn settle() {
    sleep(Duration::from_secs(600)).await;
}

#[tokio::test(start_paused = true)]
async fn one_chat_gets_a_burst_and_then_one_a_second_in_order() {
    let table = Table::new();
    for name in ["a", "b", "c", "d", "e"] {
        table.say(name, 1);
    }
    settle().await;
    table.check(&[("a", 0), ("b", 0), ("c", 0), ("d", 10), ("e", 20)]);
}

#[tokio::test(start_paused = true)]
async fn chats_do_not_wait_for_each_other() {
    let table = Table::new();
    for name in ["a", "b", "c", "d"] {
        table.say(name, 1);
    }
    table.say("other", 2);
    settle().await;
    table.check(&[("a", 0), ("b", 0), ("c", 0), ("other", 0), ("d", 10)]);
}

#[tokio::test(start_paused = true)]
async fn a_group_gets_twenty_a_minute() {
    let table = Table::new();
    for _ in 0..43 {
        table.say("x", -100);
    }
    settle().await;
    let times: Vec<u128> = table.seen.lock().unwrap().iter().map(|(_, at)| *at).collect();
    assert_eq!(times.len(), 43);
    for (at, time) in times.iter().enumerate().skip(3) {
        // The burst at once, then one each three seconds.
        assert_eq!(*time, (at as u128 - 2) * 30);
    }
}

#[tokio::test(start_paused = true)]
async fn all_chats_together_get_thirty_a_second() {
    let table = Table::new();
    for chat in 1..=90 {
        table.say("x", chat);
    }
    settle().await;
    let times: Vec<u128> = table.seen.lock().unwrap().iter().map(|(_, at)| *at).collect();
    assert_eq!(times.len(), 90);
    let within = |from: u128, to: u128| times.iter().filter(|at| (from..to).contains(at)).count();
    assert_eq!((within(0, 1), within(1, 10), within(10, 21)), (32, 27, 31));
}

#[tokio::test(start_paused = true)]
async fn an_urgent_message_goes_first_and_does_not_wait_for_one_on_its_way() {
    let table = Table::new();
    for name in ["a", "b", "c"] {
        table.say(name, 1);
    }
    sleep(Duration::from_millis(10)).await;
    table.ask("slow", 1, Urgency::Ordinary, None, Duration::from_secs(60));
    table.say("late", 1);
    sleep(Duration::from_millis(1_200)).await;
    table.ask("stop", 1, Urgency::Urgent, None, Duration::ZERO);
    settle().await;
    table.check(&[("a", 0), ("b", 0), ("c", 0), ("slow", 10), ("stop", 20), ("late", 610)]);
}

#[tokio::test(start_paused = true)]
async fn urgent_messages_of_all_chats_come_first() {
    let table = Table::new();
    for chat in 1..=60 {
        table.say("x", chat);
    }
    table.ask("stop", 99, Urgency::Urgent, None, Duration::ZERO);
    settle().await;
    let seen = table.seen.lock().unwrap();
    let place = seen.iter().position(|(name, _)| *name == "stop").unwrap();
    assert!(place <= 31, "right after the burst, but was number {place}");
}

#[tokio::test(start_paused = true)]
async fn the_latest_edit_of_a_message_replaces_those_that_wait() {
    let table = Table::new();
    for name in ["a", "b", "c"] {
        table.say(name, 1);
    }
    sleep(Duration::from_millis(10)).await;
    for name in ["old", "older", "newest"] {
        table.edit(name, 1, 7);
        sleep(Duration::from_millis(10)).await;
    }
    table.edit("another message", 1, 8);
    settle().await;
    table.check(&[
        ("a", 0),
        ("b", 0),
        ("c", 0),
        ("superseded", 0),
        ("superseded", 0),
        ("newest", 10),
        ("another message", 20),
    ]);
}

#[tokio::test(start_paused = true)]
async fn an_edit_on_its_way_comes_before_a_later_one() {
    let table = Table::new();
    let key = Some((1, Replaced::Message(7)));
    table.ask("first", 1, Urgency::Ordinary, key, Duration::from_secs(30));
    sleep(Duration::from_millis(10)).await;
    table.edit("second", 1, 7);
    settle().await;
    table.check(&[("first", 0), ("second", 300)]);
}

#[tokio::test(start_paused = true)]
async fn one_chat_pauses_alone_and_two_pause_all() {
    let table = Table::new();
    table.say("a", 1);
    table.say("b", 2);
    sleep(Duration::from_millis(10)).await;
    table.pacer.pause(1, Duration::from_secs(30));
    table.say("paused", 1);
    table.say("free", 2);
    sleep(Duration::from_secs(1)).await;
    table.pacer.pause(2, Duration::from_secs(60));
    table.say("paused too", 3);
    settle().await;
    table.check(&[("a", 0), ("b", 0), ("free", 0), ("paused", 610), ("paused too", 610)]);
}

#[tokio::test(start_paused = true)]
async fn a_paused_chat_does_not_hold_up_the_others() {
    let table = Table::new();
    // One chat has its own quota but waits for the quota of all, when it is paused.
    for chat in 1..=40 {
        table.say("x", chat);
    }
    sleep(Duration::from_millis(1)).await;
    table.pacer.pause(40, Duration::from_secs(100));
    table.say("y", 50);
    settle().await;
    let seen = table.seen.lock().unwrap();
    assert!(seen.iter().filter(|(_, at)| *at < 10).count() == 40, "{seen:?}");
    assert_eq!(seen.last().map(|(_, at)| *at), Some(1_000));
}

#[tokio::test(start_paused = true)]
async fn a_backlog_is_bounded_and_a_wait_that_ends_gives_its_place_back() {
    let table = Table::with(Rates { backlog: 4, ..Rates::default() });
    table.pacer.turn(1, Urgency::Ordinary, None).await.unwrap();
    table.pacer.pause(1, Duration::from_secs(300));
    for _ in 0..4 {
        table.say("x", 1);
    }
    sleep(Duration::from_millis(10)).await;
    let refused = table.pacer.turn(1, Urgency::Ordinary, None).await;
    assert!(matches!(refused, Err(Error::Backlog)));
    for _ in 0..4 {
        table.ask("stop", 1, Urgency::Urgent, None, Duration::ZERO);
    }
    sleep(Duration::from_millis(10)).await;
    let refused = table.pacer.turn(1, Urgency::Urgent, None).await;
    assert!(matches!(refused, Err(Error::Backlog)));
    settle().await;
    let names: Vec<_> = table.seen.lock().unwrap().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["stop", "stop", "stop", "stop", "x", "x", "x", "x"]);
    table.pacer.pause(1, Duration::from_secs(300));
    for _ in 0..20 {
        let wait = table.pacer.turn(1, Urgency::Ordinary, None);
        assert!(timeout(Duration::from_millis(10), wait).await.is_err());
    }
    assert_eq!(table.pacer.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn memory_does_not_grow_with_the_chats_of_the_past() {
    let table = Table::with(Rates { all_per_second: 1_000_000.try_into().unwrap(), ..Rates::default() });
    for chat in 0..30_000 {
        table.pacer.turn(chat, Urgency::Ordinary, Some((chat, Replaced::Draft(1)))).await.unwrap();
        sleep(Duration::from_millis(100)).await;
    }
    assert!(table.pacer.remembered() <= 10_000);
}

//! Any order of deliveries, runs, ends of the program and returns: nothing runs twice and nothing is lost.

use std::collections::BTreeMap;
use std::path::Path;

use guard_store::Durability;
use proptest::prelude::*;

use super::*;

fn open(directory: &Path) -> Inbox {
    // A power cut is the business of guard-store's own tests.
    Inbox::new(Store::open_with(directory.join("state/chat.db"), MIGRATIONS, Durability::Normal).unwrap())
}

fn at(second: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000 + second)
}

fn person(id: i64) -> UserId {
    UserId::new(id).unwrap()
}

fn prompt(update: i64, by: i64) -> Arrival {
    let wanted =
        Wanted { person: person(by), chat: by, message: update, text: format!("do {update}"), file: None };
    Arrival { update, effect: Effect::Run(wanted) }
}

#[test]
fn an_update_that_comes_again_is_not_taken_again() {
    let temporary = tempfile::tempdir().unwrap();
    let inbox = open(temporary.path());
    let tap = Arrival { update: 6, effect: Effect::Nothing };
    let batch = vec![prompt(5, 1), tap.clone(), prompt(5, 1), prompt(7, 1)];
    let new = |before| Accepted::New { before };
    assert_eq!(inbox.accept(batch, 8, at(0)), Ok(vec![new(0), new(0), Accepted::Repeated, new(1)]));
    assert_eq!(inbox.accept(vec![tap, prompt(7, 1)], 8, at(1)), Ok(vec![Accepted::Repeated; 2]));
    assert_eq!(inbox.offset(at(1)), Ok(Some(8)));
    assert_eq!(inbox.next(person(1)).unwrap().unwrap().text, "do 5");
}

#[test]
fn a_file_is_kept_with_its_instruction_until_that_is_over() {
    let temporary = tempfile::tempdir().unwrap();
    let inbox = open(temporary.path());
    let file = Attachment { file: "F".into(), name: "a.txt".into(), size: Some(9) };
    let with_file = |update: i64| {
        let Effect::Run(wanted) = prompt(update, 1).effect else { panic!("a prompt runs") };
        Arrival { update, effect: Effect::Run(Wanted { file: Some(file.clone()), ..wanted }) }
    };
    inbox.accept(vec![with_file(5), prompt(6, 1), with_file(7), with_file(5)], 8, at(0)).unwrap();
    drop(inbox);
    let inbox = open(temporary.path());
    let first = inbox.next(person(1)).unwrap().unwrap().id;
    assert_eq!(inbox.attachment(first), Ok(Some(file.clone())));
    assert_eq!(inbox.attachment(first + 1), Ok(None));
    assert!(inbox.start(first, at(1)).unwrap());
    assert_eq!(inbox.attachment(first), Ok(Some(file.clone())));
    inbox.end(first, at(2)).unwrap();
    assert_eq!(inbox.attachment(first), Ok(None));
    assert_eq!(inbox.withdraw(None, at(3)), Ok(2));
    assert_eq!(inbox.attachment(first + 2), Ok(None));
}

#[test]
fn a_number_below_the_offset_is_taken_when_it_is_new() {
    let temporary = tempfile::tempdir().unwrap();
    let inbox = open(temporary.path());
    inbox.accept(vec![prompt(900, 1)], 901, at(0)).unwrap();
    assert_eq!(inbox.accept(vec![prompt(3, 1)], 4, at(9)), Ok(vec![Accepted::New { before: 1 }]));
}

#[test]
fn an_offset_of_last_week_is_not_used() {
    let temporary = tempfile::tempdir().unwrap();
    let inbox = open(temporary.path());
    assert_eq!(inbox.offset(at(0)), Ok(None));
    inbox.accept(vec![], 44, at(0)).unwrap();
    assert_eq!(inbox.offset(at(6 * 24 * 3600)), Ok(Some(44)));
    assert_eq!(inbox.offset(at(6 * 24 * 3600 + 1)), Ok(None));
}

#[test]
fn an_offset_from_the_future_is_not_used() {
    let temporary = tempfile::tempdir().unwrap();
    let inbox = open(temporary.path());
    inbox.accept(vec![], 44, at(100)).unwrap();
    assert_eq!(inbox.offset(at(99)), Ok(None), "the clock is behind, so the age of the offset is not known");
    assert_eq!(inbox.offset(at(100)), Ok(Some(44)));
}

#[test]
fn a_stop_and_what_it_drops_are_stored_together_and_once() {
    let temporary = tempfile::tempdir().unwrap();
    let inbox = open(temporary.path());
    let stop = |update| Arrival { update, effect: Effect::Withdraw(person(1)) };
    let batch = vec![prompt(1, 1), prompt(2, 2), prompt(3, 1), stop(4), prompt(5, 1)];
    let new = |before| Accepted::New { before };
    assert_eq!(
        inbox.accept(batch, 6, at(0)),
        Ok(vec![new(0), new(0), new(1), Accepted::Withdrawn(2), new(0)])
    );
    assert_eq!((inbox.is_taken(4), inbox.is_taken(6)), (Ok(true), Ok(false)));
    assert_eq!(inbox.accept(vec![stop(4)], 6, at(0)), Ok(vec![Accepted::Repeated]));
    assert_eq!((inbox.waiting(person(1)), inbox.waiting(person(2))), (Ok(1), Ok(1)));
    let lock = Arrival { update: 9, effect: Effect::Lock(person(2)) };
    assert_eq!(inbox.accept(vec![lock], 10, at(0)), Ok(vec![Accepted::Withdrawn(2)]));
}

#[test]
fn one_person_cannot_queue_without_end() {
    let temporary = tempfile::tempdir().unwrap();
    let inbox = open(temporary.path());
    let many = (0..i64::from(MAX_WAITING) + 2).map(|update| prompt(update, 1)).collect();
    let outcomes = inbox.accept(many, 99, at(0)).unwrap();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Accepted::Full).count(), 2);
    assert_eq!(inbox.accept(vec![prompt(50, 2)], 99, at(0)), Ok(vec![Accepted::New { before: 0 }]));
    assert_eq!(inbox.waiting(person(1)), Ok(MAX_WAITING));
}

#[test]
fn what_was_withdrawn_does_not_start() {
    let temporary = tempfile::tempdir().unwrap();
    let inbox = open(temporary.path());
    inbox.accept(vec![prompt(1, 1), prompt(2, 2)], 3, at(0)).unwrap();
    let (mine, theirs) = (inbox.next(person(1)).unwrap().unwrap(), inbox.next(person(2)).unwrap().unwrap());
    assert_eq!(inbox.withdraw(Some(person(1)), at(1)), Ok(1));
    assert_eq!((inbox.start(mine.id, at(1)), inbox.start(theirs.id, at(1))), (Ok(false), Ok(true)));
    assert_eq!(inbox.withdraw(None, at(1)), Ok(0));
}

#[test]
fn text_is_kept_only_as_long_as_it_is_needed_and_rows_are_pruned() {
    let temporary = tempfile::tempdir().unwrap();
    let inbox = open(temporary.path());
    inbox.accept(vec![prompt(1, 1)], 2, at(0)).unwrap();
    let id = inbox.next(person(1)).unwrap().unwrap().id;
    inbox.start(id, at(0)).unwrap();
    inbox.end(id, at(0)).unwrap();
    let count = |sql: &'static str| {
        inbox.store.read(|tx| Ok::<i64, StoreError>(tx.query_row(sql, [], |row| row.get(0))?)).unwrap()
    };
    assert_eq!(count("SELECT count(*) FROM chat_instructions WHERE text <> ''"), 0);
    inbox.prune(Duration::from_secs(10), at(10)).unwrap();
    assert_eq!(count("SELECT count(*) FROM chat_instructions"), 1);
    inbox.prune(Duration::from_secs(10), at(48 * 3600 + 1)).unwrap();
    assert_eq!(
        (count("SELECT count(*) FROM chat_instructions"), count("SELECT count(*) FROM chat_updates")),
        (0, 0)
    );
}

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// Somebody sends an instruction.
    Send(i64),
    /// A poll delivers what is not confirmed, some of it twice, in an order of its own.
    Poll { repeat: u8, reverse: bool },
    /// The same, and the program ends before the batch is taken.
    PollThenEnd,
    /// The oldest instruction of a person begins.
    Start(i64),
    /// What runs for a person ends.
    End(i64),
    /// The program ends; what it knew is gone.
    Crash,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (1_i64..3).prop_map(Step::Send),
        3 => (0_u8..4, any::<bool>()).prop_map(|(repeat, reverse)| Step::Poll { repeat, reverse }),
        1 => Just(Step::PollThenEnd),
        3 => (1_i64..3).prop_map(Step::Start),
        2 => (1_i64..3).prop_map(Step::End),
        2 => Just(Step::Crash),
    ];
    prop::collection::vec(step, 0..24)
}

/// Telegram on one side, the disk on the other, and a program that may end between any two steps.
struct World<'a> {
    directory: &'a Path,
    inbox: Option<Inbox>,
    /// What Telegram still holds.
    pending: Vec<Arrival>,
    offset: Option<i64>,
    sent: i64,
    running: BTreeMap<i64, Instruction>,
    runs: BTreeMap<String, u32>,
    ended: Vec<String>,
    interrupted: BTreeMap<i64, String>,
    reported: Vec<i64>,
}

impl World<'_> {
    fn inbox(&self) -> &Inbox {
        self.inbox.as_ref().unwrap()
    }

    fn come_back(&mut self) {
        self.inbox = None;
        let lost: Vec<_> = std::mem::take(&mut self.running).into_values().collect();
        self.interrupted.extend(lost.into_iter().map(|lost| (lost.id, lost.text)));
        let inbox = open(self.directory);
        inbox.recover(at(0)).unwrap();
        self.offset = inbox.offset(at(0)).unwrap();
        for found in inbox.interrupted().unwrap() {
            inbox.reported(found.id, at(0)).unwrap();
            self.reported.push(found.id);
        }
        self.inbox = Some(inbox);
    }

    fn poll(&mut self, repeat: u8, reverse: bool) {
        if let Some(offset) = self.offset {
            self.pending.retain(|arrival| arrival.update >= offset);
        }
        let mut batch = self.pending.clone();
        batch.extend(self.pending.iter().take(repeat.into()).cloned());
        if reverse {
            batch.reverse();
        }
        let Some(next) = batch.iter().map(|arrival| arrival.update + 1).max() else { return };
        self.inbox().accept(batch, next, at(0)).unwrap();
        self.offset = Some(next);
    }

    fn start(&mut self, by: i64) {
        if self.running.contains_key(&by) {
            return;
        }
        if let Some(next) = self.inbox().next(person(by)).unwrap() {
            assert!(self.inbox().start(next.id, at(0)).unwrap());
            assert!(!self.inbox().start(next.id, at(0)).unwrap(), "it starts once");
            *self.runs.entry(next.text.clone()).or_default() += 1;
            self.running.insert(by, next);
        }
    }

    fn end(&mut self, by: i64) {
        if let Some(running) = self.running.remove(&by) {
            self.inbox().end(running.id, at(0)).unwrap();
            self.ended.push(running.text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn nothing_runs_twice_and_nothing_is_lost(steps in steps()) {
        let temporary = tempfile::tempdir().unwrap();
        let mut world = World {
            directory: temporary.path(), inbox: Some(open(temporary.path())), pending: vec![], offset: None, sent: 0,
            running: BTreeMap::new(), runs: BTreeMap::new(), ended: vec![], interrupted: BTreeMap::new(), reported: vec![],
        };
        for step in steps {
            match step {
                Step::Send(by) => {
                    world.sent += 1;
                    world.pending.push(prompt(world.sent, by));
                }
                Step::Poll { repeat, reverse } => world.poll(repeat, reverse),
                Step::PollThenEnd | Step::Crash => world.come_back(),
                Step::Start(by) => world.start(by),
                Step::End(by) => world.end(by),
            }
        }
        // The program comes back once more and does what is left.
        world.come_back();
        world.poll(0, false);
        for by in world.inbox().waiting_people().unwrap() {
            while world.inbox().next(by).unwrap().is_some() {
                world.start(by.get());
                world.end(by.get());
            }
        }
        prop_assert!(world.runs.values().all(|runs| *runs == 1));
        let mut done: Vec<_> = world.ended.iter().chain(world.interrupted.values()).cloned().collect();
        done.sort();
        let mut sent: Vec<_> = (1..=world.sent).map(|update| format!("do {update}")).collect();
        sent.sort();
        prop_assert_eq!(done, sent, "each was run to its end or interrupted");
        world.reported.sort_unstable();
        prop_assert_eq!(world.reported, world.interrupted.keys().copied().collect::<Vec<_>>(), "each once");
    }
}

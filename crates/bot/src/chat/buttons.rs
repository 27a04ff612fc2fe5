//! Buttons that count once, for one person, in one place, for a while.
//!
//! What a button carries is 128 random bits and nothing else: what it means, for whom and until when is kept here, by
//! the digest of those bits, and in memory only. So a tap that was made up, that comes from before a restart, that was
//! used or that somebody else makes finds nothing.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, SystemTime};

use guard_auth::UserId;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::time::Instant;

/// Questions that may be open at the same time: far more than runs.
const MAX_OPEN: usize = 1000;
/// Buttons remembered after they stopped counting, so that a late tap is told why.
const MAX_SPENT: usize = 1000;
/// In front of the random bits: what this version of the bot writes.
const MARK: &str = "g1.";

/// A moment by both clocks: the steady one stands still while the machine sleeps, the other one can be set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) steady: Instant,
    pub(crate) wall: SystemTime,
}

impl Moment {
    /// So much later.
    pub(crate) fn after(self, time: Duration) -> Self {
        Self { steady: self.steady + time, wall: self.wall + time }
    }

    /// Whether `now` is past it by either clock.
    fn is_past(self, now: Self) -> bool {
        now.steady >= self.steady || now.wall >= self.wall
    }
}

/// Who taps, where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tap<'a> {
    pub(crate) person: UserId,
    pub(crate) is_admin: bool,
    pub(crate) chat: i64,
    pub(crate) message: i64,
    pub(crate) data: &'a str,
}

/// Why a tap does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum TapRefused {
    /// Made up, or from before a restart.
    #[error("this button is not known; it may be from before a restart")]
    Unknown,
    /// Somebody else was asked.
    #[error("only the person who was asked, or an admin, can answer this")]
    NotAsked,
    /// The button stands in another message.
    #[error("this button belongs to another message")]
    Elsewhere,
    /// It was answered, or what it was about is over.
    #[error("this was answered already, or it is over")]
    Repeated,
    /// Too late.
    #[error("this question has expired")]
    Expired,
}

impl TapRefused {
    /// The stable kebab-case name.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "tap-unknown",
            Self::NotAsked => "tap-not-asked",
            Self::Elsewhere => "tap-elsewhere",
            Self::Repeated => "tap-repeated",
            Self::Expired => "tap-expired",
        }
    }
}

/// No more questions can be asked now, or there are no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum NoButtons {
    /// Too many questions are open.
    #[error("too many questions are open")]
    Full,
    /// The system gives no random numbers.
    #[error("no random numbers")]
    Random,
}

impl NoButtons {
    /// The stable kebab-case name.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Full => "buttons-full",
            Self::Random => "buttons-no-random",
        }
    }
}

/// Names one question until it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// What the data of a button is kept as.
type Key = [u8; 32];

/// A question with its buttons.
#[derive(Debug)]
struct Open<T> {
    asked: UserId,
    chat: i64,
    /// The message with the buttons, as soon as it is known.
    message: Option<i64>,
    expires: Option<Moment>,
    payload: T,
    keys: Vec<Key>,
}

/// Every button that counts.
#[derive(Debug)]
pub(crate) struct Buttons<T> {
    next: u64,
    open: HashMap<Ticket, Open<T>>,
    keys: HashMap<Key, (Ticket, usize)>,
    spent: VecDeque<(Key, TapRefused)>,
}

impl<T> Buttons<T> {
    pub(crate) fn new() -> Self {
        Self { next: 0, open: HashMap::new(), keys: HashMap::new(), spent: VecDeque::new() }
    }

    /// Opens a question with so many buttons; returns what each of them carries, at most 64 bytes.
    pub(crate) fn open(
        &mut self,
        asked: UserId,
        chat: i64,
        expires: Option<Moment>,
        count: usize,
        payload: T,
    ) -> Result<(Ticket, Vec<String>), NoButtons> {
        if self.open.len() >= MAX_OPEN {
            return Err(NoButtons::Full);
        }
        let data = (0..count).map(|_| nonce()).collect::<Result<Vec<_>, _>>()?;
        let ticket = Ticket(self.next);
        self.next += 1;
        let keys: Vec<Key> = data.iter().map(|data| key(data)).collect();
        self.keys.extend(keys.iter().enumerate().map(|(number, key)| (*key, (ticket, number))));
        self.open.insert(ticket, Open { asked, chat, message: None, expires, payload, keys });
        Ok((ticket, data))
    }

    /// The message that the buttons were sent in.
    pub(crate) fn sent(&mut self, ticket: Ticket, message: i64) {
        if let Some(open) = self.open.get_mut(&ticket) {
            open.message = Some(message);
        }
    }

    /// Takes a tap. It returns once per question: the number of the button, and what was kept with the question.
    pub(crate) fn tap(&mut self, tap: &Tap<'_>, now: Moment) -> Result<(usize, T), TapRefused> {
        let key = key(tap.data);
        let Some((ticket, number)) = self.keys.get(&key).copied() else {
            let spent = self.spent.iter().find(|(spent, _)| *spent == key);
            return Err(spent.map_or(TapRefused::Unknown, |(_, why)| *why));
        };
        let open = self.open.get(&ticket).ok_or(TapRefused::Unknown)?;
        if tap.person != open.asked && !tap.is_admin {
            return Err(TapRefused::NotAsked);
        }
        if tap.chat != open.chat || open.message.is_some_and(|message| message != tap.message) {
            return Err(TapRefused::Elsewhere);
        }
        let is_late = open.expires.is_some_and(|expires| expires.is_past(now));
        let why = if is_late { TapRefused::Expired } else { TapRefused::Repeated };
        let payload = self.close(ticket, why).ok_or(TapRefused::Unknown)?;
        if is_late { Err(TapRefused::Expired) } else { Ok((number, payload)) }
    }

    /// Ends a question; a later tap hears `why`. Nothing where it was answered or ended before.
    pub(crate) fn close(&mut self, ticket: Ticket, why: TapRefused) -> Option<T> {
        let open = self.open.remove(&ticket)?;
        for key in open.keys {
            self.keys.remove(&key);
            self.spent.push_back((key, why));
        }
        while self.spent.len() > MAX_SPENT {
            self.spent.pop_front();
        }
        Some(open.payload)
    }
}

fn nonce() -> Result<String, NoButtons> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|_| NoButtons::Random)?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{MARK}{hex}"))
}

fn key(data: &str) -> Key {
    Sha256::digest(data.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;

    use super::*;

    const ASKED: i64 = 7;

    fn now() -> Moment {
        Moment { steady: Instant::now(), wall: UNIX_EPOCH + Duration::from_secs(1_800_000_000) }
    }

    fn person(id: i64) -> UserId {
        UserId::new(id).unwrap()
    }

    fn tap(by: i64, is_admin: bool, chat: i64, message: i64, data: &str) -> Tap<'_> {
        Tap { person: person(by), is_admin, chat, message, data }
    }

    /// A question in chat 70, message 700, with three buttons and ten seconds.
    fn asked(now: Moment) -> (Buttons<&'static str>, Ticket, Vec<String>) {
        let mut buttons = Buttons::new();
        let expires = Some(now.after(Duration::from_secs(10)));
        let (ticket, data) = buttons.open(person(ASKED), 70, expires, 3, "run 1").unwrap();
        buttons.sent(ticket, 700);
        (buttons, ticket, data)
    }

    #[track_caller]
    fn check(tapped: &Tap<'_>, after: u64, want: Result<(usize, &'static str), TapRefused>) {
        let now = now();
        let (mut buttons, _, data) = asked(now);
        let tapped = Tap { data: if tapped.data.is_empty() { &data[1] } else { tapped.data }, ..*tapped };
        assert_eq!(buttons.tap(&tapped, now.after(Duration::from_secs(after))), want);
    }

    #[tokio::test]
    async fn who_where_and_when_decide() {
        check(&tap(ASKED, false, 70, 700, ""), 9, Ok((1, "run 1")));
        check(&tap(8, true, 70, 700, ""), 0, Ok((1, "run 1")));
        check(&tap(8, false, 70, 700, ""), 0, Err(TapRefused::NotAsked));
        check(&tap(ASKED, false, 71, 700, ""), 0, Err(TapRefused::Elsewhere));
        check(&tap(ASKED, false, 70, 701, ""), 0, Err(TapRefused::Elsewhere));
        check(&tap(ASKED, false, 70, 700, ""), 10, Err(TapRefused::Expired));
        check(
            &tap(ASKED, false, 70, 700, "g1.00000000000000000000000000000000"),
            0,
            Err(TapRefused::Unknown),
        );
        check(&tap(ASKED, false, 70, 700, "anything"), 0, Err(TapRefused::Unknown));
    }

    #[tokio::test]
    async fn a_question_expires_while_the_machine_sleeps() {
        let now = now();
        let (mut buttons, _, data) = asked(now);
        let later = Moment { wall: now.wall + Duration::from_secs(10), ..now };
        assert_eq!(buttons.tap(&tap(ASKED, false, 70, 700, &data[0]), later), Err(TapRefused::Expired));
    }

    #[tokio::test]
    async fn one_answer_ends_every_button_of_the_question() {
        let now = now();
        let (mut buttons, _, data) = asked(now);
        assert_eq!(buttons.tap(&tap(ASKED, false, 70, 700, &data[2]), now), Ok((2, "run 1")));
        for data in &data {
            assert_eq!(buttons.tap(&tap(ASKED, false, 70, 700, data), now), Err(TapRefused::Repeated));
        }
    }

    #[tokio::test]
    async fn a_refused_tap_leaves_the_question_open() {
        let now = now();
        let (mut buttons, _, data) = asked(now);
        assert_eq!(buttons.tap(&tap(8, false, 70, 700, &data[0]), now), Err(TapRefused::NotAsked));
        assert_eq!(buttons.tap(&tap(ASKED, false, 70, 700, &data[0]), now), Ok((0, "run 1")));
    }

    #[tokio::test]
    async fn a_closed_question_says_why() {
        let now = now();
        let (mut buttons, ticket, data) = asked(now);
        assert_eq!(buttons.close(ticket, TapRefused::Expired), Some("run 1"));
        assert_eq!(buttons.close(ticket, TapRefused::Expired), None);
        assert_eq!(buttons.tap(&tap(ASKED, false, 70, 700, &data[0]), now), Err(TapRefused::Expired));
    }

    #[tokio::test]
    async fn another_process_knows_none_of_the_buttons() {
        let now = now();
        let (_, _, data) = asked(now);
        let (mut after_restart, ..) = asked(now);
        for data in &data {
            assert_eq!(after_restart.tap(&tap(ASKED, false, 70, 700, data), now), Err(TapRefused::Unknown));
        }
    }

    #[tokio::test]
    async fn open_questions_and_the_memory_of_spent_ones_are_bounded() {
        let mut buttons = Buttons::new();
        let mut tickets = Vec::new();
        for _ in 0..MAX_OPEN {
            tickets.push(buttons.open(person(ASKED), 70, None, 3, ()).unwrap().0);
        }
        assert_eq!(buttons.open(person(ASKED), 70, None, 3, ()).unwrap_err(), NoButtons::Full);
        for ticket in tickets {
            buttons.close(ticket, TapRefused::Repeated);
        }
        assert_eq!((buttons.keys.len(), buttons.open.len(), buttons.spent.len()), (0, 0, MAX_SPENT));
    }

    #[tokio::test]
    async fn what_a_button_carries_is_short_random_and_not_kept() {
        let (buttons, _, data) = asked(now());
        for data in &data {
            assert!(data.len() == 35 && data.starts_with(MARK), "{data}");
            assert!(!format!("{buttons:?}").contains(data.as_str()));
        }
        assert!(data[0] != data[1] && data[1] != data[2]);
    }

    proptest! {
        /// However taps are repeated and mixed, a question is answered at most once, and only by those who may.
        #[test]
        fn at_most_one_answer(taps in prop::collection::vec((6_i64..9, any::<bool>(), 0_usize..3, 0_u64..20), 0..20)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let _guard = runtime.enter();
            let now = now();
            let (mut buttons, _, data) = asked(now);
            let mut answers = 0;
            for (by, is_admin, number, after) in taps {
                let answer = buttons.tap(&tap(by, is_admin, 70, 700, &data[number]), now.after(Duration::from_secs(after)));
                if answer.is_ok() {
                    answers += 1;
                    prop_assert!((by == ASKED || is_admin) && after < 10);
                }
            }
            prop_assert!(answers <= 1);
        }
    }
}

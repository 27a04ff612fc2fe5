//! Which updates were taken and what became of each instruction, on disk before anybody is answered.
//!
//! Telegram delivers an update until a later poll confirms it, so it may come twice; and the program may end at any
//! moment. An instruction therefore goes through states that are committed one by one:
//!
//! ```text
//! accepted -> started -> ended
//!        \          \-> interrupted -> reported      (found started when the program comes back)
//!         \-> withdrawn                              (stopped or locked before it began)
//! ```
//!
//! `started` is committed before the run begins and is never left but forward, so nothing runs twice; `accepted` is
//! committed before Telegram may forget the update, so nothing is lost.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use guard_auth::UserId;
use guard_store::rusqlite::{Connection, OptionalExtension as _, Row, params};
use guard_store::{Migration, Store, StoreError, rusqlite};

use super::attachment::Attachment;

/// The tables of the chat.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration::new("chat", 1, include_str!("inbox.sql")),
    // Where it is to run, if `/cd` came after it; else where the one before it ended.
    Migration::new("chat", 2, "ALTER TABLE chat_instructions ADD COLUMN cwd TEXT"),
    Migration::new("chat-files", 1, include_str!("attachments.sql")),
];

/// Instructions of one person that may wait.
pub(crate) const MAX_WAITING: u32 = 20;
/// Telegram keeps an update for a day; twice that is remembered.
const REMEMBERED: Duration = Duration::from_secs(48 * 3600);
/// After a week without updates Telegram numbers them anew, so an older offset could hide new ones.
const OFFSET_LIFE: Duration = Duration::from_secs(6 * 24 * 3600);

/// Something a person wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// Its place in the order of acceptance.
    pub(crate) id: i64,
    pub(crate) person: UserId,
    /// Where the answer goes.
    pub(crate) chat: i64,
    /// The message that asked for it.
    pub(crate) message: i64,
    pub(crate) text: String,
    /// Where it runs, relative to the root; else where the person is when it begins.
    pub(crate) cwd: Option<PathBuf>,
}

/// An update on its way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) update: i64,
    pub(crate) effect: Effect,
}

/// What becomes true together with the acceptance of an update, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing that is stored; it only must not be handled twice.
    Nothing,
    /// An instruction waits.
    Run(Wanted),
    /// What waits of this person will not run.
    Withdraw(UserId),
    /// Nothing runs any more, by order of this person, until it is unlocked.
    Lock(UserId),
}

/// An instruction before it is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) person: UserId,
    pub(crate) chat: i64,
    pub(crate) message: i64,
    pub(crate) text: String,
    /// A file that came with it.
    pub(crate) file: Option<Attachment>,
}

/// What became of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// It is new. For an instruction: that it will run, after so many others of this person.
    New { before: u32 },
    /// It is new, and so many that waited will not run.
    Withdrawn(usize),
    /// It was taken before.
    Repeated,
    /// The person has too much waiting; it will not run.
    Full,
}

/// The tables.
#[derive(Clone, Debug)]
pub(crate) struct Inbox {
    store: Store,
}

impl Inbox {
    pub(crate) const fn new(store: Store) -> Self {
        Self { store }
    }

    pub(super) const fn store(&self) -> &Store {
        &self.store
    }

    /// What to ask Telegram for; nothing on the first day, or where the numbers may have begun anew.
    pub(crate) fn offset(&self, now: SystemTime) -> Result<Option<i64>, StoreError> {
        let (now, oldest) = (seconds(now), seconds(now) - seconds_of(OFFSET_LIFE));
        self.store.read(|tx| {
            // Where the clock is behind what was written, nobody knows how long ago that was.
            let found = tx
                .prepare_cached("SELECT next FROM chat_offset WHERE at BETWEEN ?1 AND ?2")?
                .query_row([oldest, now], |row| row.get(0));
            Ok(found.optional()?)
        })
    }

    /// Whether the update was taken before.
    pub(crate) fn is_taken(&self, update: i64) -> Result<bool, StoreError> {
        self.store
            .read(|tx| Ok(tx.prepare_cached("SELECT 1 FROM chat_updates WHERE id = ?1")?.exists([update])?))
    }

    /// Takes a batch, all or nothing: returns after it is on disk together with the offset that confirms it.
    pub(crate) fn accept(
        &self,
        batch: Vec<Arrival>,
        next: i64,
        now: SystemTime,
    ) -> Result<Vec<Accepted>, StoreError> {
        let at = seconds(now);
        self.store.write(move |tx| {
            let outcomes =
                batch.iter().map(|arrival| take(tx, arrival, at)).collect::<Result<Vec<_>, _>>()?;
            tx.prepare_cached(
                "INSERT INTO chat_offset (only, next, at) VALUES (1, ?1, ?2) \
                 ON CONFLICT (only) DO UPDATE SET next = excluded.next, at = excluded.at",
            )?
            .execute(params![next, at])?;
            Ok(outcomes)
        })
    }

    /// Marks what was running when the program ended. Called once, before anything starts.
    pub(crate) fn recover(&self, now: SystemTime) -> Result<(), StoreError> {
        let at = seconds(now);
        self.store.write(move |tx| {
            tx.execute(
                "UPDATE chat_instructions SET state = 'interrupted', text = '', changed_at = ?1 WHERE state = 'started'",
                [at],
            )?;
            Ok(())
        })
    }

    /// What was interrupted and not yet reported.
    pub(crate) fn interrupted(&self) -> Result<Vec<Instruction>, StoreError> {
        self.select("SELECT * FROM chat_instructions WHERE state = 'interrupted' ORDER BY id LIMIT 1000", [])
    }

    /// The person knows that it was interrupted.
    pub(crate) fn reported(&self, id: i64, now: SystemTime) -> Result<(), StoreError> {
        self.advance(id, "interrupted", "reported", now).map(drop)
    }

    /// The oldest instruction of the person that has not begun.
    pub(crate) fn next(&self, person: UserId) -> Result<Option<Instruction>, StoreError> {
        let found = self.select(
            "SELECT * FROM chat_instructions WHERE state = 'accepted' AND person = ?1 ORDER BY id LIMIT 1",
            [person.get()],
        )?;
        Ok(found.into_iter().next())
    }

    /// Who has something waiting.
    pub(crate) fn waiting_people(&self) -> Result<Vec<UserId>, StoreError> {
        self.store.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT DISTINCT person FROM chat_instructions WHERE state = 'accepted' ORDER BY person",
            )?;
            let people =
                statement.query_map([], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
            Ok(people.into_iter().filter_map(|id| UserId::new(id).ok()).collect())
        })
    }

    /// How many instructions of the person wait.
    pub(crate) fn waiting(&self, person: UserId) -> Result<u32, StoreError> {
        self.store.read(|tx| Ok(waiting(tx, person)?))
    }

    /// Commits that it begins. `false` where it is not waiting any more; then it must not run.
    pub(crate) fn start(&self, id: i64, now: SystemTime) -> Result<bool, StoreError> {
        self.advance(id, "accepted", "started", now)
    }

    /// Commits that it is over and that the person was told.
    pub(crate) fn end(&self, id: i64, now: SystemTime) -> Result<(), StoreError> {
        self.advance(id, "started", "ended", now).map(drop)
    }

    /// Drops what waits: of one person, or of everybody. Returns how many.
    pub(crate) fn withdraw(&self, person: Option<UserId>, now: SystemTime) -> Result<usize, StoreError> {
        let at = seconds(now);
        self.store.write(move |tx| Ok(withdraw(tx, person, at)?))
    }

    /// Forgets updates that Telegram has forgotten, and what ended longer than `kept` ago.
    pub(crate) fn prune(&self, kept: Duration, now: SystemTime) -> Result<(), StoreError> {
        let (updates, ended) = (seconds(now) - seconds_of(REMEMBERED), seconds(now) - seconds_of(kept));
        self.store.write(move |tx| {
            tx.execute("DELETE FROM chat_updates WHERE taken_at < ?1", [updates])?;
            tx.execute(
                "DELETE FROM chat_instructions \
                 WHERE state IN ('ended', 'withdrawn', 'reported') AND changed_at < ?1",
                [ended],
            )?;
            Ok(())
        })
    }

    fn advance(
        &self,
        id: i64,
        from: &'static str,
        to: &'static str,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let at = seconds(now);
        self.store.write(move |tx| {
            let changed = tx
                .prepare_cached(
                    "UPDATE chat_instructions SET state = ?3, changed_at = ?4, \
                     text = CASE WHEN ?3 = 'started' THEN text ELSE '' END WHERE id = ?1 AND state = ?2",
                )?
                .execute(params![id, from, to, at])?;
            Ok(changed == 1)
        })
    }

    fn select(&self, sql: &str, values: impl rusqlite::Params) -> Result<Vec<Instruction>, StoreError> {
        self.store.read(|tx| {
            let mut statement = tx.prepare_cached(sql)?;
            let rows = statement.query_map(values, instruction)?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        })
    }
}

fn take(tx: &Connection, arrival: &Arrival, at: i64) -> Result<Accepted, StoreError> {
    let is_new = tx
        .prepare_cached("INSERT INTO chat_updates (id, taken_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![arrival.update, at])?
        == 1;
    if !is_new {
        return Ok(Accepted::Repeated);
    }
    let wanted = match &arrival.effect {
        Effect::Nothing => return Ok(Accepted::New { before: 0 }),
        Effect::Withdraw(person) => return Ok(Accepted::Withdrawn(withdraw(tx, Some(*person), at)?)),
        Effect::Lock(by) => {
            tx.execute(
                "INSERT INTO chat_lock (only, by, at) VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING",
                params![by.get(), at],
            )?;
            return Ok(Accepted::Withdrawn(withdraw(tx, None, at)?));
        }
        Effect::Run(wanted) => wanted,
    };
    let before = waiting(tx, wanted.person)?;
    if before >= MAX_WAITING {
        return Ok(Accepted::Full);
    }
    tx.prepare_cached(
        "INSERT INTO chat_instructions (person, chat, message, text, state, changed_at) \
         VALUES (?1, ?2, ?3, ?4, 'accepted', ?5)",
    )?
    .execute(params![wanted.person.get(), wanted.chat, wanted.message, wanted.text, at])?;
    if let Some(file) = &wanted.file {
        file.store(tx, tx.last_insert_rowid())?;
    }
    Ok(Accepted::New { before })
}

/// Drops what waits: of one person, or of everybody.
fn withdraw(tx: &Connection, person: Option<UserId>, at: i64) -> rusqlite::Result<usize> {
    tx.prepare_cached(
        "UPDATE chat_instructions SET state = 'withdrawn', text = '', changed_at = ?1 \
         WHERE state = 'accepted' AND (?2 IS NULL OR person = ?2)",
    )?
    .execute(params![at, person.map(UserId::get)])
}

fn waiting(tx: &Connection, person: UserId) -> rusqlite::Result<u32> {
    tx.prepare_cached("SELECT count(*) FROM chat_instructions WHERE state = 'accepted' AND person = ?1")?
        .query_row([person.get()], |row| row.get(0))
}

fn instruction(row: &Row<'_>) -> rusqlite::Result<Instruction> {
    let person: i64 = row.get("person")?;
    Ok(Instruction {
        id: row.get("id")?,
        person: UserId::new(person).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(1, person))?,
        chat: row.get("chat")?,
        message: row.get("message")?,
        text: row.get("text")?,
        cwd: row.get::<_, Option<String>>("cwd")?.map(PathBuf::from),
    })
}

/// Seconds since 1970; a clock before that counts as 1970.
pub(super) fn seconds(at: SystemTime) -> i64 {
    seconds_of(at.duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn seconds_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;

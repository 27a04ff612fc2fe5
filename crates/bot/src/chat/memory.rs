//! What is remembered of a person between messages and restarts: where they work and what they want to see; and
//! whether everything is locked.

use guard_auth::UserId;
use guard_store::rusqlite::{OptionalExtension as _, params};
use guard_store::{Store, StoreError};
use std::path::{Path, PathBuf};

/// The tables, see `inbox.sql`.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    store: Store,
}

impl Memory {
    pub(crate) const fn new(store: Store) -> Self {
        Self { store }
    }

    /// Where the person works, relative to the root. A name that is not UTF-8 is not remembered.
    pub(crate) fn cwd(&self, person: UserId) -> Result<PathBuf, StoreError> {
        self.store.read(|tx| {
            let cwd: Option<String> = tx
                .prepare_cached("SELECT cwd FROM chat_people WHERE person = ?1")?
                .query_row([person.get()], |row| row.get(0))
                .optional()?;
            Ok(cwd.unwrap_or_default().into())
        })
    }

    /// The person goes to another directory. What they sent before still runs where they were when they sent it.
    pub(crate) fn change_cwd(&self, person: UserId, cwd: &Path) -> Result<(), StoreError> {
        let cwd = cwd.to_str().unwrap_or_default().to_owned();
        self.store.write(move |tx| {
            tx.prepare_cached(
                "UPDATE chat_instructions \
                 SET cwd = coalesce((SELECT cwd FROM chat_people WHERE person = ?1), '') \
                 WHERE person = ?1 AND state = 'accepted' AND cwd IS NULL",
            )?
            .execute([person.get()])?;
            tx.prepare_cached(
                "INSERT INTO chat_people (person, cwd) VALUES (?1, ?2) \
                 ON CONFLICT (person) DO UPDATE SET cwd = excluded.cwd",
            )?
            .execute(params![person.get(), cwd])?;
            Ok(())
        })
    }

    /// A run that began in `before` ended in `after`; nothing, where the person went elsewhere meanwhile.
    pub(crate) fn follow_cwd(&self, person: UserId, before: &Path, after: &Path) -> Result<(), StoreError> {
        let text = |path: &Path| path.to_str().unwrap_or_default().to_owned();
        let (before, after) = (text(before), text(after));
        self.store.write(move |tx| {
            tx.prepare_cached(
                "INSERT INTO chat_people (person, cwd) VALUES (?1, ?3) \
                 ON CONFLICT (person) DO UPDATE SET cwd = excluded.cwd WHERE chat_people.cwd = ?2",
            )?
            .execute(params![person.get(), before, after])?;
            Ok(())
        })
    }

    /// How much the person wants to be told, if they said so.
    pub(crate) fn verbosity(&self, person: UserId) -> Result<Option<u8>, StoreError> {
        self.store.read(|tx| {
            let level: Option<Option<u8>> = tx
                .prepare_cached("SELECT verbosity FROM chat_people WHERE person = ?1")?
                .query_row([person.get()], |row| row.get(0))
                .optional()?;
            Ok(level.flatten())
        })
    }

    pub(crate) fn set_verbosity(&self, person: UserId, level: u8) -> Result<(), StoreError> {
        self.store.write(move |tx| {
            tx.prepare_cached(
                "INSERT INTO chat_people (person, cwd, verbosity) VALUES (?1, '', ?2) \
                 ON CONFLICT (person) DO UPDATE SET verbosity = excluded.verbosity",
            )?
            .execute(params![person.get(), level])?;
            Ok(())
        })
    }

    /// Who locked everything, if it is locked.
    pub(crate) fn locked_by(&self) -> Result<Option<i64>, StoreError> {
        self.store.read(|tx| Ok(tx.query_row("SELECT by FROM chat_lock", [], |row| row.get(0)).optional()?))
    }

    pub(crate) fn unlock(&self) -> Result<(), StoreError> {
        self.store.write(|tx| {
            tx.execute("DELETE FROM chat_lock", [])?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use guard_store::Durability;

    use super::super::inbox::{Accepted, Arrival, Effect, Inbox, MIGRATIONS, Wanted};
    use super::*;

    fn memory(directory: &Path) -> Memory {
        let store =
            Store::open_with(directory.join("state/chat.db"), MIGRATIONS, Durability::Normal).unwrap();
        Memory::new(store)
    }

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000 + second)
    }

    fn person(id: i64) -> UserId {
        UserId::new(id).unwrap()
    }

    #[test]
    fn a_restart_forgets_nothing() {
        let temporary = tempfile::tempdir().unwrap();
        let one = memory(temporary.path());
        one.set_verbosity(person(1), 3).unwrap();
        one.change_cwd(person(1), Path::new("web/src")).unwrap();
        let lock = Arrival { update: 1, effect: Effect::Lock(person(2)) };
        let accepted = Inbox::new(one.store.clone()).accept(vec![lock], 2, at(0));
        assert_eq!(accepted, Ok(vec![Accepted::Withdrawn(0)]));
        drop(one);
        let two = memory(temporary.path());
        assert_eq!(two.cwd(person(1)), Ok("web/src".into()));
        assert_eq!(two.verbosity(person(1)), Ok(Some(3)));
        assert_eq!(two.locked_by(), Ok(Some(2)));
        two.unlock().unwrap();
        assert_eq!(two.locked_by(), Ok(None));
    }

    #[test]
    fn what_was_sent_before_a_change_of_directory_runs_where_it_was_sent() {
        let temporary = tempfile::tempdir().unwrap();
        let memory = memory(temporary.path());
        let inbox = Inbox::new(memory.store.clone());
        let send = |update: i64| {
            let wanted =
                Wanted { person: person(1), chat: 1, message: update, text: "x".to_owned(), file: None };
            inbox.accept(vec![Arrival { update, effect: Effect::Run(wanted) }], update + 1, at(0)).unwrap();
        };
        let begin = || {
            let next = inbox.next(person(1)).unwrap().unwrap();
            inbox.start(next.id, at(1)).unwrap();
            next.cwd
        };
        send(1);
        memory.change_cwd(person(1), Path::new("web")).unwrap();
        send(2);
        memory.change_cwd(person(1), Path::new("notes")).unwrap();
        send(3);
        assert_eq!([begin(), begin(), begin()], [Some("".into()), Some("web".into()), None]);
    }

    #[test]
    fn the_end_of_a_run_does_not_undo_a_change_of_directory() {
        let temporary = tempfile::tempdir().unwrap();
        let memory = memory(temporary.path());
        memory.follow_cwd(person(1), Path::new(""), Path::new("web")).unwrap();
        assert_eq!(memory.cwd(person(1)), Ok("web".into()));
        memory.change_cwd(person(1), Path::new("notes")).unwrap();
        memory.follow_cwd(person(1), Path::new("web"), Path::new("web/src")).unwrap();
        assert_eq!(memory.cwd(person(1)), Ok("notes".into()));
    }
}

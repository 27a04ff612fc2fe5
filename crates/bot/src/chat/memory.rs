//! What is remembered of a person between messages and restarts: where they work and what they want to see; and
//! whether everything is locked.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use guard_auth::UserId;
use guard_store::rusqlite::{OptionalExtension as _, params};
use guard_store::{Store, StoreError};

use super::inbox::seconds;

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

    pub(crate) fn set_cwd(&self, person: UserId, cwd: &Path) -> Result<(), StoreError> {
        let cwd = cwd.to_str().unwrap_or_default().to_owned();
        self.store.write(move |tx| {
            tx.prepare_cached(
                "INSERT INTO chat_people (person, cwd) VALUES (?1, ?2) \
                 ON CONFLICT (person) DO UPDATE SET cwd = excluded.cwd",
            )?
            .execute(params![person.get(), cwd])?;
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

    pub(crate) fn lock(&self, by: UserId, now: SystemTime) -> Result<(), StoreError> {
        let at = seconds(now);
        self.store.write(move |tx| {
            tx.execute(
                "INSERT INTO chat_lock (only, by, at) VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING",
                params![by.get(), at],
            )?;
            Ok(())
        })
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
    use std::time::{Duration, UNIX_EPOCH};

    use guard_store::Durability;

    use super::super::inbox::MIGRATIONS;
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
        one.set_cwd(person(1), Path::new("web/src")).unwrap();
        one.lock(person(2), at(0)).unwrap();
        drop(one);
        let two = memory(temporary.path());
        assert_eq!(two.cwd(person(1)), Ok("web/src".into()));
        assert_eq!(two.verbosity(person(1)), Ok(Some(3)));
        assert_eq!(two.locked_by(), Ok(Some(2)));
        two.unlock().unwrap();
        assert_eq!(two.locked_by(), Ok(None));
    }
}

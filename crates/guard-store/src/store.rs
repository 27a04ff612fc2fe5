//! The store: how it is opened, read and written.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::writer::Writer;
use crate::{Migration, StoreError, place, schema};

/// How long a connection waits for another process before it gives up with [`StoreError::Locked`].
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How many idle reading connections are kept.
const IDLE_READERS: usize = 4;
/// How many prepared statements each connection keeps.
const STATEMENTS: usize = 128;
/// The write-ahead log is cut back to this size once it was copied into the file.
const LOG_BYTES: i64 = 16 << 20;

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// A power cut (`synchronous = FULL`): each commit waits for the disk.
    #[default]
    Full,
    /// The end of the process, but not of the machine (`synchronous = NORMAL`): a power cut may lose the last
    /// commits, never an earlier one, and never damages the file.
    Normal,
}

/// An open database: one writer thread, and as many readers as there are callers.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// The fields are dropped in this order: the writer closes last and so leaves no write-ahead log behind.
struct Inner {
    idle: Mutex<Vec<Connection>>,
    writer: Writer,
    path: PathBuf,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens or creates the file, with [`Durability::Full`], and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// Refuses a directory or file that is not private to this user, a link, a database of another program, one with
    /// a newer schema, and any failure on the way.
    pub fn open(path: impl AsRef<Path>, migrations: &[Migration]) -> Result<Self, StoreError> {
        Self::open_with(path, migrations, Durability::Full)
    }

    /// Opens or creates the file with the given durability.
    ///
    /// # Errors
    ///
    /// As [`Store::open`].
    pub fn open_with(
        path: impl AsRef<Path>,
        migrations: &[Migration],
        durability: Durability,
    ) -> Result<Self, StoreError> {
        let path = place::prepare(path.as_ref())?;
        let mut conn = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let snapshot = conn.unchecked_transaction()?;
        schema::recognise(&snapshot)?;
        drop(snapshot);
        use_write_ahead_log(&conn)?;
        conn.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
        conn.pragma_update(
            None,
            "synchronous",
            match durability {
                Durability::Full => "FULL",
                Durability::Normal => "NORMAL",
            },
        )?;
        schema::migrate(&mut conn, migrations)?;
        let writer = Writer::start(conn)?;
        Ok(Self { inner: Arc::new(Inner { idle: Mutex::new(Vec::new()), writer, path }) })
    }

    /// Runs a write on the writer thread and returns its result after COMMIT.
    ///
    /// The closure runs in a savepoint: an `Err` or a panic undoes its changes and nobody else's. It must not begin,
    /// commit or roll back transactions. It sees every write that was answered before, also those of other processes.
    ///
    /// # Errors
    ///
    /// What the closure returns, or a [`StoreError`] if the write could not be queued, run or committed.
    pub fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.inner.writer.write(work)
    }

    /// Runs a read on the calling thread, in one consistent snapshot of what is committed.
    ///
    /// # Errors
    ///
    /// What the closure returns, or a [`StoreError`] if the snapshot could not be taken. Writing fails with
    /// [`StoreError::ReadOnly`].
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => connect(&self.inner.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        // If the closure panics or the snapshot cannot be ended, the connection is dropped instead of kept.
        let snapshot = conn.unchecked_transaction().map_err(StoreError::from)?;
        let result = work(&snapshot);
        snapshot.finish().map_err(StoreError::from)?;
        let mut idle = self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS {
            idle.push(conn);
        }
        result
    }
}

/// Where two processes open a new file at once, SQLite answers "locked" without waiting; so the waiting is done here.
fn use_write_ahead_log(conn: &Connection) -> Result<(), StoreError> {
    let mut last = StoreError::Locked;
    for _ in 0..100 {
        match conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) => return Err(StoreError::Io),
            Err(error) => last = error.into(),
        }
        if last != StoreError::Locked {
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err(last)
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // A damaged or planted schema must not run code or write into the schema table.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    Ok(conn)
}

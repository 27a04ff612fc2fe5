//! A counter that survives restarts and that several processes can share.
//!
//! Run with: cargo run -p guard-examples --example store

use std::error::Error;

use guard_store::{Migration, Store, StoreError, rusqlite};

const MIGRATIONS: &[Migration] = &[Migration::new(
    "example",
    1,
    "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT",
)];

fn main() -> Result<(), Box<dyn Error>> {
    let place = tempfile::tempdir()?;
    // The directory is made with mode 0700 and the file with 0600; others are refused.
    let store = Store::open(place.path().join("private/example.sqlite"), MIGRATIONS)?;
    // Callers of several threads share one wait for the disk; each gets its answer after the commit.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| increment(&store).map_err(|error| eprintln!("refused: {error}")));
        }
    });
    let value: i64 = store.read(|connection| -> Result<i64, StoreError> {
        Ok(connection.query_row("SELECT value FROM counter WHERE name = 'visits'", [], |row| row.get(0))?)
    })?;
    println!("visits: {value}");
    Ok(())
}

fn increment(store: &Store) -> Result<(), StoreError> {
    store.write(|connection: &rusqlite::Connection| {
        connection.execute(
            "INSERT INTO counter VALUES ('visits', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
            [],
        )?;
        Ok(())
    })
}

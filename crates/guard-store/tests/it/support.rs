use std::path::PathBuf;

use guard_store::{Migration, Store, StoreError};

pub(crate) const SCHEMA: &[Migration] =
    &[Migration::new("test", 1, "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL UNIQUE) STRICT;")];

/// A directory of the test's own, and the path of a store in it that does not exist yet.
pub(crate) fn place() -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("state").join("test.db");
    (root, path)
}

pub(crate) fn put(store: &Store, value: impl Into<String>) -> Result<(), StoreError> {
    let value = value.into();
    store.write(move |tx| {
        tx.execute("INSERT INTO t (v) VALUES (?1)", [value])?;
        Ok(())
    })
}

pub(crate) fn values(store: &Store) -> Vec<String> {
    store
        .read(|tx| {
            let mut rows = tx.prepare("SELECT v FROM t ORDER BY id")?;
            let rows = rows.query_map([], |row| row.get(0))?;
            Ok::<_, StoreError>(rows.collect::<Result<_, _>>()?)
        })
        .unwrap()
}

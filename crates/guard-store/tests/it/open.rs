//! What may be opened, and what is refused.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use guard_store::rusqlite::Connection;
use guard_store::{Durability, Migration, Store, StoreError};

use crate::support::{SCHEMA, place, put, values};

/// Prepares a place, then opens it and compares the refusal.
#[track_caller]
fn refused(prepare: impl FnOnce(&Path), migrations: &[Migration], want: StoreError) {
    let (_root, path) = place();
    prepare(&path);
    assert_eq!(Store::open(&path, migrations).err(), Some(want));
}

fn state(path: &Path) -> &Path {
    path.parent().unwrap()
}

fn directory(path: &Path, mode: u32) {
    fs::create_dir(state(path)).unwrap();
    fs::set_permissions(state(path), Permissions::from_mode(mode)).unwrap();
}

fn file(path: &Path, content: &[u8], mode: u32) {
    directory(path, 0o700);
    fs::write(path, content).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_is_not_private_is_refused() {
    for mode in [0o701, 0o710, 0o755, 0o770, 0o777, 0o1777] {
        refused(|path| directory(path, mode), SCHEMA, StoreError::DirectoryNotPrivate);
    }
    for mode in [0o604, 0o620, 0o644, 0o660, 0o666] {
        refused(|path| file(path, b"", mode), SCHEMA, StoreError::FileNotPrivate);
    }
    refused(|path| fs::write(state(path), b"").unwrap(), SCHEMA, StoreError::DirectoryNotPrivate);
    refused(
        |path| {
            file(path, b"", 0o600);
            fs::hard_link(path, state(path).join("second")).unwrap();
        },
        SCHEMA,
        StoreError::FileNotPrivate,
    );
}

#[test]
fn what_is_no_regular_file_is_refused() {
    refused(
        |path| {
            directory(path, 0o700);
            fs::write(state(path).join("elsewhere"), b"").unwrap();
            symlink("elsewhere", path).unwrap();
        },
        SCHEMA,
        StoreError::NotAFile,
    );
    refused(
        |path| {
            directory(path, 0o700);
            symlink("missing", path).unwrap();
        },
        SCHEMA,
        StoreError::NotAFile,
    );
    refused(
        |path| {
            directory(path, 0o700);
            fs::create_dir(path).unwrap();
        },
        SCHEMA,
        StoreError::NotAFile,
    );
    assert_eq!(Store::open("/", SCHEMA).err(), Some(StoreError::NotAFile));
    assert_eq!(Store::open("", SCHEMA).err(), Some(StoreError::NotAFile));
}

#[test]
fn a_missing_grandparent_is_an_error() {
    let (root, _) = place();
    assert_eq!(Store::open(root.path().join("a/b/c.db"), SCHEMA).err(), Some(StoreError::Io));
}

#[test]
fn foreign_and_damaged_files_are_refused_and_left_alone() {
    refused(|path| file(path, &[7; 4096], 0o600), SCHEMA, StoreError::Corrupt);
    let (_root, path) = place();
    file(&path, b"", 0o600);
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(Store::open(&path, SCHEMA).err(), Some(StoreError::Foreign));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn migrations_that_cannot_be_right_are_refused() {
    const OK: Migration = Migration::new("a", 1, "CREATE TABLE a (x INTEGER) STRICT;");
    refused(|_| {}, &[Migration::new("a", 2, "SELECT 1;")], StoreError::BadMigrations);
    refused(|_| {}, &[Migration::new("a", 0, "SELECT 1;")], StoreError::BadMigrations);
    refused(|_| {}, &[OK, Migration::new("a", 3, "SELECT 1;")], StoreError::BadMigrations);
    refused(|_| {}, &[OK, Migration::new("a", 1, "SELECT 1;")], StoreError::BadMigrations);
    refused(|_| {}, &[Migration::new("a", 1, "CREATE TABLE a (x INTEGER);")], StoreError::BadMigrations);
    refused(|_| {}, &[Migration::new("a", 1, "not sql")], StoreError::BadMigrations);
}

#[test]
fn components_migrate_apart_and_never_back() {
    const FIRST: Migration = Migration::new("a", 1, "CREATE TABLE a1 (x INTEGER) STRICT;");
    const SECOND: Migration = Migration::new("a", 2, "CREATE TABLE a2 (x INTEGER) STRICT;");
    let (_root, path) = place();
    drop(Store::open(&path, &[FIRST]).unwrap());
    drop(Store::open(&path, SCHEMA).unwrap());
    let store = Store::open(&path, &[FIRST, SECOND]).unwrap();
    let tables: i64 = store
        .read(|tx| {
            Ok::<_, StoreError>(tx.query_row(
                "SELECT count(*) FROM sqlite_schema WHERE name IN ('a1', 'a2', 't')",
                [],
                |row| row.get(0),
            )?)
        })
        .unwrap();
    assert_eq!(tables, 3);
    drop(store);
    assert_eq!(Store::open(&path, &[FIRST]).err(), Some(StoreError::NewerSchema { found: 2, known: 1 }));
}

#[test]
fn a_failed_migration_leaves_nothing_behind() {
    let (_root, path) = place();
    let broken =
        Migration::new("a", 1, "CREATE TABLE kept (x INTEGER) STRICT; CREATE TABLE kept (x INTEGER) STRICT;");
    assert_eq!(Store::open(&path, &[broken]).err(), Some(StoreError::BadMigrations));
    let good = Migration::new("a", 1, "CREATE TABLE kept (x INTEGER) STRICT;");
    assert!(Store::open(&path, &[good]).is_ok());
}

#[test]
fn everything_it_creates_is_private_and_closing_leaves_one_file() {
    let (_root, path) = place();
    let store = Store::open_with(&path, SCHEMA, Durability::Normal).unwrap();
    put(&store, "a").unwrap();
    assert_eq!(values(&store), ["a"]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(state(&path)), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(state(&path)).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(mode(&entry.path()), 0o600, "{:?}", entry.file_name());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["test.db", "test.db-shm", "test.db-wal"]);
    drop(store);
    assert_eq!(fs::read_dir(state(&path)).unwrap().count(), 1);
}

#[test]
fn many_open_one_new_file_at_once() {
    let (_root, path) = place();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let path = &path;
            scope.spawn(move || put(&Store::open(path, SCHEMA).unwrap(), number.to_string()).unwrap());
        }
    });
    assert_eq!(values(&Store::open(&path, SCHEMA).unwrap()).len(), 8);
}

#[test]
fn a_file_damaged_later_is_reported() {
    let (_root, path) = place();
    drop(Store::open(&path, SCHEMA).unwrap());
    let mut bytes = fs::read(&path).unwrap();
    for byte in bytes.iter_mut().skip(100) {
        *byte = 0xa5;
    }
    fs::write(&path, bytes).unwrap();
    assert_eq!(Store::open(&path, SCHEMA).err(), Some(StoreError::Corrupt));
}

//! What an acknowledged write means, and what a failed one does not do.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use guard_store::rusqlite::Connection;
use guard_store::{Migration, Store, StoreError};

use crate::support::{SCHEMA, place, put, values};

fn open() -> (tempfile::TempDir, Store) {
    let (root, path) = place();
    (root, Store::open(path, SCHEMA).unwrap())
}

#[test]
fn an_error_undoes_its_own_changes_only() {
    let (_root, store) = open();
    put(&store, "kept").unwrap();
    let failed: Result<(), StoreError> = store.write(|tx| {
        tx.execute("INSERT INTO t (v) VALUES ('undone')", [])?;
        tx.execute("INSERT INTO t (v) VALUES ('kept')", [])?;
        Ok(())
    });
    assert_eq!(failed, Err(StoreError::Constraint));
    put(&store, "later").unwrap();
    assert_eq!(values(&store), ["kept", "later"]);
}

#[test]
fn a_panic_undoes_its_own_changes_and_the_writer_lives() {
    let (_root, store) = open();
    let failed: Result<(), StoreError> = store.write(|tx| {
        tx.execute("INSERT INTO t (v) VALUES ('undone')", [])?;
        panic!("on purpose")
    });
    assert_eq!(failed, Err(StoreError::Panicked));
    put(&store, "later").unwrap();
    assert_eq!(values(&store), ["later"]);
}

/// Runs what `queue` starts while the writer is held, so that it all lands in one transaction.
fn together(
    store: &Store,
    callers: usize,
    queue: impl Fn(usize) -> Result<(), StoreError> + Sync,
    queued: impl FnOnce(),
) -> Vec<Option<StoreError>> {
    let (entered, wait_entered) = sync_channel(1);
    let (release, wait_release) = sync_channel::<()>(1);
    thread::scope(|scope| {
        let holder = scope.spawn(move || {
            store.write(move |_| {
                entered.send(()).unwrap();
                wait_release.recv().unwrap();
                Ok::<_, StoreError>(())
            })
        });
        wait_entered.recv().unwrap();
        let queue = &queue;
        let running: Vec<_> = (0..callers)
            .map(|number| {
                let caller = scope.spawn(move || queue(number));
                // Long enough for the caller to be in the queue before the next.
                thread::sleep(Duration::from_millis(20));
                caller
            })
            .collect();
        queued();
        release.send(()).unwrap();
        let held = holder.join().unwrap();
        let mut all = vec![held.err()];
        all.extend(running.into_iter().map(|caller| caller.join().unwrap().err()));
        all
    })
}

#[test]
fn a_closure_that_ends_the_transaction_fails_everyone_in_it() {
    let (_root, store) = open();
    let answers = together(
        &store,
        3,
        |number| {
            if number == 1 {
                store.write(|tx| {
                    tx.execute_batch("COMMIT")?;
                    Ok(())
                })
            } else {
                put(&store, number.to_string())
            }
        },
        || {},
    );
    // Whoever ran before it is told that nothing is certain; whoever comes later is served by a new transaction.
    assert_eq!(
        answers,
        [Some(StoreError::Aborted), Some(StoreError::Aborted), Some(StoreError::Aborted), None]
    );
    assert!(values(&store).contains(&"2".to_owned()));
}

#[test]
fn a_full_disk_is_reported_and_nothing_acknowledged_is_lost() {
    let (_root, store) = open();
    put(&store, "before").unwrap();
    let limit = |pages: i64| {
        store.write(move |tx| {
            tx.pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))?;
            Ok::<_, StoreError>(())
        })
    };
    limit(1).unwrap();
    let mut stored = vec!["before".to_owned()];
    let mut full = 0;
    for number in 0..20 {
        let value = format!("{number}:{}", "x".repeat(2000));
        match put(&store, value.clone()) {
            Ok(()) => stored.push(value),
            Err(error) => {
                assert_eq!(error, StoreError::DiskFull);
                full += 1;
            }
        }
    }
    assert!(full > 0);
    assert_eq!(values(&store), stored);
    limit(10_000).unwrap();
    put(&store, "after").unwrap();
    stored.push("after".to_owned());
    assert_eq!(values(&store), stored);
}

#[test]
fn a_locked_file_is_reported_in_bounded_time() {
    let (_root, path) = place();
    let store = Store::open(&path, SCHEMA).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(put(&store, "a"), Err(StoreError::Locked));
    other.execute_batch("ROLLBACK").unwrap();
    put(&store, "b").unwrap();
    assert_eq!(values(&store), ["b"]);
}

#[test]
fn the_queue_is_bounded_and_what_it_took_is_stored() {
    const CALLERS: usize = 1100;
    const QUEUE: usize = 1024;
    let (_root, store) = open();
    let busy = AtomicUsize::new(0);
    let answers = together(
        &store,
        1,
        |_| {
            thread::scope(|scope| {
                for number in 0..CALLERS {
                    let (store, busy) = (&store, &busy);
                    thread::Builder::new()
                        .stack_size(128 << 10)
                        .spawn_scoped(scope, move || match put(store, number.to_string()) {
                            Ok(()) => {}
                            Err(error) => {
                                assert_eq!(error, StoreError::Busy);
                                busy.fetch_add(1, Relaxed);
                            }
                        })
                        .unwrap();
                }
            });
            Ok(())
        },
        || {
            for _ in 0..1000 {
                if busy.load(Relaxed) == CALLERS - QUEUE {
                    return;
                }
                thread::sleep(Duration::from_millis(10));
            }
        },
    );
    assert_eq!(answers, [None, None]);
    assert_eq!((busy.into_inner(), values(&store).len()), (CALLERS - QUEUE, QUEUE));
}

#[test]
fn dropping_the_last_clone_commits_what_is_queued() {
    let (_root, path) = place();
    let store = Store::open(&path, SCHEMA).unwrap();
    let callers: Vec<_> = (0..8)
        .map(|number| {
            let store = store.clone();
            thread::spawn(move || put(&store, number.to_string()))
        })
        .collect();
    drop(store);
    for caller in callers {
        caller.join().unwrap().unwrap();
    }
    assert_eq!(values(&Store::open(&path, SCHEMA).unwrap()).len(), 8);
}

#[test]
fn a_write_within_a_write_is_refused_and_a_store_may_die_in_its_own_writer() {
    let (_root, path) = place();
    let store = Store::open(&path, SCHEMA).unwrap();
    let inner = store.clone();
    let nested = store.write(move |_| Ok::<_, StoreError>(put(&inner, "inner").err()));
    assert_eq!(nested, Ok(Some(StoreError::Nested)));
    drop(store);
    assert_eq!(values(&Store::open(&path, SCHEMA).unwrap()), Vec::<String>::new());
}

#[test]
fn reads_cannot_write_and_may_nest() {
    let (_root, store) = open();
    let refused: Result<(), StoreError> = store.read(|tx| {
        tx.execute("INSERT INTO t (v) VALUES ('a')", [])?;
        Ok(())
    });
    assert_eq!(refused, Err(StoreError::ReadOnly));
    let outer = store.read(|_| {
        put(&store, "a")?;
        Ok::<_, StoreError>(values(&store))
    });
    assert_eq!(outer, Ok(vec!["a".to_owned()]));
}

#[test]
fn foreign_keys_are_enforced() {
    const LINKED: &[Migration] = &[Migration::new(
        "linked",
        1,
        "CREATE TABLE p (id INTEGER PRIMARY KEY) STRICT; \
         CREATE TABLE c (p INTEGER NOT NULL REFERENCES p (id)) STRICT;",
    )];
    let (_root, path) = place();
    let store = Store::open(path, LINKED).unwrap();
    let orphan: Result<(), StoreError> = store.write(|tx| {
        tx.execute("INSERT INTO c (p) VALUES (1)", [])?;
        Ok(())
    });
    assert_eq!(orphan, Err(StoreError::Constraint));
}

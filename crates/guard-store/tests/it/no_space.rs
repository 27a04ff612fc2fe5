//! A file that the operating system lets grow no further.

use std::path::Path;
use std::process::Command;

use guard_store::{Store, StoreError};

use crate::support::{SCHEMA, place, put, values};

const ORDERS: &str = "GUARD_STORE_TEST_CHILD";

/// Writes until it fails, then once more, and tells how often it succeeded.
fn fill(path: &Path) {
    let store = Store::open(path, SCHEMA).unwrap();
    let filler = "x".repeat(1000);
    for number in 0.. {
        if let Err(first) = put(&store, format!("{number}:{filler}")) {
            let second = put(&store, "once more").unwrap_err();
            println!("\n@{number} {} {}", first.code(), second.code());
            return;
        }
    }
}

/// The test starts itself again as a child under a limit on the size of files.
#[test]
fn what_was_acknowledged_survives_a_failed_commit_and_the_store_stays_shut() {
    if let Some(path) = std::env::var_os(ORDERS) {
        fill(Path::new(&path));
        return;
    }
    let (_root, path) = place();
    drop(Store::open(&path, SCHEMA).unwrap());
    let child = Command::new("sh")
        .args(["-c", r#"trap "" XFSZ; ulimit -f 4000; exec "$0" "$@""#])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "no_space::what_was_acknowledged_survives_a_failed_commit_and_the_store_stays_shut",
        ])
        .args(["--nocapture", "--test-threads=1"])
        .env(ORDERS, &path)
        .output()
        .unwrap();
    let out = String::from_utf8(child.stdout).unwrap();
    let said = out.lines().find_map(|line| line.strip_prefix('@')).expect("the child says how far it came");
    let (acknowledged, codes) = said.split_once(' ').unwrap();
    let acknowledged: usize = acknowledged.parse().unwrap();
    assert_eq!(codes, format!("{0} {0}", StoreError::Io.code()));
    assert!(acknowledged > 10, "{acknowledged}");

    let store = Store::open(&path, SCHEMA).unwrap();
    let stored = values(&store);
    // The write whose COMMIT failed may be there or not; it was answered with an error.
    assert!(
        stored.len() == acknowledged || stored.len() == acknowledged + 1,
        "{} {acknowledged}",
        stored.len()
    );
    put(&store, "after").unwrap();
}

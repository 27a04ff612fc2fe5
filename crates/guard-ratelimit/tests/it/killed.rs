//! Processes that share a file, and processes that are killed at any moment.
//!
//! The tests start themselves again as children: a child finds its orders in the environment.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use guard_ratelimit::{CostLimiter, CostPolicy, MIGRATIONS, RequestLimiter};
use guard_store::{Durability, Store};

use crate::durable::books;
use crate::support::{keys, quota, usd};

const ORDERS: &str = "GUARD_RATELIMIT_TEST_CHILD";

/// A store that survives the process, which is all that a kill can take away.
fn open(path: &Path) -> Store {
    Store::open_with(path, MIGRATIONS, Durability::Normal).unwrap()
}

fn policy() -> CostPolicy {
    CostPolicy::new(usd("1000000"), usd("1"), Duration::from_secs(900)).unwrap()
}

fn spawn(test: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ORDERS, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Says something to the parent, in one write.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n@{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

fn heard(child: &mut Child) -> Vec<String> {
    let out = BufReader::new(child.stdout.take().unwrap());
    out.lines().map_while(Result::ok).filter_map(|line| line.strip_prefix('@').map(str::to_owned)).collect()
}

/// Reserves a dollar and settles a quarter, over and over, and tells what was acknowledged.
fn work(path: &Path) {
    let budget = CostLimiter::sqlite(open(path), policy());
    loop {
        let mut hold = budget.reserve("u", usd("1")).unwrap();
        say("r");
        hold.settle(usd("0.25")).unwrap();
        say("s");
    }
}

#[test]
fn a_kill_at_any_moment_loses_nothing_and_books_nothing_twice() {
    if let Some(path) = std::env::var_os(ORDERS) {
        work(Path::new(&path));
    }
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("state").join("limits.db");
    drop(open(&path));
    let (mut reserved, mut settled) = (0, 0);
    for round in 0..12_u64 {
        let mut child = spawn("killed::a_kill_at_any_moment_loses_nothing_and_books_nothing_twice", &path);
        // Times that are not multiples of each other hit different steps.
        std::thread::sleep(Duration::from_micros(60_000 + round * 7_919));
        child.kill().unwrap();
        child.wait().unwrap();
        let said = heard(&mut child);
        reserved += said.iter().filter(|line| *line == "r").count();
        settled += said.iter().filter(|line| *line == "s").count();
    }
    assert!(settled > 20, "the children got nothing done: {settled}");

    let store = open(&path);
    let (holds, open_holds): (usize, usize) = store
        .read(|tx| {
            let row = tx.query_row(
                "SELECT count(*), count(*) FILTER (WHERE charged IS NULL) FROM cost_holds",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok::<(i64, i64), guard_store::StoreError>(row)
        })
        .map(|(all, open)| (usize::try_from(all).unwrap(), usize::try_from(open).unwrap()))
        .unwrap();
    // What was acknowledged is there; each kill can have cut off one acknowledgement, and left one hold open.
    assert!(holds >= reserved && holds <= reserved + 12, "{holds} {reserved}");
    assert!(
        holds - open_holds >= settled && holds - open_holds <= settled + 12,
        "{holds} {open_holds} {settled}"
    );
    assert!(open_holds <= 12);
    // Settled at a quarter each, exactly once; what is open counts in full.
    let want = (holds - open_holds) as i64 * 250_000 + open_holds as i64 * 1_000_000;
    let books = books(&store);
    assert_eq!(books.iter().map(|(_, _, booked, _)| booked).sum::<i64>(), want);
    assert!(books.iter().all(|(_, _, booked, sum)| booked == sum));
}

/// Takes what it can get of one budget and one quota, and tells how much that was.
fn take_all(path: &Path) {
    let store = open(path);
    let policy = CostPolicy::new(usd("5"), usd("1"), Duration::from_secs(900)).unwrap();
    let budget = CostLimiter::sqlite(store.clone(), policy);
    let requests: RequestLimiter<u8> =
        RequestLimiter::sqlite(store, "shared", quota(1, Duration::from_secs(36_000), 100), keys(1));
    let (mut granted, mut admitted) = (0, 0);
    for _ in 0..1000 {
        admitted += usize::from(requests.try_take(&1).is_ok());
        if let Ok(mut hold) = budget.reserve("u", usd("0.10")) {
            hold.settle(usd("0.10")).unwrap();
            granted += 1;
        }
    }
    say(&format!("{granted} {admitted}"));
}

#[test]
fn two_processes_share_one_file_exactly() {
    if let Some(path) = std::env::var_os(ORDERS) {
        take_all(Path::new(&path));
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("state").join("limits.db");
    drop(open(&path));
    let children: Vec<_> =
        (0..2).map(|_| spawn("killed::two_processes_share_one_file_exactly", &path)).collect();
    let (mut granted, mut admitted) = (0, 0);
    for mut child in children {
        let said = heard(&mut child);
        assert!(child.wait().unwrap().success());
        let (holds, requests) = said.first().unwrap().split_once(' ').unwrap();
        granted += holds.parse::<usize>().unwrap();
        admitted += requests.parse::<usize>().unwrap();
    }
    assert_eq!((granted, admitted), (50, 100));
    assert_eq!(CostLimiter::sqlite(open(&path), policy()).balance("u").unwrap().spent, usd("5"));
    assert_eq!(books(&open(&path)).iter().map(|(_, _, booked, sum)| booked - sum).sum::<i64>(), 0);
}

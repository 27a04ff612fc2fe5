//! Many threads, several openings of one log, several processes.

use std::process::Command;
use std::thread;

use guard_audit::{AuditError, Config, Event, Filter, Log, SystemClock, Verification, query, verify};

use crate::Place;

fn dense(place: &Place, count: u64) {
    let report = verify(place.log(), &Verification::new()).unwrap();
    assert_eq!((report.intact_to, report.torn_bytes), (count, 0));
    let records: Vec<_> = query(place.log(), &Filter::default()).unwrap().map(Result::unwrap).collect();
    assert!(records.iter().map(|record| record.seq).eq(1..=count));
    assert!(records.is_sorted_by_key(|record| record.time));
}

#[test]
fn receipts_of_threads_name_their_own_records() {
    let place = Place::new();
    let log =
        Log::with_clock(Config::new(place.log()).anchor_every(50).segment_bytes(4096), SystemClock).unwrap();
    thread::scope(|scope| {
        for thread in 0..16 {
            let (log, place) = (&log, &place);
            scope.spawn(move || {
                for at in 0..20 {
                    let id = format!("{thread}-{at}");
                    let event = Event::new("order_refunded").id(&id);
                    let receipt =
                        if at % 2 == 0 { log.append(&event) } else { log.append_relaxed(&event) }.unwrap();
                    let filter = Filter { after_seq: receipt.seq - 1, limit: Some(1), ..Filter::default() };
                    let record = query(place.log(), &filter).unwrap().next().unwrap().unwrap();
                    assert_eq!((record.seq, record.hash, record.id), (receipt.seq, receipt.hash, Some(id)));
                }
            });
        }
    });
    dense(&place, 320);
    let report = verify(place.log(), &Verification::new()).unwrap();
    assert!(report.unprotected_tail < 50 + 16, "{report}");
}

#[test]
fn several_openings_share_one_chain() {
    let place = Place::new();
    thread::scope(|scope| {
        // Different segment sizes: each has to notice where the others began a new one.
        for bytes in [500, 2_000, 100_000] {
            let config = Config::new(place.log()).segment_bytes(bytes).anchor_every(7);
            scope.spawn(move || {
                let log = Log::with_clock(config, SystemClock).unwrap();
                for _ in 0..60 {
                    log.append_relaxed(&Event::new("order_refunded")).unwrap();
                }
                log.close().unwrap();
            });
        }
    });
    dense(&place, 180);
}

const CHILD: &str = "GUARD_AUDIT_TEST_APPENDS";

#[test]
fn several_processes_share_one_chain() {
    if let Some(dir) = std::env::var_os(CHILD) {
        let log = Log::open(dir).unwrap();
        for _ in 0..50 {
            log.append(&Event::new("order_refunded")).unwrap();
        }
        return;
    }
    let place = Place::new();
    let children: Vec<_> = (0..3)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "concurrent::several_processes_share_one_chain"])
                .env(CHILD, place.log())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    dense(&place, 150);
}

#[test]
fn a_lock_held_too_long_is_refused_and_appending_goes_on_after_it() {
    let place = Place::new();
    let log = Log::with_clock(
        Config::new(place.log()).lock_wait(std::time::Duration::from_millis(20)),
        SystemClock,
    )
    .unwrap();
    let dir = std::fs::File::open(place.log()).unwrap();
    rustix::fs::flock(&dir, rustix::fs::FlockOperation::LockExclusive).unwrap();
    assert_eq!(log.append(&Event::new("sys_startup")), Err(AuditError::Busy));
    drop(dir);
    assert_eq!(log.append(&Event::new("sys_startup")).unwrap().seq, 1);
}

#[test]
fn a_clock_that_panics_stops_nobody_else() {
    #[derive(Debug)]
    struct Once(std::sync::atomic::AtomicBool);
    impl guard_audit::Clock for Once {
        fn now(&self) -> guard_audit::Timestamp {
            assert!(self.0.swap(true, std::sync::atomic::Ordering::Relaxed), "the clock fails once");
            guard_audit::Clock::now(&SystemClock)
        }
    }
    let place = Place::new();
    let log = Log::with_clock(Config::new(place.log()), Once(false.into())).unwrap();
    thread::scope(|scope| {
        let failed = scope.spawn(|| log.append(&Event::new("sys_startup"))).join();
        assert!(failed.is_err());
    });
    assert_eq!(log.append(&Event::new("sys_startup")).unwrap().seq, 1);
}

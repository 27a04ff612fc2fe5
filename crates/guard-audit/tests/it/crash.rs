//! A process that is killed loses nothing that it was promised.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use guard_audit::{Event, Filter, Log, Verification, query, verify};

use crate::{Place, sample, segments};

const CHILD: &str = "GUARD_AUDIT_TEST_KILLED";

#[test]
fn killed_at_any_moment_no_acknowledged_record_is_lost() {
    if let Some(dir) = std::env::var_os(CHILD) {
        let log = Log::open(dir).unwrap();
        let mut out = std::io::stderr();
        loop {
            let relaxed =
                log.append_relaxed(&Event::new("order_refunded").detail("text", "x".repeat(3000))).unwrap();
            writeln!(out, "{} {}", relaxed.seq, relaxed.hash).unwrap();
            if relaxed.seq.is_multiple_of(10) {
                let durable = log.append(&Event::new("order_refunded")).unwrap();
                writeln!(out, "{} {}", durable.seq, durable.hash).unwrap();
            }
        }
    }
    let place = Place::new();
    let mut acknowledged = 0;
    for round in 0..30 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::killed_at_any_moment_no_acknowledged_record_is_lost", "--nocapture"])
            .env(CHILD, place.log())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        // Without reading, the child would stop at a full pipe; so the rest is read after the kill.
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        std::thread::sleep(Duration::from_micros(round * 397));
        child.kill().unwrap();
        child.wait().unwrap();
        let lines: Vec<String> = std::iter::once(first).chain(lines.lines().map(Result::unwrap)).collect();
        let mut against = Verification::new();
        for line in &lines {
            // The last line may be cut short.
            if let Some((seq, hash)) = line.trim_end().split_once(' ')
                && let Ok(hash) = hash.parse()
            {
                acknowledged = seq.parse().unwrap();
                against = against.expect(acknowledged, hash);
            }
        }
        assert!(verify(place.log(), &against).unwrap().intact_to >= acknowledged);
    }
    assert!(acknowledged > 30);
}

#[test]
fn a_torn_write_is_put_aside_and_recorded() {
    for torn in [&b"{\"seq\":"[..], &[0; 70_000], b"\xff\xfe"] {
        let place = Place::new();
        sample(&place.log(), 3);
        let file = segments(&place.log()).remove(0);
        let mut text = fs::read(&file).unwrap();
        text.extend_from_slice(torn);
        fs::write(&file, text).unwrap();
        let report = verify(place.log(), &Verification::new()).unwrap();
        assert_eq!((report.intact_to, report.torn_bytes), (3, torn.len() as u64));
        // Opened twice before anything is appended: the gap is still known.
        drop(Log::open(place.log()).unwrap());
        let log = Log::open(place.log()).unwrap();
        assert_eq!(log.append(&Event::new("sys_startup")).unwrap().seq, 5);
        assert_eq!(log.append(&Event::new("sys_startup")).unwrap().seq, 6);
        assert_eq!(fs::read(place.log().join("0000000000000004.torn")).unwrap(), torn);
        assert_eq!(verify(place.log(), &Verification::new()).unwrap().intact_to, 6);
        let gaps = Filter { event: Some("audit_gap".into()), ..Filter::default() };
        let gaps: Vec<_> = query(place.log(), &gaps).unwrap().map(Result::unwrap).collect();
        assert_eq!(gaps.len(), 1);
        assert_eq!((gaps[0].seq, gaps[0].detail["bytes"].as_u64()), (4, Some(torn.len() as u64)));
    }
}

#[test]
fn a_crash_between_two_segments_is_continued() {
    let place = Place::new();
    sample(&place.log(), 3);
    // The old segment was closed and the new one made, but nothing was written to it.
    let closed = segments(&place.log()).remove(0);
    fs::set_permissions(&closed, std::os::unix::fs::PermissionsExt::from_mode(0o400)).unwrap();
    assert_eq!(Log::open(place.log()).unwrap().append(&Event::new("sys_startup")).unwrap().seq, 4);
    assert_eq!(segments(&place.log()).len(), 2);
    fs::write(place.log().join("0000000000000004.jsonl"), "").unwrap();
    assert_eq!(Log::open(place.log()).unwrap().append(&Event::new("sys_startup")).unwrap().seq, 4);
    assert_eq!(verify(place.log(), &Verification::new()).unwrap().intact_to, 4);
}

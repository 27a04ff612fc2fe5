//! A closed log whose records were changed in any way never verifies as sealed, and reading it never panics.
#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use guard_audit::{Event, Filter, Log, Outcome, Record, Verification, newest, query, verify};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Edit {
    Flip(u16, u8),
    Cut(u16),
    Remove(u16, u8),
    Insert(u16, Vec<u8>),
    RepeatLine(u8, u8),
    SwapLines(u8, u8),
    Append(Vec<u8>),
}

struct Sample {
    dir: tempfile::TempDir,
    text: Vec<u8>,
}

const SEGMENT: &str = "0000000000000001.jsonl";

static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path().join("log")).unwrap();
    for at in 0..6 {
        let event =
            Event::new("authz_fail").actor("user:7\u{202e}").outcome(Outcome::Failure).detail("n", at);
        log.append_relaxed(&event).unwrap();
    }
    log.close().unwrap();
    let text = std::fs::read(dir.path().join("log").join(SEGMENT)).unwrap();
    Sample { dir, text }
});

fn apply(text: &mut Vec<u8>, edit: Edit) {
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let place = |at: u16, len: usize| usize::from(at) % (len + 1);
    match edit {
        Edit::Flip(at, bits) => {
            let at = place(at, text.len());
            text.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bits);
        }
        Edit::Cut(at) => text.truncate(place(at, text.len())),
        Edit::Remove(at, len) => {
            let from = place(at, text.len());
            text.drain(from..(from + usize::from(len)).min(text.len()));
        }
        Edit::Insert(at, bytes) => {
            let at = place(at, text.len());
            text.splice(at..at, bytes);
        }
        Edit::RepeatLine(from, to) if !lines.is_empty() => {
            let line = lines[usize::from(from) % lines.len()].clone();
            lines.insert(usize::from(to) % lines.len(), line);
            *text = lines.concat();
        }
        Edit::SwapLines(one, other) if !lines.is_empty() => {
            let count = lines.len();
            lines.swap(usize::from(one) % count, usize::from(other) % count);
            *text = lines.concat();
        }
        Edit::RepeatLine(..) | Edit::SwapLines(..) => {}
        Edit::Append(bytes) => text.extend(bytes),
    }
}

fuzz_target!(|edits: Vec<Edit>| {
    let mut text = SAMPLE.text.clone();
    edits.into_iter().take(8).for_each(|edit| apply(&mut text, edit));
    let dir = &SAMPLE.dir.path().join("log");
    std::fs::write(dir.join(SEGMENT), &text).unwrap();

    let verified = verify(dir, &Verification::new());
    let is_sealed = verified.as_ref().is_ok_and(|report| report.is_sealed());
    assert_eq!(is_sealed, text == SAMPLE.text, "{verified:?}");

    let forward: Result<Vec<Record>, _> = query(dir, &Filter::default()).unwrap().collect();
    let backward: Result<Vec<Record>, _> = newest(dir, &Filter::default()).unwrap().collect();
    if let (Ok(forward), Ok(backward)) = (forward, backward) {
        assert!(forward.iter().eq(backward.iter().rev()));
        forward.iter().for_each(|record| assert!(!record.to_string().contains(['\n', '\u{202e}'])));
    }
});

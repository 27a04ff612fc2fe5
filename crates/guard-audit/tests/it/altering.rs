//! Whatever is done to the files is found, at the right record.

use std::fs;
use std::path::Path;

use guard_audit::{Alteration, AuditError, Config, Event, Log, Report, SystemClock, Verification, verify};

use crate::{Place, overwrite, sample, segments};

const COUNT: u64 = 5;

/// Changes the lines of a closed log of five records and says what verifying it answers.
fn changed(change: impl FnOnce(&mut Vec<Vec<u8>>)) -> Result<Report, AuditError> {
    let place = Place::new();
    sample(&place.log(), COUNT);
    let file = segments(&place.log()).remove(0);
    let text = fs::read(&file).unwrap();
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    change(&mut lines);
    fs::write(&file, lines.concat()).unwrap();
    verify(place.log(), &Verification::new())
}

#[track_caller]
fn check(change: impl FnOnce(&mut Vec<Vec<u8>>), seq: u64, what: Alteration) {
    assert_eq!(changed(change), Err(AuditError::Altered { seq, what }));
}

#[test]
fn lines_moved_removed_repeated() {
    for at in 0..5 {
        let seq = at as u64 + 1;
        let removed = if at == 4 { Alteration::Cut } else { Alteration::Removed };
        check(|lines| drop(lines.remove(at)), seq, removed);
        check(|lines| lines.insert(at, lines[at].clone()), seq + 1, Alteration::Repeated);
        check(|lines| lines.truncate(at), seq, Alteration::Cut);
        if at < 4 {
            check(|lines| lines.swap(at, at + 1), seq, Alteration::Reordered);
        }
    }
    check(|lines| lines.push(b"{}\n".to_vec()), 6, Alteration::Edited);
}

#[test]
fn every_byte() {
    let place = Place::new();
    sample(&place.log(), 3);
    let file = segments(&place.log()).remove(0);
    let text = fs::read(&file).unwrap();
    let mut seq = 1;
    for (at, byte) in text.iter().enumerate() {
        let mut changed = text.clone();
        changed[at] ^= 1 << (at % 8);
        fs::write(&file, &changed).unwrap();
        let Err(AuditError::Altered { seq: found, .. }) = verify(place.log(), &Verification::new()) else {
            panic!("a change of byte {at} was not found");
        };
        assert_eq!(found, seq, "byte {at}");
        seq += u64::from(*byte == b'\n');
    }
}

#[test]
fn a_cut_at_every_byte_of_an_anchored_log() {
    let place = Place::new();
    sample(&place.log(), 2);
    let file = segments(&place.log()).remove(0);
    let text = fs::read(&file).unwrap();
    for len in 0..text.len() {
        fs::write(&file, &text[..len]).unwrap();
        let whole = text[..len].iter().filter(|byte| **byte == b'\n').count() as u64;
        let cut = AuditError::Altered { seq: whole + 1, what: Alteration::Cut };
        assert_eq!(verify(place.log(), &Verification::new()), Err(cut));
        // Nothing is appended to it, nor is the torn piece taken for a crash and the gap recorded.
        assert_eq!(Log::open(place.log()).unwrap_err(), cut);
        fs::write(&file, &text[..len]).unwrap();
    }
}

#[test]
fn a_cut_after_the_anchor_is_an_unprotected_tail_unless_a_witness_knows() {
    let place = Place::new();
    sample(&place.log(), COUNT);
    let log = Log::open(place.log()).unwrap();
    let event = Event::new("order_refunded");
    let receipts = [log.append(&event).unwrap(), log.append(&event).unwrap()];
    drop(log);
    let report = verify(place.log(), &Verification::new()).unwrap();
    assert_eq!(report.to_string(), "intact to 7, anchored to 5, unprotected tail 2");
    assert!(!report.is_sealed());

    let file = segments(&place.log()).remove(0);
    let text = fs::read_to_string(&file).unwrap();
    let kept: String = text.split_inclusive('\n').take(6).collect();
    fs::write(&file, kept).unwrap();
    let report = verify(place.log(), &Verification::new()).unwrap();
    assert_eq!(report.to_string(), "intact to 6, anchored to 5, unprotected tail 1");
    let witnessed = Verification::new().expect(receipts[1].seq, receipts[1].hash);
    assert_eq!(verify(place.log(), &witnessed), Err(AuditError::Altered { seq: 7, what: Alteration::Cut }));
    let wrong = Verification::new().expect(6, receipts[1].hash);
    assert_eq!(
        verify(place.log(), &wrong),
        Err(AuditError::Altered { seq: 6, what: Alteration::AnchorMismatch })
    );
}

/// The chain of another log is valid in itself; only the anchors tell.
#[test]
fn a_chain_written_anew_is_found_by_the_anchors() {
    let (place, other) = (Place::new(), Place::new());
    sample(&place.log(), COUNT);
    sample(&other.log(), COUNT);
    fs::copy(segments(&other.log()).remove(0), segments(&place.log()).remove(0)).unwrap();
    let mismatch = AuditError::Altered { seq: 5, what: Alteration::AnchorMismatch };
    assert_eq!(verify(place.log(), &Verification::new()), Err(mismatch));
    assert_eq!(Log::open(place.log()).unwrap_err(), mismatch);

    fs::copy(other.log().join("anchors.jsonl"), place.log().join("anchors.jsonl")).unwrap();
    let forged = AuditError::Altered { seq: 1, what: Alteration::AnchorSignature };
    assert_eq!(verify(place.log(), &Verification::new()), Err(forged));
    assert_eq!(Log::open(place.log()).unwrap_err(), forged);
}

#[test]
fn anchors_and_keys_are_missed() {
    #[track_caller]
    fn check(remove: &[&str], verified: AuditError, opened: AuditError) {
        let place = Place::new();
        sample(&place.log(), COUNT);
        for name in remove {
            fs::remove_file(place.log().join(name)).unwrap();
        }
        assert_eq!(verify(place.log(), &Verification::new()), Err(verified));
        assert_eq!(Log::open(place.log()).unwrap_err(), opened);
    }
    let missing = AuditError::Altered { seq: 1, what: Alteration::AnchorsMissing };
    check(&["anchors.jsonl"], missing, missing);
    check(&["anchor.pub", "anchor.key"], AuditError::Key, AuditError::Key);
    let cut = AuditError::Altered { seq: 1, what: Alteration::Cut };
    check(&["0000000000000001.jsonl"], cut, cut);
}

#[test]
fn every_byte_of_an_anchor() {
    let place = Place::new();
    sample(&place.log(), 1);
    let file = place.log().join("anchors.jsonl");
    let text = fs::read(&file).unwrap();
    for at in 0..text.len() {
        let mut changed = text.clone();
        changed[at] ^= 1;
        fs::write(&file, &changed).unwrap();
        match verify(place.log(), &Verification::new()) {
            // Without its newline the last anchor was not finished.
            Ok(report) => assert!(at + 1 == text.len() && report.unprotected_tail == 1, "byte {at}"),
            Err(error) => assert_eq!(error.code(), "audit-altered", "byte {at}"),
        }
    }
}

#[test]
fn a_wrong_last_record_is_never_repaired() {
    for line in ["{}\n", "{\"seq\":6}\n", "\n", "\0\n"] {
        let place = Place::new();
        sample(&place.log(), COUNT);
        let file = segments(&place.log()).remove(0);
        let mut text = fs::read_to_string(&file).unwrap();
        text.push_str(line);
        fs::write(&file, &text).unwrap();
        assert_eq!(Log::open(place.log()).unwrap_err().code(), "audit-altered");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}

#[test]
fn a_missing_segment_is_named() {
    let place = Place::new();
    let config = Config::new(place.log()).segment_bytes(1);
    let log = Log::with_clock(config, SystemClock).unwrap();
    for _ in 0..4 {
        log.append(&Event::new("sys_startup")).unwrap();
    }
    log.close().unwrap();
    let files = segments(&place.log());
    assert_eq!(files.len(), 4);
    assert_eq!(verify(place.log(), &Verification::new()).unwrap().intact_to, 4);
    for (at, file) in files.iter().enumerate() {
        let text = fs::read(file).unwrap();
        fs::remove_file(file).unwrap();
        let what = if at == 3 { Alteration::Cut } else { Alteration::SegmentMissing };
        let want = Err(AuditError::Altered { seq: at as u64 + 1, what });
        assert_eq!(verify(place.log(), &Verification::new()), want);
        overwrite(file, text);
    }
}

#[test]
fn anchors_kept_apart_survive_what_is_done_to_the_log() {
    let place = Place::new();
    let config = Config::new(place.log()).anchor_dir(place.anchors());
    let log = Log::with_clock(config.clone(), SystemClock).unwrap();
    log.append(&Event::new("sys_startup")).unwrap();
    log.close().unwrap();
    fs::remove_dir_all(place.log()).unwrap();
    let cut = AuditError::Altered { seq: 1, what: Alteration::Cut };
    assert_eq!(Log::with_clock(config, SystemClock).unwrap_err(), cut);
    let against = Verification::new().anchor_dir(place.anchors());
    assert_eq!(verify(place.log(), &against), Err(cut));
}

#[test]
fn pruning_leaves_a_log_that_verifies_and_refuses_to_remove_evidence() {
    let place = Place::new();
    let config = Config::new(place.log()).segment_bytes(600);
    let log = Log::with_clock(config.clone(), SystemClock).unwrap();
    for _ in 0..20 {
        log.append_relaxed(&Event::new("sys_startup")).unwrap();
    }
    let before = segments(&place.log());
    let removed = log.prune(guard_audit::Timestamp::from_unix_micros(u64::MAX)).unwrap();
    assert_eq!(removed, before.len() - 1);
    assert!(
        before.iter().map(|file| file.exists()).eq(before.iter().map(|file| Some(file) == before.last()))
    );
    let last = log.close().unwrap();
    assert_eq!(last.seq, 21);
    let report = verify(place.log(), &Verification::new().expect(last.seq, last.hash)).unwrap();
    assert_eq!((report.intact_to, report.is_sealed()), (21, true));
    assert!(report.first > 1);

    // The base is signed: without it, or with another, the rest does not stand.
    let base = place.log().join("base.json");
    let text = fs::read_to_string(&base).unwrap();
    fs::remove_file(&base).unwrap();
    let missing = Err(AuditError::Altered { seq: 1, what: Alteration::SegmentMissing });
    assert_eq!(verify(place.log(), &Verification::new()), missing);
    fs::write(&base, text.replacen("\"seq\":1", "\"seq\":2", 1)).unwrap();
    let forged = Err(AuditError::Altered { seq: 1, what: Alteration::AnchorSignature });
    assert_eq!(verify(place.log(), &Verification::new()), forged);
    fs::write(&base, &text).unwrap();

    let log = Log::with_clock(config, SystemClock).unwrap();
    for _ in 0..10 {
        log.append_relaxed(&Event::new("sys_startup")).unwrap();
    }
    let file = segments(&place.log()).remove(0);
    let edited = fs::read_to_string(&file).unwrap().replacen("sys_startup", "sys_restart", 1);
    overwrite(&file, edited);
    let refused = log.prune(guard_audit::Timestamp::from_unix_micros(u64::MAX));
    assert_eq!(refused.unwrap_err().code(), "audit-altered");
    assert!(file.exists());
}

#[test]
fn verifying_needs_no_secret_and_no_write() {
    let place = Place::new();
    sample(&place.log(), COUNT);
    let public = fs::read_to_string(place.log().join("anchor.pub")).unwrap();
    fs::remove_file(place.log().join("anchor.key")).unwrap();
    fs::remove_file(place.log().join("anchor.pub")).unwrap();
    let key = guard_audit::AnchorKey::from_hex(&public).unwrap();
    assert!(verify(place.log(), &Verification::new().key(key)).unwrap().is_sealed());
    let missing = verify(Path::new("/nonexistent"), &Verification::new().key(key));
    assert_eq!(missing, Err(AuditError::Missing));
}

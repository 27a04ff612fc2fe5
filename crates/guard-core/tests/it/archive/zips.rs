//! ZIP rules beside the fourteen differences.

use super::build::zip::{Entry, field, zip};
use super::{check, check_notes, look};
use guard_core::archive::{EntryKind, Format, Limits, scan_zip};
use std::io::Cursor;

#[test]
fn additional_fields() {
    let with =
        |extra: Vec<u8>| zip([Entry::stored("a", b"x").both(|head| head.extra.clone_from(&extra))]).bytes();
    check(
        "times and owners",
        &with([field(0x5455, b"\x03abcdabcd"), field(0x7875, b"\x01\x04abcd\x04abcd")].concat()),
        "ok",
    );
    check("jar", &with(field(0xcafe, b"")), "ok");
    check("aligned with zeros", &with(vec![0; 7]), "ok");
    check("cut short", &with(b"\x55\x54\x09\0abc".to_vec()), "archive-extra-field");
    check("rest", &with(b"\x55\x54\0\0ab".to_vec()), "archive-extra-field");
}

#[test]
fn special_files_and_rights() {
    for mode in [0o020_644, 0o060_644, 0o010_644, 0o140_644] {
        check("special", &zip([Entry::stored("a", b"").mode(mode)]).bytes(), "archive-special-file");
    }
    check("set-user-id", &zip([Entry::stored("a", b"x").mode(0o104_755)]).bytes(), "archive-set-id");
    check("set-group-id", &zip([Entry::stored("a", b"x").mode(0o102_755)]).bytes(), "archive-set-id");
    check("shared directory", &zip([Entry::directory("d/").mode(0o042_775)]).bytes(), "ok");
    let executable =
        zip([Entry::stored("a", b"x").mode(0o100_755), Entry::stored("b", b"x").mode(0o100_755)]);
    check_notes("executable", &executable.bytes(), &["archive-executable"]);
}

#[test]
fn a_report_lists_what_is_there() {
    let report = look(
        &zip([Entry::directory("d/"), Entry::deflated("d/a", b"text"), Entry::link("l", "d/a")]).bytes(),
    );
    let entries: Vec<_> =
        report.entries.iter().map(|entry| (entry.name.as_str(), &entry.kind, entry.size)).collect();
    let link = EntryKind::SymbolicLink("d/a".into());
    assert_eq!(entries, [("l", &link, 3), ("d", &EntryKind::Directory, 0), ("d/a", &EntryKind::File, 4)]);
    assert_eq!((report.format, report.output_bytes, report.total_entries), (Some(Format::Zip), 7, 3));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["entries"][0]["kind"], "symbolic-link");
    assert_eq!(json["entries"][0]["target"], "d/a");
    assert_eq!((&json["format"], json["findings"].as_array().map(Vec::len)), (&"zip".into(), Some(0)));
}

#[test]
fn findings_name_the_place() {
    let report =
        look(&zip([Entry::stored("a", b"x"), Entry::stored("b", b"yy").local(|head| head.crc = 7)]).bytes());
    let finding = report.verdict().findings()[0].clone();
    assert_eq!((finding.code(), finding.subject()), ("archive-header-mismatch", Some("b")));
    assert_eq!(finding.span().map(|span| (span.start, span.end)), Some((32, 62)));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["findings"][0]["span"], serde_json::json!([32, 62]));
}

#[test]
fn the_scan_alone_sees_the_structure() {
    let sound = zip([Entry::deflated("a", b"text"), Entry::stored("b", b"")]).bytes();
    assert_eq!(scan_zip(Cursor::new(sound), &Limits::default()), Ok(2));
    let torn = zip([Entry::stored("a", b"x").local(|head| head.size = 9)]).bytes();
    assert_eq!(
        scan_zip(Cursor::new(torn), &Limits::default()).unwrap_err().code(),
        "archive-header-mismatch"
    );
}

#[test]
fn sixty_five_thousand_entries_need_no_zip64() {
    let many =
        zip((0..65_535).map(|number| Entry::stored(format!("d{}/f{number}", number % 100), b""))).bytes();
    let limits = Limits::default().entries(65_535);
    assert_eq!(scan_zip(Cursor::new(&many), &limits), Ok(65_535));
    let limits = Limits::default();
    assert_eq!(scan_zip(Cursor::new(&many), &limits).unwrap_err().code(), "archive-too-many-entries");
}

#[test]
fn every_prefix_is_refused() {
    let whole = zip([Entry::deflated("a", b"some text"), Entry::stored("b", b"x")]).bytes();
    for length in 0..whole.len() {
        assert!(!look(&whole[..length]).is_accepted(), "{length}");
    }
}

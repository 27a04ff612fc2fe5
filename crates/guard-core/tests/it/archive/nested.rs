//! Archives in archives: found by their first bytes, counted together.

use std::io::Cursor;

use guard_core::archive::{Format, Limits, inspect};

use super::build::streams::{bzip2, gzip, xz, zstd};
use super::build::tar::{Member, tar};
use super::build::zip::{Entry, zip};
use super::{check, check_notes, look, verdict};

fn zipped(data: &[u8]) -> Vec<u8> {
    zip([Entry::deflated("picture.png", data)]).bytes()
}

fn tarred(data: &[u8]) -> Vec<u8> {
    tar([Member::file("notes.txt", data)])
}

fn nest(levels: usize, pack: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    (0..levels).fold(b"text".to_vec(), |data, _| pack(&data))
}

#[test]
fn depth() {
    for pack in [
        zipped,
        tarred,
        gzip,
        bzip2,
        zstd,
        |data: &[u8]| xz(data, 1 << 16),
        |data: &[u8]| gzip(&tarred(data)),
    ] {
        check("three", &nest(3, pack), "ok");
        check("four", &nest(4, pack), "archive-too-deep");
        check("seven", &nest(7, pack), "archive-too-deep");
    }
    check("mixed", &zipped(&gzip(&tarred(&zipped(b"text")))), "ok");
    check("mixed, one more", &bzip2(&zipped(&gzip(&tarred(&zipped(b"text"))))), "archive-too-deep");
    let one = Limits::default().depth(1);
    assert_eq!(verdict(&inspect(Cursor::new(zipped(b"text")), &one)), "ok");
    assert_eq!(verdict(&inspect(Cursor::new(zipped(&zipped(b""))), &one)), "archive-too-deep");
}

#[test]
fn inner_archives_have_any_name() {
    let report =
        look(&zip([Entry::stored("holiday.jpg", &tarred(b"x")), Entry::stored("a.zip", b"no zip")]).bytes());
    let holds: Vec<_> = report.entries.iter().map(|entry| entry.holds).collect();
    assert_eq!((holds, report.total_entries), (vec![Some(Format::Tar), None], 3));
}

#[test]
fn what_is_broken_inside_is_a_file() {
    let broken = &zipped(b"x")[..50];
    check_notes("zip", &zipped(broken), &["archive-inner-unread"]);
    check_notes("gzip", &tarred(&gzip(b"x")[..9]), &["archive-inner-unread"]);
    check_notes("rar", &zipped(b"Rar!\x1a\x07\x01\0"), &["archive-inner-unread"]);
    let encrypted = zip([Entry::stored("a", b"x").both(|head| head.flags |= 1)]).bytes();
    check_notes("encrypted", &zipped(&encrypted), &["archive-inner-unread"]);
    let ambiguous = zip([Entry::stored("a", b"x"), Entry::stored("A", b"x")]).bytes();
    check_notes("ambiguous", &zipped(&ambiguous), &["archive-inner-unread"]);
    check_notes(
        "with .git",
        &zipped(&zip([Entry::stored(".git/config", b"x")]).bytes()),
        &["archive-inner-unread"],
    );
}

#[test]
fn what_escapes_inside_escapes() {
    check("name", &zipped(&tar([Member::file("../x", b"")])), "path-outside-root");
    check("link", &gzip(&tarred(&tar([Member::symbolic_link("l", "/etc")]))), "archive-link-escapes");
    check("device", &tarred(&tar([Member::new(b'3', "null")])), "archive-special-file");
    let twice =
        zip([Entry::stored("b", b"x"), Entry::stored("a", b"y").with(|a| a.offset = Some(0))]).bytes();
    check("overlap", &tarred(&twice), "archive-overlap");
    let report = look(&zipped(&tar([Member::file("../x", b"")])));
    assert_eq!(report.verdict().findings()[0].subject(), Some("picture.png: ../x"));
}

#[test]
fn secrets_inside_are_reported() {
    check_notes("secret", &zipped(&tar([Member::file("app/.env", b"x")])), &["archive-secret-name"]);
}

#[test]
fn one_budget_for_all_levels() {
    let limits = Limits::default().output_bytes(30);
    // 10 bytes in each of two inner archives, and the archives themselves.
    let inner = gzip(b"0123456789");
    let bytes = zip([Entry::stored("a", &inner), Entry::stored("b", &inner)]).bytes();
    assert_eq!(verdict(&inspect(Cursor::new(&bytes), &limits)), "archive-too-large");
    let limits = Limits::default().output_bytes(2 * (inner.len() as u64 + 10));
    assert_eq!(verdict(&inspect(Cursor::new(&bytes), &limits)), "ok");
    let limits = Limits::default().entries(3);
    assert_eq!(verdict(&inspect(Cursor::new(&bytes), &limits)), "archive-too-many-entries");
    let limits = Limits::default().entries(4);
    assert_eq!(verdict(&inspect(Cursor::new(&bytes), &limits)), "ok");
}

//! gzip, bzip2, xz and zstd.

use super::build::streams::{bzip2, gzip, xz, zstd, zstd_bomb, zstd_with_window};
use super::build::tar::{Member, tar};
use super::{check, look};
use guard_core::archive::Format;

const TEXT: &[u8] = b"some text, some text, and some more text";

#[test]
fn files_and_tars() {
    let content = tar([Member::file("a", TEXT)]);
    for (class, pack) in [
        ("gzip", gzip as fn(&[u8]) -> Vec<u8>),
        ("bzip2", bzip2),
        ("xz", |data| xz(data, 1 << 16)),
        ("zstd", zstd),
    ] {
        let report = look(&pack(TEXT));
        assert!(report.is_accepted(), "{class}: {:?}", report.verdict());
        assert_eq!(
            (report.entries[0].name.as_str(), report.entries[0].size),
            ("content", TEXT.len() as u64),
            "{class}"
        );
        assert!(look(&pack(b"")).is_accepted(), "{class}: nothing");
        let sound = look(&pack(&content));
        let report = &sound;
        assert!(report.is_accepted(), "{class}: {:?}", report.verdict());
        assert_eq!(
            (report.entries[0].name.as_str(), report.output_bytes),
            ("a", TEXT.len() as u64),
            "{class}"
        );
        let packed = pack(&content);
        for length in 0..packed.len() {
            assert!(!look(&packed[..length]).is_accepted(), "{class}: {length}");
        }
        let behind = [packed.clone(), b"more".to_vec()].concat();
        assert!(!look(&behind).is_accepted(), "{class}: bytes behind");
        // The encoder of zstd at hand writes no checksum.
        for at in (0..packed.len()).filter(|_| class != "zstd") {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x10;
            let report = look(&damaged);
            // Some bits say nothing about what is inside: time, system and level of gzip, codes that are not used.
            assert!(!report.is_accepted() || report.entries == sound.entries, "{class}: {at} damaged");
        }
    }
}

#[test]
fn several_streams_are_one() {
    for (class, pack) in [
        ("gzip", gzip as fn(&[u8]) -> Vec<u8>),
        ("bzip2", bzip2),
        ("xz", |data| xz(data, 1 << 16)),
        ("zstd", zstd),
    ] {
        let whole = tar([Member::file("a", TEXT)]);
        let (one, other) = whole.split_at(700);
        let report = look(&[pack(one), pack(b""), pack(other)].concat());
        assert!(report.is_accepted(), "{class}: {:?}", report.verdict());
        assert_eq!(report.entries[0].size, TEXT.len() as u64, "{class}");
    }
}

#[test]
fn gzip_headers() {
    let packed = gzip(TEXT);
    let with =
        |flags: u8, fields: &[u8]| [&packed[..3], &[flags], &packed[4..10], fields, &packed[10..]].concat();
    check("name", &with(8, b"../../etc/passwd\0"), "ok");
    check("comment and field", &with(4 | 16, b"\x02\0xycomment\0"), "ok");
    check("name without end", &with(8, &[b'n'; 9_000]), "archive-name-too-long");
    check("flags of nobody", &with(0x20, b""), "archive-method-refused");
    let crc = crc32fast::hash(&with(2, b"")[..10]).to_le_bytes();
    check("checksum of the header", &with(2, &crc[..2]), "ok");
    check("a wrong one", &with(2, &[crc[0], !crc[1]]), "archive-damaged");
    check("zeros behind", &[packed.clone(), vec![0; 100]].concat(), "ok");
    let mut size = packed.clone();
    *size.last_mut().unwrap() ^= 1;
    check("a wrong size", &size, "archive-damaged");
    assert_eq!(look(&packed).format, Some(Format::Gzip));
}

#[test]
fn zstd_frames() {
    let skippable = |data: &[u8]| {
        [&b"\x53\x2a\x4d\x18"[..], &u32::try_from(data.len()).unwrap().to_le_bytes(), data].concat()
    };
    check("skippable in front", &[skippable(b"xyz"), zstd(TEXT)].concat(), "ok");
    check("skippable behind", &[zstd(TEXT), skippable(b"")].concat(), "ok");
    check("a small window", &zstd_with_window(20, TEXT), "ok");
    check("a frame without content size", &zstd_bomb(1), "ok");
    check("with a dictionary", b"\x28\xb5\x2f\xfd\x21\x07\x05\x29\0\0hello", "archive-method-refused");
}

#[test]
fn decoder_memory() {
    check("xz, 64 MiB", &xz(TEXT, 64 << 20), "ok");
    check("xz, 1 GiB", &xz(TEXT, 1 << 30), "archive-too-much-memory");
    check("zstd, 64 MiB", &zstd_with_window(26, TEXT), "ok");
    check("zstd, 2 GiB", &zstd_with_window(31, TEXT), "archive-too-much-memory");
}

#[test]
fn others_are_refused_by_name() {
    for magic in [
        &b"7z\xbc\xaf\x27\x1c\0\x04"[..],
        b"Rar!\x1a\x07\x01\0",
        b"MSCF\0\0\0\0",
        b"!<arch>\ndebian",
        b"LZIP\x01",
    ] {
        check("other", magic, "archive-format-refused");
    }
    for text in
        [&b"hello"[..], b"", b"PK", b"\x89PNG\r\n\x1a\n", b"BZh9 is no archive", b"%PDF-1.7", b"\x1f\x8b"]
    {
        check("none", text, "archive-unknown");
    }
}

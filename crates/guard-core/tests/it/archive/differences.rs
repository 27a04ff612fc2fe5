//! The fourteen ways in which two zip programs unpack one file differently ("My ZIP isn't your ZIP", USENIX Security
//! 2025), each beside a twin that differs in nothing else and is accepted.

use super::build::zip::{Descriptor, Entry, Head, field, unicode_path, zip, zip64};
use super::check;

fn a() -> Entry {
    Entry::deflated("a.txt", b"some text, some text, some text")
}

fn b() -> Entry {
    Entry::stored("b.txt", b"other")
}

#[track_caller]
fn one(class: &str, entry: Entry, want: &str) {
    check(class, &zip([entry.clone()]).bytes(), want);
    let other = || Entry::stored("other.bin", b"beside");
    check(class, &zip([other(), entry.clone()]).bytes(), want);
    check(class, &zip([entry, other()]).bytes(), want);
}

#[test]
fn a1_method() {
    one("twin", a(), "ok");
    one("local says stored", a().local(|head| head.method = 0), "archive-header-mismatch");
    one("directory says stored", a().central(|head| head.method = 0), "archive-header-mismatch");
    // Programs pass over an entry that asks for a later program, and Python refuses the archive.
    for (version, want) in
        [(20, "ok"), (45, "ok"), (51, "archive-method-refused"), (255, "archive-method-refused")]
    {
        let mut later = zip([a(), b()]).bytes();
        let at = later.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
        later[at + 6] = version;
        check("version", &later, want);
    }
    for method in [1, 9, 12, 14, 93, 95, 99] {
        one("method", a().both(|head| head.method = method), "archive-method-refused");
    }
}

#[test]
fn a2_sizes() {
    one("twin", b(), "ok");
    one("local size", a().local(|head| head.size += 1), "archive-header-mismatch");
    one("local packed size", a().local(|head| head.packed -= 1), "archive-header-mismatch");
    one("stored with two sizes", b().with(|b| b.central.size += 1), "archive-header-mismatch");
    one("both sizes too large", a().both(|head| head.size += 1), "archive-header-mismatch");
    one("both sizes too small", a().both(|head| head.size -= 1), "archive-header-mismatch");
    one("checksum", a().both(|head| head.crc ^= 1), "archive-damaged");
    one("local checksum", a().local(|head| head.crc ^= 1), "archive-header-mismatch");
    one(
        "data behind the stream",
        a().with(|a| {
            a.data.push(0);
            a.local.packed += 1;
            a.central.packed += 1;
        }),
        "archive-header-mismatch",
    );
}

#[test]
fn a2_zip64() {
    let long = |entry: Entry| {
        let (size, packed) = (entry.central.size.into(), entry.central.packed.into());
        entry.local(|head| {
            head.extra = zip64(&[size, packed]);
            (head.size, head.packed) = (u32::MAX, u32::MAX);
        })
    };
    one("twin: local header in zip64 form", long(a()), "ok");
    let both = |size: u64, packed: u64| {
        long(a()).central(|head| {
            head.extra = zip64(&[size, packed]);
            (head.size, head.packed) = (u32::MAX, u32::MAX);
        })
    };
    let (size, packed) = (u64::from(a().central.size), u64::from(a().central.packed));
    one("twin: both headers in zip64 form", both(size, packed), "ok");
    one("another size there", both(size + 1, packed), "archive-header-mismatch");
    one("another packed size there", both(size, packed + 1), "archive-header-mismatch");
    one("an impossible size there", both(u64::MAX, packed), "archive-header-mismatch");
    one("mark without the field", a().both(|head| head.size = u32::MAX), "archive-extra-field");
    one(
        "a field beside other numbers",
        a().central(|head| head.extra = zip64(&[size + 1, packed])),
        "archive-extra-field",
    );
    one(
        "twin: a field beside the same numbers",
        a().central(|head| head.extra = zip64(&[size, packed])),
        "ok",
    );
    let one_mark = |packed: u64| {
        a().central(|head| {
            head.extra = zip64(&[packed]);
            head.packed = u32::MAX;
        })
    };
    let by_zip_fz = a().central(|head| {
        head.extra = zip64(&[size]);
        head.size = u32::MAX;
    });
    one("twin: as zip -fz marks it", by_zip_fz, "ok");
    one("a mark for a number that fits", one_mark(packed), "archive-extra-field");
    one(
        "a field that is too short",
        both(size, packed).central(|head| head.extra = zip64(&[size])),
        "archive-extra-field",
    );
    one(
        "a field that is too long",
        both(size, packed).central(|head| head.extra = zip64(&[size, packed, 0])),
        "archive-extra-field",
    );
    one(
        "two fields",
        both(size, packed).central(|head| head.extra.extend(zip64(&[size, packed]))),
        "archive-extra-field",
    );
    one(
        "a local field of one number",
        long(a()).local(|head| head.extra = zip64(&[size])),
        "archive-extra-field",
    );
    one(
        "local field beside other numbers",
        a().local(|head| head.extra = zip64(&[size + 1, packed])),
        "archive-extra-field",
    );
}

#[test]
fn a3_names() {
    one("local name", a().local(|head| head.name = b"c.txt".to_vec()), "archive-header-mismatch");
    one(
        "local name of another length",
        a().local(|head| head.name = b"c/a.txt".to_vec()),
        "archive-header-mismatch",
    );
    one("twin: the name again", a().both(|head| head.extra = unicode_path(b"a.txt", b"a.txt")), "ok");
    one(
        "another Unicode name",
        a().both(|head| head.extra = unicode_path(b"a.txt", b"b.exe")),
        "archive-header-mismatch",
    );
    one(
        "only locally",
        a().local(|head| head.extra = unicode_path(b"a.txt", b"b.exe")),
        "archive-header-mismatch",
    );
    one(
        "with a wrong checksum",
        a().both(|head| head.extra = unicode_path(b"x", b"a.txt")),
        "archive-header-mismatch",
    );
    one("cut short", a().both(|head| head.extra = field(0x7075, b"\x01ab")), "archive-extra-field");
    one(
        "of a later version",
        a().both(|head| head.extra = field(0x7075, b"\x02aaaaa.txt")),
        "archive-extra-field",
    );
}

#[test]
fn a4_directories() {
    one("twin", Entry::directory("d/"), "ok");
    one("twin without attributes", Entry::directory("d/").host(0, 0), "ok");
    one("twin with the attribute of DOS", Entry::directory("d/").host(0, 0x10), "ok");
    one("twin: deflated nothing", Entry::deflated("d/", b"").mode(0o040_755), "ok");
    one("a file by mode", Entry::directory("d/").mode(0o100_644), "archive-kind-conflict");
    one("a directory by mode", b().mode(0o040_755), "archive-kind-conflict");
    one("a directory by the attribute of DOS", b().host(0, 0x10), "archive-kind-conflict");
    one("a directory with content", Entry::stored("d/", b"x").mode(0o040_755), "archive-kind-conflict");
    one("a link that is a directory", Entry::stored("d/", b"").mode(0o120_777), "archive-kind-conflict");
    one(
        "a link for some systems",
        Entry::link("l", "b.txt").host(0, 0o120_777 << 16),
        "archive-kind-conflict",
    );
}

#[test]
fn a5_encryption() {
    one("flag", a().both(|head| head.flags |= 1), "archive-encrypted");
    one("flag in the directory only", a().central(|head| head.flags |= 1), "archive-encrypted");
    one("flag locally only", a().local(|head| head.flags |= 1), "archive-header-mismatch");
    one("strong encryption", a().both(|head| head.flags |= 1 << 6), "archive-encrypted");
    one("hidden headers", a().both(|head| head.flags |= 1 << 13), "archive-encrypted");
    one("AES", a().both(|head| head.extra = field(0x9901, b"\x02\0AE\x03\x08\0")), "archive-encrypted");
    one("patched data", a().both(|head| head.flags |= 1 << 5), "archive-method-refused");
    one("flags of nobody", a().both(|head| head.flags |= 1 << 12), "archive-method-refused");
    one("twin: flags of effort", a().both(|head| head.flags |= 0b110), "ok");
    one("twin: other flags of effort", a().local(|head| head.flags |= 0b010), "ok");
}

#[test]
fn b1_duplicates() {
    check("twin", &zip([a(), b()]).bytes(), "ok");
    check("same", &zip([a(), a()]).bytes(), "archive-duplicate-name");
    check(
        "same with other content",
        &zip([a(), Entry::stored("a.txt", b"x")]).bytes(),
        "archive-duplicate-name",
    );
    check(
        "directories",
        &zip([Entry::directory("d/"), Entry::directory("d/")]).bytes(),
        "archive-duplicate-name",
    );
    let file_and_directory = [Entry::stored("d", b""), Entry::directory("d/")];
    check("file and directory", &zip(file_and_directory).bytes(), "archive-duplicate-name");
}

#[test]
fn b2_special_bytes() {
    for (name, want) in [
        ("a\0.txt", "path-nul"),
        ("a\n.txt", "path-control-character"),
        ("a\u{1b}[2J", "path-control-character"),
        ("a\u{7f}", "path-control-character"),
        ("a\u{85}b", "path-control-character"),
        ("a\\b", "path-outside-root"),
        ("a:b", "path-not-portable"),
        ("a|b", "path-not-portable"),
        ("a?", "path-not-portable"),
        ("a\u{202e}gpj.exe", "path-hidden-character"),
        ("a\u{200b}", "path-hidden-character"),
        ("a.txt ", "path-not-portable"),
        ("a.txt.", "path-not-portable"),
        ("grüße [1] (2) & ärger.txt", "ok"),
    ] {
        one(name, Entry::stored(name, b"x"), want);
    }
    one("not UTF-8", Entry::stored(b"a\xff", b"x"), "archive-name-encoding");
    one("no mark of UTF-8", Entry::stored("ä", b"x").both(|head| head.flags = 0), "archive-name-encoding");
    one(
        "mark in one place",
        Entry::stored("a", b"x").local(|head| head.flags |= 1 << 11),
        "archive-header-mismatch",
    );
}

#[test]
fn b3_forms() {
    one("twin", Entry::stored("d/a", b"x"), "ok");
    one("twin: packed from inside", Entry::stored("./a", b"x"), "ok");
    one("twin: the place itself", Entry::directory("./"), "ok");
    one("the place itself as a file", Entry::stored("./", b"x"), "archive-kind-conflict");
    let two = |one: &str, other: &str| zip([Entry::stored(one, b"1"), Entry::stored(other, b"2")]).bytes();
    check("with and without a dot", &two("./a", "a"), "archive-duplicate-name");
    check("and the other way", &two("d/a", "./d/a"), "archive-duplicate-name");
    for name in ["././a", "d/./a", "d//a", "d/a/.", "", ".", "./."] {
        one(name, Entry::stored(name, b"x"), "archive-name-form");
    }
    for name in
        ["/a", ".//a", "./../a", "../a", "d/../a", "d/..", "//a", "d/../../a", "\\a", "..\\a", "d\\..\\a"]
    {
        one(name, Entry::stored(name, b"x"), "path-outside-root");
    }
    for name in ["C:\\a", "C:a", "C:/a", "CON", "d/aux.txt", "com1", "NUL", "a/PRN.x", "PROGRA~1/a"] {
        let want = if name.contains('\\') { "path-outside-root" } else { "path-not-portable" };
        one(name, Entry::stored(name, b"x"), want);
    }
}

#[test]
fn b4_case() {
    let two = |one: &str, other: &str| zip([Entry::stored(one, b"1"), Entry::stored(other, b"2")]).bytes();
    check("twin", &two("a.txt", "ab.txt"), "ok");
    for (one, other) in [
        ("a.txt", "A.TXT"),
        ("d/a", "D/a"),
        ("ä", "Ä"),
        ("\u{e4}", "a\u{308}"),
        ("stra\u{df}e", "STRASSE"),
        ("\u{1e9e}", "\u{df}"),
        ("\u{212a}", "k"),
        ("\u{3c3}", "\u{3c2}"),
    ] {
        check(one, &two(one, other), "archive-duplicate-name");
    }
    check("a file where another has a directory", &two("d", "D/a"), "archive-name-conflict");
    check("in the other order", &two("D/a", "d"), "archive-name-conflict");
}

#[test]
fn c1_directory_and_data() {
    check("twin in another order", &zip([a(), b()]).with(|zip| zip.is_reversed = true).bytes(), "ok");
    let hidden = |entry: Entry| entry.with(|entry| entry.is_listed = false);
    check("an unlisted entry in front", &zip([hidden(a()), b()]).bytes(), "archive-hidden-bytes");
    check("between", &zip([b(), hidden(a()), Entry::stored("c", b"x")]).bytes(), "archive-hidden-bytes");
    check("at the end", &zip([b(), hidden(a())]).bytes(), "archive-hidden-bytes");
    check("listed and not there", &zip([b(), a().with(|a| a.is_present = false)]).bytes(), "archive-overlap");
    check(
        "bytes between",
        &zip([b(), a().with(|a| a.before = b"x".to_vec())]).bytes(),
        "archive-hidden-bytes",
    );
    check(
        "bytes before the directory",
        &zip([a()]).with(|zip| zip.gap = vec![0; 9]).bytes(),
        "archive-hidden-bytes",
    );
}

#[test]
fn c1_descriptors() {
    for descriptor in [Descriptor::Short, Descriptor::Signed, Descriptor::LongSigned, Descriptor::Long] {
        one("twin", a().streamed(descriptor), "ok");
        one(
            "sums",
            a().streamed(descriptor).with(|a| *a.descriptor.last_mut().unwrap() ^= 1),
            "archive-header-mismatch",
        );
        one("none", a().streamed(descriptor).with(|a| a.descriptor.clear()), "archive-header-mismatch");
        one(
            "cut",
            a().streamed(descriptor).with(|a| a.descriptor.truncate(a.descriptor.len() - 1)),
            "archive-hidden-bytes",
        );
    }
    one(
        "checksum",
        a().streamed(Descriptor::Signed).with(|a| a.descriptor[4] ^= 1),
        "archive-header-mismatch",
    );
    one("no flag", a().streamed(Descriptor::Signed).both(|head| head.flags = 0), "archive-header-mismatch");
    one(
        "flag in one place",
        a().streamed(Descriptor::Signed).local(|head| head.flags = 0),
        "archive-header-mismatch",
    );
    one("flag without a descriptor", a().both(|head| head.flags |= 8), "archive-header-mismatch");
    // bsdtar knows the size of a file before it packs it.
    for (class, change, want) in [
        ("size alone", (|head: &mut Head| head.size = 0) as fn(&mut Head), "archive-header-mismatch"),
        ("packed size alone", |head| head.packed = 0, "archive-header-mismatch"),
        ("both sizes", |head| (head.packed, head.size) = (0, 0), "archive-header-mismatch"),
        ("twin: checksum alone", |head| head.crc = 0, "ok"),
        ("twin: all but the size", |head| (head.crc, head.packed) = (0, 0), "ok"),
    ] {
        let known = |head: &mut Head| {
            let Head { crc, packed, size, .. } = a().central;
            (head.crc, head.packed, head.size) = (crc, packed, size);
        };
        let partly = a().streamed(Descriptor::Signed).local(known).local(change);
        one(&format!("unknown: {class}"), partly, want);
    }
    one(
        "a width that the local header does not announce",
        a().streamed(Descriptor::LongSigned).local(|head| {
            head.extra.clear();
            (head.packed, head.size) = (0, 0);
        }),
        "archive-header-mismatch",
    );
    one(
        "twin: sizes known all the same",
        a().streamed(Descriptor::Signed).local(|head| {
            let entry = a();
            (head.crc, head.packed, head.size) =
                (entry.central.crc, entry.central.packed, entry.central.size);
        }),
        "ok",
    );
}

#[test]
fn c1_streamed_and_stored() {
    one("twin", b().streamed(Descriptor::Signed), "ok");
    one("no signature to find the end by", b().streamed(Descriptor::Short), "archive-header-mismatch");
    let hiding = Entry::stored("b", b"xPK\x07\x08\0\0\0\0\x01\0\0\0\x01\0\0\0PPK\x03\x04");
    one("a descriptor inside", hiding.clone().streamed(Descriptor::Signed), "archive-header-mismatch");
    one("twin: with the size known", hiding, "ok");
}

#[test]
fn c2_end_records() {
    let other = zip([b()]).bytes();
    let end = other[other.len() - 22..].to_vec();
    let commented = |comment: Vec<u8>| zip([a()]).with(|zip| zip.comment = comment).bytes();
    check("twin with a comment", &commented(b"a comment".to_vec()), "ok");
    check("an end record as comment", &commented(end.clone()), "archive-end-record");
    check(
        "an end record in the comment",
        &commented([&b"x"[..], &end, b"yy"].concat()),
        "archive-end-record",
    );
    let noted = |comment: Vec<u8>| zip([a().with(|a| a.comment = comment), b()]).bytes();
    check("twin with a note", &noted(b"PK said so".to_vec()), "ok");
    for signature in [b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"] {
        let text = [&b"x"[..], signature, b"y"].concat();
        check("a record in the comment", &commented(text.clone()), "archive-end-record");
        check("a record in a note", &noted(text), "archive-end-record");
    }
    let shadow = |at_end: usize| {
        // Its comment would be everything behind it.
        let rest = u16::try_from(at_end).unwrap().to_le_bytes();
        [&end[..20], &rest].concat()
    };
    let probe = zip([Entry::stored("c", &shadow(0))]).bytes();
    let at = probe.windows(4).position(|four| four == b"PK\x05\x06").unwrap();
    let hiding = zip([Entry::stored("c", &shadow(probe.len() - at - 22))]).bytes();
    check("an end record in the data that reaches the end", &hiding, "archive-end-record");
    check("twin: one that does not", &probe, "ok");
    let suffixed = |suffix: &[u8]| zip([a()]).with(|zip| zip.suffix = suffix.to_vec()).bytes();
    check("bytes at the end", &suffixed(b"x"), "archive-end-record");
    check("zeros at the end", &suffixed(&[0; 512]), "archive-end-record");
    check("a second archive", &[zip([a()]).bytes(), zip([b()]).bytes()].concat(), "archive-hidden-bytes");
    check("disk", &zip([a()]).with(|zip| zip.end.disk = 1).bytes(), "archive-end-record");
    check("none", &zip([a()]).bytes()[..40], "archive-truncated");
}

#[test]
fn c3_counts() {
    for by in [-1, 1, 5] {
        check("entries", &zip([a(), b()]).with(|zip| zip.end.entries = by).bytes(), "archive-end-record");
        check(
            "on this disk",
            &zip([a(), b()]).with(|zip| zip.end.entries_here = by).bytes(),
            "archive-end-record",
        );
    }
    check("twin: none", &zip([]).bytes(), "ok");
    check("none, but bytes", &zip([]).with(|zip| zip.prefix = vec![0; 4]).bytes(), "archive-hidden-bytes");
}

#[test]
fn c4_directory_offset() {
    for by in [-1, 1, 7] {
        check(
            "start",
            &zip([a(), b()]).with(|zip| zip.end.start = by).bytes(),
            match by {
                -1 => "archive-hidden-bytes",
                _ => "archive-end-record",
            },
        );
        check(
            "size",
            &zip([a(), b()]).with(|zip| zip.end.size = by).bytes(),
            match by {
                -1 => "archive-hidden-bytes",
                _ => "archive-end-record",
            },
        );
    }
    check(
        "a prefix",
        &zip([a()]).with(|zip| zip.prefix = b"#!/bin/sh\n".to_vec()).bytes(),
        "archive-hidden-bytes",
    );
    check(
        "before the end",
        &zip([a()]).with(|zip| zip.gap_before_end = vec![1; 3]).bytes(),
        "archive-hidden-bytes",
    );
    let elsewhere = |offset: u32| zip([a().with(|a| a.offset = Some(offset)), b()]).bytes();
    check("an entry elsewhere", &elsewhere(1), "archive-hidden-bytes");
    check("an entry far away", &elsewhere(1 << 30), "archive-hidden-bytes");
    let twice = zip([b(), a().with(|a| a.offset = Some(0))]).bytes();
    check("two entries in one place", &twice, "archive-overlap");
    check("disk of an entry", &zip([a().with(|a| a.disk = 1)]).bytes(), "archive-extra-field");
}

#[test]
fn c5_zip64_end() {
    let long = || zip([a(), b()]).with(|zip| zip.zip64 = true);
    check("twin", &long().bytes(), "ok");
    check("twin with marks", &long().with(|zip| zip.end.marks = true).bytes(), "ok");
    check("marks without it", &zip([a()]).with(|zip| zip.end.marks = true).bytes(), "archive-end-record");
    for by in [-1, 1] {
        check("entries", &long().with(|zip| zip.end.long_entries = by).bytes(), "archive-end-record");
        check(
            "entries with marks",
            &long()
                .with(|zip| {
                    zip.end.long_entries = by;
                    zip.end.marks = true;
                })
                .bytes(),
            "archive-end-record",
        );
        check("size", &long().with(|zip| zip.end.long_size = by).bytes(), "archive-end-record");
        check("start", &long().with(|zip| zip.end.long_start = by).bytes(), "archive-end-record");
        check("place", &long().with(|zip| zip.end.long_offset = by).bytes(), "archive-end-record");
        check("length", &long().with(|zip| zip.end.long_length = by).bytes(), "archive-end-record");
    }
    check("disks", &long().with(|zip| zip.end.disks = Some(2)).bytes(), "archive-end-record");
    check("before it", &long().with(|zip| zip.gap_before_end = vec![0; 8]).bytes(), "archive-hidden-bytes");
}

//! TAR rules.

use super::build::tar::{GNU, Member, OLD, tar};
use super::{check, check_notes, look};
use guard_core::archive::{EntryKind, Format};

fn file() -> Member {
    Member::file("a.txt", b"text")
}

#[track_caller]
fn one(class: &str, members: impl IntoIterator<Item = Member>, want: &str) {
    let members: Vec<_> = members.into_iter().collect();
    check(class, &tar(members.clone()), want);
    check(
        class,
        &tar([vec![Member::file("z", b"1")], members, vec![Member::file("y", b"2")]].concat()),
        want,
    );
}

#[test]
fn dialects() {
    for magic in [super::build::tar::POSIX, GNU, OLD] {
        one("dialect", [file().with(|file| file.magic = magic)], "ok");
    }
    one("with directories kept apart", [file().with(|file| file.prefix = b"some/where".to_vec())], "ok");
    one("that leave", [file().with(|file| file.prefix = b"../where".to_vec())], "path-outside-root");
    // Python and 7-Zip put the prefix in front whoever wrote it; GNU tar and bsdtar do not.
    for magic in [GNU, OLD, *b"ustarX00", *b"ustar   "] {
        one(
            "a prefix of an unclear writer",
            [file().with(|file| (file.magic, file.prefix) = (magic, b"etc".to_vec()))],
            "archive-header-mismatch",
        );
    }
    one("nearly POSIX", [file().with(|file| file.magic = *b"ustarX00")], "archive-header-mismatch");
    one("POSIX of no version", [file().with(|file| file.magic = *b"ustar\0\0\0")], "ok");
    one("directory", [Member::directory("d/"), Member::directory("e"), Member::file("d/x", b"")], "ok");
    one("old directory", [Member::new(0, "d/").with(|old| old.magic = OLD)], "ok");
    one("file with a slash", [Member::new(b'0', "d/")], "archive-kind-conflict");
    let old_file = Member::new(b'0', "d/").with(|file| file.magic = OLD);
    one("old file with a slash", [old_file], "archive-kind-conflict");
    check("the place itself", &tar([Member::directory("./"), Member::file("./a", b"x")]), "ok");
}

/// Python takes a header with such a number for the end, and shows nothing of what follows.
#[test]
fn numbers_that_nothing_follows_from() {
    let with = |at: usize, bytes: &[u8]| [file().with(|file| file.over = Some((at, bytes.to_vec())))];
    for (class, at, width) in
        [("user", 108, 8), ("group", 116, 8), ("time", 136, 12), ("major", 329, 8), ("minor", 337, 8)]
    {
        for (number, want) in [("1 ", "ok"), ("", "ok"), ("00x", "archive-number"), ("8", "archive-number")] {
            let mut field = number.as_bytes().to_vec();
            field.resize(width, 0);
            one(class, with(at, &field), want);
        }
    }
    one("a negative user", with(108, &[0xff; 8]), "archive-number");
    one("a user of 33 bits", with(108, b"\x80\0\0\x01\0\0\0\0"), "archive-number");
    one("twin: a large user", with(108, b"\x80\0\0\0\0\x2d\xc6\xc0"), "ok");
    one("a time far away", with(136, b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff"), "archive-number");
    one("twin: before 1970", with(136, &[0xff; 12]), "ok");
}

#[test]
fn nothing_at_all() {
    for blocks in [2, 20, 62] {
        let nothing = vec![0; blocks * 512];
        assert_eq!(look(&nothing).format, Some(Format::Tar));
        check("tar of no names", &nothing, "ok");
        let packed = super::build::streams::gzip(&nothing);
        check("compressed", &packed, "ok");
        assert_eq!(look(&packed).entries, []);
    }
    check("no whole block", &[0; 1_025], "archive-unknown");
    check("one block", &[0; 512], "archive-unknown");
    check("zeros of another kind of file", &[0; 1 << 20], "archive-unknown");
    let mut image = vec![0; 10_240];
    image[9_000] = 1;
    check("something in it", &image, "archive-unknown");
    assert_eq!(look(&super::build::streams::gzip(&image)).entries.len(), 1);
}

#[test]
fn long_names() {
    let long = "long/".repeat(40) + "name";
    one("GNU", [Member::long(b'L', &long), file()], "ok");
    one("pax", [Member::pax(&[("path", &long)]), file()], "ok");
    let report = look(&tar([Member::pax(&[("path", &long)]), file()]));
    assert_eq!(report.entries[0].name, long);
    one("GNU that leaves", [Member::long(b'L', "../x"), file()], "path-outside-root");
    one("pax that leaves", [Member::pax(&[("path", "../x")]), file()], "path-outside-root");
    one("both", [Member::long(b'L', "b"), Member::pax(&[("path", "c")]), file()], "archive-pax-header");
    one("GNU twice", [Member::long(b'L', "b"), Member::long(b'L', "c"), file()], "archive-pax-header");
    one(
        "pax twice",
        [Member::pax(&[("path", "b")]), Member::pax(&[("path", "c")]), file()],
        "archive-pax-header",
    );
    one("link", [Member::long(b'K', "y/../z"), Member::symbolic_link("l", "x")], "archive-link-target");
    one("too long", [Member::long(b'L', &"n".repeat(2_000)), file()], "archive-name-too-long");
    check("nothing behind", &tar([file(), Member::pax(&[("path", "b")])]), "archive-pax-header");
}

#[test]
fn sizes() {
    one("the same", [Member::pax(&[("size", "4")]), file()], "ok");
    one("another, smaller", [Member::pax(&[("size", "0")]), file()], "archive-size-conflict");
    one("another, larger", [Member::pax(&[("size", "1024")]), file()], "archive-size-conflict");
    one(
        "a hidden one",
        [Member::pax(&[("size", "1024")]), file().with(|file| file.size = Some(0))],
        "archive-size-conflict",
    );
    one(
        "directory with content",
        [Member::directory("d").with(|d| d.data = vec![1; 512])],
        "archive-size-conflict",
    );
    one(
        "link with content",
        [Member::symbolic_link("l", "x").with(|l| l.data = vec![1])],
        "archive-size-conflict",
    );
    check("beyond the end", &tar([file().with(|file| file.size = Some(9_999))]), "archive-truncated");
    one(
        "malformed record",
        [file().with(|file| (file.kind, file.data) = (b'x', b"5 a=b".to_vec())), file()],
        "archive-pax-header",
    );
    one("empty path", [Member::pax(&[("path", "")]), file()], "archive-pax-header");
}

#[test]
fn numbers() {
    let mut negative = Member::file("a", b"");
    negative.mode = 0;
    let mut bytes = tar([Member::file("z", b""), negative]);
    bytes[512 + 124..512 + 136].copy_from_slice(b"-0000000001\0");
    let sum: u32 = bytes[512..1_024]
        .iter()
        .enumerate()
        .filter(|(at, _)| !(148..156).contains(at))
        .map(|(_, byte)| u32::from(*byte))
        .sum();
    let sum = format!("{:06o}\0 ", sum + 8 * 32);
    bytes[512 + 148..512 + 156].copy_from_slice(sum.as_bytes());
    check("negative size", &bytes, "archive-number");
}

#[test]
fn global_headers() {
    let comment = Member::global(&[("comment", "0123456789012345678901234567890123456789")]);
    check_notes("git archive", &tar([comment, file()]), &[]);
    one("a name for all", [Member::global(&[("path", "b")]), file()], "archive-pax-header");
    one("a size for all", [Member::global(&[("size", "4")]), file()], "archive-pax-header");
}

#[test]
fn types() {
    for kind in [b'3', b'4', b'6'] {
        one("special", [Member::new(kind, "x")], "archive-special-file");
    }
    one("sparse", [Member::new(b'S', "x")], "archive-sparse");
    one("pax sparse", [Member::pax(&[("GNU.sparse.major", "1")]), file()], "archive-sparse");
    for kind in [b'7', b'D', b'M', b'V', b'N', b'X', b'A', b'!', 0xff] {
        one("unknown", [Member::new(kind, "x")], "archive-entry-type");
    }
}

#[test]
fn rights() {
    one("set-user-id", [file().with(|file| file.mode = 0o4755)], "archive-set-id");
    one("set-group-id", [file().with(|file| file.mode = 0o2755)], "archive-set-id");
    one("set-user-id directory", [Member::directory("d").with(|d| d.mode = 0o4755)], "archive-set-id");
    one("shared directory", [Member::directory("d").with(|d| d.mode = 0o2775)], "ok");
    check_notes("executable", &tar([file().with(|file| file.mode = 0o755)]), &["archive-executable"]);
}

#[test]
fn names_twice() {
    one("file", [file(), file()], "archive-duplicate-name");
    one("letter case", [file(), Member::file("A.TXT", b"")], "archive-duplicate-name");
    one("directory again, which changes nothing", [Member::directory("d"), Member::directory("d")], "ok");
    one("directory in another case", [Member::directory("d"), Member::directory("D")], "ok");
    one("file and directory", [file(), Member::directory("a.txt")], "archive-duplicate-name");
    one("below a file", [file(), Member::file("a.txt/x", b"")], "archive-name-conflict");
    one("below a link", [Member::symbolic_link("l", "d"), Member::file("l/x", b"")], "archive-name-conflict");
    one(
        "a link over a directory",
        [Member::file("l/x", b""), Member::symbolic_link("l", "d")],
        "archive-name-conflict",
    );
    one("a link over a file", [file(), Member::symbolic_link("a.txt", "d")], "archive-duplicate-name");
}

#[test]
fn ends() {
    let whole = tar([file()]);
    check("one block of zeros", &whole[..whole.len() - 512], "ok");
    check("none", &whole[..whole.len() - 1_024], "ok");
    check("many", &[whole.clone(), vec![0; 9_000]].concat(), "ok");
    check("something behind", &[whole.clone(), vec![1]].concat(), "archive-hidden-bytes");
    check("a second archive", &[whole.clone(), whole.clone()].concat(), "archive-hidden-bytes");
    check("half a block", &whole[..whole.len() - 1_024 - 100], "archive-truncated");
    check("half a header", &whole[..300], "archive-truncated");
    one("checksum", [Member::file("z2", b""), file().with(|file| file.checksum = 1)], "archive-damaged");
}

#[test]
fn a_report_lists_what_is_there() {
    let report = look(&tar([
        Member::directory("d/"),
        Member::file("d/a", b"text"),
        Member::hard_link("h", "d/a"),
        Member::symbolic_link("l", "d/a"),
    ]));
    let kinds: Vec<_> =
        report.entries.iter().map(|entry| (entry.name.as_str(), entry.kind.clone(), entry.offset)).collect();
    assert_eq!(
        kinds,
        [
            ("d", EntryKind::Directory, 0),
            ("d/a", EntryKind::File, 512),
            ("h", EntryKind::HardLink("d/a".into()), 1_536),
            ("l", EntryKind::SymbolicLink("d/a".into()), 2_048),
        ]
    );
    assert_eq!(report.format, Some(Format::Tar));
}

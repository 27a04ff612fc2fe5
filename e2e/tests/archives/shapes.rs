//! Archives that differ in one respect from a sound one, as a grid: what programs disagree about, and its twins.
//!
//! # What counts as ambiguous
//!
//! A shape is ambiguous where the format leaves a reader a choice: two places that say different things, a place that
//! says what another has to explain and does not, a name that is not the same name on every system. It is a twin, and
//! its name says so, where every reading of the format gives the same tree, however unusual it is written:
//!
//! - a byte in a name is ordinary if it is printable ASCII and none of `"*:<>?\|`; `a!b` is a file called `a!b`;
//! - sizes are ordinary if each place has the right number, has it in the zip64 field, or says that it comes later
//!   (see [`is_ordinary`]).
//!
//! The generator of the paper counts both kinds together: of its 5,927 files, 99 are accepted, all of them twins in this
//! sense (62 names such as `a!b`, 36 ways to write sizes, an empty directory). Here, ambiguous ones are refused without
//! exception, and twins that are accepted have to be the same tree to every tool.

use super::tar::{GNU, Member, OLD, POSIX, tar};
use super::zip::{Descriptor, Entry, Head, Zip, unicode_path, zip, zip64};

/// A name for messages, and the archive.
pub(crate) type Shape = (String, Vec<u8>);

fn a() -> Entry {
    Entry::deflated("a.txt", b"some text, some text, some text")
}

fn b() -> Entry {
    Entry::stored("b.txt", b"other")
}

/// Sizes in the two headers, the two zip64 fields and the descriptor: known, zero, marked, in every combination
/// ("My ZIP isn't your ZIP", class A2).
pub(crate) fn sizes() -> Vec<Shape> {
    let mut shapes = Vec::new();
    for flags in 0..32_u32 {
        for descriptor in
            [None, Some(Descriptor::Short), Some(Descriptor::Signed), Some(Descriptor::LongSigned)]
        {
            for lying in if descriptor.is_some() { 0..4_u32 } else { 0..1 } {
                for marks in 0..16_u32 {
                    let entry = sized(flags, descriptor, lying, marks);
                    let twin = if is_ordinary(flags, descriptor, lying, marks) { "twin: " } else { "" };
                    let name = format!("{twin}sizes {flags} {descriptor:?} {lying} {marks}");
                    shapes.push((name, zip([entry]).bytes()));
                }
            }
        }
    }
    shapes
}

/// Whether sizes are said in one way only, by the words of the format (APPNOTE 4.3.9, 4.4.4, 4.5.3): the descriptor and
/// the directory have the right numbers, and the local header has them or, where a descriptor follows, zeros.
fn is_ordinary(flags: u32, descriptor: Option<Descriptor>, lying: u32, marks: u32) -> bool {
    let is_stored = flags & 1 == 0;
    let (local_zeros, central_zeros) = (flags >> 1 & 3, flags >> 3);
    let (local_marks, central_marks) = (marks & 3, marks >> 2);
    // The directory's field has only what is marked, so who takes its first number for the size errs with the packed
    // size alone. The local one has both or nothing.
    let is_well_marked = central_marks != 1 && matches!(local_marks, 0 | 3);
    let is_later = match (descriptor, local_zeros) {
        (None, zeros) => zeros == 0,
        // Whoever knows the packed size knows the size.
        (_, 2) => false,
        // Only its signature ends what is stored and of unknown length.
        (Some(Descriptor::Short | Descriptor::Long), 1 | 3) if is_stored => false,
        (Some(_), _) => true,
    };
    // The local field announces numbers of eight bytes.
    let is_wide = matches!(descriptor, Some(Descriptor::Long | Descriptor::LongSigned));
    let is_announced = descriptor.is_none() || is_wide == (local_marks == 3);
    central_zeros == 0 && lying == 0 && is_well_marked && is_later && is_announced
}

fn sized(flags: u32, descriptor: Option<Descriptor>, lying: u32, marks: u32) -> Entry {
    let plain = b"size, size, size, size";
    let mut entry =
        if flags & 1 == 0 { Entry::stored("test", plain) } else { Entry::deflated("test", plain) };
    let (packed, size) = (entry.central.packed, entry.central.size);
    if let Some(descriptor) = descriptor {
        entry = entry.streamed(descriptor);
        entry.local.extra.clear();
        let width = if descriptor == Descriptor::LongSigned { 8 } else { 4 };
        let length = entry.descriptor.len();
        for (bit, at) in [(1, length - 2 * width), (2, length - width)] {
            if lying & bit != 0 {
                entry.descriptor[at..at + 4].fill(0);
            }
        }
    }
    let zeroed = |head: &mut Head, bits: u32| {
        head.packed = if bits & 1 == 0 { packed } else { 0 };
        head.size = if bits & 2 == 0 { size } else { 0 };
    };
    let marked = |head: &mut Head, bits: u32| {
        let mut numbers = Vec::new();
        for (bit, number) in [(2, &mut head.size), (1, &mut head.packed)] {
            if bits & bit != 0 {
                numbers.push(u64::from(*number));
                *number = u32::MAX;
            }
        }
        if !numbers.is_empty() {
            head.extra.extend(zip64(&numbers));
        }
    };
    zeroed(&mut entry.local, flags >> 1);
    zeroed(&mut entry.central, flags >> 3);
    marked(&mut entry.local, marks);
    marked(&mut entry.central, marks >> 2);
    entry
}

/// One byte in a name, each of the 256, as several systems would have written it (class B2).
pub(crate) fn bytes_of_names() -> Vec<Shape> {
    let hosts = [0, 3];
    let name = |byte: u8| [b'a', byte, b'b'];
    let shape = |(byte, host): (u8, u8)| {
        let entry = Entry::stored(name(byte), b"").both(|head| head.flags = 0).host(host, 0);
        let is_ordinary = matches!(byte, b' '..=b'~') && !br#""*:<>?\|"#.contains(&byte);
        let twin = if is_ordinary { "twin: " } else { "" };
        (format!("{twin}byte {byte:02x} of {host}"), zip([entry]).bytes())
    };
    (0..=u8::MAX).flat_map(|byte| hosts.map(|host| (byte, host))).map(shape).collect()
}

/// The other classes: each with its sound twin.
pub(crate) fn differences() -> Vec<Shape> {
    let one =
        |name: &str, entry: Entry| (name.to_owned(), zip([entry, Entry::stored("beside", b"x")]).bytes());
    let two = |name: &str, first: &str, second: &str| {
        (name.to_owned(), zip([Entry::stored(first, b"1"), Entry::stored(second, b"2")]).bytes())
    };
    let file = |name: &str, zip: Zip| (name.to_owned(), zip.bytes());
    let both = || zip([a(), b()]);
    let unlisted = |entry: Entry| entry.with(|entry| entry.is_listed = false);
    let signed = || a().streamed(Descriptor::Signed);
    vec![
        one("twin", a()),
        one("method here", a().local(|head| head.method = 0)),
        one("method there", a().central(|head| head.method = 0)),
        one("name here", a().local(|head| head.name = b"c.txt".to_vec())),
        one("Unicode name", a().both(|head| head.extra = unicode_path(b"a.txt", b"u.txt"))),
        one("Unicode name here", a().local(|head| head.extra = unicode_path(b"a.txt", b"u.txt"))),
        one("Unicode name there", a().central(|head| head.extra = unicode_path(b"a.txt", b"u.txt"))),
        one("Unicode name of another", a().both(|head| head.extra = unicode_path(b"x", b"u.txt"))),
        one("twin: Unicode name", a().both(|head| head.extra = unicode_path(b"a.txt", b"a.txt"))),
        one("not marked as UTF-8", Entry::stored("\u{e4}", b"x").both(|head| head.flags = 0)),
        one("twin: marked as UTF-8", Entry::stored("\u{e4}", b"x")),
        one("directory with content", Entry::stored("d/", b"x")),
        one("directory by attribute", b().host(0, 0x10)),
        one("directory by mode", b().mode(0o040_755)),
        one("file by mode", Entry::directory("d/").mode(0o100_644)),
        one("twin: directory", Entry::directory("d/")),
        one("twin: directory without attributes", Entry::directory("d/").host(0, 0)),
        one("twin: directory of Python", Entry::deflated("d/", b"").mode(0o040_755)),
        one("link of DOS", Entry::link("l", "beside").host(0, 0o120_777 << 16)),
        one("twin: link", Entry::link("l", "beside")),
        one("encrypted", a().both(|head| head.flags |= 1)),
        one("encrypted here", a().local(|head| head.flags |= 1)),
        one("encrypted there", a().central(|head| head.flags |= 1)),
        one("pipe", Entry::stored("p", b"").mode(0o010_644)),
        one("twin: packed from inside", Entry::stored("./d/a", b"x")),
        one("twin: the place itself", Entry::directory("./")),
        one("dots inside", Entry::stored("d/./a", b"x")),
        one("empty part", Entry::stored("d//a", b"x")),
        one("up and down", Entry::stored("d/../a", b"x")),
        one("out", Entry::stored("../../a", b"x")),
        one("backslash", Entry::stored("d\\a", b"x")),
        one("drive", Entry::stored("C:\\a", b"x")),
        one("twin: odd names", Entry::stored("[...slug]/C#/$id (1) 'x' & y.txt", b"x")),
        two("twice", "a", "a"),
        two("twice with a dot", "a", "./a"),
        two("twice with a backslash", "d/a", "d\\a"),
        two("letter case", "a", "A"),
        two("file and directory", "d", "d/a"),
        one("sum of the descriptor", signed().with(|a| a.descriptor[4] ^= 1)),
        one("size of the descriptor", signed().with(|a| a.descriptor[12] ^= 1)),
        one("no descriptor", signed().with(|a| a.descriptor.clear())),
        one("descriptor without flag", signed().both(|head| head.flags = 0)),
        one("twin: descriptor", signed()),
        one("twin: long descriptor", a().streamed(Descriptor::LongSigned)),
        one("twin: descriptor without signature", a().streamed(Descriptor::Short)),
        one("twin: stored with descriptor", b().streamed(Descriptor::Signed)),
        file("unlisted", zip([a(), unlisted(b()), Entry::stored("c", b"x")])),
        file("not there", zip([a(), b().with(|b| b.is_present = false)])),
        file("one place for two", zip([b(), a().with(|a| a.offset = Some(0))])),
        file("bytes between", zip([a(), b().with(|b| b.before = b"gap".to_vec())])),
        file("bytes in front", both().with(|zip| zip.prefix = b"#!/bin/sh\n".to_vec())),
        file("bytes behind", both().with(|zip| zip.suffix = b"x".to_vec())),
        file("zeros behind", both().with(|zip| zip.suffix = vec![0; 512])),
        file("bytes before the directory", both().with(|zip| zip.gap = vec![0; 9])),
        file("bytes before the end", both().with(|zip| zip.gap_before_end = vec![0; 9])),
        ("two archives".to_owned(), [zip([a()]).bytes(), zip([b()]).bytes()].concat()),
        file("an archive in the comment", zip([a()]).with(|zip_a| zip_a.comment = zip([b()]).bytes())),
        file(
            "an archive in a note",
            zip([a().with(|a| a.comment = zip([b()]).with(|z| z.zip64 = true).bytes())]),
        ),
        file("twin: a comment", both().with(|zip| zip.comment = b"made by hand".to_vec())),
        file("fewer counted", both().with(|zip| zip.end.entries = -1)),
        file("fewer here", both().with(|zip| zip.end.entries_here = -1)),
        file("a smaller directory", both().with(|zip| zip.end.size = -51)),
        file("a directory elsewhere", both().with(|zip| zip.end.start = -3)),
        file("another disk", both().with(|zip| zip.end.disk = 1)),
        file("twin: zip64", both().with(|zip| zip.zip64 = true)),
        file("twin: zip64 with marks", both().with(|zip| (zip.zip64, zip.end.marks) = (true, true))),
        file("zip64 counts fewer", both().with(|zip| (zip.zip64, zip.end.long_entries) = (true, -1))),
        file("zip64 elsewhere", both().with(|zip| (zip.zip64, zip.end.long_offset) = (true, -1))),
        file("marks without zip64", both().with(|zip| zip.end.marks = true)),
        file("twin: another order", both().with(|zip| zip.is_reversed = true)),
    ]
}

/// Tars whose headers contradict one another, and their twins.
pub(crate) fn tars() -> Vec<Shape> {
    let mut shapes = Vec::new();
    let named = |name: &str, members: Vec<Member>| {
        let beside = Member::file("beside", b"x");
        (name.to_owned(), tar([members, vec![beside]].concat()))
    };
    for (writer, magic) in
        [("posix", POSIX), ("gnu", GNU), ("old", OLD), ("odd", *b"ustarX00"), ("spaces", *b"ustar   ")]
    {
        for prefix in ["", "front"] {
            for kind in [b'0', 0, b'5'] {
                for name in ["f", "f/"] {
                    let member = Member::new(kind, name).with(|member| {
                        member.magic = magic;
                        member.prefix = prefix.as_bytes().to_vec();
                    });
                    shapes.push(named(&format!("{writer} {prefix:?} {kind} {name}"), vec![member]));
                }
            }
        }
    }
    let file = || Member::file("f", b"text");
    let hidden = Member::file("hidden", b"x").bytes();
    for (name, members) in [
        ("twin", vec![file()]),
        ("pax size smaller", vec![Member::pax(&[("size", "0")]), Member::file("f", &hidden)]),
        ("pax size larger", vec![Member::pax(&[("size", "1024")]), Member::new(b'0', "f"), file(), file()]),
        ("twin: the same size", vec![Member::pax(&[("size", "4")]), file()]),
        ("two names", vec![Member::pax(&[("path", "p")]), Member::long(b'L', "l"), file()]),
        ("two names the other way", vec![Member::long(b'L', "l"), Member::pax(&[("path", "p")]), file()]),
        ("two pax names", vec![Member::pax(&[("path", "p"), ("path", "q")]), file()]),
        ("a name for all", vec![Member::global(&[("path", "p")]), file()]),
        ("twin: a comment for all", vec![Member::global(&[("comment", "p")]), file()]),
        ("no name", vec![Member::pax(&[("path", "")]), file()]),
        ("twin: long name", vec![Member::long(b'L', &"long/".repeat(30)[..149]), file()]),
        ("twin: pax name", vec![Member::pax(&[("path", "d/p")]), file()]),
        ("twin: link", vec![file(), Member::symbolic_link("l", "f"), Member::hard_link("h", "f")]),
        ("hard link with a slash", vec![file(), Member::hard_link("h", "f/")]),
        ("hard link to later", vec![Member::hard_link("h", "f"), file()]),
        (
            "through a link",
            vec![Member::symbolic_link("l", "d"), Member::directory("d"), Member::file("l/f", b"x")],
        ),
        ("directory with content", vec![Member::directory("d").with(|d| d.data = hidden.clone())]),
        ("twice", vec![Member::file("f", b"1"), Member::file("f", b"2")]),
        ("twin: directory twice", vec![Member::directory("d"), Member::directory("d/")]),
        ("file and directory", vec![file(), Member::directory("f/")]),
        ("letter case", vec![Member::file("f", b"1"), Member::file("F", b"2")]),
        (
            "sparse",
            vec![
                Member::pax(&[
                    ("GNU.sparse.major", "1"),
                    ("GNU.sparse.minor", "0"),
                    ("GNU.sparse.name", "s"),
                    ("GNU.sparse.realsize", "9"),
                ]),
                Member::file("f", b"1\n0\n4\n"),
            ],
        ),
        ("unknown type", vec![Member::new(b'Z', "f")]),
    ] {
        shapes.push(named(name, members));
    }
    let sound = tar([file()]);
    shapes.push(("behind the end".to_owned(), [&sound[..], &tar([Member::file("g", b"x")])].concat()));
    shapes.push(("behind one block".to_owned(), [&sound[..1_536], &tar([Member::file("g", b"x")])].concat()));
    shapes.push(("twin: no end".to_owned(), sound[..1_024].to_vec()));
    shapes
}

//! Bombs: small files that grow, overlap, nest or take memory and time.

use std::io::Cursor;

use guard_core::archive::{Limits, inspect};

use super::build::streams::{bzip2, gzip, xz, zstd_bomb};
use super::build::tar::{Member, tar};
use super::build::zip::{Descriptor, Entry, Head, deflate, zip};
use super::{check, look, verdict};

fn zeros(mebibytes: usize) -> Vec<u8> {
    vec![0; mebibytes << 20]
}

#[test]
fn ratio() {
    let bomb = zeros(20);
    check("zip", &zip([Entry::deflated("a", &bomb)]).bytes(), "archive-ratio");
    check(
        "streamed zip",
        &zip([Entry::deflated("a", &bomb).streamed(Descriptor::Signed)]).bytes(),
        "archive-ratio",
    );
    check("gzip", &gzip(&bomb), "archive-ratio");
    check("bzip2", &bzip2(&bomb), "archive-ratio");
    check("xz", &xz(&bomb, 1 << 20), "archive-ratio");
    check("zstd", &zstd_bomb(160), "archive-ratio");
    check("tar.gz", &gzip(&tar([Member::file("a", &bomb)])), "archive-ratio");
    // As dense, and within the grace.
    let fine = zeros(15);
    check("zip", &zip([Entry::deflated("a", &fine)]).bytes(), "ok");
    check("gzip", &gzip(&fine), "ok");
    check("xz", &xz(&fine, 1 << 20), "ok");
}

#[test]
fn many_small_ones() {
    let packed = Entry::deflated("a", &zeros(1));
    let many = zip((0..200).map(|number| {
        let name = format!("f{number}").into_bytes();
        packed.clone().both(|head| head.name.clone_from(&name))
    }));
    check("zip", &many.bytes(), "archive-ratio");
    let limits = Limits::default().ratio(u64::MAX, 0);
    assert_eq!(verdict(&inspect(Cursor::new(many.bytes()), &limits)), "archive-too-large");
    let members = gzip(&zeros(1)).repeat(200);
    check("gzip members", &members, "archive-ratio");
}

#[test]
fn hidden_behind_ballast() {
    // Random bytes keep the ratio of the whole low; the entry gives itself away.
    let mut state = 1_u64;
    let ballast: Vec<u8> = (0..1 << 20)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .collect();
    check(
        "zip",
        &zip([Entry::stored("b", &ballast), Entry::deflated("a", &zeros(20))]).bytes(),
        "archive-ratio",
    );
}

#[test]
fn too_large_without_a_ratio() {
    let limits = Limits::default().output_bytes(1 << 20);
    let random: Vec<u8> =
        (0_u32..300_000).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    for bytes in [
        zip([Entry::stored("a", &random)]).bytes(),
        gzip(&random),
        tar([Member::file("a", &random)]),
        xz(&random, 1 << 20),
    ] {
        assert_eq!(verdict(&inspect(Cursor::new(bytes), &limits)), "archive-too-large");
    }
}

/// One kernel that every entry uses: all headers point at it (Fifield 2019, "full overlap").
#[test]
fn overlap_of_all() {
    let kernel = Entry::deflated("k", &zeros(1));
    let many = (0..100).map(|number| {
        let name = format!("f{number}").into_bytes();
        kernel.clone().central(|head| head.name.clone_from(&name)).with(|entry| {
            entry.is_present = false;
            entry.offset = Some(0);
        })
    });
    check("full", &zip([kernel.clone()].into_iter().chain(many)).bytes(), "archive-overlap");
}

/// Each entry's data begins with the headers of all entries after it, quoted in a stored block of deflate
/// (Fifield 2019, "quoted overlap"): every local header is in its place and agrees with the directory.
#[test]
fn overlap_by_quoting() {
    let mut plain = zeros(1);
    // All that follows the header at hand.
    let mut tail = deflate(&plain);
    let mut entries = Vec::new();
    let mut file = Vec::new();
    for number in 0..20 {
        let entry = Entry::stored(format!("f{number:02}"), &plain).both(|head: &mut Head| {
            head.method = 8;
            head.packed = u32::try_from(tail.len()).unwrap();
        });
        let header = zip([entry.clone()]).bytes()[..33].to_vec();
        file = [header.clone(), tail.clone()].concat();
        entries.push((entry, file.len()));
        let length = u16::try_from(header.len()).unwrap();
        tail = [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), &file].concat();
        plain = [header, plain].concat();
    }
    // The kernel alone is sound, so what is refused is the overlap.
    check("kernel", &zip([Entry::deflated("f00", &zeros(1))]).bytes(), "ok");
    let listed = entries.into_iter().rev().map(|(entry, length)| {
        let offset = u32::try_from(file.len() - length).unwrap();
        entry.with(|entry| (entry.is_present, entry.offset) = (false, Some(offset)))
    });
    check("quoted", &zip(listed).with(|zip| zip.prefix.clone_from(&file)).bytes(), "archive-overlap");
}

#[test]
fn onions() {
    let onion = (0..4).fold(zeros(8), |data, _| gzip(&data));
    check("gzip of gzip", &onion, "archive-too-deep");
    let deep = Limits::default().depth(16);
    assert_eq!(verdict(&inspect(Cursor::new(&onion), &deep)), "ok");
    let large = (0..3).fold(zeros(40), |data, _| gzip(&data));
    check("gzip of gzip of gzip", &large, "archive-ratio");
}

/// As 42.zip: sixteen archives in each of sixteen archives, and so on.
#[test]
fn a_tree_of_archives() {
    let level = |data: &[u8], name: &str| {
        zip((0..16).map(|number| Entry::deflated(format!("{name}{number}.zip"), data))).bytes()
    };
    let two = level(&level(&zip([Entry::deflated("0.dll", &zeros(1))]).bytes(), "doc"), "book");
    check("three levels", &two, "archive-ratio");
    let five = ["chapter", "library", "lib"].iter().fold(two, |data, name| level(&data, name));
    check("six levels", &five, "archive-too-deep");
}

#[test]
fn an_archive_that_holds_itself_is_too_deep() {
    // A true quine is not needed: what matters is that depth is counted, not names.
    let mut data = zip([Entry::stored("r/r.zip", b"")]).bytes();
    for _ in 0..8 {
        data = zip([Entry::deflated("r/r.zip", &data)]).bytes();
    }
    check("quine", &data, "archive-too-deep");
}

#[test]
fn entries() {
    let empty = |count: u32| zip((0..count).map(|number| Entry::stored(number.to_string(), b""))).bytes();
    check("as many as allowed", &empty(10_000), "ok");
    check("one more", &empty(10_001), "archive-too-many-entries");
    let members = |count: u32| tar((0..count).map(|number| Member::file(number.to_string(), b"")));
    check("tar", &gzip(&members(10_001)), "archive-too-many-entries");
}

#[test]
fn work_without_output() {
    // Empty streams and members, blocks of zeros behind a tar, extended headers for nothing.
    let limits = Limits::default().work(1 << 22);
    let work = |bytes: &[u8]| verdict(&inspect(Cursor::new(bytes), &limits));
    assert_eq!(work(&gzip(b"").repeat(5_000)), "archive-too-much-work");
    assert_eq!(work(&bzip2(b"").repeat(5_000)), "archive-too-much-work");
    assert_eq!(work(&b"\x50\x2a\x4d\x18\0\0\0\0".repeat(5_000)), "archive-too-much-work");
    assert_eq!(work(&gzip(&[tar([Member::file("a", b"")]), zeros(5)].concat())), "archive-too-much-work");
    let headers: Vec<_> = (0..2_000).map(|_| Member::global(&[("comment", "x")])).collect();
    assert_eq!(work(&tar(headers)), "archive-too-much-work");
    assert_eq!(work(&gzip(&zeros(2))), "archive-too-much-work");
    assert_eq!(work(&gzip(b"x")), "ok");
}

#[test]
fn an_extended_header_of_any_size() {
    check("pax", &tar([Member::pax(&[]).with(|pax| pax.size = Some(8 << 30))]), "archive-pax-header");
    check(
        "name",
        &tar([Member::long(b'L', "x").with(|long| long.size = Some(8 << 30))]),
        "archive-pax-header",
    );
}

#[test]
fn what_is_declared_does_not_count() {
    let report = look(&zip([Entry::stored("a", b"x").both(|head| head.size = 1 << 31)]).bytes());
    assert_eq!(verdict(&report), "archive-header-mismatch");
    let liar = Entry::deflated("a", &zeros(20)).both(|head| head.size = 1);
    check("a bomb that says it is small", &zip([liar]).bytes(), "archive-header-mismatch");
}

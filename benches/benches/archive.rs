//! Looking into archives: 65,535 entries beside the `zip` crate, bombs beside inflating 100 MiB, and the memory that
//! refusing each of them takes.
//!
//! Run with `cargo bench -p guard-benches --bench archive`

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::process::Command;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use guard_benches::{Case, compare};
use guard_core::archive::{Limits, Report, inspect, scan_zip};
use lzma_rust2::{XzOptions, XzWriter};

/// A zip of entries with the same deflated content.
fn zip(names: impl Iterator<Item = String>, plain: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap_or_default();
    let packed = encoder.finish().unwrap_or_default();
    let mut crc = flate2::Crc::new();
    crc.update(plain);
    let number = |number: usize| u32::try_from(number).unwrap_or(0).to_le_bytes();
    let (mut out, mut directory, mut count) = (Vec::new(), Vec::new(), 0_u16);
    for name in names {
        let length = u16::try_from(name.len()).unwrap_or(0).to_le_bytes();
        let sizes = [crc.sum().to_le_bytes(), number(packed.len()), number(plain.len())].concat();
        let head = [b"\x14\0\0\0\x08\0\0\0\x21\x5a", &sizes[..], &length, &[0; 2]].concat();
        directory
            .extend([b"PK\x01\x02\x14\0", &head[..], &[0; 10], &number(out.len()), name.as_bytes()].concat());
        out.extend([b"PK\x03\x04", &head[..], name.as_bytes(), &packed].concat());
        count += 1;
    }
    let (start, count) = (out.len(), count.to_le_bytes());
    out.extend(&directory);
    let end = [b"PK\x05\x06\0\0\0\0", &count[..], &count, &number(directory.len()), &number(start), &[0; 2]];
    out.extend(end.concat());
    out
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap_or_default();
    encoder.finish().unwrap_or_default()
}

fn bzip2(plain: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(plain).unwrap_or_default();
    encoder.finish().unwrap_or_default()
}

/// With a dictionary of 64 MiB, which a decoder may hold.
fn xz(plain: &[u8]) -> Vec<u8> {
    let mut options = XzOptions::with_preset(1);
    options.lzma_options.dict_size = 64 << 20;
    XzWriter::new(Vec::new(), options)
        .and_then(|mut encoder| encoder.write_all(plain).and_then(|()| encoder.finish()))
        .unwrap_or_default()
}

/// A frame with a window of 64 MiB, whose blocks repeat one byte 128 KiB each.
fn zstd(blocks: u32) -> Vec<u8> {
    let mut out = b"\x28\xb5\x2f\xfd\0\x80".to_vec();
    for number in 1..=blocks {
        let head = ((128 << 10) << 3 | 1 << 1 | u32::from(number == blocks)).to_le_bytes();
        out.extend([head[0], head[1], head[2], 0]);
    }
    out
}

/// One header of a tar; what is in it is zeros.
fn member(name: &str, kind: u8, size: usize, link: &str) -> Vec<u8> {
    let mut block = vec![0; 512];
    let mut put = |at: usize, bytes: &[u8]| {
        for (byte, new) in block.iter_mut().skip(at).zip(bytes) {
            *byte = *new;
        }
    };
    put(0, name.as_bytes());
    for (at, number) in [(100, 0o644), (108, 0), (116, 0)] {
        put(at, format!("{number:07o}").as_bytes());
    }
    put(124, format!("{size:011o}").as_bytes());
    put(136, b"00000000000");
    put(148, b"        ");
    put(156, &[kind]);
    put(157, link.as_bytes());
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    let sum = format!("{sum:06o}\0 ");
    block.iter_mut().skip(148).zip(sum.bytes()).for_each(|(byte, new)| *byte = new);
    block
}

/// Links with targets of almost 4 KiB, each of parts that are there or not.
fn links(count: usize, part: &str) -> Vec<u8> {
    let target = part.repeat(4_090 / part.len()) + "d";
    let mut out = member("d", b'5', 0, "");
    for number in 0..count {
        out.extend(member("././@LongLink", b'K', target.len() + 1, ""));
        out.extend(target.bytes().chain(std::iter::repeat_n(0, 4_096 - target.len())));
        out.extend(member(&format!("l{number}"), b'2', 0, ""));
    }
    out.extend([0; 1_024]);
    out
}

fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let zeros = vec![0; 100 << 20];
    let name = |name: &str| std::iter::once(name.to_owned());
    let tar = [member("a", b'0', 0, ""), vec![0; 1_024]].concat();
    let members: Vec<_> = (0..10_001).flat_map(|number| member(&number.to_string(), b'0', 0, "")).collect();
    vec![
        ("zip", zip(name("a"), &zeros)),
        ("gzip", gzip(&zeros)),
        ("zip in zip", zip(name("b.zip"), &zip(name("a"), &vec![0; 64 << 20]))),
        ("bz2", bzip2(&zeros)),
        ("xz, window of 64 MiB", xz(&zeros)),
        ("zst, window of 64 MiB", zstd(800)),
        ("200 MiB of zeros behind a tar, gzip", gzip(&[tar, vec![0; 200 << 20]].concat())),
        ("10,001 entries, tar.gz", gzip(&[members, vec![0; 1_024]].concat())),
        ("4,000 links of 4 KB to what is not there", links(4_000, "a/")),
        ("4,000 links of 4 KB up and down", links(4_000, "d/../")),
    ]
}

fn code(report: &Report) -> &'static str {
    report.verdict().findings().first().map_or("accepted", |finding| finding.code())
}

/// The most memory this process has held, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Looks at one file in a process of its own, which has built nothing, and says what that took.
fn memory(bomb: &[u8]) -> String {
    let asked = || {
        let mut file = tempfile::Builder::new().suffix(".bomb").tempfile()?;
        file.write_all(bomb)?;
        Command::new(std::env::current_exe()?).arg(file.path()).output()
    };
    asked().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

fn main() {
    let limits = Limits::default();
    if let Some(file) = std::env::args().nth(1).filter(|argument| argument.ends_with(".bomb")) {
        let before = peak();
        let report = fs::File::open(file).map(|file| inspect(file, &limits));
        let code = report.as_ref().map_or("unread", code);
        println!("{:.1} MiB, {code}", (peak() - before) as f64 / 1_024.0);
        return;
    }
    let bombs = bombs();
    println!("bytes, memory to refuse them, answer");
    for (name, bomb) in &bombs {
        println!("  {name:<44} {:>9} bytes  {}", bomb.len(), memory(bomb));
    }
    let inflated = |bomb: &[u8]| {
        let mut out = vec![0; 1 << 16];
        let mut decoder = flate2::read::GzDecoder::new(bomb);
        while decoder.read(&mut out).is_ok_and(|length| length > 0) {}
    };
    let all = Limits::default().ratio(u64::MAX, 0);
    let mut cases = Vec::new();
    if let Some((_, gzipped)) = bombs.get(1) {
        cases.push(Case::new("inflate 100 MiB of zeros", move || inflated(gzipped)));
    }
    cases.extend(bombs.iter().map(|(name, bomb)| {
        let limits = &limits;
        Case::new(name, move || inspect(Cursor::new(bomb), limits))
    }));
    if let Some((_, zipped)) = bombs.first() {
        let all = &all;
        cases.push(Case::new("zip, without a limit on the ratio", move || inspect(Cursor::new(zipped), all)));
    }
    compare("refuse a bomb", 10, cases);

    let names =
        || (0..65_535).map(|number| format!("project/src/module_{:03}/file_{number:05}.rs", number % 500));
    let many = zip(names(), b"fn main() {}\n");
    let wide = Limits::default().entries(65_535);
    println!("{} bytes, {:?} entries", many.len(), scan_zip(Cursor::new(&many), &wide));
    compare(
        "structure of a zip of 65,535 entries",
        20,
        vec![
            Case::new("zip crate: open", || {
                zip::ZipArchive::new(Cursor::new(&many)).map(|archive| archive.len())
            }),
            Case::new("scan_zip: names, headers, tiling too", || scan_zip(Cursor::new(&many), &wide)),
            Case::new("inspect: every entry inflated", || inspect(Cursor::new(&many), &wide)),
        ],
    );
}

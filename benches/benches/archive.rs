//! Looking into archives: 65,535 entries beside the `zip` crate, bombs beside inflating the same bytes, and the memory
//! that refusing them takes.
//!
//! Run with `cargo bench -p guard-benches --bench archive`

use std::fs;
use std::io::{Cursor, Read as _, Write as _};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use guard_benches::{Case, compare};
use guard_core::archive::{Limits, inspect, scan_zip};

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

/// The most memory this process has held, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) / 1_024
}

fn main() {
    let limits = Limits::default();
    let nested =
        zip(["b.zip".to_owned()].into_iter(), &zip(["a".to_owned()].into_iter(), &vec![0; 64 << 20]));
    let bombs = {
        let zeros = vec![0; 100 << 20];
        [("zip", zip(["a".to_owned()].into_iter(), &zeros)), ("gzip", gzip(&zeros)), ("zip in zip", nested)]
    };
    // Memory first, in a process of its own that has not built anything.
    if let Some(file) = std::env::args().nth(1).filter(|argument| argument.ends_with(".bomb")) {
        let before = peak();
        let report = fs::File::open(file).map(|file| inspect(file, &limits));
        println!("{} {}", peak() - before, report.is_ok_and(|report| report.is_accepted()));
        return;
    }
    for (name, bomb) in &bombs {
        let report = inspect(Cursor::new(bomb), &limits);
        let code = report.verdict().findings().first().map(|finding| finding.code());
        println!("{name}: {} bytes, {}", bomb.len(), code.unwrap_or_default());
    }
    let inflated = |bomb: &[u8]| {
        let mut out = vec![0; 1 << 16];
        let mut decoder = flate2::read::GzDecoder::new(bomb);
        while decoder.read(&mut out).is_ok_and(|length| length > 0) {}
    };
    let gzipped = &bombs[1].1;
    let all = Limits::default().ratio(u64::MAX, 0);
    let mut cases = vec![Case::new("inflate 100 MiB of zeros", || inflated(gzipped))];
    cases.extend(bombs.iter().map(|(name, bomb)| {
        let limits = &limits;
        Case::new(name, move || inspect(Cursor::new(bomb), limits))
    }));
    cases.push(Case::new("zip, without a limit on the ratio", || inspect(Cursor::new(&bombs[0].1), &all)));
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

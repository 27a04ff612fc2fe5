//! Compressed streams: the first byte chooses the format, the rest is the stream or its tail. However it ends, the
//! budget holds; cutting an accepted stream short is noticed.
#![no_main]

use std::io::Cursor;

use guard_core::archive::{Limits, inspect};
use libfuzzer_sys::fuzz_target;

const OUTPUT: u64 = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else { return };
    let start: &[u8] = match choice % 8 {
        0 => b"\x1f\x8b\x08\0\0\0\0\0\0\xff",
        1 => b"BZh91AY&SY",
        2 => b"\xfd7zXZ\0\0\x01\x69\x22\xde\x36",
        3 => b"\x28\xb5\x2f\xfd",
        _ => b"",
    };
    let bytes = [start, rest].concat();
    let limits = Limits::default().output_bytes(OUTPUT).entries(64).memory_bytes(24 << 20).work(1 << 27);
    let report = inspect(Cursor::new(&bytes), &limits);
    assert_eq!(report, inspect(Cursor::new(&bytes), &limits));
    if report.is_accepted() {
        assert!(report.output_bytes <= OUTPUT && report.total_entries <= 64 && report.work <= 1 << 27);
        let sum: u64 = report.entries.iter().map(|entry| entry.size).sum();
        assert!(sum <= report.output_bytes);
    }
});

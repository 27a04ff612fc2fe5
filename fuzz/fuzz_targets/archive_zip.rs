//! ZIP: any bytes, and changes of a sound zip. What is accepted lies within the budget, is read the same way twice, and
//! tiles the file: an entry's local header is where the report says, and no byte is counted twice.
#![no_main]

use std::io::Cursor;

use guard_core::archive::{EntryKind, Limits, inspect, scan_zip};
use libfuzzer_sys::fuzz_target;

const OUTPUT: u64 = 1 << 20;
const ENTRIES: u64 = 64;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default().output_bytes(OUTPUT).entries(ENTRIES).memory_bytes(8 << 20).work(1 << 27);
    let report = inspect(Cursor::new(bytes), &limits);
    assert_eq!(report, inspect(Cursor::new(bytes), &limits));
    if report.is_accepted() {
        assert!(report.output_bytes <= OUTPUT && report.total_entries <= ENTRIES && report.work <= 1 << 27);
        if bytes.starts_with(b"PK") {
            // The place itself may have records, which are no entries; those of inner archives are counted as well.
            let scanned = scan_zip(Cursor::new(bytes), &limits).unwrap();
            let has_inner = report.entries.iter().any(|entry| entry.holds.is_some());
            assert!(scanned >= report.entries.len() && scanned as u64 <= report.total_entries);
            assert!(has_inner || scanned as u64 == report.total_entries);
            let has_place = scanned > report.entries.len();
            let mut offsets: Vec<_> = report.entries.iter().map(|entry| entry.offset as usize).collect();
            offsets.sort_unstable();
            assert!(offsets.windows(2).all(|two| two[0] + 30 < two[1]));
            assert!(has_place || offsets.first().is_none_or(|first| *first == 0));
            assert!(offsets.iter().all(|at| bytes[*at..].starts_with(b"PK\x03\x04")));
        }
        let mut names: Vec<_> = report.entries.iter().map(|entry| entry.name.to_lowercase()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|two| two[0] != two[1] || !bytes.starts_with(b"PK")));
        for entry in &report.entries {
            let is_below = !entry.name.starts_with('/') && !entry.name.split('/').any(|part| part == "..");
            assert!(is_below && !entry.name.contains(['\\', '\0', '\n']));
            if let EntryKind::SymbolicLink(target) = &entry.kind {
                assert!(!target.starts_with('/'));
            }
        }
    }
});

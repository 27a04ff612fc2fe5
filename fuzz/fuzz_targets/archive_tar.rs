//! TAR: any bytes after a first header whose checksum is put right. What is extracted is what is reported, all of it
//! below the place, and a refusal leaves nothing.
#![no_main]

use std::fs;
use std::io::Cursor;

use guard_core::archive::{EntryKind, Limits, extract, inspect};
use guard_core::path::Root;
use libfuzzer_sys::fuzz_target;

/// Puts the checksum of every block right that says it is a header.
fn mended(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for block in out.chunks_exact_mut(512) {
        if block[257..262] == *b"ustar" {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
            block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        }
    }
    out
}

fuzz_target!(|bytes: &[u8]| {
    let bytes = mended(bytes);
    let limits = Limits::default().output_bytes(1 << 16).entries(32).memory_bytes(8 << 20).work(1 << 26);
    let report = inspect(Cursor::new(&bytes), &limits);
    if !report.is_accepted() {
        return;
    }
    assert!(report.output_bytes <= 1 << 16 && report.total_entries <= 32);
    let place = tempfile::tempdir().unwrap();
    let root = Root::open(place.path()).unwrap();
    let extracted = match extract(Cursor::new(&bytes), &root, "x", &limits) {
        Ok(extracted) => extracted,
        Err(error) => {
            // Only the file system may say no to what was accepted, and nothing is left then.
            assert!(error.code().starts_with("path-"), "{}", error.code());
            assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
            return;
        }
    };
    assert_eq!(extracted, report);
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    let inside = place.path().join("x").canonicalize().unwrap();
    for entry in &report.entries {
        let path = inside.join(&entry.name);
        let found = fs::symlink_metadata(&path).unwrap();
        match &entry.kind {
            EntryKind::File => assert!(found.is_file() && found.len() == entry.size),
            EntryKind::HardLink(_) => assert!(found.is_file()),
            EntryKind::Directory => assert!(found.is_dir()),
            // A link that leads to something leads inside.
            _ => assert!(path.canonicalize().is_err() || path.canonicalize().unwrap().starts_with(&inside)),
        }
    }
});

//! Looks into archives, and unpacks one: all of it or nothing.
//!
//! Run with `cargo run -p guard-examples --example unpack`, or with archives of your own to look into:
//! `cargo run -p guard-examples --example unpack -- FILE...`

use std::error::Error;
use std::fs::File;
use std::io::Cursor;

use guard_core::archive::{Limits, extract, inspect};
use guard_core::path::Root;

/// A tar of one file.
fn tar(name: &str, content: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    let mut put = |at: usize, text: &[u8]| block.splice(at..at + text.len(), text.iter().copied()).count();
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(124, format!("{:011o}", content.len()).as_bytes());
    put(148, b"        0ustar");
    put(257, b"ustar\x0000");
    put(157, &[0; 5]);
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block.splice(148..155, format!("{sum:06o}\0").into_bytes());
    block.extend(content);
    block.resize(2_048, 0);
    block
}

fn main() -> Result<(), Box<dyn Error>> {
    let limits = Limits::default();
    let files: Vec<_> = std::env::args().skip(1).collect();
    for file in &files {
        let report = inspect(File::open(file)?, &limits);
        println!("{file}: {}", report.verdict().decision());
        for finding in report.verdict().findings() {
            println!(
                "  {}: {} {:?}",
                finding.code(),
                finding.rule().message,
                finding.subject().unwrap_or_default()
            );
        }
    }
    if !files.is_empty() {
        return Ok(());
    }
    let project = tempfile::tempdir()?;
    let root = Root::open(project.path())?;
    for (name, into) in [("notes.txt", "good"), ("../../.bashrc", "bad"), (".git/config", "worse")] {
        match extract(Cursor::new(tar(name, b"hello\n")), &root, into, &limits) {
            Ok(report) => println!("{name}: {} file in {into}", report.entries.len()),
            Err(error) => println!("{name}: refused, {} ({error})", error.code()),
        }
    }
    println!(
        "there is now: {:?}",
        root.entries(".", 10)?.entries.iter().map(|entry| &entry.name).collect::<Vec<_>>()
    );
    Ok(())
}

//! Redacting source text and a log with secrets, beside a plain copy; and asking for the rule of a name.
//!
//! Run with `cargo bench -p guard-benches --bench redact`; `GUARD_BENCH_SOURCE` names another tree of Rust sources.

use std::path::{Path, PathBuf};
use std::{env, fs};

use guard_benches::{Case, compare};
use guard_core::names::{Pattern, classify, classify_aimed, classify_pattern};
use guard_core::secret::Redactor;

/// Text of all Rust files below a directory, up to `max` bytes.
fn source(max: usize) -> Vec<u8> {
    let root = env::var_os("GUARD_BENCH_SOURCE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates"), PathBuf::from);
    let mut text = Vec::new();
    let mut directories = vec![root];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && text.len() < max {
                text.extend(fs::read(path).unwrap_or_default());
            }
        }
    }
    text
}

fn main() {
    let redactor = Redactor::new();
    let text = source(32 * 1024 * 1024);
    let mut log = String::new();
    for number in 0..1000 {
        log.push_str(
            "2026-11-22T10:00:00Z INFO request handled in 12 ms, user 4711, path /api/v1/orders\n"
                .repeat(10)
                .as_str(),
        );
        log.push_str(&format!("2026-11-22T10:00:00Z DEBUG using ghp_{:036} for git\n", number));
    }
    println!(
        "source text: {} bytes, {} findings; MiB/s = bytes / ns * 953.7",
        text.len(),
        redactor.find(&text).len()
    );
    compare(
        "redact source text",
        30,
        vec![
            Case::new("copy", || text.clone()),
            Case::new("redact_bytes", || redactor.redact_bytes(&text).len()),
            Case::new("stream, chunks of 4 KiB", || {
                let mut stream = redactor.stream();
                text.chunks(4096).map(|chunk| stream.push(chunk).len()).sum::<usize>()
            }),
        ],
    );
    println!("log: {} bytes", log.len());
    compare(
        "redact a log with a secret every 900 bytes",
        30,
        vec![Case::new("copy", || log.clone()), Case::new("redact", || redactor.redact(&log).len())],
    );

    let names = [
        "src/command/syntax/parser.rs",
        "README.md",
        "/srv/files/app/config/.env.production",
        ".git/hooks/pre-commit",
    ];
    let cases = names.map(|name| Case::new(name, move || classify(Path::new(name))));
    compare("rule of a name", 200, cases.into_iter().collect());
    let globs = [
        ("src/*.rs", Pattern::new().text("src/").any_run(false).text(".rs")),
        ("$dir/file.txt", Pattern::new().anything().text("/file.txt")),
    ];
    let cases = globs.iter().flat_map(|(name, glob)| {
        [Case::new(name, move || classify_pattern(glob)), Case::new("  aimed", move || classify_aimed(glob))]
    });
    compare("rule of a glob", 200, cases.collect());
}

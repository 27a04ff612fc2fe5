//! Recall and precision of the redactor: planted secrets of every rule, and source trees that hold none.
//!
//! Run with `cargo bench -p guard-benches --bench redact_corpus`; `GUARD_BENCH_SOURCE` names the tree that is searched
//! for false alarms (the sources that cargo has fetched, if not given).
//!
//! A planted secret is an example of a rule whose letters and digits are drawn anew, class by class, outside of what
//! the rule looks for; it stands in a line of code, a log, a JSON document and an environment file. The tree is not
//! labelled: each stretch that would be taken out is counted by rule, and printed with its place when
//! `GUARD_BENCH_LIST` is set, so that a person can judge them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use guard_core::secret::Redactor;
use serde::Deserialize;

/// Draws of each example.
const DRAWS: u64 = 50;
const FILE_MAX: u64 = 4 << 20;

#[derive(Deserialize)]
struct Rules {
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    id: String,
    keywords: Vec<String>,
    r#match: Vec<String>,
}

/// xorshift64*, so that every run plants the same.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap_or(0) % end.max(1)
    }
}

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/guard-core/data/secret_contents.toml");
    let rules: Rules = toml::from_str(&fs::read_to_string(data)?)?;
    let redactor = Redactor::new();
    recall(&redactor, &rules.rule);
    alarms(&redactor)
}

fn recall(redactor: &Redactor, rules: &[Rule]) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut planted, mut found) = (0, 0);
    for rule in rules {
        let (mut of_rule, mut found_of_rule) = (0, 0);
        for (example, _) in rule.r#match.iter().zip(0..) {
            // Where the rule takes it out, without any context.
            let Some(secret) =
                redactor.find(example.as_bytes()).into_iter().find(|found| found.rule == rule.id)
            else {
                continue;
            };
            for _ in 0..DRAWS {
                let drawn = draw(example, &secret.range, &rule.keywords, &mut random);
                for around in [
                    ("let x = compute(a, b); // ", "\n"),
                    ("2026-11-22T10:00:00Z DEBUG request: ", " took 12 ms\n"),
                    ("{\n  \"note\": \"see below\"\n}\n", "\n"),
                    ("# settings\nDEBUG=1\n", "\nNAME=app\n"),
                ] {
                    let text = format!("{}{drawn}{}", around.0, around.1);
                    let start = around.0.len() + secret.range.start;
                    of_rule += 1;
                    let covers =
                        |range: &std::ops::Range<usize>| range.start <= start + 4 && start < range.end;
                    found_of_rule +=
                        usize::from(redactor.find(text.as_bytes()).iter().any(|one| covers(&one.range)));
                }
            }
        }
        if found_of_rule < of_rule {
            println!("  {:<28} {found_of_rule} of {of_rule}", rule.id);
        }
        planted += of_rule;
        found += found_of_rule;
    }
    println!(
        "recall: {found} of {planted} planted secrets of {} rules ({:.2} %)",
        rules.len(),
        percent(found, planted)
    );
}

/// The example with other letters and digits in its secret, as far as these are not what the rule looks for.
fn draw(example: &str, secret: &std::ops::Range<usize>, keywords: &[String], random: &mut Random) -> String {
    let lower = example.to_ascii_lowercase();
    let is_keyword = |at: usize| {
        keywords.iter().any(|keyword| {
            lower
                .match_indices(&keyword.to_ascii_lowercase())
                .any(|(start, part)| (start..start + part.len()).contains(&at))
        })
    };
    let other = |at: usize, c: char, random: &mut Random| match c {
        _ if !secret.contains(&at) || at == secret.start || is_keyword(at) => c,
        // The digits of base 32, which some shapes keep to; others take any.
        '2'..='7' => char::from(b'2' + u8::try_from(random.below(6)).unwrap_or(0)),
        'a'..='f' => char::from(b'a' + u8::try_from(random.below(6)).unwrap_or(0)),
        'g'..='z' => char::from(b'g' + u8::try_from(random.below(20)).unwrap_or(0)),
        'A'..='F' => char::from(b'A' + u8::try_from(random.below(6)).unwrap_or(0)),
        'G'..='Z' => char::from(b'G' + u8::try_from(random.below(20)).unwrap_or(0)),
        c => c,
    };
    example.char_indices().map(|(at, c)| other(at, c, random)).collect()
}

fn alarms(redactor: &Redactor) -> Result<(), Box<dyn std::error::Error>> {
    let home = || env::var_os("HOME").map(|home| Path::new(&home).join(".cargo/registry/src"));
    let Some(source) = env::var_os("GUARD_BENCH_SOURCE").map(PathBuf::from).or_else(home) else {
        return Err("no tree to search: set GUARD_BENCH_SOURCE".into());
    };
    let lists = env::var_os("GUARD_BENCH_LIST").is_some();
    let (mut files, mut bytes, mut files_with) = (0_usize, 0_usize, 0_usize);
    let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
    let mut todo = vec![source.clone()];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                todo.push(entry.path());
            }
            if !kind.is_file() || entry.metadata().is_ok_and(|metadata| metadata.len() > FILE_MAX) {
                continue;
            }
            // Text only: what is sent to a person or a model.
            let Ok(text) = fs::read_to_string(entry.path()) else { continue };
            files += 1;
            bytes += text.len();
            let found = redactor.find(text.as_bytes());
            files_with += usize::from(!found.is_empty());
            for one in found {
                *by_rule.entry(one.rule).or_default() += 1;
                if lists {
                    let line = text.get(..one.range.start).map_or(0, |before| before.lines().count());
                    println!("  {} {}:{line}", one.rule, entry.path().display());
                }
            }
        }
    }
    let all: usize = by_rule.values().sum();
    println!(
        "alarms: {all} in {files} text files of {} MiB; {files_with} files ({:.2} %) have one",
        bytes >> 20,
        percent(files_with, files)
    );
    for (rule, count) in by_rule {
        println!("  {rule:<28} {count}");
    }
    Ok(())
}

fn percent(part: usize, whole: usize) -> f64 {
    let of = |count: usize| u32::try_from(count).map_or(f64::MAX, f64::from);
    100.0 * of(part) / of(whole.max(1))
}

//! The examples that each row of `data/commands/` carries, and that no row could go without them noticing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use guard_core::Decision;
use guard_core::command::{Context, Policy};
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    program: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    names: Vec<String>,
    #[serde(default)]
    flags: Vec<String>,
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    ask: Vec<String>,
    #[serde(default)]
    deny: Vec<String>,
}

impl Row {
    fn examples(&self) -> impl Iterator<Item = (&String, Decision)> {
        let of = |list: &'static str| match list {
            "allow" => (&self.allow, Decision::Allow),
            "ask" => (&self.ask, Decision::Ask),
            _ => (&self.deny, Decision::Deny),
        };
        ["allow", "ask", "deny"].into_iter().flat_map(move |list| {
            let (examples, decision) = of(list);
            examples.iter().map(move |example| (example, decision))
        })
    }
}

fn rows() -> Vec<Row> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/commands");
    let mut rows = Vec::new();
    for entry in fs::read_dir(directory).expect("the tables") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a table");
        rows.extend(toml::from_str::<File>(&text).expect("the build read it too").program);
    }
    rows
}

fn context() -> Context {
    Context::lexical("/approved").home("/home/u")
}

#[test]
fn every_example_is_decided_as_its_row_says() {
    let mut wrong = Vec::new();
    for row in rows() {
        for (example, want) in row.examples() {
            let evaluation = Policy::agent().evaluate(example, &context());
            if evaluation.decision() != want {
                let codes: Vec<_> =
                    evaluation.verdict().findings().iter().map(|f| (f.code(), f.subject())).collect();
                wrong.push(format!("{example}: {} instead of {want}: {codes:?}", evaluation.decision()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Taking any program away changes what is said to one of its row's examples.
#[test]
fn no_program_is_padding() {
    let answer = |policy: &Policy, example: &str| {
        let evaluation = policy.evaluate(example, &context());
        let mut codes: Vec<_> =
            evaluation.verdict().findings().iter().map(|finding| finding.code()).collect();
        codes.sort_unstable();
        (evaluation.decision(), codes)
    };
    let mut padding = Vec::new();
    for row in rows() {
        for name in &row.names {
            let without = Policy::agent().without(name.as_str());
            let changes = |(example, _): (&String, Decision)| {
                answer(&Policy::agent(), example) != answer(&without, example)
            };
            if !row.examples().any(changes) {
                padding.push(name.clone());
            }
        }
    }
    assert!(padding.is_empty(), "{padding:?}");
}

#[test]
fn at_least_150_programs_are_described() {
    let mut kinds: BTreeMap<bool, usize> = BTreeMap::new();
    for name in guard_core::command::programs() {
        *kinds.entry(name.contains(' ')).or_default() += 1;
    }
    assert!(kinds[&false] >= 150, "{kinds:?}");
}

/// Taking away what the table says of an option changes what is said to an example: one of the spellings on each line.
#[test]
fn no_option_is_padding() {
    let answer = |policy: &Policy, example: &str| {
        let evaluation = policy.evaluate(example, &context());
        let mut codes: Vec<_> =
            evaluation.verdict().findings().iter().map(|finding| finding.code()).collect();
        codes.sort_unstable();
        (evaluation.decision(), codes, evaluation.effects().clone())
    };
    let mut padding = Vec::new();
    for row in rows() {
        for line in &row.flags {
            // Data and switches do nothing that an example could show; what looks like a file is judged for any option.
            let (spec, does) = line.split_once(" : ").unwrap_or((line, ""));
            let (names, role) = spec.split_once('=').unwrap_or((spec, ""));
            if does.is_empty() && matches!(role, "" | "text" | "pair" | "setting" | "script-inside") {
                continue;
            }
            let mut without = Policy::agent();
            for flag in names.trim_end_matches('?').split(' ') {
                for name in &row.names {
                    without = without.without(format!("{name} {flag}"));
                }
            }
            let changes = |(example, _): (&String, Decision)| {
                answer(&Policy::agent(), example) != answer(&without, example)
            };
            if !row.examples().any(changes) {
                padding.push(format!("{}: {line}", row.names[0]));
            }
        }
    }
    assert!(padding.is_empty(), "{} of no use:\n{}", padding.len(), padding.join("\n"));
}

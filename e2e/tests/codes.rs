//! Every stable code of the workspace is in `docs/codes.md`, and nothing else is.
//!
//! A code is what a script or a test may compare with, so a new or changed one shows in the difference of that file:
//! `GUARD_UPDATE_CODES=1 cargo test -p guard-e2e --test codes` writes it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails panics"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn the_list_is_complete() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut text = String::from(
        "# Codes\n\nThe stable names of refusals, findings and errors, with the crate that gives them. They never change their meaning;\n\
         one that is no longer given is removed.\n",
    );
    for (crate_name, codes) in found(root) {
        text.push_str(&format!("\n## {crate_name}\n\n"));
        for (code, message) in codes {
            text.push_str(&if message.is_empty() {
                format!("- `{code}`\n")
            } else {
                format!("- `{code}`: {message}\n")
            });
        }
    }
    let file = root.join("docs/codes.md");
    if std::env::var_os("GUARD_UPDATE_CODES").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    for (want, have) in text.lines().zip(written.lines()) {
        assert_eq!(want, have, "docs/codes.md differs; see the head of this test");
    }
    assert_eq!(text.len(), written.len(), "docs/codes.md differs; see the head of this test");
}

fn found(root: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all = BTreeMap::<_, BTreeMap<_, _>>::new();
    for directory in fs::read_dir(root.join("crates")).unwrap() {
        let directory = directory.unwrap().path();
        let name = directory.file_name().unwrap().to_str().unwrap().to_owned();
        for file in sources(&directory.join("src")) {
            let text = fs::read_to_string(&file).unwrap();
            // Tests make up codes of their own.
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            all.entry(name.clone()).or_default().extend(rules(text));
            all.entry(name.clone()).or_default().extend(code_functions(text));
            all.entry(name.clone()).or_default().extend(bracketed(text));
        }
    }
    all.retain(|_, codes| !codes.is_empty());
    all
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
    files
}

/// `Rule::deny("code", 80, "message")` and its sisters.
fn rules(text: &str) -> Vec<(String, String)> {
    ["Rule::deny(", "Rule::ask(", "Rule::note("]
        .iter()
        .flat_map(|start| text.split(start).skip(1))
        .filter_map(|rest| {
            let mut strings = rest.split('"');
            let code = strings.nth(1)?;
            let message = strings.nth(1)?;
            is_code(code).then(|| (code.to_owned(), message.split_whitespace().collect::<Vec<_>>().join(" ")))
        })
        .collect()
}

/// The string literals of `fn code(...)` bodies.
fn code_functions(text: &str) -> Vec<(String, String)> {
    text.split("fn code(")
        .skip(1)
        .flat_map(|rest| rest.split("\n    }\n").next().unwrap().split('"').skip(1).step_by(2))
        .filter(|code| is_code(code))
        .map(|code| (code.to_owned(), String::new()))
        .collect()
}

/// `words for a person [code]` at the end of a string.
fn bracketed(text: &str) -> Vec<(String, String)> {
    text.split(" [")
        .skip(1)
        .filter_map(|rest| rest.split_once(']'))
        .filter(|(code, rest)| is_code(code) && code.contains('-') && rest.starts_with(['"', ';']))
        .map(|(code, _)| (code.to_owned(), String::new()))
        .collect()
}

fn is_code(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

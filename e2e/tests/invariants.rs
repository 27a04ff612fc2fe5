//! What ARCHITECTURE.md says is absent, is absent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails panics"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// What a build for Linux uses. For every platform cargo would have to download what no build here needs.
fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every package with what it depends on at run time, directly, by name.
fn dependencies(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let normal = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| dependency["kind"].is_null());
            let names = normal.map(|dependency| dependency["name"].as_str().unwrap().to_owned());
            (package["name"].as_str().unwrap().to_owned(), names.collect())
        })
        .collect()
}

fn reachable(graph: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut next = vec![from.to_owned()];
    while let Some(name) = next.pop() {
        for dependency in graph.get(&name).into_iter().flatten() {
            if seen.insert(dependency.clone()) {
                next.push(dependency.clone());
            }
        }
    }
    seen
}

#[test]
fn policy_crates_stand_alone() {
    let graph = dependencies(&metadata());
    let ours = [
        "guard-core",
        "guard-ratelimit",
        "guard-audit",
        "guard-auth",
        "guard-agent",
        "guard-sandbox",
        "guard-bot",
    ];
    for policy in ["guard-core", "guard-ratelimit", "guard-audit", "guard-auth"] {
        let found = reachable(&graph, policy);
        for other in ours.iter().filter(|other| **other != policy) {
            assert!(!found.contains(*other), "{policy} depends on {other}");
        }
        for runtime in ["tokio", "async-std", "frankenstein", "clap", "axum"] {
            assert!(!found.contains(runtime), "{policy} depends on {runtime}");
        }
    }
}

#[test]
fn the_default_of_the_limiter_brings_no_sqlite() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "-e", "normal", "-p", "guard-ratelimit", "--prefix", "none"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && tree.contains("governor"), "{tree}");
    assert!(!tree.contains("rusqlite") && !tree.contains("quanta"), "{tree}");
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let metadata = metadata();
    let members = metadata["workspace_members"].as_array().unwrap();
    for package in
        metadata["packages"].as_array().unwrap().iter().filter(|package| members.contains(&package["id"]))
    {
        let manifest = std::fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        let inherits = manifest.contains("[lints]\nworkspace = true");
        assert!(inherits || manifest.contains("unsafe_code = \"forbid\""), "{}", package["name"]);
    }
    let workspace = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).unwrap();
    assert!(workspace.contains("unsafe_code = \"forbid\""));
}

#[test]
fn every_licence_is_on_the_list() {
    let deny = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../deny.toml")).unwrap();
    let list = deny.split("allow = [").nth(1).unwrap().split(']').next().unwrap();
    let allowed: BTreeSet<_> = list.split('"').skip(1).step_by(2).collect();
    for package in metadata()["packages"].as_array().unwrap() {
        let licence = package["license"].as_str().unwrap_or("");
        let expression = licence.replace(['(', ')'], "").replace('/', " OR ");
        // `A AND B` needs both; `A OR B` needs one. No crate of the tree nests them deeper.
        let is_allowed =
            expression.split(" AND ").all(|all| all.split(" OR ").any(|one| allowed.contains(one.trim())));
        assert!(is_allowed, "{}: {licence}", package["name"]);
    }
}

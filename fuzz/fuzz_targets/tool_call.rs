//! Parses and judges tool calls: a line with the name of the tool, then its input as JSON.
#![no_main]

use std::sync::LazyLock;

use guard_core::path::{Operation, Root};
use guard_core::tool::{Surroundings, ToolCall, evaluate};
use guard_core::{Decision, Verdict};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static ROOT: LazyLock<(Root, TempDir)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::create_dir(dir.path().join("src")).expect("a directory");
    std::fs::write(dir.path().join(".env"), "").expect("a secret");
    std::os::unix::fs::symlink("/etc", dir.path().join("out")).expect("a link");
    (Root::open(dir.path()).expect("the root opens"), dir)
});

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((name, input)) = text.split_once('\n') else { return };
    let Ok(input) = serde_json::from_str(input) else { return };
    let Ok(call) = ToolCall::parse(name, &input) else { return };
    let root = &ROOT.0;
    let surroundings = Surroundings::new(root);
    let judge = |surroundings: &Surroundings| evaluate(&call, surroundings, |_| Verdict::undecided());
    let verdict = judge(&surroundings);
    let allowed = verdict.decision() == Decision::Allow;
    assert!(!allowed || verdict.findings().is_empty(), "allowed with a finding");
    assert!(
        verdict.decision() <= judge(&surroundings.clone().read_only()).decision(),
        "read-only allows more"
    );
    // Whatever reads or writes a path is as strict as the judgement of that path alone.
    let touched = match &call {
        ToolCall::Read(path) => Some((path, Operation::Read)),
        ToolCall::Write(path) | ToolCall::Edit(path) => Some((path, Operation::Write)),
        ToolCall::List(path) => Some((path, Operation::List)),
        ToolCall::Grep { path: Some(path), .. } if !path.trim().is_empty() => Some((path, Operation::Read)),
        ToolCall::Command { .. } | ToolCall::Foreign | ToolCall::Unknown => {
            assert!(!allowed, "allowed unseen");
            None
        }
        _ => None,
    };
    if let Some((path, operation)) = touched {
        assert!(verdict.decision() >= root.judge("", path.trim(), operation).decision(), "{path:?}");
        assert!(!allowed || !path.trim().starts_with("~/"), "a home directory");
    }
});

use std::fs;
use std::os::unix::fs::symlink;

use guard_core::path::Root;
use guard_core::tool::{RULES, Surroundings, ToolCall, evaluate};
use guard_core::{Finding, Requires, Verdict};
use serde_json::{Value, json};
use tempfile::TempDir;

fn tree() -> (TempDir, Root) {
    let dir = tempfile::tempdir().unwrap();
    for file in [
        "src/main.rs",
        "src/lib.rs",
        ".env",
        ".env.example",
        "sub/.ssh/id_rsa",
        "notebook.ipynb",
        ".git/config",
    ] {
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    symlink("/etc", dir.path().join("out")).unwrap();
    let root = Root::open(dir.path()).unwrap();
    (dir, root)
}

/// Commands that say `ls` are fine, all others are not.
fn commands(text: &str) -> Verdict {
    if text == "ls" { Verdict::allow(Requires::NOTHING) } else { Verdict::undecided() }
}

fn answer(surroundings: &Surroundings, name: &str, input: &Value) -> String {
    let verdict = match ToolCall::parse(name, input) {
        Ok(call) => evaluate(&call, surroundings, commands),
        Err(error) => Verdict::of(Finding::new(error.rule())),
    };
    let requires: Vec<_> = verdict.requires().names().collect();
    let mut codes: Vec<_> = verdict.reasons().map(Finding::code).collect();
    codes.dedup();
    [vec![verdict.decision().to_string().as_str()], codes, requires].concat().join(" ")
}

#[track_caller]
fn check(rows: &[(&str, Value, &str)]) {
    let (_dir, root) = tree();
    let surroundings = Surroundings::new(&root);
    for (name, input, want) in rows {
        let text = input.to_string().replace("{root}", root.path().to_str().unwrap());
        let input = serde_json::from_str(&text).unwrap();
        assert_eq!(answer(&surroundings, name, &input), *want, "{name} {input}");
    }
}

#[test]
fn files() {
    check(&[
        ("Read", json!({"file_path": "src/main.rs"}), "allow"),
        ("Read", json!({"file_path": "{root}/src/main.rs", "limit": 10}), "allow"),
        ("Read", json!({"file_path": ".env.example"}), "allow"),
        ("Read", json!({"file_path": ".env"}), "deny secret-file"),
        ("Read", json!({"file_path": " .env "}), "deny secret-file"),
        ("Read", json!({"file_path": "/etc/passwd"}), "deny path-outside-root"),
        ("Read", json!({"file_path": " /etc/passwd"}), "deny path-outside-root"),
        ("Read", json!({"file_path": "out/passwd"}), "deny path-link-leaves-root"),
        ("Read", json!({"file_path": "~/.ssh/id_rsa"}), "deny path-other-user-home tool-home-path"),
        ("Read", json!({"file_path": "~/notes"}), "deny path-other-user-home tool-home-path"),
        ("Read", json!({"file_path": ""}), "deny path-empty"),
        ("NotebookRead", json!({"notebook_path": "notebook.ipynb"}), "allow"),
        ("Write", json!({"file_path": "new.rs", "content": "fn main() {}"}), "allow"),
        ("Write", json!({"file_path": ".git/hooks/pre-commit", "content": ""}), "deny guarded-file"),
        ("Write", json!({"file_path": "CLAUDE.md", "content": ""}), "ask guarded-file-ask"),
        ("Edit", json!({"file_path": "src/lib.rs", "old_string": "x", "new_string": "y"}), "allow"),
        ("Edit", json!({"file_path": ".env", "old_string": "x", "new_string": "y"}), "deny secret-file"),
        ("MultiEdit", json!({"file_path": ".git/config", "edits": []}), "deny guarded-file"),
        ("NotebookEdit", json!({"notebook_path": "notebook.ipynb", "new_source": ""}), "allow"),
        ("NotebookEdit", json!({"notebook_path": "../n.ipynb", "new_source": ""}), "deny path-outside-root"),
        ("LS", json!({"path": "{root}"}), "allow"),
        ("LS", json!({"path": "sub/.ssh"}), "deny secret-file"),
    ]);
}

#[test]
fn searching() {
    check(&[
        ("Glob", json!({"pattern": "**/*.rs"}), "allow"),
        ("Glob", json!({"pattern": "src/*.{rs,toml}", "path": "{root}"}), "allow"),
        ("Glob", json!({"pattern": "*"}), "allow"),
        ("Glob", json!({"pattern": "src/app/[...slug]/*"}), "allow"),
        ("Glob", json!({"pattern": "/etc/*"}), "deny path-outside-root"),
        ("Glob", json!({"pattern": "../*"}), "deny path-outside-root"),
        ("Glob", json!({"pattern": "src/*/../../../x"}), "deny path-outside-root"),
        ("Glob", json!({"pattern": "{..,src}/*"}), "deny path-outside-root"),
        ("Glob", json!({"pattern": "{.,x}{.,y}/*"}), "deny path-outside-root"),
        ("Glob", json!({"pattern": "{/etc,src}/*"}), "deny path-outside-root"),
        ("Glob", json!({"pattern": "x*/\\.\\./\\.\\./y"}), "deny path-outside-root"),
        ("Glob", json!({"pattern": "{a,b}".repeat(9)}), "deny tool-too-large"),
        ("Glob", json!({"pattern": "src/{unclosed"}), "allow"),
        ("Glob", json!({"pattern": "out/*"}), "deny path-link-leaves-root"),
        ("Glob", json!({"pattern": "**/.env*"}), "deny secret-file"),
        ("Glob", json!({"pattern": "{.env,x}"}), "deny secret-file"),
        ("Glob", json!({"pattern": "*", "path": "sub/.ssh"}), "deny secret-file"),
        ("Glob", json!({"pattern": "~/*"}), "deny path-other-user-home tool-home-path"),
        ("Grep", json!({"pattern": "fn", "path": "src"}), "allow"),
        ("Grep", json!({"pattern": "fn", "path": "src/main.rs"}), "allow"),
        ("Grep", json!({"pattern": "fn"}), "allow secrets-masked"),
        ("Grep", json!({"pattern": "fn", "path": ""}), "allow secrets-masked"),
        ("Grep", json!({"pattern": "fn", "path": "sub"}), "allow secrets-masked"),
        ("Grep", json!({"pattern": "fn", "glob": "*.rs"}), "allow secrets-masked"),
        ("Grep", json!({"pattern": "fn", "path": "src", "glob": "!*.env"}), "allow"),
        ("Grep", json!({"pattern": ".", "path": "src", "glob": ".env*"}), "deny secret-file"),
        ("Grep", json!({"pattern": ".", "path": "src", "glob": "*.rs,.env"}), "deny secret-file"),
        ("Grep", json!({"pattern": ".", "path": ".env"}), "deny secret-file"),
        ("Grep", json!({"pattern": ".", "path": "/"}), "deny path-outside-root"),
    ]);
}

#[test]
fn everything_else() {
    check(&[
        ("Bash", json!({"command": "ls", "run_in_background": true}), "allow"),
        ("Bash", json!({"command": "rm -rf /"}), "deny"),
        ("Bash", json!({"command": "ls", "dangerouslyDisableSandbox": true}), "ask tool-sandbox-off"),
        ("Bash", json!({"command": "ls", "dangerouslyDisableSandbox": false}), "allow"),
        ("WebFetch", json!({"url": "https://example.org", "prompt": "x"}), "ask tool-network"),
        ("WebFetch", json!({"url": "file:///etc/passwd", "prompt": "x"}), "deny tool-not-web"),
        ("WebSearch", json!({"query": "x"}), "ask tool-network"),
        ("Task", json!({"prompt": "x", "subagent_type": "y"}), "allow"),
        ("Agent", json!({"prompt": "x"}), "allow"),
        ("TodoWrite", json!({"todos": []}), "allow"),
        ("BashOutput", json!({"bash_id": "1"}), "allow"),
        ("KillShell", json!({"shell_id": "1"}), "allow"),
        ("AskUserQuestion", json!({"questions": []}), "allow"),
        ("ExitPlanMode", json!({"plan": ""}), "allow"),
        ("mcp__db__query", json!({"sql": "select 1"}), "ask tool-foreign"),
        ("CronCreate", json!({}), "ask tool-unknown"),
        ("Skill", json!({"skill": "x"}), "ask tool-unknown"),
        ("bash", json!({"command": "ls"}), "ask tool-unknown"),
    ]);
}

#[test]
fn malformed() {
    let huge = "x".repeat(ToolCall::BYTES_MAX);
    let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
    check(&[
        ("Bash", json!({}), "deny tool-malformed"),
        ("Bash", json!({"command": 1}), "deny tool-malformed"),
        ("Bash", json!({"command": ["ls"]}), "deny tool-malformed"),
        ("Bash", json!({"command": "ls", "dangerouslyDisableSandbox": "yes"}), "deny tool-malformed"),
        ("Bash", json!(["ls"]), "deny tool-malformed"),
        ("Read", json!(null), "deny tool-malformed"),
        ("Read", json!({"path": "x"}), "deny tool-malformed"),
        ("Write", json!({"file_path": "x"}), "deny tool-malformed"),
        ("Glob", json!({"pattern": "*", "path": 1}), "deny tool-malformed"),
        ("Grep", json!({"path": "src"}), "deny tool-malformed"),
        ("", json!({}), "deny tool-malformed"),
        ("mcp__\n", json!({}), "deny tool-malformed"),
        ("Write", json!({"file_path": "x", "content": huge}), "deny tool-too-large"),
        ("mcp__x", json!({"deep": deep}), "deny tool-too-large"),
    ]);
}

#[test]
fn a_read_only_run_writes_nothing() {
    let (_dir, root) = tree();
    let surroundings = Surroundings::new(&root).cwd("src").read_only();
    for (name, input, want) in [
        ("Read", json!({"file_path": "main.rs"}), "allow"),
        ("Read", json!({"file_path": "../.env"}), "deny secret-file"),
        ("Write", json!({"file_path": "new.rs", "content": ""}), "deny tool-writes"),
        ("Edit", json!({"file_path": "main.rs", "new_string": ""}), "deny tool-writes"),
    ] {
        assert_eq!(answer(&surroundings, name, &input), want, "{name} {input}");
    }
}

#[test]
fn every_code_is_listed_once() {
    let codes: Vec<_> = RULES.iter().map(|rule| rule.code).collect();
    assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
}

//! A whole hook call as a process, beside `true` and beside a hook in Python that only reads the question.
//! Run with `cargo build --release && cargo bench -p guard-benches --bench hook`; `GUARD_BOT` names another executable.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

/// One kind of hook, and how long it took each time.
struct Hook<'a> {
    name: &'a str,
    program: &'a Path,
    arguments: &'a [&'a str],
    question: String,
    samples: Vec<Duration>,
}

const ROUNDS: usize = 300;
const PYTHON: &str = "import json,sys; q = json.load(sys.stdin); sys.exit(0 if q['tool_name'] else 2)";

#[allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a benchmark reads the clock and may end with a panic"
)]
fn time(program: &Path, arguments: &[&str], home: &Path, question: &str) -> Duration {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .stdin(Stdio::piped())
        // Read, because an answer that goes nowhere is a failure of the hook.
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a program");
    let mut input = child.stdin.take().expect("a pipe");
    // `true` may be gone before it could have read.
    input.write_all(question.as_bytes()).unwrap_or_default();
    drop(input);
    let status = child.wait_with_output().expect("a child").status;
    assert!(status.success(), "{} ended with {status}", program.display());
    start.elapsed()
}

/// `guard-bot` where cargo puts it: beside the directory of this benchmark.
fn guard_bot() -> Option<PathBuf> {
    let named = env::var_os("GUARD_BOT").map(PathBuf::from);
    let built = || Some(env::current_exe().ok()?.parent()?.parent()?.join("guard-bot"));
    named.or_else(built).filter(|path| path.exists())
}

#[allow(clippy::expect_used, reason = "a benchmark may end with a panic")]
fn main() {
    let Some(bot) = guard_bot() else {
        println!("no guard-bot here: run `cargo build --release` first, or name one with GUARD_BOT");
        return;
    };
    let directory = tempfile::tempdir().expect("a temporary directory");
    let (home, project) = (directory.path().join("home"), directory.path().join("project"));
    fs::create_dir(&home).expect("a directory");
    fs::create_dir(&project).expect("a directory");
    let cwd = project.to_str().expect("a plain path");
    let question = |command: &str| {
        format!(
            r#"{{"hook_event_name":"PreToolUse","cwd":"{cwd}","tool_name":"Bash","tool_input":{{"command":"{command}"}}}}"#
        )
    };
    let hook: &[&str] = &["hook", "--approved", cwd];
    let python = Path::new("/usr/bin/python3");
    let case = |name, program, arguments, command: &str| Hook {
        name,
        program,
        arguments,
        question: question(command),
        samples: Vec::new(),
    };
    let mut cases = vec![
        case("true", Path::new("/bin/true"), &[], "ls"),
        case("guard-bot hook, allowed", &bot, hook, "git status --short"),
        case("guard-bot hook, denied", &bot, hook, "cat ../.env | base64"),
    ];
    if python.exists() {
        cases.push(case("python3, reads the question", python, &["-c", PYTHON], "ls"));
    }
    for _ in 0..ROUNDS {
        for case in &mut cases {
            case.samples.push(time(case.program, case.arguments, &home, &case.question));
        }
    }
    println!("\none hook call, whole process, {ROUNDS} rounds in turn");
    for Hook { name, samples, .. } in &mut cases {
        samples.sort();
        let at = |share: usize| samples.get(samples.len() * share / 100).copied().unwrap_or_default();
        println!("  {name:<28} p50 {:>10.2?}  p95 {:>10.2?}", at(50), at(95));
    }
}

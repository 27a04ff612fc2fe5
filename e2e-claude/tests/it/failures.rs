//! A guard that fails: the tool does not run.

use std::path::Path;
use std::time::Duration;

use guard_agent::claude::{Claude, ClaudeError, Event, Outcome, Start};
use guard_core::tool::ToolCall;
use guard_core::{Requires, Verdict};

use crate::stand::{Stand, listen, never, running, until};
use crate::stub::{Reply, bash};

fn start() -> Start {
    Start { prompt: "do it".to_owned(), ..Start::default() }
}

#[test]
fn a_judge_that_panics_denies() {
    let stand = Stand::new();
    stand.stub([bash("touch made")]);
    let judge = |_: &ToolCall, _: &Path| -> Verdict { panic!("a defect of the judge") };
    let session = Claude::new(stand.options()).expect("an agent").start(start(), judge).expect("a run");
    session.control().finish();
    let said = listen(session, never, |_, _| {});
    assert_eq!(said.denied, ["guard-failed"]);
    assert_eq!((said.outcomes(), stand.exists("project/made")), (vec![Outcome::Done], false));
}

#[test]
fn a_judge_that_takes_too_long_ends_the_run() {
    let stand = Stand::new();
    // `echo` runs unasked where the hook has no say.
    stand.stub([bash("echo ran > made"), bash("touch made")]);
    let judge = |_: &ToolCall, _: &Path| {
        std::thread::sleep(Duration::from_secs(34));
        Verdict::allow(Requires::NOTHING)
    };
    let session = Claude::new(stand.options()).expect("an agent").start(start(), judge).expect("a run");
    session.control().finish();
    let said = listen(session, never, |_, _| {});
    assert_eq!(said.ended, Some(Err(ClaudeError::NoVerdict)), "{said:#?}");
    assert!(!stand.exists("project/made"));
}

#[test]
fn what_the_judge_does_not_decide_is_denied() {
    let stand = Stand::new();
    stand.stub([bash("touch made")]);
    let judge = |_: &ToolCall, _: &Path| Verdict::undecided();
    let session = Claude::new(stand.options()).expect("an agent").start(start(), judge).expect("a run");
    session.control().finish();
    let said = listen(session, never, |_, _| {});
    assert!(said.result().0 && !stand.exists("project/made"), "{said:#?}");
}

#[test]
fn a_dropped_session_is_a_dead_one() {
    let stand = Stand::new();
    stand.stub([bash("timeout 63.9 tail -f /dev/null; touch made")]);
    let mut session = stand.start(stand.options(), Start::default());
    while let Some(event) = session.blocking_next() {
        if matches!(event, Event::ToolUse { .. }) {
            break;
        }
    }
    std::thread::sleep(Duration::from_secs(1));
    drop(session);
    assert!(until(|| running("63.9") == 0) && !stand.exists("project/made"));
}

#[test]
fn a_model_that_never_answers_uses_up_the_time() {
    let stand = Stand::new();
    stand.stub([Reply::Stall, Reply::Stall]);
    let options = guard_agent::claude::Options { time: Duration::from_secs(3), ..stand.options() };
    let said = listen(stand.start(options, Start::default()), never, |_, _| {});
    assert_eq!(said.ended, Some(Err(ClaudeError::TimedOut)));
}

/// An agent of an old version, or one that leaves the guard out, is a script here.
#[track_caller]
fn check_fake(script: &str, want: &ClaudeError) {
    use std::os::unix::fs::PermissionsExt as _;
    let stand = Stand::new();
    stand.stub([]);
    stand.write("fake/claude", &format!("#!/bin/bash\n{script}\n"));
    std::fs::set_permissions(stand.path("fake/claude"), std::fs::Permissions::from_mode(0o755))
        .expect("a mode");
    let options = guard_agent::claude::Options { cli: stand.path("fake/claude"), ..stand.options() };
    let judge = |_: &ToolCall, _: &Path| Verdict::undecided();
    let got = match Claude::new(options).and_then(|claude| claude.start(start(), judge)) {
        Err(error) => error,
        Ok(session) => match listen(session, never, |_, _| {}).ended {
            Some(Err(error)) => error,
            other => panic!("it ended well: {other:?}"),
        },
    };
    assert_eq!(got, *want);
}

#[test]
fn an_agent_without_the_guarantees_is_refused() {
    let version = "[ \"$1\" = --version ] && { echo '2.1.330 (Claude Code)'; exit 0; }; read -r line";
    let reply = |fields: &str| {
        format!(
            "{version}; echo '{{\"type\":\"control_response\",\"response\":{{\"subtype\":\"success\",\"request_id\":\"guard-initialize\",\"response\":{{{fields}}}}}}}'; read -r line"
        )
    };
    let good = reply("\"hook_on_failure_supported\":true,\"hooks_applied\":true");
    let init = |fields: &str| {
        format!(
            "{good}; echo '{{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"878cdfd8-9f7a-4ddf-b1ed-47cf66d94c2d\",\"claude_code_version\":\"2.1.330\",{fields}}}'; sleep 30"
        )
    };
    check_fake("echo '2.1.294 (Claude Code)'", &ClaudeError::TooOld("2.1.294".parse().unwrap()));
    check_fake("exit 1", &ClaudeError::NoVersion);
    check_fake("echo something", &ClaudeError::NoVersion);
    check_fake(&reply("\"hooks_applied\":true"), &ClaudeError::NoBlockingHooks);
    check_fake(&reply("\"hook_on_failure_supported\":true"), &ClaudeError::NoBlockingHooks);
    check_fake(&format!("{version}; echo garbage; sleep 30"), &ClaudeError::Malformed);
    check_fake(
        &format!("{version}; head -c 9000000 /dev/zero | tr '\\0' x; sleep 30"),
        &ClaudeError::Malformed,
    );
    check_fake(&format!("{version}; exit 7"), &ClaudeError::Died(7));
    let whole = "\"permissionMode\":\"default\",\"tools\":[\"Bash\"]";
    let servers = format!("{whole},\"plugins\":[],\"mcp_servers\":[{{\"name\":\"evil\"}}]");
    check_fake(&init(&servers), &ClaudeError::NotHermetic("servers of tools"));
    check_fake(&init(&format!("{whole},\"plugins\":[]")), &ClaudeError::NotHermetic("servers of tools"));
    let plugins =
        format!("{whole},\"mcp_servers\":[],\"plugins\":[{{\"path\":\"/p\",\"source\":\"x@builtin\"}}]");
    check_fake(&init(&plugins), &ClaudeError::NotHermetic("plugins"));
    let mode = "\"permissionMode\":\"acceptEdits\",\"tools\":[],\"mcp_servers\":[],\"plugins\":[]";
    check_fake(&init(mode), &ClaudeError::NotHermetic("permissions"));
    let tools = "\"permissionMode\":\"default\",\"tools\":[\"CronCreate\"],\"mcp_servers\":[],\"plugins\":[]";
    check_fake(&init(tools), &ClaudeError::NotHermetic("tools"));
}

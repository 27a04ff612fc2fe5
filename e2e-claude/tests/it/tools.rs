//! The tools of the real agent, each before the guard; some exist in other versions only, or in no cell.

use std::fs;

use guard_agent::claude::{Ask, Closed, Options, Outcome, Start};
use serde_json::{Value, json};

use crate::stand::{CANARY, Said, Stand, listen, never};
use crate::stub::{Reply, bash};

fn tool(name: &'static str, input: Value) -> Reply {
    Reply::Tool(name, input)
}

/// The given tools beside the usual ones.
fn with_tools(stand: &Stand, names: &[&str]) -> Options {
    let mut options = stand.options();
    options.tools.extend(names.iter().map(|name| (*name).to_owned()));
    options
}

/// What was refused, whoever refused it, in the order of the results.
fn failures(said: &Said) -> Vec<bool> {
    said.results.iter().map(|(is_error, _)| *is_error).collect()
}

#[test]
fn every_tool_for_files_is_held_to_the_project_and_off_its_secrets() {
    let stand = Stand::new();
    let path = |name: &str| stand.path(name).to_string_lossy().into_owned();
    let (outside, secret, directory) = (path("outside/secret"), path("project/.env"), path("outside"));
    stand.write("outside/book.ipynb", "{}");
    let calls = [
        ("Read", json!({"file_path": outside})),
        ("Read", json!({"file_path": secret})),
        ("Write", json!({"file_path": outside, "content": "x"})),
        ("Write", json!({"file_path": path("project/.git/hooks/post-checkout"), "content": "x"})),
        ("Edit", json!({"file_path": secret, "old_string": "TOKEN", "new_string": "x"})),
        ("NotebookEdit", json!({"notebook_path": path("outside/book.ipynb"), "new_source": "x"})),
        ("Glob", json!({"pattern": "*", "path": directory})),
        ("Glob", json!({"pattern": format!("{directory}/*")})),
        ("Grep", json!({"pattern": "canary", "path": directory, "output_mode": "content"})),
        ("Grep", json!({"pattern": "canary", "path": secret, "output_mode": "content"})),
        // Allowed, and the mask is what hides the secret.
        ("Grep", json!({"pattern": "canary", "output_mode": "content"})),
    ];
    let count = calls.len();
    let script: Vec<_> = calls.into_iter().map(|(name, input)| tool(name, input)).collect();
    let (said, stub) = stand.run_with(stand.options(), Start::default(), script, Ask::allow);
    let mut want = vec![true; count - 1];
    want.push(false);
    assert_eq!(failures(&said), want, "{said:#?}");
    // The agent itself refuses to edit what it has not read, before it asks the guard.
    let (out, secret) = ("path-outside-root", "secret-file");
    assert_eq!(said.denied, [out, secret, out, "guarded-file", out, out, out, secret], "{said:#?}");
    assert!(!format!("{:?}", said.results).contains(CANARY) && !stub.heard().contains(CANARY));
    assert_eq!(fs::read_to_string(&outside).unwrap(), CANARY);
    assert!(!stand.exists("project/.git/hooks/post-checkout"));
}

#[test]
fn a_notebook_is_edited_in_the_project() {
    let stand = Stand::new();
    let cell = json!({"cell_type": "code", "id": "a", "source": ["x = 1"], "metadata": {}, "outputs": [], "execution_count": null});
    let book = json!({"cells": [cell], "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5});
    stand.write("project/book.ipynb", &book.to_string());
    let path = stand.path("project/book.ipynb");
    let script = [
        tool("Read", json!({"file_path": path})),
        tool("NotebookEdit", json!({"notebook_path": path, "cell_id": "a", "new_source": "x = 2"})),
    ];
    let said = stand.run(script, never);
    assert_eq!(failures(&said), [false, false], "{said:#?}");
    assert!(fs::read_to_string(path).unwrap().contains("x = 2"));
}

#[test]
fn tools_that_the_agent_does_not_have_do_nothing_and_end_nothing() {
    let stand = Stand::new();
    let file = stand.path("project/src/main.rs");
    let edits = json!([{"old_string": "main", "new_string": "other"}]);
    let script = [
        // Part of earlier versions; the guard judges it as an edit where it exists.
        tool("MultiEdit", json!({"file_path": file, "edits": edits})),
        // No server of tools is started, so none of theirs is there.
        tool("mcp__evil__run", json!({"command": "touch made"})),
        tool("FromTheFuture", json!({"command": "touch made"})),
    ];
    let said = stand.run(script, never);
    assert_eq!((failures(&said), said.outcomes()), (vec![true; 3], vec![Outcome::Done]), "{said:#?}");
    assert_eq!(fs::read_to_string(file).unwrap(), "fn main() {}\n");
}

#[test]
fn the_web_is_asked_about_and_not_there() {
    let stand = Stand::new();
    let script = [
        tool("WebFetch", json!({"url": "https://example.com/?q=carry-me-4417", "prompt": "p"})),
        tool("WebSearch", json!({"query": "something"})),
    ];
    let options = with_tools(&stand, &["WebFetch", "WebSearch"]);
    let (said, _) = stand.run_with(options, Start::default(), script.clone(), Ask::allow);
    let asked: Vec<_> = said.asked.iter().map(|(name, codes)| (name.as_str(), codes.as_slice())).collect();
    assert_eq!(asked, [("WebFetch", &["tool-network"][..]), ("WebSearch", &["tool-network"])]);
    // A yes does not make a network: nobody approved a host, and the search would run at the model API.
    assert_eq!(failures(&said), [true; 2], "{said:#?}");
    assert_eq!(stand.refused(), ["relay-host-refused", "relay-server-tool-refused"]);
    // With the usual tools neither is offered.
    let said = stand.run(script, never);
    assert_eq!(failures(&said), [true; 2], "{said:#?}");
}

#[test]
fn calls_of_a_subagent_meet_the_guard_one_by_one() {
    let stand = Stand::new();
    // It may ask for a mode in which nothing is asked.
    let task = json!({"description": "d", "prompt": "part of the work", "subagent_type": "general-purpose",
        "mode": "bypassPermissions", "run_in_background": true});
    let script = [
        tool("Task", task),
        bash("touch allowed"),
        bash("touch denied # DENY"),
        bash("touch asked-and-denied # ASK"),
        bash("touch asked # ASK"),
        tool("Read", json!({"file_path": stand.path("project/.env")})),
        Reply::Text("the part is done"),
        Reply::Text("all is done"),
    ];
    let mut answers = 0;
    let (said, _) = stand.run_with(stand.options(), Start::default(), script, |ask| {
        answers += 1;
        if answers == 1 { ask.deny("no") } else { ask.allow() }
    });
    let made = ["allowed", "denied", "asked-and-denied", "asked"]
        .map(|name| stand.exists(&format!("project/{name}")));
    assert_eq!(made, [true, false, false, true], "{said:#?}");
    assert_eq!((said.asked.len(), said.closed.as_slice()), (2, &[Closed::Denied, Closed::Allowed][..]));
    assert_eq!(said.denied, ["test-denied", "secret-file"], "{said:#?}");
    // The turn does not end before the sub-agent has.
    assert_eq!(
        (said.outcomes(), said.texts.last().map(String::as_str)),
        (vec![Outcome::Done], Some("all is done"))
    );
}

#[test]
fn a_subagent_works_in_the_project_itself() {
    let stand = Stand::new();
    let task = |isolation: Value| {
        tool(
            "Task",
            json!({"description": "d", "prompt": "p", "subagent_type": "general-purpose", "isolation": isolation}),
        )
    };
    let script = [task("worktree".into()), task("remote".into()), Reply::Text("all is done")];
    let (said, stub) = stand.run_with(stand.options(), Start::default(), script, Ask::allow);
    assert_eq!(
        (said.denied.as_slice(), said.quarantined.as_slice()),
        (&["agent-isolated"; 2][..], &[][..]),
        "{said:#?}"
    );
    assert!(stub.heard().contains("start it without isolation"));
}

#[test]
fn nothing_is_left_to_run_behind_a_turn() {
    let stand = Stand::new();
    let said = stand.run([tool("Bash", json!({"command": "touch made", "run_in_background": true}))], never);
    assert!(said.result().0 && !stand.exists("project/made"), "{said:#?}");
}

#[test]
fn in_plan_mode_only_a_person_lets_the_agent_act() {
    let stand = Stand::new();
    let script = [
        tool("EnterPlanMode", json!({})),
        bash("touch early"),
        tool("Write", json!({"file_path": stand.path("project/early.txt"), "content": "x"})),
        Reply::Text("first turn"),
        // The mode outlives the turn.
        bash("touch early"),
        // With a plan the agent may ask for kinds of commands as well.
        tool(
            "ExitPlanMode",
            json!({"plan": "make it", "allowedPrompts": [{"tool": "Bash", "prompt": "touch files"}]}),
        ),
        bash("touch late"),
        bash("touch later # ASK"),
    ];
    stand.stub(script);
    let session = stand.start(stand.options(), Start::default());
    session.control().prompt("and now?").unwrap();
    session.control().finish();
    let said = listen(
        session,
        |ask| if ask.name() == "ExitPlanMode" { ask.allow() } else { ask.deny("not yet") },
        |_, _| {},
    );
    let planning = |name: &str| (name.to_owned(), vec!["plan-not-approved"]);
    let want = [
        planning("Bash"),
        planning("Write"),
        planning("Bash"),
        ("ExitPlanMode".to_owned(), vec!["for-a-person"]),
        // The approved plan widens nothing: what the guard asks about is still asked.
        ("Bash".to_owned(), vec!["test-asked"]),
    ];
    assert_eq!(said.asked, want, "{said:#?}");
    let made = ["early", "early.txt", "late", "later"].map(|name| stand.exists(&format!("project/{name}")));
    assert_eq!((made, said.outcomes()), ([false, false, true, false], vec![Outcome::Done; 2]));
}

#[test]
fn a_plan_that_is_not_approved_is_not_carried_out() {
    let stand = Stand::new();
    let script = [
        tool("EnterPlanMode", json!({})),
        tool("ExitPlanMode", json!({"plan": "make it"})),
        bash("touch made"),
    ];
    let said = stand.run(script, |ask| ask.deny("not like this"));
    assert_eq!(said.asked.len(), 2, "{said:#?}");
    assert!(!stand.exists("project/made"));
}

#[test]
fn a_question_of_the_agent_can_be_refused() {
    let question = json!({"questions": [{"question": "Which colour?", "header": "Colour", "multiSelect": false,
        "options": [{"label": "red", "description": "r"}, {"label": "blue", "description": "b"}]}]});
    let said = Stand::new().run([tool("AskUserQuestion", question)], |ask| ask.deny("decide yourself"));
    assert_eq!(said.asked, [("AskUserQuestion".to_owned(), vec!["for-a-person"])]);
    assert!(said.result().0 && said.result().1.contains("decide yourself"), "{said:#?}");
}

#[test]
fn a_plan_is_written_where_the_agent_keeps_it_and_shown_to_the_person() {
    let stand = Stand::new();
    let file = "/home/cell/.claude/plans/../settings.json";
    let script = [
        tool("EnterPlanMode", json!({})),
        tool("Write", json!({"file_path": file, "content": "x"})),
        Reply::Plan("# The plan\nmake it"),
        tool("ExitPlanMode", json!({})),
        bash("touch made"),
    ];
    let mut shown = Vec::new();
    let (said, _) = stand.run_with(stand.options(), Start::default(), script, |ask| {
        shown.push((ask.name().to_owned(), ask.input()["plan"].clone()));
        ask.allow();
    });
    assert_eq!(shown, [("ExitPlanMode".to_owned(), json!("# The plan\nmake it"))], "{said:#?}");
    assert_eq!(said.denied, ["path-outside-root"], "nothing else of HOME is open: {said:#?}");
    assert!(stand.exists("project/made") && !stand.exists("home/.claude/settings.json"));
}

#[test]
fn a_long_result_is_read_where_the_agent_has_put_it() {
    let stand = Stand::new();
    stand.stub([bash("seq 100000"), Reply::ReadResult, Reply::Text("read")]);
    let session = stand.start(stand.options(), Start::default());
    session.control().finish();
    let said = listen(session, never, |_, _| {});
    assert_eq!((failures(&said), said.denied.as_slice()), (vec![false; 2], &[][..]), "{said:#?}");
    assert!(
        said.results[0].1.contains("Full output saved to") && said.results[1].1.contains("\n1234\t1234\n"),
        "{said:#?}"
    );
}

//! What a conversation consists of, with the real agent.

use std::time::{Duration, Instant};

use guard_agent::claude::{ClaudeError, Closed, Event, MicroUsd, Options, Outcome, Start};
use serde_json::json;

use crate::stand::{CANARY, Stand, listen, never, running, until};
use crate::stub::{Reply, bash};

#[test]
fn text_comes_whole_and_in_pieces() {
    let said = Stand::new().run([Reply::Text("Hello from the script.")], never);
    assert_eq!(said.texts, ["Hello from the script."]);
    assert_eq!(said.partial, "Hello from the script.");
    assert_eq!(said.outcomes(), [Outcome::Done]);
    assert_eq!(said.turns[0].text.as_deref(), Some("Hello from the script."));
    // 100 tokens in and 20 out, at 3 and 15 dollars a million.
    assert_eq!(said.turns[0].cost, Some(MicroUsd(601)));
    assert_eq!(said.ended, Some(Ok(0)));
}

#[test]
fn an_allowed_tool_runs_without_a_question() {
    let stand = Stand::new();
    let said = stand.run([bash("touch made && echo made it")], never);
    assert_eq!(said.result(), (false, "made it"));
    assert!(stand.exists("project/made"));
    assert_eq!(said.asked, []);
}

#[test]
fn file_tools_work_inside_the_project() {
    let stand = Stand::new();
    let file = stand.path("project/notes.txt").to_string_lossy().into_owned();
    let said = stand.run(
        [
            Reply::Tool("Write", json!({"file_path": file, "content": "one\n"})),
            Reply::Tool("Edit", json!({"file_path": file, "old_string": "one", "new_string": "two"})),
            Reply::Tool("Read", json!({"file_path": file})),
            Reply::Tool("Glob", json!({"pattern": "**/*.txt"})),
            Reply::Tool("Grep", json!({"pattern": "two", "output_mode": "content"})),
        ],
        never,
    );
    assert_eq!(
        said.results.iter().map(|(is_error, _)| *is_error).collect::<Vec<_>>(),
        [false; 5],
        "{said:#?}"
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "two\n");
    assert!(said.results[3].1.contains("notes.txt") && said.results[4].1.contains("two"), "{said:#?}");
}

#[test]
fn a_commit_is_made_with_guarded_git_files_held() {
    let stand = Stand::new();
    std::fs::remove_dir_all(stand.path("project/.git")).unwrap();
    let git = |arguments: &[&str]| {
        let output =
            std::process::Command::new("git").args(arguments).current_dir(stand.path("project")).output();
        String::from_utf8(output.expect("git").stdout).expect("text")
    };
    git(&["init", "-q"]);
    let commit = "git add src && git -c user.name=a -c user.email=a@b commit -qm first && git diff HEAD && git log -1 --format=%s";
    let said =
        stand.run([bash(commit), bash("echo x >> .git/config; echo x > .git/hooks/post-commit")], never);
    assert_eq!(said.results[0], (false, "first".to_owned()), "{said:#?}");
    assert!(said.results[1].1.contains("Read-only"), "{said:#?}");
    assert_eq!((git(&["log", "--format=%s"]).as_str(), said.quarantined.as_slice()), ("first\n", &[][..]));
}

#[test]
fn repositories_that_are_made_in_a_run_stay() {
    let stand = Stand::new();
    std::fs::remove_dir_all(stand.path("project/.git")).unwrap();
    let script = [
        "git init -q one; (cd one && git config user.name a && git config user.email a@b && touch x && git add x && git commit -qm x)",
        "git clone -q --bare one two.git && git clone -q --bare one three",
        "git clone -q --depth 1 file://$PWD/one four && git -C four log --oneline",
        "git init -q five && git -C five config alias.x '!touch marked'",
    ];
    let said = stand.run(script.map(bash), never);
    assert!(said.results.iter().all(|(is_error, _)| !is_error), "{said:#?}");
    // The last one starts a program.
    let moved: Vec<_> = said.quarantined.iter().filter_map(|moved| moved.path.to_str()).collect();
    assert_eq!(moved, ["five/.git"], "{said:#?}");
}

#[test]
fn a_denied_tool_does_not_run_and_the_model_is_told_why() {
    let stand = Stand::new();
    let said = stand.run([bash("touch made # DENY")], never);
    let (is_error, text) = said.result();
    assert!(is_error && text.contains("guard: the test denies it (test-denied)"), "{text}");
    assert_eq!(said.denied, ["test-denied"]);
    assert!(!stand.exists("project/made"));
}

#[test]
fn an_asked_tool_runs_after_a_yes() {
    let stand = Stand::new();
    let said = stand.run([bash("touch made # ASK")], guard_agent::claude::Ask::allow);
    assert_eq!(said.asked, [("Bash".to_owned(), vec!["test-asked"])]);
    assert_eq!(said.closed, [Closed::Allowed]);
    assert!(!said.result().0 && stand.exists("project/made"), "{said:#?}");
}

#[test]
fn an_asked_tool_does_not_run_after_a_no() {
    let stand = Stand::new();
    // `echo` is a command that the agent runs unasked by itself.
    let said = stand.run([bash("echo ran # ASK")], |ask| ask.deny("better not"));
    assert_eq!(said.closed, [Closed::Denied]);
    assert!(said.result().0 && said.result().1.contains("better not"), "{said:#?}");
    assert_eq!(said.outcomes(), [Outcome::Done]);
}

#[test]
fn questions_at_one_time_are_answered_one_by_one() {
    let stand = Stand::new();
    let script = [Reply::Commands(&[
        "touch one # ASK",
        "touch two # DENY",
        "touch three # ASK",
        "touch four # ASK",
        "touch five",
    ])];
    let said = stand.run(script, |ask| {
        if ask.input()["command"] == "touch three # ASK" { ask.deny("not that") } else { ask.allow() }
    });
    let made = ["one", "two", "three", "four", "five"].map(|name| stand.exists(&format!("project/{name}")));
    assert_eq!(made, [true, false, false, true, true], "{said:#?}");
    assert_eq!((said.asked.len(), said.denied.as_slice()), (3, &["test-denied"][..]));
}

#[test]
fn a_dropped_question_is_a_no() {
    let stand = Stand::new();
    let said = stand.run([bash("touch made # ASK")], drop);
    assert_eq!(said.closed, [Closed::Denied]);
    assert!(said.result().0 && !stand.exists("project/made"));
}

#[test]
fn a_no_can_end_the_turn() {
    let stand = Stand::new();
    let said =
        stand.run([bash("touch made # ASK"), bash("touch second")], guard_agent::claude::Ask::deny_and_stop);
    assert_eq!(said.outcomes(), [Outcome::Interrupted]);
    assert!(!stand.exists("project/made") && !stand.exists("project/second"));
}

#[test]
fn a_question_expires_and_its_time_is_not_the_runs() {
    let stand = Stand::new();
    let second = Duration::from_secs(1);
    // The whole of the run's time would be used up by the question alone.
    let options = Options { ask_expires: 8 * second, time: 6 * second, ..stand.options() };
    let mut kept = Vec::new();
    let (said, _) =
        stand.run_with(options, Start::default(), [bash("touch made # ASK")], |ask| kept.push(ask));
    assert_eq!(said.closed, [Closed::Expired]);
    assert_eq!(said.outcomes(), [Outcome::Done]);
    assert!(said.result().0 && !stand.exists("project/made"));
    // An answer after the end changes nothing.
    kept.into_iter().for_each(guard_agent::claude::Ask::allow);
}

#[test]
fn with_careful_every_question_goes_to_a_person() {
    let stand = Stand::new();
    let options = Options { careful: true, ..stand.options() };
    let (said, _) =
        stand.run_with(options, Start::default(), [bash("touch made")], guard_agent::claude::Ask::allow);
    assert_eq!(said.asked, [("Bash".to_owned(), vec!["careful"])]);
    assert!(stand.exists("project/made"));
}

#[test]
fn a_question_to_the_person_reaches_the_person() {
    let question = json!({"questions": [{"question": "Which colour?", "header": "Colour", "multiSelect": false,
        "options": [{"label": "red", "description": "r"}, {"label": "blue", "description": "b"}]}]});
    let said = Stand::new().run([Reply::Tool("AskUserQuestion", question)], |ask| {
        ask.answer([("Which colour?".to_owned(), "blue".to_owned())].into());
    });
    assert_eq!(said.asked, [("AskUserQuestion".to_owned(), vec!["for-a-person"])]);
    assert!(!said.result().0 && said.result().1.contains("blue"), "{said:#?}");
}

#[test]
fn writing_outside_is_denied_by_the_guard_and_impossible_in_the_cell() {
    let stand = Stand::new();
    let outside = stand.path("outside/made").to_string_lossy().into_owned();
    let said = stand.run(
        [
            Reply::Tool("Write", json!({"file_path": outside, "content": "x"})),
            bash(format!("touch {outside}; echo $?")),
        ],
        guard_agent::claude::Ask::allow,
    );
    assert_eq!(said.denied, ["path-outside-root"]);
    assert!(said.results[0].0 && !stand.exists("outside/made"), "{said:#?}");
}

#[test]
fn a_secret_is_denied_by_the_guard_and_hidden_in_the_cell() {
    let stand = Stand::new();
    let secret = stand.path("project/.env").to_string_lossy().into_owned();
    // The judge of the test lets every command pass; the agent runs `cat` unasked by itself.
    let script = [
        Reply::Tool("Read", json!({"file_path": secret})),
        bash("cat .env"),
        bash("cat .e*; grep -r TOKEN . ; head -c 99 ./src/../.env"),
    ];
    let (said, stub) =
        stand.run_with(stand.options(), Start::default(), script, guard_agent::claude::Ask::allow);
    assert_eq!(said.denied.len(), 1, "{said:#?}");
    assert_eq!(said.results.len(), 3);
    assert!(!format!("{said:?}").contains(CANARY) && !stub.heard().contains(CANARY), "{said:#?}");
}

#[test]
fn an_interrupt_ends_a_sleeping_tool_and_the_run_goes_on() {
    let stand = Stand::new();
    stand.stub([bash("timeout 61.3 tail -f /dev/null; touch made"), Reply::Text("second turn")]);
    let session = stand.start(stand.options(), Start::default());
    let start = Instant::now();
    let said = listen(session, never, |event, session| match event {
        Event::ToolUse { .. } => {
            let control = session.control();
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_secs(2));
                control.interrupt();
            });
        }
        Event::Turn(turn) if turn.outcome == Outcome::Interrupted => {
            assert!(until(|| running("61.3") == 0), "the tool sleeps on");
            session.control().prompt("go on").unwrap();
            session.control().finish();
        }
        _ => {}
    });
    assert_eq!(said.outcomes(), [Outcome::Interrupted, Outcome::Done], "{said:#?}");
    assert!(start.elapsed() < Duration::from_secs(25) && !stand.exists("project/made"));
}

#[test]
fn two_turns_share_a_process_and_costs_are_each_turns_own() {
    let stand = Stand::new();
    stand.stub([Reply::Text("first"), Reply::Text("second")]);
    let session = stand.start(stand.options(), Start::default());
    session.control().prompt("and again").unwrap();
    session.control().finish();
    let said = listen(session, never, |_, _| {});
    assert_eq!(said.texts, ["first", "second"]);
    let costs: Vec<_> = said.turns.iter().map(|turn| turn.cost).collect();
    assert_eq!(costs, [Some(MicroUsd(601)), Some(MicroUsd(600))]);
}

#[test]
fn a_conversation_is_taken_up_again_in_another_process() {
    let stand = Stand::new();
    let first = stand.run([Reply::Text("remember the word heron")], never);
    let start = Start { resume: first.session.clone(), ..Start::default() };
    let (second, stub) = stand.run_with(stand.options(), start, [Reply::Text("heron")], never);
    assert_eq!(second.session, first.session);
    assert!(stub.heard().contains("remember the word heron"));
    // The agent's count goes on where the conversation stood: never less than this turn cost.
    assert_eq!(second.turns[0].cost, Some(MicroUsd(1201)));
}

#[test]
fn an_unknown_conversation_is_said_to_be_unknown() {
    let stand = Stand::new();
    let start = Start { resume: "11111111-2222-4333-8444-555555555555".parse().ok(), ..Start::default() };
    let (said, _) = stand.run_with(stand.options(), start, [], never);
    assert_eq!(said.outcomes(), [Outcome::UnknownSession], "{said:#?}");
}

#[test]
fn a_turn_has_a_bound_on_calls_of_the_model() {
    let stand = Stand::new();
    let options = Options { max_turns: 1, ..stand.options() };
    let (said, _) = stand.run_with(options, Start::default(), [bash("echo one"), bash("echo two")], never);
    assert_eq!(said.outcomes(), [Outcome::MaxTurns], "{said:#?}");
}

#[test]
fn a_budget_ends_the_run() {
    let stand = Stand::new();
    let start = Start { budget: Some(MicroUsd(100)), ..Start::default() };
    let (said, _) = stand.run_with(stand.options(), start, [bash("echo one"), bash("echo two")], never);
    assert_eq!(said.outcomes(), [Outcome::BudgetUsedUp], "{said:#?}");
}

#[test]
fn an_error_of_the_model_is_one() {
    for status in [400, 403, 404, 413] {
        let said = Stand::new().run(vec![Reply::Error(status); 3], never);
        assert_eq!(said.outcomes(), [Outcome::ApiError { status: Some(status) }], "{said:#?}");
    }
}

/// A document of twelve megabytes, with a page.
fn book() -> Vec<u8> {
    let mut book = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
        2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
        3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n4 0 obj<</Length 1>>stream\n"
        .to_vec();
    book.extend((0..12_u32 << 20).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[0] | 1));
    book.extend(b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
    book
}

#[test]
fn what_is_no_proper_text_and_what_is_a_whole_book_end_nothing() {
    let stand = Stand::new();
    std::fs::write(stand.path("project/book.pdf"), book()).unwrap();
    let script = [
        // Half of a character of two.
        Reply::Written("Bash", r#"{"command":"echo a\ud83db > half.txt; cat half.txt"}"#),
        Reply::Tool("Read", json!({"file_path": stand.path("project/book.pdf")})),
        Reply::Text("I have read it."),
    ];
    let said = stand.run(script, never);
    assert_eq!((said.outcomes(), said.ended), (vec![Outcome::Done], Some(Ok(0))));
    assert_eq!(said.results, [(false, "a\u{fffd}b".to_owned())], "the book is too long to be told");
    assert_eq!(said.texts.last().map(String::as_str), Some("I have read it."));
    let sent = stand.stub_requests().iter().map(|(_, body)| body.to_string().len()).max();
    assert!(sent > Some(12 << 20), "the model has not got the book: {sent:?}");
}

#[test]
fn a_run_that_takes_too_long_is_killed() {
    let stand = Stand::new();
    stand.stub([bash("timeout 61.7 tail -f /dev/null")]);
    let options = Options { time: Duration::from_secs(4), ..stand.options() };
    let session = stand.start(options, Start::default());
    session.control().finish();
    let said = listen(session, never, |_, _| {});
    assert_eq!(said.ended, Some(Err(ClaudeError::TimedOut)), "{said:#?}");
    assert!(running("61.7") == 0);
}

#[test]
fn stop_means_dead_also_for_what_left_its_session() {
    let stand = Stand::new();
    stand.stub([bash("setsid sleep 62.7 & (setsid setsid sleep 62.7 &) ; sleep 62.7")]);
    let session = stand.start(stand.options(), Start::default());
    let said = listen(session, never, |event, session| {
        if matches!(event, Event::ToolUse { .. }) {
            let control = session.control();
            std::thread::spawn(move || {
                assert!(until(|| running("62.7") >= 3), "the tool never ran");
                control.stop();
            });
        }
    });
    assert_eq!(said.ended, Some(Err(ClaudeError::Stopped)));
    assert!(running("62.7") == 0);
}

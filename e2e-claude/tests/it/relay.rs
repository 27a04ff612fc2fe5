//! The real agent and the real relay: money, and a model API that stalls, dies, or is none.

use std::time::Duration;

use guard_agent::claude::{Ask, Event, Outcome, Start};
use guard_agent::relay::{self, Host, Limits, MicroUsd, Refusal};
use serde_json::json;

use crate::stand::{MODEL, Said, Stand, listen, never};
use crate::stub::{BEGINNING, Reply, bash};

/// One call of the stub's model: 100 tokens in, 20 out.
const CALL: u64 = 600;

fn impatient() -> Limits {
    let mut limits = Limits::default();
    (limits.first_byte, limits.idle) = (Duration::from_secs(2), Duration::from_secs(2));
    limits
}

#[test]
fn a_budget_that_is_used_up_in_the_middle_of_a_run_ends_it() {
    let stand = Stand::with(2 * CALL - 1, Limits::default());
    let said = stand.run(["one", "two", "three"].map(|name| bash(format!("touch {name}"))), never);
    // The hold is looked at before a call: the second goes out, the third does not.
    let made = ["one", "two", "three"].map(|name| stand.exists(&format!("project/{name}")));
    assert_eq!(made, [true, true, false], "{said:#?}");
    assert_eq!(
        (stand.budget.spent(), stand.refused()),
        (MicroUsd::new(2 * CALL), vec!["relay-budget-used-up"])
    );
    assert_eq!(said.outcomes(), [Outcome::BudgetUsedUp], "{said:#?}");
    assert_eq!(stand.stub_requests().len(), 2);
    // Another run of the same owner does not even begin.
    let said = stand.run([Reply::Text("hello")], never);
    assert_eq!((said.outcomes(), stand.stub_requests().len()), (vec![Outcome::BudgetUsedUp], 0));
}

#[test]
fn what_a_run_costs_is_booked_call_by_call() {
    let stand = Stand::new();
    let said = stand.run([bash("echo one"), bash("echo two"), Reply::Text("done")], never);
    let booked = |event: relay::Event| match event {
        relay::Event::Booked(booked) => Some((booked.cost, booked.complete)),
        _ => None,
    };
    let booked: Vec<_> = stand.relayed().into_iter().filter_map(booked).collect();
    assert_eq!(booked, [(MicroUsd::new(CALL), true); 3]);
    // The agent counts the same, in floating point, which is rounded up.
    assert!(said.turns[0].cost.is_some_and(|cost| (3 * CALL..=3 * CALL + 1).contains(&cost.0)), "{said:#?}");
}

/// A model that fails once in this way, and then answers.
#[track_caller]
fn a_failure_is_survived(failure: Reply, want: Option<Refusal>) -> Said {
    let stand = Stand::with(u64::MAX, impatient());
    stand.stub([failure, Reply::Text("here again")]);
    let session = stand.start(stand.options(), Start::default());
    session.control().finish();
    let mut retries = 0;
    let said = listen(session, never, |event, _| retries += usize::from(matches!(event, Event::Retry)));
    assert_eq!(said.outcomes(), [Outcome::Done], "{said:#?}");
    assert_eq!(said.texts.last().map(String::as_str), Some("here again"), "{said:#?}");
    let codes: Vec<_> = want.into_iter().map(Refusal::code).collect();
    assert_eq!((stand.refused(), stand.stub_requests().len()), (codes, 2));
    // What the API itself refuses costs nothing; what is not known to be refused may have cost something.
    assert_eq!(stand.budget.spent() > MicroUsd::new(CALL), want.is_some(), "{:?}", stand.budget);
    said
}

#[test]
fn a_model_that_fails_once_is_asked_again() {
    a_failure_is_survived(Reply::Error(529), None);
    a_failure_is_survived(Reply::Overloaded, None);
    a_failure_is_survived(Reply::Stall, Some(Refusal::UpstreamTimeout));
    a_failure_is_survived(Reply::Garbage, Some(Refusal::UpstreamGarbage));
    a_failure_is_survived(Reply::Close, Some(Refusal::UpstreamUnreachable));
    for (failure, refusal) in
        [(Reply::Hang, Refusal::UpstreamTimeout), (Reply::Cut, Refusal::UpstreamGarbage)]
    {
        let said = a_failure_is_survived(failure, Some(refusal));
        assert!(said.partial.starts_with(BEGINNING), "{said:#?}");
    }
}

#[test]
fn a_prompt_of_a_megabyte_arrives_whole() {
    let stand = Stand::new();
    stand.stub([Reply::Text("read")]);
    let prompt = "all work and no play ".repeat(49_000).trim_end().to_owned();
    let session = stand.start(stand.options(), Start { prompt: prompt.clone(), ..Start::default() });
    session.control().finish();
    let said = listen(session, never, |_, _| {});
    assert_eq!(said.outcomes(), [Outcome::Done], "{said:#?}");
    let [(_, body)] = stand.stub_requests().try_into().expect("one request");
    assert!(body["messages"].to_string().contains(&*prompt));
}

#[test]
fn a_long_answer_reaches_a_slow_reader_whole() {
    let stand = Stand::new();
    let bytes = 200_000;
    stand.stub([Reply::Long(bytes)]);
    let session = stand.start(stand.options(), Start::default());
    session.control().finish();
    let mut pieces = 0_u32;
    let said = listen(session, never, |event, _| {
        pieces += u32::from(matches!(event, Event::PartialText(_)));
        if pieces % 1_000 == 1 {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    assert_eq!(
        (said.outcomes(), said.texts[0].len(), said.partial.len()),
        (vec![Outcome::Done], bytes, bytes)
    );
}

#[test]
fn no_other_model_is_called() {
    let stand = Stand::new();
    let task =
        json!({"description": "d", "prompt": "p", "subagent_type": "general-purpose", "model": "opus"});
    let script = [Reply::Tool("Task", task), Reply::Text("part"), Reply::Text("whole")];
    let said = stand.run(script, never);
    assert_eq!(said.outcomes(), [Outcome::Done], "{said:#?}");
    let requests = stand.stub_requests();
    let models: Vec<_> =
        requests.iter().map(|(_, body)| body["model"].as_str().unwrap_or_default()).collect();
    assert_eq!(models, [MODEL; 3], "{said:#?}");
    assert_eq!(stand.refused(), [""; 0]);
}

#[test]
fn a_host_is_reached_once_a_person_has_approved_it() {
    let stand = Stand::new();
    let site = crate::stub::Stub::new([]);
    let address = site.listen_tcp().to_string();
    let host = Host::parse(&address).expect("a host");
    let fetch = || {
        bash(format!("curl -sS -m 5 --proxytunnel --noproxy '' -x $ANTHROPIC_BASE_URL http://{address}/x"))
    };
    let (said, _) = stand.run_with(stand.options(), Start::default(), [fetch()], Ask::allow);
    assert!(said.result().0 && said.result().1.contains("403"), "{said:#?}");
    assert!(stand.relayed().contains(&relay::Event::HostRefused(host.clone())), "{:?}", stand.relayed());
    stand.relay.allow_even_private(host).expect("a place");
    let (said, _) = stand.run_with(stand.options(), Start::default(), [fetch()], Ask::allow);
    assert!(said.result().1.contains("not_found_error") && site.requests().len() == 1, "{said:#?}");
}

#[test]
fn a_run_can_have_a_relay_of_its_own() {
    let (stand, other) = (Stand::new(), Stand::new());
    other.stub([Reply::Text("over here")]);
    let start = Start { relay: Some(other.relay.socket().to_owned()), ..Start::default() };
    let (said, stub) = stand.run_with(stand.options(), start, [Reply::Text("not here")], never);
    assert_eq!((said.texts.as_slice(), stub.requests().len()), (&["over here".to_owned()][..], 0));
    assert_eq!((stand.budget.spent(), other.budget.spent()), (MicroUsd::ZERO, MicroUsd::new(CALL)));
}

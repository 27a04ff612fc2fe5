//! The real agent, the real relay, and a scripted model behind it.

use std::sync::{Arc, Mutex};

use guard_agent::claude::{Outcome, Start};
use guard_agent::relay::{
    Budget, Credential, Event, MicroUsd, Model, Models, Options, Price, Refusal, Relay, Upstream,
};

use crate::stand::{MODEL, Said, Stand, listen, never};
use crate::stub::{Reply, Stub, bash};

/// A run through a relay with this budget.
fn run(budget: u64, script: impl IntoIterator<Item = Reply>) -> (Said, Stub, Arc<Budget>, Vec<Event>) {
    let stand = Stand::new();
    let stub = Stub::new(script);
    let upstream = format!("http://{}", stub.listen_tcp());
    let dollars = |dollars: u64| MicroUsd(dollars * 1_000_000);
    let price = Price {
        input: dollars(3),
        output: dollars(15),
        cache_write: dollars(4),
        cache_write_hour: dollars(6),
        cache_read: dollars(1),
    };
    let models = Models::new().with(MODEL, Model { price, context_tokens: 200_000, output_tokens: 64_000 });
    let budget = Arc::new(Budget::new(MicroUsd(budget)));
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let options = Options::new(
        stand.path("relay"),
        Upstream::parse(&upstream).expect("an address"),
        Credential::ApiKey("the-key-that-stays-outside".into()),
        models,
        Arc::clone(&budget) as _,
    );
    let relay =
        Relay::start(options.on_event(move |event| heard.lock().unwrap().push(event))).expect("a relay");
    let start = Start { relay: Some(relay.socket().to_owned()), ..Start::default() };
    let session = stand.start(stand.options(), start);
    session.control().finish();
    let said = listen(session, never, |_, _| {});
    drop(relay);
    let events = std::mem::take(&mut *events.lock().unwrap());
    (said, stub, budget, events)
}

#[test]
fn a_conversation_goes_through_the_relay_and_is_metered() {
    let (said, stub, budget, events) = run(1_000_000, [bash("echo hi"), Reply::Text("Done here.")]);
    assert_eq!(said.result(), (false, "hi"), "{events:?}");
    assert_eq!(said.outcomes(), [Outcome::Done], "{said:#?} {events:?}");
    assert_eq!(budget.spent(), MicroUsd(2 * (100 * 3 + 20 * 15)));
    assert!(stub.heard().contains("x-api-key: the-key-that-stays-outside"));
    assert!(!stub.heard().contains("held-by-the-relay"));
}

#[test]
fn a_budget_that_is_used_up_ends_the_turn_and_says_so() {
    let (said, _, budget, events) = run(500, [bash("echo hi"), Reply::Text("Never said.")]);
    assert_eq!(said.result(), (false, "hi"), "{events:?}");
    assert_eq!(said.outcomes(), [Outcome::BudgetUsedUp], "{said:#?} {events:?}");
    assert_eq!(budget.spent(), MicroUsd(600));
    assert!(events.contains(&Event::Refused(Refusal::BudgetUsedUp)), "{events:?}");
}

//! Money: what is asked before a call, and what is booked after it.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::Barrier;
use std::time::Duration;

use guard_agent::relay::{Event, MicroUsd, Refusal};

use super::setup::{BODY, limits, post, rig, rig_with, worst_input};
use super::stub::{STREAM, Stub, chunk, event, json, message, send, start, text};

#[test]
fn a_used_up_budget_refuses_the_next_call() {
    let stub = Stub::start(|_, stream| send(stream, message("msg_1", 1000, 30)));
    let rig = rig_with(&stub.url(), 2300, limits());
    assert_eq!(rig.post(BODY).status, 200);
    let reply = rig.post(BODY);
    let want = r#"{"type":"error","error":{"type":"billing_error","message":"guard: the budget of this run is used up"}}"#;
    assert_eq!((reply.status, reply.code(), reply.body.as_str()), (402, Some("relay-budget-used-up"), want));
    assert!(reply.head.contains("\r\nx-should-retry: false"));
    assert_eq!(rig.budget.spent(), MicroUsd::new(2300));
    assert_eq!(stub.seen().len(), 1);
    assert_eq!(rig.events().last(), Some(&Event::Refused(Refusal::BudgetUsedUp)));
    // A count costs nothing and stays open.
    assert_eq!(rig.raw(post("/v1/messages/count_tokens", "", BODY)).status, 200);
}

#[test]
fn calls_at_one_time_never_spend_more_than_one_answer_too_much() {
    let answer = (1000 * 2 + 30 * 10) as u64;
    let stub = Stub::start(|_, stream| {
        std::thread::sleep(Duration::from_millis(30));
        send(stream, message("msg_1", 1000, 30))
    });
    let limit = answer * 3 - 1;
    let rig = rig_with(&stub.url(), limit, limits());
    let begin = Barrier::new(6);
    let granted: usize = std::thread::scope(|scope| {
        let one = || {
            begin.wait();
            usize::from(rig.post(BODY).status == 200)
        };
        let all: Vec<_> = (0..6).map(|_| scope.spawn(one)).collect();
        all.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!((granted, stub.seen().len()), (3, 3));
    assert_eq!(rig.budget.spent(), MicroUsd::new(answer * 3));
}

#[test]
fn every_call_counts_even_under_one_message_id() {
    let stub = Stub::start(|_, stream| send(stream, message("msg_1", 100, 1)));
    let rig = rig(&stub.url());
    rig.post(BODY);
    rig.post(BODY);
    assert_eq!(rig.budget.spent(), MicroUsd::new(2 * 210));
}

#[test]
fn a_stream_that_breaks_off_is_booked_at_its_worst() {
    #[track_caller]
    fn check(sent: String, want: u64) {
        let stub = Stub::start(move |_, stream| {
            send(stream, STREAM.to_owned() + &sent);
            false
        });
        let rig = rig(&stub.url());
        rig.post(BODY);
        let booked = rig.booked();
        assert_eq!((booked.cost, booked.complete), (MicroUsd::new(want), false));
        assert_eq!(rig.budget.spent(), booked.cost);
    }
    let output = 100 * 10;
    check(chunk(&(start("msg_1", 7) + &text("hello"))), 7 * 2 + output);
    check(chunk(&start("msg_1", 7)[..40]), worst_input() + output);
    check(String::new(), worst_input() + output);
}

/// What is booked for an answer, and whether its figures were final.
#[track_caller]
fn check_booked(answer: String, want: u64, complete: bool) {
    let shown = answer.clone();
    let stub = Stub::start(move |_, stream| {
        send(stream, &answer);
        false
    });
    let rig = rig(&stub.url());
    assert_eq!(rig.post(BODY).status, 200);
    let booked = rig.booked();
    assert_eq!((booked.cost, booked.complete), (MicroUsd::new(want), complete), "{shown}");
    assert_eq!(rig.budget.spent(), booked.cost);
}

#[test]
fn what_an_answer_does_not_tell_is_booked_at_its_most() {
    let output = 100 * 10;
    let streamed = |begin: &str, end: &str| {
        let begin = event("message_start", &format!(r#","message":{{"id":"m","usage":{begin}}}"#));
        let end = event("message_delta", &format!(r#","delta":{{"stop_reason":"end_turn"}},"usage":{end}"#));
        STREAM.to_owned() + &chunk(&(begin + &text("hello") + &end)) + "0\r\n\r\n"
    };
    let whole = |usage: &str| json("200 OK", &format!(r#"{{"id":"m","usage":{usage}}}"#));
    let (input, all) = (r#"{"input_tokens":7}"#, r#"{"input_tokens":7,"output_tokens":3}"#);
    check_booked(streamed(input, r#"{"output_tokens":3}"#), 7 * 2 + 3 * 10, true);
    check_booked(streamed("{}", all), 7 * 2 + 3 * 10, true);
    check_booked(whole(all), 7 * 2 + 3 * 10, true);
    check_booked(streamed(input, "{}"), 7 * 2 + output, false);
    check_booked(whole(input), 7 * 2 + output, false);
    check_booked(streamed("{}", r#"{"output_tokens":3}"#), worst_input() + output, false);
    check_booked(whole(r#"{"output_tokens":3}"#), worst_input() + output, false);
    check_booked(streamed("{}", "{}"), worst_input() + output, false);
    check_booked(whole("{}"), worst_input() + output, false);
    // More than was asked for is believed.
    check_booked(streamed(r#"{"output_tokens":500}"#, "{}"), worst_input() + output, false);
    check_booked(streamed(r#"{"output_tokens":50000}"#, "{}"), 500_000, false);
    let most = u64::MAX.to_string();
    check_booked(streamed(input, &format!(r#"{{"output_tokens":{most}}}"#)), u64::MAX, true);
    // A zero at the beginning of a stream that breaks off is no figure.
    let zero =
        event("message_start", r#","message":{"id":"m","usage":{"input_tokens":0,"output_tokens":0}}"#);
    check_booked(STREAM.to_owned() + &chunk(&(zero + &text("hello"))), worst_input() + output, false);
}

#[test]
fn a_client_that_leaves_pays_for_what_it_may_have_caused() {
    let stub = Stub::start(|_, stream| {
        send(stream, STREAM.to_owned() + &chunk(&start("msg_1", 7)));
        while send(stream, chunk(&text("more"))) {
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    });
    let rig = rig(&stub.url());
    let mut client = UnixStream::connect(rig.socket()).unwrap();
    client.write_all(post("/v1/messages", "", BODY).as_bytes()).unwrap();
    client.read_exact(&mut [0; 300]).unwrap();
    drop(client);
    let booked = rig.booked();
    assert_eq!((booked.cost, booked.complete), (MicroUsd::new(7 * 2 + 100 * 10), false));
}

#[test]
fn a_relay_that_ends_books_what_is_under_way() {
    let asked = Arc::new(Barrier::new(2));
    let told = Arc::clone(&asked);
    let stub = Stub::start(move |_, _| {
        told.wait();
        std::thread::sleep(Duration::from_secs(2));
        false
    });
    let mut limits = limits();
    limits.first_byte = Duration::from_secs(20);
    let mut rig = rig_with(&stub.url(), u64::MAX, limits);
    let mut client = UnixStream::connect(rig.socket()).unwrap();
    client.write_all(post("/v1/messages", "", BODY).as_bytes()).unwrap();
    asked.wait();
    rig.relay = None;
    assert_eq!(rig.budget.spent(), MicroUsd::new(worst_input() + 100 * 10));
}

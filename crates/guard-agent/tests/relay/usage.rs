//! Usage in a stream, however it is cut.

use guard_agent::relay::{SseUsage, Tokens, Unreadable};
use proptest::prelude::*;

use super::stub::{event, start, stop, text};

type Outcome = (Result<(), Unreadable>, Option<String>, Tokens, bool, bool);

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut usage = SseUsage::new();
    let outcome = pieces.into_iter().try_for_each(|piece| usage.push(piece));
    let message = usage.message().map(str::to_owned);
    (outcome, message, usage.tokens(), usage.is_complete(), outcome.is_ok() && usage.is_between_events())
}

#[track_caller]
fn check(stream: &str, want: Result<(u64, u64, bool), Unreadable>) {
    let (outcome, _, tokens, complete, _) = read([stream.as_bytes()]);
    assert_eq!(outcome.map(|()| (tokens.input, tokens.output, complete)), want, "{stream}");
    assert_eq!(read(stream.as_bytes().chunks(1)), read([stream.as_bytes()]));
}

#[test]
fn streams() {
    let begun = start("m", 7);
    check("", Ok((0, 0, false)));
    check(&begun, Ok((7, 1, false)));
    check(&(begun.clone() + &text("x") + &stop(3)), Ok((7, 3, true)));
    check(&(begun.clone() + &text("x") + &stop(3)).replace('\n', "\r\n"), Ok((7, 3, true)));
    check(&(begun.clone() + &text("x") + &stop(3)).replace('\n', "\r"), Ok((7, 3, true)));
    check(&(begun.clone() + ": comment\n\n" + &event("ping", "") + &stop(3)), Ok((7, 3, true)));
    // Figures are cumulative: a later one that is lower, or that repeats the input, takes nothing back.
    let again = event("message_delta", r#","usage":{"input_tokens":9,"output_tokens":2}"#);
    check(&(begun.clone() + &stop(3) + &again), Ok((9, 3, true)));
    // Data in several lines; names of events do not matter for usage.
    let lines = "data: {\"type\":\"message_start\",\ndata: \"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":4}}}\n\n";
    check(lines, Ok((4, 0, false)));
    // A message that ends without ever having begun has no known input.
    check(&stop(3), Ok((0, 3, false)));
    // What the model writes is no usage, however it looks.
    check(&(begun.clone() + &text(&"\\n\\ndata: {}".repeat(2)) + &stop(3)), Ok((7, 3, true)));
    check(&(begun.clone() + &text(&"x".repeat(200_000)) + &stop(3)), Ok((7, 3, true)));
    check(&(begun.clone() + &start("other", 9)), Err(Unreadable));
    check(&(begun.clone() + "data: {\n\n"), Err(Unreadable));
    check(&(begun.clone() + &event("message_delta", "")), Err(Unreadable));
    check(&(begun + &event("other", &format!(r#","x":"{}""#, "x".repeat(200_000)))), Err(Unreadable));
    check(&event("message_start", r#","message":{"id":"m"}"#), Err(Unreadable));
    check(&start("", 7), Err(Unreadable));
    check(&start(&"m".repeat(257), 7), Err(Unreadable));
    check("data: []\n\n", Err(Unreadable));
}

#[test]
fn kinds_of_tokens() {
    let usage = r#"{"input_tokens":1,"cache_creation_input_tokens":50,"cache_read_input_tokens":7,"output_tokens":null,
        "cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},
        "iterations":[{"input_tokens":4,"output_tokens":5},{"input_tokens":6,"output_tokens":7}]}"#;
    let rest = format!(r#","message":{{"id":"m","usage":{}}}"#, usage.replace('\n', ""));
    let (outcome, _, tokens, ..) = read([event("message_start", &rest).as_bytes()]);
    let got = (tokens.input, tokens.output, tokens.cache_write, tokens.cache_write_hour, tokens.cache_read);
    assert_eq!((outcome, got), (Ok(()), (10, 12, 20, 30, 7)));
}

#[test]
fn a_figure_that_is_left_out_is_not_zero() {
    let begun = |usage: &str| event("message_start", &format!(r#","message":{{"id":"m","usage":{usage}}}"#));
    let ended = |usage: &str| {
        event("message_delta", &format!(r#","delta":{{"stop_reason":"end_turn"}},"usage":{usage}"#))
    };
    check(&(begun("{}") + &ended(r#"{"output_tokens":3}"#)), Ok((0, 3, false)));
    check(&(start("m", 7) + &ended("{}")), Ok((7, 1, false)));
    check(&(start("m", 7) + &ended(r#"{"output_tokens":null}"#)), Ok((7, 1, false)));
    // What is told before the end is not final.
    let early = event("message_delta", r#","usage":{"output_tokens":2}"#);
    check(&(start("m", 7) + &early + &ended("{}")), Ok((7, 2, false)));
    check(&(start("m", 7) + &early + &stop(3)), Ok((7, 3, true)));
    // Some gateways tell everything at the end.
    check(&(begun("{}") + &ended(r#"{"input_tokens":7,"output_tokens":3}"#)), Ok((7, 3, true)));
    check(&(begun("null") + &stop(3)), Err(Unreadable));
    for figure in ["-3", "3.5", "1e30", "18446744073709551616", "true", "[]"] {
        check(&(start("m", 7) + &ended(&format!(r#"{{"output_tokens":{figure}}}"#))), Err(Unreadable));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn pieces_do_not_matter(
        parts in prop::collection::vec(prop::sample::select(vec![
            start("m", 7), start("n", 8), stop(3), text("hello"), event("ping", ""), "data: ".into(), "\n".into(),
            "\r".into(), "\r\n".into(), "event: content_block_delta\n".into(), "{\"type\":\"x\"}".into(), ":".into(),
        ]), 0..12),
        cuts in prop::collection::vec(0_usize..900, 0..12),
    ) {
        let stream = parts.concat().into_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).chain([0, stream.len()]).collect();
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]);
        prop_assert_eq!(read(pieces), read([stream.as_slice()]));
    }
}

//! The rules' own examples, that each rule and keyword is needed, and laws of redaction.

use proptest::prelude::*;
use serde::Deserialize;

use super::gate::{Candidate, Gate};
use super::{ContentRule, Redactor, Stream, ValueError, rules};

#[derive(Deserialize)]
struct File {
    rule: Vec<Examples>,
}

#[derive(Deserialize)]
struct Examples {
    id: String,
    #[serde(rename = "match")]
    matches: Vec<String>,
    not_match: Vec<String>,
}

fn examples() -> Vec<(&'static ContentRule, Examples)> {
    let file: File = toml::from_str(include_str!("../../data/secret_contents.toml")).unwrap();
    assert_eq!(file.rule.len(), rules().len());
    let examples: Vec<_> = rules().iter().zip(file.rule).collect();
    assert!(examples.iter().all(|(rule, examples)| rule.id == examples.id));
    examples
}

/// Rules that find something in `text`, without those that `gate` lacks.
fn found(gate: &Gate, text: &str) -> Vec<&'static str> {
    let text = text.as_bytes();
    gate.candidates(text, 0)
        .filter_map(|candidate| {
            let end = gate.rule(candidate)?.window_end(text, candidate.at, 0, true)?;
            Some(gate.judge(text, candidate, end)?.rule)
        })
        .collect()
}

#[test]
fn every_example_is_found_by_its_rule_and_no_counterexample_by_any() {
    let mut wrong = Vec::new();
    for (rule, examples) in examples() {
        for example in examples.matches {
            if !found(Gate::get(), &example).contains(&rule.id) {
                wrong.push((rule.id, "not found", example));
            }
        }
        for example in examples.not_match {
            if !Redactor::new().find(example.as_bytes()).is_empty() {
                wrong.push((rule.id, "found", example));
            }
        }
    }
    assert_eq!(wrong, []);
}

#[test]
fn keywords_of_a_short_text_are_found_without_the_automaton() {
    let by_place = |candidate: &Candidate| (candidate.at, candidate.rule);
    for (rule, examples) in examples() {
        for example in examples.matches.iter().chain(&examples.not_match) {
            for text in [example.clone(), example.to_uppercase(), format!("{example}{example}")] {
                let mut found = Gate::get().candidates_of_short(text.as_bytes());
                let mut want: Vec<_> = Gate::get().candidates(text.as_bytes(), 0).collect();
                found.sort_by_key(by_place);
                want.sort_by_key(by_place);
                assert_eq!(found, want, "{} {text}", rule.id);
            }
        }
    }
}

#[test]
fn without_any_one_rule_one_of_its_examples_is_found_by_none() {
    let mut padding = Vec::new();
    for (rule, examples) in examples() {
        let others = rules().iter().filter(|other| other.id != rule.id);
        let gate = Gate::new(others.map(|other| (other, other.keywords.to_vec())));
        if examples.matches.iter().all(|example| !found(&gate, example).is_empty()) {
            padding.push(rule.id);
        }
    }
    assert_eq!(padding, [""; 0]);
}

#[test]
fn without_any_one_keyword_an_example_is_not_found_by_its_rule() {
    let mut padding = Vec::new();
    for (rule, examples) in examples() {
        for taken in rule.keywords {
            let keywords = rule.keywords.iter().copied().filter(|keyword| keyword != taken).collect();
            let gate = Gate::new(std::iter::once((rule, keywords)));
            if examples.matches.iter().all(|example| !found(&gate, example).is_empty()) {
                padding.push((rule.id, *taken));
            }
        }
    }
    assert_eq!(padding, []);
}

#[test]
fn nothing_of_an_example_stays_but_its_prefix_and_a_few_characters() {
    for (_, examples) in examples() {
        for example in examples.matches {
            let redacted = Redactor::new().redact(&example).into_owned();
            for found in Redactor::new().find(example.as_bytes()) {
                let secret = &example[found.range];
                let tail = &secret[secret.len().min(4)..];
                assert!(tail.is_empty() || !redacted.contains(tail), "{redacted}");
            }
            assert_eq!(Redactor::new().redact(&redacted), redacted, "redacting again changes nothing");
            for width in [1, 7, 64] {
                let in_chunks = in_chunks(&Redactor::new(), example.as_bytes(), |_| width);
                assert_eq!(String::from_utf8(in_chunks).unwrap(), redacted);
            }
        }
    }
}

/// The text, redacted as a stream whose chunk number `n` has `width(n)` bytes.
fn in_chunks(redactor: &Redactor, mut text: &[u8], width: impl Fn(usize) -> usize) -> Vec<u8> {
    let mut stream: Stream = redactor.stream();
    let mut out = Vec::new();
    for number in 0.. {
        let (chunk, rest) = text.split_at(width(number).clamp(1, text.len().max(1)).min(text.len()));
        out.extend(stream.push(chunk));
        text = rest;
        if text.is_empty() {
            break;
        }
    }
    out.extend(stream.finish());
    out
}

#[test]
fn marks_name_the_rule() {
    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(Redactor::new().redact(text), want);
    }
    let key = "ghp_".to_owned() + &"a1B2".repeat(9);
    check(&format!("see {key}, please"), "see ghp_a1…[redacted github-token], please");
    check("a postgres://u:pa55word@h/d b", "a postgres://u:…[redacted connection-password]@h/d b");
    check("é ünï Bearer", "é ünï Bearer");
    check("", "");
    let hex = "0a1b2c3d".repeat(5);
    check(&format!("AKIAABCDEFGHIJKLMNOPsbp_{hex}"), &format!("AKIAAB…[redacted aws-access-key]sbp_{hex}"));
    check(&format!("…[redacted aws-access-key]sbp_{hex}"), &format!("…[redacted aws-access-key]sbp_{hex}"));
    let key = "-----BEGIN PRIVATE KEY-----…[redacted private-key-block]\naaaaaaaaaaaaaaaaaaaaaaaaaaaa\n-----END PRIVATE KEY-----";
    check(key, key);
    check(&format!("[info]sbp_{hex}"), "[info]sbp_0a…[redacted supabase-key]");
}

#[test]
fn known_values_are_always_taken_out() {
    let redactor = Redactor::with_values(["tiger-tiger", "burning bright"]).unwrap();
    #[track_caller]
    fn check(redactor: &Redactor, text: &str, want: &str) {
        assert_eq!(redactor.redact(text), want);
        assert_eq!(in_chunks(redactor, text.as_bytes(), |_| 1), want.as_bytes());
    }
    check(&redactor, "xtiger-tigerx", "x…[redacted own-secret]x");
    check(&redactor, "tiger-tiger-tiger", "…[redacted own-secret]");
    check(&redactor, "Tiger-Tiger burning  bright", "Tiger-Tiger burning  bright");
    check(&redactor, "burning brightburning bright", "…[redacted own-secret]…[redacted own-secret]");
    assert!(!format!("{redactor:?}").contains("tiger"));
    assert!(!format!("{:?}", redactor.stream()).contains("tiger"));
    assert_eq!(Redactor::with_values(["1234567"]).unwrap_err(), ValueError::TooShort);
    assert_eq!(
        Redactor::with_values([&*"x".repeat(16 * 1024 + 1)]).unwrap_err().code(),
        "secret-value-too-long"
    );
    assert!(Redactor::with_values([]).is_ok());
}

#[test]
fn a_token_behind_an_escape_is_found() {
    #[track_caller]
    fn check(before: &str, want: bool) {
        let text = format!("{before}npm_{}", "a1B2".repeat(9));
        let redacted = Redactor::new().redact(&text).into_owned();
        assert_eq!(redacted != text, want, "{text}");
        assert_eq!(in_chunks(&Redactor::new(), text.as_bytes(), |_| 1), redacted.as_bytes());
    }
    check("\"output\": \"logged in\\n", true);
    check("\\t", true);
    check("?token%3D", true);
    check("\u{1b}[1;32m", true);
    check("[0m", true);
    check("", true);
    check("m", false);
    check("[x1m", false);
    check("n", false);
    check("%zz", false);
}

#[test]
fn nothing_that_runs_is_hidden_from_whoever_decides() {
    #[track_caller]
    fn check(text: &str, is_hidden: bool) {
        assert_eq!(Redactor::new().redact_words(text) != text, is_hidden, "{text}");
    }
    let key = "ghp_".to_owned() + &"a1B2".repeat(9);
    check(&format!("curl -H 'Authorization: Bearer {key}' https://api.github.com"), true);
    check("psql postgres://app:pa55word@h/d", true);
    check("secret=\"a1;curl(evil)|sh;b2c3d4\"", false);
    check("-----BEGIN PRIVATE KEY-----\n/tmp/aaaaaaaaaaaaaaaaaaaaaaaa/run\n-----END PRIVATE KEY-----", false);
    check("mnemonic: rm all the things now and then run what was got from there", false);
}

#[test]
fn a_stream_holds_back_little_of_ordinary_text() {
    let text = "fn main() { println!(\"hello\"); } // ordinary text\n".repeat(100);
    let mut stream = Redactor::new().stream();
    let held = text.len() - stream.push(text.as_bytes()).len();
    assert!(held < 100, "{held}");
}

/// Text made of what rules look for.
fn tricky() -> impl Strategy<Value = String> {
    let mut parts: Vec<String> = examples().into_iter().flat_map(|(_, examples)| examples.matches).collect();
    parts.extend(rules().iter().flat_map(|rule| rule.keywords).map(|keyword| (*keyword).to_owned()));
    parts.extend(
        [" ", "\n", "\"", "=", ": ", "…", "[redacted x]", "a1b2c3d4e5f6", "-", "@", "é"].map(str::to_owned),
    );
    let cut = |(part, from, to): (String, usize, usize)| {
        part.chars().skip(from % 8).take(if to % 3 == 0 { 5 + to } else { usize::MAX }).collect::<String>()
    };
    let part = (prop::sample::select(parts), 0_usize..16, 0_usize..64).prop_map(cut);
    prop::collection::vec(prop_oneof![3 => part, 1 => "[ -~]{0,12}"], 0..12).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn chunks_do_not_matter(text in tricky(), widths in prop::collection::vec(1_usize..80, 1..8)) {
        let redactor = Redactor::with_values(["a1b2c3d4", "own secret text"]).unwrap();
        let whole = redactor.redact(&text);
        let chunked = in_chunks(&redactor, text.as_bytes(), |number| widths[number % widths.len()]);
        prop_assert_eq!(String::from_utf8(chunked).unwrap(), whole);
    }

    #[test]
    fn redacting_again_changes_nothing(text in tricky()) {
        let once = Redactor::new().redact(&text).into_owned();
        prop_assert_eq!(Redactor::new().redact(&once), once.clone());
    }
}

#[test]
fn a_line_that_has_ended_is_shown_at_once() {
    let mut stream = Redactor::new().stream();
    assert_eq!(stream.push(b"building\nstep 1"), b"building\n");
    assert_eq!(stream.push(b" of 2\n"), b"step 1 of 2\n");
    let known = Redactor::with_values(["first half\nsecond half"]).unwrap();
    let mut stream = known.stream();
    assert_eq!(stream.push(b"first half\n"), b"");
    assert_eq!(stream.finish(), b"first half\n");
}

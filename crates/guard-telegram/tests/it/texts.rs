//! Laws of text: nothing is lost, every piece can be sent.

use std::borrow::Cow;

use guard_telegram::{Answer, MESSAGE, Style, Text};
use proptest::prelude::*;

/// A piece that Telegram would take: its size, its entities.
fn sendable(piece: &Text, most: usize) -> Result<(), TestCaseError> {
    let units: Vec<u16> = piece.as_str().encode_utf16().collect();
    prop_assert!(!piece.is_empty());
    prop_assert!(units.len() <= most, "{} units", units.len());
    prop_assert_eq!(units.len(), piece.units());
    let entities = piece.entities();
    prop_assert!(entities.len() <= 100);
    for entity in &entities {
        let (start, end) =
            (usize::from(entity.offset), usize::from(entity.offset) + usize::from(entity.length));
        prop_assert!(start < end && end <= units.len());
        for border in [start, end] {
            let splits = units.get(border).is_some_and(|unit| (0xdc00..0xe000).contains(unit));
            prop_assert!(!splits, "an entity splits a character");
        }
        for other in &entities {
            let (from, to) =
                (usize::from(other.offset), usize::from(other.offset) + usize::from(other.length));
            let apart = to <= start || end <= from;
            let nested = (start <= from && to <= end) || (from <= start && end <= to);
            prop_assert!(apart || nested, "entities overlap");
            let is_code = |kind: &str| matches!(kind, "Code" | "Pre");
            let code = is_code(&format!("{:?}", entity.type_field));
            prop_assert!(apart || !code || std::ptr::eq(entity, other), "something in code");
        }
    }
    Ok(())
}

fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn style() -> impl Strategy<Value = Style> {
    prop_oneof![
        Just(Style::default()),
        Just(Style::bold()),
        Just(Style::italic()),
        Just(Style::code()),
        Just(Style::block("rust")),
    ]
}

fn text() -> impl Strategy<Value = Text> {
    let words = prop_oneof!["[a-z]{1,12}", "[ \\n]{1,3}", "😀{1,9}", "\\PC{0,20}", "a{200}"];
    proptest::collection::vec((style(), words), 0..60).prop_map(|pieces| {
        pieces.into_iter().fold(Text::default(), |text, (style, words)| text.with(style, &words))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn pieces_carry_all_of_a_text(text in text(), most in 2_usize..400) {
        let pieces = text.split(most);
        for piece in &pieces {
            sendable(piece, most)?;
        }
        let joined: String = pieces.iter().map(Text::as_str).collect();
        prop_assert_eq!(without_space(&joined), without_space(text.as_str()));
    }

    #[test]
    fn markdown_becomes_pieces_that_can_be_sent(source in "[-a-z*_`~#>|\\[\\]()!\\n /1.😀]{0,400}") {
        for piece in Text::markdown(&source).split(100) {
            sendable(&piece, 100)?;
        }
    }

    #[test]
    fn words_survive_markup(words in proptest::collection::vec("[a-z]{3,8}", 1..40)) {
        let marks = ["", "**", "_", "`", "~~"];
        let source: Vec<String> = words
            .iter()
            .enumerate()
            .map(|(at, word)| format!("{0}{word}{0}", marks[at % marks.len()]))
            .collect();
        let shown = Text::markdown(&source.join(" "));
        prop_assert_eq!(shown.as_str(), words.join(" "));
    }
}

fn keep(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

#[test]
fn a_cut_falls_where_a_reader_expects_it() {
    #[track_caller]
    fn check(text: &Text, most: usize, want: &[&str]) {
        let got = text.split(most);
        assert_eq!(got.iter().map(Text::as_str).collect::<Vec<_>>(), want);
    }
    check(&Text::plain("one two three"), 20, &["one two three"]);
    check(&Text::plain("aaaa aaaa aaaa\n\nbbbb\ncccc"), 20, &["aaaa aaaa aaaa", "bbbb\ncccc"]);
    check(&Text::plain("aaaa aaaa\nbbbb bbbb\ncccc"), 20, &["aaaa aaaa\nbbbb bbbb", "cccc"]);
    check(&Text::plain("aaaa bbbb cccc dddd"), 11, &["aaaa bbbb", " cccc dddd"]);
    check(&Text::plain("aaaaaaaaaaaaaaaa"), 10, &["aaaaaaaaaa", "aaaaaa"]);
    check(&Text::plain("😀😀😀"), 3, &["😀", "😀", "😀"]);
    let block = Text::plain("before it\n")
        .with(Style::block("sh"), "one\ntwo\nthree")
        .with(Style::default(), "\nafter");
    check(&block, 16, &["before it", "one\ntwo\nthree", "after"]);
    check(&block, 9, &["before it", "one\ntwo", "three", "after"]);
    let accents = Text::plain("abcdefghe\u{301}x");
    check(&accents, 9, &["abcdefghe", "\u{301}x"]);
    check(&Text::plain(" \n \n"), 3, &[]);
    check(&Text::plain("\n\n  indented"), 30, &["  indented"]);
}

#[test]
fn a_block_that_is_cut_stays_a_block_in_its_language() {
    let block = Text::default().with(Style::block("sh"), &"line\n".repeat(10));
    for piece in block.split(20) {
        let entities = piece.entities();
        assert_eq!(entities.len(), 1);
        assert_eq!((entities[0].offset, entities[0].language.as_deref()), (0, Some("sh")));
        assert_eq!(usize::from(entities[0].length), piece.units());
    }
}

#[test]
fn a_long_answer_becomes_a_file() {
    let Answer::Messages(pieces) = Answer::markdown(&"word ".repeat(3_000), keep) else { panic!("messages") };
    assert_eq!(pieces.len(), 4);
    assert!(pieces.iter().all(|piece| piece.units() <= MESSAGE));
    let source = "word ".repeat(4_000);
    let Answer::File { head, content } = Answer::markdown(&source, keep) else { panic!("a file") };
    assert_eq!(content, source);
    assert!(head.units() <= 1024 && head.as_str().ends_with("all of it is in the file"), "{}", head.units());
    assert_eq!(Answer::markdown("\n \n", keep), Answer::Messages(Vec::new()));
}

#[test]
fn secrets_are_taken_out_before_and_after_markup_is() {
    let redact = |text: &str| Cow::<str>::Owned(text.replace("hunter2", "[redacted]"));
    for source in
        ["pass: hunter2", "pass: hun**ter**2", "`hunter2`", "hun\\ter2 hunter2", "[hunter2](https://hunter2)"]
    {
        let Answer::Messages(pieces) = Answer::markdown(source, |text| redact(text).into_owned().into())
        else {
            panic!("messages")
        };
        assert!(pieces.iter().all(|piece| !piece.as_str().contains("hunter2")), "{pieces:?}");
        assert!(!pieces.is_empty());
    }
    let long = format!("hunter2 {}", "word ".repeat(5_000));
    let Answer::File { head, content } = Answer::markdown(&long, |text| redact(text).into_owned().into())
    else {
        panic!("a file")
    };
    assert!(!head.as_str().contains("hunter2") && !content.contains("hunter2"));
}

#[test]
fn hostile_text_takes_bounded_time() {
    // Quadratic work on these would take minutes.
    let inputs = [
        "*".repeat(30_000),
        "[".repeat(30_000),
        "> ".repeat(15_000),
        "- ".repeat(15_000),
        "`".repeat(30_000),
        format!("[x]: {}\n{}", "u".repeat(8_000), "[x] ".repeat(5_000)),
        "| a ".repeat(7_000) + "\n" + &"|-".repeat(7_000) + "\n| b",
        "*a **a ".repeat(4_000),
        "/a ".repeat(10_000),
        "\u{202e}".repeat(10_000),
        "![](".repeat(7_000),
        "&#0;<!--".repeat(4_000),
    ];
    for source in inputs {
        match Answer::markdown(&source, keep) {
            Answer::Messages(pieces) => assert!(pieces.iter().all(|piece| piece.units() <= MESSAGE)),
            Answer::File { head, .. } => assert!(head.units() <= 1024),
        }
    }
}

//! Laws that hold for every text.

use guard_core::Span;
use guard_core::command::syntax::{Command, PartKind, Script, Word, expand, expand_single, hidden, parse};
use proptest::prelude::*;

/// Text out of the pieces that matter.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b",
        "PWN",
        " ",
        " ",
        "\n",
        ";",
        "&",
        "|",
        "(",
        ")",
        "{",
        "}",
        "<",
        ">",
        "\"",
        "'",
        "`",
        "\\",
        "$",
        "$(",
        "${x:-",
        "}",
        "$((",
        "))",
        "#",
        "!",
        "=",
        "[",
        "]",
        "[[ ",
        " ]]",
        "*",
        "?",
        "~",
        ",",
        "\\\n",
        "if ",
        "; then ",
        "; fi",
        "for i in ",
        "; do ",
        "; done",
        "case x in ",
        ") ",
        ";; esac",
        "<<E\n",
        "\nE\n",
        "x=",
        "é",
        "$x",
        "@(",
        "{a,b}",
        "f() ",
        "time ",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.start <= inner.end && inner.end <= outer.end
}

fn check_script(script: &Script, outer: Span) {
    assert!(contains(outer, script.span), "{:?} in {outer:?}", script.span);
    for statement in &script.statements {
        assert!(contains(script.span, statement.span));
        let pipelines =
            std::iter::once(&statement.list.first).chain(statement.list.rest.iter().map(|(_, next)| next));
        for pipeline in pipelines {
            assert!(contains(statement.span, pipeline.span));
            pipeline.commands.iter().for_each(|command| check_command(command, pipeline.span));
        }
    }
}

fn check_command(command: &Command, outer: Span) {
    assert!(contains(outer, command.span), "{:?} in {outer:?}: {command:?}", command.span);
    let documents: Vec<&Word> = command
        .redirections
        .iter()
        .filter_map(|one| one.document.as_ref())
        .map(|document| document.body())
        .collect();
    for word in command.words() {
        // The body of a here-document stands after its command.
        let outer =
            if documents.iter().any(|body| std::ptr::eq(*body, word)) { word.span } else { command.span };
        check_word(word, outer);
    }
    command.bodies().into_iter().for_each(|body| check_script(body, command.span));
}

fn check_word(word: &Word, outer: Span) {
    assert!(contains(outer, word.span), "{:?} in {outer:?}: {word:?}", word.span);
    for part in &word.parts {
        assert!(contains(word.span, part.span), "{part:?} in {word:?}");
        match &part.kind {
            PartKind::Command(script) | PartKind::Process { script, .. } => check_script(script, part.span),
            PartKind::Alternatives(words) => words.iter().for_each(|word| check_word(word, part.span)),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_lie_within_each_other(text in text()) {
        if let Ok(script) = parse(&text) {
            check_script(&script, Span::new(0, text.len()));
        }
    }

    #[test]
    fn errors_point_into_the_text(text in text()) {
        if let Err(error) = parse(&text) {
            prop_assert!(error.span.start <= error.span.end && error.span.end <= text.len());
            prop_assert!(text.is_char_boundary(error.span.start) && text.is_char_boundary(error.span.end));
        }
    }

    #[test]
    fn a_command_before_adds_one_command_and_changes_nothing_else(text in text()) {
        let alone = parse(&text);
        let after = parse(&format!("true\n{text}"));
        match (alone, after) {
            (Ok(alone), Ok(after)) => prop_assert_eq!(alone.commands().len() + 1, after.commands().len()),
            (Err(alone), Err(after)) => prop_assert_eq!(alone.problem, after.problem),
            (alone, after) => prop_assert!(false, "{:?} {:?}", alone, after),
        }
    }

    #[test]
    fn expanding_is_bounded_and_whole_words_stay_one(text in text()) {
        let Ok(script) = parse(&text) else { return Ok(()) };
        let unknown = |_: &str| guard_core::command::syntax::Binding::Unknown;
        for word in script.commands().into_iter().flat_map(|command| command.words()) {
            prop_assert!(expand(word, &unknown).len() <= guard_core::command::syntax::MAX_ALTERNATIVES);
            prop_assert!(!expand_single(word, &unknown).may_split());
        }
    }

    #[test]
    fn hidden_characters_are_where_they_are_said_to_be(text in any::<String>()) {
        for (span, character) in hidden(&text) {
            prop_assert_eq!(&text[span.start..span.end], character.to_string());
        }
    }
}

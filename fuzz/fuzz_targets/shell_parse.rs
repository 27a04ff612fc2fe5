//! The shell parser on any text: it neither panics nor overflows, its work is linear, spans lie within the text and each
//! other, and a command before a text adds exactly one command.
#![no_main]

use guard_core::command::syntax::{
    Binding, MAX_ALTERNATIVES, MAX_LENGTH, Problem, expand, expand_single, hidden, parse, parse_counted,
    parse_portable,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (parsed, steps) = parse_counted(text);
    assert!(steps <= 40 * text.len() + 100, "{steps} steps for {} bytes", text.len());
    if let Ok(portable) = parse_portable(text) {
        assert_eq!(Ok(&portable), parsed.as_ref(), "a portable text means the same to bash");
    }
    for (span, character) in hidden(text) {
        assert_eq!(text.get(span.start..span.end), Some(character.to_string().as_str()));
    }
    let prefixed = parse(&format!("true; {text}"));
    match &parsed {
        Err(error) => {
            assert!(text.get(error.span.start..error.span.end).is_some(), "an error points into the text");
            assert!(prefixed.is_err(), "a command before does not repair a text");
        }
        Ok(script) => {
            let commands = script.commands();
            if text.len() + 6 <= MAX_LENGTH {
                match prefixed {
                    Ok(prefixed) => assert_eq!(prefixed.commands().len(), commands.len() + 1),
                    Err(error) => assert_eq!(error.problem, Problem::TooManyNodes),
                }
            }
            for command in commands {
                assert!(text.get(command.span.start..command.span.end).is_some());
                let bodies: Vec<_> = command
                    .redirections
                    .iter()
                    .filter_map(|one| one.document.as_ref())
                    .map(|one| one.body())
                    .collect();
                for word in command.words() {
                    let stands_after = bodies.iter().any(|body| std::ptr::eq(*body, word));
                    let outer = if stands_after { word.span } else { command.span };
                    assert!(
                        outer.start <= word.span.start && word.span.end <= outer.end,
                        "{word:?} in {command:?}"
                    );
                    let unknown = |_: &str| Binding::Unknown;
                    assert!(expand(word, &unknown).len() <= MAX_ALTERNATIVES);
                    assert!(!expand_single(word, &unknown).may_split());
                }
            }
        }
    }
});

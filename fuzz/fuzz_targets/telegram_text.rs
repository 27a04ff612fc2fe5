//! Markdown of an agent as messages: every piece can be sent, all words are there, nothing hides, no word is a command.

#![no_main]

use guard_telegram::Text;
use libfuzzer_sys::fuzz_target;

fn sendable(piece: &Text, most: usize) {
    let units: Vec<u16> = piece.as_str().encode_utf16().collect();
    assert!(!piece.is_empty() && units.len() <= most);
    let entities = piece.entities();
    assert!(entities.len() <= 100);
    let spans: Vec<(usize, usize, bool)> = entities
        .iter()
        .map(|entity| {
            let start = usize::from(entity.offset);
            let kind = format!("{:?}", entity.type_field);
            (start, start + usize::from(entity.length), matches!(kind.as_str(), "Code" | "Pre"))
        })
        .collect();
    for (at, &(start, end, code)) in spans.iter().enumerate() {
        assert!(start < end && end <= units.len());
        for border in [start, end] {
            assert!(
                units.get(border).is_none_or(|unit| !(0xdc00..0xe000).contains(unit)),
                "inside of a character"
            );
        }
        for (other, &(from, to, _)) in spans.iter().enumerate() {
            let apart = to <= start || end <= from;
            let nested = (start <= from && to <= end) || (from <= start && end <= to);
            assert!(apart || nested, "overlap");
            assert!(apart || !code || at == other, "something in code");
        }
    }
}

/// Words that a client would make a button of, outside of code.
fn commands(text: &Text) -> usize {
    let code: Vec<bool> = {
        let mut code = vec![false; text.units()];
        for entity in text.entities() {
            let kind = format!("{:?}", entity.type_field);
            if matches!(kind.as_str(), "Code" | "Pre") {
                code[usize::from(entity.offset)..usize::from(entity.offset + entity.length)].fill(true);
            }
        }
        code
    };
    let characters: Vec<char> = text.as_str().chars().collect();
    let mut unit = 0;
    let mut found = 0;
    for (at, character) in characters.iter().enumerate() {
        let word = |c: &char| c.is_alphanumeric() || *c == '_';
        let edge = |c: &char| matches!(c, '/' | '<' | '>');
        let starts = at == 0 || !(word(&characters[at - 1]) || edge(&characters[at - 1]));
        if *character == '/' && starts && !code[unit] {
            let rest = &characters[at + 1..];
            let len = rest.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').count();
            if (1..=64).contains(&len) && rest.get(len).is_none_or(|c| !word(c) && !edge(c)) {
                found += 1;
            }
        }
        unit += character.len_utf16();
    }
    found
}

fn words(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fuzz_target!(|input: (u8, &str)| {
    let (most, source) = input;
    let most = usize::from(most).max(2);
    let text = Text::markdown(source);
    for hidden in ['\u{202e}', '\u{200b}', '\u{feff}', '\u{2066}', '\u{1b}', '\r', '\0', '\u{7f}', '\u{2028}']
    {
        assert!(!text.as_str().contains(hidden));
    }
    // Beyond a hundred entities the rest has no style.
    if text.entities().len() < 100 && text.units() < 60_000 {
        assert_eq!(commands(&text), 0);
    }
    let pieces = text.split(most);
    pieces.iter().for_each(|piece| sendable(piece, most));
    let joined: String = pieces.iter().map(Text::as_str).collect();
    assert_eq!(words(&joined), words(text.as_str()));
});

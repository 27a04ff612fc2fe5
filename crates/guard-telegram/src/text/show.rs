//! Characters that would hide something, or change what others look like.

use std::fmt::Write as _;

/// Adds `text` with such characters as visible names.
///
/// A joiner or selector inside of an emoji or a word of a script that needs it stays; line breaks become `\n`.
pub(super) fn push(out: &mut String, text: &str) {
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let after = rest.peek().copied();
        match character {
            '\r' if after == Some('\n') => {}
            '\r' => out.push('\n'),
            '\n' | '\t' => out.push(character),
            // Writing to a String cannot fail.
            _ if is_hidden(character, before, after) => {
                write!(out, "<U+{:04X}>", u32::from(character)).ok();
            }
            _ => out.push(character),
        }
        before = Some(character);
    }
}

fn is_hidden(character: char, before: Option<char>, after: Option<char>) -> bool {
    // Only between two characters that are neither ASCII nor hidden themselves: emoji, Persian, Indic scripts.
    let joins = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !is_format(c) && !is_selector(c));
    match character {
        '\u{200c}' | '\u{200d}' => {
            !(before.is_some_and(|c| joins(Some(c)) || c == '\u{fe0f}') && joins(after))
        }
        '\u{fe0e}' | '\u{fe0f}' => !(joins(before) || after == Some('\u{20e3}')),
        _ => character.is_control() || is_format(character) || is_selector(character),
    }
}

fn is_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn is_format(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
        // Noncharacters and private use show as nothing or as a box.
        || matches!(u32::from(character) & 0xffff, 0xfffe | 0xffff)
        || matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{f0000}'..)
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(text: &str, want: &str) {
        let mut got = String::new();
        super::push(&mut got, text);
        assert_eq!(got, want, "{text:?}");
    }

    #[test]
    fn what_hides_is_named() {
        check("a\u{202e}b", "a<U+202E>b");
        check("a\u{200b}b\u{feff}", "a<U+200B>b<U+FEFF>");
        check("\u{1b}[31mred\u{7}", "<U+001B>[31mred<U+0007>");
        check("rm\u{e0020}\u{e0041}", "rm<U+E0020><U+E0041>");
        check("a\u{200d}b", "a<U+200D>b");
        check("a\u{fe0f}", "a<U+FE0F>");
        check("x\u{2028}y\u{85}", "x<U+2028>y<U+0085>");
        check("é\u{200d}\u{200d}é", "é<U+200D><U+200D>é");
        check("\u{e000}\u{ffff}\u{10ffff}", "<U+E000><U+FFFF><U+10FFFF>");
    }

    #[test]
    fn what_is_needed_stays() {
        check("a\r\nb\rc\td\n", "a\nb\nc\td\n");
        check(
            "👩\u{200d}💻 ❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3}",
            "👩\u{200d}💻 ❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3}",
        );
        check("می\u{200c}خواهم", "می\u{200c}خواهم");
        check("naïve e\u{301} 漢字 Привет", "naïve e\u{301} 漢字 Привет");
    }
}

//! Characters that a person does not see, or sees elsewhere.

use crate::Span;

/// Finds every control, invisible, direction-changing and blank-looking character except newline and tab.
///
/// None of them separates words for the shell, yet a carriage return, a no-break space or a right-to-left override makes a
/// text look like another one.
///
/// ```
/// use guard_core::{Span, command::syntax::hidden};
/// assert_eq!(hidden("ls\u{202e}"), [(Span::new(2, 5), '\u{202e}')]);
/// ```
#[must_use]
pub fn hidden(text: &str) -> Vec<(Span, char)> {
    text.char_indices()
        .filter(|(_, character)| is_hidden(*character))
        .map(|(at, character)| (Span::new(at, at + character.len_utf8()), character))
        .collect()
}

const fn is_hidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\0'..='\x1f'
        | '\x7f'..='\u{a0}'
        // Soft hyphen, combining grapheme joiner, Arabic letter mark, Hangul fillers, Khmer and Mongolian invisibles.
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        // Blanks of every width, zero width, direction marks, separators, overrides and isolates.
        | '\u{1680}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
        | '\u{2800}' | '\u{3000}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        // Variation selectors that are not the common choice between text and emoji.
        | '\u{fe00}'..='\u{fe0d}' | '\u{e0000}'..='\u{e0fff}'
        // Musical formatting and shorthand controls.
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[track_caller]
    fn check(text: &str, want: &[(usize, char)]) {
        let found: Vec<_> =
            hidden(text).into_iter().map(|(span, character)| (span.start, character)).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn ordinary_text_hides_nothing() {
        check("printf 'a\tb\n' | grep ünïcode ✔️ 漢字", &[]);
    }

    #[test]
    fn what_is_not_seen_is_found_with_its_place() {
        check("a\rb", &[(1, '\r')]);
        check("a\x0cb\x0b", &[(1, '\x0c'), (3, '\x0b')]);
        check("rm\u{a0}x", &[(2, '\u{a0}')]);
        check("é\u{200b}\u{2066}", &[(2, '\u{200b}'), (5, '\u{2066}')]);
        check("\u{feff}ls\u{e0041}", &[(0, '\u{feff}'), (5, '\u{e0041}')]);
        check("\x1b[2K", &[(0, '\x1b')]);
    }
}

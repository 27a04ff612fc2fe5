//! Characters that a person does not see, except where a script or an emoji needs them.

/// Whether `text` holds a zero-width, bidirectional or otherwise invisible character that changes what a reader
/// believes to see.
///
/// A joiner between letters of a script that uses it, or between emoji, is visible in its effect and accepted; so is
/// the variation selector after a symbol.
pub(super) fn is_hidden_in(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let after = rest.peek().copied();
        let is_fine = match character {
            '\u{200c}' | '\u{200d}' => before.zip(after).is_some_and(|(before, after)| {
                (is_joined_letter(before) && is_joined_letter(after))
                    || (is_symbol(before) && is_symbol(after))
            }),
            '\u{fe0e}' | '\u{fe0f}' => {
                before.is_some_and(|before| is_symbol(before) || after == Some('\u{20e3}'))
            }
            other => !is_invisible(other),
        };
        if !is_fine {
            return true;
        }
        before = Some(character);
    }
    false
}

/// Letters of Arabic to Malayalam and Sinhala, whose spelling needs joiners.
fn is_joined_letter(character: char) -> bool {
    matches!(character, '\u{0600}'..='\u{0dff}')
}

/// Emoji and the symbols that became emoji, with the modifiers that may stand between two joined ones.
fn is_symbol(character: char) -> bool {
    matches!(character, '\u{203c}'..='\u{3299}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: bool) {
        assert_eq!(is_hidden_in(text), want, "{text:?}");
    }

    #[test]
    fn hidden() {
        for text in [
            "a\u{200b}b",
            "\u{feff}a",
            "a\u{202e}txt.exe",
            "a\u{2066}b",
            ".e\u{200d}nv",
            ".env\u{fe0f}",
            "a\u{ad}b",
            "a\u{e0041}",
            "\u{200d}",
            "a\u{3164}",
            "a\u{2028}b",
            "x\u{200c}y",
        ] {
            check(text, true);
        }
    }

    #[test]
    fn seen() {
        for text in [
            "plain",
            "grüße",
            "文件",
            "📁.txt",
            "👨\u{200d}👩\u{200d}👧.png",
            "❤\u{fe0f}.md",
            "❤\u{fe0f}\u{200d}🔥",
            "1\u{fe0f}\u{20e3}",
            "می\u{200c}خواهم",
            "क\u{200d}ष",
        ] {
            check(text, false);
        }
    }
}

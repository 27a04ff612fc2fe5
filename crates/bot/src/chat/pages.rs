//! Long text cut into messages, without losing a character of it.

/// What fits into one message beside a heading and an outcome, in UTF-16 units; Telegram takes 4096.
pub(crate) const PAGE: usize = 3500;

/// Cuts at the ends of lines, and within a line only where it is longer than a page. Joined, the pages are the text.
pub(crate) fn cut(text: &str) -> Vec<&str> {
    let mut pages = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut units = 0;
        let mut end = rest.len();
        let mut line_end = None;
        for (at, character) in rest.char_indices() {
            units += character.len_utf16();
            if units > PAGE {
                end = line_end.unwrap_or(at);
                break;
            }
            if character == '\n' {
                line_end = Some(at + 1);
            }
        }
        let (page, after) = rest.split_at(end);
        pages.push(page);
        rest = after;
    }
    pages
}

/// The end of a text, at most so many characters, beginning with a whole line where that is possible.
pub(crate) fn tail(text: &str, most: usize) -> &str {
    let Some((start, _)) = text.char_indices().rev().nth(most.saturating_sub(1)) else { return text };
    let tail = text.get(start..).unwrap_or_default();
    match tail.split_once('\n') {
        Some((_, whole)) if start > 0 && !whole.is_empty() => whole,
        _ => tail,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pages_end_with_lines() {
        let line = format!("{}\n", "x".repeat(999));
        let text = line.repeat(8);
        assert_eq!(cut(&text).iter().map(|page| page.len()).collect::<Vec<_>>(), [3000, 3000, 2000]);
        assert_eq!(
            cut(&"y".repeat(8000)).iter().map(|page| page.len()).collect::<Vec<_>>(),
            [3500, 3500, 1000]
        );
        assert_eq!(cut(""), [""; 0]);
    }

    #[test]
    fn the_end_of_a_text_begins_with_a_line() {
        assert_eq!(tail("one\ntwo\nthree", 9), "two\nthree".split_once('\n').unwrap().1);
        assert_eq!(tail("one\ntwo", 100), "one\ntwo");
        assert_eq!(tail("abcdef", 3), "def");
        assert_eq!(tail("", 3), "");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_every_page_fits(lines in prop::collection::vec((".", 0_usize..4200), 0..5)) {
            let text: String = lines.iter().map(|(letter, count)| format!("{}\n", letter.repeat(*count))).collect();
            let pages = cut(&text);
            prop_assert_eq!(&pages.concat(), &text);
            prop_assert!(pages.iter().all(|page| page.encode_utf16().count() <= PAGE && !page.is_empty()));
        }

        #[test]
        fn an_end_is_an_end(text in "[a-z\n]{0,60}", most in 1_usize..40) {
            let end = tail(&text, most);
            prop_assert!(text.ends_with(end) && end.chars().count() <= most);
        }
    }
}

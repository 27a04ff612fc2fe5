//! Words and strings, whatever the language.

/// The words and the strings of code.
#[derive(Debug, Default)]
pub(super) struct Scan<'t> {
    pub(super) words: Vec<&'t str>,
    pub(super) texts: Vec<&'t str>,
}

impl<'t> Scan<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let mut scan = Self::default();
        let mut rest = text;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        while let Some(first) = rest.chars().next() {
            let after = rest.get(first.len_utf8()..).unwrap_or("");
            rest = match first {
                '"' | '\'' => {
                    let end = string_end(after, first);
                    scan.texts.push(after.get(..end).unwrap_or(""));
                    after.get(end + first.len_utf8()..).unwrap_or("")
                }
                c if is_word(c) => {
                    let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                    let (word, after) = rest.split_at(end);
                    scan.words.push(word);
                    after
                }
                _ => after,
            };
        }
        scan
    }
}

/// Where a string ends that begins before `text`, or where the text does.
pub(super) fn string_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if !escaped && character == quote {
            return at;
        }
        escaped = !escaped && character == '\\';
    }
    text.len()
}

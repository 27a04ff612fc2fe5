//! One spelling for every name that some file system or program takes for the same.

use std::borrow::Cow;
use std::path::Path;

use unicode_normalization::UnicodeNormalization as _;

/// The path with folded components, one slash between them and before them if it is absolute.
pub(super) fn fold_path(path: &Path) -> Cow<'_, str> {
    match path.to_string_lossy() {
        Cow::Borrowed(text) if is_folded(text) => Cow::Borrowed(text),
        text @ (Cow::Borrowed(_) | Cow::Owned(_)) => Cow::Owned(join(&fold_text(&text))),
    }
}

/// Whether folding would change nothing, for the plain paths that nearly all are.
fn is_folded(text: &str) -> bool {
    // What a component may not end in, so that none is empty, `.` or longer than what it stands for.
    let mut before = b'x';
    for byte in text.bytes() {
        if !byte.is_ascii() || byte.is_ascii_uppercase() || byte == b'\\' {
            return false;
        }
        if byte == b'/' && matches!(before, b'/' | b'.' | b' ') {
            return false;
        }
        before = byte;
    }
    !matches!(before, b'/' | b'.' | b' ')
}

fn join(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let is_absolute = text.starts_with('/');
    for part in text.split('/') {
        let part = fold_end(part);
        if part.is_empty() || part == "." {
            continue;
        }
        if is_absolute || !folded.is_empty() {
            folded.push('/');
        }
        folded.push_str(part);
    }
    folded
}

/// Lower case, compatibility forms composed, invisible characters dropped, backslashes turned.
pub(super) fn fold_text(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let is_folded = |byte: u8| !byte.is_ascii_uppercase() && byte != b'\\';
        if text.bytes().all(is_folded) {
            return Cow::Borrowed(text);
        }
        return Cow::Owned(text.chars().map(fold_ascii).collect());
    }
    let visible = text.nfkc().filter(|c| !is_invisible(*c)).flat_map(char::to_lowercase);
    Cow::Owned(visible.nfkc().filter(|c| !is_invisible(*c)).map(fold_ascii).collect())
}

fn fold_ascii(c: char) -> char {
    if c == '\\' { '/' } else { c.to_ascii_lowercase() }
}

/// Without the dots and spaces that Windows drops from the end of a component, unless nothing else is in it.
pub(super) fn fold_end(part: &str) -> &str {
    let trimmed = part.trim_end_matches(['.', ' ']);
    if trimmed.is_empty() { part } else { trimmed }
}

/// Unicode's `Default_Ignorable_Code_Point`, version 16: shown as nothing.
pub(super) const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Whether some file system or program takes a component for the folded name `want`.
#[cfg(feature = "archive")]
pub(crate) fn is_name(part: &str, want: &str) -> bool {
    fold_end(&fold_text(part)) == want
}

//! Whether bytes are text, and which text.

use std::borrow::Cow;

use super::kind::Class;

/// What the bytes of a file are, read as text.
pub(super) enum Text<'a> {
    /// UTF-8, or UTF-16 with its mark, without the mark.
    Known { text: Cow<'a, str>, is_utf8: bool },
    /// No NUL byte, but no valid text either: an old encoding, perhaps.
    Unclear,
    /// Not text.
    Binary,
}

impl<'a> Text<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
            let units = rest.chunks_exact(2).map(|pair| match pair {
                &[first, second] => unit([first, second]),
                _ => 0,
            });
            let text: Result<String, _> = char::decode_utf16(units).collect();
            match text {
                Ok(text) if rest.len().is_multiple_of(2) && !text.contains(is_odd) => {
                    Text::Known { text: Cow::Owned(text), is_utf8: false }
                }
                Ok(_) | Err(_) => Text::Binary,
            }
        };
        if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
            return utf16(rest, u16::from_le_bytes);
        }
        if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
            return utf16(rest, u16::from_be_bytes);
        }
        if bytes.contains(&0) {
            return Self::Binary;
        }
        match str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)) {
            Ok(text) if !text.contains(is_odd) => Self::Known { text: Cow::Borrowed(text), is_utf8: true },
            Ok(_) | Err(_) => Self::Unclear,
        }
    }
}

/// Control characters that no text needs; bell, backspace and escape are in the records of terminals.
fn is_odd(c: char) -> bool {
    matches!(c, '\0'..='\u{6}' | '\u{e}'..='\u{1a}' | '\u{1c}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether the text holds characters that turn its direction, or tags that nobody sees (CVE-2021-42574).
pub(super) fn is_disguised(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    // Flags of regions are made of tags behind a black flag.
    let has_flags = text.contains('\u{1f3f4}');
    text.contains(|c: char| match c {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{e0001}' | '\u{e0020}'..='\u{e007e}' => !has_flags,
        _ => false,
    })
}

/// What markup a text begins with: a web page, a drawing, a document, or none.
pub(super) fn class(text: &str) -> Class {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    let mut is_xml = false;
    loop {
        let Some(inner) = rest.strip_prefix('<') else {
            return if is_xml { Class::Xml } else { Class::Text };
        };
        let end = if let Some(comment) = inner.strip_prefix("!--") {
            comment.find("-->").and_then(|at| comment.get(at + 3..))
        } else if let Some(instruction) = inner.strip_prefix('?') {
            if !instruction.starts_with("xml") {
                return if is_xml { Class::Xml } else { Class::Script };
            }
            is_xml = true;
            instruction.find("?>").and_then(|at| instruction.get(at + 2..))
        } else if let Some(declaration) = inner.strip_prefix('!') {
            let mut words = declaration.split_ascii_whitespace();
            if !words.next().is_some_and(|word| word.eq_ignore_ascii_case("doctype")) {
                return if is_xml { Class::Xml } else { Class::Text };
            }
            let root = words.next().unwrap_or_default();
            if root.get(..4).is_some_and(|root| root.eq_ignore_ascii_case("html")) {
                return Class::Html;
            }
            if root.eq_ignore_ascii_case("svg") {
                return Class::Svg;
            }
            return Class::Xml;
        } else {
            return of_root(inner, is_xml);
        };
        let Some(end) = end else { return if is_xml { Class::Xml } else { Class::Text } };
        rest = end.trim_start();
    }
}

fn of_root(inner: &str, is_xml: bool) -> Class {
    let end = inner.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(inner.len());
    let name = inner.get(..end).unwrap_or_default();
    let local = name.rsplit(':').next().unwrap_or_default();
    if local.eq_ignore_ascii_case("svg") {
        return Class::Svg;
    }
    // Elements with which browsers recognise a page; WHATWG MIME Sniffing, section 7.1.
    let page = [
        "html", "head", "body", "script", "iframe", "style", "title", "table", "div", "font", "h1", "br",
        "p", "a", "b", "img", "form", "object", "embed", "meta", "link", "base",
    ];
    match is_xml {
        true if local.eq_ignore_ascii_case("html") => Class::Html,
        true => Class::Xml,
        false if page.iter().any(|page| page.eq_ignore_ascii_case(name)) => Class::Html,
        false => Class::Text,
    }
}

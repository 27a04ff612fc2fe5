//! `parse_mode=MarkdownV2`, without quotes.

use crate::entities::Entity;
use crate::text::Formatted;

/// The characters that stand for themselves only after a backslash.
const RESERVED: &str = "_*[]()~`>#+-=|{}.!";

struct Open {
    marker: &'static str,
    offset: usize,
    /// Where it began in the input.
    at: usize,
}

/// The longest first.
const MARKERS: [(&str, &str, &str); 7] = [
    ("```", "pre", "Pre"),
    ("`", "code", "Code"),
    ("*", "bold", "Bold"),
    ("__", "underline", "Underline"),
    ("_", "italic", "Italic"),
    ("~", "strikethrough", "Strikethrough"),
    ("||", "spoiler", "Spoiler"),
];

/// # Errors
///
/// Telegram's words for what is wrong.
pub(crate) fn parse(input: &str) -> Result<Formatted, String> {
    let (mut text, mut units) = (String::new(), 0);
    let (mut open, mut entities) = (Vec::<Open>::new(), Vec::new());
    let mut at = 0;
    while let Some(character) = input[at..].chars().next() {
        let rest = &input[at..];
        let mut push = |character: char| {
            text.push(character);
            units += character.len_utf16();
        };
        if character == '\\' {
            // A backslash protects one ASCII character.
            match rest[1..].chars().next().filter(char::is_ascii) {
                Some(protected) => {
                    push(protected);
                    at += 2;
                }
                None => {
                    push('\\');
                    at += 1;
                }
            }
        } else if let Some((length, address)) = link_end(&open, rest, at)? {
            let begun = open.pop().ok_or("no link is open")?;
            if let Some(url) = address {
                let length = units - begun.offset;
                let extra = Some(("url", url));
                entities.push(Entity { offset: begun.offset, length, kind: "text_link".to_owned(), extra });
            }
            at += length;
        } else if rest.starts_with('[') {
            open.push(Open { marker: "[", offset: units, at });
            at += 1;
        } else if let Some((marker, kind, name)) =
            MARKERS.iter().find(|(marker, ..)| rest.starts_with(marker))
        {
            at += marker.len();
            if open.last().is_some_and(|open| open.marker == *marker) {
                let begun = open.pop().ok_or("nothing is open")?;
                push_range(&mut entities, kind, begun.offset, units - begun.offset, None);
            } else if kind == &"code" || kind == &"pre" {
                let (content, length) = verbatim(&input[at..], marker)
                    .ok_or(format!("Can't find end of {name} entity at byte offset {}", at - marker.len()))?;
                let (language, content) = language(kind, &content);
                let offset = units;
                text.push_str(content);
                units += content.encode_utf16().count();
                push_range(&mut entities, kind, offset, units - offset, language);
                at += length;
            } else {
                open.push(Open { marker, offset: units, at: at - marker.len() });
            }
        } else if RESERVED.contains(character) {
            return Err(format!(
                "Character '{character}' is reserved and must be escaped with the preceding '\\'"
            ));
        } else {
            push(character);
            at += character.len_utf8();
        }
    }
    if let Some(open) = open.last() {
        let name =
            MARKERS.iter().find(|(marker, ..)| *marker == open.marker).map_or("TextUrl", |(_, _, name)| name);
        return Err(format!("Can't find end of {name} entity at byte offset {}", open.at));
    }
    entities.sort_by_key(|entity: &Entity| (entity.offset, usize::MAX - entity.length));
    Ok(Formatted { text, entities })
}

fn push_range(
    entities: &mut Vec<Entity>,
    kind: &str,
    offset: usize,
    length: usize,
    language: Option<String>,
) {
    if length > 0 {
        let extra = language.map(|language| ("language", language));
        entities.push(Entity { offset, length, kind: kind.to_owned(), extra });
    }
}

/// At `](address)` or a bare `]` of an open link: how long it is, and the address.
#[allow(clippy::type_complexity, reason = "read once, above")]
fn link_end(open: &[Open], rest: &str, at: usize) -> Result<Option<(usize, Option<String>)>, String> {
    if !rest.starts_with(']') || open.last().is_none_or(|open| open.marker != "[") {
        return Ok(None);
    }
    let Some(address) = rest.strip_prefix("](") else { return Ok(Some((1, None))) };
    let (mut url, mut characters) = (String::new(), address.char_indices());
    while let Some((index, character)) = characters.next() {
        match character {
            ')' => return Ok(Some((index + 3, Some(url)))),
            '\\' => url.extend(characters.next().map(|(_, character)| character)),
            _ => url.push(character),
        }
    }
    Err(format!("Can't find end of a URL at byte offset {at}"))
}

/// Up to the end marker: the unescaped content and its length with the marker.
fn verbatim(rest: &str, marker: &str) -> Option<(String, usize)> {
    let (mut content, mut at) = (String::new(), 0);
    loop {
        let character = rest.get(at..)?.chars().next()?;
        if rest[at..].starts_with(marker) {
            return Some((content, at + marker.len()));
        }
        at += character.len_utf8();
        if character == '\\' {
            let next = rest.get(at..)?.chars().next()?;
            content.push(next);
            at += next.len_utf8();
        } else {
            content.push(character);
        }
    }
}

fn language<'a>(kind: &str, content: &'a str) -> (Option<String>, &'a str) {
    if kind != "pre" {
        return (None, content);
    }
    match content.split_once('\n') {
        Some((language, rest)) if !language.contains(char::is_whitespace) => {
            ((!language.is_empty()).then(|| language.to_owned()), rest)
        }
        Some(_) | None => (None, content),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Want<'a> = Result<(&'a str, &'a [(&'a str, usize, usize)]), &'a str>;

    #[track_caller]
    fn check(input: &str, want: Want<'_>) {
        let found = parse(input).map(|found| {
            let ranges =
                found.entities.iter().map(|e| (e.kind.clone(), e.offset, e.length)).collect::<Vec<_>>();
            (found.text, ranges)
        });
        let want = want.map(|(text, ranges)| {
            (
                text.to_owned(),
                ranges.iter().map(|(kind, at, length)| ((*kind).to_owned(), *at, *length)).collect(),
            )
        });
        assert_eq!(found, want.map_err(str::to_owned));
    }

    #[test]
    fn markers_become_ranges() {
        check("a *b _c_*", Ok(("a b c", &[("bold", 2, 3), ("italic", 4, 1)])));
        check(
            "__u__ ~s~ ||p||",
            Ok(("u s p", &[("underline", 0, 1), ("strikethrough", 2, 1), ("spoiler", 4, 1)])),
        );
        check("1\\.0 \\_", Ok(("1.0 _", &[])));
        check("`a.b` ```rust\nfn \\` {}\n```", Ok(("a.b fn ` {}\n", &[("code", 0, 3), ("pre", 4, 8)])));
        check("[👉](https://a.b/c\\)d)", Ok(("👉", &[("text_link", 0, 2)])));
    }

    #[test]
    fn what_is_wrong_is_said() {
        check("Version 1.0", Err("Character '.' is reserved and must be escaped with the preceding '\\'"));
        check("🏟 🏟_abacaba", Err("Can't find end of Italic entity at byte offset 9"));
        check("🏟 🏟_abac * asd ", Err("Can't find end of Bold entity at byte offset 15"));
        check("🏟 🏟`", Err("Can't find end of Code entity at byte offset 9"));
        check("a)", Err("Character ')' is reserved and must be escaped with the preceding '\\'"));
    }
}

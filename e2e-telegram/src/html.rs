//! `parse_mode=HTML`.

use crate::entities::Entity;
use crate::text::Formatted;

struct Open {
    name: String,
    kind: &'static str,
    extra: Option<(&'static str, String)>,
    offset: usize,
}

/// # Errors
///
/// Telegram's words for what is wrong.
pub(crate) fn parse(input: &str) -> Result<Formatted, String> {
    let (mut text, mut units) = (String::new(), 0);
    let (mut open, mut entities) = (Vec::<Open>::new(), Vec::new());
    let mut at = 0;
    while let Some(character) = input[at..].chars().next() {
        let rest = &input[at..];
        match character {
            '<' => {
                let length = rest.find('>').ok_or(format!("Unclosed start tag at byte offset {at}"))?;
                let tag = &rest[1..length];
                if let Some(name) = tag.strip_prefix('/') {
                    close(name.trim(), at, units, &mut open, &mut entities)?;
                } else {
                    open.push(start(tag, at, units)?);
                }
                at += length + 1;
            }
            '&' => {
                let (decoded, length) = entity(rest).unwrap_or(('&', 1));
                text.push(decoded);
                units += decoded.len_utf16();
                at += length;
            }
            _ => {
                text.push(character);
                units += character.len_utf16();
                at += character.len_utf8();
            }
        }
    }
    if let Some(open) = open.last() {
        return Err(format!("Can't find end tag corresponding to start tag \"{}\"", open.name));
    }
    entities.sort_by_key(|entity: &Entity| (entity.offset, usize::MAX - entity.length));
    Ok(Formatted { text, entities })
}

fn start(tag: &str, at: usize, offset: usize) -> Result<Open, String> {
    let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let name = name.to_ascii_lowercase();
    let unsupported = || format!("Unsupported start tag \"{name}\" at byte offset {at}");
    let mut extra = None;
    let kind = match name.as_str() {
        "b" | "strong" => "bold",
        "i" | "em" => "italic",
        "u" | "ins" => "underline",
        "s" | "strike" | "del" => "strikethrough",
        "tg-spoiler" => "spoiler",
        "blockquote" if attributes.contains("expandable") => "expandable_blockquote",
        "blockquote" => "blockquote",
        "pre" => "pre",
        "code" => {
            let class = attribute(attributes, "class");
            extra = class.and_then(|class| Some(("language", class.strip_prefix("language-")?.to_owned())));
            "code"
        }
        "a" => {
            extra = attribute(attributes, "href").map(|url| ("url", url));
            "text_link"
        }
        "span" if attribute(attributes, "class").as_deref() == Some("tg-spoiler") => "spoiler",
        "span" => return Err(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {at}")),
        _ => return Err(unsupported()),
    };
    Ok(Open { name, kind, extra, offset })
}

fn close(
    name: &str,
    at: usize,
    units: usize,
    open: &mut Vec<Open>,
    entities: &mut Vec<Entity>,
) -> Result<(), String> {
    let Some(begun) = open.pop() else { return Err(format!("Unexpected end tag at byte offset {at}")) };
    if !name.is_empty() && !name.eq_ignore_ascii_case(&begun.name) {
        let want = &begun.name;
        return Err(format!(
            "Unmatched end tag at byte offset {at}, expected \"</{want}>\", found \"</{name}>\""
        ));
    }
    let length = units - begun.offset;
    // `<pre><code class="language-x">` is one range with a language; a link without an address is none.
    if begun.kind == "pre" {
        let inner = entities.last().filter(|last| last.offset == begun.offset && last.length == length);
        if inner.is_some_and(|inner| inner.kind == "code" && inner.extra.is_some()) {
            if let Some(inner) = entities.last_mut() {
                inner.kind = "pre".to_owned();
            }
            return Ok(());
        }
    }
    if length > 0 && (begun.kind != "text_link" || begun.extra.is_some()) {
        let kind = begun.kind.to_owned();
        entities.push(Entity { offset: begun.offset, length, kind, extra: begun.extra });
    }
    Ok(())
}

fn attribute(attributes: &str, name: &str) -> Option<String> {
    let (_, rest) = attributes.split_once(&format!("{name}="))?;
    let value = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
        _ => rest.split(char::is_whitespace).next()?,
    };
    Some(decode(value))
}

fn decode(text: &str) -> String {
    let (mut decoded, mut at) = (String::new(), 0);
    while let Some(character) = text[at..].chars().next() {
        let (character, length) = (character == '&')
            .then(|| entity(&text[at..]))
            .flatten()
            .unwrap_or((character, character.len_utf8()));
        decoded.push(character);
        at += length;
    }
    decoded
}

/// The named four and numbers.
fn entity(rest: &str) -> Option<(char, usize)> {
    let (name, _) = rest.get(1..)?.split_once(';')?;
    let character = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((character, name.len() + 2))
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
    fn tags_become_ranges() {
        check("a <b>b <i>c</i></b>", Ok(("a b c", &[("bold", 2, 3), ("italic", 4, 1)])));
        check("&lt;b&gt; &amp;&quot;&#33;&#x21; &nbsp;", Ok(("<b> &\"!! &nbsp;", &[])));
        check("<pre><code class=\"language-rust\">x</code></pre>", Ok(("x", &[("pre", 0, 1)])));
        check("<a href=\"https://a.b/?c&amp;d\">👉</a>", Ok(("👉", &[("text_link", 0, 2)])));
    }

    #[test]
    fn what_is_wrong_is_said() {
        check("<x>", Err("Unsupported start tag \"x\" at byte offset 0"));
        check("<b>a", Err("Can't find end tag corresponding to start tag \"b\""));
        check("<b>a</i>", Err("Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\""));
        check("a</b>", Err("Unexpected end tag at byte offset 1"));
        check("a <b", Err("Unclosed start tag at byte offset 2"));
    }
}

//! Formatting as a list of ranges in UTF-16 units.

use serde_json::{Value, json};

use crate::answer::Refused;

/// One formatted range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entity {
    pub(crate) offset: usize,
    pub(crate) length: usize,
    pub(crate) kind: String,
    /// `url` or `language`, and its value.
    pub(crate) extra: Option<(&'static str, String)>,
}

impl Entity {
    pub(crate) fn to_json(&self) -> Value {
        let mut value = json!({"type": self.kind, "offset": self.offset, "length": self.length});
        if let Some((name, extra)) = &self.extra {
            value[*name] = json!(extra);
        }
        value
    }
}

const STYLES: [&str; 10] = [
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "code",
    "pre",
    "text_link",
    "blockquote",
    "expandable_blockquote",
];
/// What Telegram finds by itself and ignores when it is given.
const FOUND: [&str; 8] =
    ["mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"];

/// The parameter `entities`, before the text is looked at.
///
/// # Errors
///
/// 400 with Telegram's words.
pub(crate) fn parse(list: &Value) -> Result<Vec<(i64, i64, Entity)>, Refused> {
    let list = list.as_array().ok_or_else(|| Refused::bad("expected an Array of MessageEntity"))?;
    let mut entities = Vec::new();
    for entity in list {
        let wrong = |what: &str| Refused::bad(format!("can't parse MessageEntity: {what}"));
        let number = |name: &str| match &entity[name] {
            Value::Null => Err(wrong(&format!("Can't find field \"{name}\""))),
            value => value.as_i64().ok_or_else(|| wrong(&format!("Field \"{name}\" must be of type Number"))),
        };
        let (offset, length) = (number("offset")?, number("length")?);
        let kind = entity["type"].as_str().ok_or_else(|| wrong("Can't find field \"type\""))?;
        if FOUND.contains(&kind) {
            continue;
        }
        if !STYLES.contains(&kind) {
            return Err(wrong("Unsupported type specified"));
        }
        let extra = match kind {
            "text_link" => {
                let url = entity["url"].as_str().ok_or_else(|| wrong("Can't find field \"url\""))?;
                Some(("url", url.to_owned()))
            }
            "pre" => entity["language"].as_str().map(|language| ("language", language.to_owned())),
            _ => None,
        };
        entities.push((offset, length, Entity { offset: 0, length: 0, kind: kind.to_owned(), extra }));
    }
    Ok(entities)
}

/// Places entities in a text that is not cleaned yet.
///
/// # Errors
///
/// 400 where a range is negative, leaves the text or cuts a character in two.
pub(crate) fn place(text: &str, mut list: Vec<(i64, i64, Entity)>) -> Result<Vec<Entity>, Refused> {
    list.retain(|(_, length, _)| *length != 0);
    list.sort_by_key(|(offset, length, _)| (*offset, -length));
    let whole = text.encode_utf16().count();
    let mut placed = Vec::new();
    for (offset, length, entity) in list {
        let wrong = |what: String| Err(Refused::bad(what));
        let (Ok(start), Ok(units)) = (usize::try_from(offset), usize::try_from(length)) else {
            let (name, number) = if offset < 0 { ("offset", offset) } else { ("length", length) };
            return wrong(format!("receive an entity with incorrect {name} {number}"));
        };
        let end = start.saturating_add(units);
        match byte_at(text, start) {
            At::Border if start < whole => {}
            At::Border | At::Beyond => {
                return wrong(format!("entity begins after the end of the text at UTF-16 offset {start}"));
            }
            At::Inside(byte) => {
                return wrong(format!("entity begins in a middle of a UTF-16 symbol at byte offset {byte}"));
            }
        }
        let begin = format!("entity beginning at UTF-16 offset {start} ends");
        match byte_at(text, end) {
            At::Border => {}
            At::Beyond => {
                return wrong(format!("{begin} after the end of the text at UTF-16 offset {end}"));
            }
            At::Inside(byte) => {
                return wrong(format!("{begin} in a middle of a UTF-16 symbol at byte offset {byte}"));
            }
        }
        placed.push(Entity { offset: start, length: units, ..entity });
    }
    Ok(placed)
}

enum At {
    Border,
    /// The byte where the next character begins.
    Inside(usize),
    Beyond,
}

fn byte_at(text: &str, unit: usize) -> At {
    let mut units = 0;
    for (byte, character) in text.char_indices() {
        if units == unit {
            return At::Border;
        }
        if units > unit {
            return At::Inside(byte);
        }
        units += character.len_utf16();
    }
    match units.cmp(&unit) {
        std::cmp::Ordering::Equal => At::Border,
        std::cmp::Ordering::Greater => At::Inside(text.len()),
        std::cmp::Ordering::Less => At::Beyond,
    }
}

/// The commands of a text that a person wrote: `/name` or `/name@bot` at a border.
pub(crate) fn commands(text: &str) -> Vec<Entity> {
    let mut found = Vec::new();
    let (mut units, mut before) = (0, None::<char>);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let mut step = character.len_utf8();
        let at_border =
            before.is_none_or(|before| !before.is_alphanumeric() && before != '/' && before != '_');
        if character == '/' && at_border {
            let is_part = |c: &char| c.is_ascii_alphanumeric() || *c == '_' || *c == '@';
            let length = rest[1..].chars().take_while(is_part).count();
            if length > 0 {
                let kind = "bot_command".to_owned();
                found.push(Entity { offset: units, length: length + 1, kind, extra: None });
                step = length + 1;
            }
        }
        before = rest[..step].chars().last();
        units += rest[..step].encode_utf16().count();
        rest = &rest[step..];
    }
    found
}

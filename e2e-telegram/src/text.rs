//! A text as Telegram keeps it: formatting parsed, invisible characters dropped, borders trimmed, length bounded.

use serde_json::{Value, json};

use crate::answer::Refused;
use crate::entities::{self, Entity};
use crate::params::Params;
use crate::{html, markdown};

/// The most UTF-16 units of a message.
pub(crate) const MOST: usize = 4096;
/// The most UTF-16 units of a caption.
pub(crate) const MOST_CAPTION: usize = 1024;

/// Text and its formatting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Formatted {
    pub(crate) text: String,
    pub(crate) entities: Vec<Entity>,
}

impl Formatted {
    pub(crate) fn units(&self) -> usize {
        self.text.encode_utf16().count()
    }

    pub(crate) fn entities_json(&self) -> Value {
        json!(self.entities.iter().map(Entity::to_json).collect::<Vec<_>>())
    }
}

/// A text whose formatting was parsed and that was not held against its own length yet. As for the real server, markup
/// is looked at before the chat, ranges after it.
pub(crate) struct Raw {
    text: String,
    parsed: Option<Vec<Entity>>,
    given: Vec<(i64, i64, Entity)>,
}

impl Raw {
    /// The parameters `NAME`, `parse_mode` and `ENTITIES`.
    ///
    /// # Errors
    ///
    /// 400 for an unknown mode or markup that cannot be parsed.
    pub(crate) fn parse(params: &Params, name: &str, entities_name: &str) -> Result<Self, Refused> {
        let text = params.text(name).to_owned();
        let cant = |what: String| Refused::bad(format!("can't parse entities: {what}"));
        match params.text("parse_mode").to_ascii_lowercase().as_str() {
            "html" => html::parse(&text).map_err(cant).map(Self::marked),
            "markdownv2" => markdown::parse(&text).map_err(cant).map(Self::marked),
            "" | "none" => {
                let list = params.json(entities_name, "can't parse entities JSON object")?;
                let given = list.as_ref().map(entities::parse).transpose()?.unwrap_or_default();
                Ok(Self { text, parsed: None, given })
            }
            _ => Err(Refused::bad("unsupported parse_mode")),
        }
    }

    fn marked(formatted: Formatted) -> Self {
        Self { text: formatted.text, parsed: Some(formatted.entities), given: Vec::new() }
    }

    /// # Errors
    ///
    /// 400 for ranges that do not fit the text.
    pub(crate) fn finish(self) -> Result<Formatted, Refused> {
        let entities = match self.parsed {
            Some(entities) => entities,
            None => entities::place(&self.text, self.given)?,
        };
        Ok(clean(&self.text, &entities))
    }
}

/// Drops and replaces what Telegram does, trims, and moves the entities along.
fn clean(text: &str, entities: &[Entity]) -> Formatted {
    let mut cleaned = String::with_capacity(text.len());
    // For each unit of the old text, and for its end, the unit of the new one.
    let (mut moved, mut units) = (Vec::with_capacity(text.len() + 1), 0);
    for character in text.chars() {
        let kept = match character {
            // Carriage returns, line and paragraph separators, direction overrides, vertical lines that climb.
            '\r' | '\u{2028}'..='\u{202e}' | '\u{0333}' | '\u{033f}' => None,
            '\n' => Some('\n'),
            '\0'..='\u{1f}' => Some(' '),
            _ => Some(character),
        };
        moved.extend(std::iter::repeat_n(units, character.len_utf16()));
        if let Some(kept) = kept {
            cleaned.push(kept);
            units += kept.len_utf16();
        }
    }
    moved.push(units);
    let cut = |part: &str| part.encode_utf16().count();
    let start = cut(&cleaned[..cleaned.len() - cleaned.trim_start().len()]);
    let text = cleaned.trim().to_owned();
    let end = start + cut(&text);
    let entities = entities
        .iter()
        .filter_map(|entity| {
            let from = moved[entity.offset].clamp(start, end);
            let to = moved[entity.offset + entity.length].clamp(start, end);
            (to > from).then(|| Entity { offset: from - start, length: to - from, ..entity.clone() })
        })
        .collect();
    Formatted { text, entities }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Want<'a> = Result<(&'a str, &'a [(usize, usize)]), &'a str>;

    #[track_caller]
    fn check(text: &str, entities: &[(i64, i64)], want: Want<'_>) {
        let bold = || Entity { offset: 0, length: 0, kind: "bold".to_owned(), extra: None };
        let given = entities.iter().map(|(offset, length)| (*offset, *length, bold())).collect();
        let found = Raw { text: text.to_owned(), parsed: None, given }.finish();
        let found = found.map(|text| {
            let ranges =
                text.entities.iter().map(|entity| (entity.offset, entity.length)).collect::<Vec<_>>();
            (text.text, ranges)
        });
        let want = want.map(|(text, ranges)| (text.to_owned(), ranges.to_vec()));
        assert_eq!(
            found.map_err(|refused| refused.description),
            want.map_err(|what| format!("Bad Request: {what}"))
        );
    }

    #[test]
    fn ranges_are_in_utf16_and_fit() {
        check("aba caba", &[(4, 4)], Ok(("aba caba", &[(4, 4)])));
        check("👉x", &[(0, 2), (2, 1)], Ok(("👉x", &[(0, 2), (2, 1)])));
        check("👉x", &[(1, 1)], Err("entity begins in a middle of a UTF-16 symbol at byte offset 4"));
        check(
            "👉x",
            &[(0, 1)],
            Err("entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 4"),
        );
        check(
            "aba caba",
            &[(3, 6)],
            Err("entity beginning at UTF-16 offset 3 ends after the end of the text at UTF-16 offset 9"),
        );
        check("aba caba", &[(9, 1)], Err("entity begins after the end of the text at UTF-16 offset 9"));
        check("aba caba", &[(-1, 1)], Err("receive an entity with incorrect offset -1"));
        check("aba caba", &[(0, -1)], Err("receive an entity with incorrect length -1"));
        check(
            "aba",
            &[(0, i64::MAX)],
            Err(&format!(
                "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset {}",
                i64::MAX
            )),
        );
    }

    #[test]
    fn borders_are_trimmed_and_the_ranges_move_along() {
        check("  ab  ", &[(2, 1)], Ok(("ab", &[(0, 1)])));
        check("  ab  ", &[(0, 6)], Ok(("ab", &[(0, 2)])));
        check(" a ", &[(0, 1)], Ok(("a", &[])));
        check("a\u{202e}b\tc\r\nd", &[(2, 1), (7, 1)], Ok(("ab c\nd", &[(1, 1), (5, 1)])));
    }
}

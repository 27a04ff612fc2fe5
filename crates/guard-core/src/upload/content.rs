//! What the bytes of a file are, whatever it is called.

use super::kind::{Class, Kind, Kinds};
use super::text::{self, Text};

/// The kinds that fit, and the text where it is one.
pub(super) struct Content<'a> {
    /// Every kind that the content is of; none where it is unknown.
    pub(super) kinds: Vec<&'a Kind>,
    /// The markup that a text begins with; `None` for other content.
    pub(super) markup: Option<Class>,
    pub(super) text: Text<'a>,
}

impl<'a> Content<'a> {
    pub(super) fn read(bytes: &'a [u8], table: &'a Kinds) -> Self {
        let text = Text::read(bytes);
        let is_text = matches!(text, Text::Known { .. });
        let mut kinds = table.of_bytes(bytes, is_text);
        let mut markup = None;
        if let (Text::Known { text, .. }, true) = (&text, kinds.is_empty()) {
            let class = text::class(text);
            // Which of the many kinds of text it is, only a name can say.
            let shown = if class == Class::Text { Class::Plain } else { class };
            kinds.extend(table.of_class(shown));
            markup = Some(class);
        }
        Self { kinds, markup, text }
    }

    /// The kind that both the content and the name are of.
    pub(super) fn agrees(&self, claimed: &'a Kind) -> Option<&'a Kind> {
        let of_bytes = || self.kinds.iter().any(|kind| kind.id == claimed.id);
        let is_fitting = match (self.markup, claimed.class) {
            (Some(Class::Svg), Class::Svg) => true,
            (Some(_), Class::Svg) => false,
            // A document may do without its declaration.
            (Some(_), Class::Xml) => {
                matches!(&self.text, Text::Known { text, .. } if text.trim_start().starts_with('<'))
            }
            (Some(_), class) => class.is_text() && claimed.magic.is_empty(),
            (None, _) => of_bytes(),
        };
        is_fitting.then_some(claimed)
    }

    /// The mildest of the kinds.
    pub(super) fn mildest(&self) -> Option<&'a Kind> {
        self.kinds.iter().min_by_key(|kind| kind.decision).copied()
    }
}

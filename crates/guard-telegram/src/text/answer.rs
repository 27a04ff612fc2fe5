use std::borrow::Cow;

use super::styled::MESSAGE;
use super::{Style, Text};

/// The longest answer that is shown as messages, in bytes of its source.
const LONGEST: usize = 32 * 1024;
/// The most messages that one answer becomes.
const PIECES: usize = 4;

/// What an agent wrote, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Messages, to be sent in this order. None if there was nothing to show.
    Messages(Vec<Text>),
    /// Too long for messages.
    File {
        /// The beginning of it, and that the rest is in the file.
        head: Text,
        /// All of it, as it was written, but what would hide is visible here too.
        content: String,
    },
}

impl Answer {
    /// Renders markdown after `redact` has taken the secrets out of it.
    ///
    /// Redaction comes before everything is cut, and again after markup has disappeared: a secret that is written
    /// with marks inside of it would show only then. Such an answer loses its styles.
    #[must_use]
    pub fn markdown(source: &str, redact: impl Fn(&str) -> Cow<'_, str>) -> Self {
        let source = redact(source);
        if source.len() <= LONGEST {
            let mut text = Text::markdown(&source);
            if let Cow::Owned(redacted) = redact(text.as_str())
                && redacted != text.as_str()
            {
                text = super::taps::disarm(Text::plain(&redacted));
            }
            if let Some(pieces) = pieces(&text) {
                return Self::Messages(pieces);
            }
        }
        Self::file(&source, &redact)
    }

    /// Shows text as it is, in one style, after `redact` has taken the secrets out of it.
    #[must_use]
    pub fn plain(source: &str, style: Style, redact: impl Fn(&str) -> Cow<'_, str>) -> Self {
        let source = redact(source);
        if source.len() <= LONGEST {
            let text = super::taps::disarm(Text::default().with(style, &source));
            if let Some(pieces) = pieces(&text) {
                return Self::Messages(pieces);
            }
        }
        Self::file(&source, &redact)
    }

    fn file(source: &str, redact: &impl Fn(&str) -> Cow<'_, str>) -> Self {
        let content = Text::plain(source).text;
        // A few hundred characters, which the caption of a file has room for.
        let end = content.char_indices().nth(600).map_or(content.len(), |(end, _)| end);
        let start = content.get(..end).unwrap_or_default();
        // Cutting may have changed what a secret looks like, but not what was redacted before.
        let mut head = super::taps::disarm(Text::plain(&redact(start)));
        head = head.split(800).into_iter().next().unwrap_or_default();
        head.push(Style::italic(), "\n… all of it is in the file");
        Self::File { head, content }
    }
}

/// The messages of a text, if they are few. A cut may fall in front of a slash, so commands are looked for again.
fn pieces(text: &Text) -> Option<Vec<Text>> {
    let pieces = text.split(MESSAGE);
    (pieces.len() <= PIECES).then(|| pieces.into_iter().map(super::taps::disarm).collect())
}

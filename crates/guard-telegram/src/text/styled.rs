use super::show;
use crate::Error;

/// The longest text of a message, in UTF-16 units.
pub const MESSAGE: usize = 4096;
/// The longest caption of a file, in UTF-16 units.
pub const CAPTION: usize = 1024;

/// How a piece of text looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Style {
    /// Bold.
    pub bold: bool,
    /// Slanted.
    pub italic: bool,
    /// Struck through.
    pub strike: bool,
    /// Code, which excludes the others.
    pub code: Option<Code>,
}

/// A kind of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// In a line.
    Inline,
    /// A block, with its language if that is known.
    Block(Option<Box<str>>),
}

impl Style {
    /// Bold.
    #[must_use]
    pub fn bold() -> Self {
        Self { bold: true, ..Self::default() }
    }

    /// Slanted.
    #[must_use]
    pub fn italic() -> Self {
        Self { italic: true, ..Self::default() }
    }

    /// Code in a line.
    #[must_use]
    pub fn code() -> Self {
        Self { code: Some(Code::Inline), ..Self::default() }
    }

    /// A block of code in a language, which may be empty.
    #[must_use]
    pub fn block(language: &str) -> Self {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '#' | '.');
        let known = !language.is_empty() && language.len() <= 32 && language.chars().all(plain);
        Self { code: Some(Code::Block(known.then(|| language.into()))), ..Self::default() }
    }
}

/// Text with styles, in which everything that would hide something is visible.
///
/// It is sent as text and a list of entities, so no character in it can have a meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pub(super) text: String,
    /// The styles of the text from its beginning to its end; neighbours differ and none is empty.
    pub(super) runs: Vec<Run>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// In bytes.
    pub(super) len: usize,
    pub(super) style: Style,
}

impl Text {
    /// Text without styles.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self::default().with(Style::default(), text)
    }

    /// What an agent wrote in its markdown: bold, italic, struck through, code, code blocks, headings, lists, quotes,
    /// tables. A link is shown as its text and its address, and a picture too.
    #[must_use]
    pub fn markdown(source: &str) -> Self {
        super::taps::disarm(super::markdown::render(source))
    }

    /// Adds a piece.
    #[must_use]
    pub fn with(mut self, style: Style, text: &str) -> Self {
        self.push(style, text);
        self
    }

    /// Adds a piece.
    pub fn push(&mut self, style: Style, text: &str) {
        let before = self.text.len();
        show::push(&mut self.text, text);
        self.run(self.text.len().saturating_sub(before), style);
    }

    /// With what Telegram would make a command as code, so that a tap on it sends nothing in the person's name.
    #[must_use]
    pub fn disarmed(self) -> Self {
        super::taps::disarm(self)
    }

    /// Adds another text.
    pub fn append(&mut self, other: Self) {
        self.text.push_str(&other.text);
        for run in other.runs {
            self.run(run.len, run.style);
        }
    }

    /// The text alone.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there is nothing that Telegram would show.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Its length as Telegram counts it, in UTF-16 units.
    #[must_use]
    pub fn units(&self) -> usize {
        units(&self.text)
    }

    /// Itself without space around it, if that can be sent with this bound.
    pub(crate) fn fitting(&self, most: usize) -> Result<Self, Error> {
        let trimmed = self.trimmed();
        match trimmed.units() {
            0 => Err(Error::Empty),
            units if units > most => Err(Error::TooLarge),
            _ => Ok(trimmed),
        }
    }

    pub(super) fn run(&mut self, len: usize, style: Style) {
        match self.runs.last_mut() {
            _ if len == 0 => {}
            Some(last) if last.style == style => last.len = last.len.saturating_add(len),
            _ => self.runs.push(Run { len, style }),
        }
    }
}

pub(super) fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

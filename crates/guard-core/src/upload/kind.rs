//! The table of what files may be.

use serde::Deserialize;

use crate::Decision;

include!(concat!(env!("OUT_DIR"), "/uploads.rs"));

/// A row of `data/upload_kinds.toml`.
struct Row {
    id: &'static str,
    words: &'static str,
    class: Class,
    decision: Decision,
    extensions: &'static [&'static str],
    magic: &'static [&'static str],
    textual: bool,
}

/// What is looked at beside the first bytes, and how names of this kind are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// ZIP, tar and compressed streams.
    Archive,
    /// Compiled for a virtual machine.
    Compiled,
    /// Data of some program.
    Data,
    /// PDF and office documents.
    Document,
    /// Typefaces.
    Font,
    /// Web pages.
    Html,
    /// Text that starts a program when it is opened.
    Launcher,
    /// Recordings and films.
    Media,
    /// Pictures of pixels.
    Picture,
    /// Text that is read as text only.
    Plain,
    /// Machine code, and what installs it.
    Program,
    /// Archives that run as programs.
    ProgramArchive,
    /// Text that can be run.
    Script,
    /// SVG drawings.
    Svg,
    /// Source code, markup and configuration.
    Text,
    /// XML documents.
    Xml,
}

impl Class {
    /// Whether the content is text.
    pub(super) const fn is_text(self) -> bool {
        matches!(
            self,
            Self::Html | Self::Launcher | Self::Plain | Self::Script | Self::Svg | Self::Text | Self::Xml
        )
    }

    /// Whether a file of this class does something when it is opened.
    pub(super) const fn is_active(self) -> bool {
        matches!(
            self,
            Self::Compiled
                | Self::Html
                | Self::Launcher
                | Self::Program
                | Self::ProgramArchive
                | Self::Script
        )
    }
}

/// One kind of file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    pub(super) id: String,
    pub(super) words: String,
    pub(super) class: Class,
    pub(super) decision: Decision,
    pub(super) extensions: Vec<String>,
    pub(super) magic: Vec<String>,
    pub(super) textual: bool,
}

impl Kind {
    /// The stable name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What a person calls it, with its article.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// What is looked at.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }

    /// What follows from being of this kind alone.
    #[must_use]
    pub const fn decision(&self) -> Decision {
        self.decision
    }

    /// How many bytes of the longest fitting magic are fixed.
    fn fit(&self, bytes: &[u8], is_text: bool) -> Option<usize> {
        if is_text && !self.textual {
            return None;
        }
        self.magic.iter().filter_map(|magic| fit(magic, bytes)).max()
    }
}

/// `89 50 4e 47`, `@257 75 73`, `42 4d ?? ??`.
fn fit(magic: &str, bytes: &[u8]) -> Option<usize> {
    let (mut at, magic) = match magic.strip_prefix('@') {
        Some(rest) => {
            let (at, rest) = rest.split_once(' ')?;
            (at.parse().ok()?, rest)
        }
        None => (0, magic),
    };
    let mut fixed = 0;
    for part in magic.split(' ') {
        let byte = bytes.get(at)?;
        at += 1;
        if part == "??" {
            continue;
        }
        if u8::from_str_radix(part, 16).ok()? != *byte {
            return None;
        }
        fixed += 1;
    }
    Some(fixed)
}

/// A kind that an owner adds; deserialises from a table of TOML or JSON with these fields.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKind {
    /// Stable kebab-case name.
    pub id: String,
    /// What a person calls it, with its article.
    pub words: String,
    /// How names of such files end, in lower case and without the dot.
    pub extensions: Vec<String>,
    /// First bytes in hexadecimal, any of them, as in `@4 66 74 79 70` or `52 49 ?? ??`; none for text.
    #[serde(default)]
    pub magic: Vec<String>,
    /// Whether a person has to look at each.
    #[serde(default)]
    pub ask: bool,
}

/// Why a kind cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum KindError {
    /// The id is empty, not kebab-case, or taken.
    #[error("the id is not a free kebab-case name")]
    Id,
    /// The words are empty or too long.
    #[error("the words are empty, too long or hold control characters")]
    Words,
    /// An extension is missing, not lower-case ASCII letters and digits, or belongs to another kind.
    #[error("an extension is missing, not lower-case letters and digits, or belongs to another kind")]
    Extension,
    /// A magic is not hexadecimal, too long, or fixes fewer than four bytes.
    #[error("a magic is not hexadecimal, too long, or fixes fewer than four bytes")]
    Magic,
    /// More than the number of kinds that are kept.
    #[error("there are too many kinds")]
    TooMany,
}

impl KindError {
    /// The stable kebab-case code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Id => "upload-kind-id",
            Self::Words => "upload-kind-words",
            Self::Extension => "upload-kind-extension",
            Self::Magic => "upload-kind-magic",
            Self::TooMany => "upload-kind-too-many",
        }
    }
}

/// The kinds that are known; [`Default`] is the built-in table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kinds(Vec<Kind>);

impl Default for Kinds {
    fn default() -> Self {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let kind = |row: &Row| Kind {
            id: row.id.to_owned(),
            words: row.words.to_owned(),
            class: row.class,
            decision: row.decision,
            extensions: own(row.extensions),
            magic: own(row.magic),
            textual: row.textual,
        };
        Self(ROWS.iter().map(kind).collect())
    }
}

impl Kinds {
    /// The most kinds that are kept.
    pub const MAX: usize = 500;

    /// All kinds, the built-in ones first.
    pub fn iter(&self) -> impl Iterator<Item = &Kind> {
        self.0.iter()
    }

    /// These kinds without one of them, for an owner who does not want it: files of it are of an unknown kind then.
    #[must_use]
    pub fn without(mut self, id: &str) -> Self {
        self.0.retain(|kind| kind.id != id);
        self
    }

    /// These kinds and one more. No addition takes an extension from another kind, and programs stay programs whatever
    /// is added.
    ///
    /// # Errors
    ///
    /// [`KindError`] where the addition is malformed or in conflict.
    pub fn with(mut self, new: NewKind) -> Result<Self, KindError> {
        let is_kebab = |text: &str| {
            !text.is_empty()
                && text.len() <= 64
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if self.0.len() >= Self::MAX {
            return Err(KindError::TooMany);
        }
        if !is_kebab(&new.id) || self.0.iter().any(|kind| kind.id == new.id) {
            return Err(KindError::Id);
        }
        if new.words.is_empty() || new.words.len() > 100 || new.words.contains(char::is_control) {
            return Err(KindError::Words);
        }
        let is_free = |extension: &String| {
            is_kebab(extension) && !extension.contains('-') && self.claimed(extension).is_none()
        };
        if new.extensions.is_empty() || new.extensions.len() > 100 || !new.extensions.iter().all(is_free) {
            return Err(KindError::Extension);
        }
        if new.magic.len() > 100 || !new.magic.iter().all(|magic| is_magic(magic)) {
            return Err(KindError::Magic);
        }
        self.0.push(Kind {
            id: new.id,
            words: new.words,
            class: if new.magic.is_empty() { Class::Text } else { Class::Data },
            decision: if new.ask { Decision::Ask } else { Decision::Allow },
            extensions: new.extensions,
            magic: new.magic,
            textual: false,
        });
        Ok(self)
    }

    /// The kind whose names end so.
    pub(super) fn claimed(&self, extension: &str) -> Option<&Kind> {
        self.0.iter().find(|kind| kind.extensions.iter().any(|known| known == extension))
    }

    /// The kinds whose first bytes these are: a refused one before all others, then the longest magic; several where
    /// formats are built on one another.
    pub(super) fn of_bytes(&self, bytes: &[u8], is_text: bool) -> Vec<&Kind> {
        let mut fitting: Vec<_> =
            self.0.iter().filter_map(|kind| Some((kind.fit(bytes, is_text)?, kind))).collect();
        let rank = |(fixed, kind): &(usize, &Kind)| (kind.decision == Decision::Deny, *fixed);
        let best = fitting.iter().map(rank).max();
        fitting.retain(|found| Some(rank(found)) == best);
        fitting.into_iter().map(|(_, kind)| kind).collect()
    }

    /// The mildest kind of a class of text.
    pub(super) fn of_class(&self, class: Class) -> Option<&Kind> {
        self.0.iter().find(|kind| kind.class == class)
    }
}

fn is_magic(magic: &str) -> bool {
    let (offset, bytes) = match magic.strip_prefix('@').map(|rest| rest.split_once(' ')) {
        Some(Some((offset, bytes))) => (offset, bytes),
        Some(None) => return false,
        None => ("0", magic),
    };
    let is_byte = |part: &str| part.len() == 2 && part.bytes().all(|digit| digit.is_ascii_hexdigit());
    offset.parse::<u32>().is_ok_and(|offset| offset <= 65536)
        && bytes.len() <= 200
        && bytes.split(' ').all(|part| part == "??" || is_byte(part))
        && bytes.split(' ').filter(|part| *part != "??").count() >= 4
}

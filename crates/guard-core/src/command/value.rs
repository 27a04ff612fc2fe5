//! What is known of a word after expansion.

use std::fmt::Write as _;

use crate::Span;

/// Where text that is not known comes from; decides how bad it is to run it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// A decoder made it.
    pub(super) decoded: bool,
    /// A filter changed it, which may hide a command but is how columns are cut out.
    pub(super) filtered: bool,
    /// Another machine sent it.
    pub(super) fetched: bool,
    /// The content of a file is in it.
    pub(super) file: bool,
    /// It may be empty: a variable that nothing in this text sets.
    pub(super) unset: bool,
    /// Texts of the command were put together to it.
    pub(super) mixed: bool,
    /// It stands without quotes, so that it may be no argument at all.
    pub(super) vanishes: bool,
}

impl Origin {
    pub(super) const UNSET: Self = Self {
        decoded: false,
        filtered: false,
        fetched: false,
        file: false,
        unset: true,
        mixed: false,
        vanishes: false,
    };

    /// Whether it may hide what it is.
    pub(super) const fn hides(self) -> bool {
        self.decoded || self.filtered
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self {
            decoded: self.decoded || other.decoded,
            filtered: self.filtered || other.filtered,
            fetched: self.fetched || other.fetched,
            file: self.file || other.file,
            unset: self.unset && other.unset,
            mixed: self.mixed || other.mixed,
            vanishes: self.vanishes && other.vanishes,
        }
    }
}

/// Whether a variable of the environment is named like one that holds a secret.
pub(super) fn is_secret_variable(name: &str) -> bool {
    ["SECRET", "TOKEN", "PASSWORD", "PASSWD", "KEY", "CREDENTIAL", "PRIVATE"]
        .iter()
        .any(|word| name.contains(word))
}

/// Whether the shell would run something if it took this for an expression or a prompt.
pub(super) fn runs_where_evaluated(text: &str) -> bool {
    text.contains("$(") || text.contains("${") || text.contains('`')
}

/// A part of an expanded word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// `?` and `[…]`: one character that is no slash.
    AnyChar,
    /// `*`: any characters that are no slash; where a name begins, no dot first.
    AnyRun,
    /// The same, perhaps nothing: what is left of a name.
    Rest,
    /// A short text without slash, blank, leading dash or dot: a date, a number, a name.
    Plain,
    /// One or more paths inside the root, none of them a secret where secrets are masked.
    Inside,
    /// The name of a file or directory that `mktemp` made.
    Temporary,
    /// `$!`: the number of a job of this shell.
    Job,
    Unknown(Origin),
}

impl Piece {
    /// Whether it is some text for sure.
    pub(super) fn is_something(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::AnyChar | Self::AnyRun => true,
            Self::Rest | Self::Plain | Self::Inside | Self::Temporary | Self::Job | Self::Unknown(_) => false,
        }
    }
}

/// One argument.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Arg {
    pub(super) pieces: Vec<Piece>,
    pub(super) span: Span,
    /// Whether it may be no argument at all, or several, so that what stands behind it is at no certain place.
    pub(super) several: bool,
    /// Whether it is a pattern that is no argument where no file matches: `nullglob`.
    pub(super) unmatched: bool,
}

impl Arg {
    pub(super) fn text(text: impl Into<String>, span: Span) -> Self {
        Self { pieces: vec![Piece::Text(text.into())], span, ..Self::default() }
    }

    pub(super) fn unknown(origin: Origin, span: Span) -> Self {
        Self { pieces: vec![Piece::Unknown(origin)], span, ..Self::default() }
    }

    pub(super) fn new(pieces: Vec<Piece>, span: Span) -> Self {
        let mut arg = Self { pieces: Vec::with_capacity(pieces.len()), span, ..Self::default() };
        for piece in pieces {
            arg.push(piece);
        }
        arg
    }

    /// Appends, keeping adjacent text in one piece.
    pub(super) fn push(&mut self, piece: Piece) {
        match (self.pieces.last_mut(), piece) {
            (Some(Piece::Text(last)), Piece::Text(text)) => last.push_str(&text),
            (_, piece) => self.pieces.push(piece),
        }
    }

    /// The whole text, where all of it is known.
    pub(super) fn known(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The known text at the beginning.
    pub(super) fn leading(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }

    /// Bytes of its known text.
    pub(super) fn len(&self) -> usize {
        let length = |piece: &Piece| if let Piece::Text(text) = piece { text.len() } else { 1 };
        self.pieces.iter().map(length).sum()
    }

    /// Whether some part can be any text.
    pub(super) fn is_open(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Unknown(_)))
    }

    /// Whether it is a short text of letters, digits and underscores.
    pub(super) fn is_short_name(&self) -> bool {
        match self.pieces.as_slice() {
            [Piece::Plain | Piece::Job] => true,
            [Piece::Text(text)] => {
                !text.is_empty()
                    && text.len() <= 64
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            }
            _ => false,
        }
    }

    /// Whether it could turn out to be an option.
    pub(super) fn may_be_option(&self) -> bool {
        match self.pieces.first() {
            Some(Piece::Text(text)) => text.starts_with('-') || text.is_empty() && self.pieces.len() > 1,
            Some(Piece::Unknown(_)) => true,
            Some(
                Piece::AnyChar
                | Piece::AnyRun
                | Piece::Rest
                | Piece::Plain
                | Piece::Inside
                | Piece::Temporary
                | Piece::Job,
            )
            | None => false,
        }
    }

    /// What it may be called, where all that is not known is a date, a number or a name.
    pub(super) fn sample(&self) -> Option<String> {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Plain | Piece::Temporary | Piece::Job => Some("20260101".to_owned()),
            Piece::AnyChar | Piece::AnyRun | Piece::Rest | Piece::Inside | Piece::Unknown(_) => None,
        };
        self.pieces.iter().map(piece).collect()
    }

    /// Whether it begins with a glob or a list of files, where a hostile file name could be an option.
    pub(super) fn starts_with_names(&self) -> bool {
        matches!(self.pieces.first(), Some(Piece::AnyRun | Piece::Rest | Piece::AnyChar | Piece::Inside))
    }

    pub(super) fn origin(&self) -> Origin {
        let mut origin = Origin::UNSET;
        for piece in &self.pieces {
            if let Piece::Unknown(other) = piece {
                origin = origin.and(*other);
            }
        }
        origin
    }

    /// The text with every part that is not known left out: what it is where those are empty.
    pub(super) fn without_unknown(&self) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Unknown(_) => {}
                Piece::AnyChar
                | Piece::AnyRun
                | Piece::Rest
                | Piece::Plain
                | Piece::Inside
                | Piece::Temporary
                | Piece::Job => return None,
            }
        }
        Some(text)
    }

    /// The pieces in front of a value that is one of several or may be nothing: of such a one, text is kept for the
    /// judgement, and may not be there.
    fn certain(&self) -> impl Iterator<Item = &Piece> {
        let is_mixed = |piece: &&Piece| matches!(piece, Piece::Unknown(origin) if origin.mixed);
        self.pieces.iter().take_while(move |piece| !is_mixed(piece))
    }

    /// Whether it may be no argument at all. A pattern that matches nothing stays but for `nullglob`.
    pub(super) fn may_vanish(&self) -> bool {
        self.unmatched || self.several && self.may_be_empty()
    }

    /// Whether it may be an empty text.
    pub(super) fn may_be_empty(&self) -> bool {
        !self.certain().any(Piece::is_something)
    }

    /// An option of which only the known beginning may be left.
    pub(super) fn least_option(&self) -> Option<Self> {
        if !self.leading().starts_with('-') || !self.is_open() {
            return None;
        }
        let known = self.certain().filter(|piece| matches!(piece, Piece::Text(_)));
        Some(Self::new(known.cloned().collect(), self.span))
    }

    /// The same argument with some bytes of its text taken from the front.
    pub(super) fn skip(&self, bytes: usize) -> Self {
        let mut pieces = self.pieces.clone();
        if let Some(Piece::Text(text)) = pieces.first_mut() {
            let rest = text.get(bytes..).unwrap_or("").to_owned();
            *text = rest;
            if text.is_empty() && pieces.len() > 1 {
                pieces.remove(0);
            }
        }
        Self { pieces, ..*self }
    }

    /// Splits at the first `separator` of its known parts.
    pub(super) fn split_once(&self, separator: char) -> Option<(Self, Self)> {
        for (at, piece) in self.pieces.iter().enumerate() {
            let Piece::Text(text) = piece else { continue };
            let Some((before, after)) = text.split_once(separator) else { continue };
            let mut left: Vec<Piece> = self.pieces.iter().take(at).cloned().collect();
            left.push(Piece::Text(before.to_owned()));
            let mut right = vec![Piece::Text(after.to_owned())];
            right.extend(self.pieces.iter().skip(at + 1).cloned());
            if after.is_empty() && right.len() > 1 {
                right.remove(0);
            }
            return Some((Self { pieces: left, ..*self }, Self { pieces: right, ..*self }));
        }
        None
    }

    /// For a person: what is not known stands in angle brackets.
    pub(super) fn display(&self) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::AnyChar => out.push('?'),
                Piece::AnyRun | Piece::Rest => out.push('*'),
                Piece::Plain => out.push_str("<name>"),
                Piece::Inside => out.push_str("<files>"),
                Piece::Temporary => out.push_str("<temporary file>"),
                Piece::Job => out.push_str("<job>"),
                Piece::Unknown(origin) => {
                    let word = match origin {
                        Origin { decoded: true, .. } => "decoded",
                        Origin { filtered: true, .. } => "filtered",
                        Origin { fetched: true, .. } => "fetched",
                        Origin { file: true, .. } => "from a file",
                        Origin { .. } => "unknown",
                    };
                    // Writing to a string cannot fail.
                    if write!(out, "<{word}>").is_err() {
                        return out;
                    }
                }
            }
        }
        out
    }
}

/// What is known of a stream of text: standard input, an output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stream {
    /// Its text; nothing known is an unknown piece.
    pub(super) pieces: Vec<Piece>,
    /// Whether content of a file or of the environment went into it.
    pub(super) carries_content: bool,
    /// Whether it is fed by the text at all, and not the terminal or nothing.
    pub(super) is_fed: bool,
    /// Whether it has no end, or far more than a gigabyte.
    pub(super) is_endless: bool,
    /// Whether it is names of ordinary files or directories of the project and nothing else.
    pub(super) is_place: bool,
}

impl Stream {
    pub(super) fn unknown(origin: Origin) -> Self {
        Self {
            pieces: vec![Piece::Unknown(origin)],
            carries_content: origin.file,
            is_fed: true,
            is_endless: false,
            is_place: false,
        }
    }

    pub(super) fn of(pieces: Vec<Piece>) -> Self {
        Self { pieces, carries_content: false, is_fed: true, is_endless: false, is_place: false }
    }

    /// A line that a program prints.
    pub(super) fn line(mut pieces: Vec<Piece>) -> Self {
        pieces.push(Piece::Text("\n".into()));
        Self::of(pieces)
    }

    /// The name of a directory of the project.
    pub(super) fn place(piece: Piece) -> Self {
        Self { is_place: true, ..Self::of(vec![piece]) }
    }

    pub(super) fn endless() -> Self {
        Self { is_endless: true, ..Self::unknown(Origin::default()) }
    }

    /// Pieces and bytes of text: what it costs to copy it.
    pub(super) fn len(&self) -> usize {
        let length = |piece: &Piece| if let Piece::Text(text) = piece { text.len() } else { 0 };
        self.pieces.len() + self.pieces.iter().map(length).sum::<usize>()
    }

    pub(super) fn origin(&self) -> Origin {
        Arg { pieces: self.pieces.clone(), ..Arg::default() }.origin()
    }

    /// What there is of it, where it may also be nothing: no text is certain any more.
    pub(super) fn perhaps(mut self) -> Self {
        let is_text = |piece: &Piece| matches!(piece, Piece::Text(text) if !text.is_empty());
        if self.is_place {
            self.pieces = vec![Piece::Inside];
        } else if self.pieces.iter().any(is_text) {
            let origin = Origin { unset: false, mixed: true, ..self.origin() };
            let is_part = |piece: &Piece| {
                matches!(piece, Piece::Text(_) | Piece::AnyRun | Piece::Rest | Piece::AnyChar)
            };
            let text = self.pieces.into_iter().filter(is_part);
            self.pieces = std::iter::once(Piece::Unknown(origin)).chain(text).collect();
        }
        self
    }

    /// With what goes to standard error, where that may say what a command was given. Names of files stay what they are.
    pub(super) fn with_errors(mut self) -> Self {
        if self.pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
            self.then(Self::unknown(Origin::default()));
        }
        self
    }

    /// One stream or another.
    pub(super) fn or(&self, other: &Self) -> Self {
        if self == other {
            return self.clone();
        }
        Self {
            pieces: vec![Piece::Unknown(self.origin().and(other.origin()))],
            carries_content: self.carries_content || other.carries_content,
            is_fed: self.is_fed || other.is_fed,
            is_endless: self.is_endless || other.is_endless,
            is_place: false,
        }
    }

    /// One stream after another.
    pub(super) fn then(&mut self, next: Self) {
        self.carries_content |= next.carries_content;
        self.is_fed |= next.is_fed;
        self.is_endless |= next.is_endless;
        self.is_place = self.pieces.is_empty() && next.is_place || self.is_place && next.pieces.is_empty();
        let mut joined = Arg { pieces: std::mem::take(&mut self.pieces), ..Arg::default() };
        let is_line = |piece: &Piece| !matches!(piece, Piece::Text(_) | Piece::Unknown(_));
        if joined.pieces.last().is_some_and(is_line) && !next.pieces.is_empty() {
            // What a program prints ends a line.
            joined.push(Piece::Text("\n".into()));
        }
        for piece in next.pieces {
            joined.push(piece);
        }
        // What is long enough to be of no use for a judgement is not kept.
        if joined.pieces.len() > 64 || joined.len() > 64 * 1024 {
            joined.pieces = vec![Piece::Unknown(joined.origin())];
        }
        self.pieces = joined.pieces;
    }
}

//! A set of names that is only partly known: a glob, or a word with a variable in it.

/// Text with holes, such as `config/*.pem` or `$DIR/.env`, built piece by piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    pieces: Vec<Piece>,
    len: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    AnyChar,
    AnyRun { matches_leading_dot: bool },
    Anything,
}

impl Pattern {
    /// Length in bytes and holes up to which a pattern is kept exactly (`PATH_MAX`); what is longer ends in
    /// [`anything`](Self::anything), which may match more, never less.
    pub const MAX_LEN: usize = 4096;

    /// The pattern of the empty text.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Exactly this text; slashes separate components.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        if self.grow(text.len()) {
            if let Some(Piece::Text(last)) = self.pieces.last_mut() {
                last.push_str(text);
            } else {
                self.pieces.push(Piece::Text(text.to_owned()));
            }
        }
        self
    }

    /// One character other than a slash: `?` and `[...]`.
    #[must_use]
    pub fn any_char(self) -> Self {
        self.push(Piece::AnyChar)
    }

    /// Any run of characters other than a slash, also an empty one: `*`. Without `matches_leading_dot`, a
    /// component that starts with it matches no name that starts with a dot, as in a shell.
    #[must_use]
    pub fn any_run(self, matches_leading_dot: bool) -> Self {
        self.push(Piece::AnyRun { matches_leading_dot })
    }

    /// Any text, slashes included: an unknown variable, a command substitution, `**`.
    #[must_use]
    pub fn anything(self) -> Self {
        self.push(Piece::Anything)
    }

    fn push(mut self, piece: Piece) -> Self {
        if self.grow(1) {
            self.pieces.push(piece);
        }
        self
    }

    /// Whether `more` still fits; what does not fit becomes `Anything`, once and for good.
    fn grow(&mut self, more: usize) -> bool {
        if self.len > Self::MAX_LEN {
            return false;
        }
        self.len = self.len.saturating_add(more);
        if self.len > Self::MAX_LEN {
            self.pieces.push(Piece::Anything);
            return false;
        }
        true
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

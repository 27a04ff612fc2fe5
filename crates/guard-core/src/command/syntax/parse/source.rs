//! A text, and where each of its bytes comes from.

/// A text to parse. `byte` and `origin` are total: past the end they answer 0 and the end.
pub(super) struct Source<'a> {
    text: &'a str,
    /// For an unescaped text: the origin of each byte, and of the end.
    origins: Option<&'a [usize]>,
}

impl<'a> Source<'a> {
    pub(super) const fn plain(text: &'a str) -> Self {
        Self { text, origins: None }
    }

    pub(super) fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    pub(super) fn character(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or("")
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    pub(super) fn origin(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        self.origins.map_or(at, |origins| origins.get(at).or(origins.last()).copied().unwrap_or(at))
    }
}

/// A text made from another one by leaving characters out.
#[derive(Default)]
pub(super) struct Rewritten {
    text: String,
    origins: Vec<usize>,
}

impl Rewritten {
    /// Adds a character that came from `origin`.
    pub(super) fn push(&mut self, character: char, origin: usize) {
        self.text.push(character);
        self.origins.extend(origin..origin + character.len_utf8());
    }

    /// Adds what `other` holds from byte `from` on.
    pub(super) fn append(&mut self, other: &Self, from: usize) {
        self.text.push_str(other.text.get(from..).unwrap_or(""));
        self.origins.extend_from_slice(other.origins.get(from..).unwrap_or(&[]));
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where the first character came from.
    pub(super) fn start(&self) -> Option<usize> {
        self.origins.first().copied()
    }

    pub(super) fn finish(&mut self, end: usize) {
        self.origins.push(end);
    }

    pub(super) fn source(&self) -> Source<'_> {
        Source { text: &self.text, origins: Some(&self.origins) }
    }
}

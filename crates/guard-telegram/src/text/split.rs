use super::Text;
use super::styled::{Code, Run};

impl Text {
    /// Pieces of at most `most` UTF-16 units, cut where a reader expects it: around a code block, between
    /// paragraphs, lines, words, and only then anywhere. Blank space at a cut is dropped, nothing else is.
    ///
    /// `most` is at least 2, the units of one character.
    #[must_use]
    pub fn split(&self, most: usize) -> Vec<Self> {
        let most = most.max(2);
        let mut pieces = Vec::new();
        let mut cutter = Cutter { whole: self, byte: 0, run: 0, into_run: 0 };
        while let Some(window) = cutter.window(most) {
            let piece = cutter.take(window).trimmed();
            if !piece.is_empty() {
                pieces.push(piece);
            }
        }
        pieces
    }

    /// Without blank lines before it and blank space after it.
    pub(super) fn trimmed(&self) -> Self {
        let end = self.text.trim_end().len();
        let head = self.text.get(..end).unwrap_or_default();
        // A line that begins with spaces keeps them, in code above all.
        let blank = head.len().saturating_sub(head.trim_start().len());
        let start =
            head.get(..blank).and_then(|blank| blank.rfind('\n')).map_or(0, |last| last.saturating_add(1));
        let mut cutter = Cutter { whole: self, byte: 0, run: 0, into_run: 0 };
        cutter.take(start);
        cutter.take(end.saturating_sub(start))
    }
}

/// Goes through a text from its beginning to its end.
struct Cutter<'a> {
    whole: &'a Text,
    byte: usize,
    run: usize,
    into_run: usize,
}

impl Cutter<'_> {
    fn rest(&self) -> &str {
        self.whole.text.get(self.byte..).unwrap_or_default()
    }

    /// The length in bytes of the next piece; none at the end.
    fn window(&self, most: usize) -> Option<usize> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        let mut units = 0_usize;
        for (byte, character) in rest.char_indices() {
            units = units.saturating_add(character.len_utf16());
            if units > most {
                // A space or line break after a full piece is dropped, so the piece may be full.
                let end = if matches!(character, '\n' | ' ') { byte.saturating_add(1) } else { byte };
                return Some(self.border(rest.get(..end).unwrap_or_default()));
            }
        }
        Some(rest.len())
    }

    /// The best place to cut a window that is full.
    fn border(&self, window: &str) -> usize {
        let blocks = self.blocks(window.len());
        let inside = |at: usize| blocks.iter().any(|(start, end)| *start < at && at < *end);
        // A piece that is nearly empty serves nobody: each kind of border counts in its part of the window only.
        let after = |part: usize| window.len() / part;
        let around = blocks.iter().flat_map(|(start, end)| [*end, *start]);
        let paragraph = window.rmatch_indices("\n\n").map(|(at, _)| at).find(|at| !inside(*at));
        let line = window.rmatch_indices('\n').map(|(at, _)| at).find(|at| !inside(*at));
        let any_line = window.rfind('\n');
        let word = window.rfind(' ');
        let around = around.filter(|at| *at <= window.len()).max();
        let far = |at: Option<usize>, part: usize| at.filter(|at| *at > after(part));
        far(around.max(paragraph), 2)
            .or_else(|| far(line, 2))
            .or_else(|| far(around.max(line), 4))
            .or_else(|| far(any_line, 4))
            .or_else(|| far(word, 4))
            .unwrap_or_else(|| whole_character(window))
    }

    /// Where code blocks begin and end, relative to the window, as far as they touch it.
    fn blocks(&self, window: usize) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        let mut start = 0_usize;
        let mut into = self.into_run;
        for run in self.whole.runs.get(self.run..).unwrap_or_default() {
            let end = start.saturating_add(run.len.saturating_sub(into));
            into = 0;
            if matches!(run.style.code, Some(Code::Block(_))) {
                out.push((start, end));
            }
            start = end;
            if start >= window {
                break;
            }
        }
        out
    }

    /// Cuts off the next `len` bytes, with their styles.
    fn take(&mut self, len: usize) -> Text {
        let text = self.rest().get(..len).unwrap_or_default().to_owned();
        let mut piece = Text { text, runs: Vec::new() };
        let mut left = piece.text.len();
        self.byte = self.byte.saturating_add(left);
        while let Some(Run { len, style }) = self.whole.runs.get(self.run).filter(|_| left > 0) {
            let taken = len.saturating_sub(self.into_run).min(left);
            piece.run(taken, style.clone());
            left = left.saturating_sub(taken);
            self.into_run = self.into_run.saturating_add(taken);
            if self.into_run >= *len {
                (self.run, self.into_run) = (self.run.saturating_add(1), 0);
            }
        }
        piece
    }
}

/// The end of a window without a border. What joins emoji or accents stays with what it belongs to, if that is near.
fn whole_character(window: &str) -> usize {
    let joins = |c: char| matches!(c, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{300}'..='\u{36f}');
    let end = window.char_indices().rev().take(8).find(|(at, c)| *at > 0 && !joins(*c));
    match end {
        // The character itself may be continued after the window, so it goes to the next piece.
        Some((at, _)) if window.get(at..).is_some_and(|rest| rest.chars().any(joins)) => at,
        _ => window.len(),
    }
}

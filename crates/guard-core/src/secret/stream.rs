//! Taking out secrets of a text that comes in chunks.

use super::gate::{Candidate, Gate};
use super::redactor::Redactor;
use super::span::{Span, Writer};
use super::values::Values;

/// Redacts chunk by chunk; what comes out is, all together, what [`Redactor::redact_bytes`] makes of the whole.
///
/// Holds back as little as it can: of a line that has not ended some fifty bytes and the longest known value, and from a
/// keyword on what its rule needs to see (up to the next white space or line break, at most 16 KiB).
/// [`finish`](Self::finish) gives the rest.
#[derive(Debug)]
pub struct Stream {
    redactor: Redactor,
    /// What is not written yet, after some bytes that are, for context.
    text: Vec<u8>,
    /// Up to where keywords and values have been looked for.
    scanned: usize,
    /// Keywords whose windows are not complete.
    pending: Vec<Candidate>,
    /// Secrets that are not taken out yet.
    spans: Vec<Span>,
    writer: Writer,
}

impl Stream {
    pub(super) fn new(redactor: Redactor) -> Self {
        Self {
            redactor,
            text: Vec::new(),
            scanned: 0,
            pending: Vec::new(),
            spans: Vec::new(),
            writer: Writer::default(),
        }
    }

    /// Takes the next chunk and gives what can be said by now.
    #[must_use]
    pub fn push(&mut self, chunk: &[u8]) -> Vec<u8> {
        self.text.extend_from_slice(chunk);
        self.advance(false)
    }

    /// Ends the text and gives the rest of it.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.advance(true)
    }

    fn advance(&mut self, is_whole: bool) -> Vec<u8> {
        let gate = Gate::get();
        let old = self.pending.len();
        self.pending.extend(gate.candidates(&self.text, self.scanned));
        if let Some(values) = self.redactor.values() {
            self.spans.extend(values.spans(&self.text, self.scanned));
        }
        let (text, spans, scanned) = (&self.text, &mut self.spans, self.scanned);
        let mut number = 0;
        self.pending.retain(|candidate| {
            // The window of an old one has no end in what was there before.
            let from = if number < old { scanned } else { 0 };
            number += 1;
            let Some(rule) = gate.rule(*candidate) else { return false };
            let Some(end) = rule.window_end(text, candidate.at, from, is_whole) else { return true };
            spans.extend(gate.judge(text, *candidate, end));
            false
        });
        self.scanned = self.text.len();
        let limit = if is_whole { self.text.len() } else { self.decided(gate) };
        let out = self.write(limit, is_whole);
        self.forget(gate);
        out
    }

    /// Up to where no secret can start that is not known yet.
    fn decided(&self, gate: &Gate) -> usize {
        // No keyword and nothing before one holds a line break, so a line that has ended waits for no other.
        let lines = self.text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let shapes = self.text.len().saturating_sub(gate.longest() + gate.back()).max(lines);
        let values = self.redactor.values().map_or(self.text.len(), |values| {
            let unseen = self.text.len().saturating_sub(values.longest());
            if values.has_line_break() { unseen } else { unseen.max(lines) }
        });
        let unseen = shapes.min(values);
        let pending = self.pending.iter().map(|candidate| candidate.at.saturating_sub(gate.back()));
        pending.fold(unseen, usize::min)
    }

    fn write(&mut self, limit: usize, is_whole: bool) -> Vec<u8> {
        let mut out = Vec::new();
        self.spans.sort_by(Span::order);
        let due = if is_whole {
            self.spans.len()
        } else {
            self.spans.partition_point(|span| span.range.start < limit)
        };
        for span in self.spans.drain(..due) {
            self.writer.take_out(&span, &self.text, &mut out);
        }
        self.writer.copy_to(limit, &self.text, &mut out);
        out
    }

    /// Drops what is written, but for the bytes that a rule may look back at.
    fn forget(&mut self, gate: &Gate) {
        let done = self.writer.at().min(self.text.len());
        let pending = self.pending.iter().map(|candidate| candidate.at).fold(done, usize::min);
        let keep_from =
            pending.min(self.scanned).saturating_sub(gate.longest() + gate.back() + gate.context());
        // Moving the rest costs as much as it is long; waiting for as much to drop keeps that linear.
        let values = self.redactor.values().map_or(0, Values::longest);
        let keep_from = keep_from.min(self.scanned.saturating_sub(values));
        if keep_from < self.text.len() / 2 {
            return;
        }
        self.text.drain(..keep_from);
        self.scanned -= keep_from;
        self.writer.shift(keep_from);
        for candidate in &mut self.pending {
            candidate.at -= keep_from;
        }
        for span in &mut self.spans {
            span.range = span.range.start - keep_from..span.range.end - keep_from;
        }
    }
}

//! Here-documents.

use super::builder::Builder;
use super::source::Rewritten;
use super::{Parser, Result, is_break};
use crate::Span;
use crate::command::syntax::ast::{HereDocument, PartKind, Word};
use crate::command::syntax::error::Problem;

/// A here-document whose body comes after the current line.
pub(super) struct Pending {
    delimiter: String,
    is_quoted: bool,
    strips_tabs: bool,
    document: HereDocument,
}

impl Parser<'_> {
    /// The delimiter after `<<`. Nothing in it is expanded; any quote in it makes the body literal.
    pub(super) fn delimiter(&mut self, strips_tabs: bool) -> Result<(Word, HereDocument)> {
        self.budget.add_document().map_err(|problem| self.error(problem))?;
        let start = self.here();
        let (mut delimiter, mut is_quoted) = (String::new(), false);
        while !is_break(self.peek()) {
            match self.take() {
                Some(quote @ ('\'' | '"')) => {
                    is_quoted = true;
                    self.quoted_delimiter(quote, &mut delimiter)?;
                }
                Some('\\') => {
                    is_quoted = true;
                    delimiter.extend(self.take());
                }
                Some('$' | '`') => return Err(self.error(Problem::HereDocument)),
                character => delimiter.extend(character),
            }
        }
        if delimiter.is_empty() || delimiter.starts_with('\t') || delimiter.contains('\n') {
            return Err(self.error(Problem::HereDocument));
        }
        let span = Span::new(start, self.here());
        let mut builder = Builder::default();
        builder.push_part(PartKind::Literal(delimiter.clone()), is_quoted, span.start, span.end);
        let document = HereDocument::default();
        self.pending.push(Pending { delimiter, is_quoted, strips_tabs, document: document.clone() });
        Ok((builder.finish(span.start, span.end), document))
    }

    fn quoted_delimiter(&mut self, quote: char, delimiter: &mut String) -> Result<()> {
        loop {
            match self.take() {
                None => return Err(self.error(Problem::UnterminatedQuote)),
                Some(character) if character == quote => return Ok(()),
                Some('\\' | '$' | '`') if quote == '"' => return Err(self.error(Problem::HereDocument)),
                Some(character) => delimiter.push(character),
            }
        }
    }

    /// Reads the bodies that begin here, after a newline.
    pub(super) fn read_documents(&mut self) -> Result<()> {
        for pending in std::mem::take(&mut self.pending) {
            let start = self.here();
            let mut body = Rewritten::default();
            loop {
                if self.at >= self.source.len() {
                    return Err(self.error_from(Problem::HereDocument, start));
                }
                let line = self.document_line(!pending.is_quoted);
                let tabs = line.text().len() - line.text().trim_start_matches('\t').len();
                let from = if pending.strips_tabs { tabs } else { 0 };
                let text = line.text().get(from..).unwrap_or("");
                let text = text.strip_suffix('\n').unwrap_or(text);
                if text == pending.delimiter {
                    break;
                }
                if self.substitutions > 0 && text.starts_with(&pending.delimiter) {
                    // `EOF)` ends the document too, in some versions.
                    return Err(self.error_from(Problem::HereDocument, start));
                }
                body.append(&line, from);
            }
            let end = self.here();
            pending.document.fill(self.document_body(body, pending.is_quoted, start, end)?);
        }
        Ok(())
    }

    /// One line with its newline. In a body that is expanded, a backslash joins it with the next one.
    fn document_line(&mut self, joins: bool) -> Rewritten {
        let mut line = Rewritten::default();
        loop {
            let origin = self.here();
            let Some(character) = self.take() else { return line };
            if joins && character == '\\' {
                let next_origin = self.here();
                let next = self.take();
                if next == Some('\n') {
                    continue;
                }
                line.push('\\', origin);
                if let Some(next) = next {
                    line.push(next, next_origin);
                }
                continue;
            }
            line.push(character, origin);
            if character == '\n' {
                return line;
            }
        }
    }

    fn document_body(
        &mut self,
        mut body: Rewritten,
        is_quoted: bool,
        start: usize,
        end: usize,
    ) -> Result<Word> {
        if is_quoted {
            let mut builder = Builder::default();
            builder.push_part(PartKind::Literal(body.text().to_owned()), true, start, end);
            return Ok(builder.finish(start, end));
        }
        let start = body.start().unwrap_or(start);
        body.finish(end);
        Parser::new(body.source(), self.budget).document_text(start, end)
    }

    /// The body of a here-document that is expanded.
    fn document_text(&mut self, start: usize, end: usize) -> Result<Word> {
        let mut builder = Builder::default();
        loop {
            let origin = self.here();
            match self.peek() {
                0 => break,
                b'$' => self.dollar(&mut builder, super::quote::Quoting::Document)?,
                b'`' => self.backticks(&mut builder, true)?,
                b'\\' => {
                    self.at += 1;
                    match self.source.byte(self.at) {
                        b'$' | b'`' | b'\\' => self.copy(&mut builder, true),
                        _ => builder.push('\\', true, origin, self.here()),
                    }
                }
                _ => self.copy(&mut builder, true),
            }
        }
        Ok(builder.finish(start, end))
    }
}

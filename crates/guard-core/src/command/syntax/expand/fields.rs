//! Builds arguments out of the pieces of a word.

use super::{Arg, Binding, Piece, Variables};
use crate::Span;
use crate::command::syntax::ast::{Operation, Parameter, Part, PartKind, Prefix, Word};

/// A piece before patterns are looked for.
enum Unit {
    Text { text: String, quoted: bool },
    Piece(Piece),
}

/// The arguments so far, and the one in the making.
pub(super) struct Fields<'a> {
    variables: &'a dyn Variables,
    span: Span,
    /// Whether unquoted values split and patterns match.
    splits: bool,
    done: Vec<Arg>,
    units: Vec<Unit>,
    /// Whether the argument exists even if nothing is added to it.
    exists: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn new(variables: &'a dyn Variables, span: Span, splits: bool) -> Self {
        Self { variables, span, splits, done: Vec::new(), units: Vec::new(), exists: false }
    }

    pub(super) fn finish(mut self) -> Vec<Arg> {
        self.end_field();
        self.done
    }

    pub(super) fn add<'p>(&mut self, parts: impl Iterator<Item = &'p Part>) {
        for part in parts {
            self.add_part(part);
        }
    }

    fn add_part(&mut self, part: &Part) {
        match &part.kind {
            PartKind::Literal(text) => self.text(text, part.quoted),
            PartKind::Parameter(parameter) => self.parameter(parameter, part.quoted),
            PartKind::Command(_) => self.unknown(part.quoted),
            PartKind::Process { .. } => self.piece(Piece::Pipe),
            PartKind::Arithmetic(_) if self.has_usual_separators() || part.quoted => {
                self.piece(Piece::Number)
            }
            PartKind::Arithmetic(_) => self.unknown(false),
            PartKind::Tilde(name) if name.is_empty() => self.piece(Piece::Home),
            PartKind::ExtendedGlob { .. } if self.splits => self.piece(Piece::AnyRun),
            PartKind::Tilde(_) | PartKind::ExtendedGlob { .. } | PartKind::Array(_) => {
                self.piece(Piece::Unknown { splits: false });
            }
            // Only where the product of braces was not made.
            PartKind::Alternatives(_) | PartKind::Sequence(_) => self.unknown(false),
        }
    }

    fn text(&mut self, text: &str, quoted: bool) {
        self.exists |= quoted || !text.is_empty();
        self.units.push(Unit::Text { text: text.to_owned(), quoted: quoted || !self.splits });
    }

    fn piece(&mut self, piece: Piece) {
        self.exists = true;
        self.units.push(Unit::Piece(piece));
    }

    fn unknown(&mut self, quoted: bool) {
        self.piece(Piece::Unknown { splits: self.splits && !quoted });
    }

    fn parameter(&mut self, parameter: &Parameter, quoted: bool) {
        let is_list =
            parameter.name == "@" || parameter.subscript.is_some() || parameter.operation == Operation::Names;
        if is_list || parameter.name == "*" {
            let is_absent = parameter.prefix == Prefix::None
                && parameter.operation == Operation::None
                && parameter.subscript.is_none()
                && self.variables.get("@") == Binding::Unset;
            if !is_absent {
                self.piece(Piece::Unknown { splits: self.splits && (is_list || !quoted) });
            } else if parameter.name == "*" && quoted {
                self.text("", true);
            }
            return;
        }
        if parameter.prefix != Prefix::None {
            return self.unknown(quoted);
        }
        let binding = self.variables.get(&parameter.name);
        let has_value = |colon: bool| match &binding {
            Binding::Known(value) => Some(!(colon && value.is_empty())),
            Binding::Unset => Some(false),
            Binding::Unknown => None,
        };
        match &parameter.operation {
            Operation::None => self.binding(binding, quoted),
            Operation::Default { colon, word } | Operation::Assign { colon, word } => match has_value(*colon)
            {
                Some(true) => self.binding(binding, quoted),
                Some(false) => self.inner(word, quoted),
                None => self.unknown(quoted),
            },
            Operation::Alternative { colon, word } => match has_value(*colon) {
                Some(true) => self.inner(word, quoted),
                Some(false) => self.binding(Binding::Unset, quoted),
                None => self.unknown(quoted),
            },
            Operation::Require { colon, .. } if has_value(*colon) == Some(true) => {
                self.binding(binding, quoted)
            }
            Operation::Require { .. }
            | Operation::Remove { .. }
            | Operation::Replace { .. }
            | Operation::Case { .. }
            | Operation::Substring(_)
            | Operation::Transform(_)
            | Operation::Names => self.unknown(quoted),
        }
    }

    /// The word after an operator, in the place of the value.
    fn inner(&mut self, word: &Word, quoted: bool) {
        if quoted {
            self.text("", true);
        }
        for part in &word.parts {
            match part.as_plain() {
                // Text that stands in for a value is split like a value.
                Some(text) if self.splits && !quoted => self.binding(Binding::Known(text.to_owned()), false),
                _ => self.add_part(part),
            }
        }
    }

    fn binding(&mut self, binding: Binding, quoted: bool) {
        match binding {
            Binding::Unknown => self.unknown(quoted),
            Binding::Unset if quoted => self.text("", true),
            Binding::Unset => {}
            Binding::Known(value) if quoted || !self.splits => self.text(&value, true),
            Binding::Known(value)
                if !self.has_usual_separators() || value.contains('\\') && is_pattern(&value) =>
            {
                self.unknown(false);
            }
            Binding::Known(value) => self.split(&value),
        }
    }

    fn split(&mut self, value: &str) {
        let mut rest = value;
        while let Some(at) = rest.find([' ', '\t', '\n']) {
            let (field, after) = rest.split_at(at);
            self.text(field, false);
            self.end_field();
            rest = after.trim_start_matches([' ', '\t', '\n']);
        }
        self.text(rest, false);
    }

    fn has_usual_separators(&self) -> bool {
        match self.variables.get("IFS") {
            Binding::Known(separators) => separators == " \t\n",
            Binding::Unset => true,
            Binding::Unknown => false,
        }
    }

    fn end_field(&mut self) {
        let units = std::mem::take(&mut self.units);
        if std::mem::take(&mut self.exists) {
            self.done.push(Arg { pieces: pieces(&units), span: self.span });
        }
    }
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

fn pieces(units: &[Unit]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, unit) in units.iter().enumerate() {
        match unit {
            Unit::Piece(piece) => pieces.push(piece.clone()),
            Unit::Text { text, quoted: true } => push_text(&mut pieces, text),
            Unit::Text { text, quoted: false } => {
                let later = units.get(index + 1..).unwrap_or_default();
                if !push_pattern(&mut pieces, text, later) {
                    return pieces;
                }
            }
        }
    }
    pieces
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(before)) => before.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

/// Adds unquoted text. Answers `false` where a bracket goes on into later pieces, which are taken in.
fn push_pattern(pieces: &mut Vec<Piece>, text: &str, later: &[Unit]) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find(['*', '?', '[']) {
        let (before, from) = rest.split_at(at);
        push_text(pieces, before);
        let (special, after) = from.split_at(1);
        rest = after;
        match special {
            "*" => pieces.push(Piece::AnyRun),
            "?" => pieces.push(Piece::AnyChar),
            _ => match bracket(after) {
                Some((inside, after)) if !inside.contains('/') => {
                    pieces.push(Piece::AnyRun);
                    rest = after;
                }
                None if !later.iter().any(may_close) => push_text(pieces, "["),
                _ => {
                    pieces.push(Piece::Unknown { splits: true });
                    return false;
                }
            },
        }
    }
    push_text(pieces, rest);
    true
}

/// The inside of a bracket expression and what follows it.
fn bracket(text: &str) -> Option<(&str, &str)> {
    let negated = text.strip_prefix(['!', '^']).unwrap_or(text);
    let mut rest = negated.strip_prefix(']').unwrap_or(negated);
    loop {
        let at = rest.find(['[', ']'])?;
        let (_, from) = rest.split_at(at);
        if let Some(after) = from.strip_prefix(']') {
            return Some((text.get(..text.len() - from.len())?, after));
        }
        // `[:class:]`, `[.symbol.]`, `[=equivalent=]`
        let class =
            [("[:", ":]"), ("[.", ".]"), ("[=", "=]")].into_iter().find(|(open, _)| from.starts_with(open));
        let inside = from.get(class.map_or(1, |_| 2)..)?;
        rest = match class.and_then(|(_, close)| inside.split_once(close)) {
            Some((_, after)) => after,
            None => from.get(1..)?,
        };
    }
}

/// Whether a bracket that is open could be closed in this piece.
fn may_close(unit: &Unit) -> bool {
    match unit {
        Unit::Text { text, quoted } => !quoted && text.contains(']'),
        Unit::Piece(piece) => matches!(piece, Piece::Unknown { splits: true }),
    }
}

//! Places where the shell evaluates what looks like data.

use super::{Interpreter, State};
use crate::command::effects::Access;
use crate::command::rules;
use crate::command::syntax::Arithmetic;
use crate::command::value::{Arg, Origin, Piece, runs_where_evaluated};

impl Interpreter<'_> {
    /// An arithmetic expression: its substitutions run, and the values of variables in it are evaluated again.
    pub(in crate::command) fn arithmetic(&mut self, expression: &Arithmetic, state: &mut State) {
        let text = self.scalar(&expression.word, state);
        self.evaluated(&text, state);
        self.calculated(&text, state);
    }

    /// What an expression assigns: numbers.
    pub(in crate::command) fn calculated(&mut self, text: &Arg, state: &mut State) {
        let is_assignment = |text: &str| {
            let bytes = text.as_bytes();
            text.contains("++")
                || text.contains("--")
                || text.match_indices('=').any(|(at, _)| {
                    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
                    let is_shift = text.get(..at).is_some_and(|t| t.ends_with("<<") || t.ends_with(">>"));
                    bytes.get(at + 1) != Some(&b'=')
                        && !matches!(before, Some(b'=' | b'!'))
                        && (is_shift || !matches!(before, Some(b'<' | b'>')))
                })
        };
        for piece in &text.pieces {
            let Piece::Text(part) = piece else { continue };
            if is_assignment(part) {
                for name in names(part) {
                    state.may_count(name, text.span);
                }
            }
        }
    }

    /// Text that the shell evaluates as arithmetic, or as a variable name with a subscript.
    pub(in crate::command) fn evaluated(&mut self, text: &Arg, state: &State) {
        self.evaluated_once(text, state, &mut Vec::new());
    }

    fn evaluated_once(&mut self, text: &Arg, state: &State, seen: &mut Vec<String>) {
        self.work.add(text.pieces.len() + text.len() / 16);
        let mut is_told = false;
        for piece in &text.pieces {
            match piece {
                Piece::Text(text_part) => {
                    if runs_where_evaluated(text_part) {
                        self.find(&rules::EVALUATES_DATA, text.span, text_part.as_str());
                        return;
                    }
                    if joins(text_part) {
                        self.find(&rules::DYNAMIC_ARITHMETIC, text.span, text_part.as_str());
                    }
                    self.names_in(text_part, text, state, seen);
                    for name in assigned(text_part) {
                        self.changes(name, &Arg::new(vec![Piece::Plain], text.span), text.span, state);
                    }
                }
                Piece::Unknown(origin)
                    if !is_told && (origin.hides() || origin.fetched || origin.file || origin.mixed) =>
                {
                    is_told = true;
                    self.find(&rules::DYNAMIC_ARITHMETIC, text.span, text.display());
                }
                // A file may have any name.
                Piece::AnyRun | Piece::Rest | Piece::Inside if !is_told => {
                    is_told = true;
                    self.find(&rules::DYNAMIC_ARITHMETIC, text.span, text.display());
                }
                Piece::Unknown(_)
                | Piece::AnyChar
                | Piece::AnyRun
                | Piece::Rest
                | Piece::Plain
                | Piece::Inside
                | Piece::Temporary
                | Piece::Job => {}
            }
        }
    }

    /// The name of a variable: bash evaluates a subscript in it.
    pub(in crate::command) fn subscripted(&mut self, name: &Arg, state: &State) {
        if let Some((_, subscript)) = name.split_once('[') {
            self.evaluated(&subscript, state);
        } else if name.is_open() && name.origin() != Origin::UNSET
            || name.pieces.iter().any(|piece| matches!(piece, Piece::AnyRun | Piece::Rest | Piece::Inside))
        {
            self.find(&rules::DYNAMIC_ARITHMETIC, name.span, name.display());
        }
    }

    /// Variables named in an expression: their values are expressions too.
    fn names_in(&mut self, expression: &str, at: &Arg, state: &State, seen: &mut Vec<String>) {
        for name in names(expression) {
            if seen.iter().any(|known| known == name) {
                continue;
            }
            let Some(value) = state.variable(name) else { continue };
            if seen.len() >= MAX_NAMES {
                self.find(&rules::TOO_COMPLEX, at.span, name);
                return;
            }
            seen.push(name.to_owned());
            if !self.spend(at.span) {
                return;
            }
            if let Some(elements) = state.elements(name) {
                for element in elements {
                    if element.is_open() {
                        self.find(&rules::DYNAMIC_ARITHMETIC, at.span, name);
                    }
                    let element = Arg { span: at.span, ..element.clone() };
                    self.evaluated_once(&element, state, seen);
                }
                continue;
            }
            if state.attributes(name).array && !value.is_open() {
                // The value is that of the first element; what the others are is not known.
                self.find(&rules::DYNAMIC_ARITHMETIC, at.span, name);
            }
            if value.is_open() && !value.origin().unset {
                self.find(&rules::DYNAMIC_ARITHMETIC, at.span, name);
            }
            let value = Arg { span: at.span, ..value.clone() };
            self.evaluated_once(&value, state, seen);
        }
    }

    /// `test -f x`, `[[ -v x ]]`.
    pub(in crate::command) fn unary_test(&mut self, operator: &str, operand: &Arg, state: &State) {
        match operator {
            "-v" | "-R" => self.subscripted(operand, state),
            "-z" | "-n" | "-o" | "-t" => {}
            _ => {
                if operand.is_open() && operand.leading().is_empty() {
                    return;
                }
                self.path(operand, Access::List, state);
            }
        }
    }

    /// `[[ a -eq b ]]`, `test a -nt b`.
    pub(in crate::command) fn binary_test(&mut self, operator: &str, left: &Arg, right: &Arg, state: &State) {
        match operator {
            "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => {
                self.evaluated(left, state);
                self.evaluated(right, state);
            }
            "-nt" | "-ot" | "-ef" => {
                self.path(left, Access::List, state);
                self.path(right, Access::List, state);
            }
            _ => {}
        }
    }
}

/// Whether an expression names a positional parameter, or puts a name together of the values of others: `$1`, `x$y`.
fn joins(expression: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    expression.match_indices('$').any(|(at, _)| {
        let before = expression.get(..at).and_then(|before| before.chars().next_back());
        let after = expression.get(at + 1..).unwrap_or("");
        let behind = after.trim_start_matches(is_part);
        before.is_some_and(is_part)
            || after.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '@' | '*' | '_'))
            || behind.starts_with('$')
    })
}

/// Variables that one expression may lead to.
const MAX_NAMES: usize = 64;

/// The names in an expression.
fn names(expression: &str) -> impl Iterator<Item = &str> {
    expression
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

/// The variables that an expression assigns: before `=`, `+=` and their like, before and after `++` and `--`.
fn assigned(expression: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = expression;
    std::iter::from_fn(move || {
        loop {
            let from = rest.find(is_name)?;
            let (before, after) = rest.split_at(from);
            let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            rest = after;
            let operator = after.trim_start();
            let bare = operator.trim_start_matches(['+', '-', '*', '/', '%', '<', '>', '&', '^', '|']);
            let is_set = bare.starts_with('=')
                && !bare.starts_with("==")
                // `<=` and `>=` compare.
                && !(operator.len() - bare.len() == 1 && operator.starts_with(['<', '>']));
            let counts = |text: &str| text.starts_with("++") || text.starts_with("--");
            let is_counted =
                counts(operator) || before.trim_end().ends_with("++") || before.trim_end().ends_with("--");
            if (is_set || is_counted) && !name.starts_with(|c: char| c.is_ascii_digit()) {
                return Some(name);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::assigned;

    #[test]
    fn assignments_of_an_expression() {
        let names = |text| assigned(text).collect::<Vec<_>>();
        assert_eq!(names("i = i + 1"), ["i"]);
        assert_eq!(names("a<=b"), Vec::<&str>::new());
        assert_eq!(names("a==b"), Vec::<&str>::new());
        assert_eq!(names("a<<=1, ++b, c--"), ["a", "b", "c"]);
        assert_eq!(names("1 ? PATH=2 : 3"), ["PATH"]);
    }
}

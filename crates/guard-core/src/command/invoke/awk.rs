//! awk programs: the calls that start programs or open files.

use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::value::{Arg, Origin, Stream};

impl Interpreter<'_> {
    /// Judges an awk program.
    pub(super) fn awk(&mut self, program: &Arg, state: &State) {
        let Some(text) = program.known() else {
            self.find(&rules::DYNAMIC_CODE, program.span, program.display());
            return;
        };
        let tokens = tokens(text);
        let mut prints = false;
        let mut depth = 0_i32;
        for (at, token) in tokens.iter().enumerate() {
            let next = tokens.get(at + 1);
            match token {
                Token::Word("print" | "printf") => {
                    prints = true;
                    depth = 0;
                }
                Token::Word("system") => match (next, tokens.get(at + 2), tokens.get(at + 3)) {
                    (Some(Token::Other('(')), Some(Token::Text(code)), Some(Token::Other(')'))) => {
                        self.find(&rules::DANGEROUS_CODE, program.span, text);
                        self.shell_text(
                            &Arg::text(*code, program.span),
                            &State::new(state.cwd.path.clone(), self.work.clone()),
                        );
                    }
                    _ => self.find(&rules::DANGEROUS_CODE, program.span, text),
                },
                Token::Word("getline") => match next {
                    Some(Token::Other('<')) => self.file(tokens.get(at + 2), Access::Read, program, state),
                    Some(Token::Word(_)) if matches!(tokens.get(at + 2), Some(Token::Other('<'))) => {
                        self.file(tokens.get(at + 3), Access::Read, program, state);
                    }
                    _ => {}
                },
                Token::Other('@') => self.find(&rules::DANGEROUS_CODE, program.span, text),
                // It names the files that are read, as data.
                Token::Word("ARGV" | "SYMTAB") => {
                    self.find(&rules::DYNAMIC_PATH, program.span, text);
                    for token in &tokens {
                        if let Token::Text(name) = token {
                            self.path(&Arg::text(*name, program.span), Access::Read, state);
                        }
                    }
                }
                Token::Word("ENVIRON") => self.find(&rules::PRINTS_ENVIRONMENT, program.span, text),
                Token::Other('|') => match (next, at.checked_sub(1).and_then(|at| tokens.get(at))) {
                    (Some(Token::Text(code)), _) => {
                        // What it is fed was put together by the program.
                        let mut inner = State::new(state.cwd.path.clone(), self.work.clone());
                        let made = Origin { decoded: true, file: true, ..Origin::default() };
                        inner.stdin = Stream::unknown(made);
                        self.shell_text(&Arg::text(*code, program.span), &inner);
                    }
                    _ => self.find(&rules::DANGEROUS_CODE, program.span, text),
                },
                Token::Other('(') => depth += 1,
                Token::Other(')') => depth -= 1,
                Token::Other('>') if prints && depth <= 0 => {
                    let target = match next {
                        Some(Token::Other('>')) => tokens.get(at + 2),
                        other => other,
                    };
                    self.file(target, Access::Write, program, state);
                    prints = false;
                }
                Token::Other(';' | '}' | '\n') => prints = false,
                Token::Word(_) | Token::Text(_) | Token::Other(_) => {}
            }
        }
    }

    fn file(&mut self, name: Option<&Token<'_>>, access: Access, program: &Arg, state: &State) {
        match name {
            Some(Token::Text(name)) if name.contains("/inet") => {
                self.find(&rules::EXFILTRATES, program.span, *name);
            }
            Some(Token::Text(name)) if access == Access::Write => {
                self.makes(&Arg::text(*name, program.span), state);
            }
            Some(Token::Text(name)) => drop(self.path(&Arg::text(*name, program.span), access, state)),
            _ => self.find(&rules::DYNAMIC_PATH, program.span, program.display()),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    /// The inside of a string.
    Text(&'t str),
    Other(char),
}

/// Words, strings and signs; regular expressions, comments, blanks and `||` left out.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out: Vec<Token<'_>> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or("");
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        rest = match first {
            '"' => {
                let end = string_end(after, '"');
                out.push(Token::Text(after.get(..end).unwrap_or("")));
                after.get(end + 1..).unwrap_or("")
            }
            // A slash after a value divides; elsewhere it begins a regular expression.
            '/' if !matches!(out.last(), Some(Token::Other(')' | ']' | '$')) | Some(Token::Text(_)))
                && !matches!(out.last(), Some(Token::Word(word)) if !matches!(*word, "return" | "print" | "in" | "printf")) =>
            {
                let end = string_end(after, '/');
                out.push(Token::Other('~'));
                after.get(end + 1..).unwrap_or("")
            }
            '#' => after.find('\n').and_then(|end| after.get(end..)).unwrap_or(""),
            '|' if after.starts_with('|') => after.get(1..).unwrap_or(""),
            c if is_word(c) => {
                let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                out.push(Token::Word(word));
                after
            }
            c => {
                if !matches!(c, ' ' | '\t' | '\r') {
                    out.push(Token::Other(c));
                }
                after
            }
        };
    }
    out
}

/// Where a string or regular expression ends.
fn string_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if !escaped && (character == quote || character == '\n' && quote == '/') {
            return at;
        }
        escaped = !escaped && character == '\\';
    }
    text.len()
}

//! sed scripts: the commands that start programs or open files.

use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::value::Arg;

impl Interpreter<'_> {
    /// Judges a sed script.
    pub(super) fn sed(&mut self, script: &Arg, state: &State) {
        let Some(text) = script.known() else {
            // A value put into a script can bring commands of its own.
            self.find(&rules::DYNAMIC_CODE, script.span, script.display());
            return;
        };
        let mut scanner = Scanner { rest: text };
        while let Some(found) = scanner.next() {
            match found {
                Found::Harmless => {}
                Found::Runs => self.find(&rules::DANGEROUS_CODE, script.span, text),
                Found::Reads(file) => drop(self.path(&Arg::text(file, script.span), Access::Read, state)),
                Found::Writes(file) => self.makes(&Arg::text(file, script.span), state),
                Found::Unclear => {
                    self.find(&rules::INLINE_CODE, script.span, text);
                    return;
                }
            }
        }
    }
}

enum Found<'s> {
    Harmless,
    Runs,
    Reads(&'s str),
    Writes(&'s str),
    Unclear,
}

struct Scanner<'s> {
    rest: &'s str,
}

impl<'s> Scanner<'s> {
    fn next(&mut self) -> Option<Found<'s>> {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ';' | '{' | '}'));
        if self.rest.is_empty() {
            return None;
        }
        if !self.addresses() {
            return Some(Found::Unclear);
        }
        let mut characters = self.rest.chars();
        let Some(command) = characters.next() else { return Some(Found::Unclear) };
        self.rest = characters.as_str();
        Some(match command {
            's' => self.substitute(),
            'y' => match self.delimited(2) {
                Some(()) => Found::Harmless,
                None => Found::Unclear,
            },
            'e' => {
                self.line();
                Found::Runs
            }
            'r' | 'R' => Found::Reads(self.line()),
            'w' | 'W' => Found::Writes(self.line()),
            'a' | 'i' | 'c' => {
                // The text goes on over lines that end in a backslash.
                while self.line().ends_with('\\') {}
                Found::Harmless
            }
            '#' | ':' | 'b' | 't' | 'T' => {
                self.label(command == '#');
                Found::Harmless
            }
            'd' | 'D' | 'g' | 'G' | 'h' | 'H' | 'l' | 'n' | 'N' | 'p' | 'P' | 'q' | 'Q' | 'x' | '=' | 'z'
            | 'F' | '{' | '}' => {
                self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
                Found::Harmless
            }
            _ => Found::Unclear,
        })
    }

    /// Skips addresses; `false` where they are not understood.
    fn addresses(&mut self) -> bool {
        for _ in 0..2 {
            let mut characters = self.rest.chars();
            match characters.next() {
                Some('0'..='9' | '$' | '+' | '~') => {
                    self.rest = self
                        .rest
                        .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '$' | '+' | '~'));
                }
                Some('/') if self.delimited(1).is_none() => return false,
                Some('\\') => {
                    self.rest = characters.as_str();
                    if self.delimited(1).is_none() {
                        return false;
                    }
                }
                _ => {}
            }
            self.rest = self.rest.trim_start_matches(['I', 'M', ' ']);
            match self.rest.strip_prefix(',') {
                Some(rest) => self.rest = rest.trim_start(),
                None => break,
            }
        }
        self.rest = self.rest.trim_start_matches(['!', ' ']);
        true
    }

    /// Skips `parts` texts between equal delimiters, the first of which comes next.
    fn delimited(&mut self, parts: usize) -> Option<()> {
        let delimiter = self.rest.chars().next().filter(|c| !matches!(c, '\n' | '\\'))?;
        let mut characters = self.rest.chars();
        characters.next();
        let mut left = parts;
        let mut in_class = false;
        while left > 0 {
            match characters.next()? {
                '\\' => {
                    characters.next()?;
                }
                // A bracket may hold the delimiter in some versions and not in others: where it does, refuse to read.
                '[' if left == parts => in_class = true,
                ']' => in_class = false,
                c if c == delimiter => {
                    if in_class && characters.as_str().contains(']') && delimiter != '/' {
                        return None;
                    }
                    in_class = false;
                    left -= 1;
                }
                _ => {}
            }
        }
        self.rest = characters.as_str();
        Some(())
    }

    fn substitute(&mut self) -> Found<'s> {
        if self.delimited(2).is_none() {
            return Found::Unclear;
        }
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (flags, rest) = self.rest.split_at(end);
        if let Some(at) = flags.find('w') {
            let file = self.rest.get(at + 1..).unwrap_or("");
            self.rest = file;
            return Found::Writes(self.line());
        }
        self.rest = rest;
        if flags.contains('e') {
            return Found::Runs;
        }
        if flags.chars().all(|c| matches!(c, 'g' | 'p' | 'i' | 'I' | 'm' | 'M' | '0'..='9')) {
            Found::Harmless
        } else {
            Found::Unclear
        }
    }

    fn line(&mut self) -> &'s str {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        line.trim()
    }

    fn label(&mut self, to_end: bool) {
        let end = self
            .rest
            .find(|c: char| c == '\n' || !to_end && matches!(c, ';' | '}'))
            .unwrap_or(self.rest.len());
        self.rest = self.rest.get(end..).unwrap_or("");
    }
}

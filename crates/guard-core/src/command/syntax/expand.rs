//! What the arguments of a command will be, as far as the text says.

mod braces;
mod fields;

use std::borrow::Cow;

use self::fields::Fields;
use super::ast::Word;
use crate::Span;

/// Most arguments that the braces of one word may make; more are taken as unknown.
pub const MAX_ALTERNATIVES: usize = 256;

/// What is known about a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// It has this value.
    Known(String),
    /// It has no value.
    Unset,
    /// It may have any value, or none.
    Unknown,
}

/// The variables at the place where a word is expanded.
///
/// Also asked for positional and special parameters (`1`, `?`, `#`). For `@`, [`Binding::Unset`] means that there are no
/// arguments. A changed `IFS` makes unquoted values unknown.
pub trait Variables {
    /// What is known about this one.
    fn get(&self, name: &str) -> Binding;
}

impl<F: Fn(&str) -> Binding> Variables for F {
    fn get(&self, name: &str) -> Binding {
        self(name)
    }
}

/// One argument, or, where it [may split](Self::may_split) or [is a pattern](Self::is_pattern), any number of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    /// Adjacent pieces; two texts never follow each other. None for the empty argument.
    pub pieces: Vec<Piece>,
    /// The word that it comes from.
    pub span: Span,
}

/// A piece of an [`Arg`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// This text, without quotes.
    Text(String),
    /// `?` as a pattern: any character but a slash.
    AnyChar,
    /// `*`, `[…]` or `@(…)` as a pattern: any text without a slash. Where nothing matches, the pattern itself is the
    /// argument. Two in a row go through directories if `globstar` is on.
    AnyRun,
    /// `~`: the value of `HOME`, or the user's home directory.
    Home,
    /// The result of arithmetic: digits, perhaps after a minus.
    Number,
    /// The path of a pipe, from a process substitution.
    Pipe,
    /// Any text.
    Unknown {
        /// Whether it may also become several arguments, or vanish, or be a pattern.
        splits: bool,
    },
}

impl Arg {
    /// The whole argument, where it is certain.
    #[must_use]
    pub fn as_static(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text that it certainly begins with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        if let Some(Piece::Text(text)) = self.pieces.first() { text } else { "" }
    }

    /// Whether it may become several arguments, or none, by splitting an unknown value.
    #[must_use]
    pub fn may_split(&self) -> bool {
        self.pieces.contains(&Piece::Unknown { splits: true })
    }

    /// Whether the shell looks for matching files.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::AnyChar | Piece::AnyRun))
    }

    /// Whether some expansion could make this argument equal to `text`.
    #[must_use]
    pub fn may_be(&self, text: &str) -> bool {
        // Which ends of prefixes of `text` the pieces so far can reach.
        let mut reached: Vec<usize> = vec![0];
        for piece in &self.pieces {
            let mut next = Vec::new();
            for at in reached {
                let rest = text.get(at..).unwrap_or("");
                match piece {
                    Piece::Text(piece) => {
                        next.extend(rest.starts_with(piece.as_str()).then_some(at + piece.len()))
                    }
                    Piece::AnyChar => {
                        next.extend(rest.chars().next().map(|character| at + character.len_utf8()))
                    }
                    Piece::AnyRun | Piece::Home | Piece::Number | Piece::Pipe | Piece::Unknown { .. } => {
                        next.extend((at..=text.len()).filter(|end| text.is_char_boundary(*end)));
                    }
                }
            }
            next.sort_unstable();
            next.dedup();
            reached = next;
        }
        reached.last() == Some(&text.len()) || self.may_split()
    }
}

/// The arguments that a word among others becomes: braces, tilde, parameters, splitting, patterns, quotes.
///
/// Substitutions become [`Piece::Unknown`]; what they run is found with [`Word::scripts`].
///
/// ```
/// use guard_core::command::syntax::{Binding, CommandKind, expand, parse};
/// let script = parse("rm -r{f,} \"$HOME\"/x").unwrap();
/// let CommandKind::Simple(rm) = &script.statements[0].list.first.commands[0].kind else { unreachable!() };
/// let home = |name: &str| if name == "HOME" { Binding::Known("/home/u".to_owned()) } else { Binding::Unknown };
/// let args: Vec<_> = rm.words.iter().flat_map(|word| expand(word, &home)).collect();
/// assert_eq!(args.iter().map(|arg| arg.as_static().unwrap()).collect::<Vec<_>>(), ["rm", "-rf", "-r", "/home/u/x"]);
/// ```
#[must_use]
pub fn expand(word: &Word, variables: &dyn Variables) -> Vec<Arg> {
    let Some(alternatives) = braces::alternatives(&word.parts) else {
        return vec![Arg { pieces: vec![Piece::Unknown { splits: true }], span: word.span }];
    };
    let mut args = Vec::new();
    for parts in alternatives {
        let mut fields = Fields::new(variables, word.span, true);
        fields.add(parts.iter().map(Cow::as_ref));
        args.extend(fields.finish());
    }
    args
}

/// The one text that a word becomes where nothing is split or matched: the value of an assignment, the target of a
/// redirection, the body of a here-document, a word of `case` or `[[`.
#[must_use]
pub fn expand_single(word: &Word, variables: &dyn Variables) -> Arg {
    let mut fields = Fields::new(variables, word.span, false);
    fields.add(word.parts.iter());
    fields.finish().pop().unwrap_or(Arg { pieces: Vec::new(), span: word.span })
}

//! Why a text is not a clean script.

use crate::Span;

/// A text that the parser refuses: either bash would refuse it too, or it is written in a way that shells read differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct SyntaxError {
    /// What is wrong.
    pub problem: Problem,
    /// Where.
    pub span: Span,
}

impl SyntaxError {
    pub(super) const fn new(problem: Problem, start: usize, end: usize) -> Self {
        Self { problem, span: Span::new(start, end) }
    }

    /// The stable kebab-case name of the problem.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.problem.code()
    }
}

/// The kinds of [`SyntaxError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// More than [`MAX_LENGTH`](super::MAX_LENGTH) bytes.
    #[error("the text is too long to be judged")]
    TooLong,
    /// More than [`MAX_DEPTH`](super::MAX_DEPTH) constructs within each other.
    #[error("too many constructs within each other")]
    TooDeep,
    /// More than [`MAX_NODES`](super::MAX_NODES) commands and pieces of words.
    #[error("too many commands and words to be judged")]
    TooManyNodes,
    /// A NUL byte, which no argument can hold.
    #[error("a NUL character")]
    Nul,
    /// A quote without its end.
    #[error("a quote does not end")]
    UnterminatedQuote,
    /// `$(`, a backtick, `<(` without its end.
    #[error("a substitution does not end")]
    UnterminatedSubstitution,
    /// A construct whose closing word is missing.
    #[error("a construct does not end")]
    UnterminatedConstruct,
    /// Something that cannot stand here.
    #[error("something that cannot stand here")]
    UnexpectedToken,
    /// A here-document without its last line, with an unusual delimiter or place, or too many of them.
    #[error("a here-document that cannot be read reliably")]
    HereDocument,
    /// Braces that expand differently than they look.
    #[error("braces that may expand in more than one way")]
    AmbiguousBrace,
    /// `${…}` that bash would refuse or read differently than it looks.
    #[error("a parameter expansion that cannot be read reliably")]
    BadParameter,
    /// Arithmetic with characters that it does not have, or `((` that may be two subshells.
    #[error("arithmetic that cannot be read reliably")]
    BadArithmetic,
    /// An escape sequence whose meaning depends on the shell or the locale.
    #[error("an escape sequence that cannot be read reliably")]
    BadEscape,
    /// What only bash reads, in a text for another shell.
    #[error("syntax that only bash reads")]
    NotPortable,
    /// Another reading by another shell, version or option.
    #[error("a construct that shells read in different ways")]
    Ambiguous,
}

impl Problem {
    /// Stable kebab-case name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "syntax-too-long",
            Self::TooDeep => "syntax-too-deep",
            Self::TooManyNodes => "syntax-too-many-nodes",
            Self::Nul => "syntax-nul",
            Self::UnterminatedQuote => "syntax-unterminated-quote",
            Self::UnterminatedSubstitution => "syntax-unterminated-substitution",
            Self::UnterminatedConstruct => "syntax-unterminated-construct",
            Self::UnexpectedToken => "syntax-unexpected-token",
            Self::HereDocument => "syntax-here-document",
            Self::AmbiguousBrace => "syntax-ambiguous-brace",
            Self::BadParameter => "syntax-bad-parameter",
            Self::BadArithmetic => "syntax-bad-arithmetic",
            Self::BadEscape => "syntax-bad-escape",
            Self::NotPortable => "syntax-not-portable",
            Self::Ambiguous => "syntax-ambiguous",
        }
    }
}

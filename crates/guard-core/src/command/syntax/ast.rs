//! The tree that the parser builds.
//!
//! Spans are byte offsets into the text that was given to [`parse`](super::parse), also inside backticks and
//! here-documents, whose text is unescaped before it is read. A child's span lies within its parent's, except the body of a
//! here-document, which stands after the line that asks for it.

use std::sync::{Arc, OnceLock};

use crate::Span;

/// A sequence of statements: a whole text, or the inside of a substitution, a subshell, a loop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// In the order written; empty for a text of blanks and comments.
    pub statements: Vec<Statement>,
    /// From the first statement to the last.
    pub span: Span,
}

/// One list and how it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What runs.
    pub list: List,
    /// Whether it ends in `&`.
    pub background: bool,
    /// Where it stands.
    pub span: Span,
}

/// Pipelines joined by `&&` and `||`, which bind equally and to the left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The one that always runs.
    pub first: Pipeline,
    /// The ones that run depending on the status so far.
    pub rest: Vec<(Connector, Pipeline)>,
    /// Where it stands.
    pub span: Span,
}

/// What joins two pipelines of a [`List`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connector {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Commands joined by `|`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// Whether an odd number of `!` stands before it.
    pub negated: bool,
    /// Whether the reserved word `time` stands before it. A `time` elsewhere is an ordinary program.
    pub timed: bool,
    /// In the order written. Empty only for `time` alone.
    pub commands: Vec<Command>,
    /// Indexes of the commands whose error output goes into the pipe too (`|&`).
    pub with_errors: Vec<usize>,
    /// Where it stands.
    pub span: Span,
}

/// One command with its redirections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Which construct.
    pub kind: CommandKind,
    /// In the order written, which is the order in which the shell performs them.
    pub redirections: Vec<Redirection>,
    /// Where it stands.
    pub span: Span,
}

/// The constructs that a command can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandKind {
    /// Assignments and words.
    Simple(Simple),
    /// `( … )`
    Subshell(Script),
    /// `{ …; }`
    Group(Script),
    /// `if …; then …; elif …; else …; fi`
    If {
        /// `if` and every `elif`.
        branches: Vec<Branch>,
        /// `else`.
        otherwise: Option<Script>,
    },
    /// `while` and `until`.
    Loop {
        /// Whether it is `until`.
        until: bool,
        /// What is run to decide.
        condition: Script,
        /// What is repeated.
        body: Script,
    },
    /// `for name in words` and `select name in words`.
    For {
        /// The variable.
        name: String,
        /// What it takes as values; `None` is `"$@"`.
        words: Option<Vec<Word>>,
        /// Whether it is `select`.
        select: bool,
        /// What is repeated.
        body: Script,
    },
    /// `for ((…; …; …))`
    ArithmeticFor {
        /// The up to three expressions.
        expressions: Vec<Arithmetic>,
        /// What is repeated.
        body: Script,
    },
    /// `case word in …`
    Case {
        /// What is compared.
        subject: Word,
        /// The alternatives in the order written.
        arms: Vec<Arm>,
    },
    /// A definition, which runs nothing yet.
    Function {
        /// The name that later commands may use.
        name: String,
        /// What a call runs.
        body: Box<Command>,
    },
    /// `[[ … ]]`
    Test(Test),
    /// `(( … ))`
    Arithmetic(Arithmetic),
    /// `coproc`
    Coprocess {
        /// The name of the array with its descriptors, where one is given.
        name: Option<String>,
        /// What runs beside the shell.
        body: Box<Command>,
    },
}

/// A condition and what runs when it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// What is run to decide.
    pub condition: Script,
    /// What runs then.
    pub body: Script,
}

/// One alternative of a `case`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    /// The patterns between `|`.
    pub patterns: Vec<Word>,
    /// What runs on a match; may be empty.
    pub body: Script,
    /// What follows.
    pub terminator: Terminator,
    /// Where it stands.
    pub span: Span,
}

/// What happens after an [`Arm`] ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminator {
    /// `;;` or the end: nothing more.
    Break,
    /// `;&`: the next arm runs too.
    FallThrough,
    /// `;;&`: the next patterns are tried too.
    Continue,
}

/// A simple command. Aliases are not expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simple {
    /// Assignments before the first word. Without words they change the shell; with words, the command's environment.
    pub assignments: Vec<Assignment>,
    /// The program and its arguments, unexpanded; may be empty.
    pub words: Vec<Word>,
}

/// `name=value`, `name+=value`, `name[subscript]=value`, `name=(…)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// The text between brackets, which bash evaluates as arithmetic, or expands as a key.
    pub subscript: Option<Arithmetic>,
    /// Whether it is `+=`.
    pub append: bool,
    /// What is assigned.
    pub value: Value,
    /// Where it stands.
    pub span: Span,
}

/// The right-hand side of an [`Assignment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One word, neither split nor globbed nor brace-expanded.
    Scalar(Word),
    /// `( … )`
    Array(Vec<Element>),
}

/// One element of an array value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// `[subscript]=`
    pub subscript: Option<Arithmetic>,
    /// The value; split and globbed where there is no subscript.
    pub word: Word,
}

/// One redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirection {
    /// The descriptor before the operator, where one is written.
    pub source: RedirectSource,
    /// Which kind.
    pub operator: RedirectOperator,
    /// The file, descriptor (`1`, `-`, `3-`) or text. The delimiter of a here-document.
    pub target: Word,
    /// The body of a here-document.
    pub document: Option<HereDocument>,
    /// Where operator and target stand.
    pub span: Span,
}

/// What stands directly before a redirection operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectSource {
    /// Nothing: standard input for `<…`, standard output for `>…`.
    Default,
    /// `2>`
    Descriptor(u32),
    /// `{name}>`: the shell picks a descriptor and assigns its number to the variable.
    Variable(String),
}

/// The redirection operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RedirectOperator {
    /// `<`
    Read,
    /// `>`
    Write,
    /// `>>`
    Append,
    /// `>|`
    Clobber,
    /// `<>`, which creates the file where there is none.
    ReadWrite,
    /// `<<` and `<<-`
    HereDocument,
    /// `<<<`
    HereString,
    /// `<&`
    DuplicateInput,
    /// `>&`; with a target that is neither a number nor `-` it writes both outputs to that file, as `&>` does.
    DuplicateOutput,
    /// `&>`
    WriteBoth,
    /// `&>>`
    AppendBoth,
}

/// A here-document. The body is read after the operator, so it is filled in while parsing.
#[derive(Clone, Debug, Default)]
pub struct HereDocument {
    body: Arc<OnceLock<Word>>,
}

impl HereDocument {
    /// The text that the command reads: one literal where the delimiter was quoted, else with its expansions. Nothing in
    /// it is split or globbed.
    #[must_use]
    pub fn body(&self) -> &Word {
        self.body.get_or_init(Word::default)
    }

    /// Fills in the body; the first one stays.
    pub(super) fn fill(&self, body: Word) {
        self.body.get_or_init(|| body);
    }
}

impl PartialEq for HereDocument {
    fn eq(&self, other: &Self) -> bool {
        self.body() == other.body()
    }
}

impl Eq for HereDocument {}

/// A word as written: the pieces that one or more arguments are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Adjacent pieces. `""` is one empty quoted literal; the empty word has no pieces.
    pub parts: Vec<Part>,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// One piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which piece.
    pub kind: PartKind,
    /// Whether quotes or a backslash protect it from splitting and globbing.
    pub quoted: bool,
    /// Where it stands.
    pub span: Span,
}

impl Part {
    /// The text of a literal that nothing protects from splitting and globbing.
    #[must_use]
    pub fn as_plain(&self) -> Option<&str> {
        if let (PartKind::Literal(text), false) = (&self.kind, self.quoted) { Some(text) } else { None }
    }
}

impl Word {
    /// The text of a word that is one unquoted literal.
    #[must_use]
    pub fn as_plain(&self) -> Option<&str> {
        if let [part] = self.parts.as_slice() { part.as_plain() } else { None }
    }
}

/// The pieces of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Decoded text. Where it is not quoted, `*`, `?` and `[…]` are still glob characters.
    Literal(String),
    /// `$name` or `${…}`
    Parameter(Box<Parameter>),
    /// `$(…)` or backticks; `$(<file)` is a script of one command without words.
    Command(Script),
    /// `<(…)` or `>(…)`
    Process {
        /// Which way.
        direction: Direction,
        /// What runs.
        script: Script,
    },
    /// `$((…))`
    Arithmetic(Arithmetic),
    /// `~` or `~user` where the shell expands it; the user's name, empty for the home directory.
    Tilde(String),
    /// `{a,b}` where the shell expands it.
    Alternatives(Vec<Word>),
    /// `{1..9}` where the shell expands it.
    Sequence(Sequence),
    /// `@(a|b)` and its like. Only a pattern where `extglob` is on, else the shell refuses the text.
    ExtendedGlob {
        /// One of `@ ? * + !`.
        operator: char,
        /// The patterns between `|`.
        alternatives: Vec<Word>,
    },
    /// `(…)` after `name=` among the arguments of `declare` and its like.
    Array(Vec<Element>),
}

/// Which way data goes through a process substitution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `<(…)`: the word names a file from which the script's output is read.
    Input,
    /// `>(…)`: the word names a file that becomes the script's input.
    Output,
}

/// The ends of `{from..to}` and `{from..to..step}`, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// A number or a letter.
    pub from: String,
    /// A number or a letter.
    pub to: String,
    /// The step, where one is written.
    pub step: Option<String>,
}

/// An arithmetic expression as text with its expansions.
///
/// bash expands it like a double-quoted word and evaluates the result. While evaluating, the value of a variable is an
/// expression again, so `v='a[$(id)]'; echo $((v))` runs `id`: see [`variables`](Self::variables).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arithmetic {
    /// The expression; every part is quoted.
    pub word: Word,
}

/// `$name`, `${name…}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// A variable, a number, or one of `@ * # ? - $ !`.
    pub name: String,
    /// Whether it is written with braces.
    pub braced: bool,
    /// What stands before the name.
    pub prefix: Prefix,
    /// The text between brackets, which bash evaluates as arithmetic, or expands as a key. `@` and `*` select every
    /// element.
    pub subscript: Option<Arithmetic>,
    /// What is done with the value.
    pub operation: Operation,
}

/// What stands between `${` and the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// Nothing: the value.
    None,
    /// `#`: the length, or the number of elements.
    Length,
    /// `!`: the value is the name of another variable, whose subscript is evaluated; or the keys of an array
    /// (`${!name[@]}`); or the names with a prefix ([`Operation::Names`]).
    Indirect,
}

/// What `${…}` does with the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Nothing.
    None,
    /// `-` and `:-`
    Default {
        /// Whether an empty value counts as unset.
        colon: bool,
        /// Used instead.
        word: Word,
    },
    /// `=` and `:=`
    Assign {
        /// Whether an empty value counts as unset.
        colon: bool,
        /// Assigned and used.
        word: Word,
    },
    /// `?` and `:?`
    Require {
        /// Whether an empty value counts as unset.
        colon: bool,
        /// The message.
        word: Word,
    },
    /// `+` and `:+`
    Alternative {
        /// Whether an empty value counts as unset.
        colon: bool,
        /// Used where there is a value.
        word: Word,
    },
    /// `#`, `##`, `%`, `%%`
    Remove {
        /// Which end.
        side: Side,
        /// Whether the longest match goes.
        longest: bool,
        /// What goes.
        pattern: Word,
    },
    /// `/`, `//`, `/#`, `/%`
    Replace {
        /// What goes.
        pattern: Word,
        /// What comes, where it is written.
        replacement: Option<Word>,
    },
    /// `^`, `^^`, `,`, `,,`, `~`, `~~`
    Case {
        /// Which characters; empty for all.
        pattern: Word,
    },
    /// `:offset` and `:offset:length`, as one text.
    Substring(Arithmetic),
    /// `@Q` and its like. `@P` expands the value as a prompt, which **runs** substitutions in it.
    Transform(char),
    /// `${!prefix*}` and `${!prefix@}`
    Names,
}

/// The beginning or the end of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `#`
    Prefix,
    /// `%`
    Suffix,
}

/// An expression of `[[ … ]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Which.
    pub kind: TestKind,
    /// Where it stands.
    pub span: Span,
}

/// The expressions of `[[ … ]]`. Words are neither split nor globbed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestKind {
    /// A word alone: whether it is not empty.
    Word(Word),
    /// `-f word`. The operand of `-v` is evaluated: a subscript in it runs substitutions, even from quoted text.
    Unary {
        /// With its dash.
        operator: String,
        /// The operand.
        operand: Word,
    },
    /// `word == word`. Both operands of `-eq` and its like are evaluated as arithmetic, even from quoted text.
    Binary {
        /// As written.
        operator: String,
        /// The left operand.
        left: Word,
        /// The right operand: a pattern, a regular expression or a word.
        right: Word,
    },
    /// `! …`
    Not(Box<Test>),
    /// `… && …`: all of two or more.
    All(Vec<Test>),
    /// `… || …`: any of two or more.
    Any(Vec<Test>),
}

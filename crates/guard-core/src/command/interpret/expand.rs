//! Words to arguments: braces, tildes, parameters, substitutions, splitting, patterns.

use super::certain::{only_reads, surely_prints};
use super::{Interpreter, State};
use crate::Span;
use crate::command::rules;
use crate::command::syntax::{Direction, PartKind, Script, Sequence, Word};
use crate::command::value::{Arg, Origin, Piece, Stream};

/// Words that braces of one word may make.
const MAX_PRODUCT: usize = 128;
/// Bytes that one word, or the words of one command, may become.
const MAX_BYTES: usize = 64 * 1024;
/// Words that sequences of one word may make: the shell makes them all before it runs anything.
const MAX_SEQUENCE: u64 = 1_000_000;
/// Arguments of one command that are looked at.
const MAX_ARGS: usize = 1024;

/// The descriptor of the first `<(…)`.
pub(super) const FIRST_PROCESS: usize = 64;

/// A piece of a word on its way to arguments.
#[derive(Clone, Debug)]
pub(super) enum Fragment {
    /// Stays in one argument.
    Quoted(Piece),
    /// Written without quotes: patterns, but no splitting.
    Bare(String),
    /// The value of an expansion without quotes: splitting and patterns.
    Open(Piece),
    /// Here one argument ends and another begins.
    Break,
    /// The argument may be none, or several.
    Several { unmatched: bool },
}

impl Interpreter<'_> {
    /// The arguments that words become.
    pub(super) fn words(&mut self, words: &[Word], state: &mut State) -> Vec<Arg> {
        let mut args = Vec::with_capacity(words.len());
        let (mut bytes, mut counted) = (0_usize, 0);
        for word in words {
            if !self.spend(word.span) {
                break;
            }
            for fragments in self.fragments(word, state) {
                self.split(fragments, word.span, state, &mut args);
            }
            let fresh = args.get(counted..).unwrap_or(&[]);
            bytes = bytes.saturating_add(fresh.iter().map(Arg::len).sum());
            counted = args.len();
            if args.len() > MAX_ARGS || bytes > MAX_BYTES {
                self.find(&rules::TOO_COMPLEX, word.span, "");
                args.truncate(MAX_ARGS.min(8));
                break;
            }
        }
        args
    }

    /// The words of a simple command. Arguments of `export` and its like that look like assignments are not split.
    pub(super) fn command_words(&mut self, words: &[Word], state: &mut State) -> Vec<Arg> {
        let declares = words.first().is_some_and(|word| {
            let name = word.parts.first().map(|part| &part.kind);
            matches!(name, Some(PartKind::Literal(name)) if word.parts.len() == 1
                && matches!(name.as_str(), "export" | "declare" | "typeset" | "local" | "readonly"))
        });
        if !declares {
            return self.words(words, state);
        }
        let mut args = Vec::new();
        for word in words {
            let is_assignment = word.parts.first().is_some_and(
                |part| matches!(&part.kind, PartKind::Literal(text) if !part.quoted && text.contains('=')),
            );
            if is_assignment {
                args.push(self.scalar(word, state));
                self.declared_elements(word, state);
            } else {
                args.extend(self.words(std::slice::from_ref(word), state));
            }
        }
        args
    }

    /// Remembers the elements of `declare -a name=(…)` until `name` is declared.
    fn declared_elements(&mut self, word: &Word, state: &mut State) {
        let [name, elements] = word.parts.as_slice() else { return };
        let (PartKind::Literal(name), PartKind::Array(elements)) = (&name.kind, &elements.kind) else {
            return;
        };
        let Some(name) = name.strip_suffix('=') else { return };
        if elements.iter().all(|element| element.subscript.is_none()) {
            let words: Vec<Word> = elements.iter().map(|element| element.word.clone()).collect();
            let values = self.words(&words, state);
            self.declared.insert(name.to_owned(), values);
        }
    }

    /// One argument without splitting: the value of an assignment, a target, a here-document.
    pub(super) fn scalar(&mut self, word: &Word, state: &mut State) -> Arg {
        match self.only(word, state) {
            Some(fragments) => whole(fragments, word.span),
            None => Arg::unknown(Origin::default(), word.span),
        }
    }

    /// The target of a redirection: as it is written, and what it is where it is a pattern of one name. Only some shells
    /// take it for a pattern.
    pub(super) fn target(&mut self, word: &Word, state: &mut State) -> (Arg, Option<Arg>) {
        let Some(fragments) = self.only(word, state) else {
            return (Arg::unknown(Origin::default(), word.span), None);
        };
        let mut args = Vec::new();
        self.split(fragments.clone(), word.span, state, &mut args);
        let is_pattern = |piece: &Piece| matches!(piece, Piece::AnyRun | Piece::AnyChar);
        let pattern = args.into_iter().find(|arg| arg.pieces.iter().any(is_pattern));
        (whole(fragments, word.span), pattern)
    }

    /// The fragments of a word that braces do not make several.
    fn only(&mut self, word: &Word, state: &mut State) -> Option<Vec<Fragment>> {
        let mut products = self.fragments(word, state).into_iter();
        let first = products.next().unwrap_or_default();
        products.next().is_none().then_some(first)
    }

    /// The fragments of a word, once for each choice of its braces.
    fn fragments(&mut self, word: &Word, state: &mut State) -> Vec<Vec<Fragment>> {
        let mut products: Vec<Vec<Fragment>> = vec![Vec::new()];
        let mut bytes = 0_usize;
        let mut count = 1_u64;
        for part in &word.parts {
            let fragments = match &part.kind {
                PartKind::Literal(text) if part.quoted => vec![Fragment::Quoted(Piece::Text(text.clone()))],
                PartKind::Literal(text) => vec![Fragment::Bare(text.clone())],
                PartKind::Parameter(parameter) => {
                    let pieces = self.parameter(parameter, part.span, part.quoted, state);
                    pieces
                        .into_iter()
                        .map(|fragment| {
                            if let (Fragment::Open(piece), true) = (&fragment, part.quoted) {
                                return Fragment::Quoted(piece.clone());
                            }
                            fragment
                        })
                        .collect()
                }
                PartKind::Command(script) => {
                    let pieces = self.substitute(script, state);
                    let wrap = if part.quoted { Fragment::Quoted } else { Fragment::Open };
                    pieces.into_iter().map(wrap).collect()
                }
                PartKind::Process { direction, script } => {
                    vec![Fragment::Quoted(self.process(*direction, script, state))]
                }
                PartKind::Arithmetic(expression) => {
                    self.arithmetic(expression, state);
                    vec![Fragment::Quoted(Piece::Plain)]
                }
                PartKind::Tilde(user) => vec![Fragment::Quoted(Piece::Text(self.home(user, state)))],
                PartKind::Sequence(sequence) => {
                    count = count.saturating_mul(length(sequence));
                    if count > MAX_SEQUENCE {
                        self.find(&rules::TOO_COMPLEX, word.span, "");
                    }
                    products = multiply(products, sequence_items(sequence));
                    Vec::new()
                }
                PartKind::Alternatives(words) => {
                    let mut choices = Vec::new();
                    for word in words {
                        choices.extend(self.fragments(word, state));
                    }
                    products = multiply(products, choices);
                    Vec::new()
                }
                PartKind::ExtendedGlob { operator, alternatives } => {
                    let mut choices = Vec::new();
                    for word in alternatives {
                        choices.extend(self.fragments(word, state));
                    }
                    // What is known not to begin with a dot is any run of letters, as `*` is.
                    let is_dotted = |choice: &Vec<Fragment>| !matches!(choice.first(), Some(Fragment::Bare(text)) if !text.starts_with('.') && !text.contains(['$', '`']));
                    if *operator == '@' {
                        products = multiply(products, choices);
                        Vec::new()
                    } else if choices.iter().any(is_dotted) {
                        vec![Fragment::Quoted(Piece::Unknown(Origin::default()))]
                    } else {
                        vec![Fragment::Quoted(Piece::AnyRun)]
                    }
                }
                PartKind::Array(elements) => {
                    let mut origin = Origin::default();
                    for element in elements {
                        if let Some(subscript) = &element.subscript {
                            self.arithmetic(subscript, state);
                        }
                        for arg in self.words(std::slice::from_ref(&element.word), state) {
                            origin = origin.and(arg.origin());
                        }
                    }
                    vec![Fragment::Quoted(Piece::Unknown(origin))]
                }
            };
            let size = |fragment: &Fragment| match fragment {
                Fragment::Quoted(Piece::Text(text))
                | Fragment::Open(Piece::Text(text))
                | Fragment::Bare(text) => text.len(),
                Fragment::Quoted(_) | Fragment::Open(_) | Fragment::Break | Fragment::Several { .. } => 1,
            };
            bytes = bytes
                .saturating_add(fragments.iter().map(size).sum::<usize>().saturating_mul(products.len()));
            self.work.add(products.len() * fragments.len());
            for product in &mut products {
                product.extend(fragments.iter().cloned());
            }
            if products.len() > MAX_PRODUCT || bytes > MAX_BYTES {
                self.find(&rules::TOO_COMPLEX, word.span, "");
                return vec![vec![Fragment::Quoted(Piece::Unknown(Origin::default()))]];
            }
        }
        products
    }

    /// What `$(…)` becomes.
    fn substitute(&mut self, script: &Script, state: &State) -> Vec<Piece> {
        let mut inner = state.clone();
        let output = self.deeper(script.span, |this| this.apart(|this| this.script(script, &mut inner)));
        let output = if surely_prints(script, &output, state) { output } else { output.perhaps() };
        if only_reads(script) {
            return vec![Piece::Unknown(Origin { file: true, ..Origin::default() })];
        }
        let mut pieces = output.pieces;
        if let Some(Piece::Text(last)) = pieces.last_mut() {
            last.truncate(last.trim_end_matches('\n').len());
        }
        if pieces.len() > 1 && pieces.last() == Some(&Piece::Text(String::new())) {
            pieces.pop();
        }
        if pieces.is_empty() { vec![Piece::Text(String::new())] } else { pieces }
    }

    /// The name of the file that `<(…)` becomes.
    fn process(&mut self, direction: Direction, script: &Script, state: &State) -> Piece {
        let mut inner = state.clone();
        if direction == Direction::Output {
            inner.stdin = Stream::unknown(Origin { file: true, ..Origin::default() });
        }
        self.parallel += 1;
        self.beside = true;
        let output = self.deeper(script.span, |this| this.apart(|this| this.script(script, &mut inner)));
        self.parallel -= 1;
        let content = || Stream::unknown(Origin { file: true, ..Origin::default() });
        self.processes.push(if only_reads(script) { content() } else { output });
        Piece::Text(format!("/dev/fd/{}", FIRST_PROCESS - 1 + self.processes.len()))
    }

    fn home(&self, user: &str, state: &State) -> String {
        let absolute =
            |path: &std::path::PathBuf| self.context.root().join(path).to_string_lossy().into_owned();
        match user {
            "" => {
                let set = state.variable("HOME").and_then(Arg::known).map(str::to_owned);
                let known = || self.context.home.as_ref().map(|home| home.to_string_lossy().into_owned());
                set.or_else(known).unwrap_or_else(|| "/home/~".into())
            }
            "+" => match state.variable("PWD") {
                Some(set) => set.known().unwrap_or("/~+").to_owned(),
                None => state.cwd.path.as_ref().map_or_else(|| "/~+".into(), absolute),
            },
            "-" => {
                let previous = state.previous.as_ref().and_then(|cwd| cwd.path.as_ref());
                previous.map_or_else(|| "/~-".into(), absolute)
            }
            user => format!("/home/{user}"),
        }
    }

    /// Splits fragments into arguments.
    fn split(&mut self, fragments: Vec<Fragment>, span: Span, state: &State, args: &mut Vec<Arg>) {
        let separators = match state.variable("IFS") {
            None => Some(" \t\n".to_owned()),
            Some(value) => value.known().map(str::to_owned),
        };
        // Of a value that is one of several, text is kept to be judged, and may not be there.
        let is_mixed =
            |fragment: &Fragment| matches!(fragment, Fragment::Open(Piece::Unknown(origin)) if origin.mixed);
        let is_mixed = fragments.iter().any(is_mixed);
        let mut field =
            Field { arg: Arg { span, ..Arg::default() }, exists: false, nullglob: state.nullglob };
        for fragment in fragments {
            match fragment {
                Fragment::Quoted(piece) => field.push(piece),
                Fragment::Bare(text) => field.pattern(&text),
                Fragment::Break => field.end(args),
                Fragment::Several { unmatched } => {
                    field.arg.several = true;
                    field.arg.unmatched |= unmatched;
                }
                Fragment::Open(Piece::Text(text)) if is_mixed => {
                    field.several(Piece::Text(text));
                }
                Fragment::Open(Piece::Text(text)) => {
                    let Some(separators) = &separators else {
                        field.several(Piece::Unknown(Origin::default()));
                        continue;
                    };
                    let mut parts = text.split(|c| separators.contains(c)).peekable();
                    while let Some(part) = parts.next() {
                        if !part.is_empty() {
                            field.pattern(part);
                        }
                        if parts.peek().is_some() {
                            field.end(args);
                        }
                        if args.len() > MAX_ARGS {
                            return;
                        }
                    }
                }
                Fragment::Open(Piece::Unknown(origin)) if origin.unset || origin.mixed => {
                    field.several(Piece::Unknown(Origin { vanishes: true, ..origin }));
                }
                Fragment::Open(piece) => field.several(piece),
            }
        }
        field.end(args);
    }
}

/// The argument being put together.
struct Field {
    arg: Arg,
    exists: bool,
    nullglob: bool,
}

impl Field {
    fn push(&mut self, piece: Piece) {
        self.exists = true;
        if piece != Piece::Text(String::new()) {
            self.arg.push(piece);
        }
    }

    /// A part that the shell splits, or makes names of files.
    fn several(&mut self, piece: Piece) {
        self.arg.several = true;
        self.push(piece);
    }

    /// A part that files match.
    fn matched(&mut self, piece: Piece) {
        self.arg.unmatched |= self.nullglob;
        self.several(piece);
    }

    fn end(&mut self, args: &mut Vec<Arg>) {
        if self.exists {
            let empty = Arg { span: self.arg.span, ..Arg::default() };
            args.push(std::mem::replace(&mut self.arg, empty));
            self.exists = false;
        }
    }

    /// Text in which `*`, `?` and `[…]` are patterns.
    fn pattern(&mut self, text: &str) {
        self.exists = true;
        let mut rest = text;
        // Bytes at the end of the text from which on no bracket is known to be without its end.
        let mut unclosed = usize::MAX;
        while let Some(at) = rest.find(['*', '?', '[']) {
            let (before, from) = rest.split_at(at);
            if !before.is_empty() {
                self.push(Piece::Text(before.to_owned()));
            }
            let mut characters = from.chars();
            match characters.next() {
                Some('*') => self.matched(Piece::AnyRun),
                Some('?') => self.matched(Piece::AnyChar),
                _ => {
                    // `[]a]` and `[!]a]` hold the bracket; without an end it is a letter.
                    let skip = if from.starts_with("[!") || from.starts_with("[^") { 3 } else { 2 };
                    // A slash ends the name, so that no bracket before it closes behind it.
                    let is_open = unclosed != usize::MAX && from.len() > unclosed;
                    let mut ends = from.char_indices().skip(skip);
                    let end = if is_open { None } else { ends.find(|(_, c)| matches!(c, ']' | '/')) };
                    if !is_open && end.is_none_or(|(_, c)| c == '/') {
                        unclosed = end.map_or(0, |(at, _)| from.len() - at);
                    }
                    let end = end.filter(|(_, c)| *c == ']').map(|(at, _)| at);
                    match end.and_then(|end| from.get(end + 1..).map(|rest| (end, rest))) {
                        Some((end, after)) => {
                            // Where nothing matches the text stays, and may be evaluated.
                            if let Some(code) = from.get(..=end).filter(|text| text.contains(['$', '`'])) {
                                self.several(Piece::Unknown(Origin { mixed: true, ..Origin::default() }));
                                self.push(Piece::Text(code.to_owned()));
                                rest = after;
                                continue;
                            }
                            self.matched(Piece::AnyChar);
                            rest = after;
                            continue;
                        }
                        _ => self.push(Piece::Text("[".into())),
                    }
                }
            }
            rest = characters.as_str();
        }
        if !rest.is_empty() {
            self.push(Piece::Text(rest.to_owned()));
        }
    }
}

/// Fragments as one argument, without splitting and patterns.
fn whole(fragments: Vec<Fragment>, span: Span) -> Arg {
    let mut arg = Arg { span, ..Arg::default() };
    for fragment in fragments {
        match fragment {
            Fragment::Quoted(piece) | Fragment::Open(piece) => arg.push(piece),
            Fragment::Bare(text) => arg.push(Piece::Text(text)),
            Fragment::Break => arg.push(Piece::Text(" ".into())),
            Fragment::Several { .. } => {}
        }
    }
    arg
}

fn multiply(mut products: Vec<Vec<Fragment>>, choices: Vec<Vec<Fragment>>) -> Vec<Vec<Fragment>> {
    if let [only] = choices.as_slice() {
        for product in &mut products {
            product.extend(only.iter().cloned());
        }
        return products;
    }
    let mut out = Vec::new();
    for product in &products {
        for choice in &choices {
            if out.len() > MAX_PRODUCT {
                return out;
            }
            let mut whole = product.clone();
            whole.extend(choice.iter().cloned());
            out.push(whole);
        }
    }
    out
}

/// How many items `{1..9}` has.
fn length(sequence: &Sequence) -> u64 {
    let (Ok(from), Ok(to)) = (sequence.from.parse::<i64>(), sequence.to.parse::<i64>()) else { return 64 };
    let step = sequence.step.as_ref().and_then(|step| step.parse::<i64>().ok()).map_or(1, i64::unsigned_abs);
    from.abs_diff(to) / step.max(1) + 1
}

/// The items of `{1..9}`; one item of no known text where there are many.
fn sequence_items(sequence: &Sequence) -> Vec<Vec<Fragment>> {
    let text = |text: String| vec![Fragment::Quoted(Piece::Text(text))];
    let (from, to) = (sequence.from.as_str(), sequence.to.as_str());
    if let (Ok(from), Ok(to)) = (from.parse::<i32>(), to.parse::<i32>()) {
        if sequence.step.is_none() && from <= to && to.saturating_sub(from) < 64 {
            return (from..=to).map(|number| text(number.to_string())).collect();
        }
        return vec![vec![Fragment::Quoted(Piece::Plain)]];
    }
    if let (Some(from), Some(to)) = (from.chars().next(), to.chars().next()) {
        if sequence.step.is_none() && from <= to && from.is_ascii() && to.is_ascii() {
            return (from..=to).map(|letter| text(letter.to_string())).collect();
        }
    }
    vec![vec![Fragment::Quoted(Piece::Unknown(Origin::default()))]]
}

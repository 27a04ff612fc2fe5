//! `$name` and `${…}`.

use super::expand::Fragment;
use super::state::{either, is_own};
use super::{Interpreter, State};
use crate::Span;
use crate::command::rules;
use crate::command::syntax::{Arithmetic, Operation, Parameter, PartKind, Prefix, Side, Word};
use crate::command::value::{Arg, Origin, Piece, is_secret_variable, runs_where_evaluated};

/// What a parameter is before anything is done with it.
enum Known {
    Value(Vec<Piece>),
    /// Nothing in the text sets it, and the environment hardly does.
    Unset,
    /// Nothing in the text sets it, but the environment may.
    Inherited,
}

impl Interpreter<'_> {
    pub(super) fn parameter(
        &mut self,
        parameter: &Parameter,
        span: Span,
        quoted: bool,
        state: &mut State,
    ) -> Vec<Fragment> {
        if let Some(subscript) = &parameter.subscript {
            self.arithmetic(subscript, state);
        }
        if matches!(parameter.name.as_str(), "@" | "*") && matches!(parameter.operation, Operation::None) {
            return arguments(parameter.name == "*", quoted, state);
        }
        if let Some(fragments) = elements(parameter, quoted, state) {
            return fragments;
        }
        let pieces = self.value(parameter, span, state);
        let several = is_list(parameter).then_some(Fragment::Several { unmatched: false });
        several.into_iter().chain(pieces.into_iter().map(Fragment::Open)).collect()
    }

    fn value(&mut self, parameter: &Parameter, span: Span, state: &mut State) -> Vec<Piece> {
        let name = parameter.name.as_str();
        let unknown = || vec![Piece::Unknown(Origin::default())];
        match parameter.prefix {
            Prefix::Length => return vec![Piece::Plain],
            Prefix::Indirect => {
                let is_array = state.attributes(name).array;
                let target = state.variable(name).filter(|_| !is_array && parameter.subscript.is_none());
                let target = target.and_then(Arg::known).map(str::to_owned);
                match state.elements(name) {
                    Some(elements) => elements.iter().for_each(|element| self.evaluated(element, state)),
                    None if is_array => self.find(&rules::DYNAMIC_ARITHMETIC, span, name),
                    None => {}
                }
                if let Some(value) = state.variable(name).cloned() {
                    self.evaluated(&value, state);
                }
                let named = target.map(|target| self.known(&target, state));
                if parameter.operation == Operation::Transform('P') {
                    let value = match &named {
                        Some(Known::Value(pieces)) => Arg::new(pieces.clone(), span),
                        Some(Known::Unset | Known::Inherited) | None => Arg::unknown(Origin::default(), span),
                    };
                    self.prompt(&value, state);
                }
                return match named {
                    Some(Known::Value(pieces)) if matches!(parameter.operation, Operation::None) => pieces,
                    _ => unknown(),
                };
            }
            Prefix::None => {}
        }
        let known = if parameter.subscript.is_some() && (state.attributes(name).array || !is_first(parameter))
        {
            match state.variable(name) {
                Some(value) if value.is_open() || state.attributes(name).array => {
                    Known::Value(vec![Piece::Unknown(Origin { unset: false, ..value.origin() })])
                }
                Some(value) => Known::Value(value.pieces.clone()),
                None => Known::Inherited,
            }
        } else {
            self.known(name, state)
        };
        if matches!(known, Known::Inherited) && is_secret_variable(name) {
            self.find(&rules::PRINTS_ENVIRONMENT, span, name);
        }
        match &parameter.operation {
            Operation::None => match known {
                Known::Value(pieces) => pieces,
                Known::Unset | Known::Inherited => vec![Piece::Unknown(Origin::UNSET)],
            },
            Operation::Default { colon, word } | Operation::Assign { colon, word } => {
                let default = self.scalar(word, state);
                let is_assigned = matches!(parameter.operation, Operation::Assign { .. });
                match known {
                    Known::Value(pieces) if pieces.iter().any(|piece| matches!(piece, Piece::Unknown(_))) => {
                        // Either what it holds, or this where that is nothing.
                        if is_assigned {
                            let value = Arg::new(pieces.clone(), span);
                            self.assign(name, either(Some(&value), Some(&default)), span, state);
                        }
                        pieces.into_iter().chain(default.pieces).collect()
                    }
                    Known::Value(pieces) if *colon && may_be_empty(&pieces) && !is_empty(&pieces) => {
                        let value = either(Some(&Arg::new(pieces, span)), Some(&default));
                        if is_assigned {
                            self.assign(name, value.clone(), span, state);
                        }
                        // What is written is looked at, too.
                        let written = if value.is_open() { default.pieces } else { Vec::new() };
                        value.pieces.into_iter().chain(written).collect()
                    }
                    Known::Value(pieces) if !(*colon && is_empty(&pieces)) => pieces,
                    Known::Inherited => {
                        if is_assigned {
                            self.environment(name, &default, span, state);
                        }
                        // Either the environment's text or this one: what is written is looked at, a person decides.
                        let mut pieces = vec![Piece::Unknown(Origin { mixed: true, ..Origin::UNSET })];
                        pieces.extend(default.pieces);
                        pieces
                    }
                    Known::Value(_) | Known::Unset => {
                        if is_assigned {
                            self.assign(name, default.clone(), span, state);
                        }
                        default.pieces
                    }
                }
            }
            Operation::Require { word, .. } => {
                self.scalar(word, state);
                match known {
                    Known::Value(pieces) => pieces,
                    Known::Unset | Known::Inherited => unknown(),
                }
            }
            Operation::Alternative { colon, word } => {
                let alternative = self.scalar(word, state);
                match known {
                    Known::Value(pieces) if *colon && is_empty(&pieces) => vec![Piece::Text(String::new())],
                    Known::Value(pieces) if !may_be_empty(&pieces) => alternative.pieces,
                    Known::Unset => vec![Piece::Text(String::new())],
                    Known::Value(_) | Known::Inherited => {
                        let mut pieces = vec![Piece::Unknown(Origin { mixed: true, ..Origin::UNSET })];
                        pieces.extend(alternative.pieces);
                        pieces
                    }
                }
            }
            Operation::Remove { side, longest, pattern } => {
                let value = or_unknown(known);
                self.remove(value, *side, *longest, pattern, state)
            }
            Operation::Replace { pattern, replacement } => {
                let pattern = self.scalar(pattern, state);
                let mut value = or_unknown(known);
                let replacement =
                    replacement.as_ref().map(|word| self.scalar(word, state)).unwrap_or_default();
                let is_name = replacement.known().is_some_and(|text| {
                    // What does not begin with a dot still does not.
                    let begins = !text.starts_with('.') || pattern.leading().starts_with('.');
                    begins && !text.is_empty() && !text.contains('/')
                });
                if replacement.pieces.iter().any(runs) {
                    value.extend(replacement.pieces);
                }
                if is_name { changed(&value) } else { cut(&value) }
            }
            Operation::Case { pattern } => {
                self.scalar(pattern, state);
                changed(&or_unknown(known))
            }
            Operation::Substring(expression) => {
                self.arithmetic(expression, state);
                let value = or_unknown(known);
                let offsets = self.scalar(&expression.word, state);
                substring(&value, offsets.known().unwrap_or("")).unwrap_or_else(|| cut(&value))
            }
            Operation::Transform(how) => {
                let value = or_unknown(known);
                if *how == 'P' {
                    let arg = Arg::new(value.clone(), span);
                    self.prompt(&arg, state);
                }
                if matches!(how, 'U' | 'u' | 'L' | 'Q') { changed(&value) } else { cut(&value) }
            }
            Operation::Names => vec![Piece::Plain],
        }
    }

    /// A value that the shell expands as a prompt.
    pub(in crate::command) fn prompt(&mut self, value: &Arg, state: &State) {
        if value.is_open() {
            self.find(&rules::DYNAMIC_CODE, value.span, value.display());
        }
        self.evaluated(value, state);
    }

    fn known(&self, name: &str, state: &State) -> Known {
        if let Some(value) = state.variable(name) {
            return Known::Value(if value.pieces.is_empty() {
                vec![Piece::Text(String::new())]
            } else {
                value.pieces.clone()
            });
        }
        let text = |text: &str| Known::Value(vec![Piece::Text(text.to_owned())]);
        let path = |path: &std::path::Path| text(&self.context.root().join(path).to_string_lossy());
        match name {
            "HOME" => match &self.context.home {
                Some(home) => text(&home.to_string_lossy()),
                None => text("/home/~"),
            },
            "PWD" => match &state.cwd.path {
                Some(cwd) if state.cwd.otherwise.is_empty() => path(cwd),
                _ => Known::Value(vec![Piece::Inside]),
            },
            "OLDPWD" => match state.previous.as_ref().and_then(|cwd| cwd.path.as_ref()) {
                Some(cwd) => path(cwd),
                None => Known::Inherited,
            },
            "IFS" => text(" \t\n"),
            "SHELL" | "BASH" => text("/bin/bash"),
            "0" => match &state.zero {
                Some(zero) => Known::Value(zero.pieces.clone()),
                None => text("bash"),
            },
            "!" => Known::Value(vec![Piece::Job]),
            "@" | "*" => match state.positional.as_ref().map(|args| args.as_slice()) {
                Some([]) => Known::Unset,
                Some([only]) if !only.several => Known::Value(only.pieces.clone()),
                _ => Known::Inherited,
            },
            "#" | "?" | "$" | "-" | "RANDOM" | "SECONDS" | "LINENO" | "UID" | "EUID" | "PPID" | "USER"
            | "LOGNAME" | "HOSTNAME" | "HOSTTYPE" | "OSTYPE" | "MACHTYPE" | "SHLVL" | "BASHPID"
            | "EPOCHSECONDS" | "COLUMNS" | "LINES" | "OPTIND" | "SRANDOM" => Known::Value(vec![Piece::Plain]),
            _ => match name.parse::<usize>() {
                Ok(number) => match &state.positional {
                    // It may be empty.
                    None => Known::Value(vec![Piece::Unknown(Origin { mixed: true, ..Origin::default() })]),
                    Some(args) => match argument(args, number) {
                        Some(value) => Known::Value(value.pieces),
                        None => Known::Unset,
                    },
                },
                Err(_) if is_own(name) => Known::Unset,
                Err(_) => Known::Inherited,
            },
        }
    }

    /// `${x#pattern}` and `${x%pattern}`.
    fn remove(
        &mut self,
        value: Vec<Piece>,
        side: Side,
        longest: bool,
        word: &Word,
        state: &mut State,
    ) -> Vec<Piece> {
        let pattern = self.scalar(word, state);
        let Some(pattern) = pattern.known() else { return cut(&value) };
        if !pattern.contains(['*', '?', '[']) {
            let mut value = value;
            return match side {
                Side::Prefix => {
                    let Some(Piece::Text(text)) = value.first_mut() else { return cut(&value) };
                    let Some(rest) = text.strip_prefix(pattern).map(str::to_owned) else { return value };
                    *text = rest;
                    let is_whole = !text.is_empty() || pattern.is_empty() || pattern.ends_with('/');
                    if is_whole { value } else { beheaded(value.get(1..).unwrap_or(&[])) }
                }
                Side::Suffix => {
                    let Some(Piece::Text(text)) = value.last_mut() else { return shortened(value, pattern) };
                    let Some(rest) = text.strip_suffix(pattern).map(str::to_owned) else { return value };
                    *text = rest;
                    let is_all = text.is_empty() && value.len() == 2;
                    if is_all { shortened(vec![value.swap_remove(0)], pattern) } else { value }
                }
            };
        }
        if side == Side::Prefix && longest && pattern == "*/" {
            // The last name of a path; without slash, so within the directory.
            return match value.as_slice() {
                [Piece::Text(text)] => vec![Piece::Text(text.rsplit('/').next().unwrap_or("").to_owned())],
                [.., Piece::Text(text)] if text.contains('/') => {
                    vec![Piece::Text(text.rsplit('/').next().unwrap_or("").to_owned())]
                }
                pieces if pieces.iter().any(|piece| matches!(piece, Piece::Unknown(_))) => changed(pieces),
                _ => vec![Piece::Rest],
            };
        }
        if side == Side::Suffix && pattern == "/*" && value == [Piece::Inside] {
            return value;
        }
        match side {
            Side::Prefix => cut(&value),
            Side::Suffix => shortened(value, pattern),
        }
    }
}

/// Whether a shell that evaluates the text runs something.
fn runs(piece: &Piece) -> bool {
    matches!(piece, Piece::Text(text) if runs_where_evaluated(text))
}

/// A value of which something may be gone, also from its beginning.
fn cut(value: &[Piece]) -> Vec<Piece> {
    let changed = changed(value);
    if changed == [Piece::AnyRun] {
        // `a..` without `a`.
        return vec![Piece::Unknown(Origin { mixed: true, ..Origin::default() })];
    }
    changed
}

/// A value without a text at its beginning. A name that ends in more than dots is no directory above.
fn beheaded(value: &[Piece]) -> Vec<Piece> {
    let is_name = |piece: &Piece| match piece {
        Piece::Text(text) => !text.contains('/'),
        Piece::AnyRun | Piece::AnyChar => true,
        Piece::Rest | Piece::Plain | Piece::Inside | Piece::Temporary | Piece::Job | Piece::Unknown(_) => {
            false
        }
    };
    match value {
        [Piece::AnyRun, rest @ .., Piece::Text(end)]
            if !end.trim_matches('.').is_empty() && value.iter().all(is_name) =>
        {
            let end = Piece::Text(end.clone());
            std::iter::once(Piece::Rest).chain(rest.iter().cloned()).chain(std::iter::once(end)).collect()
        }
        value => cut(value),
    }
}

/// A value without what matches at its end.
fn shortened(value: Vec<Piece>, pattern: &str) -> Vec<Piece> {
    match changed(&value).as_slice() {
        // The dot is not the first character of a name.
        [Piece::AnyRun] if pattern.starts_with('.') => vec![Piece::AnyRun],
        [Piece::AnyRun] => vec![Piece::Rest],
        changed => changed.to_vec(),
    }
}

/// A value after an operation that is not followed; its beginning is still that of a name.
fn changed(value: &[Piece]) -> Vec<Piece> {
    let arg = Arg { pieces: value.to_vec(), ..Arg::default() };
    if arg.is_open() || value.iter().any(runs) {
        let mut pieces = vec![Piece::Unknown(Origin { unset: false, mixed: true, ..arg.origin() })];
        pieces.extend(value.iter().filter(|piece| runs(piece)).cloned());
        return pieces;
    }
    let has_slash = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains('/'));
    let is_dotted = arg.leading().starts_with('.');
    let is_path = value.iter().any(|piece| has_slash(piece) || *piece == Piece::Inside);
    if value.iter().all(|piece| *piece == Piece::Plain) {
        return vec![Piece::Plain];
    }
    if is_path || is_dotted || arg.known().is_some() {
        return vec![Piece::Unknown(Origin { mixed: true, ..Origin::default() })];
    }
    vec![Piece::AnyRun]
}

fn substring(value: &[Piece], offsets: &str) -> Option<Vec<Piece>> {
    let [Piece::Text(text)] = value else { return None };
    let (from, count) = match offsets.split_once(':') {
        Some((from, count)) => (from, Some(count.trim().parse::<usize>().ok()?)),
        None => (offsets, None),
    };
    let from = from.trim().parse::<usize>().ok()?;
    let rest = text.chars().skip(from);
    Some(vec![Piece::Text(match count {
        Some(count) => rest.take(count).collect(),
        None => rest.collect(),
    })])
}

fn or_unknown(known: Known) -> Vec<Piece> {
    match known {
        Known::Value(pieces) => pieces,
        Known::Unset | Known::Inherited => vec![Piece::Unknown(Origin::UNSET)],
    }
}

fn is_empty(pieces: &[Piece]) -> bool {
    pieces.iter().all(|piece| matches!(piece, Piece::Text(text) if text.is_empty()))
}

fn may_be_empty(pieces: &[Piece]) -> bool {
    Arg { pieces: pieces.to_vec(), ..Arg::default() }.may_be_empty()
}

fn is_first(parameter: &Parameter) -> bool {
    let part = parameter.subscript.as_ref().and_then(|subscript| match subscript.word.parts.as_slice() {
        [part] => Some(&part.kind),
        _ => None,
    });
    matches!(part, Some(PartKind::Literal(text)) if matches!(text.as_str(), "0" | "@" | "*"))
}

/// Whether it is any number of words also where it is quoted. Through a name (`${!x}`) it may be a list too.
fn is_list(parameter: &Parameter) -> bool {
    let is_all = |subscript: &Arithmetic| subscript.as_static().is_none_or(|text| text == "@");
    let is_named = parameter.name == "@" || parameter.subscript.as_ref().is_some_and(is_all);
    match parameter.prefix {
        Prefix::None => is_named,
        Prefix::Length => false,
        Prefix::Indirect => true,
    }
}

/// `"${a[@]}"` and `${a[0]}`, where what the array holds is known.
fn elements(parameter: &Parameter, quoted: bool, state: &State) -> Option<Vec<Fragment>> {
    let elements = state.elements(&parameter.name)?;
    let subscript = parameter.subscript.as_ref()?.as_static()?;
    if parameter.prefix != Prefix::None || parameter.operation != Operation::None {
        return None;
    }
    let wrap = |piece: Piece| if quoted { Fragment::Quoted(piece) } else { Fragment::Open(piece) };
    let mut fragments = Vec::new();
    match subscript.as_str() {
        "@" | "*" if subscript == "@" || !quoted => {
            for (number, element) in elements.iter().enumerate() {
                if number > 0 {
                    fragments.push(Fragment::Break);
                }
                fragments
                    .extend(element.several.then_some(Fragment::Several { unmatched: element.unmatched }));
                fragments.extend(element.pieces.iter().cloned().map(wrap));
                if quoted && element.pieces.is_empty() {
                    fragments.push(Fragment::Quoted(Piece::Text(String::new())));
                }
            }
        }
        number => {
            // A pattern is any number of elements, so that only what stands before all of them is at a known place.
            let number: usize = number.parse().ok()?;
            let before = elements.get(..=number)?;
            if !before.iter().all(|element| element.known().is_some()) {
                let (first, rest) = before.split_first()?;
                return (rest.is_empty() && !first.is_open())
                    .then(|| first.pieces.iter().cloned().map(wrap).collect());
            }
            fragments.extend(elements.get(number)?.pieces.iter().cloned().map(wrap));
        }
    }
    Some(fragments)
}

/// `$number`; where one before it may be several, it is any of them.
fn argument(args: &[Arg], number: usize) -> Option<Arg> {
    if args.iter().take(number).any(|arg| arg.several) {
        let (first, rest) = args.split_first()?;
        return Some(rest.iter().fold(first.clone(), |any, arg| either(Some(&any), Some(arg))));
    }
    args.get(number.checked_sub(1)?).cloned()
}

/// `$@` and `$*`.
fn arguments(is_star: bool, quoted: bool, state: &State) -> Vec<Fragment> {
    let joined = is_star && quoted;
    let wrap = |piece: Piece| if quoted { Fragment::Quoted(piece) } else { Fragment::Open(piece) };
    let Some(args) = &state.positional else {
        let several = (!joined).then_some(Fragment::Several { unmatched: false });
        return several.into_iter().chain([wrap(Piece::Unknown(Origin::UNSET))]).collect();
    };
    let separator = match state.variable("IFS") {
        None => Piece::Text(" ".into()),
        Some(value) => match value.known() {
            Some(text) => Piece::Text(text.chars().take(1).collect()),
            None => Piece::Unknown(Origin::default()),
        },
    };
    let mut fragments = Vec::new();
    for (number, arg) in args.iter().enumerate() {
        if number > 0 {
            fragments.push(if joined { Fragment::Quoted(separator.clone()) } else { Fragment::Break });
        }
        fragments.extend(arg.several.then_some(Fragment::Several { unmatched: arg.unmatched }));
        fragments.extend(arg.pieces.iter().cloned().map(wrap));
        if arg.pieces.is_empty() {
            fragments.push(wrap(Piece::Text(String::new())));
        }
    }
    if joined && fragments.is_empty() {
        fragments.push(Fragment::Quoted(Piece::Text(String::new())));
    }
    fragments
}

//! What the shell knows at one moment.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use super::work::Work;
use crate::Span;
use crate::command::syntax;
use crate::command::value::{Arg, Origin, Piece, Stream, runs_where_evaluated};

/// Elements of an array that are remembered one by one.
const MAX_ELEMENTS: usize = 256;

/// Variables that are integers from the beginning, so that an assignment to one is evaluated.
const INTEGERS: &[&str] = &[
    "BASHPID",
    "BASH_MONOSECONDS",
    "EPOCHSECONDS",
    "EUID",
    "HISTCMD",
    "LINENO",
    "OPTIND",
    "PPID",
    "RANDOM",
    "SECONDS",
    "SRANDOM",
    "UID",
];
/// Directories besides the likely one that the shell may be in; where there are more, it is not known.
const MAX_DIRECTORIES: usize = 4;

/// The working directory, relative to the root.
#[derive(Clone, Debug)]
pub(in crate::command) struct Cwd {
    /// Where the shell is if every `cd` so far succeeded; `None` where that is not known.
    pub(in crate::command) path: Option<PathBuf>,
    /// Where it is otherwise.
    pub(in crate::command) otherwise: Vec<PathBuf>,
}

/// What `declare` says of a variable besides its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::command) struct Attributes {
    /// Programs get it, whichever way the script went.
    pub(in crate::command) exported: bool,
    /// Programs get it on some way.
    pub(in crate::command) may_be_exported: bool,
    /// What is assigned may be evaluated as arithmetic.
    pub(in crate::command) integer: bool,
    /// An assignment may fail.
    pub(in crate::command) frozen: bool,
    /// There may be more elements than the first, which is the value.
    pub(in crate::command) array: bool,
    /// Its elements may have names instead of numbers.
    pub(in crate::command) keyed: bool,
}

impl Attributes {
    /// What holds where either may be true.
    pub(super) const fn or(self, other: Self) -> Self {
        Self {
            exported: self.exported && other.exported,
            may_be_exported: self.may_be_exported || other.may_be_exported,
            integer: self.integer || other.integer,
            frozen: self.frozen || other.frozen,
            array: self.array || other.array,
            keyed: self.keyed || other.keyed,
        }
    }
}

/// What a name may call.
#[derive(Clone, Debug, Default)]
pub(in crate::command) struct Function {
    /// One of these.
    pub(in crate::command) bodies: Vec<Rc<syntax::Command>>,
    /// Or none, and then a program of that name.
    pub(in crate::command) may_be_absent: bool,
}

/// A variable as it was before a function declared it for itself.
#[derive(Clone, Debug)]
struct Local {
    name: String,
    outer: Option<Arg>,
    attributes: Attributes,
    /// Whether the function declared it whichever way it went.
    is_certain: bool,
}

#[derive(Clone, Debug)]
pub(in crate::command) struct State {
    pub(in crate::command) cwd: Cwd,
    pub(in crate::command) previous: Option<Cwd>,
    pub(in crate::command) stack: Vec<Cwd>,
    variables: Rc<BTreeMap<String, Arg>>,
    /// The elements of arrays that are known one by one; any other change of the variable forgets them.
    elements: Rc<BTreeMap<String, Rc<Vec<Arg>>>>,
    /// Whether every variable is exported that is set from here on: `set -a`.
    pub(in crate::command) exports_all: bool,
    attributes: Rc<BTreeMap<String, Attributes>>,
    functions: Rc<BTreeMap<String, Function>>,
    locals: Rc<Vec<Local>>,
    /// `$1` and so on; `None` where they are not known.
    pub(in crate::command) positional: Option<Rc<Vec<Arg>>>,
    /// `$0`, where it is not the shell's own name.
    pub(in crate::command) zero: Option<Rc<Arg>>,
    pub(in crate::command) stdin: Stream,
    /// Whether the last `cd` went to a directory that is there, or a failure ends the script.
    pub(in crate::command) is_certain: bool,
    /// Whether arithmetic or `set -x` may evaluate values that are not known.
    pub(in crate::command) traces: bool,
    /// Whether a pattern that no file matches may be no argument.
    pub(in crate::command) nullglob: bool,
    /// Code that runs at some later moment.
    pub(in crate::command) traps: Rc<Vec<Arg>>,
    work: Work,
}

impl State {
    pub(in crate::command) fn new(cwd: Option<PathBuf>, work: Work) -> Self {
        Self {
            cwd: Cwd { path: cwd, otherwise: Vec::new() },
            previous: None,
            stack: Vec::new(),
            variables: Rc::default(),
            elements: Rc::default(),
            exports_all: false,
            attributes: Rc::default(),
            functions: Rc::default(),
            locals: Rc::default(),
            positional: Some(Rc::default()),
            zero: None,
            stdin: Stream::default(),
            is_certain: true,
            traces: false,
            nullglob: false,
            traps: Rc::default(),
            work,
        }
    }

    /// What a shell that is started as a program begins with.
    pub(in crate::command) fn child(&self) -> Self {
        self.work.add(2 * self.variables.len());
        let mut child = self.clone();
        child.functions = Rc::default();
        child.locals = Rc::default();
        child.traps = Rc::default();
        child.attributes = Rc::default();
        child.variables = Rc::default();
        child.elements = Rc::default();
        for (name, value) in self.variables.iter().filter(|(name, _)| *name != "IFS") {
            let attributes = self.attributes(name);
            // No array is ever handed on.
            if attributes.exported && !attributes.array {
                child.set(name, value.clone());
                child.export(name);
            } else if !is_own(name) || self.is_exported(name) {
                // What the environment had before is exported already, and keeps its value or takes this one.
                child.set(name, Arg::unknown(value.origin(), value.span));
            }
        }
        child
    }

    /// The same without any variable: what `env -i` makes.
    pub(in crate::command) fn without_variables(&self) -> Self {
        Self { variables: Rc::default(), elements: Rc::default(), attributes: Rc::default(), ..self.clone() }
    }

    /// Makes arguments `$1` and so on, without the first `skipped` ones.
    pub(in crate::command) fn place(&mut self, args: &[Arg], skipped: usize) {
        let is_certain = !args.iter().take(skipped).any(|arg| arg.several);
        self.positional = is_certain.then(|| Rc::new(args.get(skipped..).unwrap_or(&[]).to_vec()));
    }

    pub(in crate::command) fn keep_trap(&mut self, code: Arg) {
        self.work.own(&mut self.traps, Vec::len).push(code);
    }

    pub(in crate::command) fn variable(&self, name: &str) -> Option<&Arg> {
        self.variables.get(name)
    }

    pub(in crate::command) fn set(&mut self, name: &str, value: Arg) {
        let attributes = self.attributes(name);
        // An assignment that may fail; and one to the first element leaves the others.
        let value = if attributes.frozen || attributes.array && value.is_open() {
            Arg::unknown(Origin { unset: false, ..value.origin() }, value.span)
        } else {
            value
        };
        self.put(name, value);
    }

    fn put(&mut self, name: &str, value: Arg) {
        self.forget_elements(name);
        if let Some((array, _)) = name.split_once('[') {
            // One of its elements, and that may be the first.
            let value = either(self.variables.get(array), Some(&value));
            self.make_array(array);
            self.work.own(&mut self.variables, BTreeMap::len).insert(array.to_owned(), value);
            return;
        }
        self.work.own(&mut self.variables, BTreeMap::len).insert(name.to_owned(), value);
    }

    /// What an array holds, where that is known.
    pub(super) fn elements(&self, name: &str) -> Option<&[Arg]> {
        self.elements.get(name).map(|elements| elements.as_slice())
    }

    /// Remembers what an array holds; its value has been set.
    pub(in crate::command) fn set_elements(&mut self, name: &str, elements: Vec<Arg>) {
        let attributes = self.attributes(name);
        if !attributes.frozen && !attributes.keyed && !attributes.integer && elements.len() <= MAX_ELEMENTS {
            self.work.own(&mut self.elements, BTreeMap::len).insert(name.to_owned(), Rc::new(elements));
        }
    }

    /// Forgets what an array holds: `name`, or `name[subscript]`, becomes something else.
    fn forget_elements(&mut self, name: &str) {
        let name = name.split('[').next().unwrap_or(name);
        if self.elements.contains_key(name) {
            self.work.own(&mut self.elements, BTreeMap::len).remove(name);
        }
    }

    /// Sets a variable to a number, unless it keeps its value.
    pub(in crate::command) fn may_count(&mut self, name: &str, span: Span) {
        let number = Arg::new(vec![Piece::Plain], span);
        // One that was not set counts from zero.
        let known = self.variable(name).filter(|value| !value.origin().unset || !value.is_open());
        let joined = known.map_or_else(|| number.clone(), |known| either(Some(known), Some(&number)));
        self.set(name, joined);
    }

    /// Takes a variable away.
    pub(in crate::command) fn unset(&mut self, name: &str) {
        self.put(name, Arg::unknown(Origin::UNSET, Span::default()));
        if let Some(attributes) = self.work.own(&mut self.attributes, BTreeMap::len).get_mut(name) {
            attributes.exported = false;
            attributes.array &= attributes.frozen || name.contains('[');
        }
    }

    pub(in crate::command) fn attributes(&self, name: &str) -> Attributes {
        let own = || Attributes { integer: INTEGERS.contains(&name), ..Attributes::default() };
        self.attributes.get(name).copied().unwrap_or_else(own)
    }

    pub(in crate::command) fn declare(&mut self, name: &str, attributes: Attributes) {
        self.work.own(&mut self.attributes, BTreeMap::len).insert(name.to_owned(), attributes);
    }

    pub(in crate::command) fn make_array(&mut self, name: &str) {
        self.declare(name, Attributes { array: true, ..self.attributes(name) });
    }

    pub(in crate::command) fn export(&mut self, name: &str) {
        self.declare(name, Attributes { exported: true, may_be_exported: true, ..self.attributes(name) });
    }

    /// Whether programs may get it.
    pub(in crate::command) fn is_exported(&self, name: &str) -> bool {
        self.exports_all || self.attributes(name).may_be_exported
    }

    /// Gives a variable to the function that is running; the outer one comes back when it ends.
    pub(in crate::command) fn localize(&mut self, name: &str) {
        if self.locals.iter().any(|local| local.name == name && local.is_certain) {
            return;
        }
        let local = Local {
            name: name.to_owned(),
            outer: self.variable(name).cloned(),
            attributes: self.attributes(name),
            is_certain: true,
        };
        let may_be_local = self.locals.iter().any(|local| local.name == name);
        self.work.own(&mut self.locals, Vec::len).push(local);
        let before = self.variable(name).cloned();
        self.unset(name);
        if may_be_local {
            // One that the function has already keeps its value.
            self.put(name, either(before.as_ref(), self.variable(name)));
        }
    }

    /// Begins a function: its locals are its own.
    pub(super) fn enter(&mut self) -> Scope {
        Scope(std::mem::take(&mut self.locals))
    }

    /// Ends a function.
    pub(super) fn leave(&mut self, scope: Scope) {
        let locals = std::mem::replace(&mut self.locals, scope.0);
        for local in locals.iter().rev() {
            let value = if local.is_certain {
                local.outer.clone()
            } else {
                self.work.add(local.outer.as_ref().map_or(0, Arg::len) / 16);
                Some(either(self.variable(&local.name), local.outer.as_ref()))
            };
            self.restore(&local.name, value, local.attributes);
        }
    }

    /// Gives a variable back what it was.
    pub(super) fn restore(&mut self, name: &str, value: Option<Arg>, attributes: Attributes) {
        self.forget_elements(name);
        let variables = self.work.own(&mut self.variables, BTreeMap::len);
        match value {
            Some(value) => drop(variables.insert(name.to_owned(), value)),
            None => drop(variables.remove(name)),
        }
        self.declare(name, attributes);
    }

    pub(in crate::command) fn function(&self, name: &str) -> Option<Function> {
        self.functions.get(name).cloned()
    }

    pub(in crate::command) fn define(&mut self, name: &str, body: syntax::Command) {
        let function = Function { bodies: vec![Rc::new(body)], may_be_absent: false };
        self.work.own(&mut self.functions, BTreeMap::len).insert(name.to_owned(), function);
    }

    /// Takes a function away, or may do so.
    pub(in crate::command) fn undefine(&mut self, name: &str, surely: bool) {
        if surely {
            self.work.own(&mut self.functions, BTreeMap::len).remove(name);
        } else if let Some(function) = self.work.own(&mut self.functions, BTreeMap::len).get_mut(name) {
            function.may_be_absent = true;
        }
    }

    /// Whether variables, functions and directory are the same, and not only equal.
    pub(in crate::command) fn is_unchanged(&self, before: &Self) -> bool {
        Rc::ptr_eq(&self.variables, &before.variables)
            && Rc::ptr_eq(&self.elements, &before.elements)
            && Rc::ptr_eq(&self.functions, &before.functions)
            && Rc::ptr_eq(&self.traps, &before.traps)
            && Rc::ptr_eq(&self.attributes, &before.attributes)
            && Rc::ptr_eq(&self.locals, &before.locals)
            && self.positional == before.positional
            && self.cwd == before.cwd
            && self.exports_all == before.exports_all
            && self.traces == before.traces
            && self.nullglob == before.nullglob
    }

    /// Becomes what holds whichever of the two happened; says whether that changed anything.
    pub(in crate::command) fn join(&mut self, other: &Self) -> bool {
        let mut changed = self.cwd.join(&other.cwd);
        changed |= self.join_variables(other);
        changed |= self.join_functions(other);
        if self.positional != other.positional && self.positional.is_some() {
            self.positional = None;
            changed = true;
        }
        if self.zero != other.zero {
            self.zero = Some(Rc::new(Arg::unknown(Origin::default(), Span::default())));
        }
        if !Rc::ptr_eq(&self.traps, &other.traps) {
            for code in other.traps.iter() {
                if !self.traps.iter().any(|known| known.pieces == code.pieces) {
                    self.work.own(&mut self.traps, Vec::len).push(code.clone());
                    changed = true;
                }
            }
        }
        for (mine, theirs) in [
            (&mut self.exports_all, other.exports_all),
            (&mut self.traces, other.traces),
            (&mut self.nullglob, other.nullglob),
        ] {
            changed |= theirs && !*mine;
            *mine |= theirs;
        }
        changed
    }

    fn join_variables(&mut self, other: &Self) -> bool {
        let mut changed = false;
        if !Rc::ptr_eq(&self.elements, &other.elements) {
            let known = self.elements.len();
            let is_same = |name: &String, mine: &mut Rc<Vec<Arg>>| {
                other.elements.get(name).is_some_and(|theirs| theirs == mine)
            };
            self.work.own(&mut self.elements, BTreeMap::len).retain(is_same);
            changed |= self.elements.len() != known;
        }
        if !Rc::ptr_eq(&self.variables, &other.variables) {
            let missing = self.variables.keys().filter(|name| !other.variables.contains_key(*name));
            let names: Vec<String> = missing.chain(other.variables.keys()).cloned().collect();
            self.work.add(2 * names.len());
            for name in names {
                let (mine, theirs) = (self.variables.get(&name), other.variables.get(&name));
                self.work.add(mine.map_or(0, Arg::len) / 16 + theirs.map_or(0, Arg::len) / 16);
                let joined = either(mine, theirs);
                if mine.is_none_or(|mine| mine.pieces != joined.pieces) {
                    self.work.own(&mut self.variables, BTreeMap::len).insert(name, joined);
                    changed = true;
                }
            }
        }
        if !Rc::ptr_eq(&self.attributes, &other.attributes) {
            let names: Vec<String> = self.attributes.keys().chain(other.attributes.keys()).cloned().collect();
            self.work.add(2 * names.len());
            for name in names {
                let (mine, theirs) = (self.attributes(&name), other.attributes(&name));
                let joined = mine.or(theirs);
                if mine != joined {
                    self.declare(&name, joined);
                    changed = true;
                }
            }
        }
        if !Rc::ptr_eq(&self.locals, &other.locals) {
            let is_in = |locals: &[Local], name: &str| locals.iter().any(|local| local.name == name);
            for local in self.work.own(&mut self.locals, Vec::len) {
                local.is_certain &= is_in(&other.locals, &local.name);
            }
            for local in other.locals.iter() {
                if !is_in(&self.locals, &local.name) {
                    self.work
                        .own(&mut self.locals, Vec::len)
                        .push(Local { is_certain: false, ..local.clone() });
                }
            }
        }
        changed
    }

    fn join_functions(&mut self, other: &Self) -> bool {
        if Rc::ptr_eq(&self.functions, &other.functions) {
            return false;
        }
        let mut changed = false;
        let mine = self.work.own(&mut self.functions, BTreeMap::len);
        for (name, function) in mine.iter_mut() {
            if !other.functions.contains_key(name) && !function.may_be_absent {
                function.may_be_absent = true;
                changed = true;
            }
        }
        for (name, function) in other.functions.iter() {
            let known = mine.entry(name.clone()).or_insert_with(|| {
                changed = true;
                Function { bodies: Vec::new(), may_be_absent: true }
            });
            changed |= function.may_be_absent && !known.may_be_absent;
            known.may_be_absent |= function.may_be_absent;
            for body in &function.bodies {
                self.work.add(known.bodies.len());
                let is_same = |known: &Rc<syntax::Command>| {
                    // Two of one text are told apart by their places.
                    known.span == body.span && {
                        self.work.add(body.span.end.saturating_sub(body.span.start));
                        known == body
                    }
                };
                if !known.bodies.iter().any(is_same) {
                    known.bodies.push(Rc::clone(body));
                    changed = true;
                }
            }
        }
        changed
    }
}

/// The locals of the function outside.
#[derive(Debug)]
pub(super) struct Scope(Rc<Vec<Local>>);

/// Names in small letters are the script's own by convention: the environment has none.
pub(super) fn is_own(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
}

/// A value that is one of two, or, where there is only one, perhaps none.
pub(in crate::command) fn either(one: Option<&Arg>, other: Option<&Arg>) -> Arg {
    match (one, other) {
        (Some(one), Some(other)) if one.pieces == other.pieces => one.clone(),
        (Some(one), Some(other)) if one.is_short_name() && other.is_short_name() => {
            Arg::new(vec![Piece::Plain], one.span)
        }
        (Some(one), Some(other))
            if one.pieces == [Piece::Unknown(one.origin())]
                && joined_origin(one, Some(other)) == one.origin()
                && !other
                    .pieces
                    .iter()
                    .any(|piece| matches!(piece, Piece::Text(text) if runs_where_evaluated(text))) =>
        {
            one.clone()
        }
        (one, other) => {
            let known = one.or(other);
            let origin = known.map_or(Origin::UNSET, |known| joined_origin(known, one.and(other)));
            let mut joined = Arg::unknown(
                Origin { unset: false, mixed: true, ..origin },
                known.map_or_else(Span::default, |arg| arg.span),
            );
            // What would run if the value is evaluated is still to be seen.
            let mut texts: Vec<&str> = Vec::new();
            for piece in one.into_iter().chain(other).flat_map(|arg| &arg.pieces) {
                if let Piece::Text(text) = piece {
                    if runs_where_evaluated(text) && !texts.iter().any(|known| known.contains(text)) {
                        texts.push(text);
                    }
                }
            }
            for text in texts {
                joined.push(Piece::Text(text.to_owned()));
            }
            joined
        }
    }
}

fn joined_origin(one: &Arg, other: Option<&Arg>) -> Origin {
    other.map_or(one.origin(), |other| one.origin().and(other.origin()))
}

/// All paths of it are clean, so that their text tells them apart.
impl PartialEq for Cwd {
    fn eq(&self, other: &Self) -> bool {
        self.path.is_some() == other.path.is_some()
            && self.otherwise.len() == other.otherwise.len()
            && self.all().zip(other.all()).all(|(one, other)| one.as_os_str() == other.as_os_str())
    }
}

impl Cwd {
    /// Every directory the shell may be in, the likely one first.
    pub(in crate::command) fn all(&self) -> impl Iterator<Item = &PathBuf> {
        self.path.iter().chain(&self.otherwise)
    }

    pub(in crate::command) fn join(&mut self, other: &Self) -> bool {
        if self == other {
            return false;
        }
        let before = self.clone();
        for path in other.all() {
            let is_same = |known: &PathBuf| known.as_os_str() == path.as_os_str();
            if self.otherwise.len() <= MAX_DIRECTORIES && !self.all().any(is_same) {
                self.otherwise.push(path.clone());
            }
        }
        if other.path.is_none() || self.otherwise.len() > MAX_DIRECTORIES {
            self.path = None;
        }
        *self != before
    }
}

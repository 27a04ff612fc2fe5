//! What the shell knows at one moment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use crate::Span;
use crate::command::syntax;
use crate::command::value::{Arg, Origin, Piece, Stream};

/// The working directory, relative to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::command) struct Cwd {
    /// Where the shell is if every `cd` so far succeeded; `None` where that is not known.
    pub(in crate::command) path: Option<PathBuf>,
    /// Where it is otherwise.
    pub(in crate::command) otherwise: Vec<PathBuf>,
}

#[derive(Clone, Debug)]
pub(in crate::command) struct State {
    pub(in crate::command) cwd: Cwd,
    pub(in crate::command) previous: Option<Cwd>,
    pub(in crate::command) stack: Vec<Cwd>,
    variables: Rc<BTreeMap<String, Arg>>,
    /// Names that this text exported.
    exported: Rc<BTreeSet<String>>,
    /// Whether every variable is exported that is set from here on: `set -a`.
    pub(in crate::command) exports_all: bool,
    functions: Rc<BTreeMap<String, Rc<syntax::Command>>>,
    pub(in crate::command) positional: Rc<Vec<Arg>>,
    pub(in crate::command) stdin: Stream,
    /// Whether the last `cd` went to a directory that is there, or a failure ends the script.
    pub(in crate::command) is_certain: bool,
    /// Whether arithmetic or `set -x` may evaluate values that are not known.
    pub(in crate::command) traces: bool,
}

impl State {
    pub(in crate::command) fn new(cwd: Option<PathBuf>) -> Self {
        Self {
            cwd: Cwd { path: cwd, otherwise: Vec::new() },
            previous: None,
            stack: Vec::new(),
            variables: Rc::default(),
            exported: Rc::default(),
            exports_all: false,
            functions: Rc::default(),
            positional: Rc::default(),
            stdin: Stream::default(),
            is_certain: true,
            traces: false,
        }
    }

    pub(in crate::command) fn variable(&self, name: &str) -> Option<&Arg> {
        self.variables.get(name)
    }

    pub(in crate::command) fn set(&mut self, name: &str, value: Arg) {
        Rc::make_mut(&mut self.variables).insert(name.to_owned(), value);
    }

    pub(in crate::command) fn unset(&mut self, name: &str) {
        Rc::make_mut(&mut self.variables).insert(name.to_owned(), Arg::default());
        Rc::make_mut(&mut self.functions).remove(name);
    }

    pub(in crate::command) fn export(&mut self, name: &str) {
        Rc::make_mut(&mut self.exported).insert(name.to_owned());
    }

    pub(in crate::command) fn is_exported(&self, name: &str) -> bool {
        self.exports_all || self.exported.contains(name)
    }

    pub(in crate::command) fn function(&self, name: &str) -> Option<Rc<syntax::Command>> {
        self.functions.get(name).cloned()
    }

    pub(in crate::command) fn define(&mut self, name: &str, body: syntax::Command) {
        Rc::make_mut(&mut self.functions).insert(name.to_owned(), Rc::new(body));
    }

    /// Becomes what holds whichever of the two happened; says whether that changed anything.
    pub(in crate::command) fn join(&mut self, other: &Self) -> bool {
        let mut changed = self.cwd.join(&other.cwd);
        if !Rc::ptr_eq(&self.variables, &other.variables) {
            let mine = Rc::make_mut(&mut self.variables);
            for (name, value) in other.variables.iter() {
                match mine.get(name) {
                    Some(known) if known == value => {}
                    Some(known) if matches!(known.pieces.as_slice(), [Piece::Unknown(_)]) => {}
                    // Two short names, or numbers, are still one of them: a loop may count.
                    Some(known) if known.is_short_name() && value.is_short_name() => {
                        if known.pieces != [Piece::Plain] {
                            mine.insert(name.clone(), Arg::new(vec![Piece::Plain], Span::default()));
                            changed = true;
                        }
                    }
                    known => {
                        let origin = known.map_or(Origin::UNSET, Arg::origin).and(value.origin());
                        let open = Arg::unknown(Origin { unset: false, ..origin }, Span::default());
                        mine.insert(name.clone(), open);
                        changed = true;
                    }
                }
            }
        }
        if !Rc::ptr_eq(&self.functions, &other.functions) {
            let mine = Rc::make_mut(&mut self.functions);
            for (name, body) in other.functions.iter() {
                changed |= mine.insert(name.clone(), Rc::clone(body)).is_none();
            }
        }
        if !Rc::ptr_eq(&self.exported, &other.exported) {
            Rc::make_mut(&mut self.exported).extend(other.exported.iter().cloned());
        }
        self.exports_all |= other.exports_all;
        self.traces |= other.traces;
        changed
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
            if !self.all().any(|known| known == path) {
                self.otherwise.push(path.clone());
            }
        }
        if other.path.is_none() || self.otherwise.len() > 4 {
            self.path = None;
        }
        *self != before
    }
}

//! Programs that go to another directory before they look at names: `make -C dir`, `uv run --directory dir`.

use std::path::{Path, PathBuf};

use super::Call;
use crate::command::interpret::{Cwd, Interpreter, State, with_stars};
use crate::command::table::{Role, Special, Takes};
use crate::command::value::{Arg, Piece};

impl Interpreter<'_> {
    /// Where the rest of a call happens that options send elsewhere: `make -C dir`, wherever the option stands.
    ///
    /// Of a tool that runs code of the project, an option that its row does not list counts by its name.
    pub(super) fn enter(&mut self, call: &Call<'_>, state: &State) -> Option<State> {
        const NAMES: [&str; 9] = [
            "-C",
            "--chdir",
            "--cwd",
            "--dir",
            "--directory",
            "--prefix",
            "--root",
            "--working-dir",
            "--working-directory",
        ];
        let mut entered: Option<State> = None;
        for given in &call.parsed.options {
            let Some(directory) = &given.value else { continue };
            let Some(Takes::Required(role @ (Role::Cwd | Role::MaybeCwd))) =
                given.flag.map(|flag| flag.takes)
            else {
                continue;
            };
            let inner = entered.get_or_insert_with(|| state.clone());
            if role == Role::MaybeCwd {
                self.may_enter(directory, inner);
                continue;
            }
            let was = inner.cwd.clone();
            self.go(directory, inner);
            if call.row.special == Some(Special::Tar) {
                // What stands in front of it is named from there.
                inner.cwd.join(&was);
            }
        }
        for (at, arg) in call.args.iter().enumerate().filter(|_| call.row.needs_cell) {
            if !arg.leading().starts_with('-') {
                continue;
            }
            let (name, joined) = match arg.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (arg.clone(), None),
            };
            let is_one = |name: &&str| NAMES.contains(name) && call.row.flag(name).is_none();
            let (Some(_), Some(directory)) =
                (name.known().filter(is_one), joined.as_ref().or(call.args.get(at + 1)))
            else {
                continue;
            };
            self.may_be_in(directory, state, entered.get_or_insert_with(|| state.clone()));
        }
        entered
    }

    /// What is named from here on may be here or there.
    fn may_enter(&mut self, directory: &Arg, state: &mut State) {
        let mut there = state.clone();
        self.go(directory, &mut there);
        state.cwd.join(&there.cwd);
    }

    /// The same where others judge whether the directory may be named at all.
    pub(super) fn may_be_in(&self, directory: &Arg, state: &State, inner: &mut State) {
        self.work.add(8);
        let is_below = |piece: &Piece| {
            *piece == Piece::Inside || matches!(piece, Piece::Text(text) if !text.contains(".."))
        };
        let Some(directory) = with_stars(directory) else {
            let path = directory.pieces.iter().all(is_below).then(PathBuf::new);
            inner.cwd.join(&Cwd { path, otherwise: Vec::new() });
            return;
        };
        for cwd in state.cwd.all() {
            if let Some(path) = self.context.relative(cwd, Path::new(&directory)) {
                inner.cwd.join(&Cwd { path: Some(path), otherwise: Vec::new() });
            }
        }
    }
}

/// What is named may be at the top of the project or repository, which is at or below the root.
pub(super) fn perhaps_at_top(state: &State) -> State {
    let mut state = state.clone();
    state.cwd.join(&Cwd { path: Some(PathBuf::new()), otherwise: Vec::new() });
    state
}

//! Commands that leave a script early, or run a part of it later.

use std::rc::Rc;

use super::{Interpreter, State};
use crate::command::rules;
use crate::command::value::Arg;

/// Early ends of one text that are followed.
const MAX_EXITS: usize = 64;
/// Pieces of code kept for later.
const MAX_TRAPS: usize = 8;

impl Interpreter<'_> {
    /// `break`, `continue`, `return`: what holds here holds after the loop or the function too. `shift`.
    pub(in crate::command) fn control(&mut self, name: &str, args: &[Arg], state: &mut State) {
        let ends = match name {
            "break" | "continue" | "exec" | "exit" | "kill" | "return" => true,
            // With `-e` any command may be the last.
            "set" => args.iter().any(|arg| arg.leading().starts_with('-') && arg.known() != Some("--")),
            _ => false,
        };
        self.ends += usize::from(ends);
        match name {
            "break" | "continue" | "return" if self.exits.len() < MAX_EXITS => self.exits.push(state.clone()),
            "break" | "continue" | "return" => {
                let span = args.first().map_or_else(Default::default, |arg| arg.span);
                self.find(&rules::TOO_COMPLEX, span, name);
            }
            "shift" => {
                let count = match args.first() {
                    None => Some(1),
                    Some(count) => count.known().and_then(|text| text.parse::<usize>().ok()),
                };
                state.positional = match (&state.positional, count) {
                    // A `shift` by too much changes nothing.
                    (Some(args), Some(count)) if !args.iter().take(count).any(|arg| arg.several) => {
                        Some(match args.get(count..) {
                            Some(rest) => Rc::new(rest.to_vec()),
                            None => Rc::clone(args),
                        })
                    }
                    _ => None,
                };
            }
            _ => {}
        }
    }

    /// Runs a part in a shell of its own: leaving it early leaves nothing else.
    pub(in crate::command) fn apart<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let (first, ends) = (self.exits.len(), self.ends);
        let result = run(self);
        self.exits.truncate(first);
        self.ends = ends;
        result
    }

    /// Keeps code that runs at a moment that is not known.
    pub(in crate::command) fn keep_trap(&mut self, code: &Arg, state: &mut State) {
        if state.traps.iter().any(|known| known.pieces == code.pieces) {
            return;
        }
        if state.traps.len() >= MAX_TRAPS {
            self.find(&rules::TOO_COMPLEX, code.span, "trap");
            return;
        }
        state.keep_trap(code.clone());
    }

    /// Runs what may run at this moment.
    pub(super) fn trapped(&mut self, state: &mut State) {
        let mut inner = state.clone();
        let mut number = 0;
        while let Some(code) = state.traps.get(number).cloned() {
            number += 1;
            inner.traps = Rc::default();
            self.apart(|this| this.code(&code, &mut inner));
            for code in inner.traps.iter() {
                self.keep_trap(code, state);
            }
            // What one of them changes, the script and the others may see.
            inner.traps = Rc::clone(&state.traps);
            state.join(&inner);
        }
    }
}

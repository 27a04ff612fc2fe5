//! What may be spent on one text.

use std::cell::Cell;
use std::rc::Rc;

/// Steps that one text may take, each some tenths of a microsecond: a statement, a command or a word takes
/// [`PIECE`], what is copied, compared or searched takes as many as it is long.
const MOST: usize = 20_000;
/// Steps that are counted for a statement, a command, a word or a repetition.
pub(super) const PIECE: usize = 8;

/// The steps taken so far, shared by all who take some.
#[derive(Clone, Debug, Default)]
pub(in crate::command) struct Work(Rc<Cell<usize>>);

impl Work {
    pub(in crate::command) fn add(&self, steps: usize) {
        self.0.set(self.0.get().saturating_add(steps));
    }

    /// Ends the evaluation where there is too much to know.
    pub(super) fn exhaust(&self) {
        self.0.set(MOST + 1);
    }

    pub(super) fn is_too_much(&self) -> bool {
        self.0.get() > MOST
    }

    /// What is shared, for changing it; that copies it where somebody else has it too.
    pub(super) fn own<'a, T: Clone>(&self, shared: &'a mut Rc<T>, length: impl Fn(&T) -> usize) -> &'a mut T {
        if Rc::strong_count(shared) > 1 {
            self.add(2 * length(shared));
        }
        Rc::make_mut(shared)
    }
}

//! What one parse may use.

use super::error::Problem;

/// Longest text in bytes.
pub const MAX_LENGTH: usize = 16 * 1024;
/// Most constructs within each other. Quotes, `${…}` and arithmetic count once; substitutions and compound commands twice,
/// for the script inside them. Chosen so that parsing fits a stack of 256 KiB even without optimisation.
pub const MAX_DEPTH: usize = 32;
/// Most here-documents.
pub const MAX_HERE_DOCUMENTS: usize = 8;
/// Most commands and pieces of words.
pub const MAX_NODES: usize = 4096;

/// Shared by the parser of a text and those of the texts inside it.
#[derive(Debug, Default)]
pub(super) struct Budget {
    depth: usize,
    nodes: usize,
    documents: usize,
    /// Whether syntax that only bash has is refused.
    pub(super) portable: bool,
    /// Characters looked at, for the proof that work is linear.
    pub(super) steps: usize,
}

impl Budget {
    /// A budget for a text that has to mean the same to every shell.
    pub(super) fn portable() -> Self {
        Self { portable: true, ..Self::default() }
    }

    pub(super) fn enter(&mut self) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(Problem::TooDeep) } else { Ok(()) }
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub(super) fn add_node(&mut self) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES { Err(Problem::TooManyNodes) } else { Ok(()) }
    }

    pub(super) fn add_document(&mut self) -> Result<(), Problem> {
        self.documents += 1;
        if self.documents > MAX_HERE_DOCUMENTS { Err(Problem::HereDocument) } else { Ok(()) }
    }
}

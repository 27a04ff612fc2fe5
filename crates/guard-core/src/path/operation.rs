use serde::Serialize;

/// What is to be done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Reads the contents.
    Read,
    /// Creates or changes.
    Write,
    /// Reads the names in a directory.
    List,
    /// Removes, or renames away.
    Delete,
}

impl Operation {
    /// Whether something on disk changes.
    #[must_use]
    pub const fn is_change(self) -> bool {
        matches!(self, Self::Write | Self::Delete)
    }
}

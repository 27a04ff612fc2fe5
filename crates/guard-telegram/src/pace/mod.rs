//! One budget for messages and edits: who may send when.

mod queue;
mod quota;
#[cfg(test)]
mod tests;

pub(crate) use queue::{Key, Pacer, Replaced};
pub use quota::Rates;

/// How soon something must be said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// An approval, or that something was stopped: in front of everything else in its chat.
    Urgent,
    /// An answer, a progress.
    #[default]
    Ordinary,
}

//! The record of what a bot called.

use std::collections::BTreeMap;
use std::time::Duration;

/// One call of a bot, in the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// Counts from 1.
    pub number: u64,
    /// As the bot wrote it.
    pub method: String,
    /// Values as text, nested ones as JSON; files by their name.
    pub params: BTreeMap<String, String>,
    /// Since the start of the server.
    pub at: Duration,
    /// The status of the answer; 0 while there is none or it was lost on purpose.
    pub status: u16,
    /// The words of a refusal.
    pub description: String,
}

//! What can go wrong between a bot and Telegram.

use std::time::Duration;

/// What happens to a call instead of, or after, being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection closes; the call is not carried out.
    Drop,
    /// The call is carried out, and the connection closes without an answer.
    DropAnswer,
    /// A page of a proxy with this status and no JSON; the call is not carried out.
    Status(u16),
    /// 429; the call is not carried out.
    TooMany {
        /// Seconds.
        retry_after: u64,
    },
    /// Carried out at once, answered after this time.
    Slow(Duration),
    /// Carried out; the answer is half of its JSON, correctly framed.
    CutJson,
    /// Carried out; the connection closes in the middle of the answer.
    CutBody,
    /// Carried out; the answer's head comes and its body does not, for a minute.
    Stall,
    /// Status 200 and 256 MiB of spaces.
    Endless,
    /// Updates in reverse order.
    Reversed,
    /// Each update twice in one batch.
    Doubled,
}

/// A fault that waits for its calls.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    /// Lower case; empty: all methods.
    pub(crate) method: String,
    pub(crate) left: u32,
    pub(crate) fault: Fault,
}

impl Planned {
    pub(crate) fn matches(&self, method: &str) -> bool {
        self.left > 0 && (self.method.is_empty() || self.method == method)
    }
}

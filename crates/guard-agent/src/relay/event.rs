//! What the owner of a relay is told while it runs.

use super::{Host, MicroUsd, Refusal, Tokens};

/// Something that happened at the relay.
///
/// The relay calls the listener from its one thread, which waits for it: answer within milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A request was refused, or its answer was.
    Refused(Refusal),
    /// A host was asked for that nobody approved; a person may be asked now.
    HostRefused(Host),
    /// A call is over and booked.
    Booked(Booked),
    /// A tunnel to an approved host is open.
    TunnelOpened(Host),
    /// A tunnel is closed.
    TunnelClosed {
        /// Where it led.
        host: Host,
        /// Bytes from the cell.
        sent: u64,
        /// Bytes to the cell.
        received: u64,
    },
}

/// What one call came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Booked {
    /// The number under which the meter knows the call.
    pub call: u64,
    /// The API's id of the message, if the answer told it.
    pub message: Option<Box<str>>,
    /// The configured model that was called.
    pub model: Box<str>,
    /// What the answer counted.
    pub tokens: Tokens,
    /// What was booked: more than the tokens cost where the answer broke off.
    pub cost: MicroUsd,
    /// Whether the answer told its final figures.
    pub complete: bool,
}

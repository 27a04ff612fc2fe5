//! How a relay is set up.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Credential, Event, Host, Meter, Models, Upstream};

/// Everything that a relay needs to know.
pub struct Options {
    pub(crate) directory: PathBuf,
    pub(crate) upstream: Upstream,
    pub(crate) credential: Credential,
    pub(crate) models: Models,
    pub(crate) meter: Arc<dyn Meter>,
    pub(crate) limits: Limits,
    pub(crate) hosts: Vec<Host>,
    pub(crate) listener: Box<dyn Fn(Event) + Send + Sync>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("models", &self.models)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// A relay with a socket somewhere below `directory`, for these models and no other hosts.
    #[must_use]
    pub fn new(
        directory: impl Into<PathBuf>,
        upstream: Upstream,
        credential: Credential,
        models: Models,
        meter: Arc<dyn Meter>,
    ) -> Self {
        let (limits, hosts, listener) = (Limits::default(), Vec::new(), Box::new(drop));
        Self { directory: directory.into(), upstream, credential, models, meter, limits, hosts, listener }
    }

    /// Other limits than the defaults.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Also lets clients tunnel to this host.
    #[must_use]
    pub fn allow(mut self, host: Host) -> Self {
        self.hosts.push(host);
        self
    }

    /// Tells `listener` what happens.
    #[must_use]
    pub fn on_event(mut self, listener: impl Fn(Event) + Send + Sync + 'static) -> Self {
        self.listener = Box::new(listener);
        self
    }
}

/// Bounds of everything that a client or a server could make the relay do.
///
/// The most memory that bodies take is `calls * (request_bytes + answer_bytes)`; streams take none of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Connections from the cell at one time, tunnels included; further ones wait.
    pub connections: usize,
    /// Calls whose request or answer is held in memory at one time; further ones wait. Streams are not held.
    pub calls: usize,
    /// Tunnels at one time; further ones are refused.
    pub tunnels: usize,
    /// The longest request, in bytes.
    pub request_bytes: usize,
    /// The longest answer that is not a stream, in bytes.
    pub answer_bytes: usize,
    /// The longest stream, in bytes.
    pub stream_bytes: u64,
    /// For resolving, connecting and the TLS handshake.
    pub connect: Duration,
    /// For a client to send a request's head, and then for all of its body.
    pub request: Duration,
    /// From the request to the head of the answer.
    pub first_byte: Duration,
    /// Between two pieces of an answer, for one whole JSON answer, and for a client to take a piece.
    pub idle: Duration,
    /// Without a byte in either direction of a tunnel.
    pub tunnel_idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            calls: 8,
            tunnels: 32,
            request_bytes: 32 * 1024 * 1024,
            answer_bytes: 32 * 1024 * 1024,
            stream_bytes: 256 * 1024 * 1024,
            connect: Duration::from_secs(15),
            request: Duration::from_secs(60),
            first_byte: Duration::from_secs(600),
            idle: Duration::from_secs(120),
            tunnel_idle: Duration::from_secs(120),
        }
    }
}

//! Why a relay cannot be set up.

use std::io;

/// Why a relay cannot start, or a part of its configuration is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// The base URL is neither https nor loopback http, or holds more than scheme, host, port and path.
    #[error(
        "the model API's address must be https, or http on a loopback address, without user, query or fragment"
    )]
    Upstream,
    /// A host is not an exact name or address.
    #[error("a host must be one exact name or address, with or without a port")]
    Host,
    /// More hosts than one relay remembers.
    #[error("too many hosts are approved for one run")]
    Hosts,
    /// The credential is too short, too long or holds bytes that a header cannot.
    #[error("the credential is too short, too long or cannot be sent in a header")]
    Credential,
    /// No model, or more models than a request is compared with.
    #[error("at least one model and at most 16 must have a price")]
    Models,
    /// No trusted root certificate was found, or one that was given cannot be read.
    #[error("no usable trusted root certificate")]
    Roots,
    /// The directory for the socket is not this user's alone to write in.
    #[error("the directory for the relay's socket must be owned by this user and not writable by others")]
    Directory,
    /// The path of the socket would be longer than the system allows.
    #[error("the path of the relay's socket is too long")]
    SocketPath,
    /// The system refused the socket, the directory or the thread.
    #[error("the relay could not be started: {0}")]
    Io(#[source] io::Error),
}

impl RelayError {
    /// A stable name for audit records and tests.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Upstream => "relay-upstream-refused",
            Self::Host => "relay-host-malformed",
            Self::Hosts => "relay-too-many-hosts",
            Self::Credential => "relay-credential-refused",
            Self::Models => "relay-models-refused",
            Self::Roots => "relay-no-roots",
            Self::Directory => "relay-directory-refused",
            Self::SocketPath => "relay-socket-path-too-long",
            Self::Io(_) => "relay-start-failed",
        }
    }
}

use std::time::Duration;

/// Bounds of everything that a server or a network could make a request do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// For resolving, connecting and the TLS handshake.
    pub connect: Duration,
    /// From sending an ordinary request to the last byte of its answer. A poll may take its own time-out longer.
    pub whole: Duration,
    /// The same for sending a file.
    pub upload: Duration,
    /// The same for fetching a file.
    pub download: Duration,
    /// Between two pieces of a file that is fetched.
    pub idle: Duration,
    /// The longest answer, in bytes.
    pub answer_bytes: usize,
    /// The longest file to send, in bytes.
    pub upload_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            whole: Duration::from_secs(30),
            upload: Duration::from_secs(180),
            download: Duration::from_secs(300),
            idle: Duration::from_secs(30),
            answer_bytes: 8 * 1024 * 1024,
            upload_bytes: 50 * 1000 * 1000,
        }
    }
}

//! Why the log refuses.

use std::io;

use thiserror::Error;

/// Why an event cannot become a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EventError {
    /// The name is not `[a-z0-9_]{1,64}`.
    #[error("the event name is not 1 to 64 of a-z, 0-9 and underscore")]
    Name,
    /// The event is larger than [`MAX_EVENT_BYTES`](crate::MAX_EVENT_BYTES), read or encoded.
    #[error("the event is larger than 64 KiB")]
    TooLarge,
    /// The detail nests deeper than 16 levels.
    #[error("the detail nests deeper than 16 levels")]
    TooDeep,
    /// The risk is above 100.
    #[error("the risk is above 100")]
    Risk,
    /// Not a JSON object with the known keys, each at most once.
    #[error("the line is not an event: a JSON object with known keys, each at most once")]
    Syntax,
}

impl EventError {
    /// The stable name of the refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Name => "audit-event-name",
            Self::TooLarge => "audit-event-too-large",
            Self::TooDeep => "audit-event-too-deep",
            Self::Risk => "audit-event-risk",
            Self::Syntax => "audit-event-syntax",
        }
    }
}

/// What is wrong at the first bad sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Alteration {
    /// The record is not what was written.
    #[error("the record was edited")]
    Edited,
    /// The record is not there; later ones are.
    #[error("the record was removed")]
    Removed,
    /// Another record stands in its place, and it follows later.
    #[error("records were reordered")]
    Reordered,
    /// An earlier record stands in its place.
    #[error("an earlier record was repeated")]
    Repeated,
    /// An anchor, a witness or this process saw the record; the log ends before it.
    #[error("the log was cut")]
    Cut,
    /// A whole segment file is missing.
    #[error("a segment file is missing")]
    SegmentMissing,
    /// An anchor or the base was not signed by the log's key, or is malformed.
    #[error("an anchor is not signed by the key of the log")]
    AnchorSignature,
    /// A signed anchor or a witness names another hash: the chain was written anew.
    #[error("the record is not the one that was anchored")]
    AnchorMismatch,
    /// There are records, and no anchor file at all.
    #[error("the anchors are missing")]
    AnchorsMissing,
}

/// Why the log cannot be written, read or trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The event cannot become a record; nothing was written.
    #[error(transparent)]
    Event(#[from] EventError),
    /// Another process held the lock for too long, or too many threads wait; nothing was written.
    #[error("the audit log is busy")]
    Busy,
    /// The log is not what was written. It is never repaired; `seq` is the first bad sequence number.
    #[error("the audit log was altered at {seq}: {what}")]
    Altered {
        /// The first sequence number that is not as it was written.
        seq: u64,
        /// What is wrong there.
        what: Alteration,
    },
    /// A directory or file is a link, no regular file, owned by another user, or open to others.
    #[error("the audit log is not a private directory of this user")]
    Unsafe,
    /// Another directory stands at the path of the open log.
    #[error("the directory of the audit log was replaced")]
    Replaced,
    /// The log has records or anchors, and its key is missing or malformed.
    #[error("the key of the audit log is missing or malformed")]
    Key,
    /// The disk is full, or a quota or file size limit was reached; nothing was acknowledged.
    #[error("no space for the audit log")]
    Full,
    /// The file system is read-only.
    #[error("the audit log is on a read-only file system")]
    ReadOnly,
    /// This user may not read or write it.
    #[error("no permission for the audit log")]
    Denied,
    /// There is no log.
    #[error("there is no audit log")]
    Missing,
    /// Reading, writing or syncing failed; nothing was acknowledged.
    #[error("the audit log failed: {0}")]
    Io(io::ErrorKind),
}

impl AuditError {
    /// The stable name of the refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Event(error) => error.code(),
            Self::Busy => "audit-busy",
            Self::Altered { .. } => "audit-altered",
            Self::Unsafe => "audit-unsafe",
            Self::Replaced => "audit-replaced",
            Self::Key => "audit-key",
            Self::Full => "audit-full",
            Self::ReadOnly => "audit-read-only",
            Self::Denied => "audit-denied",
            Self::Missing => "audit-missing",
            Self::Io(_) => "audit-io",
        }
    }

    pub(crate) const fn altered(seq: u64, what: Alteration) -> Self {
        Self::Altered { seq, what }
    }
}

impl From<io::Error> for AuditError {
    #[allow(clippy::wildcard_enum_match_arm, reason = "the kinds of std are open")]
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full
            }
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            io::ErrorKind::PermissionDenied => Self::Denied,
            io::ErrorKind::NotFound => Self::Missing,
            kind => Self::Io(kind),
        }
    }
}

impl From<rustix::io::Errno> for AuditError {
    fn from(errno: rustix::io::Errno) -> Self {
        match errno {
            // With O_NOFOLLOW and O_DIRECTORY these say that a link or a file stands where it must not.
            rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR => Self::Unsafe,
            other => io::Error::from(other).into(),
        }
    }
}

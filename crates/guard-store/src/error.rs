//! Everything that can go wrong with a store.

use rusqlite::ErrorCode;

/// Why the store refused or failed; an error always means that the write was not made.
///
/// One exception is inherent: where COMMIT itself fails with [`StoreError::Io`], what is on the disk is only known
/// after the file was opened again, so the store accepts no further writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The queue of writes is full; nothing was queued.
    #[error("too many writes are waiting")]
    Busy,
    /// Another process held the file for longer than the busy timeout.
    #[error("another process holds the store")]
    Locked,
    /// There is no room, on the disk or under the file's page limit.
    #[error("the disk is full")]
    DiskFull,
    /// The file, its directory or its file system cannot be written.
    #[error("the store is read-only")]
    ReadOnly,
    /// The file is damaged or is no database.
    #[error("the store is damaged")]
    Corrupt,
    /// The operating system reported an error.
    #[error("input or output failed")]
    Io,
    /// The directory can be reached by others, belongs to someone else, or is no directory.
    #[error("the directory of the store is not private")]
    DirectoryNotPrivate,
    /// The file can be reached by others, belongs to someone else, or has a second name.
    #[error("the file of the store is not private")]
    FileNotPrivate,
    /// The path is a link, a directory or a device, or has no file name.
    #[error("the store is not a regular file")]
    NotAFile,
    /// The file is a database of another program.
    #[error("the file belongs to another program")]
    Foreign,
    /// The file was written by a newer version of this program.
    #[error("the schema has version {found}, this program knows {known}")]
    NewerSchema {
        /// What the file holds.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// The migrations given have gaps, are out of order, fail, or make a table that is not `STRICT`.
    #[error("the migrations are not usable")]
    BadMigrations,
    /// The closure panicked; its changes were rolled back.
    #[error("the write panicked")]
    Panicked,
    /// SQLite rolled the shared transaction back because of another write in it.
    #[error("the transaction was rolled back")]
    Aborted,
    /// A write was started from within a write, which would wait for itself.
    #[error("a write within a write")]
    Nested,
    /// The writer has ended.
    #[error("the store is closed")]
    Closed,
    /// A constraint of the schema was violated.
    #[error("a constraint of the schema was violated")]
    Constraint,
    /// A query found no row where one was required.
    #[error("a row is missing")]
    Missing,
    /// Any other answer of SQLite; the number is its extended result code.
    #[error("the database refused with code {0}")]
    Sql(i32),
}

impl StoreError {
    /// The stable kebab-case name of this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Busy => "store-busy",
            Self::Locked => "store-locked",
            Self::DiskFull => "store-disk-full",
            Self::ReadOnly => "store-read-only",
            Self::Corrupt => "store-corrupt",
            Self::Io => "store-io",
            Self::DirectoryNotPrivate => "store-directory-not-private",
            Self::FileNotPrivate => "store-file-not-private",
            Self::NotAFile => "store-not-a-file",
            Self::Foreign => "store-foreign-file",
            Self::NewerSchema { .. } => "store-newer-schema",
            Self::BadMigrations => "store-bad-migrations",
            Self::Panicked => "store-write-panicked",
            Self::Aborted => "store-aborted",
            Self::Nested => "store-nested-write",
            Self::Closed => "store-closed",
            Self::Constraint => "store-constraint",
            Self::Missing => "store-row-missing",
            Self::Sql(_) => "store-sql",
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if matches!(error, rusqlite::Error::QueryReturnedNoRows) {
            return Self::Missing;
        }
        let Some(failure) = error.sqlite_error() else { return Self::Sql(0) };
        #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign list that grows; the number is kept")]
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked,
            ErrorCode::DiskFull => Self::DiskFull,
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Corrupt,
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => Self::Io,
            ErrorCode::ConstraintViolation => Self::Constraint,
            _ => Self::Sql(failure.extended_code),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign list that grows")]
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => Self::ReadOnly,
            _ => Self::Io,
        }
    }
}

use std::fs::File;
use std::io::{Read, Seek, Write as _};
use std::path::Path;

use super::sink::Sink;
use super::stop::{Result, Stop};
use super::{Limits, Report, inspect, rules};
use crate::Rule;
use crate::path::{FreshTree, PathError, Root};

/// Why nothing was unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The archive is refused; the report says why.
    #[error("{}", refusing(.0).message)]
    Refused(Box<Report>),
    /// The place is refused, or cannot be written.
    #[error(transparent)]
    Path(#[from] PathError),
}

impl ExtractError {
    /// The rule behind the refusal.
    #[must_use]
    pub fn rule(&self) -> &'static Rule {
        match self {
            Self::Refused(report) => refusing(report),
            Self::Path(error) => error.rule(),
        }
    }

    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.rule().code
    }
}

fn refusing(report: &Report) -> &'static Rule {
    report.verdict().reasons().next().map_or(&rules::IO, |finding| finding.rule())
}

/// Unpacks an archive into a new directory `into` below `root`: all of it, or nothing.
///
/// Files are read and compared once, while they are written to a temporary directory beside `into`; it is put in place
/// when the last byte was found right and is on disk. What a killed process leaves behind is removed by the next
/// extraction beside it. Files and directories get the usual permissions of new ones, so nothing can be executed; owners
/// and times are not restored. An archive inside the archive is looked into and written as the file that it is. What is
/// in a compressed stream that holds no tar is written under [`Limits::stream_name`].
///
/// # Errors
///
/// [`ExtractError::Refused`] for what [`inspect`](super::inspect) refuses, and for names that are guarded at this place;
/// [`ExtractError::Path`] where `into` exists, is refused, or cannot be written.
///
/// # Examples
///
/// ```
/// use guard_core::archive::{Limits, extract};
/// use guard_core::path::Root;
/// use std::io::Cursor;
///
/// # let dir = tempfile::tempdir()?;
/// let root = Root::open(dir.path())?;
/// let empty_zip = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
/// let report = extract(Cursor::new(empty_zip), &root, "unpacked", &Limits::default())?;
/// assert_eq!(report.entries.len(), 0);
/// assert!(dir.path().join("unpacked").is_dir());
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub fn extract(
    mut archive: impl Read + Seek,
    root: &Root,
    into: impl AsRef<Path>,
    limits: &Limits,
) -> Result<Report, ExtractError> {
    let tree = root.resolve(into)?.fresh_tree()?;
    let below = tree.path().to_owned();
    let mut writer = Writer { tree, file: None };
    let (report, failure) = inspect::read(&mut archive, limits, &below, &mut writer);
    if let Some(error) = failure {
        return Err(error.into());
    }
    if !report.is_accepted() {
        return Err(ExtractError::Refused(Box::new(report)));
    }
    writer.tree.commit()?;
    Ok(report)
}

/// Puts entries into a tree that nobody sees yet.
struct Writer {
    tree: FreshTree,
    file: Option<File>,
}

impl Sink for Writer {
    fn directory(&mut self, path: &str) -> Result<()> {
        Ok(self.tree.create_dir(path.as_ref())?)
    }

    fn open(&mut self, path: &str) -> Result<()> {
        self.file = Some(self.tree.create(path.as_ref())?);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.file {
            Some(file) => file.write_all(bytes).map_err(|error| Stop::Path(PathError::Io(error))),
            None => Ok(()),
        }
    }

    fn close(&mut self) -> Result<()> {
        self.file = None;
        Ok(())
    }

    fn symbolic_link(&mut self, path: &str, target: &str) -> Result<()> {
        Ok(self.tree.symbolic_link(path.as_ref(), target)?)
    }

    fn hard_link(&mut self, path: &str, target: &str) -> Result<()> {
        Ok(self.tree.hard_link(path.as_ref(), target.as_ref())?)
    }
}

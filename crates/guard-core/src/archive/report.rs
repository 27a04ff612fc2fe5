use serde::{Serialize, Serializer};

use super::Format;
use crate::{Decision, Verdict};

/// What is in an archive, and what is to be said about it.
///
/// Where the archive is refused, the entries are those that came before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What the file is; `None` where it is no archive.
    pub format: Option<Format>,
    /// Size of the file.
    pub size: u64,
    /// The entries of the outermost archive, in its order.
    pub entries: Vec<Entry>,
    /// Bytes of content, summed over all levels.
    pub output_bytes: u64,
    /// Entries, summed over all levels.
    pub total_entries: u64,
    /// Units of work that were needed, see [`Limits::work`](super::Limits::work).
    pub work: u64,
    #[serde(serialize_with = "findings", rename = "findings")]
    pub(super) verdict: Verdict,
}

impl Report {
    /// The decision, and every finding. A span counts bytes from the beginning of the file, in a compressed tar from
    /// the beginning of the tar; the subject names the entry, with the archives it is in before it.
    #[must_use]
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The verdict alone.
    #[must_use]
    pub fn into_verdict(self) -> Verdict {
        self.verdict
    }

    /// Whether the archive may be unpacked.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.verdict.decision() == Decision::Allow
    }
}

fn findings<S: Serializer>(verdict: &Verdict, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(verdict.findings())
}

/// One entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Below the place where it is unpacked, without a slash at the end; untrusted text.
    pub name: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: EntryKind,
    /// Bytes of content as counted.
    pub size: u64,
    /// Where its header begins.
    pub offset: u64,
    /// Whether it was marked as executable; unpacked, it is not.
    pub is_executable: bool,
    /// The format, for an archive inside the archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holds: Option<Format>,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "target", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link with its text, which leads to a place inside; untrusted text.
    SymbolicLink(String),
    /// Another name of a file that came before; untrusted text.
    HardLink(String),
}

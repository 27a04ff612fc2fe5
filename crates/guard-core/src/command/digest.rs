//! What a consent is bound to.

use std::fmt;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::context::{Context, View};
use super::effects::Effects;
use super::interpret::Step;
use crate::path::Root;

/// Bytes of the files together that are read; what is larger counts by its size and times.
const MAX_CONTENT: u64 = 1 << 20;

/// A fingerprint of a command: its text, the directory, the identity of the root, the commands as decoded, and on disk the content
/// of the project's files that it runs.
///
/// Two commands with one fingerprint are the same command in the same place, running the same files; SHA-256, each part with its
/// length before it. Evaluate once more when the consent comes, and a file that was changed meanwhile makes another fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    pub(super) fn of(text: &str, context: &Context, steps: &[Step], effects: &Effects) -> Self {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(bytes);
        };
        part(b"guard command 1");
        part(text.as_bytes());
        part(context.root().as_os_str().as_encoded_bytes());
        part(context.cwd.as_os_str().as_encoded_bytes());
        match &context.view {
            View::Disk(root) => part(&identity(root.path())),
            View::Lexical(_) => part(b"lexical"),
        }
        for step in steps {
            part(b"step");
            for arg in &step.argv {
                part(arg.as_bytes());
            }
        }
        if let View::Disk(root) = &context.view {
            let mut left = MAX_CONTENT;
            for path in effects.executes() {
                part(b"file");
                part(path.as_os_str().as_encoded_bytes());
                part(&content(root, path, &mut left));
            }
        }
        Self(hash.finalize().into())
    }

    /// The bytes, to be stored beside a question.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A digest that was stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The fingerprint of a file's content; of what is not read, of its size, time and identity.
fn content(root: &Root, path: &Path, left: &mut u64) -> Vec<u8> {
    let Ok(file) = root.resolve(path).and_then(|confined| confined.open()) else {
        return b"unreadable".to_vec();
    };
    let Ok(metadata) = file.metadata() else { return b"unreadable".to_vec() };
    if metadata.len() > *left {
        let numbers = [metadata.dev(), metadata.ino(), metadata.len()];
        let times = [metadata.mtime(), metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()];
        let mut out = b"large".to_vec();
        out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        out.extend(times.iter().flat_map(|number| number.to_le_bytes()));
        return out;
    }
    *left -= metadata.len();
    let mut bytes = Vec::new();
    match file.take(metadata.len() + 1).read_to_end(&mut bytes) {
        Ok(_) => Sha256::digest(&bytes).to_vec(),
        Err(_) => b"unreadable".to_vec(),
    }
}

/// Device and inode of the root, so that a consent dies with the directory it was given for.
fn identity(root: &Path) -> Vec<u8> {
    std::fs::metadata(root).map_or_else(
        |_| b"missing".to_vec(),
        |metadata| [metadata.dev().to_le_bytes(), metadata.ino().to_le_bytes()].concat(),
    )
}

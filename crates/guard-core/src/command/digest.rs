//! What a consent is bound to.

use std::fmt;

use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::context::{Context, View};
use super::interpret::Step;

/// A fingerprint of a command: its text, the directory, the identity of the root and the commands as decoded.
///
/// Two commands with one fingerprint are the same command in the same place; SHA-256, each part with its length before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    pub(super) fn of(text: &str, context: &Context, steps: &[Step]) -> Self {
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

/// Device and inode of the root, so that a consent dies with the directory it was given for.
fn identity(root: &std::path::Path) -> Vec<u8> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(root).map_or_else(
        |_| b"missing".to_vec(),
        |metadata| [metadata.dev().to_le_bytes(), metadata.ino().to_le_bytes()].concat(),
    )
}

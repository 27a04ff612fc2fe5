//! What the host tells the stage: one bounded JSON document, passed as arguments.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::profile::{Limits, Network};

/// Bytes of a plan at most.
const MAX_BYTES: usize = 1 << 20;
/// Bytes of one argument; the kernel takes 128 KiB.
const MAX_CHUNK: usize = 96 << 10;
const MAX_PATHS: usize = 8_192;

/// Which of the two processes a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    /// The first one of the cell: starts the other, and ends the cell.
    Keeper,
    /// The one that restricts itself.
    Program,
}

/// What the restricted stage is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Step {
    /// Exit with status 0: the cell stands.
    Try,
    /// Become the program.
    Execute,
}

/// What holds the cell beside the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// Namespaces and mounts by bubblewrap.
    Bubblewrap,
    /// Nothing: Landlock and seccomp alone.
    Degraded,
}

/// A path of any bytes, carried in JSON as one character per byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) PathBuf);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text: String = self.0.as_os_str().as_bytes().iter().copied().map(char::from).collect();
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = text.chars().map(u8::try_from).collect::<Result<Vec<u8>, _>>();
        let bytes = bytes.map_err(|_| serde::de::Error::custom("a character is not a byte"))?;
        if bytes.contains(&0) {
            return Err(serde::de::Error::custom("a path holds a NUL byte"));
        }
        Ok(Self(PathBuf::from(OsString::from_vec(bytes))))
    }
}

impl From<&Path> for Bytes {
    fn from(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

/// One run of the stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    pub(crate) role: Role,
    pub(crate) step: Step,
    pub(crate) backend: Backend,
    pub(crate) network: Network,
    pub(crate) limits: Limits,
    /// The directory that the program starts in.
    pub(crate) cwd: Bytes,
    /// What Landlock lets the program read and execute.
    pub(crate) readable: Vec<Bytes>,
    /// What Landlock lets the program change.
    pub(crate) writable: Vec<Bytes>,
    /// Files that have to be unreadable before the program starts.
    pub(crate) masked_files: Vec<Bytes>,
    /// Directories that have to be empty and read-only before the program starts.
    pub(crate) masked_dirs: Vec<Bytes>,
    /// Paths that have to lie on read-only mounts before the program starts.
    pub(crate) guarded: Vec<Bytes>,
    /// The number of an inherited pipe that hangs up when the host lets go of the cell.
    pub(crate) lifeline: u32,
    /// The keeper that a program's stage is a child of.
    pub(crate) parent: Option<u32>,
}

/// A plan that is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PlanError {
    /// Longer than a plan is.
    #[error("the plan is too large")]
    TooLarge,
    /// Not a plan in JSON.
    #[error("the plan is malformed")]
    Malformed,
}

impl Plan {
    pub(crate) fn parse(text: &str) -> Result<Self, PlanError> {
        if text.len() > MAX_BYTES {
            return Err(PlanError::TooLarge);
        }
        let plan: Self = serde_json::from_str(text).map_err(|_| PlanError::Malformed)?;
        let lists = [&plan.readable, &plan.writable, &plan.masked_files, &plan.masked_dirs, &plan.guarded];
        if lists.iter().any(|list| list.len() > MAX_PATHS) {
            return Err(PlanError::TooLarge);
        }
        Ok(plan)
    }

    pub(crate) fn to_json(&self) -> Result<String, PlanError> {
        let text = serde_json::to_string(self).map_err(|_| PlanError::Malformed)?;
        if text.len() > MAX_BYTES { Err(PlanError::TooLarge) } else { Ok(text) }
    }

    /// The arguments that carry the plan: how many pieces, then the pieces.
    pub(crate) fn to_arguments(&self) -> Result<Vec<OsString>, PlanError> {
        let text = self.to_json()?;
        let mut rest = text.as_str();
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let end = (0..=MAX_CHUNK.min(rest.len())).rev().find(|end| rest.is_char_boundary(*end));
            let (piece, tail) = rest.split_at(end.unwrap_or(rest.len()));
            pieces.push(OsString::from(piece));
            rest = tail;
        }
        pieces.insert(0, OsString::from(pieces.len().to_string()));
        Ok(pieces)
    }

    /// Reads what [`to_arguments`](Self::to_arguments) wrote; what follows is left in the iterator.
    pub(crate) fn from_arguments<T: AsRef<OsStr>>(
        arguments: &mut impl Iterator<Item = T>,
    ) -> Result<Self, PlanError> {
        let text = |argument: Option<T>| -> Result<String, PlanError> {
            let argument = argument.ok_or(PlanError::Malformed)?;
            Ok(argument.as_ref().to_str().ok_or(PlanError::Malformed)?.to_owned())
        };
        let count: usize = text(arguments.next())?.parse().map_err(|_| PlanError::Malformed)?;
        if count > MAX_BYTES / MAX_CHUNK + 1 {
            return Err(PlanError::TooLarge);
        }
        let mut whole = String::new();
        for _ in 0..count {
            whole.push_str(&text(arguments.next())?);
        }
        Self::parse(&whole)
    }
}

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

/// A file or directory, whatever its names are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    pub(crate) path: Bytes,
    pub(crate) device: u64,
    pub(crate) inode: u64,
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
    /// What has to be mounted at each place before the program starts.
    pub(crate) shown: Vec<Identity>,
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
        if plan.shown.len() > MAX_PATHS || lists.iter().any(|list| list.len() > MAX_PATHS) {
            return Err(PlanError::TooLarge);
        }
        Ok(plan)
    }

    /// Whether a mask lies over the path or above it.
    pub(crate) fn is_masked(&self, path: &Path) -> bool {
        let mut masks = self.masked_files.iter().chain(&self.masked_dirs);
        masks.any(|Bytes(mask)| path.starts_with(mask))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path() -> impl Strategy<Value = Bytes> {
        prop::collection::vec(1..=u8::MAX, 0..20)
            .prop_map(|bytes| Bytes(PathBuf::from(OsString::from_vec(bytes))))
    }

    fn plan() -> impl Strategy<Value = Plan> {
        let paths = || prop::collection::vec(path(), 0..5);
        let kind = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
        (kind, paths(), paths(), paths(), path(), any::<(u32, Option<u32>, u64)>()).prop_map(
            |(
                (keeper, execute, whole, online),
                readable,
                writable,
                masked,
                cwd,
                (lifeline, parent, number),
            )| Plan {
                role: if keeper { Role::Keeper } else { Role::Program },
                step: if execute { Step::Execute } else { Step::Try },
                backend: if whole { Backend::Bubblewrap } else { Backend::Degraded },
                network: if online { Network::Host } else { Network::None },
                limits: Limits { cpu_seconds: number, ..Limits::default() },
                shown: vec![Identity { path: cwd.clone(), device: number, inode: number }],
                cwd,
                readable,
                writable,
                masked_files: masked.clone(),
                masked_dirs: Vec::new(),
                guarded: masked,
                lifeline,
                parent,
            },
        )
    }

    proptest! {
        #[test]
        fn a_plan_survives_its_way(plan in plan(), rest in prop::collection::vec(".*", 0..3)) {
            let mut arguments = plan.to_arguments().expect("a plan of ordinary size");
            arguments.extend(rest.iter().map(OsString::from));
            let mut arguments = arguments.into_iter();
            prop_assert_eq!(Plan::from_arguments(&mut arguments), Ok(plan));
            prop_assert_eq!(arguments.collect::<Vec<_>>(), rest.into_iter().map(OsString::from).collect::<Vec<_>>());
        }

        #[test]
        fn what_parses_is_a_plan(plan in plan(), at in any::<prop::sample::Index>(), byte in any::<char>()) {
            let mut text: Vec<char> = plan.to_json().expect("a plan of ordinary size").chars().collect();
            let at = at.index(text.len());
            text[at] = byte;
            if let Ok(changed) = Plan::parse(&text.into_iter().collect::<String>()) {
                prop_assert_eq!(Plan::parse(&changed.to_json().expect("it was parsed")), Ok(changed));
            }
        }

        #[test]
        fn arguments_of_any_kind_are_refused_or_a_plan(arguments in prop::collection::vec(".{0,40}", 0..5)) {
            prop_assert!(Plan::from_arguments(&mut arguments.iter()).is_err());
        }
    }

    #[test]
    fn a_long_plan_goes_in_pieces() {
        let long = Bytes(PathBuf::from("\u{e9}".repeat(2_000)));
        let mut plan = Plan::parse(&minimal()).expect("a plan");
        plan.guarded = vec![long; 50];
        let arguments = plan.to_arguments().expect("a plan");
        assert!(arguments.len() > 3 && arguments.iter().all(|argument| argument.len() <= MAX_CHUNK));
        assert_eq!(Plan::from_arguments(&mut arguments.iter()), Ok(plan.clone()));
        plan.guarded = vec![plan.guarded[0].clone(); 500];
        assert_eq!(plan.to_arguments(), Err(PlanError::TooLarge));
    }

    #[track_caller]
    fn check(change: (&str, &str), want: Result<(), PlanError>) {
        let text = minimal();
        assert!(text.contains(change.0), "nothing to change");
        assert_eq!(Plan::parse(&text.replacen(change.0, change.1, 1)).map(drop), want);
    }

    fn minimal() -> String {
        r#"{"role":"keeper","step":"try","backend":"bubblewrap","network":"none","limits":{"cpu_seconds":1,
        "file_bytes":1,"open_files":1,"processes":1,"scratch_bytes":1},"cwd":"/","readable":[],"writable":[],"shown":[],
        "masked_files":[],"masked_dirs":[],"guarded":[],"lifeline":3,"parent":null}"#
            .to_owned()
    }

    #[test]
    fn only_a_whole_plan_is_one() {
        check(("try", "try"), Ok(()));
        check(("try", "skip"), Err(PlanError::Malformed));
        check(("none", "some"), Err(PlanError::Malformed));
        check((r#""parent":null"#, r#""parent":null,"more":1"#), Err(PlanError::Malformed));
        check((r#""readable":[],"#, ""), Err(PlanError::Malformed));
        check((r#""cwd":"/""#, r#""cwd":"/\u0000""#), Err(PlanError::Malformed));
        check((r#""cwd":"/""#, "\"cwd\":\"/\u{100}\""), Err(PlanError::Malformed));
        check((r#""lifeline":3"#, r#""lifeline":-1"#), Err(PlanError::Malformed));
        check(
            (r#""guarded":[]"#, &format!(r#""guarded":[{}"/"]"#, r#""/","#.repeat(MAX_PATHS))),
            Err(PlanError::TooLarge),
        );
    }
}

//! Confinement by handle: an approved directory, the names below it, and what may be done with them.
//!
//! [`Root`] holds a directory, [`Root::resolve`] turns untrusted text into a [`Confined`] name, and only its methods
//! open, create, list, rename or remove. [`Root::judge`] answers for programs that will open the path themselves.
//! [`FileName`] is a single name to create, for uploads and archives.
//!
//! On Linux everything rests on openat2 (5.6 and later). Where the kernel or a filter lacks it, every operation is
//! refused with `path-unsupported`; there is no weaker fallback. On macOS each name is opened from the directory before
//! it, never through a link. The tests run that way too, on Linux (`--cfg guard_core_components`); on macOS itself nothing
//! has been run. Other systems are refused when they compile it.
//!
//! # Promise
//!
//! Whatever the text, and whoever renames, links or replaces things below the root meanwhile: an operation acts on a
//! regular file or directory beneath the root, under the name that the rules were applied to, or it fails and changes
//! nothing. It never blocks on a pipe or a device, and a write never reaches a file through another of its names.
//! What an operation costs is bounded: 4095 bytes of text, 256 names, 40 links, 16 attempts against a race.
//!
//! # Threat model
//!
//! The attacker chooses the text, and may create, rename, exchange and link anything below the root at any time, as a
//! program of the same account can. Outside of the root he changes nothing. He gains nothing by reading what is
//! neither protected by name nor a secret by content.
//!
//! # Out of scope
//!
//! - Creating links, changing owners or modes.
//! - Programs that open paths themselves: judging a path is advice to a confinement, not a confinement.
//! - Hard links among fetched packages (`node_modules`, `.venv`, `target` and the like), which package managers make from
//!   a store outside: such a file is read unless another of its names is found inside and is a secret one. Elsewhere a
//!   file is read only if all its names are found, in at most 20,000 names of each root.
//! - What lies on another file system below the root: it is refused, not judged, unless [`Root::with_mounts`] approves it.
//!   Whoever may mount there may also put anything there.
//! - Other accounts with write access to the root or to a directory above it; [`Root::concerns`] reports the common
//!   cases. The superuser.
//! - Contents beyond the first 4 KiB, and secrets in the middle of other text: see the redactor of `secret`.
//! - Systems other than Linux and macOS.
#![doc = include_str!("published.md")]

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
compile_error!("the feature `path` of guard-core knows Linux and macOS");

mod accounts;
mod concerns;
mod confined;
mod content;
mod error;
mod file_name;
mod hidden;
mod home;
mod judge;
mod kernel;
mod operation;
mod other_names;
mod place;
mod portable;
mod private_dir;
mod protect;
mod root;
mod rules;
mod text;
mod tree;
mod walk;

#[cfg(feature = "archive")]
pub(crate) use self::confined::FreshTree;
pub use self::confined::{Confined, Entry, FileKind, Listing, Replacement};
pub use self::error::PathError;
pub use self::file_name::{FileName, NameError};
pub use self::judge::Judgement;
pub use self::operation::Operation;
pub use self::private_dir::private_dir;
pub use self::root::{Access, Root};
#[cfg(any(feature = "tool", feature = "archive"))]
pub(crate) use self::rules::OUTSIDE_ROOT;
pub use self::rules::RULES;
#[cfg(feature = "tool")]
pub(crate) use self::rules::SECRET_FILE;

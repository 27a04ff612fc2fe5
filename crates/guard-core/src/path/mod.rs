//! Confinement by handle: an approved directory, the names below it, and what may be done with them.
//!
//! [`Root`] holds a directory, [`Root::resolve`] turns untrusted text into a [`Confined`] name, and only its methods
//! open, create, list, rename or remove. [`Root::judge`] answers for programs that will open the path themselves.
//! [`FileName`] is a single name to create, for uploads and archives.
//!
//! Linux only: everything rests on openat2 (5.6 and later). Where the kernel or a filter lacks it, every operation is
//! refused with `path-unsupported`; there is no weaker fallback.
//!
//! # Out of scope
//!
//! - Creating links, changing owners or modes.
//! - Programs that open paths themselves: judging a path is advice to a confinement, not a confinement.
//! - Hard links made by someone who may read the target anyway: the other names of a file are searched within bounds,
//!   and inside the root only.
//! - What lies on another file system below the root: it is refused, not judged.
#![doc = include_str!("published.md")]

#[cfg(not(target_os = "linux"))]
compile_error!("the feature `path` of guard-core needs Linux: confinement rests on openat2");

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

pub use self::confined::{Confined, Entry, FileKind, Listing, Replacement};
pub use self::error::PathError;
pub use self::file_name::{FileName, NameError};
pub use self::judge::Judgement;
pub use self::operation::Operation;
pub use self::private_dir::private_dir;
pub use self::root::{Access, Root};
pub use self::rules::RULES;
#[cfg(feature = "tool")]
pub(crate) use self::rules::{OUTSIDE_ROOT, SECRET_FILE};

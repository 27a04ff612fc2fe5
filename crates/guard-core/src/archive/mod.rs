//! Archives read strictly: one that two programs would unpack differently, that grows like a bomb, or that reaches out
//! of its place is refused as a whole, with the reason.
//!
//! ```
//! use guard_core::archive::{Limits, inspect};
//! use std::io::Cursor;
//!
//! let upload = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
//! let report = inspect(Cursor::new(upload), &Limits::default());
//! assert!(report.is_accepted() && report.entries.is_empty());
//! ```
//!
//! [`inspect`] reports, [`extract`] unpacks: everything or nothing. [`Limits`] is the budget, one for all levels. What an archive is, is decided by its first bytes.
//!
//! # Out of scope
//!
//! - Writing archives, and repairing them: nothing is skipped, renamed or guessed.
//! - Encrypted archives, spanned archives, 7z, rar, cab and others: refused with a code of their own.
//! - What files contain, other than archives. A broken archive inside an archive is a file like any other and is only
//!   reported; a bomb or an escape inside refuses the whole.
//! - File owners, times, and extended attributes: they are not restored.

mod budget;
mod extract;
mod feed;
mod inspect;
mod limits;
mod magic;
mod name;
mod names;
mod policy;
mod report;
mod rules;
mod sink;
mod spare;
mod stop;
mod stream;
mod tar;
mod tree;
mod walk;
mod window;
mod zip;

pub use self::extract::{ExtractError, extract};
pub use self::inspect::{inspect, scan_zip};
pub use self::limits::Limits;
pub use self::magic::Format;
pub use self::report::{Entry, EntryKind, Report};
pub use self::rules::RULES;

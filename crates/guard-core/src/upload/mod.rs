//! Uploaded files judged by name, by content, and by whether the two agree.
//!
//! ```
//! use guard_core::Decision;
//! use guard_core::upload::Policy;
//!
//! let policy = Policy::default();
//! assert_eq!(policy.judge("main.rs", b"fn main() {}\n").verdict().decision(), Decision::Allow);
//!
//! let report = policy.judge("holiday.png", b"<!DOCTYPE html><script>alert(1)</script>");
//! assert_eq!(report.verdict().decision(), Decision::Deny);
//! assert_eq!(report.verdict().findings()[0].code(), "upload-kind-mismatch");
//! assert_eq!(
//!     report.sentences().next().as_deref(),
//!     Some("The content is not what the name says: called a PNG picture, but it is a web page. Send it under a name that fits its content.")
//! );
//! ```
//!
//! [`Policy`] holds the [`Limits`] and the [`Kinds`] that are known; an owner extends them with [`NewKind`]s. What a
//! file is, is decided by its content; a name can make the answer stricter, never milder. Text, scripts and source
//! code are ordinary: judging what a script would do is for [`command`](crate::command).
//!
//! # Out of scope
//!
//! - Viruses, and faults of the programs that open a file. Pixels are not decoded: sizes are read from headers.
//! - What PDF documents, recordings and films contain: they are known by their first bytes, and nothing may follow them.
//! - Secrets in contents: see [`secret`](crate::secret).
//! - Where the file is written: see [`path`](crate::path).

mod content;
mod kind;
mod markup;
mod name;
mod picture;
mod policy;
mod polyglot;
mod report;
mod rules;
mod text;
mod xml;

pub use self::kind::{Class, Kind, KindError, Kinds, NewKind};
pub use self::policy::{Limits, Policy};
pub use self::report::{Report, sentence};
pub use self::rules::RULES;

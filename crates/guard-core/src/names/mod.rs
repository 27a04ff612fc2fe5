//! Names of files that are never read or never written: which rule protects a path, or may protect what a glob names.
//!
//! ```
//! use guard_core::names::{Kind, Pattern, classify, classify_pattern};
//! use std::path::Path;
//!
//! let rule = classify(Path::new("config/.ENV")).expect("a twin of .env");
//! assert_eq!((rule.id, rule.kind), ("environment-file", Kind::Secret));
//! assert!(classify(Path::new("config/.env.example")).is_none());
//!
//! let glob = Pattern::new().text("config/.e").any_char().text("v");
//! assert_eq!(classify_pattern(&glob).map(|rule| rule.id), Some("environment-file"));
//! ```
//!
//! The rules are data (`data/secret_names.toml`, `data/guarded_names.toml`), compiled into the program. Names are
//! compared folded: letter case, Unicode compatibility forms, invisible characters and trailing dots or spaces do not
//! make another name, because some file system or program treats them as the same.
//!
//! # Out of scope
//!
//! Links: a caller applies the rules to the path as written *and* to the path of what was opened. `..` is an ordinary
//! component here: a caller also asks for the path with `..` resolved. Copies under an innocent name: that is what
//! content rules are for.

mod automaton;
mod fold;
mod hint;
mod index;
mod pattern;
mod query;
mod rule;

pub use automaton::{classify_aimed, classify_pattern};
#[cfg(feature = "archive")]
pub(crate) use fold::is_name;
pub use index::classify;
#[cfg(feature = "path")]
pub(crate) use index::is_ordinary;
pub use pattern::Pattern;
pub use rule::{Kind, NameRule, rules};

#[cfg(test)]
mod tests;

//! Finds secrets in text by their shape and takes them out, also from a stream.
//!
//! ```
//! use guard_core::secret::Redactor;
//!
//! let redactor = Redactor::new();
//! let text = "remote: https://ci:hunter2xx@git.example.com/a.git";
//! assert_eq!(redactor.redact(text), "remote: https://ci:…[redacted connection-password]@git.example.com/a.git");
//! assert_eq!(redactor.redact("nothing here"), "nothing here");
//! ```
//!
//! The rules are data (`data/secret_contents.toml`), compiled into the program. One pass of an Aho-Corasick automaton
//! finds their keywords; where one stands, the rule's regular expression looks at a bounded window. What a rule
//! decides depends on that window alone, so that [`Stream`] finds the same in any chunks.
//!
//! # Measured
//!
//! `cargo bench -p guard-benches --bench redact_corpus` plants secrets of every rule, drawn anew, in four kinds of text:
//! 58,810 of 59,000 are found (99.7 %). In 18,486 text files of fetched crates (248 MiB) it takes out 88 stretches in
//! 24 files: 45 private keys of tests, 32 passwords in addresses that tests of parsers are made of, and 11 others.
//!
//! # Out of scope
//!
//! Secrets without a shape, other than those that [`Redactor::with_values`] is told of; secrets that were encoded
//! (base64 but for whole key files, percent, compressed) or split; rules of the caller's own. Whether a token is live is not asked of anybody.
//! What touches a mark that is already in the text: it was part of what was taken out before.
//! Of a secret longer than its rule's reach (16 KiB for private keys, 8 KiB for JSON web tokens, 512 bytes for most)
//! the rest stays.

mod filter;
mod gate;
mod redactor;
mod rule;
mod span;
mod stream;
mod values;

pub use redactor::{Found, Redactor};
pub use rule::{ContentRule, rules};
pub use stream::Stream;
pub use values::ValueError;

#[cfg(test)]
mod tests;

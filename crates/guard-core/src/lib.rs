//! Confined paths, secret names and contents, shell commands judged by structure and effect, and archives read strictly.

#[cfg(feature = "archive")]
pub mod archive;
#[cfg(feature = "command")]
pub mod command;
mod decision;
#[cfg(any(feature = "path", feature = "secret"))]
pub mod names;
#[cfg(feature = "path")]
pub mod path;
#[cfg(feature = "secret")]
pub mod secret;
#[cfg(feature = "tool")]
pub mod tool;

pub use decision::{Decision, Finding, Requires, Rule, Severity, Span, Verdict};

//! Confined paths, secret names and contents, shell commands judged by structure and effect, archives read strictly, and uploads.

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
#[cfg(feature = "upload")]
pub mod upload;

pub use decision::{Decision, Finding, Requires, Rule, Severity, Span, Verdict};

//! Tests of the public interface.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panic"
)]

#[cfg(feature = "archive")]
mod archive;
#[cfg(feature = "command")]
mod command;
#[cfg(feature = "path")]
mod path;
#[cfg(feature = "tool")]
mod tool;
#[cfg(feature = "upload")]
mod upload;

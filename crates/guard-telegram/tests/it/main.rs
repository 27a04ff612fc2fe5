//! The client against a server that does what a test says, and the laws of text.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails panics"
)]

mod calls;
mod failures;
mod files;
mod markdown;
mod polls;
mod stub;
mod texts;
mod tls;
mod token;

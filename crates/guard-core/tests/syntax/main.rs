//! The shell parser and the static expansion of words.
#![cfg(feature = "command")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking"
)]

mod bounds;
mod expand;
mod laws;
mod ordinary;
mod portable;
mod print;
mod trees;

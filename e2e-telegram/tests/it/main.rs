//! The server held against clients that were not written here, and the bot held against the server.
//!
//! Installs the clients from PyPI and npm, and other people's fixtures from crates.io, into the user's cache on first
//! use. What cannot be had fails the tests that need it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    reason = "a helper of a test fails the test, looks at the clock, and at the events that it is about"
)]

mod bot;
mod cache;
mod claude;
#[path = "../../../e2e-claude/tests/it/cli.rs"]
mod claude_cli;
mod client;
mod clients;
mod conversation;
mod crash;
mod edges;
mod figures;
mod fixtures;
mod full;
mod setup;
mod stand;
mod storm;
#[allow(dead_code, reason = "its own package uses all of it")]
#[path = "../../../e2e-claude/tests/it/stub.rs"]
mod stub;
mod uploads;
#[allow(dead_code, reason = "its own tests use all of it")]
#[path = "../../../crates/guard-core/tests/it/archive/build/zip.rs"]
mod zip;

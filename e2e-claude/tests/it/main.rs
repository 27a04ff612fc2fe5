//! The real agent in a cell. Installs the npm package of the agent into the user's cache on first use.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    reason = "a helper of a test fails the test, looks at the clock, and at the events that it is about"
)]

mod bare;
mod bot;
mod canaries;
mod cli;
mod console;
mod conversation;
mod failures;
mod hook;
mod hostile;
mod person;
mod relay;
mod stand;
mod stub;
mod telegram;
mod tools;
mod traps;

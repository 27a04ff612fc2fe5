//! The command line as a user meets it, without any outside part.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that fails panics"
)]

mod audit;
mod check;
mod extract;
mod hook;
mod hostile;
mod set_up;
mod support;
mod unread;

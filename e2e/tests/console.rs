//! The console as a person meets it: real bubblewrap, real programs, real input.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a test that fails panics"
)]

mod consoles;

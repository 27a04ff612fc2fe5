//! Tests of the public surface.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed helper is a failed test")]

mod no_space;
mod open;
mod support;
mod write;

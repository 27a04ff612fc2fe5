//! Tests of the public surface.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed helper is a failed test")]

mod open;
mod support;
mod write;

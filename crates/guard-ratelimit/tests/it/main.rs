//! Tests of the public surface; one set of laws runs against every place that can hold the state.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a failed helper is a failed test"
)]

mod cost;
mod quota;
mod requests;
mod support;
mod usd;

#[cfg(feature = "sqlite")]
mod durable;
#[cfg(feature = "sqlite")]
mod killed;

//! The relay between a model API of ours and clients of others.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper that fails fails its test")]

mod budget;
mod clients;
mod failures;
mod refusals;
mod setup;
mod stub;
mod tls;
mod tunnels;
mod usage;

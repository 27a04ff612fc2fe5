//! One file per concern.

mod bad_input;
mod builds;
mod degraded;
mod demo;
mod failures;
mod session;
mod stop;
mod support;

//! Limits on how often requests come.

mod bounded;
#[cfg(feature = "sqlite")]
mod gcra;
mod limiter;
mod memory;
mod refusal;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use limiter::RequestLimiter;
pub use refusal::{Permit, Refusal};

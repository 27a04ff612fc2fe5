//! Request limits and cost budgets: exact, bounded, and durable where asked.
//!
//! ```
//! use std::num::{NonZeroU32, NonZeroUsize};
//! use std::time::Duration;
//!
//! use guard_ratelimit::{CostLimiter, CostPolicy, Quota, Refusal, RequestLimiter, Usd};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Two requests at once, then one every minute.
//! let quota = Quota::new(NonZeroU32::MIN, Duration::from_secs(60), NonZeroU32::try_from(2)?)?;
//! let requests = RequestLimiter::in_memory(quota, NonZeroUsize::try_from(10_000)?);
//! let _permit = requests.try_take(&"user:7")?;
//! let _permit = requests.try_take(&"user:7")?;
//! assert!(matches!(requests.try_take(&"user:7"), Err(Refusal::Wait { retry_after }) if retry_after.as_secs() >= 59));
//!
//! // Five dollars a day, at most half a dollar for one run.
//! let policy = CostPolicy::new(Usd::parse("5")?, Usd::parse("0.50")?, Duration::from_secs(900))?;
//! let budget = CostLimiter::in_memory(policy);
//! let mut hold = budget.reserve("user:7", Usd::parse("0.50")?)?;
//! let left = hold.observe("msg_1", Usd::parse_rounding_up("0.0123")?)?;
//! assert_eq!(left.to_string(), "0.4877 USD");
//! hold.settle(Usd::parse("0.02")?)?;
//! assert_eq!(budget.balance("user:7")?.left.to_string(), "4.98 USD");
//! # Ok(())
//! # }
//! ```
//!
//! - [`RequestLimiter`]: admits requests key by key, as a [`Quota`] says, in a bounded number of keys; grants a
//!   [`Permit`] or a [`Refusal`] that says when to come back.
//! - [`CostLimiter`]: grants a [`Hold`] before money is spent, under a [`CostPolicy`]; [`Balance`] is what is left.
//! - [`Usd`]: whole millionths of a dollar; there is no floating point in this crate.
//! - [`Clock`] and [`WallClock`]: where the time comes from; [`SystemClock`] unless another is given.
//!
//! With the feature `sqlite` both limiters can live in a `guard-store` file, where they survive restarts and are
//! shared by the processes of one machine.
//!
//! # Out of scope
//!
//! Prices (which model costs what), waiting in a queue, fairness between waiting callers, limits across machines, and
//! deleting old ledger entries. Calls block: from asynchronous code, call the durable limiters on a blocking thread.

mod clock;
mod cost;
mod quota;
mod request;
#[cfg(feature = "sqlite")]
mod schema;
mod usd;

pub use clock::{Clock, SystemClock, WallClock};
pub use cost::{Balance, CostLimiter, CostPolicy, CostPolicyError, CostRefusal, Hold, HoldError, Receipt};
pub use quota::{Quota, QuotaError};
pub use request::{Permit, Refusal, RequestLimiter};
#[cfg(feature = "sqlite")]
pub use schema::MIGRATIONS;
pub use usd::{Usd, UsdError};

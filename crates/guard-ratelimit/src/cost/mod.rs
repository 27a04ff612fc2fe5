//! Budgets in money: reserve, observe, settle.

mod balance;
mod book;
mod day;
mod hold;
mod limiter;
mod memory;
mod policy;
mod refusal;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use balance::Balance;
pub use hold::{Hold, Receipt};
pub use limiter::CostLimiter;
pub use policy::{CostPolicy, CostPolicyError};
pub use refusal::{CostRefusal, HoldError};

//! A request limit and a budget that survive a restart.
//!
//! Run with `cargo run -p guard-examples --example limits`.

use std::error::Error;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use guard_ratelimit::{CostLimiter, CostPolicy, MIGRATIONS, Quota, Refusal, RequestLimiter, Usd};
use guard_store::Store;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    // The store makes this directory, private to us.
    let path = directory.path().join("state").join("limits.db");

    // Five a minute, of which three at once.
    let quota = Quota::new(NonZeroU32::try_from(5)?, Duration::from_secs(60), NonZeroU32::try_from(3)?)?;
    // One dollar a day, half of it for one run.
    let policy = CostPolicy::new(Usd::parse("1")?, Usd::parse("0.50")?, Duration::from_secs(900))?;

    for start in 1..=2 {
        println!("start {start}");
        let store = Store::open(&path, MIGRATIONS)?;
        let requests =
            RequestLimiter::<i64>::sqlite(store.clone(), "prompts", quota, NonZeroUsize::try_from(1000)?);
        let budget = CostLimiter::sqlite(store, policy);
        for request in 1..=2 {
            match requests.try_take(&7) {
                Ok(_permit) => println!("  request {request}: admitted"),
                Err(Refusal::Wait { retry_after }) => {
                    println!("  request {request}: again in {:.1} s", retry_after.as_secs_f64());
                    continue;
                }
                Err(refusal) => return Err(refusal.into()),
            }
            let mut hold = match budget.reserve("user:7", Usd::parse("0.50")?) {
                Ok(hold) => hold,
                Err(refusal) => {
                    println!("  no money: {refusal} ({})", refusal.code());
                    continue;
                }
            };
            // What the model reports while it works, as text: no float comes near the ledger.
            let left = hold.observe("msg_1", Usd::parse_rounding_up("0.1234567")?)?;
            println!("  {left} of this run left");
            let receipt = hold.settle(Usd::parse_rounding_up("0.3000001")?)?;
            println!("  charged {}, {} left today", receipt.charged, budget.balance("user:7")?.left);
        }
    }
    Ok(())
}

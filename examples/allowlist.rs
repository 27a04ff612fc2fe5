//! A function that cannot be called for a stranger.
//!
//! Run with `cargo run -p guard-examples --example allowlist`.

use guard_auth::{Allowlist, AuthError, Principal, UserId};

fn greet(who: Principal) {
    println!("hello {who}, {}", who.role());
}

fn main() -> Result<(), AuthError> {
    let list = Allowlist::parse("123, 456")?;
    for id in [123, 456, 789] {
        match list.authenticate(UserId::new(id)?) {
            Ok(principal) => greet(principal),
            Err(error) => println!("{id}: {} ({error})", error.code()),
        }
    }
    Ok(())
}

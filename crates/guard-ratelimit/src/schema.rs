//! The tables of this crate.

use guard_store::Migration;

/// The tables that a store needs for the limiters of this crate; pass them to `Store::open`.
pub const MIGRATIONS: &[Migration] = &[Migration::new("ratelimit", 1, include_str!("schema.sql"))];

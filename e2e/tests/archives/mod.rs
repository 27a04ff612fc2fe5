#[path = "../../../e2e-telegram/tests/it/cache.rs"]
mod cache;
mod differential;
mod mutated;
mod people;
mod shapes;
#[allow(dead_code, reason = "its own tests use all of it")]
#[path = "../../../crates/guard-core/tests/it/archive/build/tar.rs"]
mod tar;
mod tools;
#[allow(dead_code, reason = "its own tests use all of it")]
#[path = "../../../crates/guard-core/tests/it/archive/build/zip.rs"]
mod zip;

use std::io::Cursor;

use guard_core::archive::{Limits, inspect};

/// The code that refuses an archive, or `ok`.
fn verdict(bytes: &[u8]) -> &'static str {
    let report = inspect(Cursor::new(bytes), &Limits::default());
    if report.is_accepted() {
        return "ok";
    }
    report.verdict().reasons().next().expect("a reason").code()
}

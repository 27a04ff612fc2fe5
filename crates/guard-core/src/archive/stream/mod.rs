//! Compressed streams: each decoder is wrapped so that what it reads and makes is counted, and so that a panic in a
//! library becomes a refusal.

mod bzip2;
mod gzip;
mod inflate;
mod xz;
mod zstd;

pub(super) use self::bzip2::Bzip2;
pub(super) use self::gzip::{Gzip, zeros};
pub(super) use self::inflate::Inflate;
pub(super) use self::xz::Xz;
pub(super) use self::zstd::Zstd;

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::rules;
use super::stop::Stop;

/// Calls into a library; a panic means that it met something it was not made for.
fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, Stop> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|_| Stop::from(&rules::DAMAGED))
}

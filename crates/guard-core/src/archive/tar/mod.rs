//! TAR: ustar, pax, GNU long names, and the old form without a magic number.
//!
//! Source: POSIX.1-2017 (pax), the GNU tar manual (basic format); CVE-2025-62518 for two sizes of one entry.

mod header;
mod pax;
mod read;

pub(super) use self::header::is_tar;
pub(super) use self::read::read;

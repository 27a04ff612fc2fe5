//! Archives beside what the standard tools make of them: those of people, those of common programs, those of the
//! generators, and thousands of damaged ones. Where two tools would unpack different things, the guard refuses.
//!
//! Needs unzip, zip, 7z, bsdtar, GNU tar, python3, jar, git, npm, pip and apt, and fetches some packages once into the
//! user's cache. What cannot be had fails the tests that need it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of a test fails the test"
)]

mod archives;

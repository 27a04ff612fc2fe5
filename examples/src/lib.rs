//! Small programs, one per guard crate.

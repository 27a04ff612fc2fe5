//! Builds archives, sound ones and those of every class of attack; nothing here trusts the code under test.

pub(crate) mod streams;
pub(crate) mod tar;
pub(crate) mod zip;

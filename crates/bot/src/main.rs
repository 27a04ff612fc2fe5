//! `guard-bot`: the command line.
fn main() {}

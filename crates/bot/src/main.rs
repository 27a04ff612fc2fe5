//! `guard-bot`: the command line.

mod config;

fn main() {}

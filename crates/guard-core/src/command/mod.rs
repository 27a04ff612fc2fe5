//! Shell commands: what a text would run, read and write, and whether that is allowed.

pub mod syntax;

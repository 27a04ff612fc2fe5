//! Small programs, one per guard crate. Run with `cargo run -p guard-examples --example NAME`.

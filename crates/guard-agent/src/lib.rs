//! Engines that act in a cell: the shell agent, and later Claude Code behind a model relay.
//!
//! An engine takes an [`Approved`](guard_core::command::Approved) command, compiles a cell from *its own effects* and runs
//! it there: a mistake of the analysis ends in "permission denied". [`Shell`] has no model and needs no account.
//!
//! # Out of scope
//!
//! Deciding what may run (`guard-core`), asking a person, limits and records (the caller).

pub mod claude;
mod error;
mod git;
mod protect;
pub mod relay;
mod running;
mod shell;

pub use error::AgentError;
pub use guard_sandbox::{Backend, Enforced, Exit};
pub use protect::Protected;
pub use running::{Chunk, Running, Stop};
pub use shell::{Options, Shell};

//! Engines that act in a cell: the shell agent and Claude Code, and the relay through which a cell reaches its model.
//!
//! [`Shell`] takes an [`Approved`](guard_core::command::Approved) command, compiles a cell from *its own effects* and runs
//! it there: a mistake of the analysis ends in "permission denied". It has no model and needs no account. [`claude`] drives the real command-line
//! agent and brings each of its tool calls to a judge; [`relay`] keeps its credential outside of the cell.
//!
//! # Out of scope
//!
//! Deciding what may run (`guard-core`), asking a person, limits and records (the caller).

pub mod claude;
mod error;
mod git;
mod guarded;
mod home;
mod money;
mod protect;
pub mod relay;
mod repository;
mod running;
mod search;
mod shell;

pub use error::AgentError;
pub use guard_sandbox::{Backend, Enforced, Exit};
pub use guarded::Moved;
pub use money::MicroUsd;
pub use protect::Protected;
pub use running::{Chunk, Running, Stop};
pub use shell::{Options, Shell};

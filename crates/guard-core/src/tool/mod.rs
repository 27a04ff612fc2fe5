//! An agent's tool call: parsed into what it touches, and judged.
//!
//! ```
//! use guard_core::path::Root;
//! use guard_core::tool::{Surroundings, ToolCall, evaluate};
//! use guard_core::{Decision, Verdict};
//! use serde_json::json;
//!
//! # let dir = tempfile::tempdir()?;
//! let root = Root::open(dir.path())?;
//! let surroundings = Surroundings::new(&root).cwd("src");
//! let call = ToolCall::parse("Read", &json!({"file_path": "../.env"}))?;
//! // Commands are judged by the caller's policy; this one refuses them all.
//! let verdict = evaluate(&call, &surroundings, |_command| Verdict::undecided());
//! assert_eq!(verdict.decision(), Decision::Deny);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! The names and inputs are those of Claude Code. What is not known by name is asked, never allowed.
//!
//! # Out of scope
//!
//! - The contents that are written: only their size is bounded here.
//! - What a sub-agent does: it is started without a question, because each of its own tool calls comes back here.
//! - The race between this answer and the tool's own opening of the path: that is what the cell is for.

mod call;
mod evaluate;
mod glob;
mod rules;

pub use self::call::{ToolCall, ToolError};
pub use self::evaluate::{Surroundings, evaluate};
pub use self::rules::RULES;

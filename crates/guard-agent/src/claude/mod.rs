//! Claude Code in a cell: a hermetic launch, every tool call before a judge, questions to a person.
//!
//! ```no_run
//! use guard_agent::claude::{Claude, Event, Options, Places, Start};
//! use guard_core::tool::{Surroundings, ToolCall, evaluate};
//! use guard_core::{Verdict, path::Root};
//!
//! // First in `main`: inside the cell this same executable is the stage and the agent's parent.
//! guard_sandbox::stage::run_if_requested();
//! guard_agent::claude::run_if_requested();
//!
//! let places = Places { home: "/var/lib/guard/home/7".into(), quarantine: "/var/lib/guard/quarantine/7".into(),
//!     relay: "/run/guard/relay".into() };
//! let claude = Claude::new(Options::new("/opt/claude/claude", "/srv/project", "claude-sonnet-4-5", places))?;
//! let root = Root::open("/srv/project")?;
//! let judge = move |call: &ToolCall, cwd: &std::path::Path| {
//!     evaluate(call, &Surroundings::new(&root).cwd(cwd), |_command| Verdict::undecided())
//! };
//! let start = Start { prompt: "explain this project".into(), ..Start::default() };
//! let mut session = claude.start(start, judge)?;
//! while let Some(event) = session.blocking_next() {
//!     match event {
//!         Event::Text { text, .. } => println!("{}", text.escape_debug()),
//!         Event::Ask(ask) => ask.deny("not today"),
//!         Event::Turn(_) => session.control().finish(),
//!         _ => {}
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`Claude`] is an executable whose version was asked for in a cell; [`Claude::start`] begins a [`Session`].
//! - [`Judge`] decides about each call. Its deny holds; its ask becomes an [`Ask`]; its allow is *no opinion* toward the
//!   agent's own rules, so that the guard never widens them.
//! - [`Event`] is what happens. Each [`Ask`] is answered once and expires; one that is dropped is denied.
//!
//! # How it holds
//!
//! The launch line reads no settings and starts no servers; what the agent then reports of itself is looked at, and
//! anything that was not asked for ends the run. Nothing that an earlier run has left in HOME acts, and of HOME the model
//! reads and writes its plan, and reads results that were too long for a message. The hook is registered to block where it fails, and no prompt is sent before
//! the agent confirms that. The process has no network, no credential and no environment of the host: a launcher in the
//! cell passes bytes between the cell's loopback and one Unix socket, behind which a relay calls the model.
//!
//! # Out of scope
//!
//! - The relay, the judge's rules, and asking a person: they are the caller's.
//! - The content of texts: they are untrusted and may hold secrets of the project. The caller redacts.
//! - Guarded names that appear in the project in a run whose host is killed before the comparison: the next run finds them
//!   there.
//! - What programs of the agent do in its cell, which is theirs too. They cannot speak to it in our place, or to us in its.

mod agent;
mod driver;
mod error;
mod event;
mod inside;
mod judge;
mod lines;
mod options;
mod own;
mod session;
mod session_id;
mod total;
mod version;
mod watch;
mod wire;

pub use crate::MicroUsd;
pub use crate::Moved;
pub use agent::Claude;
pub use error::ClaudeError;
pub use event::{Ask, Closed, Event, Outcome, Turn};
pub use inside::run_if_requested;
pub use judge::{Judge, Noted};
pub use options::{Options, Places, Start, TOOLS};
pub use session::{Control, Session};
pub use session_id::{BadSessionId, SessionId};
pub use version::{BadVersion, Support, Version};

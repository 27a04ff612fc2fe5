//! Shell commands: what a text would run, read and write, and whether that is allowed.
//!
//! ```
//! use guard_core::Decision;
//! use guard_core::command::{Context, Policy};
//!
//! let context = Context::lexical("/approved").home("/home/u");
//! let policy = Policy::agent();
//! assert_eq!(policy.evaluate("grep -rn 'rm -rf /' src | head -5", &context).decision(), Decision::Allow);
//! assert_eq!(policy.evaluate("git push", &context).decision(), Decision::Ask);
//!
//! let evaluation = policy.evaluate("cd src && cat ../../etc/passwd", &context);
//! assert_eq!(evaluation.decision(), Decision::Deny);
//! assert_eq!(evaluation.verdict().findings()[0].code(), "path-outside-root");
//! println!("{evaluation}");
//! ```
//!
//! [`Policy::evaluate`] parses the text as bash would ([`syntax`]), runs it abstractly, looks through programs that run other
//! programs, and judges every program by what its arguments make it do, as the tables in `data/commands/` say. The
//! [`Evaluation`] says what was understood; [`Evaluation::into_approved`] and [`Evaluation::approve`] are the only ways to an
//! [`Approved`] command.
//!
//! # Out of scope
//!
//! Analysis is no confinement. An allow names the confinement that it [requires](crate::Requires); code of the project, which
//! builds and tests run, is contained by that alone. Programs are known by their names: that `grep` is grep is the system's
//! promise. Aliases and functions of the user's own shell are not read; run [`Approved::argv`], which keeps them out.

mod approved;
mod argv;
mod card;
mod context;
mod digest;
mod effects;
mod evaluation;
mod interpret;
mod invoke;
mod policy;
mod rules;
mod show;
pub mod syntax;
mod table;
mod value;

pub use approved::{Approved, Consent};
pub use argv::{Argv, ArgvError};
pub use card::Card;
pub use context::Context;
pub use digest::Digest;
pub use effects::Effects;
pub use evaluation::Evaluation;
pub use policy::{Policy, Profile};
pub use rules::RULES;

/// The names of all programs and subcommands that the tables describe, sorted.
pub fn programs() -> impl Iterator<Item = &'static str> {
    table::names()
}

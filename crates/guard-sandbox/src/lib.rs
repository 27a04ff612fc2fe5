//! A cell for one program: bubblewrap, Landlock and seccomp, with a report that proves each line.
//!
//! ```no_run
//! use guard_sandbox::{Profile, Streams, stage};
//!
//! // First in `main`: inside the cell this same executable restricts itself and becomes the program.
//! stage::run_if_requested();
//!
//! let cell = Profile::new("/srv/project")
//!     .writable("/srv/project")
//!     .masked(["/srv/project/.env"])
//!     .guarded(["/srv/project/.git/config"])
//!     .prepare()?;
//! let exit = cell.spawn(["make", "test"], ".", Streams::inherited())?.wait()?;
//! println!("{}", exit.code());
//! # Ok::<(), guard_sandbox::CellError>(())
//! ```
//!
//! - [`Profile`] says what is shown, hidden and allowed; nothing else of the host is there.
//! - [`Cell`] is a profile that was resolved and tried; [`Cell::enforced`] says what holds.
//! - [`Run`] is a program in a cell; its end is the end of everything that it started.
//! - [`report`] tries in a real cell what must not work, and says what held.
//!
//! # How it holds
//!
//! Bubblewrap gives the program namespaces of its own (user, process, network, mount, IPC, host name, control group), a
//! file system of the system's programs and the named paths, and no capabilities; no user inside is uid 0. Then a *stage*,
//! in the cell already, looks whether every mask and every guarded path is in place, applies Landlock with every feature
//! of the kernel, resource limits and a seccomp filter, and becomes the program. If any of it fails, nothing runs.
//!
//! Directories above a guarded file are mount points, too: the kernel lets a directory be renamed that merely holds one.
//! `/proc` is read-only, because a host process of uid 0 can set the kernel's switches from any namespace.
//!
//! Without bubblewrap or user namespaces there is no cell, unless [`Profile::degraded`] gives a reason: then Landlock and
//! seccomp act alone, on Linux 6.12 or later, and [`Enforced`] says what is missing.
//!
//! # Out of scope
//!
//! - The wall clock: the caller decides when to call [`Run::stop`].
//! - Memory and processor shares: they need a control group that the host's manager delegates.
//! - Secrets that appear while a program runs, and files that another process replaces on the host: a mask is on the file
//!   that was there.
//! - Two hostile programs in two cells on one project at once. While the second cell starts, the first program can rename
//!   directories under it. A single swap for a link that leads out is refused (there is a test), and so is a missing mask;
//!   several swaps, each at the right moment, are not excluded. Run one cell at a time on a project that is not trusted.
//! - Flaws of the kernel, and other systems than Linux.

mod bubblewrap;
mod cell;
mod error;
mod plan;
mod profile;
mod report;
mod run;
mod spawner;
pub mod stage;

pub use cell::{Cell, Enforced, Streams};
pub use error::CellError;
pub use plan::Backend;
pub use profile::{Limits, Network, Profile, Toolchain};
pub use report::{Line, Outcome, Report, report};
pub use run::{Exit, Run, Stopper};

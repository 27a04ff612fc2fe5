//! The part that runs inside the cell: it restricts itself and then becomes the program.
//!
//! There is no code between `fork` and `exec` (that would need `unsafe`): the host starts an executable, normally itself,
//! with a plan as its arguments, and that executable restricts its one thread and calls `exec`.

mod failure;
mod files;
mod keeper;
mod process;
mod program;
mod seccomp;
mod verify;

use std::ffi::OsString;

pub(crate) use failure::Failure;

use crate::plan::{Plan, Role};

/// The first argument that makes an executable a stage.
pub(crate) const REQUEST: &str = "__guard-stage";
/// The first argument that makes an executable try the cell that it is in.
pub(crate) const PROBE: &str = "__guard-probe";

/// Becomes the stage where the first argument asks for it; otherwise returns at once.
///
/// Call it first in `main`, before threads are started or files opened. When it was asked for, it never returns: it
/// becomes the program, or it prints a stable code and exits with status 126.
///
/// # Examples
///
/// ```no_run
/// guard_sandbox::stage::run_if_requested();
/// // What the host's own `main` does follows.
/// ```
pub fn run_if_requested() {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        Some(request) if request == REQUEST => {}
        Some(request) if request == PROBE => std::process::exit(crate::report::probe(arguments)),
        Some(_) | None => return,
    }
    let failure = match run(arguments) {
        Ok(status) => std::process::exit(status),
        Err(failure) => failure,
    };
    failure.print();
    std::process::exit(126);
}

fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<i32, Failure> {
    let plan = Plan::from_arguments(&mut arguments).map_err(|_| Failure::BadPlan)?;
    let command: Vec<OsString> = arguments.collect();
    match plan.role {
        Role::Keeper => keeper::run(plan, command),
        Role::Program => program::run(&plan, &command),
    }
}

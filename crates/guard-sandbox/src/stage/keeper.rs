//! The first process of a cell: starts the program, collects orphans, and ends everything with the program or the host.
//!
//! With bubblewrap it is process 1 of the namespace, and the kernel kills the rest when it ends, before anybody can
//! see its end. In a degraded cell it lives in a Landlock domain of its own, around the program's: from there a signal to
//! "every process" reaches exactly what came from it, in one call that no fork can race, while the program, one domain
//! further in, can neither signal nor inspect its keeper.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::process::Command;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, getpid, getppid, kill_process_group, pidfd_open,
    set_child_subreaper, test_kill_process, wait,
};

use super::{Failure, REQUEST, files, process};
use crate::plan::{Backend, Plan, Role};

/// How often orphans of the program are collected.
const ROUND: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };
/// Between two rounds of killing.
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 2_000_000 };
/// Rounds of killing before giving up; one is enough unless a process hangs inside the kernel.
const LAST_ROUNDS: u32 = 1_000;

/// Runs the program to its end, or the host's, and returns its exit status.
pub(super) fn run(mut plan: Plan, command: Vec<OsString>) -> Result<i32, Failure> {
    let lifeline = lifeline(&plan)?;
    process::close_inherited_files();
    let stage = std::env::current_exe().map_err(|_| Failure::NoKeeper)?;
    if plan.backend == Backend::Degraded {
        enclose(&plan)?;
    }
    plan.role = Role::Program;
    plan.parent = Some(std::process::id());
    let arguments = plan.to_arguments().map_err(|_| Failure::BadPlan)?;
    let child = Command::new(stage).arg(REQUEST).args(arguments).args(command).spawn();
    let child = Pid::from_child(&child.map_err(|_| Failure::NoKeeper)?);
    let program = pidfd_open(child, PidfdFlags::empty()).map_err(|_| Failure::NoKeeper)?;
    let mut status = None;
    while status.is_none() {
        let mut ends = [PollFd::new(&lifeline, PollFlags::empty()), PollFd::new(&program, PollFlags::IN)];
        if !matches!(poll(&mut ends, Some(&ROUND)), Ok(_) | Err(Errno::INTR)) {
            break;
        }
        status = collect(child);
        let [host, _] = &ends;
        if !host.revents().is_empty() {
            break;
        }
    }
    if plan.backend == Backend::Degraded {
        sweep(child, &mut status);
    }
    // Without a status the host is gone, and nobody reads this one.
    Ok(status.unwrap_or(128 + 9))
}

/// The reading end of a pipe whose other end only the host has: it hangs up when the host lets go of the cell, or dies.
///
/// The parent-death signal alone leaves a gap: bubblewrap asks for it when it already runs.
fn lifeline(plan: &Plan) -> Result<OwnedFd, Failure> {
    // Opened anew by its name, as taking over a number is `unsafe`.
    let name = format!("/proc/self/fd/{}", plan.lifeline);
    open(name, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty())
        .map_err(|_| Failure::NoHost)
}

/// Enters the outer domain.
fn enclose(plan: &Plan) -> Result<(), Failure> {
    let host = getppid().ok_or(Failure::NoHost)?;
    set_child_subreaper(Some(getpid())).map_err(|_| Failure::NoKeeper)?;
    process::drop_privileges()?;
    files::restrict(plan)?;
    // `sweep` signals everything in reach, so the reach is tried out first.
    if test_kill_process(host) == Err(Errno::PERM) { Ok(()) } else { Err(Failure::NoSignalScope) }
}

/// Takes what has ended; the program's exit status if it is among them.
fn collect(child: Pid) -> Option<i32> {
    let mut status = None;
    while let Ok(Some((ended, how))) = wait(WaitOptions::NOHANG) {
        if ended == child {
            status = Some(exit_status(how));
        }
    }
    status
}

/// Kills every process of the domain but this one, until none is left.
fn sweep(child: Pid, status: &mut Option<i32>) {
    for _ in 0..LAST_ROUNDS {
        // The group of process 1 is, to kill(2), every process that this one may signal; itself excepted. The answer
        // tells nothing: the kernel counts those that it refused, too.
        kill_process_group(Pid::INIT, Signal::KILL).ok();
        *status = collect(child).or(*status);
        if matches!(wait(WaitOptions::NOHANG), Err(Errno::CHILD)) {
            break;
        }
        poll(&mut [], Some(&PAUSE)).ok();
    }
}

/// As a shell says it: the program's own status, or 128 and the signal.
fn exit_status(how: WaitStatus) -> i32 {
    how.exit_status().or_else(|| how.terminating_signal().map(|signal| 128 + signal)).unwrap_or(126)
}

//! A running program of a cell.

use std::fs;
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, ExitStatus};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open, pidfd_send_signal};

use crate::CellError;

/// How long the kernel may take to end a namespace.
const KILL_TIME: Duration = Duration::from_secs(10);

/// How a program ended, as a shell would say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    code: i32,
}

impl Exit {
    fn of(status: ExitStatus) -> Self {
        use std::os::unix::process::ExitStatusExt;
        let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
        Self { code: code.unwrap_or(126) }
    }

    /// The program's exit status; 128 and the number of the signal that ended it; 126 where the cell refused to start
    /// it, with a line `guard-stage: CODE` on the standard error.
    #[must_use]
    pub const fn code(self) -> i32 {
        self.code
    }

    /// The signal that ended the program. A program that exits with such a status by itself looks the same.
    #[must_use]
    pub const fn signal(self) -> Option<i32> {
        if self.code > 128 && self.code <= 128 + 64 { Some(self.code - 128) } else { None }
    }

    /// Whether the program ended with status 0.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.code == 0
    }
}

/// A program in its cell. Dropping it kills the cell.
#[derive(Debug)]
pub struct Run {
    child: Child,
    /// Closing it ends the cell, whatever became of bubblewrap.
    lifeline: Option<OwnedFd>,
    stopper: Stopper,
    exit: Option<Exit>,
}

impl Run {
    pub(crate) fn of(mut child: Child, lifeline: OwnedFd) -> Result<Self, CellError> {
        match pidfd_open(Pid::from_child(&child), PidfdFlags::empty()) {
            Ok(process) => {
                let stopper = Stopper { id: child.id(), process: Arc::new(process) };
                Ok(Self { child, lifeline: Some(lifeline), stopper, exit: None })
            }
            Err(error) => {
                drop(child.kill());
                drop(child.wait());
                Err(error.into())
            }
        }
    }

    /// The program's standard input, once, if it was asked for as a pipe.
    pub fn stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// The program's standard output, once, if it was asked for as a pipe.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// The program's standard error, once, if it was asked for as a pipe.
    pub fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Stops the program from another thread, while this one waits.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// Waits for the end of the cell: of the program, and with it of everything that it started.
    ///
    /// # Errors
    ///
    /// [`CellError::Os`] if the process cannot be waited for.
    pub fn wait(&mut self) -> Result<Exit, CellError> {
        if let Some(exit) = self.exit {
            return Ok(exit);
        }
        let exit = Exit::of(self.child.wait()?);
        Ok(self.ended(exit))
    }

    /// How the program ended, if it has.
    ///
    /// # Errors
    ///
    /// [`CellError::Os`] if the process cannot be waited for.
    pub fn try_wait(&mut self) -> Result<Option<Exit>, CellError> {
        if self.exit.is_none() {
            if let Some(status) = self.child.try_wait()? {
                self.ended(Exit::of(status));
            }
        }
        Ok(self.exit)
    }

    fn ended(&mut self, exit: Exit) -> Exit {
        self.lifeline = None;
        *self.exit.insert(exit)
    }

    /// Waits for the end of the cell, but not longer than `time`.
    ///
    /// # Errors
    ///
    /// [`CellError::Os`] if the process cannot be waited for.
    pub fn wait_for(&mut self, time: Duration) -> Result<Option<Exit>, CellError> {
        if self.exit.is_none() {
            self.stopper.ends_within(time)?;
        }
        self.try_wait()
    }

    /// Ends the cell: interrupt, after `grace` SIGTERM, after `grace` again SIGKILL of everything in it.
    ///
    /// # Errors
    ///
    /// [`CellError::Os`] if something of it survived SIGKILL for ten seconds.
    pub fn stop(&mut self, grace: Duration) -> Result<Exit, CellError> {
        if self.try_wait()?.is_none() {
            self.stopper.stop(grace)?;
        }
        self.wait()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.lifeline = None;
        if self.exit.is_none() && self.stopper.kill().is_ok() {
            drop(self.child.wait());
        }
    }
}

/// Ends a [`Run`] from any thread.
#[derive(Clone, Debug)]
pub struct Stopper {
    id: u32,
    /// Names the process even after its number was given to another.
    process: Arc<OwnedFd>,
}

impl Stopper {
    /// See [`Run::stop`]; returns when the cell has ended, without its exit status.
    ///
    /// # Errors
    ///
    /// [`CellError::Os`] if something of it survived SIGKILL for ten seconds.
    pub fn stop(&self, grace: Duration) -> Result<(), CellError> {
        for signal in [Signal::INT, Signal::TERM] {
            if grace.is_zero() {
                break;
            }
            if let Some(program) = self.leader() {
                // It may end just now.
                kill_process_group(program, signal).ok();
            }
            if self.ends_within(grace)? {
                return Ok(());
            }
        }
        self.kill()
    }

    /// Kills the namespace through its first process; without one, bubblewrap or the keeper itself.
    fn kill(&self) -> Result<(), CellError> {
        if self.ends_within(Duration::ZERO)? {
            return Ok(());
        }
        if let Some((leader, process)) = self.leader().and_then(|leader| Some((leader, open(leader)?))) {
            // Opened by number, so it has to be looked up once more.
            if self.leader() == Some(leader) {
                pidfd_send_signal(process, Signal::KILL).ok();
            }
            if self.ends_within(Duration::from_secs(1))? {
                return Ok(());
            }
        }
        pidfd_send_signal(self.process.as_ref(), Signal::KILL).ok();
        if self.ends_within(KILL_TIME)? { Ok(()) } else { Err(CellError::Os(std::io::ErrorKind::TimedOut)) }
    }

    /// The first process of the cell: the namespace's, or the program itself in a degraded cell. It leads the session
    /// and the process group that the program starts in.
    fn leader(&self) -> Option<Pid> {
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.id)).ok()?;
        Pid::from_raw(children.split_whitespace().next()?.parse().ok()?)
    }

    fn ends_within(&self, time: Duration) -> Result<bool, CellError> {
        let time = Timespec::try_from(time).map_err(|_| CellError::Os(std::io::ErrorKind::InvalidInput))?;
        let mut end = [PollFd::new(self.process.as_ref(), PollFlags::IN)];
        loop {
            match poll(&mut end, Some(&time)) {
                Ok(ready) => return Ok(ready > 0),
                // The signal of another child; the time starts again, which no caller can tell from a slow end.
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn open(process: Pid) -> Option<OwnedFd> {
    pidfd_open(process, PidfdFlags::empty()).ok()
}

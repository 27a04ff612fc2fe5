//! The one thread that starts cells.
//!
//! Bubblewrap dies with its parent, and to the kernel the parent is the *thread* that started it. This thread ends with
//! the process.

use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Sender};
use std::thread;

use rustix::io::{FdFlags, fcntl_setfd};

use crate::CellError;

type Job = (Command, OwnedFd, Sender<std::io::Result<Child>>);

/// Starts the command from the permanent thread; it inherits `lifeline`.
pub(crate) fn spawn(command: Command, lifeline: OwnedFd) -> Result<Child, CellError> {
    static SPAWNER: OnceLock<Option<Sender<Job>>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(start).as_ref().ok_or(CellError::Os(std::io::ErrorKind::Other))?;
    let (answer, answers) = mpsc::channel();
    let gone = |_| CellError::Os(std::io::ErrorKind::BrokenPipe);
    spawner.send((command, lifeline, answer)).map_err(|_| CellError::Os(std::io::ErrorKind::BrokenPipe))?;
    Ok(answers.recv().map_err(gone)??)
}

fn start() -> Option<Sender<Job>> {
    let (jobs, queue) = mpsc::channel::<Job>();
    let serve = move || {
        for (mut command, lifeline, answer) in queue {
            // Another thread that starts a program just now passes it on, too: a reading end that keeps nobody alive.
            let inherited = fcntl_setfd(&lifeline, FdFlags::empty()).map_err(std::io::Error::from);
            let child = inherited.and_then(|()| command.spawn());
            drop(lifeline);
            // Whoever asked is gone: so is the child, as nobody would wait for it.
            if let Err(mpsc::SendError(Ok(mut child))) = answer.send(child) {
                drop(child.kill());
                drop(child.wait());
            }
        }
    };
    thread::Builder::new().name("guard-cells".to_owned()).spawn(serve).ok()?;
    Some(jobs)
}

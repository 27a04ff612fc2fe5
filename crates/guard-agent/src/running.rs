//! A command that runs: its output as it comes, its end, and the means to stop it.

use std::io::Read;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use guard_sandbox::{CellError, Enforced, Exit, Run, Stopper};
use tokio::sync::{mpsc, oneshot};

use crate::guarded::Guarded;
use crate::{AgentError, Moved};

/// Bytes of one chunk at most.
const CHUNK: usize = 16 << 10;
/// Chunks that wait for a slow reader; then the program waits.
const WAITING: usize = 16;
/// Between interrupt, termination and kill.
const GRACE: Duration = Duration::from_millis(500);

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Of standard output.
    Output(Vec<u8>),
    /// Of standard error.
    Error(Vec<u8>),
}

/// A command in its cell. Dropping it kills everything in the cell.
#[derive(Debug)]
pub struct Running {
    chunks: mpsc::Receiver<Chunk>,
    exit: oneshot::Receiver<Result<(Exit, Vec<Moved>), AgentError>>,
    moved: Vec<Moved>,
    stop: Stop,
    enforced: Enforced,
}

/// The guarded files before the run, and where those go that are others after it.
pub(crate) struct Before {
    pub(crate) guarded: Guarded,
    pub(crate) project: PathBuf,
    pub(crate) quarantine: PathBuf,
}

impl Running {
    pub(crate) fn of(mut run: Run, enforced: Enforced, before: Option<Before>) -> Self {
        let (sender, chunks) = mpsc::channel(WAITING);
        if let Some(output) = run.stdout() {
            forward(output, sender.clone(), Chunk::Output);
        }
        if let Some(error) = run.stderr() {
            forward(error, sender, Chunk::Error);
        }
        let stop = Stop(run.stopper());
        let (ended, exit) = oneshot::channel();
        thread::spawn(move || {
            // Nobody waits where the run was dropped; the stopper has ended it then.
            ended.send(end(run, before)).ok();
        });
        Self { chunks, exit, moved: Vec::new(), stop, enforced }
    }

    /// What is enforced around the program.
    #[must_use]
    pub const fn enforced(&self) -> &Enforced {
        &self.enforced
    }

    /// The next piece of output; `None` once everything that could write has ended.
    pub async fn next(&mut self) -> Option<Chunk> {
        self.chunks.recv().await
    }

    /// The means to stop it from elsewhere.
    #[must_use]
    pub fn stopper(&self) -> Stop {
        self.stop.clone()
    }

    /// How it ended; call it after [`next`](Self::next) has said `None`.
    ///
    /// # Errors
    ///
    /// The process could not be waited for, or guarded files that changed could not be moved away.
    pub async fn exit(&mut self) -> Result<Exit, AgentError> {
        let ended = (&mut self.exit).await.map_err(|_| CellError::Os(std::io::ErrorKind::Other))?;
        let (exit, moved) = ended?;
        self.moved = moved;
        Ok(exit)
    }

    /// Guarded files that changed or appeared during the run and are moved away; known after [`exit`](Self::exit).
    #[must_use]
    pub fn moved(&self) -> &[Moved] {
        &self.moved
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A reader that is blocked on a full channel lets go.
        self.chunks.close();
        self.stop.0.stop(Duration::ZERO).ok();
    }
}

/// Stops a run.
#[derive(Clone, Debug)]
pub struct Stop(Stopper);

impl Stop {
    /// Interrupts, terminates, then kills everything in the cell, on a thread of its own; returns at once. The end shows in
    /// [`Running::exit`].
    pub fn begin(&self) {
        let stopper = self.0.clone();
        thread::spawn(move || stopper.stop(GRACE).ok());
    }
}

/// Waits for the end, then for what the program left behind: also where nobody listens any more.
fn end(mut run: Run, before: Option<Before>) -> Result<(Exit, Vec<Moved>), AgentError> {
    let exit = run.wait();
    let moved = match before {
        Some(Before { guarded, project, quarantine }) => {
            guarded.quarantine(&project, &quarantine).map_err(|error| AgentError::Quarantine(error.kind()))?
        }
        None => Vec::new(),
    };
    Ok((exit?, moved))
}

fn forward(mut from: impl Read + Send + 'static, to: mpsc::Sender<Chunk>, chunk: fn(Vec<u8>) -> Chunk) {
    thread::spawn(move || {
        let mut buffer = vec![0; CHUNK];
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            let bytes = buffer.get(..read).unwrap_or_default().to_vec();
            if to.blocking_send(chunk(bytes)).is_err() {
                break;
            }
        }
    });
}

//! The writer thread: takes what is queued, runs it in one transaction, answers after COMMIT.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle, ThreadId};

use rusqlite::Connection;

use crate::StoreError;

/// Writes that may wait; beyond it the caller is told [`StoreError::Busy`].
const QUEUE: usize = 1024;
/// Writes in one transaction; bounds how long the file stays locked for other processes.
const BATCH: usize = 256;

/// A queued write, whatever its result type.
trait Job: Send {
    fn run(&mut self, conn: &Connection);
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Pending<F, T, E> {
    work: Option<F>,
    result: Option<Result<T, E>>,
    caller: SyncSender<Result<T, E>>,
}

impl<F, T, E> Job for Pending<F, T, E>
where
    F: FnOnce(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, conn: &Connection) {
        if let Some(work) = self.work.take() {
            self.result = Some(in_savepoint(conn, work));
        }
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.result) {
            // A refusal by the closure stands, whatever became of the others.
            (_, Some(Err(refused))) => Err(refused),
            (Err(error), _) => Err(E::from(error)),
            (Ok(()), Some(Ok(value))) => Ok(value),
            (Ok(()), None) => Err(E::from(StoreError::Closed)),
        };
        // The caller waits without a timeout; if it is gone, its thread is too.
        drop(self.caller.send(result));
    }
}

/// The queue and the thread behind it.
pub(crate) struct Writer {
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    id: ThreadId,
    /// Why the thread ended early, if it did.
    failure: Arc<OnceLock<StoreError>>,
}

impl Writer {
    pub(crate) fn start(conn: Connection) -> Result<Self, StoreError> {
        let (queue, jobs) = sync_channel(QUEUE);
        let failure = Arc::new(OnceLock::new());
        let report = Arc::clone(&failure);
        let thread = thread::Builder::new().name("guard-store".to_owned()).spawn(move || {
            if let Err(error) = serve(&conn, &jobs) {
                report.get_or_init(|| error);
            }
        })?;
        let id = thread.thread().id();
        Ok(Self { queue: Some(queue), thread: Some(thread), id, failure })
    }

    pub(crate) fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        if thread::current().id() == self.id {
            return Err(StoreError::Nested.into());
        }
        let (caller, answer) = sync_channel(1);
        let job = Box::new(Pending { work: Some(work), result: None, caller });
        match self.queue.as_ref().map(|queue| queue.try_send(job)) {
            Some(Ok(())) => {}
            Some(Err(TrySendError::Full(_))) => return Err(StoreError::Busy.into()),
            Some(Err(TrySendError::Disconnected(_))) | None => return Err(self.ended().into()),
        }
        answer.recv().unwrap_or_else(|_| Err(self.ended().into()))
    }

    fn ended(&self) -> StoreError {
        self.failure.get().copied().unwrap_or(StoreError::Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        // A closure may hold the last clone of its own store; a thread cannot join itself.
        if thread::current().id() != self.id
            && let Some(thread) = self.thread.take()
        {
            drop(thread.join());
        }
    }
}

/// Serves until the queue is closed and empty; an error means that the file can be trusted no more.
fn serve(conn: &Connection, jobs: &Receiver<Box<dyn Job>>) -> Result<(), StoreError> {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        let ran = run_together(conn, jobs, &mut batch);
        let committed = ran.and_then(|()| commit(conn));
        for job in batch {
            // Only a conversion or destructor of the caller's can panic here, and only its own answer is lost.
            drop(catch_unwind(AssertUnwindSafe(|| job.answer(committed))));
        }
        // After a failed sync the kernel may have dropped what it could not write, and a second sync would succeed.
        if ran.is_ok()
            && let Err(error @ (StoreError::Io | StoreError::Corrupt)) = committed
        {
            return Err(error);
        }
    }
    Ok(())
}

/// Begins a transaction and runs in it the first job and those that are queued meanwhile.
fn run_together(
    conn: &Connection,
    jobs: &Receiver<Box<dyn Job>>,
    batch: &mut Vec<Box<dyn Job>>,
) -> Result<(), StoreError> {
    execute(conn, "BEGIN IMMEDIATE")?;
    let mut next = 0;
    while let Some(job) = batch.get_mut(next) {
        let finished = catch_unwind(AssertUnwindSafe(|| job.run(conn)));
        // Out of the transaction means that SQLite gave it up (a full disk, say), or that the closure ended it.
        if finished.is_err() || conn.is_autocommit() {
            roll_back(conn)?;
            return Err(StoreError::Aborted);
        }
        next += 1;
        if next == batch.len()
            && next < BATCH
            && let Ok(job) = jobs.try_recv()
        {
            batch.push(job);
        }
    }
    Ok(())
}

fn commit(conn: &Connection) -> Result<(), StoreError> {
    execute(conn, "COMMIT").or_else(|error| {
        roll_back(conn)?;
        Err(error)
    })
}

fn roll_back(conn: &Connection) -> Result<(), StoreError> {
    if conn.is_autocommit() { Ok(()) } else { execute(conn, "ROLLBACK") }
}

/// Runs one write so that its failure or panic undoes only its own changes.
fn in_savepoint<T, E: From<StoreError>>(
    conn: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    execute(conn, "SAVEPOINT guard_write")?;
    let result =
        catch_unwind(AssertUnwindSafe(|| work(conn))).unwrap_or_else(|_| Err(StoreError::Panicked.into()));
    if result.is_err() && !conn.is_autocommit() {
        execute(conn, "ROLLBACK TO guard_write")?;
    }
    if !conn.is_autocommit() {
        execute(conn, "RELEASE guard_write")?;
    }
    result
}

fn execute(conn: &Connection, sql: &str) -> Result<(), StoreError> {
    conn.prepare_cached(sql)?.execute([])?;
    Ok(())
}

//! A run: the agent's process, the threads around it, and the handle for the caller.

use std::collections::VecDeque;
use std::io::{BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread;
use std::time::Duration;

use guard_sandbox::{CellError, Exit, Run};
use tokio::sync::mpsc as events;

use super::driver::{Driver, HOOK_SECONDS, Output, Rules};
use super::event::{Answer, Event};
use super::lines::{Line, next_line};
use super::{ClaudeError, Judge, options, watch};
use crate::guarded::Guarded;
use crate::{Moved, home};

/// Events that wait for a slow reader; then the agent waits.
const WAITING: usize = 256;
/// Lines that wait for an agent that does not read; then the run ends.
const UNREAD: usize = 256;
/// Between two looks at the clock.
const TICK: Duration = Duration::from_millis(50);
/// For an agent that was given nothing more to do.
const LAST_TIME: Duration = Duration::from_secs(10);
/// Between interrupt, termination and kill.
const GRACE: Duration = Duration::from_millis(300);

/// What reaches the thread of a run.
#[derive(Debug)]
pub(super) enum Input {
    Line(Vec<u8>),
    /// A line that is passed over.
    TooLong,
    /// The agent's output has ended, or is none.
    Closed(Option<ClaudeError>),
    Answer {
        id: String,
        answer: Answer,
    },
    Prompt(String),
    Interrupt,
    Finish,
    Stop,
}

pub(super) struct Parts {
    pub(super) run: Run,
    /// Our ends of the agent's standard input and output. They are sockets: a pipe can be opened by its name in `/proc`, so
    /// that a program of the agent could speak to it in our place, and take our hook away.
    pub(super) stdin: UnixStream,
    pub(super) stdout: UnixStream,
    pub(super) rules: Rules,
    pub(super) judge: Box<dyn Judge>,
    pub(super) prompt: String,
    pub(super) before: Before,
}

/// What is compared after the run, and where differences go.
pub(super) struct Before {
    pub(super) guarded: Guarded,
    pub(super) project: PathBuf,
    pub(super) home: PathBuf,
    pub(super) quarantine: PathBuf,
    /// What was moved away already, before the run.
    pub(super) moved: Vec<Moved>,
}

impl Before {
    fn compare(self) -> std::io::Result<Vec<Moved>> {
        let mut moved = self.moved;
        moved.extend(self.guarded.quarantine(&self.project, &self.quarantine)?);
        moved.extend(home::sweep(&self.home, &self.quarantine)?);
        Ok(moved)
    }
}

/// A run of the agent. Dropping it kills everything in the cell.
#[derive(Debug)]
pub struct Session {
    events: events::Receiver<Event>,
    control: Control,
}

/// Steers a run from anywhere. Nothing here waits.
#[derive(Clone, Debug)]
pub struct Control(Sender<Input>);

impl Session {
    pub(super) fn begin(parts: Parts) -> Result<Self, ClaudeError> {
        let Parts { mut run, stdin, stdout, rules, judge, prompt, before } = parts;
        let stderr = run.stderr().ok_or(CellError::Os(std::io::ErrorKind::BrokenPipe))?;
        let (inputs, received) = mpsc::channel();
        let (credit, credits) = mpsc::sync_channel(1);
        let (lines, written) = mpsc::sync_channel(UNREAD);
        let (sender, events) = events::channel(WAITING);
        let reader = inputs.clone();
        thread::spawn(move || read(stdout, &reader, &credits));
        thread::spawn(move || write(stdin, &written));
        // Nothing of it is for anybody: it may quote what the guard protects.
        thread::spawn(move || drain(stderr));
        let driver = Driver::new(rules, judge, inputs.clone(), prompt, watch::now());
        let worker = Worker {
            run,
            driver,
            inputs: received,
            lines: Some(lines),
            credit,
            owes: false,
            events: sender,
            waiting: VecDeque::new(),
            before,
        };
        thread::spawn(move || worker.work());
        Ok(Self { events, control: Control(inputs) })
    }

    /// The next event; `None` after [`Event::Ended`].
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// The next event, for callers without an asynchronous runtime; not to be called inside of one.
    pub fn blocking_next(&mut self) -> Option<Event> {
        self.events.blocking_recv()
    }

    /// The means to steer it from elsewhere.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.control.stop();
        self.events.close();
    }
}

impl Control {
    /// One more turn, after those that wait.
    ///
    /// # Errors
    ///
    /// [`ClaudeError::BadPrompt`], or [`ClaudeError::Stopped`] where the run has ended.
    pub fn prompt(&self, prompt: impl Into<String>) -> Result<(), ClaudeError> {
        let prompt = options::prompt(prompt.into())?;
        self.0.send(Input::Prompt(prompt)).map_err(|_| ClaudeError::Stopped)
    }

    /// Ends the turn; the run goes on and takes another prompt.
    pub fn interrupt(&self) {
        self.0.send(Input::Interrupt).ok();
    }

    /// Ends the run after the turns that are asked for.
    pub fn finish(&self) {
        self.0.send(Input::Finish).ok();
    }

    /// Kills everything in the cell.
    pub fn stop(&self) {
        self.0.send(Input::Stop).ok();
    }
}

/// Owns the process.
struct Worker {
    run: Run,
    driver: Driver,
    inputs: Receiver<Input>,
    /// To the agent; taken away for the end of its input.
    lines: Option<SyncSender<String>>,
    /// One for each line that may be read on.
    credit: SyncSender<()>,
    owes: bool,
    events: events::Sender<Event>,
    waiting: VecDeque<Event>,
    before: Before,
}

impl Worker {
    fn work(mut self) {
        let how = loop {
            if let Some(how) = self.act() {
                break how;
            }
            self.deliver();
            if self.owes && self.waiting.is_empty() {
                self.owes = false;
                // The reader has gone where nothing is left to read.
                self.credit.try_send(()).ok();
            }
            match self.inputs.recv_timeout(TICK) {
                Ok(input) => self.input(input),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.driver.end(Err(ClaudeError::Stopped)),
            }
            self.driver.tick(watch::now());
        };
        self.end(how);
    }

    fn input(&mut self, input: Input) {
        let now = watch::now();
        match input {
            Input::Line(line) => {
                self.owes = true;
                self.driver.line(&line, now);
                // A judge that took longer than the agent waits: the tool was blocked, and something is wrong here.
                if watch::now().saturating_duration_since(now) >= Duration::from_secs(HOOK_SECONDS.into()) {
                    self.driver.end(Err(ClaudeError::NoVerdict));
                }
            }
            Input::TooLong => self.owes = true,
            Input::Closed(Some(error)) => self.driver.end(Err(error)),
            Input::Closed(None) if self.driver.is_working() => {
                let exit = self.run.wait_for(LAST_TIME).ok().flatten();
                self.driver.end(Err(ClaudeError::Died(exit.map_or(126, Exit::code))));
            }
            Input::Closed(None) => self.driver.end(Ok(())),
            Input::Answer { id, answer } => self.driver.answer(&id, answer, now),
            Input::Prompt(prompt) => self.driver.prompt(prompt),
            Input::Interrupt => self.driver.interrupt(),
            Input::Finish => self.driver.finish(),
            Input::Stop => self.driver.end(Err(ClaudeError::Stopped)),
        }
    }

    /// Carries out what the driver wants; how the run ends, if it does.
    fn act(&mut self) -> Option<Result<(), ClaudeError>> {
        while let Some(output) = self.driver.next() {
            match output {
                Output::Event(event) => self.waiting.push_back(event),
                Output::End(how) => return Some(how),
                Output::Send(line) => {
                    let sent = self.lines.as_ref().map(|lines| lines.try_send(line));
                    if !matches!(sent, Some(Ok(()))) {
                        self.driver.end(Err(ClaudeError::Unresponsive));
                    }
                }
            }
        }
        None
    }

    /// Hands on as many events as the reader takes.
    fn deliver(&mut self) {
        while let Some(event) = self.waiting.pop_front() {
            match self.events.try_send(event) {
                Ok(()) => {}
                Err(events::error::TrySendError::Full(event)) => {
                    self.waiting.push_front(event);
                    return;
                }
                Err(events::error::TrySendError::Closed(_)) => {
                    return self.driver.end(Err(ClaudeError::Stopped));
                }
            }
        }
    }

    /// The cell is dead before anything else is said.
    fn end(mut self, how: Result<(), ClaudeError>) {
        self.lines = None;
        let exit = match &how {
            Ok(()) => self.run.wait_for(LAST_TIME).and_then(|exit| match exit {
                Some(exit) => Ok(exit),
                None => self.run.stop(GRACE),
            }),
            Err(ClaudeError::Stopped | ClaudeError::TimedOut) => self.run.stop(GRACE),
            // Something is wrong: no more chances.
            Err(_) => self.run.stop(Duration::ZERO),
        };
        let moved = self.before.compare();
        let ended = match (how, exit, &moved) {
            (_, _, Err(error)) => Err(ClaudeError::Quarantine(error.kind())),
            (Err(error), _, _) => Err(error),
            (Ok(()), exit, _) => exit.map_err(ClaudeError::from),
        };
        let moved = moved.unwrap_or_default();
        let last = (!moved.is_empty()).then_some(Event::Quarantined(moved));
        for event in self.waiting.into_iter().chain(last).chain([Event::Ended(ended)]) {
            // Nobody listens any more.
            if self.events.blocking_send(event).is_err() {
                break;
            }
        }
    }
}

fn read(stdout: UnixStream, inputs: &Sender<Input>, credits: &Receiver<()>) {
    let mut stdout = BufReader::with_capacity(64 << 10, stdout);
    loop {
        let (input, is_last) = match next_line(&mut stdout) {
            Ok(Some(Line::Whole(line))) => (Input::Line(line), false),
            Ok(Some(Line::TooLong)) => (Input::TooLong, false),
            Ok(None) => (Input::Closed(None), true),
            Err(error) => (Input::Closed(Some(error)), true),
        };
        // One line at a time: what the engine has not taken, the agent cannot write.
        if inputs.send(input).is_err() || is_last || credits.recv().is_err() {
            return;
        }
    }
}

fn write(mut stdin: UnixStream, lines: &Receiver<String>) {
    for line in lines {
        if stdin.write_all(line.as_bytes()).and_then(|()| stdin.write_all(b"\n")).is_err() {
            return;
        }
    }
}

fn drain(mut stderr: impl Read) {
    let mut buffer = [0; 4096];
    while matches!(stderr.read(&mut buffer), Ok(read) if read > 0) {}
}

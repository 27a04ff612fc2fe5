//! The bot while it runs: who works for whom, what is locked, and how an instruction becomes a run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use guard_audit::{Event, Outcome};
use guard_auth::UserId;
use guard_core::path::Root;
use guard_store::StoreError;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

use super::desk::Desk;
use super::files;
use super::inbox::{Inbox, Instruction};
use super::line::{Form, Spot};
use super::live::Live;
use super::memory::Memory;
use super::person::{ChatPerson, lock};
use super::progress::{Progress, Report};
use super::sender::{Rules, Speaker};
use super::stop::Stop;
use super::upload::Delivery;
use crate::gate::{Request, Sender};
use crate::run::{Done, Pipeline};
use crate::workshop::{Kind, Workshop};

/// Runs at the same time, of all people together; the others wait.
const MAX_RUNS: usize = 8;

/// Agents that are kept ready.
const MAX_PIPELINES: usize = 32;

/// Everything that the poll, the commands and the runs share.
#[derive(Debug)]
pub(crate) struct Bot {
    pub(crate) desk: Arc<Desk>,
    pub(crate) rules: Rules,
    pub(crate) inbox: Inbox,
    pub(crate) memory: Memory,
    pub(crate) workshop: Workshop,
    /// The approved directory.
    pub(crate) root: Root,
    pub(crate) kind: Kind,
    /// The bot's own name in Telegram.
    pub(crate) username: String,
    pub(crate) verbosity: u8,
    pub(crate) expires: Duration,
    pub(crate) is_locked: AtomicBool,
    pub(crate) is_closing: AtomicBool,
    workers: Mutex<HashMap<UserId, Worker>>,
    pipelines: Mutex<HashMap<(UserId, PathBuf), Arc<Pipeline>>>,
    slots: Semaphore,
    /// Who judges and keeps a file.
    pub(super) uploads: Semaphore,
    drafts: AtomicI32,
}

/// The one task that runs a person's instructions, in their order.
#[derive(Debug, Default)]
struct Worker {
    current: Option<Current>,
    /// Something was accepted since the task last looked.
    has_more: bool,
}

/// What runs.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    pub(crate) stop: Arc<Stop>,
    pub(crate) since: Instant,
    pub(crate) place: String,
}

/// The parts of a bot that are made before it.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) desk: Desk,
    pub(crate) rules: Rules,
    pub(crate) inbox: Inbox,
    pub(crate) memory: Memory,
    pub(crate) workshop: Workshop,
    pub(crate) root: Root,
    pub(crate) kind: Kind,
    pub(crate) username: String,
    pub(crate) verbosity: u8,
    pub(crate) expires: Duration,
    pub(crate) is_locked: bool,
}

impl Bot {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            desk: Arc::new(parts.desk),
            rules: parts.rules,
            inbox: parts.inbox,
            memory: parts.memory,
            workshop: parts.workshop,
            root: parts.root,
            kind: parts.kind,
            username: parts.username,
            verbosity: parts.verbosity,
            expires: parts.expires,
            is_locked: AtomicBool::new(parts.is_locked),
            is_closing: AtomicBool::new(false),
            workers: Mutex::default(),
            pipelines: Mutex::default(),
            slots: Semaphore::new(MAX_RUNS),
            uploads: Semaphore::new(1),
            drafts: AtomicI32::new(1),
        }
    }

    /// What runs for the person.
    pub(crate) fn current(&self, person: UserId) -> Option<Current> {
        self.workers().get(&person).and_then(|worker| worker.current.clone())
    }

    /// How many people have something running or about to.
    pub(crate) fn busy(&self) -> usize {
        self.workers().len()
    }

    /// Ends what runs: of one person, or of everybody. Returns how many.
    pub(crate) fn stop(&self, person: Option<UserId>) -> usize {
        let workers = self.workers();
        let running = workers
            .iter()
            .filter(|(who, _)| person.is_none_or(|person| person == **who))
            .filter_map(|(_, worker)| worker.current.as_ref());
        running.map(|current| current.stop.begin()).count()
    }

    /// Sees to it that the person's instructions are run.
    pub(crate) fn wake(self: &Arc<Self>, person: UserId) {
        let mut workers = self.workers();
        if let Some(worker) = workers.get_mut(&person) {
            worker.has_more = true;
            return;
        }
        workers.insert(person, Worker::default());
        drop(workers);
        let bot = Arc::clone(self);
        tokio::spawn(async move { bot.work(person).await });
    }

    async fn work(self: Arc<Self>, person: UserId) {
        loop {
            let worked = self.work_once(person).await;
            let mut workers = self.workers();
            let has_more =
                workers.get_mut(&person).is_some_and(|worker| std::mem::take(&mut worker.has_more));
            match worked {
                Ok(true) => {}
                Ok(false) if has_more => {}
                // What waits is taken up with the next message, or by the next look at everything.
                Ok(false) | Err(_) => {
                    workers.remove(&person);
                    return;
                }
            }
        }
    }

    /// Runs the oldest instruction. `false` where nothing waits, or nothing may begin.
    async fn work_once(self: &Arc<Self>, person: UserId) -> Result<bool, StoreError> {
        if self.is_closed() || self.inbox.next(person)?.is_none() {
            return Ok(false);
        }
        let Ok(_slot) = self.slots.acquire().await else { return Ok(false) };
        // It may have been withdrawn meanwhile.
        let Some(next) = self.inbox.next(person)? else { return Ok(false) };
        let stop = Arc::new(Stop::new());
        let cwd = self.cwd(person)?;
        let current = Current { stop: Arc::clone(&stop), since: Instant::now(), place: files::place(&cwd) };
        // In this order a stop or a lock either finds what runs, or what runs finds that it must not.
        self.set_current(person, Some(current));
        let started = if self.is_closed() { Ok(false) } else { self.inbox.start(next.id, now()) };
        let is_started = *started.as_ref().unwrap_or(&false);
        if is_started {
            self.run(&next, cwd, stop).await;
            self.finish(&next).await;
        }
        self.set_current(person, None);
        started?;
        Ok(is_started || !self.is_closed())
    }

    fn is_closed(&self) -> bool {
        self.is_closing.load(Ordering::SeqCst) || self.is_locked.load(Ordering::SeqCst)
    }

    /// The run is over and the person was told; until that is on disk, a restart says that it was interrupted.
    async fn finish(&self, done: &Instruction) {
        for attempt in 0..10_u64 {
            match self.inbox.end(done.id, now()) {
                Ok(()) => return,
                Err(error) => {
                    eprintln!("guard-bot: the end of a run could not be stored: {error} [{}]", error.code());
                    tokio::time::sleep(Duration::from_secs(1 << attempt.min(4))).await;
                }
            }
        }
    }

    async fn run(self: &Arc<Self>, instruction: &Instruction, cwd: PathBuf, stop: Arc<Stop>) {
        let spot = Spot { chat: instruction.chat, reply_to: i32::try_from(instruction.message).ok() };
        // The allowlist may have changed since it was accepted.
        let Ok(principal) = self.rules.allowlist.authenticate(instruction.person) else { return };
        let is_private = instruction.chat == instruction.person.get();
        if !is_private && !self.rules.chats.contains(&instruction.chat) {
            return;
        }
        let is_admin = self.rules.admins.contains(&instruction.person);
        let by =
            Speaker { principal, person: instruction.person, is_admin, chat: instruction.chat, is_private };
        let verbosity = self.memory.verbosity(by.person).ok().flatten().unwrap_or(self.verbosity);
        let (project, below) = self.project(&cwd);
        let text = match self.inbox.attachment(instruction.id) {
            Ok(None) => instruction.text.clone(),
            Ok(Some(attachment)) => {
                let (project, below, caption) = (&*project, &*below, &*instruction.text);
                let stop = Arc::clone(&stop);
                let delivery = Delivery { by, spot, stop, project, below, attachment, caption };
                match self.receive(&delivery).await {
                    Some(text) => text,
                    None => return,
                }
            }
            Err(error) => {
                self.say(spot, &format!("The file cannot be read back: {error} [{}].", error.code())).await;
                return;
            }
        };
        let pipeline = match self.pipeline(&by, &project) {
            Ok(pipeline) => pipeline,
            Err(error) => {
                self.say(spot, &format!("The agent cannot start: {error:#}")).await;
                return;
            }
        };
        let form = self.form();
        let place = files::place(&cwd);
        let progress = Arc::new(Mutex::new(Progress::new(form, verbosity, place.clone(), Instant::now())));
        let (end, over) = oneshot::channel();
        let live = Live {
            desk: Arc::clone(&self.desk),
            by,
            spot,
            progress: Arc::clone(&progress),
            stop: Arc::clone(&stop),
            form,
            draft: self.drafts.fetch_add(1, Ordering::Relaxed).max(1),
        };
        let live = tokio::spawn(live.show(over));
        let mut person = ChatPerson {
            desk: Arc::clone(&self.desk),
            by,
            spot,
            progress: Arc::clone(&progress),
            stop,
            place,
            expires: self.expires,
            card: None,
        };
        let request = Request { sender: Sender::Telegram(principal), text, cwd: below };
        let done = pipeline.request(&mut person, request).await;
        if !matches!(done, Done::Ran { .. } | Done::Denied) {
            // The directory may be another one by now, or the agent gone.
            self.pipelines().remove(&(by.person, project.clone()));
        }
        if let Done::Ran { cwd: Some(after), .. } = done {
            // A directory that cannot be remembered is the one before.
            let after: PathBuf = project.join(after).components().collect();
            self.memory.set_cwd(by.person, &after).ok();
        }
        drop(end);
        live.await.ok();
        let Report { form, text, note } = lock(&progress).report();
        if let Err(error) = self.desk.line.answer(spot, &text, form, &note).await {
            self.undelivered(&by, error.code());
        }
    }

    /// The way to the agent in the project, kept for the next instruction: its start may take a second.
    fn pipeline(&self, by: &Speaker, project: &Path) -> anyhow::Result<Arc<Pipeline>> {
        let key = (by.person, project.to_owned());
        if let Some(pipeline) = self.pipelines().get(&key) {
            return Ok(Arc::clone(pipeline));
        }
        let directory = self.root.path().join(project);
        // It starts programs and waits for them.
        let made = tokio::task::block_in_place(|| {
            self.workshop.pipeline(&by.principal.actor(), &directory, self.kind)
        });
        let made = Arc::new(made?);
        // A link that was put there meanwhile does not lead out: what counts is where the opened directory really is.
        anyhow::ensure!(
            made.gate.root().path().starts_with(self.root.path()),
            "the project is not inside the approved directory any more [path-link-leaves-root]"
        );
        let mut pipelines = self.pipelines();
        if pipelines.len() >= MAX_PIPELINES {
            pipelines.clear();
        }
        pipelines.insert(key, Arc::clone(&made));
        Ok(made)
    }

    fn pipelines(&self) -> MutexGuard<'_, HashMap<(UserId, PathBuf), Arc<Pipeline>>> {
        // A map of handles is whole between any two calls.
        self.pipelines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody may think that nothing happened where only the answer did not arrive.
    fn undelivered(&self, by: &Speaker, code: &'static str) {
        let event = Event::new("answer_undelivered")
            .actor(by.principal.actor())
            .outcome(Outcome::Failure)
            .detail("code", code);
        if let Err(error) = self.desk.record(event) {
            eprintln!(
                "guard-bot: an answer could not be delivered [{code}], and not recorded [{}]",
                error.code()
            );
        }
    }

    /// Where the person works: as remembered, if that is still there.
    pub(crate) fn cwd(&self, person: UserId) -> Result<PathBuf, StoreError> {
        let cwd = self.memory.cwd(person)?;
        let is_there = files::change(&self.root, Path::new(""), &format!("/{}", cwd.display())).is_ok();
        Ok(if is_there { cwd } else { PathBuf::new() })
    }

    /// The project that the directory belongs to, and the rest: a root that is a repository is the project itself.
    pub(crate) fn project(&self, cwd: &Path) -> (PathBuf, PathBuf) {
        let mut parts = cwd.components();
        let first = match parts.next() {
            Some(first) if std::fs::symlink_metadata(self.root.path().join(".git")).is_err() => first,
            _ => return (PathBuf::new(), cwd.to_owned()),
        };
        (PathBuf::from(first.as_os_str()), parts.as_path().to_owned())
    }

    pub(crate) const fn form(&self) -> Form {
        match self.kind {
            Kind::Shell => Form::Output,
            Kind::Claude => Form::Markdown,
        }
    }

    /// Says something of the bot's own; that it does not arrive changes nothing.
    pub(crate) async fn say(&self, spot: Spot, text: &str) {
        if let Err(error) = self.desk.line.say(spot, text).await {
            eprintln!("guard-bot: a message could not be sent [{}]", error.code());
        }
    }

    fn set_current(&self, person: UserId, current: Option<Current>) {
        if let Some(worker) = self.workers().get_mut(&person) {
            worker.current = current;
        }
    }

    fn workers(&self) -> MutexGuard<'_, HashMap<UserId, Worker>> {
        // A map of handles is whole between any two calls.
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one clock of the chat for what is stored.
#[allow(
    clippy::disallowed_methods,
    reason = "the default clock of the chat; its stores take the time as a parameter"
)]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

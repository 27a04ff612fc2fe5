//! The bot while it runs: who works for whom, what is locked, and how an instruction becomes a run.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use guard_audit::{Event, Outcome};
use guard_auth::UserId;
use guard_core::path::Root;
use guard_store::StoreError;
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};
use tokio::time::Instant;

use super::desk::Desk;
use super::files;
use super::inbox::{Inbox, Instruction};
use super::line::{Form, Spot};
use super::live::Live;
use super::memory::Memory;
use super::person::{ChatPerson, lock};
use super::progress::{Progress, Report};
use super::sender::Speaker;
use super::standing::Standing;
use super::stop::Stop;
use super::upload::Delivery;
use crate::gate::{Request, Sender};
use crate::run::{Done, Pipeline};
use crate::say;
use crate::workshop::Kind;

/// Runs at the same time, of all people together; the others wait.
const MAX_RUNS: usize = 8;

/// Agents that are kept ready.
const MAX_PIPELINES: usize = 32;

/// Everything that the poll, the commands and the runs share.
#[derive(Debug)]
pub(crate) struct Bot {
    pub(crate) desk: Arc<Desk>,
    standing: RwLock<Arc<Standing>>,
    pub(crate) inbox: Inbox,
    pub(crate) memory: Memory,
    /// The approved directory.
    pub(crate) root: Root,
    pub(crate) kind: Kind,
    /// The bot's own name in Telegram.
    pub(crate) username: String,
    pub(crate) is_locked: AtomicBool,
    pub(crate) is_closing: AtomicBool,
    workers: Mutex<HashMap<UserId, Worker>>,
    /// People whose `/stop` is not stored yet: nothing of theirs begins before what waits was dropped.
    held: Mutex<HashSet<UserId>>,
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
    /// Names the draft that shows it.
    draft: i32,
    pub(crate) since: Instant,
    pub(crate) place: String,
}

/// The parts of a bot that are made before it.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) desk: Desk,
    pub(crate) standing: Standing,
    pub(crate) inbox: Inbox,
    pub(crate) memory: Memory,
    pub(crate) root: Root,
    pub(crate) kind: Kind,
    pub(crate) username: String,
    pub(crate) is_locked: bool,
}

impl Bot {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            desk: Arc::new(parts.desk),
            standing: RwLock::new(Arc::new(parts.standing)),
            inbox: parts.inbox,
            memory: parts.memory,
            root: parts.root,
            kind: parts.kind,
            username: parts.username,
            is_locked: AtomicBool::new(parts.is_locked),
            is_closing: AtomicBool::new(false),
            workers: Mutex::default(),
            held: Mutex::default(),
            pipelines: Mutex::default(),
            slots: Semaphore::new(MAX_RUNS),
            uploads: Semaphore::new(1),
            // Not where an earlier process began, whose drafts may still be shown. Without randomness it is one of them.
            drafts: AtomicI32::new(
                getrandom::u32().map_or(1, |number| i32::try_from(number >> 2).unwrap_or(1)),
            ),
        }
    }

    /// The settings at work. Whoever decides something takes them once.
    pub(crate) fn standing(&self) -> Arc<Standing> {
        // What is behind the lock is replaced as a whole.
        Arc::clone(&self.standing.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts other settings to work, and ends what runs for people whom they do not name.
    pub(crate) fn stand(&self, new: Arc<Standing>) {
        self.desk.renew(new.workshop.books(), new.workshop.redactor());
        *self.standing.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&new);
        // Each was made by the old settings.
        self.pipelines().clear();
        let running: Vec<UserId> = self.workers().keys().copied().collect();
        for person in running.into_iter().filter(|person| new.rules.allowlist.authenticate(*person).is_err())
        {
            self.stop(Some(person));
        }
    }

    /// The name by which commands are meant for this bot, where they can be meant for another one.
    pub(crate) fn named_in(&self, by: &Speaker) -> Option<&str> {
        (!by.is_private).then_some(self.username.as_str())
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

    /// Ends what runs for the person if it is what this draft shows.
    pub(crate) fn stop_draft(&self, person: UserId, draft: i64) {
        if let Some(current) = self.current(person).filter(|current| i64::from(current.draft) == draft) {
            current.stop.begin();
        }
    }

    /// Lets nothing of the person begin until [`release`](Self::release).
    pub(crate) fn hold(&self, person: UserId) {
        self.held().insert(person);
    }

    pub(crate) fn release(&self, person: UserId) {
        self.held().remove(&person);
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
        let (bot, work) = (Arc::clone(self), tokio::spawn(Arc::clone(self).work(person)));
        tokio::spawn(async move {
            if work.await.is_err() {
                // A defect; what it ran is reported as interrupted by the next start. The person is not locked out.
                say::log("a run ended by a defect of the bot [internal]");
                bot.workers().remove(&person);
            }
        });
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
        if self.is_closed(person) || self.inbox.next(person)?.is_none() {
            return Ok(false);
        }
        let Ok(slot) = self.slots.acquire().await else { return Ok(false) };
        // It may have been withdrawn meanwhile.
        let Some(next) = self.inbox.next(person)? else { return Ok(false) };
        let cwd = match &next.cwd {
            Some(cwd) => cwd.clone(),
            None => self.memory.cwd(person)?,
        };
        let current = Current {
            stop: Arc::new(Stop::new()),
            draft: self.drafts.fetch_add(1, Ordering::Relaxed).max(1),
            since: Instant::now(),
            place: files::place(&cwd),
        };
        // In this order a stop or a lock either finds what runs, or what runs finds that it must not.
        self.set_current(person, Some(current.clone()));
        let started = if self.is_closed(person) { Ok(false) } else { self.inbox.start(next.id, now()) };
        let is_started = *started.as_ref().unwrap_or(&false);
        if is_started {
            self.run(&next, cwd, current, slot).await;
            self.finish(&next).await;
        }
        self.set_current(person, None);
        started?;
        Ok(is_started || !self.is_closed(person))
    }

    fn is_closed(&self, person: UserId) -> bool {
        self.is_closing.load(Ordering::SeqCst)
            || self.is_locked.load(Ordering::SeqCst)
            || self.held().contains(&person)
    }

    /// The run is over and the person was told; until that is on disk, a restart says that it was interrupted.
    async fn finish(&self, done: &Instruction) {
        for attempt in 0..10_u64 {
            match self.inbox.end(done.id, now()) {
                Ok(()) => return,
                Err(error) => {
                    say::log(format_args!(
                        "the end of a run could not be stored: {error} [{}]",
                        error.code()
                    ));
                    tokio::time::sleep(Duration::from_secs(1 << attempt.min(4))).await;
                }
            }
        }
    }

    async fn run(
        self: &Arc<Self>,
        instruction: &Instruction,
        cwd: PathBuf,
        current: Current,
        slot: SemaphorePermit<'_>,
    ) {
        let spot = Spot { chat: instruction.chat, reply_to: i32::try_from(instruction.message).ok() };
        let standing = self.standing();
        let by = match standing.rules.speaker_again(instruction.person, instruction.chat) {
            Ok(by) => by,
            Err(why) => return self.desk.not_heard(instruction.person.get(), why, Instant::now()),
        };
        if !self.is_there(&cwd) {
            let place = files::place(&cwd);
            self.say(
                spot,
                &format!(
                    "The directory {place} is not there any more, so this was not run. You are in / now."
                ),
            )
            .await;
            // What waits was sent to where it was not there either, and keeps that.
            self.memory.change_cwd(by.person, Path::new("")).ok();
            return;
        }
        let verbosity = self.memory.verbosity(by.person).ok().flatten().unwrap_or(standing.verbosity);
        let (project, below) = self.project(&cwd);
        let text = match self.inbox.attachment(instruction.id) {
            Ok(None) => instruction.text.clone(),
            Ok(Some(attachment)) => {
                let (project, below, caption) = (&*project, &*below, &*instruction.text);
                let stop = Arc::clone(&current.stop);
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
        let pipeline = match self.pipeline(&standing, &by, &project) {
            Ok(pipeline) => pipeline,
            Err(error) => {
                self.say(spot, &format!("The agent cannot start: {error:#}")).await;
                return;
            }
        };
        let form = self.form();
        let Current { stop, draft, since, place } = current;
        let progress = Arc::new(Mutex::new(Progress::new(form, verbosity, place.clone(), since)));
        let (end, over) = oneshot::channel();
        let live = Live {
            desk: Arc::clone(&self.desk),
            by,
            spot,
            progress: Arc::clone(&progress),
            stop: Arc::clone(&stop),
            form,
            draft,
        };
        let live = tokio::spawn(live.show(over));
        let mut person = ChatPerson {
            desk: Arc::clone(&self.desk),
            by,
            spot,
            progress: Arc::clone(&progress),
            stop,
            place,
            expires: standing.expires,
            card: None,
        };
        let request = Request { sender: Sender::Telegram(by.principal), text, cwd: below };
        let done = pipeline.request(&mut person, request).await;
        // Nothing runs any more; how long the answer takes must not keep others waiting.
        drop(slot);
        if !matches!(done, Done::Ran { .. } | Done::Denied) {
            // The directory may be another one by now, or the agent gone.
            self.pipelines().remove(&(by.person, project.clone()));
        }
        if let (Done::Ran { cwd: Some(after), .. }, None) = (done, &instruction.cwd) {
            // A directory that cannot be remembered is the one before.
            let after: PathBuf = project.join(after).components().collect();
            self.memory.follow_cwd(by.person, &cwd, &after).ok();
        }
        drop(end);
        live.await.ok();
        let Report { form, text, note } = lock(&progress).report();
        if let Err(error) = self.desk.line.answer(spot, &text, form, &note).await {
            self.undelivered(&by, error.code());
        }
    }

    /// The way to the agent in the project, kept for the next instruction: its start may take a second.
    fn pipeline(
        &self,
        standing: &Arc<Standing>,
        by: &Speaker,
        project: &Path,
    ) -> anyhow::Result<Arc<Pipeline>> {
        let key = (by.person, project.to_owned());
        if let Some(pipeline) = self.pipelines().get(&key) {
            return Ok(Arc::clone(pipeline));
        }
        let directory = self.root.path().join(project);
        // It starts programs and waits for them.
        let made = tokio::task::block_in_place(|| {
            standing.workshop.pipeline(&by.principal.actor(), &directory, self.kind)
        });
        let made = Arc::new(made?);
        // A link that was put there meanwhile does not lead out: what counts is where the opened directory really is.
        anyhow::ensure!(
            made.gate.root().path().starts_with(self.root.path()),
            "the project is not inside the approved directory any more [path-link-leaves-root]"
        );
        if !Arc::ptr_eq(standing, &self.standing()) {
            // For this run only: the next one gets one by the new settings.
            return Ok(made);
        }
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
            say::log(format_args!(
                "an answer could not be delivered [{code}], and not recorded [{}]",
                error.code()
            ));
        }
    }

    /// Where the person works: as remembered, if that is still there.
    pub(crate) fn cwd(&self, person: UserId) -> Result<PathBuf, StoreError> {
        let cwd = self.memory.cwd(person)?;
        Ok(if self.is_there(&cwd) { cwd } else { PathBuf::new() })
    }

    fn is_there(&self, cwd: &Path) -> bool {
        let cwd = if cwd.as_os_str().is_empty() { Path::new(".") } else { cwd };
        self.root.resolve(cwd).and_then(|directory| directory.list(1)).is_ok()
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
            say::log(format_args!("a message could not be sent [{}]", error.code()));
        }
    }

    fn set_current(&self, person: UserId, current: Option<Current>) {
        if let Some(worker) = self.workers().get_mut(&person) {
            worker.current = current;
        }
    }

    fn held(&self) -> MutexGuard<'_, HashSet<UserId>> {
        // A set of numbers is whole between any two calls.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
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

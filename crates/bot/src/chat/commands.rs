//! What each command of the chat does and says.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use guard_audit::{Event, Filter, Outcome};
use guard_store::StoreError;
use tokio::time::Instant;

use super::bot::{Bot, now};
use super::command::{COMMANDS, Said};
use super::files::{self, FileRefused};
use super::sender::Speaker;
use crate::cli::limits;
use crate::say;
use crate::workshop::Kind;

/// Records of one `/audit`.
const MAX_RECORDS: u64 = 50;

/// What is answered at once.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// In the bot's own words.
    Words(String),
    /// A listing, a file or records as they are, and what is to be said about them.
    Listing { text: String, note: String },
}

impl Reply {
    fn words(text: impl Into<String>) -> Self {
        Self::Words(text.into())
    }

    fn listing(text: String) -> Self {
        Self::Listing { text, note: String::new() }
    }
}

impl Bot {
    /// Does what the command asks for; `withdrawn` is what its acceptance dropped. Prompts are not commands.
    pub(crate) fn command(self: &Arc<Self>, by: &Speaker, said: &Said, withdrawn: usize) -> Option<Reply> {
        let done = match said {
            Said::Prompt(_) | Said::ForAnotherBot => return None,
            Said::Help => Ok(Reply::Words(self.help())),
            Said::New => self.forget(by),
            Said::Status => self.status(by),
            Said::Stop => Ok(self.stop_all(by, withdrawn)),
            Said::Cd(name) => self.cd(by, name),
            Said::Pwd => self.cwd(by.person).map(|cwd| Reply::Words(files::place(&cwd))),
            Said::Ls(name) => self.ls(by, name),
            Said::Cat(name) => self.cat(by, name),
            Said::Projects => self.projects(by),
            Said::Cost => Ok(self.cost(by)),
            Said::Verbose(level) => self.verbose(by, level),
            Said::Audit(count) => Ok(self.audit(by, count)),
            Said::Lock => Ok(self.lock(by, withdrawn)),
            Said::Unlock => self.unlock(by),
            Said::Pair(_) => Ok(Reply::words("You are on the list already; there is nothing to pair.")),
            Said::Unknown => Ok(Reply::words("There is no such command; /help lists them.")),
            Said::Nothing => Ok(Reply::words("There is nothing in that.")),
        };
        Some(done.unwrap_or_else(unstored))
    }

    fn help(&self) -> String {
        let mut text = match self.kind {
            Kind::Shell => {
                "Each message is one command line: judged, asked about where needed, and run in a cell."
            }
            Kind::Claude => {
                "Each message is for Claude Code, which works in a cell; you are asked before anything doubtful."
            }
        }
        .to_owned();
        text.push_str(" What you send meanwhile waits its turn.\n");
        for (name, what) in COMMANDS {
            // Writing to a String cannot fail.
            write!(text, "\n/{name} {what}").ok();
        }
        text
    }

    fn forget(&self, by: &Speaker) -> Result<Reply, StoreError> {
        if self.kind == Kind::Shell {
            return Ok(Reply::words("The shell agent has no conversation to forget."));
        }
        let (project, _) = self.project(&self.cwd(by.person)?);
        let (project, actor) = (self.root.path().join(project), by.principal.actor());
        let forgotten =
            self.standing().workshop.conversations(&actor, &project).and_then(|kept| Ok(kept.forget()?));
        Ok(match forgotten {
            Ok(()) => Reply::words("The next message begins another conversation."),
            Err(error) => Reply::Words(format!("The conversation could not be forgotten: {error:#}")),
        })
    }

    fn status(&self, by: &Speaker) -> Result<Reply, StoreError> {
        let mut text = match self.current(by.person) {
            Some(current) => {
                let seconds = Instant::now().saturating_duration_since(current.since).as_secs();
                format!("A run goes on in {} since {seconds} s; /stop ends it.", current.place)
            }
            None => "Nothing runs.".to_owned(),
        };
        write!(text, "\nWaiting: {}", self.inbox.waiting(by.person)?).ok();
        write!(text, "\nDirectory: {}", files::place(&self.cwd(by.person)?)).ok();
        write!(text, "\nAgent: {}", self.agent_name()).ok();
        if self.is_locked.load(Ordering::SeqCst) {
            text.push_str("\nLocked: nothing runs until an admin says /unlock.");
        }
        Ok(Reply::Words(text))
    }

    fn stop_all(&self, by: &Speaker, withdrawn: usize) -> Reply {
        // What waited went first, so that nothing of it begins when the run ends.
        Reply::Words(match (self.stop(Some(by.person)), withdrawn) {
            (0, 0) => "Nothing runs.".to_owned(),
            (0, waiting) => format!("Nothing runs; {waiting} that waited will not."),
            (_, 0) => "Stopping.".to_owned(),
            (_, waiting) => format!("Stopping; {waiting} that waited will not run."),
        })
    }

    fn cd(&self, by: &Speaker, name: &str) -> Result<Reply, StoreError> {
        let name = if name.is_empty() { "/" } else { name };
        match files::change(&self.root, &self.cwd(by.person)?, name) {
            Ok(new) => {
                self.memory.change_cwd(by.person, &new)?;
                let mut text = files::place(&new);
                if self.current(by.person).is_some() || self.inbox.waiting(by.person)? > 0 {
                    text.push_str("\nWhat runs or waits stays where it was sent.");
                }
                Ok(Reply::Words(text))
            }
            Err(refused) => Ok(self.refused(by, &refused)),
        }
    }

    fn ls(&self, by: &Speaker, name: &str) -> Result<Reply, StoreError> {
        Ok(match files::list(&self.root, &self.cwd(by.person)?, name) {
            Ok(names) => Reply::listing(names),
            Err(refused) => self.refused(by, &refused),
        })
    }

    fn cat(&self, by: &Speaker, name: &str) -> Result<Reply, StoreError> {
        let cwd = self.cwd(by.person)?;
        let redactor = self.standing().workshop.redactor();
        let shown = files::show(&self.root, &cwd, name, &redactor);
        let file = match shown {
            Ok(file) => file,
            Err(refused) => return Ok(self.refused(by, &refused)),
        };
        let event = Event::new("file_shown")
            .actor(by.principal.actor())
            .object(crate::render::clip(&redactor.redact(name)))
            .outcome(Outcome::Success)
            .detail("cwd", cwd.to_string_lossy());
        // What is shown without a record would be a read that nobody can find.
        if let Err(error) = self.desk.record(event) {
            return Ok(Reply::Words(format!(
                "It could not be recorded, so it is not shown [{}].",
                error.code()
            )));
        }
        if file.text.is_empty() {
            return Ok(Reply::words("The file is empty."));
        }
        let note = if file.is_complete { "" } else { "This is the beginning; the file goes on." };
        Ok(Reply::Listing { text: file.text, note: note.to_owned() })
    }

    fn projects(&self, by: &Speaker) -> Result<Reply, StoreError> {
        let (current, _) = self.project(&self.cwd(by.person)?);
        Ok(match files::projects(&self.root) {
            Ok(names) if names.is_empty() => {
                Reply::words("There is no directory here; the root is the project.")
            }
            Ok(names) => {
                let mut text = String::new();
                for name in names {
                    let mark = if Path::new(&name) == current { " (here)" } else { "" };
                    writeln!(text, "{name}{mark}").ok();
                }
                Reply::Listing { text, note: "/cd /NAME works in one of them.".to_owned() }
            }
            Err(refused) => self.refused(by, &refused),
        })
    }

    fn cost(&self, by: &Speaker) -> Reply {
        match limits::table(self.desk.books().limits(), &by.principal.actor()) {
            Ok(table) => Reply::listing(table),
            Err(error) => Reply::Words(format!("The ledger cannot be read: {error:#}")),
        }
    }

    fn verbose(&self, by: &Speaker, level: &str) -> Result<Reply, StoreError> {
        match level.parse::<u8>() {
            Ok(level @ 0..=3) => {
                self.memory.set_verbosity(by.person, level)?;
                Ok(Reply::Words(format!("Level {level}, from the next run on.")))
            }
            _ => {
                let now = self.memory.verbosity(by.person)?.unwrap_or(self.standing().verbosity);
                Ok(Reply::Words(format!(
                    "0: answers only. 1: tools by name. 2: with their input. 3: everything. As in /verbose 2. It is {now}."
                )))
            }
        }
    }

    /// The newest records: an admin sees all, everybody else their own.
    fn audit(&self, by: &Speaker, count: &str) -> Reply {
        let limit = match count {
            "" => 10,
            count => match count.parse::<u64>() {
                Ok(count @ 1..=MAX_RECORDS) => count,
                _ => return Reply::Words(format!("A number up to {MAX_RECORDS}, as in /audit 20.")),
            },
        };
        let actor = (!by.is_admin).then(|| by.principal.actor());
        let filter = Filter { limit: Some(limit), actor, ..Filter::default() };
        let records = guard_audit::newest(self.standing().workshop.state().audit().log, &filter)
            .and_then(|records| records.collect::<Result<Vec<_>, _>>());
        match records {
            Ok(records) if records.is_empty() => Reply::words("There is no record yet."),
            Ok(records) => {
                let lines: Vec<_> = records.iter().rev().map(ToString::to_string).collect();
                Reply::listing(crate::render::output(&lines.join("\n")))
            }
            Err(error) => Reply::Words(format!("The record cannot be read: {error} [{}]", error.code())),
        }
    }

    /// Ends everything at once; whoever may use the bot may do that. It is stored when this is called, and nothing that
    /// fails on the way undoes it.
    fn lock(&self, by: &Speaker, withdrawn: usize) -> Reply {
        self.is_locked.store(true, Ordering::SeqCst);
        let running = self.stop(None);
        let event = Event::new("bot_locked").actor(by.principal.actor()).outcome(Outcome::Success);
        let recorded = self.desk.record(event);
        let mut text = format!(
            "Locked. {running} stopped, {withdrawn} that waited will not run. Only an admin can /unlock."
        );
        if let Err(error) = recorded {
            // Writing to a String cannot fail.
            write!(text, " It could not be recorded [{}].", error.code()).ok();
        }
        Reply::Words(text)
    }

    fn unlock(&self, by: &Speaker) -> Result<Reply, StoreError> {
        if !by.is_admin {
            let event = Event::new("authz_fail")
                .actor(by.principal.actor())
                .outcome(Outcome::Failure)
                .detail("code", "not-an-admin");
            if let Err(error) = self.desk.record(event) {
                say::log(format_args!("a refusal could not be recorded [{}]", error.code()));
            }
            return Ok(Reply::words("Only an admin can do that [not-an-admin]."));
        }
        let event = Event::new("bot_unlocked").actor(by.principal.actor()).outcome(Outcome::Success);
        if let Err(error) = self.desk.record(event) {
            return Ok(Reply::Words(format!(
                "It could not be recorded, so it stays locked [{}].",
                error.code()
            )));
        }
        // What waited when it was locked was to be dropped, and was not where that could not be stored.
        self.inbox.withdraw(None, now())?;
        self.memory.unlock()?;
        self.is_locked.store(false, Ordering::SeqCst);
        Ok(Reply::words("Unlocked."))
    }

    fn refused(&self, by: &Speaker, refused: &FileRefused) -> Reply {
        let event = Event::new("authz_fail")
            .actor(by.principal.actor())
            .outcome(Outcome::Failure)
            .risk(20)
            .detail("code", refused.code());
        match self.desk.record(event) {
            Ok(()) => Reply::Words(format!("Refused: {refused} [{}]", refused.code())),
            Err(error) => {
                Reply::Words(format!("Refused, and that could not be recorded [{}].", error.code()))
            }
        }
    }

    pub(crate) const fn agent_name(&self) -> &'static str {
        match self.kind {
            Kind::Shell => "shell",
            Kind::Claude => "claude",
        }
    }
}

fn unstored(error: StoreError) -> Reply {
    Reply::Words(format!("That could not be stored or read: {error} [{}].", error.code()))
}

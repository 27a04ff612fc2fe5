//! Claude Code as the agent: each request is one prompt, in a cell and behind a relay of its own.
//!
//! Nothing lives between two requests but the private HOME and the name of the conversation, so that a restart changes
//! nothing, the money of a request is all that it can spend, and an opened host is closed again with it.

mod conversation;
mod hosts;
mod judge;
mod question;
mod session;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use guard_agent::Enforced;
use guard_agent::claude::{Claude, Start, Support};
use guard_agent::relay::{Models, Options, Relay, Upstream};
use guard_ratelimit::Usd;

pub(crate) use conversation::Conversations;

use super::{Done, Pipeline, lost};
use crate::gate::Admitted;
use crate::model::Login;
use crate::person::{Failure, Person, Shown};

use judge::Guard;
use session::Following;

/// Claude Code for one person and one project.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) claude: Arc<Claude>,
    pub(crate) upstream: Upstream,
    pub(crate) login: Login,
    pub(crate) models: Models,
    /// The name of the one model.
    pub(crate) model: String,
    /// The most that one request may cost.
    pub(crate) most: Usd,
    /// Where the relays' sockets are.
    pub(crate) sockets: PathBuf,
    pub(crate) conversations: Conversations,
    /// Between two signs of life of a hold.
    pub(crate) pulse: Duration,
}

impl Engine {
    /// What the cell enforces around the agent and everything that it starts.
    pub(crate) fn enforced(&self) -> &Enforced {
        self.claude.enforced()
    }

    /// What is behind it: version, model, account.
    pub(crate) fn describe(&self) -> String {
        let version = self.claude.version();
        let verified =
            if version.support() == Support::Verified { "" } else { ", not the one that was tested" };
        let (model, login) = (&self.model, self.login.name());
        format!("Claude Code {version}{verified}; {model} on the account of {login}")
    }
}

impl Pipeline {
    /// Sends the prompt and follows the run to its end; when this returns the cell and the relay are gone.
    pub(super) async fn prompt(
        &self,
        person: &mut impl Person,
        admitted: &Admitted,
        engine: &Engine,
    ) -> Result<Done, Failure> {
        if person.is_stopped() {
            let ending = self.not_begun(person, admitted)?;
            return Ok(Done::Ran { ending, cwd: None });
        }
        let now = now();
        let credential = engine.login.read(now)?;
        let resume = engine.conversations.current(now)?;
        let (listener, heard) = watch::listener(self.gate.books(), admitted);
        let options = Options::new(
            &engine.sockets,
            engine.upstream.clone(),
            credential,
            engine.models.clone(),
            admitted.purse() as _,
        );
        let relay = Relay::start(options.on_event(listener))?;
        person.show(Shown::Conversation { is_resumed: resume.is_some() });
        let start = Start {
            prompt: admitted.text().to_owned(),
            resume,
            relay: Some(relay.socket().to_owned()),
            ..Start::default()
        };
        let guard = Guard::new(self, admitted);
        let claude = Arc::clone(&engine.claude);
        // The project is searched, which takes as long as it is large.
        let started = tokio::task::spawn_blocking(move || claude.start(start, guard)).await.map_err(lost)?;
        let ending = match started {
            Ok(session) => {
                person.show(Shown::Started(engine.enforced()));
                Following { pipeline: self, engine, admitted, relay: &relay, heard }
                    .run(person, session)
                    .await
            }
            Err(error) => Err(error.into()),
        };
        // Every call is booked when this returns.
        tokio::task::spawn_blocking(move || drop(relay)).await.map_err(lost)?;
        let ending = ending?;
        person.show(Shown::Ended(&ending));
        Ok(Done::Ran { ending, cwd: None })
    }
}

/// When a login ends and how old a conversation is are told in the person's time.
#[allow(clippy::disallowed_methods, reason = "what is computed from it takes it as a parameter")]
fn now() -> SystemTime {
    SystemTime::now()
}

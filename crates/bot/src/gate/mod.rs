//! The way of one request, read top to bottom: authenticate, limit, confine, reserve, record.
//!
//! Every step returns a proof or refuses, and nothing later can run without [`Admitted`], which holds all proofs.

mod purse;
mod refused;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use guard_audit::{Event, Log, Outcome, Receipt};
use guard_auth::Principal;
use guard_core::path::Root;
use guard_ratelimit::{HoldError, Permit, Usd};

pub(crate) use purse::Purse;
pub(crate) use refused::{BadInput, Refused};

use crate::state::Limits;

/// What the transport understood of a request.
#[derive(Debug)]
pub(crate) struct Request {
    /// Who sent it.
    pub(crate) sender: Sender,
    /// What it asks for.
    pub(crate) text: String,
    /// The directory it is about, relative to the root.
    pub(crate) cwd: PathBuf,
}

/// Who a transport says the sender is; not believed before the gate has looked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sender {
    /// The person at the terminal of this process.
    Local,
    /// Somebody in a chat, whom the allowlist knows; there is no other way to have such a principal.
    Telegram(Principal),
}

/// A request that passed every guard; only the gate makes one.
#[derive(Debug)]
pub(crate) struct Admitted {
    id: String,
    principal: Principal,
    _permit: Permit,
    cwd: PathBuf,
    purse: Arc<Purse>,
    intent: Receipt,
    text: String,
}

impl Admitted {
    /// The name under which everything about this request is recorded.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Who asked.
    pub(crate) const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The directory, which was there and inside the root.
    pub(crate) fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// What is asked for.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The acknowledgement of the record that this is going to happen.
    pub(crate) const fn intent(&self) -> Receipt {
        self.intent
    }

    /// The money set aside, from which the run spends.
    pub(crate) fn purse(&self) -> Arc<Purse> {
        Arc::clone(&self.purse)
    }

    /// Books what the run cost and ends the request. Nothing spends from the purse any more.
    pub(crate) fn settle(self) -> Result<Usd, HoldError> {
        self.purse.settle().map(|receipt| receipt.charged)
    }
}

/// What all gates of a process write into: one record, one set of limits, one numbering.
#[derive(Debug)]
pub(crate) struct Books {
    limits: Limits,
    log: Log,
    session: String,
    count: AtomicU64,
}

impl Books {
    /// `session` names this process in the record.
    pub(crate) fn new(limits: Limits, log: Log, session: String) -> Self {
        Self { limits, log, session, count: AtomicU64::new(0) }
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }

    fn next_id(&self) -> String {
        format!("{}-{}", self.session, self.count.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The guards in their order, around one root.
#[derive(Debug)]
pub(crate) struct Gate {
    root: Root,
    books: Arc<Books>,
}

impl Gate {
    pub(crate) const fn new(root: Root, books: Arc<Books>) -> Self {
        Self { root, books }
    }

    pub(crate) const fn root(&self) -> &Root {
        &self.root
    }

    pub(crate) fn books(&self) -> Arc<Books> {
        Arc::clone(&self.books)
    }

    pub(crate) fn limits(&self) -> &Limits {
        self.books.limits()
    }

    pub(crate) fn log(&self) -> &Log {
        self.books.log()
    }

    /// Lets a request through that may cost `most`, or says which guard did not. Either way it is on record when this
    /// returns.
    pub(crate) fn admit(&self, request: Request, most: Usd) -> Result<Admitted, Refused> {
        let id = self.books.next_id();
        let mut actor = None;
        let admitted = self.pass(&id, &mut actor, request, most);
        if let Err(refused) = &admitted {
            self.record_refusal(&id, actor.as_deref(), refused)?;
        }
        admitted
    }

    /// Refuses what is not even a request; it counts as one, so that it cannot be sent without end.
    pub(crate) fn reject(&self, sender: Sender, input: BadInput) -> Refused {
        let id = self.books.next_id();
        let mut actor = None;
        let refused = match self.limited(&mut actor, sender) {
            Ok(_) => Refused::Input(input),
            Err(refused) => refused,
        };
        match self.record_refusal(&id, actor.as_deref(), &refused) {
            Ok(()) => refused,
            Err(unrecorded) => unrecorded,
        }
    }

    /// Records that the person at the terminal was refused a directory, outside of a request.
    pub(crate) fn record_place(&self, code: &str) -> Result<(), Refused> {
        let principal = authenticate(Sender::Local)?;
        let event = Event::new("authz_fail")
            .actor(principal.actor())
            .outcome(Outcome::Failure)
            .risk(20)
            .detail("code", code);
        self.log().append(&event).map(drop).map_err(Refused::Record)
    }

    fn pass(
        &self,
        id: &str,
        actor: &mut Option<String>,
        request: Request,
        most: Usd,
    ) -> Result<Admitted, Refused> {
        let (principal, permit) = self.limited(actor, request.sender)?;
        let cwd = self.confine(&request.cwd)?;
        let purse = Purse::new(self.limits().costs.reserve(&principal.actor(), most)?);
        let intent = self.record_intent(id, &principal, &cwd, most).inspect_err(|_| {
            // Nothing was spent. If this fails too, the hold counts as spent from the end of its lease.
            purse.settle().ok();
        })?;
        let (id, purse) = (id.to_owned(), Arc::new(purse));
        Ok(Admitted { id, principal, _permit: permit, cwd, purse, intent, text: request.text })
    }

    fn limited(&self, actor: &mut Option<String>, sender: Sender) -> Result<(Principal, Permit), Refused> {
        let principal = authenticate(sender)?;
        *actor = Some(principal.actor());
        let permit = self.limits().requests.try_take(&principal.actor())?;
        Ok((principal, permit))
    }

    /// The directory has to be there and inside the root at this moment.
    fn confine(&self, cwd: &Path) -> Result<PathBuf, Refused> {
        if !self.root.is_current() {
            return Err(guard_core::path::PathError::RootReplaced.into());
        }
        self.root.resolve(if cwd.as_os_str().is_empty() { Path::new(".") } else { cwd })?.list(1)?;
        Ok(cwd.to_owned())
    }

    fn record_intent(
        &self,
        id: &str,
        principal: &Principal,
        cwd: &Path,
        most: Usd,
    ) -> Result<Receipt, Refused> {
        let event = Event::new("request_admitted")
            .actor(principal.actor())
            .id(id)
            .outcome(Outcome::Success)
            .detail("cwd", cwd.to_string_lossy())
            .detail("held", most.to_string());
        self.log().append(&event).map_err(Refused::Record)
    }

    fn record_refusal(&self, id: &str, actor: Option<&str>, refused: &Refused) -> Result<(), Refused> {
        let event = Event::new(refused.event())
            .actor(actor.unwrap_or("unknown"))
            .id(id)
            .outcome(Outcome::Failure)
            .detail("code", refused.code());
        self.log().append(&event).map(drop).map_err(Refused::Record)
    }
}

fn authenticate(sender: Sender) -> Result<Principal, Refused> {
    match sender {
        Sender::Local => {
            let (real, effective) = (rustix::process::getuid(), rustix::process::geteuid());
            Ok(Principal::local(real.as_raw(), effective.as_raw())?)
        }
        // The person at this terminal does not come by way of a chat.
        Sender::Telegram(principal) if principal.telegram_user().is_none() => {
            Err(guard_auth::AuthError::UnknownUser.into())
        }
        Sender::Telegram(principal) => Ok(principal),
    }
}

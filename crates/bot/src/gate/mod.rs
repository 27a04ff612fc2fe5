//! The way of one request, read top to bottom: authenticate, limit, confine, reserve, record.
//!
//! Every step returns a proof or refuses, and nothing later can run without [`Admitted`], which holds all proofs.

mod refused;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use guard_audit::{Event, Log, Outcome, Receipt};
use guard_auth::Principal;
use guard_core::path::Root;
use guard_ratelimit::{Hold, Permit, Usd};

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
    /// The most that it may cost; nothing for an agent without a model.
    pub(crate) most: Usd,
}

/// Who a transport says the sender is; not believed before the gate has looked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sender {
    /// The person at the terminal of this process.
    Local,
}

/// A request that passed every guard; only the gate makes one.
#[derive(Debug)]
pub(crate) struct Admitted {
    id: String,
    principal: Principal,
    _permit: Permit,
    cwd: PathBuf,
    hold: Hold,
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

    /// Books what the run cost and ends the request.
    pub(crate) fn settle(mut self, cost: Usd) -> Result<(), guard_ratelimit::HoldError> {
        self.hold.settle(cost).map(drop)
    }
}

/// The guards in their order.
#[derive(Debug)]
pub(crate) struct Gate {
    root: Root,
    limits: Limits,
    log: Log,
    session: String,
    count: AtomicU64,
}

impl Gate {
    /// `session` names this process in the record.
    pub(crate) fn new(root: Root, limits: Limits, log: Log, session: String) -> Self {
        Self { root, limits, log, session, count: AtomicU64::new(0) }
    }

    pub(crate) const fn root(&self) -> &Root {
        &self.root
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }

    /// Lets a request through, or says which guard did not. Either way it is on record when this returns.
    pub(crate) fn admit(&self, request: Request) -> Result<Admitted, Refused> {
        let id = format!("{}-{}", self.session, self.count.fetch_add(1, Ordering::Relaxed) + 1);
        let mut actor = None;
        let admitted = self.pass(&id, &mut actor, request);
        if let Err(refused) = &admitted {
            self.record_refusal(&id, actor.as_deref(), refused)?;
        }
        admitted
    }

    /// Refuses what is not even a request; it counts as one, so that it cannot be sent without end.
    pub(crate) fn reject(&self, sender: Sender, input: BadInput) -> Refused {
        let request = Request { sender, text: String::new(), cwd: PathBuf::new(), most: Usd::ZERO };
        let id = format!("{}-{}", self.session, self.count.fetch_add(1, Ordering::Relaxed) + 1);
        let mut actor = None;
        let refused = match self.limited(&mut actor, &request) {
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
        self.log.append(&event).map(drop).map_err(Refused::Record)
    }

    fn pass(&self, id: &str, actor: &mut Option<String>, request: Request) -> Result<Admitted, Refused> {
        let (principal, permit) = self.limited(actor, &request)?;
        let cwd = self.confine(&request.cwd)?;
        let hold = self.limits.costs.reserve(&principal.actor(), request.most)?;
        let intent = self.record_intent(id, &principal, &cwd, &request)?;
        let id = id.to_owned();
        Ok(Admitted { id, principal, _permit: permit, cwd, hold, intent, text: request.text })
    }

    fn limited(&self, actor: &mut Option<String>, request: &Request) -> Result<(Principal, Permit), Refused> {
        let principal = authenticate(request.sender)?;
        *actor = Some(principal.actor());
        let permit = self.limits.requests.try_take(&principal.actor())?;
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
        request: &Request,
    ) -> Result<Receipt, Refused> {
        let event = Event::new("request_admitted")
            .actor(principal.actor())
            .id(id)
            .outcome(Outcome::Success)
            .detail("cwd", cwd.to_string_lossy())
            .detail("held", request.most.to_string());
        self.log.append(&event).map_err(Refused::Record)
    }

    fn record_refusal(&self, id: &str, actor: Option<&str>, refused: &Refused) -> Result<(), Refused> {
        let event = Event::new(refused.event())
            .actor(actor.unwrap_or("unknown"))
            .id(id)
            .outcome(Outcome::Failure)
            .detail("code", refused.code());
        self.log.append(&event).map(drop).map_err(Refused::Record)
    }
}

fn authenticate(sender: Sender) -> Result<Principal, Refused> {
    match sender {
        Sender::Local => {
            let (real, effective) = (rustix::process::getuid(), rustix::process::geteuid());
            Ok(Principal::local(real.as_raw(), effective.as_raw())?)
        }
    }
}

//! A file that somebody sent: admitted like any request, fetched, judged, kept in the project, and explained.

mod kept;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};

use guard_audit::{AuditError, Event, Outcome};
use guard_core::archive::ExtractError;
use guard_core::path::{FileName, PathError, Root};
use guard_core::upload::{Class, Policy};
use guard_core::{Decision, Finding, Verdict};
use guard_ratelimit::Usd;
use guard_telegram::{Backoff, Error, Jitter, Next, Retry};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, sleep, timeout};

use self::kept::{Kept, NotKept, Unpacked, sentences, size};
use super::attachment::Attachment;
use super::bot::{Bot, now};
use super::files;
use super::keep;
use super::line::Spot;
use super::person::ChatPerson;
use super::progress::Progress;
use super::sender::Speaker;
use super::stop::Stop;
use crate::gate::{Admitted, Gate, Request, Sender};
use crate::person::{Answer, Person as _, Question, Shown};
use crate::{render, settings};

/// Telegram hands bots files of up to 20 MB.
const MOST: u64 = 20 << 20;

/// A file on its way to a project.
pub(super) struct Delivery<'a> {
    pub(super) by: Speaker,
    pub(super) spot: Spot,
    pub(super) stop: Arc<Stop>,
    /// Relative to the root of the chat.
    pub(super) project: &'a Path,
    /// Where in the project the person works.
    pub(super) below: &'a Path,
    pub(super) attachment: Attachment,
    /// What is to be done with it; may be empty.
    pub(super) caption: &'a str,
}

impl Bot {
    /// Takes a file, says what became of it, and returns what is to be done next: the caption with the place of the
    /// file. `None` where nothing is.
    pub(super) async fn receive(&self, delivery: &Delivery<'_>) -> Option<String> {
        let name = self.clear(&delivery.attachment.name);
        match self.take(delivery).await {
            Ok(kept) => {
                self.say(delivery.spot, &kept.words_in(&files::place(delivery.project))).await;
                let caption = delivery.caption.trim();
                (!caption.is_empty()).then(|| kept.prompt(caption, self.kind))
            }
            Err(why) => {
                let code = why.code();
                let advice = if let NotKept::Gate(refused) = &why { refused.advice(now()) } else { None };
                let advice = advice.map(|advice| format!("; {advice}")).unwrap_or_default();
                self.say(delivery.spot, &format!("Not kept: {name}\n{why} [{code}]{advice}")).await;
                None
            }
        }
    }

    async fn take(&self, delivery: &Delivery<'_>) -> Result<Kept, NotKept> {
        let root = Root::open(self.root.path().join(delivery.project))?;
        // A link that was put there meanwhile does not lead out.
        if !root.path().starts_with(self.root.path()) {
            return Err(PathError::LinkLeavesRoot.into());
        }
        let gate = Gate::new(root, self.desk.books());
        let request = Request {
            sender: Sender::Telegram(delivery.by.principal),
            text: delivery.caption.to_owned(),
            cwd: delivery.below.to_owned(),
        };
        let admitted = gate.admit(request, Usd::ZERO)?;
        let taken = self.take_admitted(delivery, gate.root(), &admitted).await;
        if let Err(why) = &taken {
            let event = Event::new("upload_failed")
                .object(self.clear(&delivery.attachment.name))
                .outcome(Outcome::Failure)
                .detail("code", why.code());
            self.note(&admitted, event).ok();
        }
        // Nothing was held, so nothing is charged.
        admitted.settle().ok();
        taken
    }

    async fn take_admitted(
        &self,
        delivery: &Delivery<'_>,
        root: &Root,
        admitted: &Admitted,
    ) -> Result<Kept, NotKept> {
        let most = self.most_upload().unwrap_or(0).min(MOST);
        let Attachment { name, size, .. } = &delivery.attachment;
        if size.is_some_and(|size| size > most) {
            return Err(NotKept::TooLarge(most));
        }
        let bytes = tokio::select! {
            bytes = self.fetch(&delivery.attachment, most) => bytes?,
            () = delivery.stop.wait() => return Err(NotKept::Stopped),
        };
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let complete = Event::new("upload_complete")
            .object(self.clear(name))
            .outcome(Outcome::Success)
            .detail("size", bytes.len())
            .detail("sha256", digest.as_str());
        self.note(admitted, complete)?;
        let policy = settings::upload_policy(self.standing().workshop.config(), most);
        // One at a time: an archive may need as much memory as its limits say.
        let turn = self.uploads.acquire().await.map_err(|_| NotKept::Internal)?;
        let (kind, mut verdict) = tokio::task::block_in_place(|| {
            let report = policy.judge(name, &bytes);
            (report.kind().map(str::to_owned), report.into_verdict())
        });
        drop(turn);
        verdict.merge(keep::judge(root, name));
        let outcome = match verdict.decision() {
            Decision::Allow => Outcome::Success,
            Decision::Ask => Outcome::Unknown,
            Decision::Deny => Outcome::Failure,
        };
        let codes: BTreeSet<&str> = verdict.findings().iter().map(Finding::code).collect();
        let codes: Vec<&str> = codes.into_iter().collect();
        let validation = Event::new("upload_validation")
            .object(self.clear(name))
            .outcome(outcome)
            .risk(verdict.risk())
            .detail("kind", kind.as_deref().unwrap_or("unknown"))
            .detail("codes", codes);
        self.note(admitted, validation)?;
        if verdict.decision() == Decision::Deny {
            let code = verdict.reasons().next().map_or("undecided", Finding::code);
            return Err(NotKept::Judged { words: sentences(&verdict), code });
        }
        let has_consent = verdict.decision() == Decision::Ask;
        if has_consent {
            self.ask(delivery, admitted, &digest, bytes.len() as u64, &verdict).await?;
        }
        let name = FileName::parse(name).map_err(|_| NotKept::Internal)?;
        let kind = kind.as_deref().and_then(|kind| policy.kind(kind));
        let is_archive = kind.is_some_and(|kind| kind.class() == Class::Archive);
        let words = kind.map_or("a file of an unknown kind", |kind| kind.words()).to_owned();
        let _turn = self.uploads.acquire().await.map_err(|_| NotKept::Internal)?;
        let mut kept = tokio::task::block_in_place(|| -> Result<Kept, PathError> {
            let path = keep::file(root, &name, &bytes, has_consent)?;
            let absolute = root.path().join(&path);
            let notes = sentences(&verdict);
            Ok(Kept { path, absolute, words, size: bytes.len() as u64, unpacked: None, notes })
        })?;
        if is_archive {
            let unpacked = tokio::task::block_in_place(|| unpack(root, &name, &bytes, &policy));
            match unpacked {
                Ok(unpacked) => kept.unpacked = Some(unpacked),
                Err(why) => kept.notes.push(why),
            }
        }
        let stored = Event::new("upload_stored")
            .object(kept.path.to_string_lossy())
            .outcome(Outcome::Success)
            .detail("sha256", digest)
            .detail("entries", kept.unpacked.as_ref().map_or(0, |unpacked| unpacked.entries));
        self.note(admitted, stored)?;
        Ok(kept)
    }

    /// The whole file, which is never larger than `most`.
    async fn fetch(&self, attachment: &Attachment, most: u64) -> Result<Vec<u8>, NotKept> {
        let client = self.desk.line.client();
        let mut backoff = Backoff::new(Retry::calls(), Jitter::from_system());
        let remote = client.file(&attachment.file).await;
        let remote = remote.map_err(|error| fetching(error, most))?;
        loop {
            let mut bytes = Vec::new();
            let error = match client.download(&remote, most, &mut bytes).await {
                Ok(_) => return Ok(bytes),
                Err(error) => error,
            };
            match backoff.failed(&error) {
                Next::Again { after, .. } => sleep(after).await,
                Next::GiveUp => return Err(fetching(error, most)),
            }
        }
    }

    /// What is neither taken nor refused is kept if the person says so; nobody else is asked.
    async fn ask(
        &self,
        delivery: &Delivery<'_>,
        admitted: &Admitted,
        digest: &str,
        bytes: u64,
        verdict: &Verdict,
    ) -> Result<(), NotKept> {
        let name = self.clear(&delivery.attachment.name);
        let text = format!("{name}, {}\nsha256 {digest}\n\n{}", size(bytes), sentences(verdict).join("\n"));
        let place = files::place(delivery.project);
        let expires = self.standing().expires;
        let progress = Progress::new(self.form(), 0, place.clone(), Instant::now());
        let mut person = ChatPerson {
            desk: Arc::clone(&self.desk),
            by: delivery.by,
            spot: delivery.spot,
            progress: Arc::new(Mutex::new(progress)),
            stop: Arc::clone(&delivery.stop),
            place,
            expires,
            card: None,
        };
        let question = Question::Upload { text: &text, digest };
        let answer = timeout(expires, person.answer(&question)).await;
        let answer = answer.unwrap_or(Answer::Expired).without_words();
        person.show(Shown::Answered(&answer));
        let (event, outcome) = match &answer {
            Answer::Once => ("upload_approved", Outcome::Success),
            Answer::Expired => ("upload_expired", Outcome::Failure),
            Answer::Chosen(_) | Answer::Deny | Answer::DenyAndStop | Answer::Withdrawn => {
                ("upload_declined", Outcome::Failure)
            }
        };
        let event = Event::new(event).object(name).outcome(outcome).detail("sha256", digest);
        self.note(admitted, event)?;
        if answer == Answer::Once { Ok(()) } else { Err(NotKept::Answered(answer)) }
    }

    /// The largest file that the owner lets in; `None` where files are not taken at all.
    pub(super) fn most_upload(&self) -> Option<u64> {
        self.standing().workshop.config().telegram.as_ref().and_then(|telegram| telegram.max_upload)
    }

    /// Untrusted text for a line or a record: short, visible, without secrets.
    fn clear(&self, text: &str) -> String {
        render::clip(&render::plain(&self.standing().workshop.redactor().redact(text)))
    }

    fn note(&self, admitted: &Admitted, event: Event) -> Result<(), AuditError> {
        self.desk.record(event.actor(admitted.principal().actor()).id(admitted.id()))
    }
}

fn fetching(error: Error, most: u64) -> NotKept {
    if error == Error::TooLarge { NotKept::TooLarge(most) } else { NotKept::Fetch(error) }
}

/// Unpacks what was found sound, or says why the place does not take it.
fn unpack(root: &Root, name: &FileName, bytes: &[u8], policy: &Policy) -> Result<Unpacked, String> {
    match keep::unpacked(root, name, bytes, policy.archive_limits()) {
        Ok((path, report)) => Ok(Unpacked {
            absolute: root.path().join(&path),
            path,
            entries: report.entries.len(),
            bytes: report.output_bytes,
        }),
        Err(ExtractError::Refused(report)) => {
            Err(format!("It was not unpacked: {}", sentences(report.verdict()).join(" ")))
        }
        Err(error) => Err(format!("It was not unpacked: {error} [{}].", error.code())),
    }
}

//! A file that somebody sent: admitted like any request, fetched, judged, kept in the project, and explained.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use guard_audit::{AuditError, Event, Outcome};
use guard_core::archive::ExtractError;
use guard_core::path::{FileName, PathError, Root};
use guard_core::upload::{Class, Policy, sentence};
use guard_core::{Decision, Finding, Verdict};
use guard_ratelimit::Usd;
use guard_telegram::{Backoff, Error, Jitter, Next, Retry};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout};

use super::attachment::Attachment;
use super::bot::{Bot, now};
use super::files;
use super::keep;
use super::line::Spot;
use super::person::ChatPerson;
use super::progress::Progress;
use super::sender::Speaker;
use super::stop::Stop;
use crate::gate::{Admitted, Gate, Refused, Request, Sender};
use crate::person::{Answer, Person as _, Question, Shown};
use crate::workshop::Kind;
use crate::{render, settings};

/// Telegram hands bots files of up to 20 MB.
const MOST: u64 = 20 << 20;
/// Findings that a message tells; more would not be read.
const MOST_SENTENCES: usize = 6;

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

/// What became of a file that was taken.
struct Kept {
    /// Below the project.
    path: PathBuf,
    absolute: PathBuf,
    /// What it is, as a person calls it.
    words: String,
    size: u64,
    unpacked: Option<Unpacked>,
    /// What else there is to know.
    notes: Vec<String>,
}

/// The directory of an archive.
struct Unpacked {
    path: PathBuf,
    absolute: PathBuf,
    entries: usize,
    bytes: u64,
}

/// Why a file was not kept.
#[derive(Debug, Error)]
enum NotKept {
    #[error("The request was refused: {0}.")]
    Gate(#[from] Refused),
    #[error("It is larger than {}, which is the most that is taken here. Put it into the project another way.", size(*.0))]
    TooLarge(u64),
    #[error("It could not be fetched from Telegram: {0}. Send it again.")]
    Fetch(Error),
    #[error("{}", .words.join("\n"))]
    Judged { words: Vec<String>, code: &'static str },
    #[error("{}", answered(.0))]
    Answered(Answer),
    #[error("It was stopped.")]
    Stopped,
    #[error("It cannot be put there: {0}.")]
    Place(#[from] PathError),
    #[error("It could not be recorded: {0}.")]
    Record(#[from] AuditError),
    #[error("A part of the bot failed.")]
    Internal,
}

impl NotKept {
    /// The stable kebab-case name.
    fn code(&self) -> &'static str {
        match self {
            Self::Gate(refused) => refused.code(),
            Self::TooLarge(_) => "upload-too-large",
            Self::Fetch(error) => error.code(),
            Self::Judged { code, .. } => code,
            Self::Answered(Answer::Expired) => "upload-expired",
            Self::Answered(_) => "upload-declined",
            Self::Stopped => "upload-stopped",
            Self::Place(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Internal => "internal-failure",
        }
    }
}

const fn answered(answer: &Answer) -> &'static str {
    if matches!(answer, Answer::Expired) {
        "Nobody said in time that it may be kept."
    } else {
        "You said no."
    }
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

/// Findings in plain words, each once, those that the decision rests on first.
fn sentences(verdict: &Verdict) -> Vec<String> {
    let decision = verdict.decision();
    let (reasons, others): (Vec<_>, Vec<_>) =
        verdict.findings().iter().partition(|finding| finding.rule().decision == decision);
    let mut words: Vec<String> = Vec::new();
    for finding in reasons.into_iter().chain(others) {
        let text = sentence(finding);
        if !words.contains(&text) && words.len() < MOST_SENTENCES {
            words.push(text);
        }
    }
    words
}

impl Kept {
    fn words_in(&self, place: &str) -> String {
        let path = render::plain(&self.path.to_string_lossy());
        let mut text = format!("Kept as {path} in {place}: {}, {}.", self.words, size(self.size));
        if let Some(unpacked) = &self.unpacked {
            let path = render::plain(&unpacked.path.to_string_lossy());
            let entries = match unpacked.entries {
                1 => "1 entry".to_owned(),
                entries => format!("{entries} entries"),
            };
            text.push_str(&format!("\nUnpacked into {path}: {entries}, {}.", size(unpacked.bytes)));
        }
        for note in &self.notes {
            text.push('\n');
            text.push_str(note);
        }
        text
    }

    /// What the caption asks for. A shell takes its words as they are.
    fn prompt(&self, caption: &str, kind: Kind) -> String {
        if kind == Kind::Shell {
            return caption.to_owned();
        }
        let mut text = format!(
            "{caption}\n\n(The file that came with this message is {}: {}, {} bytes.",
            self.absolute.display(),
            self.words,
            self.size
        );
        if let Some(unpacked) = &self.unpacked {
            text.push_str(&format!(" It was unpacked into {}.", unpacked.absolute.display()));
        }
        text.push(')');
        text
    }
}

/// A number of bytes as a person says it.
fn size(bytes: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = bytes.saturating_mul(10) / unit;
        if tenths.is_multiple_of(10) {
            format!("{}", tenths / 10)
        } else {
            format!("{}.{}", tenths / 10, tenths % 10)
        }
    };
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KB", tenths(1 << 10)),
        _ => format!("{} MB", tenths(1 << 20)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_a_person_says_them() {
        for (bytes, want) in
            [(0, "0 bytes"), (1_023, "1023 bytes"), (1_024, "1 KB"), (1_600, "1.5 KB"), (20 << 20, "20 MB")]
        {
            assert_eq!(size(bytes), want);
        }
    }

    fn kept() -> Kept {
        Kept {
            path: "uploads/a.zip".into(),
            absolute: "/p/web/uploads/a.zip".into(),
            words: "a ZIP archive".to_owned(),
            size: 2_048,
            unpacked: Some(Unpacked {
                path: "uploads/a".into(),
                absolute: "/p/web/uploads/a".into(),
                entries: 1,
                bytes: 12,
            }),
            notes: vec!["Something to know.".to_owned()],
        }
    }

    #[test]
    fn the_answer_names_the_place() {
        assert_eq!(
            kept().words_in("/web"),
            "Kept as uploads/a.zip in /web: a ZIP archive, 2 KB.\n\
             Unpacked into uploads/a: 1 entry, 12 bytes.\nSomething to know."
        );
    }

    #[test]
    fn an_agent_is_told_where_the_file_is_and_a_shell_takes_its_line() {
        assert_eq!(kept().prompt("wc -l uploads/a/x", Kind::Shell), "wc -l uploads/a/x");
        assert_eq!(
            kept().prompt("read it", Kind::Claude),
            "read it\n\n(The file that came with this message is /p/web/uploads/a.zip: a ZIP archive, 2048 bytes. \
             It was unpacked into /p/web/uploads/a.)"
        );
    }
}

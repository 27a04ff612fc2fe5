//! Signed statements of how far the log reached.

use std::fs::File;
use std::io::Write as _;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::Deserialize;

use crate::backward::{Backward, Step};
use crate::chain::{Head, RecordHash, hex, to_hex};
use crate::dir::Dir;
use crate::{Alteration, AuditError};

pub(crate) const ANCHORS: &str = "anchors.jsonl";
pub(crate) const BASE: &str = "base.json";
pub(crate) const PUBLIC_KEY: &str = "anchor.pub";
const SECRET_KEY: &str = "anchor.key";
/// The longest anchor line; a real one has 300 bytes.
pub(crate) const MAX_ANCHOR: usize = 1024;
/// Keeps a signature made here from meaning anything elsewhere.
const DOMAIN: &[u8] = b"guard-audit anchor v1\n";
const SIGNATURE_MEMBER: &[u8] = b",\"signature\":\"";

/// What an anchor states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The log reached this record.
    Anchor,
    /// The log begins after this record; what was before was pruned.
    Base,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) kind: Kind,
    pub(crate) head: Head,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<'a> {
    kind: Kind,
    seq: u64,
    hash: &'a str,
    time: &'a str,
    #[serde(rename = "signature")]
    _signature: &'a str,
}

impl Anchor {
    fn sign(&self, key: &SigningKey) -> String {
        let kind = match self.kind {
            Kind::Anchor => "anchor",
            Kind::Base => "base",
        };
        let Head { seq, hash, time } = self.head;
        let mut line = format!("{{\"kind\":\"{kind}\",\"seq\":{seq},\"hash\":\"{hash}\",\"time\":\"{time}\"");
        let signature = key.sign(&[DOMAIN, line.as_bytes()].concat());
        line.push_str(",\"signature\":\"");
        line.push_str(&to_hex(&signature.to_bytes()));
        line.push_str("\"}\n");
        line
    }

    /// Reads a line without its newline; `None` unless `key` signed it.
    pub(crate) fn verify(line: &[u8], key: &VerifyingKey) -> Option<Self> {
        let (signed, signature) = line.strip_suffix(b"\"}")?.split_last_chunk::<128>()?;
        let signed = signed.strip_suffix(SIGNATURE_MEMBER)?;
        let signature = Signature::from_bytes(&hex(signature)?);
        key.verify_strict(&[DOMAIN, signed].concat(), &signature).ok()?;
        let read: Read<'_> = serde_json::from_slice(line).ok()?;
        let hash = RecordHash::from_hex(read.hash.as_bytes())?;
        Some(Self { kind: read.kind, head: Head { seq: read.seq, hash, time: read.time.parse().ok()? } })
    }
}

/// The key that anchors are verified with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnchorKey(VerifyingKey);

impl AnchorKey {
    /// Reads the 64 hex digits of `anchor.pub`.
    ///
    /// # Errors
    /// [`AuditError::Key`] where it is no ed25519 public key.
    pub fn from_hex(text: &str) -> Result<Self, AuditError> {
        let bytes = hex(text.trim_end().as_bytes()).ok_or(AuditError::Key)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| AuditError::Key)?;
        // With a weak key, a signature could be made without the secret.
        if key.is_weak() { Err(AuditError::Key) } else { Ok(Self(key)) }
    }

    pub(crate) fn load(dir: &Dir) -> Result<Self, AuditError> {
        let text = dir.read_small(PUBLIC_KEY, 128)?.ok_or(AuditError::Key)?;
        Self::from_hex(std::str::from_utf8(&text).map_err(|_| AuditError::Key)?)
    }

    pub(crate) const fn inner(&self) -> &VerifyingKey {
        &self.0
    }
}

/// The anchors of a log that is being written. Used under the lock of the log only.
pub(crate) struct Anchors {
    dir: Dir,
    key: SigningKey,
    /// The newest anchor, and how long the file was when it was read.
    last: Option<(Head, u64)>,
}

impl std::fmt::Debug for Anchors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Anchors").field("last", &self.last).finish_non_exhaustive()
    }
}

impl Anchors {
    /// Loads the key, or makes it where the log `is_new` and there are no anchors either.
    pub(crate) fn open(dir: Dir, is_new: bool) -> Result<Self, AuditError> {
        let key = match dir.read_small(SECRET_KEY, 128)? {
            Some(text) => SigningKey::from_bytes(&hex(text.trim_ascii_end()).ok_or(AuditError::Key)?),
            None if is_new && dir.stat(ANCHORS)?.is_none() => {
                let mut seed = [0; 32];
                getrandom::fill(&mut seed).map_err(|_| AuditError::Key)?;
                let key = SigningKey::from_bytes(&seed);
                dir.replace(SECRET_KEY, to_hex(&seed).as_bytes())?;
                key
            }
            None => return Err(AuditError::Key),
        };
        let public = to_hex(key.verifying_key().as_bytes());
        match dir.read_small(PUBLIC_KEY, 128)? {
            Some(text) if text.trim_ascii_end() == public.as_bytes() => {}
            Some(_) => return Err(AuditError::Key),
            None => dir.replace(PUBLIC_KEY, public.as_bytes())?,
        }
        let mut anchors = Self { dir, key, last: None };
        if is_new && anchors.dir.stat(ANCHORS)?.is_none() {
            let first = Anchor { kind: Kind::Anchor, head: Head::GENESIS }.sign(&anchors.key);
            anchors.dir.replace(ANCHORS, first.as_bytes())?;
        }
        anchors.newest()?;
        Ok(anchors)
    }

    /// The newest anchor; another process may have written it.
    pub(crate) fn newest(&mut self) -> Result<Head, AuditError> {
        self.dir.still_there()?;
        let missing = AuditError::altered(1, Alteration::AnchorsMissing);
        let stat = self.dir.stat(ANCHORS)?.ok_or(missing)?;
        let len = u64::try_from(stat.st_size).unwrap_or_default();
        if let Some((head, seen)) = self.last
            && seen == len
        {
            return Ok(head);
        }
        let mut lines = Backward::new(self.dir.read(ANCHORS)?, len, MAX_ANCHOR);
        // A line that was cut short was never relied on.
        lines.step()?;
        let Step::Line(line) = lines.step()? else { return Err(missing) };
        let anchor =
            Anchor::verify(&line, &self.key.verifying_key()).filter(|anchor| anchor.kind == Kind::Anchor);
        let head = anchor.ok_or(AuditError::altered(1, Alteration::AnchorSignature))?.head;
        self.last = Some((head, len));
        Ok(head)
    }

    /// Where the log begins.
    pub(crate) fn base(&self) -> Result<Head, AuditError> {
        base(&self.dir, &self.key.verifying_key())
    }

    /// States durably that the log begins after `head`.
    pub(crate) fn set_base(&self, head: Head) -> Result<(), AuditError> {
        self.dir.replace(BASE, Anchor { kind: Kind::Base, head }.sign(&self.key).as_bytes())
    }

    /// States durably that the log reached `head`, which itself is durable.
    pub(crate) fn write(&mut self, head: Head) -> Result<(), AuditError> {
        if self.newest()?.seq == head.seq {
            return Ok(());
        }
        let line = Anchor { kind: Kind::Anchor, head }.sign(&self.key);
        let mut file = self.dir.append(ANCHORS)?;
        let whole = whole_lines(&file)?;
        self.last = None;
        file.set_len(whole)?;
        if let Err(error) = file.write_all(line.as_bytes()).and_then(|()| file.sync_data()) {
            // A piece that stays is cut by the next anchor.
            file.set_len(whole)?;
            return Err(error.into());
        }
        Ok(())
    }
}

/// Where the log in whose anchor directory this is begins.
pub(crate) fn base(dir: &Dir, key: &VerifyingKey) -> Result<Head, AuditError> {
    let Some(text) = dir.read_small(BASE, MAX_ANCHOR as u64)? else { return Ok(Head::GENESIS) };
    text.strip_suffix(b"\n")
        .and_then(|line| Anchor::verify(line, key))
        .filter(|anchor| anchor.kind == Kind::Base)
        .map(|anchor| anchor.head)
        .ok_or(AuditError::altered(1, Alteration::AnchorSignature))
}

/// The length up to and including the last newline.
fn whole_lines(file: &File) -> Result<u64, AuditError> {
    let len = file.metadata()?.len();
    match Backward::new(file.try_clone()?, len, MAX_ANCHOR).step()? {
        Step::Line(partial) => Ok(len - partial.len() as u64),
        Step::TooLong | Step::End => Err(AuditError::altered(1, Alteration::AnchorSignature)),
    }
}

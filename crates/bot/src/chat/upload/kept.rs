//! What became of a file that somebody sent, in words.

use std::path::PathBuf;

use guard_audit::AuditError;
use guard_core::Verdict;
use guard_core::path::PathError;
use guard_core::upload::sentence;
use guard_telegram::Error;
use thiserror::Error;

use crate::gate::Refused;
use crate::person::Answer;
use crate::render;
use crate::workshop::Kind;

/// Findings that a message tells; more would not be read.
const MOST_SENTENCES: usize = 6;

/// What became of a file that was taken.
pub(super) struct Kept {
    /// Below the project.
    pub(super) path: PathBuf,
    pub(super) absolute: PathBuf,
    /// What it is, as a person calls it.
    pub(super) words: String,
    pub(super) size: u64,
    pub(super) unpacked: Option<Unpacked>,
    /// What else there is to know.
    pub(super) notes: Vec<String>,
}

/// The directory of an archive.
pub(super) struct Unpacked {
    pub(super) path: PathBuf,
    pub(super) absolute: PathBuf,
    pub(super) entries: usize,
    pub(super) bytes: u64,
}

/// Why a file was not kept.
#[derive(Debug, Error)]
pub(super) enum NotKept {
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
    pub(super) fn code(&self) -> &'static str {
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

impl Kept {
    pub(super) fn words_in(&self, place: &str) -> String {
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
    pub(super) fn prompt(&self, caption: &str, kind: Kind) -> String {
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

/// Findings in plain words, each once, those that the decision rests on first.
pub(super) fn sentences(verdict: &Verdict) -> Vec<String> {
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

/// A number of bytes as a person says it.
pub(super) fn size(bytes: u64) -> String {
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

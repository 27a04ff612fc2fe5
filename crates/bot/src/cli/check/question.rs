//! One question, the place it is asked in, and its answer.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use guard_core::archive::{Limits, Report, inspect};
use guard_core::command::{Context, Evaluation, Policy};
use guard_core::path::{FileName, Operation, Root};
use guard_core::upload::sentence;
use guard_core::{Finding, Rule, Verdict};
use serde_json::{Value, json};

use super::{OperationName, ProfileName};
use crate::cli::Common;
use crate::config::{Commands, Purpose};
use crate::render;
use crate::settings::{self, Settings};

/// How many opened roots a batch keeps.
const MAX_ROOTS: usize = 64;

static NOT_UTF8: Rule = Rule::deny("not-utf8", 30, "the text is not valid UTF-8");
static UNREADABLE: Rule = Rule::deny("file-unreadable", 20, "the file cannot be read, or is no regular file");

/// What is asked.
#[derive(Debug)]
pub(super) enum Question {
    Command(String),
    Path(PathBuf, Operation),
    FileName(String),
    Archive(PathBuf),
    Upload { file: PathBuf, name: String },
    NotUtf8,
}

impl Question {
    pub(super) fn command(text: &OsStr) -> Self {
        text.to_str().map_or(Self::NotUtf8, |text| Self::Command(text.to_owned()))
    }

    pub(super) fn path(path: &OsStr, op: OperationName) -> Self {
        Self::Path(
            path.into(),
            match op {
                OperationName::Read => Operation::Read,
                OperationName::Write => Operation::Write,
                OperationName::List => Operation::List,
                OperationName::Delete => Operation::Delete,
            },
        )
    }

    /// A file, and the name that it comes under; its own where none is given.
    pub(super) fn upload(file: &Path, name: Option<&OsStr>) -> Self {
        let name = name.or(file.file_name()).unwrap_or_default();
        name.to_str().map_or(Self::NotUtf8, |name| Self::Upload { file: file.into(), name: name.to_owned() })
    }

    pub(super) fn file_name(name: &OsStr) -> Self {
        name.to_str().map_or(Self::NotUtf8, |name| Self::FileName(name.to_owned()))
    }
}

/// Where it is asked.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The approved directory.
    pub(super) approved: PathBuf,
    /// What relative names start from, where it is not the approved directory.
    pub(super) cwd: Option<PathBuf>,
}

impl Place {
    fn start(&self) -> &Path {
        self.cwd.as_deref().unwrap_or(Path::new(""))
    }

    /// What relative names start from.
    pub(super) fn directory(&self) -> PathBuf {
        match &self.cwd {
            Some(cwd) => self.approved.join(cwd),
            None => self.approved.clone(),
        }
    }
}

/// Answers questions by the owner's rules; opens each root once.
pub(super) struct Judge {
    profile: ProfileName,
    commands: Commands,
    uploads: guard_core::upload::Policy,
    roots: HashMap<PathBuf, Root>,
}

impl Judge {
    /// A judge by the configuration, and the place where questions are asked that name none.
    pub(super) fn new(
        common: &Common,
        profile: ProfileName,
        cwd: Option<&Path>,
    ) -> anyhow::Result<(Self, Place)> {
        let settings = Settings::load(common, Purpose::Check)?;
        let uploads =
            settings::upload_policy(&settings.config, guard_core::upload::Limits::default().max_bytes);
        let place = Place { approved: settings.approved, cwd: cwd.map(Into::into) };
        let commands = settings.config.commands;
        Ok((Self { profile, commands, uploads, roots: HashMap::new() }, place))
    }

    pub(super) fn answer(&mut self, question: &Question, place: &Place) -> Answer {
        self.answer_as(None, question, place)
    }

    pub(super) fn answer_as(
        &mut self,
        profile: Option<ProfileName>,
        question: &Question,
        place: &Place,
    ) -> Answer {
        let policy = match profile.unwrap_or(self.profile) {
            ProfileName::Agent => Policy::agent(),
            ProfileName::Strict => Policy::strict(),
            ProfileName::Readonly => Policy::readonly(),
        };
        let policy = settings::policy(policy, &self.commands);
        match question {
            Question::NotUtf8 => Answer::of(Finding::new(&NOT_UTF8)),
            Question::Upload { file, name } => upload(&self.uploads, &place.directory().join(file), name),
            Question::FileName(name) => Answer::Verdict(FileName::judge(name)),
            Question::Archive(file) => match crate::cli::regular_file(file) {
                Ok(file) => Answer::Archive(Box::new(inspect(file, &Limits::default()))),
                Err(_) => Answer::of(Finding::new(&UNREADABLE)),
            },
            Question::Path(path, op) => match self.root(&place.approved) {
                Ok(root) => Answer::Verdict(root.judge(place.start(), path, *op).into_verdict()),
                Err(verdict) => Answer::Verdict(verdict),
            },
            Question::Command(text) => match self.root(&place.approved) {
                Ok(root) => {
                    let context = Context::new(&root).cwd(place.start());
                    Answer::Command(Box::new(policy.evaluate(text, &context)))
                }
                Err(verdict) => Answer::Verdict(verdict),
            },
        }
    }

    fn root(&mut self, approved: &Path) -> Result<Root, Verdict> {
        if let Some(root) = self.roots.get(approved) {
            return Ok(root.clone());
        }
        let root = Root::open(approved).map_err(|error| Verdict::of(Finding::new(error.rule())))?;
        if self.roots.len() >= MAX_ROOTS {
            self.roots.clear();
        }
        self.roots.insert(approved.to_owned(), root.clone());
        Ok(root)
    }
}

fn upload(policy: &guard_core::upload::Policy, file: &Path, name: &str) -> Answer {
    let unreadable = || Answer::of(Finding::new(&UNREADABLE));
    let Ok(file) = crate::cli::regular_file(file) else { return unreadable() };
    let Ok(report) = policy.judge_reader(name, file) else { return unreadable() };
    let words = report.kind().and_then(|kind| policy.kind(kind)).map(|kind| kind.words().to_owned());
    Answer::Upload(report, words)
}

/// The verdict, and what was understood of a command.
#[derive(Debug)]
pub(super) enum Answer {
    Verdict(Verdict),
    Archive(Box<Report>),
    /// With what the file is, as a person calls it.
    Upload(guard_core::upload::Report, Option<String>),
    Command(Box<Evaluation>),
}

impl Answer {
    pub(super) fn of(finding: Finding) -> Self {
        Self::Verdict(Verdict::of(finding))
    }

    pub(super) fn verdict(&self) -> &Verdict {
        match self {
            Self::Verdict(verdict) => verdict,
            Self::Archive(report) => report.verdict(),
            Self::Upload(report, _) => report.verdict(),
            Self::Command(evaluation) => evaluation.verdict(),
        }
    }

    /// The stable JSON form.
    pub(super) fn json(&self, id: Value) -> Value {
        let verdict = self.verdict();
        let mut answer = json!({
            "id": id,
            "decision": verdict.decision(),
            "risk": verdict.risk(),
            "severity": verdict.severity(),
            "requires": verdict.requires(),
            "findings": verdict.findings(),
        });
        if let (Self::Archive(report), Some(fields)) = (self, answer.as_object_mut()) {
            let Report { format, size, entries, output_bytes, .. } = &**report;
            let entries = entries.len();
            let archive =
                json!({ "format": format, "size": size, "entries": entries, "output_bytes": output_bytes });
            fields.insert("archive".into(), archive);
        }
        if let (Self::Upload(report, _), Some(fields)) = (self, answer.as_object_mut()) {
            let findings: Vec<Value> = verdict.findings().iter().map(with_sentence).collect();
            fields.insert("findings".into(), findings.into());
            fields.insert("upload".into(), json!({ "kind": report.kind(), "size": report.size() }));
        }
        answer
    }

    /// What a person reads.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Verdict(verdict) => render::verdict(verdict),
            Self::Archive(report) => render::archive(report),
            Self::Upload(report, words) => {
                let mut first = report.verdict().decision().to_string();
                if let Some(words) = words {
                    first.push_str(&format!("\n  The file is {words}."));
                }
                let lines = report.sentences().map(|sentence| format!("\n  {sentence}"));
                std::iter::once(first).chain(lines).collect()
            }
            Self::Command(evaluation) => evaluation.to_string(),
        }
    }
}

/// A finding as JSON, with the words for a person.
fn with_sentence(finding: &Finding) -> Value {
    let mut value = json!(finding);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("sentence".into(), sentence(finding).into());
    }
    value
}

//! What is told to the person who configures: problems, notes, and every setting with its origin.

use std::fmt;

use serde::Serialize;

use super::fault::Fault;

/// A place where settings are written, named without its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Source {
    /// The policy file, `guard.toml` or what `--config` names.
    #[serde(rename = "guard.toml")]
    PolicyFile,
    /// The `.env` file in the current directory.
    #[serde(rename = ".env")]
    Dotenv,
    /// The file `guard.env` beside the policy file.
    #[serde(rename = "guard.env")]
    Settings,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PolicyFile => "guard.toml",
            Self::Dotenv => ".env",
            Self::Settings => "guard.env",
        })
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    /// Nobody set it.
    Default,
    /// A line of a file; lines count from 1.
    File {
        /// Which file.
        source: Source,
        /// Which line.
        line: usize,
    },
    /// A variable of the process's environment.
    Environment,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { source, line } => write!(f, "{source}:{line}"),
            Self::Environment => f.write_str("environment"),
        }
    }
}

/// Where a problem is: a setting or thing by name, where that was written, or a line that names no setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    /// The variable, the key, or the thing (`process`, `executable`).
    pub(crate) subject: Option<&'static str>,
    /// Where it was set, when it was.
    pub(crate) origin: Option<Origin>,
    /// The file as a whole, when no line is at fault.
    pub(crate) file: Option<Source>,
}

impl Place {
    /// A thing that is written nowhere.
    pub(super) const fn of(subject: &'static str) -> Self {
        Self { subject: Some(subject), origin: None, file: None }
    }

    /// A setting, written at `origin`.
    pub(super) const fn at(subject: &'static str, origin: Origin) -> Self {
        Self { subject: Some(subject), origin: Some(origin), file: None }
    }

    /// A line of a file.
    pub(super) const fn line(source: Source, line: usize) -> Self {
        Self { subject: None, origin: Some(Origin::File { source, line }), file: None }
    }

    /// A file as a whole.
    pub(super) const fn file(source: Source) -> Self {
        Self { subject: None, origin: None, file: Some(source) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(origin @ Origin::File { .. }) = self.origin {
            write!(f, "{origin}")?;
            separator = " ";
        }
        if let Some(file) = self.file {
            write!(f, "{separator}{file}")?;
            separator = " ";
        }
        match self.subject {
            Some(subject) => write!(f, "{separator}{subject}"),
            None => Ok(()),
        }
    }
}

/// One reason why there is no [`Config`](super::Config).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where it is.
    pub(crate) place: Place,
    /// What it is.
    pub(crate) fault: Fault,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.place, self.fault, self.fault.code())?;
        if let Fault::UnknownKey { nearest: Some(nearest) } = self.fault {
            write!(f, "; did you mean `{nearest}`?")?;
        }
        Ok(())
    }
}

/// Something to know that does not prevent work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Note {
    /// Stable kebab-case name.
    pub(crate) code: &'static str,
    /// What it is about: a setting, a file's name. Escape it before printing it anywhere but in a terminal report.
    pub(crate) about: String,
    /// Plain words, without the value.
    pub(crate) message: &'static str,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.about.escape_debug(), self.message, self.code)
    }
}

/// What `config show` prints of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "value")]
pub(crate) enum Shown {
    /// The text as written, or the default.
    Text(String),
    /// A secret that is set.
    Set,
    /// Nothing: neither set nor with a default.
    NotSet,
    /// Set, and refused; the text may be a secret in the wrong line.
    Refused,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", text.escape_debug()),
            Self::Set => f.write_str("set"),
            Self::NotSet => f.write_str("not set"),
            Self::Refused => f.write_str("refused"),
        }
    }
}

/// One setting with its value and origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    /// Name in the environment and in `.env`, where it has one.
    pub(crate) name: Option<&'static str>,
    /// Key in `guard.toml`, where it has one.
    pub(crate) key: Option<&'static str>,
    /// The value, unless it is a secret.
    pub(crate) value: Shown,
    /// Where it was set.
    pub(crate) origin: Origin,
}

/// Every setting, and what else there is to say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// Every setting, in the order of the documentation.
    pub(crate) settings: Vec<Row>,
    /// What is unused, misspelt, doubtful or ignored.
    pub(crate) notes: Vec<Note>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.settings {
            let name = row.name.or(row.key).unwrap_or_default();
            writeln!(f, "{name:<32} {:<24} {}", row.value.to_string(), row.origin)?;
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "note: {note}"))
    }
}

/// Everything that prevents work, at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the configuration has {} problem(s){}", problems.len(), Lines(problems))]
pub(crate) struct ConfigErrors {
    /// At least one.
    pub(crate) problems: Vec<Problem>,
    /// The settings and notes as far as they could be read, for `config show` and `doctor`.
    pub(crate) report: Report,
}

impl ConfigErrors {
    /// The stable codes, in the order found.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        self.problems.iter().map(|problem| problem.fault.code()).collect()
    }
}

/// One indented line for each problem.
struct Lines<'a>(&'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

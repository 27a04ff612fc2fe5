//! Phase one: the text of every source, and which source is the strongest for a setting.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::dotenv::{self, Entries};
use super::fault::Fault;
use super::file::{self, Rules};
use super::policy_file::{self, Leaves, Node};
use super::reader::MAX_FAULTS;
use super::report::{Note, Origin, Place, Problem, Source};
use super::roots::Roots;
use super::sources::{Purpose, Sources};

/// The policy file is small; a list of 256 programs fits 200 times.
const POLICY_FILE: Rules = Rules { max: 1 << 18, is_private: false, may_be_link: true };
/// `.env` holds secrets.
const DOTENV: Rules = Rules { max: 1 << 16, is_private: true, may_be_link: false };

/// The sources as text, the weakest first.
pub(super) struct Layers<'a> {
    /// `guard.toml`.
    pub(super) leaves: Leaves,
    /// `.env`.
    pub(super) dotenv: Entries,
    /// `guard.env`, which `init` writes.
    pub(super) settings: Entries,
    /// The environment.
    pub(super) env: &'a BTreeMap<OsString, OsString>,
    purpose: Purpose,
    /// Where the policy file was found.
    pub(super) policy_file: Option<PathBuf>,
    /// Approved and evaluated directories, as far as the sources name them.
    pub(super) roots: Roots,
}

impl<'a> Layers<'a> {
    /// Reads every source that counts for the purpose.
    pub(super) fn read(sources: &'a Sources, problems: &mut Vec<Problem>, notes: &mut Vec<Note>) -> Self {
        let mut layers = Self {
            leaves: Leaves::new(),
            dotenv: Entries::new(),
            settings: Entries::new(),
            env: &sources.env,
            purpose: sources.purpose,
            policy_file: None,
            roots: Roots::default(),
        };
        for root in &sources.evaluated_roots {
            layers.add_root(root, problems);
        }
        // Before each file is looked at, the directories that stronger or earlier sources approve.
        layers.add_approved(problems);
        layers.read_policy_file(sources, problems);
        if sources.purpose.runs_an_agent() {
            layers.read_settings(sources, problems);
            layers.add_approved(problems);
        }
        // Before `.env` is looked at, so that a clone inside the approved directory cannot name another one.
        layers.add_approved(problems);
        if sources.purpose == Purpose::Run {
            layers.read_dotenv(sources, problems, notes);
            layers.add_approved(problems);
        }
        layers
    }

    /// The strongest text of a setting and where it stands; empty texts count as not set.
    ///
    /// # Errors
    /// The text is not UTF-8, or the key holds a table.
    pub(super) fn find(
        &self,
        name: Option<&str>,
        key: Option<&str>,
    ) -> Result<Option<(&str, Origin)>, (Fault, Origin)> {
        if let Some(name) = name {
            if let Some(value) =
                self.env.get(OsStr::new(name)).filter(|value| !value.is_empty() && self.purpose.reads(name))
            {
                let text = value.to_str().ok_or((Fault::NotUtf8, Origin::Environment))?;
                return Ok(Some((text, Origin::Environment)));
            }
            for (entries, source) in [(&self.dotenv, Source::Dotenv), (&self.settings, Source::Settings)] {
                if let Some(entry) = entries.get(name).filter(|entry| !entry.value.expose_secret().is_empty())
                {
                    let origin = Origin::File { source, line: entry.line };
                    return Ok(Some((entry.value.expose_secret(), origin)));
                }
            }
        }
        let Some(leaf) = key.and_then(|key| self.leaves.get(key)) else { return Ok(None) };
        let origin = Origin::File { source: Source::PolicyFile, line: leaf.line };
        match &leaf.node {
            Node::Text(text) if text.is_empty() => Ok(None),
            Node::Text(text) => Ok(Some((text, origin))),
            Node::Tables(_) | Node::Empty => Err((Fault::NotAScalar, origin)),
        }
    }

    fn read_policy_file(&mut self, sources: &Sources, problems: &mut Vec<Problem>) {
        let Some(path) = locate(sources, problems) else { return };
        let outcome = self.refuse_inside(&path).and_then(|()| {
            let text = file::read(&path, POLICY_FILE, sources.euid)?;
            if text.is_some() {
                file::refuse_shared_directory(&path, sources.euid)?;
            } else if sources.config_file.is_some() {
                return Err(Fault::FileMissing);
            }
            Ok(text)
        });
        match outcome {
            Ok(None) => {}
            Ok(Some(text)) => {
                let (leaves, faults) = policy_file::parse(text.expose_secret());
                self.leaves = leaves;
                self.policy_file = Some(path);
                problems.extend(
                    faults
                        .into_iter()
                        .take(MAX_FAULTS)
                        .map(|(line, fault)| Problem { place: Place::line(Source::PolicyFile, line), fault }),
                );
            }
            Err(fault) => problems.push(Problem { place: Place::file(Source::PolicyFile), fault }),
        }
    }

    /// Reads `guard.env` beside the policy file.
    fn read_settings(&mut self, sources: &Sources, problems: &mut Vec<Problem>) {
        let Some(path) = settings_file(sources).filter(|path| std::fs::symlink_metadata(path).is_ok()) else {
            return;
        };
        let outcome = self.refuse_inside(&path).and_then(|()| {
            let text = file::read(&path, DOTENV, sources.euid)?;
            if text.is_some() {
                file::refuse_shared_directory(&path, sources.euid)?;
            }
            Ok(text)
        });
        match outcome {
            Ok(None) => {}
            Ok(Some(text)) => {
                let (entries, faults) = dotenv::parse(text.expose_secret());
                if self.names_its_own_place(&entries, &path) {
                    problems
                        .push(Problem { place: Place::file(Source::Settings), fault: Fault::FileInsideRoot });
                    return;
                }
                self.settings = entries;
                problems.extend(
                    faults
                        .into_iter()
                        .take(MAX_FAULTS)
                        .map(|(line, fault)| Problem { place: Place::line(Source::Settings, line), fault }),
                );
            }
            Err(fault) => problems.push(Problem { place: Place::file(Source::Settings), fault }),
        }
    }

    fn read_dotenv(&mut self, sources: &Sources, problems: &mut Vec<Problem>, notes: &mut Vec<Note>) {
        let path = sources.current_dir.join(".env");
        let text = match self.roots.contain(&path) {
            Ok(false) => file::read(&path, DOTENV, sources.euid),
            // A clone that an agent works on: reported by `ignored`.
            Ok(true) => return,
            Err(_) => Err(Fault::FileUnreadable),
        };
        match text {
            Ok(None) => {}
            Ok(Some(text)) => {
                let (entries, faults) = dotenv::parse(text.expose_secret());
                if self.names_its_own_place(&entries, &path) {
                    notes.push(Note {
                        code: "file-ignored",
                        about: ".env".into(),
                        message: "lies inside the approved directory that it names, where an agent could write it",
                    });
                    return;
                }
                self.dotenv = entries;
                problems.extend(
                    faults
                        .into_iter()
                        .take(MAX_FAULTS)
                        .map(|(line, fault)| Problem { place: Place::line(Source::Dotenv, line), fault }),
                );
            }
            Err(fault) => problems.push(Problem { place: Place::file(Source::Dotenv), fault }),
        }
    }

    /// Refuses a file that an agent could write, before a line of it is believed.
    fn refuse_inside(&self, path: &Path) -> Result<(), Fault> {
        match self.roots.contain(path) {
            Ok(false) => Ok(()),
            Ok(true) => Err(Fault::FileInsideRoot),
            Err(_) => Err(Fault::NotLocatable),
        }
    }

    /// Whether the `.env` file approves a directory that it lies in.
    fn names_its_own_place(&self, entries: &Entries, path: &Path) -> bool {
        entries.get("APPROVED_DIRECTORY").is_some_and(|entry| {
            let mut own = Roots::default();
            let approved = Path::new(entry.value.expose_secret());
            // Doubt counts as inside.
            own.add(approved).is_err() || own.contain(path).unwrap_or(true)
        })
    }

    fn add_approved(&mut self, problems: &mut Vec<Problem>) {
        let found = match self.find(Some("APPROVED_DIRECTORY"), Some("approved-directory")) {
            Ok(Some((text, _))) if Path::new(text).is_absolute() => PathBuf::from(text),
            // What is wrong with the text is reported when the setting is read.
            Ok(_) | Err(_) => return,
        };
        self.add_root(&found, problems);
    }

    fn add_root(&mut self, root: &Path, problems: &mut Vec<Problem>) {
        if self.roots.add(root).is_err() {
            problems.push(Problem { place: Place::of("approved directory"), fault: Fault::NotLocatable });
        }
    }
}

/// The file that `--config` names, else `guard/guard.toml` in the XDG configuration directory.
fn locate(sources: &Sources, problems: &mut Vec<Problem>) -> Option<PathBuf> {
    if let Some(path) = &sources.config_file {
        return Some(sources.current_dir.join(path));
    }
    let directory = sources.xdg("XDG_CONFIG_HOME", ".config");
    if directory.is_none() {
        problems.push(Problem { place: Place::file(Source::PolicyFile), fault: Fault::NoHome });
    }
    Some(directory?.join("guard/guard.toml"))
}

/// `guard.env` in the directory of the policy file; whether or not either exists.
pub(crate) fn settings_file(sources: &Sources) -> Option<PathBuf> {
    match &sources.config_file {
        Some(path) => Some(sources.current_dir.join(path).with_file_name("guard.env")),
        None => Some(sources.xdg("XDG_CONFIG_HOME", ".config")?.join("guard/guard.env")),
    }
}

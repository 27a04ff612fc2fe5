//! What a command would do, as far as it is understood.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

/// Programs run, files touched, network and environment: what a command does if it is run.
///
/// Paths are relative to the root, or absolute where they leave it. A path that holds a pattern is recorded as the directory
/// before the pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Effects {
    programs: BTreeSet<String>,
    reads: BTreeSet<PathBuf>,
    writes: BTreeSet<PathBuf>,
    deletes: BTreeSet<PathBuf>,
    lists: BTreeSet<PathBuf>,
    executes: BTreeSet<PathBuf>,
    hosts: BTreeSet<String>,
    environment: BTreeMap<String, Option<String>>,
    uses_network: bool,
    runs_project_code: bool,
    reads_unnamed_files: bool,
}

impl Effects {
    /// Names of the programs that are run, builtins of the shell included.
    pub fn programs(&self) -> impl Iterator<Item = &str> {
        self.programs.iter().map(String::as_str)
    }

    /// Files that are read.
    pub fn reads(&self) -> impl Iterator<Item = &Path> {
        self.reads.iter().map(PathBuf::as_path)
    }

    /// Files and directories that are made or changed.
    pub fn writes(&self) -> impl Iterator<Item = &Path> {
        self.writes.iter().map(PathBuf::as_path)
    }

    /// Files and directories that are taken away.
    pub fn deletes(&self) -> impl Iterator<Item = &Path> {
        self.deletes.iter().map(PathBuf::as_path)
    }

    /// Names that are looked at.
    pub fn lists(&self) -> impl Iterator<Item = &Path> {
        self.lists.iter().map(PathBuf::as_path)
    }

    /// Files of the project that are run: programs, scripts, and the files in which the tools of a build find what to run.
    pub fn executes(&self) -> impl Iterator<Item = &Path> {
        self.executes.iter().map(PathBuf::as_path)
    }

    /// Other machines, as far as they are named.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(String::as_str)
    }

    /// Variables set for programs, with their values where these are known.
    pub fn environment(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.environment.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Whether the network is used.
    #[must_use]
    pub const fn uses_network(&self) -> bool {
        self.uses_network
    }

    /// Whether code of the project runs, which can do whatever its confinement lets it.
    #[must_use]
    pub const fn runs_project_code(&self) -> bool {
        self.runs_project_code
    }

    /// Whether files are read that the command does not name: whole trees, lists from another program.
    #[must_use]
    pub const fn reads_unnamed_files(&self) -> bool {
        self.reads_unnamed_files
    }

    pub(super) fn run(&mut self, program: &str) {
        if !self.programs.contains(program) {
            self.programs.insert(program.to_owned());
        }
    }

    pub(super) fn touch(&mut self, access: Access, path: PathBuf) {
        match access {
            Access::Read => self.reads.insert(path),
            Access::Write => self.writes.insert(path),
            Access::Delete => self.deletes.insert(path),
            Access::List => self.lists.insert(path),
        };
    }

    pub(super) fn execute(&mut self, path: PathBuf) {
        self.executes.insert(path);
    }

    pub(super) fn network(&mut self, host: Option<&str>) {
        self.uses_network = true;
        self.hosts.extend(host.map(str::to_owned));
    }

    pub(super) fn set(&mut self, name: &str, value: Option<&str>) {
        self.environment.insert(name.to_owned(), value.map(str::to_owned));
    }

    pub(super) const fn project_code(&mut self) {
        self.runs_project_code = true;
    }

    pub(super) const fn unnamed_files(&mut self) {
        self.reads_unnamed_files = true;
    }

    pub(super) fn changes_anything(&self) -> bool {
        self.changes() > 0
    }

    /// How many paths are changed.
    pub(super) fn changes(&self) -> usize {
        self.writes.len() + self.deletes.len()
    }
}

/// What is done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    Read,
    Write,
    Delete,
    List,
}

use std::path::{Path, PathBuf};

use super::{ToolCall, glob, rules};
use crate::names::{Kind, classify_aimed};
use crate::path::{FileKind, OUTSIDE_ROOT, Operation, Root, SECRET_FILE};
use crate::{Finding, Requires, Verdict};

/// How many names are looked at to know whether a search would read a secret.
const SEARCH_MAX: usize = 5000;

/// Where a tool call would act.
#[derive(Clone, Debug)]
pub struct Surroundings {
    root: Root,
    cwd: PathBuf,
    is_read_only: bool,
}

impl Surroundings {
    /// Calls act in `root`, starting from it.
    #[must_use]
    pub fn new(root: &Root) -> Self {
        Self { root: root.clone(), cwd: PathBuf::new(), is_read_only: false }
    }

    /// The working directory that relative paths start from, relative to the root or absolute.
    #[must_use]
    pub fn cwd(self, cwd: impl Into<PathBuf>) -> Self {
        Self { cwd: cwd.into(), ..self }
    }

    /// Refuses every tool that writes, as unattended work wants it.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { is_read_only: true, ..self }
    }
}

/// Judges a tool call; `commands` judges the text of a shell command, with the profile and directory of the caller.
#[must_use]
pub fn evaluate(
    call: &ToolCall,
    surroundings: &Surroundings,
    commands: impl FnOnce(&str) -> Verdict,
) -> Verdict {
    match call {
        ToolCall::Command { text, is_unsandboxed } => {
            let mut verdict = commands(text);
            if *is_unsandboxed {
                verdict.add(Finding::new(&rules::SANDBOX_OFF));
            }
            verdict
        }
        ToolCall::Read(path) => surroundings.judge(path, Operation::Read),
        ToolCall::List(path) => surroundings.judge(path, Operation::List),
        ToolCall::Write(path) => surroundings.judge_write(path),
        ToolCall::Edit(path) => {
            let mut verdict = surroundings.judge(path, Operation::Read);
            verdict.merge(surroundings.judge_write(path));
            verdict
        }
        ToolCall::Glob { pattern, path } => surroundings.judge_glob(pattern, path.as_deref()),
        ToolCall::Grep { path, glob } => surroundings.judge_grep(path.as_deref(), glob.as_deref()),
        ToolCall::Fetch(url) => {
            let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
            let is_web = matches!(scheme.as_deref(), Some("http" | "https"));
            Verdict::of(Finding::new(if is_web { &rules::NETWORK } else { &rules::NOT_WEB }).about(url))
        }
        ToolCall::Search => Verdict::of(Finding::new(&rules::NETWORK)),
        ToolCall::Bookkeeping => Verdict::allow(Requires::NOTHING),
        ToolCall::Foreign => Verdict::of(Finding::new(&rules::FOREIGN)),
        ToolCall::Unknown => Verdict::of(Finding::new(&rules::UNKNOWN)),
    }
}

impl Surroundings {
    /// Judges a path as written and as the tools read it: they trim it and put the home directory for a tilde.
    fn judge(&self, path: &str, operation: Operation) -> Verdict {
        let mut verdict = self.root.judge(&self.cwd, path, operation).into_verdict();
        let trimmed = path.trim();
        if trimmed == "~" || trimmed.starts_with("~/") {
            verdict.add(Finding::new(&rules::HOME_PATH).about(trimmed));
        }
        if trimmed != path {
            verdict.merge(self.root.judge(&self.cwd, trimmed, operation).into_verdict());
        }
        verdict
    }

    fn judge_write(&self, path: &str) -> Verdict {
        let mut verdict = self.judge(path, Operation::Write);
        if self.is_read_only {
            verdict.add(Finding::new(&rules::WRITES).about(path));
        }
        verdict
    }

    fn judge_glob(&self, pattern: &str, path: Option<&str>) -> Verdict {
        let base = path.filter(|path| !path.trim().is_empty()).unwrap_or(".");
        let mut verdict = self.judge(base, Operation::List);
        let pattern = pattern.trim();
        verdict.merge(aimed_at_secrets(pattern));
        for choice in glob::alternatives(pattern).unwrap_or_default() {
            if glob::climbs(&choice) {
                verdict.add(Finding::new(&OUTSIDE_ROOT).about(&choice));
            }
            let literal = glob::literal_part(&choice);
            if !literal.is_empty() {
                // An absolute pattern stands for itself, and so may one that begins at a home directory.
                let is_absolute = literal.starts_with(['/', '~']);
                let start = Path::new(if is_absolute { "" } else { base.trim() }).join(literal);
                verdict.merge(self.judge(&start.to_string_lossy(), Operation::List));
            }
        }
        verdict
    }

    fn judge_grep(&self, path: Option<&str>, glob: Option<&str>) -> Verdict {
        let base = path.filter(|path| !path.trim().is_empty()).unwrap_or(".");
        let mut verdict = self.judge(base, Operation::Read);
        let glob = glob.unwrap_or_default();
        let separators: &[char] = if glob.contains('{') { &[' '] } else { &[' ', ','] };
        for glob in glob.split(separators).filter(|glob| !glob.starts_with('!')) {
            verdict.merge(aimed_at_secrets(glob));
        }
        let found = self.root.judge(&self.cwd, base.trim(), Operation::Read);
        if found.kind() == Some(FileKind::Directory) {
            let dir = self.root.resolve_from(&self.cwd, base.trim());
            // What cannot be looked through is treated as if it held a secret.
            let may_hold_secrets = dir.and_then(|dir| dir.may_hold_secrets(SEARCH_MAX)).unwrap_or(true);
            verdict.require(Requires { secrets_masked: may_hold_secrets, ..Requires::NOTHING });
        }
        verdict
    }
}

/// Refuses a glob that spells out the name of a secret file; one that merely also matches it does not aim.
fn aimed_at_secrets(glob: &str) -> Verdict {
    let Some(choices) = glob::alternatives(glob) else {
        return Verdict::of(Finding::new(&rules::TOO_LARGE));
    };
    let is_aimed = |choice: &String| {
        classify_aimed(&glob::pattern(choice)).is_some_and(|rule| rule.kind == Kind::Secret)
    };
    if choices.iter().any(is_aimed) {
        return Verdict::of(Finding::new(&SECRET_FILE).about(glob));
    }
    Verdict::allow(Requires::NOTHING)
}

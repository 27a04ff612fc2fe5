//! Paths: what a word names, and whether that may be done with it.

use std::path::{Path, PathBuf};

use super::{Interpreter, State};
use crate::command::context::{View, normal};
use crate::command::effects::Access;
use crate::command::rules;
use crate::command::value::{Arg, Piece};
use crate::names::{self, Kind, Pattern};
use crate::path::Operation;
use crate::{Decision, Finding, Requires, Span};

/// What a command needs that touches files which nobody named.
const MASKED: Requires = Requires { sandbox: true, no_network: false, secrets_masked: true };

/// Bytes of a path and of its pattern: none that is opened is longer.
const MAX_PATTERN: usize = 4096;
/// Files of the system that tell of it what `uname`, `lscpu` and `free` tell too.
const FACTS: &[&str] = &[
    "/etc/lsb-release",
    "/etc/os-release",
    "/proc/cpuinfo",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/uptime",
    "/proc/version",
    "/usr/lib/os-release",
];

/// Directories that every system has at its top and projects hardly: what is in them is the system's or somebody else's.
const SYSTEM: &[&str] = &[
    "Users", "Volumes", "boot", "dev", "etc", "home", "media", "mnt", "private", "proc", "root", "run",
    "srv", "sys", "var",
];

impl Interpreter<'_> {
    /// Judges what an argument names as a file. Returns its path relative to the root, where it is one known path.
    pub(in crate::command) fn path(&mut self, arg: &Arg, access: Access, state: &State) -> Option<PathBuf> {
        if let Some(text) = arg.known() {
            let path = self.known_path(text, access, arg.span, state);
            if let (Access::Write, Some(path)) = (access, &path) {
                self.forget(Some(path));
            }
            return path;
        }
        if access == Access::Write {
            self.forget(None);
            self.forget_scattered(arg, state);
        }
        if arg.is_open() {
            self.open_path(arg, access, state);
        } else {
            self.pattern(arg, access, state);
        }
        None
    }

    fn known_path(&mut self, text: &str, access: Access, span: Span, state: &State) -> Option<PathBuf> {
        if text.is_empty() {
            return None;
        }
        if let Some(is_harmless) = device(text, access) {
            if !is_harmless {
                self.find(&rules::DEVICE, span, text);
            }
            return None;
        }
        if matches!(access, Access::Read | Access::List) && FACTS.contains(&text) {
            return None;
        }
        let Some(cwd) = &state.cwd.path else {
            if Path::new(text).is_absolute() {
                return self.judge(Path::new(""), text, access, span);
            }
            self.find(&rules::DYNAMIC_PATH, span, text);
            return None;
        };
        let path = self.judge(cwd, text, access, span);
        if !Path::new(text).is_absolute() {
            for other in &state.cwd.otherwise {
                // Where a `cd` failed the word means another file; a person decides if that one would be refused.
                if !self.is_allowed_at(other, text, access) {
                    self.find(&rules::DYNAMIC_PATH, span, text);
                }
            }
        }
        path
    }

    /// Judges a known path and records the effect.
    fn judge(&mut self, cwd: &Path, text: &str, access: Access, span: Span) -> Option<PathBuf> {
        let length = cwd.as_os_str().len() + text.len();
        // A directory grows with every one that is entered.
        self.work.add(cwd.as_os_str().len() / 3 + text.len() / 8);
        if length > MAX_PATTERN || self.work.is_too_much() {
            self.find(&rules::TOO_COMPLEX, span, "");
            return None;
        }
        let (findings, path) = self.look_through_links(cwd, text, access);
        let absolute = normal(&self.context.root().join(cwd).join(text));
        let is_refused = !findings.is_empty();
        for finding in findings {
            self.add(finding.at(span));
        }
        if let Some(path) = path.as_ref().filter(|_| access == Access::Read) {
            if is_git_store(path) {
                self.find(&rules::GIT_OBJECTS, span, text);
            }
        }
        if let Some(path) = &path {
            self.effects.touch(access, path.clone());
        } else if !is_refused {
            self.find(&rules::OUTSIDE, span, text);
        } else {
            self.effects.touch(access, absolute);
        }
        path
    }

    /// Whether a path would be allowed, without recording anything.
    fn is_allowed_at(&self, cwd: &Path, text: &str, access: Access) -> bool {
        let (findings, path) = self.look_through_links(cwd, text, access);
        path.is_some() && findings.iter().all(|finding| finding.rule().decision == Decision::Allow)
    }

    /// What is to be said of a path, and of what it may be by links of this text, and where it is below the root.
    fn look_through_links(&self, cwd: &Path, text: &str, access: Access) -> (Vec<Finding>, Option<PathBuf>) {
        let (mut findings, path) = self.look(cwd, text, access);
        let absolute = self.context.root().join(cwd).join(text);
        let reached = self.reached(&absolute);
        if reached.is_too_much {
            findings.push(Finding::new(&rules::TOO_COMPLEX).about(text));
        }
        if reached.climbs {
            findings.push(Finding::new(&rules::DYNAMIC_PATH).about(text));
        }
        // A link that is taken away leaves what it leads to.
        if access != Access::Delete || !self.is_link(&normal(&absolute)) {
            for target in reached.paths {
                let target = target.strip_prefix(self.context.root()).unwrap_or(&target);
                findings.extend(self.look(Path::new(""), &target.to_string_lossy(), access).0);
            }
        }
        (findings, path)
    }

    /// What is to be said of a path, and where it is below the root.
    fn look(&self, cwd: &Path, text: &str, access: Access) -> (Vec<Finding>, Option<PathBuf>) {
        match &self.context.view {
            View::Lexical(_) => self.judge_text(cwd, text, access),
            View::Disk(root) => {
                let operation = match access {
                    Access::Read => Operation::Read,
                    Access::Write => Operation::Write,
                    Access::Delete => Operation::Delete,
                    Access::List => Operation::List,
                };
                let is_root =
                    self.context.relative(cwd, Path::new(text)).is_some_and(|p| p.as_os_str().is_empty());
                // A directory that something is put into is not itself changed.
                let operation = if is_root && access == Access::Write { Operation::List } else { operation };
                let judgement = root.judge(cwd, text, operation);
                let path = judgement.relative().map(Path::to_owned);
                let mut findings = judgement.verdict().findings().to_vec();
                if access == Access::List {
                    findings.retain(|finding| finding.code() != rules::SECRET_FILE.code);
                }
                (findings, path)
            }
        }
    }

    /// Judges a path as text.
    fn judge_text(&self, cwd: &Path, text: &str, access: Access) -> (Vec<Finding>, Option<PathBuf>) {
        let Some(path) = self.context.relative(cwd, Path::new(text)) else {
            return (vec![Finding::new(&rules::OUTSIDE).about(text)], None);
        };
        if access == Access::Delete && path.as_os_str().is_empty() {
            return (vec![Finding::new(&rules::DESTROYS).about(text)], Some(path));
        }
        let mut findings = Vec::new();
        for name in [Path::new(text), &path] {
            let Some(rule) = names::classify(name) else { continue };
            let rule = match (rule.kind, access) {
                // That it is there is no secret.
                (Kind::Secret, Access::List) => continue,
                (Kind::Secret, _) => &rules::SECRET_FILE,
                (Kind::GuardedDeny, Access::Write | Access::Delete) => &rules::GUARDED,
                (Kind::GuardedAsk, Access::Write | Access::Delete) => &rules::GUARDED_ASK,
                (Kind::Opaque, Access::Read) => &rules::SECRET_FILE,
                (Kind::GuardedDeny | Kind::GuardedAsk, Access::Read | Access::List) | (Kind::Opaque, _) => {
                    continue;
                }
            };
            findings.push(Finding::new(rule).about(text));
            break;
        }
        (findings, Some(path))
    }

    /// A path with a part that can be anything.
    fn open_path(&mut self, arg: &Arg, access: Access, state: &State) {
        let rule = if arg.origin().decoded { &rules::HIDES } else { &rules::DYNAMIC_PATH };
        self.find(rule, arg.span, arg.display());
        self.touch_unnamed(access, state);
        self.aimed(arg, access);
        // What is known already leaves the root, or would if the rest is empty.
        let leading = arg.leading();
        if !leading.is_empty() {
            let directory = leading.rsplit_once('/').map_or("", |(directory, _)| directory);
            let outside = |text: &str| self.context.relative(Path::new(""), Path::new(text)).is_none();
            if leading.starts_with('/') && outside(directory) && !self.leads_to_root(leading) {
                self.find(&rules::OUTSIDE, arg.span, arg.display());
            }
        }
        if access == Access::Delete && arg.origin().unset {
            if let Some(rest) = arg.without_unknown().filter(|rest| rest.starts_with('/')) {
                self.known_path(&rest, access, arg.span, state);
            }
        }
        if arg.without_unknown().is_some_and(|text| text.split('/').any(|name| name == "..")) {
            self.find(&rules::OUTSIDE, arg.span, arg.display());
        }
    }

    /// Records a change of files that nobody named: somewhere below the working directory.
    pub(in crate::command) fn touch_unnamed(&mut self, access: Access, state: &State) {
        if matches!(access, Access::Write | Access::Delete) {
            self.effects.touch(access, state.cwd.path.clone().unwrap_or_default());
        }
    }

    /// Whether more text could make this a path of the root: `/appr` + unknown.
    fn leads_to_root(&self, text: &str) -> bool {
        self.context.root().to_string_lossy().starts_with(text)
    }

    /// A path with wildcards or names that are not known, but no slash in them.
    fn pattern(&mut self, arg: &Arg, access: Access, state: &State) {
        if arg.len() > MAX_PATTERN {
            self.find(&rules::TOO_COMPLEX, arg.span, "");
            return;
        }
        if self.may_be_elsewhere(arg, access) {
            self.find(&rules::DYNAMIC_PATH, arg.span, arg.display());
        }
        if let Some((Piece::Temporary, rest)) = arg.pieces.split_first() {
            // What is in a temporary directory is the text's own.
            let climbs = |piece: &Piece| matches!(piece, Piece::Text(text) if text.split('/').any(|name| name == ".."));
            if rest.iter().any(climbs) {
                self.find(&rules::OUTSIDE, arg.span, arg.display());
            }
            self.require(MASKED);
            return;
        }
        self.require(MASKED);
        self.effects.unnamed_files();
        self.aimed(arg, access);
        if arg.pieces.contains(&Piece::Inside) {
            self.touch_unnamed(access, state);
            let has_parent = |piece: &Piece| matches!(piece, Piece::Text(text) if text.split('/').any(|name| name == ".."));
            // A dot behind the directory itself, which is a dot.
            let adds_dot = |pair: &[Piece]| matches!(pair, [Piece::Inside, Piece::Text(text)] if text == "." || text.starts_with("./"));
            if arg.pieces.iter().any(has_parent) || arg.pieces.windows(2).any(adds_dot) {
                self.find(&rules::OUTSIDE, arg.span, arg.display());
            }
            if arg.leading().starts_with('/') {
                self.known_path(arg.leading(), access, arg.span, state);
            }
            return;
        }
        let mut text = String::new();
        for piece in &arg.pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::AnyChar
                | Piece::AnyRun
                | Piece::Rest
                | Piece::Plain
                | Piece::Inside
                | Piece::Temporary
                | Piece::Job
                | Piece::Unknown(_) => text.push('*'),
            }
        }
        // Where what may be nothing is that.
        let least: String = arg
            .pieces
            .iter()
            .filter_map(|piece| {
                let other = piece.is_something().then_some("*");
                if let Piece::Text(part) = piece { Some(part.as_str()) } else { other }
            })
            .collect();
        if least.split('/').filter(|name| *name == "..").count()
            > text.split('/').filter(|name| *name == "..").count()
        {
            self.find(&rules::OUTSIDE, arg.span, arg.display());
        }
        let names: Vec<&str> = text.split('/').collect();
        let climbs = |pair: &[&str]| matches!(pair, [name, ".."] if name.contains('*'));
        if !self.links.is_empty() && names.windows(2).any(climbs) {
            // It may go up from behind a link.
            self.find(&rules::DYNAMIC_PATH, arg.span, arg.display());
        }
        let may_be_parent = |name: &&str| {
            name.contains('*') && name.starts_with('.') && name.trim_matches(['.', '*']).is_empty()
        };
        if names.iter().any(may_be_parent) {
            self.find(&rules::OUTSIDE, arg.span, arg.display());
        }
        let Some(cwd) = state.cwd.path.as_ref() else {
            self.find(&rules::DYNAMIC_PATH, arg.span, arg.display());
            return;
        };
        let leaves = |other: &PathBuf| self.context.relative(other, Path::new(&text)).is_none();
        if state.cwd.otherwise.iter().any(leaves) {
            self.find(&rules::DYNAMIC_PATH, arg.span, arg.display());
        }
        match self.context.relative(cwd, Path::new(&text)) {
            None => self.find(&rules::OUTSIDE, arg.span, arg.display()),
            Some(path) => {
                let fixed: PathBuf = path
                    .components()
                    .take_while(|name| !name.as_os_str().to_string_lossy().contains('*'))
                    .collect();
                let is_secret = names::classify(&fixed).is_some_and(|rule| rule.kind == Kind::Secret);
                if is_secret && access != Access::List {
                    self.find(&rules::SECRET_FILE, arg.span, arg.display());
                }
                self.effects.touch(access, fixed);
            }
        }
    }

    /// Whether it is a file outside where what stands in front of its first slash turns out to be nothing:
    /// `$(cd src && pwd)/etc/passwd` where there is no `src`.
    fn may_be_elsewhere(&self, arg: &Arg, access: Access) -> bool {
        let may_be_nothing = |piece: &&Piece| {
            matches!(piece, Piece::Rest | Piece::Plain | Piece::Inside | Piece::Temporary | Piece::Job)
        };
        let unsure = arg.pieces.iter().take_while(may_be_nothing).count();
        let (Some(Piece::Text(rest)), true) = (arg.pieces.get(unsure), unsure > 0) else { return false };
        if !rest.starts_with('/') || self.context.relative(Path::new(""), Path::new(rest)).is_some() {
            return false;
        }
        let is_whole = arg.pieces.len() == unsure + 1;
        match &self.context.view {
            View::Lexical(_) => {
                let path = normal(Path::new(rest));
                let first = path.components().nth(1).and_then(|name| name.as_os_str().to_str());
                first.is_some_and(|name| SYSTEM.contains(&name))
            }
            View::Disk(_) => {
                let there = match rest.rsplit_once('/') {
                    Some((directory, _)) if !is_whole || access == Access::Write => directory,
                    _ => rest,
                };
                !there.is_empty() && Path::new(there).symlink_metadata().is_ok()
            }
        }
    }

    /// Whether a pattern is aimed at a protected name.
    pub(in crate::command) fn aimed(&mut self, arg: &Arg, access: Access) {
        if arg.len() > MAX_PATTERN || self.work.is_too_much() {
            return self.find(&rules::TOO_COMPLEX, arg.span, "");
        }
        self.work.add(16 + 2 * arg.len());
        let mut pattern = Pattern::new();
        for piece in &arg.pieces {
            pattern = match piece {
                Piece::Text(text) => pattern.text(text),
                Piece::AnyChar => pattern.any_char(),
                Piece::AnyRun | Piece::Rest | Piece::Plain | Piece::Temporary | Piece::Job => {
                    pattern.any_run(false)
                }
                Piece::Inside | Piece::Unknown(_) => pattern.anything(),
            };
        }
        let Some(rule) = names::classify_aimed(&pattern) else { return };
        // `key-$(date +%F)`: no secret that is there is called so, but by chance. Of `.env.$(date +%F)` every one is a secret.
        let is_new = access == Access::Write
            && arg.sample().is_some_and(|name| names::classify(Path::new(&name)).is_none());
        let rule = match (rule.kind, access) {
            (Kind::Secret, Access::List) => return,
            (Kind::Secret, _) if is_new => return,
            (Kind::Secret, _) => &rules::SECRET_PATTERN,
            (Kind::GuardedDeny, Access::Write | Access::Delete) => &rules::GUARDED,
            (Kind::GuardedAsk, Access::Write | Access::Delete) => &rules::GUARDED_ASK,
            (Kind::Opaque, Access::Read) => &rules::SECRET_PATTERN,
            (Kind::GuardedDeny | Kind::GuardedAsk, Access::Read | Access::List) | (Kind::Opaque, _) => return,
        };
        self.find(rule, arg.span, arg.display());
    }

    /// Requires that files which nobody named hold no secrets.
    pub(in crate::command) fn unnamed_files(&mut self) {
        self.require(MASKED);
        self.effects.unnamed_files();
    }
}

/// Whether a path is a repository's own directory as a whole, or its objects.
fn is_git_store(path: &Path) -> bool {
    let mut names = path.components().map(|name| name.as_os_str()).skip_while(|name| *name != ".git");
    names.next().is_some() && names.next().is_none_or(|name| name == "objects" || name == "lost-found")
}

/// Whether a path in `/dev` is harmless; `None` where it is no such path.
fn device(text: &str, access: Access) -> Option<bool> {
    let path = normal(Path::new(text));
    let name = path.strip_prefix("/dev").ok().filter(|_| text.starts_with('/'))?.to_str()?;
    let is_descriptor = name.strip_prefix("fd/").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    Some(match name {
        "null" | "stdout" | "stderr" | "tty" => access != Access::Delete,
        "stdin" | "zero" | "full" | "urandom" | "random" => matches!(access, Access::Read | Access::List),
        _ => is_descriptor && access != Access::Delete,
    })
}

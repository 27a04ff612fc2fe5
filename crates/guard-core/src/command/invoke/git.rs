//! Git: settings that start programs, objects that hold secrets, work that is thrown away.

use std::path::Path;

use super::Call;
use super::elsewhere::perhaps_at_top;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::value::{Arg, Piece, Stream};
use crate::names::{self, Kind};

/// Settings that only describe or show.
const HARMLESS: &[&str] = &[
    "advice.",
    "branch.sort",
    "color.",
    "column.",
    "commit.gpgsign",
    "core.abbrev",
    "core.autocrlf",
    "core.bare",
    "core.eol",
    "core.filemode",
    "core.ignorecase",
    "core.longpaths",
    "core.precomposeunicode",
    "core.quotepath",
    "core.safecrlf",
    "core.whitespace",
    "diff.algorithm",
    "diff.colormoved",
    "diff.context",
    "diff.mnemonicprefix",
    "diff.renamelimit",
    "diff.renames",
    "fetch.prune",
    "format.pretty",
    "gc.auto",
    "init.defaultbranch",
    "log.",
    "merge.conflictstyle",
    "merge.ff",
    "pull.ff",
    "pull.rebase",
    "push.default",
    "rebase.autosquash",
    "rebase.autostash",
    "rerere.",
    "tag.gpgsign",
    "tag.sort",
    "user.email",
    "user.name",
];

impl Interpreter<'_> {
    /// `-c name=value`.
    pub(super) fn git_setting(&mut self, arg: &Arg) {
        let Some((name, value)) =
            arg.split_once('=').map(|(name, value)| (name.display().to_ascii_lowercase(), value))
        else {
            let is_harmless = arg.known().is_some_and(|text| harmless(&text.to_ascii_lowercase()));
            if !is_harmless {
                self.find(&rules::HOOKS, arg.span, arg.display());
            }
            return;
        };
        let switched_off = match name.as_str() {
            "core.fsmonitor" | "commit.gpgsign" => value.known() == Some("false"),
            "core.hookspath" => value.known() == Some("/dev/null"),
            "core.pager" | "pager.diff" | "pager.log" | "pager.show" => {
                matches!(value.known(), Some("" | "cat" | "less" | "false"))
            }
            "core.editor" | "sequence.editor" => matches!(value.known(), Some("" | "true" | ":" | "cat")),
            _ => false,
        };
        if !switched_off && !harmless(&name) {
            self.find(&rules::HOOKS, arg.span, arg.display());
        }
    }

    pub(super) fn git_config(&mut self, call: &Call<'_>) -> Option<Stream> {
        let operands = &call.parsed.operands;
        let changes = [
            "--add",
            "--unset",
            "--unset-all",
            "--replace-all",
            "--rename-section",
            "--remove-section",
            "--edit",
            "-e",
        ];
        let reads = [
            "--get",
            "--get-all",
            "--get-regexp",
            "--get-urlmatch",
            "--list",
            "-l",
            "--get-color",
            "--get-colorbool",
        ];
        let (verb, names) = match operands.first().and_then(Arg::known) {
            Some(verb @ ("get" | "list")) => (verb, operands.get(1..).unwrap_or(&[])),
            Some(verb @ ("set" | "unset" | "edit" | "rename-section" | "remove-section")) => {
                (verb, operands.get(1..).unwrap_or(&[]))
            }
            _ => ("", operands.as_slice()),
        };
        let is_read = verb == "get" || verb == "list" || call.parsed.has(&reads);
        let is_change = !is_read && (names.len() > 1 || !verb.is_empty() || call.parsed.has(&changes));
        if !is_change {
            return None;
        }
        self.effects.touch(Access::Write, std::path::PathBuf::from(".git"));
        let is_global = call.parsed.has(&["--global", "--system", "--file", "-f"]);
        let name = names.first().and_then(Arg::known).map(str::to_ascii_lowercase);
        let rule = match name {
            Some(name) if harmless(&name) && !is_global => &rules::ASKS,
            _ => &rules::HOOKS,
        };
        self.find(rule, call.span, names.first().map_or_else(String::new, Arg::display));
        None
    }

    pub(super) fn git_remote(&mut self, call: &Call<'_>, state: &mut State) -> Option<Stream> {
        match (call.name, call.parsed.operand(0)) {
            ("git remote", None | Some("get-url" | "-v"))
            | ("git submodule", None | Some("status" | "summary")) => {}
            ("git submodule", Some("foreach")) => {
                let code = call.parsed.operands.get(1..).unwrap_or(&[]);
                self.joined_code(code, &perhaps_at_top(state), call.span);
            }
            _ => {
                self.effects.network(None);
                self.find(&rules::NETWORK, call.span, call.name);
            }
        }
        None
    }

    pub(super) fn git_change(&mut self, call: &Call<'_>, state: &mut State) -> Option<Stream> {
        self.git_objects(call, state);
        let operands = &call.parsed.operands;
        let rest = operands.get(1..).unwrap_or(&[]);
        match (call.name, call.parsed.operand(0)) {
            ("git stash", Some("drop" | "clear")) | ("git worktree", Some("remove")) => {
                self.find(&rules::DISCARDS, call.span, call.name);
            }
            ("git checkout" | "git restore", _) if !call.parsed.has(&["--staged", "-S"]) => {
                let all = |arg: &Arg| {
                    matches!(arg.known(), Some("." | ":/" | "*" | "./"))
                        || matches!(arg.pieces.first(), Some(Piece::AnyRun | Piece::Rest))
                };
                if operands.iter().any(all) {
                    self.find(&rules::DISCARDS, call.span, call.name);
                }
            }
            ("git rm", _)
                if call.parsed.has(&["-r"])
                    && call.parsed.has(&["-f", "--force"])
                    && !call.parsed.has(&["--cached"]) =>
            {
                self.find(&rules::DISCARDS, call.span, call.name);
            }
            ("git bisect", Some("run")) => {
                let from = call.args.iter().position(|arg| arg.known() == Some("run")).map_or(0, |at| at + 1);
                self.carried(call.args.get(from..).unwrap_or(&[]), &mut perhaps_at_top(state), call.span);
            }
            ("git gc" | "git prune", _)
                if call.args.iter().any(|arg| {
                    ["--prune=", "--expire"].iter().any(|start| arg.leading().starts_with(start))
                }) =>
            {
                self.find(&rules::DISCARDS, call.span, call.name);
            }
            ("git maintenance", Some("start" | "register" | "stop" | "unregister")) => {
                self.find(&rules::PERSISTS, call.span, call.name);
            }
            ("git lfs", Some("ls-files" | "status" | "env" | "version")) => {}
            ("git lfs", _) => self.find(&rules::NETWORK, call.span, call.name),
            ("git worktree", Some("add")) => {
                if let Some(path) = rest.iter().find(|arg| !arg.leading().starts_with('-')) {
                    self.path(path, Access::Write, state);
                }
            }
            ("git init", Some(_)) => {
                if let Some(path) = operands.first() {
                    self.path(path, Access::Write, state);
                }
            }
            ("git archive", _) if call.args.iter().any(|arg| arg.leading().starts_with("--remote")) => {
                self.find(&rules::NETWORK, call.span, call.name);
            }
            _ => {}
        }
        None
    }

    pub(super) fn git_discard(&mut self, call: &Call<'_>) -> Option<Stream> {
        let is_dry = call.parsed.has(&["-n", "--dry-run"]);
        match call.name {
            "git reset" => {}
            "git clean" if is_dry => {}
            _ => self.find(&rules::DISCARDS, call.span, call.name),
        }
        None
    }

    /// A revision, a path, or a path in a revision: `HEAD:.env`.
    pub(super) fn revision(&mut self, arg: &Arg, state: &State) {
        if leaves_out(arg) {
            return;
        }
        self.object(arg);
        self.pathspec_pattern(arg);
        self.maybe_path(arg, state);
    }

    /// Names of files inside git's own store.
    fn object(&mut self, arg: &Arg) {
        let shown = arg.display();
        let Some(path) = shown.rsplit([':', ')']).next().filter(|_| shown.contains(':')) else { return };
        if names::classify(Path::new(path)).is_some_and(|rule| rule.kind == Kind::Secret) {
            self.find(&rules::SECRET_FILE, arg.span, shown.as_str());
        } else if let Some((_, path)) = arg.split_once(':') {
            if path.pieces.iter().any(|piece| !matches!(piece, Piece::Text(_))) {
                let mut pattern = names::Pattern::new();
                for piece in &path.pieces {
                    pattern = match piece {
                        Piece::Text(text) => pattern.text(text),
                        Piece::AnyChar => pattern.any_char(),
                        Piece::AnyRun | Piece::Rest | Piece::Plain | Piece::Temporary | Piece::Job => {
                            pattern.any_run(false)
                        }
                        Piece::Inside | Piece::Unknown(_) => pattern.anything(),
                    };
                }
                if names::classify_aimed(&pattern).is_some_and(|rule| rule.kind == Kind::Secret) {
                    self.find(&rules::SECRET_PATTERN, arg.span, shown.as_str());
                }
            }
        }
    }

    /// Git has wildcards of its own, which cross slashes and match leading dots.
    fn pathspec_pattern(&mut self, arg: &Arg) {
        let Some(text) = arg.known().filter(|text| text.contains(['*', '?', '['])) else { return };
        let mut pattern = names::Pattern::new();
        let mut literal = text;
        while let Some(at) = literal.find(['*', '?', '[']) {
            let (before, after) = literal.split_at(at);
            pattern = pattern.text(before);
            (pattern, literal) = match after.strip_prefix('*') {
                Some(rest) => (pattern.anything(), rest),
                None if after.starts_with('?') => (pattern.any_char(), after.get(1..).unwrap_or("")),
                None => (pattern.any_char(), after.split_once(']').map_or("", |(_, rest)| rest)),
            };
        }
        if names::classify_aimed(&pattern.text(literal)).is_some_and(|rule| rule.kind == Kind::Secret) {
            self.find(&rules::SECRET_PATTERN, arg.span, text);
        }
    }

    /// A path that git adds, moves or restores.
    pub(super) fn pathspec(&mut self, arg: &Arg, call: &Call<'_>, state: &State) {
        if leaves_out(arg) {
            return;
        }
        self.object(arg);
        self.pathspec_pattern(arg);
        let access = match call.name {
            "git rm" => Some(Access::Delete),
            "git mv" => Some(Access::Write),
            _ => None,
        };
        match access {
            Some(access) => drop(self.path(arg, access, state)),
            None => self.maybe_path(arg, state),
        }
    }

    /// What git connects to: a name, a URL, a path, or a program.
    pub(super) fn git_url(&mut self, arg: &Arg, call: &Call<'_>, state: &State) {
        let Some(text) = arg.known() else {
            if arg.leading().is_empty() && arg.is_open() {
                self.find(&rules::DYNAMIC_CODE, arg.span, arg.display());
            }
            return;
        };
        if text.contains("::") {
            self.find(&rules::HOOKS, arg.span, text);
        } else if let Some(path) = text.strip_prefix("file://") {
            self.path(&Arg::text(path, arg.span), Access::Read, state);
        } else if !text.contains("://") && !text.split('/').next().is_some_and(|host| host.contains(':')) {
            let is_target = call.name == "git clone" && call.parsed.operands.first() != Some(arg);
            if is_target {
                self.path(arg, Access::Write, state);
            } else if text.starts_with(['/', '.', '~']) {
                self.path(arg, Access::Read, state);
            }
        } else {
            if matches!(call.name, "git push" | "git send-pack") && call.parsed.operands.first() == Some(arg)
            {
                // Not to a remote that the repository knows.
                self.find(&rules::EXFILTRATES, arg.span, text);
            }
            self.effects.network(Some(host(text)));
        }
    }
}

fn harmless(name: &str) -> bool {
    HARMLESS.iter().any(|known| if known.ends_with('.') { name.starts_with(known) } else { name == *known })
}

/// The host of a URL or `user@host:path`.
pub(super) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    rest.split(':').next().unwrap_or(rest)
}

/// Whether it is a pathspec that leaves files out: `:!.env`, `:(exclude).env`. Source: gitglossary(7).
///
/// Where git takes it for a plain path (`git init`, the target of `git mv`), its first name is odd but inside; only `..` leads
/// from there elsewhere.
fn leaves_out(arg: &Arg) -> bool {
    let Some(magic) = arg.known().and_then(|text| text.strip_prefix(':')) else { return false };
    if magic.split('/').any(|name| name == "..") {
        return false;
    }
    let long = magic.strip_prefix('(').and_then(|long| long.split_once(')'));
    magic.starts_with(['!', '^'])
        || long.is_some_and(|(words, _)| words.split(',').any(|word| word == "exclude"))
}

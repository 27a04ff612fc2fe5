//! Programs that delete, copy raw data, pack, end processes or start containers.

use super::Call;
use super::options::Parsed;
use crate::Requires;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::value::is_secret_variable;
use crate::command::value::{Arg, Origin, Piece, Stream};

/// Directories that builds make and anyone deletes.
const BUILD_OUTPUT: &[&str] = &[
    ".cache",
    ".eggs",
    ".gradle",
    ".mypy_cache",
    ".next",
    ".nox",
    ".nuxt",
    ".nyc_output",
    ".parcel-cache",
    ".pytest_cache",
    ".ruff_cache",
    ".svelte-kit",
    ".terraform",
    ".tox",
    ".turbo",
    ".venv",
    "__pycache__",
    "_build",
    "build",
    "coverage",
    "dist",
    "htmlcov",
    "node_modules",
    "obj",
    "out",
    "target",
    "tmp",
    "vendor",
    "venv",
];

impl Interpreter<'_> {
    pub(super) fn rm(&mut self, call: &Call<'_>, state: &mut State) -> Option<Stream> {
        let recursive = call.parsed.has(&["-r", "-R", "--recursive"]);
        for operand in &call.parsed.operands {
            let shown = operand.display();
            let trimmed = shown.trim_end_matches('/');
            let last = trimmed.rsplit('/').next().unwrap_or("");
            let inside_output = || {
                let mut names = trimmed.split('/').rev().skip(1);
                names.next().is_some_and(|parent| BUILD_OUTPUT.binary_search(&parent).is_ok())
            };
            if trimmed.split('/').any(|name| name == ".git") {
                self.find(&rules::DESTROYS, operand.span, shown.as_str());
            }
            let is_pattern = operand.known().is_none();
            if is_pattern && inside_output() {
                continue;
            }
            let takes_all = matches!(last, "*" | ".*" | "" | "." | "..") && recursive;
            if takes_all {
                let parent = if last == "*" { trimmed.strip_suffix('*').unwrap_or(trimmed) } else { trimmed };
                let is_root = state.cwd.all().any(|cwd| {
                    let directory = self.context.relative(cwd, std::path::Path::new(parent));
                    directory.is_none_or(|directory| directory.as_os_str().is_empty())
                });
                let is_unset =
                    operand.is_open() && operand.origin().unset && trimmed.starts_with("<unknown>/");
                let is_all = is_root || is_unset || matches!(last, "." | "..");
                let rule = if is_all { &rules::DESTROYS } else { &rules::DELETES_TREE };
                self.find(rule, operand.span, shown.as_str());
            } else if is_pattern {
                let is_file =
                    last.contains('.') && !last.starts_with('*') || last.starts_with("*.") && last.len() > 2;
                if recursive || !is_file || operand.is_open() {
                    self.find(&rules::DELETES_MANY, operand.span, shown.as_str());
                }
            } else if recursive && BUILD_OUTPUT.binary_search(&last).is_err() && !last.ends_with(".egg-info")
            {
                self.find(&rules::DELETES_TREE, operand.span, shown.as_str());
            }
        }
        None
    }

    pub(super) fn dd(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let mut origin = Origin { file: state.stdin.carries_content, ..Origin::default() };
        for arg in call.args {
            let Some((name, value)) = arg.split_once('=') else {
                self.find(&rules::UNKNOWN_OPERAND, arg.span, arg.display());
                continue;
            };
            match name.known() {
                Some("if") => {
                    self.path(&value, Access::Read, state);
                    origin.file = true;
                }
                Some("of") => drop(self.path(&value, Access::Write, state)),
                Some(
                    "bs" | "ibs" | "obs" | "count" | "skip" | "seek" | "conv" | "status" | "iflag" | "oflag"
                    | "cbs",
                ) => {}
                _ => self.find(&rules::UNKNOWN_OPTION, arg.span, arg.display()),
            }
        }
        Stream::unknown(origin)
    }

    pub(super) fn tar(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let args = dashed(call.args);
        let parsed = Parsed::new(call.row, &args);
        let has = |names: &[&str]| parsed.has(names);
        let writes = has(&[
            "-c",
            "-r",
            "-u",
            "-A",
            "--create",
            "--append",
            "--update",
            "--catenate",
            "--concatenate",
            "--delete",
        ]);
        let extracts = has(&["-x", "--extract", "--get"]);
        if !writes && !extracts && !has(&["-t", "-d", "--list", "--diff", "--compare", "--version", "--help"])
        {
            self.find(&rules::UNKNOWN_OPTION, call.span, call.name);
        }
        for archive in parsed.values(&["-f", "--file"]) {
            if archive.known() == Some("-") {
                continue;
            }
            if archive
                .known()
                .is_some_and(|text| text.split('/').next().is_some_and(|name| name.contains(':')))
            {
                self.find(&rules::NETWORK, archive.span, archive.display());
            }
            self.path(archive, if writes { Access::Write } else { Access::Read }, state);
        }
        let mut inner = state.clone();
        let operands = if writes { parsed.operands.clone() } else { Vec::new() };
        let listed = Call { name: call.name, row: call.row, args: &args, parsed, span: call.span };
        self.options(&listed, &mut inner);
        if writes {
            self.unnamed_files();
            for operand in &operands {
                self.path(operand, Access::Read, &inner);
            }
        }
        if extracts {
            self.require(Requires::EVERYTHING);
            self.path(&Arg::text(".", call.span), Access::List, &inner);
            if let Some(cwd) = inner.cwd.path {
                self.effects.touch(Access::Write, cwd);
            }
        }
        let mut stream = Stream::unknown(Origin { file: true, decoded: !writes, ..Origin::default() });
        stream.carries_content = true;
        stream
    }

    pub(super) fn kill(&mut self, call: &Call<'_>) -> Option<Stream> {
        let by_name = call.name != "kill";
        let is_list = call.args.first().is_some_and(|arg| matches!(arg.known(), Some("-l" | "-L")));
        let mut seen_signal = false;
        let everyone = call.args.iter().any(|arg| match arg.known() {
            Some("--" | "-s" | "-n") => {
                seen_signal = true;
                false
            }
            Some("1" | "0") => true,
            Some(text) if text.starts_with('-') => {
                let again = seen_signal;
                seen_signal = true;
                again
            }
            _ => false,
        });
        let rule = if by_name || everyone && !is_list { &rules::KILLS } else { &rules::ASKS };
        self.find(rule, call.span, call.name);
        None
    }

    pub(super) fn facts(&mut self, call: &Call<'_>) -> Option<Stream> {
        let sets = match call.name {
            "date" => call.parsed.operands.iter().any(|arg| !arg.leading().starts_with('+')),
            "hostname" => !call.parsed.operands.is_empty(),
            _ => false,
        };
        if sets {
            self.find(&rules::SYSTEM, call.span, call.name);
        }
        None
    }

    pub(super) fn printenv(&mut self, call: &Call<'_>) -> Option<Stream> {
        const HARMLESS: &[&str] = &[
            "CI",
            "EDITOR",
            "GOPATH",
            "HOME",
            "JAVA_HOME",
            "LANG",
            "LOGNAME",
            "NODE_ENV",
            "PATH",
            "PWD",
            "RUST_LOG",
            "SHELL",
            "TERM",
            "TZ",
            "USER",
            "VIRTUAL_ENV",
        ];
        if call.parsed.operands.is_empty() {
            self.find(&rules::PRINTS_ENVIRONMENT, call.span, call.name);
        }
        for operand in &call.parsed.operands {
            let name = operand.known().unwrap_or("");
            if is_secret_variable(name) {
                self.find(&rules::SECRETS, operand.span, name);
            } else if !HARMLESS.contains(&name) {
                self.find(&rules::PRINTS_ENVIRONMENT, operand.span, operand.display());
            }
        }
        None
    }

    pub(super) fn docker(&mut self, call: &Call<'_>, state: &mut State) -> Option<Stream> {
        self.effects.network(None);
        self.find(&rules::ASKS, call.span, call.name);
        if call.name == "runc" {
            self.find(&rules::PRIVILEGE, call.span, call.name);
        }
        let mut args = call.args.iter();
        while let Some(arg) = args.next() {
            let text = arg.leading();
            let opens = [
                "--privileged",
                "--pid=host",
                "--net=host",
                "--network=host",
                "--ipc=host",
                "--uts=host",
                "--userns=host",
                "--cap-add",
                "--device",
                "--security-opt",
                "--cgroupns=host",
                "-H",
                "--host",
                "--volumes-from",
            ];
            if opens.iter().any(|open| text.starts_with(open)) {
                self.find(&rules::PRIVILEGE, arg.span, text);
            }
            let volume = match text {
                "-v" | "--volume" | "--mount" | "--env-file" | "--pid" | "--net" | "--network" => {
                    args.next().cloned()
                }
                _ if text.starts_with("--volume=") => Some(arg.skip(9)),
                _ if text.starts_with("--mount=") => Some(arg.skip(8)),
                _ if text.starts_with("--env-file=") => Some(arg.skip(11)),
                _ if text.starts_with("-v") && text.len() > 2 => Some(arg.skip(2)),
                _ => None,
            };
            let Some(volume) = volume else { continue };
            if volume.known() == Some("host") {
                self.find(&rules::PRIVILEGE, volume.span, text);
                continue;
            }
            for part in volume.leading().split(',') {
                let source =
                    part.strip_prefix("source=").or_else(|| part.strip_prefix("src=")).unwrap_or(part);
                let source = source.split(':').next().unwrap_or(source);
                if source.starts_with(['/', '.', '~']) {
                    self.path(&Arg::text(source, volume.span), Access::Write, state);
                }
            }
        }
        Some(Stream::unknown(Origin { file: true, ..Origin::default() }))
    }
}

/// The old form `tar czf out.tgz src`: letters without a dash take their values from the arguments that follow.
fn dashed(args: &[Arg]) -> Vec<Arg> {
    let Some((first, rest)) = args.split_first() else { return Vec::new() };
    let Some(letters) = first.known().filter(|text| !text.starts_with('-')) else { return args.to_vec() };
    let mut rest = rest.iter();
    let mut out = Vec::new();
    for letter in letters.chars() {
        out.push(Arg::text(format!("-{letter}"), first.span));
        if "fCTXIbNVKgFL".contains(letter) {
            out.extend(rest.next().cloned());
        }
    }
    out.extend(rest.cloned());
    out.retain(|arg| arg.pieces != [Piece::Text(String::new())]);
    out
}

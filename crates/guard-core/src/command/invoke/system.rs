//! Programs that delete, copy raw data, pack, end processes or start containers.

use super::Call;
use super::find::is_aimed;
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

/// Ends of such names.
const BUILD_ENDS: &[&str] = &[".dist-info", ".egg-info"];

/// Whether a path ends in the name of something that builds make.
pub(super) fn is_build_output(path: &str) -> bool {
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
    BUILD_OUTPUT.binary_search(&name).is_ok() || BUILD_ENDS.iter().any(|end| name.ends_with(end))
}

/// What may be written unasked.
const GIGABYTE: u64 = 1 << 30;

impl Interpreter<'_> {
    pub(super) fn rm(&mut self, call: &Call<'_>, state: &mut State) -> Option<Stream> {
        let recursive = call.parsed.has(&["-r", "-R", "--recursive"]);
        for operand in &call.parsed.operands {
            let shown = operand.display();
            let trimmed = shown.trim_end_matches('/');
            let last = trimmed.rsplit('/').next().unwrap_or("");
            let inside_output = || {
                let mut parents = trimmed.split('/').rev().skip(1);
                !trimmed.split('/').any(|name| name == "..")
                    && parents.any(|parent| BUILD_OUTPUT.binary_search(&parent).is_ok())
            };
            if trimmed.split('/').any(|name| name == ".git") {
                self.find(&rules::DESTROYS, operand.span, shown.as_str());
            }
            let is_pattern = operand.known().is_none();
            let is_temporary = operand.pieces.first() == Some(&Piece::Temporary);
            if is_temporary || is_pattern && (inside_output() || recursive && is_build_output(last)) {
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
            } else if recursive && !is_build_output(last) && !inside_output() && !self.is_file(trimmed, state)
            {
                self.find(&rules::DELETES_TREE, operand.span, shown.as_str());
            }
        }
        None
    }

    /// Many files at once are cut off by a pattern.
    pub(super) fn truncate(&mut self, call: &Call<'_>) -> Option<Stream> {
        for operand in call.parsed.operands.iter().filter(|operand| operand.known().is_none()) {
            if call.name == "truncate" && operand.pieces.first() != Some(&Piece::Temporary) {
                self.find(&rules::DELETES_MANY, operand.span, operand.display());
            }
        }
        None
    }

    /// A size: more than a gigabyte fills a disk.
    pub(super) fn size(&mut self, arg: &Arg) {
        match arg.known().map(bytes) {
            Some(Some(size)) if size <= GIGABYTE => {}
            _ => self.find(&rules::ENDLESS, arg.span, arg.display()),
        }
    }

    /// `tar --transform`: the names of an archive become others.
    pub(super) fn transform(&mut self, arg: &Arg, state: &State) {
        self.find(&rules::ASKS, arg.span, arg.display());
        let text = arg.display();
        let delimiter = text.chars().nth(1).unwrap_or('/');
        for part in text.split([delimiter, '^', '$']).filter(|part| part.contains('/')) {
            self.path(&Arg::text(part, arg.span), Access::Write, state);
        }
    }

    /// `ps e` prints the environment of every process; letters without a dash are BSD's.
    pub(super) fn ps(&mut self, call: &Call<'_>) -> Option<Stream> {
        let mut args = call.parsed.operands.iter();
        while let Some(arg) = args.next() {
            let letters = arg.leading();
            if letters.ends_with(['o', 'O', 'p', 'U', 't', 'k']) {
                args.next();
            }
            if letters.contains('e') && letters.bytes().all(|b| b.is_ascii_alphabetic()) {
                self.find(&rules::PRINTS_ENVIRONMENT, arg.span, letters);
            }
        }
        if call.parsed.has(&["-E"]) {
            self.find(&rules::PRINTS_ENVIRONMENT, call.span, call.name);
        }
        None
    }

    /// `ip`, `route` and their like list with few words and change with more.
    pub(super) fn interfaces(&mut self, call: &Call<'_>) -> Option<Stream> {
        let mut words = call.parsed.operands.iter().map(|arg| arg.known().unwrap_or("\0"));
        let is_list = match (call.name, words.next(), words.next()) {
            (_, None, _) | ("ifconfig", Some(_), None) => true,
            ("ip", Some("netns" | "vrf" | "monitor" | "xfrm"), _) => false,
            ("ip", Some(_), verb) => {
                matches!(verb, None | Some("show" | "sh" | "list" | "ls" | "lst" | "get"))
            }
            ("arp", Some(_), None) => true,
            _ => false,
        };
        if !is_list {
            self.find(&rules::SYSTEM, call.span, call.name);
        }
        None
    }

    pub(super) fn dd(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let mut origin = Origin { file: state.stdin.carries_content, ..Origin::default() };
        let (mut is_endless, mut to_file) = (state.stdin.is_endless, false);
        let (mut block, mut count) = (Some(512), None);
        for arg in call.args {
            let Some((name, value)) = arg.split_once('=') else {
                self.find(&rules::UNKNOWN_OPERAND, arg.span, arg.display());
                continue;
            };
            match name.known() {
                Some("if") => {
                    self.path(&value, Access::Read, state);
                    origin.file = true;
                    is_endless = self.content(&value, &state.stdin).is_endless;
                }
                Some("of") => {
                    self.makes(&value, state);
                    to_file |= value.known() != Some("/dev/null");
                }
                Some("bs" | "obs") => block = value.known().and_then(bytes),
                Some("count") => count = value.known().and_then(bytes),
                Some("ibs" | "skip" | "seek" | "conv" | "status" | "iflag" | "oflag" | "cbs") => {}
                _ => self.find(&rules::UNKNOWN_OPTION, arg.span, arg.display()),
            }
        }
        is_endless &= match (block, count) {
            (Some(block), Some(count)) => block.saturating_mul(count) > GIGABYTE,
            _ => true,
        };
        if is_endless && to_file {
            self.find(&rules::ENDLESS, call.span, call.name);
        }
        Stream { is_endless: is_endless && !to_file, ..Stream::unknown(origin) }
    }

    pub(super) fn tar(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let args = dashed(call.args);
        let parsed = self.parsed(call.name, call.row, &args);
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
        if call.name == "bsdtar" {
            let mut args = call.args.iter();
            while let Some(arg) = args.next().filter(|_| extracts || writes) {
                match arg.known() {
                    Some("-s") => {
                        if let Some(rule) = args.next() {
                            self.transform(rule, state);
                        }
                    }
                    Some(text) if text.starts_with("-s") => self.transform(&arg.skip(1), state),
                    _ => {}
                }
            }
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
        let operands = if writes { parsed.operands.clone() } else { Vec::new() };
        let members = if extracts { parsed.operands.clone() } else { Vec::new() };
        let listed = Call { name: call.name, row: call.row, args: &args, parsed, span: call.span };
        let mut inner = self.enter(&listed, state).unwrap_or_else(|| state.clone());
        self.options(&listed, &mut inner);
        if writes {
            self.unnamed_files();
            for operand in &operands {
                self.path(operand, Access::Read, &inner);
            }
        }
        if extracts {
            self.require(Requires::EVERYTHING);
            self.path(&Arg::text(".", call.span), Access::Write, &inner);
            for member in &members {
                self.path(member, Access::Write, &inner);
                if is_aimed(member) {
                    self.find(&rules::SECRET_PATTERN, member.span, member.display());
                }
            }
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
        // `%1` and `$!` are jobs of this shell.
        let is_job = |arg: &Arg| arg.leading().starts_with('%') || arg.pieces == [Piece::Job];
        let is_own = call.name == "kill"
            && (is_list
                || call.parsed.operands.iter().all(|arg| is_job(arg) || arg.leading().starts_with('-'))
                    && call.args.iter().any(is_job));
        if is_own {
            return None;
        }
        let rule = if by_name || everyone { &rules::KILLS } else { &rules::ASKS };
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
        if !looks_only(call) {
            self.effects.network(None);
            self.find(&rules::ASKS, call.span, call.name);
        }
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

/// Whether a container tool only lists; what prints the configuration of a container may print its secrets.
fn looks_only(call: &Call<'_>) -> bool {
    let mut words = call.args.iter().map(|arg| arg.known().unwrap_or("\0"));
    let first = words.next();
    let compose = [Some("compose"), Some("image"), Some("container"), Some("network"), Some("volume")];
    let is_docker = matches!(call.name, "docker" | "podman" | "nerdctl");
    let verb = match first {
        _ if call.name.ends_with("-compose") => first,
        _ if !is_docker => return false,
        group if compose.contains(&group) => words.next(),
        Some("system") => return words.next() == Some("df"),
        Some("--version" | "-v" | "info" | "images" | "stats") => return true,
        other => other,
    };
    matches!(verb, Some("ps" | "ls" | "version" | "logs" | "top" | "port" | "diff" | "history" | "images"))
}

/// `10M`, `1GiB`, `+500`: bytes, where the text is such a size.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim_start_matches(['+', '-', '<', '>', '/', '%', '=']);
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let shift = match unit.chars().next().map(|c| c.to_ascii_lowercase()) {
        None | Some('c') => 0,
        Some('w') => 1,
        Some('b') => 9,
        Some('k') => 10,
        Some('m') => 20,
        Some('g') => 30,
        Some('t') => 40,
        Some('p' | 'e' | 'z' | 'y' | 'r' | 'q') => 50,
        Some(_) => return None,
    };
    digits.parse::<u64>().ok().map(|number| number.saturating_mul(1 << shift))
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

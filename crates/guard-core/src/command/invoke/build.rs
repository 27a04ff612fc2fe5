//! Build and package tools whose first words decide.

use super::Call;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::table::{self, Does, Special};
use crate::command::value::{Arg, Origin, Piece, Stream};

/// Scripts that projects give to their package manager, by the names they usually have.
const SCRIPTS: &[&str] = &[
    "bench",
    "build",
    "check",
    "clean",
    "compile",
    "coverage",
    "dev",
    "docs",
    "e2e",
    "fix",
    "format",
    "format:check",
    "lint",
    "lint:fix",
    "prettier",
    "serve",
    "start",
    "storybook",
    "t",
    "test",
    "test:e2e",
    "test:unit",
    "ts-check",
    "tsc",
    "type-check",
    "typecheck",
    "unit",
    "watch",
];

impl Interpreter<'_> {
    pub(super) fn make(&mut self, call: &Call<'_>, state: &mut State) -> Option<Stream> {
        if matches!(call.name, "make" | "gmake" | "ninja" | "meson")
            && call.parsed.has(&["-n", "--dry-run", "--just-print"])
        {
            // What would be done is only printed.
            self.effects.project_code();
        }
        if call.name == "cmake" {
            if call.parsed.has(&["--install"]) && !call.parsed.has(&["--prefix"]) {
                self.find(&rules::INSTALLS, call.span, call.name);
            }
            for setting in call.parsed.values(&["-D"]) {
                self.cmake_setting(setting, state);
            }
            if let Some(at) = call.args.iter().position(|arg| arg.known() == Some("-E")) {
                self.carried(call.args.get(at + 1..).unwrap_or(&[]), &mut state.clone(), call.span);
            }
        }
        if matches!(call.name, "make" | "gmake") {
            for file in call.parsed.values(&["-f", "--file", "--makefile"]) {
                self.makefile(file, call, state);
            }
            for name in ["GNUmakefile", "makefile", "Makefile"] {
                let path = state.cwd.path.as_ref().map(|cwd| cwd.join(name));
                for content in path.map_or_else(Vec::new, |path| self.written(&path)) {
                    self.recipes(&content, call.span, state);
                }
            }
        }
        for arg in call.args {
            let Some((name, value)) = arg.split_once('=') else { continue };
            let Some(name) = name.known() else { continue };
            let name = name.trim_end_matches([':', '?', '+']);
            if matches!(name, "SHELL" | ".SHELLFLAGS" | "MAKEFLAGS") || value.leading().contains("$(shell") {
                self.find(&rules::STARTS_PROGRAM, arg.span, arg.display());
            } else if !name.starts_with('-') && call.name != "cmake" {
                self.environment(name, &value, arg.span, state);
            }
        }
        None
    }

    /// Rules that do not come from a file of the project.
    fn makefile(&mut self, file: &Arg, call: &Call<'_>, state: &State) {
        let content = match file.known() {
            Some("-" | "/dev/stdin") => state.stdin.clone(),
            Some(path) => match self.process_output(path) {
                Some(content) => content.clone(),
                None => return,
            },
            None => return,
        };
        self.find(&rules::INLINE_CODE, file.span, call.name);
        self.recipes(&content, file.span, state);
    }

    /// What a makefile gives to the shell: what stands behind a tab or `;`.
    fn recipes(&mut self, content: &Stream, span: crate::Span, state: &State) {
        let text = Arg::new(content.pieces.clone(), span).display();
        if text.contains("$(shell") {
            self.find(&rules::STARTS_PROGRAM, span, "$(shell");
        }
        for line in text.lines().take(64) {
            let recipe = line.strip_prefix('\t').or_else(|| line.split_once(';').map(|(_, recipe)| recipe));
            if let Some(recipe) = recipe {
                let recipe = recipe.trim_start_matches(['@', '-', '+', ' ', '\t']).replace("$$", "$");
                self.shell_text(&Arg::text(recipe, span), state);
            }
        }
    }

    /// `-D CMAKE_C_COMPILER=clang`.
    fn cmake_setting(&mut self, setting: &Arg, state: &State) {
        let Some((name, value)) = setting.split_once('=') else { return };
        let name = name.display();
        let name = name.split(':').next().unwrap_or_default();
        // Where something would be installed is judged when it is.
        if name != "CMAKE_INSTALL_PREFIX" && name != "CMAKE_PREFIX_PATH" {
            self.environment(name, &value, setting.span, state);
            self.maybe_path(&value, state);
        }
    }

    /// `go run example.org/x@v1` fetches what it runs; the linker's flags may name another linker.
    pub(super) fn golang(&mut self, call: &Call<'_>) -> Option<Stream> {
        for operand in &call.parsed.operands {
            let text = operand.leading();
            let host = text.split('/').next().unwrap_or(text);
            let is_remote = text.contains('@')
                || text.contains("://")
                || host.contains('.') && text.contains('/') && !matches!(host, "." | ".." | "...");
            if is_remote && call.name == "go run" {
                self.do_one(Does::Installs, operand.span, call.name);
            }
        }
        for value in call.parsed.values(&["-ldflags", "-gcflags", "-asmflags", "-gccgoflags"]) {
            let text = value.display();
            if ["-ext", "plugin", "-tmpdir", "-o ", "-o="].iter().any(|part| text.contains(part)) {
                self.find(&rules::STARTS_PROGRAM, value.span, text);
            }
        }
        None
    }

    /// Options that compilers hand on: to the linker, the assembler, a plug-in.
    pub(super) fn compiler(&mut self, call: &Call<'_>, state: &State) -> Option<Stream> {
        let mut handed: Vec<Arg> = Vec::new();
        let mut args = call.args.iter();
        while let Some(arg) = args.next() {
            let text = arg.leading();
            let name = text.split('=').next().unwrap_or(text);
            match name {
                _ if text.starts_with('@') => {
                    self.path(&arg.skip(1), Access::Read, state);
                    self.find(&rules::DYNAMIC_OPTION, arg.span, text);
                }
                // These also interpret.
                "-e" | "--eval" | "eval"
                    if matches!(call.name, "ghc" | "swift" | "crystal" | "nim" | "dart") =>
                {
                    if let Some(code) = args.next() {
                        self.inline_code(code, state);
                    }
                }
                _ if ["-J-javaagent", "-J-agent", "-J-XX:On"].iter().any(|start| text.starts_with(start)) => {
                    self.find(&rules::STARTS_PROGRAM, arg.span, text);
                }
                "-Xlinker" | "-Xassembler" | "-Xpreprocessor" => handed.extend(args.next().cloned()),
                _ if ["-Wl,", "-Wa,", "-Wp,"].iter().any(|start| text.starts_with(start)) => {
                    handed.extend(arg.display().split(',').skip(1).map(|part| Arg::text(part, arg.span)));
                }
                "-fuse-ld" if matches!(text.get(9..), Some("bfd" | "gold" | "lld" | "mold")) => {}
                "-fuse-ld" | "-fplugin" | "-fpass-plugin" | "-load" | "-specs" | "--specs" | "-wrapper"
                | "-plugin" | "--plugin" | "-dynamic-linker" | "--dynamic-linker" | "-fmodule-mapper"
                | "-Zcodegen-backend" => {
                    self.find(&rules::STARTS_PROGRAM, arg.span, text);
                }
                "-Z" if args.clone().next().is_some_and(|next| next.leading().contains('=')) => {
                    self.find(&rules::ASKS, arg.span, text);
                }
                _ => {}
            }
        }
        let mut parts = handed.iter();
        while let Some(part) = parts.next() {
            let text = part.leading();
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.display(), Some(value)),
                None => (text.to_owned(), None),
            };
            match name.as_str() {
                "-o" | "--output" | "-Map" | "--Map" | "-MD" | "-MMD" | "-MF" | "--dependency-file" => {
                    let value = value.or_else(|| parts.next().cloned());
                    if let Some(value) = value {
                        self.path(&value, Access::Write, state);
                    }
                }
                "-rpath" | "--rpath" | "-rpath-link" | "-soname" | "-h" => {
                    if value.is_none() {
                        parts.next();
                    }
                }
                _ if name.contains("plugin") || name.contains("dynamic-linker") || text.starts_with('@') => {
                    self.find(&rules::STARTS_PROGRAM, part.span, text);
                }
                _ if text.starts_with("-o") => drop(self.path(&part.skip(2), Access::Write, state)),
                _ => self.maybe_path(part, state),
            }
        }
        None
    }

    /// Converters open what an operand names, by its own rules: URLs, `@list`, `msl:script`, `|command`.
    pub(super) fn converter(&mut self, call: &Call<'_>, state: &State) -> Option<Stream> {
        let is_magick = matches!(call.name, "convert" | "magick" | "mogrify" | "identify");
        for (number, arg) in call.args.iter().enumerate() {
            let text = arg.leading();
            let next = call.args.get(number + 1);
            let scheme = text.split_once("://").map(|(scheme, _)| scheme).filter(|scheme| *scheme != "file");
            if scheme.is_some() {
                self.effects.network(None);
                self.find(&rules::NETWORK, arg.span, text);
            }
            if text.starts_with('|')
                || is_magick
                    && ["msl:", "ephemeral:", "mvg:", "x:"].iter().any(|start| text.starts_with(start))
            {
                self.find(&rules::STARTS_PROGRAM, arg.span, text);
            }
            if is_magick {
                if let Some((_, list)) = text.split_once('@') {
                    self.path(&Arg::text(list, arg.span), Access::Read, state);
                }
            }
            // The list names files of its own.
            if call.name == "ffmpeg" && text == "-f" && next.and_then(Arg::known) == Some("concat") {
                self.find(&rules::DYNAMIC_PATH, arg.span, text);
            }
            if call.name == "gnuplot" && text == "-e" {
                if let Some(code) = next {
                    self.inline_code(code, state);
                }
            }
        }
        let is_text = matches!(state.stdin.pieces.as_slice(), [Piece::Text(_)]);
        if call.name == "gnuplot" && state.stdin.is_fed || call.name == "m4" && is_text {
            self.inline_code(&Arg::new(state.stdin.pieces.clone(), call.span), state);
        }
        None
    }

    pub(super) fn npm(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let mut args = call.args.iter().enumerate();
        while let Some((number, arg)) = args.next() {
            let text = arg.leading().to_owned();
            let rest = call.args.get(number + 1..).unwrap_or(&[]);
            if text.starts_with('-') {
                let (name, joined) = match arg.split_once('=') {
                    Some((name, value)) => (name.display(), Some(value)),
                    None => (text.clone(), None),
                };
                match name.as_str() {
                    "--prefix" | "-C" | "--cwd" | "--dir" | "--workspace-root" | "--userconfig"
                    | "--globalconfig" => {
                        let value = joined.or_else(|| args.next().map(|(_, value)| value.clone()));
                        if let Some(value) = value {
                            self.path(&value, Access::Read, state);
                        }
                    }
                    "-w" | "--workspace" | "-F" | "--filter" => drop(joined.is_none().then(|| args.next())),
                    "-v" | "--version" | "-h" | "--help" => return Stream::of(Vec::new()),
                    "--script-shell" | "--node-options" | "--shell" => {
                        self.find(&rules::STARTS_PROGRAM, arg.span, text.as_str());
                    }
                    "-c" | "--call" => {
                        let code = joined.or_else(|| args.next().map(|(_, value)| value.clone()));
                        if let Some(code) = code {
                            self.code(&code, &mut state.clone());
                        }
                    }
                    _ => {}
                }
                continue;
            }
            return self.npm_verb(&text, arg, rest, call, state);
        }
        // `yarn` and `bun install` alone install.
        if call.name != "npm" {
            self.do_one(Does::Installs, call.span, call.name);
        }
        Stream::unknown(Origin::default())
    }

    fn npm_verb(&mut self, verb: &str, at: &Arg, rest: &[Arg], call: &Call<'_>, state: &mut State) -> Stream {
        match verb {
            "run" | "run-script" | "test" | "t" | "tst" | "start" | "stop" | "restart" => {
                self.effects.project_code();
                for arg in rest {
                    if ["--script-shell", "--node-options", "--shell"]
                        .iter()
                        .any(|option| arg.leading().starts_with(option))
                    {
                        self.find(&rules::STARTS_PROGRAM, arg.span, arg.display());
                    }
                }
                self.unknown_arguments(rest, state);
            }
            "ls" | "list" | "ll" | "why" | "explain" | "root" | "bin" | "help" | "fund" | "query"
            | "prefix" => {
                self.unknown_arguments(rest, state);
            }
            // Scripts of the project run at the next install or test.
            "pkg" => {
                let key = rest.get(1).map_or("", Arg::leading);
                match rest.first().and_then(Arg::known) {
                    Some("get") | None => {}
                    Some("set") if !key.starts_with("scripts") && !key.starts_with("bin") => {
                        self.find(&rules::ASKS, at.span, verb);
                    }
                    _ => self.find(&rules::HOOKS, at.span, verb),
                }
            }
            "workspace" | "workspaces" if call.name == "yarn" => {
                let skip = if verb == "workspace" {
                    1
                } else {
                    usize::from(rest.first().and_then(Arg::known) == Some("foreach"))
                };
                let argv: Vec<Arg> = std::iter::once(Arg::text("yarn", at.span))
                    .chain(rest.iter().skip(skip).cloned())
                    .collect();
                self.carried(&argv, &mut state.clone(), call.span);
            }
            "exec" | "x" | "dlx" => {
                if let Some(at) = rest.iter().position(|arg| matches!(arg.known(), Some("-c" | "--call"))) {
                    if let Some(code) = rest.get(at + 1) {
                        self.code(code, &mut state.clone());
                    }
                } else {
                    let command =
                        rest.iter().position(|arg| !arg.leading().starts_with('-')).unwrap_or(rest.len());
                    self.tool(rest.get(command..).unwrap_or(&[]), state, call);
                }
            }
            "config" | "set" | "c" => {
                let reads = matches!(rest.first().and_then(Arg::known), Some("get" | "list" | "ls") | None);
                if verb == "set" || !reads {
                    self.find(&rules::HOOKS, at.span, verb);
                }
            }
            "token" | "login" | "adduser" | "logout" | "access" | "owner" | "hook" | "profile" | "team"
            | "org" => {
                self.find(&rules::REFUSED_USE, at.span, verb);
            }
            _ if SCRIPTS.contains(&verb) && call.name != "npm" => {
                self.effects.project_code();
                self.unknown_arguments(rest, state);
            }
            _ => {
                self.do_one(Does::Installs, call.span, call.name);
                self.unknown_arguments(rest, state);
            }
        }
        Stream::unknown(Origin::default())
    }

    pub(super) fn npx(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        if !matches!(call.name, "npx" | "bunx" | "pnpx") {
            self.do_one(Does::Installs, call.span, call.name);
            return Stream::unknown(Origin::default());
        }
        let mut args = call.args.iter().enumerate();
        while let Some((number, arg)) = args.next() {
            let text = arg.leading();
            match text {
                "-c" | "--call" => {
                    if let Some((_, code)) = args.next() {
                        self.code(code, &mut state.clone());
                    }
                }
                _ if text.starts_with("--call=") => {
                    self.code(&arg.skip(7), &mut state.clone());
                }
                "-p" | "--package" => drop(args.next()),
                _ if text.starts_with('-') => {}
                _ => {
                    self.tool(call.args.get(number..).unwrap_or(&[]), state, call);
                    break;
                }
            }
        }
        Stream::unknown(Origin::default())
    }

    /// A tool of the project run through its package manager.
    fn tool(&mut self, argv: &[Arg], state: &mut State, call: &Call<'_>) {
        let Some(name) = argv.first().and_then(Arg::known) else { return };
        let base = name.split('@').next().unwrap_or(name);
        match table::program(base) {
            Some(row) if row.does.contains(&Does::RunsProject) || row.special == Some(Special::Node) => {
                self.carried(argv, &mut state.clone(), call.span);
            }
            Some(_) => {
                self.carried(argv, &mut state.clone(), call.span);
                self.do_one(Does::Installs, call.span, base);
            }
            None => {
                self.do_one(Does::Installs, call.span, base);
                self.unknown_arguments(argv.get(1..).unwrap_or(&[]), state);
            }
        }
    }

    /// The options of `uv run`; returns what is run.
    fn uv_options<'r>(&mut self, rest: &'r [Arg], state: &mut State, call: &Call<'_>) -> &'r [Arg] {
        const INSTALLS: &[&str] =
            &["--with", "--index", "--default-index", "--extra-index-url", "--find-links", "-i", "-f"];
        const VALUES: &[&str] = &[
            "--color",
            "--directory",
            "--env-file",
            "--extra",
            "--group",
            "--only-group",
            "--package",
            "--project",
            "--python",
            "-p",
        ];
        let mut args = rest;
        while let Some((first, after)) = args.split_first() {
            let text = first.leading();
            if !text.starts_with('-') {
                break;
            }
            args = after;
            let name = text.split('=').next().unwrap_or(text);
            if INSTALLS.iter().any(|start| name.starts_with(start)) {
                self.do_one(Does::Installs, first.span, name);
            }
            let takes_value = INSTALLS.iter().any(|start| name.starts_with(start)) || VALUES.contains(&name);
            if takes_value && !text.contains('=') {
                if let Some((value, after)) = args.split_first() {
                    self.maybe_path(value, state);
                    args = after;
                }
            }
            if matches!(name, "-m" | "--module") {
                let argv = [&[Arg::text("python3", first.span), Arg::text("-m", first.span)], args].concat();
                self.carried(&argv, &mut state.clone(), call.span);
                self.effects.project_code();
                return args;
            }
        }
        args
    }

    pub(super) fn pip(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let mut args = call.args.iter().enumerate();
        while let Some((number, arg)) = args.next() {
            let text = arg.leading().to_owned();
            let rest = call.args.get(number + 1..).unwrap_or(&[]);
            match text.as_str() {
                "-V" | "--version" | "-h" | "--help" => return Stream::of(Vec::new()),
                "-C" | "--directory" | "--project" | "-p" | "--python" => {
                    if let Some((_, value)) = args.next() {
                        self.maybe_path(value, state);
                    }
                }
                _ if text.starts_with('-') => {}
                "list" | "show" | "freeze" | "check" | "debug" | "inspect" | "tree" | "env" | "info"
                | "version" | "test" | "lint" | "fmt" | "shell-init" | "config" | "about"
                    if call.name != "virtualenv" =>
                {
                    if text == "config" && rest.first().and_then(Arg::known) != Some("list") {
                        self.find(&rules::HOOKS, arg.span, text.as_str());
                    }
                    self.effects.project_code();
                    self.unknown_arguments(rest, state);
                    return Stream::unknown(Origin::default());
                }
                "pip" if call.name == "uv" => {
                    let argv: Vec<Arg> =
                        std::iter::once(Arg::text("pip", arg.span)).chain(rest.iter().cloned()).collect();
                    self.carried(&argv, &mut state.clone(), call.span);
                    return Stream::unknown(Origin::default());
                }
                "run" if call.name != "pipx" && call.name != "conda" && call.name != "mamba" => {
                    let argv = self.uv_options(rest, state, call);
                    // Names with a colon or of scripts are the project's own.
                    match argv.first().and_then(Arg::known) {
                        Some(name) if table::program(name).is_some() || name.contains('/') => {
                            if name.ends_with(".py") {
                                self.project_code(argv.first().unwrap_or(arg), state);
                            } else {
                                self.carried(argv, &mut state.clone(), call.span);
                            }
                        }
                        Some(_) => {
                            self.effects.project_code();
                            self.unknown_arguments(argv, state);
                        }
                        None => self.find(&rules::DYNAMIC_PROGRAM, call.span, call.name),
                    }
                    return Stream::unknown(Origin::default());
                }
                _ => {
                    self.do_one(Does::Installs, call.span, call.name);
                    self.unknown_arguments(rest, state);
                    return Stream::unknown(Origin::default());
                }
            }
        }
        if matches!(call.name, "pip" | "pip3" | "uv" | "poetry" | "pdm") {
            return Stream::unknown(Origin::default());
        }
        self.do_one(Does::Installs, call.span, call.name);
        Stream::unknown(Origin::default())
    }
}

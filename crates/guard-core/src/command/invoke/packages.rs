//! Package managers, whose first words decide.

use super::Call;
use super::elsewhere::perhaps_at_top;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::table::{self, Does, Special};
use crate::command::value::{Arg, Origin, Stream};

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

    /// A program of the project run by its tool: names that no row knows, with a colon or of scripts are the project's own.
    fn provided(&mut self, argv: &[Arg], call: &Call<'_>, state: &State) {
        let Some(first) = argv.first() else { return };
        match first.known() {
            // Standard input or a module, as the interpreter takes it.
            Some("-" | "-m" | "--module") => {
                let module =
                    if first.known() == Some("-") { first.clone() } else { Arg::text("-m", first.span) };
                let python = [Arg::text("python3", first.span), module];
                let argv: Vec<Arg> = python.iter().chain(argv.iter().skip(1)).cloned().collect();
                self.carried(&argv, &mut state.clone(), call.span);
            }
            Some(name) if name.ends_with(".py") => drop(self.project_code(first, state)),
            Some(name) if table::program(name).is_some() || name.contains('/') => {
                self.carried(argv, &mut state.clone(), call.span);
            }
            Some(_) => {
                self.effects.project_code();
                self.unknown_arguments(argv, state);
            }
            None => self.find(&rules::DYNAMIC_PROGRAM, call.span, call.name),
        }
    }

    /// What stands behind `exec`: its own options, then a command. A word behind an option may be its value.
    pub(super) fn run_by_tool(&mut self, rest: &[Arg], call: &Call<'_>, state: &State) {
        if let Some(end) = rest.iter().position(|arg| arg.known() == Some("--")) {
            self.provided(rest.get(end + 1..).unwrap_or(&[]), call, state);
        }
        let is_option = |arg: &Arg| arg.leading().starts_with('-');
        let mut is_value = false;
        for (at, arg) in rest.iter().enumerate() {
            if is_option(arg) {
                is_value = !arg.leading().contains('=');
                continue;
            }
            self.provided(rest.get(at..).unwrap_or(&[]), call, state);
            if !std::mem::take(&mut is_value) {
                return;
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
            if !text.starts_with('-') || matches!(first.known(), Some("-" | "-m" | "--module")) {
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
                "env" if rest.first().and_then(Arg::known) == Some("run") => {
                    self.run_by_tool(rest.get(1..).unwrap_or(&[]), call, state);
                    return Stream::unknown(Origin::default());
                }
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
                    let at_top = (call.name == "hatch").then(|| perhaps_at_top(state));
                    self.provided(argv, call, at_top.as_ref().unwrap_or(state));
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

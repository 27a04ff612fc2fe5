//! Build and package tools whose first words decide.

use super::Call;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::table::{self, Does};
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
    pub(super) fn make(&mut self, call: &Call<'_>, state: &mut State) -> Option<Stream> {
        if call.name == "cmake" {
            if let Some(at) = call.args.iter().position(|arg| arg.known() == Some("-E")) {
                self.carried(call.args.get(at + 1..).unwrap_or(&[]), &mut state.clone(), call.span);
            }
            for arg in call.args.iter().filter(|arg| arg.leading().starts_with("-D")) {
                self.maybe_path(&arg.skip(2), state);
            }
        }
        for arg in call.args {
            let Some((name, value)) = arg.split_once('=') else { continue };
            let Some(name) = name.known() else { continue };
            let name = name.trim_end_matches([':', '?', '+']);
            if matches!(name, "SHELL" | ".SHELLFLAGS" | "MAKEFLAGS") || value.leading().contains("$(shell") {
                self.find(&rules::STARTS_PROGRAM, arg.span, arg.display());
            } else if !name.starts_with('-') {
                self.environment(name, &value, arg.span, state);
            }
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
                    if arg.leading().starts_with("--script-shell") {
                        self.find(&rules::STARTS_PROGRAM, arg.span, arg.display());
                    }
                }
                self.unknown_arguments(rest, state);
            }
            "ls" | "list" | "ll" | "why" | "explain" | "root" | "bin" | "help" | "pkg" | "fund" | "query"
            | "prefix" => {
                self.unknown_arguments(rest, state);
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
            Some(row) if row.does.contains(&Does::RunsProject) => {
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
                "run" if call.name != "pipx" && call.name != "conda" && call.name != "mamba" => {
                    let from =
                        rest.iter().position(|arg| !arg.leading().starts_with('-')).unwrap_or(rest.len());
                    let argv = rest.get(from..).unwrap_or(&[]);
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

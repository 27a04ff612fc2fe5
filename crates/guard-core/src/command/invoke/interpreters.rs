//! Python, node and their like, and databases.

use super::Call;
use super::options::Parsed;
use crate::Requires;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::table;
use crate::command::value::{Arg, Origin, Stream};

impl Interpreter<'_> {
    pub(super) fn python(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let mut args = call.args.iter().enumerate();
        while let Some((number, arg)) = args.next() {
            let text = arg.leading();
            let rest = call.args.get(number + 1..).unwrap_or(&[]);
            if !text.starts_with('-') || text == "-" {
                return self.interpreted(arg, rest, state);
            }
            match text {
                "-V" | "--version" | "-h" | "--help" | "-VV" => return Stream::unknown(Origin::default()),
                "-W" | "-X" => drop(args.next()),
                "-i" => self.find(&rules::WAITS, arg.span, text),
                _ if text.starts_with("--") => self.find(&rules::UNKNOWN_OPTION, arg.span, text),
                _ => {
                    // Letters may stand together, the last with a value: `-uc code`, `-mpytest`.
                    let Some(at) = text.find(['c', 'm']) else { continue };
                    let joined = arg.skip(at + 1);
                    let is_joined = joined.known() != Some("");
                    let value = if is_joined { Some(&joined) } else { rest.first() };
                    let Some(value) = value else { continue };
                    let rest = if is_joined { rest } else { rest.get(1..).unwrap_or(&[]) };
                    if text.get(at..=at) == Some("c") {
                        self.inline_code(value, state);
                        self.unknown_arguments(rest, state);
                    } else {
                        self.module(value, rest, call, state);
                    }
                    return Stream::unknown(Origin { file: true, ..Origin::default() });
                }
            }
        }
        self.interpreted_stdin(call, state)
    }

    /// `python -m module`.
    fn module(&mut self, module: &Arg, args: &[Arg], call: &Call<'_>, state: &mut State) {
        let Some(name) = module.known() else {
            self.find(&rules::DYNAMIC_CODE, module.span, module.display());
            return;
        };
        self.require(Requires::EVERYTHING);
        self.effects.project_code();
        match name {
            "http.server" | "SimpleHTTPServer" | "smtpd" | "ftplib" | "telnetlib" | "webbrowser" | "pty"
            | "code" => {
                self.find(&rules::REFUSED_USE, module.span, name);
            }
            "ensurepip" => self.find(&rules::INSTALLS, module.span, name),
            _ if table::program(name).is_some_and(|row| row.needs_cell) => {
                self.step(&[Arg::text(name, module.span)], state.cwd.path.clone(), call.span);
                let mut argv = vec![Arg::text(name, module.span)];
                argv.extend(args.iter().cloned());
                self.carried(&argv, state, call.span);
            }
            _ => self.unknown_arguments(args, state),
        }
    }

    /// A file of code of the project, with its arguments.
    fn interpreted(&mut self, file: &Arg, args: &[Arg], state: &mut State) -> Stream {
        if let Some(text) = file.known() {
            let stream = match text {
                "-" | "/dev/stdin" => Some(state.stdin.clone()),
                text => self.process_output(text).cloned(),
            };
            if let Some(stream) = stream {
                self.inline_code(&Arg::new(stream.pieces, file.span), state);
                return Stream::unknown(Origin::default());
            }
        }
        if let Some(content) = self.project_code(file, state) {
            self.written_code(&Arg::new(content.pieces, file.span), state);
        }
        self.unknown_arguments(args, state);
        Stream::unknown(Origin { file: true, ..Origin::default() })
    }

    /// Code that this text wrote to a file, judged as if it stood on the command line.
    fn written_code(&mut self, code: &Arg, state: &State) {
        if code.known().is_some() {
            self.inline_code(code, state);
        }
    }

    fn interpreted_stdin(&mut self, call: &Call<'_>, state: &State) -> Stream {
        if state.stdin.is_fed {
            self.inline_code(&Arg::new(state.stdin.pieces.clone(), call.span), state);
        } else {
            self.find(&rules::WAITS, call.span, call.name);
        }
        Stream::unknown(Origin::default())
    }

    pub(super) fn node(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        const HARMLESS: &[&str] = &[
            "-v",
            "--version",
            "-h",
            "--help",
            "--test",
            "--check",
            "-c",
            "--no-warnings",
            "--trace-warnings",
            "--experimental-vm-modules",
            "--enable-source-maps",
            "--watch",
            "--expose-gc",
            "-i",
            "--harmony",
            "--test-only",
            "--no-deprecation",
        ];
        let mut args = call.args.iter().enumerate();
        let mut is_complete = false;
        while let Some((number, arg)) = args.next() {
            let text = arg.leading();
            let rest = call.args.get(number + 1..).unwrap_or(&[]);
            let (name, joined) = match arg.split_once('=') {
                Some((name, value)) if text.starts_with("--") => (name.display(), Some(value)),
                _ => (text.to_owned(), None),
            };
            match name.as_str() {
                "test" | "lint" | "fmt" | "check" | "task" | "info" | "types" | "doc" | "bench"
                | "coverage"
                    if call.name == "deno" =>
                {
                    self.effects.project_code();
                    self.unknown_arguments(rest, state);
                    return Stream::unknown(Origin::default());
                }
                "run" if call.name == "deno" => is_complete = false,
                "-e" | "-p" | "-pe" | "--eval" | "--print" | "eval" => {
                    if let Some(code) = joined.as_ref().or_else(|| rest.first()) {
                        self.inline_code(code, state);
                    }
                    return Stream::unknown(Origin { file: true, ..Origin::default() });
                }
                "-r" | "--require" | "--import" | "--loader" | "--experimental-loader" | "--env-file" => {
                    let value = joined.clone().or_else(|| args.next().map(|(_, value)| value.clone()));
                    if let Some(value) = value {
                        self.path(&value, Access::Read, state);
                    }
                }
                _ if text.starts_with("--max-old-space-size")
                    || text.starts_with("--test-")
                    || text.starts_with("--allow-") => {}
                name if HARMLESS.contains(&name) => is_complete |= !matches!(name, "-i" | "--check" | "-c"),
                _ if text.starts_with('-') && text != "-" => {
                    self.find(&rules::UNKNOWN_OPTION, arg.span, text)
                }
                _ if text.contains("://") => {
                    self.find(&rules::NETWORK, arg.span, text);
                    return Stream::unknown(Origin::default());
                }
                _ => return self.interpreted(arg, rest, state),
            }
        }
        if is_complete { Stream::unknown(Origin::default()) } else { self.interpreted_stdin(call, state) }
    }

    pub(super) fn interpreter(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let code_letters = match call.name {
            "php" => "rBRE",
            "guile" | "sbcl" => "c",
            "java" | "kotlin" | "ocaml" => "",
            _ => "eE",
        };
        if matches!(call.name, "irb" | "iex" | "ghci" | "erl") {
            self.find(&rules::WAITS, call.span, call.name);
        }
        let mut edits = false;
        let mut args = call.args.iter().enumerate();
        while let Some((number, arg)) = args.next() {
            let text = arg.leading();
            let rest = call.args.get(number + 1..).unwrap_or(&[]);
            if !text.starts_with('-') || text == "-" {
                return self.interpreted(arg, rest, state);
            }
            match text {
                "-v" | "-V" | "--version" | "-version" | "--help" | "-h" | "-i" if rest.is_empty() => {
                    return Stream::unknown(Origin::default());
                }
                "--eval" | "-eval" | "--evaluate" | "--execute" => {
                    if let Some(code) = rest.first() {
                        self.inline_code(code, state);
                    }
                    return Stream::unknown(Origin::default());
                }
                "-jar" | "-cp" | "-classpath" | "--class-path" | "-f" | "--file" => {
                    if let Some((_, value)) = args.next() {
                        self.path(value, Access::Read, state);
                        if text == "-jar" || text == "-f" || text == "--file" {
                            self.effects.project_code();
                            self.unknown_arguments(rest.get(1..).unwrap_or(&[]), state);
                            return Stream::unknown(Origin::default());
                        }
                    }
                }
                "-I" | "-r" | "-C" if !code_letters.contains(text.get(1..).unwrap_or("-")) => {
                    if let Some((_, value)) = args.next() {
                        self.maybe_path(value, state);
                    }
                }
                _ if text.starts_with("-javaagent")
                    || text.starts_with("-agent")
                    || text.starts_with("-XX:On") =>
                {
                    self.find(&rules::STARTS_PROGRAM, arg.span, text);
                }
                _ if text.starts_with("--") || code_letters.is_empty() => {}
                _ => {
                    edits |= text.contains('i');
                    let Some(at) = text.find(|c| code_letters.contains(c)) else {
                        // Perl loads modules by name with `-M`, ruby with `-r`.
                        if let Some(module) = text.strip_prefix("-M").or_else(|| text.strip_prefix("-r")) {
                            self.inline_code(&Arg::text(module, arg.span), state);
                        }
                        continue;
                    };
                    let joined = arg.skip(at + 1);
                    let is_joined = joined.known() != Some("");
                    let code = if is_joined { Some(joined) } else { rest.first().cloned() };
                    if let Some(code) = code {
                        self.inline_code(&code, state);
                    }
                    let files = if is_joined { rest } else { rest.get(1..).unwrap_or(&[]) };
                    for file in files.iter().filter(|file| !file.leading().starts_with('-')) {
                        self.path(file, Access::Read, state);
                        if edits {
                            self.path(file, Access::Write, state);
                        }
                    }
                    return Stream::unknown(Origin { file: true, ..Origin::default() });
                }
            }
        }
        self.interpreted_stdin(call, state)
    }

    pub(super) fn database(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let is_local = matches!(call.name, "sqlite3" | "duckdb");
        if !is_local {
            self.effects.network(None);
            self.find(&rules::NETWORK, call.span, call.name);
        }
        let mut operands = call.args.iter().filter(|arg| !arg.leading().starts_with('-'));
        if is_local {
            if let Some(file) = operands.next() {
                self.path(file, Access::Read, state);
                self.path(file, Access::Write, state);
            }
        }
        let mut statements: Vec<Arg> = operands.cloned().collect();
        if state.stdin.is_fed {
            statements.push(Arg::new(state.stdin.pieces.clone(), call.span));
        } else if statements.is_empty() && is_local {
            self.find(&rules::WAITS, call.span, call.name);
        }
        for statement in &statements {
            let text = statement.display().to_ascii_lowercase();
            let runs = [
                ".shell",
                ".system",
                ".import",
                ".load",
                ".output",
                ".once",
                ".read",
                ".open",
                ".save",
                ".backup",
                "load_extension",
                "\\!",
                "system ",
                "writefile",
                "readfile",
                " program ",
                "into outfile",
                "load_file",
                "\\copy",
                "pg_read",
                "attach ",
                "copy ",
                "\\o ",
                "edit(",
                ".excel",
                ".cd",
                ".archive",
                "read_csv('/",
                "read_text",
                "install ",
            ];
            let starts = [
                "select",
                "pragma",
                "explain",
                ".tables",
                ".schema",
                ".indexes",
                ".headers",
                ".mode",
                ".databases",
                ".dump",
                "with",
                "show",
                "describe",
                "summarize",
            ];
            if runs.iter().any(|word| text.contains(word)) {
                self.find(&rules::DANGEROUS_CODE, statement.span, statement.display());
            } else if !statement.is_open()
                && text
                    .split(';')
                    .map(str::trim)
                    .filter(|s| !s.is_empty())
                    .all(|s| starts.iter().any(|start| s.starts_with(start)))
            {
            } else {
                self.find(&rules::ASKS, statement.span, statement.display());
            }
        }
        let parsed: &Parsed = &call.parsed;
        for value in parsed.options.iter().filter_map(|given| given.value.as_ref()) {
            self.maybe_path(value, state);
        }
        Stream::unknown(Origin { file: true, ..Origin::default() })
    }
}

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
        self.modules(call, state);
        let mut args = call.args.iter().enumerate();
        while let Some((number, arg)) = args.next() {
            let text = arg.leading();
            let rest = call.args.get(number + 1..).unwrap_or(&[]);
            if !text.starts_with('-') || text == "-" {
                return self.interpreted(arg, rest, call, state);
            }
            match text {
                "-V" | "--version" | "-h" | "--help" | "-VV" => return Stream::unknown(Origin::default()),
                "-W" => drop(args.next()),
                "-X" => {
                    if let Some((_, value)) = args.next() {
                        self.maybe_path(value, state);
                    }
                }
                "-i" => self.find(&rules::WAITS, arg.span, text),
                _ if text.starts_with("--") => self.find(&rules::UNKNOWN_OPTION, arg.span, text),
                _ => {
                    // Letters may stand together, the last with a value: `-uc code`, `-mpytest`.
                    let Some(at) = text.find(['c', 'm']) else { continue };
                    if text.get(..at).is_some_and(|letters| letters.contains('i')) {
                        self.find(&rules::WAITS, arg.span, text);
                    }
                    let joined = arg.skip(at + 1);
                    let is_joined = joined.known() != Some("");
                    let value = if is_joined { Some(&joined) } else { rest.first() };
                    let Some(value) = value else { continue };
                    let rest = if is_joined { rest } else { rest.get(1..).unwrap_or(&[]) };
                    if text.get(at..=at) == Some("c") {
                        self.python_code(value, state);
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
        // What this text wrote into a file that such a module is given is code to it.
        let runs_files = matches!(
            name,
            "cProfile" | "coverage" | "doctest" | "profile" | "pytest" | "runpy" | "trace" | "unittest"
        );
        let contents = args.iter().filter(|_| runs_files).flat_map(|arg| {
            let Some(text) = arg.known() else { return self.scattered_like(arg, state) };
            let path = std::path::Path::new(text);
            let path = state.cwd.path.as_ref().and_then(|cwd| self.context.relative(cwd, path));
            path.map_or_else(Vec::new, |path| [self.written(&path), self.scattered_to(&path)].concat())
        });
        for content in contents.collect::<Vec<_>>() {
            self.python_code(&Arg::new(content.pieces, module.span), state);
        }
        match name {
            // It serves the project to whoever can reach it: in the cell nobody else.
            "http.server" => self.find(&rules::ASKS, module.span, name),
            // They take more than Python for code.
            "IPython" | "bpython" | "jupyter" | "ptpython" | "xonsh" => {
                self.find(&rules::ASKS, module.span, name);
            }
            "SimpleHTTPServer" | "smtpd" | "ftplib" | "telnetlib" | "webbrowser" | "pty" | "code"
            | "idlelib" | "pdb" | "bdb" | "asyncio" | "pyftpdlib" | "twisted" | "turtledemo" => {
                self.find(&rules::REFUSED_USE, module.span, name);
            }
            "pydoc" if args.iter().any(|arg| arg.leading().starts_with(['-'])) => {
                self.find(&rules::REFUSED_USE, module.span, name);
            }
            // Each argument is code.
            "timeit" => {
                let code = |arg: &&Arg| {
                    !arg.leading().starts_with("--")
                        && !matches!(arg.known(), Some("-s" | "-n" | "-r" | "-p" | "-v" | "-u"))
                };
                for code in args.iter().filter(code) {
                    self.python_code(
                        &if code.leading().starts_with("-s") { code.skip(2) } else { code.clone() },
                        state,
                    );
                }
            }
            "cProfile" | "profile" | "trace" | "runpy" | "doctest" | "coverage"
                if args.iter().any(|arg| matches!(arg.known(), Some("-c"))) =>
            {
                self.find(&rules::DYNAMIC_CODE, module.span, name);
            }
            "cProfile" | "profile" | "trace" | "runpy"
                if args.iter().any(|arg| arg.known() == Some("-m")) =>
            {
                let at = args.iter().position(|arg| arg.known() == Some("-m")).unwrap_or(args.len());
                if let Some((module, rest)) = args.get(at + 1..).and_then(<[Arg]>::split_first) {
                    self.deeper(call.span, |this| this.module(module, rest, call, state));
                }
            }
            // They unpack archives, or make them, by their operands.
            "zipfile" | "tarfile" => {
                for file in args.iter().filter(|arg| !arg.leading().starts_with('-')) {
                    self.path(file, Access::Read, state);
                    self.path(file, Access::Write, state);
                }
            }
            "sqlite3" => {
                self.carried(&[&[Arg::text("sqlite3", module.span)], args].concat(), state, call.span);
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
    fn interpreted(&mut self, file: &Arg, args: &[Arg], call: &Call<'_>, state: &mut State) -> Stream {
        if let Some(text) = file.known() {
            let stream = match text {
                "-" => Some(state.stdin.clone()),
                text => self.stream(text, &state.stdin),
            };
            if let Some(stream) = stream {
                self.code_of(call, &Arg::new(stream.pieces, file.span), state);
                return Stream::unknown(Origin::default());
            }
        }
        for content in self.project_code(file, state) {
            // Code that this text wrote is judged as if it stood on the command line.
            self.code_of(call, &Arg::new(content.pieces, file.span), state);
        }
        self.unknown_arguments(args, state);
        Stream::unknown(Origin { file: true, ..Origin::default() })
    }

    /// Modules that this text wrote, which the code may load.
    fn modules(&mut self, call: &Call<'_>, state: &State) {
        let endings: &[&str] = match call.name {
            name if name.starts_with("py") => &["py"],
            "node" | "nodejs" | "deno" | "bun" | "tsx" | "ts-node" => &["js", "cjs", "mjs", "ts"],
            "perl" => &["pl", "pm"],
            "ruby" => &["rb"],
            _ => return,
        };
        let is_module = |path: &std::path::Path| {
            path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known))
        };
        let is_ending = |end: &str| endings.iter().any(|known| end.ends_with(&format!(".{known}")));
        let scattered = self.scattered_with_end(is_ending);
        let written = self.all_written().into_iter().filter(|(path, _)| is_module(path));
        for content in written.map(|(_, content)| content).chain(scattered) {
            self.code_of(call, &Arg::new(content.pieces, call.span), state);
        }
    }

    fn code_of(&mut self, call: &Call<'_>, code: &Arg, state: &State) {
        // Ordinary words in other languages.
        let starts: &[&str] = match call.name {
            "scala" => &["sys.process"],
            "racket" => &["(process"],
            _ => &[],
        };
        if starts.iter().any(|start| code.display().contains(start)) {
            self.find(&rules::DANGEROUS_CODE, code.span, code.display());
        }
        if call.name.starts_with("py") {
            self.python_code(code, state);
        } else {
            self.inline_code(code, state);
        }
    }

    fn interpreted_stdin(&mut self, call: &Call<'_>, state: &State) -> Stream {
        if state.stdin.is_fed {
            self.code_of(call, &Arg::new(state.stdin.pieces.clone(), call.span), state);
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
        self.modules(call, state);
        let mut args = call.args.iter().enumerate();
        let (mut is_complete, mut is_evaluated) = (false, false);
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
                "install" | "add" | "remove" | "upgrade" | "publish" | "compile" | "jsr" | "serve" | "x"
                | "outdated"
                    if call.name == "deno" =>
                {
                    self.find(&rules::INSTALLS, arg.span, text);
                    return Stream::unknown(Origin::default());
                }
                "run" if call.name == "deno" => is_complete = false,
                "-e" | "-p" | "-pe" | "--eval" | "--print" | "eval" => {
                    if let Some(code) = joined.as_ref().or_else(|| rest.first()) {
                        self.inline_code(code, state);
                    }
                    if joined.is_none() {
                        args.next();
                    }
                    // Options may follow, and then arguments.
                    is_complete = true;
                    is_evaluated = true;
                }
                _ if is_evaluated && !text.starts_with('-') => break,
                "repl" if call.name == "deno" => {}
                "-r" | "--require" | "--import" | "--loader" | "--experimental-loader" | "--env-file" => {
                    let value = joined.clone().or_else(|| args.next().map(|(_, value)| value.clone()));
                    if let Some(value) = value {
                        if value.leading().starts_with("data:") {
                            // A module in the text, spelt for URLs.
                            self.find(&rules::HIDES, value.span, value.display());
                        }
                        self.path(&value, Access::Read, state);
                    }
                }
                _ if text.starts_with("--max-old-space-size") || text.starts_with("--allow-") => {}
                _ if text.starts_with("--test-") => {
                    if let Some(value) = &joined {
                        self.maybe_path(value, state);
                    }
                }
                name if HARMLESS.contains(&name) => is_complete |= !matches!(name, "-i" | "--check" | "-c"),
                _ if text.starts_with('-') && text != "-" => {
                    self.find(&rules::UNKNOWN_OPTION, arg.span, text)
                }
                _ if text.contains("://") => {
                    self.find(&rules::NETWORK, arg.span, text);
                    return Stream::unknown(Origin::default());
                }
                _ => return self.interpreted(arg, rest, call, state),
            }
        }
        if is_complete { Stream::unknown(Origin::default()) } else { self.interpreted_stdin(call, state) }
    }

    /// `php -d name=value`.
    fn php_setting(&mut self, setting: &Arg) {
        const HARMLESS: &[&str] = &[
            "date.timezone",
            "default_charset",
            "display_errors",
            "error_reporting",
            "max_execution_time",
            "memory_limit",
            "opcache.enable",
            "opcache.enable_cli",
            "pcov.enabled",
            "phar.readonly",
            "short_open_tag",
            "xdebug.mode",
            "zend.assertions",
        ];
        let name = setting.split_once('=').map_or_else(|| setting.clone(), |(name, _)| name);
        if !name.known().is_some_and(|name| HARMLESS.contains(&name)) {
            self.find(&rules::STARTS_PROGRAM, setting.span, setting.display());
        }
    }

    pub(super) fn interpreter(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        const CODE: [&str; 12] = [
            "--eval",
            "--evaluate",
            "--execute",
            "--expression",
            "--print",
            "--process-begin",
            "--process-code",
            "--process-end",
            "--rpc-eval",
            "--run",
            "-eval",
            "-expression",
        ];
        self.modules(call, state);
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
        let mut is_filter = false;
        let mut is_evaluated = false;
        let mut inner = state.clone();
        let state = &mut inner;
        let mut args = call.args.iter().enumerate();
        while let Some((number, arg)) = args.next() {
            let text = arg.leading();
            let rest = call.args.get(number + 1..).unwrap_or(&[]);
            if text.starts_with('@') && call.name == "java" {
                // A file of options.
                self.path(&arg.skip(1), Access::Read, state);
                self.find(&rules::DYNAMIC_OPTION, arg.span, text);
                continue;
            }
            if !text.starts_with('-') || text == "-" {
                if !is_evaluated {
                    return self.interpreted(arg, rest, call, state);
                }
                for file in std::iter::once(arg).chain(rest) {
                    // Perl takes a bar for a program, and other signs for how to open it.
                    let name = file.display();
                    let opens = name.trim_start().starts_with(['<', '>', '|', '+', '&', '=']);
                    if call.name == "perl" && (opens || name.trim_end().ends_with('|')) {
                        self.find(&rules::STARTS_PROGRAM, file.span, name);
                    }
                    self.path(file, Access::Read, state);
                    if edits {
                        self.path(file, Access::Write, state);
                    }
                }
                break;
            }
            match text {
                // What the shell would find under the name, whatever language that is in.
                _ if matches!(call.name, "perl" | "ruby") && letter(text, 'S').is_some() => {
                    return self.carried(rest, state, call.span);
                }
                _ if call.name == "ruby" && changes_directory(text).is_some() => {
                    let joined = arg.skip(changes_directory(text).map_or(text.len(), |at| at + 1));
                    let directory = if joined.known() == Some("") {
                        args.next().map(|(_, value)| value.clone())
                    } else {
                        Some(joined)
                    };
                    self.go(&directory.unwrap_or_default(), state);
                }
                _ if call.name == "php" && text.starts_with("-d") => {
                    let joined = arg.skip(2);
                    let setting =
                        if text == "-d" { args.next().map(|(_, value)| value.clone()) } else { Some(joined) };
                    self.php_setting(&setting.unwrap_or_default());
                }
                _ if call.name == "php" && text.starts_with("-z") => {
                    self.find(&rules::STARTS_PROGRAM, arg.span, text)
                }
                _ if call.name == "php" && text.starts_with("-S") => {
                    self.find(&rules::WAITS, arg.span, text);
                    return Stream::unknown(Origin::default());
                }
                _ if call.name == "java" && text.starts_with("-XX:") && text.contains("=") => {
                    if text.contains("File") || text.contains("Flags") || text.contains("Path") {
                        self.maybe_path(
                            &arg.split_once('=').map_or_else(Arg::default, |(_, value)| value),
                            state,
                        );
                    }
                    if text.starts_with("-XX:On") {
                        self.find(&rules::STARTS_PROGRAM, arg.span, text);
                    }
                }
                _ if call.name == "java" && text.starts_with("-D") => {
                    if text.contains("path") || text.contains("class") || text.contains("config") {
                        self.maybe_path(
                            &arg.split_once('=').map_or_else(Arg::default, |(_, value)| value),
                            state,
                        );
                    }
                }
                "-v" | "-V" | "--version" | "-version" | "--help" | "-h" | "-i" if rest.is_empty() => {
                    return Stream::unknown(Origin::default());
                }
                _ if CODE.contains(&text.split('=').next().unwrap_or(text))
                    || text == "-e" && matches!(call.name, "kotlin" | "ocaml") =>
                {
                    let joined = arg.split_once('=').map(|(_, code)| code);
                    if joined.is_none() {
                        args.next();
                    }
                    if let Some(code) = joined.as_ref().or(rest.first()) {
                        self.code_of(call, code, state);
                    }
                    is_evaluated = true;
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
                    if let Some(at) = letter(text, 'F').filter(|_| call.name == "perl") {
                        // The separator stands in a pattern, or for arguments of `split`, and may hold code.
                        let separator = arg.skip(at + 1);
                        if separator.is_open() || separator.leading().contains(['(', '{', '`', '@', '$']) {
                            self.line_code(&separator, state);
                        }
                    }
                    edits |= text.contains('i');
                    is_filter |= text.contains(['n', 'p']);
                    let Some(at) = text.find(|c| code_letters.contains(c)) else {
                        // Perl loads modules by name with `-M`, ruby with `-r`.
                        if let Some(file) = text.strip_prefix("-r").filter(|file| file.contains(['/', '.'])) {
                            self.project_code(&Arg::text(file, arg.span), state);
                        } else if let Some(directory) = text.strip_prefix("-I") {
                            self.maybe_path(&Arg::text(directory, arg.span), state);
                        } else if call.name == "perl" && text.starts_with("-d") {
                            self.find(&rules::ASKS, arg.span, text);
                        } else if let Some(module) =
                            text.strip_prefix("-M").or_else(|| text.strip_prefix("-r"))
                        {
                            self.inline_code(&Arg::text(module, arg.span), state);
                        }
                        continue;
                    };
                    let joined = arg.skip(at + 1);
                    let is_joined = joined.known() != Some("");
                    let code = if is_joined { Some(joined) } else { rest.first().cloned() };
                    match code {
                        Some(code) if call.name == "perl" && is_filter => self.line_code(&code, state),
                        Some(code) => self.code_of(call, &code, state),
                        None => {}
                    }
                    // More options may follow, and more code.
                    if !is_joined {
                        args.next();
                    }
                    is_evaluated = true;
                }
            }
        }
        if is_evaluated {
            return Stream::unknown(Origin { file: true, ..Origin::default() });
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

/// Where the letter stands that sends ruby to a directory: `-C dir`, `-Xdir`.
fn changes_directory(text: &str) -> Option<usize> {
    letter(text, 'C').or_else(|| letter(text, 'X'))
}

/// Where a letter stands among options of perl or ruby, before one that takes the rest for its value.
fn letter(text: &str, letter: char) -> Option<usize> {
    let letters = text.strip_prefix('-').filter(|rest| !rest.starts_with('-'))?;
    let at = letters.find(|c| c == letter || "CDEFIKMTVWdeimrx".contains(c))?;
    letters.get(at..)?.starts_with(letter).then_some(at + 1)
}

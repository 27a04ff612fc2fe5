//! One program with its arguments: what it does, by its row and by the rules for what rows cannot say.

mod awk;
mod build;
mod builtin;
mod carrier;
mod code;
mod computed;
mod elsewhere;
mod environment;
mod find;
mod git;
mod interpreters;
mod kept;
mod lists;
mod network;
mod objects;
mod options;
mod output;
mod packages;
mod python;
mod repository;
mod roles;
mod sed;
mod shell;
mod special;
mod system;
mod tasks;
mod variables;

use std::path::{Path, PathBuf};

use options::Parsed;

use super::context::View;
use super::effects::Access;
use super::interpret::{Interpreter, State};
use super::policy::Override;
use super::rules;
use super::table::{self, Does, Program};
use super::value::{Arg, Origin, Piece, Stream};
use crate::{Requires, Rule, Span};

/// A program about to run.
#[derive(Debug)]
pub(super) struct Call<'c> {
    /// The name of its row.
    name: &'c str,
    row: &'static Program,
    /// Arguments after the name.
    args: &'c [Arg],
    parsed: Parsed,
    span: Span,
}

/// Directories whose programs are known by their names.
const SYSTEM: &[&str] =
    &["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin"];

/// Arguments that may be nothing, so few that each choice of them is looked at.
const MAX_OPEN: usize = 4;

/// Of arguments that may be nothing those that are, told by their places: any of a few; of many all, one, or all but one.
fn absences(open: usize) -> impl Iterator<Item = impl Fn(usize) -> bool> {
    let choices = if open <= MAX_OPEN { (1 << open) - 1 } else { 1 + 2 * open };
    (0..choices).map(move |choice| {
        move |at: usize| match choice.checked_sub(1) {
            _ if open <= MAX_OPEN => ((choice + 1) >> at) & 1 == 1,
            None => true,
            Some(one) if one < open => at == one,
            Some(one) => at != one - open,
        }
    })
}

impl Interpreter<'_> {
    /// Runs a command: a function, a builtin, a program. Returns its output.
    pub(super) fn invoke(&mut self, argv: &[Arg], state: &mut State, span: Span) -> Stream {
        let Some((program, args)) = argv.split_first() else { return Stream::default() };
        if !self.spend(span) {
            return Stream::default();
        }
        let function = program.known().and_then(|name| state.function(name).map(|function| (name, function)));
        let Some((name, function)) = function else { return self.start(program, args, state, span) };
        if let ([body], false) = (function.bodies.as_slice(), function.may_be_absent) {
            self.step(argv, state.cwd.path.clone(), span);
            return self.call(name, body, args, state, span);
        }
        // It is one of these: what each would do counts, and whatever holds after any of them.
        let before = state.clone();
        let mut output: Option<Stream> = None;
        for number in 0..function.bodies.len() + usize::from(function.may_be_absent) {
            let mut inner = before.clone();
            let stream = match function.bodies.get(number) {
                Some(body) => {
                    self.step(argv, inner.cwd.path.clone(), span);
                    self.call(name, body, args, &mut inner, span)
                }
                None => self.start(program, args, &mut inner, span),
            };
            output = Some(match output {
                None => {
                    *state = inner;
                    stream
                }
                Some(other) => {
                    state.join(&inner);
                    other.or(&stream)
                }
            });
        }
        output.unwrap_or_default()
    }

    /// Runs a builtin or a program, whatever functions there are.
    fn start(&mut self, program: &Arg, args: &[Arg], state: &mut State, span: Span) -> Stream {
        let is_unset = |arg: &Arg| {
            let vanishes = |piece: &Piece| matches!(piece, Piece::Unknown(origin) if origin.vanishes);
            !arg.pieces.is_empty() && arg.pieces.iter().all(vanishes)
        };
        // They are copied at each step of the way.
        self.work.add(args.len());
        let mut behind = args.iter().rev().skip_while(|arg| arg.may_vanish());
        // Of `--option$x` only the option may be left, which takes what comes next.
        let is_part = |arg: &Arg| is_unset(arg) || arg.least_option().is_some();
        let is_placed = program.known().is_some_and(|name| {
            let name = name.rsplit('/').next().unwrap_or(name);
            // The last one is where the others go.
            matches!(name, "cp" | "git" | "install" | "link" | "ln" | "mv" | "rsync")
        });
        let vanishes = if is_placed { args.iter().any(Arg::may_vanish) } else { behind.any(Arg::may_vanish) };
        if args.iter().any(is_part) || vanishes {
            return self.start_without(program, args, state, span);
        }
        self.start_with(program, args, state, span)
    }

    /// Runs it with all arguments, and without those that may be nothing: what stands behind one may stand in its place.
    fn start_without(&mut self, program: &Arg, args: &[Arg], state: &mut State, span: Span) -> Stream {
        let may_be_less = |arg: &Arg| arg.may_vanish() || arg.least_option().is_some();
        let open = args.iter().filter(|arg| may_be_less(arg)).count();
        let before = state.clone();
        let output = self.start_with(program, args, state, span);
        for is_gone in absences(open) {
            if !self.spend(span) {
                break;
            }
            self.work.add(2 * args.len());
            let mut place = 0..;
            let rest = args.iter().filter_map(|arg| {
                if !may_be_less(arg) || !place.next().is_some_and(&is_gone) {
                    return Some(arg.clone());
                }
                arg.least_option()
            });
            let rest: Vec<Arg> = rest.collect();
            let mut other = before.clone();
            self.deeper(span, |this| this.start_with(program, &rest, &mut other, span));
            if !other.is_unchanged(&before) {
                state.join(&other);
            }
        }
        output
    }

    fn start_with(&mut self, program: &Arg, args: &[Arg], state: &mut State, span: Span) -> Stream {
        self.work.add(args.len());
        let argv: Vec<Arg> = std::iter::once(program).chain(args).cloned().collect();
        self.step(&argv, state.cwd.path.clone(), span);
        // Who is vouched for does not vouch for what it starts.
        let outer = std::mem::take(&mut self.vouched);
        let output = self.started(program, args, state, span);
        self.vouched = outer;
        output
    }

    fn started(&mut self, program: &Arg, args: &[Arg], state: &mut State, span: Span) -> Stream {
        let Some(name) = program.known() else {
            return self.dynamic_program(program, args, state, span);
        };
        self.deeper(span, |this| {
            let Some(name) = this.program_name(name, program.span, state) else {
                this.unknown_arguments(args, state);
                return Stream::unknown(Origin::default());
            };
            this.named(&name, args, state, span)
        })
    }

    /// Runs a program by the name of its row.
    fn named(&mut self, name: &str, args: &[Arg], state: &mut State, span: Span) -> Stream {
        self.effects.run(name);
        self.control(name, args, state);
        if self.owner_says(name, span) == Some(Override::Unknown) {
            return self.unknown_program(name, args, state, span);
        }
        let first = args.iter().find(|arg| !arg.leading().starts_with('-')).and_then(Arg::known);
        if let Some(first) = first.filter(|_| self.policy.has_overrides()) {
            // Rows with subcommands of their own come to this again, where it is known where the options end.
            if !table::program(name).is_some_and(|row| row.subcommands) {
                self.owner_says(&format!("{name} {first}"), span);
            }
        }
        let Some(row) = table::program(name) else {
            return self.unknown_program(name, args, state, span);
        };
        self.run(name, row, args, state, span)
    }

    /// The files in which a tool finds what to run, where they are there.
    fn definitions(&mut self, name: &str, state: &State) {
        const DEFINITIONS: &[(&str, &[&str])] = &[
            ("bun", &["package.json"]),
            ("cargo", &["Cargo.toml", "build.rs"]),
            ("composer", &["composer.json"]),
            ("gmake", &["GNUmakefile", "makefile", "Makefile"]),
            ("gradle", &["build.gradle", "build.gradle.kts"]),
            ("just", &["justfile", "Justfile", ".justfile"]),
            ("make", &["GNUmakefile", "makefile", "Makefile"]),
            ("mvn", &["pom.xml"]),
            ("npm", &["package.json"]),
            ("npx", &["package.json"]),
            ("pnpm", &["package.json"]),
            ("pytest", &["conftest.py", "pyproject.toml", "pytest.ini"]),
            ("rake", &["Rakefile"]),
            ("task", &["Taskfile.yml", "Taskfile.yaml"]),
            ("tox", &["tox.ini"]),
            ("yarn", &["package.json"]),
        ];
        let View::Disk(root) = &self.context.view else { return };
        let Some(cwd) = &state.cwd.path else { return };
        let tool = name.split(' ').next().unwrap_or(name);
        let Ok(at) = DEFINITIONS.binary_search_by(|(known, _)| (*known).cmp(tool)) else { return };
        for file in DEFINITIONS.get(at).map_or(&[][..], |(_, files)| files) {
            let path = cwd.join(file);
            if root.path().join(&path).is_file() {
                self.effects.execute(path);
            }
        }
    }

    /// What the owner says about a program or subcommand.
    fn owner_says(&mut self, name: &str, span: Span) -> Option<Override> {
        let said = self.policy.program(name)?;
        match said {
            Override::Deny => self.find(&rules::CONFIGURED_DENY, span, name),
            Override::Ask => self.find(&rules::CONFIGURED_ASK, span, name),
            Override::Allow => {
                self.vouched = true;
                self.require(Requires::EVERYTHING);
                let reason = self.policy.reason(name).unwrap_or_default().to_owned();
                self.relaxed.insert(name.to_owned(), reason);
            }
            Override::Unknown => {}
        }
        Some(said)
    }

    fn run(
        &mut self,
        name: &str,
        row: &'static Program,
        args: &[Arg],
        state: &mut State,
        span: Span,
    ) -> Stream {
        let parsed = self.parsed(name, row, args);
        let call = Call { name, row, args, parsed, span };
        if row.needs_cell {
            self.require(Requires::EVERYTHING);
            self.definitions(name, state);
            self.tasks(&call, state);
        }
        // Where it goes (`make -C dir`), it goes alone; `tar` knows itself what it names from where.
        let mut inner =
            if row.special == Some(table::Special::Tar) { None } else { self.enter(&call, state) };
        let state = inner.as_mut().unwrap_or(state);
        if row.subcommands {
            return self.subcommand(&call, state);
        }
        if row.recurses {
            self.unnamed_files();
        }
        if name.starts_with("git ") {
            self.repository(&call, state);
        }
        let output = self.special(&call, state);
        self.does(&call);
        self.verb(&call, state);
        if let Some(output) = output {
            return output;
        }
        self.options(&call, state);
        let follows = matches!(name, "cp" | "install" | "ln" | "mkdir" | "mv" | "sponge" | "tee" | "touch");
        let copies = std::mem::replace(&mut self.copies, follows);
        self.operands(&call, state);
        self.copies = copies;
        self.output(&call, state)
    }

    /// `git commit`, `cargo test`: the options before the subcommand, then its own row.
    fn subcommand(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let mut inner = state.clone();
        self.options(call, &mut inner);
        let mut rest = call.args.iter().skip(call.parsed.rest);
        let mut next = rest.next();
        if let Some(toolchain) = next.filter(|arg| call.name == "cargo" && arg.leading().starts_with('+')) {
            if toolchain.known().is_none_or(|name| name.contains(['/', '\\'])) {
                self.find(&rules::STARTS_PROGRAM, toolchain.span, toolchain.display());
            }
            next = rest.next();
        }
        let Some(first) = next else { return Stream::unknown(Origin::default()) };
        let rest: Vec<Arg> = rest.cloned().collect();
        let Some(word) = first.known() else {
            self.find(&rules::DYNAMIC_PROGRAM, first.span, first.display());
            return Stream::unknown(first.origin());
        };
        let full = format!("{} {word}", call.name);
        if self.owner_says(&full, call.span) != Some(Override::Unknown) {
            if let Some(row) = table::program(&full) {
                return self.run(&full, row, &rest, &mut inner, call.span);
            }
        }
        self.unknown_program(&full, &rest, state, call.span)
    }

    /// Adds what every use of the program does, and what its first words say.
    fn does(&mut self, call: &Call<'_>) {
        for refused in call.row.refuse {
            if let Some(arg) = call.args.iter().find(|arg| arg.leading().starts_with(refused)) {
                self.find(&rules::REFUSED_USE, arg.span, arg.display());
            }
        }
        let verbs = &call.row.verbs;
        let mut words = call.parsed.operands.iter().map(|operand| operand.known().unwrap_or("\0"));
        let (first, second) = (words.next(), words.next());
        if let Some(first) = first {
            let both = format!("{first} {}", second.unwrap_or("\0"));
            let prefixed = format!("{} {first}", call.name);
            let prefixed_both = format!("{} {both}", call.name);
            let has = |list: &[&str]| {
                [call.name, first, &both, &prefixed, &prefixed_both].iter().any(|word| list.contains(word))
            };
            if has(verbs.deny) {
                self.find(&rules::REFUSED_USE, call.span, first);
            } else if has(verbs.ask) {
                self.find(&rules::INSTALLS, call.span, first);
            } else if has(verbs.allow) {
                return;
            }
        } else if verbs.allow.contains(&call.name) {
            return;
        }
        // `gh --version` only prints.
        let is_about = matches!(call.args, [only] if matches!(only.known(), Some("--version" | "--help")));
        let is_quiet = |does: Does| {
            is_about && matches!(does, Does::Asks | Does::Installs | Does::Network | Does::Waits)
                || does == Does::Network && self.is_loopback(call)
        };
        let does: Vec<Does> = call.row.does.iter().copied().filter(|does| !is_quiet(*does)).collect();
        if call.row.does.contains(&Does::Network) && self.is_loopback(call) {
            // What answers runs in the same cell.
            self.require(Requires::EVERYTHING);
            self.effects.project_code();
        }
        for does in does {
            self.do_one(does, call.span, call.name);
        }
    }

    /// `bundle exec …`, `rails runner …`: what stands behind the word is run, wherever the word stands, or what is on standard
    /// input.
    fn verb(&mut self, call: &Call<'_>, state: &State) {
        self.handed(call, state);
        let verbs = &call.row.verbs;
        if verbs.run.is_empty() && verbs.code.is_empty() {
            return;
        }
        let mut reads = verbs.code.contains(&call.name);
        for (at, arg) in call.args.iter().enumerate() {
            let Some(word) = arg.known() else { continue };
            let word = format!("{} {word}", call.name);
            let rest = call.args.get(at + 1..).unwrap_or(&[]);
            if verbs.run.contains(&word.as_str()) {
                self.run_by_tool(rest, call, state);
            }
            if verbs.code.contains(&word.as_str()) {
                let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
                let is_code = |arg: &&Arg| arg.known().is_none_or(|text| !text.chars().all(is_name));
                rest.iter().filter(is_code).for_each(|code| self.inline_code(code, state));
                reads = true;
            }
        }
        if reads && state.stdin.is_fed {
            self.inline_code(&Arg::new(state.stdin.pieces.clone(), call.span), state);
        }
    }

    /// Arguments that another program gets: `cargo rustc -- -C linker=x`, `coverage run -m x`.
    fn handed(&mut self, call: &Call<'_>, state: &State) {
        let (program, start) = match call.name {
            "cargo clippy" | "cargo rustc" => ("rustc", "--"),
            "cargo rustdoc" => ("rustdoc", "--"),
            "coverage" if call.parsed.operand(0) == Some("run") => ("python3", "-m"),
            _ => return,
        };
        let Some(at) = call.args.iter().position(|arg| arg.known() == Some(start)) else { return };
        let from = if start == "--" { at + 1 } else { at };
        let program = Arg::text(program, call.span);
        let argv: Vec<Arg> = std::iter::once(program).chain(call.args.iter().skip(from).cloned()).collect();
        self.carried(&argv, &mut state.clone(), call.span);
    }

    fn do_one(&mut self, does: Does, span: Span, subject: &str) {
        let rule: &'static Rule = match does {
            Does::Asks => &rules::ASKS,
            Does::Destroys => &rules::DESTROYS,
            Does::Discards => &rules::DISCARDS,
            Does::Hooks => &rules::HOOKS,
            Does::Installs => {
                self.effects.network(None);
                &rules::INSTALLS
            }
            Does::Kills => &rules::KILLS,
            Does::Network => {
                self.effects.network(None);
                &rules::NETWORK
            }
            Does::Persists => &rules::PERSISTS,
            Does::Privilege => &rules::PRIVILEGE,
            Does::Secrets => &rules::SECRETS,
            Does::Sends => {
                self.effects.network(None);
                &rules::EXFILTRATES
            }
            Does::System => &rules::SYSTEM,
            Does::Waits => &rules::WAITS,
            Does::RunsProject => {
                self.effects.project_code();
                self.require(Requires::EVERYTHING);
                return;
            }
            Does::Recurses => return self.unnamed_files(),
            Does::Decodes | Does::Edits => return,
        };
        self.find(rule, span, subject);
    }

    /// The name under which a program is looked up; `None`, with a finding, where it is a file of its own.
    fn program_name(&mut self, text: &str, span: Span, state: &State) -> Option<String> {
        if !text.contains('/') {
            return Some(text.to_owned());
        }
        let path = Path::new(text);
        let (parent, base) = (path.parent()?, path.file_name()?.to_str()?);
        if SYSTEM.iter().any(|directory| parent == Path::new(directory)) {
            return Some(base.to_owned());
        }
        if text.starts_with("/dev/") {
            self.find(&rules::HIDES, span, text);
            return None;
        }
        let inside = self.inside(path, state);
        if let Some(path) = self.path(&Arg::text(text, span), Access::Read, state) {
            self.effects.execute(path);
        }
        if inside.is_none() {
            self.find(&rules::FOREIGN_PROGRAM, span, text);
            return None;
        }
        self.require(Requires::EVERYTHING);
        self.effects.project_code();
        let is_tool = |directory: &Path| {
            ["node_modules/.bin", "venv/bin", ".venv/bin", "vendor/bin"]
                .iter()
                .any(|end| directory.ends_with(end))
        };
        let runs_project = |name: &str| {
            let by_row = |row: &Program| row.does.contains(&Does::RunsProject);
            name.starts_with("python") || table::program(name).is_some_and(by_row)
        };
        let is_written = self.runs_written(path, base, state);
        if matches!(base, "gradlew" | "mvnw") || is_tool(parent) && runs_project(base) {
            return Some(base.to_owned());
        }
        if !is_written && !self.is_project_program(path, base, state) {
            self.find(&rules::PROJECT_PROGRAM, span, text);
        }
        self.effects.run(text);
        None
    }

    /// Judges what this text wrote into a program inside the root; says whether it surely wrote that one.
    fn runs_written(&mut self, path: &Path, base: &str, state: &State) -> bool {
        let relative = self.inside(path, state);
        let written = relative.as_ref().map_or_else(Vec::new, |path| self.written(path));
        let is_written = !written.is_empty() && table::program(base).is_none();
        let others = relative.as_ref().map_or_else(Vec::new, |path| self.scattered_to(path));
        for content in written.into_iter().chain(others) {
            let origin = content.origin();
            if origin.fetched || origin.hides() {
                self.find(&rules::FETCHES_AND_RUNS, Span::default(), base);
            }
            let code = Arg::new(content.pieces, Span::default());
            self.deeper(Span::default(), |this| this.code(&code, &mut state.clone()));
        }
        is_written
    }

    /// Whether a program inside the root is plainly the project's own: a script by its name, a build's output, a file that is
    /// there. One with the name of a program that everyone knows is taken for what it may be: a trap.
    fn is_project_program(&self, path: &Path, base: &str, state: &State) -> bool {
        const SCRIPTS: &[&str] =
            &["sh", "bash", "py", "rb", "pl", "js", "mjs", "cjs", "ts", "php", "lua", "out", "exe", "bin"];
        const NAMES: &[&str] =
            &["configure", "bootstrap", "autogen", "manage", "gradlew", "mvnw", "do", "dev", "x"];
        const OUTPUT: &[&str] = &[
            "target", "build", "dist", "out", "bin", "scripts", "script", "tools", ".bin", "cmd", "debug",
            "release",
        ];
        if table::program(base).is_some() {
            return false;
        }
        let relative = self.inside(path, state);
        let parent = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        let is_there = || match (&self.context.view, &relative) {
            (View::Disk(root), Some(path)) => root.path().join(path).is_file(),
            (View::Disk(_) | View::Lexical(_), _) => false,
        };
        path.extension().and_then(|end| end.to_str()).is_some_and(|end| SCRIPTS.contains(&end))
            || NAMES.contains(&base)
            || parent.is_some_and(|parent| OUTPUT.contains(&parent))
            || relative.as_ref().is_some_and(|path| self.effects.writes().any(|written| written == path))
            || is_there()
    }

    fn inside(&self, path: &Path, state: &State) -> Option<PathBuf> {
        let cwd = state.cwd.path.as_ref()?;
        self.context.relative(cwd, path)
    }

    /// A program whose name is decided while running.
    fn dynamic_program(&mut self, program: &Arg, args: &[Arg], state: &mut State, span: Span) -> Stream {
        let origin = program.origin();
        let rule = if origin.hides() {
            &rules::HIDES
        } else if origin.fetched {
            &rules::FETCHES_AND_RUNS
        } else if program.is_open() {
            &rules::DYNAMIC_PROGRAM
        } else {
            &rules::PATTERN_PROGRAM
        };
        self.find(rule, program.span, program.display());
        // If what is not known turns out to be empty, the rest is the program.
        match program.without_unknown().as_deref() {
            Some("")
                if args.first().and_then(Arg::known).is_some_and(|name| table::program(name).is_some()) =>
            {
                return self.deeper(span, |this| this.invoke(args, state, span));
            }
            Some(name) if table::program(name).is_some() => {
                self.deeper(span, |this| this.named(name, args, state, span));
            }
            _ => {}
        }
        self.unknown_arguments(args, state);
        Stream::unknown(origin)
    }

    fn unknown_program(&mut self, name: &str, args: &[Arg], state: &mut State, span: Span) -> Stream {
        self.find(&rules::UNKNOWN_PROGRAM, span, name);
        let lower = name.to_ascii_lowercase();
        if lower != name && table::program(&lower).is_some() {
            self.deeper(span, |this| this.named(&lower, args, state, span));
        }
        self.unknown_arguments(args, state);
        Stream::unknown(Origin::default())
    }

    /// Arguments of a program that no row describes: what looks like a file is judged as one that is read.
    fn unknown_arguments(&mut self, args: &[Arg], state: &State) {
        for arg in args {
            self.maybe_path(arg, state);
        }
    }
}

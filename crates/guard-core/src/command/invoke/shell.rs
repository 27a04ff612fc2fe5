//! Shells, `source`, `exec` and `command`: what runs text or a program in place.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::Call;
use super::builtin::is_harmless_option;
use super::roles::joined;
use crate::command::effects::Access;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::value::{Arg, Origin, Piece, Stream};

/// Shells with a language of their own.
const FOREIGN: &[&str] = &["fish", "tcsh", "csh", "elvish", "xonsh", "nu", "pwsh", "powershell"];

/// Options of a POSIX shell that do not change what a text means; `k` makes every `NAME=value` part of the environment.
const LETTERS: &str = "abcefhilmnoprstuvxBCDEOPT";

impl Interpreter<'_> {
    pub(super) fn shell(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let is_foreign = FOREIGN.contains(&call.name);
        let mut takes_code = false;
        let mut reads_stdin = false;
        let mut only_reads = false;
        let mut exports_all = false;
        let mut nullglob = false;
        let mut is_interactive = false;
        let mut args = call.args.iter().enumerate();
        let mut rest: &[Arg] = &[];
        while let Some((number, arg)) = args.next() {
            let text = arg.leading();
            if !text.starts_with(['-', '+']) || text == "-" {
                if arg.may_be_option() && !arg.origin().unset {
                    self.find(&rules::DYNAMIC_OPTION, arg.span, arg.display());
                }
                rest = call.args.get(number..).unwrap_or(&[]);
                break;
            }
            match text {
                "--" => {
                    rest = call.args.get(number + 1..).unwrap_or(&[]);
                    break;
                }
                "--version" | "--help" => return Stream::unknown(Origin::default()),
                "--rcfile" | "--init-file" => {
                    self.find(&rules::STARTS_PROGRAM, arg.span, text);
                    args.next();
                }
                "--norc" | "--noprofile" | "--posix" | "--login" | "--verbose" | "--restricted"
                | "--noediting" => {}
                _ if text.to_ascii_lowercase().starts_with("-e")
                    && matches!(call.name, "pwsh" | "powershell") =>
                {
                    self.find(&rules::HIDES, arg.span, text);
                }
                _ if text.starts_with("--") => self.find(&rules::UNKNOWN_OPTION, arg.span, text),
                _ => {
                    let letters = text.get(1..).unwrap_or("");
                    let known = if is_foreign { "cilnN" } else { LETTERS };
                    if letters.contains(|letter| !known.contains(letter)) {
                        self.find(&rules::UNKNOWN_OPTION, arg.span, text);
                    }
                    takes_code |= letters.contains('c') && text.starts_with('-');
                    reads_stdin |= letters.contains('s');
                    is_interactive |= letters.contains('i') && text.starts_with('-');
                    only_reads |= letters.contains('n') && text.starts_with('-');
                    state.traces |= letters.contains('x') && text.starts_with('-');
                    exports_all |= letters.contains('a') && text.starts_with('-');
                    for _ in letters.matches(['o', 'O']) {
                        let Some((_, name)) = args.next() else { break };
                        state.traces |= name.known() == Some("xtrace");
                        exports_all |= name.known() == Some("allexport");
                        nullglob |= name.known() == Some("nullglob");
                        if !matches!(name.known(), Some(name) if name == "allexport" || is_harmless_option(name))
                        {
                            self.find(&rules::CHANGES_SHELL, name.span, name.display());
                        }
                    }
                }
            }
        }
        if only_reads && !takes_code {
            if let Some(file) = rest.first() {
                self.path(file, Access::Read, state);
            }
            return Stream::unknown(Origin::default());
        }
        let mut inner = state.child();
        inner.exports_all |= exports_all;
        inner.nullglob = nullglob;
        if is_interactive && inner.variable("ENV").is_some() {
            // A POSIX shell reads the file that it names.
            self.find(&rules::ENVIRONMENT, call.span, "ENV");
        }
        inner.zero = Some(Rc::new(Arg::text(call.name, call.span)));
        let outer = std::mem::replace(&mut self.portable, call.name != "bash");
        let output =
            self.apart(|this| this.shell_code(call, rest, (takes_code, reads_stdin), is_foreign, &mut inner));
        self.portable = outer;
        output
    }

    /// What a shell reads: its `-c`, a file, or standard input.
    fn shell_code(
        &mut self,
        call: &Call<'_>,
        rest: &[Arg],
        (takes_code, reads_stdin): (bool, bool),
        is_foreign: bool,
        inner: &mut State,
    ) -> Stream {
        if takes_code {
            let Some((code, args)) = rest.split_first() else { return Stream::default() };
            inner.place(args, 1);
            if let Some(zero) = args.first() {
                inner.zero = Some(Rc::new(zero.clone()));
            }
            if is_foreign {
                self.find(&rules::DYNAMIC_CODE, code.span, call.name);
            }
            if let Some(prompt) = inner.variable("PS4").cloned().filter(|_| inner.traces) {
                self.prompt(&prompt, inner);
            }
            self.code(code, inner)
        } else if let (Some(file), false) =
            (rest.first().filter(|file| file.known() != Some("-")), reads_stdin)
        {
            inner.place(rest, 1);
            inner.zero = Some(Rc::new(file.clone()));
            self.script_file(file, inner)
        } else {
            inner.place(rest, 1);
            self.script_stdin(call, inner)
        }
    }

    /// A file that is run as a script: of the project, or the output of `<(…)`.
    fn script_file(&mut self, file: &Arg, state: &mut State) -> Stream {
        if let Some(text) = file.known() {
            if let Some(stream) = self.stream(text, &state.stdin) {
                return self.code(&Arg::new(stream.pieces, file.span), state);
            }
        }
        // It holds one of these, and what each would do counts.
        let before = state.clone();
        let mut output: Option<Stream> = None;
        for content in self.project_code(file, state) {
            let mut inner = before.clone();
            let stream = self.code(&Arg::new(content.pieces, file.span), &mut inner);
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
        output.unwrap_or_else(|| Stream::unknown(Origin { file: true, ..Origin::default() }))
    }

    /// A file of the project that is run in the cell. Returns what it may hold where this text wrote it.
    pub(super) fn project_code(&mut self, file: &Arg, state: &State) -> Vec<Stream> {
        let path = self.path(file, Access::Read, state);
        self.effects.project_code();
        self.require(crate::Requires::EVERYTHING);
        if let Some(path) = &path {
            self.effects.execute(path.clone());
        }
        let mut contents = path.as_ref().map_or_else(Vec::new, |path| self.written(path));
        if file.known().is_none() {
            // Any file that this text wrote may be the one.
            let all = self.all_written().into_iter();
            contents.extend(all.filter(|(path, _)| may_be(file, path, state)).map(|(_, content)| content));
            contents.extend(self.scattered_like(file, state));
        }
        if let Some(path) = &path {
            contents.extend(self.scattered_to(path));
        }
        if self.has_written() {
            // Where a `cd` failed, it is another file.
            let other = |cwd: &PathBuf| {
                self.context
                    .relative(cwd, Path::new(file.known()?))
                    .filter(|other| path.as_ref() != Some(other))
            };
            contents
                .extend(state.cwd.otherwise.iter().filter_map(other).flat_map(|other| self.written(&other)));
        }
        if contents.iter().map(Stream::origin).any(|origin| origin.fetched || origin.hides()) {
            self.find(&rules::FETCHES_AND_RUNS, file.span, file.display());
        }
        contents
    }

    /// A shell that reads its script from standard input.
    fn script_stdin(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        if !state.stdin.is_fed {
            self.find(&rules::WAITS, call.span, call.name);
            return Stream::unknown(Origin::default());
        }
        let code = Arg::new(std::mem::take(&mut state.stdin.pieces), call.span);
        self.code(&code, state)
    }

    pub(super) fn source(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let Some(file) = call.parsed.operands.first() else { return Stream::default() };
        let is_stream = file.known().is_some_and(|text| text.starts_with("/dev/"));
        // The script of a virtual environment is what the tool wrote, and what it puts first on the path is the project's.
        let is_activation = file.known().is_some_and(|text| {
            let mut names = text.rsplit('/');
            names.next() == Some("activate")
                && names.next() == Some("bin")
                && matches!(names.next(), Some(".venv" | "venv" | "env" | ".env-py" | ".virtualenv"))
        });
        if is_activation {
            self.project_code(file, state);
            return Stream::of(Vec::new());
        }
        if !is_stream {
            self.find(&rules::PROJECT_SCRIPT, file.span, file.display());
        }
        self.script_file(file, state)
    }

    pub(super) fn command_builtin(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let mut args = call.args;
        while let Some((first, rest)) = args.split_first() {
            let text = first.leading();
            if !text.starts_with('-') {
                break;
            }
            args = rest;
            if call.name == "command" && text.contains(['v', 'V']) {
                let name = rest.first().cloned().unwrap_or_default();
                return Stream::line(name.pieces);
            }
            if call.name == "exec" && text.ends_with('a') {
                args = rest.get(1..).unwrap_or(&[]);
            }
            if text == "--" {
                break;
            }
        }
        if args.is_empty() { Stream::of(Vec::new()) } else { self.carried(args, state, call.span) }
    }

    /// Text that a program gives to `sh -c`.
    pub(super) fn shell_text(&mut self, code: &Arg, state: &State) {
        let outer = std::mem::replace(&mut self.portable, true);
        self.apart(|this| this.code(code, &mut state.child()));
        self.portable = outer;
    }

    /// A value that a program starts as a command, `sh -c` or by name.
    pub(super) fn starts(&mut self, arg: &Arg, state: &State) {
        self.find(&rules::STARTS_PROGRAM, arg.span, arg.display());
        self.code(arg, &mut state.clone());
    }

    /// The arguments of `eval`, `ssh` and their like as one text.
    pub(super) fn joined_code(&mut self, args: &[Arg], state: &State, span: crate::Span) {
        self.code(&joined(args.iter(), span), &mut state.clone());
    }
}

/// Whether a path may be what a word of which only parts are known turns out to be.
pub(super) fn may_be(word: &Arg, path: &Path, state: &State) -> bool {
    let Some(Ok(path)) = state.cwd.path.as_ref().map(|cwd| path.strip_prefix(cwd)) else { return true };
    let path = path.to_string_lossy();
    let leading = word.leading().trim_start_matches("./");
    let trailing = match word.pieces.last() {
        // `find` puts names behind a directory that may be none.
        Some(Piece::Text(text)) => text.trim_start_matches('/'),
        _ => "",
    };
    let is_normal = !leading.starts_with('/')
        && !leading.contains("//")
        && !leading.split('/').any(|name| matches!(name, "." | ".."));
    !is_normal || path.starts_with(leading) && path.ends_with(trailing)
}

//! Builtins that change what the shell knows.

use std::path::{Path, PathBuf};

use super::Call;
use super::output::lists_names;
use super::roles::joined;
use crate::command::context::View;
use crate::command::effects::Access;
use crate::command::interpret::{Attributes, Cwd, Interpreter, State, either};
use crate::command::rules;
use crate::command::value::{Arg, Origin, Piece, Stream};

/// Directories that `pushd` keeps.
const MAX_PUSHED: usize = 16;

/// Options of the shell that change neither what a text means nor where programs are found.
const HARMLESS: &[&str] = &[
    "errexit",
    "nounset",
    "pipefail",
    "noclobber",
    "xtrace",
    "verbose",
    "noexec",
    "errtrace",
    "functrace",
    "nullglob",
    "globstar",
    "extglob",
    "failglob",
    "inherit_errexit",
    "nocaseglob",
    "nocasematch",
    "monitor",
    "noglob",
    "hashall",
    "braceexpand",
];

impl Interpreter<'_> {
    pub(super) fn cd(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        // `-q` and `-s` are those of zsh.
        let is_option = |arg: &&Arg| {
            let letters = arg.known().and_then(|text| text.strip_prefix('-'));
            letters
                .is_some_and(|letters| !letters.is_empty() && letters.chars().all(|c| "LPe@qs-".contains(c)))
        };
        let target = call.args.iter().find(|arg| !is_option(arg));
        let home = Arg::text(
            self.context.home.as_ref().map_or("/home/~".into(), |h| h.to_string_lossy().into_owned()),
            call.span,
        );
        let before = state.clone();
        self.go(target.unwrap_or(&home), state);
        // Given too many arguments, it goes nowhere.
        if call.args.iter().filter(|arg| !is_option(arg)).count() > 1 {
            state.join(&before);
            if self.portable {
                // In zsh it replaces a part of where it is.
                state.cwd.path = None;
            }
        }
        Stream::of(Vec::new())
    }

    /// Changes the working directory.
    pub(super) fn go(&mut self, target: &Arg, state: &mut State) {
        let old = state.cwd.clone();
        if target.known() == Some("-") {
            match state.previous.take() {
                Some(previous) => state.cwd = previous,
                None => {
                    self.find(&rules::DYNAMIC_PATH, target.span, "-");
                    state.cwd.path = None;
                }
            }
            state.previous = Some(old);
            state.is_certain &= !self.may_be_gone(&state.cwd);
            return;
        }
        let mut path = self.path(target, Access::List, state);
        let names: Option<String> = target
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(text.as_str()),
                Piece::AnyRun | Piece::Rest | Piece::AnyChar | Piece::Plain => Some("*"),
                Piece::Inside | Piece::Temporary | Piece::Job | Piece::Unknown(_) => None,
            })
            .collect();
        if let (None, Some(names), Some(cwd)) = (&path, names, &state.cwd.path) {
            // A directory by pattern: what is in it is known but for its name.
            path = self.context.relative(cwd, Path::new(&names));
        }
        state.is_certain = target.known().is_some_and(|target| self.is_there(target, &old));
        self.relies |= state.is_certain;
        // Where an earlier one failed, this goes from there; where that leaves the root, a person was asked.
        let others = std::mem::take(&mut state.cwd.otherwise);
        state.cwd.path = path;
        for other in others {
            let path = target.known().and_then(|target| self.context.relative(&other, target.as_ref()));
            if path.is_some() {
                state.cwd.join(&Cwd { path, otherwise: Vec::new() });
            }
        }
        state.previous = Some(old);
        for directory in state.cwd.all() {
            self.enters(directory);
        }
    }

    /// Whether a `cd` is sure to work: to a directory that is there from each place, and that this text has not changed.
    fn is_there(&self, target: &str, from: &Cwd) -> bool {
        let View::Disk(root) = &self.context.view else { return false };
        from.path.is_some()
            && from.all().all(|cwd| {
                // Also as it is written: of `src/..` there has to be `src`. What is in it is found by who may enter it.
                let is_dir = |path: &Path| root.path().join(path).join(".").is_dir();
                let path = self.context.relative(cwd, Path::new(target));
                path.is_some_and(|path| {
                    is_dir(&path) && !self.may_be_gone(&Cwd { path: Some(path), otherwise: Vec::new() })
                }) && is_dir(&cwd.join(target))
            })
    }

    /// Whether this text may have taken away, or closed, a directory that was there.
    fn may_be_gone(&self, cwd: &Cwd) -> bool {
        let is_changed = |path: &PathBuf| self.effects.writes().any(|written| path.starts_with(written));
        self.effects.deletes().next().is_some() || cwd.all().any(is_changed)
    }

    pub(super) fn pushd(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        match (call.name, call.args.iter().find(|arg| !matches!(arg.known(), Some("-n" | "-q" | "--")))) {
            ("pushd", Some(target)) if !target.leading().starts_with('+') => {
                if state.stack.len() >= MAX_PUSHED {
                    self.find(&rules::TOO_COMPLEX, call.span, call.name);
                    return Stream::of(Vec::new());
                }
                state.stack.push(state.cwd.clone());
                let before = state.clone();
                self.go(target, state);
                if call.args.len() > 1 {
                    state.join(&before);
                }
            }
            ("dirs", _) => {}
            ("pushd", _) => {
                let Some(top) = state.stack.pop() else { return Stream::of(Vec::new()) };
                state.stack.push(std::mem::replace(&mut state.cwd, top));
                state.is_certain &= !self.may_be_gone(&state.cwd);
            }
            _ => match state.stack.pop() {
                Some(top) => {
                    state.cwd = top;
                    state.is_certain &= !self.may_be_gone(&state.cwd);
                }
                None => self.find(&rules::DYNAMIC_PATH, call.span, call.name),
            },
        }
        Stream::of(Vec::new())
    }

    pub(super) fn declare(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let mut removes = false;
        let mut given = Attributes {
            exported: call.name == "export",
            integer: false,
            frozen: call.name == "readonly",
            ..Attributes::default()
        };
        let mut is_local = self.is_in_function() && matches!(call.name, "declare" | "local" | "typeset");
        if call.args.iter().all(|arg| matches!(arg.known(), Some("-p" | "-x" | "-px" | "-xp" | "-g"))) {
            self.find(&rules::PRINTS_ENVIRONMENT, call.span, call.name);
        }
        for arg in call.args {
            if arg.leading().starts_with(['-', '+']) {
                let has = |letters: &[char]| arg.leading().contains(letters);
                removes |= arg.leading().starts_with(if call.name == "export" { "-n" } else { "+x" });
                let declares = call.name != "export";
                given.integer |= has(&['i']) && declares;
                given.frozen |= has(&['r']);
                given.keyed |= has(&['A']) && declares;
                given.array |= has(&['a', 'A']) && declares;
                given.exported |= has(&['x']) && arg.leading().starts_with('-');
                given.exported &= !(call.name == "export" && has(&['n']));
                if has(&['g']) && is_local {
                    // It goes past the variables of the functions that are running.
                    self.find(&rules::CHANGES_SHELL, arg.span, arg.display());
                    is_local = false;
                }
                if has(&['f']) && given.exported || has(&['l', 'u', 'c']) && declares {
                    // A function for every program, or a value that is not the one written.
                    self.find(&rules::CHANGES_SHELL, arg.span, arg.display());
                }
                if has(&['n']) && declares {
                    // A name that stands for another variable: what is assigned to it goes elsewhere.
                    self.find(&rules::CHANGES_SHELL, arg.span, arg.display());
                }
                continue;
            }
            let (name, value) = match arg.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (arg.clone(), None),
            };
            self.subscripted(&name, state);
            let Some(name) = name.known().map(|name| name.trim_end_matches('+').to_owned()) else {
                self.find(&rules::DYNAMIC_CODE, arg.span, arg.display());
                continue;
            };
            if removes && name == "PATH" {
                self.find(&rules::ENVIRONMENT, arg.span, name.as_str());
            }
            let before = state.attributes(&name);
            if is_local {
                state.localize(&name);
            }
            let attributes = Attributes {
                exported: given.exported || before.exported && !removes && !is_local,
                may_be_exported: given.exported || before.may_be_exported,
                integer: given.integer || before.integer,
                frozen: before.frozen,
                array: given.array || before.array || value.as_ref().is_some_and(Arg::is_open),
                keyed: given.keyed || before.keyed,
            };
            state.declare(&name, attributes);
            match value {
                Some(value) if !name.contains('[') => {
                    self.assign(&name, value, arg.span, state);
                    if let Some(elements) = self.declared.remove(&name) {
                        state.set_elements(&name, elements);
                    }
                }
                Some(value) => {
                    if given.integer {
                        self.evaluated(&value, state);
                    }
                    if let Some((name, _)) = name.split_once('[') {
                        self.assign(name, Arg::unknown(value.origin(), arg.span), arg.span, state);
                    }
                }
                None if is_local => {}
                None if !given.exported => {}
                None => {
                    let value = state.variable(&name).cloned().unwrap_or_default();
                    self.environment(&name, &value, arg.span, state);
                }
            }
            state.declare(&name, Attributes { frozen: attributes.frozen || given.frozen, ..attributes });
        }
        Stream::of(Vec::new())
    }

    pub(super) fn assigns(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let takes_value = match call.name {
            "read" => "adinNptu",
            "mapfile" | "readarray" => "dnOsuCc",
            _ => "",
        };
        let mut args = call.args.iter();
        let mut named = false;
        // Whole lines of standard input, or what ends with NUL bytes.
        let is_line = |(number, arg): (usize, &Arg)| {
            let Some(letters) = arg.leading().strip_prefix('-') else { return true };
            match letters.split_once('d') {
                Some((_, "")) => matches!(call.args.get(number + 1).and_then(Arg::known), Some("" | "\n")),
                Some(_) => false,
                None => !letters.contains(['u', 'n', 'N']),
            }
        };
        let from_stdin = call.args.iter().enumerate().all(is_line);
        let (mut functions, mut variables) = (false, false);
        while let Some(arg) = args.next() {
            let text = arg.leading();
            if let (Some(letters), false) = (text.strip_prefix('-'), call.name == "let") {
                functions |= call.name == "unset" && letters.contains('f');
                variables |= call.name == "unset" && letters.contains('v');
                // The first letter that takes a value takes what stands behind it, or the next argument.
                if let Some(at) = letters.find(|letter| takes_value.contains(letter)) {
                    let attached = arg.skip(at + 2);
                    let value = if attached.pieces.is_empty() || attached.known() == Some("") {
                        args.next()
                    } else {
                        Some(&attached)
                    };
                    match (letters.get(at..=at), value) {
                        (Some("C"), Some(code)) => self.perhaps_code(code, state),
                        (Some("a"), Some(name)) => {
                            named = true;
                            self.read_into(name, from_stdin, state);
                        }
                        _ => {}
                    }
                }
                continue;
            }
            named = true;
            match call.name {
                "unset" => {
                    self.subscripted(arg, state);
                    match arg.known() {
                        // Without a search path bash looks in the working directory.
                        Some("PATH") => self.find(&rules::ENVIRONMENT, arg.span, "PATH"),
                        Some(name) => {
                            if !functions {
                                state.unset(name);
                            }
                            if !variables {
                                state.undefine(name, functions);
                            }
                        }
                        None => self.find(&rules::DYNAMIC_CODE, arg.span, arg.display()),
                    }
                }
                "read" | "mapfile" | "readarray" => self.read_into(arg, from_stdin, state),
                "getopts" => {
                    self.subscripted(arg, state);
                    if let Some(name) = arg.known() {
                        self.assign(name, Arg::unknown(Origin::default(), arg.span), arg.span, state);
                    }
                }
                _ => {
                    self.evaluated(arg, state);
                    self.calculated(arg, state);
                }
            }
        }
        let unnamed = match call.name {
            "read" => Some("REPLY"),
            "mapfile" | "readarray" => Some("MAPFILE"),
            _ => None,
        };
        if call.name == "getopts" {
            // The value of an option is one of the arguments, or a part of it.
            let given = match (call.args.get(2..), &state.positional) {
                (Some(args), _) if !args.is_empty() => args,
                (_, Some(args)) => args.as_slice(),
                (_, None) => &[],
            };
            let unknown = Arg::unknown(Origin::default(), call.span);
            let value = given.iter().fold(unknown, |value, arg| either(Some(&value), Some(arg)));
            self.assign("OPTARG", value, call.span, state);
        }
        if let (Some(name), false) = (unnamed, named) {
            self.read_into(&Arg::text(name, call.span), from_stdin, state);
        }
        Stream::of(Vec::new())
    }

    /// A variable gets what is read, from standard input or another descriptor.
    fn read_into(&mut self, name: &Arg, from_stdin: bool, state: &mut State) {
        self.subscripted(name, state);
        let Some(name) = name.known() else {
            self.find(&rules::DYNAMIC_CODE, name.span, name.display());
            return;
        };
        state.make_array(name);
        let value = if !from_stdin {
            Arg::unknown(Origin { file: true, ..Origin::default() }, crate::Span::default())
        } else if let Some(line) = one_line(&state.stdin.pieces).filter(|line| lists_names(line)) {
            Arg::new(line, crate::Span::default())
        } else {
            let origin = state.stdin.origin();
            Arg::unknown(Origin { unset: false, ..origin }, crate::Span::default())
        };
        self.assign(name, value, crate::Span::default(), state);
    }

    pub(super) fn set(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        if call.name == "set" && call.args.is_empty() {
            self.find(&rules::PRINTS_ENVIRONMENT, call.span, call.name);
        }
        let mut args = call.args.iter().enumerate().peekable();
        while let Some((number, arg)) = args.next() {
            let Some(text) = arg.known() else {
                if call.name == "set" {
                    if number == 0 {
                        self.find(&rules::DYNAMIC_OPTION, arg.span, arg.display());
                    }
                    state.positional = None;
                    break;
                }
                self.find(&rules::DYNAMIC_OPTION, arg.span, arg.display());
                continue;
            };
            let is_option = text.starts_with(['-', '+']) && text.len() > 1;
            if call.name == "set" && (text == "--" || !is_option) {
                let from = if matches!(text, "-" | "--") { number + 1 } else { number };
                if text == "-" && from == call.args.len() {
                    break;
                }
                state.place(call.args, from);
                break;
            }
            if is_option {
                state.traces |= text.starts_with('-') && text.contains('x');
                if call.name == "set" && text.starts_with('-') {
                    state.exports_all |= text.contains('a');
                    if text.contains('k') {
                        self.find(&rules::CHANGES_SHELL, arg.span, text);
                    }
                }
                // Each `o` among the letters takes a name, unless options come next.
                for _ in text.matches('o').filter(|_| call.name == "set") {
                    let is_name = |(_, next): &(usize, &Arg)| !next.leading().starts_with(['-', '+']);
                    let Some((_, name)) = args.next_if(is_name) else { break };
                    match name.known() {
                        Some("xtrace") => state.traces = true,
                        Some("allexport") => state.exports_all = true,
                        Some(name) if is_harmless_option(name) => {}
                        _ => self.find(&rules::CHANGES_SHELL, name.span, name.display()),
                    }
                }
            } else if !is_harmless_option(text) {
                self.find(&rules::CHANGES_SHELL, arg.span, text);
            }
            state.nullglob |= text == "nullglob";
        }
        if state.traces {
            if let Some(prompt) = state.variable("PS4").cloned() {
                self.prompt(&prompt, state);
            }
        }
        Stream::of(Vec::new())
    }

    pub(super) fn eval(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let args = call.args.iter().skip_while(|arg| arg.known() == Some("--"));
        self.code(&joined(args, call.span), state)
    }

    /// Text that the shell itself may evaluate, with what it changes.
    fn perhaps_code(&mut self, code: &Arg, state: &mut State) {
        self.repeat(state, code.span, |this, state| this.code(code, state));
    }

    pub(super) fn trap(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let args = call.parsed.operands.as_slice();
        if let (Some(code), true) = (args.first(), args.len() > 1) {
            if !matches!(code.known(), Some("-" | "")) {
                let output = self.apart(|this| this.code(code, &mut state.clone()));
                self.keep_trap(code, state);
                // What it prints goes where the output of the commands around it goes.
                return output;
            }
        }
        Stream::of(Vec::new())
    }

    pub(super) fn alias(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        for arg in call.args {
            if let Some((_, value)) = arg.split_once('=') {
                self.code(&value, &mut state.clone());
            }
            self.find(&rules::CHANGES_SHELL, arg.span, arg.display());
        }
        Stream::of(Vec::new())
    }

    pub(super) fn test_builtin(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let args = call.args;
        for (number, arg) in args.iter().enumerate() {
            let Some(operator) = arg.known() else { continue };
            let next = args.get(number + 1);
            if operator.len() == 2 && operator.starts_with('-') && !matches!(operator, "-a" | "-o") {
                if let Some(operand) = next {
                    self.unary_test(operator, operand, state);
                }
            } else if let (Some(left), Some(right)) =
                (number.checked_sub(1).and_then(|at| args.get(at)), next)
            {
                // Unlike `[[`, it takes numbers only and evaluates nothing.
                if !matches!(operator, "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge") {
                    self.binary_test(operator, left, right, state);
                }
            }
        }
        Stream::of(Vec::new())
    }

    pub(super) fn shell_tools(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let option = |letters: &str| {
            call.args.iter().position(|arg| {
                let text = arg.leading();
                text.starts_with('-') && !text.starts_with("--") && text.contains(|c| letters.contains(c))
            })
        };
        match call.name {
            "hash" if option("p").is_some() || call.args.iter().any(|arg| arg.leading().contains('=')) => {
                self.find(&rules::STARTS_PROGRAM, call.span, call.name)
            }
            "enable" => {
                let rule = if option("f").is_some() { &rules::STARTS_PROGRAM } else { &rules::CHANGES_SHELL };
                self.find(rule, call.span, call.name);
            }
            "complete" | "compgen" | "compopt" => {
                let value = |letters: &str| {
                    let at = option(letters)?;
                    let attached = call.args.get(at).and_then(|arg| {
                        let after = arg.leading().find(|c| letters.contains(c))? + 1;
                        Some(arg.skip(after)).filter(|value| value.known() != Some(""))
                    });
                    attached.or_else(|| call.args.get(at + 1).cloned())
                };
                if let Some(code) = value("CF") {
                    self.perhaps_code(&code, state);
                }
                if let Some(words) = value("W") {
                    self.evaluated(&words, state);
                    // They are expanded as words are, processes included.
                    let starts = |piece: &Piece| matches!(piece, Piece::Text(text) if ["<(", ">("].iter().any(|at| text.contains(at)));
                    if words.pieces.iter().any(starts) {
                        self.find(&rules::EVALUATES_DATA, words.span, words.display());
                    }
                }
                if call.name != "compgen" {
                    self.find(&rules::CHANGES_SHELL, call.span, call.name);
                }
            }
            "bind" => {
                let rule =
                    if option("xf").is_some() { &rules::STARTS_PROGRAM } else { &rules::CHANGES_SHELL };
                self.find(rule, call.span, call.name);
            }
            "fc" | "history" | "suspend" => self.find(&rules::ASKS, call.span, call.name),
            "man" | "info" | "help" | "tldr" | "apropos" | "whatis" => {
                const STARTS: [&str; 8] = [
                    "--pager",
                    "--html",
                    "--browser",
                    "--config-file",
                    "--manpath",
                    "--init-file",
                    "--output",
                    "--dribble",
                ];
                // Also where it is shortened, or stands behind others.
                let starts = |text: &str| match text.strip_prefix("--") {
                    Some(_) => {
                        STARTS.iter().any(|long| long.starts_with(text.split('=').next().unwrap_or(text)))
                    }
                    None => text.starts_with('-') && text.contains(['P', 'H', 'C', 'B', 'M', 'o']),
                };
                for arg in call.args {
                    if starts(arg.leading()) && arg.known() != Some("--") {
                        self.find(&rules::STARTS_PROGRAM, arg.span, arg.display());
                    }
                    self.maybe_path(arg, state);
                }
            }
            "which" | "type" | "whereis" => {
                // The name it finds is that of a program, wherever that is.
                if let Some(name) = call.args.iter().rev().find(|arg| !arg.leading().starts_with('-')) {
                    return Stream::line(name.pieces.clone());
                }
            }
            _ => {}
        }
        Stream::unknown(Origin::default())
    }
}

pub(super) fn is_harmless_option(name: &str) -> bool {
    HARMLESS.contains(&name)
}

/// The pieces of each line, where all lines are alike.
fn one_line(pieces: &[Piece]) -> Option<Vec<Piece>> {
    let mut line = pieces.to_vec();
    if let Some(Piece::Text(last)) = line.last_mut() {
        last.truncate(last.trim_end_matches('\n').len());
    }
    line.retain(|piece| *piece != Piece::Text(String::new()));
    let is_cut = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains('\n'));
    (!line.iter().any(is_cut)).then_some(line)
}

//! Programs that start the program in their arguments.

use super::Call;
use crate::Span;
use crate::command::interpret::{Interpreter, State};
use crate::command::rules;
use crate::command::table;
use crate::command::value::{Arg, Origin, Piece, Stream};

impl Interpreter<'_> {
    /// Runs the command that another program was given.
    pub(super) fn carried(&mut self, argv: &[Arg], state: &mut State, span: Span) -> Stream {
        let Some((program, args)) = argv.split_first() else { return Stream::default() };
        if !self.spend(span) {
            return Stream::default();
        }
        // No program calls a function of the shell that started it.
        self.deeper(span, |this| this.start(program, args, state, span))
    }

    pub(super) fn env(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        let mut args = call.args;
        let mut inner = state.clone();
        let mut split: Option<Arg> = None;
        while let Some((first, rest)) = args.split_first() {
            let text = first.leading();
            args = rest;
            let mut value = |prefix: usize| {
                if first.known().is_some_and(|text| text.len() == prefix) {
                    let (value, after) =
                        rest.split_first().map_or((Arg::default(), rest), |(v, r)| (v.clone(), r));
                    args = after;
                    value
                } else {
                    first.skip(prefix)
                }
            };
            match text {
                "--" => break,
                "-" | "-i" | "--ignore-environment" => inner = inner.without_variables(),
                "-0" | "-v" | "--null" | "--debug" => {}
                _ if text.starts_with("-iS") => split = Some(value(3)),
                _ if text.starts_with("-S") || text.starts_with("-vS") => {
                    split = Some(value(text.find('S').map_or(2, |at| at + 1)))
                }
                _ if text.starts_with("--split-string") => {
                    split = Some(first.split_once('=').map_or_else(|| value(text.len()), |(_, code)| code));
                }
                _ if text.starts_with("-u") => {
                    if let Some(name) = value(2).known() {
                        inner.unset(name);
                    }
                }
                _ if text.starts_with("--unset") => {
                    let name = first.split_once('=').map_or_else(|| value(text.len()), |(_, name)| name);
                    if let Some(name) = name.known() {
                        inner.unset(name);
                    }
                }
                _ if text.starts_with("-C") => {
                    // The last one counts, from here.
                    inner.cwd = state.cwd.clone();
                    self.go(&value(2), &mut inner);
                }
                _ if text.starts_with("--chdir") => {
                    let directory =
                        first.split_once('=').map_or_else(|| value(text.len()), |(_, value)| value);
                    inner.cwd = state.cwd.clone();
                    self.go(&directory, &mut inner);
                }
                _ if text.starts_with('-') => self.find(&rules::UNKNOWN_OPTION, first.span, text),
                _ => {
                    let Some((name, value)) = first.split_once('=') else {
                        let argv: Vec<Arg> = std::iter::once(first).chain(rest).cloned().collect();
                        return self.carried(&argv, &mut inner, call.span);
                    };
                    match name.known() {
                        Some(name) => {
                            self.environment(name, &value, first.span, &inner);
                            inner.set(name, value);
                            inner.export(name);
                        }
                        None => self.find(&rules::DYNAMIC_CODE, first.span, first.display()),
                    }
                    continue;
                }
            }
            if let Some(mut code) = split.take() {
                for arg in args {
                    code.push(Piece::Text(" ".into()));
                    for piece in &arg.pieces {
                        code.push(piece.clone());
                    }
                }
                // A program splits it, which knows no function of this shell.
                return self.code(&code, &mut inner.child());
            }
        }
        if args.is_empty() {
            self.find(&rules::PRINTS_ENVIRONMENT, call.span, call.name);
            let mut stream =
                Stream::unknown(crate::command::value::Origin { file: true, ..Default::default() });
            stream.carries_content = true;
            return stream;
        }
        self.carried(args, &mut inner, call.span)
    }

    pub(super) fn xargs(&mut self, call: &Call<'_>, state: &mut State) -> Stream {
        self.options(call, state);
        let mut argv = call.parsed.operands.clone();
        if argv.is_empty() {
            argv.push(Arg::text("echo", call.span));
        }
        let replaced = call
            .parsed
            .values(&["-I", "--replace"])
            .next()
            .and_then(Arg::known)
            .map(str::to_owned)
            .or_else(|| call.parsed.has(&["-i", "--replace"]).then(|| "{}".to_owned()));
        let file = call.parsed.values(&["-a", "--arg-file"]).next();
        let input = file.map_or_else(|| state.stdin.clone(), |file| self.content(file, &state.stdin));
        if input.is_endless {
            self.find(&rules::ENDLESS, call.span, call.name);
        }
        let pieces = if input.is_fed { input.pieces } else { vec![Piece::Unknown(input.origin())] };
        let mut items = self.items(call, &pieces, replaced.is_some());
        if items.iter().any(|item| item.pieces.contains(&Piece::Inside)) {
            self.unnamed_files();
        }
        match replaced {
            None => {
                // There may be none.
                items.iter_mut().for_each(|item| item.several = item.known().is_none());
                let most = call.parsed.values(&["-n", "--max-args"]).next();
                let most =
                    most.map_or(Some(usize::MAX), |most| most.known().and_then(|text| text.parse().ok()));
                let chunks: Vec<&[Arg]> = items.chunks(most.unwrap_or(1).max(1)).collect();
                let mut output = Stream::of(Vec::new());
                for chunk in if chunks.is_empty() { vec![items.as_slice()] } else { chunks } {
                    let argv: Vec<Arg> = argv.iter().chain(chunk).cloned().collect();
                    output.then(self.carried(&argv, &mut state.clone(), call.span));
                }
                output
            }
            Some(mark) => {
                let mut output = Stream::of(Vec::new());
                for item in &items {
                    let argv: Vec<Arg> = argv.iter().map(|arg| put_in(arg, &mark, item)).collect();
                    output.then(self.carried(&argv, &mut state.clone(), call.span));
                }
                output
            }
        }
    }

    /// What `xargs` reads out of its input; where that is not certain, an item of no known text, or all of it once more.
    fn items(&mut self, call: &Call<'_>, pieces: &[Piece], by_line: bool) -> Vec<Arg> {
        let arg = |pieces: Vec<Piece>| Arg::new(pieces, call.span);
        let splits_otherwise =
            ["-L", "-l", "--max-lines", "-d", "--delimiter", "-E", "-e", "--eof", "-s", "--max-chars"];
        let by_nul = call.parsed.has(&["-0", "--null"]);
        let separator = |c: char| match by_nul {
            true => c == '\0',
            false => c == '\n' || c.is_whitespace() && !by_line,
        };
        let is_quoted =
            |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains(['"', '\'', '\\']));
        let mut words: Vec<Vec<Piece>> = Vec::new();
        let mut is_within = false;
        for piece in pieces {
            let parts: Vec<Piece> = if let Piece::Text(text) = piece {
                text.split(separator).map(|part| Piece::Text(part.to_owned())).collect()
            } else {
                vec![piece.clone()]
            };
            for (number, part) in parts.into_iter().enumerate() {
                is_within &= number == 0;
                if part == Piece::Text(String::new()) {
                    continue;
                }
                match words.last_mut().filter(|_| is_within) {
                    Some(word) => word.push(part),
                    None => words.push(vec![part]),
                }
                is_within = true;
            }
        }
        let is_known = matches!(pieces, [Piece::Text(_)] | []);
        let is_unclear = words.len() > 16
            || !by_nul && pieces.iter().any(is_quoted)
            || !words.is_empty() && call.parsed.has(&splits_otherwise);
        if is_unclear && is_known {
            return vec![arg(vec![Piece::Unknown(Origin::default())])];
        }
        // What is known of it may be one word, or several.
        let whole = Some(pieces.to_vec()).filter(|whole| is_unclear && words != [whole.clone()]);
        words.into_iter().take(16).chain(whole).map(arg).collect()
    }

    /// Programs that start others in many ways: what looks like a command among the arguments is judged too.
    pub(super) fn launcher(&mut self, call: &Call<'_>, state: &mut State) -> Option<Stream> {
        if matches!(call.name, "socat" | "dbus-send" | "gdbus" | "busctl") {
            self.find(&rules::REFUSED_USE, call.span, call.name);
        }
        for (number, arg) in call.args.iter().enumerate() {
            let Some(text) = arg.known() else { continue };
            let rest = call.args.get(number + 1..).unwrap_or(&[]);
            match text {
                "-c" | "-e" | "--command" | "--eval" => {
                    if let Some(code) = rest.first() {
                        self.code(code, &mut state.clone());
                    }
                }
                _ if text.starts_with('!') || text.starts_with("shell ") => {
                    let code = arg.skip(if text.starts_with('!') { 1 } else { 6 });
                    self.code(&code, &mut state.clone());
                }
                _ if text.contains(' ') => {
                    let known =
                        text.split_whitespace().next().is_some_and(|name| table::program(name).is_some());
                    if known {
                        self.code(arg, &mut state.clone());
                    }
                }
                _ => {
                    let is_program =
                        table::program(text).is_some() || text.starts_with('/') && text.contains("/bin/");
                    if is_program && !rest.is_empty() && number <= 6 {
                        let argv: Vec<Arg> = std::iter::once(arg).chain(rest).cloned().collect();
                        self.carried(&argv, &mut state.clone(), call.span);
                    }
                }
            }
        }
        None
    }
}

/// Puts an item where the mark stands.
pub(super) fn put_in(arg: &Arg, mark: &str, item: &Arg) -> Arg {
    if mark.is_empty() {
        return arg.clone();
    }
    let mut out = Arg { span: arg.span, ..Arg::default() };
    for piece in &arg.pieces {
        let Piece::Text(text) = piece else {
            out.push(piece.clone());
            continue;
        };
        if text.matches(mark).count().saturating_mul(item.len()) > 64 * 1024 {
            out.push(Piece::Unknown(item.origin()));
            continue;
        }
        for (number, part) in text.split(mark).enumerate() {
            if number > 0 {
                for piece in &item.pieces {
                    out.push(piece.clone());
                }
            }
            if !part.is_empty() {
                out.push(Piece::Text(part.to_owned()));
            }
        }
    }
    out
}

//! What files hold that programs make, in case they are run.

use std::path::{Path, PathBuf};

use super::Call;
use super::shell::may_be;
use crate::Span;
use crate::command::interpret::{Interpreter, State};
use crate::command::table::Prints;
use crate::command::value::{Arg, Origin, Piece, Stream};

impl Interpreter<'_> {
    /// Remembers what files hold that the call makes, in case they are run.
    pub(super) fn keeps(&mut self, call: &Call<'_>, state: &State) {
        let operands = &call.parsed.operands;
        match call.name {
            "tee" | "sponge" => {
                let appends = call.parsed.has(&["-a", "--append"]);
                for operand in operands {
                    self.keep(operand, operand.known(), &state.stdin, appends, state);
                }
            }
            "zip" | "unzip" | "7z" | "7za" | "7zr" | "cpio" | "pax" | "ar" | "jar" => {
                self.packs(call, state);
            }
            "split" | "csplit" => {
                let names = if call.name == "split" {
                    operands.get(1).cloned().unwrap_or_else(|| Arg::text("x", call.span))
                } else {
                    let prefix = call.parsed.values(&["-f", "--prefix"]).next().cloned();
                    prefix.unwrap_or_else(|| Arg::text("xx", call.span))
                };
                let mut piece = names;
                piece.push(Piece::AnyRun);
                for content in self.contents(operands.first(), state) {
                    self.scatter(&piece, &content, false, state);
                }
            }
            "uniq" => {
                if let [file, made] = operands.as_slice() {
                    for content in self.contents(Some(file), state) {
                        self.keep(made, made.known(), &content, false, state);
                    }
                }
            }
            "cp" | "mv" | "install" | "rsync" | "git mv" => {
                let is_exchange = call.parsed.has(&["--exchange"]);
                let keeps_name = !is_exchange && !call.parsed.has(&["-T", "--no-target-directory"]);
                if let Some((sources, target)) = sources_and_target(call) {
                    for source in sources {
                        self.copied(source, target, state);
                        self.carries_links(source, target, keeps_name, state);
                        if call.name.ends_with("mv") {
                            self.moves(source, target, keeps_name, state);
                        }
                        if is_exchange {
                            self.carries_links(target, source, keeps_name, state);
                            self.moves(target, source, keeps_name, state);
                        }
                    }
                }
            }
            "git worktree" => {
                if let [verb, source, target] = operands.as_slice() {
                    if verb.known() == Some("move") {
                        self.moves(source, target, true, state);
                    }
                }
            }
            // A hard link to a symbolic one is that again.
            "ln" | "link" if !self.is_symbolic(call) => {
                let here = Arg::text(".", call.span);
                let (sources, target) = sources_and_target(call).unwrap_or((operands, &here));
                for source in sources {
                    self.carries_links(source, target, false, state);
                }
            }
            "sort" => {
                let sorted = Stream::unknown(state.stdin.origin());
                for file in call.parsed.values(&["-o", "--output"]) {
                    self.keep(file, file.known(), &sorted, false, state);
                }
            }
            _ if call.row.prints == Prints::Fetched => {
                let fetched = Stream::unknown(Origin { fetched: true, ..Origin::default() });
                let named = ["-o", "--output", "-O", "--output-document"];
                for file in call.parsed.values(&named) {
                    self.keep(file, file.known(), &fetched, false, state);
                }
                let takes_name = call.name != "curl" || call.parsed.has(&["-O", "--remote-name"]);
                for url in operands.iter().filter(|_| takes_name) {
                    let name = url.known().and_then(|url| url.split(['?', '#']).next()?.rsplit('/').next());
                    if name.is_some() {
                        self.keep(url, name, &fetched, false, state);
                    }
                }
            }
            _ => {}
        }
    }

    /// What a file may hold that this text wrote; without a name, what standard input brings.
    fn contents(&self, file: Option<&Arg>, state: &State) -> Vec<Stream> {
        match file.map(Arg::known) {
            None | Some(Some("-")) => vec![state.stdin.clone()],
            Some(None) => file.map_or_else(Vec::new, |file| self.scattered_like(file, state)),
            Some(Some(text)) => match (self.stream(text, &state.stdin), self.relative(text, state)) {
                (Some(stream), _) => vec![stream],
                (None, Some(path)) => [self.written(&path), self.scattered_to(&path)].concat(),
                (None, None) => Vec::new(),
            },
        }
    }

    /// What is packed comes out again under any name.
    pub(super) fn packs(&mut self, call: &Call<'_>, state: &State) {
        let has = |letters: &[&str]| {
            call.args.iter().any(|arg| arg.known().is_some_and(|text| letters.contains(&text)))
        };
        let passes = call.name == "cpio" && call.parsed.has(&["-p", "--pass-through"])
            || call.name == "pax" && has(&["-rw", "-wr", "-r"]);
        let has_written = self.has_written();
        if !std::mem::replace(&mut self.packed, has_written) && !passes {
            return;
        }
        let file = Arg::new(vec![Piece::Inside], call.span);
        let mut contents = self.scattered_below(&file, state);
        contents.extend(self.all_written().into_iter().map(|(_, content)| content));
        for content in contents {
            self.scatter(&file, &content, false, state);
        }
    }

    /// What is known of a file is known of its copy, and of those in a directory; the target may be a directory that
    /// it is put into.
    fn copied(&mut self, source: &Arg, target: &Arg, state: &State) {
        let mut contents = self.scattered_below(source, state);
        match (source.known(), target.known()) {
            (Some(from), Some(to)) => {
                if let Some(content) = self.stream(from, &state.stdin) {
                    self.keep(target, Some(to), &content, false, state);
                }
                if let (Some(from), Some(to)) = (self.relative(from, state), self.relative(to, state)) {
                    self.copied_to(&from, &to, target.span);
                }
            }
            (from, _) => {
                let from = from.map(|from| self.relative(from, state));
                let is_source = |path: &Path| match &from {
                    Some(from) => from.as_ref().is_some_and(|from| path.starts_with(from)),
                    None => may_be(source, path, state),
                };
                let written = self.all_written().into_iter().filter(|(path, _)| is_source(path));
                contents.extend(written.map(|(_, content)| content));
            }
        }
        if contents.is_empty() {
            return;
        }
        let mut below = target.clone();
        below.push(Piece::Text("/".into()));
        below.push(Piece::AnyRun);
        for content in contents {
            self.keep(target, target.known(), &content, false, state);
            self.scatter(&below, &content, false, state);
        }
    }

    fn copied_to(&mut self, from: &Path, to: &Path, span: Span) {
        let inside = from.file_name().map(|name| to.join(name));
        for (path, content) in self.all_written() {
            let Ok(rest) = path.strip_prefix(from) else { continue };
            for place in [Some(to), inside.as_deref()].into_iter().flatten().filter(|place| *place != from) {
                let copy = if rest.as_os_str().is_empty() { place.to_owned() } else { place.join(rest) };
                self.remember(copy, &content, false, span);
            }
        }
    }

    fn keep(&mut self, at: &Arg, file: Option<&str>, content: &Stream, appends: bool, state: &State) {
        let Some(file) = file else { return self.scatter(at, content, appends, state) };
        if let Some(path) = self.relative(file, state) {
            self.remember(path, content, appends, at.span);
        }
    }

    fn relative(&self, file: &str, state: &State) -> Option<PathBuf> {
        self.context.relative(state.cwd.path.as_ref()?, Path::new(file))
    }
}

/// What a call copies, moves or links, and where to.
fn sources_and_target<'a>(call: &'a Call<'_>) -> Option<(&'a [Arg], &'a Arg)> {
    let operands = call.parsed.operands.as_slice();
    if let Some(target) = call.parsed.values(&["-t", "--target-directory"]).next() {
        return Some((operands, target));
    }
    let (target, sources) = operands.split_last()?;
    (!sources.is_empty()).then_some((sources, target))
}

//! Redirections: what a command reads from and where its output goes.

use std::path::{Path, PathBuf};

use super::expand::FIRST_PROCESS;
use super::{Interpreter, State};
use crate::Span;
use crate::command::context::normal;
use crate::command::effects::Access;
use crate::command::rules;
use crate::command::syntax::{RedirectOperator, RedirectSource, Redirection};
use crate::command::value::{Arg, Origin, Piece, Stream};

/// Files whose content is remembered, in case they are run.
const MAX_WRITTEN: usize = 64;

/// Where the output went.
#[derive(Debug, Default)]
pub(super) struct Redirected {
    to_file: bool,
    /// Whether it went behind what was there.
    appends: bool,
    /// Whether another descriptor leads where the output would have gone: `2>&1`.
    joined: bool,
    files: Vec<PathBuf>,
    /// Files whose names are not known.
    others: Vec<Arg>,
    span: Span,
}

impl Interpreter<'_> {
    /// What is left of the output for a pipe or a substitution.
    pub(super) fn redirected(&mut self, redirected: Redirected, output: Stream, state: &State) -> Stream {
        let output = if redirected.joined { output.with_errors() } else { output };
        if !redirected.to_file {
            return output;
        }
        if output.is_endless && !redirected.files.is_empty() {
            self.find(&rules::ENDLESS, redirected.span, "");
        }
        for path in redirected.files {
            if !self.spend(redirected.span) {
                break;
            }
            self.remember(path, &output, redirected.appends, redirected.span);
        }
        for file in &redirected.others {
            self.scatter(file, &output, redirected.appends, state);
        }
        if redirected.joined { output.perhaps() } else { Stream::of(Vec::new()) }
    }

    /// Remembers what was written to a file, alone or behind what was there.
    pub(in crate::command) fn remember(
        &mut self,
        path: PathBuf,
        content: &Stream,
        appends: bool,
        span: Span,
    ) {
        self.work.add(4 * self.written.len());
        let mut contents = vec![content.clone()];
        for mut before in if appends { self.written(&path) } else { Vec::new() } {
            before.then(content.clone());
            contents.push(before);
        }
        for content in contents {
            self.work.add(content.len() / 64);
            let is_it =
                |known: &(PathBuf, Stream)| known.0.as_os_str() == path.as_os_str() && known.1 == content;
            if self.written.iter().any(is_it) {
                continue;
            }
            if self.written.len() >= MAX_WRITTEN {
                return self.find(&rules::TOO_COMPLEX, span, "");
            }
            self.written.push((path.clone(), content));
        }
    }

    /// A file that something writes of which nothing is known.
    pub(in crate::command) fn makes(&mut self, file: &Arg, state: &State) {
        let unknown = Stream::unknown(Origin::default());
        match self.path(file, Access::Write, state) {
            Some(path) => self.remember(path, &unknown, false, file.span),
            None if file.known().is_none() => self.scatter(file, &unknown, false, state),
            None => {}
        }
    }

    /// Performs redirections; standard input is changed in `state`. What goes through descriptors of other numbers is
    /// not followed: nothing is known of what such files hold and such streams bring.
    pub(super) fn redirect(&mut self, redirections: &[Redirection], state: &mut State) -> Redirected {
        let mut redirected = Redirected::default();
        for redirection in redirections {
            if !self.spend(redirection.target.span) {
                break;
            }
            let (target, pattern) = self.target(&redirection.target, state);
            let number = match redirection.source {
                RedirectSource::Default => usual(redirection.operator),
                RedirectSource::Descriptor(number) => Some(number),
                RedirectSource::Variable(_) => None,
            };
            let (is_input, is_output) = (number == Some(0), number == Some(1));
            if let Some(pattern) = &pattern {
                self.redirected_pattern(redirection.operator, pattern, state);
            }
            let copies = std::mem::replace(&mut self.copies, true);
            let input = match redirection.operator {
                RedirectOperator::Read => {
                    self.path(&target, Access::Read, state);
                    Some(self.content(&target, &state.stdin))
                }
                RedirectOperator::Write
                | RedirectOperator::Append
                | RedirectOperator::Clobber
                | RedirectOperator::WriteBoth
                | RedirectOperator::AppendBoth => {
                    let appends = matches!(
                        redirection.operator,
                        RedirectOperator::Append | RedirectOperator::AppendBoth
                    );
                    let joins = matches!(
                        redirection.operator,
                        RedirectOperator::WriteBoth | RedirectOperator::AppendBoth
                    );
                    self.goes_to(&target, is_output, appends, joins, &mut redirected, state);
                    None
                }
                RedirectOperator::ReadWrite => {
                    self.path(&target, Access::Read, state);
                    // What a builtin prints to `1<>file` bash may write where the output went before.
                    self.makes(&target, state);
                    Some(self.content(&target, &state.stdin))
                }
                RedirectOperator::HereDocument => {
                    let body = redirection.document.as_ref().map(|body| self.scalar(body.body(), state));
                    body.map(|body| Stream::of(body.pieces))
                }
                RedirectOperator::HereString => {
                    let mut stream = Stream::line(target.pieces.clone());
                    stream.carries_content = target.origin().file;
                    Some(stream)
                }
                RedirectOperator::DuplicateInput | RedirectOperator::DuplicateOutput
                    if is_descriptor(&target) =>
                {
                    let from = target.known().map(|text| text.trim_end_matches('-'));
                    redirected.joined |= !is_input && !is_output && from == Some("1");
                    (from != Some("0")).then(|| Stream::unknown(Origin { file: true, ..Origin::default() }))
                }
                RedirectOperator::DuplicateInput => {
                    self.path(&target, Access::Read, state);
                    Some(Stream::unknown(Origin { file: true, ..Origin::default() }))
                }
                RedirectOperator::DuplicateOutput => {
                    // bash expands a name here, and then what came out of that once more.
                    let is_code =
                        |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains(['$', '`']));
                    if target.pieces.iter().any(is_code) {
                        self.find(&rules::EVALUATES_DATA, target.span, target.display());
                    }
                    self.goes_to(&target, is_output, false, true, &mut redirected, state);
                    None
                }
            };
            self.copies = copies;
            if let (Some(input), true) = (input, is_input) {
                state.stdin = input;
            }
        }
        redirected
    }

    /// A descriptor that leads to a file from here on.
    fn goes_to(
        &mut self,
        target: &Arg,
        is_output: bool,
        appends: bool,
        joins: bool,
        redirected: &mut Redirected,
        state: &State,
    ) {
        let path = self.path(target, Access::Write, state);
        redirected.joined |= joins;
        if let Some(number) = target.known().and_then(descriptor) {
            // `2>/dev/stdout` is another name of `2>&1`.
            redirected.joined |= !is_output && number == 1;
            return;
        }
        if is_output {
            redirected.to_file = true;
            redirected.appends = appends;
            redirected.span = target.span;
            redirected.files.extend(path);
            redirected.others.extend(target.known().is_none().then(|| target.clone()));
        } else if let Some(path) = path {
            self.remember(path, &Stream::unknown(Origin::default()), appends, target.span);
        } else if target.known().is_none() {
            self.scatter(target, &Stream::unknown(Origin::default()), appends, state);
        }
    }

    /// A target that may be the one name that fits a pattern.
    fn redirected_pattern(&mut self, operator: RedirectOperator, pattern: &Arg, state: &State) {
        match operator {
            RedirectOperator::Read | RedirectOperator::DuplicateInput => {
                self.path(pattern, Access::Read, state);
            }
            RedirectOperator::ReadWrite => {
                self.path(pattern, Access::Read, state);
                self.path(pattern, Access::Write, state);
            }
            RedirectOperator::Write
            | RedirectOperator::Append
            | RedirectOperator::Clobber
            | RedirectOperator::WriteBoth
            | RedirectOperator::AppendBoth
            | RedirectOperator::DuplicateOutput => {
                self.path(pattern, Access::Write, state);
            }
            RedirectOperator::HereDocument | RedirectOperator::HereString => {}
        }
    }

    /// What is read from a file, by a command that reads this from its standard input.
    pub(in crate::command) fn content(&self, file: &Arg, stdin: &Stream) -> Stream {
        let unknown = || Stream::unknown(Origin { file: true, ..Origin::default() });
        match file.known() {
            Some("/dev/null") => Stream::of(Vec::new()),
            Some("/dev/zero" | "/dev/urandom" | "/dev/random" | "/dev/full") => Stream::endless(),
            Some(path) => self.stream(path, stdin).unwrap_or_else(unknown),
            None => unknown(),
        }
    }

    /// What comes out of a file that is no file but a descriptor of the one who opens it; `None` for any other.
    pub(in crate::command) fn stream(&self, path: &str, stdin: &Stream) -> Option<Stream> {
        let number = descriptor(path)?;
        let process = number.checked_sub(FIRST_PROCESS).and_then(|number| self.processes.get(number));
        Some(match (number, process) {
            (0, _) => stdin.clone(),
            (_, Some(stream)) => stream.clone(),
            (_, None) => Stream::unknown(Origin { file: true, ..Origin::default() }),
        })
    }
}

/// Whether one of these may fail, so that its command does not run.
pub(super) fn may_fail(redirections: &[Redirection]) -> bool {
    redirections.iter().any(|redirection| match redirection.operator {
        RedirectOperator::HereDocument | RedirectOperator::HereString => false,
        RedirectOperator::DuplicateInput | RedirectOperator::DuplicateOutput => {
            !matches!(redirection.target.as_plain(), Some("1" | "2"))
        }
        RedirectOperator::Read
        | RedirectOperator::Write
        | RedirectOperator::Append
        | RedirectOperator::Clobber
        | RedirectOperator::ReadWrite
        | RedirectOperator::WriteBoth
        | RedirectOperator::AppendBoth => redirection.target.as_plain() != Some("/dev/null"),
    })
}

/// The descriptor that an operator changes where no other is named.
const fn usual(operator: RedirectOperator) -> Option<u32> {
    match operator {
        RedirectOperator::Read
        | RedirectOperator::ReadWrite
        | RedirectOperator::HereDocument
        | RedirectOperator::HereString
        | RedirectOperator::DuplicateInput => Some(0),
        RedirectOperator::Write
        | RedirectOperator::Append
        | RedirectOperator::Clobber
        | RedirectOperator::WriteBoth
        | RedirectOperator::AppendBoth
        | RedirectOperator::DuplicateOutput => Some(1),
    }
}

/// `1`, `-`, `3-`.
fn is_descriptor(target: &Arg) -> bool {
    target.known().is_some_and(|text| {
        let text = text.strip_suffix('-').unwrap_or(text);
        text.chars().all(|c| c.is_ascii_digit()) && !target.pieces.is_empty()
    })
}

/// The number of the descriptor that a name in `/dev` or `/proc` stands for.
fn descriptor(path: &str) -> Option<usize> {
    if !path.starts_with('/') {
        return None;
    }
    let path = normal(Path::new(path));
    let path = path.to_str()?;
    match path {
        "/dev/stdin" => return Some(0),
        "/dev/stdout" => return Some(1),
        "/dev/stderr" => return Some(2),
        _ => {}
    }
    let number = path.strip_prefix("/dev/fd/").or_else(|| {
        let (_, number) = path.strip_prefix("/proc/")?.split_once("/fd/")?;
        Some(number)
    })?;
    number.parse().ok()
}

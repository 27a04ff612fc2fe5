//! Redirections: what a command reads from and where its output goes.

use std::path::PathBuf;

use super::{Interpreter, State};
use crate::Span;
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
    files: Vec<PathBuf>,
    span: Span,
}

impl Interpreter<'_> {
    /// What is left of the output for a pipe or a substitution.
    pub(super) fn redirected(&mut self, redirected: Redirected, output: Stream) -> Stream {
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
        Stream::of(Vec::new())
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
        for mut before in self.written(&path).into_iter().filter(|_| appends) {
            before.then(content.clone());
            contents.push(before);
        }
        for content in contents {
            self.work.add(content.len() / 64);
            let known = (path.clone(), content);
            if self.written.contains(&known) {
                continue;
            }
            if self.written.len() >= MAX_WRITTEN {
                return self.find(&rules::TOO_COMPLEX, span, "");
            }
            self.written.push(known);
        }
    }

    /// Performs redirections; standard input is changed in `state`.
    pub(super) fn redirect(&mut self, redirections: &[Redirection], state: &mut State) -> Redirected {
        let mut redirected = Redirected::default();
        for redirection in redirections {
            if !self.spend(redirection.target.span) {
                break;
            }
            let (target, pattern) = self.target(&redirection.target, state);
            let is_output = match redirection.source {
                RedirectSource::Default | RedirectSource::Descriptor(1) => true,
                RedirectSource::Descriptor(_) | RedirectSource::Variable(_) => false,
            };
            if let Some(pattern) = &pattern {
                self.redirected_pattern(redirection.operator, pattern, state);
            }
            match redirection.operator {
                RedirectOperator::Read => {
                    self.path(&target, Access::Read, state);
                    state.stdin = self.content(&target);
                }
                RedirectOperator::Write
                | RedirectOperator::Append
                | RedirectOperator::Clobber
                | RedirectOperator::WriteBoth
                | RedirectOperator::AppendBoth => {
                    let path = self.path(&target, Access::Write, state);
                    redirected.to_file |= is_output;
                    redirected.appends |= matches!(
                        redirection.operator,
                        RedirectOperator::Append | RedirectOperator::AppendBoth
                    );
                    redirected.span = target.span;
                    redirected.files.extend(path.filter(|_| is_output));
                }
                RedirectOperator::ReadWrite => {
                    self.path(&target, Access::Read, state);
                    self.path(&target, Access::Write, state);
                    state.stdin = self.content(&target);
                }
                RedirectOperator::HereDocument => {
                    if let Some(document) = &redirection.document {
                        let body = self.scalar(document.body(), state);
                        state.stdin = Stream::of(body.pieces);
                    }
                }
                RedirectOperator::HereString => {
                    let mut stream = Stream::of(target.pieces.clone());
                    stream.carries_content = target.origin().file;
                    state.stdin = stream;
                }
                RedirectOperator::DuplicateInput => {
                    if !is_descriptor(&target) {
                        self.path(&target, Access::Read, state);
                    }
                }
                RedirectOperator::DuplicateOutput => {
                    if !is_descriptor(&target) {
                        // bash expands a name here, and then what came out of that once more.
                        let is_code =
                            |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains(['$', '`']));
                        if target.pieces.iter().any(is_code) {
                            self.find(&rules::EVALUATES_DATA, target.span, target.display());
                        }
                        self.path(&target, Access::Write, state);
                        redirected.to_file |= is_output;
                    }
                }
            }
        }
        redirected
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

    /// What is read from a file.
    pub(in crate::command) fn content(&self, file: &Arg) -> Stream {
        match file.known() {
            Some("/dev/null") => Stream::of(Vec::new()),
            Some("/dev/zero" | "/dev/urandom" | "/dev/random" | "/dev/full") => Stream::endless(),
            Some(path) => match self.process_output(path) {
                Some(stream) => stream.clone(),
                None => Stream::unknown(Origin { file: true, ..Origin::default() }),
            },
            None => Stream::unknown(Origin { file: true, ..Origin::default() }),
        }
    }
}

/// `1`, `-`, `3-`.
fn is_descriptor(target: &Arg) -> bool {
    target.known().is_some_and(|text| {
        let text = text.strip_suffix('-').unwrap_or(text);
        text.chars().all(|c| c.is_ascii_digit()) && !target.pieces.is_empty()
    })
}

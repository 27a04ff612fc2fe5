//! Scripts, lists and pipelines.

use super::reserved::Reserved;
use super::{Parser, Result, is_break};
use crate::Span;
use crate::command::syntax::ast::{Command, CommandKind, Connector, List, Pipeline, Script, Statement};
use crate::command::syntax::error::Problem;

impl Parser<'_> {
    /// Statements up to something that ends them, which stays.
    pub(super) fn script(&mut self) -> Result<Script> {
        self.enter()?;
        let mut statements: Vec<Statement> = Vec::new();
        self.skip_newlines()?;
        let start = self.here();
        let mut end = start;
        while !self.at_script_end() {
            let mut statement = self.statement()?;
            end = statement.span.end;
            self.skip_blanks();
            let byte = self.peek();
            let separated = match byte {
                b'&' => {
                    self.at += 1;
                    statement.background = true;
                    true
                }
                b';' if !matches!(self.second(), b';' | b'&') => {
                    self.at += 1;
                    true
                }
                _ => byte == b'\n',
            };
            // `if (a) then` and `{ (a) }`: a closing word may follow some constructs directly.
            let may_end = separated || is_break(byte) || ends_in_closer(&statement);
            statements.push(statement);
            self.skip_newlines()?;
            if !may_end || !(separated || self.at_script_end()) {
                return Err(self.unexpected());
            }
        }
        self.leave();
        Ok(Script { statements, span: Span::new(start, end) })
    }

    /// Statements, at least one.
    pub(super) fn block(&mut self) -> Result<Script> {
        let script = self.script()?;
        if script.statements.is_empty() { Err(self.unexpected()) } else { Ok(script) }
    }

    fn at_script_end(&mut self) -> bool {
        match self.peek() {
            0 | b')' => true,
            b';' => matches!(self.second(), b';' | b'&'),
            _ => self.reserved().is_some_and(Reserved::is_closer),
        }
    }

    fn statement(&mut self) -> Result<Statement> {
        let first = self.pipeline()?;
        let mut span = first.span;
        let mut rest = Vec::new();
        loop {
            self.skip_blanks();
            let connector = if self.eat("&&") {
                Connector::And
            } else if self.eat("||") {
                Connector::Or
            } else {
                break;
            };
            self.skip_newlines()?;
            let pipeline = self.pipeline()?;
            span = span.join(pipeline.span);
            rest.push((connector, pipeline));
        }
        Ok(Statement { list: List { first, rest, span }, background: false, span })
    }

    fn pipeline(&mut self) -> Result<Pipeline> {
        let start = self.here();
        let mut pipeline = Pipeline {
            negated: false,
            timed: false,
            commands: Vec::new(),
            with_errors: Vec::new(),
            span: Span::new(start, start),
        };
        self.pipeline_prefix(&mut pipeline)?;
        let is_bare = matches!(self.peek(), 0 | b'\n' | b';' | b')') || self.comes("&") && !self.comes("&>");
        if !(pipeline.timed && is_bare) {
            loop {
                let command = self.command(!pipeline.commands.is_empty())?;
                pipeline.commands.push(command);
                self.skip_blanks();
                if self.peek() != b'|' || self.second() == b'|' {
                    break;
                }
                self.at += 1;
                if self.peek() == b'&' {
                    self.only_bash()?;
                    self.at += 1;
                    pipeline.with_errors.push(pipeline.commands.len() - 1);
                }
                self.skip_newlines()?;
            }
        }
        let end = pipeline.commands.last().map_or(self.here(), |command| command.span.end);
        pipeline.span = Span::new(start, end.max(start));
        Ok(pipeline)
    }

    fn pipeline_prefix(&mut self, pipeline: &mut Pipeline) -> Result<()> {
        loop {
            if self.eat_reserved(Reserved::Bang) {
                if self.peek() == b'(' {
                    // A negated subshell, or a pattern where `extglob` is on.
                    return Err(self.error(Problem::Ambiguous));
                }
                pipeline.negated = !pipeline.negated;
            } else if self.eat_reserved(Reserved::Time) {
                self.only_bash()?;
                pipeline.timed = true;
                self.skip_blanks();
                if self.comes("-p") {
                    let after = self.ahead(2);
                    if is_break(self.source.byte(after)) {
                        self.at = after;
                    }
                } else if self.comes("--") {
                    return Err(self.error(Problem::Ambiguous));
                }
            } else {
                return Ok(());
            }
            self.skip_blanks();
        }
    }
}

fn ends_in_closer(statement: &Statement) -> bool {
    let pipeline = statement.list.rest.last().map_or(&statement.list.first, |(_, pipeline)| pipeline);
    pipeline.commands.last().is_some_and(is_closed)
}

fn is_closed(command: &Command) -> bool {
    if !command.redirections.is_empty() {
        return false;
    }
    match &command.kind {
        CommandKind::Subshell(_)
        | CommandKind::Group(_)
        | CommandKind::If { .. }
        | CommandKind::Loop { .. }
        | CommandKind::For { .. }
        | CommandKind::ArithmeticFor { .. }
        | CommandKind::Case { .. } => true,
        CommandKind::Function { body, .. } => is_closed(body),
        CommandKind::Simple(_)
        | CommandKind::Test(_)
        | CommandKind::Arithmetic(_)
        | CommandKind::Coprocess { .. } => false,
    }
}

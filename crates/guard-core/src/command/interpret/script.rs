//! Lists, pipelines and the constructs of the shell.

use std::rc::Rc;

use super::redirect::may_fail;
use super::state::either;
use super::{Interpreter, State};
use crate::Span;
use crate::command::rules;
use crate::command::syntax::{
    Assignment, Command, CommandKind, Connector, List, Pipeline, Script, Simple, Test, TestKind, Value, Word,
};
use crate::command::value::{Arg, Origin, Piece, Stream};

/// Bytes and pieces of a value that are kept; a longer one is not known, so that doubling stays cheap.
const MAX_VALUE: usize = 4096;
const MAX_PIECES: usize = 64;
/// Words of a `for` that are gone through one by one.
const MAX_ROUNDS: usize = 16;

impl Interpreter<'_> {
    /// Runs statements one after another; their output together.
    pub(super) fn script(&mut self, script: &Script, state: &mut State) -> Stream {
        let mut output = Stream::of(Vec::new());
        let ends = self.ends;
        for statement in &script.statements {
            if !self.spend(statement.span) {
                break;
            }
            // What stands behind an end may not be reached.
            let is_reached = self.ends == ends;
            if statement.background {
                self.parallel += 1;
                self.beside = true;
                let printed = self.apart(|this| this.list(&statement.list, &mut state.clone()));
                output.then(if is_reached { printed } else { printed.perhaps() });
                self.parallel -= 1;
            } else {
                let made = self.made();
                let before = (!state.traps.is_empty()).then(|| state.clone());
                let printed = self.list(&statement.list, state);
                output.then(if is_reached { printed } else { printed.perhaps() });
                let is_new = before.is_none_or(|before| !state.is_unchanged(&before)) || self.made() != made;
                if is_new && !state.traps.is_empty() {
                    self.trapped(state);
                }
            }
        }
        output
    }

    fn list(&mut self, list: &List, state: &mut State) -> Stream {
        if list.rest.is_empty() && state.is_certain {
            let before = state.cwd.clone();
            let output = self.pipeline(&list.first, state);
            if !state.is_certain {
                state.cwd.join(&before);
            }
            return output;
        }
        let start = state.clone();
        let mut output = self.pipeline(&list.first, state);
        // Where it may be once something has failed.
        let mut failed = start.cwd.clone();
        if !fails_in_place(&list.first, state) {
            failed.join(&state.cwd);
        } else if state.cwd != start.cwd && state.is_certain {
            // It cannot have.
            failed = state.cwd.clone();
        }
        let (mut may_fail, mut may_be_left) = (false, false);
        // What holds where the list was left before its end.
        let mut skipped: Option<State> = None;
        let mut last = &list.first;
        for (connector, pipeline) in &list.rest {
            match connector {
                Connector::And => {
                    may_fail = true;
                    failed.join(&state.cwd);
                    may_be_left |= !always_succeeds(last);
                    let left = may_be_left.then(|| state.clone());
                    let printed = self.pipeline(pipeline, state);
                    if !fails_in_place(pipeline, state) {
                        failed.join(&state.cwd);
                    }
                    output.then(if may_be_left { printed.perhaps() } else { printed });
                    if let Some(left) = left.filter(|left| !state.is_unchanged(left)) {
                        match &mut skipped {
                            Some(skipped) => drop(skipped.join(&left)),
                            None => skipped = Some(left),
                        }
                    }
                }
                Connector::Or => {
                    // It runs where something before it failed.
                    let mut other = state.clone();
                    if let Some(skipped) = &skipped {
                        other.join(skipped);
                    }
                    other.cwd = failed.clone();
                    output.then(self.pipeline(pipeline, &mut other).perhaps());
                    state.cwd.join(&other.cwd);
                    if !fails_in_place(pipeline, &other) {
                        failed.join(&other.cwd);
                    }
                    other.cwd = state.cwd.clone();
                    state.join(&other);
                }
            }
            last = pipeline;
        }
        if let Some(mut skipped) = skipped {
            skipped.cwd = state.cwd.clone();
            state.join(&skipped);
        }
        // After the list, a `cd` in it may have failed, or not have been reached.
        if state.cwd != failed && (may_fail || !state.is_certain) {
            state.cwd.join(&failed);
        }
        output
    }

    fn pipeline(&mut self, pipeline: &Pipeline, state: &mut State) -> Stream {
        if let [only] = pipeline.commands.as_slice() {
            let before = pipeline.negated.then(|| state.cwd.clone());
            let output = self.command(only, state);
            if let Some(before) = before {
                // Where `!` holds, it did not go anywhere.
                state.cwd.join(&before);
            }
            return output;
        }
        let mut stream = state.stdin.clone();
        self.parallel += 1;
        for (number, command) in pipeline.commands.iter().enumerate() {
            let mut inner = state.clone();
            inner.stdin = stream;
            let made = self.made();
            stream = self.apart(|this| this.command(command, &mut inner));
            // What stands in front of it runs at the same time.
            self.beside |= number > 0 && self.made() != made;
            if pipeline.with_errors.contains(&number) {
                stream = stream.with_errors();
            }
            stream.is_fed = true;
        }
        self.parallel -= 1;
        stream
    }

    pub(super) fn command(&mut self, command: &Command, state: &mut State) -> Stream {
        self.work.add(state.stdin.len() / 256);
        if !self.spend(command.span) {
            return Stream::default();
        }
        self.deeper(command.span, |this| {
            if let CommandKind::Simple(simple) = &command.kind {
                return this.simple(simple, command, state);
            }
            let outer = state.stdin.clone();
            let before = may_fail(&command.redirections).then(|| state.clone());
            let redirected = this.redirect(&command.redirections, state);
            let output = this.construct(command, state);
            state.stdin = outer;
            perhaps_not(state, before);
            this.redirected(redirected, output, state)
        })
    }

    fn construct(&mut self, command: &Command, state: &mut State) -> Stream {
        match &command.kind {
            CommandKind::Simple(simple) => self.simple(simple, command, state),
            CommandKind::Subshell(script) => self.apart(|this| this.script(script, &mut state.clone())),
            CommandKind::Group(script) => self.script(script, state),
            CommandKind::If { branches, otherwise } => {
                let mut output = Stream::default();
                let mut ends: Vec<State> = Vec::new();
                for branch in branches {
                    let printed = self.script(&branch.condition, state);
                    output.then(if ends.is_empty() { printed } else { printed.perhaps() });
                    let mut inner = state.clone();
                    output.then(self.script(&branch.body, &mut inner).perhaps());
                    ends.push(inner);
                }
                if let Some(script) = otherwise {
                    output.then(self.script(script, state).perhaps());
                }
                for end in &ends {
                    state.join(end);
                }
                output
            }
            CommandKind::Loop { until, condition, body } => {
                self.endless_loop(Some(condition), *until, body, command.span);
                let mut body = |this: &mut Self, state: &mut State| {
                    let mut output = this.script(condition, state);
                    output.then(this.script(body, state));
                    output
                };
                self.repeat(state, command.span, &mut body).perhaps()
            }
            CommandKind::For { name, words, body, .. } => {
                let values = match words {
                    Some(words) => self.words(words, state),
                    None => match &state.positional {
                        Some(values) => values.to_vec(),
                        None => vec![Arg::unknown(Origin::default(), command.span)],
                    },
                };
                self.many_jobs(&values, body, command.span);
                self.each(name, values, body, state, command.span)
            }
            CommandKind::ArithmeticFor { expressions, body } => {
                for expression in expressions {
                    self.arithmetic(expression, state);
                }
                let condition = expressions.get(1).and_then(|condition| condition.as_static());
                if condition.is_none_or(|text| text.trim().bytes().all(|b| b.is_ascii_digit() && b != b'0')) {
                    self.endless_loop(None, false, body, command.span);
                }
                let mut round = |this: &mut Self, state: &mut State| {
                    let output = this.script(body, state);
                    for expression in expressions.iter().skip(1) {
                        this.arithmetic(expression, state);
                    }
                    output
                };
                self.repeat(state, command.span, &mut round).perhaps()
            }
            CommandKind::Case { subject, arms } => {
                self.scalar(subject, state);
                let mut output = Stream::default();
                let start = state.clone();
                for arm in arms {
                    for pattern in &arm.patterns {
                        self.scalar(pattern, state);
                    }
                    // An arm may run after the one before it, or alone.
                    let mut inner = start.clone();
                    inner.join(state);
                    output.then(self.script(&arm.body, &mut inner).perhaps());
                    state.join(&inner);
                }
                output
            }
            CommandKind::Function { name, body } => {
                if name.starts_with("command_not_found") || name == "PROMPT_COMMAND" {
                    self.find(&rules::EVALUATES_DATA, command.span, name.as_str());
                }
                if state.exports_all {
                    // Every shell that this one starts has it.
                    self.find(&rules::CHANGES_SHELL, command.span, name.as_str());
                }
                state.define(name, (**body).clone());
                Stream::default()
            }
            CommandKind::Test(test) => {
                self.test(test, state);
                Stream::default()
            }
            CommandKind::Arithmetic(expression) => {
                self.arithmetic(expression, state);
                Stream::default()
            }
            CommandKind::Coprocess { body, .. } => {
                self.parallel += 1;
                self.beside = true;
                self.apart(|this| this.command(body, &mut state.clone()));
                self.parallel -= 1;
                Stream::default()
            }
        }
    }

    /// Runs a body until running it once more changes nothing.
    pub(in crate::command) fn repeat(
        &mut self,
        state: &mut State,
        span: Span,
        mut body: impl FnMut(&mut Self, &mut State) -> Stream,
    ) -> Stream {
        let mut output: Option<Stream> = None;
        let first = self.exits.len();
        for _ in 0..4 {
            let mut inner = state.clone();
            let made = self.made();
            let printed = body(self, &mut inner);
            output = Some(match output {
                None => printed,
                // The same once more, with what the first time changed.
                Some(before) if before.pieces == printed.pieces => before,
                Some(mut before) => {
                    before.then(printed);
                    before.perhaps()
                }
            });
            let mut changed = state.join(&inner) || self.made() != made;
            for left in self.exits.get(first..).unwrap_or(&[]) {
                changed |= state.join(left);
            }
            if !changed || !self.spend(span) {
                return output.unwrap_or_default();
            }
        }
        self.find(&rules::TOO_COMPLEX, span, "");
        output.unwrap_or_default()
    }

    fn each(&mut self, name: &str, values: Vec<Arg>, body: &Script, state: &mut State, span: Span) -> Stream {
        let values = match values {
            values if values.len() <= MAX_ROUNDS => values,
            values if values.iter().all(Arg::is_short_name) => vec![Arg::new(vec![Piece::Plain], span)],
            _ => {
                self.find(&rules::TOO_COMPLEX, span, "");
                return Stream::default();
            }
        };
        let mut output = Stream::default();
        // Where there is nothing in the list it stays what it was.
        let mut last = values
            .iter()
            .all(Arg::may_vanish)
            .then(|| state.variable(name).cloned().unwrap_or_else(|| Arg::text("", span)));
        for value in values {
            // What the body makes of it, at its end and where it was left early.
            let mut made: Vec<Arg> = Vec::new();
            let mut keep =
                |now: Option<&Arg>| made.extend(now.filter(|now| now.pieces != value.pieces).cloned());
            let first = self.exits.len();
            let printed = self.repeat(state, span, |this, state| {
                this.assign(name, value.clone(), span, state);
                let output = this.script(body, state);
                keep(state.variable(name));
                output
            });
            output.then(if value.several { printed.perhaps() } else { printed });
            for left in self.exits.get(first..).unwrap_or(&[]) {
                keep(left.variable(name));
            }
            // A `break` may have left it at any of them.
            let any = std::iter::once(&value).chain(&made).fold(last, |last, value| {
                Some(last.map_or_else(|| value.clone(), |last| either(Some(&last), Some(value))))
            });
            if let Some(any) = &any {
                state.set(name, any.clone());
            }
            last = any;
        }
        output
    }

    fn simple(&mut self, simple: &Simple, command: &Command, state: &mut State) -> Stream {
        let before = may_fail(&command.redirections).then(|| state.clone());
        let words = self.command_words(&simple.words, state);
        let mut environment = Vec::new();
        if words.is_empty() {
            for assignment in &simple.assignments {
                let before = state.elements(&assignment.name).map(<[Arg]>::to_vec);
                let was_array = state.attributes(&assignment.name).array;
                let (value, assigned) = self.assignment(assignment, state);
                for element in assigned.iter().flatten() {
                    self.calculates(&assignment.name, element, assignment.span, state);
                }
                let elements = elements_after(assignment, before, was_array, assigned);
                if assignment.subscript.is_some() || matches!(assignment.value, Value::Array(_)) {
                    state.make_array(&assignment.name);
                }
                self.assign(&assignment.name, value, assignment.span, state);
                if let Some(elements) = elements {
                    state.set_elements(&assignment.name, elements);
                }
            }
        } else {
            environment = self.environment_of(&simple.assignments, state);
        }
        let outer = state.stdin.clone();
        let redirected = self.redirect(&command.redirections, state);
        let output = if words.is_empty() {
            Stream::of(Vec::new())
        } else {
            self.with_environment(environment, &words, state, |this, state| {
                this.invoke(&words, state, command.span)
            })
        };
        // Redirections of `exec` stay, so that what comes later goes there too.
        let mut names = words.iter().map_while(Arg::known);
        let first = names.find(|name| !matches!(*name, "builtin" | "command"));
        if first == Some("exec") && !command.redirections.is_empty() {
            perhaps_not(state, before);
            return self.redirected(redirected, Stream::unknown(output.origin()), state);
        }
        state.stdin = outer;
        perhaps_not(state, before);
        self.redirected(redirected, output, state)
    }

    /// The values before a command. Whether a later one sees an earlier one, shells are not agreed.
    fn environment_of(&mut self, assignments: &[Assignment], state: &mut State) -> Vec<(String, Arg, Span)> {
        let mut environment: Vec<(String, Arg, Span)> = Vec::with_capacity(assignments.len());
        let mut inner = (assignments.len() > 1).then(|| state.clone());
        for assignment in assignments {
            let (mut value, _) = self.assignment(assignment, state);
            if let Some(inner) = &mut inner {
                let (other, _) = self.assignment(assignment, inner);
                value = either(Some(&value), Some(&other));
                inner.set(&assignment.name, value.clone());
            }
            environment.push((assignment.name.clone(), value, assignment.span));
        }
        environment
    }

    /// The value of an assignment, and the elements that it assigns where they are known one by one; its subscript is
    /// looked at too.
    pub(super) fn assignment(
        &mut self,
        assignment: &Assignment,
        state: &mut State,
    ) -> (Arg, Option<Vec<Arg>>) {
        if let Some(subscript) = &assignment.subscript {
            self.arithmetic(subscript, state);
        }
        let listed;
        let value = match &assignment.value {
            Value::Scalar(word) => {
                let value = self.scalar(word, state);
                listed = Some(vec![value.clone()]);
                value
            }
            Value::Array(elements) => {
                for element in elements {
                    if let Some(subscript) = &element.subscript {
                        self.arithmetic(subscript, state);
                    }
                }
                let words: Vec<Word> = elements.iter().map(|element| element.word.clone()).collect();
                let values = self.words(&words, state);
                let is_listed = elements.iter().all(|element| element.subscript.is_none());
                // Its name alone means the first element, where that has its place.
                let value = match values.split_first() {
                    Some((first, _)) if is_listed && !first.several => first.clone(),
                    Some((first, rest)) => {
                        let any =
                            rest.iter().fold(first.clone(), |any, value| either(Some(&any), Some(value)));
                        either(Some(&any), None)
                    }
                    None => Arg::unknown(Origin { mixed: true, ..Origin::default() }, assignment.span),
                };
                listed = is_listed.then_some(values);
                value
            }
        };
        if assignment.append && matches!(assignment.value, Value::Array(_)) {
            // What is added stands behind the first element, if there is one.
            let first = state.variable(&assignment.name);
            return (first.map_or_else(|| value.clone(), |first| either(Some(first), Some(&value))), listed);
        }
        if assignment.append {
            let mut whole = state.variable(&assignment.name).cloned().unwrap_or_default();
            for piece in value.pieces {
                whole.push(piece);
            }
            return (whole, listed);
        }
        if assignment.subscript.is_some() {
            // One element of those that are there; it may be named by any subscript.
            let origin = Origin { unset: false, ..value.origin() };
            return (Arg::unknown(origin, assignment.span), listed);
        }
        (value, listed)
    }

    /// Judges a new value of a variable: as programs see it where it is exported.
    pub(in crate::command) fn changes(&mut self, name: &str, value: &Arg, span: Span, state: &State) {
        if state.is_exported(name) {
            self.environment(name, value, span, state);
        } else {
            self.shell_variable(name, value, span, state);
        }
    }

    /// Runs a command with variables of its own, which are gone afterwards.
    fn with_environment(
        &mut self,
        environment: Vec<(String, Arg, Span)>,
        words: &[Arg],
        state: &mut State,
        run: impl FnOnce(&mut Self, &mut State) -> Stream,
    ) -> Stream {
        let mut outer = Vec::with_capacity(environment.len());
        for (name, value, span) in environment {
            self.environment(&name, &value, span, state);
            self.calculates(&name, &value, span, state);
            outer.push((name.clone(), state.variable(&name).cloned(), state.attributes(&name)));
            state.set(&name, value);
            state.export(&name);
        }
        let output = run(self, state);
        for (name, value, attributes) in outer.into_iter().rev() {
            // Other shells than bash keep what stands before a builtin like `:` or `eval`, and bash what `local` names.
            let is_named = |word: &Arg| {
                let word = word.leading();
                let is_joined = word.starts_with('-') && word.ends_with(name.as_str());
                let is_first = |rest: &str| rest.is_empty() || rest.starts_with(['=', '+', '[']);
                is_joined || word.strip_prefix(name.as_str()).is_some_and(is_first)
            };
            let may_stay = self.portable || words.iter().any(is_named);
            let value = if may_stay && state.variable(&name) != value.as_ref() {
                Some(either(state.variable(&name), value.as_ref()))
            } else {
                value
            };
            let now = state.attributes(&name);
            let attributes = if may_stay { attributes.or(now) } else { attributes };
            state.restore(&name, value, attributes);
        }
        output
    }

    /// What is assigned to an integer is an expression.
    fn calculates(&mut self, name: &str, value: &Arg, span: Span, state: &State) {
        if state.attributes(name).integer {
            if value.is_open() {
                self.find(&rules::DYNAMIC_ARITHMETIC, span, name);
            }
            self.evaluated(value, state);
        }
    }

    /// Sets a variable of the shell.
    pub(in crate::command) fn assign(&mut self, name: &str, value: Arg, span: Span, state: &mut State) {
        self.changes(name, &value, span, state);
        if matches!(name, "BASH_ALIASES" | "BASH_CMDS") {
            self.find(&rules::CHANGES_SHELL, span, name);
        }
        self.calculates(name, &value, span, state);
        let is_long = value.pieces.len() > MAX_PIECES || value.len() > MAX_VALUE;
        state.set(name, if is_long { Arg::unknown(value.origin(), span) } else { value });
    }

    /// Calls a function of the script.
    pub(in crate::command) fn call(
        &mut self,
        name: &str,
        body: &Rc<Command>,
        args: &[Arg],
        state: &mut State,
        span: Span,
    ) -> Stream {
        if self.calls.iter().any(|call| call == name) {
            let rule = if self.parallel > 0 { &rules::FORKS } else { &rules::TOO_COMPLEX };
            self.find(rule, span, name);
            return Stream::default();
        }
        self.calls.push(name.to_owned());
        let outer = state.positional.clone();
        state.place(args, 0);
        let scope = state.enter();
        let first = self.exits.len();
        let body = Rc::clone(body);
        let output = self.deeper(span, |this| this.command(&body, state));
        for left in self.exits.drain(first..) {
            state.join(&left);
        }
        state.leave(scope);
        state.positional = outer;
        self.calls.pop();
        output
    }

    fn test(&mut self, test: &Test, state: &mut State) {
        match &test.kind {
            TestKind::Word(word) => {
                self.scalar(word, state);
            }
            TestKind::Unary { operator, operand } => {
                let operand = self.scalar(operand, state);
                self.unary_test(operator, &operand, state);
            }
            TestKind::Binary { operator, left, right } => {
                let left = self.scalar(left, state);
                let right = self.scalar(right, state);
                self.binary_test(operator, &left, &right, state);
            }
            TestKind::Not(test) => self.test(test, state),
            TestKind::All(tests) | TestKind::Any(tests) => {
                for test in tests {
                    self.test(test, state);
                }
            }
        }
    }
}

/// What an array holds after an assignment, where that is known: of `before`, with `assigned` in its place.
fn elements_after(
    assignment: &Assignment,
    before: Option<Vec<Arg>>,
    was_array: bool,
    assigned: Option<Vec<Arg>>,
) -> Option<Vec<Arg>> {
    let assigned = assigned?;
    if matches!(assignment.value, Value::Array(_)) {
        return if assignment.append { Some([before?, assigned].concat()) } else { Some(assigned) };
    }
    let place = match &assignment.subscript {
        // The first one of an array; an ordinary variable stays one.
        None => before.as_ref().map(|_| 0)?,
        Some(subscript) => subscript.as_static()?.parse::<usize>().ok()?,
    };
    let mut elements = match before {
        Some(before) => before,
        None if was_array => return None,
        None => Vec::new(),
    };
    // What stands before a place is at its own only where nothing of it can be several.
    let is_placed =
        place <= elements.len() && !elements.iter().take(place + 1).any(|element| element.several);
    if !is_placed || assignment.append {
        return None;
    }
    elements.splice(place..elements.len().min(place + 1), assigned);
    Some(elements)
}

/// Whether it cannot fail: `x=1` without a substitution, `true`, `:`.
fn always_succeeds(pipeline: &Pipeline) -> bool {
    let [command] = pipeline.commands.as_slice() else { return false };
    let CommandKind::Simple(simple) = &command.kind else { return false };
    if pipeline.negated || !command.redirections.is_empty() {
        return false;
    }
    match simple.words.as_slice() {
        [] => simple.assignments.iter().all(|assignment| match &assignment.value {
            Value::Scalar(word) => word.embedded().is_empty() && assignment.subscript.is_none(),
            Value::Array(_) => false,
        }),
        [word] => simple.assignments.is_empty() && matches!(word.as_plain(), Some("true" | ":")),
        _ => false,
    }
}

/// Whether a pipeline that fails leaves the shell where it was: a `cd` that did not work.
fn fails_in_place(pipeline: &Pipeline, state: &State) -> bool {
    let [command] = pipeline.commands.as_slice() else { return true };
    let CommandKind::Simple(simple) = &command.kind else { return false };
    let name = simple.words.first().and_then(Word::as_plain).filter(|name| state.function(name).is_none());
    matches!(name, Some("cd" | "pushd" | "popd")) && !pipeline.negated
}

/// Joins what was before a command whose redirections may have kept it from running.
fn perhaps_not(state: &mut State, before: Option<State>) {
    if let Some(before) = before.filter(|before| !state.is_unchanged(before)) {
        state.join(&before);
    }
}

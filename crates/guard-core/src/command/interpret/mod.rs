//! Runs a script abstractly: what each command would be given, and what the policy says to it.

mod arithmetic;
mod certain;
mod control;
mod endless;
mod expand;
mod link;
mod parameter;
mod place;
mod redirect;
mod scattered;
mod script;
mod state;
mod work;

pub(super) use link::with_stars;
pub(super) use state::{Attributes, Cwd, State, either};
pub(super) use work::Work;

use scattered::Scattered;

use super::context::Context;
use super::effects::Effects;
use super::policy::Policy;
use super::rules;
use super::syntax;
use super::value::{Arg, Stream};
use crate::{Finding, Requires, Rule, Span, Verdict};

/// How often a command may contain another: `sh -c`, `$(…)`, functions.
const MAX_DEPTH: usize = 40;
/// Findings after which no more are kept; the strictest come first in time, and each decision is kept.
const MAX_FINDINGS: usize = 64;
/// Steps kept for a person to read.
const MAX_STEPS: usize = 128;

/// One command as understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) depth: usize,
    pub(super) argv: Vec<String>,
    pub(super) cwd: Option<std::path::PathBuf>,
    pub(super) span: Span,
}

/// The evaluation under way.
#[derive(Debug)]
pub(super) struct Interpreter<'a> {
    pub(super) policy: &'a Policy,
    pub(super) context: &'a Context,
    pub(super) verdict: Verdict,
    pub(super) effects: Effects,
    pub(super) steps: Vec<Step>,
    depth: usize,
    pub(super) work: Work,
    /// Whether it was said that there is too much of it.
    is_over: bool,
    /// The argument that holds the code under evaluation, where it is not the text itself.
    inside: Option<Span>,
    /// Functions being called.
    calls: Vec<String>,
    /// Commands met behind which the rest of a script may not be reached.
    ends: usize,
    /// What held where a loop or a function was left early.
    exits: Vec<State>,
    /// Whether the code under evaluation is for a shell that may not be bash.
    pub(super) portable: bool,
    /// Pipelines and background jobs within each other.
    parallel: usize,
    /// What `<(…)` gives, in the order met.
    processes: Vec<Stream>,
    /// Files that this text wrote, with what was written.
    written: Vec<(std::path::PathBuf, Stream)>,
    /// The same of files whose names are not known.
    scattered: Scattered,
    /// Whether `mktemp` was given a place of its own, which may be inside the root.
    pub(super) makes_temporary_here: bool,
    /// Whether an archiver ran since this text wrote something.
    pub(super) packed: bool,
    /// Whether a program is at work of which it is known what it writes where.
    pub(super) copies: bool,
    /// Whether it was taken for certain that a directory is there.
    pub(super) relies: bool,
    /// Whether something runs beside the rest of the text.
    beside: bool,
    /// Elements of arrays that are about to be declared.
    pub(super) declared: std::collections::BTreeMap<String, Vec<Arg>>,
    /// Links that this text makes, and directories that it moves.
    links: Vec<link::Link>,
    /// Directories below the root in which commands of this text are.
    entered: Vec<std::path::PathBuf>,
    /// Whether the owner vouches for the program under evaluation.
    pub(super) vouched: bool,
    /// Programs that were not asked about, with the owner's reason.
    pub(super) relaxed: std::collections::BTreeMap<String, String>,
}

impl<'a> Interpreter<'a> {
    pub(super) fn new(policy: &'a Policy, context: &'a Context) -> Self {
        Self {
            policy,
            context,
            verdict: Verdict::allow(Requires::NOTHING),
            effects: Effects::default(),
            steps: Vec::new(),
            depth: 0,
            work: Work::default(),
            is_over: false,
            inside: None,
            calls: Vec::new(),
            ends: 0,
            exits: Vec::new(),
            portable: false,
            parallel: 0,
            processes: Vec::new(),
            written: Vec::new(),
            scattered: Scattered::default(),
            makes_temporary_here: false,
            packed: false,
            copies: false,
            relies: false,
            beside: false,
            declared: std::collections::BTreeMap::new(),
            links: Vec::new(),
            entered: Vec::new(),
            vouched: false,
            relaxed: std::collections::BTreeMap::new(),
        }
    }

    /// Adds a finding about a place of the text.
    pub(super) fn find(&mut self, rule: &'static Rule, span: Span, subject: impl Into<String>) {
        self.add(Finding::new(rule).at(span).about(subject));
    }

    /// Adds a finding; its place is the argument that holds the code, where there is one.
    pub(super) fn add(&mut self, finding: Finding) {
        if self.vouched && rules::LIFTABLE.iter().any(|rule| std::ptr::eq(*rule, finding.rule())) {
            return;
        }
        let finding = match self.inside {
            Some(span) => finding.at(span),
            None => finding,
        };
        let findings = self.verdict.findings();
        let is_stricter = finding.rule().decision > self.verdict.decision();
        if findings.contains(&finding) || findings.len() >= MAX_FINDINGS && !is_stricter {
            return;
        }
        self.verdict.add(finding);
    }

    pub(super) fn require(&mut self, requires: Requires) {
        self.verdict.require(requires);
    }

    /// Counts one piece of work; `false`, with a finding, where there was too much.
    pub(super) fn spend(&mut self, span: Span) -> bool {
        self.work.add(work::PIECE);
        if self.work.is_too_much() && !self.is_over {
            self.is_over = true;
            self.find(&rules::TOO_COMPLEX, span, "");
        }
        !self.is_over
    }

    pub(super) fn step(&mut self, argv: &[Arg], cwd: Option<std::path::PathBuf>, span: Span) {
        if self.steps.len() < MAX_STEPS {
            let argv = argv.iter().map(Arg::display).collect();
            let step = Step { depth: self.depth, argv, cwd, span: self.inside.unwrap_or(span) };
            // A loop is gone through until nothing changes; a person needs to read it once.
            let is_told = |known: &Step| known.span == step.span && *known == step;
            if !self.steps.iter().any(is_told) {
                self.steps.push(step);
            }
        }
    }

    /// Whether a function of the text is running.
    pub(super) fn is_in_function(&self) -> bool {
        !self.calls.is_empty()
    }

    /// What this text may have written to a file before: one of these, by which way it went.
    pub(super) fn written(&self, path: &std::path::Path) -> Vec<Stream> {
        if self.written.is_empty() {
            return Vec::new();
        }
        self.work.add(self.written.len());
        let names = self.names_of(path);
        // Of normal paths, the text tells whether they are the same.
        let is_one = |path: &std::path::Path| names.iter().any(|name| name.as_os_str() == path.as_os_str());
        let contents = self.written.iter().filter(|(written, _)| is_one(written));
        contents.map(|(_, content)| content.clone()).collect()
    }

    /// How much this text made and changed, as far as it is remembered.
    fn made(&self) -> (usize, usize, usize) {
        (self.written.len() + self.scattered.len(), self.links.len(), self.effects.changes())
    }

    /// Whether this text wrote a file.
    pub(super) fn has_written(&self) -> bool {
        !self.written.is_empty() || self.scattered.len() > 0
    }

    /// The files that this text may have written, with their contents.
    pub(super) fn all_written(&self) -> Vec<(std::path::PathBuf, Stream)> {
        self.work.add(self.written.iter().map(|(_, content)| 1 + content.len() / 64).sum());
        self.written.clone()
    }

    /// Forgets what a file holds that something else may have changed; without a path, what any holds.
    pub(super) fn forget(&mut self, path: Option<&std::path::Path>) {
        if self.copies {
            return;
        }
        let unknown = Stream::unknown(super::value::Origin::default());
        if let Some(path) = path.filter(|path| !self.scattered_to(path).is_empty()) {
            self.remember(path.to_owned(), &unknown, false, Span::default());
        }
        if self.written.is_empty() {
            return;
        }
        let names = path.map(|path| self.names_of(path));
        let is_one =
            |path: &std::path::PathBuf, name: &std::path::PathBuf| name.as_os_str() == path.as_os_str();
        let is_meant = |path: &std::path::PathBuf| {
            names.as_ref().is_none_or(|names| names.iter().any(|name| is_one(path, name)))
        };
        let mut changed: Vec<_> =
            self.written.iter().map(|(path, _)| path).filter(|path| is_meant(path)).cloned().collect();
        changed.dedup();
        for path in changed {
            self.remember(path, &unknown, false, Span::default());
        }
    }

    /// Goes one level deeper, unless that is too deep.
    pub(super) fn deeper<T: Default>(&mut self, span: Span, run: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            self.find(&rules::TOO_COMPLEX, span, "");
            return T::default();
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }

    /// Runs the whole text.
    pub(super) fn text(&mut self, script: &syntax::Script, state: &mut State) {
        let mut once_more = state.clone();
        self.script(script, state);
        // What runs beside the rest may run files that the rest writes later, and go where it makes links.
        let makes = !self.written.is_empty() || self.scattered.len() > 0 || !self.links.is_empty();
        if self.beside && (makes || self.relies && self.effects.changes_anything()) {
            self.script(script, &mut once_more);
        }
        // Also where nothing came that would have noticed.
        if self.work.is_too_much() {
            self.spend(script.span);
        }
    }

    /// Evaluates an argument as a script, as `sh -c` and `eval` do. Returns its output.
    pub(super) fn code(&mut self, code: &Arg, state: &mut State) -> Stream {
        let Some(text) = code.known().map(str::to_owned) else {
            return self.unknown_code(code, state);
        };
        let span = self.inside.unwrap_or(code.span);
        let parsed = if self.portable { syntax::parse_portable(&text) } else { syntax::parse(&text) };
        let script = match parsed {
            Ok(script) => script,
            Err(error) => {
                self.find(&rules::SYNTAX, span, error.code());
                return Stream::unknown(code.origin());
            }
        };
        let outer = self.inside.replace(span);
        let output = self.deeper(span, |this| this.script(&script, state));
        self.inside = outer;
        output
    }

    /// Code that is not known in full: what is known of it is looked at, and a person is asked.
    fn unknown_code(&mut self, code: &Arg, state: &mut State) -> Stream {
        let origin = code.origin();
        let rule = match (origin.hides(), origin.fetched) {
            (true, _) => &rules::HIDES,
            (_, true) => &rules::FETCHES_AND_RUNS,
            _ => &rules::DYNAMIC_CODE,
        };
        self.find(rule, code.span, code.display());
        let known = code.without_unknown().filter(|text| !text.trim().is_empty());
        if let Some(script) = known.and_then(|text| syntax::parse(&text).ok()) {
            let outer = self.inside.replace(self.inside.unwrap_or(code.span));
            self.deeper(code.span, |this| this.script(&script, state));
            self.inside = outer;
        }
        Stream::unknown(origin)
    }
}

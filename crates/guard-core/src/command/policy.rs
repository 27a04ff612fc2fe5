//! What is allowed.

use std::collections::BTreeMap;

use super::argv::Argv;
use super::context::Context;
use super::digest::Digest;
use super::evaluation::Evaluation;
use super::interpret::{Interpreter, State};
use super::{rules, syntax};
use crate::{Finding, Span};

/// How much a command may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// Ordinary work on a project: reading, writing, building, testing.
    Agent,
    /// One program with its arguments: no operator, no expansion, no redirection.
    Strict,
    /// No writing, no building, no network.
    ReadOnly,
}

/// Judges commands.
#[derive(Clone, Debug)]
pub struct Policy {
    profile: Profile,
    overrides: BTreeMap<String, Override>,
    reasons: BTreeMap<String, String>,
}

/// What the owner says about a program; of several the last in this order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Override {
    Allow,
    Unknown,
    Ask,
    Deny,
}

impl Policy {
    /// The default: ordinary work on a project.
    #[must_use]
    pub const fn agent() -> Self {
        Self::of(Profile::Agent)
    }

    /// One program with its arguments, run without a shell.
    #[must_use]
    pub const fn strict() -> Self {
        Self::of(Profile::Strict)
    }

    /// Reading only; for work that nobody watches.
    #[must_use]
    pub const fn readonly() -> Self {
        Self::of(Profile::ReadOnly)
    }

    /// The policy of a profile.
    #[must_use]
    pub const fn of(profile: Profile) -> Self {
        Self { profile, overrides: BTreeMap::new(), reasons: BTreeMap::new() }
    }

    /// Refuses a program, or a subcommand such as `git push`.
    #[must_use]
    pub fn denying(self, program: impl Into<String>) -> Self {
        self.with(program.into(), Override::Deny)
    }

    /// Asks a person at every use of a program or subcommand.
    #[must_use]
    pub fn asking(self, program: impl Into<String>) -> Self {
        self.with(program.into(), Override::Ask)
    }

    /// Lets a program, or a subcommand such as `git fetch`, be used without asking, for a stated reason.
    ///
    /// That holds for what is asked because of the program itself: that it is not known, an option or operand of it, that it
    /// uses the network, installs, waits or discards. What is refused stays refused: secrets, what leaves the root, the guard's
    /// own files. So does the question about anything whose meaning is decided only while running, and about programs that this one
    /// starts. [`Policy::asking`] and [`Policy::denying`] win over it.
    #[must_use]
    pub fn allowing(mut self, program: impl Into<String>, reason: impl Into<String>) -> Self {
        let program = program.into();
        self.reasons.insert(program.clone(), reason.into());
        self.with(program, Override::Allow)
    }

    /// Treats a program, a subcommand or an option (`tar --to-command`) as if no table described it.
    #[must_use]
    pub fn without(self, program: impl Into<String>) -> Self {
        self.with(program.into(), Override::Unknown)
    }

    fn with(mut self, program: String, said: Override) -> Self {
        let known = self.overrides.entry(program).or_insert(said);
        *known = said.max(*known);
        self
    }

    /// The profile.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    pub(super) fn program(&self, name: &str) -> Option<Override> {
        self.overrides.get(name).copied()
    }

    /// Whether the owner says anything about any program.
    pub(super) fn has_overrides(&self) -> bool {
        !self.overrides.is_empty()
    }

    /// Why a program need not be asked about.
    pub(super) fn reason(&self, name: &str) -> Option<&str> {
        self.reasons.get(name).map(String::as_str)
    }

    /// Says what `text` would do and whether that is allowed.
    ///
    /// Time and memory are bounded; what is too much to look at is asked. Nothing is run, and on disk nothing is opened but
    /// for looking.
    #[must_use]
    pub fn evaluate(&self, text: &str, context: &Context) -> Evaluation {
        let mut run = Interpreter::new(self, context);
        let cwd = context.relative(std::path::Path::new(""), &context.cwd);
        if cwd.is_none() {
            run.find(&rules::OUTSIDE, Span::default(), context.cwd.to_string_lossy());
        }
        let mut state = State::new(cwd, run.work.clone());
        let argv = Argv::parse(text).ok();
        if text.len() > syntax::MAX_LENGTH {
            run.find(&rules::TOO_LONG, Span::new(0, text.len()), "");
        } else {
            for (span, character) in syntax::hidden(text).into_iter().take(8) {
                run.find(&rules::HIDDEN, span, format!("U+{:04X}", u32::from(character)));
            }
            match syntax::parse(text) {
                Ok(script) if script.statements.is_empty() => run.add(Finding::new(&rules::EMPTY)),
                Ok(script) => {
                    run.text(&script, &mut state);
                }
                Err(error) => run.find(&rules::SYNTAX, error.span, error.code()),
            }
        }
        match self.profile {
            Profile::Agent => {}
            Profile::Strict => {
                if argv.is_none() {
                    run.add(Finding::new(&rules::STRICT));
                }
            }
            Profile::ReadOnly => {
                let effects = &run.effects;
                if effects.changes_anything() || effects.uses_network() || effects.runs_project_code() {
                    run.add(Finding::new(&rules::READ_ONLY));
                }
            }
        }
        let directory = context.cwd.clone();
        let digest = Digest::of(text, context, &run.steps, &run.effects);
        let final_cwd = state.cwd.path.filter(|_| state.cwd.otherwise.is_empty());
        let argv = argv.filter(|_| self.profile == Profile::Strict);
        Evaluation::new(
            text,
            directory,
            run.verdict,
            run.effects,
            run.steps,
            run.relaxed,
            final_cwd,
            digest,
            argv,
        )
    }
}

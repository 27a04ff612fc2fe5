//! What stands inside words and commands, for whoever has to see all of it.

use super::ast::{
    Arithmetic, Command, CommandKind, Element, Operation, Parameter, PartKind, Pipeline, Prefix, Script,
    Test, TestKind, Value, Word,
};

/// Something inside a [`Word`] that is more than text.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Embedded<'a> {
    /// A script that the shell runs while it expands the word.
    Script(&'a Script),
    /// Text that the shell evaluates as arithmetic after expanding it.
    Arithmetic(&'a Arithmetic),
    /// A parameter expansion.
    Parameter(&'a Parameter),
}

impl Word {
    /// Everything embedded in the word, outermost first: also in defaults (`${x:-$(id)}`), patterns, subscripts, arithmetic,
    /// braces, array elements. Does not go into the scripts.
    #[must_use]
    pub fn embedded(&self) -> Vec<Embedded<'_>> {
        let mut found = Vec::new();
        collect(self, &mut found);
        found
    }

    /// The scripts that the shell runs while it expands the word.
    pub fn scripts(&self) -> impl Iterator<Item = &Script> {
        self.embedded().into_iter().filter_map(|embedded| match embedded {
            Embedded::Script(script) => Some(script),
            Embedded::Arithmetic(_) | Embedded::Parameter(_) => None,
        })
    }

    /// The texts in the word that the shell evaluates as arithmetic: `$((…))`, subscripts, offsets.
    pub fn arithmetic(&self) -> impl Iterator<Item = &Arithmetic> {
        self.embedded().into_iter().filter_map(|embedded| match embedded {
            Embedded::Arithmetic(arithmetic) => Some(arithmetic),
            Embedded::Script(_) | Embedded::Parameter(_) => None,
        })
    }

    /// The parameters that the word expands.
    pub fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.embedded().into_iter().filter_map(|embedded| match embedded {
            Embedded::Parameter(parameter) => Some(parameter),
            Embedded::Script(_) | Embedded::Arithmetic(_) => None,
        })
    }
}

fn collect<'a>(word: &'a Word, found: &mut Vec<Embedded<'a>>) {
    for part in &word.parts {
        match &part.kind {
            PartKind::Literal(_) | PartKind::Tilde(_) | PartKind::Sequence(_) => {}
            PartKind::Parameter(parameter) => collect_parameter(parameter, found),
            PartKind::Command(script) | PartKind::Process { script, .. } => {
                found.push(Embedded::Script(script))
            }
            PartKind::Arithmetic(arithmetic) => collect_arithmetic(arithmetic, found),
            PartKind::Alternatives(words) | PartKind::ExtendedGlob { alternatives: words, .. } => {
                words.iter().for_each(|word| collect(word, found));
            }
            PartKind::Array(elements) => collect_elements(elements, found),
        }
    }
}

fn collect_arithmetic<'a>(arithmetic: &'a Arithmetic, found: &mut Vec<Embedded<'a>>) {
    found.push(Embedded::Arithmetic(arithmetic));
    collect(&arithmetic.word, found);
}

fn collect_elements<'a>(elements: &'a [Element], found: &mut Vec<Embedded<'a>>) {
    for element in elements {
        if let Some(subscript) = &element.subscript {
            collect_arithmetic(subscript, found);
        }
        collect(&element.word, found);
    }
}

fn collect_parameter<'a>(parameter: &'a Parameter, found: &mut Vec<Embedded<'a>>) {
    found.push(Embedded::Parameter(parameter));
    if let Some(subscript) = &parameter.subscript {
        collect_arithmetic(subscript, found);
    }
    match &parameter.operation {
        Operation::None | Operation::Transform(_) | Operation::Names => {}
        Operation::Default { word, .. }
        | Operation::Assign { word, .. }
        | Operation::Require { word, .. }
        | Operation::Alternative { word, .. }
        | Operation::Remove { pattern: word, .. }
        | Operation::Case { pattern: word } => collect(word, found),
        Operation::Replace { pattern, replacement } => {
            collect(pattern, found);
            replacement.iter().for_each(|word| collect(word, found));
        }
        Operation::Substring(arithmetic) => collect_arithmetic(arithmetic, found),
    }
}

impl Command {
    /// The words of the command itself, not those of commands inside it: arguments, values, redirection targets and
    /// here-documents, what is looped over, compared, tested or calculated.
    #[must_use]
    pub fn words(&self) -> Vec<&Word> {
        let mut words = Vec::new();
        match &self.kind {
            CommandKind::Simple(simple) => {
                for assignment in &simple.assignments {
                    words.extend(assignment.subscript.iter().map(|subscript| &subscript.word));
                    match &assignment.value {
                        Value::Scalar(word) => words.push(word),
                        Value::Array(elements) => {
                            for element in elements {
                                words.extend(element.subscript.iter().map(|subscript| &subscript.word));
                                words.push(&element.word);
                            }
                        }
                    }
                }
                words.extend(&simple.words);
            }
            CommandKind::For { words: values, .. } => words.extend(values.iter().flatten()),
            CommandKind::ArithmeticFor { expressions, .. } => {
                words.extend(expressions.iter().map(|one| &one.word))
            }
            CommandKind::Case { subject, arms } => {
                words.push(subject);
                words.extend(arms.iter().flat_map(|arm| &arm.patterns));
            }
            CommandKind::Test(test) => test.collect_words(&mut words),
            CommandKind::Arithmetic(arithmetic) => words.push(&arithmetic.word),
            CommandKind::Subshell(_)
            | CommandKind::Group(_)
            | CommandKind::If { .. }
            | CommandKind::Loop { .. }
            | CommandKind::Function { .. }
            | CommandKind::Coprocess { .. } => {}
        }
        for redirection in &self.redirections {
            words.push(&redirection.target);
            words.extend(redirection.document.iter().map(|document| document.body()));
        }
        words
    }

    /// The scripts that the command consists of, in the order written; none for a simple command.
    #[must_use]
    pub fn bodies(&self) -> Vec<&Script> {
        match &self.kind {
            CommandKind::Subshell(body)
            | CommandKind::Group(body)
            | CommandKind::For { body, .. }
            | CommandKind::ArithmeticFor { body, .. } => vec![body],
            CommandKind::If { branches, otherwise } => branches
                .iter()
                .flat_map(|branch| [&branch.condition, &branch.body])
                .chain(otherwise)
                .collect(),
            CommandKind::Loop { condition, body, .. } => vec![condition, body],
            CommandKind::Case { arms, .. } => arms.iter().map(|arm| &arm.body).collect(),
            CommandKind::Function { body, .. } | CommandKind::Coprocess { body, .. } => body.bodies(),
            CommandKind::Simple(_) | CommandKind::Test(_) | CommandKind::Arithmetic(_) => Vec::new(),
        }
    }
}

impl Script {
    /// Every command in the script: in its constructs, functions, and the substitutions of its words, outermost first.
    #[must_use]
    pub fn commands(&self) -> Vec<&Command> {
        let mut found = Vec::new();
        let mut scripts = vec![self];
        while let Some(script) = scripts.pop() {
            for statement in &script.statements {
                let pipelines = std::iter::once(&statement.list.first)
                    .chain(statement.list.rest.iter().map(|(_, next)| next));
                for command in pipelines.flat_map(|pipeline: &Pipeline| &pipeline.commands) {
                    visit(command, &mut found, &mut scripts);
                }
            }
        }
        found
    }
}

fn visit<'a>(command: &'a Command, found: &mut Vec<&'a Command>, scripts: &mut Vec<&'a Script>) {
    found.push(command);
    for word in command.words() {
        scripts.extend(word.scripts());
    }
    if let CommandKind::Function { body, .. } | CommandKind::Coprocess { body, .. } = &command.kind {
        visit(body, found, scripts);
    } else {
        scripts.extend(command.bodies());
    }
}

impl Test {
    fn collect_words<'a>(&'a self, words: &mut Vec<&'a Word>) {
        match &self.kind {
            TestKind::Word(word) | TestKind::Unary { operand: word, .. } => words.push(word),
            TestKind::Binary { left, right, .. } => words.extend([left, right]),
            TestKind::Not(test) => test.collect_words(words),
            TestKind::All(tests) | TestKind::Any(tests) => {
                tests.iter().for_each(|test| test.collect_words(words))
            }
        }
    }

    /// The operands that bash evaluates once more, even where they are quoted: those of `-eq` and its like as arithmetic,
    /// that of `-v` and `-R` as a variable whose subscript is arithmetic.
    #[must_use]
    pub fn evaluated(&self) -> Vec<&Word> {
        match &self.kind {
            TestKind::Unary { operator, operand } if matches!(operator.as_str(), "-v" | "-R") => {
                vec![operand]
            }
            TestKind::Binary { operator, left, right }
                if matches!(operator.as_str(), "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge") =>
            {
                vec![left, right]
            }
            TestKind::Word(_) | TestKind::Unary { .. } | TestKind::Binary { .. } => Vec::new(),
            TestKind::Not(test) => test.evaluated(),
            TestKind::All(tests) | TestKind::Any(tests) => tests.iter().flat_map(Self::evaluated).collect(),
        }
    }
}

impl Arithmetic {
    /// The expression, where it holds no expansion.
    #[must_use]
    pub fn as_static(&self) -> Option<String> {
        self.word
            .parts
            .iter()
            .map(|part| if let PartKind::Literal(text) = &part.kind { Some(text.as_str()) } else { None })
            .collect()
    }

    /// The variables that a static expression names. Their values are evaluated as expressions in turn.
    #[must_use]
    pub fn variables(text: &str) -> Vec<&str> {
        text.split(|character: char| {
            !(character.is_ascii_alphanumeric() || matches!(character, '_' | '#' | '@'))
        })
        .filter(|token| token.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_'))
        .collect()
    }
}

impl Parameter {
    /// Whether bash takes the *value* for more than text: `${!name}` evaluates it as a variable with a subscript,
    /// `${name@P}` runs the substitutions in it.
    #[must_use]
    pub fn evaluates_value(&self) -> bool {
        let is_list = self.operation == Operation::Names
            || self.subscript.as_ref().is_some_and(Arithmetic::selects_all);
        self.prefix == Prefix::Indirect && !is_list || self.operation == Operation::Transform('P')
    }
}

impl Arithmetic {
    /// Whether it is the subscript `@` or `*`, which selects every element.
    #[must_use]
    pub fn selects_all(&self) -> bool {
        matches!(self.as_static().as_deref(), Some("@" | "*"))
    }
}

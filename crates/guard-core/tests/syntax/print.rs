//! A tree in one line, for tables.

use guard_core::command::syntax::*;

pub(crate) fn script(script: &Script) -> String {
    join(&script.statements, "; ", |statement| {
        format!("{}{}", list(&statement.list), if statement.background { " &" } else { "" })
    })
}

fn join<T>(items: &[T], separator: &str, print: impl Fn(&T) -> String) -> String {
    items.iter().map(print).collect::<Vec<_>>().join(separator)
}

fn list(list: &List) -> String {
    let mut text = pipeline(&list.first);
    for (connector, next) in &list.rest {
        text += if *connector == Connector::And { " && " } else { " || " };
        text += &pipeline(next);
    }
    text
}

fn pipeline(pipeline: &Pipeline) -> String {
    let mut text = String::new();
    if pipeline.negated {
        text += "! ";
    }
    if pipeline.timed {
        text += "time ";
    }
    for (index, next) in pipeline.commands.iter().enumerate() {
        text += &command(next);
        if index + 1 < pipeline.commands.len() {
            text += if pipeline.with_errors.contains(&index) { " |& " } else { " | " };
        }
    }
    text
}

fn block(name: &str, inside: &Script) -> String {
    format!("{name}{{{}}}", script(inside))
}

fn command(command: &Command) -> String {
    let body = match &command.kind {
        CommandKind::Simple(simple) => {
            let mut items: Vec<String> = simple.assignments.iter().map(assignment).collect();
            items.extend(simple.words.iter().map(word));
            items.extend(command.redirections.iter().map(redirection));
            return format!("[{}]", items.join(" "));
        }
        CommandKind::Subshell(inside) => block("sub", inside),
        CommandKind::Group(inside) => block("group", inside),
        CommandKind::If { branches, otherwise } => {
            let mut text = String::new();
            for branch in branches {
                text += &block("if", &branch.condition);
                text += &block("then", &branch.body);
            }
            text + &otherwise.as_ref().map_or_else(String::new, |inside| block("else", inside))
        }
        CommandKind::Loop { until, condition, body } => {
            block(if *until { "until" } else { "while" }, condition) + &block("do", body)
        }
        CommandKind::For { name, words, select, body } => {
            let keyword = if *select { "select" } else { "for" };
            let words = words
                .as_ref()
                .map_or_else(|| " *".to_owned(), |words| format!(" in({})", join(words, " ", word)));
            format!("{keyword} {name}{words}{}", block("do", body))
        }
        CommandKind::ArithmeticFor { expressions, body } => {
            format!("for(({})){}", join(expressions, ";", |one| word(&one.word)), block("do", body))
        }
        CommandKind::Case { subject, arms } => format!(
            "case {}{}",
            word(subject),
            join(arms, "", |arm| {
                let end = match arm.terminator {
                    Terminator::Break => ";;",
                    Terminator::FallThrough => ";&",
                    Terminator::Continue => ";;&",
                };
                format!("({})", join(&arm.patterns, "|", word)) + &block("", &arm.body) + end
            })
        ),
        CommandKind::Function { name, body } => format!("fn {name} {}", self::command(body)),
        CommandKind::Test(inside) => format!("test({})", test(inside)),
        CommandKind::Arithmetic(inside) => format!("(({}))", word(&inside.word)),
        CommandKind::Coprocess { name, body } => {
            format!(
                "coproc {}{}",
                name.as_ref().map_or_else(String::new, |name| format!("{name} ")),
                self::command(body)
            )
        }
    };
    command.redirections.iter().fold(body, |text, next| text + " " + &redirection(next))
}

fn assignment(assignment: &Assignment) -> String {
    let subscript =
        assignment.subscript.as_ref().map_or_else(String::new, |inside| format!("[{}]", word(&inside.word)));
    let operator = if assignment.append { "+=" } else { ":=" };
    let value = match &assignment.value {
        Value::Scalar(value) => word(value),
        Value::Array(elements) => array(elements),
    };
    format!("{}{subscript}{operator}{value}", assignment.name)
}

fn array(elements: &[Element]) -> String {
    let element = |element: &Element| {
        let key =
            element.subscript.as_ref().map_or_else(String::new, |key| format!("[{}]=", word(&key.word)));
        key + &word(&element.word)
    };
    format!("({})", join(elements, " ", element))
}

fn redirection(redirection: &Redirection) -> String {
    let source = match &redirection.source {
        RedirectSource::Default => String::new(),
        RedirectSource::Descriptor(number) => number.to_string(),
        RedirectSource::Variable(name) => format!("{{{name}}}"),
    };
    let operator = match redirection.operator {
        RedirectOperator::Read => "<",
        RedirectOperator::Write => ">",
        RedirectOperator::Append => ">>",
        RedirectOperator::Clobber => ">|",
        RedirectOperator::ReadWrite => "<>",
        RedirectOperator::HereDocument => "<<",
        RedirectOperator::HereString => "<<<",
        RedirectOperator::DuplicateInput => "<&",
        RedirectOperator::DuplicateOutput => ">&",
        RedirectOperator::WriteBoth => "&>",
        RedirectOperator::AppendBoth => "&>>",
    };
    let target = redirection
        .document
        .as_ref()
        .map_or_else(|| word(&redirection.target), |document| word(document.body()));
    format!("{source}{operator}{target}")
}

pub(crate) fn word(word: &Word) -> String {
    join(&word.parts, "", part)
}

fn part(part: &Part) -> String {
    let quote = if part.quoted { "\"" } else { "" };
    match &part.kind {
        PartKind::Literal(text) if part.quoted => format!("'{}'", text.escape_debug()),
        PartKind::Literal(text) => text.escape_debug().to_string(),
        PartKind::Parameter(inside) => format!("{quote}{}", parameter(inside)),
        PartKind::Command(inside) => format!("{quote}$({})", script(inside)),
        PartKind::Process { direction, script: inside } => {
            format!("{}({})", if *direction == Direction::Input { "<" } else { ">" }, script(inside))
        }
        PartKind::Arithmetic(inside) => format!("{quote}$(({}))", word(&inside.word)),
        PartKind::Tilde(name) => format!("~<{name}>"),
        PartKind::Alternatives(words) => format!("{{{}}}", join(words, ",", word)),
        PartKind::Sequence(Sequence { from, to, step }) => {
            format!("{{{from}..{to}{}}}", step.as_ref().map_or_else(String::new, |step| format!("..{step}")))
        }
        PartKind::ExtendedGlob { operator, alternatives } => {
            format!("{operator}({})", join(alternatives, "|", word))
        }
        PartKind::Array(elements) => array(elements),
    }
}

fn parameter(parameter: &Parameter) -> String {
    let prefix = match parameter.prefix {
        Prefix::None => "",
        Prefix::Length => "#",
        Prefix::Indirect => "!",
    };
    let subscript =
        parameter.subscript.as_ref().map_or_else(String::new, |inside| format!("[{}]", word(&inside.word)));
    let conditional = |operator: &str, colon: &bool, inside: &Word| {
        format!("{}{operator}{}", if *colon { ":" } else { "" }, word(inside))
    };
    let operation = match &parameter.operation {
        Operation::None => String::new(),
        Operation::Default { colon, word } => conditional("-", colon, word),
        Operation::Assign { colon, word } => conditional("=", colon, word),
        Operation::Require { colon, word } => conditional("?", colon, word),
        Operation::Alternative { colon, word } => conditional("+", colon, word),
        Operation::Remove { side, longest, pattern } => {
            let operator = if *side == Side::Prefix { "#" } else { "%" };
            format!("{}{}", operator.repeat(1 + usize::from(*longest)), word(pattern))
        }
        Operation::Replace { pattern, replacement } => {
            format!(
                "/{}{}",
                word(pattern),
                replacement.as_ref().map_or_else(String::new, |with| format!("/{}", word(with)))
            )
        }
        Operation::Case { pattern } => format!("^{}", word(pattern)),
        Operation::Substring(inside) => format!(":{}", word(&inside.word)),
        Operation::Transform(letter) => format!("@{letter}"),
        Operation::Names => "*".to_owned(),
    };
    if operation.is_empty() && prefix.is_empty() && subscript.is_empty() {
        return format!("${}", parameter.name);
    }
    format!("${{{prefix}{}{subscript}{operation}}}", parameter.name)
}

fn test(inside: &Test) -> String {
    match &inside.kind {
        TestKind::Word(one) => word(one),
        TestKind::Unary { operator, operand } => format!("{operator} {}", word(operand)),
        TestKind::Binary { operator, left, right } => format!("{} {operator} {}", word(left), word(right)),
        TestKind::Not(one) => format!("!({})", test(one)),
        TestKind::All(all) => format!("({})", join(all, " && ", test)),
        TestKind::Any(any) => format!("({})", join(any, " || ", test)),
    }
}

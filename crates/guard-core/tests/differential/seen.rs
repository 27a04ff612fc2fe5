//! Whether a tree shows that the marker may run.

use guard_core::command::syntax::{
    Arg, Binding, Command, CommandKind, Embedded, RedirectOperator, Script, Simple, Test, TestKind,
    Variables, Word, expand,
};

/// Programs of the shell that run or evaluate their arguments: the tree shows them, and what they do with their arguments is
/// for the interpreter to see.
const CARRIERS: [&str; 26] = [
    ".",
    "[",
    "alias",
    "bash",
    "builtin",
    "command",
    "declare",
    "env",
    "eval",
    "exec",
    "export",
    "getopts",
    "let",
    "local",
    "mapfile",
    "printf",
    "read",
    "readarray",
    "readonly",
    "sh",
    "source",
    "test",
    "trap",
    "typeset",
    "unset",
    "wait",
];

/// Whether some command of the tree is the marker, may be it, or evaluates data that may hold it.
pub(crate) fn shows_marker(script: &Script) -> bool {
    script.commands().into_iter().any(is_marker)
}

fn is_marker(command: &Command) -> bool {
    let runs = match &command.kind {
        CommandKind::Simple(simple) => runs_marker(simple),
        CommandKind::Test(test) => {
            test.evaluated().into_iter().any(|word| !is_number(word)) || names_marker(test)
        }
        CommandKind::Arithmetic(_) | CommandKind::ArithmeticFor { .. } => false,
        _ => false,
    };
    // bash expands the target of `>&`, and then what came out of that once more.
    let expands_twice = command.redirections.iter().any(|redirection| {
        redirection.operator == RedirectOperator::DuplicateOutput
            && redirection.target.as_plain().is_none_or(|text| text.contains(['$', '`']))
    });
    runs || expands_twice || command.words().into_iter().any(evaluates_data)
}

fn runs_marker(simple: &Simple) -> bool {
    for arg in simple.words.iter().flat_map(|word| expand(word, &variables())) {
        if arg.may_be("PWN") || CARRIERS.iter().any(|carrier| arg.as_static() == Some(carrier)) {
            return true;
        }
        if !may_vanish(&arg) {
            return false;
        }
    }
    false
}

fn may_vanish(arg: &Arg) -> bool {
    arg.may_split() || arg.is_pattern()
}

/// Arithmetic with variables, whose values are expressions again, and values that are evaluated.
fn evaluates_data(word: &Word) -> bool {
    word.embedded().into_iter().any(|embedded| match embedded {
        Embedded::Parameter(parameter) => parameter.evaluates_value(),
        _ => false,
    })
}

fn is_number(word: &Word) -> bool {
    word.as_plain().is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
}

fn names_marker(test: &Test) -> bool {
    matches!(&test.kind, TestKind::Unary { operator, .. } if operator == "-v")
}

fn variables() -> impl Variables {
    |name: &str| if name == "IFS" { Binding::Known(" \t\n".to_owned()) } else { Binding::Unknown }
}

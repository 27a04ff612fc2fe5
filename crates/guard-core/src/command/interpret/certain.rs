//! Whether what a substitution is known to print is surely there.

use super::State;
use crate::command::syntax::{
    CommandKind, Embedded, HereDocument, Operation, Prefix, RedirectOperator, RedirectSource, Redirection,
    Script, Simple, Word,
};
use crate::command::value::{Piece, Stream};

/// Whether there is a redirection without a command, which may stand for the content of the file: `$(< file)`.
pub(super) fn only_reads(script: &Script) -> bool {
    script.statements.iter().any(|statement| {
        statement.list.first.commands.iter().any(|command| {
            matches!(&command.kind, CommandKind::Simple(simple) if simple.words.is_empty())
                && command.redirections.iter().any(|r| r.operator == RedirectOperator::Read)
        })
    })
}

/// Whether a substitution is surely replaced by what its command is known to print. A command that may fail, or print
/// elsewhere, may leave nothing, and then what stands behind is in another place.
pub(super) fn surely_prints(script: &Script, output: &Stream, state: &State) -> bool {
    // With `set -u`, what is not set ends it.
    let is_known = output.pieces.iter().all(|piece| matches!(piece, Piece::Text(_)));
    script.statements.iter().all(|statement| {
        let [command] = statement.list.first.commands.as_slice() else { return false };
        let CommandKind::Simple(simple) = &command.kind else { return false };
        let is_alone =
            !statement.background && statement.list.rest.is_empty() && simple.assignments.is_empty();
        is_alone && prints_words(simple, &command.redirections, is_known, state)
    })
}

/// Whether a command surely prints the words it is given.
fn prints_words(simple: &Simple, redirections: &[Redirection], is_known: bool, state: &State) -> bool {
    let Some((name, args)) = simple.words.split_first() else { return false };
    let is_sure = |word: &Word| {
        word.embedded().into_iter().all(|embedded| match embedded {
            Embedded::Parameter(parameter) => {
                is_known
                    && matches!(parameter.operation, Operation::None)
                    && parameter.prefix == Prefix::None
                    && parameter.subscript.is_none()
            }
            Embedded::Script(_) | Embedded::Arithmetic(_) => false,
        })
    };
    let is_given = |redirection: &Redirection| {
        let document = redirection.document.as_ref().map(HereDocument::body);
        let is_string = redirection.operator == RedirectOperator::HereString;
        let text = document.or(is_string.then_some(&redirection.target));
        redirection.source == RedirectSource::Default && text.is_some_and(is_sure)
    };
    let is_silent = |redirection: &Redirection| {
        redirection.source == RedirectSource::Descriptor(2)
            && redirection.operator == RedirectOperator::Write
            && redirection.target.as_plain() == Some("/dev/null")
    };
    match name.as_plain().filter(|name| state.function(name).is_none()) {
        Some("echo") => redirections.is_empty() && args.iter().all(is_sure),
        Some("printf") => {
            let is_format = |word: &Word| word.as_plain().is_some_and(|text| !text.starts_with('-'));
            redirections.is_empty() && args.first().is_some_and(is_format) && args.iter().all(is_sure)
        }
        Some("pwd") => redirections.is_empty() && args.is_empty(),
        // It is looked up whether there is a repository.
        Some("git") => {
            redirections.iter().all(is_silent)
                && matches!(args, [verb, what] if verb.as_plain() == Some("rev-parse")
                    && what.as_plain() == Some("--show-toplevel"))
        }
        Some("cat") => args.is_empty() && !redirections.is_empty() && redirections.iter().all(is_given),
        _ => false,
    }
}

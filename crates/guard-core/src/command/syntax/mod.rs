//! The shell language as bash reads it, without running anything.
//!
//! [`parse`] turns a text into a [`Script`], completely or not at all; [`expand`] says what arguments a [`Word`] becomes as far
//! as the text tells; [`hidden`] finds characters that a person does not see.
//!
//! ```
//! use guard_core::command::syntax::parse;
//! let script = parse("echo \"${x:-`id`}\" | tee >(wc -l)").unwrap();
//! assert_eq!(script.commands().len(), 4);
//! ```
//!
//! # Data that becomes code
//!
//! Every command that stands in the text is in the tree: [`Script::commands`] lists them. bash also runs text that a
//! command gets as data; whoever judges a tree has to look at these places:
//!
//! - arithmetic: the value of each variable in it is an expression again, and a subscript in an expression runs
//!   substitutions (`v='a[$(id)]'; echo $((v))`): [`Word::arithmetic`], [`Arithmetic::variables`],
//!   [`Assignment::subscript`], [`CommandKind::Arithmetic`], [`CommandKind::ArithmeticFor`], [`Operation::Substring`];
//! - `[[ a -eq b ]]` and `[[ -v a ]]`, also with quoted operands: [`Test::evaluated`];
//! - `${!name}` and `${name@P}`: [`Parameter::evaluates_value`];
//! - programs of the shell that evaluate an argument as arithmetic or as a variable with a subscript: `let`, `declare`,
//!   `typeset`, `local`, `export`, `readonly`, `read`, `mapfile`, `readarray`, `printf -v`, `unset`, `wait -p`, `getopts`,
//!   `test -v`, `[ -v`, `shift`, `exit`, `return`;
//! - programs of the shell that run an argument: `eval`, `source`, `.`, `exec`, `command`, `builtin`, `trap`, `alias` (with
//!   `expand_aliases`), `bind -x`, `complete -C`, `complete -F`, `compgen -C`, `mapfile -C`, `hash -p`, `enable -f`, `fc`;
//! - variables that the shell runs or evaluates: `PS4` with `set -x`, `PS0`, `PS1`, `PROMPT_COMMAND`, `BASH_ENV`, `ENV`,
//!   `MAILPATH`, `SHELLOPTS`, `BASHOPTS`, and every variable with the integer attribute (`declare -i`) or a name reference
//!   (`declare -n`), whose values are evaluated on assignment;
//! - functions with the name of a program, and `command_not_found_handle`;
//! - `shopt` and `set` options that change how later lines are read: `expand_aliases`, `extglob`, `posix`, `history` with
//!   `histexpand`.
//!
//! # Out of scope
//!
//! Aliases and history are not expanded, options are not followed, no other shell than bash is imitated; text that needs one
//! of them to be understood and is not refused means what it means to `bash -c` with default options.

mod ast;
mod budget;
mod error;
mod expand;
mod hidden;
mod parse;
mod walk;

pub use ast::{
    Arithmetic, Arm, Assignment, Branch, Command, CommandKind, Connector, Direction, Element, HereDocument,
    List, Operation, Parameter, Part, PartKind, Pipeline, Prefix, RedirectOperator, RedirectSource,
    Redirection, Script, Sequence, Side, Simple, Statement, Terminator, Test, TestKind, Value, Word,
};
pub use budget::{MAX_DEPTH, MAX_HERE_DOCUMENTS, MAX_LENGTH, MAX_NODES};
pub use error::{Problem, SyntaxError};
pub use expand::{Arg, Binding, MAX_ALTERNATIVES, Piece, Variables, expand, expand_single};
pub use hidden::hidden;
pub use parse::{parse, parse_counted, parse_portable};
pub use walk::Embedded;

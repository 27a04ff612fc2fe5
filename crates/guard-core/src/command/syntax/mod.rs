//! The shell language as bash reads it, without running anything.

mod ast;
mod budget;
mod error;
mod hidden;
mod parse;

pub use ast::{
    Arithmetic, Arm, Assignment, Branch, Command, CommandKind, Connector, Direction, Element, HereDocument,
    List, Operation, Parameter, Part, PartKind, Pipeline, Prefix, RedirectOperator, RedirectSource,
    Redirection, Script, Sequence, Side, Simple, Statement, Terminator, Test, TestKind, Value, Word,
};
pub use budget::{MAX_DEPTH, MAX_HERE_DOCUMENTS, MAX_LENGTH, MAX_NODES};
pub use error::{Problem, SyntaxError};
pub use hidden::hidden;
pub use parse::{parse, parse_counted};

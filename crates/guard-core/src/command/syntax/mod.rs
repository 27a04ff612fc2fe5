//! The shell language as bash reads it, without running anything.

mod ast;

pub use ast::{
    Arithmetic, Arm, Assignment, Branch, Command, CommandKind, Connector, Direction, Element, HereDocument,
    List, Operation, Parameter, Part, PartKind, Pipeline, Prefix, RedirectOperator, RedirectSource,
    Redirection, Script, Sequence, Side, Simple, Statement, Terminator, Test, TestKind, Value, Word,
};

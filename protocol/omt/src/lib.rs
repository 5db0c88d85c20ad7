//! OMT, the language of distributed transactions: communicating state machines in one file that is the single source
//! of truth for simulator, live node, documentation and checks. This crate reads sources that it is given as text
//! and gives back trees, findings and texts; the files and the terminal are the business of `dunbar omt` (`src/omt`
//! of the root package).
//!
//! [`Program::load`] reads a file and its imports, [`check`] says what is wrong with it.

pub mod ast;
mod check;
pub mod codes;
mod diagnostic;
mod format;
pub mod generate;
pub mod ide;
mod model;
mod parse;
mod program;
mod render;
mod span;
mod token;
mod tree;
mod types;
mod typo;

pub use check::{Analysis, Builtin, FOUND_MAX, Use, analyse, builtins};
pub use codes::Code;
pub use diagnostic::{Diagnostic, Fix, Label, Severity};
pub use format::format;
pub use model::Model;
pub use parse::{ERRORS_MAX, HEIGHT_MAX, NESTING_MAX, Parsed, SIZE_MAX, parse, parse_bytes};
pub use program::{Program, Read, SourceFile};
pub use render::{render, render_all};
pub use span::{Lines, Position, Span};
pub use token::{Kind, Token};
pub use tree::{Node, NodeKind, Tree};
pub use types::{Basic, Made, Type};

/// Everything that is wrong with a program, in the order of its files and lines.
pub fn check(program: &Program) -> Vec<Diagnostic> {
    analyse(program).found
}

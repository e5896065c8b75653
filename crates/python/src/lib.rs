//! Python source as structure: whether it parses, its statements and expressions, and the names that it binds and needs.
//!
//! It reads the syntax of Python 3.8 to 3.14, runs nothing, and knows no other crate. Read [`parse`] first, then
//! [`Module`]; [`names()`] tells what a piece of a program binds and what it takes from elsewhere, and [`Statements`] finds
//! the statements within text that is not all Python. [`same`] and [`edits`] compare programs by their [`words`](words()),
//! [`normalised`] many at once; [`definitions`](definitions()) finds functions and classes, and [`replaced`] puts others in
//! their place. [`renamed`] and [`reformatted`] are the same program in other words.
//!
//! It is a parser of our own because of what it reads: whatever a model wrote, in this very process. It takes time in
//! proportion to the text, recurses to a fixed depth only, has no unsafe code, and refuses what Python refuses: a
//! function without a body is no function, which decides whether a program was cut off. What it does not check are the
//! few rules that Python's compiler adds to the grammar and that decide nothing here, such as `nonlocal` without
//! an outer variable. `tests/against_python.rs` compares it with an interpreter.

mod builtins;
mod definitions;
mod lexer;
mod names;
mod parser;
mod resilient;
mod tree;
mod variants;
mod words;

pub use builtins::is_builtin;
pub use definitions::{Definition, definitions, replaced, statement_ends};
pub use names::{Names, names};
pub use parser::{DEEPEST, LONGEST, SyntaxError, parse};
pub use resilient::{Lines, Statements};
pub use tree::{
    Alias, Argument, Case, Class, Clause, ComprehensionKind, Constant, Expression, ExpressionKind, Function, Handler,
    Module, Parameter, ParameterKind, Pattern, PatternKind, Span, Statement, StatementKind, Trailer, TrailerKind,
};
pub use variants::{reformatted, renamed};
pub use words::{edits, normalised, same, words};

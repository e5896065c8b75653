//! The problem as a script sees it.

use super::error::wrong;
use super::known::Reached;
use allocative::Allocative;
use mend_core::{Problem, Style, Test};
use starlark::environment::{Methods, MethodsBuilder};
use starlark::values::list::AllocList;
use starlark::values::{Heap, NoSerialize, ProvidesStaticType, StarlarkValue, Value, starlark_value};
use starlark::{methods_static, starlark_module, starlark_simple_value};
use std::fmt;
use std::sync::Arc;

/// The problem, as far as it may be shown.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct ProblemValue {
    #[allocative(skip)]
    pub(super) problem: Arc<Problem>,
    /// Whether the reference solution may be read.
    pub(super) may_read: bool,
    #[allocative(skip)]
    pub(super) reached: Arc<Reached>,
}
starlark_simple_value!(ProblemValue);

impl fmt::Display for ProblemValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.id.fmt(f)
    }
}

#[starlark_value(type = "problem")]
impl<'v> StarlarkValue<'v> for ProblemValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(PROBLEM_ATTRIBUTES.methods())
    }
}

methods_static!(pub(super) PROBLEM_ATTRIBUTES = problem_attributes);

/// The word by which scripts and templates know a style.
pub(super) fn style_word(style: &Style) -> &'static str {
    match style {
        Style::Completion { .. } => "completion",
        Style::Function { .. } => "function",
        Style::Program => "program",
    }
}

#[starlark_module]
fn problem_attributes(builder: &mut MethodsBuilder) {
    /// The problem's name in its data set.
    #[starlark(attribute)]
    fn id(this: &ProblemValue) -> starlark::Result<String> {
        Ok(this.problem.id.to_string())
    }

    /// What is asked for.
    #[starlark(attribute)]
    fn statement(this: &ProblemValue) -> starlark::Result<String> {
        Ok(this.problem.statement.to_string())
    }

    /// "function" where tests call an entry point, "program" where they give an input.
    #[starlark(attribute)]
    fn kind(this: &ProblemValue) -> starlark::Result<String> {
        Ok(if this.problem.style.entry_point().is_some() { "function" } else { "program" }.to_owned())
    }

    /// How the statement asks: "completion" where it is code that begins the function, "function" where it describes one,
    /// "program". Templates know it too.
    #[starlark(attribute)]
    fn style(this: &ProblemValue) -> starlark::Result<String> {
        Ok(style_word(&this.problem.style).to_owned())
    }

    /// The function that tests call; None for whole programs.
    #[starlark(attribute)]
    fn entry_point<'v>(this: &ProblemValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        Ok(this.problem.style.entry_point().map_or_else(Value::new_none, |name| heap.alloc(name)))
    }

    /// The code that a program starts from; None where there is none.
    #[starlark(attribute)]
    fn starter<'v>(this: &ProblemValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        Ok(this.problem.starter_code.as_deref().map_or_else(Value::new_none, |code| heap.alloc(code)))
    }

    /// How difficult the data set says it is, such as "introductory"; None where it says nothing.
    #[starlark(attribute)]
    fn difficulty<'v>(this: &ProblemValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        Ok(this.problem.difficulty.as_deref().map_or_else(Value::new_none, |word| heap.alloc(word)))
    }

    /// The public tests, as text: those that the statement shows, or those that `public` in the header chooses.
    #[starlark(attribute)]
    fn public<'v>(this: &ProblemValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        Ok(heap.alloc(AllocList(this.problem.tests.public.iter().map(test_text))))
    }

    /// The reference solution, if the header grants `reference`; None where the data set has none.
    #[starlark(attribute)]
    fn reference<'v>(this: &ProblemValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        if !this.may_read {
            return Err(wrong("the reference solution may not be read: the header does not grant `reference = True`"));
        }
        this.reached.reads_reference();
        Ok(this.problem.reference.as_deref().map_or_else(Value::new_none, |code| heap.alloc(code)))
    }
}

/// A test as a person would write it.
pub(crate) fn test_text(test: &Test) -> String {
    match test {
        Test::Call { args, expected } => format!("{} -> {}", args.0, expected.0),
        Test::Script { source } => source.trim().to_owned(),
        Test::Stdio { input, expected } => format!("input:\n{}\noutput:\n{}", input.trim_end(), expected.trim_end()),
    }
}

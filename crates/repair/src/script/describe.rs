//! What is said of an error in a script: script, line, the line's text, the calls that led there, and what to do.

use super::library::LIBRARY_TEXT;
use super::source::MOST_STEPS;
use starlark::codemap::FileSpanRef;
use starlark::eval::{BeforeStmtFunc, BeforeStmtFuncDyn, Evaluator};
use std::cell::RefCell;
use std::rc::Rc;

/// An error with script, line, the line's text, and the calls that led there.
pub(super) fn describe(name: &str, text: &str, error: &starlark::Error) -> String {
    let message = error.without_diagnostic().to_string();
    let hint = hint(&message).map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
    let Some(span) = error.span() else { return format!("{name}: {message}{hint}") };
    let line = span.resolve_span().begin.line + 1;
    let file = span.filename();
    let shown = if file == name { shown(text, line) } else { String::new() };
    let mut calls: Vec<String> = error
        .call_stack()
        .frames
        .iter()
        .filter_map(|frame| {
            let location = frame.location.as_ref()?;
            Some(format!("\n  called from {}:{}", location.filename(), location.resolve_span().begin.line + 1))
        })
        .collect();
    calls.reverse();
    calls.dedup();
    // The innermost call is the line itself.
    calls.retain(|call| *call != format!("\n  called from {file}:{line}"));
    format!("{file}:{line}: {message}{shown}{}{hint}", calls.concat())
}

/// A line of a script under a message.
pub(super) fn shown(text: &str, line: usize) -> String {
    let source = text.lines().nth(line - 1).unwrap_or_default();
    if source.trim().is_empty() { String::new() } else { format!("\n  {line} | {source}") }
}

/// The first line that begins with these words, counted from 1.
pub(super) fn line_of(text: &str, begin: &str) -> Option<usize> {
    text.lines().position(|line| line.trim_start().starts_with(begin)).map(|index| index + 1)
}

/// Whether an evaluation was ended since it takes too long. Starlark does not say where that was: [`Tracer`] does.
pub(super) fn is_endless(error: &starlark::Error) -> bool {
    error.without_diagnostic().to_string().contains(ENDLESS)
}

/// What Starlark says of an evaluation that takes too long.
const ENDLESS: &str = "ticks has been exceeded";

/// Notes the statement that is evaluated. Evaluation takes several times as long with it, so it is used only where an
/// error needs it.
#[derive(Debug, Clone, Default)]
pub(super) struct Tracer(Rc<RefCell<Option<(String, usize)>>>);

impl Tracer {
    pub(super) fn watch(&self, evaluator: &mut Evaluator<'_, '_, '_>) {
        evaluator.before_stmt_for_dap(BeforeStmtFunc::from_dyn(Box::new(self.clone())));
    }

    /// What is said of an evaluation that takes too long, at the statement that was reached.
    pub(super) fn endless(&self, name: &str, text: &str) -> String {
        let at = self.0.borrow().clone();
        let (file, line) = at.map_or((name.to_owned(), None), |(file, line)| (file, Some(line)));
        let shown = line.filter(|_| file == name).map(|line| shown(text, line)).unwrap_or_default();
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        format!(
            "{file}{line}: one evaluation takes more than {MOST_STEPS} steps{shown}\n  hint: a loop of the script does not end in time: bound it by a parameter"
        )
    }
}

impl<'e> BeforeStmtFuncDyn<'e> for Tracer {
    fn call<'v>(
        &mut self,
        span: FileSpanRef<'_>,
        _continued: bool,
        _evaluator: &mut Evaluator<'v, '_, 'e>,
    ) -> starlark::Result<()> {
        *self.0.borrow_mut() = Some((span.filename().to_owned(), span.resolve_span().begin.line + 1));
        Ok(())
    }
}

fn hint(message: &str) -> Option<String> {
    let hint = |text: &str| Some(text.to_owned());
    if message.contains("called recursively") || message.contains("stack overflow") {
        return hint("a function of the script calls itself, or calls nest too deeply: use a loop with `range`");
    }
    if message.contains("type `parameters` has no attribute") {
        return hint("the parameters of a script are those that `params` in its header lists, each with its default");
    }
    if message.contains("may not be used here") {
        return hint(
            "a strategy whose next act hangs on it says so in its header by `stop_on`; `select_on` grants it for what is \
             handed in, behind `programs()`",
        );
    }
    if message.contains("may not be shown") {
        return hint("a strategy whose prompts show it says so in its header by `see`");
    }
    if message.contains("reserved keyword") {
        return hint("a script is Starlark: it has `for` over `range(n)`, and neither `while`, exceptions nor classes");
    }
    let unknown = message.strip_prefix("Variable `").and_then(|rest| rest.split('`').next())?;
    if !message.contains("not found") {
        return None;
    }
    if unknown == "print" {
        return hint(
            "a script prints nothing: `fail(text)` ends it with a text, and `mend strategies check` shows its tree",
        );
    }
    let is_helper = LIBRARY_TEXT.lines().any(|line| {
        let name = line.strip_prefix("def ").unwrap_or(line).split(['(', ' ']).next();
        name == Some(unknown) && (line.starts_with("def ") || line.contains(" = "))
    });
    if is_helper {
        return Some(format!("it is a helper: `load(\"lib.star\", \"{unknown}\")` at the top of the script brings it"));
    }
    hint("define it above, or load it from \"lib.star\"; docs/strategies.md lists the names that every script knows")
}

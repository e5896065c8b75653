//! What is said of an error in a script: script, line, the line's text, the calls that led there, and what to do.

use super::guard::{TOO_LONG, TOO_MUCH};
use super::hints::hint;
use starlark::codemap::FileSpanRef;
use starlark::eval::{BeforeStmtFunc, BeforeStmtFuncDyn, Evaluator};
use std::cell::RefCell;
use std::rc::Rc;

/// An error with script, line, the line's text, and the calls that led there.
pub(super) fn describe(name: &str, text: &str, error: &starlark::Error) -> String {
    let message = cut(&error.without_diagnostic().to_string(), LONGEST_MESSAGE);
    let hint = format!("\n  hint: {}", hint(&message));
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
    if source.trim().is_empty() { String::new() } else { format!("\n  {line} | {}", cut(source, LONGEST_LINE)) }
}

/// The most characters of a message: some hold values of the script.
const LONGEST_MESSAGE: usize = 2_000;
/// The most characters of a line that is shown.
const LONGEST_LINE: usize = 200;

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{} ...", &text[..end]),
        None => text.to_owned(),
    }
}

/// The first line that begins with these words, counted from 1.
pub(super) fn line_of(text: &str, begin: &str) -> Option<usize> {
    text.lines().position(|line| line.trim_start().starts_with(begin)).map(|index| index + 1)
}

/// Which limit ended an evaluation that Starlark itself ended: it does not say where that was, and [`Tracer`] does.
pub(super) fn exceeded(error: &starlark::Error) -> Option<&'static str> {
    let said = error.without_diagnostic().to_string();
    if said.contains("ticks has been exceeded") {
        return Some(TOO_LONG);
    }
    said.contains("Heap memory limit").then_some(TOO_MUCH)
}

/// Notes the statement that is evaluated. Evaluation takes several times as long with it, so it is used only where an
/// error needs it.
#[derive(Debug, Clone, Default)]
pub(super) struct Tracer(Rc<RefCell<Option<(String, usize)>>>);

impl Tracer {
    pub(super) fn watch(&self, evaluator: &mut Evaluator<'_, '_, '_>) {
        evaluator.before_stmt_for_dap(BeforeStmtFunc::from_dyn(Box::new(self.clone())));
    }

    /// What is said of an evaluation that takes too much, at the statement that was reached.
    pub(super) fn exceeded(&self, name: &str, text: &str, what: &str) -> String {
        let at = self.0.borrow().clone();
        let (file, line) = at.map_or((name.to_owned(), None), |(file, line)| (file, Some(line)));
        let shown = line.filter(|_| file == name).map(|line| shown(text, line)).unwrap_or_default();
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("{file}{line}: {what}{shown}\n  hint: {}", hint(what))
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

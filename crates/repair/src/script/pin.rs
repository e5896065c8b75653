//! The line that a failure points at, by the rule that RLTF (Liu et al. 2023) locates errors with.

use crate::feedback::Failure;

/// What a failure points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pin {
    /// One line of the program.
    Line {
        /// Counted from 1.
        number: usize,
        /// Its text, without indentation.
        text: String,
    },
    /// No line more than another.
    Whole,
}

/// Words of syntax errors that are reported where a program ends, wherever the mistake is.
const ENDS: [&str; 5] = ["invalid syntax", "EOF", "EOL", "unterminated", "was never closed"];

/// A syntax error points at its line, or at the whole program where it is one of those that are reported at the last line
/// because something before it is missing. An exception points at the program's innermost line, if that is the program's
/// own. A limit and a recursion without end point at the whole program, a wrong value at nothing.
pub(super) fn pin(failure: &Failure, program: &str) -> Option<Pin> {
    let facts = &failure.facts;
    let exception = facts.exception.as_deref().unwrap_or_default();
    match failure.status {
        "compile_error" => {
            let number = facts.line? as usize;
            let last = program.trim_end().lines().count();
            let is_end = number >= last && ENDS.iter().any(|word| exception.contains(word));
            if is_end { Some(Pin::Whole) } else { line(number, None, program) }
        }
        "runtime_error" if exception.starts_with("RecursionError") => Some(Pin::Whole),
        "runtime_error" => line(facts.line? as usize, facts.source.as_deref(), program),
        "time_limit" | "memory_limit" | "output_limit" | "process_limit" | "disk_limit" => Some(Pin::Whole),
        _ => None,
    }
}

/// A line of the program. Where its text is known, the program must hold it: there, or else where it stands first.
fn line(number: usize, source: Option<&str>, program: &str) -> Option<Pin> {
    let mut lines = (1..).zip(program.lines().map(str::trim));
    let at = lines.clone().find(|(at, _)| *at == number);
    let found = match source.map(str::trim) {
        None => at,
        Some(source) => at.filter(|(_, text)| *text == source).or_else(|| lines.find(|(_, text)| *text == source)),
    };
    let (number, text) = found.filter(|(_, text)| !text.is_empty())?;
    Some(Pin::Line { number, text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::Facts;

    const PROGRAM: &str = "def f(x):\n    y = x[0]\n    return g(y)\n";

    #[track_caller]
    fn check(status: &'static str, exception: &str, line: Option<u32>, source: Option<&str>, expected: &str) {
        let exception = Some(exception.to_owned()).filter(|text| !text.is_empty());
        let facts = Facts { exception, line, source: source.map(str::to_owned), ..Facts::default() };
        let found = match pin(&Failure { status, facts }, PROGRAM) {
            None => "none".to_owned(),
            Some(Pin::Whole) => "whole".to_owned(),
            Some(Pin::Line { number, text }) => format!("{number} {text}"),
        };
        assert_eq!(found, expected, "{status} {line:?} {source:?}");
    }

    #[test]
    fn a_failure_points_at_a_line_the_whole_program_or_nothing() {
        check("compile_error", "SyntaxError: invalid syntax", Some(2), None, "2 y = x[0]");
        check("compile_error", "SyntaxError: invalid syntax", Some(3), None, "whole");
        check("compile_error", "SyntaxError: '(' was never closed", Some(3), None, "whole");
        check("compile_error", "IndentationError: unexpected indent", Some(3), None, "3 return g(y)");
        check("compile_error", "SyntaxError: invalid syntax", None, None, "none");
        check("runtime_error", "IndexError: list index out of range", Some(2), Some("y = x[0]"), "2 y = x[0]");
        check("runtime_error", "IndexError: list index out of range", Some(2), None, "2 y = x[0]");
        // The line is counted otherwise, but the text is the program's.
        check("runtime_error", "IndexError: list index out of range", Some(9), Some("y = x[0]"), "2 y = x[0]");
        // A line of somebody else.
        check("runtime_error", "KeyError: 1", Some(2), Some("return cache[1]"), "none");
        check("runtime_error", "KeyError: 1", None, None, "none");
        check(
            "runtime_error",
            "RecursionError: maximum recursion depth exceeded",
            Some(3),
            Some("return g(y)"),
            "whole",
        );
        check("time_limit", "", None, None, "whole");
        check("memory_limit", "MemoryError", Some(2), None, "whole");
        check("wrong_answer", "", None, None, "none");
        check("no_code", "", None, None, "none");
        check("missing_entry_point", "", None, None, "none");
    }
}

//! Code without fences, in the midst of prose.

use super::fences::dedented;
use super::program::{is_code, is_neutral};
use mend_python::{Lines, Statement, Statements};

/// A run of lines that is code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    /// Its first byte.
    pub(super) start: usize,
    /// Behind its last byte.
    pub(super) end: usize,
    /// The code, not indented.
    pub(super) text: String,
    /// Whether the lines beside it look like code that does not parse: the run is then only a part of a program.
    pub(super) is_torn: bool,
}

/// What some lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Code,
    /// Code or prose, as its neighbours are.
    Either,
    /// Meant as code, and none.
    Torn,
    Prose,
}

/// The runs of code in a text, in order.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut previous = (Reading::Prose, 0);
    for Lines { span, statements } in Statements::of(text) {
        let lines = span.of(text);
        let indentation = lines.len() - lines.trim_start().len();
        let reading = read(lines, &statements, previous.0);
        match (reading, runs.last_mut()) {
            (Reading::Code | Reading::Either, Some(last)) if matches!(previous, (Reading::Code, before) if before == indentation) =>
            {
                last.end = span.range().end;
            }
            (Reading::Code, _) => {
                let is_torn = previous.0 == Reading::Torn;
                let (start, end) = (span.range().start, span.range().end);
                runs.push(Run { start, end, text: String::new(), is_torn });
            }
            (Reading::Torn, Some(last)) if previous.0 == Reading::Code => last.is_torn = true,
            _ => {}
        }
        // What stands between goes on as what was before.
        let reading = if reading == Reading::Either && previous.0 == Reading::Code { Reading::Code } else { reading };
        previous = (reading, indentation);
    }
    for run in &mut runs {
        run.text = dedented(&text[run.start..run.end]);
    }
    runs
}

fn read(lines: &str, statements: &[Statement], previous: Reading) -> Reading {
    if statements.iter().any(is_code) {
        Reading::Code
    } else if !statements.is_empty() && statements.iter().all(is_neutral) {
        Reading::Either
    } else if looks_torn(lines) || (previous == Reading::Torn && lines.starts_with([' ', '\t'])) {
        Reading::Torn
    } else {
        Reading::Prose
    }
}

/// Whether a line that does not parse was meant as code.
fn looks_torn(line: &str) -> bool {
    let line = line.trim();
    if line.ends_with(['.', '!', '?']) {
        return false;
    }
    let (word, rest) = line.split_once([' ', '(', ':']).unwrap_or((line, ""));
    let plain = rest.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).count();
    match word {
        "def" | "class" | "async" => line.contains('(') || line.ends_with(':'),
        "print" | "return" | "import" | "elif" | "except" | "raise" | "assert" | "del" | "global" | "yield" => {
            plain < 3
        }
        "from" => rest.contains(" import "),
        _ => {
            let assigned = line.split_once(" = ").map_or("", |(name, _)| name);
            word.starts_with('@') || (!assigned.is_empty() && !assigned.contains(' '))
        }
    }
}

/// Whether some line at the left margin begins a Python statement that prose does not contain.
pub(super) fn reads_as_code(text: &str) -> bool {
    let statement = |line: &str| {
        let after = |keyword: &str| line.strip_prefix(keyword);
        let ends_block = line.trim_end().ends_with(':');
        let assigns = line.split_once(" = ").is_some_and(|(name, _)| {
            !name.is_empty()
                && name.chars().all(|c| c.is_alphanumeric() || "_,. []".contains(c))
                && !name.contains("  ")
                && name.split(',').all(|part| !part.trim().contains(' '))
        });
        after("def ").or(after("async def ")).is_some_and(|rest| rest.contains('('))
            || after("class ").is_some() && ends_block
            || after("import ").is_some_and(|rest| !rest.trim().is_empty() && !rest.trim_end().ends_with('.'))
            || after("from ").is_some_and(|rest| rest.contains(" import "))
            || ["for ", "while ", "if ", "with ", "try"].iter().any(|keyword| after(keyword).is_some()) && ends_block
            || after("print(").is_some()
            || assigns
    };
    text.lines().any(statement)
}

//! Finding the program in a completion.

use mend_core::{Completion, ExtractionRule, Form, Problem};
use std::sync::Arc;

/// A program, how it was found, and what the model wrote before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extracted {
    /// The program.
    pub program: Arc<str>,
    /// The rule that found it.
    pub rule: ExtractionRule,
    /// The part of the program that the model wrote: all but a statement that it continued.
    pub written: Arc<str>,
    /// The text before the program, such as an explanation.
    pub before: String,
}

/// Finds the program in a completion; `None` if there is none.
///
/// Chat text: the last complete code fence that is tagged as Python, else the last complete fence; else, if
/// there is no fence at all and the text reads as code, the text. A fence that never closes holds no program:
/// the answer was cut. As in Markdown, lines lose the indentation of the fence that opens their block, and a fence
/// that is indented four spaces further, such as one in a docstring, closes nothing.
pub fn extract(completion: &Completion, problem: &Problem) -> Option<Extracted> {
    let text = completion.text.body()?;
    match completion.form {
        Form::Continuation => Some(Extracted {
            program: format!("{}{text}", problem.statement).into(),
            rule: ExtractionRule::Continuation,
            written: Arc::clone(text),
            before: String::new(),
        }),
        Form::Whole => Some(Extracted {
            program: Arc::clone(text),
            rule: ExtractionRule::Whole,
            written: Arc::clone(text),
            before: String::new(),
        }),
        Form::Chat => from_chat(text),
    }
}

fn from_chat(text: &str) -> Option<Extracted> {
    let found = |program: &str, rule, before: &str| {
        let program: Arc<str> = program.into();
        Extracted { written: Arc::clone(&program), program, rule, before: before.to_owned() }
    };
    let fences = Fences::find(text);
    if let Some(fence) = fences.complete.iter().rev().find(|fence| fence.python).or(fences.complete.last()) {
        let program = unindented(&text[fence.start..fence.end], fence.indentation);
        let filled = !program.trim().is_empty();
        return filled.then(|| found(&program, ExtractionRule::LastFence, &text[..fence.opens]));
    }
    (!fences.open && reads_as_code(text)).then(|| found(text, ExtractionRule::BareCode, ""))
}

/// The lines without up to so many spaces before each.
fn unindented(program: &str, spaces: usize) -> String {
    let line = |line: &str| line[line.bytes().take(spaces).take_while(|byte| *byte == b' ').count()..].to_owned();
    program.split_inclusive('\n').map(line).collect()
}

/// A complete fence, by byte positions.
struct Fence {
    opens: usize,
    start: usize,
    end: usize,
    indentation: usize,
    python: bool,
}

struct Fences {
    complete: Vec<Fence>,
    /// Whether a last fence never closes.
    open: bool,
}

impl Fences {
    fn find(text: &str) -> Self {
        let mut complete = Vec::new();
        // The fence that is open, with an end that is not known yet, and how many backticks it has.
        let mut open: Option<(Fence, usize)> = None;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let bare = line.trim();
            let tag = bare.trim_start_matches('`');
            let ticks = bare.len() - tag.len();
            let indentation = line.len() - line.trim_start().len();
            match &open {
                None if ticks >= 3 && !tag.contains('`') => {
                    let word = tag.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
                    let python = matches!(word.as_str(), "python" | "py" | "python3");
                    let start = at + line.len();
                    open = Some((Fence { opens: at, start, end: start, indentation, python }, ticks));
                }
                Some((fence, opening))
                    if ticks >= *opening && tag.is_empty() && indentation < fence.indentation + 4 =>
                {
                    complete.extend(open.take().map(|(fence, _)| Fence { end: at, ..fence }));
                }
                None | Some(_) => {}
            }
            at += line.len();
        }
        Self { complete, open: open.is_some() }
    }
}

/// Whether some line at the left margin begins a Python statement that prose does not contain.
fn reads_as_code(text: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{Digest, FinishReason, Integrity, ProblemId, Style, TestSuite, Text, Tokens, Usage};
    use proptest::prelude::*;

    fn problem() -> Problem {
        Problem {
            id: ProblemId::new("x/1"),
            digest: Digest::of(b""),
            statement: "def f():\n".into(),
            style: Style::Completion { entry_point: "f".into() },
            context: None,
            starter_code: None,
            reference: None,
            mutants: vec![],
            tests: TestSuite::default(),
            tolerance: None,
            difficulty: None,
            integrity: Integrity::Isolated,
        }
    }

    fn extracted(text: &str, form: Form) -> Option<Extracted> {
        let completion = Completion {
            text: Text::new(text),
            form,
            finish_reason: FinishReason::Stop,
            usage: Usage::default(),
            counted: Tokens(0),
            counted_prompt: None,
            usd: None,
            served_model: None,
            replaced: 0,
        };
        extract(&completion, &problem())
    }

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, ExtractionRule, &str)>) {
        let found = extracted(text, Form::Chat);
        let found = found.as_ref().map(|found| (found.program.as_ref(), found.rule, found.before.as_str()));
        assert_eq!(found, expected);
    }

    #[test]
    fn the_last_complete_fence_holds_the_program() {
        let rule = ExtractionRule::LastFence;
        check("Hi\n```python\na = 1\n```\nbye", Some(("a = 1\n", rule, "Hi\n")));
        check("```\na\n```\n```py\nb\n```\n", Some(("b\n", rule, "```\na\n```\n")));
        check("```python\nb\n```\nIt prints:\n```\n3\n```\n", Some(("b\n", rule, "")));
        check("```\na\n```\n```\nb\n```", Some(("b\n", rule, "```\na\n```\n")));
        check("````python\n```\nx\n````\n", Some(("```\nx\n", rule, "")));
        check("```python\r\na = 1\r\n```\r\n", Some(("a = 1\r\n", rule, "")));
        check("```python\na\n```\n```python\ncut of", Some(("a\n", rule, "")));
        check("1. So:\n   ```py\n   if a:\n       b\n\n   ```\n", Some(("if a:\n    b\n\n", rule, "1. So:\n")));
        let docstring = "def f():\n    \"\"\"\n    ```\n    f()\n    ```\n    \"\"\"\n";
        check(&format!("```python\n{docstring}```\n"), Some((docstring, rule, "")));
    }

    #[test]
    fn bare_text_is_a_program_only_if_it_reads_as_code() {
        let bare = ExtractionRule::BareCode;
        check("def f():\n    return 1\n", Some(("def f():\n    return 1\n", bare, "")));
        check("n = int(input())\nprint(n)", Some(("n = int(input())\nprint(n)", bare, "")));
        check("import sys\n", Some(("import sys\n", bare, "")));
        for prose in ["", "I cannot help with that.", "The answer is x = 3 of course.", "import the thing."] {
            check(prose, None);
        }
    }

    #[test]
    fn a_fence_that_never_closes_or_is_empty_holds_no_program() {
        check("Sure:\n```python\ndef f():\n    return", None);
        check("```python\n\n```", None);
    }

    #[test]
    fn verbatim_forms_are_taken_as_they_are() {
        let found = extracted("    return 1", Form::Continuation).unwrap();
        assert_eq!(found.program.as_ref(), "def f():\n    return 1");
        assert_eq!(found.written.as_ref(), "    return 1");
        let found = extracted("```x", Form::Whole).unwrap();
        assert_eq!((found.program.as_ref(), found.rule), ("```x", ExtractionRule::Whole));
    }

    proptest! {
        #[test]
        fn any_text_is_handled_and_programs_are_lines_of_it(text in "( {0,5}`{0,4}[a-zé =\\n]{0,6}){0,12}") {
            if let Some(found) = extracted(&text, Form::Chat) {
                prop_assert!(found.program.lines().all(|line| text.lines().any(|whole| whole.ends_with(line))));
                prop_assert!(text.starts_with(&found.before));
            }
        }
    }
}

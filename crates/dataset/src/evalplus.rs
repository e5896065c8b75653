//! EvalPlus rows, HumanEval+ and MBPP+: inputs, and a solution that yields what each must give.
//!
//! A row holds no expected values. Those of its solution count: it runs as the problem's *oracle*, on the side of the
//! tests alone and before the candidate is called, so that no file of expected values can be out of date, and no prompt
//! and no candidate ever sees it. Judging a candidate therefore takes the solution's time too.
//!
//! The first hidden test is the script of all of `base_input`; each further one has [`PLUS_INPUTS`] of `plus_input`, so
//! that the time limit of a test holds for so many calls. `contract` describes the inputs that are allowed; those that
//! stand in a row are, and nobody is judged by it.
//!
//! A value must be equal to the expected one. Floats alone, and lists or tuples of nothing but floats, may be off by
//! `atol`, or by 1e-6 where that is 0, and by 1e-7 of their size. Some problems of theirs have an own comparison
//! ([`Comparison`]). Arguments that JSON cannot write (tuples, sets, complex numbers) are restored by MBPP+'s task
//! numbers ([`inputs`]).
//!
//! Where the prompt begins the function, as in HumanEval+, the problem is to complete it; else the prompt is a text in
//! quotes that asks for a function. The examples of the prompt are the public tests.

mod inputs;

use crate::fields::{Fields, identifier};
use crate::{Flaw, examples};
use inputs::Shapes;
use mend_core::{Problem, Style, Test, TestSuite};
use serde_json::Value;
use std::fmt::Write as _;

/// Calls of one test beyond the first.
const PLUS_INPUTS: usize = 100;

/// How what a candidate returns is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    /// As the head of this module says.
    Near,
    /// The zero of a polynomial, which has to be one.
    Zero,
    /// Any value will do, if there is one.
    Anything,
    /// The same elements, in any order and number.
    Elements,
    /// Whether it is something, unless it says so itself.
    Something,
    /// The expected value or what this expression yields.
    Either(&'static str),
}

impl Comparison {
    fn of(entry_point: &str, prompt: &str) -> Self {
        match entry_point {
            "find_zero" if prompt.contains("def poly(") => Self::Zero,
            "are_equivalent" => Self::Anything,
            "similar_elements"
            | "find_char_long"
            | "common_in_nested_lists"
            | "extract_singly"
            | "larg_nnum"
            | "intersection_array"
            | "find_dissimilar"
            | "Diff" => Self::Elements,
            "check_str" | "text_match_three" | "text_starta_endb" => Self::Something,
            "sum_div" => Self::Either("0"),
            // The edge at the base, and the height above it: the statement can mean either of two heights.
            "surface_Area" => {
                Self::Either("round(_args[0] ** 2 + 2 * _args[0] * ((_args[0] / 2) ** 2 + _args[1] ** 2) ** 0.5)")
            }
            // Digit by digit, where the solution takes the digits of the difference.
            "digit_distance_nums" => Self::Either(
                "sum(abs(int(a) - int(b)) for a, b in zip(*(str(n).zfill(max(len(str(m)) for m in _args)) for n in _args)))",
            ),
            _ => Self::Near,
        }
    }

    /// The lines that judge one call.
    fn lines(self, entry_point: &str, atol: f64) -> String {
        let expected = "    _expected = _near(_reference(*_copy(_args)))\n";
        let called = format!("{entry_point}(*_args)");
        match self {
            Self::Near => format!("{expected}    assert {called} == _expected\n"),
            Self::Zero => format!("    assert abs(poly(*_args, {entry_point}(*_copy(_args)))) <= {atol}\n"),
            Self::Anything => format!("    {called}\n"),
            Self::Elements => format!("{expected}    assert set({called}) == set(_expected)\n"),
            Self::Something => format!(
                "    _expected = _reference(*_copy(_args)) is not None\n    _actual = {called}\n    \
                 assert (_actual if isinstance(_actual, bool) else _actual is not None) == _expected\n"
            ),
            Self::Either(other) => format!("{expected}    assert {called} in (_expected, {other})\n"),
        }
    }
}

pub(crate) fn problem(row: &Fields) -> Result<Problem, Flaw> {
    let id = id(row)?;
    let prompt: String = row.required("prompt")?;
    let entry_point = identifier("entry_point", row.required("entry_point")?)?;
    let solution: String = row.required("canonical_solution")?;
    let atol: f64 = row.optional("atol")?.unwrap_or_default();
    if atol < 0.0 {
        return Err(Flaw::Field { field: "atol".into(), why: format!("`{atol}` is negative") });
    }
    let is_begun = prompt.contains(&format!("def {entry_point}("));
    let reference = if is_begun { format!("{prompt}{solution}") } else { solution };
    let comparison = Comparison::of(&entry_point, &prompt);
    let shapes = Shapes::of(&id);
    let scripts = |field: &'static str, most: usize| -> Result<Vec<Test>, Flaw> {
        let calls: Vec<Value> = row.optional(field)?.unwrap_or_default();
        let calls = calls.iter().enumerate().map(|(index, args)| {
            let why = "is not a list of arguments".to_owned();
            shapes.literal(args).ok_or_else(|| Flaw::Field { field: format!("{field}[{index}]"), why })
        });
        let calls = calls.collect::<Result<Vec<String>, Flaw>>()?;
        let script = |calls: &[String]| Test::Script { source: script(calls, &entry_point, comparison, atol).into() };
        Ok(calls.chunks(most).map(script).collect())
    };
    let mut hidden = scripts("base_input", usize::MAX)?;
    hidden.extend(scripts("plus_input", PLUS_INPUTS)?);
    if hidden.is_empty() {
        return Err(Flaw::NoTests("`base_input` and `plus_input` are empty"));
    }
    let statement = if is_begun { prompt.clone() } else { unquoted(&prompt).to_owned() };
    let public = examples::tests(&statement, &entry_point);
    let oracle = oracle(&reference, &entry_point, atol);
    let style = if is_begun { Style::Completion { entry_point } } else { Style::Function { entry_point } };
    let problem = Problem {
        context: is_begun.then(|| prompt.into()),
        reference: Some(reference.into()),
        oracle: Some(oracle.into()),
        ..Problem::new(id, statement, style, TestSuite { public, hidden })
    };
    Ok(problem.with_digest())
}

/// The task's name; some files have MBPP's number alone.
fn id(row: &Fields) -> Result<String, Flaw> {
    match row.required::<Value>("task_id")? {
        Value::Number(number) => Ok(format!("Mbpp/{number}")),
        _ => row.id("task_id"),
    }
}

/// A text without the quotes around it.
fn unquoted(prompt: &str) -> &str {
    let prompt = prompt.trim();
    let within = ["\"\"\"", "'''"].iter().find_map(|quotes| prompt.strip_prefix(quotes)?.strip_suffix(quotes));
    within.unwrap_or(prompt).trim()
}

fn script(calls: &[String], entry_point: &str, comparison: Comparison, atol: f64) -> String {
    let mut source = "from copy import deepcopy as _copy\n\nfor _args in [\n".to_owned();
    for call in calls {
        let _ = writeln!(source, "    {call},");
    }
    source + "]:\n" + &comparison.lines(entry_point, atol)
}

/// What the scripts compare by: `_reference`, the solution in a module of its own, and `_near`, a value as one that equals
/// what is near enough.
fn oracle(reference: &str, entry_point: &str, atol: f64) -> String {
    let text = |text: &str| Value::from(text).to_string();
    let (reference, entry_point) = (text(reference), text(entry_point));
    format!(
        r#"def _reference():
    scope = {{"__name__": "reference"}}
    exec(compile({reference}, "<reference>", "exec"), scope)
    return scope[{entry_point}]


_reference = _reference()


class _Float(float):
    def __eq__(self, other):
        if float.__eq__(self, other) is True:
            return True
        return type(other) is float and abs(other - float(self)) <= ({atol} or 1e-6) + 1e-7 * abs(float(self))

    def __ne__(self, other):
        return not self == other

    __hash__ = float.__hash__


def _near(value):
    if type(value) is float:
        return _Float(value)
    if type(value) in (list, tuple) and value and ({atol} or all(type(item) is float for item in value)):
        return type(value)(map(_near, value))
    return value
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Fields {
        Fields::from_row(text).unwrap()
    }

    const BEGUN: &str = r#"{"task_id":"HumanEval/900","prompt":"def half(x):\n    \"\"\"\n    >>> half(4)\n    2.0\n    \"\"\"\n","entry_point":"half","canonical_solution":"    return x / 2\n","base_input":[[4]],"plus_input":[[1],[-3]],"atol":0,"contract":"\n    assert True\n"}"#;
    const ASKED: &str = r#"{"task_id":"Mbpp/2","prompt":"\"\"\"\nWrite a function.\nassert similar_elements((1, 2),(2,)) == (2,)\n\"\"\"\n","entry_point":"similar_elements","canonical_solution":"\ndef similar_elements(a, b):\n  return tuple(set(a) & set(b))\n","base_input":[[[1, 2], [2]]],"plus_input":[],"atol":0}"#;

    #[test]
    fn a_prompt_that_begins_the_function_is_to_be_completed() {
        let problem = problem(&row(BEGUN)).unwrap();
        assert_eq!(problem.style, Style::Completion { entry_point: "half".into() });
        assert!(problem.reference.as_deref().unwrap().ends_with("\"\"\"\n    return x / 2\n"));
        assert_eq!(problem.tests.public, [Test::Script { source: "assert half(4) == 2.0\n".into() }]);
        let [Test::Script { source: base }, Test::Script { source: plus }] = &problem.tests.hidden[..] else {
            panic!()
        };
        insta::assert_snapshot!(base, @"
        from copy import deepcopy as _copy

        for _args in [
            [4],
        ]:
            _expected = _near(_reference(*_copy(_args)))
            assert half(*_args) == _expected
        ");
        assert!(plus.contains("    [1],\n    [-3],\n]"));
        assert!(!base.contains("x / 2"), "the solution is in no test that a prompt may show");
        assert!(problem.oracle.unwrap().contains("return x / 2"));
    }

    #[test]
    fn a_prompt_in_quotes_asks_for_a_function() {
        let problem = problem(&row(ASKED)).unwrap();
        assert_eq!(problem.style, Style::Function { entry_point: "similar_elements".into() });
        assert!(problem.statement.starts_with("Write a function.\nassert"));
        assert!(problem.context.is_none());
        let [Test::Script { source }] = &problem.tests.hidden[..] else { panic!() };
        assert!(source.contains("    [(1, 2,), (2,)],\n"), "{source}");
        assert!(source.ends_with("    assert set(similar_elements(*_args)) == set(_expected)\n"), "{source}");
        let numbered = self::problem(&row(&ASKED.replace("\"Mbpp/2\"", "2"))).unwrap();
        assert_eq!(numbered, problem);
    }

    #[test]
    fn many_inputs_are_several_tests() {
        let inputs: Vec<String> = (0..250).map(|number| format!("[{number}]")).collect();
        let many = BEGUN.replace("[[1],[-3]]", &format!("[{}]", inputs.join(",")));
        assert_eq!(problem(&row(&many)).unwrap().tests.hidden.len(), 1 + 3);
    }

    #[test]
    fn the_solution_and_the_tolerance_decide_verdicts() {
        let digest = |text: &str| problem(&row(text)).unwrap().digest;
        assert_ne!(digest(BEGUN), digest(&BEGUN.replace("x / 2", "x * 0.5")));
        assert_ne!(digest(BEGUN), digest(&BEGUN.replace("\"atol\":0", "\"atol\":0.1")));
        assert_eq!(digest(BEGUN), digest(&BEGUN.replace("assert True", "assert x")));
    }

    #[test]
    fn bad_rows_name_the_field() {
        let refused = |from: &str, to: &str| problem(&row(&BEGUN.replacen(from, to, 1))).unwrap_err().to_string();
        assert_eq!(refused("[[4]]", "[4]"), "`base_input[0]`: is not a list of arguments");
        assert_eq!(refused("\"atol\":0", "\"atol\":-1"), "`atol`: `-1` is negative");
        assert_eq!(refused("\"canonical_solution\"", "\"solution\""), "missing field `canonical_solution`");
        let none = BEGUN.replace("[[4]]", "[]").replace("[[1],[-3]]", "[]");
        let none = problem(&row(&none)).unwrap_err().to_string();
        assert_eq!(none, "the problem has no hidden tests: `base_input` and `plus_input` are empty");
    }
}

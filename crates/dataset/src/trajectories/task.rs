//! A task as its row has it, and its problem in our own format.

use super::row::Row;
use super::step::Step;
use crate::fields::Fields;
use crate::{own, python};
use mend_core::{Problem, ProblemId};
use serde_json::{Map, Value, json};

/// What was read of a row.
pub(super) struct Task {
    pub(super) id: ProblemId,
    pub(super) problem: Option<Problem>,
    pub(super) rest: Map<String, Value>,
    pub(super) steps: Vec<Step>,
    pub(super) oddities: Vec<&'static str>,
}

/// What is odd about a task whose tests judge nobody.
pub(super) const NO_TESTS: &str = "tasks without tests that can be used";

/// The problem of a row in HumanEval's manner: a beginning of a module, and tests that define and call a check.
pub(super) struct Completed<'a> {
    pub(super) id: &'a str,
    pub(super) prompt: &'a str,
    pub(super) entry_point: &'a str,
    pub(super) solution: Option<&'a str>,
    pub(super) test: &'a str,
    /// Asserts that the system could see.
    pub(super) visible: &'a [&'a str],
}

impl Completed<'_> {
    /// The problem of a row; `None` if the row carries none that can be used. The error is about a field that is not a text.
    pub(super) fn of(row: &Row, id: &str, visible: &[&str]) -> Result<Option<Problem>, String> {
        let (prompt, entry_point, test) = (row.text("prompt")?, row.text("entry_point")?, row.text("test")?);
        let (Some(prompt), Some(entry_point), Some(test)) = (prompt, entry_point, test) else { return Ok(None) };
        let solution = row.text("canonical_solution")?;
        Ok(Completed { id, prompt, entry_point, solution, test, visible }.problem().ok())
    }

    /// The problem. The error says what about it cannot be used.
    pub(super) fn problem(&self) -> Result<Problem, String> {
        let Self { id, prompt, entry_point, solution, test, visible } = self;
        let last = test.trim_end().lines().next_back().unwrap_or_default();
        let calls_itself = last.ends_with("()") && python::defines_function(test, last.trim_end_matches("()"));
        let calls_check = last == format!("check({entry_point})");
        let test =
            if calls_itself || calls_check { (*test).to_owned() } else { format!("{test}\ncheck({entry_point})\n") };
        let mut row = json!({
            "id": id, "statement": prompt, "style": "completion", "entry_point": entry_point, "context": prompt,
            "tests": {"public": scripts(visible), "hidden": scripts(&[&test])},
        });
        if let Some(solution) = solution {
            row["reference"] = format!("{prompt}{solution}").into();
        }
        read(&row)
    }
}

/// The problem of a row in MBPP's manner: a sentence, and asserts, the first of which stands in the statement. `programs` are
/// those of the trajectory, which tell what the asserts ask for.
pub(super) fn asserted(id: &str, statement: &str, asserts: &[&str], programs: &[&str]) -> Result<Problem, String> {
    let first = asserts.first().ok_or("no test asserts anything")?;
    let is_defined = |name: &&str| programs.iter().any(|program| python::defines_function(program, name));
    let is_asked_for = |name: &&str| !NOT_ASKED_FOR.contains(name);
    let called = || python::called_names(first);
    let entry_point = called().find(is_defined).or_else(|| called().find(is_asked_for));
    // A function may be called like one that is there already, such as `sum`.
    let entry_point = entry_point.or_else(|| called().find(|name| !WORDS.contains(name)));
    let entry_point = entry_point.ok_or_else(|| format!("`{first}` calls no function that could be asked for"))?;
    let mut names = asserts.iter().flat_map(|test| python::called_names(test));
    let shares_classes = names.any(|name| programs.iter().any(|program| python::defines_class(program, name)));
    read(&json!({
        "id": id, "statement": statement, "entry_point": entry_point,
        "tests": {"public": scripts(&asserts[..1]), "hidden": scripts(asserts)},
        "integrity": if shares_classes { "cooperative" } else { "isolated" },
    }))
}

/// What asserts call beside the function that is asked for.
const NOT_ASKED_FOR: [&str; 22] = [
    "abs",
    "all",
    "and",
    "any",
    "assert",
    "bool",
    "dict",
    "float",
    "frozenset",
    "in",
    "int",
    "isinstance",
    "len",
    "list",
    "not",
    "or",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
];

/// Words of the language that a parenthesis may follow.
const WORDS: [&str; 6] = ["and", "assert", "in", "is", "not", "or"];

fn scripts(tests: &[&str]) -> Vec<Value> {
    tests.iter().map(|test| json!({"script": format!("{}\n", test.trim_end())})).collect()
}

fn read(row: &Value) -> Result<Problem, String> {
    let fields = Fields::from_row(&row.to_string()).map_err(|flaw| flaw.to_string())?;
    own::problem(&fields).map_err(|flaw| flaw.to_string())
}

/// Our name of a task: `HumanEval/23` for `HumanEval_23_strlen`, `mbpp/11` for `mbpp_11_remove_Occ`.
pub(super) fn id_of(name: &str) -> String {
    let mut parts = name.splitn(3, '_');
    match (parts.next(), parts.next()) {
        (Some(set @ ("HumanEval" | "mbpp")), Some(number))
            if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            format!("{set}/{number}")
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_multipl_e_become_ours_and_others_stay() {
        let cases = [
            ("HumanEval_23_strlen", "HumanEval/23"),
            ("mbpp_11_remove_Occ", "mbpp/11"),
            ("HumanEval/5", "HumanEval/5"),
            ("two-sum", "two-sum"),
            ("HumanEval_x_f", "HumanEval_x_f"),
        ];
        for (name, id) in cases {
            assert_eq!(id_of(name), id);
        }
    }

    #[test]
    fn what_asserts_ask_for_is_told_by_the_programs_else_by_the_first_call() {
        let entry = |assert: &str, programs: &[&str]| {
            let problem = asserted("a/1", "Do it.", &[assert], programs).unwrap();
            problem.style.entry_point().unwrap().to_owned()
        };
        assert_eq!(entry("assert set(f(1)) == set(1,)", &[]), "f");
        assert_eq!(entry("assert g(f(1)) == 2", &["def f(x):\n    return x\n"]), "f");
        assert_eq!(entry("assert (f(1)) == 2", &[]), "f");
        assert_eq!(entry("assert sum(1, 2) == 3", &["def sum(a, b):\n    return a + b\n"]), "sum");
        assert_eq!(entry("assert sum(1, 2) == 3", &[]), "sum");
        assert!(asserted("a/1", "Do it.", &["assert True"], &[]).is_err());
    }
}

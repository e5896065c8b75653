//! What a script's errors say: the script, the line, and what to do.

use crate::play::{Play, by_luck, key, problem};
use mend_repair::Script;
use std::collections::BTreeMap;

const HEADER: &str =
    "strategy(summary = \"s\", seats = [\"coder\", \"repairer\"], see = \"public\", stop_on = \"public\", bound = 5)\n";

/// What is said of a script whose `solve` has this body.
fn said(body: &str) -> String {
    let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!("{HEADER}def solve(problem, p):\n{body}");
    match Script::load("mine.star", &text, &BTreeMap::new()) {
        Err(error) => error.to_string(),
        Ok(script) => Play::new(&script, by_luck, 2).finish(0).unwrap_err().to_string(),
    }
}

#[test]
fn an_error_names_script_line_and_what_to_do() {
    insta::assert_snapshot!(said("return nothing"), @"");
    insta::assert_snapshot!(said("program = ask(\"program\", \"x\")\nreturn program if judge(program, \"hidden\").passed else None"), @"");
    insta::assert_snapshot!(said("program = ask(\"program\", \"x\")\nreturn judge(program, \"hidden\").first_failure()"), @"");
    insta::assert_snapshot!(said("ask(\"program\", \"x\", index = 0)\nask(\"program\", \"y\", index = 0)"), @"");
    insta::assert_snapshot!(said("for i in range(10000000):\n    pass"), @"");
    insta::assert_snapshot!(said("ask(\"program\", \"{{ nobody }}\")"), @"");
    insta::assert_snapshot!(said("ask(\"program\", \"x\", n = 6)"), @"");
    insta::assert_snapshot!(said("ask(\"critique\", \"x\")"), @"");
    insta::assert_snapshot!(said("ask(\"poem\", \"x\")"), @"");
    insta::assert_snapshot!(said("ask(\"repair\", \"x\")"), @"");
    insta::assert_snapshot!(said("return problem.reference"), @"");
    insta::assert_snapshot!(said("return 3"), @"");
    insta::assert_snapshot!(said("return p.turns"), @"");
    insta::assert_snapshot!(said("return ("), @"");
    insta::assert_snapshot!(said("programs()\nask(\"program\", \"x\")"), @"");
    insta::assert_snapshot!(said("ask(\"program\", \"x\", sampling = {\"heat\": 1})"), @"");
    insta::assert_snapshot!(said("def again(n):\n    return again(n + 1)\nreturn again(0)"), @"");
}

#[test]
fn a_header_that_is_not_as_it_must_be_says_so() {
    let said = |text: &str| Script::load("mine.star", text, &BTreeMap::new()).unwrap_err().to_string();
    insta::assert_snapshot!(said("x = 1\n"), @"");
    insta::assert_snapshot!(said("def solve(problem, p):\n    pass\n"), @"");
    let header = |fields: &str| said(&format!("strategy({fields})\ndef solve(problem, p):\n    pass\n"));
    insta::assert_snapshot!(header("summary = \"s\""), @"");
    insta::assert_snapshot!(header("summary = \"s\", seats = [\"coder\"], sees = \"public\", bound = 1"), @"");
    insta::assert_snapshot!(header("summary = \"s\", seats = [\"coder\"], see = \"all\", bound = 1"), @"");
    insta::assert_snapshot!(header("summary = \"s\", seats = [\"cook\"], bound = 1"), @"");
    insta::assert_snapshot!(header("summary = \"s\", seats = [\"coder\"]"), @"");
    insta::assert_snapshot!(header("summary = \"s\", seats = [\"coder\"], bound = lambda p: p.n"), @"");
    insta::assert_snapshot!(header("summary = \"s\", seats = [\"coder\"], bound = 1, params = {\"n\": [1]}"), @"");
}

#[test]
fn parameters_are_checked() {
    let text = "strategy(summary = \"s\", seats = [\"coder\"], bound = 1, params = {\"n\": 1, \"hot\": 0.5, \"on\": True})\ndef solve(problem, p):\n    pass\n";
    let said = |name: &str, value: &str| {
        let chosen = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        Script::load("mine.star", text, &chosen)
            .map(|script| format!("{:?}", script.parameters()[name]))
            .unwrap_or_else(|error| error.to_string())
    };
    assert_eq!(said("n", "3"), "Int(3)");
    assert_eq!(said("hot", "1"), "Float(1.0)");
    assert_eq!(said("on", "no"), "Bool(false)");
    insta::assert_snapshot!(said("n", "three"), @"");
    insta::assert_snapshot!(said("m", "3"), @"");
}

#[test]
fn a_script_that_changed_since_the_run_began_says_where() {
    let text = |words: &str| {
        format!(
            "{HEADER}def solve(problem, p):\n    program = ask(\"program\", \"{words}\")\n    if not judge(program, \"public\").passed:\n        ask(\"repair\", \"again\", about = program)\n    return program\n"
        )
    };
    let script = |words: &str| Script::load("mine.star", &text(words), &BTreeMap::new()).unwrap();
    let mut before = Play::new(&script("Write it."), by_luck, 1);
    before.finish(0).unwrap();
    let mut after = Play::on(&script("Write it well."), by_luck, 1, problem(), before.tree.clone());
    insta::assert_snapshot!(after.finish(0).unwrap_err().to_string(), @"");
    assert_eq!(before.tree.key, key());
}

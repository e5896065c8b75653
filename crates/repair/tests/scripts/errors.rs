//! What a script's errors say: the script, the line, and what to do.

use crate::play::{Play, by_luck, key, problem};
use mend_repair::Script;
use std::collections::BTreeMap;

const HEADER: &str =
    "strategy(summary = \"s\", seats = [\"coder\", \"repairer\"], see = \"public\", stop_on = \"public\", bound = 5)\n";

/// What is said of a script whose `solve` has this body.
fn said(body: &str) -> String {
    let body: Vec<String> = body.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!("{HEADER}def solve(problem, p):\n{}", body.concat());
    match Script::load("mine.star", &text, &BTreeMap::new()) {
        Err(error) => error.to_string(),
        Ok(script) => Play::new(&script, by_luck, 2).finish(0).unwrap_err().to_string(),
    }
}

#[test]
fn an_error_names_script_line_and_what_to_do() {
    insta::assert_snapshot!(said("return nothing"), @r#"
    mine.star:3: Variable `nothing` not found
      3 |     return nothing
      hint: define it above, or load it from "lib.star"; docs/strategies.md lists the names that every script knows
    "#);
    insta::assert_snapshot!(said("program = ask(\"program\", \"x\")\nreturn program if judge(program, \"hidden\").passed else None"), @r#"
    mine.star:4: the outcome of the hidden suite may not be used here: the header does not grant `stop_on = "hidden"`
      4 |     return program if judge(program, "hidden").passed else None
      hint: a strategy whose next act hangs on it says so in its header by `stop_on`; `select_on` grants it for what is handed in, behind `programs()`
    "#);
    insta::assert_snapshot!(said("program = ask(\"program\", \"x\")\nreturn judge(program, \"hidden\").first_failure()"), @r#"
    mine.star:4: facts of the hidden suite may not be shown: the header does not grant `see = "hidden"`
      4 |     return judge(program, "hidden").first_failure()
      hint: a strategy whose prompts show it says so in its header by `see`
    "#);
    insta::assert_snapshot!(said("ask(\"program\", \"x\", index = 0)\nask(\"program\", \"y\", index = 0)"), @r#"
    mine.star:4: p0 is asked for twice: here, and at mine.star:3; give one of the two another `index`, or another node that it is `about`
      4 |     ask("program", "y", index = 0)
      hint: what is asked without `index` takes the next free number by itself
    "#);
    let endless = said("for i in range(200):\n    make(\"note\", \"x\")");
    assert!(endless.starts_with("mine.star:4: the script makes more than 84 nodes"), "{endless}");
    assert!(endless.contains("hint: a loop makes nodes without end"), "{endless}");
    insta::assert_snapshot!(said("for i in range(10000000):\n    pass"), @r"
    mine.star:3: one evaluation takes more than 2000000 steps
      3 |     for i in range(10000000):
      hint: a loop of the script does not end in time: bound it by a parameter
    ");
    for (body, hint) in [
        (
            "ask(\"program\", \"{{ n }}\", n = 2)",
            "hint: `n` is an argument of `ask` itself, which templates do not see",
        ),
        ("make(\"tests\", \"x\")", "hint: what other kinds hold is for somebody to write: ask for it"),
        ("make(\"program\", 1)", "hint: give the source of the program, such as what `replaced` returns"),
        ("make(\"repair\", \"x\")", "hint: `ask(\"repair\", MEND, about = program)` stands below that program"),
        ("replaced(\"x = 1\", \"x = 2\", \"x\")", "hint: `functions(program)` lists the names that a program defines"),
        ("print(1)", "hint: a script prints nothing: `fail(text)` ends it"),
        ("while True:\n    pass", "hint: a script is Starlark: it has `for` over `range(n)`"),
    ] {
        let said = said(body);
        assert!(said.starts_with("mine.star:3: ") && said.contains(hint), "{said}");
    }
    insta::assert_snapshot!(said("ask(\"program\", \"{{ nobody }}\")"), @r#"
    mine.star:3: a template cannot be filled, line 1 of its text: undefined value: `nobody` is undefined; it may name statement, style, entry_point, starter_code
      3 |     ask("program", "{{ nobody }}")
      hint: give it as an argument of `ask`, such as `failure = seen`, or take it out of the template
    "#);
    insta::assert_snapshot!(said("ask(\"program\", \"{{ statement }}\", smapling = {\"temperature\": 0})"), @r#"
    mine.star:3: `smapling` is given to a template that does not name it
      3 |     ask("program", "{{ statement }}", smapling = {"temperature": 0})
      hint: take it out, or write the name as the template does
    "#);
    insta::assert_snapshot!(said("if judge(ask(\"program\", \"x\"), \"public\"):\n    return None"), @r"
    mine.star: a verdict stands where a condition does, as in `if judge(program, suite)`, and is always true
      hint: ask for what it says: `judge(program, suite).passed`
    ");
    insta::assert_snapshot!(said("ask(\"program\", \"x\", n = 6)"), @r#"
    mine.star:3: the script asks for more than its bound: 6 nodes for one problem, where `bound` in its header says 5
      3 |     ask("program", "x", n = 6)
      hint: end the loop that asks, or let `bound` follow the parameters, such as `bound = lambda p: p.n_p * (1 + p.n_r)`
    "#);
    insta::assert_snapshot!(said("ask(\"critique\", \"x\")"), @r#"
    mine.star:3: the critic is asked, but `seats` in the header lists coder, repairer: add "critic" to it, or name another seat by `to`
      3 |     ask("critique", "x")
      hint: a seat is who is asked; `--seat` and `--sampling` choose its model and how that samples
    "#);
    insta::assert_snapshot!(said("ask(\"poem\", \"x\")"), @r#"
    mine.star:3: `poem` is not a kind of node: expected program, critique, repair, note, tests, judgement, question
      3 |     ask("poem", "x")
      hint: the first argument of `ask` is the kind, the second the template
    "#);
    insta::assert_snapshot!(said("ask(\"repair\", \"x\")"), @r#"
    mine.star:3: a repair is about a program, or about what stands below one: give `about`
      3 |     ask("repair", "x")
      hint: `ask("repair", MEND, about = program)` stands below that program
    "#);
    insta::assert_snapshot!(said("return problem.reference"), @r"
    mine.star:3: the reference solution may not be read: the header does not grant `reference = True`
      3 |     return problem.reference
      hint: a strategy that may read it says so in its header: `reference = True`
    ");
    insta::assert_snapshot!(said("return 3"), @r"
    mine.star:2: `solve` returned a value of type int: expected a program, a list of programs, or None
      2 | def solve(problem, p):
      hint: return the program to hand in, a list of programs with the best first, or None to hand in nothing
    ");
    for (body, found) in
        [("return \"text\"", "string"), ("return ask(\"note\", \"x\", to = \"coder\")", "node"), ("return [1]", "int")]
    {
        let said = said(body);
        assert!(said.starts_with(&format!("mine.star:2: `solve` returned a value of type {found}: ")), "{said}");
        assert!(said.contains("\n  hint: return the program to hand in"), "{said}");
    }
    insta::assert_snapshot!(said("return p.turns"), @r"
    mine.star:3: Object of type `parameters` has no attribute `turns`
      3 |     return p.turns
      hint: the parameters of a script are those that `params` in its header lists, each with its default
    ");
    insta::assert_snapshot!(said("return ("), @r"
    mine.star:4: Parse error: unexpected new line, expected expression
      hint: a script is Starlark, which is written as Python is; look at this line and the one before it
    ");
    insta::assert_snapshot!(said("programs()\nask(\"program\", \"x\")"), @r#"
    mine.star:4: no program may be asked for after `programs()` was called: what follows it only chooses
      4 |     ask("program", "x")
      hint: ask for all programs first, and call `programs()` where only the choice is left
    "#);
    insta::assert_snapshot!(said("ask(\"program\", \"x\", sampling = {\"heat\": 1})"), @r#"
    mine.star:3: `sampling` has no `heat`: expected temperature, top_p, max_tokens, stop, reasoning_effort or shorter
      3 |     ask("program", "x", sampling = {"heat": 1})
      hint: docs/strategies.md lists what every name takes and gives; `mend strategies check` tries a script without a run
    "#);
    insta::assert_snapshot!(said("def again(n):\n    return again(n + 1)\nreturn again(0)"), @r"
    mine.star:4: Starlark call stack overflow
      4 |         return again(n + 1)
      called from mine.star:5
      hint: a function of the script calls itself, or calls nest too deeply: use a loop with `range`
    ");
}

#[test]
fn a_header_that_is_not_as_it_must_be_says_so() {
    let said = |text: &str| Script::load("mine.star", text, &BTreeMap::new()).unwrap_err().to_string();
    insta::assert_snapshot!(said("x = 1\n"), @r"
    mine.star: the script defines no function `solve(problem, p)`, which is what is run for each problem
      hint: `mend strategies new mine` writes a script that works, to begin with
    ");
    insta::assert_snapshot!(said("def solve(problem, p):\n    pass\n"), @r"
    mine.star: the script never calls `strategy(...)`, which says whom it asks and what it may know
      hint: `mend strategies new mine` writes a script that works, to begin with
    ");
    let header = |fields: &str| said(&format!("strategy({fields})\ndef solve(problem, p):\n    pass\n"));
    insta::assert_snapshot!(header("summary = \"s\""), @r#"
    mine.star:1: `seats` in `strategy(...)` must list who is asked, such as ["coder"]
      1 | strategy(summary = "s")
      hint: `mend strategies new mine` writes a header that works, and docs/strategies.md lists its fields
    "#);
    insta::assert_snapshot!(header("summary = \"s\", seats = [\"coder\"], sees = \"public\", bound = 1"), @r#"
    mine.star:1: `strategy` has no field `sees`; did you mean `see`? (its fields are summary, paper, deviations, shape, seats, params, public, see, stop_on, select_on, reference, bound, round, dev, passes, learn_on)
      1 | strategy(summary = "s", seats = ["coder"], sees = "public", bound = 1)
      hint: docs/strategies.md lists what every name takes and gives; `mend strategies check` tries a script without a run
    "#);
    insta::assert_snapshot!(header("summary = \"s\", seats = [\"coder\"], see = \"all\", bound = 1"), @r#"
    mine.star:1: `see` in `strategy(...)` is wrong: `all` is not a suite: expected none, public or hidden
      1 | strategy(summary = "s", seats = ["coder"], see = "all", bound = 1)
      hint: `mend strategies new mine` writes a header that works, and docs/strategies.md lists its fields
    "#);
    insta::assert_snapshot!(header("summary = \"s\", seats = [\"coder\"], public = \"third\", bound = 1"), @r#"
    mine.star:1: `public` in `strategy(...)` is wrong: `third` is not a choice of public tests: expected statement, first, second, first-half, examples:<file>, or a file (./third if it is one)
      1 | strategy(summary = "s", seats = ["coder"], public = "third", bound = 1)
      hint: `mend strategies new mine` writes a header that works, and docs/strategies.md lists its fields
    "#);
    insta::assert_snapshot!(header("summary = \"s\", seats = [\"cook\"], bound = 1"), @r#"
    mine.star:1: `seats` in `strategy(...)` is wrong: `cook` names no seat: expected coder, critic, repairer, planner, tester, judge, verifier or annotator, with a number from 2 on for further ones, as in `critic-2`
      1 | strategy(summary = "s", seats = ["cook"], bound = 1)
      hint: `mend strategies new mine` writes a header that works, and docs/strategies.md lists its fields
    "#);
    insta::assert_snapshot!(header("summary = \"s\", seats = [\"coder\"]"), @r#"
    mine.star:1: `bound` in `strategy(...)` must give the most requests for one problem, as a number or a function of the parameters
      1 | strategy(summary = "s", seats = ["coder"])
      hint: `mend strategies new mine` writes a header that works, and docs/strategies.md lists its fields
    "#);
    insta::assert_snapshot!(header("summary = \"s\", seats = [\"coder\"], bound = lambda p: p.n"), @r#"
    mine.star:1: Object of type `parameters` has no attribute `n`
      1 | strategy(summary = "s", seats = ["coder"], bound = lambda p: p.n)
      hint: the parameters of a script are those that `params` in its header lists, each with its default
    "#);
    insta::assert_snapshot!(header("summary = \"s\", seats = [\"coder\"], bound = 1, params = {\"n\": [1]}"), @r"
    mine.star: `params` gives `n` a list: expected a number, a text, True or False
      hint: `mend strategies new mine` writes a header that works, and docs/strategies.md lists its fields
    ");
}

#[test]
fn parameters_are_checked() {
    let text = "strategy(summary = \"s\", seats = [\"coder\"], bound = 1, params = {\"n\": 1, \"hot\": 0.5, \"on\": True})\ndef solve(problem, p):\n    pass\n";
    let said = |name: &str, value: &str| {
        let chosen = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        Script::load("mine.star", text, &chosen)
            .map_or_else(|error| error.to_string(), |script| format!("{:?}", script.parameters()[name]))
    };
    assert_eq!(said("n", "3"), "Int(3)");
    assert_eq!(said("hot", "1"), "Float(1.0)");
    assert_eq!(said("on", "no"), "Bool(false)");
    insta::assert_snapshot!(said("n", "three"), @"mine.star: parameter `n`: found `three`, expected a whole number");
    insta::assert_snapshot!(said("m", "3"), @"mine.star: parameter `m`: the script has no such parameter; it has n, hot, on");
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
    insta::assert_snapshot!(after.finish(0).unwrap_err().to_string(), @r"
    mine.star:3: p0 is asked otherwise than when this run began: the coder with the prompt a186997b was asked then, and the coder with the prompt 5c1d40fd is asked now
      hint: the script, one of its parameters, or a template has changed: go on with the script as it was, or begin a new run
    ");
    assert_eq!(before.tree.key, key());
}

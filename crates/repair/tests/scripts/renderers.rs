//! What prompts may show of a program: each renderer over verdicts of every kind, and what the reach forbids.

use crate::play::{key, problem};
use mend_core::{
    CallId, Candidate, Event, ExtractionRule, Facts, Literal, Problem, RepairTree, Seat, Slot, Status, Style,
    SuiteVerdict, Terms, Test, TestSuite, TestVerdict, Text, Tokens, Usage, Used, Verdict,
};
use mend_repair::{Act, Ask, Ground, Next, Script, Solver, free_completion};
use std::collections::BTreeMap;
use std::sync::Arc;

const PROGRAM: &str = "def inc(n):\n    table = {}\n    return table[n]\n";

/// A tree whose first program has this verdict.
fn tree(program: Option<&str>, verdict: Verdict) -> RepairTree {
    let mut tree = RepairTree::new(key());
    grow(&mut tree, "p0", program, verdict);
    tree
}

fn grow(tree: &mut RepairTree, slot: &str, program: Option<&str>, verdict: Verdict) {
    let slot: Slot = slot.parse().unwrap();
    let call = CallId::new(&slot, 0);
    let rule = ExtractionRule::LastFence;
    let candidate = |program| Candidate { program: Text::new(program), rule, paper_tokens: Tokens(1) };
    let events = [
        Event::Sent {
            call: call.clone(),
            slots: vec![slot.clone()],
            seat: Seat::CODER,
            model: "scripted".into(),
            worst_cost: Tokens(1).into(),
            prompt: Text::new("[user]\nx\n"),
            template: None,
            shows: vec![],
            terms: Terms::default(),
        },
        Event::Sampled {
            call,
            completions: vec![free_completion(program.unwrap_or("Sorry.").to_owned())],
            usage: Usage::default(),
            cost: Tokens(1).into(),
        },
        Event::Judged { slot, candidate: program.map(candidate), verdict, used: Used::default() },
    ];
    for event in &events {
        tree.apply(event).unwrap();
    }
}

fn ground(problem: &Problem) -> Ground {
    let longest_prompts = BTreeMap::new();
    Ground {
        problem: Arc::new(problem.clone()),
        seed: 1,
        replicate: 0,
        programs: u32::MAX,
        longest_prompts,
        memory: None,
    }
}

/// What the script of this header and this body asks for next on a tree, or what its error says.
fn asks(header: &str, body: &str, problem: &Problem, tree: &RepairTree) -> Result<Vec<Ask>, String> {
    let load = "load(\"lib.star\", \"SEVERITY\", \"contrast\", \"explanation\", \"hint\", \"pinpoint\", \"reflection\", \"scalar\", \"strength\", \"teacher\")\n";
    let body: Vec<String> = body.lines().map(|line| format!("    {line}\n")).collect();
    let header = format!(
        "strategy(summary = \"s\", seats = [\"coder\", \"critic\", \"planner\", \"annotator\"], bound = 20, {header})\n"
    );
    let text =
        format!("{load}{header}def solve(problem, p):\n    program = ask(\"program\", \"x\")\n{}", body.concat());
    let script = Script::load("mine.star", &text, &BTreeMap::new()).map_err(|error| error.to_string())?;
    match Solver::new(script, ground(problem)).next(tree).map_err(|error| error.to_string())? {
        Next::Enabled(acts) => Ok(acts
            .into_iter()
            .filter_map(|(_, act)| match act {
                Act::Ask(ask) => Some(ask),
                Act::Make { .. } | Act::Test { .. } | Act::Run { .. } | Act::Look { .. } => None,
            })
            .collect()),
        Next::Done(_) => Ok(vec![]),
    }
}

const ALL: &str = "see = \"hidden\", stop_on = \"hidden\"";

/// What an expression over `seen`, the verdict by all suites, shows in a prompt.
fn shown(expression: &str, problem: &Problem, tree: &RepairTree) -> String {
    let body = format!(
        "seen = judge(program, \"every\")\nshown = {expression}\nask(\"note\", \"{{{{ shown }}}}\", about = program, shown = shown if shown != None else \"(nothing)\")\n"
    );
    let asks = asks(ALL, &body, problem, tree).unwrap_or_else(|error| panic!("{expression}: {error}"));
    assert_eq!(asks.len(), 1, "{expression}");
    assert_eq!(asks[0].shows.iter().map(ToString::to_string).collect::<Vec<_>>(), ["p0"]);
    asks[0].messages[0].content.clone()
}

fn failing(status: Status, facts: &Facts, index: u32) -> TestVerdict {
    TestVerdict { index, status, facts: Some(facts.clone().into()) }
}

fn suite(tests: Vec<TestVerdict>, total: u32) -> SuiteVerdict {
    let failed = tests.iter().map(|test| test.status).find(|status| *status != Status::Passed);
    SuiteVerdict { status: failed.unwrap_or(Status::Passed), tests, total }
}

fn verdict(public: SuiteVerdict, hidden: SuiteVerdict) -> Verdict {
    Verdict { status: hidden.status, public: Some(public), hidden: Some(hidden), engine: Some("process".into()) }
}

/// The same failure in each of a public and two hidden tests.
fn always(status: Status, facts: &Facts) -> Verdict {
    verdict(suite(vec![failing(status, facts, 0)], 1), suite((0..2).map(|at| failing(status, facts, at)).collect(), 2))
}

fn passes(count: u32) -> SuiteVerdict {
    suite((0..count).map(|index| TestVerdict { index, status: Status::Passed, facts: None }).collect(), count)
}

/// All renderers of a verdict, one after another.
fn page(problem: &Problem, tree: &RepairTree) -> String {
    let renderers = [
        "seen.binary()",
        "seen.error_class()",
        "seen.first_failure()",
        "seen.all_failures(2, 40)",
        "seen.pass_fail_list(40)",
        "seen.traceback()",
        "seen.line_pin()",
        "strength(seen, 3)",
    ];
    let of = |renderer: &&str| format!("{renderer}\n{}", shown(renderer, problem, tree));
    renderers.iter().map(of).collect::<Vec<_>>().join("\n\n")
}

#[expect(clippy::unnecessary_wraps, reason = "a field of facts, short")]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn wrong(n: u32, gives: &str) -> Facts {
    Facts {
        call: Some(format!("inc({n})")),
        expected: Some(format!("{}", n + 1)),
        actual: text(gives),
        ..Facts::default()
    }
}

#[test]
fn a_program_that_passes_shows_no_failure() {
    insta::assert_snapshot!(page(&problem(), &tree(Some(PROGRAM), verdict(passes(1), passes(2)))));
}

#[test]
fn a_wrong_value_is_shown_beside_the_right_one() {
    let hidden = suite(
        vec![failing(Status::WrongAnswer, &wrong(2, "5"), 0), failing(Status::WrongAnswer, &wrong(3, "6"), 1)],
        2,
    );
    insta::assert_snapshot!(page(&problem(), &tree(Some(PROGRAM), verdict(passes(1), hidden))));
}

#[test]
fn an_exception_is_shown_with_the_programs_own_line() {
    let raised = Facts {
        call: text("inc(1)"),
        expected: text("2"),
        exception: text("KeyError: 1"),
        line: Some(3),
        source: text("return table[n]"),
        ..Facts::default()
    };
    insta::assert_snapshot!(page(&problem(), &tree(Some(PROGRAM), always(Status::RuntimeError, &raised))));
}

#[test]
fn a_limit_is_shown_with_what_was_spent() {
    let spent =
        Facts { call: text("inc(1)"), note: text("the program used up its 2 s of CPU time"), ..Facts::default() };
    // A suite ends early where limits are reached again and again.
    let hidden = suite(vec![failing(Status::TimeLimit, &spent, 0)], 2);
    let public = suite(vec![failing(Status::TimeLimit, &spent, 0)], 1);
    insta::assert_snapshot!(page(&problem(), &tree(Some(PROGRAM), verdict(public, hidden))));
}

#[test]
fn what_no_test_could_try_is_shown_by_its_reason() {
    insta::assert_snapshot!(page(&problem(), &tree(None, Verdict::without_run(Status::NoCode))));
    let syntax = Facts {
        exception: text("SyntaxError: '(' was never closed"),
        line: Some(3),
        source: text("return table[n"),
        while_loading: true,
        ..Facts::default()
    };
    let broken = "def inc(n):\n    table = {}\n    return (table[n\n    print(n)\n";
    insta::assert_snapshot!(page(&problem(), &tree(Some(broken), always(Status::CompileError, &syntax))));
    let missing = Facts { note: text("the program does not define `inc`"), ..Facts::default() };
    insta::assert_snapshot!(page(&problem(), &tree(Some("x = 1\n"), always(Status::MissingEntryPoint, &missing))));
}

#[test]
fn many_failures_are_cut_and_counted() {
    let facts: Vec<Facts> = (0..6).map(|n| wrong(n, &"9".repeat(50))).collect();
    let test =
        |n: u32| Test::Call { args: Literal(format!("[{n}]").into()), expected: Literal(format!("{}", n + 1).into()) };
    let problem = Problem { tests: TestSuite { public: vec![], hidden: (0..7).map(test).collect() }, ..problem() };
    let mut tests: Vec<TestVerdict> =
        (0..).zip(&facts).map(|(at, facts)| failing(Status::WrongAnswer, facts, at)).collect();
    tests.push(TestVerdict { index: 6, status: Status::Passed, facts: None });
    let found = Verdict { public: None, ..verdict(passes(0), suite(tests, 7)) };
    insta::assert_snapshot!(page(&problem, &tree(Some(PROGRAM), found)));
}

#[test]
fn whole_programs_and_scripts_are_shown_by_their_inputs_and_assertions() {
    let test = |input: &str, expected: &str| Test::Stdio { input: input.into(), expected: expected.into() };
    let tests =
        TestSuite { public: vec![test("1\n", "2\n")], hidden: vec![test("2 3\n4 5\n", "6\n"), test("7\n", "8\n")] };
    let stdio = Problem { style: Style::Program, tests, ..problem() };
    let prints = Facts { input: text("2 3\n4 5\n"), expected: text("6"), actual: text("3\n"), ..Facts::default() };
    let raised = Facts {
        input: text("7\n"),
        expected: text("8"),
        exception: text("ValueError: invalid literal"),
        line: Some(1),
        source: text("print(int(input()) + 1)"),
        note: text("the program raised an exception"),
        ..Facts::default()
    };
    let hidden = suite(vec![failing(Status::WrongAnswer, &prints, 0), failing(Status::RuntimeError, &raised, 1)], 2);
    insta::assert_snapshot!(page(&stdio, &tree(Some("print(int(input()) + 1)\n"), verdict(passes(1), hidden))));

    let script = |source: &str| Test::Script { source: source.into() };
    let tests =
        TestSuite { public: vec![script("assert inc(1) == 2\n")], hidden: vec![script("x = inc(2)\nassert x > 2\n")] };
    let asserts = Problem { tests, ..problem() };
    let failed = Facts { call: text("inc(2)"), actual: text("1"), assertion: text("assert x > 2"), ..Facts::default() };
    let hidden = suite(vec![failing(Status::WrongAnswer, &failed, 0)], 1);
    insta::assert_snapshot!(page(&asserts, &tree(Some(PROGRAM), verdict(passes(1), hidden))));
}

#[test]
fn a_suite_that_the_problem_lacks_says_nothing() {
    let problem = Problem { tests: TestSuite { public: vec![], ..problem().tests }, ..problem() };
    let found = Verdict { public: None, ..verdict(passes(0), passes(2)) };
    let tree = tree(Some(PROGRAM), found);
    for renderer in
        ["binary", "error_class", "first_failure", "all_failures", "pass_fail_list", "traceback", "line_pin"]
    {
        for suite in ["public", "none"] {
            let body = format!("if judge(program, \"{suite}\").{renderer}() != None:\n    fail(\"said\")");
            assert_eq!(asks(ALL, &body, &problem, &tree), Ok(vec![]), "{renderer} of {suite}");
        }
    }
}

#[test]
fn strength_climbs_from_a_word_to_all_failures() {
    let hidden = suite((0..5).map(|n| failing(Status::WrongAnswer, &wrong(n, "9"), n)).collect(), 5);
    let tree = tree(Some(PROGRAM), verdict(passes(1), hidden));
    let said: Vec<String> =
        (-1..6).map(|level| shown(&format!("strength(seen, {level})"), &problem(), &tree)).collect();
    assert_eq!(said[0], said[1]);
    assert_eq!(said[5], said[6]);
    insta::assert_snapshot!(said[1..6].join("\n--\n"), @r"
    wrong
    --
    wrong_answer
    --
    The call inc(0) gives 9, and should give 1.
    --
    The call inc(0) gives 9, and should give 1.
    The call inc(1) gives 9, and should give 2.
    The call inc(2) gives 9, and should give 3.
    2 more tests fail.
    --
    The call inc(0) gives 9, and should give 1.
    The call inc(1) gives 9, and should give 2.
    The call inc(2) gives 9, and should give 3.
    The call inc(3) gives 9, and should give 4.
    The call inc(4) gives 9, and should give 5.
    ");
}

#[test]
fn a_score_has_two_decimals() {
    let tree = tree(Some(PROGRAM), verdict(passes(1), passes(2)));
    for (score, text) in [
        ("seen.fraction", "1.00"),
        ("2 / 3", "0.67"),
        ("0.005", "0.01"),
        ("0.004", "0.00"),
        ("0", "0.00"),
        ("-0.001", "0.00"),
        ("-1.5", "-1.50"),
        ("12.345", "12.35"),
        ("None", "unknown"),
    ] {
        let body =
            format!("seen = judge(program, \"every\")\nask(\"note\", \"{{{{ shown }}}}\", shown = scalar({score}))\n");
        assert_eq!(asks(ALL, &body, &problem(), &tree).unwrap()[0].messages[0].content, text, "{score}");
    }
}

#[test]
fn a_contrast_shows_what_differs_and_both_values() {
    let mut tree = tree(Some("def inc(n):\n    return n"), always(Status::WrongAnswer, &wrong(1, "1")));
    grow(&mut tree, "p1", Some("def inc(n):\n    return n + 1\n"), verdict(passes(1), passes(2)));
    let body = "other = ask(\"program\", \"x\")\nask(\"note\", \"{{ shown }}\", about = program, shown = contrast(judge(program, \"every\"), program, other))";
    let found = asks(ALL, body, &problem(), &tree).unwrap();
    insta::assert_snapshot!(found[0].messages[0].content, @"
    It differs from a program that passes in these lines:

    ```diff
    @@ -1,2 +1,2 @@
     def inc(n):
    -    return n
    +    return n + 1
    ```

    The call inc(1) gives 1, and should give 2.
    ");
    assert_eq!(found[0].shows.iter().map(ToString::to_string).collect::<Vec<_>>(), ["p0", "p1"]);
    // With the reference solution, if it is granted.
    let body = "ask(\"note\", \"{{ shown }}\", about = program, shown = contrast(judge(program, \"every\"), program, problem.reference))";
    let found = asks(&format!("{ALL}, reference = True"), body, &problem(), &tree).unwrap();
    assert!(found[0].messages[0].content.contains("\n+    return n + 1\n"));
    let refused = asks(ALL, body, &problem(), &tree).unwrap_err();
    assert!(refused.contains("the header does not grant `reference = True`"), "{refused}");
}

#[test]
fn nothing_is_shown_that_the_header_does_not_grant() {
    let tree = tree(Some(PROGRAM), always(Status::WrongAnswer, &wrong(1, "1")));
    for method in [
        "binary()",
        "error_class()",
        "first_failure()",
        "all_failures()",
        "pass_fail_list()",
        "traceback()",
        "line_pin()",
        "failures",
    ] {
        let said = asks(
            "see = \"public\", stop_on = \"hidden\"",
            &format!("judge(program, \"hidden\").{method}"),
            &problem(),
            &tree,
        );
        let said = said.unwrap_err();
        assert!(said.starts_with("mine.star:5: facts of the hidden suite may not be shown"), "{method}: {said}");
        assert!(said.contains("`see = \"hidden\"`"), "{said}");
    }
    for attribute in ["passed", "fraction", "status", "outcomes"] {
        let said = asks("see = \"hidden\"", &format!("judge(program, \"hidden\").{attribute}"), &problem(), &tree)
            .unwrap_err();
        assert!(said.contains("may not be used here"), "{attribute}: {said}");
    }
    for helper in ["hint(program, 4, seen, problem.reference)", "teacher(program, seen, problem.reference)"] {
        let body = format!("seen = judge(program, \"public\")\n{helper}");
        let said = asks("see = \"public\"", &body, &problem(), &tree).unwrap_err();
        assert!(said.contains("the header does not grant `reference = True`"), "{said}");
    }
}

#[test]
fn helpers_ask_for_texts_without_code() {
    let tree = tree(Some(PROGRAM), always(Status::WrongAnswer, &wrong(1, "1")));
    let header = "see = \"public\", reference = True";
    let body = "seen = judge(program, \"public\")
reflection(program, seen)
explanation(program)
pinpoint(program, seen)
for level in range(1, 5):
    hint(program, level, seen)
hint(program, 2, seen, problem.reference)
teacher(program, seen, problem.reference)";
    let found = asks(header, body, &problem(), &tree);
    let found = found.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(found.len(), 9);
    assert!(found.iter().all(|ask| ask.terms.forbids_code), "none of them may hold code");
    let shown: Vec<String> = found
        .iter()
        .map(|ask| format!("== {} by the {}\n{}", ask.slots[0], ask.seat, ask.messages[1].content))
        .collect();
    insta::assert_snapshot!(shown.join("\n\n"));
    let said = asks(header, "hint(program, 5, judge(program, \"public\"))", &problem(), &tree).unwrap_err();
    assert!(said.contains("`level` of a hint is 1, 2, 3 or 4; found 5"), "{said}");
}

#[test]
fn only_texts_can_be_asked_for_without_code() {
    let tree = tree(Some(PROGRAM), always(Status::WrongAnswer, &wrong(1, "1")));
    let said = asks("", "ask(\"repair\", \"x\", to = \"coder\", about = program, code = False)", &problem(), &tree)
        .unwrap_err();
    insta::assert_snapshot!(said, @r#"
    mine.star:5: a repair is read for what it holds, code included: `code = False` is for a critique, a note or a question
      5 |     ask("repair", "x", to = "coder", about = program, code = False)
      hint: docs/strategies.md lists what every name takes and gives; `mend strategies check` tries a script without a run
    "#);
}

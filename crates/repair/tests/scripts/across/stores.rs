//! Rules, failures and criteria: what is stored of one problem, and shown at another.

use super::loops::{At, json, kept, learnt, named, prompts, rehearsed, start, told};
use crate::exchanges::{all_fail, all_pass, level, other, refused, shipped};
use mend_core::{Problem, Seat, Slot};
use mend_repair::Says;
use std::sync::Arc;

const RIGHT: Says = Says::Program { public: true, hidden: true };

/// The first program fails, its repair passes, and the critic distils a rule.
fn mended(_: Seat, slot: &Slot) -> Says {
    match &*slot.to_string() {
        "p0/r0" => RIGHT,
        "p0/r0/n0" => Says::Text("**When:** a function adds one\nDo: mind the MARKED step".to_owned()),
        _ => all_fail(Seat::CODER, slot),
    }
}

fn problems(count: usize) -> Vec<Arc<Problem>> {
    (0..count).map(|number| Arc::new(named(&format!("play/{number}")))).collect()
}

#[test]
fn the_rule_of_one_problem_stands_in_the_prompt_of_a_similar_one_in_the_next_round() {
    // Two problems to learn from, a round each, and two to report.
    let droc = rehearsed(("droc", &[("round", "1")]), &problems(4), mended);
    let rounds: Vec<u32> = droc.trials.iter().map(|(turn, ..)| turn.round).collect();
    assert_eq!(rounds, [0, 1, 2, 2]);
    let rule = "- When: a function adds one\n  Do: mind the MARKED step";
    assert!(!prompts(&droc, 0).contains("MARKED"), "not in its own round");
    for at in 1..4 {
        assert_eq!(prompts(&droc, at).matches(rule).count(), 2, "first program and repair");
    }
    let asks_for_a_rule = |at: usize| prompts(&droc, at).contains("What is to be learnt from it");
    assert_eq!([0, 1, 2, 3].map(asks_for_a_rule), [true, true, false, false]);
    // Emptied, it is the same without rules.
    let off = rehearsed(("droc", &[("round", "1"), ("store", "off")]), &problems(4), mended);
    for at in 0..4 {
        let all = prompts(&off, at);
        assert!(!all.contains("MARKED") && !all.contains("Rules that") && !all.contains("learnt from it"), "{all}");
        assert_eq!(off.trials[at].2.asked, 2);
    }
    // Where all problems are reported, each round still learns from those before it.
    let all = rehearsed(("droc", &[("round", "2"), ("dev", "0")]), &problems(4), mended);
    let shows: Vec<(u32, bool)> = (0..4).map(|at| (all.trials[at].0.round, prompts(&all, at).contains(rule))).collect();
    assert_eq!(shows, [(0, false), (0, false), (1, true), (1, true)]);
    assert!(all.trials.iter().all(|(turn, ..)| !turn.is_dev));
}

#[test]
fn a_rule_is_stored_once() {
    let script = shipped("droc", &[]);
    let rule = |when: &str, do_: &str| json!({ "when": when, "do": do_ });
    let first = learnt(
        &script,
        &start(&script),
        &[
            ("dev/0", json!([rule("a loop ends one step early", "check its end")])),
            ("dev/1", json!([rule("a loop ends one step early", "something else")])),
            ("dev/2", json!([rule("the input is empty", "return early")])),
            ("dev/3", json!([])),
        ],
    );
    let stored = json!({ "rules": [rule("a loop ends one step early", "check its end"), rule("the input is empty", "return early")] });
    assert_eq!(first, stored);
    // From one round to the next too.
    assert_eq!(learnt(&script, &first, &[("dev/4", json!([rule("the input is empty", "x")]))]), stored);
    let strict = shipped("droc", &[("same", "1.5")]);
    let twice = learnt(&strict, &first, &[("dev/4", json!([rule("the input is empty", "x")]))]);
    assert_eq!(twice["rules"].as_array().unwrap().len(), 3);
}

#[test]
fn a_distilled_rule_is_read_and_a_step_without_one_has_none() {
    let dev = told(("droc", &[]), &json!({ "rules": [] }), At::Dev, named("dev/0"), mended);
    insta::assert_snapshot!(dev.requests(), @r"
    coder p0 (2)
    repairer p0/r0 (2)
    critic p0/r0/n0 (2)
    ");
    assert_eq!(kept(&dev), json!([{ "when": "a function adds one", "do": "mind the MARKED step" }]));
    let question = dev.question("p0/r0/n0");
    assert!(question.contains("-    return \"p0 coder\"\n+    return \"p0/r0 repairer\""), "{question}");
    // Without its two lines the answer is what to do at tasks like this one.
    let words = |seat, slot: &Slot| match &*slot.to_string() {
        "p0/r0/n0" => Says::Text("Mind\nthe end.".to_owned()),
        _ => mended(seat, slot),
    };
    let vague = told(("droc", &[]), &json!({ "rules": [] }), At::Dev, named("dev/0"), words);
    let statement = named("dev/0").statement.to_string();
    assert_eq!(kept(&vague), json!([{ "when": statement, "do": "This is p0/r0/n0. Mind the end." }]));
    for rule in [all_fail, all_pass] {
        assert_eq!(kept(&told(("droc", &[]), &json!({ "rules": [] }), At::Dev, named("dev/0"), rule)), json!([]));
    }
    assert_eq!(level("droc", &[]), "clean");
    assert!(refused("droc", &[("store", "empty")]).contains("expected on or off"));
}

#[test]
fn the_rules_nearest_to_the_task_are_shown_the_nearest_first() {
    let rules: Vec<_> = ["xxxx yyyy", "One more than n.", "One more than m", "zzzz", "def inc(n):"]
        .iter()
        .enumerate()
        .map(|(number, when)| json!({ "when": when, "do": format!("do {number}") }))
        .collect();
    let shown = told(("droc", &[]), &json!({ "rules": rules }), At::Test, named("test/0"), all_pass).question("p0");
    let told: Vec<&str> = shown.lines().filter_map(|line| line.trim().strip_prefix("Do: ")).collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[0], "do 1");
    assert!(told.contains(&"do 2") && told.contains(&"do 4"), "{told:?}");
    assert!(shown.find("Rules that were learnt").unwrap() < shown.find("Complete the following").unwrap());
}

/// An entry of the ring.
fn entry(number: u32, program: &str, passed: bool) -> serde_json::Value {
    let status = if passed { "passed" } else { "wrong_answer" };
    json!({
        "statement": named("x").statement.to_string(),
        "program": program,
        "status": status,
        "line": "",
        "passed": passed,
        "fixed": false,
        "problem": format!("dev/{number}"),
    })
}

#[test]
fn the_ring_keeps_the_latest_programs_of_all_problems() {
    let script = shipped("reloop", &[("ring", "3")]);
    let new = |program: &str| json!({ "statement": "s", "program": program, "status": "passed", "line": "", "passed": true, "fixed": false });
    let state = learnt(&script, &start(&script), &[("dev/0", json!([new("a"), new("b")])), ("dev/1", json!([]))]);
    let state = learnt(&script, &state, &[("dev/2", json!([new("c")])), ("dev/3", json!([new("d")]))]);
    let told: Vec<(String, String)> = state["ring"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["problem"].as_str().unwrap().to_owned(), entry["program"].as_str().unwrap().to_owned()))
        .collect();
    let of = |problem: &str, program: &str| (problem.to_owned(), program.to_owned());
    assert_eq!(told, [of("dev/0", "b"), of("dev/2", "c"), of("dev/3", "d")]);
    let off = shipped("reloop", &[("use", "off")]);
    assert_eq!(learnt(&off, &start(&off), &[("dev/0", json!([new("a")]))]), json!({ "ring": [] }));
}

#[test]
fn the_nearest_failures_are_shown_as_mistakes_and_what_passed_is_not() {
    let mut ring: Vec<_> = (0..5).map(|number| entry(number, &format!("fails {number}"), false)).collect();
    ring[0]["statement"] = json!("Something else altogether, about quite other things.");
    ring[3]["fixed"] = json!(true);
    ring[3]["line"] = json!("x = 1 // 0");
    ring.push(entry(5, "passes", true));
    let shown = told(("reloop", &[]), &json!({ "ring": ring }), At::Test, named("test/0"), all_pass);
    let question = shown.question("p0");
    let shown_of: Vec<bool> = (0..5).map(|number| question.contains(&format!("fails {number}"))).collect();
    assert_eq!(shown_of, [false, true, true, false, true], "{question}");
    assert!(!question.contains("passes"), "{question}");
    assert!(
        question.ends_with("in one ```python code block.") && question.contains("Do not make them again.\n\nComplete")
    );
    let off = told(("reloop", &[("use", "off")]), &json!({ "ring": ring }), At::Test, named("test/0"), all_pass);
    assert!(!off.question("p0").contains("Mistakes"));
    let all =
        told(("reloop", &[("k", "5")]), &json!({ "ring": ring }), At::Test, named("test/0"), all_pass).question("p0");
    assert!(all.contains("in the line `x = 1 // 0` (a repair fixed it):"), "{all}");
}

#[test]
fn the_program_that_is_least_like_failures_is_taken() {
    let of = |slot: &str| format!("def inc(*given):\n    return \"{slot} coder\"\n");
    // What p1 says passed, what the others say failed: p1 is predicted to fail by others' weight alone, and least.
    let ring = json!({ "ring": [entry(0, &of("p0"), false), entry(1, &of("p1"), true), entry(2, &of("p2"), false)] });
    let chosen = [("use", "rank"), ("n", "3"), ("neighbours", "1")];
    let ranked = told(("reloop", &chosen), &ring, At::Test, named("test/0"), all_fail);
    insta::assert_snapshot!(ranked.requests(), @r"
    coder p0 p1 p2 (2)
    repairer p1/r0 (2)
    repairer p1/r0/r0 (2)
    ");
    assert!(!ranked.question("p0").contains("Mistakes"));
    // Where nothing is remembered all are as likely, and the first is taken.
    let first = told(("reloop", &chosen), &json!({ "ring": [] }), At::Test, named("test/0"), all_fail);
    assert_eq!(first.handed_in, ["p0/r0/r0"]);
}

#[test]
fn each_program_is_remembered_with_how_it_fared() {
    let fixed = |_: Seat, slot: &Slot| match &*slot.to_string() {
        "p0/r0" | "p1" => RIGHT,
        _ => all_fail(Seat::CODER, slot),
    };
    let dev = told(("reloop", &[]), &json!({ "ring": [] }), At::Dev, named("dev/0"), fixed);
    let remembered = kept(&dev);
    assert_eq!(remembered.as_array().unwrap().len(), 1);
    let first = &remembered[0];
    assert_eq!(
        (&first["status"], &first["passed"], &first["fixed"]),
        (&json!("wrong_answer"), &json!(false), &json!(true))
    );
    assert_eq!(first["program"], json!("def inc(*given):\n    return \"p0 coder\"\n"));
    let ranked =
        told(("reloop", &[("use", "rank"), ("n", "2")]), &json!({ "ring": [] }), At::Dev, named("dev/0"), fixed);
    let passed: Vec<_> = kept(&ranked).as_array().unwrap().iter().map(|entry| entry["passed"].clone()).collect();
    assert_eq!(passed, [json!(true), json!(false)], "the others first, then the one that was taken");
    assert!(refused("reloop", &[("use", "both")]).contains("expected show, rank or off"));
}

/// A failing program with a critique, a repair by it, and criteria of the critic.
fn criticised(_: Seat, slot: &Slot) -> Says {
    match &*slot.to_string() {
        "n0" => Says::Text(
            "1. Edges: the empty case is handled.\n- **Types**: numbers stay numbers.\nnothing here".to_owned(),
        ),
        "p0/f0" => Says::Text("It forgets CRITIQUED.".to_owned()),
        _ => {
            if slot.is_program() {
                all_fail(Seat::CODER, slot)
            } else {
                other(slot)
            }
        }
    }
}

#[test]
fn criteria_and_critique_stand_in_the_repair_by_the_arm() {
    let state = json!({ "criteria": [["Edges", "the empty case is handled."]], "critiques": [] });
    for (arm, has_criteria, has_critique) in
        [("none", false, false), ("instance", false, true), ("system", true, false), ("both", true, true)]
    {
        let test = told(("rubric", &[("arm", arm)]), &state, At::Test, named("test/0"), criticised);
        let slot = if has_critique { "p0/f0/r0" } else { "p0/r0" };
        let question = test.question(slot);
        assert_eq!(question.contains("- Edges: the empty case is handled."), has_criteria, "{arm}: {question}");
        assert_eq!(question.contains("> It forgets CRITIQUED."), has_critique, "{arm}: {question}");
        assert_eq!(test.nodes(), if has_critique { 3 } else { 2 });
    }
    assert_eq!(level("rubric", &[]), "clean");
    assert!(refused("rubric", &[("arm", "all")]).contains("expected none, instance, system or both"));
}

#[test]
fn once_a_round_the_critiques_of_the_last_one_are_merged() {
    let state = json!({ "criteria": [["Old", "is kept in view."]], "critiques": ["It loops", "It is slow"] });
    let first = told(("rubric", &[]), &state, At::First, named("dev/0"), criticised);
    insta::assert_snapshot!(first.requests(), @r"
    critic n0 (2)
    coder p0 (2)
    critic p0/f0 (2)
    ");
    let question = first.question("n0");
    for part in ["> It loops", "> It is slow", "- Old: is kept in view.", "at most 7 criteria"] {
        assert!(question.contains(part), "{part}: {question}");
    }
    let another = told(("rubric", &[]), &state, At::Dev, named("dev/1"), criticised);
    assert_eq!(another.requests(), "coder p0 (2)\ncritic p0/f0 (2)");
    let script = shipped("rubric", &[]);
    let next = learnt(&script, &state, &[("dev/0", kept(&first)), ("dev/1", kept(&another)), ("dev/2", json!([]))]);
    let critique = "This is p0/f0.\n\nIt forgets CRITIQUED.";
    let criteria = json!([["Edges", "the empty case is handled."], ["Types", "numbers stay numbers."]]);
    assert_eq!(next, json!({ "criteria": criteria, "critiques": [critique, critique] }));
    // An answer without criteria changes none; no more than so many are taken.
    let same = learnt(&script, &state, &[("dev/0", json!([{ "merged": "I see nothing." }]))]);
    assert_eq!(same, json!({ "criteria": [["Old", "is kept in view."]], "critiques": [] }));
    let many = (0..9).map(|number| format!("- name{number}: sentence.")).collect::<Vec<_>>().join("\n");
    let most = learnt(&script, &state, &[("dev/0", json!([{ "merged": many }]))]);
    assert_eq!(most["criteria"].as_array().unwrap().len(), 7);
    // Without critiques there is nothing to merge; without a use for criteria nothing is asked.
    assert_eq!(told(("rubric", &[]), &start(&script), At::First, named("dev/0"), criticised).nodes(), 2);
    assert_eq!(told(("rubric", &[("arm", "instance")]), &state, At::First, named("dev/0"), criticised).nodes(), 0);
}

#[test]
fn a_persons_criteria_may_stand_at_the_beginning() {
    let script = shipped("rubric", &[("criteria", "Edges: no item at all; Speed: no loop in a loop")]);
    let criteria = json!([["Edges", "no item at all"], ["Speed", "no loop in a loop"]]);
    assert_eq!(start(&script), json!({ "criteria": criteria, "critiques": [] }));
}

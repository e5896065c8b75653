//! Strategies that learn from one problem for the next: what they say in their headers, what they may keep, and what they
//! are told.

use crate::play::{Play, by_luck};
use crate::script;
use mend_core::{Problem, ProblemId};
use mend_repair::{Finished, Reach, Says, Script, ScriptedModel, State, rehearse, try_out};
use std::collections::BTreeMap;
use std::sync::Arc;

const LEARNER: &str = r#"
load("lib.star", "MEND")
strategy(
    summary = "s",
    seats = ["coder", "repairer"],
    params = {"round": 2, "dev": 0.5, "passes": 1, "learn_on": "hidden"},
    see = "public",
    stop_on = "public",
    bound = 2,
    round = lambda p: p.round,
    dev = lambda p: p.dev,
    passes = lambda p: p.passes,
    learn_on = lambda p: p.learn_on if p.dev > 0 else None,
)

def start(p):
    return {"rounds": [], "trees": 0}

def learn(state, trees, p):
    told = ["%s at %d: %s" % (tree["problem"], tree["place"], ", ".join(tree["kept"])) for tree in trees]
    return {"rounds": state["rounds"] + [told], "trees": state["trees"] + len(trees)}

def solve(problem, p):
    known = memory()
    keep("round %d of %d" % (known.round, known.rounds))
    program = ask("program", "{{ statement }}\n\nAfter {{ trees }} trees. Write it.", trees = known.state["trees"])
    if known.is_dev:
        keep("passes" if judge(program, "hidden").passed else "fails")
    if not judge(program, "public").passed:
        program = ask("repair", MEND, about = program, program = program, failure = judge(program, "public"))
    return program
"#;

/// A small strategy that learns.
pub(crate) fn learner(chosen: &[(&str, &str)]) -> Script {
    script("learner.star", LEARNER, chosen)
}

fn problems(count: usize) -> Vec<Arc<Problem>> {
    let problem = |number: usize| {
        let id = format!("play/{number}");
        let digest = mend_core::Digest::of(id.as_bytes());
        Arc::new(Problem { id: ProblemId::new(id), digest, ..crate::play::problem() })
    };
    (0..count).map(problem).collect()
}

/// Every program passes, of every problem.
fn model(problems: &[Arc<Problem>]) -> ScriptedModel {
    let right = ScriptedModel::new(&problems[0], |_, _| Says::Program { public: true, hidden: true });
    problems.iter().fold(right, |model, problem| model.also(problem))
}

#[test]
fn each_round_knows_what_the_rounds_before_it_kept_and_nothing_of_its_own() {
    let script = learner(&[("passes", "2")]);
    let problems = problems(6);
    let mut model = model(&problems);
    let rehearsal = rehearse(&script, &problems, &mut model).unwrap();
    // Three problems to learn from, twice, in rounds of two: 2, 1, 2, 1. Then three to report.
    let turns: Vec<(u32, u32, bool)> =
        rehearsal.trials.iter().map(|(turn, ..)| (turn.round, turn.place, turn.is_dev)).collect();
    let dev = [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1), (3, 0)].map(|(round, place)| (round, place, true));
    let test = [0, 1, 2].map(|place| (4, place, false));
    assert_eq!(turns, [&dev[..], &test[..]].concat());
    let id = |at: usize| rehearsal.trials[at].1.id.to_string();
    let told = |at: usize, round: u32, place: u32| format!("{} at {place}: round {round} of 5, passes", id(at));
    let all = [
        vec![told(0, 0, 0), told(1, 0, 1)],
        vec![told(2, 1, 0)],
        vec![told(3, 2, 0), told(4, 2, 1)],
        vec![told(5, 3, 0)],
    ];
    for (round, state) in rehearsal.states.iter().enumerate() {
        let trees: usize = all[..round].iter().map(Vec::len).sum();
        let expected = serde_json::json!({ "rounds": all[..round], "trees": trees });
        let found: serde_json::Value = serde_json::from_str(state.text().body().unwrap()).unwrap();
        assert_eq!(found, expected, "round {round}");
    }
    for (turn, _, trial) in &rehearsal.trials {
        let prompt = trial.messages(&"p0".parse().unwrap()).unwrap();
        let known: usize = all[..turn.round as usize].iter().map(Vec::len).sum();
        assert!(prompt.contains(&format!("After {known} trees.")), "{prompt}");
    }
    // The two passes go through the same problems in the same order.
    assert_eq!([id(0), id(1), id(2)], [id(3), id(4), id(5)]);
}

#[test]
fn what_is_learnt_from_is_reached_on_those_problems_alone() {
    let script = learner(&[]);
    let header = script.header();
    assert_eq!((header.see, header.stop_on), (Reach::Public, Reach::Public));
    assert_eq!(header.oracle().level().to_string(), "clean");
    assert_eq!(header.dev_oracle().level().to_string(), "tests_visible");
    let identity = header.rounds.as_ref().unwrap().identity(header);
    assert_eq!((identity.round, identity.passes, identity.learn_on.as_deref()), (2, 1, Some("hidden")));
    let rash = LEARNER.replace("if known.is_dev:\n        keep", "if True:\n        keep");
    let rash = script_of(&rash).unwrap();
    let problems = problems(2);
    let mut model = model(&problems);
    // Alone it is tried as a problem to learn from, together one of the two is reported.
    try_out(&rash, &problems[0], &mut model).unwrap();
    let said = rehearse(&rash, &problems, &mut model).unwrap_err().to_string();
    assert!(
        said.contains("does not grant `stop_on = \"hidden\"` (`learn_on` grants it where `memory().is_dev` is True)"),
        "{said}"
    );
}

fn script_of(text: &str) -> Result<Script, String> {
    Script::load("mine.star", text, &BTreeMap::new()).map_err(|error| error.to_string())
}

/// What is said of a strategy with these fields, this body of `start`, of `learn`, and of `solve`.
fn said(fields: &str, start: &str, learn: &str, solve: &str) -> String {
    let text = format!(
        "strategy(summary = \"s\", seats = [\"coder\"], stop_on = \"public\", bound = 2{fields})\n\
         def start(p):\n    {start}\ndef learn(state, trees, p):\n    {learn}\ndef solve(problem, p):\n    {solve}\n    return None\n"
    );
    let script = match script_of(&text) {
        Ok(script) => script,
        Err(error) => return error,
    };
    let problems = problems(3);
    let mut model = model(&problems);
    match rehearse(&script, &problems, &mut model) {
        Ok(_) => "works".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_header_that_does_not_go_together_is_refused_with_its_line() {
    let header = |fields: &str| said(fields, "return 0", "return 0", "pass");
    assert_eq!(header(", round = 16"), "works");
    assert_eq!(header(", round = 1, dev = 0.5, passes = 3, learn_on = \"hidden\""), "works");
    assert_eq!(header(", round = 2, dev = None, passes = None, learn_on = None"), "works");
    for (fields, why) in [
        (", round = 0", "`round` in `strategy(...)` must be a whole number from 1 to 1000000"),
        (", round = 2.5", "`round` in `strategy(...)` must be a whole number from 1 to 1000000"),
        (", round = 2, dev = 1", "`dev` in `strategy(...)` must be a number from 0 up to 1"),
        (", round = 2, dev = 1.0", "`dev` in `strategy(...)` must be a number from 0 up to 1"),
        (", round = 2, dev = -0.1", "`dev` in `strategy(...)` must be a number from 0 up to 1"),
        (", round = 2, dev = \"half\"", "`dev` in `strategy(...)` must be a number from 0 up to 1"),
        (", round = 2, dev = 0.5, passes = 0", "`passes` in `strategy(...)` must be a whole number from 1"),
        (", round = 2, dev = 0.5, learn_on = \"all\"", "`learn_on` in `strategy(...)` is wrong: `all` is not a suite"),
        (", round = 2, learn_on = \"hidden\"", "`learn_on` in `strategy(...)` needs `dev`"),
        (", round = 2, passes = 2", "`passes` in `strategy(...)` needs `dev`"),
        (", dev = 0.5", "`dev` in `strategy(...)` is for a strategy with `round`"),
        (", learn_on = \"hidden\"", "`learn_on` in `strategy(...)` is for a strategy with `round`"),
    ] {
        let said = header(fields);
        assert!(said.starts_with("mine.star:1: ") && said.contains(why), "{fields}\n{said}");
        assert!(said.contains("\n  1 | strategy(") && said.contains("\n  hint: "), "{fields}\n{said}");
    }
    let text = "strategy(summary = \"s\", seats = [\"coder\"], bound = 1, round = 2)\n";
    let solve = "def solve(problem, p):\n    return None\n";
    for (functions, lacks) in [("", "`start(p)`"), ("def start(p):\n    return 0\n", "`learn(state, trees, p)`")] {
        let said = script_of(&format!("{text}{functions}{solve}")).unwrap_err();
        assert!(said.contains(&format!("`round` in `strategy(...)` needs a function {lacks}")), "{said}");
    }
}

#[test]
fn what_json_does_not_have_is_no_state_and_is_not_kept() {
    let state = |value: &str| said(", round = 1", &format!("return {value}"), "return state", "pass");
    for works in ["None", "[1, 2.5, \"x\", True]", "{\"a\": {\"b\": []}}", "(1, 2)", "-9000000000", "\"é\u{2028}\""] {
        assert_eq!(state(works), "works", "{works}");
    }
    for (value, why) in [
        ("{1: 2}", "the state that `start` returned has a key of type int: expected what JSON has"),
        (
            "[0, {\"a\": set_of}]",
            "the state that `start` returned holds a function at `[1][\"a\"]`: expected what JSON has",
        ),
        ("struct(a = 1)", "the state that `start` returned holds a struct: expected what JSON has"),
        (
            "\"x\" * 1100000",
            "the state that `start` returned takes 1100002 bytes as JSON: a state may have 1048576 at most",
        ),
        ("float(\"inf\")", "the state that `start` returned holds inf: expected what JSON has"),
    ] {
        let value = value.replace("set_of", "learn");
        let said = state(&value);
        assert!(said.starts_with("before round 0: mine.star:2: ") && said.contains(why), "{value}\n{said}");
        assert!(said.contains("\n  2 | def start(p):\n  hint: "), "{value}\n{said}");
    }
    let learn = |body: &str| said(", round = 1", "return []", body, "pass");
    let failed = learn("return state + [1 // 0]");
    assert!(failed.starts_with("before round 1: mine.star:5: ") && failed.contains("divi"), "{failed}");
    let lost = learn("state + [1]");
    assert!(
        lost.contains("mine.star:4: the state that `learn` returned is None, and the one before it is not"),
        "{lost}"
    );
    assert!(lost.contains("hint: end `learn` by `return state`"), "{lost}");
    let endless = learn("return [x for x in range(1000000) for y in range(1000000)]");
    assert!(endless.contains("mine.star:5: one evaluation takes more than"), "{endless}");
    let asks = learn("return ask(\"program\", \"x\")");
    assert!(asks.contains("`ask` needs a problem: call it in `solve`"), "{asks}");
    let kept = |body: &str| said(", round = 1", "return 0", "return state", body);
    assert_eq!(kept("keep({\"a\": [1, None]})"), "works");
    for (body, why) in [
        ("keep(ask(\"program\", \"x\"))", "what `keep` was given holds a node: expected what JSON has"),
        (
            "keep([ask(\"program\", \"x\")])",
            "holds a node at `[0]`: expected what JSON has: None, True, False, numbers",
        ),
        ("each([1, 2], keep)", "`keep` cannot be called within `each`"),
        ("[keep(\"x\" * 100000) for i in range(3)]", "what this tree keeps takes more than 262144 bytes as JSON"),
    ] {
        let said = kept(body);
        assert!(said.contains("mine.star:7: ") && said.contains(why) && said.contains("\n  hint: "), "{body}\n{said}");
    }
}

#[test]
fn without_rounds_there_is_no_memory_and_the_error_says_what_to_add() {
    for (call, name) in [("memory()", "memory"), ("keep(1)", "keep")] {
        let text =
            format!("strategy(summary = \"s\", seats = [\"coder\"], bound = 1)\ndef solve(problem, p):\n    {call}\n");
        let said = Play::new(&script("mine.star", &text, &[]), by_luck, 0).finish(0).unwrap_err().to_string();
        assert!(
            said.contains(&format!("`{name}` is for a strategy that learns from one problem for others")),
            "{said}"
        );
        assert!(said.contains("hint: add `round = 16` to `strategy(...)`, `def start(p)`"), "{said}");
    }
    let unused = said("", "return 0", "return 0", "pass");
    assert!(
        unused.contains("`round` in `strategy(...)` is missing, and `start` is never called without it"),
        "{unused}"
    );
    let text =
        "x = memory()\nstrategy(summary = \"s\", seats = [\"coder\"], bound = 1)\ndef solve(problem, p):\n    pass\n";
    assert!(script_of(text).unwrap_err().contains("`memory` needs a problem"));
}

#[test]
fn learn_is_told_of_each_tree_and_numbers_and_orders_survive_the_journal() {
    let text = r#"
strategy(summary = "s", seats = ["coder"], params = {"more": 1}, bound = 1, round = 2)
def start(p):
    return {"z": 1.0, "a": p.more, "m": [1e-9, -3, 12345678901]}
def learn(state, trees, p):
    return [state, trees, [type(state["z"]), type(state["a"]), list(state.keys())]]
def solve(problem, p):
    return None
"#;
    let script = script_of(text).unwrap();
    let start = script.start().unwrap().unwrap();
    assert_eq!(&**start.text().body().unwrap(), r#"{"z":1.0,"a":1,"m":[1e-9,-3,12345678901]}"#);
    let [first, second] = [0, 1].map(|at| Arc::clone(&problems(2)[at]));
    let second = Arc::new(Problem { difficulty: Some("hard".into()), ..(*second).clone() });
    let finished = |problem: &Arc<Problem>, place: u32, kept: serde_json::Value| Finished {
        problem: Arc::clone(problem),
        place,
        kept: kept.as_array().unwrap().clone(),
    };
    let trees = [
        finished(&first, 0, serde_json::json!([])),
        finished(&second, 1, serde_json::json!([1.5, {"b": 1, "a": null}])),
    ];
    let next = script.learn(&start, &trees).unwrap();
    let statement = serde_json::to_string(&*first.statement).unwrap();
    let expected = format!(
        r#"[{{"z":1.0,"a":1,"m":[1e-9,-3,12345678901]}},[{{"problem":"play/0","statement":{statement},"difficulty":null,"place":0,"kept":[]}},{{"problem":"play/1","statement":{statement},"difficulty":"hard","place":1,"kept":[1.5,{{"b":1,"a":null}}]}}],["float","int",["z","a","m"]]]"#
    );
    assert_eq!(&**next.text().body().unwrap(), expected);
    // What is read back is the same state.
    assert_eq!(State::read(next.text()).unwrap(), next);
    assert_eq!(script.learn(&State::read(start.text()).unwrap(), &trees).unwrap().digest(), next.digest());
}

#[test]
fn a_tree_keeps_what_its_last_evaluation_kept_in_any_order_of_arrival() {
    let script = learner(&[]);
    for luck in 0..20 {
        let mut first = Play::new(&script, by_luck, luck);
        first.finish(0).unwrap();
        let kept = first.solver.kept().to_vec();
        assert!((1..=2).contains(&kept.len()), "{kept:?}");
        for order in 1..=10 {
            let mut other = Play::new(&script, by_luck, luck);
            other.finish(order).unwrap();
            assert_eq!(other.solver.kept(), kept, "luck {luck} order {order}");
        }
        // Asked once more, of the finished tree.
        let mut again = Play::on(&script, by_luck, luck, crate::play::problem(), first.tree.clone());
        again.finish(0).unwrap();
        assert_eq!(again.solver.kept(), kept);
    }
}

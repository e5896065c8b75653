//! Prompts that are improved or chosen on some problems for others, and prompts that show what was written before.

use super::loops::{At, json, kept, learnt, named, rehearsed, start, told};
use crate::exchanges::{Played, all_fail, all_pass, copy_of, level, refused, shipped};
use mend_core::{Seat, Slot};
use mend_repair::Says;
use serde_json::Value as Json;
use std::sync::Arc;

/// The author writes an instruction, the reviewer gives it 7.
fn writing(_: Seat, slot: &Slot) -> Says {
    match &*slot.to_string() {
        "n0" => Says::Text("Mind the edges.".to_owned()),
        "n1" => Says::Text("It is short.\nScore: 7".to_owned()),
        _ => all_pass(Seat::CODER, slot),
    }
}

fn solved(outcomes: &[(&'static str, bool)]) -> Vec<(&'static str, Json)> {
    outcomes.iter().map(|(id, solved)| (*id, json!([{ "solved": solved }]))).collect()
}

/// The state of Evoke after its first two rounds: one problem is solved by the first instruction, two are not.
fn trying() -> Json {
    let script = shipped("evoke", &[]);
    let measured = solved(&[("dev/0", true), ("dev/1", false), ("dev/2", false)]);
    let write = learnt(&script, &start(&script), &measured);
    let answers = json!([{ "instruction": "Mind the edges." }, { "review": "It is short.\nScore: 7" }]);
    learnt(&script, &write, &[("dev/0", answers), ("dev/1", json!([])), ("dev/2", json!([]))])
}

#[test]
fn evoke_measures_writes_and_tries_by_turns() {
    let script = shipped("evoke", &[]);
    let measured = solved(&[("dev/0", true), ("dev/1", false), ("dev/2", false)]);
    let write = learnt(&script, &start(&script), &measured);
    assert_eq!(write["phase"], json!("write"));
    assert_eq!(write["history"], json!([{ "text": "Solve this task.", "score": null, "rate": 0.33 }]));
    let state = trying();
    assert_eq!(
        [&state["phase"], &state["candidate"], &state["hard"], &state["guard"], &state["critique"]],
        [
            &json!("try"),
            &json!({ "text": "Mind the edges.", "score": 7.0 }),
            &json!(["dev/1", "dev/2"]),
            &json!(["dev/0"]),
            &json!("It is short.\nScore: 7"),
        ]
    );
    // Any of the hard ones, and all of the guard but one.
    let accepted = learnt(&script, &state, &solved(&[("dev/0", false), ("dev/1", true), ("dev/2", false)]));
    assert_eq!(
        [&accepted["instruction"], &accepted["rejected"], &accepted["round"]],
        [&json!("Mind the edges."), &json!(0), &json!(1)]
    );
    assert_eq!(accepted["solved"], json!({ "dev/0": false, "dev/1": true, "dev/2": false }));
    let rejected = learnt(&script, &state, &solved(&[("dev/0", true), ("dev/1", false), ("dev/2", false)]));
    assert_eq!([&rejected["instruction"], &rejected["rejected"]], [&json!("Solve this task."), &json!(1)]);
    assert_eq!(rejected["solved"], state["solved"]);
    for state in [&accepted, &rejected] {
        assert_eq!(
            [&state["phase"], &state["candidate"], &state["history"][1]["score"]],
            [&json!("write"), &Json::Null, &json!(7.0)]
        );
    }
    // A guard of which two are lost keeps the old one.
    let wide = ["dev/0", "dev/1", "dev/2", "dev/3"];
    let guarded = learnt(&script, &start(&script), &solved(&wide.map(|id| (id, id != "dev/3"))));
    let tried = learnt(&script, &guarded, &[("dev/0", json!([{ "instruction": "x" }]))]);
    let lost = solved(&[("dev/0", false), ("dev/1", false), ("dev/2", true), ("dev/3", true)]);
    assert_eq!(learnt(&script, &tried, &lost)["instruction"], json!("Solve this task."));
}

/// What comes of a round is a function of the state and the round's trees: nothing else reaches it.
#[test]
fn the_next_state_follows_from_one_round_alone() {
    let (script, state) = (shipped("evoke", &[]), trying());
    let round = solved(&[("dev/0", true), ("dev/1", true), ("dev/2", false)]);
    let next = learnt(&script, &state, &round);
    assert_eq!(learnt(&shipped("evoke", &[]), &state, &round), next);
    // The same state reached otherwise, by a longer history, differs by that history alone.
    let mut other = state.clone();
    other["history"].as_array_mut().unwrap().insert(0, json!({ "text": "Older.", "score": 1.0, "rate": 0.0 }));
    let mut expected = next.clone();
    expected["history"].as_array_mut().unwrap().insert(0, json!({ "text": "Older.", "score": 1.0, "rate": 0.0 }));
    assert_eq!(learnt(&script, &other, &round), expected);
    // A tree that kept nothing changes nothing, and neither does one that was not to be tried.
    let mut more = round.clone();
    more.push(("dev/9", json!([])));
    assert_eq!(learnt(&script, &state, &more), next);
}

#[test]
fn evoke_ends_when_nothing_is_accepted_any_more() {
    let script = shipped("evoke", &[("patience", "2")]);
    let mut state = learnt(&script, &start(&script), &solved(&[("dev/0", false)]));
    for round in 1..=2 {
        assert_eq!(state["phase"], json!("write"));
        // An author who says nothing costs a round too.
        state = learnt(&script, &state, &[("dev/0", json!([]))]);
        assert_eq!([&state["round"], &state["rejected"]], [&json!(round), &json!(round)]);
    }
    assert_eq!(state["phase"], json!("done"));
    assert_eq!(learnt(&script, &state, &[("dev/0", json!([]))]), state);
    let all = learnt(&script, &start(&script), &solved(&[("dev/0", true)]));
    assert_eq!(all["phase"], json!("done"), "no problem is hard");
    let none = shipped("evoke", &[("rounds", "0")]);
    assert_eq!(learnt(&none, &start(&none), &[("dev/0", json!([]))])["phase"], json!("done"));
}

fn evoke(state: &Json, at: At, id: &str) -> Played {
    told(("evoke", &[]), state, at, named(id), writing)
}

#[test]
fn author_and_reviewer_are_asked_once_a_round_and_the_new_instruction_is_tried_on_some_problems() {
    let script = shipped("evoke", &[]);
    let write = learnt(&script, &start(&script), &solved(&[("dev/0", true), ("dev/1", false)]));
    let first = evoke(&write, At::First, "dev/0");
    assert_eq!(first.requests(), "planner n0 (2)\ncritic n1 (2)");
    assert_eq!(first.handed_in, Vec::<String>::new());
    let question = first.question("n0");
    assert!(
        question.contains("It solves 0.5 of the tasks:\n\n> Solve this task.") && !question.contains("reviewer"),
        "{question}"
    );
    assert!(first.question("n1").contains("> Mind the edges."));
    assert_eq!(
        kept(&first),
        json!([{ "instruction": "This is n0.\n\nMind the edges." }, { "review": "This is n1.\n\nIt is short.\nScore: 7" }])
    );
    assert_eq!(evoke(&write, At::Dev, "dev/1").nodes(), 0, "others have nothing to do");
    let state = trying();
    let tried = evoke(&state, At::Dev, "dev/1");
    assert!(tried.question("p0").starts_with("Mind the edges.\n\nComplete"), "{}", tried.question("p0"));
    assert_eq!(kept(&tried), json!([{ "solved": true }]));
    assert_eq!(evoke(&state, At::Dev, "dev/9").nodes(), 0, "neither hard nor guard");
    // What is reported goes by the instruction that was accepted, not by the one that is tried.
    assert!(evoke(&state, At::Test, "test/0").question("p0").starts_with("Solve this task.\n\nComplete"));
    // The next author sees how the last one fared, and what the reviewer said.
    let rejected = learnt(&script, &state, &solved(&[("dev/0", true), ("dev/1", false), ("dev/2", false)]));
    let next = evoke(&rejected, At::First, "dev/0").question("n0");
    assert!(
        next.contains("2. It solves 0.33 of the tasks; a reviewer gives it 7.0 of 10:\n\n> Mind the edges."),
        "{next}"
    );
    assert!(next.contains("The reviewer says of the last one:\n\n> It is short."), "{next}");
    assert_eq!(level("evoke", &[]), "clean");
}

fn arms(played: &Played) -> [String; 2] {
    ["p0", "p1"].map(|slot| played.question(slot).split("\n\n").next().unwrap().to_owned())
}

/// Who is asked prefers the program that stands first.
fn prefers_first(_: Seat, slot: &Slot) -> Says {
    match &*slot.to_string() {
        "v0" => Says::judgement(None, Some(0)),
        "p1" => Says::Program { public: true, hidden: false },
        _ => all_pass(Seat::CODER, slot),
    }
}

#[test]
fn the_bandit_compares_the_best_prompt_with_the_one_of_the_highest_bound() {
    let script = shipped("apohf", &[]);
    let first = start(&script);
    assert_eq!(first["passed"].as_array().unwrap().len(), 10);
    // The first pairs are drawn by chance: never a prompt with itself, not always the same.
    let drawn: Vec<[String; 2]> = (0..8)
        .map(|number| arms(&told(("apohf", &[]), &first, At::First, named(&format!("dev/{number}")), prefers_first)))
        .collect();
    assert!(drawn.iter().all(|[one, other]| one != other));
    assert!(drawn.iter().any(|pair| *pair != drawn[0]));
    // Prompt 3 beat prompt 5 in all that was seen: it is the best, and what is compared with it is not 5.
    let mut state = first.clone();
    state["games"] = json!([[3, 5, 1.0], [5, 3, 0.0], [3, 5, 1.0]]);
    state["rounds"] = json!(5);
    let bandit = told(("apohf", &[]), &state, At::First, named("dev/0"), prefers_first);
    let [one, other] = arms(&bandit);
    assert!(
        one.starts_with("Write the simplest program") && !other.starts_with("Read every sentence"),
        "{one} {other}"
    );
    let pair = kept(&bandit).as_array().unwrap().iter().find_map(|kept| kept.get("pair").cloned()).unwrap();
    assert_eq!(pair[0], json!(3));
    assert!(pair[1] != json!(5) && pair[1] != json!(3));
    let random = told(("apohf", &[("pairs", "random")]), &state, At::First, named("dev/0"), prefers_first);
    assert_ne!(arms(&random), arms(&bandit));
}

#[test]
fn a_preference_counts_for_the_prompt_that_wrote_the_program_wherever_it_stood() {
    let first = start(&shipped("apohf", &[]));
    let mut orders = std::collections::BTreeSet::new();
    for number in 0..12 {
        let played = told(("apohf", &[]), &first, At::First, named(&format!("dev/{number}")), prefers_first);
        let question = played.question("v0");
        let is_turned = question.find("p1 coder").unwrap() < question.find("p0 coder").unwrap();
        let points = kept(&played)[2]["points"].clone();
        assert_eq!(points, json!(if is_turned { 0.0 } else { 1.0 }));
        assert_eq!([&kept(&played)[0]["passed"], &kept(&played)[1]["passed"]], [&json!(true), &json!(false)]);
        orders.insert(is_turned);
    }
    assert_eq!(orders.len(), 2, "chance says which stands first");
    // The same program twice is a draw, and nobody is asked.
    let same = told(("apohf", &[]), &first, At::First, named("dev/0"), |seat, slot| match &*slot.to_string() {
        "p1" => copy_of("p0", "coder"),
        _ => prefers_first(seat, slot),
    });
    assert_eq!((same.nodes(), &kept(&same)[2]["points"]), (2, &json!(0.5)));
    // An answer that cannot be read is no comparison.
    let words = told(("apohf", &[]), &first, At::First, named("dev/0"), |seat, slot| match &*slot.to_string() {
        "v0" => Says::words(),
        _ => prefers_first(seat, slot),
    });
    assert_eq!(kept(&words).as_array().unwrap().len(), 2);
}

#[test]
fn what_is_reported_is_the_best_prompt_among_those_that_were_shown() {
    let script = shipped("apohf", &[]);
    let comparison = |one: u32, other: u32, points: f64| json!([{ "arm": one, "passed": true }, { "arm": other, "passed": false }, { "pair": [one, other], "points": points }]);
    let once = learnt(&script, &start(&script), &[("dev/0", comparison(7, 2, 0.0))]);
    assert_eq!([&once["games"], &once["rounds"], &once["reported"]], [&json!([[7, 2, 0.0]]), &json!(1), &json!(2)]);
    assert_eq!(
        [&once["passed"][7], &once["passed"][2], &once["passed"][0]],
        [&json!([1, 1]), &json!([0, 1]), &json!([0, 0])]
    );
    let twice = learnt(
        &script,
        &learnt(&script, &once, &[("dev/1", comparison(4, 2, 1.0))]),
        &[("dev/2", comparison(4, 2, 1.0))],
    );
    assert_eq!(twice["reported"], json!(4));
    // A round without an answer counts, and changes nothing else.
    let mut expected = twice.clone();
    expected["rounds"] = json!(4);
    assert_eq!(learnt(&script, &twice, &[("dev/3", json!([]))]), expected);
    let test = told(("apohf", &[]), &twice, At::Test, named("test/0"), all_pass);
    assert_eq!(test.requests(), "coder p0 (2)");
    assert!(test.question("p0").starts_with("Before you write, work through one example"), "{}", test.question("p0"));
    // Enough is enough.
    let mut done = twice.clone();
    done["rounds"] = json!(150);
    assert_eq!(told(("apohf", &[]), &done, At::First, named("dev/0"), prefers_first).nodes(), 0);
    assert_eq!(level("apohf", &[]), "clean");
    assert!(refused("apohf", &[("pairs", "best")]).contains("expected bandit or random"));
}

#[test]
fn prompts_show_programs_of_the_round_before_of_other_problems() {
    let state = json!({ "examples": [
        { "problem": "dev/0", "program": "first = 1" },
        { "problem": "dev/1", "program": "second = 2" },
        { "problem": "dev/2", "program": "third = 3" },
    ] });
    let dev = told(("drift", &[]), &state, At::Dev, named("dev/1"), all_pass);
    let question = dev.question("p0");
    assert!(
        question.contains("first = 1") && question.contains("third = 3") && !question.contains("second"),
        "{question}"
    );
    assert_eq!(kept(&dev), json!(["def inc(*given):\n    return \"p0 coder\"\n"]));
    let test = told(("drift", &[("shown", "1")]), &state, At::Test, named("test/0"), all_pass);
    let shown = ["first", "second", "third"].iter().filter(|name| test.question("p0").contains(*name)).count();
    assert_eq!((shown, kept(&test)), (1, json!([])));
    assert!(
        !told(("drift", &[]), &json!({ "examples": [] }), At::Dev, named("dev/1"), all_pass)
            .question("p0")
            .contains("These programs")
    );
    let script = shipped("drift", &[]);
    let next = learnt(&script, &state, &[("dev/4", kept(&dev)), ("dev/5", json!([]))]);
    assert_eq!(
        next,
        json!({ "examples": [{ "problem": "dev/4", "program": "def inc(*given):\n    return \"p0 coder\"\n" }] })
    );
}

#[test]
fn what_failed_is_handed_on_only_where_everything_is() {
    let keeps = |feed: &str, rule: fn(Seat, &Slot) -> Says| {
        let kept = kept(&told(("drift", &[("feed", feed)]), &json!({ "examples": [] }), At::Dev, named("dev/1"), rule));
        kept.as_array().unwrap().len()
    };
    assert_eq!([keeps("passing", all_fail), keeps("passing", all_pass)], [0, 1]);
    assert_eq!([keeps("all", all_fail), keeps("all", all_pass)], [1, 1]);
    assert_eq!([keeps("none", all_fail), keeps("none", all_pass)], [0, 0]);
    assert!(refused("drift", &[("feed", "some")]).contains("expected passing, all or none"));
}

#[test]
fn whole_loops_end_within_their_bounds() {
    let problems: Vec<_> = (0..6).map(|number| Arc::new(named(&format!("play/{number}")))).collect();
    for (name, rule) in [("evoke", writing as fn(Seat, &Slot) -> Says), ("apohf", prefers_first), ("drift", all_pass)] {
        let rehearsal = rehearsed((name, &[]), &problems, rule);
        assert!(rehearsal.states.len() > 2, "{name}");
        let bound = shipped(name, &[]).header().bound;
        assert!(rehearsal.trials.iter().all(|(_, _, trial)| trial.asked <= bound), "{name}");
    }
}

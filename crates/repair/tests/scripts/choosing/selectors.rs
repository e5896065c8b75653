//! The selectors and ratings of `lib.star`, by worked examples.

use crate::play::problem;
use crate::script;
use mend_core::{Seat, Slot};
use mend_repair::{Says, ScriptedModel, Trial, try_out};
use std::sync::Arc;

/// What a piece of a script comes to, as a text: `body` computes `told`, with the helpers that it loads.
fn told(loads: &str, body: &str) -> String {
    let trial =
        tried(loads, &format!("{body}\n    ask(\"note\", \"{{{{ told }}}}\", told = str(told)).text"), 0, |_, _| false);
    let messages = trial.messages(&"n0".parse().unwrap()).unwrap();
    messages.trim_start_matches("[user]").trim().to_owned()
}

/// Runs a script that has so many programs and four tests, `a` to `d`, of two nodes. `passes` says which program passes which.
fn tried(loads: &str, body: &str, programs: u32, passes: fn(u32, char) -> bool) -> Trial {
    let text = format!(
        "load(\"lib.star\", {loads})\nstrategy(summary = \"tried\", seats = [\"coder\", \"tester\", \"planner\"], bound = 40)\n\n\
         def solve(problem, p):\n    programs = ask(\"program\", \"{{{{ statement }}}}\", n = {programs}) if {programs} else []\n    \
         tests = ask(\"tests\", \"{{{{ statement }}}}\", n = 2)\n    {body}\n"
    );
    let script = script("tried.star", &text, &[]);
    let problem = problem();
    let answer = |_: Seat, slot: &Slot| match slot.to_string().as_str() {
        "t0" => Says::tests(&["assert inc(ord('a')) == 98", "assert inc(ord('b')) == 99"]),
        "t1" => Says::tests(&["assert inc(ord('c')) == 100", "assert inc(ord('d')) == 101"]),
        text if text.starts_with('p') => Says::Program { public: true, hidden: true },
        _ => Says::words(),
    };
    let named = move |slot: &Slot, test: &str| {
        let number = slot.to_string()[1..].parse().unwrap();
        passes(number, test.split('\'').nth(1).unwrap().chars().next().unwrap())
    };
    let mut model = ScriptedModel::new(&problem, answer).trying(named);
    try_out(&script, &Arc::new(problem), &mut model).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn ranking(loads: &str, body: &str, programs: u32, passes: fn(u32, char) -> bool) -> Vec<String> {
    tried(loads, body, programs, passes).ranking.iter().map(ToString::to_string).collect()
}

/// The matrix of card 34: two programs pass the tests a and b, one alone passes three others.
const GENX: &str = "rows = [[True, True, False, False, False], [True, True, False, False, False], [False, False, True, True, True]]\n    ";

#[test]
fn mutual_scores_take_what_counting_and_codet_leave() {
    let of = |call: &str| {
        told("\"by_mutual\", \"codet\", \"codet_groups\", \"most_passed\"", &format!("{GENX}told = {call}"))
    };
    assert_eq!(of("most_passed([1, 2, 3], rows)[0]"), "3");
    assert_eq!(of("codet([1, 2, 3], rows)"), "[3, 1, 2]", "sqrt(1) * 3 beats sqrt(2) * 2");
    assert_eq!(of("codet_groups(rows)"), "[([2], 3), ([0, 1], 2)]");
    assert_eq!(of("by_mutual([1, 2, 3], rows)"), "[1, 2, 3]");
    assert_eq!(of("[int(score * 1000 + 0.5) for score in mutual(rows)[\"programs\"]]"), "[1000, 1000, 0]");
}

#[test]
fn codet_ranks_groups_of_programs_that_pass_the_same_tests() {
    // p0, p3: a. p1, p2, p4: c and d. p5: nothing. p6: a, b, c.
    let passes = |program: u32, test: char| match program {
        0 | 3 => test == 'a',
        1 | 2 | 4 => "cd".contains(test),
        6 => "abc".contains(test),
        _ => false,
    };
    // sqrt(3) * 2 = 3.46; sqrt(1) * 3 = 3; sqrt(2) * 1 = 1.41; sqrt(1) * 0 = 0.
    let expected = ["p1", "p6", "p0", "p5", "p2", "p4", "p3"];
    let body = "return codet(programs, matrix(programs, tests))";
    assert_eq!(ranking("\"codet\", \"matrix\"", body, 7, passes), expected);
    let trial = tried("\"codet\", \"matrix\"", body, 7, passes);
    let sequence = trial.sequence();
    assert_eq!(sequence.iter().filter(|act| act.contains("tested by t0, t1")).count(), 7, "{sequence:?}");
    assert_eq!(sequence.len(), 7 + 2 + 7, "one judgement of each program by all tests");
    // The order of the list is the order of the outcomes, whatever the nodes; one test may stand alone.
    let body = "chosen = [tests[1].tests[1], tests[0]]\n    return most_passed(programs, [judge(program, chosen).outcomes for program in programs])";
    // p6 passes a and b; of d and these the others pass one each, but p5.
    assert_eq!(ranking("\"most_passed\"", body, 7, passes), ["p6", "p0", "p1", "p2", "p3", "p4", "p5"]);
}

#[test]
fn no_test_at_all_is_passed_by_every_program_and_runs_nothing() {
    let body =
        "return [program for program in programs if judge(program, []).passed and judge(program, []).fraction == 1.0]";
    let trial = tried("\"WRITE\"", body, 2, |_, _| false);
    assert_eq!(trial.ranking.len(), 2);
    assert_eq!(trial.sequence().len(), 4);
}

#[test]
fn consistency_majority_and_edits_choose_by_hand() {
    let loads = "\"by_consistency\", \"consistencies\", \"clusters\", \"min_edit\", \"uncertainty\"";
    let of = |body: &str| told(loads, body);
    // Program 0 passes all and behaves like no other: 1 * 1/4. Programs 1 and 2 pass half: 1/2 * 2/4.
    let rows =
        "rows = [[True, True], [True, False], [True, False], None]\n    keys = [\"x\", \"y\", \"y\", \"z\"]\n    ";
    assert_eq!(of(&format!("{rows}told = consistencies(rows, keys)")), "[0.25, 0.25, 0.25, None]");
    assert_eq!(of(&format!("{rows}told = by_consistency([0, 1, 2, 3], rows, keys)")), "[0, 1, 2]");
    assert_eq!(of("told = clusters([1, 2, 3, 4, 5], lambda i: i % 2)"), "[[1, 3, 5], [2, 4]]");
    assert_eq!(of("told = uncertainty([\"x\", \"y\", None, \"y\", \"z\"])"), "0.5");
    assert_eq!(of("told = uncertainty([])"), "1.0");
    assert_eq!(of("told = min_edit([\"x = 1\", \"x = 2 + y\", \"x = (1)\"], \"x = 1 + y\")"), "x = 1");
    assert_eq!(
        of(
            "told = [edits(\"x = 1\", \"x = 2\"), same(\"x = 1\", \"x  =  1  # one\"), parses(\"x =\"), lot(7, \"a\"), lot(7, \"b\")]"
        ),
        "[2, True, False, 1, 4]"
    );
}

#[test]
fn a_pair_that_judges_see_both_ways_is_won_or_halved() {
    let loads = "\"both_orders\", \"pairwise\"";
    let of = |body: &str| told(loads, body);
    let says = "says = lambda choice: struct(choice = choice)\n    ";
    let points = "told = [both_orders(says(one), says(other)) for one in (0, 1, None) for other in (0, 1, None)]";
    assert_eq!(of(&format!("{says}{points}")), "[0.5, 1.0, 0.5, 0.0, 0.5, 0.5, 0.5, 0.5, 0.5]");
    // The larger number wins; an undecided judge leaves the order as it is.
    let larger = "larger = lambda a, b, number: 1.0 if a > b else 0.0\n    ";
    assert_eq!(of(&format!("{larger}told = pairwise([3, 1, 4, 2], larger)")), "[4, 3, 2, 1]");
    assert_eq!(of("told = pairwise([3, 1, 4, 2], lambda a, b, number: 0.5)"), "[3, 1, 4, 2]");
    assert_eq!(
        of(&format!("{larger}told = pairwise([3, 1, 4, 2, 9, 5, 6, 8, 7], larger)[:2]")),
        "[9, 7]",
        "the finalists"
    );
    assert_eq!(of("told = pairwise([i for i in range(10)], lambda a, b, number: 0.5)[0]"), "0");
    assert_eq!(of("told = pairwise([], lambda a, b, number: 0.5)"), "[]");
}

#[test]
fn ratings_follow_three_games_by_hand() {
    let loads = "\"elo\", \"bradley_terry\", \"win_rate\"";
    let of = |body: &str| told(loads, body);
    let games = "games = [(0, 1, 1.0), (1, 2, 1.0), (0, 2, 0.5)]\n    rounded = lambda x: int(x * 10000 + 0.5)\n    ";
    assert_eq!(
        of(&format!("{games}told = [rounded(rating) for rating in elo(3, games)]")),
        "[10076276, 10001842, 9921882]"
    );
    // Three wins of four: strengths as 3 to 1, with mean 1.
    let four = "games = [(0, 1, 1.0), (1, 0, 0.0), (0, 1, 1.0), (0, 1, 0.0)]\n    ";
    assert_eq!(
        of(&format!("{four}told = [int(strength * 1000 + 0.5) for strength in bradley_terry(2, games)]")),
        "[1500, 500]"
    );
    // AlpacaFarm: 370 wins, 424 losses and 9 draws of 803.
    let farm = "rate, error = win_rate([1.0] * 370 + [0.0] * 424 + [0.5] * 9)\n    told = [int(rate * 1000000 + 0.5), int(error * 1000000 + 0.5)]";
    assert_eq!(of(farm), "[466376, 17516]");
    assert_eq!(of("told = [win_rate([]), win_rate([1.0])]"), "[(None, None), (1.0, None)]");
}

#[test]
fn preferred_are_those_that_half_of_all_accept_over_those_that_nobody_does() {
    let of = |accuracies: &str| {
        told(
            "\"preference_pairs\"",
            &format!("told = preference_pairs([\"a\", \"b\", \"c\", \"d\"], {accuracies}, \"pairs\")"),
        )
    };
    assert_eq!(of("[0.5, 0.0, 0.4, None]"), "[(\"a\", \"b\")]");
    assert_eq!(of("[1.0, 0.0, 0.5, 0.49]"), "[(\"a\", \"b\"), (\"c\", \"b\")]");
    assert_eq!(of("[1.0, 0.0, 0.0, 0.8]"), "[(\"a\", \"b\"), (\"a\", \"c\"), (\"d\", \"b\"), (\"d\", \"c\")]");
    assert_eq!(of("[1.0, 0.9, 0.8, 0.0]").matches("\"d\")").count(), 2, "two of three are drawn");
    assert_eq!(of("[1.0, 0.9, 0.8, 0.1]"), "[]");
}

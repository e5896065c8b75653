//! Systems in which judges decide: FeedbackQA, AlpacaFarm, OAIF, meta-rewarding. And the score of RLTF, which tests give.

use crate::exchanges::{Played, all_fail, copy_of, level, other, played, refused, shipped};
use crate::play::{Play, by_luck, key, problem};
use crate::script;
use mend_core::{
    Completion, Digest, Facts, Literal, Problem, RepairTree, Seat, Slot, Status, SuiteVerdict, Test, TestSuite,
    TestVerdict, Used, Verdict,
};
use mend_judge::{JudgeError, Judgement, Task};
use mend_repair::{Ask, Says, Script, ScriptedModel, Stage, free_completion, try_out};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What an expression over helpers of `lib.star` gives, as a list of numbers.
fn numbers(helpers: &str, expression: &str) -> Vec<f64> {
    let text = format!(
        "load(\"lib.star\", {helpers})\nstrategy(summary = \"s\", seats = [\"planner\"], bound = 1)\n\n\
         def solve(problem, p):\n    ask(\"note\", \"{{{{ values | join(' ') }}}}\", values = {expression})\n    return []\n"
    );
    let mut play = Play::new(&script("numbers.star", &text, &[]), by_luck, 0);
    play.finish(0).unwrap();
    play.asked[0].messages[0].content.split(' ').map(|number| number.parse().unwrap()).collect()
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
    }
}

#[test]
fn a_win_rate_counts_draws_as_halves_and_has_a_standard_error() {
    let found = numbers("\"win_rate\"", "[100 * number for number in win_rate([1.0] * 370 + [0.0] * 424 + [0.5] * 9)]");
    assert_close(&found, &[46.6376, 1.7516]);
    assert_close(&numbers("\"win_rate\"", "list(win_rate([1.0, 0.0]))"), &[0.5, 0.5]);
}

#[test]
fn ratings_of_three_judgements_by_hand() {
    // 1000 each: the first beats the second (8 points), then the third (16 / (1 + 10^(8/400)) = 7.8158); then the second
    // (992) beats the third (992.1842).
    let found = numbers("\"elo\"", "elo(3, [(0, 1, 1.0), (0, 2, 1.0), (1, 2, 1.0)])");
    assert_close(&found, &[1015.8158, 1000.0042, 984.1799]);
    assert_close(&numbers("\"elo\"", "elo(3, [])"), &[1000.0; 3]);
    assert_close(&numbers("\"elo\"", "elo(2, [(0, 1, 0.5)])"), &[1000.0; 2]);
    // Two of three meetings won: twice as strong.
    let found = numbers(
        "\"bradley_terry\"",
        "(lambda s: [s[0] / s[1]])(bradley_terry(2, [(0, 1, 1.0), (0, 1, 1.0), (0, 1, 0.0)]))",
    );
    assert_close(&found, &[2.0]);
}

#[test]
fn feedbackqa_hands_in_the_program_of_the_highest_rating() {
    let rated = |ratings: [&'static str; 3]| {
        let rule = move |_: Seat, slot: &Slot| match &*slot.to_string() {
            "p0/v0" => Says::Text(ratings[0].to_owned()),
            "p1/v0" => Says::Text(ratings[1].to_owned()),
            "p2/v0" => Says::Text(ratings[2].to_owned()),
            _ => all_fail(Seat::CODER, slot),
        };
        played("feedbackqa", &[("n", "3")], rule)
    };
    let three = rated(["Fair.\nRating: 2/4", "Good.\nRating: 3/4", "Bad.\nRating: 1/4"]);
    insta::assert_snapshot!(three.requests(), @r"
    coder p0 p1 p2 (2)
    judge p1/v0 (1)
    judge p2/v0 (1)
    judge p0/v0 (1)
    ");
    assert_eq!(three.handed_in, ["p1"]);
    assert_eq!(rated(["Rating: 3/4", "Rating: 4/4", "Rating: 4/4"]).handed_in, ["p1"], "among equals the first");
    assert_eq!(rated(["no idea", "Rating: 1/4", "no idea"]).handed_in, ["p1"], "what cannot be read loses");
    // A score of another scale counts as the nearest rating.
    assert_eq!(rated(["Score: 0.74", "Score: 0.79", "Score: 0.5"]).handed_in, ["p0"]);
    assert!(three.question("p1/v0").ends_with("End with a line `Rating: x/4`."));
    assert_eq!(level("feedbackqa", &[]), "clean");
}

/// Two annotated programs, with noise or without.
fn annotated(noise: &str) -> Script {
    shipped("alpacafarm", &[("n", "2"), ("noise", noise)])
}

/// Two programs of which annotators always prefer the one that they are shown first, or always the other.
fn pair(script: &Script, problem: Problem, choice: u8) -> Played {
    let rule = move |_: Seat, slot: &Slot| match &*slot.to_string() {
        "v0" => Says::judgement(None, Some(choice)),
        _ => all_fail(Seat::CODER, slot),
    };
    let mut play = Play::with(script, ScriptedModel::new(&problem, rule), problem, RepairTree::new(key()));
    let handed_in = play.finish(3).unwrap().iter().map(ToString::to_string).collect();
    Played { play, handed_in }
}

fn numbered(number: u32) -> Problem {
    Problem { digest: Digest::of(&number.to_le_bytes()), ..problem() }
}

#[test]
fn annotators_and_orders_are_chosen_by_the_item_alone() {
    let (script, mut by_annotator, mut turned) = (annotated("0"), BTreeMap::new(), 0);
    for number in 0..200 {
        let item = Problem { statement: format!("Item {number}.").into(), ..problem() };
        let played = pair(&script, item.clone(), 0);
        let ask = played.ask("v0");
        *by_annotator.entry(ask.seat.to_string()).or_insert(0) += 1;
        let question = played.question("v0");
        let is_turned = question.find("p1 coder").unwrap() < question.find("p0 coder").unwrap();
        turned += u32::from(is_turned);
        // The annotator prefers what is shown first.
        assert_eq!(played.handed_in[0], if is_turned { "p1" } else { "p0" });
        if number < 10 {
            // Another run, another problem with the same text: the same item.
            let again = pair(&script, Problem { digest: Digest::of(b"other"), ..item }, 0);
            assert_eq!((again.ask("v0").seat, again.question("v0")), (ask.seat, question));
        }
    }
    // Within four standard errors of a quarter, and of one half.
    let counts: Vec<i32> = by_annotator.values().copied().collect();
    assert!(by_annotator.len() == 4 && counts.iter().all(|count| (26..=74).contains(count)), "{by_annotator:?}");
    assert!((72..=128).contains(&turned), "{turned}");
}

#[test]
fn noise_turns_a_choice_round_with_its_probability() {
    const ITEMS: u32 = 200;
    let first = pair(&annotated("0"), numbered(0), 0).handed_in[0].clone();
    // The better program, which the pool prefers without noise, wins 3 of 4 items.
    let wins = |noise: &str| -> Vec<bool> {
        let (script, prefers) = (annotated(noise), |number: u32| u8::from(number.is_multiple_of(4)));
        (0..ITEMS).map(|number| pair(&script, numbered(number), prefers(number)).handed_in[0] == first).collect()
    };
    let share = |wins: &[bool]| wins.iter().filter(|win| **win).count() as f64 / f64::from(ITEMS);
    let pure = wins("0");
    assert!((share(&pure) - 0.75).abs() < 1e-9);
    for p in [0.1, 0.25, 0.4] {
        let noisy = wins(&p.to_string());
        let error = f64::sqrt(p * (1.0 - p) / f64::from(ITEMS));
        let agreement: Vec<bool> = pure.iter().zip(&noisy).map(|(pure, noisy)| pure == noisy).collect();
        assert!((share(&agreement) - (1.0 - p)).abs() <= 4.0 * error, "{p}: {}", share(&agreement));
        // An advantage shrinks by 1 - 2p.
        let margin = 2.0 * share(&noisy) - 1.0;
        assert!((margin - (1.0 - 2.0 * p) * 0.5).abs() <= 8.0 * error, "{p}: {margin}");
    }
    assert!(wins("1").iter().zip(&pure).all(|(noisy, pure)| noisy != pure));
}

#[test]
fn equal_programs_are_a_draw_without_a_call() {
    let equal = played("alpacafarm", &[("n", "3")], |_, slot| match &*slot.to_string() {
        "p1" => copy_of("p0", "coder"),
        "v1" | "v2" => Says::judgement(None, Some(0)),
        _ => all_fail(Seat::CODER, slot),
    });
    let asked: Vec<String> =
        equal.play.asked.iter().flat_map(|ask| ask.slots.iter().map(ToString::to_string)).collect();
    assert_eq!(asked, ["p0", "p1", "p2", "v1", "v2"]);
    assert_eq!(shipped("alpacafarm", &[]).header().bound, 31, "sixteen programs, fifteen meetings of a knock-out");
    assert_eq!(shipped("alpacafarm", &[("n", "8")]).header().bound, 36, "every pair of eight");
}

#[test]
fn other_ways_to_pick_are_there_to_be_ranked_with_the_pool() {
    let rule = |_: Seat, slot: &Slot| match &*slot.to_string() {
        "p1/v0" => Says::judgement(Some(0.7), None),
        "p2/v0" => Says::words(),
        _ => all_fail(Seat::CODER, slot),
    };
    let with = |pick: &str| played("alpacafarm", &[("n", "3"), ("pick", pick)], rule);
    assert_eq!((with("score").nodes(), with("score").handed_in), (6, vec!["p1".to_owned()]));
    assert_eq!((with("first").nodes(), with("first").handed_in), (3, vec!["p0".to_owned()]));
    assert_eq!((with("random").nodes(), with("random").handed_in.len()), (3, 1));
    assert!(refused("alpacafarm", &[("pick", "best")]).contains("expected annotators, score, first or random"));
    assert!(refused("alpacafarm", &[("noise", "1.5")]).contains("a probability from 0 to 1"));
    assert!(refused("alpacafarm", &[("annotators", "9")]).contains("a number from 1 to 4"));
}

#[test]
fn a_preference_counts_if_it_holds_in_both_orders() {
    let with = |chosen: &[(&str, &str)], choices: [u8; 2]| {
        let rule = move |_: Seat, slot: &Slot| match &*slot.to_string() {
            "v0" => Says::judgement(None, Some(choices[0])),
            "v1" => Says::judgement(None, Some(choices[1])),
            "v2" => Says::judgement(None, Some(1)),
            "v3" => Says::judgement(None, Some(0)),
            _ => all_fail(Seat::CODER, slot),
        };
        played("oaif", chosen, rule)
    };
    let second = with(&[], [1, 0]);
    assert_eq!(second.requests(), "coder p0 p1 (2)\njudge v0 (1)\njudge v1 (1)");
    assert_eq!((second.handed_in, with(&[], [0, 1]).handed_in), (vec!["p1".to_owned()], vec!["p0".to_owned()]));
    // Whatever stands first: no preference.
    assert_eq!(with(&[], [0, 0]).handed_in, ["p0"]);
    assert_eq!(with(&[("pairs", "2")], [0, 0]).handed_in, ["p3"], "the first pair with a preference decides");
    let told = with(&[("instruction", "Prefer the shorter program.")], [0, 1]);
    assert!(told.question("v0").contains("Prefer the shorter program. Which of the two programs is better?"));
    let swapped = told.question("v1");
    assert!(swapped.find("p1 coder").unwrap() < swapped.find("p0 coder").unwrap());
    let equal = played("oaif", &[], |_, slot| match &*slot.to_string() {
        "p1" => copy_of("p0", "coder"),
        _ => all_fail(Seat::CODER, slot),
    });
    assert_eq!((equal.nodes(), equal.handed_in), (2, vec!["p0".to_owned()]));
}

/// Two programs with three judgements each. Of the first one's the meta-judge prefers the first, which is the harshest; on the
/// second and the third it contradicts itself.
fn judgements(_: Seat, slot: &Slot) -> Says {
    let score = |score: f64| Says::judgement(Some(score), None);
    let choice = |choice: u8| Says::judgement(None, Some(choice));
    match &*slot.to_string() {
        // Longer than the other one.
        "p0" => {
            Says::Text("```python\ndef inc(*given):\n    # It is longer.\n    return \"p0 coder\"\n```\n".to_owned())
        }
        "p0/v0" => score(0.2),
        "p0/v1" => score(0.8),
        "p0/v2" => score(0.5),
        "p1/v0" | "p1/v1" | "p1/v2" => score(0.4),
        "p0/v3" | "p0/v5" | "p0/v7" | "p0/v8" => choice(0),
        "p0/v4" | "p0/v6" => choice(1),
        _ => other(slot),
    }
}

#[test]
fn the_best_judgement_scores_a_program_and_length_buys_nothing() {
    let with = |chosen: &[(&str, &str)]| {
        played("meta-rewarding", &[&[("n", "2"), ("judgements", "3")], chosen].concat(), judgements)
    };
    let best = with(&[]);
    insta::assert_snapshot!(best.requests(), @r"
    coder p0 p1 (2)
    judge p1/v0 p1/v1 p1/v2 (1)
    judge p0/v0 p0/v1 p0/v2 (1)
    judge-2 p1/v3 (1)
    judge-2 p1/v4 (1)
    judge-2 p1/v5 (1)
    judge-2 p1/v6 (1)
    judge-2 p1/v7 (1)
    judge-2 p1/v8 (1)
    judge-2 p0/v3 (1)
    judge-2 p0/v4 (1)
    judge-2 p0/v5 (1)
    judge-2 p0/v6 (1)
    judge-2 p0/v7 (1)
    judge-2 p0/v8 (1)
    ");
    assert_eq!(best.handed_in, ["p1"], "0.4 is more than the best judgement's 0.2");
    assert_eq!(with(&[("rating", "bradley-terry")]).handed_in, ["p1"]);
    let mean = with(&[("score", "mean")]);
    assert_eq!((mean.nodes(), mean.handed_in), (8, vec!["p0".to_owned()]), "the mean of the first one's is 0.5");
    assert_eq!(with(&[("score", "mean"), ("slack", "1.0")]).handed_in, ["p1"], "the shorter of those that are near");
    insta::assert_snapshot!(best.question("p0/v4").split_once("Judgement A").unwrap().1, @r"
     of it:

    > This is p0/v1.
    >
    > Score: 0.8

    Judgement B of it:

    > This is p0/v0.
    >
    > Score: 0.2

    Which of the two judgements is better: are its reasons true, and does its score follow from them? End with a line `Choice: A`
    or `Choice: B`.
    ");
    assert_eq!(level("meta-rewarding", &[]), "clean");
}

/// Answers with given programs, and judges them by given verdicts.
struct Given(Vec<(String, Verdict)>);

impl Stage for Given {
    fn answer(&mut self, _: &Ask, slot: &Slot, _: &Problem) -> Result<Option<Completion>, String> {
        let given = self.0.get(slot.last().index() as usize).filter(|_| slot.round() == 0);
        let program = given.map_or("def inc(n):\n    return 0\n", |(program, _)| program);
        Ok(Some(free_completion(format!("```python\n{program}```\n"))))
    }

    fn judge(&mut self, task: Task) -> Result<Judgement, JudgeError> {
        let given = self.0.iter().find(|(program, _)| program.trim() == task.program.trim());
        let verdict =
            given.map_or_else(|| verdict(&[Status::WrongAnswer], &Facts::default()), |(_, verdict)| verdict.clone());
        Ok(Judgement { verdict, used: Used::default() })
    }
}

/// A verdict by tests that end so, of which the first failing one has these facts.
fn verdict(ends: &[Status], facts: &Facts) -> Verdict {
    let test = |(index, status): (u32, &Status)| {
        let facts = (*status != Status::Passed).then(|| facts.clone().into());
        TestVerdict { index, status: *status, facts }
    };
    let tests: Vec<TestVerdict> = (0..).zip(ends).map(test).collect();
    let status = ends.iter().copied().find(|status| *status != Status::Passed).unwrap_or(Status::Passed);
    let suite = SuiteVerdict { status, total: 4, tests };
    Verdict { status, public: Some(suite.clone()), hidden: Some(suite), engine: Some("given".to_owned()) }
}

/// One program for each of RLTF's cases, and what its failure points at.
fn cases() -> Vec<(&'static str, Verdict, f64, &'static str)> {
    let raised = |exception: &str, line, source: &str| Facts {
        exception: Some(exception.to_owned()),
        line: Some(line),
        source: Some(source.to_owned()).filter(|source| !source.is_empty()),
        ..Facts::default()
    };
    let (ok, wrong) = (Status::Passed, Status::WrongAnswer);
    let compile = |exception, line| verdict(&[Status::CompileError; 4], &raised(exception, line, ""));
    let runtime = |exception, source| verdict(&[ok, Status::RuntimeError, ok, ok], &raised(exception, 2, source));
    vec![
        (
            "def inc(n):\n    m = n + + = 1\n    return m\n",
            compile("SyntaxError: invalid syntax", 2),
            -1.0,
            "line 2: `m = n + + = 1`",
        ),
        (
            "def inc(n):\n    m = n\n    return (m\n",
            compile("SyntaxError: '(' was never closed", 3),
            -1.0,
            "the whole program",
        ),
        (
            "def inc(n):\n    return [][n]\n",
            runtime("IndexError: list index out of range", "return [][n]"),
            -0.6,
            "line 2: `return [][n]`",
        ),
        (
            "def inc(n):\n    return inc(n)\n",
            runtime("RecursionError: maximum recursion depth exceeded", "return inc(n)"),
            -0.6,
            "the whole program",
        ),
        (
            "def inc(n):\n    while n: pass\n",
            verdict(&[Status::TimeLimit], &Facts::default()),
            -0.6,
            "the whole program",
        ),
        (
            "def inc(n):\n    return max(n, 0) + 1\n",
            verdict(&[ok, ok, ok, wrong], &Facts::default()),
            -0.3 + 1.3 * 0.75,
            "",
        ),
        ("def inc(n):\n    return n + 1\n", verdict(&[ok; 4], &Facts::default()), 1.0, ""),
    ]
}

fn of_four_tests() -> Arc<Problem> {
    let test = |n: u32| Test::Call { args: Literal(format!("[{n}]").into()), expected: Literal("7".into()) };
    let tests: Vec<Test> = (0..4).map(test).collect();
    Arc::new(Problem { tests: TestSuite { public: tests.clone(), hidden: tests }, ..problem() })
}

#[test]
fn rltf_scores_by_how_a_program_fails_and_points_at_a_line() {
    let mut stage = Given(cases().into_iter().map(|(program, verdict, ..)| (program.to_owned(), verdict)).collect());
    let trial = try_out(&shipped("rltf", &[("n", "7")]), &of_four_tests(), &mut stage).unwrap();
    assert_eq!(trial.ranking.iter().map(ToString::to_string).collect::<Vec<_>>(), ["p6"]);
    for (index, (program, _, score, pin)) in cases().into_iter().enumerate() {
        let question = trial.messages(&Slot::program(index as u32).repair(0));
        if score >= 1.0 {
            assert_eq!(question, None, "nothing is wrong with {program}");
            continue;
        }
        let question = question.unwrap();
        let told =
            if pin.is_empty() { "No line can be named.".to_owned() } else { format!("The failure points at {pin}.") };
        assert!(question.contains(&told), "{question}");
        assert!(!question.contains("inc(0)"), "no more than the line: {question}");
    }
    let text = "load(\"lib.star\", \"rltf\")\nstrategy(summary = \"s\", seats = [\"coder\", \"planner\"], stop_on = \"public\", bound = 8)\n\n\
                def solve(problem, p):\n    scores = [rltf(judge(program, \"public\")) for program in ask(\"program\", \"x\", n = 7)]\n    \
                ask(\"note\", \"{{ scores | join(' ') }}\", scores = scores)\n    return []\n";
    let trial = try_out(&script("scores.star", text, &[]), &of_four_tests(), &mut stage).unwrap();
    let shown = trial.messages(&"n0".parse().unwrap()).unwrap();
    let scores: Vec<f64> = shown.lines().last().unwrap().split(' ').map(|score| score.parse().unwrap()).collect();
    assert_close(&scores, &[-1.0, -1.0, -0.6, -0.6, -0.6, 0.675, 1.0]);
}

#[test]
fn rltf_draws_its_baseline_without_sampling_and_scores_alone_on_request() {
    let rule = |_: Seat, slot: &Slot| match &*slot.to_string() {
        "p1" => Says::Suites { public: vec![true], hidden: vec![false, false] },
        "p2" => Says::Suites { public: vec![true], hidden: vec![true, false] },
        _ => all_fail(Seat::CODER, slot),
    };
    let run = played("rltf", &[("n", "3")], rule);
    insta::assert_snapshot!(run.requests(), @r"
    coder p0 (2)
    coder p1 (2)
    coder p2 (2)
    repairer p0/r0 (2)
    ");
    assert_eq!(run.handed_in, ["p1"]);
    let temperature = |slot: &str| run.ask(slot).terms.sampling.temperature;
    assert_eq!((temperature("p0"), temperature("p1")), (Some(0.0), None));
    let alone = played("rltf", &[("n", "3"), ("repairs", "0"), ("tests", "hidden")], rule);
    assert_eq!((alone.nodes(), alone.handed_in), (3, vec!["p2".to_owned()]));
    assert_eq!(level("rltf", &[]), "clean");
    assert_ne!(level("rltf", &[("tests", "hidden")]), "clean");
}

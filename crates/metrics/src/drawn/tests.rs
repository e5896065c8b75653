use super::*;
use crate::testing::{Ending, Grown, manifest};
use crate::{Summary, summarize};
use mend_core::Status;

const PASSED: Ending = Ending::Judged(Status::Passed);
const WRONG: Ending = Ending::Judged(Status::WrongAnswer);
const BROKE: Ending = Ending::Judged(Status::RuntimeError);

/// Six problems of four programs each; failing ones have two repairs.
fn run() -> (RunManifest, Vec<RepairTree>) {
    let names: Vec<String> = (0..6).map(|index| format!("a/{index}")).collect();
    let problems: Vec<(&str, Option<&str>)> =
        names.iter().enumerate().map(|(index, name)| (name.as_str(), Some(["easy", "hard"][index % 2]))).collect();
    let trees = names.iter().enumerate().map(|(index, name)| {
        let mut grown = Grown::new(name, 0);
        for program in 0..4 {
            let slot = format!("p{program}");
            if program >= index {
                grown = grown.node(&slot, PASSED);
                continue;
            }
            let (first, second) = if program % 2 == 0 { (WRONG, PASSED) } else { (BROKE, WRONG) };
            grown = grown.node(&slot, first).node(&format!("{slot}/r0"), second).node(&format!("{slot}/r1"), WRONG);
        }
        grown.submitted(None).tree
    });
    (manifest(&problems, 1), trees.collect())
}

fn figures() -> (Summary, Drawn) {
    let (manifest, trees) = run();
    let options = Options { resamples: 100, ..Options::default() };
    (summarize(&manifest, &trees, &options), drawn(&manifest, &trees, &options))
}

#[test]
fn the_dense_rows_are_those_of_the_summary_where_that_has_them() {
    let (summary, drawn) = figures();
    let rows = summary.pass_at_t.value().unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        assert!(drawn.curve.contains(row), "{} {:?} n_p {} n_f {}", row.group, row.order, row.n_p, row.n_f);
    }
    let n_ps: BTreeSet<u32> = drawn.curve.iter().map(|row| row.n_p).collect();
    assert_eq!(n_ps, [1, 2, 3, 4].into());
    assert!(drawn.curve.iter().any(|row| row.axis == Axis::Programs));
}

#[test]
fn baselines_are_pass_at_k_by_cost_and_a_staged_one_begins_at_its_programs() {
    let (summary, drawn) = figures();
    let of = |baseline: Baseline, n_p: Option<u32>| -> Vec<(u32, f64, f64)> {
        let is_it = |point: &&BaselinePoint| {
            (point.group.as_str(), point.axis, point.token_definition) == ("all", Axis::Tokens, TokenDefinition::Billed)
                && (point.baseline, point.n_p) == (baseline, n_p)
        };
        drawn.baselines.iter().filter(is_it).map(|point| (point.k, point.cost, point.pass_rate)).collect()
    };
    let iid = of(Baseline::Iid, None);
    assert_eq!(
        iid.iter().map(|(k, cost, _)| (*k, *cost)).collect::<Vec<_>>(),
        [(1, 100.0), (2, 200.0), (3, 300.0), (4, 400.0)]
    );
    for row in summary.pass_at_k.iter().filter(|row| row.group == "all") {
        let Some((_, _, pass)) = iid.iter().find(|(k, ..)| *k == row.k) else { continue };
        assert!((row.value.value().unwrap() - pass).abs() < 1e-12, "k = {}", row.k);
    }
    let staged = of(Baseline::IidStaged, Some(2));
    assert_eq!((staged[0].0, staged[0].1), (2, 200.0), "the first two are paid for");
    let sequential = of(Baseline::IidSequential, None);
    assert_eq!(sequential[0], iid[0]);
    assert!(sequential[3].1 < staged[2].1 && staged[2].1 < iid[3].1, "who stops earlier pays less");
}

#[test]
fn the_rates_of_problems_are_what_the_curve_is_the_mean_of() {
    let (_, drawn) = figures();
    for order in Order::ALL {
        for n_p in 1..=4 {
            let rates: Vec<&ProblemRate> = drawn
                .problem_rates
                .iter()
                .filter(|rate| (rate.order, rate.n_p, rate.n_f, rate.n_r) == (order, n_p, 2, 1))
                .collect();
            assert_eq!(rates.len(), 6);
            let mean = |of: &dyn Fn(&ProblemRate) -> f64| rates.iter().map(|rate| of(rate)).sum::<f64>() / 6.0;
            let row = drawn.curve.iter().find(|row| {
                row.group == "all"
                    && row.axis == Axis::Tokens
                    && (row.order, row.n_p, row.n_f, row.n_r) == (order, n_p, 2, 1)
            });
            let row = row.unwrap();
            assert!((mean(&|rate| rate.pass_rate) - row.pass_rate.value().unwrap()).abs() < 1e-9);
            assert!((mean(&|rate| rate.mean_tokens.unwrap()) - row.mean_tokens.value().unwrap()).abs() < 1e-6);
        }
    }
    let easy = drawn.problem_rates.iter().find(|rate| rate.problem.as_str() == "a/0").unwrap();
    assert_eq!((easy.pass_rate, easy.sampling), (1.0, Some(1.0)), "all of its programs pass");
}

#[test]
fn repairs_are_counted_by_what_they_mend_and_what_they_became() {
    let (_, drawn) = figures();
    let ends = |from: Status, to: Status| drawn.became[&from].get(&to).copied().unwrap_or(0);
    // Programs 0 and 2 answer wrongly and one of their two repairs passes; 1 and 3 break.
    let wrong = ends(Status::WrongAnswer, Status::Passed);
    assert_eq!(wrong, ends(Status::WrongAnswer, Status::WrongAnswer));
    assert_eq!(ends(Status::RuntimeError, Status::Passed), 0);
    let row = drawn.success.iter().find(|row| row.by == SuccessBy::Status && row.of == "wrong_answer").unwrap();
    assert_eq!((row.passed, row.repairs), (wrong, 2 * wrong));
    assert_eq!(drawn.seats.len(), 1);
    let seat = &drawn.seats[0];
    assert_eq!(
        (seat.calls, seat.prompt, seat.completion),
        // In each of six trees every answer is to the same prompt.
        (6, Some(90 * seat.answers), Some(10 * seat.answers))
    );
}

#[test]
fn nothing_is_drawn_of_no_tree() {
    let (manifest, _) = run();
    let drawn = drawn(&manifest, &[], &Options { resamples: 10, ..Options::default() });
    assert!(drawn.curve.iter().all(|row| row.pass_rate.value().is_none()));
    assert!(drawn.baselines.is_empty() && drawn.problem_rates.is_empty() && drawn.seats.is_empty());
}

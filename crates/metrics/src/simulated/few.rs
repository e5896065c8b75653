//! Intervals where few problems, or none, differ from the rest.

use super::{Rates, check_share, shares, uniform};
use crate::bootstrap::{ByProblem, Resampling, Table, View};
use crate::group::Group;
use crate::testing::problem;
use crate::{Baseline, Block, FrozenProblem, Grid, Options, Order, PassAtT, Sample, TokenDefinition, k_rows, t_rows};
use mend_core::ProblemId;

#[track_caller]
fn check_single_programs(problems: usize, rate: f64, at_least: f64) {
    let [held] = shares(|generator, seed| {
        let frozen: Vec<FrozenProblem> =
            (0..problems).map(|_| problem(&[(uniform(generator) < rate, 1.0, &[][..])])).collect();
        let row =
            k_rows::rows(&[Group::of_all(&frozen)], &Options { ks: vec![1], seed, ..Options::default() }).remove(0);
        [row.interval.value().unwrap().holds(rate)]
    });
    check_share(&format!("{problems} problems, one program each, rate {rate}"), held, (at_least, 1.0));
}

/// Without the rule: 62 % and 86 %.
#[test]
fn intervals_of_single_programs_that_nearly_all_pass_cover() {
    check_single_programs(20, 0.95, 0.99);
    check_single_programs(40, 0.95, 0.998);
}

/// Without the rule: 53 % and 88 %.
#[test]
fn intervals_of_paired_differences_that_few_problems_make_cover() {
    for (drop, at_least) in [(0.02, 0.998), (0.05, 0.99)] {
        let [held] = shares(|generator, seed| {
            let mut table = Table::default();
            let before = table.add((0..40).map(|_| Some(1.0))).unwrap();
            let after = table.add((0..40).map(|_| Some(f64::from(u8::from(uniform(generator) >= drop))))).unwrap();
            let means = table.means(Resampling { times: 2_000, seed, name: "all", sample: Sample::Complete });
            let difference = |view: View<'_>| Some(view.mean(after) - view.mean(before));
            let problems = ByProblem { values: means.by_problem(difference), range: (-1.0, 1.0), is_mean: true };
            let interval = *means.interval(&means.draws(difference), &problems).value().unwrap();
            // Resampled means lie on a grid that the drop lies on too: a difference of two floats may miss it by a bit.
            [interval.low - 1e-9 <= -drop && -drop <= interval.high + 1e-9]
        });
        check_share(&format!("40 paired differences, a real drop of {drop}"), held, (at_least, 1.0));
    }
}

/// Ten problems with four programs, most of which are easy, and two repairs of each that pass in 30 %. Without the
/// rule: 14 % (the difference never) and 76 %.
#[test]
fn intervals_of_trees_on_few_easy_problems_cover() {
    const REPAIR: f64 = 0.3;
    let rates = Rates::Mild;
    let truth = |n_p: u32, n_f: u32| 1.0 - rates.fails(n_p) * (1.0 - REPAIR).powi((n_p * n_f).cast_signed());
    // All cost the same: at the tree's mean cost programs alone lie between two numbers of them.
    let difference = |n_p: u32, n_f: u32| {
        let cost = f64::from(n_p) * (1.0 + rates.fails(n_p) * f64::from(n_f));
        let (below, share) = (cost.floor() as u32, cost.fract());
        let baseline = 1.0 - rates.fails(below) * (1.0 - share) - rates.fails(below + 1) * share;
        truth(n_p, n_f) - baseline
    };
    for (n_p, n_f, at_least) in [(3, 2, 0.999), (2, 1, 0.985)] {
        let [pass, compared] = shares(|generator, seed| {
            let frozen: Vec<FrozenProblem> = (0..10)
                .map(|index| {
                    let p = rates.draw(generator);
                    let repairs: Vec<[(bool, f64); 2]> =
                        (0..4).map(|_| [0, 1].map(|_| (uniform(generator) < REPAIR, 1.0))).collect();
                    let programs: Vec<_> =
                        repairs.iter().map(|pairs| (uniform(generator) < p, 1.0, &pairs[..])).collect();
                    FrozenProblem { id: ProblemId::new(format!("a/{index}")), ..problem(&programs) }
                })
                .collect();
            let block = Block { n_p: vec![n_p], n_f: vec![n_f], n_r: vec![1], orders: vec![Order::Batch] };
            let options = Options { grid: Grid::Asked(vec![block]), seed, ..Options::default() };
            let rows = t_rows::rows(&[Group::of_all(&frozen)], &options);
            let wanted =
                |row: &&PassAtT| (row.token_definition, row.baseline) == (TokenDefinition::Paper, Baseline::Iid);
            let Some(row) = rows.value().and_then(|rows| rows.iter().find(wanted)) else { return [true, true] };
            let interval = row.interval.value().unwrap();
            assert!(interval.high > interval.low, "{row:?}");
            // Where the baseline ends before there is no difference.
            let compared = row.difference_interval.value();
            [interval.holds(truth(n_p, n_f)), compared.is_none_or(|interval| interval.holds(difference(n_p, n_f)))]
        });
        check_share(&format!("trees of n_p = {n_p}, n_f = {n_f}"), pass, (at_least, 1.0));
        check_share(&format!("difference at n_p = {n_p}, n_f = {n_f}"), compared, (0.95, 1.0));
    }
}

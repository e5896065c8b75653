//! Runs that were stopped: whatever decided when, the interval holds and the bounds do.

use super::{Rates, check_share, shares, uniform};
use crate::bootstrap::{Resampling, Table};
use crate::testing::{Ending, Grown, manifest};
use crate::{Interval, Options, Sample, summarize};
use mend_core::{RepairTree, Status};
use rand_chacha::ChaCha8Rng;

/// Problems of a run.
const PROBLEMS: usize = 40;
/// Programs of each, and repairs of each failing one.
const PROGRAMS: u32 = 10;
const REPAIRS: u32 = 3;
/// Trees that grow at the same time.
const ACTIVE: usize = 16;

/// The share of each problem's programs that pass, in the seeded order.
fn passes(rates: Rates, generator: &mut ChaCha8Rng) -> Vec<f64> {
    let mut problem = || {
        let p = rates.draw(generator);
        (0..PROGRAMS).filter(|_| uniform(generator) < p).count() as f64 / f64::from(PROGRAMS)
    };
    (0..PROBLEMS).map(|_| problem()).collect()
}

/// How many problems are finished, from the first on, when the budget allows no further request: each round asks in
/// order, programs first, then the repairs of those that fail, and reserves twice of what an answer costs.
fn finished_within(budget: f64, passes: &[f64], generator: &mut ChaCha8Rng) -> usize {
    /// What a tree waits for: requests, by the number of answers.
    enum Growth {
        Programs(Vec<u32>),
        Repairs(Vec<u32>),
        Done,
    }
    let mut spent = 0.0;
    let mut trees: Vec<Growth> = vec![];
    loop {
        let growing = |trees: &[Growth]| trees.iter().filter(|tree| !matches!(tree, Growth::Done)).count();
        while growing(&trees) < ACTIVE && trees.len() < passes.len() {
            trees.push(Growth::Programs(vec![PROGRAMS]));
        }
        let (mut reserved, mut admitted, mut is_full) = (0.0, vec![], false);
        for tree in &mut trees {
            let (Growth::Programs(requests) | Growth::Repairs(requests)) = tree else { continue };
            while !is_full && let Some(answers) = requests.last().copied() {
                let worst = 2.0 * f64::from(answers);
                is_full = spent + reserved + worst > budget;
                if !is_full {
                    reserved += worst;
                    admitted.extend(requests.pop());
                }
            }
        }
        if admitted.is_empty() {
            return trees.iter().take_while(|tree| matches!(tree, Growth::Done)).count();
        }
        spent += (0..admitted.iter().sum::<u32>()).map(|_| 0.5 + uniform(generator)).sum::<f64>();
        for (tree, pass) in trees.iter_mut().zip(passes) {
            let failing = (f64::from(PROGRAMS) * (1.0 - pass)).round() as usize;
            *tree = match std::mem::replace(tree, Growth::Done) {
                Growth::Programs(requests) if requests.is_empty() && failing > 0 => {
                    Growth::Repairs(vec![REPAIRS; failing])
                }
                Growth::Programs(requests) if !requests.is_empty() => Growth::Programs(requests),
                Growth::Repairs(requests) if !requests.is_empty() => Growth::Repairs(requests),
                _ => Growth::Done,
            };
        }
    }
}

/// A person who looks on and stops where the mean is highest.
fn finished_when_it_looks_best(passes: &[f64]) -> usize {
    let mean = |count: usize| passes[..count].iter().sum::<f64>() / count as f64;
    (5..=passes.len()).max_by(|a, b| mean(*a).total_cmp(&mean(*b))).unwrap()
}

/// The interval of a mean over the first problems, as a stopped run shows it or as if it had not been stopped.
fn interval(passes: &[f64], sample: Sample, seed: u64) -> Interval {
    let mut table = Table::default();
    let column = table.add(passes.iter().copied().map(Some)).unwrap();
    let means = table.means(Resampling { times: 1_000, seed, name: "all", sample });
    *means.interval_of(column, (0.0, 1.0)).value().unwrap()
}

#[test]
fn the_interval_of_a_stopped_run_holds_whatever_stopped_it() {
    for rates in [Rates::Edges, Rates::Middle, Rates::Easy, Rates::Hard] {
        let truth = 1.0 - rates.fails(1);
        let [by_budget, by_eye, resampled] = shares(|generator, seed| {
            let passes = passes(rates, generator);
            // Enough for about a quarter of the problems if half of the programs pass.
            let within = finished_within(320.0, &passes, generator);
            let best = finished_when_it_looks_best(&passes);
            let holds = |count: usize, sample| count < 2 || interval(&passes[..count], sample, seed).holds(truth);
            [holds(within, Sample::Stopped), holds(best, Sample::Stopped), holds(best, Sample::Complete)]
        });
        check_share(&format!("{rates:?}, stopped by a budget"), by_budget, (0.95, 1.0));
        check_share(&format!("{rates:?}, stopped where it looks best"), by_eye, (0.95, 1.0));
        println!("resampled, stopped where it looks best: {:.1} %", 100.0 * resampled);
        let is_fooled = matches!(rates, Rates::Middle);
        assert!(!is_fooled || resampled < 0.9, "a bootstrap knows nothing of stopping: {resampled}");
    }
}

/// What the run would have shown had it gone on lies between the bounds, whatever stopped it.
#[test]
fn the_bounds_of_a_stopped_run_hold_the_figure_of_the_whole() {
    let ids: Vec<String> = (0..PROBLEMS).map(|index| format!("a/{index:02}")).collect();
    let manifest = manifest(&ids.iter().map(|id| (id.as_str(), None)).collect::<Vec<_>>(), 1);
    let [held, narrowed] = shares(|generator, _| {
        let passed = passes(Rates::Edges, generator);
        let finished = finished_within(320.0, &passed, generator);
        let tree = |(id, share): (&String, &f64)| -> RepairTree {
            let passing = (share * f64::from(PROGRAMS)).round() as u32;
            let program = |tree: Grown, index: u32| {
                let status = if index < passing { Status::Passed } else { Status::WrongAnswer };
                tree.node(&format!("p{index}"), Ending::Judged(status))
            };
            (0..PROGRAMS).fold(Grown::new(id, 0), program).submitted(None).tree
        };
        let trees: Vec<RepairTree> = ids.iter().zip(&passed).take(finished).map(tree).collect();
        let bounds = summarize(&manifest, &trees, &Options { resamples: 0, ..Options::default() }).pass_at_1;
        let whole = passed.iter().sum::<f64>() / PROBLEMS as f64;
        let ends = (*bounds.if_unscored_fail.value().unwrap(), *bounds.if_unscored_pass.value().unwrap());
        let width = 1.0 - finished as f64 / PROBLEMS as f64;
        [(ends.0 - 1e-9..=ends.1 + 1e-9).contains(&whole), (ends.1 - ends.0 - width).abs() < 1e-9]
    });
    assert_eq!((held, narrowed), (1.0, 1.0), "each finished problem narrows the bounds by its share");
}

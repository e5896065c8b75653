//! What a run handed in, beside independent programs that another run drew for the same problems.

use crate::coverage::Counted;
use crate::deeper::{Beyond, points, trees_by_problem};
use crate::frozen::frozen;
use crate::learning::loop_share;
use crate::tokens::mean;
use crate::{Estimate, Figure, FrozenProblem, Interval, Options, Sample, StrategyPoint, TokenDefinition};
use mend_core::{CallState, RepairTree, RunManifest};
use serde::{Deserialize, Serialize};

/// A run as it lies in its folder.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// What it is about.
    pub manifest: &'a RunManifest,
    /// What it found.
    pub trees: &'a [RepairTree],
}

impl Run<'_> {
    /// What sample of the run's problems its figures rest on.
    pub fn sample(&self) -> Sample {
        Counted::of(self.manifest, self.trees).sample
    }
}

/// The point that a run realised: what its trees handed in and all that they cost, beside independent programs at the
/// same mean cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// What counts as a token: billed ones where they are known.
    pub token_definition: TokenDefinition,
    /// Problems with a scored submission.
    pub problems: u64,
    /// Share of trees whose submission passes the hidden suite.
    pub pass: Estimate,
    /// Mean cost of a tree, with its share of what it took to learn from other problems.
    pub cost: Figure,
    /// Its interval over new problems.
    pub cost_interval: Figure<Interval>,
    /// Requests that were answered, of a tree: mean over a problem's trees, then over problems.
    pub calls: Figure,
    /// How the independent programs stop; it knows as much as the strategy does.
    pub baseline: String,
    /// Their pass rate at the same mean cost.
    pub baseline_pass: Figure,
    /// Whether the cost buys more programs than the baseline has. It then stops at its last one and spends less:
    /// `baseline_pass` is the least that it would come to, and `diff` the most that the strategy is ahead.
    pub baseline_is_least: bool,
    /// `pass` minus `baseline_pass`, both sides resampled together.
    pub diff: Estimate,
}

/// The realised point of a run. The baseline's first programs must have been drawn for the same problems; without one,
/// what would be read there is absent with that reason.
///
/// Who knows the outcome of hidden tests is compared with draws that stop by it, everybody else with draws that stop by
/// the public tests. `None` if no submission is scored or no cost is known.
pub fn against(run: Run<'_>, baseline: Result<Run<'_>, &str>, options: &Options) -> Option<Against> {
    let counted = Counted::of(run.manifest, run.trees);
    let loop_share = loop_share(run.manifest, run.trees);
    let problems = trees_by_problem(run.manifest, &counted);
    let drawn = baseline.map(|baseline| frozen(baseline.manifest, &Counted::of(baseline.manifest, baseline.trees)));
    let scored: Vec<&FrozenProblem> = drawn.iter().flatten().filter(|problem| problem.n() > 0).collect();
    let best = |beyond| {
        let points = points(run.manifest, &problems, &scored, loop_share, (counted.sample, beyond), options);
        let definition = points.first()?.token_definition;
        // All programs paid for come first, then those that stop by what the strategy knows.
        points.into_iter().rfind(|point| point.token_definition == definition)
    };
    let exact = best(Beyond::Absent)?;
    let is_least = exact.baseline_pass.value().is_none();
    let point = if is_least { best(Beyond::AtLeast)? } else { exact };
    let is_least = is_least && point.baseline_pass.value().is_some();
    let StrategyPoint { token_definition, problems: with_submission, cost, cost_interval, pass, .. } = point;
    let (baseline_pass, diff) = match &drawn {
        Ok(_) => (point.baseline_pass, point.diff),
        Err(why) => (Figure::Absent((*why).to_owned()), Estimate::absent(why)),
    };
    let of_tree = |tree: &&RepairTree| {
        tree.calls().filter(|(_, call)| matches!(call.state, CallState::Answered { .. })).count() as f64
    };
    let calls = problems.iter().filter_map(|problem| mean(&problem.all.iter().map(of_tree).collect::<Vec<_>>()));
    Some(Against {
        token_definition,
        problems: with_submission,
        pass,
        cost,
        cost_interval,
        calls: Figure::or_absent(mean(&calls.collect::<Vec<_>>()), || "no tree is finished".to_owned()),
        baseline: point.baseline,
        baseline_pass,
        baseline_is_least: is_least && drawn.is_ok(),
        diff,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ending, Grown, manifest};
    use mend_core::Status;

    const PASSED: Ending = Ending::Judged(Status::Passed);
    const WRONG: Ending = Ending::Judged(Status::WrongAnswer);

    /// Trees of two problems: a chain that ends at its second program, and one that never does.
    fn chains() -> Vec<RepairTree> {
        let mended = Grown::new("a/0", 0).node("p0", WRONG).node("p0/r0", PASSED).submitted(Some("p0/r0"));
        let never = Grown::new("a/1", 0).node("p0", WRONG).node("p0/r0", WRONG).submitted(None);
        vec![mended.tree, never.tree]
    }

    /// Four independent programs for each problem, so many of which pass.
    fn independent(right: [usize; 2]) -> Vec<RepairTree> {
        let tree = |(place, right): (usize, usize)| {
            let mut tree = Grown::new(&format!("a/{place}"), 0);
            for index in 0..4 {
                tree = tree.node(&format!("p{index}"), if index < right { PASSED } else { WRONG });
            }
            tree.submitted(None).tree
        };
        right.into_iter().enumerate().map(tree).collect()
    }

    fn without_intervals() -> Options {
        Options { resamples: 0, ..Options::default() }
    }

    #[test]
    fn a_chain_stands_beside_the_programs_that_its_cost_buys() {
        let mut manifest = manifest(&[("a/0", None), ("a/1", None)], 1);
        manifest.identity.strategy.oracle.stops_on_hidden = true;
        let (chains, drawn) = (chains(), independent([2, 0]));
        let baseline = Ok(Run { manifest: &manifest, trees: &drawn });
        let found = against(Run { manifest: &manifest, trees: &chains }, baseline, &without_intervals()).unwrap();
        assert_eq!(found.token_definition, TokenDefinition::Billed);
        assert_eq!((found.problems, found.calls.value()), (2, Some(&2.0)));
        assert_eq!((found.cost.value(), found.pass.value.value()), (Some(&200.0), Some(&0.5)));
        // One by one until one passes: one program costs 100 and solves 1/4; two cost (150 + 200) / 2 = 175 and solve
        // 5/12; three (166.67 + 300) / 2 = 233.33 and 1/2. At 200 that is 5/12 + 1/12 * 25 / 58.33.
        assert_eq!(found.baseline, "iid_sequential");
        assert!(!found.baseline_is_least);
        let expected = 5.0 / 12.0 + (25.0 / (700.0 / 3.0 - 175.0)) / 12.0;
        assert!((found.baseline_pass.value().unwrap() - expected).abs() < 1e-9, "{:?}", found.baseline_pass);
        assert!((found.diff.value.value().unwrap() - (0.5 - expected)).abs() < 1e-9);
    }

    #[test]
    fn a_cost_beyond_the_baseline_is_compared_with_all_that_it_has() {
        let manifest = manifest(&[("a/0", None), ("a/1", None)], 1);
        // 200 a tree; one program each costs 100.
        let few: Vec<RepairTree> =
            ["a/0", "a/1"].map(|problem| Grown::new(problem, 0).node("p0", PASSED).submitted(Some("p0")).tree).into();
        let chains = chains();
        let baseline = Ok(Run { manifest: &manifest, trees: &few });
        let found = against(Run { manifest: &manifest, trees: &chains }, baseline, &without_intervals()).unwrap();
        assert!(found.baseline_is_least);
        assert_eq!((found.baseline_pass.value(), found.diff.value.value()), (Some(&1.0), Some(&-0.5)));
    }

    #[test]
    fn who_sees_no_hidden_test_is_compared_with_draws_that_stop_by_the_public_ones() {
        let mut manifest = manifest(&[("a/0", None), ("a/1", None)], 1);
        manifest.problems.iter_mut().for_each(|problem| problem.public_tests = 1);
        let oracle = &mut manifest.identity.strategy.oracle;
        (oracle.stops_on_hidden, oracle.selects_on_hidden) = (false, false);
        let (chains, drawn) = (chains(), independent([4, 4]));
        let baseline = Ok(Run { manifest: &manifest, trees: &drawn });
        let found = against(Run { manifest: &manifest, trees: &chains }, baseline, &without_intervals()).unwrap();
        assert_eq!(found.baseline, "public_stopped");
    }

    #[test]
    fn without_a_baseline_the_point_stands_alone_and_says_why() {
        let manifest = manifest(&[("a/0", None), ("a/1", None)], 1);
        let chains = chains();
        let run = Run { manifest: &manifest, trees: &chains };
        let found = against(run, Err("nobody drew any"), &without_intervals()).unwrap();
        assert_eq!(found.pass.value.value(), Some(&0.5));
        assert_eq!(found.baseline_pass.reason(), Some("nobody drew any"));
        assert_eq!(found.diff.value.reason(), Some("nobody drew any"));
        assert!(against(Run { manifest: &manifest, trees: &[] }, Err("none"), &without_intervals()).is_none());
        // Programs for some of the problems are no baseline for all of them.
        let some = &independent([2, 0])[..1];
        let found = against(run, Ok(Run { manifest: &manifest, trees: some }), &without_intervals()).unwrap();
        assert_eq!(found.baseline_pass.reason(), Some("some problem has no scored first program"));
    }
}

//! What became of a run's headline figures since another run of the same problems.
//!
//! Each problem is compared with itself: a figure is taken over the problems that carry it in both runs, and its
//! difference is resampled with both sides of a problem together. A problem that has another digest in the other run is
//! another problem, whatever it is called.

use crate::bootstrap::{ByProblem, Resampling, Table, View};
use crate::coverage::Counted;
use crate::deeper::repair_shares;
use crate::frozen::{frozen, judges_nobody};
use crate::submitted::{cost_of, counts, nothing_to_choose_by};
use crate::{Estimate, Figure, Options, Run, Sample, TokenDefinition};
use mend_core::{ProblemEntry, ProblemId, RepairTree};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A figure that a summary begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Headline {
    /// Share of a problem's first programs that pass.
    #[strum(serialize = "pass_at_1")]
    #[serde(rename = "pass_at_1")]
    PassAt1,
    /// Share of a problem's trees that hand in a right program.
    Submitted,
    /// Share of a failing program's repairs that pass.
    RepairSuccess,
    /// Mean cost of a tree in tokens, prompts included, as servers report them.
    Cost,
}

impl Headline {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::PassAt1, Self::Submitted, Self::RepairSuccess, Self::Cost];

    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What became of one figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The figure.
    pub figure: Headline,
    /// Problems that carry it in both runs.
    pub problems: u64,
    /// What it was, over these problems.
    pub then: Figure,
    /// What it is, over these problems.
    pub now: Figure,
    /// What it is minus what it was, with the interval of problems that are drawn anew with both sides together.
    pub difference: Estimate,
}

/// Every headline figure of a run beside the same figure of an earlier one.
pub fn since(then: Run<'_>, now: Run<'_>, options: &Options) -> Vec<Change> {
    let sides = [Side::of(then), Side::of(now)];
    let sample = if sides.iter().all(|side| side.counted.sample == Sample::Complete) {
        Sample::Complete
    } else {
        Sample::Stopped
    };
    let shared = shared(then, now);
    Headline::ALL.into_iter().map(|figure| change(figure, &sides, &shared, sample, options)).collect()
}

/// The problems that both runs report, in the order of the later one.
fn shared<'a>(then: Run<'_>, now: Run<'a>) -> Vec<&'a ProblemEntry> {
    let reported = |entry: &&ProblemEntry| !entry.dev;
    let before: BTreeMap<&ProblemId, &ProblemEntry> =
        then.manifest.problems.iter().filter(reported).map(|entry| (&entry.id, entry)).collect();
    let is_shared = |entry: &&ProblemEntry| before.get(&entry.id).is_some_and(|before| before.digest == entry.digest);
    now.manifest.problems.iter().filter(reported).filter(is_shared).collect()
}

/// One of the two runs.
struct Side<'a> {
    run: Run<'a>,
    counted: Counted<'a>,
    /// First programs that are scored, and those that pass.
    programs: BTreeMap<ProblemId, (u32, u32)>,
    trees: BTreeMap<&'a ProblemId, Vec<&'a RepairTree>>,
}

impl<'a> Side<'a> {
    fn of(run: Run<'a>) -> Self {
        let counted = Counted::of(run.manifest, run.trees);
        let programs = frozen(run.manifest, &counted);
        let programs = programs.iter().map(|problem| (problem.id.clone(), (problem.n(), problem.c()))).collect();
        let trees = counted.by_problem();
        Self { run, counted, programs, trees }
    }

    /// What a problem says of a figure: a sum, and over how much it is taken. Nothing where it says nothing.
    fn says(&self, figure: Headline, id: &ProblemId) -> Option<(f64, f64)> {
        let trees = self.trees.get(id)?;
        let share = |part: u32, whole: u32| (whole > 0).then(|| (f64::from(part) / f64::from(whole), 1.0));
        match figure {
            Headline::PassAt1 => self.programs.get(id).and_then(|(n, c)| share(*c, *n)),
            Headline::Submitted => {
                let counts = counts(self.run.manifest, trees);
                share(counts.c, counts.n)
            }
            Headline::RepairSuccess if judges_nobody(trees) => None,
            Headline::RepairSuccess => {
                let shares = repair_shares(trees);
                (!shares.is_empty()).then(|| (shares.iter().sum(), shares.len() as f64))
            }
            Headline::Cost => cost_of(trees, TokenDefinition::Billed).map(|cost| (cost, 1.0)),
        }
    }
}

fn change(
    figure: Headline,
    sides: &[Side<'_>; 2],
    shared: &[&ProblemEntry],
    sample: Sample,
    options: &Options,
) -> Change {
    let absent = |why: &str| Change {
        figure,
        problems: 0,
        then: Figure::Absent(why.to_owned()),
        now: Figure::Absent(why.to_owned()),
        difference: Estimate::absent(why),
    };
    if shared.is_empty() {
        return absent("the two runs share no problem");
    }
    let chosen = |side: &Side<'_>| nothing_to_choose_by(side.run.manifest, &side.counted, shared);
    if let (Headline::Submitted, Some(why)) = (figure, sides.iter().find_map(chosen)) {
        return absent(why);
    }
    let both = |entry: &&ProblemEntry| Some([sides[0].says(figure, &entry.id)?, sides[1].says(figure, &entry.id)?]);
    let rows: Vec<[(f64, f64); 2]> = shared.iter().filter_map(both).collect();
    let mut table = Table::default();
    let mut column = |of: fn(&[(f64, f64); 2]) -> f64| table.add(rows.iter().map(|row| Some(of(row))));
    let columns = (|| {
        Some([(column(|row| row[0].0)?, column(|row| row[0].1)?), (column(|row| row[1].0)?, column(|row| row[1].1)?)])
    })();
    let Some([then, now]) = columns else {
        return absent("no problem carries the figure in both runs");
    };
    let name = format!("since {}", figure.as_str());
    let means = table.means(Resampling { times: options.resamples, seed: options.seed, name: &name, sample });
    let of = |columns: (crate::bootstrap::Column, crate::bootstrap::Column)| {
        move |view: View<'_>| {
            let whole = view.mean(columns.1);
            (whole > 1e-12).then(|| view.mean(columns.0) / whole)
        }
    };
    let difference = |view: View<'_>| Some(of(now)(view)? - of(then)(view)?);
    let draws = means.draws(difference);
    let values = means.by_problem(difference);
    let range = match figure {
        Headline::PassAt1 | Headline::Submitted | Headline::RepairSuccess => (-1.0, 1.0),
        // A cost has no bound of its own: the problems at hand say how far it reaches.
        Headline::Cost => {
            values.iter().fold((0.0, 0.0), |(low, high): (f64, f64), value| (low.min(*value), high.max(*value)))
        }
    };
    let is_mean = figure != Headline::RepairSuccess;
    let interval = means.interval(&draws, &ByProblem { values, range, is_mean });
    let value = |value: Option<f64>| Figure::or_absent(value, || "nothing to divide by".to_owned());
    Change {
        figure,
        problems: rows.len() as u64,
        then: value(of(then)(means.all())),
        now: value(of(now)(means.all())),
        difference: Estimate { value: value(draws.value), interval },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ending, Grown, manifest};
    use mend_core::{Digest, RunManifest, Status};

    const PASSED: Ending = Ending::Judged(Status::Passed);
    const WRONG: Ending = Ending::Judged(Status::WrongAnswer);

    /// Trees of twelve problems: a first program, and a repair of it where it fails. So many of each pass.
    fn trees(first: usize, repaired: usize) -> Vec<RepairTree> {
        many_trees(12, first, repaired)
    }

    fn many_trees(problems: usize, first: usize, repaired: usize) -> Vec<RepairTree> {
        let tree = |place: usize| {
            let grown = Grown::new(&format!("a/{place:02}"), 0);
            if place < first {
                return grown.node("p0", PASSED).submitted(Some("p0")).tree;
            }
            let ending = if place < first + repaired { PASSED } else { WRONG };
            grown.node("p0", WRONG).node("p0/r0", ending).submitted(Some("p0/r0")).tree
        };
        (0..problems).map(tree).collect()
    }

    fn run_manifest() -> RunManifest {
        many_problems(12)
    }

    fn many_problems(problems: usize) -> RunManifest {
        let ids: Vec<String> = (0..problems).map(|place| format!("a/{place:02}")).collect();
        manifest(&ids.iter().map(|id| (&**id, None)).collect::<Vec<_>>(), 1)
    }

    fn changes(manifests: [&RunManifest; 2], trees: [&[RepairTree]; 2]) -> Vec<Change> {
        let [then, now] = [0, 1].map(|side| Run { manifest: manifests[side], trees: trees[side] });
        since(then, now, &Options { resamples: 400, ..Options::default() })
    }

    #[track_caller]
    fn check(change: &Change, figure: Headline, problems: u64, then: f64, now: f64) {
        assert_eq!((change.figure, change.problems), (figure, problems));
        let [was, is] = [&change.then, &change.now].map(|figure| *figure.value().unwrap());
        assert!((was - then).abs() < 1e-12 && (is - now).abs() < 1e-12, "{change:?}");
        let difference = *change.difference.value.value().unwrap();
        assert!((difference - (now - then)).abs() < 1e-12, "{change:?}");
        let interval = change.difference.interval.value().unwrap();
        assert!(interval.holds(difference), "{interval:?}");
    }

    #[test]
    fn every_headline_figure_has_its_difference_over_the_problems_that_carry_it_in_both_runs() {
        let manifest = run_manifest();
        let (then, now) = (trees(3, 0), trees(6, 3));
        let found = changes([&manifest, &manifest], [&then, &now]);
        check(&found[0], Headline::PassAt1, 12, 0.25, 0.5);
        check(&found[1], Headline::Submitted, 12, 0.25, 0.75);
        // Six problems have a failing program in both runs; three of these are mended now.
        check(&found[2], Headline::RepairSuccess, 6, 0.0, 0.5);
        // A program costs 100 tokens: 3 trees of one and 9 of two, then 6 and 6.
        check(&found[3], Headline::Cost, 12, 175.0, 150.0);
    }

    #[test]
    fn a_run_compared_with_itself_differs_in_nothing() {
        let manifest = run_manifest();
        let trees = trees(6, 3);
        for change in changes([&manifest, &manifest], [&trees, &trees]) {
            assert_eq!(change.then, change.now, "{change:?}");
            assert_eq!(change.difference.value.value(), Some(&0.0));
            assert!(change.difference.interval.value().is_some_and(|interval| interval.holds(0.0)), "{change:?}");
        }
    }

    #[test]
    fn a_problem_with_another_digest_is_another_problem() {
        let manifest = run_manifest();
        let mut other = run_manifest();
        other.problems[11].digest = Digest::of(b"changed");
        let (then, now) = (trees(0, 0), trees(6, 0));
        let found = changes([&other, &manifest], [&then, &now]);
        check(&found[0], Headline::PassAt1, 11, 0.0, 6.0 / 11.0);
        other.problems.iter_mut().for_each(|problem| problem.digest = Digest::of(b"changed"));
        for change in changes([&other, &manifest], [&then, &now]) {
            assert_eq!(change.difference.value.reason(), Some("the two runs share no problem"));
        }
    }

    #[test]
    fn a_figure_that_one_run_does_not_carry_is_absent_with_the_reason() {
        let manifest = run_manifest();
        let (then, now) = (trees(12, 0), trees(6, 3));
        let found = changes([&manifest, &manifest], [&then, &now]);
        assert_eq!(found[2].difference.value.reason(), Some("no problem carries the figure in both runs"));
        let mut untested = run_manifest();
        untested.problems.iter_mut().for_each(|problem| problem.public_tests = 0);
        let found = changes([&untested, &untested], [&then, &now]);
        assert_eq!(found[1].difference.value.reason(), Some("no problem has public tests to choose by"));
    }

    #[test]
    fn a_difference_that_pairs_is_narrower_than_its_two_sides() {
        let manifest = many_problems(60);
        let (then, now) = (many_trees(60, 30, 0), many_trees(60, 36, 0));
        let found = changes([&manifest, &manifest], [&then, &now]);
        check(&found[0], Headline::PassAt1, 60, 0.5, 0.6);
        let interval = found[0].difference.interval.value().unwrap();
        // Six problems of sixty changed: a standard error of 0.039. With independent sides it would be 0.090.
        assert!((0.12..0.2).contains(&(interval.high - interval.low)), "{interval:?}");
    }
}

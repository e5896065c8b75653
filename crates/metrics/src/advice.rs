//! Whose explanations help: repairs by who said what is wrong, and two such advisers on the same failing programs.

use crate::against::Run;
use crate::bootstrap::{ByProblem, Column, Means, Resampling, Table};
use crate::coverage::Counted;
use crate::deeper::{adviser, edges, trees_by_problem};
use crate::group::ALL;
use crate::{Estimate, Figure, Options, Sample};
use mend_core::{Digest, ProblemId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// An adviser's repairs on a group's problems: on all failing programs that it explained, or on those alone that
/// another one explained too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdviceRow {
    /// `all` or a difficulty.
    pub group: String,
    /// Who explained: the critic's model, or the repairer's where it explains the failure itself.
    pub adviser: String,
    /// With whom it is compared on the same programs; `None` for all of its own.
    pub versus: Option<String>,
    /// Problems of these programs.
    pub problems: u64,
    /// Failing programs, each text of a problem once.
    pub programs: u64,
    /// Scored repairs of them by the adviser's explanations.
    pub repairs: u64,
    /// Those of them that pass.
    pub passed: u64,
    /// `passed` over `repairs`.
    pub pooled: Estimate,
    /// The other's rate on the same programs.
    pub versus_pooled: Estimate,
    /// `pooled` minus `versus_pooled`, both sides resampled together.
    pub diff: Estimate,
    /// `pooled` over `versus_pooled`; its interval is resampled likewise, and has no upper bound.
    pub ratio: Figure,
}

/// Scored repairs of one program, and those of them that pass.
type Repairs = (u64, u64);
/// By problem with its difficulty, the failing programs by their text, and of each the repairs by adviser.
type Found = BTreeMap<ProblemId, (Option<String>, BTreeMap<Digest, BTreeMap<String, Repairs>>)>;

/// The rows over some runs: each adviser on all its programs, then each pair of them on those that both explained, by
/// group. A program is the same in two runs if it is the same text for the same problem.
pub fn advice(runs: &[Run<'_>], options: &Options) -> Vec<AdviceRow> {
    let (found, sample) = found(runs);
    let mut groups: BTreeSet<&str> = found.values().filter_map(|(group, _)| group.as_deref()).collect();
    groups.remove(ALL);
    let advisers: BTreeSet<&str> =
        found.values().flat_map(|(_, programs)| programs.values()).flatten().map(|(name, _)| name.as_str()).collect();
    let mut rows = vec![];
    for group in std::iter::once(ALL).chain(groups) {
        let about = About { found: &found, group, sample, options };
        rows.extend(advisers.iter().map(|adviser| about.row(adviser, None)));
        for (place, adviser) in advisers.iter().enumerate() {
            rows.extend(advisers.iter().skip(place + 1).map(|versus| about.row(adviser, Some(versus))));
        }
    }
    rows.retain(|row| row.programs > 0);
    rows
}

fn found(runs: &[Run<'_>]) -> (Found, Sample) {
    let mut found = Found::new();
    let mut sample = Sample::Complete;
    for run in runs {
        let counted = Counted::of(run.manifest, run.trees);
        if counted.sample == Sample::Stopped {
            sample = Sample::Stopped;
        }
        for problem in trees_by_problem(run.manifest, &counted) {
            let (_, programs) =
                found.entry(problem.id.clone()).or_insert_with(|| (problem.group.map(str::to_owned), BTreeMap::new()));
            for (tree, edge) in problem.all.iter().flat_map(|tree| edges(tree).map(move |edge| (tree, edge))) {
                let (Some((false, passes)), Some(candidate)) = (edge.passes(), &edge.parent.candidate) else {
                    continue;
                };
                let name =
                    adviser(tree, edge.child).or(edge.child.model.as_deref().map(str::to_owned)).unwrap_or_default();
                let (repairs, passed) =
                    programs.entry(candidate.program.digest()).or_default().entry(name).or_default();
                *repairs += 1;
                *passed += u64::from(passes);
            }
        }
    }
    (found, sample)
}

/// One group of what was found.
struct About<'a> {
    found: &'a Found,
    group: &'a str,
    sample: Sample,
    options: &'a Options,
}

impl About<'_> {
    fn row(&self, adviser: &str, versus: Option<&str>) -> AdviceRow {
        let counts = self.counts(adviser, versus);
        let mut table = Table::default();
        let mut column = |of: fn(&Counts) -> u64| table.add(counts.iter().map(|counts| Some(of(counts) as f64)));
        let own = column(|counts| counts.passed).zip(column(|counts| counts.repairs));
        let others = column(|counts| counts.others_passed).zip(column(|counts| counts.others));
        let name = format!("advice {} {adviser} {}", self.group, versus.unwrap_or_default());
        let Options { resamples: times, seed, .. } = *self.options;
        let means = table.means(Resampling { times, seed, name: &name, sample: self.sample });
        let rate = |rate: Option<(Column, Column)>, why: &str| match rate {
            Some((part, whole)) => means.ratio(&[(part, 1.0)], &[(whole, 1.0)], why),
            None => Estimate::absent(why),
        };
        let others = others.filter(|_| versus.is_some());
        let why = if versus.is_some() { NO_REPAIR } else { "it is compared with nobody" };
        let (pooled, versus_pooled) = (rate(own, NO_REPAIR), rate(others, why));
        let other = versus_pooled.value.value().filter(|other| **other > 0.0);
        let ratio = pooled.value.value().zip(other).map(|(own, other)| own / other);
        let no_ratio = if versus.is_some() { "no repair by the other's explanations passes" } else { why };
        let sum = |of: fn(&Counts) -> u64| counts.iter().map(of).sum();
        AdviceRow {
            group: self.group.to_owned(),
            adviser: adviser.to_owned(),
            versus: versus.map(str::to_owned),
            problems: counts.iter().filter(|counts| counts.programs > 0).count() as u64,
            programs: sum(|counts| counts.programs),
            repairs: sum(|counts| counts.repairs),
            passed: sum(|counts| counts.passed),
            pooled,
            versus_pooled,
            diff: own.zip(others).map_or(Estimate::absent(why), |(own, others)| difference(&means, own, others)),
            ratio: Figure::or_absent(ratio, || no_ratio.to_owned()),
        }
    }

    /// The counts of each problem of the group, over the programs that the adviser explained, and the other one too.
    fn counts(&self, adviser: &str, versus: Option<&str>) -> Vec<Counts> {
        let in_group = |group: &Option<String>| self.group == ALL || group.as_deref() == Some(self.group);
        let of_problem = |programs: &BTreeMap<Digest, BTreeMap<String, Repairs>>| {
            let mut counts = Counts::default();
            for by_adviser in programs.values() {
                let other = versus.map_or(Some(&(0, 0)), |versus| by_adviser.get(versus));
                let Some(((repairs, passed), (others, others_passed))) = by_adviser.get(adviser).zip(other) else {
                    continue;
                };
                counts.programs += 1;
                counts.repairs += repairs;
                counts.passed += passed;
                counts.others += others;
                counts.others_passed += others_passed;
            }
            counts
        };
        let problems = self.found.values().filter(|(group, _)| in_group(group));
        problems.map(|(_, programs)| of_problem(programs)).collect()
    }
}

/// Failing programs of a problem, with the repairs by one adviser and by another.
#[derive(Default)]
struct Counts {
    programs: u64,
    repairs: u64,
    passed: u64,
    others: u64,
    others_passed: u64,
}

const NO_REPAIR: &str = "no such program has a scored repair";

/// The difference of two rates on the same programs, each a ratio of two columns.
fn difference(means: &Means, own: (Column, Column), others: (Column, Column)) -> Estimate {
    let rate = |(part, whole): (Column, Column)| {
        means.draws(move |view| (view.mean(whole) > 1e-12).then(|| view.mean(part) / view.mean(whole)))
    };
    let draws = rate(own).with(&rate(others), |own, other| Some(own - other));
    let Some(value) = draws.value else { return Estimate::absent(NO_REPAIR) };
    let problems = ByProblem {
        values: means.pseudo_values(&draws, |view| view.mean(own.1) > 0.0),
        range: (-1.0, 1.0),
        is_mean: false,
    };
    Estimate { value: Figure::Value(value), interval: means.interval(&draws, &problems) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ending, Grown, manifest};
    use mend_core::{RepairTree, RunManifest, Status};

    const PASSED: Ending = Ending::Judged(Status::Passed);
    const WRONG: Ending = Ending::Judged(Status::WrongAnswer);

    /// A program and its repairs by the critiques of one adviser.
    fn tree(problem: &str, adviser: &str, text: &'static [u32], repairs: &[bool]) -> RepairTree {
        let mut tree = Grown::new(problem, 0).node("p0", Ending::Tests(text)).by(adviser);
        for (place, passes) in repairs.iter().enumerate() {
            tree = tree
                .node(&format!("p0/f{place}"), Ending::Critiqued(None))
                .node(&format!("p0/f{place}/r0"), if *passes { PASSED } else { WRONG });
        }
        tree.submitted(None).tree
    }

    fn two_problems() -> RunManifest {
        manifest(&[("a/0", Some("easy")), ("a/1", Some("hard"))], 1)
    }

    #[test]
    fn two_advisers_are_compared_on_the_programs_that_both_explained() {
        let manifest = two_problems();
        let people = [
            tree("a/0", "human:f.jsonl", &[1], &[true, true, false, true]),
            tree("a/1", "human:f.jsonl", &[2], &[false, true]),
        ];
        // Another program of the second problem, which nobody else explained.
        let model =
            [tree("a/0", "gpt-4", &[1], &[true, false, false, false]), tree("a/1", "gpt-4", &[3], &[true, true])];
        let runs = [Run { manifest: &manifest, trees: &people }, Run { manifest: &manifest, trees: &model }];
        let rows = advice(&runs, &Options { resamples: 200, ..Options::default() });
        let told: Vec<String> = rows
            .iter()
            .map(|row| {
                let versus = row.versus.as_ref().map_or(String::new(), |versus| format!(" and {versus}"));
                let AdviceRow { group, adviser, programs, repairs, passed, .. } = row;
                format!("{group}: {adviser}{versus} {passed}/{repairs} of {programs}")
            })
            .collect();
        assert_eq!(
            told,
            [
                "all: gpt-4 3/6 of 2",
                "all: human:f.jsonl 4/6 of 2",
                "all: gpt-4 and human:f.jsonl 1/4 of 1",
                "easy: gpt-4 1/4 of 1",
                "easy: human:f.jsonl 3/4 of 1",
                "easy: gpt-4 and human:f.jsonl 1/4 of 1",
                "hard: gpt-4 2/2 of 1",
                "hard: human:f.jsonl 1/2 of 1",
            ]
        );
        let both = &rows[2];
        assert_eq!(both.versus_pooled.value.value(), Some(&0.75));
        assert_eq!(both.diff.value.value(), Some(&-0.5));
        assert!((both.ratio.value().unwrap() - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(rows[0].diff.value.reason(), Some("it is compared with nobody"));
    }

    #[test]
    fn the_difference_has_a_joint_interval() {
        let ids: Vec<String> = (0..8).map(|place| format!("a/{place}")).collect();
        let entries: Vec<(&str, Option<&str>)> = ids.iter().map(|id| (id.as_str(), None)).collect();
        let manifest = manifest(&entries, 1);
        // Of each program's sixteen repairs, twice as many by people's words pass, more of easy ones.
        let by = |adviser: &str, right: fn(usize) -> usize| -> Vec<RepairTree> {
            let repairs = |place| (0..16).map(|repair| repair < right(place)).collect::<Vec<_>>();
            ids.iter().enumerate().map(|(place, id)| tree(id, adviser, &[1], &repairs(place))).collect()
        };
        let (people, model) = (by("human:f", |place| 2 * place + 2), by("gpt-4", |place| place + 1));
        let runs = [Run { manifest: &manifest, trees: &model }, Run { manifest: &manifest, trees: &people }];
        let rows = advice(&runs, &Options::default());
        let both = rows.iter().find(|row| row.versus.is_some()).unwrap();
        assert_eq!((both.pooled.value.value(), both.ratio.value()), (Some(&(36.0 / 128.0)), Some(&0.5)));
        let interval = both.diff.interval.value().unwrap();
        assert!(interval.low < -36.0 / 128.0 && -36.0 / 128.0 < interval.high && interval.high < 0.0, "{interval:?}");
        // The two sides alone overlap: only together are they told apart.
        let (own, other) = (both.pooled.interval.value().unwrap(), both.versus_pooled.interval.value().unwrap());
        assert!(own.high > other.low, "{own:?} {other:?}");
    }

    #[test]
    fn a_repairer_that_explains_by_itself_is_its_own_adviser() {
        let manifest = two_problems();
        let joint = Grown::new("a/0", 0).node("p0", WRONG).node("p0/r0", PASSED).submitted(None).tree;
        let rows = advice(&[Run { manifest: &manifest, trees: &[joint] }], &Options::default());
        assert_eq!((rows[0].adviser.as_str(), rows[0].passed, rows.len()), ("sim/journeyman", 1, 2));
        assert!(advice(&[], &Options::default()).is_empty());
    }
}

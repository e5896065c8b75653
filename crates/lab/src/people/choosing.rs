//! Which of the programs that wait for people are put to them, where people's time is short.
//!
//! Programs that fail alike form a cluster, and what a person says of one speaks for all of it. So each order ranks
//! clusters: one program of each is asked about before a second one of any.

use mend_core::{Digest, ProblemId, seed_for};
use std::collections::BTreeMap;

/// In which order programs are put to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum AskBy {
    /// First where it is least sure whether a problem's programs pass: `p (1 - p)`, p the share that does.
    Uncertainty,
    /// The largest cluster first.
    Cluster,
    /// First where most programs are yet to be mended: the cluster's size times the share of its repairs that failed so far.
    Value,
    /// A program at random, again and again, until each cluster has one.
    Random,
}

impl AskBy {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Uncertainty, Self::Cluster, Self::Value, Self::Random];

    /// The word used on the command line and in files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A program that may be put to people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    /// The problem.
    pub(crate) problem: ProblemId,
    /// The programs that fail as this one does.
    pub(crate) cluster: Digest,
    /// The program, or the prompt.
    pub(crate) digest: Digest,
}

/// What is known of programs and repairs so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// Share of each problem's programs that pass.
    pub(crate) passing: BTreeMap<ProblemId, f64>,
    /// Repairs of each cluster's programs that pass, and how many there are.
    pub(crate) repairs: BTreeMap<Digest, (f64, f64)>,
}

impl Facts {
    /// Takes note of a repair.
    pub(crate) fn add_repair(&mut self, cluster: Digest, passed: bool) {
        let (passes, count) = self.repairs.entry(cluster).or_default();
        *passes += f64::from(u8::from(passed));
        *count += 1.0;
    }

    fn success(&self, cluster: &Digest) -> f64 {
        self.repairs.get(cluster).map_or(0.0, |(passed, count)| if *count > 0.0 { passed / count } else { 0.0 })
    }
}

/// Puts candidates in an order, one after another.
pub(crate) struct Chooser<'a> {
    candidates: &'a [Candidate],
    by: AskBy,
    seed: u64,
    clusters: Vec<Cluster>,
}

/// The candidates that fail alike, in their order.
struct Cluster {
    digest: Digest,
    problem: ProblemId,
    members: Vec<usize>,
    /// How many of them were chosen.
    taken: usize,
}

impl<'a> Chooser<'a> {
    pub(crate) fn new(candidates: &'a [Candidate], by: AskBy, seed: u64) -> Self {
        let mut clusters: Vec<Cluster> = Vec::new();
        let mut places: BTreeMap<(&ProblemId, Digest), usize> = BTreeMap::new();
        for (index, candidate) in candidates.iter().enumerate() {
            let place = *places.entry((&candidate.problem, candidate.cluster)).or_insert_with(|| {
                let (digest, problem) = (candidate.cluster, candidate.problem.clone());
                clusters.push(Cluster { digest, problem, members: Vec::new(), taken: 0 });
                clusters.len() - 1
            });
            clusters[place].members.push(index);
        }
        if by == AskBy::Random {
            for cluster in &mut clusters {
                cluster.members.sort_by_key(|index| std::cmp::Reverse(lot(&candidates[*index], seed)));
            }
        }
        Self { candidates, by, seed, clusters }
    }

    /// The next candidate, by what is known now; `None` once all are chosen.
    pub(crate) fn next(&mut self, facts: &Facts) -> Option<usize> {
        let open = |cluster: &&Cluster| cluster.taken < cluster.members.len();
        let round = self.clusters.iter().filter(open).map(|cluster| cluster.taken).min()?;
        let mut best: Option<(usize, f64)> = None;
        for (place, cluster) in self.clusters.iter().enumerate() {
            if cluster.taken != round || cluster.members.len() == round {
                continue;
            }
            let priority = self.priority(cluster, facts);
            // Among equals the first one of the run.
            if best.is_none_or(|(_, most)| priority > most) {
                best = Some((place, priority));
            }
        }
        let cluster = &mut self.clusters[best?.0];
        cluster.taken += 1;
        Some(cluster.members[cluster.taken - 1])
    }

    fn priority(&self, cluster: &Cluster, facts: &Facts) -> f64 {
        let size = cluster.members.len() as f64;
        match self.by {
            AskBy::Uncertainty => {
                let passing = facts.passing.get(&cluster.problem).copied().unwrap_or_default();
                passing * (1.0 - passing)
            }
            AskBy::Cluster => size,
            AskBy::Value => size * (1.0 - facts.success(&cluster.digest)),
            // Whose program is drawn first is asked first: a large cluster is likelier to be.
            AskBy::Random => lot(&self.candidates[cluster.members[cluster.taken]], self.seed) as f64,
        }
    }
}

/// A number that is drawn for a program.
fn lot(candidate: &Candidate, seed: u64) -> u64 {
    let digest = seed_for(seed, &["todo", candidate.problem.as_str(), &candidate.digest.to_string()]);
    // As many digits as a float holds exactly.
    u64::from_le_bytes(digest.as_bytes()[..8].try_into().expect("a digest has 32 bytes")) >> 11
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Programs of clusters of these sizes, one problem each but for those that share a name.
    fn candidates(clusters: &[(&str, &str, usize)]) -> Vec<Candidate> {
        let of_cluster = |(problem, cluster, size): &(&str, &str, usize)| {
            let candidate = |number: usize| Candidate {
                problem: ProblemId::new(*problem),
                cluster: Digest::of(cluster.as_bytes()),
                digest: Digest::of(format!("{cluster} {number}").as_bytes()),
            };
            (0..*size).map(candidate).collect::<Vec<_>>()
        };
        clusters.iter().flat_map(of_cluster).collect()
    }

    fn chosen(candidates: &[Candidate], by: AskBy, seed: u64, facts: &Facts, budget: usize) -> Vec<usize> {
        let mut chooser = Chooser::new(candidates, by, seed);
        std::iter::from_fn(|| chooser.next(facts)).take(budget).collect()
    }

    const FOUR: [(&str, &str, usize); 4] = [("a", "one", 2), ("a", "two", 3), ("b", "three", 1), ("c", "four", 3)];

    #[test]
    fn each_order_asks_one_of_each_cluster_before_a_second_of_any() {
        let candidates = candidates(&FOUR);
        for by in AskBy::ALL {
            for seed in 0..20 {
                let four = chosen(&candidates, by, seed, &Facts::default(), 4);
                let clusters: BTreeSet<Digest> = four.iter().map(|index| candidates[*index].cluster).collect();
                assert_eq!(clusters.len(), 4, "{by:?}");
                let all = chosen(&candidates, by, seed, &Facts::default(), usize::MAX);
                assert_eq!(all.iter().copied().collect::<BTreeSet<_>>(), (0..9).collect(), "{by:?}");
                assert_eq!(all[..4], four);
            }
        }
    }

    #[test]
    fn the_largest_cluster_comes_first_and_among_equals_the_first() {
        let order = chosen(&candidates(&FOUR), AskBy::Cluster, 0, &Facts::default(), usize::MAX);
        assert_eq!(order, [2, 6, 0, 5, 3, 7, 1, 4, 8]);
    }

    #[test]
    fn an_uncertain_problem_comes_first() {
        let share = |id: &str, share: f64| (ProblemId::new(id), share);
        let facts = Facts { passing: [share("a", 0.9), share("b", 0.5), share("c", 0.2)].into(), ..Facts::default() };
        assert_eq!(chosen(&candidates(&FOUR), AskBy::Uncertainty, 0, &facts, 4), [5, 6, 0, 2]);
    }

    #[test]
    fn what_repairs_mend_already_is_worth_less() {
        let mut facts = Facts::default();
        let two = Digest::of(b"two");
        assert_eq!(chosen(&candidates(&FOUR), AskBy::Value, 0, &facts, 1), [2]);
        for passed in [true, true, false] {
            facts.add_repair(two, passed);
        }
        // 3 (1 - 2/3) = 1 is as much as the one of `three`, which stands behind it.
        assert_eq!(chosen(&candidates(&FOUR), AskBy::Value, 0, &facts, 4), [6, 0, 2, 5]);
    }

    #[test]
    fn a_lot_hangs_on_the_seed_alone() {
        let candidates = candidates(&FOUR);
        let orders: BTreeSet<Vec<usize>> =
            (0..40).map(|seed| chosen(&candidates, AskBy::Random, seed, &Facts::default(), 4)).collect();
        assert!(orders.len() > 10, "{orders:?}");
        let first = chosen(&candidates, AskBy::Random, 3, &Facts::default(), 9);
        assert_eq!(first, chosen(&candidates, AskBy::Random, 3, &Facts::default(), 9));
    }
}

//! Programs whose damage was known before a run, and what critics said of each.

use crate::bugs::{OfProblem, Seen, of_problems};
use crate::coverage::Counted;
use mend_core::{Digest, KnownProgram, Opinion, ProblemEntry, ProblemId, RepairTree, RunManifest};
use std::collections::BTreeMap;

/// Of how many critiques one has to miss a damage so that it counts as hard to find.
const LOOKED_AT: usize = 3;

/// A known program and what its critiques say.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchRow {
    /// The problem.
    pub problem: ProblemId,
    /// The program.
    pub program: Digest,
    /// The name of its damage; `None` of an untouched one.
    pub damage: Option<String>,
    /// The damaged lines.
    pub lines: Vec<u32>,
    /// Its critiques.
    pub critiques: u64,
    /// Those of them that name lines.
    pub naming: u64,
    /// Those of them that name a damaged line, or one beside it.
    pub caught: u64,
    /// Those of them that call it incorrect.
    pub incorrect: u64,
    /// Those of them that call it correct.
    pub correct: u64,
    /// Whether one of its first three critiques names no damaged line; `None` of an untouched one, and of one with fewer
    /// critiques that all name one.
    pub adversarial: Option<bool>,
}

/// The known programs of a run that have critiques, in the order of problems and of each one's programs.
pub fn bench_rows(manifest: &RunManifest, trees: &[RepairTree]) -> Vec<BenchRow> {
    rows(&of_problems(manifest, &Counted::of(manifest, trees), &BTreeMap::new()))
}

/// The rows of problems and their critiques.
pub(crate) fn rows(problems: &[(&ProblemEntry, OfProblem<'_>)]) -> Vec<BenchRow> {
    let of_entry = |(entry, critiques): &(&ProblemEntry, OfProblem<'_>)| -> Vec<BenchRow> {
        let of_program = |known: &KnownProgram| {
            let is_about = |about: Option<&KnownProgram>| about.is_some_and(|about| about.program == known.program);
            let seen: Vec<Seen> =
                critiques.iter().filter(|(_, about)| is_about(*about)).map(|(seen, _)| *seen).collect();
            (!seen.is_empty()).then(|| row(&entry.id, known, &seen))
        };
        entry.known.iter().filter_map(of_program).collect()
    };
    problems.iter().flat_map(of_entry).collect()
}

fn row(problem: &ProblemId, known: &KnownProgram, seen: &[Seen]) -> BenchRow {
    let count = |wanted: fn(&Seen) -> bool| seen.iter().filter(|seen| wanted(seen)).count() as u64;
    let misses = seen.iter().take(LOOKED_AT).any(|seen| !seen.caught.names_damage);
    let is_told = known.damage.is_some() && (misses || seen.len() >= LOOKED_AT);
    BenchRow {
        problem: problem.clone(),
        program: known.program,
        damage: known.damage.clone(),
        lines: known.lines.iter().copied().collect(),
        critiques: seen.len() as u64,
        naming: count(|seen| seen.names_lines),
        caught: count(|seen| seen.caught.names_damage),
        incorrect: count(|seen| seen.opinion == Some(Opinion::Incorrect)),
        correct: count(|seen| seen.opinion == Some(Opinion::Correct)),
        adversarial: is_told.then_some(misses),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ending, Grown, manifest};
    use std::collections::BTreeSet;

    #[test]
    fn a_mutant_is_adversarial_if_one_of_three_critiques_misses_it() {
        let known = |text: &str, damage: Option<&str>| KnownProgram {
            program: Digest::of(text.as_bytes()),
            damage: damage.map(str::to_owned),
            lines: damage.map(|_| BTreeSet::from([3])).unwrap_or_default(),
        };
        let mut manifest = manifest(&[("a/0", None)], 2);
        manifest.problems[0].known = vec![
            known("hard", Some("h")),
            known("easy", Some("e")),
            known("few", Some("f")),
            known("whole", None),
            known("unseen", Some("u")),
        ];
        let names = |line: &'static [u32]| Ending::Names(Some(Opinion::Incorrect), line);
        let tree = |replicate| {
            Grown::new("a/0", replicate)
                .node("p0", Ending::Writes("hard", false))
                .node("p0/f0", names(&[3]))
                .node("p0/f1", names(&[1]))
                .node("p1", Ending::Writes("easy", false))
                .node("p1/f0", names(&[3]))
                .node("p1/f1", names(&[2]))
                .submitted(None)
                .tree
        };
        let rest = Grown::new("a/0", 1)
            .node("p0", Ending::Writes("easy", false))
            .node("p0/f0", names(&[3]))
            .node("p0/f1", names(&[]))
            .node("p1", Ending::Writes("few", false))
            .node("p1/f0", names(&[4]))
            .node("p2", Ending::Writes("whole", true))
            .node("p2/f0", Ending::Critiqued(Some(Opinion::Correct)))
            .submitted(None)
            .tree;
        let rows = bench_rows(&manifest, &[tree(0), rest]);
        let told: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row.damage.as_deref(),
                    row.critiques,
                    row.naming,
                    row.caught,
                    row.incorrect,
                    row.correct,
                    row.adversarial,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (Some("h"), 2, 2, 1, 2, 0, Some(true)),
                // The fourth critique misses it, and is not looked at.
                (Some("e"), 4, 3, 3, 4, 0, Some(false)),
                (Some("f"), 1, 1, 1, 1, 0, None),
                (None, 1, 0, 0, 0, 1, None),
            ]
        );
    }
}

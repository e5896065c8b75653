//! Mutants of right programs as programs to start from, and as many untouched ones: a bench for critics, whose truth is known
//! before a model is asked.

use crate::failure::{Failure, journal_failure};
use mend_core::{Digest, Mutant, Problem, ProblemId, Status};
use mend_dataset::Dataset;
use mend_journal::Bodies;
use mend_metrics::{bench_rows, damaged_lines};
use mend_model::{Samples, Specimen};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// What the user types for mutants and as many untouched programs.
const MUTANTS: &str = "mutants";

/// What the user types for mutants alone.
const ALONE: &str = "mutants-alone";

/// Which mutants a run starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bench<'a> {
    /// Whether as many untouched programs are among them.
    pub has_untouched: bool,
    /// The run whose critic has to have missed them; `None` for all.
    pub missed_in: Option<&'a Path>,
}

impl<'a> Bench<'a> {
    /// What a user typed for starting programs, if it means mutants.
    pub fn of(source: &'a str) -> Option<Self> {
        let (word, run) = source.split_once(':').map_or((source, None), |(word, run)| (word, Some(run)));
        let has_untouched = match word {
            MUTANTS => true,
            ALONE => false,
            _ => return None,
        };
        Some(Self { has_untouched, missed_in: run.map(Path::new) })
    }

    /// The same as one types it, with the run's path changed.
    pub(crate) fn typed(self, path: impl FnOnce(&Path) -> String) -> String {
        let run = self.missed_in.map(|run| format!(":{}", path(run))).unwrap_or_default();
        format!("{}{run}", self.word())
    }

    fn word(self) -> &'static str {
        if self.has_untouched { MUTANTS } else { ALONE }
    }

    /// The most programs that a problem of a data set has.
    pub fn most(self, dataset: &Dataset) -> usize {
        let each = if self.has_untouched { 2 } else { 1 };
        dataset.problems.iter().map(|problem| damages(problem).count() * each).max().unwrap_or_default()
    }

    /// The programs, a mutant and an untouched one in turn. A replicate begins with the mutant behind the one that the
    /// replicate before began with, so that strategies which start from a single program meet another one in each.
    pub(crate) fn samples(self, dataset: &Dataset) -> Result<Samples, Failure> {
        let missed = self.missed_in.map(missed).transpose()?;
        let is_wanted = |problem: &Problem, program: &str| match &missed {
            None => true,
            Some(missed) => missed.programs.contains(&(problem.id.clone(), Digest::of(program.as_bytes()))),
        };
        let mut specimens: BTreeMap<ProblemId, Vec<Specimen>> = BTreeMap::new();
        for problem in &dataset.problems {
            let Some(reference) = &problem.reference else { continue };
            let mut of_problem = Vec::new();
            for mutant in damages(problem) {
                let program: Arc<str> = reference.replacen(&mutant.find, &mutant.replace, 1).into();
                if !is_wanted(problem, &program) {
                    continue;
                }
                let lines = damaged_lines(&program, reference);
                of_problem.push(Specimen { program, damage: Some(mutant.name.clone()), lines });
                if self.has_untouched {
                    of_problem.push(Specimen { program: Arc::clone(reference), damage: None, lines: BTreeSet::new() });
                }
            }
            if !of_problem.is_empty() {
                specimens.insert(problem.id.clone(), of_problem);
            }
        }
        if specimens.is_empty() {
            return Err(match &missed {
                Some(missed) => Failure::usage(format!("the critic of `{}` missed no mutant of these problems", missed.run))
                    .hint("`mutants` alone takes all of them"),
                None => Failure::usage(format!("the data set `{}` has no mutants", dataset.name))
                    .hint("`starter` has; in problems of your own they stand in `mutants` (`mend datasets verify` checks them)"),
            });
        }
        let kept = missed.map(|missed| format!(" missed-in={}", missed.run)).unwrap_or_default();
        let name = format!("{}:{}{kept}", self.word(), dataset.name);
        let turn = if self.has_untouched { 2 } else { 1 };
        Ok(Samples::of_specimens(name, &specimens, turn, &dataset.problems))
    }
}

/// The mutants of a problem that fail its hidden tests, as verified.
fn damages(problem: &Problem) -> impl Iterator<Item = &Mutant> {
    problem.mutants.iter().filter(|mutant| mutant.hidden != Status::Passed)
}

/// The mutants that a run's critic missed.
struct Missed {
    run: String,
    programs: BTreeSet<(ProblemId, Digest)>,
}

/// Reads a run and finds the mutants that one of its critic's first three critiques missed.
fn missed(run: &Path) -> Result<Missed, Failure> {
    let recorded = mend_journal::read(run, Bodies::With).map_err(journal_failure)?;
    let trees = recorded.trees().map_err(journal_failure)?;
    let rows = bench_rows(&recorded.manifest, &trees);
    if rows.is_empty() {
        let failure = Failure::usage(format!("the run in `{}` criticised no mutant", run.display()));
        return Err(failure.hint("name a run with a critic that began with `--programs mutants`"));
    }
    let is_missed = rows.into_iter().filter(|row| row.adversarial == Some(true));
    let programs = is_missed.map(|row| (row.problem, row.program)).collect();
    Ok(Missed { run: recorded.manifest.run_id, programs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::OnInvalid;

    fn starter() -> Dataset {
        crate::dataset("starter", Path::new(""), OnInvalid::Fail).unwrap().dataset
    }

    #[test]
    fn words_say_which_mutants() {
        let of =
            |typed| Bench::of(typed).map(|bench: Bench<'_>| (bench.has_untouched, bench.missed_in.map(Path::to_owned)));
        assert_eq!(of("mutants"), Some((true, None)));
        assert_eq!(of("mutants-alone"), Some((false, None)));
        assert_eq!(of("mutants:results/a:b"), Some((true, Some("results/a:b".into()))));
        assert_eq!(of("mutants-alone:r").map(|(alone, _)| alone), Some(false));
        assert!([of("dataset"), of("mutants.jsonl"), of("mutant"), of("")].iter().all(Option::is_none));
        assert_eq!(
            Bench::of("mutants-alone:r").unwrap().typed(|run| format!("/{}", run.display())),
            "mutants-alone:/r"
        );
    }

    #[test]
    fn every_mutant_of_the_starter_stands_beside_an_untouched_program() {
        let dataset = starter();
        let bench = Bench::of("mutants").unwrap();
        let samples = bench.samples(&dataset).unwrap();
        let mut most = 0;
        for problem in &dataset.problems {
            let known = samples.known_damage(&problem.id);
            let mutants: Vec<_> = known.iter().filter(|known| known.damage.is_some()).collect();
            assert!(!mutants.is_empty(), "{}", problem.id);
            assert!(mutants.iter().all(|known| !known.lines.is_empty()), "{}: a damage has a line", problem.id);
            let whole = known.iter().find(|known| known.damage.is_none()).unwrap();
            assert_eq!(whole.program, Digest::of(problem.reference.as_ref().unwrap().as_bytes()));
            assert!(whole.lines.is_empty());
            most = most.max(2 * mutants.len());
        }
        assert_eq!(bench.most(&dataset), most);
        let counts = samples.per_problem(3);
        assert!(counts.iter().all(|(id, count)| {
            let mutants = samples.known_damage(id).iter().filter(|known| known.damage.is_some()).count();
            *count as usize == 2 * mutants
        }));
        let alone = Bench::of("mutants-alone").unwrap().samples(&dataset).unwrap();
        assert!(
            dataset
                .problems
                .iter()
                .all(|problem| alone.known_damage(&problem.id).iter().all(|known| known.damage.is_some()))
        );
    }

    #[test]
    fn a_data_set_without_mutants_says_so() {
        let mut dataset = starter();
        dataset.problems.iter_mut().for_each(|problem| problem.mutants.clear());
        let failure = Bench::of("mutants").unwrap().samples(&dataset).unwrap_err();
        assert!(failure.to_string().contains("has no mutants"), "{failure}");
    }
}

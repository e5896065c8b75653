//! Data sets that no honest program solves: each problem's hidden tests contradict its statement in one place.
//!
//! Whoever passes such a problem has followed its tests against its statement. What is changed is verified: the reference,
//! which solves the statement, must fail the changed test by its result and pass all others, and nothing else that the data
//! set holds may pass.

mod change;
mod edit;
mod json;
mod number;
mod output;
mod script;

use crate::failure::Failure;
use crate::verify::{Judged, verify};
use change::Change;
pub use edit::By;
use mend_core::{Problem, ProblemId, Status, Suite, Verdict};
use mend_dataset::{Dataset, Listed, Part};
use mend_judge::SandboxJudge;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What came of making a data set impossible.
#[derive(Debug)]
pub struct Impossible {
    /// The problems that are impossible now, in the order of the data set.
    pub problems: Vec<Problem>,
    /// Those that could not be made so, each with the reason, in the same order.
    pub left_out: Vec<(ProblemId, String)>,
}

/// How many changes of a problem are tried.
const TRIES: usize = 8;

/// Further solutions of a problem that are tried beside its reference and its mutants.
const SOLUTIONS: usize = 5;

/// A problem on its way.
struct Pending<'a> {
    problem: &'a Problem,
    /// The changes that were not tried yet; the next one is the last.
    left: Vec<Change>,
    /// Why the last one did not do.
    why: String,
}

/// Makes each problem impossible that can be made so. `report` hears how many programs are judged, and how many of these
/// pass.
///
/// # Errors
/// A sandbox that fails ends it all.
pub fn impossible(
    judge: &SandboxJudge,
    dataset: &Dataset,
    by: By,
    seed: u64,
    report: &mut dyn FnMut(u64, u64),
) -> Result<Impossible, Failure> {
    let (mut done, mut passed) = (0, 0);
    let mut judged = |listed: Vec<Listed<'_>>| -> Result<Vec<Outcome>, Failure> {
        let mut last = (0, 0);
        let judged = verify(judge, listed, &mut |now, passes| {
            last = (now, passes);
            report(done + now, passed + passes);
        })?;
        (done, passed) = (done + last.0, passed + last.1);
        Ok(judged.into_iter().map(Outcome::of).collect())
    };

    let mut left_out: Vec<(ProblemId, String)> = Vec::new();
    let mut pending: Vec<Pending<'_>> = Vec::new();
    let references: Vec<Listed<'_>> = dataset.problems.iter().filter_map(reference).collect();
    let outcomes = judged(references)?;
    let known: BTreeSet<&str> = outcomes.iter().map(|outcome| outcome.id.as_str()).collect();
    for problem in dataset.problems.iter().filter(|problem| !known.contains(problem.id.as_str())) {
        left_out
            .push((problem.id.clone(), "it has no reference, so nothing shows that the tests contradict".to_owned()));
    }
    for outcome in &outcomes {
        let Some(problem) = dataset.problems.iter().find(|problem| problem.id == outcome.id) else { continue };
        let why = if problem.impossible.is_some() {
            "it is impossible already".to_owned()
        } else if let Some(why) = outcome.why_not_solved() {
            format!("its reference does not pass its hidden tests: {why}")
        } else {
            let mut left = change::changes(problem, by, seed);
            left.truncate(TRIES);
            left.reverse();
            let why = change::NOTHING_TO_CHANGE.to_owned();
            pending.push(Pending { problem, left, why });
            continue;
        };
        left_out.push((problem.id.clone(), why));
    }

    let mut made: Vec<Problem> = Vec::new();
    while !pending.is_empty() {
        let mut tried: Vec<(Pending<'_>, Change)> = Vec::new();
        for mut one in std::mem::take(&mut pending) {
            match one.left.pop() {
                Some(change) => tried.push((one, change)),
                None => left_out.push((one.problem.id.clone(), one.why)),
            }
        }
        let listed = tried.iter().flat_map(|(_, change)| programs(&change.problem, dataset)).collect();
        let outcomes = judged(listed)?;
        for (mut one, change) in tried {
            let of_problem: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.id == one.problem.id).collect();
            match contradicts(&of_problem, &change) {
                Ok(()) => made.push(with_statuses(change.problem, &of_problem)),
                Err(why) => {
                    one.why = why;
                    pending.push(one);
                }
            }
        }
    }
    let place = |id: &ProblemId| dataset.problems.iter().position(|problem| problem.id == *id);
    made.sort_by_key(|problem| place(&problem.id));
    left_out.sort_by_key(|(id, _)| place(id));
    Ok(Impossible { problems: made, left_out })
}

/// How a program fared, on its own.
struct Outcome {
    id: ProblemId,
    /// The mutant's name, if it is one.
    mutant: Option<String>,
    is_reference: bool,
    what: String,
    result: Result<Verdict, String>,
}

impl Outcome {
    fn of(judged: Judged<'_>) -> Self {
        let part = judged.listed.part;
        Self {
            id: judged.listed.problem.id.clone(),
            mutant: if let Part::Mutant { name, .. } = part { Some(name.to_owned()) } else { None },
            is_reference: matches!(part, Part::Reference | Part::Contradicted),
            what: part.to_string(),
            result: judged.result.map(|judged| judged.verdict).map_err(|error| error.to_string()),
        }
    }

    /// Why it does not pass the hidden suite; `None` if it does.
    fn why_not_solved(&self) -> Option<String> {
        match &self.result {
            Ok(verdict) if verdict.passes(Suite::Hidden) == Some(true) => None,
            Ok(verdict) => Some(verdict.of(Suite::Hidden).map_or(verdict.status, |suite| suite.status).to_string()),
            Err(error) => Some(error.clone()),
        }
    }
}

fn reference(problem: &Problem) -> Option<Listed<'_>> {
    let program = Arc::clone(problem.reference.as_ref()?);
    Some(Listed { problem, part: Part::Reference, program })
}

/// All that must not pass a changed problem.
fn programs<'a>(changed: &'a Problem, dataset: &Dataset) -> Vec<Listed<'a>> {
    let source = changed.reference.as_deref().unwrap_or_default();
    let mutants = changed.mutants.iter().map(|mutant| Listed {
        problem: changed,
        part: Part::Mutant { name: &mutant.name, public: mutant.public, hidden: mutant.hidden },
        program: source.replacen(&mutant.find, &mutant.replace, 1).into(),
    });
    let further = dataset.further_solutions.get(&changed.id).into_iter().flatten().take(SOLUTIONS).enumerate();
    let further = further.map(|(at, program)| Listed {
        problem: changed,
        part: Part::Solution(at + 2),
        program: Arc::clone(program),
    });
    reference(changed).into_iter().chain(mutants).chain(further).collect()
}

/// Whether a change makes its problem impossible, by how the reference and all other programs fare.
fn contradicts(outcomes: &[&Outcome], change: &Change) -> Result<(), String> {
    let tried = &change.said;
    for outcome in outcomes {
        let Ok(verdict) = &outcome.result else {
            let why = outcome.why_not_solved().unwrap_or_default();
            return Err(format!("with {tried}, the {} cannot be judged: {why}", outcome.what));
        };
        let Some(suite) = verdict.of(Suite::Hidden) else {
            return Err(format!("with {tried}, the hidden tests did not run on the {}", outcome.what));
        };
        if suite.status == Status::Passed {
            return Err(format!("with {tried}, the {} passes all the same", outcome.what));
        }
        if !outcome.is_reference {
            continue;
        }
        let failed: Vec<_> = suite.tests.iter().filter(|test| test.status != Status::Passed).collect();
        let is_contradicted =
            failed.iter().all(|test| test.index as usize == change.test && test.status == Status::WrongAnswer);
        if !is_contradicted || failed.is_empty() {
            let statuses: Vec<String> =
                failed.iter().map(|test| format!("test {} {}", test.index, test.status)).collect();
            return Err(format!("with {tried}, the reference fails otherwise: {}", statuses.join(", ")));
        }
    }
    if outcomes.iter().any(|outcome| outcome.is_reference) {
        Ok(())
    } else {
        Err("its reference was not judged".to_owned())
    }
}

/// The problem with what its mutants get on the tests as they are now.
fn with_statuses(mut problem: Problem, outcomes: &[&Outcome]) -> Problem {
    for mutant in &mut problem.mutants {
        let found = outcomes.iter().find(|outcome| outcome.mutant.as_deref() == Some(&mutant.name));
        let Some(Ok(verdict)) = found.map(|outcome| &outcome.result) else { continue };
        let status = |suite, then| verdict.of(suite).map_or(then, |found| found.status);
        mutant.public = status(Suite::Public, mutant.public);
        mutant.hidden = status(Suite::Hidden, mutant.hidden);
    }
    problem
}

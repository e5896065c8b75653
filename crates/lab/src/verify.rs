//! Whether the programs that a data set lists fare as it says.

use crate::failure::Failure;
use mend_core::{ExtractionRule, Integrity, Problem, Status, Verdict};
use mend_dataset::{Dataset, Listed, Part, Pin};
use mend_judge::{Judge as _, JudgeError, Judgement, SandboxJudge, Task};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::channel;

/// How a program fares beside what its data set says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fares {
    /// As listed.
    AsListed,
    /// Otherwise.
    Otherwise,
    /// Nobody could judge it.
    Unscored,
}

/// A listed program with what became of it.
pub struct Judged<'a> {
    /// The program.
    pub listed: Listed<'a>,
    /// Its verdict, or what kept it from being judged.
    pub result: Result<Judgement, JudgeError>,
}

impl Judged<'_> {
    /// How it fares.
    pub fn fares(&self) -> Fares {
        match &self.result {
            Ok(judged) if self.listed.part.agrees(&judged.verdict) => Fares::AsListed,
            Ok(_) => Fares::Otherwise,
            Err(_) => Fares::Unscored,
        }
    }

    fn verdict(&self) -> Option<&Verdict> {
        self.result.as_ref().ok().map(|judged| &judged.verdict)
    }
}

/// Judges programs and returns them in their order. `report` hears after each how many are judged and how many of these
/// pass.
///
/// # Errors
/// A sandbox that fails ends it all.
pub fn verify<'a>(
    judge: &SandboxJudge,
    listed: Vec<Listed<'a>>,
    report: &mut dyn FnMut(u64, u64),
) -> Result<Vec<Judged<'a>>, Failure> {
    let mut problems: BTreeMap<&str, Arc<Problem>> = BTreeMap::new();
    let (sender, receiver) = channel();
    for (at, listed) in listed.iter().enumerate() {
        let id = listed.problem.id.as_str();
        let problem = problems.entry(id).or_insert_with(|| Arc::new(listed.problem.clone()));
        // A problem that was made cooperative shares its id with the one that it was.
        if problem.integrity != listed.problem.integrity {
            *problem = Arc::new(listed.problem.clone());
        }
        let task =
            Task { problem: Arc::clone(problem), program: Arc::clone(&listed.program), rule: ExtractionRule::Whole };
        let sender = sender.clone();
        // Nobody waits any more after an error.
        judge.submit(task, Box::new(move |result| drop(sender.send((at, result)))));
    }
    drop(sender);
    let mut results: Vec<Option<Result<Judgement, JudgeError>>> = listed.iter().map(|_| None).collect();
    let (mut done, mut passed) = (0, 0);
    for (at, result) in receiver {
        if let Err(error @ (JudgeError::Sandbox(_) | JudgeError::Gone)) = result {
            return Err(Failure::stopped(error).hint("`mend doctor` shows what was found"));
        }
        done += 1;
        passed += u64::from(result.as_ref().is_ok_and(|judged| judged.verdict.status == Status::Passed));
        results[at] = Some(result);
        report(done, passed);
    }
    let judged = listed.into_iter().zip(results);
    Ok(judged.map(|(listed, result)| Judged { listed, result: result.unwrap_or(Err(JudgeError::Gone)) }).collect())
}

/// The pins that the references of a data set call for, in the order of its problems. `report` hears as in [`verify`].
///
/// # Errors
/// As in [`verify`].
pub fn needed_pins(
    judge: &SandboxJudge,
    dataset: &Dataset,
    report: &mut dyn FnMut(u64, u64),
) -> Result<Vec<Pin>, Failure> {
    let references = dataset.listed().filter(|listed| listed.part == Part::Reference);
    let isolated = verify(judge, references.collect(), report)?;
    // What fails for another reason than time is tried again together with its tests.
    let fails = |judged: &&Judged<'_>| {
        let status = judged.verdict().map(|verdict| verdict.status);
        !matches!(status, Some(Status::Passed | Status::TimeLimit))
            && judged.listed.problem.style.entry_point().is_some()
    };
    let shared: Vec<Problem> = isolated
        .iter()
        .filter(fails)
        .map(|judged| Problem { integrity: Integrity::Cooperative, ..judged.listed.problem.clone() })
        .collect();
    let again = isolated.iter().filter(fails).zip(&shared);
    let again = again.map(|(judged, problem)| Listed { problem, ..judged.listed.clone() }).collect();
    let again = verify(judge, again, report)?;
    let cooperative: BTreeMap<&str, Option<&Verdict>> =
        again.iter().map(|judged| (judged.listed.problem.id.as_str(), judged.verdict())).collect();
    let needed = |judged: &Judged<'_>| {
        let problem = judged.listed.problem;
        Pin::needed(problem, judged.verdict(), cooperative.get(problem.id.as_str()).copied().flatten())
    };
    Ok(isolated.iter().filter_map(needed).collect())
}

//! `mend datasets verify`: judges the programs that a data set lists, and says which do not fare as listed.

use super::pretty;
use crate::args::VerifyArgs;
use crate::asked::{limits, machine, on_invalid, sandbox, select};
use crate::exit::{Exit, Failure};
use crate::heard::{Stderr, tell_skipped};
use crate::progress::Display;
use mend_core::{ExtractionRule, Integrity, Problem, Status, Suite, Verdict};
use mend_dataset::{Dataset, Listed, Part, Pin, outcome, pins};
use mend_judge::{Judge as _, JudgeError, JudgeOptions, Judgement, SandboxJudge, Task};
use mend_lab::{Author, Engines, Found};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

/// `mend datasets verify`
pub fn run(args: &VerifyArgs) -> Result<Exit, Failure> {
    let known = if args.pins { Vec::new() } else { pins() };
    let found = mend_lab::dataset_pinned(&args.dataset, &args.data_dir, on_invalid(args.skip_invalid), &known)?;
    tell_skipped(&found.skipped());
    let Found { mut dataset, .. } = found;
    select(&args.select, args.seed).keep(&mut dataset)?;

    let author = if dataset.recorded.is_empty() { Author::Known } else { Author::Model };
    let machine = machine(&args.judge.machine);
    let engines = Engines::set_up(sandbox(&args.judge.machine), &machine, author, &mut Stderr::default())?;
    let options = JudgeOptions {
        limits: limits(&args.judge),
        tests: args.judge.tests.into(),
        require: args.judge.require.into(),
        workers: machine.workers(),
    };
    let judge = engines.judge(options)?;
    if args.pins { print_pins(&judge, &dataset, args.json) } else { check(&judge, &dataset, args) }
}

/// One program's verdict.
struct Judged<'a> {
    listed: Listed<'a>,
    result: Result<Judgement, JudgeError>,
}

/// Judges programs and returns the verdicts in their order. A sandbox that fails ends it all.
fn judge_all<'a>(judge: &SandboxJudge, listed: Vec<Listed<'a>>) -> Result<Vec<Judged<'a>>, Failure> {
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
    let mut display = Display::new("programs");
    let mut results: Vec<Option<Result<Judgement, JudgeError>>> = listed.iter().map(|_| None).collect();
    let (mut done, mut passed) = (0, 0);
    for (at, result) in receiver {
        if let Err(error @ (JudgeError::Sandbox(_) | JudgeError::Gone)) = result {
            return Err(Failure::stopped(error).hint("`mend doctor` shows what was found"));
        }
        done += 1;
        passed += u32::from(result.as_ref().is_ok_and(|judged| judged.verdict.status == Status::Passed));
        results[at] = Some(result);
        display.count(done, listed.len() as u64, || format!("{passed} passed"));
    }
    display.finish();
    let judged = listed.into_iter().zip(results);
    Ok(judged.map(|(listed, result)| Judged { listed, result: result.unwrap_or(Err(JudgeError::Gone)) }).collect())
}

fn print_pins(judge: &SandboxJudge, dataset: &Dataset, json: bool) -> Result<Exit, Failure> {
    let references = || dataset.listed().filter(|listed| listed.part == Part::Reference);
    let isolated = judge_all(judge, references().collect())?;
    let verdict = |judged: &Judged<'_>| judged.result.as_ref().ok().map(|judged| judged.verdict.clone());
    // What fails for another reason than time is tried again together with its tests.
    let fails = |judged: &&Judged<'_>| {
        let status = judged.result.as_ref().ok().map(|judged| judged.verdict.status);
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
    let cooperative: BTreeMap<&str, Option<Verdict>> =
        judge_all(judge, again)?.iter().map(|judged| (judged.listed.problem.id.as_str(), verdict(judged))).collect();
    let pins: Vec<Pin> = isolated
        .iter()
        .filter_map(|judged| {
            let problem = judged.listed.problem;
            let cooperative = cooperative.get(problem.id.as_str()).and_then(Option::as_ref);
            Pin::needed(problem, verdict(judged).as_ref(), cooperative)
        })
        .collect();
    crate::tell(&format!("{} of {} problems need a pin", pins.len(), dataset.problems.len()));
    let text = if json { pretty(&json!(pins)) } else { Pin::to_toml(&pins) };
    crate::print(&crate::exit::printable(&text))?;
    Ok(Exit::Complete)
}

fn check(judge: &SandboxJudge, dataset: &Dataset, args: &VerifyArgs) -> Result<Exit, Failure> {
    let wanted = |listed: &Listed<'_>| args.starting_programs || listed.part != Part::Start;
    let listed: Vec<Listed<'_>> = dataset.listed().filter(wanted).collect();
    if listed.is_empty() {
        let failure = Failure::usage(format!("`{}` lists no program: nothing can be verified", args.dataset));
        return Err(failure.hint("a `reference` for each problem lets its tests be checked"));
    }
    let judged = judge_all(judge, listed)?;
    let engine = judge.engines().to_string();
    let shown =
        if args.json { pretty(&as_json(dataset, &judged, &engine)) } else { as_text(dataset, &judged, &engine) };
    crate::print(&crate::exit::printable(&shown))?;
    // Beside the data, which are the same every time.
    if let Some((id, cpu)) = slowest(&judged) {
        let seconds = cpu.as_secs_f64();
        crate::tell(&format!("slowest reference: {id}, {seconds:.2} s of CPU time for all its tests"));
    }
    let fares = judged.iter().map(Judged::fares);
    Ok(fares.fold(Exit::Complete, |exit, fares| match (exit, fares) {
        (_, Fares::Otherwise) | (Exit::Found, _) => Exit::Found,
        (_, Fares::Unscored) => Exit::Unscored,
        (exit, Fares::AsListed) => exit,
    }))
}

/// How a program fares beside what its data set says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fares {
    AsListed,
    Otherwise,
    Unscored,
}

impl Judged<'_> {
    fn fares(&self) -> Fares {
        match &self.result {
            Ok(judged) if self.listed.part.agrees(&judged.verdict) => Fares::AsListed,
            Ok(_) => Fares::Otherwise,
            Err(_) => Fares::Unscored,
        }
    }

    /// What was found, in the words of the expectation.
    fn found(&self) -> String {
        let Ok(judged) = &self.result else { return "unscored".to_owned() };
        let verdict = &judged.verdict;
        match (self.listed.part, &verdict.public, &verdict.hidden) {
            (Part::Recorded(_), ..) => outcome(verdict),
            (_, Some(public), Some(hidden)) => format!("public {}, hidden {}", public.status, hidden.status),
            (_, _, _) => verdict.status.to_string(),
        }
    }

    /// Why, in one line: the first failing test, or what kept it from being judged.
    fn why(&self) -> String {
        let verdict = match &self.result {
            Ok(judged) => &judged.verdict,
            Err(error) => return error.to_string(),
        };
        let suites = [(Suite::Public, &verdict.public), (Suite::Hidden, &verdict.hidden)];
        let failed = suites.into_iter().find_map(|(suite, found)| Some((suite, found.as_ref()?.first_failure()?)));
        let Some((suite, test)) = failed else { return "every test passes".to_owned() };
        let facts = test.facts.clone().unwrap_or_default();
        let mut parts: Vec<String> = [facts.note, facts.exception, facts.assertion].into_iter().flatten().collect();
        let what = facts.call.as_deref().map_or("the answer".to_owned(), cut);
        let expected = facts.expected.as_deref().map(|expected| format!(", expected {}", cut(expected)));
        let actual = facts.actual.as_deref().map(|actual| format!("{what} is {}", cut(actual)));
        parts.extend(actual.map(|actual| actual + &expected.unwrap_or_default()));
        let facts = parts.iter().map(|part| cut(part)).collect::<Vec<_>>().join("; ");
        format!("{suite} test {}: {facts}", test.index)
    }

    fn flags(&self) -> &[String] {
        match self.listed.part {
            Part::Recorded(recorded) => &recorded.flags,
            _ => &[],
        }
    }
}

/// One line of at most a table's cell.
fn cut(text: &str) -> String {
    const KEPT: usize = 120;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(KEPT) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

/// The kinds of programs, in the order of the table.
const KINDS: [&str; 5] = ["references", "further solutions", "mutants", "programs to mend", "recorded programs"];

fn kind(part: Part<'_>) -> &'static str {
    KINDS[match part {
        Part::Reference => 0,
        Part::Solution(_) => 1,
        Part::Mutant { .. } => 2,
        Part::Start => 3,
        Part::Recorded(_) => 4,
    }]
}

/// Numbers of programs: all, as listed, otherwise, unscored.
fn counts<'a, 'b: 'a>(judged: impl Iterator<Item = &'a Judged<'b>>) -> [usize; 4] {
    judged.fold([0; 4], |mut counts, judged| {
        counts[0] += 1;
        counts[1 + judged.fares() as usize] += 1;
        counts
    })
}

fn row(name: &str, counts: [usize; 4]) -> Vec<String> {
    std::iter::once(name.to_owned()).chain(counts.map(|count| count.to_string())).collect()
}

/// The reference that took the most CPU time in all its tests.
fn slowest<'a>(judged: &'a [Judged<'_>]) -> Option<(&'a str, Duration)> {
    let references = judged.iter().filter(|judged| judged.listed.part == Part::Reference);
    let times = references
        .filter_map(|judged| Some((judged.listed.problem.id.as_str(), judged.result.as_ref().ok()?.used.cpu)));
    times.max_by_key(|(_, cpu)| *cpu)
}

/// Problems with public tests, and the number of these.
fn public_tests(dataset: &Dataset) -> (usize, usize) {
    let counts = dataset.problems.iter().map(|problem| problem.tests.public.len()).filter(|count| *count > 0);
    (counts.clone().count(), counts.sum())
}

fn cooperative(dataset: &Dataset) -> Vec<&str> {
    let problems = dataset.problems.iter().filter(|problem| problem.integrity == Integrity::Cooperative);
    problems.map(|problem| problem.id.as_str()).collect()
}

fn as_text(dataset: &Dataset, judged: &[Judged<'_>], engine: &str) -> String {
    let width = super::width();
    let problems = dataset.problems.len();
    let what = if dataset.recorded.is_empty() { "problems" } else { "programs" };
    let mut text = format!("{}: {problems} {what}, judged by {engine}\n", dataset.name);
    if dataset.recorded.is_empty() {
        let (with_public, public) = public_tests(dataset);
        let _ = writeln!(text, "public tests: {public}, {with_public} problems have some");
        let shared = cooperative(dataset);
        if !shared.is_empty() {
            let _ = writeln!(text, "cooperative: {} of them ({})", shared.len(), cut(&shared.join(", ")));
        }
    }
    let rows = KINDS.into_iter().filter_map(|name| {
        let counts = counts(judged.iter().filter(|judged| kind(judged.listed.part) == name));
        (counts[0] > 0).then(|| row(name, counts))
    });
    let header = ["programs", "all", "as listed", "otherwise", "unscored"];
    let _ = write!(text, "\n{}", mend_report::table(width, 1, &header, rows.collect()));

    let mut classes: BTreeMap<String, Vec<&Judged<'_>>> = BTreeMap::new();
    for judged in judged.iter().filter(|judged| matches!(judged.listed.part, Part::Recorded(_))) {
        classes.entry(judged.listed.part.expectation()).or_default().push(judged);
    }
    if !classes.is_empty() {
        let rows = classes.iter().map(|(class, judged)| row(class, counts(judged.iter().copied())));
        let header = ["recorded outcome", "all", "the same", "another", "unscored"];
        let _ = write!(text, "\n{}", mend_report::table(width, 1, &header, rows.collect()));
    }

    let odd: Vec<&Judged<'_>> = judged.iter().filter(|judged| judged.fares() != Fares::AsListed).collect();
    if odd.is_empty() {
        return text + "\nevery program fares as the data set says\n";
    }
    let rows = odd.iter().map(|judged| {
        let mut why = judged.why();
        if !judged.flags().is_empty() {
            let _ = write!(why, " (flags: {})", judged.flags().join(", "));
        }
        let Listed { problem, part, .. } = &judged.listed;
        let program = match part {
            // What it is goes without saying.
            Part::Recorded(_) => problem.id.to_string(),
            part => format!("{} {part}", problem.id),
        };
        vec![program, part.expectation(), judged.found(), why]
    });
    let header = ["program", "listed", "found", "why"];
    text + &format!("\n{}", mend_report::table(width, 4, &header, rows.collect()))
}

fn as_json(dataset: &Dataset, judged: &[Judged<'_>], engine: &str) -> Value {
    let (with_public, public) = public_tests(dataset);
    let programs = KINDS.into_iter().filter_map(|name| {
        let [all, as_listed, otherwise, unscored] =
            counts(judged.iter().filter(|judged| kind(judged.listed.part) == name));
        let value = json!({ "all": all, "as_listed": as_listed, "otherwise": otherwise, "unscored": unscored });
        (all > 0).then(|| (name.replace(' ', "_"), value))
    });
    let odd = judged.iter().filter(|judged| judged.fares() != Fares::AsListed).map(|judged| {
        json!({
            "problem": judged.listed.problem.id,
            "program": judged.listed.part.to_string(),
            "listed": judged.listed.part.expectation(),
            "found": judged.found(),
            "why": judged.why(),
            "flags": judged.flags(),
        })
    });
    json!({
        "dataset": dataset.name,
        "digest": dataset.digest,
        "engine": engine,
        "problems": dataset.problems.len(),
        "problems_with_public_tests": with_public,
        "public_tests": public,
        "cooperative": cooperative(dataset),
        "programs": programs.collect::<serde_json::Map<_, _>>(),
        "not_as_listed": odd.collect::<Vec<_>>(),
    })
}

//! `mend datasets verify`: judges the programs that a data set lists, and says which do not fare as listed.

use crate::args::VerifyArgs;
use crate::asked::{limits, machine, on_invalid, sandbox, select};
use crate::exit::{Exit, Failure};
use crate::heard::{Stderr, tell_skipped};
use crate::progress::Display;
use mend_core::{Integrity, Suite};
use mend_dataset::{Dataset, Listed, Loading, Part, Pin, outcome, pins};
use mend_judge::{JudgeOptions, Judgement, SandboxJudge};
use mend_lab::{Author, Engines, Fares, Found, Judged};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// `mend datasets verify`
pub fn run(args: &VerifyArgs) -> Result<Exit, Failure> {
    let known = if args.pins { Vec::new() } else { pins() };
    let loading = Loading { on_invalid: on_invalid(args.skip_invalid), format: args.open.format, pins: &known };
    let found = mend_lab::dataset_by(&args.dataset, &args.open.data_dir, loading)?;
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

/// Shows how far the judging of `all` programs is.
fn shown<T>(all: u64, judge: impl FnOnce(&mut dyn FnMut(u64, u64)) -> Result<T, Failure>) -> Result<T, Failure> {
    let mut display = Display::new("programs");
    let judged = judge(&mut |done, passed| display.count(done, all.max(done), || format!("{passed} passed")))?;
    display.finish();
    Ok(judged)
}

fn print_pins(judge: &SandboxJudge, dataset: &Dataset, json: bool) -> Result<Exit, Failure> {
    let references = dataset.listed().filter(|listed| listed.part == Part::Reference).count() as u64;
    let pins = shown(references, |report| mend_lab::needed_pins(judge, dataset, report))?;
    crate::tell(&format!("{} of {} problems need a pin", pins.len(), dataset.problems.len()));
    if json {
        crate::print_json(&pins)?;
    } else {
        crate::print(&crate::exit::printable(&Pin::to_toml(&pins)))?;
    }
    Ok(Exit::Complete)
}

fn check(judge: &SandboxJudge, dataset: &Dataset, args: &VerifyArgs) -> Result<Exit, Failure> {
    let wanted = |listed: &Listed<'_>| args.starting_programs || listed.part != Part::Start;
    let listed: Vec<Listed<'_>> = dataset.listed().filter(wanted).collect();
    if listed.is_empty() {
        let failure = Failure::usage(format!("`{}` lists no program: nothing can be verified", args.dataset));
        return Err(failure.hint("a `reference` for each problem lets its tests be checked"));
    }
    let judged = shown(listed.len() as u64, |report| mend_lab::verify(judge, listed, report))?;
    let engine = judge.engines().to_string();
    if args.json {
        crate::print_json(&as_json(dataset, &judged, &engine))?;
    } else {
        crate::print(&crate::exit::printable(&as_text(dataset, &judged, &engine)))?;
    }
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

/// What was found, in the words of the expectation.
fn found(judged: &Judged<'_>) -> String {
    let Ok(Judgement { verdict, .. }) = &judged.result else { return "unscored".to_owned() };
    match (judged.listed.part, &verdict.public, &verdict.hidden) {
        (Part::Recorded(_), ..) => outcome(verdict),
        (_, Some(public), Some(hidden)) => format!("public {}, hidden {}", public.status, hidden.status),
        (_, _, _) => verdict.status.to_string(),
    }
}

/// Why, in one line: the first failing test, or what kept it from being judged.
fn why(judged: &Judged<'_>) -> String {
    let verdict = match &judged.result {
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

fn flags<'a>(judged: &Judged<'a>) -> &'a [String] {
    match judged.listed.part {
        Part::Recorded(recorded) => &recorded.flags,
        _ => &[],
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
const KINDS: [&str; 7] = [
    "references",
    "references against their tests",
    "further solutions",
    "wrong solutions",
    "mutants",
    "programs to mend",
    "recorded programs",
];

fn kind(part: Part<'_>) -> &'static str {
    KINDS[match part {
        Part::Reference => 0,
        Part::Contradicted => 1,
        Part::Solution(_) => 2,
        Part::Wrong(_) => 3,
        Part::Mutant { .. } => 4,
        Part::Start => 5,
        Part::Recorded(_) => 6,
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
        let mut why = why(judged);
        if !flags(judged).is_empty() {
            let _ = write!(why, " (flags: {})", flags(judged).join(", "));
        }
        let Listed { problem, part, .. } = &judged.listed;
        let program = match part {
            // What it is goes without saying.
            Part::Recorded(_) => problem.id.to_string(),
            part => format!("{} {part}", problem.id),
        };
        vec![program, part.expectation(), found(judged), why]
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
            "found": found(judged),
            "why": why(judged),
            "flags": flags(judged),
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

//! A run whose programs are another run's, judged anew: by another engine, with other limits, by other tests.

use crate::asked::{self, Asked};
use crate::began::{self, split_of};
use crate::data::{self, Found, absolute};
use crate::differences::{changes, differences};
use crate::engines::{Engines, Machine, Sandbox};
use crate::failure::{Failure, journal_failure};
use crate::import::PROBLEMS;
use crate::observer::{Note, Observer, Silent};
use crate::session::Session;
use crate::source::Source;
use mend_core::{
    Entry, Environment, Event, Extraction, Integrity, JudgeLimits, Problem, ProblemEntry, ProblemId, RepairTree,
    RunManifest, Split, TestsMode, TreeKey,
};
use mend_journal::{Journal, Recorded};
use mend_judge::{JudgeOptions, SandboxJudge};
use mend_repair::Rejudgement;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// What is to be other than in the source; whatever is `None` stays as it was there.
#[derive(Debug, Default)]
pub struct With {
    /// What runs programs.
    pub sandbox: Option<Sandbox>,
    /// CPU time of one test, in milliseconds.
    pub cpu_ms: Option<u64>,
    /// Memory of a candidate, in bytes.
    pub memory_bytes: Option<u64>,
    /// Whether a suite goes on after a failing test.
    pub tests: Option<TestsMode>,
    /// The least integrity that is scored.
    pub require: Option<Integrity>,
    /// The rules by which programs are looked for anew in all answers.
    pub extraction: Option<Extraction>,
    /// The data set that holds the problems, such as another version of it.
    pub data: Option<Found>,
    /// Which tests count as public.
    pub public: Option<Split>,
}

/// Sets up a run in a new folder that judges the programs of another one anew. `folder` says where, by the run's name.
pub fn rejudge(
    source: &Path,
    with: With,
    machine: &Machine,
    commit: Option<&str>,
    folder: impl FnOnce(&str) -> std::path::PathBuf,
    observer: &mut dyn Observer,
) -> Result<Session, Failure> {
    let from = Source::read(source)?;
    let found = data_of(source, &from.manifest, with.data, with.public)?;
    let (asked, _) = asked::parts(&from.manifest);
    // Of an imported run nobody knows the limits.
    let began = if from.manifest.identity.imported.is_some() { Asked::default().limits } else { asked.limits };
    let limits = JudgeLimits {
        cpu_ms: with.cpu_ms.unwrap_or(began.cpu_ms),
        memory_bytes: with.memory_bytes.unwrap_or(began.memory_bytes),
        ..began
    };
    let asked = Asked {
        limits,
        tests: with.tests.unwrap_or(asked.tests),
        require: with.require.unwrap_or(asked.require),
        extraction: with.extraction.or(asked.extraction),
        ..asked
    };
    let sandbox = with.sandbox.unwrap_or_else(|| Sandbox::of(&from.manifest.identity));
    let (manifest, judge, problems) = set_up(&from, found, asked, sandbox, (machine, commit, source), observer)?;
    let folder = folder(&manifest.run_id);
    let journal = Journal::create(&folder, &manifest).map_err(journal_failure)?;
    let trees = manifest.trees().map(RepairTree::new).collect();
    session(from, (manifest, judge), problems, (&folder, journal, trees, 0), machine)
}

/// Goes on with a run that judges another one's programs anew.
pub(crate) fn resume(
    folder: &Path,
    journal: Journal,
    recorded: &Recorded,
    (asked_sandbox, machine, commit): (Option<Sandbox>, &Machine, Option<&str>),
    observer: &mut dyn Observer,
) -> Result<Session, Failure> {
    let then = &recorded.manifest;
    if let Some(torn) = recorded.cut {
        observer.note(Note::Cut(torn));
    }
    let trees = recorded.trees().map_err(journal_failure)?;
    Sandbox::keep(asked_sandbox, &then.identity)?;
    let missing = || Failure::usage("manifest.json: `environment.run_source` is missing");
    let source = Path::new(then.environment.run_source.as_ref().ok_or_else(missing)?);
    let moved = |failure: Failure| failure.hint("bring the run back whose programs are judged anew, to where it was");
    let from = Source::read(source).map_err(moved)?;
    let found = began::data_of(then)?;
    let (asked, _) = asked::parts(then);
    let sandbox = Sandbox::of(&then.identity);
    let (manifest, judge, problems) = set_up(&from, found, asked, sandbox, (machine, commit, source), observer)?;
    let differ = differences(&then.identity, &manifest.identity);
    if !differ.is_empty() {
        let error = format!("the run cannot go on: {} differ from when it began", differ.join(", "));
        return Err(
            Failure::usage(error).hint("its verdicts would be of two kinds: judge anew into a new folder instead")
        );
    }
    let changed = changes(&then.environment, &manifest.environment);
    for change in &changed {
        observer.note(Note::Changed(change.clone()));
    }
    journal.append(&Entry { tree: None, event: Event::Resumed { changed } }).map_err(journal_failure)?;
    let states = recorded.states().len();
    session(from, (manifest, judge), problems, (folder, journal, trees, states), machine)
}

/// The problems of a run: as they were, or as another data set or another choice of public tests has them.
fn data_of(
    source: &Path,
    manifest: &RunManifest,
    data: Option<Found>,
    public: Option<Split>,
) -> Result<Found, Failure> {
    // An import keeps the problems and tests that its file carried.
    let carried = source.join(PROBLEMS);
    let data = match data {
        None if manifest.identity.imported.is_some() && carried.exists() => {
            Some(data::dataset_at(&manifest.identity.dataset.name, &absolute(&carried), None)?)
        }
        data => data,
    };
    if let (Some(imported), None) = (&manifest.identity.imported, &data) {
        let error = format!("the run was imported from `{}`, which holds no tests", imported.file);
        return Err(Failure::usage(error).hint("name the data set of its problems by `--dataset`"));
    }
    if data.is_none() && public.is_none() {
        return began::data_of(manifest);
    }
    let mut found = match data {
        Some(found) => found,
        None => data::dataset_again(&manifest.identity.dataset.name, &manifest.environment)?,
    };
    let wanted: BTreeSet<ProblemId> = manifest.problems.iter().map(|entry| entry.id.clone()).collect();
    let there: BTreeSet<ProblemId> = found.dataset.problems.iter().map(|problem| problem.id.clone()).collect();
    let missing: Vec<&str> = wanted.difference(&there).map(ProblemId::as_str).collect();
    if !missing.is_empty() {
        let named = missing.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        let more = if missing.len() > 5 { format!(" and {} more", missing.len() - 5) } else { String::new() };
        let error = format!(
            "`{}` lacks {} of the run's {} problems: {named}{more}",
            found.dataset.name,
            missing.len(),
            wanted.len()
        );
        return Err(
            Failure::usage(error).hint("programs are judged anew by problems with the same ids: name such a data set")
        );
    }
    found.dataset.keep(&wanted);
    match public {
        Some(split) => found.make_public(Some(&split), None, &mut Silent)?,
        None => found.split_again(split_of(manifest))?,
    }
    Ok(found)
}

type SetUp = (RunManifest, SandboxJudge, Vec<Problem>);

/// The manifest and the judge of a run that judges anew.
fn set_up(
    from: &Source,
    found: Found,
    asked: Asked,
    sandbox: Sandbox,
    (machine, commit, source): (&Machine, Option<&str>, &Path),
    observer: &mut dyn Observer,
) -> Result<SetUp, Failure> {
    let engines = Engines::set_up(sandbox, machine, from.author(), observer)?;
    let Asked { limits, tests, require, .. } = asked;
    let judge = engines.judge(JudgeOptions { limits, tests, require, workers: machine.workers() })?;
    let then: BTreeMap<&ProblemId, &ProblemEntry> =
        from.manifest.problems.iter().map(|entry| (&entry.id, entry)).collect();
    let entry = |problem: &Problem| {
        let then = then.get(&problem.id);
        ProblemEntry {
            dev: then.is_some_and(|then| then.dev),
            known: then.map(|then| then.known.clone()).unwrap_or_default(),
            ..ProblemEntry::from(problem)
        }
    };
    let (_, settled) = asked::parts(&from.manifest);
    let settled = asked::Settled {
        dataset: found.dataset.name.clone(),
        dataset_digest: found.dataset.digest,
        public: found.split.without_folder(),
        problems: found.dataset.problems.iter().map(entry).collect(),
        grader: mend_judge::GRADER.to_owned(),
        engine: judge.engines().first.clone(),
        fallback: judge.engines().fallback.cloned(),
        // Its verdicts are ours.
        imported: None,
        rejudged: Some(from.identity()),
        ..settled
    };
    let began = &from.manifest.environment;
    let environment = Environment {
        examples_source: found.split.file().map(str::to_owned),
        programs_source: began.programs_source.clone(),
        run_source: Some(absolute(source)),
        prices: began.prices.clone(),
        prices_date: began.prices_date.clone(),
        isolation_missing: judge.missing().to_vec(),
        guest: engines.guest,
        dataset_format: found.format.map(|format| format.name.to_owned()),
        ..asked::environment(commit, found.source.clone())
    };
    let manifest = asked::manifest(asked, settled, environment);
    Ok((manifest, judge, found.dataset.problems))
}

/// A session that judges all that is not judged yet.
fn session(
    mut from: Source,
    (manifest, judge): (RunManifest, SandboxJudge),
    problems: Vec<Problem>,
    (folder, journal, trees, states): (&Path, Journal, Vec<RepairTree>, usize),
    machine: &Machine,
) -> Result<Session, Failure> {
    let problems: BTreeMap<ProblemId, Arc<Problem>> =
        problems.into_iter().map(|problem| (problem.id.clone(), Arc::new(problem))).collect();
    let mut events: BTreeMap<TreeKey, Vec<Event>> = BTreeMap::new();
    let mut learnt = from.entries.iter().filter(|entry| matches!(entry.event, Event::State { .. }));
    for state in learnt.by_ref().skip(states) {
        journal.append(state).map_err(journal_failure)?;
    }
    for Entry { tree, event } in std::mem::take(&mut from.entries) {
        if let Some(key) = tree {
            events.entry(key).or_default().push(event);
        }
    }
    // By the rules that the source had, the programs are those that were found.
    let is_looked_for = manifest.identity.extraction != from.manifest.identity.extraction;
    let asked = manifest.identity.extraction.unwrap_or_default();
    let workers = machine.workers();
    let rejudgement = Rejudgement {
        problems: manifest.trees().filter_map(|key| problems.get(&key.problem).cloned()).collect(),
        source: manifest.trees().map(|key| events.remove(&key).unwrap_or_default()).collect(),
        order: manifest.schedule().order().to_vec(),
        extraction: is_looked_for.then_some(asked),
        unread: asked,
        judging: workers.saturating_add(workers.get()),
    };
    Ok(Session::anew((manifest, judge), (from, rejudgement), folder, journal, trees))
}

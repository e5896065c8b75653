//! Runs side by side, from their folders.

use crate::differences::{changes, differences};
use crate::failure::{Failure, journal_failure};
use mend_core::{Environment, Identity, ProblemEntry, Seat};
use mend_journal::{Bodies, JOURNAL, Replayed};
use mend_metrics::{CompareOptions, Comparison, Ground, Metric, Refused, Side, compare};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of a journal that makes its run a large one.
const LARGE: u64 = 1 << 28;

/// A run that was read to be compared.
#[derive(Debug, Clone)]
pub struct Read {
    /// Its folder.
    pub folder: PathBuf,
    /// Its numbers.
    pub side: Side,
    /// Where it ran.
    pub environment: Environment,
    /// Its problems.
    pub problems: Vec<ProblemEntry>,
}

impl Read {
    /// A run by its folder. Its trees are held only while it is read.
    pub fn of(folder: &Path) -> Result<Self, Failure> {
        let Replayed { manifest, trees, .. } =
            mend_journal::replay(folder, Bodies::Without).map_err(journal_failure)?;
        let side = Side::of(&manifest, &trees);
        Ok(Self { folder: folder.to_owned(), side, environment: manifest.environment, problems: manifest.problems })
    }

    /// Runs by their folders, as many at a time as the machine has processors; one after another if one of them is large,
    /// since the trees of one are held while it is read.
    pub fn all(folders: &[PathBuf]) -> Result<Vec<Self>, Failure> {
        let next = AtomicUsize::new(0);
        let is_large = folders.iter().any(|folder| journal_bytes(folder) > LARGE);
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let workers = if is_large { 1 } else { processors.min(folders.len()) };
        let work = || {
            let mut read = vec![];
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(folder) = folders.get(place) else { return read };
                read.push((place, Self::of(folder)));
            }
        };
        let mut read: Vec<(usize, Result<Self, Failure>)> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
        });
        read.sort_by_key(|(place, _)| *place);
        read.into_iter().map(|(_, read)| read).collect()
    }
}

/// Bytes of a run's journal; none if it cannot be looked at, which whoever reads it says.
fn journal_bytes(folder: &Path) -> u64 {
    std::fs::metadata(folder.join(JOURNAL)).map_or(0, |file| file.len())
}

/// Some runs against the first of them.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The figures.
    pub comparison: Comparison,
    /// Their folders.
    pub folders: Vec<String>,
    /// Of each pair, what differs: a line each.
    pub differences: Vec<Vec<String>>,
}

/// Compares runs with the first of them.
pub fn compared(runs: &[Read], options: &CompareOptions) -> Result<Compared, Failure> {
    let Some((first, others)) = runs.split_first() else {
        return Err(Failure::usage("there is no run to compare"));
    };
    let sides: Vec<Side> = others.iter().map(|read| read.side.clone()).collect();
    let comparison = compare(&first.side, &sides, options).map_err(|refused| refusal(&first.folder, &refused))?;
    Ok(Compared {
        comparison,
        folders: runs.iter().map(|read| read.folder.display().to_string()).collect(),
        differences: others.iter().map(|other| told(first, other)).collect(),
    })
}

/// Numbers of repairs of each failing program that a page offers beside the one that was collected.
const SHAPES: [u32; 5] = [1, 2, 3, 5, 10];

/// Journals up to so many bytes in all are compared with other numbers of repairs too: each number takes as long as the
/// comparison itself.
const MOST_FOR_SHAPES: u64 = 64 << 20;

/// The same runs with fewer repairs, or critiques, of each failing program than they collected, from the fewest on: their
/// figures at equal cost alone. Nothing where somebody asked for a number, where there are no repairs, or where the runs
/// are large.
pub fn with_fewer_repairs(runs: &[Read], comparison: &Comparison, options: &CompareOptions) -> Vec<(u32, Comparison)> {
    let figures = || comparison.pairs.iter().flat_map(|pair| &pair.figures);
    let equal = figures().filter_map(|figure| figure.subject.equal.as_ref());
    let collected = equal.map(|equal| equal.shape_a.n_f.max(equal.shape_b.n_f)).max().unwrap_or(0);
    let Some((first, others)) = runs.split_first() else { return vec![] };
    if options.n_f.is_some() || runs.iter().map(|read| journal_bytes(&read.folder)).sum::<u64>() > MOST_FOR_SHAPES {
        return vec![];
    }
    let metrics: BTreeSet<Metric> = figures().map(|figure| figure.subject.metric).collect();
    let metrics: Vec<Metric> = metrics.into_iter().filter(|metric| matches!(metric, Metric::PassAtT(_))).collect();
    let sides: Vec<Side> = others.iter().map(|read| read.side.clone()).collect();
    SHAPES
        .into_iter()
        .filter(|n_f| *n_f < collected)
        .filter_map(|n_f| {
            let options = CompareOptions { n_f: Some(n_f), metrics: metrics.clone(), ..options.clone() };
            Some((n_f, compare(&first.side, &sides, &options).ok()?))
        })
        .collect()
}

/// Runs that are not compared with the one in a folder, as the user sees it: every reason at once.
pub fn refusal(first: &Path, refused: &[Refused]) -> Failure {
    let a = first.display();
    let lines = refused.iter().map(|refused| {
        let reasons: Vec<String> = refused.refusals.iter().map(|refusal| format!("\n  {}", refusal.what)).collect();
        format!("`{}` (B) is not comparable with `{a}` (A):{}", refused.run, reasons.concat())
    });
    let failure = Failure::usage(lines.collect::<Vec<_>>().join("\n"));
    let grounds: BTreeSet<Ground> =
        refused.iter().flat_map(|refused| &refused.refusals).filter_map(|refusal| refusal.ground).collect();
    if grounds.is_empty() {
        return failure.hint("compare runs of the same data set: `mend runs` lists runs by their data");
    }
    let words: Vec<&str> = grounds.iter().map(|ground| ground.as_str()).collect();
    let allow =
        format!("`--allow-different {}` compares them all the same, and says so beside every number", words.join(","));
    failure.hint(if grounds.contains(&Ground::Data) {
        format!("`--common` leaves out the problems that differ; {allow}")
    } else {
        allow
    })
}

/// What differs in two runs, with the values where a line can hold them.
fn told(one: &Read, other: &Read) -> Vec<String> {
    let (a, b) = (&one.side, &other.side);
    let detail = |part: &str| -> Option<(String, String)> {
        let both = |of: fn(&Identity) -> String| (of(&a.identity), of(&b.identity));
        Some(match part {
            "the data" => both(|of| format!("{} {}", of.dataset.label(), of.dataset.digest.short())),
            "the strategy or its prompts" => (a.labels.strategy.clone(), b.labels.strategy.clone()),
            "the models" => both(models),
            "the tokenizer" => both(|of| of.tokenizer.clone()),
            "the seeds" => both(|of| format!("seed {}, replicates {}", of.seed, of.replicates)),
            "the limits" => both(|of| {
                format!(
                    "{} ms, {} bytes, {} bytes of output",
                    of.limits.cpu_ms, of.limits.memory_bytes, of.limits.output_bytes
                )
            }),
            _ => return None,
        })
    };
    let parts = differences(&a.identity, &b.identity).into_iter().map(|part| match detail(&part) {
        Some((one, other)) if one != other => format!("{part}: {one} -> {other}"),
        _ => part,
    });
    parts.chain(changes(&one.environment, &other.environment)).collect()
}

fn models(identity: &Identity) -> String {
    let seat = |(seat, model): (&Seat, &mend_core::ModelIdentity)| {
        let temperature = model.sampling.as_ref().map_or(String::new(), |of| format!(" at {}", of.temperature));
        format!("{seat} {}{temperature}", model.name)
    };
    identity.models.iter().map(seat).collect::<Vec<_>>().join(", ")
}

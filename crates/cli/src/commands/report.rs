//! `mend report`, and the end of every run.

mod html;
pub mod place;
mod table;

use self::place::{Place, refused};
use crate::args::{AxisArg, EstimatorArg, FigureArgs, ReportArgs, SelectionArg, ShowArgs, TokensArg};
use crate::exit::{Exit, Failure};
use crate::grid::GridArg;
use mend_core::{Found, Node, ProblemId, RepairTree, RunManifest};
use mend_journal::{Bodies, Replayed};
use mend_lab::journal_failure;
use mend_metrics::{
    Axis, Estimator, FrozenProblem, Grid, Options, Order, PaperGrid, RunLabels, Selection, Summary, TokenDefinition,
    paper_cells,
};
use mend_page::Parts;
use mend_report::{Choice, OfRecorded, View};
use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

/// The k of pass@k if nobody asks for others.
const KS: [u32; 8] = [1, 2, 3, 5, 10, 25, 50, 100];

/// `mend report`
pub fn run(args: &ReportArgs) -> Result<Exit, Failure> {
    if let Some(table) = args.table {
        return self::table::run(args, table);
    }
    let mut replayed = mend_journal::replay(&args.run, Bodies::Without).map_err(journal_failure)?;
    if needs_texts(&replayed) {
        replayed = mend_journal::replay(&args.run, Bodies::AsFound).map_err(journal_failure)?;
    }
    if let Some(torn) = &replayed.cut {
        crate::tell(&format!("journal.jsonl:{}: ignored {} bytes of an unfinished entry", torn.line, torn.bytes));
    }
    let Replayed { manifest, trees, .. } = replayed;
    let manifest = &manifest;
    // The trees of a large run take seconds to be given back, which the end of the process does at once.
    let trees = ManuallyDrop::new(trees);
    let usual = usual(manifest, &trees);
    let options = options(available(manifest, &trees), &usual, &args.show, &args.figures)?;
    let choice = Choice::of(&options, &usual);
    let place = Place::of(args, &choice)?;
    let summary = mend_metrics::summarize(manifest, &trees, &options);
    let written = place.fill(&args.run, &choice, manifest, &trees, &summary)?;
    let page = page(args, &place, (&choice, &usual), manifest, &trees, &summary)?;
    show((manifest, None), &summary, !choice.is_usual(), &args.show, &args.figures)?;
    if !args.show.json {
        crate::tell(&written);
    }
    write_paper_files(&args.figures, manifest, &trees)?;
    if args.open {
        open(page.as_deref())?;
    }
    Ok(if trees.iter().any(|tree| !tree.is_finished()) {
        crate::tell(&format!("the run is not complete\nhint: `mend resume {}` goes on", args.run.display()));
        Exit::Stopped
    } else if any_unscored(&summary) {
        Exit::Unscored
    } else {
        Exit::Complete
    })
}

/// Writes the page where the run's usual files were written; none where other figures were asked for.
fn page(
    args: &ReportArgs,
    place: &Place,
    (choice, usual): (&Choice, &Options),
    manifest: &RunManifest,
    trees: &[RepairTree],
    summary: &Summary,
) -> Result<Option<PathBuf>, Failure> {
    let Some(folder) = place.folder(&args.run).filter(|_| choice.is_usual()) else { return Ok(None) };
    if args.show.no_html {
        html::forget(folder)?;
        return Ok(None);
    }
    let texts;
    let trees = if html::nodes(trees) > html::MOST_NODES {
        trees
    } else {
        texts = mend_journal::replay(&args.run, Bodies::AsFound).map_err(journal_failure)?.trees;
        &texts
    };
    let (page, left_out) = html::write(folder, manifest, trees, usual, summary)?;
    if let Some(told) = left_out {
        crate::tell(&told);
    }
    Ok(Some(page))
}

/// Opens a page in whatever shows such files.
pub fn open_page(page: &Path) -> Result<(), Failure> {
    html::open(page)
}

/// Opens a page, if there is one.
fn open(page: Option<&Path>) -> Result<(), Failure> {
    match page {
        Some(page) => html::open(page),
        None => Err(Failure::usage(
            "there is no report.html to open: nothing was written, or the figures are not the usual ones",
        )
        .hint("`mend report <run> --out <folder> --open` writes the usual ones into a folder of your own")),
    }
}

/// The report of a run in parts, for `mend view`.
pub fn parts(run: &Path) -> Result<Parts, Failure> {
    let mut replayed = mend_journal::replay(run, Bodies::Without).map_err(journal_failure)?;
    if needs_texts(&replayed) {
        replayed = mend_journal::replay(run, Bodies::AsFound).map_err(journal_failure)?;
    }
    let Replayed { manifest, trees, .. } = replayed;
    Ok(html::parts(run, &manifest, &trees, &usual(&manifest, &trees)))
}

/// Opens an address in the user's browser.
pub fn open_in_browser(address: &str) -> Result<(), Failure> {
    html::open(Path::new(address))
}

/// Whether some usual figure of a run is told by texts: whether programs are the same but for their formatting, what of a
/// damage a critique names, and whether it is taken up.
fn needs_texts(replayed: &Replayed) -> bool {
    let Replayed { manifest, trees, .. } = replayed;
    let is_read = |node: &Node| matches!(node.found(), Some(Found::Critique { .. }));
    // Its words stand in problems.csv.
    let is_rated = |node: &Node| matches!(node.found(), Some(Found::Judgement { score: Some(_), .. }));
    let is_bench = manifest.problems.iter().any(|entry| !entry.known.is_empty());
    manifest.identity.strategy.rounds.is_some()
        || is_bench
        || (manifest.identity.imported.is_none()
            && trees.iter().flat_map(RepairTree::nodes).any(|node| is_read(node) || is_rated(node)))
}

/// Computes the figures of a run that was made or that went on, writes its files, and shows them. Returns whether
/// anything is unscored.
///
/// `recorded` is what a file recorded of the programs, which stands beside the summary in JSON. The files hold the usual
/// figures whatever is shown, so that those of two runs can be laid side by side.
pub fn publish(
    folder: &Path,
    manifest: &RunManifest,
    trees: &[RepairTree],
    show_args: &ShowArgs,
    figures: &FigureArgs,
    recorded: Option<OfRecorded<'_>>,
) -> Result<bool, Failure> {
    let usual = usual(manifest, trees);
    let asked = options(available(manifest, trees), &usual, show_args, figures)?;
    let usual = Options { ks: asked.ks.clone(), ..usual };
    let summary = mend_metrics::summarize(manifest, trees, &usual);
    mend_report::write(folder, manifest, trees, &summary).map_err(|error| refused(error, folder))?;
    let page = if show_args.no_html {
        html::forget(folder)?;
        None
    } else {
        Some(html::write(folder, manifest, trees, &usual, &summary)?)
    };
    let choice = Choice::of(&asked, &usual);
    let shown = if choice.is_usual() { &summary } else { &mend_metrics::summarize(manifest, trees, &asked) };
    show((manifest, recorded), shown, !choice.is_usual(), show_args, figures)
        .map_err(|failure| failure.hint(format!("the run is saved: `mend report {}` shows it", folder.display())))?;
    if !show_args.json {
        crate::tell(&format!("written to {}", folder.display()));
        if let Some(told) = page.and_then(|(_, left_out)| left_out) {
            crate::tell(&told);
        }
        if !choice.is_usual() {
            crate::tell(
                "the files hold the usual figures; `mend report` with the same flags and `--write` writes these",
            );
        }
    }
    write_paper_files(figures, manifest, trees)?;
    Ok(any_unscored(&summary))
}

/// Writes the usual figures of a run into its folder, and shows nothing.
pub fn fill(folder: &Path, manifest: &RunManifest, trees: &[RepairTree]) -> Result<(), Failure> {
    let usual = usual(manifest, trees);
    let summary = mend_metrics::summarize(manifest, trees, &usual);
    mend_report::write(folder, manifest, trees, &summary).map_err(|error| refused(error, folder))?;
    html::write(folder, manifest, trees, &usual, &summary).map(drop)
}

/// Prints a summary as it was asked for.
fn show(
    (manifest, recorded): (&RunManifest, Option<OfRecorded<'_>>),
    summary: &Summary,
    chosen: bool,
    show: &ShowArgs,
    figures: &FigureArgs,
) -> Result<(), Failure> {
    let view = View {
        tokens: figures.tokens.map(definition),
        selection: match figures.selection {
            None | Some(SelectionArg::OracleAny) => Selection::OracleAny,
            Some(SelectionArg::Submitted) => Selection::Submitted,
        },
        heat_map: !figures.grid.is_empty() || manifest.identity.imported.is_some(),
        chosen,
        colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    crate::print(&if show.json {
        mend_report::to_json_beside(summary, view, recorded.map(mend_report::recorded_json))
    } else {
        mend_report::render(manifest, summary, view, super::width())
    })
}

fn orders(grid: &GridArg) -> Vec<Order> {
    grid.blocks().into_iter().flat_map(|block| block.orders).collect()
}

/// The paper's result files, if they were asked for: one for each of its grids, each order, and all problems or those
/// of one difficulty.
fn write_paper_files(figures: &FigureArgs, manifest: &RunManifest, trees: &[RepairTree]) -> Result<(), Failure> {
    let Some(dir) = &figures.paper_json else { return Ok(()) };
    let orders: BTreeSet<Order> =
        if figures.grid.is_empty() { Order::ALL.into() } else { figures.grid.iter().flat_map(orders).collect() };
    let frozen = mend_metrics::freeze(manifest, trees);
    place::create(dir)?;
    let model: String = RunLabels::of(manifest)
        .model
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || ".-_+".contains(c) { c } else { '-' })
        .collect();
    let difficulties: BTreeSet<&str> = frozen.iter().filter_map(|problem| problem.group.as_deref()).collect();
    let groups = std::iter::once(None).chain(difficulties.into_iter().map(Some));
    let mut count = 0;
    for group in groups {
        let problems: Vec<&FrozenProblem> = frozen
            .iter()
            .filter(|problem| problem.n() > 0 && (group.is_none() || problem.group.as_deref() == group))
            .collect();
        let suffix: String = group.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
        let suffix = if suffix.is_empty() { suffix } else { format!("-{suffix}") };
        for order in &orders {
            let mode = match order {
                Order::Batch => "batch",
                Order::Dfs => "sequential-dfs",
                Order::Bfs => "sequential-bfs",
            };
            for grid in PaperGrid::ALL {
                let cells = paper_cells(&problems, grid, *order);
                let name = format!("{model}-{}-{mode}{suffix}.json", grid.as_str());
                mend_report::replace(dir, &name, mend_report::paper_json(&cells).as_bytes()).map_err(Failure::usage)?;
                count += 1;
            }
        }
    }
    crate::tell(&format!("{count} result files of the paper's form are in {}", dir.display()));
    Ok(())
}

fn definition(tokens: TokensArg) -> TokenDefinition {
    match tokens {
        TokensArg::Billed => TokenDefinition::Billed,
        TokensArg::Completion => TokenDefinition::Completion,
        TokensArg::Paper => TokenDefinition::Paper,
        TokensArg::Dollars => TokenDefinition::Dollars,
    }
}

fn any_unscored(summary: &Summary) -> bool {
    summary.first_programs.unscored + summary.repairs.unscored > 0
}

/// Fewest programs of a reported problem that has a finished tree.
fn available(manifest: &RunManifest, trees: &[RepairTree]) -> u32 {
    let dev: BTreeSet<&ProblemId> = manifest.problems.iter().filter(|entry| entry.dev).map(|entry| &entry.id).collect();
    let mut programs: BTreeMap<&ProblemId, u32> = BTreeMap::new();
    for tree in trees.iter().filter(|tree| tree.is_finished() && !dev.contains(&tree.key.problem)) {
        let is_first = |node: &&Node| node.slot.is_first_program();
        let first = tree.nodes().filter(is_first).count() as u32;
        *programs.entry(&tree.key.problem).or_default() += first;
    }
    programs.values().copied().min().unwrap_or(0)
}

/// The figures that a run's own files hold.
fn usual(manifest: &RunManifest, trees: &[RepairTree]) -> Options {
    let available = available(manifest, trees).max(1);
    Options {
        ks: KS.into_iter().filter(|k| *k <= available).collect(),
        // Somebody else's experiment is shown as it was published.
        grid: if manifest.identity.imported.is_some() { Grid::Asked(Grid::paper(&Order::ALL)) } else { Grid::Usual },
        seed: manifest.identity.seed,
        // What drifts, and what is the right program again, is told formatting aside.
        shapes: if manifest.identity.strategy.rounds.is_some()
            || manifest.problems.iter().any(|entry| !entry.known.is_empty())
        {
            mend_repair::same_programs(trees)
        } else {
            BTreeMap::new()
        },
        ..Options::default()
    }
}

/// The figures that were asked for, the usual ones where nothing was. Each k that was asked for must exist: some problem
/// has `available` programs and none has fewer.
fn options(available: u32, usual: &Options, show: &ShowArgs, figures: &FigureArgs) -> Result<Options, Failure> {
    let asked: Vec<u32> = show.k.iter().map(|k| k.get()).collect();
    if let Some(k) = asked.iter().find(|k| **k > available && available > 0) {
        let error =
            format!("pass@{k} needs {k} programs of every problem, and some problem of the run has {available}");
        return Err(Failure::usage(error).hint("ask for a smaller `--k`"));
    }
    if let Some(k) = figures.extrapolate.iter().find(|k| available > 0 && **k > available.saturating_mul(3))
        && !figures.extrapolate_far
    {
        let error = format!("{k} is more than three times the {available} programs of some problem");
        return Err(Failure::usage(error).hint("`--extrapolate-far` extrapolates so far, with a second fit beside it"));
    }
    let estimator = |estimator: &EstimatorArg| match estimator {
        EstimatorArg::Unbiased => Some(Estimator::Unbiased),
        EstimatorArg::Plugin => Some(Estimator::Plugin),
        EstimatorArg::Paper => Some(Estimator::Paper),
        // It is about first programs, and no estimator of pass@t.
        EstimatorArg::Bayes => None,
    };
    let axis = |axis: &AxisArg| match axis {
        AxisArg::Tokens => Axis::Tokens,
        AxisArg::Programs => Axis::Programs,
        AxisArg::Size => Axis::Size,
        AxisArg::Calls => Axis::Calls,
        AxisArg::Executions => Axis::Executions,
        AxisArg::Questions => Axis::Questions,
        AxisArg::Minutes => Axis::Minutes,
    };
    let usual = usual.clone();
    Ok(Options {
        ks: or_usual(asked, usual.ks),
        grid: match figures.grid.as_slice() {
            [] => usual.grid,
            asked => Grid::Asked(asked.iter().flat_map(GridArg::blocks).collect()),
        },
        estimators: or_usual(figures.estimator.iter().filter_map(estimator).collect(), usual.estimators),
        axes: or_usual(figures.axis.iter().map(axis).collect(), usual.axes),
        within: figures.within.clone(),
        at: figures.at.clone(),
        reach: or_usual(figures.reach.clone(), usual.reach),
        extrapolate: figures.extrapolate.clone(),
        extrapolate_far: figures.extrapolate_far,
        bayes: figures.estimator.contains(&EstimatorArg::Bayes),
        hint_cap: figures.hint_cap.unwrap_or(usual.hint_cap),
        ..usual
    })
}

fn or_usual<T>(asked: Vec<T>, usual: Vec<T>) -> Vec<T> {
    if asked.is_empty() { usual } else { asked }
}

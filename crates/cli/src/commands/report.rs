//! `mend report`, and the end of every run.

use crate::args::{AxisArg, EstimatorArg, FigureArgs, ReportArgs, SelectionArg, ShowArgs, TokensArg};
use crate::exit::{Exit, Failure};
use crate::experiment::journal_failure;
use crate::grid::GridArg;
use mend_core::{ProblemId, RepairTree, RunManifest};
use mend_journal::Bodies;
use mend_metrics::{
    Axis, Estimator, FrozenProblem, Grid, Options, Order, PaperGrid, RunLabels, Selection, Summary, TokenDefinition,
    paper_cells,
};
use mend_report::{ReportError, View};
use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::path::Path;

/// The k of pass@k if nobody asks for others.
const KS: [u32; 8] = [1, 2, 3, 5, 10, 25, 50, 100];

/// `mend report`
pub fn run(args: &ReportArgs) -> Result<Exit, Failure> {
    let recorded = mend_journal::read(&args.run, Bodies::Without).map_err(journal_failure)?;
    if let Some(torn) = &recorded.cut {
        crate::tell(&format!("journal.jsonl:{}: ignored {} bytes of an unfinished entry", torn.line, torn.bytes));
    }
    let trees = recorded.trees().map_err(journal_failure)?;
    let unscored = publish(&args.run, &recorded.manifest, &trees, &args.show, &args.figures)?;
    Ok(if trees.iter().any(|tree| !tree.is_finished()) {
        crate::tell(&format!("the run is not complete\nhint: `mend resume {}` goes on", args.run.display()));
        Exit::Stopped
    } else if unscored {
        Exit::Unscored
    } else {
        Exit::Complete
    })
}

/// Computes a run's figures, writes its files, and shows them. Returns whether anything is unscored.
pub fn publish(
    folder: &Path,
    manifest: &RunManifest,
    trees: &[RepairTree],
    show: &ShowArgs,
    figures: &FigureArgs,
) -> Result<bool, Failure> {
    let options = options(manifest, trees, show, figures)?;
    let summary = mend_metrics::summarize(manifest, trees, &options);
    mend_report::write(folder, manifest, trees, &summary).map_err(|error| match &error {
        ReportError::Io { .. } => Failure::usage(error)
            .with_exit(Exit::Stopped)
            .hint(format!("the journal is whole: make room, then `mend report {}`", folder.display())),
        ReportError::UnknownProblem(_) | ReportError::Csv { .. } => Failure::usage(error).with_exit(Exit::Bug),
    })?;
    if show.json {
        crate::print(&mend_report::to_json(&summary));
    } else {
        let view = View {
            tokens: figures.tokens.map(definition),
            selection: match figures.selection {
                None | Some(SelectionArg::OracleAny) => Selection::OracleAny,
                Some(SelectionArg::Submitted) => Selection::Submitted,
            },
            heat_map: matches!(options.grid, Grid::Asked(_)),
            colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        };
        crate::print(&mend_report::render(manifest, &summary, view, super::width()));
        crate::tell(&format!("written to {}", folder.display()));
    }
    if let Some(dir) = &figures.paper_json {
        let orders =
            if figures.grid.is_empty() { Order::ALL.into() } else { figures.grid.iter().flat_map(orders).collect() };
        write_paper_files(dir, manifest, trees, &orders)?;
    }
    Ok(any_unscored(&summary))
}

fn orders(grid: &GridArg) -> Vec<Order> {
    grid.blocks().into_iter().flat_map(|block| block.orders).collect()
}

/// The paper's result files: one for each of its grids, each order, and all problems or those of one difficulty.
fn write_paper_files(
    dir: &Path,
    manifest: &RunManifest,
    trees: &[RepairTree],
    orders: &BTreeSet<Order>,
) -> Result<(), Failure> {
    let frozen = mend_metrics::freeze(manifest, trees);
    let refused =
        |path: &Path, source: std::io::Error| Failure::usage(format!("cannot write `{}`: {source}", path.display()));
    std::fs::create_dir_all(dir).map_err(|source| refused(dir, source))?;
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
        for order in orders {
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

/// The k that the user asks for, each of which must exist; else the usual ones that do.
fn options(
    manifest: &RunManifest,
    trees: &[RepairTree],
    show: &ShowArgs,
    figures: &FigureArgs,
) -> Result<Options, Failure> {
    let mut programs: BTreeMap<&ProblemId, u32> = BTreeMap::new();
    for tree in trees.iter().filter(|tree| tree.is_finished()) {
        let first = tree.nodes().filter(|node| node.slot.depth() == 0).count() as u32;
        *programs.entry(&tree.key.problem).or_default() += first;
    }
    let available = programs.values().copied().min().unwrap_or(0);
    let asked: Vec<u32> = show.k.iter().map(|k| k.get()).collect();
    if let Some(k) = asked.iter().find(|k| **k > available && available > 0) {
        let error =
            format!("pass@{k} needs {k} programs of every problem, and some problem of the run has {available}");
        return Err(Failure::usage(error).hint("ask for a smaller `--k`"));
    }
    let ks = if asked.is_empty() { KS.into_iter().filter(|k| *k <= available.max(1)).collect() } else { asked };
    let estimator = |estimator: &EstimatorArg| match estimator {
        EstimatorArg::Unbiased => Estimator::Unbiased,
        EstimatorArg::Plugin => Estimator::Plugin,
        EstimatorArg::Paper => Estimator::Paper,
    };
    let axis = |axis: &AxisArg| match axis {
        AxisArg::Tokens => Axis::Tokens,
        AxisArg::Programs => Axis::Programs,
        AxisArg::Size => Axis::Size,
    };
    let usual = Options::default();
    Ok(Options {
        ks,
        grid: match figures.grid.as_slice() {
            // Somebody else's experiment is shown as it was published.
            [] if manifest.identity.imported.is_some() => Grid::Asked(Grid::paper(&Order::ALL)),
            [] => Grid::Usual,
            asked => Grid::Asked(asked.iter().flat_map(GridArg::blocks).collect()),
        },
        estimators: or_usual(figures.estimator.iter().map(estimator).collect(), usual.estimators),
        axes: or_usual(figures.axis.iter().map(axis).collect(), usual.axes),
        within: figures.within.clone(),
        at: figures.at.clone(),
        seed: manifest.identity.seed,
        resamples: usual.resamples,
    })
}

fn or_usual<T>(asked: Vec<T>, usual: Vec<T>) -> Vec<T> {
    if asked.is_empty() { usual } else { asked }
}

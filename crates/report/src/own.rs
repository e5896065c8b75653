//! Files of figures that somebody chose. They stand beside a run's own and never replace them: each is named after
//! the choice.

use crate::sheet::CsvFile;
use crate::{ReportError, by_cost, figures, heat_map, helped, sampling};
use mend_core::Digest;
use mend_metrics::{Block, Grid, Options, Order, Summary};

/// Characters of a choice that a file name holds; the rest is told apart by a digest.
const LONGEST: usize = 120;

/// What of the figures is not as usual, in words that a file name can hold. Empty where it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    ks: String,
    grid: String,
    how: String,
    within: String,
    at: String,
    reach: String,
    hint_cap: String,
    draws: String,
}

impl Choice {
    /// Where some options differ from the usual ones.
    pub fn of(options: &Options, usual: &Options) -> Self {
        let named = |differs: bool, name: &str, values: String| {
            if differs { format!("{name}-{values}") } else { String::new() }
        };
        let words = |words: Vec<&str>| words.join("-");
        let estimators = options.estimators.iter().map(|estimator| estimator.as_str()).collect();
        let axes = options.axes.iter().map(|axis| axis.as_str()).collect();
        Self {
            ks: named(options.ks != usual.ks, "k", numbers(&options.ks)),
            grid: if options.grid == usual.grid { String::new() } else { grid(&options.grid) },
            how: joined(&[
                &named(options.estimators != usual.estimators, "estimator", words(estimators)),
                &named(options.axes != usual.axes, "axis", words(axes)),
            ]),
            within: named(options.within != usual.within, "within", plain_list(&options.within)),
            at: named(options.at != usual.at, "at", plain_list(&options.at)),
            reach: named(options.reach != usual.reach, "reach", plain_list(&options.reach)),
            draws: joined(&[
                &named(options.extrapolate != usual.extrapolate, "extrapolate", numbers(&options.extrapolate)),
                if options.bayes && !usual.bayes { "bayes" } else { "" },
            ]),
            hint_cap: named(options.hint_cap != usual.hint_cap, "cap", options.hint_cap.to_string()),
        }
    }

    /// Whether every figure is as usual.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A file of chosen figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFile {
    /// Its name, after the choice.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether it shows another file of the same choice in another form.
    pub follows: bool,
}

/// The files that a choice asks for; pass@t if it asks for nothing in particular. Tables that the choice does not
/// touch are not among them, nor are those without a row.
pub fn own_files(summary: &Summary, choice: &Choice) -> Result<Vec<OwnFile>, ReportError> {
    let Choice { ks, grid, how, within, at, reach, hint_cap, draws } = choice;
    let of_trees = joined(&[grid, how]);
    let asked_for_other = [ks, within, at, reach, hint_cap, draws].iter().any(|part| !part.is_empty());
    let mut files = vec![];
    let mut add = |file: CsvFile, suffix: String, wanted: bool, follows: bool| {
        if wanted && !file.is_empty() {
            let stem = file.name.trim_end_matches(".csv");
            let name = if suffix.is_empty() { file.name.to_owned() } else { format!("{stem}.{}.csv", short(suffix)) };
            let bytes = file.bytes().map_err(|source| ReportError::Csv { file: name.clone(), source })?;
            files.push(OwnFile { name, bytes, follows });
        }
        Ok::<(), ReportError>(())
    };
    let wants_trees = !of_trees.is_empty() || !asked_for_other;
    // A grid that was typed for hard caps or budgets is also one of pass@t.
    add(figures::pass_at_k(summary), ks.clone(), !ks.is_empty(), false)?;
    add(figures::pass_at_t(summary), of_trees.clone(), wants_trees, false)?;
    add(heat_map::table(summary), of_trees, wants_trees, true)?;
    add(figures::pass_within(summary), joined(&[grid, within]), !within.is_empty(), false)?;
    add(figures::pass_at_budget(summary), joined(&[grid, at]), !at.is_empty(), false)?;
    let of_draws = joined(&[ks, draws]);
    let wants_draws = !of_draws.is_empty();
    add(sampling::table(summary), of_draws, wants_draws, false)?;
    let [saved, _] = by_cost::tables(summary);
    add(saved, joined(&[grid, reach]), !reach.is_empty(), false)?;
    add(helped::hints_table(summary), hint_cap.clone(), !hint_cap.is_empty(), false)?;
    Ok(files)
}

fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(".")
}

fn short(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    format!("{}-{}", &name[..LONGEST], Digest::of(name.as_bytes()).short())
}

fn plain_list<T: ToString>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}

fn grid(grid: &Grid) -> String {
    match grid {
        Grid::Usual => "grid-usual".to_owned(),
        Grid::Asked(blocks) if *blocks == Grid::paper(&Order::ALL) => "grid-paper".to_owned(),
        Grid::Asked(blocks) => blocks.iter().map(block).collect::<Vec<_>>().join("+"),
    }
}

fn block(block: &Block) -> String {
    let Block { n_p, n_f, n_r, orders } = block;
    let some =
        |name: &str, values: &[u32]| if values == [1] { String::new() } else { format!("{name}-{}", numbers(values)) };
    let words: Vec<&str> = orders.iter().map(|order| order.as_str()).collect();
    let order = if orders == Order::ALL.as_slice() { String::new() } else { format!("order-{}", words.join("-")) };
    joined(&[&format!("n_p-{}", numbers(n_p)), &some("n_f", n_f), &some("n_r", n_r), &order])
}

/// Numbers in a row, `1..5` where at least three follow each other.
fn numbers(values: &[u32]) -> String {
    let runs = values.chunk_by(|a, b| a.checked_add(1) == Some(*b));
    let run = |run: &[u32]| match run {
        [first, _, .., last] => format!("{first}..{last}"),
        few => plain_list(few),
    };
    runs.map(run).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{manifest, options, trees};
    use mend_metrics::{Axis, Estimator, summarize};

    fn names(options: &Options) -> Vec<String> {
        let usual = Options { ks: vec![1, 2, 3], ..Options::default() };
        let choice = Choice::of(options, &usual);
        let summary = summarize(&manifest(), &trees(), &Options { resamples: 20, ..options.clone() });
        own_files(&summary, &choice).unwrap().into_iter().map(|file| file.name).collect()
    }

    fn asked(n_p: &[u32], n_f: &[u32], orders: &[Order]) -> Grid {
        Grid::Asked(vec![Block { n_p: n_p.into(), n_f: n_f.into(), n_r: vec![1], orders: orders.into() }])
    }

    #[test]
    fn files_are_named_after_what_was_chosen_and_nothing_else_is_among_them() {
        let usual = || Options { ks: vec![1, 2, 3], ..Options::default() };
        let cases = [
            (usual(), "pass_at_t.csv heat_map.csv"),
            (Options { ks: vec![1, 3], ..usual() }, "pass_at_k.k-1-3.csv sampling.k-1-3.csv"),
            (Options { grid: asked(&[1, 5], &[1], &Order::ALL), ..usual() }, "pass_at_t.n_p-1-5.csv"),
            (
                Options { grid: asked(&[1, 2, 3, 4, 7], &[0, 1], &[Order::Dfs]), ..usual() },
                "pass_at_t.n_p-1..4-7.n_f-0-1.order-dfs.csv",
            ),
            (
                Options { grid: asked(&[1, 2], &[1, 2], &Order::ALL), ..usual() },
                "pass_at_t.n_p-1-2.n_f-1-2.csv heat_map.n_p-1-2.n_f-1-2.csv",
            ),
            (
                Options { estimators: vec![Estimator::Plugin], axes: vec![Axis::Size], ..usual() },
                "pass_at_t.estimator-plugin.axis-size.csv heat_map.estimator-plugin.axis-size.csv",
            ),
            (Options { within: vec![200, 400], ..usual() }, "pass_within.within-200-400.csv"),
            (
                Options { grid: asked(&[1], &[1], &Order::ALL), at: vec![250.0, 0.5], ..usual() },
                "pass_at_t.n_p-1.csv pass_at_budget.n_p-1.at-250-0.5.csv",
            ),
            (Options { reach: vec![0.4, 0.5], ..usual() }, "budget_saved.reach-0.4-0.5.csv"),
            (Options { hint_cap: 5, ..usual() }, ""),
            (Options { bayes: true, extrapolate: vec![9, 12], ..usual() }, "sampling.extrapolate-9-12.bayes.csv"),
            (
                Options { grid: Grid::Asked(Grid::paper(&Order::ALL)), ..usual() },
                "pass_at_t.grid-paper.csv heat_map.grid-paper.csv",
            ),
        ];
        for (options, expected) in cases {
            assert_eq!(names(&options).join(" "), expected);
        }
    }

    #[test]
    fn a_long_choice_has_a_name_that_a_disk_takes_and_that_no_other_choice_has() {
        let long = |last: u32| {
            let n_p: Vec<u32> = (0..200).map(|place| 2 * place + 1).chain([last]).collect();
            names(&Options { grid: asked(&n_p, &[1], &Order::ALL), ks: vec![1, 2, 3], ..options() }).remove(0)
        };
        assert!(long(1000).len() < 160, "{}", long(1000));
        assert_ne!(long(1000), long(1001));
        assert_eq!(long(1000), long(1000));
    }
}

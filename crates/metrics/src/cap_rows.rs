//! Rows of `pass_within@T`: a hard cap per problem, for trees and for programs in turn alike.

use crate::bootstrap::{ByProblem, Column, Means, Table, View};
use crate::curve::Collected;
use crate::group::Group;
use crate::t_rows::{ITS_OWN_BASELINE, definitions, settings, why_none};
use crate::within_cap::Priced;
use crate::{Figure, FrozenProblem, Interval, Options, Order, Selection, Setting, TokenDefinition};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The pass rate of one setting under a hard cap, against programs in turn under the same cap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassWithin {
    /// `all` or a difficulty.
    pub group: String,
    /// Order of drawing: depth first or breadth first.
    pub order: Order,
    /// First programs.
    pub n_p: u32,
    /// Feedbacks per failing program.
    pub n_f: u32,
    /// Repairs per feedback.
    pub n_r: u32,
    /// What counts as a token.
    pub token_definition: TokenDefinition,
    /// T: the most tokens that one problem may cost.
    pub cap: u64,
    /// Share of problems solved within the cap.
    pub pass_rate: Figure,
    /// Interval of `pass_rate` over new problems.
    pub interval: Figure<Interval>,
    /// Share of problems that programs in turn solve within the cap, all collected ones if need be.
    pub baseline_pass_rate: Figure,
    /// `pass_rate` minus `baseline_pass_rate`.
    pub difference: Figure,
    /// Interval of `difference`, resampled jointly.
    pub difference_interval: Figure<Interval>,
}

/// A row for each group, sequential order, definition, setting and cap. Without replacement.
pub(crate) fn rows(groups: &[Group<'_>], options: &Options) -> Vec<PassWithin> {
    let Some(all) = groups.first() else { return vec![] };
    if options.within.is_empty() || why_none(all).is_some() {
        return vec![];
    }
    let Ok(settings) = settings(all, options) else { return vec![] };
    let settings: Vec<_> = settings.into_iter().filter(|(order, _)| *order != Order::Batch).collect();
    // Money has no whole units to count in.
    let definitions =
        definitions(&all.problems).into_iter().filter(|definition| *definition != TokenDefinition::Dollars);
    let definitions: Vec<_> = definitions.collect();
    let evaluated: BTreeMap<_, _> = all
        .problems
        .par_iter()
        .map(|problem| (&problem.id, Evaluated::new(problem, &settings, &definitions, &options.within)))
        .collect();
    let mut rows = vec![];
    for group in groups {
        let problems: Vec<&Evaluated> = group.problems.iter().map(|problem| &evaluated[&problem.id]).collect();
        rows.extend(group_rows(group, &problems, &settings, &definitions, options));
    }
    rows
}

/// A row's place among those of its group.
type Cell = (TokenDefinition, Order, Setting, u64);

/// A problem's pass rates.
struct Evaluated {
    /// Absent where the problem does not carry the setting, or a count is unknown.
    rates: BTreeMap<Cell, f64>,
    /// Of all its programs in turn, by definition and cap.
    programs: BTreeMap<(TokenDefinition, u64), f64>,
}

impl Evaluated {
    fn new(
        problem: &FrozenProblem,
        settings: &[(Order, Setting)],
        definitions: &[TokenDefinition],
        caps: &[u64],
    ) -> Self {
        let collected = Collected::of(problem, Selection::OracleAny);
        let carried: Vec<_> = settings.iter().filter(|(_, setting)| collected.check(*setting).is_ok()).collect();
        let mut evaluated = Self { rates: BTreeMap::new(), programs: BTreeMap::new() };
        let n_rs: BTreeSet<u32> = carried.iter().map(|(_, setting)| setting.n_r).collect();
        for (definition, cap) in definitions.iter().flat_map(|definition| caps.iter().map(|cap| (*definition, *cap))) {
            if let Some(programs) = Priced::new(problem, definition, (0, 1), cap) {
                let rate = programs.line(Order::Dfs, 0, problem.n()).and_then(|line| line.last().copied());
                evaluated.programs.extend(rate.map(|rate| ((definition, cap), rate)));
            }
            for n_r in &n_rs {
                let of_shape: Vec<_> = carried.iter().filter(|(_, setting)| setting.n_r == *n_r).collect();
                let n_f = of_shape.iter().map(|(_, setting)| setting.n_f).max().unwrap_or(0);
                let Some(priced) = Priced::new(problem, definition, (n_f, *n_r), cap) else { continue };
                // By order and n_f, the largest n_p: one curve holds all smaller ones.
                let mut lines: BTreeMap<(Order, u32), u32> = BTreeMap::new();
                for (order, setting) in &of_shape {
                    let longest = lines.entry((*order, setting.n_f)).or_default();
                    *longest = (*longest).max(setting.n_p);
                }
                let lines: BTreeMap<(Order, u32), Vec<f64>> = lines
                    .into_iter()
                    .filter_map(|((order, n_f), n_p)| Some(((order, n_f), priced.line(order, n_f, n_p)?)))
                    .collect();
                for (order, setting) in of_shape {
                    if let Some(line) = lines.get(&(*order, setting.n_f)) {
                        let rate = line[setting.n_p as usize - 1];
                        evaluated.rates.insert((definition, *order, *setting, cap), rate);
                    }
                }
            }
        }
        evaluated
    }
}

fn group_rows(
    group: &Group<'_>,
    problems: &[&Evaluated],
    settings: &[(Order, Setting)],
    definitions: &[TokenDefinition],
    options: &Options,
) -> Vec<PassWithin> {
    let mut cells: Vec<Cell> = vec![];
    for definition in definitions {
        for (order, setting) in settings {
            cells.extend(options.within.iter().map(|cap| (*definition, *order, *setting, *cap)));
        }
    }
    let mut table = Table::default();
    let mut columns: BTreeMap<Cell, [Column; 2]> = BTreeMap::new();
    for cell in &cells {
        let rate = table.add(problems.iter().map(|problem| problem.rates.get(cell).copied()));
        let programs = table.add(problems.iter().map(|problem| problem.programs.get(&(cell.0, cell.3)).copied()));
        columns.extend(rate.zip(programs).map(|(rate, programs)| (*cell, [rate, programs])));
    }
    let means = table.means(group.resampling(options));
    cells.into_iter().map(|cell| row(group, cell, &means, columns.get(&cell).copied())).collect()
}

fn row(group: &Group<'_>, cell: Cell, means: &Means, columns: Option<[Column; 2]>) -> PassWithin {
    let (token_definition, order, setting, cap) = cell;
    let absent = "some problem lacks what the setting needs, or its tokens are unknown";
    let is_its_own = setting.n_f == 0;
    let mut row = PassWithin {
        group: group.name.clone(),
        order,
        n_p: setting.n_p,
        n_f: setting.n_f,
        n_r: setting.n_r,
        token_definition,
        cap,
        pass_rate: Figure::Absent(absent.to_owned()),
        interval: Figure::Absent(absent.to_owned()),
        baseline_pass_rate: Figure::Absent(absent.to_owned()),
        difference: Figure::Absent(absent.to_owned()),
        difference_interval: Figure::Absent(absent.to_owned()),
    };
    let Some([rate, programs]) = columns else { return row };
    let all = means.all();
    row.pass_rate = Figure::Value(all.mean(rate));
    row.interval = means.interval_of(rate, (0.0, 1.0));
    if is_its_own {
        row.baseline_pass_rate = Figure::Absent(ITS_OWN_BASELINE.to_owned());
        row.difference = Figure::Absent(ITS_OWN_BASELINE.to_owned());
        row.difference_interval = Figure::Absent(ITS_OWN_BASELINE.to_owned());
        return row;
    }
    let difference = |means: View<'_>| Some(means.mean(rate) - means.mean(programs));
    row.baseline_pass_rate = Figure::Value(all.mean(programs));
    row.difference = Figure::or_absent(difference(all), || absent.to_owned());
    let by_problem = ByProblem { values: means.by_problem(difference), range: (-1.0, 1.0), is_mean: true };
    row.difference_interval = means.interval(&means.draws(difference), &by_problem);
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::mixed_problems;
    use crate::{Block, Grid, t_rows};

    #[test]
    fn a_cap_that_never_binds_leaves_the_pass_rates_as_they_are() {
        let problems = mixed_problems();
        let group = [Group::of_all(&problems)];
        let block = Block { n_p: vec![2], n_f: vec![1, 2], n_r: vec![1], orders: Order::ALL.to_vec() };
        let options = Options { grid: Grid::Asked(vec![block]), within: vec![0, 10_000], ..Options::default() };
        let rows = rows(&group, &options);
        assert_eq!(rows.len(), 2 * 2 * 3 * 2, "two sequential orders, settings and caps, by three definitions");
        let iid = problems.iter().map(|problem| f64::from(u8::from(problem.c() > 0))).sum::<f64>();
        for row in &rows {
            let cells = t_rows::rows(&group, &Options { resamples: 0, ..options.clone() });
            let mut same = cells.value().unwrap().iter().filter(|cell| (cell.order, cell.n_f) == (row.order, row.n_f));
            let free = same.next().unwrap().pass_rate.value().unwrap();
            let (pass, baseline) = if row.cap == 0 { (0.0, 0.0) } else { (*free, iid / problems.len() as f64) };
            assert!((row.pass_rate.value().unwrap() - pass).abs() < 1e-12, "{row:?}");
            assert!((row.baseline_pass_rate.value().unwrap() - baseline).abs() < 1e-12, "{row:?}");
        }
    }
}

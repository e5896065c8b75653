//! Rows of `pass_within@T`: a hard cap per problem, for trees and for programs in turn alike.

use crate::bootstrap::Table;
use crate::group::Group;
use crate::t_rows::{definitions, most, why_none};
use crate::{Figure, Interval, Options, Order, Setting, TokenDefinition, pass_within};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

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
    let settings: Vec<_> = options.grid.settings(most(&all.problems)).into_iter().collect();
    // Money has no whole units to count in.
    let definitions =
        definitions(&all.problems).into_iter().filter(|definition| *definition != TokenDefinition::Dollars);
    let definitions: Vec<_> = definitions.collect();
    groups.iter().flat_map(|group| group_rows(group, &settings, &definitions, options)).collect()
}

fn group_rows(
    group: &Group<'_>,
    settings: &[(Order, Setting)],
    definitions: &[TokenDefinition],
    options: &Options,
) -> Vec<PassWithin> {
    let caps = &options.within;
    let mut rows = vec![];
    for definition in definitions {
        let by_problem = |of: &(dyn Fn(&crate::FrozenProblem) -> Option<Vec<f64>> + Sync)| -> Option<Vec<Vec<f64>>> {
            group.problems.par_iter().map(|problem| of(problem)).collect()
        };
        let iid = by_problem(&|problem| {
            let setting = Setting { n_p: problem.n(), n_f: 0, n_r: 1 };
            pass_within(problem, setting, Order::Dfs, *definition, caps)
        });
        for (order, setting) in settings.iter().filter(|(order, _)| *order != Order::Batch) {
            let tree = by_problem(&|problem| pass_within(problem, *setting, *order, *definition, caps));
            for (place, cap) in caps.iter().enumerate() {
                let mut table = Table::default();
                let mut column = |values: &Option<Vec<Vec<f64>>>| {
                    let values = values.as_ref()?;
                    table.add(values.iter().map(|values| values.get(place).copied()))
                };
                let columns = column(&tree).zip(column(&iid));
                let means = table.means(options.resamples, options.seed, &group.name);
                let why = || "some problem lacks what the setting needs, or its tokens are unknown".to_owned();
                let value = |of: &dyn Fn(f64, f64) -> f64| {
                    let means = means.all();
                    Figure::or_absent(columns.map(|(tree, iid)| of(means.mean(tree), means.mean(iid))), why)
                };
                let interval = |with_iid: f64| match columns {
                    Some((tree, iid)) => means.interval(|view| Some(view.mean(tree) - with_iid * view.mean(iid))),
                    None => Figure::Absent(why()),
                };
                rows.push(PassWithin {
                    group: group.name.clone(),
                    order: *order,
                    n_p: setting.n_p,
                    n_f: setting.n_f,
                    n_r: setting.n_r,
                    token_definition: *definition,
                    cap: *cap,
                    pass_rate: value(&|tree, _| tree),
                    interval: interval(0.0),
                    baseline_pass_rate: value(&|_, iid| iid),
                    difference: value(&|tree, iid| tree - iid),
                    difference_interval: interval(1.0),
                });
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::mixed_problems;
    use crate::{Block, Grid, t_rows};

    #[test]
    fn a_cap_that_never_binds_leaves_the_pass_rates_as_they_are() {
        let problems = mixed_problems();
        let group = [Group { name: "all".into(), problems: problems.iter().collect() }];
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

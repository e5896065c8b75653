//! Rows of `pass@t@T`: the curve over `n_p` at fixed `(n_f, n_r)` and order, read at mean cost `T`.

use crate::amounts::Lane;
use crate::evaluated::{Evaluated, Variant};
use crate::group::Group;
use crate::t_rows::{ITS_OWN_BASELINE, definitions, settings, why_none};
use crate::t_table::{AtBudget, TTable};
use crate::{Baseline, Estimator, Figure, Interval, Options, Order, Selection, Setting, TokenDefinition};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a shape of trees solves at a mean cost, against first programs at the same one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassAtBudget {
    /// `all` or a difficulty.
    pub group: String,
    /// Order of drawing.
    pub order: Order,
    /// Feedbacks per failing program.
    pub n_f: u32,
    /// Repairs per feedback.
    pub n_r: u32,
    /// What counts as a token.
    pub token_definition: TokenDefinition,
    /// T: mean cost per problem.
    pub budget: f64,
    /// Share of problems solved, between the two nearest `n_p`.
    pub pass_rate: Figure,
    /// Interval of `pass_rate` over new problems, with `T` as it is.
    pub interval: Figure<Interval>,
    /// Against what: in batch order all programs paid for, and such as stop as it does; in the others programs in turn.
    pub baseline: Baseline,
    /// The baseline's pass rate at `T`.
    pub baseline_pass_rate: Figure,
    /// `pass_rate` minus `baseline_pass_rate`.
    pub difference: Figure,
    /// Interval of `difference`, resampled jointly.
    pub difference_interval: Figure<Interval>,
}

/// A row for each group, order, shape, definition and `T`. Without replacement.
pub(crate) fn rows(groups: &[Group<'_>], options: &Options) -> Vec<PassAtBudget> {
    let Some(all) = groups.first() else { return vec![] };
    if options.at.is_empty() || why_none(all).is_some() {
        return vec![];
    }
    let n_max = all.problems.iter().map(|problem| problem.n()).min().unwrap_or(0);
    let Ok(asked) = settings(all, options) else { return vec![] };
    let shapes: BTreeSet<_> = asked.into_iter().map(|(order, setting)| (order, setting.n_f, setting.n_r)).collect();
    let line = |(order, n_f, n_r): &(Order, u32, u32)| {
        let (order, n_f, n_r) = (*order, *n_f, *n_r);
        (1..=n_max).map(move |n_p| (order, Setting { n_p, n_f, n_r }))
    };
    let lines: BTreeSet<_> = shapes.iter().flat_map(line).collect();
    let variant = Variant { estimator: Estimator::Unbiased, selection: Selection::OracleAny };
    let evaluated: Vec<Evaluated<'_>> =
        all.problems.par_iter().map(|problem| Evaluated::new(problem, variant, &lines, false)).collect();
    let mut rows = vec![];
    for group in groups {
        let members: BTreeSet<_> = group.problems.iter().map(|problem| &problem.id).collect();
        let problems = evaluated.iter().filter(|problem| members.contains(&problem.problem.id)).collect();
        let table = TTable::new(problems, variant, &lines, group.resampling(options));
        for definition in definitions(&all.problems) {
            for (order, n_f, n_r) in &shapes {
                for budget in &options.at {
                    for baseline in baselines(*order, *n_f) {
                        let shape = (*order, *n_f, *n_r);
                        let read = table.at_budget(shape, baseline, Lane::Tokens(definition), *budget);
                        let name = group.name.clone();
                        rows.push(row(name, shape, (definition, *budget), baseline, read));
                    }
                }
            }
        }
    }
    rows
}

/// What a shape is compared with: programs that are all paid for where it pays for all of its own, and such as stop
/// when it does.
fn baselines(order: Order, n_f: u32) -> Vec<Baseline> {
    match order {
        Order::Batch if n_f > 0 => vec![Baseline::Iid, order.paired()],
        Order::Batch => vec![Baseline::Iid],
        Order::Dfs | Order::Bfs => vec![order.paired()],
    }
}

fn row(
    group: String,
    (order, n_f, n_r): (Order, u32, u32),
    (token_definition, budget): (TokenDefinition, f64),
    baseline: Baseline,
    read: AtBudget,
) -> PassAtBudget {
    let (difference, difference_interval) = match (&read.pass_rate, &read.baseline_pass_rate, read.against) {
        _ if n_f == 0 => (Figure::Absent(ITS_OWN_BASELINE.to_owned()), Figure::Absent(ITS_OWN_BASELINE.to_owned())),
        (Figure::Value(pass), Figure::Value(baseline), Figure::Value(against)) => {
            (Figure::Value(pass - baseline), against.difference)
        }
        (Figure::Absent(why), ..) | (_, Figure::Absent(why), _) => {
            (Figure::Absent(why.clone()), Figure::Absent(why.clone()))
        }
        (.., Figure::Absent(why)) => (Figure::Absent(why.clone()), Figure::Absent(why)),
    };
    PassAtBudget {
        group,
        order,
        n_f,
        n_r,
        token_definition,
        budget,
        pass_rate: read.pass_rate,
        interval: read.interval,
        baseline,
        baseline_pass_rate: read.baseline_pass_rate,
        difference,
        difference_interval,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::t_rows;
    use crate::testing::mixed_problems;
    use crate::{Block, Grid};

    #[test]
    fn a_budget_that_is_a_settings_own_cost_gives_its_figures_and_one_between_lies_between() {
        let problems = mixed_problems();
        let group = || [Group::of_all(&problems)];
        let block = Block { n_p: vec![1, 2, 3], n_f: vec![1], n_r: vec![1], orders: Order::ALL.to_vec() };
        let options = Options { grid: Grid::Asked(vec![block]), resamples: 0, ..Options::default() };
        let cells = t_rows::rows(&group(), &options);
        for order in Order::ALL {
            let baseline = if order == Order::Batch { Baseline::Iid } else { Baseline::IidSequential };
            let wanted = |row: &&crate::PassAtT| {
                (row.order, row.baseline, row.token_definition) == (order, baseline, TokenDefinition::Paper)
            };
            let line: Vec<_> = cells.value().unwrap().iter().filter(wanted).collect();
            let costs: Vec<f64> = line.iter().map(|row| *row.mean_tokens.value().unwrap()).collect();
            let at = vec![costs[0] - 1.0, costs[0], costs[1], f64::midpoint(costs[0], costs[1])];
            let rows = rows(&group(), &Options { at, ..options.clone() });
            let read: Vec<_> = rows
                .iter()
                .filter(|row| {
                    (row.order, row.baseline, row.token_definition) == (order, baseline, TokenDefinition::Paper)
                })
                .collect();
            let pass = |place: usize| *read[place].pass_rate.value().unwrap();
            assert!(read[0].pass_rate.reason().is_some(), "one program costs more");
            for place in [0, 1] {
                let (row, cell) = (read[1 + place], line[place]);
                assert!((pass(1 + place) - cell.pass_rate.value().unwrap()).abs() < 1e-9, "{row:?}");
                let same = |a: &Figure, b: &Figure| match (a.value(), b.value()) {
                    (Some(a), Some(b)) => (a - b).abs() < 1e-9,
                    (a, b) => a.is_none() && b.is_none(),
                };
                assert!(same(&row.baseline_pass_rate, &cell.baseline_pass_rate), "{row:?} is not {cell:?}");
            }
            assert!((pass(3) - f64::midpoint(pass(1), pass(2))).abs() < 1e-9);
        }
    }
}

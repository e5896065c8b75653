//! What a whole set of problems costs until so many of them are solved, and what each solved problem costs.
//!
//! Money can be spent on a set in two orders. *Reset and discard* gives every unsolved problem its next program, or its
//! next program with its repairs, round by round: its points are those of programs in turn, or of trees in depth-first
//! order, times the number of problems. *Stay* finishes a problem before it begins the next, so that it runs straight to
//! the last of these points. The gap between the two is what it is worth to allocate.

use super::{ByCost, Point, Shape};
use crate::bootstrap::{ByProblem, View};
use crate::{Baseline, Estimate, Figure, Order, Setting, TokenDefinition};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A shape of trees by what it costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CostRow {
    /// `all` or a difficulty.
    pub group: String,
    /// Order of drawing.
    pub order: Order,
    /// First programs.
    pub n_p: u32,
    /// Feedbacks per failing program; 0 for programs alone.
    pub n_f: u32,
    /// Repairs per feedback.
    pub n_r: u32,
    /// What counts as a token.
    pub token_definition: TokenDefinition,
    /// Mean cost of a problem.
    pub cost: Figure,
    /// Share of problems solved.
    pub pass: Estimate,
    /// What all problems of the group cost together.
    pub set_cost: Figure,
    /// Most first programs that the curve has: where it ends.
    pub most: u32,
    /// Share of problems solved for the same money if one problem is finished before the next, with `most` programs at
    /// the most. Only where drawing stops at a pass.
    pub stay: Figure,
    /// `pass` minus `stay`: what it is worth to give every unsolved problem its turn.
    pub gap: Figure,
    /// `cost` over `pass`.
    pub cost_per_solved: Estimate,
    /// What each problem cost that the repairs solved, beyond what the programs alone solve: what the tree costs more
    /// than its programs, over what it solves more.
    pub marginal: Estimate,
}

/// A row for each setting and definition.
pub(super) fn rows(
    group: &str,
    curves: &ByCost,
    settings: &BTreeSet<(Order, Setting)>,
    definitions: &[TokenDefinition],
) -> Vec<CostRow> {
    let mut rows = vec![];
    for definition in definitions {
        for (order, setting) in settings {
            let shape: Shape = (*order, setting.n_f, setting.n_r);
            let alone = curves.independent(alone(*order), *definition).map(Vec::as_slice);
            let line = if setting.n_f == 0 { alone } else { curves.shape(shape, *definition).map(Vec::as_slice) };
            let place = setting.n_p as usize - 1;
            let Some(line) = line.filter(|line| place < line.len()) else { continue };
            rows.push(row(group, curves, (*order, *setting), *definition, (line, alone)));
        }
    }
    rows
}

/// Programs without repairs that are drawn as a tree's first programs are.
fn alone(order: Order) -> Baseline {
    match order {
        Order::Batch => Baseline::Iid,
        Order::Dfs | Order::Bfs => Baseline::IidSequential,
    }
}

fn row(
    group: &str,
    curves: &ByCost,
    (order, setting): (Order, Setting),
    token_definition: TokenDefinition,
    (line, alone): (&[Point], Option<&[Point]>),
) -> CostRow {
    let Setting { n_p, n_f, n_r } = setting;
    let (means, here) = (&curves.means, line[n_p as usize - 1]);
    let all = means.all();
    let (cost, pass) = (here.cost(all), all.mean(here.pass));
    let set_cost = curves.problems as f64 * cost;
    let last = line[line.len() - 1];
    let (whole, end) = (last.cost(all), all.mean(last.pass));
    let stay = match order {
        Order::Dfs => Figure::or_absent((whole > 0.0).then(|| end * cost / whole), || "it costs nothing".to_owned()),
        Order::Batch | Order::Bfs => Figure::Absent(
            "not every problem that is unsolved gets its next program, with its repairs, in turn".to_owned(),
        ),
    };
    let gap = match &stay {
        Figure::Value(stay) => Figure::Value(pass - stay),
        Figure::Absent(why) => Figure::Absent(why.clone()),
    };
    let marginal = match alone.and_then(|alone| alone.get(n_p as usize - 1)) {
        _ if n_f == 0 => Estimate::absent("programs alone have no repairs"),
        None => Estimate::absent("what the programs cost is unknown"),
        Some(programs) => each_solved(curves, "nothing was gained by repairs", |view| {
            (here.cost(view) - programs.cost(view), view.mean(here.pass) - view.mean(programs.pass))
        }),
    };
    CostRow {
        group: group.to_owned(),
        order,
        n_p,
        n_f,
        n_r,
        token_definition,
        cost: Figure::Value(cost),
        pass: Estimate { value: Figure::Value(pass), interval: means.interval_of(here.pass, (0.0, 1.0)) },
        set_cost: Figure::Value(set_cost),
        most: line.len() as u32,
        stay,
        gap,
        cost_per_solved: each_solved(curves, "nothing was solved", |view| (here.cost(view), view.mean(here.pass))),
        marginal,
    }
}

/// What each solved problem costs: the mean cost of a problem over the share of problems that are solved. `None` where
/// nothing is solved.
pub fn cost_per_solved(cost: f64, solved: f64) -> Option<f64> {
    (solved > 1e-12).then(|| cost / solved)
}

/// A cost over a share of problems that it solves: a ratio of means.
fn each_solved(curves: &ByCost, why: &str, of: impl Fn(View<'_>) -> (f64, f64)) -> Estimate {
    let means = &curves.means;
    let draws = means.draws(|view| {
        let (cost, solved) = of(view);
        cost_per_solved(cost, solved)
    });
    let Some(value) = draws.value else { return Estimate::absent(why) };
    let values = means.pseudo_values(&draws, |_| true);
    // With one problem solved of all it would cost as many times more as there are problems.
    let problems = ByProblem { values, range: (0.0, value * curves.problems as f64), is_mean: false };
    Estimate { value: Figure::Value(value), interval: means.interval(&draws, &problems) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::Group;
    use crate::testing::{mixed_problems, problem};
    use crate::{FrozenProblem, Options, by_cost, cost_per_solved, t_rows};

    fn rows_of(problems: &[FrozenProblem]) -> Vec<CostRow> {
        let options = Options { resamples: 0, ..Options::default() };
        by_cost::rows(&[Group::of_all(problems)], &options).covered
    }

    fn value(figure: &Figure) -> f64 {
        *figure.value().unwrap_or_else(|| panic!("absent: {figure:?}"))
    }

    #[test]
    fn a_set_is_covered_round_by_round_or_problem_by_problem() {
        // The worked example: one problem holds (10, pass), (10, fail), the other (10, fail), (20, fail).
        let one = problem(&[(true, 10.0, &[]), (false, 10.0, &[])]);
        let other = problem(&[(false, 10.0, &[]), (false, 20.0, &[])]);
        let rows = rows_of(&[one, other]);
        let dfs: Vec<&CostRow> = rows
            .iter()
            .filter(|row| (row.order, row.token_definition) == (Order::Dfs, TokenDefinition::Billed))
            .collect();
        let points: Vec<(u32, f64, f64)> =
            dfs.iter().map(|row| (row.n_p, value(&row.set_cost), value(&row.pass.value))).collect();
        assert_eq!(points, [(1, 25.0, 0.25), (2, 45.0, 0.5)]);
        // Straight to (45, 0.5).
        assert!((value(&dfs[0].stay) - 0.5 * 25.0 / 45.0).abs() < 1e-12);
        assert!((value(&dfs[0].gap) - (0.25 - 12.5 / 45.0)).abs() < 1e-12);
        assert_eq!((value(&dfs[1].stay), value(&dfs[1].gap), dfs[1].most), (0.5, 0.0, 2));
        assert!((value(&dfs[1].cost_per_solved.value) - 45.0).abs() < 1e-12);
        assert_eq!(dfs[0].marginal.value.reason(), Some("programs alone have no repairs"));
        let batch = rows.iter().find(|row| row.order == Order::Batch).unwrap();
        assert!(batch.stay.value().is_none() && batch.gap.reason() == batch.stay.reason());
    }

    #[test]
    fn what_a_solved_problem_costs_is_the_mean_cost_over_the_pass_rate() {
        assert_eq!(cost_per_solved(1_253.0, 0.625), Some(2_004.8));
        assert_eq!(cost_per_solved(1_253.0, 0.0), None);
        let never = problem(&[(false, 10.0, &[]), (false, 20.0, &[])]);
        let row = rows_of(&[never]).remove(0);
        assert_eq!(row.cost_per_solved.value.reason(), Some("nothing was solved"));
    }

    #[test]
    fn repairs_pay_for_what_they_solve_more_than_their_programs() {
        let problems = mixed_problems();
        let options = Options { resamples: 50, ..Options::default() };
        let groups = [Group::of_all(&problems)];
        let rows = by_cost::rows(&groups, &options).covered;
        let cells = t_rows::rows(&groups, &options);
        for row in rows.iter().filter(|row| row.n_f > 0) {
            let cell = cells.value().unwrap().iter().find(|cell| {
                (cell.order, cell.setting(), cell.token_definition)
                    == (row.order, Setting { n_p: row.n_p, n_f: row.n_f, n_r: row.n_r }, row.token_definition)
            });
            let cell = cell.unwrap();
            let (cost, pass) = (value(&cell.mean_tokens), value(&cell.pass_rate));
            assert!((value(&row.cost) - cost).abs() < 1e-9 && (value(&row.pass.value) - pass).abs() < 1e-12, "{row:?}");
            assert!((value(&row.cost_per_solved.value) - cost / pass).abs() < 1e-6, "{row:?}");
            let programs = rows.iter().find(|other| {
                (other.order, other.n_p, other.n_f, other.token_definition)
                    == (row.order, row.n_p, 0, row.token_definition)
            });
            // The usual settings have no programs alone where there are repairs.
            assert!(programs.is_none());
            // All that can be solved is solved by five programs.
            match row.marginal.value.value() {
                Some(marginal) => assert!(*marginal > 0.0 && row.n_p < 5, "{row:?}"),
                None => assert_eq!((row.n_p, row.marginal.value.reason()), (5, Some("nothing was gained by repairs"))),
            }
        }
        let row = rows.iter().find(|row| (row.order, row.n_p, row.n_f) == (Order::Batch, 1, 1)).unwrap();
        // One program costs 11.2, 11 and 12 on average, and solves 4/5, 1/5 and nothing.
        let program = (11.2 + 11.0 + 12.0) / 3.0;
        let marginal = (value(&row.cost) - program) / (value(&row.pass.value) - 1.0 / 3.0);
        assert!((value(&row.marginal.value) - marginal).abs() < 1e-9, "{row:?}");
        assert!(row.marginal.interval.value().is_some() || row.marginal.interval.reason().is_some());
    }
}

//! Curves over `n_p` by what they cost, for each shape of trees and for independent programs, in one table of a group:
//! what is read along them ([`saved`]) is resampled together.

pub(crate) mod covered;
pub(crate) mod saved;

use crate::amounts::Lane;
use crate::bootstrap::{Column, Means, Resampling, Table, View};
use crate::curve::Curve;
use crate::evaluated::{Evaluated, Variant};
use crate::group::Group;
use crate::t_rows::{definitions, settings, why_none};
use crate::{Baseline, Estimator, Options, Order, Selection, Setting, TokenDefinition};
use covered::CostRow;
use rayon::prelude::*;
use saved::BudgetSaved;
use std::collections::{BTreeMap, BTreeSet};

/// A shape of trees, whatever their number of first programs.
pub(crate) type Shape = (Order, u32, u32);

/// A point of a curve: what it costs, so many times over, and how likely it is a success.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    pub(crate) cost: Column,
    pub(crate) times: f64,
    pub(crate) pass: Column,
}

impl Point {
    pub(crate) fn cost(self, means: View<'_>) -> f64 {
        self.times * means.mean(self.cost)
    }
}

/// A curve: points by rising cost.
pub(crate) type Line = Vec<Point>;

/// The curves of one group.
pub(crate) struct ByCost {
    pub(crate) means: Means,
    /// How many problems the means are over.
    pub(crate) problems: usize,
    independent: BTreeMap<(Baseline, TokenDefinition), Line>,
    shapes: BTreeMap<(Shape, TokenDefinition), Line>,
}

/// The baselines that are one curve each: what is drawn in stages is another one for each `n_p`.
const CURVES: [Baseline; 2] = [Baseline::Iid, Baseline::IidSequential];

impl ByCost {
    /// The curves of some problems. Those whose costs are not known are left out.
    fn new(
        problems: &[&Evaluated<'_>],
        shapes: &BTreeSet<Shape>,
        definitions: &[TokenDefinition],
        resampling: Resampling<'_>,
    ) -> Self {
        let mut table = Table::default();
        let n_min = problems.iter().map(|problem| problem.problem.n()).min().unwrap_or(0);
        let independent = independent(problems, n_min, definitions, &mut table);
        let mut passes: BTreeMap<Setting, Column> = BTreeMap::new();
        let mut curves = BTreeMap::new();
        for shape @ (order, n_f, n_r) in shapes.iter().copied().filter(|(_, n_f, _)| *n_f > 0) {
            let carried = |setting: &Setting| {
                // Where other programs came from than were drawn, a problem can have fewer points than programs.
                let reaches = |curve: &Curve| curve.points.len() >= setting.n_p as usize;
                problems.iter().all(|problem| problem.curve(*setting).is_some_and(reaches))
            };
            let line: Vec<Setting> = (1..=n_min).map(|n_p| Setting { n_p, n_f, n_r }).take_while(carried).collect();
            for definition in definitions {
                let lane = Lane::Tokens(*definition).index();
                let mut point = |setting: &Setting| {
                    let pass = if let Some(pass) = passes.get(setting) {
                        *pass
                    } else {
                        let place = setting.n_p as usize - 1;
                        let pass = |problem: &&Evaluated<'_>| Some(problem.curve(*setting)?.points[place].pass);
                        let pass = table.add(problems.iter().map(pass))?;
                        passes.insert(*setting, pass);
                        pass
                    };
                    let cost = |problem: &&Evaluated<'_>| {
                        problem.known.repairs[lane].then_some(())?;
                        Some(problem.curve(*setting)?.cost(order, setting.n_p)[lane])
                    };
                    Some(Point { cost: table.add(problems.iter().map(cost))?, times: 1.0, pass })
                };
                if let Some(points) = line.iter().map(&mut point).collect::<Option<Line>>() {
                    curves.insert((shape, *definition), points);
                }
            }
        }
        Self { means: table.means(resampling), problems: problems.len(), independent, shapes: curves }
    }

    /// Independent programs; `None` if their cost is not known.
    pub(crate) fn independent(&self, baseline: Baseline, definition: TokenDefinition) -> Option<&Line> {
        self.independent.get(&(baseline, definition))
    }

    /// A shape of trees; `None` if its cost is not known.
    pub(crate) fn shape(&self, shape: Shape, definition: TokenDefinition) -> Option<&Line> {
        self.shapes.get(&(shape, definition))
    }
}

fn independent(
    problems: &[&Evaluated<'_>],
    n_min: u32,
    definitions: &[TokenDefinition],
    table: &mut Table,
) -> BTreeMap<(Baseline, TokenDefinition), Line> {
    let by_problem: Vec<Vec<_>> = problems.iter().map(|problem| problem.iid().take(n_min as usize).collect()).collect();
    let passes: Option<Vec<Column>> =
        (0..n_min as usize).map(|k| table.add(by_problem.iter().map(|points| Some(points[k].0)))).collect();
    let passes = passes.unwrap_or_default();
    let mut curves = BTreeMap::new();
    for definition in definitions {
        let lane = Lane::Tokens(*definition).index();
        let first = |problem: &Evaluated<'_>| {
            problem.known.programs[lane].then_some(())?;
            Some(problem.draws.first()?[lane])
        };
        let Some(program) = table.add(problems.iter().map(|problem| first(problem))) else { continue };
        for baseline in CURVES {
            let points: Option<Line> = passes
                .iter()
                .enumerate()
                .map(|(k, pass)| {
                    if baseline == Baseline::Iid {
                        return Some(Point { cost: program, times: k as f64 + 1.0, pass: *pass });
                    }
                    let in_turn = problems.iter().zip(&by_problem);
                    let cost = in_turn.map(|(problem, points)| Some(first(problem)? + points[k].1[lane]));
                    Some(Point { cost: table.add(cost)?, times: 1.0, pass: *pass })
                })
                .collect();
            curves.extend(points.map(|points| ((baseline, *definition), points)));
        }
    }
    curves
}

/// What is read along the curves of each group.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) saved: Vec<BudgetSaved>,
    pub(crate) covered: Vec<CostRow>,
}

/// The rows of each group; none where the trees are no sample from which others could be evaluated.
pub(crate) fn rows(groups: &[Group<'_>], options: &Options) -> Rows {
    let mut rows = Rows::default();
    let Some(all) = groups.first() else { return rows };
    if why_none(all).is_some() {
        return rows;
    }
    let Ok(asked) = settings(all, options) else { return rows };
    let definitions = definitions(&all.problems);
    let shapes: BTreeSet<Shape> = asked.iter().map(|(order, setting)| (*order, setting.n_f, setting.n_r)).collect();
    let n_max = all.problems.iter().map(|problem| problem.n()).min().unwrap_or(0);
    let line = |(order, n_f, n_r): &Shape| {
        let (order, n_f, n_r) = (*order, *n_f, *n_r);
        (1..=n_max).map(move |n_p| (order, Setting { n_p, n_f, n_r }))
    };
    let lines: BTreeSet<_> = shapes.iter().flat_map(line).collect();
    let variant = Variant { estimator: Estimator::Unbiased, selection: Selection::OracleAny };
    let evaluated: Vec<Evaluated<'_>> =
        all.problems.par_iter().map(|problem| Evaluated::new(problem, variant, &lines, false)).collect();
    for group in groups {
        let members: BTreeSet<_> = group.problems.iter().map(|problem| &problem.id).collect();
        let problems: Vec<_> = evaluated.iter().filter(|problem| members.contains(&problem.problem.id)).collect();
        let curves = ByCost::new(&problems, &shapes, &definitions, group.resampling(options));
        rows.saved.extend(saved::rows(&group.name, &curves, &shapes, &definitions, options));
        rows.covered.extend(covered::rows(&group.name, &curves, &asked, &definitions));
    }
    rows
}

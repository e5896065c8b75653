//! What of two runs is compared, in words that one can type, and its numbers by problem.

use super::columns::{Column, Curves, Outside, Paired};
use super::side::{OfProblem, Side};
use crate::amounts::{Known, Lane};
use crate::coverage::Sample;
use crate::curve::{Collected, Curve, curves};
use crate::group::{ALL, Group};
use crate::{
    Estimator, FrozenProblem, Order, Selection, Setting, TokenCounts, TokenDefinition, k_rows, pass_at_k, t_rows,
};
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// What a mean cost counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CostAxis {
    /// Tokens or money.
    Tokens(TokenDefinition),
    /// Programs and repairs.
    Programs,
    /// Completions that somebody was asked for: programs, critiques and repairs.
    Calls,
}

impl CostAxis {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tokens(definition) => definition.as_str(),
            Self::Programs => "programs",
            Self::Calls => "calls",
        }
    }
}

impl Serialize for CostAxis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A figure that runs are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// pass@k of the first programs.
    PassAtK(u32),
    /// Share of a problem's trees whose submission passes the hidden suite.
    Submission,
    /// pass@t at equal mean cost.
    PassAtT(CostAxis),
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassAtK(k) => write!(f, "pass@{k}"),
            Self::Submission => f.write_str("submission"),
            Self::PassAtT(axis) => write!(f, "pass@t:{}", axis.as_str()),
        }
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text that names no metric.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a metric: expected `pass@1` or another k, `submission`, or `pass@t` with what shall be equal, such as \
     `pass@t:tokens`, `pass@t:dollars`, `pass@t:programs` or `pass@t:calls`"
)]
pub struct UnknownMetric(String);

impl FromStr for Metric {
    type Err = UnknownMetric;

    /// `pass@t:tokens` means billed tokens; `paper` and `completion` name the other counts.
    fn from_str(text: &str) -> Result<Self, UnknownMetric> {
        let unknown = || UnknownMetric(text.to_owned());
        if let Some(axis) = text.strip_prefix("pass@t") {
            return Ok(Self::PassAtT(match axis {
                "" | ":tokens" | ":billed" => CostAxis::Tokens(TokenDefinition::Billed),
                ":completion" => CostAxis::Tokens(TokenDefinition::Completion),
                ":paper" => CostAxis::Tokens(TokenDefinition::Paper),
                ":dollars" => CostAxis::Tokens(TokenDefinition::Dollars),
                ":programs" => CostAxis::Programs,
                ":calls" => CostAxis::Calls,
                _ => return Err(unknown()),
            }));
        }
        if text == "submission" {
            return Ok(Self::Submission);
        }
        let k = text.strip_prefix("pass@").ok_or_else(unknown)?;
        match k.parse() {
            Ok(k) if k > 0 => Ok(Self::PassAtK(k)),
            _ => Err(unknown()),
        }
    }
}

/// The trees whose costs are compared: first programs in any number, and below each failing one so many repairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// Feedbacks, or joint pairs of feedback and repair, of each failing program.
    pub n_f: u32,
    /// Repairs of each feedback.
    pub n_r: u32,
}

/// One problem in both runs.
pub(crate) type Both<'a> = (&'a OfProblem, &'a OfProblem);

/// pass@k of both runs by problem; why not, if some problem does not carry it.
pub(crate) fn pass_at(both: &[Both<'_>], k: u32) -> Result<Paired, String> {
    let side = |name: &str, problems: Vec<&OfProblem>| -> Result<Vec<f64>, String> {
        let frozen = problems.iter().filter_map(|problem| problem.frozen.as_ref()).collect();
        if let Some(why) = k_rows::biased(&group(frozen), k) {
            return Err(format!("run {name}: {why}"));
        }
        let value = |problem: &&OfProblem| {
            let (id, n) = (&problem.entry.id, problem.n());
            let short = |_| format!("run {name}: problem `{id}` has {n} scored programs, fewer than k = {k}");
            pass_at_k(n, problem.c(), k).map_err(short)
        };
        problems.iter().map(value).collect()
    };
    let (a, b) = split(both);
    Ok(Paired::Means(Column::new(side("A", a)?, side("B", b)?)))
}

/// Share of each problem's trees whose submission passes, of problems with a scored one in both runs.
pub(crate) fn submission(both: &[Both<'_>]) -> Result<Paired, String> {
    let side = |name: &str, problems: Vec<&OfProblem>| -> Result<Vec<f64>, String> {
        let value = |problem: &&OfProblem| {
            let (n, c, _) = problem.submissions;
            let unscored = || format!("run {name}: no submission of problem `{}` is scored", problem.entry.id);
            (n > 0).then(|| f64::from(c) / f64::from(n)).ok_or_else(unscored)
        };
        problems.iter().map(value).collect()
    };
    let (a, b) = split(both);
    Ok(Paired::Means(Column::new(side("A", a)?, side("B", b)?)))
}

fn split<'a>(both: &[Both<'a>]) -> (Vec<&'a OfProblem>, Vec<&'a OfProblem>) {
    both.iter().copied().unzip()
}

/// Both runs' curves, the shapes of their trees, and the mean costs of the first run's curve by its number of programs.
#[derive(Debug, Clone)]
pub(crate) struct OfTrees {
    pub(crate) curves: Arc<Curves>,
    pub(crate) shapes: (Shape, Shape),
    /// (n_p, mean cost) of the first run.
    pub(crate) costs: Vec<(u32, f64)>,
}

/// The curves of both runs over the number of first programs. Each run has the shape that it collected, unless another
/// one is asked for.
pub(crate) fn of_trees(
    both: &[Both<'_>],
    axis: CostAxis,
    order: Order,
    asked: (Option<u32>, Option<u32>),
) -> Result<OfTrees, String> {
    let (a, b) = split(both);
    let of = |name: &str, problems: Vec<&OfProblem>| {
        one_run(&problems, axis, order, asked).map_err(|why| format!("run {name}: {why}"))
    };
    let ((shape_a, a), (shape_b, b)) = (of("A", a)?, of("B", b)?);
    let places = a[0].len().max(b[0].len());
    let column = |place: usize, of: fn(&(f64, f64)) -> f64| {
        let side = |curves: &[Vec<(f64, f64)>]| -> Vec<f64> {
            curves.iter().filter_map(|curve| curve.get(place)).map(of).collect()
        };
        Column::new(side(&a), side(&b))
    };
    let cost: Vec<Column> = (0..places).map(|place| column(place, |point| point.0)).collect();
    let pass = (0..places).map(|place| column(place, |point| point.1)).collect();
    let mean = |column: &Column| column.a.iter().sum::<f64>() / column.a.len() as f64;
    let costs = cost.iter().filter(|column| !column.a.is_empty()).map(mean);
    let costs = (1..).zip(costs).collect();
    Ok(OfTrees { curves: Arc::new(Curves { cost, pass }), shapes: (shape_a, shape_b), costs })
}

/// (cost, pass rate) of each problem for each number of first programs that all of them have.
type OneRun = (Shape, Vec<Vec<(f64, f64)>>);

fn one_run(
    problems: &[&OfProblem],
    axis: CostAxis,
    order: Order,
    (n_f, n_r): (Option<u32>, Option<u32>),
) -> Result<OneRun, String> {
    let frozen: Option<Vec<&FrozenProblem>> = problems.iter().map(|problem| problem.frozen.as_ref()).collect();
    let frozen = frozen.filter(|frozen| !frozen.is_empty()).ok_or("some problem has no finished tree")?;
    let group = group(frozen);
    if let Some(why) = t_rows::why_none(&group) {
        return Err(why);
    }
    let most = t_rows::most(&group.problems);
    // A run of programs alone has no repairs, whatever another run is asked for.
    let of_it = |asked: Option<u32>, most: u32| if most == 0 { 0 } else { asked.unwrap_or(most) };
    let shape = Shape { n_f: of_it(n_f, most.n_f), n_r: of_it(n_r, most.n_r).max(1) };
    let n_p = group.problems.iter().map(|problem| problem.n()).min().unwrap_or(0);
    let setting = Setting { n_p: n_p.max(1), n_f: shape.n_f, n_r: shape.n_r };
    let curve = |problem: &&FrozenProblem| -> Result<Vec<(f64, f64)>, String> {
        let counted;
        let (problem, lane) = match axis {
            CostAxis::Tokens(definition) => (*problem, Lane::Tokens(definition)),
            CostAxis::Programs => (*problem, Lane::Programs),
            CostAxis::Calls => {
                counted = by_calls(problem);
                (&counted, Lane::Tokens(TokenDefinition::Billed))
            }
        };
        let collected = Collected::of(problem, Selection::OracleAny).check(setting);
        collected.map_err(|shortage| format!("problem `{}` {shortage}", problem.id))?;
        let known = Known::of(problem, |program| !program.passes.hidden);
        let known = if shape.n_f == 0 { known.programs } else { known.repairs };
        if !known[lane.index()] {
            return Err(format!("the `{}` cost of some nodes of problem `{}` is unknown", axis.as_str(), problem.id));
        }
        let curve: Curve =
            curves(problem, Estimator::Unbiased, Selection::OracleAny, shape.n_r, &[shape.n_f], n_p).remove(0);
        let point = |k: u32| (curve.cost(order, k)[lane.index()], curve.points[k as usize - 1].pass);
        Ok((1..=n_p).map(point).collect())
    };
    Ok((shape, group.problems.iter().map(curve).collect::<Result<_, _>>()?))
}

/// The same problem, each answer that somebody was asked for counted once. What a strategy put together itself, and the
/// explanation that comes with a repair, cost nothing by any count.
fn by_calls(problem: &FrozenProblem) -> FrozenProblem {
    let call = |tokens: &mut TokenCounts| {
        *tokens = TokenCounts::alike(if *tokens == TokenCounts::alike(0.0) { 0.0 } else { 1.0 });
    };
    let mut counted = problem.clone();
    for program in &mut counted.programs {
        call(&mut program.tokens);
        for feedback in &mut program.feedbacks {
            call(&mut feedback.tokens);
            feedback.repairs.iter_mut().for_each(|repair| call(&mut repair.tokens));
        }
    }
    counted
}

/// Why a curve is not read at a cost, in words.
pub(crate) fn outside((a, b): &(Option<Outside>, Option<Outside>), axis: CostAxis) -> String {
    let told = |name: &str, outside: &Option<Outside>| {
        let (first, last) = outside.as_ref()?.range?;
        Some(format!("the curve of run {name} goes from {} to {}", told_cost(first, axis), told_cost(last, axis)))
    };
    let told: Vec<String> = [told("A", a), told("B", b)].into_iter().flatten().collect();
    if told.is_empty() { "further programs cost nothing and solve more".to_owned() } else { told.join("; ") }
}

fn told_cost(cost: f64, axis: CostAxis) -> String {
    match axis {
        CostAxis::Tokens(TokenDefinition::Dollars) => format!("{cost:.6} dollars"),
        CostAxis::Tokens(definition) => format!("{cost:.1} {definition} tokens"),
        axis => format!("{cost:.2} {}", axis.as_str()),
    }
}

/// The metrics that are compared if nobody asks for others: pass@k as far as both runs carry it, what they hand in, and
/// pass@t at equal tokens, dollars, programs and calls where these are known.
pub(crate) fn usual(a: &Side, b: &Side, both: &[Both<'_>]) -> Vec<Metric> {
    let n = both.iter().map(|(a, b)| a.n().min(b.n())).min().unwrap_or(0);
    let ks = crate::options::USUAL_N_P.into_iter().chain([100]).filter(|k| *k <= n.max(1));
    let mut metrics: Vec<Metric> = ks.map(Metric::PassAtK).collect();
    metrics.push(Metric::Submission);
    let knows = |side: &Side, definition| {
        let mut programs = side.problems.iter().filter_map(|of| of.frozen.as_ref()).flat_map(|of| &of.programs);
        programs.next().is_some_and(|program| program.tokens.by(definition).is_some())
    };
    let known = |definition| knows(a, definition) && knows(b, definition);
    let tokens = if known(TokenDefinition::Billed) { TokenDefinition::Billed } else { TokenDefinition::Paper };
    metrics.push(Metric::PassAtT(CostAxis::Tokens(tokens)));
    if known(TokenDefinition::Dollars) {
        metrics.push(Metric::PassAtT(CostAxis::Tokens(TokenDefinition::Dollars)));
    }
    metrics.extend([CostAxis::Programs, CostAxis::Calls].map(Metric::PassAtT));
    metrics
}

fn group(problems: Vec<&FrozenProblem>) -> Group<'_> {
    Group { name: ALL.to_owned(), problems, sample: Sample::Complete }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_typed_as_they_are_shown() {
        for text in
            ["pass@1", "pass@25", "submission", "pass@t:billed", "pass@t:dollars", "pass@t:programs", "pass@t:calls"]
        {
            assert_eq!(text.parse::<Metric>().unwrap().to_string(), text);
        }
        assert_eq!("pass@t".parse::<Metric>(), "pass@t:tokens".parse());
        for text in ["", "pass@0", "pass@", "pass@x", "pass@t:", "pass@t:words", "Submission"] {
            assert!(text.parse::<Metric>().unwrap_err().to_string().contains("expected `pass@1`"), "{text}");
        }
    }
}

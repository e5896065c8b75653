//! pass@t over the grid of settings, and the baselines at equal budgets.

mod by_effort;

use crate::amounts::Lane;
use crate::baseline::Unmatched;
use crate::evaluated::{Evaluated, Variant};
use crate::group::Group;
use crate::t_table::{Against, SOLVES_NOTHING, TTable, unknown};
use crate::{
    Axis, Band, Baseline, Estimator, Figure, FrozenProblem, Interval, Options, Order, PassAtT, Selection, Setting,
    TokenDefinition, resample,
};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// pass@t of some problems, taken as one group: see [`PassAtT`].
pub fn pass_at_t(problems: &[FrozenProblem], options: &Options) -> Figure<Vec<PassAtT>> {
    rows(&[Group::of_all(problems)], options)
}

/// A row for each group, selection, estimator, order, definition of tokens, setting, baseline and axis; absent
/// as a whole if the trees hold nothing that other settings could be evaluated on. Trees of programs alone have a row
/// for each number of them.
///
/// Settings are limited to what was collected. With replacement more could be computed, but would extrapolate.
pub(crate) fn rows(groups: &[Group<'_>], options: &Options) -> Figure<Vec<PassAtT>> {
    let (of_effort, mut axes): (Vec<Axis>, Vec<Axis>) = options.axes.iter().partition(|axis| axis.is_of_effort());
    if of_effort.is_empty() {
        return plain_rows(groups, options);
    }
    if axes.is_empty() {
        axes.push(Axis::Tokens);
    }
    let rows = match plain_rows(groups, &Options { axes, ..options.clone() }) {
        Figure::Value(rows) => rows,
        Figure::Absent(why) => return Figure::Absent(why),
    };
    let along = by_effort::along(groups, &of_effort, &rows, options);
    let asked = |row: &PassAtT| row.n_f == 0 || options.axes.contains(&row.axis);
    Figure::Value(rows.into_iter().filter(asked).chain(along).collect())
}

fn plain_rows(groups: &[Group<'_>], options: &Options) -> Figure<Vec<PassAtT>> {
    let Some(all) = groups.first() else { return Figure::Value(vec![]) };
    if let Some(why) = why_none(all) {
        return Figure::Absent(why);
    }
    let settings = match settings(all, options) {
        Ok(settings) => settings,
        Err(why) => return Figure::Absent(why),
    };
    let definitions = definitions(&all.problems);
    let mut rows: BTreeMap<usize, Vec<PassAtT>> = BTreeMap::new();
    for estimator in &options.estimators {
        if *estimator == Estimator::Paper {
            for (place, group) in groups.iter().enumerate() {
                let resampled = resample::rows(group, &settings, &definitions, options);
                rows.entry(place).or_default().extend(resampled);
            }
            continue;
        }
        for selection in selections(&all.problems) {
            let variant = Variant { estimator: *estimator, selection };
            let evaluated: Vec<Evaluated<'_>> = all
                .problems
                .par_iter()
                .map(|problem| Evaluated::new(problem, variant, &settings, options.resamples > 0))
                .collect();
            let context = Context { variant, settings: &settings, definitions: &definitions, options };
            for (place, group) in groups.iter().enumerate() {
                let members: BTreeSet<_> = group.problems.iter().map(|problem| &problem.id).collect();
                let problems = evaluated.iter().filter(|problem| members.contains(&problem.problem.id)).collect();
                rows.entry(place).or_default().extend(context.group_rows(group, problems));
            }
        }
    }
    Figure::Value(rows.into_values().flatten().collect())
}

/// Why trees carry no pass@t at all; `None` if they do.
pub(crate) fn why_none(all: &Group<'_>) -> Option<String> {
    let is_beyond = all.problems.iter().any(|problem| problem.beyond_repairs);
    is_beyond.then(|| "trees hold more than programs and their repairs: only what they did is known".to_owned())
}

/// The settings of a run, or why it has none: trees of programs alone have settings without repairs alone.
pub(crate) fn settings(all: &Group<'_>, options: &Options) -> Result<BTreeSet<(Order, Setting)>, String> {
    let settings = options.grid.settings(most(&all.problems));
    let mut feedbacks =
        all.problems.iter().flat_map(|problem| problem.failing()).flat_map(|failing| &failing.feedbacks);
    let has_repairs = feedbacks.any(|feedback| !feedback.repairs.is_empty());
    if !has_repairs && settings.iter().all(|(_, setting)| setting.n_f > 0) {
        return Err("no repair of a failing program was collected".to_owned());
    }
    Ok(settings)
}

/// The most of each that some problem holds.
pub(crate) fn most(problems: &[&FrozenProblem]) -> Setting {
    let programs = problems.iter().flat_map(|problem| &problem.programs);
    // Feedback on programs that pass both suites is never used.
    let failing = programs.filter(|program| !(program.passes.hidden && program.passes.public));
    let mut most = Setting { n_p: problems.iter().map(|problem| problem.n()).max().unwrap_or(0), n_f: 0, n_r: 0 };
    for program in failing {
        most.n_f = most.n_f.max(program.feedbacks.len() as u32);
        let repairs = program.feedbacks.iter().map(|feedback| feedback.repairs.len() as u32);
        most.n_r = most.n_r.max(repairs.max().unwrap_or(0));
    }
    most
}

/// Definitions that some program carries; the paper's if none is known at all.
pub(crate) fn definitions(problems: &[&FrozenProblem]) -> Vec<TokenDefinition> {
    let known = |definition: &TokenDefinition| {
        let mut programs = problems.iter().flat_map(|problem| &problem.programs);
        programs.any(|program| program.tokens.by(*definition).is_some())
    };
    let definitions: Vec<_> = TokenDefinition::ALL.into_iter().filter(known).collect();
    if definitions.is_empty() { vec![TokenDefinition::Paper] } else { definitions }
}

/// What is handed in without the hidden suite is a question only where there is a public one.
fn selections(problems: &[&FrozenProblem]) -> Vec<Selection> {
    let mut selections = vec![Selection::OracleAny];
    if problems.iter().any(|problem| problem.has_public_tests) {
        selections.push(Selection::Submitted);
    }
    selections
}

/// What a group's rows have in common.
struct Context<'a> {
    variant: Variant,
    settings: &'a BTreeSet<(Order, Setting)>,
    definitions: &'a [TokenDefinition],
    options: &'a Options,
}

impl Context<'_> {
    fn group_rows(&self, group: &Group<'_>, problems: Vec<&Evaluated<'_>>) -> Vec<PassAtT> {
        let table = TTable::new(problems, self.variant, self.settings, group.resampling(self.options));
        let settings = self.settings.iter().filter(|(order, _)| self.variant.has(*order));
        let rows = settings.flat_map(|(order, setting)| self.setting_rows(group, &table, *order, *setting));
        let mut rows: Vec<PassAtT> = rows.collect();
        // Settings of one order and definition stand together.
        rows.sort_by_key(|row| (row.order, row.token_definition));
        rows
    }

    fn setting_rows(&self, group: &Group<'_>, table: &TTable<'_>, order: Order, setting: Setting) -> Vec<PassAtT> {
        let absent = table.why_absent(setting);
        let pass = table.pass_rate(setting);
        let same_problems = pass.as_ref().map(|(value, _)| match table.within(setting) {
            Some(within) => group.same_problems(*value, &within),
            None => Figure::Absent("an interval over the same problems needs the unbiased estimator".to_owned()),
        });
        let mut rows = vec![];
        for (place, definition) in self.definitions.iter().enumerate() {
            let tokens = Lane::Tokens(*definition);
            let why = || absent.clone().unwrap_or_else(|| unknown(tokens));
            for (baseline, axis) in comparisons((order, setting), &self.options.axes, place == 0) {
                let lane = if axis == Axis::Tokens { tokens } else { Lane::Programs };
                let against = match &absent {
                    Some(why) => Err(Unmatched::because(why.clone())),
                    None if setting.n_f == 0 => Err(Unmatched::because(ITS_OWN_BASELINE.to_owned())),
                    None => table.against(order, setting, (baseline, axis), lane),
                };
                rows.push(row(RowParts {
                    variant: self.variant,
                    group: &group.name,
                    order,
                    setting,
                    definition: *definition,
                    mean_tokens: Figure::or_absent(table.cost(order, setting, tokens), why),
                    mean_programs: Figure::or_absent(table.cost(order, setting, Lane::Programs), why),
                    pass_rate: Figure::or_absent(pass.as_ref().map(|(value, _)| *value), why),
                    interval: pass.as_ref().map_or_else(|| Figure::Absent(why()), |(_, interval)| interval.clone()),
                    same_problems: same_problems.clone().unwrap_or_else(|| Figure::Absent(why())),
                    band: Band::NewProblems,
                    comparison: (baseline, axis),
                    against,
                }));
            }
        }
        rows
    }
}

/// Why independent programs are compared with nothing.
pub(crate) const ITS_OWN_BASELINE: &str = "independent programs are the baseline themselves";

/// What a setting is compared with. Along `programs` and `size` the definition of tokens plays no part, so
/// those stand beside one of them; along `size` every baseline has as many programs, so one is enough. A setting
/// without repairs is a baseline itself: it stands once, beside its own name.
pub(crate) fn comparisons((order, setting): (Order, Setting), axes: &[Axis], first: bool) -> Vec<(Baseline, Axis)> {
    if setting.n_f == 0 {
        return vec![(if order == Order::Batch { Baseline::Iid } else { order.paired() }, Axis::Tokens)];
    }
    let mut comparisons = vec![];
    for axis in axes {
        match axis {
            Axis::Tokens => comparisons.extend([(Baseline::Iid, *axis), (order.paired(), *axis)]),
            Axis::Programs if first => comparisons.extend([(Baseline::Iid, *axis), (order.paired(), *axis)]),
            Axis::Size if first => comparisons.push((Baseline::Iid, *axis)),
            Axis::Programs | Axis::Size | Axis::Calls | Axis::Executions | Axis::Questions | Axis::Minutes => {}
        }
    }
    comparisons
}

/// A row before what follows from its parts.
pub(crate) struct RowParts<'a> {
    pub(crate) variant: Variant,
    pub(crate) group: &'a str,
    pub(crate) order: Order,
    pub(crate) setting: Setting,
    pub(crate) definition: TokenDefinition,
    pub(crate) mean_tokens: Figure,
    pub(crate) mean_programs: Figure,
    pub(crate) pass_rate: Figure,
    pub(crate) interval: Figure<Interval>,
    pub(crate) same_problems: Figure<Interval>,
    pub(crate) band: Band,
    pub(crate) comparison: (Baseline, Axis),
    pub(crate) against: Result<Against, Unmatched>,
}

pub(crate) fn row(parts: RowParts<'_>) -> PassAtT {
    let (baseline, axis) = parts.comparison;
    let (baseline_pass_rate, difference_interval, normalised_interval, out_of_bounds) = match parts.against {
        Ok(Against { value, difference, normalised }) => (Figure::Value(value), difference, normalised, false),
        Err(Unmatched { why, out_of_bounds }) => {
            let absent = || Figure::Absent(why.clone());
            (Figure::Absent(why.clone()), absent(), absent(), out_of_bounds)
        }
    };
    let both = |of: &dyn Fn(f64, f64) -> Figure| match (&parts.pass_rate, &baseline_pass_rate) {
        (Figure::Value(pass), Figure::Value(baseline)) => of(*pass, *baseline),
        (Figure::Absent(why), _) | (_, Figure::Absent(why)) => Figure::Absent(why.clone()),
    };
    let quotient = |pass: f64, baseline: f64| {
        let quotient = (baseline > 0.0).then(|| pass / baseline);
        Figure::or_absent(quotient, || SOLVES_NOTHING.to_owned())
    };
    let (difference, normalised) = (both(&|pass, baseline| Figure::Value(pass - baseline)), both(&quotient));
    PassAtT {
        selection: parts.variant.selection,
        group: parts.group.to_owned(),
        order: parts.order,
        n_p: parts.setting.n_p,
        n_f: parts.setting.n_f,
        n_r: parts.setting.n_r,
        estimator: parts.variant.estimator,
        token_definition: parts.definition,
        mean_tokens: parts.mean_tokens,
        mean_programs: parts.mean_programs,
        pass_rate: parts.pass_rate,
        interval: parts.interval,
        band: parts.band,
        same_problems: parts.same_problems,
        baseline,
        axis,
        baseline_pass_rate,
        difference,
        difference_interval,
        normalised,
        normalised_interval,
        out_of_bounds,
        mean_effort: None,
    }
}

#[cfg(test)]
mod tests;

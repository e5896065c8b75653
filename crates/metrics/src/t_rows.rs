//! pass@t over the grid of settings, and the baselines at equal tokens.

use crate::bootstrap::{Column, Means, Table, View};
use crate::group::Group;
use crate::power::power;
use crate::{
    Baseline, Estimator, Figure, FrozenProblem, Interval, Options, Order, PassAtT, Selection, TokenDefinition,
    baseline, batch, plugin_pass_at_k,
};

/// A row for each group, definition of tokens, setting and baseline; absent as a whole if the trees hold
/// no repairs that other settings could be evaluated on.
///
/// Settings are limited to what was collected. With replacement more could be computed, but would
/// extrapolate.
pub(crate) fn rows(groups: &[Group<'_>], options: &Options) -> Figure<Vec<PassAtT>> {
    let Some(all) = groups.first() else { return Figure::Value(vec![]) };
    if all.problems.iter().any(|problem| problem.beyond_repairs) {
        return Figure::Absent(
            "trees hold more than programs and their repairs: only what they did is known".to_owned(),
        );
    }
    if all.problems.iter().flat_map(|problem| problem.failing()).all(|program| program.repairs.is_empty()) {
        return Figure::Absent("no repair of a failing program was collected".to_owned());
    }
    let collected = fewest_repairs(all);
    Figure::Value(groups.iter().flat_map(|group| group_rows(group, collected, options)).collect())
}

/// The fewest repairs that a failing program of the group has; `None` if none fails.
fn fewest_repairs(group: &Group<'_>) -> Option<u32> {
    group.problems.iter().filter_map(|problem| problem.fewest_repairs()).min()
}

/// A setting whose figures exist.
struct Cell {
    pass: Column,
    programs: Column,
    tokens: [Option<CellTokens>; 3],
}

/// What a setting and its baselines cost by one definition.
#[derive(Clone, Copy)]
struct CellTokens {
    /// One first program.
    program: Column,
    /// All repairs of the setting.
    repairs: Column,
    /// One further program, where it is drawn only if the setting's own programs all fail.
    staged: Column,
}

fn group_rows(group: &Group<'_>, collected: Option<u32>, options: &Options) -> Vec<PassAtT> {
    let n_min = group.problems.iter().map(|problem| problem.n()).min().unwrap_or(0);
    // A group in which nothing fails needs no repairs, but shows no more settings than the run has.
    let m_min = fewest_repairs(group).or(collected).unwrap_or(0);
    let mut table = Table::default();
    let iid: Vec<Column> = (1..=n_min)
        .filter_map(|k| {
            table.add(group.problems.iter().map(|problem| plugin_pass_at_k(problem.n(), problem.c(), k).ok()))
        })
        .collect();
    let program = program_tokens(group, |_| Some(1.0), &mut table);
    let mut cells: Vec<(u32, u32, Result<Cell, String>)> = vec![];
    for n_p in options.n_p.iter().copied().filter(|n_p| *n_p > 0) {
        let staged = program_tokens(group, |problem| Some(power(problem.failing_share()?, n_p)), &mut table);
        for n_f in options.n_f.iter().copied() {
            let cell = if group.problems.is_empty() {
                Err("no problem is scored".to_owned())
            } else if n_p > n_min {
                Err(format!("a problem has {n_min} scored programs, fewer than n_p = {n_p}"))
            } else if n_f > m_min {
                Err(format!("a failing program has {m_min} scored repairs, fewer than n_f = {n_f}"))
            } else {
                cell(group, (n_p, n_f), program, staged, &mut table)
                    .ok_or_else(|| "the setting was not collected".to_owned())
            };
            cells.push((n_p, n_f, cell));
        }
    }
    let means = table.means(options.resamples, options.seed, &group.name);
    let mut rows = vec![];
    for (definition_idx, definition) in TokenDefinition::ALL.into_iter().enumerate() {
        for (n_p, n_f, cell) in &cells {
            for baseline in [Baseline::Iid, Baseline::IidStaged] {
                let context = Context { means: &means, iid: &iid, n_p: *n_p, baseline, definition };
                let figures = match cell {
                    Ok(cell) => context.figures(cell, cell.tokens[definition_idx]),
                    Err(why) => Figures::absent(why),
                };
                rows.push(row(group, (*n_p, *n_f), definition, baseline, figures));
            }
        }
    }
    rows
}

/// Mean tokens of a first program by each definition, weighted problem by problem.
fn program_tokens(
    group: &Group<'_>,
    weight: impl Fn(&FrozenProblem) -> Option<f64>,
    table: &mut Table,
) -> [Option<Column>; 3] {
    TokenDefinition::ALL.map(|definition| {
        let tokens =
            |problem: &&FrozenProblem| Some(weight(problem)? * batch(problem, 1, 0)?.program_tokens.by(definition)?);
        table.add(group.problems.iter().map(tokens))
    })
}

fn cell(
    group: &Group<'_>,
    (n_p, n_f): (u32, u32),
    program: [Option<Column>; 3],
    staged: [Option<Column>; 3],
    table: &mut Table,
) -> Option<Cell> {
    let outcomes: Vec<_> = group.problems.iter().map(|problem| batch(problem, n_p, n_f)).collect::<Option<_>>()?;
    let pass = table.add(outcomes.iter().map(|outcome| Some(outcome.pass)))?;
    let programs = table.add(outcomes.iter().map(|outcome| Some(outcome.programs)))?;
    let repairs = TokenDefinition::ALL.map(|by| table.add(outcomes.iter().map(|outcome| outcome.repair_tokens.by(by))));
    let tokens = std::array::from_fn(|by| {
        Some(CellTokens { program: program[by]?, repairs: repairs[by]?, staged: staged[by]? })
    });
    Some(Cell { pass, programs, tokens })
}

/// The figures of a row.
struct Figures {
    mean_tokens: Figure,
    mean_programs: Figure,
    pass_rate: Figure,
    interval: Figure<Interval>,
    baseline_pass_rate: Figure,
    difference: Figure,
    difference_interval: Figure<Interval>,
}

impl Figures {
    fn absent(why: &str) -> Self {
        let absent = || Figure::Absent(why.to_owned());
        Self {
            mean_tokens: absent(),
            mean_programs: absent(),
            pass_rate: absent(),
            interval: Figure::Absent(why.to_owned()),
            baseline_pass_rate: absent(),
            difference: absent(),
            difference_interval: Figure::Absent(why.to_owned()),
        }
    }
}

/// Where a row stands in the grid.
struct Context<'a> {
    means: &'a Means,
    iid: &'a [Column],
    n_p: u32,
    baseline: Baseline,
    definition: TokenDefinition,
}

impl Context<'_> {
    fn figures(&self, cell: &Cell, tokens: Option<CellTokens>) -> Figures {
        let all = self.means.all();
        let pass_rate = all.mean(cell.pass);
        let known = Figures {
            mean_programs: Figure::Value(all.mean(cell.programs)),
            pass_rate: Figure::Value(pass_rate),
            interval: self.means.interval(|means| Some(means.mean(cell.pass))),
            ..Figures::absent(&format!("the `{}` tokens of some completions are unknown", self.definition))
        };
        let Some(tokens) = tokens else { return known };
        let mean_tokens = Figure::Value(f64::from(self.n_p) * all.mean(tokens.program) + all.mean(tokens.repairs));
        let difference = |means: View<'_>| Some(means.mean(cell.pass) - self.baseline_pass_rate(means, tokens)?);
        let Some(baseline_pass_rate) = self.baseline_pass_rate(all, tokens) else {
            let why = if all.mean(tokens.program) == 0.0 {
                "first programs cost no tokens".to_owned()
            } else {
                format!("as many tokens buy more first programs than the {} that each problem has", self.iid.len())
            };
            return Figures {
                mean_tokens,
                baseline_pass_rate: Figure::Absent(why.clone()),
                difference: Figure::Absent(why.clone()),
                difference_interval: Figure::Absent(why),
                ..known
            };
        };
        Figures {
            mean_tokens,
            baseline_pass_rate: Figure::Value(baseline_pass_rate),
            difference: Figure::Value(pass_rate - baseline_pass_rate),
            difference_interval: self.means.interval(difference),
            ..known
        }
    }

    /// The baseline's pass rate at the setting's mean tokens; `None` out of bounds.
    ///
    /// Tokens beyond the baseline's first point are added up rather than subtracted from a total: where
    /// nearly every problem is solved early, a difference of totals would be rounding alone.
    fn baseline_pass_rate(&self, means: View<'_>, tokens: CellTokens) -> Option<f64> {
        let repairs = means.mean(tokens.repairs);
        let (first, excess, step) = match self.baseline {
            Baseline::Iid => {
                let program = means.mean(tokens.program);
                (0, f64::from(self.n_p - 1) * program + repairs, program)
            }
            Baseline::IidStaged => (self.n_p as usize - 1, repairs, means.mean(tokens.staged)),
        };
        let passes: Vec<f64> = self.iid.get(first..)?.iter().map(|column| means.mean(*column)).collect();
        baseline::pass_rate(excess, step, &passes)
    }
}

fn row(
    group: &Group<'_>,
    (n_p, n_f): (u32, u32),
    token_definition: TokenDefinition,
    baseline: Baseline,
    figures: Figures,
) -> PassAtT {
    PassAtT {
        selection: Selection::OracleAny,
        group: group.name.clone(),
        order: Order::Batch,
        n_p,
        n_f,
        n_r: 1,
        estimator: Estimator::Plugin,
        token_definition,
        mean_tokens: figures.mean_tokens,
        mean_programs: figures.mean_programs,
        pass_rate: figures.pass_rate,
        interval: figures.interval,
        baseline,
        baseline_pass_rate: figures.baseline_pass_rate,
        difference: figures.difference,
        difference_interval: figures.difference_interval,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Program, problem};
    use proptest::prelude::*;

    fn rows_of(problems: &[FrozenProblem]) -> Figure<Vec<PassAtT>> {
        let group = Group { name: "all".into(), problems: problems.iter().collect() };
        rows(&[group], &Options { resamples: 400, ..Options::default() })
    }

    #[track_caller]
    fn find(rows: &Figure<Vec<PassAtT>>, n_p: u32, n_f: u32, baseline: Baseline) -> PassAtT {
        let by = TokenDefinition::Billed;
        let wanted =
            |row: &&PassAtT| (row.n_p, row.n_f, row.baseline, row.token_definition) == (n_p, n_f, baseline, by);
        rows.value().unwrap().iter().find(wanted).unwrap().clone()
    }

    const SOLVED: Program<'static> = (true, 10.0, &[]);
    const REPAIRS: [(bool, f64); 2] = [(true, 20.0), (false, 20.0)];

    /// Half of the programs pass at 10 tokens, half of the repairs at 20.
    fn even() -> FrozenProblem {
        let programs: [Program<'_>; 4] =
            [(true, 10.0, &[]), (false, 10.0, &REPAIRS), (true, 10.0, &[]), (false, 10.0, &REPAIRS)];
        problem(&programs)
    }

    fn hopeless() -> FrozenProblem {
        let program: Program<'_> = (false, 10.0, &[(false, 20.0), (false, 20.0)]);
        problem(&[program; 4])
    }

    #[test]
    fn baselines_are_read_at_equal_tokens() {
        let rows = rows_of(&[even(), even()]);
        // 10 tokens and, in half of the cases, 20 for a repair that passes in half of them.
        let iid = find(&rows, 1, 1, Baseline::Iid);
        assert_eq!((iid.mean_tokens, iid.pass_rate), (Figure::Value(20.0), Figure::Value(0.75)));
        assert_eq!(iid.mean_programs, Figure::Value(1.5));
        assert_eq!((iid.baseline_pass_rate, iid.difference), (Figure::Value(0.75), Figure::Value(0.0)));
        // Further programs cost 5 expected tokens each: 10 more tokens buy two of them.
        let staged = find(&rows, 1, 1, Baseline::IidStaged);
        assert_eq!(staged.baseline_pass_rate, Figure::Value(0.875));
        assert_eq!(staged.difference, Figure::Value(-0.125));
        let interval = *staged.difference_interval.value().unwrap();
        assert_eq!((interval.low, interval.high), (-0.125, -0.125));
    }

    #[test]
    fn a_baseline_beyond_the_collected_programs_is_absent() {
        let rows = rows_of(&[hopeless(), hopeless()]);
        let row = find(&rows, 3, 1, Baseline::Iid);
        assert_eq!((row.mean_tokens, row.pass_rate), (Figure::Value(90.0), Figure::Value(0.0)));
        let why = "as many tokens buy more first programs than the 4 that each problem has";
        assert_eq!(row.baseline_pass_rate.reason(), Some(why));
        assert_eq!(row.difference_interval.reason(), Some(why));
        assert!(find(&rows, 1, 1, Baseline::Iid).difference.value().is_some());
    }

    #[test]
    fn an_interval_is_absent_where_many_resamples_leave_the_bounds() {
        // Mean tokens fit into four programs, but not if the hopeless problem is drawn often.
        let solved = problem(&[SOLVED; 4]);
        let rows = rows_of(&[hopeless(), solved.clone(), solved.clone(), solved]);
        let row = find(&rows, 2, 2, Baseline::Iid);
        assert_eq!(row.mean_tokens, Figure::Value(40.0));
        assert!(row.difference.value().is_some());
        assert!(row.difference_interval.reason().unwrap().ends_with("of 400 resamples have no value"));
        assert!(row.interval.value().is_some());
    }

    #[test]
    fn settings_beyond_what_was_collected_are_absent() {
        let rows = rows_of(&[even(), hopeless()]);
        let why = |n_p, n_f| find(&rows, n_p, n_f, Baseline::Iid).pass_rate.reason().unwrap().to_owned();
        assert_eq!(why(5, 1), "a problem has 4 scored programs, fewer than n_p = 5");
        assert_eq!(why(1, 3), "a failing program has 2 scored repairs, fewer than n_f = 3");
    }

    #[test]
    fn trees_without_repairs_or_with_chains_have_no_pass_at_t() {
        let plain = problem(&[(false, 1.0, &[]), (true, 1.0, &[])]);
        assert_eq!(rows_of(&[plain]).reason(), Some("no repair of a failing program was collected"));
        let chain = FrozenProblem { beyond_repairs: true, ..even() };
        assert!(rows_of(&[chain]).reason().unwrap().starts_with("trees hold more than"));
    }

    #[test]
    fn unknown_tokens_leave_the_pass_rate_alone() {
        let mut unknown = even();
        unknown.programs[1].repairs[0].tokens.billed = None;
        let row = find(&rows_of(&[unknown, even()]), 1, 1, Baseline::Iid);
        let why = Some("the `billed` tokens of some completions are unknown");
        assert_eq!((row.mean_tokens.reason(), row.difference.reason()), (why, why));
        assert_eq!(row.pass_rate, Figure::Value(0.75));
    }

    #[test]
    fn free_programs_have_no_baseline_at_equal_tokens() {
        let repairs = [(true, 0.0), (false, 0.0)];
        let free = problem(&[(true, 0.0, &[]), (false, 0.0, &repairs)]);
        let row = find(&rows_of(&[free.clone(), free]), 1, 1, Baseline::Iid);
        assert_eq!((row.mean_tokens, row.pass_rate), (Figure::Value(0.0), Figure::Value(0.75)));
        assert_eq!(row.baseline_pass_rate.reason(), Some("first programs cost no tokens"));
    }

    #[test]
    fn a_group_without_failures_shows_the_settings_of_the_run() {
        let (solved, even) = (problem(&[SOLVED; 4]), even());
        let all = Group { name: "all".into(), problems: vec![&solved, &even] };
        let easy = Group { name: "easy".into(), problems: vec![&solved] };
        let rows = rows(&[all, easy], &Options { resamples: 10, ..Options::default() });
        let easy: Vec<_> = rows.value().unwrap().iter().filter(|row| row.group == "easy").collect();
        let row = |n_f| easy.iter().find(|row| (row.n_p, row.n_f) == (2, n_f)).unwrap();
        assert_eq!((&row(2).pass_rate, &row(2).mean_tokens), (&Figure::Value(1.0), &Figure::Value(20.0)));
        assert!(row(3).pass_rate.reason().is_some());
    }

    proptest! {
        /// Nothing is NaN or out of range, whatever was collected.
        #[test]
        fn every_figure_is_finite_and_every_rate_a_probability(
            problems in proptest::collection::vec(
                proptest::collection::vec(
                    (any::<bool>(), 0_u8..3, proptest::collection::vec((any::<bool>(), 0_u8..3), 0..3)),
                    0..6,
                ),
                1..5,
            ),
        ) {
            let problems: Vec<FrozenProblem> = problems
                .iter()
                .map(|programs| {
                    let repairs: Vec<Vec<(bool, f64)>> = programs
                        .iter()
                        .map(|(_, _, repairs)| {
                            repairs.iter().map(|(passed, tokens)| (*passed, f64::from(*tokens))).collect()
                        })
                        .collect();
                    let programs: Vec<Program<'_>> = programs
                        .iter()
                        .zip(&repairs)
                        .map(|((passed, tokens, _), repairs)| (*passed, f64::from(*tokens), repairs.as_slice()))
                        .collect();
                    problem(&programs)
                })
                .filter(|problem| problem.n() > 0)
                .collect();
            for row in rows_of(&problems).value().into_iter().flatten() {
                for rate in [&row.pass_rate, &row.baseline_pass_rate] {
                    prop_assert!(rate.value().is_none_or(|rate| (-1e-12..=1.0 + 1e-12).contains(rate)));
                }
                prop_assert!(row.mean_tokens.value().is_none_or(|tokens| tokens.is_finite()));
                for interval in [&row.interval, &row.difference_interval] {
                    prop_assert!(interval.value().is_none_or(|interval| interval.low <= interval.high));
                }
            }
        }
    }
}

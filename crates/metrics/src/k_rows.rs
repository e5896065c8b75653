//! pass@k, group by group.

use crate::amounts::Lane;
use crate::bootstrap::Table;
use crate::group::Group;
use crate::same_problems::{Within, within};
use crate::t_table::unknown;
use crate::tokens::mean;
use crate::{
    Costs, Estimator, Figure, FirstDraws, FrozenProblem, FrozenProgram, Options, PassAtK, Selection, pass_at_k,
};

/// A row for each group and `k`.
pub(crate) fn rows(groups: &[Group<'_>], options: &Options) -> Vec<PassAtK> {
    groups.iter().flat_map(|group| group_rows(group, options)).collect()
}

fn group_rows(group: &Group<'_>, options: &Options) -> Vec<PassAtK> {
    let mut table = Table::default();
    let columns: Vec<_> = options
        .ks
        .iter()
        .map(|k| {
            let column = table.add(group.problems.iter().map(|problem| pass_at_k(problem.n(), problem.c(), *k).ok()));
            column.ok_or_else(|| why_absent(group, *k)).and_then(|column| biased(group, *k).map_or(Ok(column), Err))
        })
        .collect();
    let means = table.means(group.resampling(options));
    let n = || group.problems.iter().map(|problem| problem.n());
    let row = |(k, column): (&u32, _)| {
        let (value, interval, same_problems, cost) = match column {
            Ok(column) => {
                let value = means.all().mean(column);
                let within: Vec<_> = group.problems.iter().map(|problem| within_of(problem, *k)).collect();
                let interval = means.interval_of(column, (0.0, 1.0));
                (Figure::Value(value), interval, group.same_problems(value, &within), cost(group, *k))
            }
            Err(why) => {
                let absent = || Figure::Absent(String::clone(&why));
                (absent(), Figure::Absent(why.clone()), Figure::Absent(why.clone()), Costs::each(|_| absent()))
            }
        };
        PassAtK {
            group: group.name.clone(),
            k: *k,
            estimator: Estimator::Unbiased,
            value,
            interval,
            same_problems,
            cost,
            problems: group.problems.len() as u32,
            n_min: n().min(),
            n_max: n().max(),
        }
    };
    options.ks.iter().zip(columns).map(row).collect()
}

/// What `k` programs cost, all of them paid for: mean over problems.
fn cost(group: &Group<'_>, k: u32) -> Costs {
    Costs::each(|definition| {
        let of_problem = |problem: &&FrozenProblem| {
            let tokens = problem.programs.iter().map(|program| program.tokens.by(definition));
            mean(&tokens.collect::<Option<Vec<f64>>>()?)
        };
        let means: Option<Vec<f64>> = group.problems.iter().map(of_problem).collect();
        let one = means.and_then(|means| mean(&means));
        Figure::or_absent(one.map(|one| f64::from(k) * one), || unknown(Lane::Tokens(definition)))
    })
}

/// Variance of a problem's pass@k.
pub(crate) fn within_of(problem: &FrozenProblem, k: u32) -> Within {
    let unit = |program: &FrozenProgram| if program.passes.hidden { (0.0, 1.0) } else { (1.0, 0.0) };
    let units: Vec<_> = problem.programs.iter().map(unit).collect();
    let mut within = within(&units, Selection::OracleAny, k.max(1));
    within.remove(within.len() - 1)
}

/// Why `k` first programs of each problem are no `k` independent draws; `None` if they are.
pub(crate) fn why_no_pass_at_k(group: &Group<'_>, k: u32) -> Option<String> {
    let is_short = group.problems.is_empty() || group.problems.iter().any(|problem| problem.n() < k);
    if is_short { Some(why_absent(group, k)) } else { biased(group, k) }
}

fn why_absent(group: &Group<'_>, k: u32) -> String {
    match group.problems.iter().find(|problem| problem.n() < k) {
        Some(short) => format!("problem `{}` has {} scored programs, fewer than k = {k}", short.id, short.n()),
        None => "no problem is scored".to_owned(),
    }
}

/// Chains may draw a first program only because an earlier one failed. As many in each tree means that
/// none did.
pub(crate) fn biased(group: &Group<'_>, k: u32) -> Option<String> {
    if k > 1
        && let Some(problem) = group.problems.iter().find(|problem| problem.draws == FirstDraws::FromOneNote)
    {
        return Some(format!(
            "first programs of problem `{}` were written from one note, so the draws are not independent",
            problem.id
        ));
    }
    let mut drawn = group.problems.iter().flat_map(|problem| &problem.drawn);
    let first = drawn.next()?;
    let uneven = group.problems.iter().any(|problem| problem.beyond_repairs) && drawn.any(|other| other != first);
    uneven.then(|| {
        "trees of chains hold unequal numbers of first programs: their outcomes may decide how many".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TokenDefinition;
    use crate::testing::problem;

    fn rows_of(problems: &[FrozenProblem], ks: &[u32]) -> Vec<PassAtK> {
        let group = Group::of_all(problems);
        rows(&[group], &Options { ks: ks.to_vec(), resamples: 100, ..Options::default() })
    }

    const PASS: crate::testing::Program<'static> = (true, 1.0, &[]);
    const FAIL: crate::testing::Program<'static> = (false, 1.0, &[]);

    #[test]
    fn pass_at_k_is_the_mean_over_problems_and_absent_beyond_the_fewest_programs() {
        let rows = rows_of(&[problem(&[PASS, FAIL]), problem(&[FAIL, FAIL, PASS, PASS])], &[1, 2, 3]);
        assert_eq!(rows[0].value, Figure::Value(0.5));
        assert_eq!(rows[1].value, Figure::Value(f64::midpoint(1.0, 5.0 / 6.0)));
        assert_eq!(rows[2].value.reason(), Some("problem `a/0` has 2 scored programs, fewer than k = 3"));
        assert_eq!(rows[2].interval.reason(), rows[2].value.reason());
        assert_eq!((rows[0].problems, rows[0].n_min, rows[0].n_max), (2, Some(2), Some(4)));
        assert_eq!(rows_of(&[], &[1])[0].value.reason(), Some("no problem is scored"));
    }

    #[test]
    fn the_cost_of_k_programs_is_that_of_all_of_them() {
        let dear: crate::testing::Program<'static> = (false, 4.0, &[]);
        let rows = rows_of(&[problem(&[PASS, FAIL]), problem(&[dear, FAIL])], &[1, 2, 3]);
        assert_eq!(
            (rows[0].cost.by(TokenDefinition::Paper), rows[1].cost.by(TokenDefinition::Paper)),
            (&Figure::Value(1.75), &Figure::Value(3.5))
        );
        assert_eq!(rows[2].cost.billed.reason(), rows[2].value.reason());
        let mut unpriced = problem(&[PASS]);
        unpriced.programs[0].tokens.dollars = None;
        assert_eq!(
            rows_of(&[unpriced], &[1])[0].cost.dollars.reason(),
            Some("the price of some completions is unknown")
        );
    }

    #[test]
    fn an_interval_never_lacks_width_because_all_problems_are_alike() {
        for program in [PASS, FAIL] {
            for n in 2..6 {
                let problems: Vec<_> = (0..n).map(|_| problem(&[program, program])).collect();
                for row in rows_of(&problems, &[1, 2]) {
                    let interval = row.interval.value().unwrap();
                    assert!(interval.few_informative && interval.high - interval.low > 0.2, "{row:?}");
                    let same = row.same_problems.value().unwrap();
                    assert!(same.high - same.low > 0.1, "{row:?}");
                }
            }
        }
    }

    #[test]
    fn chains_with_unequal_draws_have_no_pass_at_k() {
        let mut chains = [problem(&[PASS, FAIL]), problem(&[PASS])];
        assert!(rows_of(&chains, &[1])[0].value.value().is_some());
        chains[0].beyond_repairs = true;
        assert!(rows_of(&chains, &[1])[0].value.reason().unwrap().contains("unequal numbers"));
        chains[0].drawn = vec![1, 1];
        assert!(rows_of(&chains, &[1])[0].value.value().is_some());
    }
}

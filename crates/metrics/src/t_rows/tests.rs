use super::*;
use crate::testing::{Program, problem};
use crate::{Block, Grid, Passes};
use proptest::prelude::*;

fn options() -> Options {
    Options { resamples: 400, ..Options::default() }
}

fn rows_of(problems: &[FrozenProblem], options: &Options) -> Figure<Vec<PassAtT>> {
    let named: Vec<FrozenProblem> = problems
        .iter()
        .enumerate()
        .map(|(index, problem)| FrozenProblem {
            id: mend_core::ProblemId::new(format!("a/{index}")),
            ..problem.clone()
        })
        .collect();
    rows(&[Group::of_all(&named)], options)
}

fn asked(n_p: &[u32], n_f: &[u32]) -> Options {
    let block = Block { n_p: n_p.to_vec(), n_f: n_f.to_vec(), n_r: vec![1], orders: Order::ALL.to_vec() };
    Options { grid: Grid::Asked(vec![block]), ..options() }
}

#[track_caller]
fn find(rows: &Figure<Vec<PassAtT>>, order: Order, (n_p, n_f): (u32, u32), baseline: Baseline) -> PassAtT {
    let wanted = |row: &&PassAtT| {
        (row.n_p, row.n_f, row.baseline, row.order) == (n_p, n_f, baseline, order)
            && row.selection == Selection::OracleAny
            && row.token_definition == TokenDefinition::Billed
    };
    rows.value().unwrap().iter().find(wanted).unwrap().clone()
}

#[track_caller]
fn check(figure: &Figure, expected: f64) {
    let value = figure.value().unwrap_or_else(|| panic!("{figure:?}"));
    assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
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
    let rows = rows_of(&[even(), even()], &options());
    // 10 tokens and, in half of the cases, 20 for a repair that passes in half of them.
    let iid = find(&rows, Order::Batch, (1, 1), Baseline::Iid);
    check(&iid.mean_tokens, 20.0);
    check(&iid.pass_rate, 0.75);
    check(&iid.mean_programs, 1.5);
    // Two of four programs: both fail once in six.
    check(&iid.baseline_pass_rate, 5.0 / 6.0);
    check(&iid.difference, 0.75 - 5.0 / 6.0);
    check(&iid.normalised, 0.9);
    // If the first fails, which is one time in two, each further one costs 10: 10 more tokens buy two of them,
    // and one of those passes surely, or the fourth would be the third to fail.
    let staged = find(&rows, Order::Batch, (1, 1), Baseline::IidStaged);
    check(&staged.baseline_pass_rate, 1.0);
    let interval = *staged.difference_interval.value().unwrap();
    // Two problems alike rule little out: an exception to either side may be as frequent as 84 %.
    let reach = 1.0 - 0.025_f64.sqrt();
    assert!((interval.low + 0.25 + 0.75 * reach).abs() < 1e-9 && (interval.high + 0.25 - 1.25 * reach).abs() < 1e-9);
    assert!(interval.few_informative);
    // In turn: the first program, and its repair if it fails; against programs in turn, of which the second
    // costs 5 expected tokens and the third 5/3.
    let dfs = find(&rows, Order::Dfs, (1, 1), Baseline::IidSequential);
    check(&dfs.mean_tokens, 20.0);
    assert!(dfs.baseline_pass_rate.reason().is_some(), "all four in turn cost less: {dfs:?}");
}

#[test]
fn each_order_stands_beside_the_baseline_that_stops_as_it_does() {
    let rows = rows_of(&[even(), hopeless()], &options());
    let mut pairs: Vec<_> =
        rows.value().unwrap().iter().map(|row| (row.order.as_str(), row.baseline.as_str())).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let expected = [
        ("batch", "iid"),
        ("batch", "iid_staged"),
        ("bfs", "iid"),
        ("bfs", "iid_sequential"),
        ("dfs", "iid"),
        ("dfs", "iid_sequential"),
    ];
    assert_eq!(pairs, expected);
    let pass = |order| find(&rows, order, (2, 2), Baseline::Iid).pass_rate;
    assert_eq!((pass(Order::Batch), pass(Order::Batch)), (pass(Order::Dfs), pass(Order::Bfs)));
}

#[test]
fn other_axes_stand_beside_one_definition_of_tokens() {
    let options = Options { axes: vec![Axis::Tokens, Axis::Programs, Axis::Size], ..options() };
    let rows = rows_of(&[even(), hopeless()], &options);
    let of = |axis: Axis| rows.value().unwrap().iter().filter(move |row| row.axis == axis);
    assert!(of(Axis::Programs).all(|row| row.token_definition == TokenDefinition::Billed));
    assert!(of(Axis::Size).all(|row| row.baseline == Baseline::Iid));
    let cell = |axis| {
        of(axis).find(|row| (row.n_p, row.n_f, row.order, row.baseline) == (1, 1, Order::Dfs, Baseline::Iid)).unwrap()
    };
    // 1.75 programs on average, 2 at most; two of four solve 5/6 of `even`, one of four a half.
    check(&cell(Axis::Programs).mean_programs, 1.75);
    check(&cell(Axis::Programs).baseline_pass_rate, f64::midpoint(0.5 + 0.75 * (5.0 / 6.0 - 0.5), 0.0));
    check(&cell(Axis::Size).baseline_pass_rate, 5.0 / 12.0);
}

#[test]
fn a_baseline_beyond_the_collected_programs_is_absent() {
    let rows = rows_of(&[hopeless(), hopeless()], &options());
    let row = find(&rows, Order::Batch, (3, 1), Baseline::Iid);
    assert_eq!((row.mean_tokens, row.pass_rate), (Figure::Value(90.0), Figure::Value(0.0)));
    let why = "the same budget buys more first programs than the 4 that each problem has";
    assert_eq!(row.baseline_pass_rate.reason(), Some(why));
    assert_eq!(row.difference_interval.reason(), Some(why));
    assert!(row.out_of_bounds);
    let inside = find(&rows, Order::Batch, (1, 1), Baseline::Iid);
    assert_eq!(inside.difference, Figure::Value(0.0));
    assert_eq!(inside.normalised.reason(), Some("the baseline solves nothing"));
}

#[test]
fn an_interval_is_absent_where_many_resamples_leave_the_bounds() {
    // Mean tokens fit into four programs, but not if the hopeless problem is drawn often.
    let solved = problem(&[SOLVED; 4]);
    let rows = rows_of(&[hopeless(), solved.clone(), solved.clone(), solved], &options());
    let row = find(&rows, Order::Batch, (2, 2), Baseline::Iid);
    assert_eq!(row.mean_tokens, Figure::Value(40.0));
    assert!(row.difference.value().is_some());
    assert!(row.difference_interval.reason().unwrap().ends_with("of 400 resamples of the problems"));
    assert!(row.interval.value().is_some());
}

#[test]
fn settings_that_were_asked_for_and_not_collected_are_absent_with_the_problem_that_is_short() {
    let rows = rows_of(&[even(), hopeless()], &asked(&[1, 5], &[1, 3]));
    let why = |at| find(&rows, Order::Dfs, at, Baseline::Iid).why_absent().unwrap().to_owned();
    assert_eq!(why((5, 1)), "problem `a/0` has 4 scored programs, fewer than n_p = 5");
    assert_eq!(why((1, 3)), "problem `a/0` has a failing program with 2 of n_f = 3 feedbacks");
    assert!(rows.value().unwrap().iter().any(|row| row.n_p == 5));
    let usual = rows_of(&[even(), hopeless()], &options());
    assert!(usual.value().unwrap().iter().all(|row| row.n_p <= 4 && row.n_f <= 2), "nobody asked for more");
}

#[test]
fn feedback_of_its_own_is_paid_once_for_all_its_repairs() {
    let mut separate = even();
    for program in &mut separate.programs {
        let repairs: Vec<_> = program.feedbacks.iter().flat_map(|feedback| feedback.repairs.clone()).collect();
        program.feedbacks.truncate(1);
        for feedback in &mut program.feedbacks {
            feedback.tokens = crate::TokenCounts::alike(7.0);
            feedback.repairs.clone_from(&repairs);
        }
    }
    let rows = rows_of(&[separate.clone(), separate], &options());
    let row = |n_r, order| {
        let at = |row: &&PassAtT| (row.n_p, row.n_f, row.n_r, row.order) == (1, 1, n_r, order);
        rows.value().unwrap().iter().find(at).unwrap().clone()
    };
    check(&row(1, Order::Batch).mean_tokens, 10.0 + 0.5 * (7.0 + 20.0));
    check(&row(2, Order::Batch).mean_tokens, 10.0 + 0.5 * (7.0 + 40.0));
    check(&row(2, Order::Dfs).mean_tokens, 10.0 + 0.5 * (7.0 + 20.0 + 0.5 * 20.0));
    check(&row(2, Order::Dfs).mean_programs, 1.0 + 0.5 * 1.5);
    check(&row(2, Order::Dfs).pass_rate, 1.0);
}

#[test]
fn what_is_handed_in_by_the_public_suite_is_shown_in_depth_first_order_where_there_is_one() {
    let mut deceived = even();
    deceived.has_public_tests = true;
    // Passes public and fails hidden: handed in, and wrong.
    deceived.programs[1].passes = Passes { hidden: false, public: true };
    let rows = rows_of(&[deceived.clone(), deceived], &options());
    let submitted: Vec<_> = rows.value().unwrap().iter().filter(|row| row.selection == Selection::Submitted).collect();
    assert!(submitted.iter().all(|row| row.order == Order::Dfs) && !submitted.is_empty());
    let row = submitted.iter().find(|row| (row.n_p, row.n_f, row.baseline) == (1, 1, Baseline::Iid)).unwrap();
    // Two right programs, one wrong one, and one that is repaired half of the time.
    check(&row.pass_rate, (2.0 + 0.5) / 4.0);
    check(&row.mean_tokens, 10.0 + 20.0 / 4.0);
    assert!(rows_of(&[even()], &options()).value().unwrap().iter().all(|row| row.selection == Selection::OracleAny));
}

#[test]
fn trees_without_repairs_have_their_programs_alone_and_chains_have_nothing() {
    let plain = problem(&[(false, 1.0, &[]), (true, 1.0, &[])]);
    let asked_for_repairs = rows_of(std::slice::from_ref(&plain), &asked(&[1], &[1, 2]));
    assert_eq!(asked_for_repairs.reason(), Some("no repair of a failing program was collected"));
    let rows = rows_of(&[plain], &options());
    assert!(rows.value().unwrap().iter().all(|row| row.n_f == 0 && row.pass_rate.value().is_some()));
    let chain = FrozenProblem { beyond_repairs: true, ..even() };
    assert!(rows_of(&[chain], &options()).reason().unwrap().starts_with("trees hold more than"));
}

#[test]
fn unknown_tokens_leave_the_pass_rate_alone() {
    let mut unknown = even();
    unknown.programs[1].feedbacks[0].repairs[0].tokens.billed = None;
    let row = find(&rows_of(&[unknown, even()], &options()), Order::Bfs, (1, 1), Baseline::IidSequential);
    let why = Some("the `billed` tokens of some completions are unknown");
    assert_eq!((row.mean_tokens.reason(), row.difference.reason()), (why, why));
    check(&row.pass_rate, 0.75);
    check(&row.mean_programs, 1.5);
}

#[test]
fn definitions_that_nothing_carries_have_no_rows() {
    let mut priceless = even();
    for program in &mut priceless.programs {
        program.tokens.dollars = None;
    }
    let rows = rows_of(&[priceless.clone(), priceless], &options());
    assert!(rows.value().unwrap().iter().all(|row| row.token_definition != TokenDefinition::Dollars));
}

#[test]
fn free_programs_have_no_baseline_at_equal_tokens() {
    let repairs = [(true, 0.0), (false, 0.0)];
    let free = problem(&[(true, 0.0, &[]), (false, 0.0, &repairs)]);
    let row = find(&rows_of(&[free.clone(), free], &options()), Order::Batch, (1, 1), Baseline::Iid);
    check(&row.mean_tokens, 0.0);
    check(&row.pass_rate, 0.75);
    assert_eq!(row.baseline_pass_rate.reason(), Some("further first programs cost nothing and solve more"));
}

#[test]
fn a_group_without_failures_shows_the_settings_of_the_run() {
    let (mut solved, even) = (problem(&[SOLVED; 4]), even());
    solved.id = mend_core::ProblemId::new("a/1");
    let sample = crate::Sample::Complete;
    let all = Group { name: "all".into(), problems: vec![&solved, &even], sample };
    let easy = Group { name: "easy".into(), problems: vec![&solved], sample };
    let rows = rows(&[all, easy], &options());
    let easy: Vec<_> = rows.value().unwrap().iter().filter(|row| row.group == "easy").collect();
    let row = easy.iter().find(|row| (row.n_p, row.n_f, row.order) == (2, 2, Order::Batch)).unwrap();
    assert_eq!((&row.pass_rate, &row.mean_tokens), (&Figure::Value(1.0), &Figure::Value(20.0)));
    assert!(easy.iter().all(|row| row.n_f <= 2));
}

#[test]
fn the_papers_estimator_is_labelled_as_noise_and_the_others_rank_as_they_must() {
    let estimators = vec![Estimator::Unbiased, Estimator::Plugin, Estimator::Paper];
    let rows = rows_of(&[even(), hopeless()], &Options { estimators, ..options() });
    let cell = |estimator, n| {
        let at = |row: &&PassAtT| (row.estimator, row.n_p, row.n_f, row.order) == (estimator, n, n, Order::Batch);
        rows.value().unwrap().iter().find(at).unwrap()
    };
    let row = |estimator| cell(estimator, 2);
    let [unbiased, plugin, paper] = [Estimator::Unbiased, Estimator::Plugin, Estimator::Paper].map(row);
    let value = |row: &PassAtT| *row.pass_rate.value().unwrap();
    assert!(value(plugin) < value(unbiased), "with replacement is biased low");
    assert!((value(paper) - value(plugin)).abs() < 0.05);
    assert_eq!((unbiased.band, paper.band), (Band::NewProblems, Band::ResamplingNoise));
    assert!(unbiased.same_problems.value().is_some() && paper.same_problems.value().is_none());
    let paper = cell(Estimator::Paper, 1);
    assert!(paper.difference.value().is_some() && paper.difference_interval.value().is_none());
}

/// Programs with the tokens of each and of its pairs.
fn any_problems() -> impl Strategy<Value = Vec<FrozenProblem>> {
    let pairs = proptest::collection::vec((any::<bool>(), 0_u8..3), 0..3);
    let programs = proptest::collection::vec((any::<bool>(), 0_u8..3, pairs), 1..6);
    proptest::collection::vec(programs, 1..5).prop_map(|problems| {
        let pairs = |pairs: &[(bool, u8)]| pairs.iter().map(|(passed, t)| (*passed, f64::from(*t))).collect::<Vec<_>>();
        problems
            .iter()
            .map(|programs| {
                let repairs: Vec<_> = programs.iter().map(|(.., repairs)| pairs(repairs)).collect();
                let programs = programs.iter().zip(&repairs);
                let programs: Vec<Program<'_>> =
                    programs.map(|((passed, t, _), repairs)| (*passed, f64::from(*t), repairs.as_slice())).collect();
                problem(&programs)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nothing is NaN or out of range, whatever was collected.
    #[test]
    fn every_figure_is_finite_and_every_rate_a_probability(problems in any_problems()) {
        let axes = vec![Axis::Tokens, Axis::Programs, Axis::Size];
        let estimators = vec![Estimator::Unbiased, Estimator::Plugin];
        let options = Options { axes, estimators, resamples: 50, ..asked(&[1, 2, 4], &[0, 1, 2]) };
        for row in rows_of(&problems, &options).value().into_iter().flatten() {
            for rate in [&row.pass_rate, &row.baseline_pass_rate] {
                prop_assert!(rate.value().is_none_or(|rate| (-1e-12..=1.0 + 1e-12).contains(rate)), "{row:?}");
            }
            for amount in [&row.mean_tokens, &row.mean_programs, &row.normalised] {
                prop_assert!(amount.value().is_none_or(|amount| amount.is_finite() && *amount >= 0.0), "{row:?}");
            }
            for interval in [&row.interval, &row.same_problems, &row.difference_interval] {
                prop_assert!(interval.value().is_none_or(|interval| interval.low <= interval.high), "{row:?}");
            }
            if let (Figure::Value(interval), Figure::Value(rate)) = (&row.same_problems, &row.pass_rate) {
                prop_assert!(interval.low < interval.high, "no width: {row:?}");
                prop_assert!(interval.low <= rate + 1e-12 && rate - 1e-12 <= interval.high, "{row:?}");
            }
        }
    }
}

//! `compare.csv` and `compare_flips.csv`.

use crate::cell::Cell;
use crate::sheet::{Column, Sheet, SheetAbout, column, optional};
use mend_metrics::{Equal, Interval, Metric, PairOfRuns, PairedFigure, Program, RunFlip as Flip, RunLabels};

/// A difference.
pub(crate) struct FigureRow<'a> {
    pub(crate) a: &'a RunLabels,
    pub(crate) pair: &'a PairOfRuns,
    pub(crate) figure: &'a PairedFigure,
}

/// A problem that one run solves more often.
pub(crate) struct FlipRow<'a> {
    pub(crate) a: &'a RunLabels,
    pub(crate) pair: &'a PairOfRuns,
    pub(crate) flip: &'a Flip,
}

/// A row of two runs.
trait OfPair {
    fn a(&self) -> &RunLabels;
    fn pair(&self) -> &PairOfRuns;
}

impl OfPair for FigureRow<'_> {
    fn a(&self) -> &RunLabels {
        self.a
    }
    fn pair(&self) -> &PairOfRuns {
        self.pair
    }
}

impl OfPair for FlipRow<'_> {
    fn a(&self) -> &RunLabels {
        self.a
    }
    fn pair(&self) -> &PairOfRuns {
        self.pair
    }
}

impl FigureRow<'_> {
    fn equal(&self) -> Option<&Equal> {
        self.figure.subject.equal.as_ref()
    }

    fn interval(&self) -> Option<Interval> {
        self.figure.delta.interval.value().copied()
    }

    fn same(&self) -> Option<Interval> {
        self.figure.same_problems.value().copied()
    }
}

/// What the dictionary says of both files.
pub(crate) fn sheets() -> [SheetAbout; 2] {
    [figures_sheet().into_about(), flips_sheet().into_about()]
}

fn pair<R: OfPair>() -> Vec<Column<R>> {
    let column = column::<R>;
    vec![
        column("run_a", "id of the run that others are compared with", |row| Cell::text(&row.a().id)),
        column("run_b", "id of the other run", |row| Cell::text(&row.pair().b.id)),
        column("dataset", "name of the first run's data set", |row| Cell::text(&row.a().dataset)),
        column("strategy_a", "strategy of the first run", |row| Cell::text(&row.a().strategy)),
        column("strategy_b", "strategy of the other run", |row| Cell::text(&row.pair().b.strategy)),
        column("model_a", "model of the first run", |row| Cell::text(&row.a().model)),
        column("model_b", "model of the other run", |row| Cell::text(&row.pair().b.model)),
        column("oracle_level", "the higher of both runs' oracle levels", |row| {
            Cell::of(row.a().oracle_level.max(row.pair().b.oracle_level))
        }),
        optional(
            "different",
            "what the runs differ in though it decides numbers, because somebody allowed it: `data`, `grader`, \
             `tokenizer`, joined by `+`",
            "they do not",
            |row: &R| Cell::some(Some(row.pair().different_words()).filter(|words| !words.is_empty())),
        ),
    ]
}

const ABSENT: &str = "the figure is absent";
const NO_INTERVAL: &str = "there is no interval";
const NO_TREES: &str = "the figure is not a pass@t";

fn number(value: Option<f64>) -> Cell {
    value.map_or(Cell::Empty, Cell::number)
}

/// `compare.csv`
pub(crate) fn figures_sheet<'a>() -> Sheet<FigureRow<'a>> {
    let figure = |name, means, empty, cell| optional::<FigureRow<'a>>(name, means, empty, cell);
    let mut columns = pair();
    columns.extend([
        column("metric", "what is compared: `pass@k`, `submission`, or `pass@t` with what is equal", |row: &FigureRow<'_>| {
            Cell::of(row.figure.subject.metric)
        }),
        column("group", "`all`, or a difficulty of the first run", |row| Cell::text(&row.figure.subject.group)),
        column("selection", "`submitted` for what the strategies hand in, else `oracle_any`: any program that passes", |row| {
            Cell::of(if row.figure.subject.metric == Metric::Submission { "submitted" } else { "oracle_any" })
        }),
        figure("token_definition", "what the equal cost counts: a definition of tokens, `programs` or `calls`", NO_TREES, |row| {
            Cell::some(row.equal().map(|equal| equal.axis.as_str()))
        }),
        figure("T", "the equal mean cost of a problem", NO_TREES, |row| number(row.equal().map(|equal| equal.cost))),
        figure("n_p", "the number of first programs at which the first run's curve has that cost", "`--at` named the cost, or the figure is not a pass@t", |row| {
            Cell::some(row.equal().and_then(|equal| equal.n_p))
        }),
        figure("order", "in which order trees are drawn", NO_TREES, |row| {
            Cell::some(row.equal().map(|equal| equal.order.as_str()))
        }),
        figure("n_f_a", "feedbacks of a failing program in the first run's trees", NO_TREES, |row| {
            Cell::some(row.equal().map(|equal| equal.shape_a.n_f))
        }),
        figure("n_r_a", "repairs of a feedback in the first run's trees", NO_TREES, |row| {
            Cell::some(row.equal().map(|equal| equal.shape_a.n_r))
        }),
        figure("n_f_b", "feedbacks of a failing program in the other run's trees", NO_TREES, |row| {
            Cell::some(row.equal().map(|equal| equal.shape_b.n_f))
        }),
        figure("n_r_b", "repairs of a feedback in the other run's trees", NO_TREES, |row| {
            Cell::some(row.equal().map(|equal| equal.shape_b.n_r))
        }),
        figure("a", "the first run's figure", ABSENT, |row| Cell::figure(&row.figure.a)),
        figure("b", "the other run's figure", ABSENT, |row| Cell::figure(&row.figure.b)),
        figure("delta", "`b` minus `a`", ABSENT, |row| Cell::figure(&row.figure.delta.value)),
        figure("low", "lower end of its 95 % interval over new problems", NO_INTERVAL, |row| {
            number(row.interval().map(|interval| interval.low))
        }),
        figure("high", "upper end of its 95 % interval over new problems", NO_INTERVAL, |row| {
            number(row.interval().map(|interval| interval.high))
        }),
        figure("interval", "how that was found: `bca` (problems resampled), `bca_of_clusters`, `cluster_t` (Student's, by fewer than ten clusters), `sequence` (a run was stopped)", NO_INTERVAL, |row| {
            Cell::some(row.figure.interval_method.map(mend_metrics::IntervalMethod::as_str))
        }),
        figure("few_informative", "whether fewer than five problems differ from the commonest difference, so that the interval is widened to what so few can rule out", NO_INTERVAL, |row| {
            Cell::some(row.interval().map(|interval| interval.few_informative))
        }),
        figure("se", "standard error of the difference, by single problems", "there are fewer than two problems", |row| {
            Cell::figure(&row.figure.error)
        }),
        figure("same_low", "lower end of the 95 % interval if the same problems were sampled again", "the runs share first programs, or the figure has no such interval", |row| {
            number(row.same().map(|interval| interval.low))
        }),
        figure("same_high", "upper end of that interval", "as `same_low`", |row| number(row.same().map(|interval| interval.high))),
        figure("p", "share of swaps of the runs on single problems (or clusters) that lead as far from zero", ABSENT, |row| {
            Cell::figure(&row.figure.p)
        }),
        figure("p_holm", "`p`, corrected by Holm for all differences of the command", "the first difference of two runs, which stands outside; or there is no `p`", |row| {
            number(row.figure.p_holm)
        }),
        figure("method", "how `p` was found: `exact_flips` (all swaps), `drawn_flips` (20,000 of them), `linear_flips` (of what each problem adds to first order: one run's curve ends too early to be swapped)", ABSENT, |row| {
            Cell::some(row.figure.method.map(mend_metrics::Method::as_str))
        }),
        figure("mcnemar", "McNemar's exact p-value", "some problem has more than one program", |row| number(row.figure.mcnemar)),
        figure("sd", "standard deviation of what problems differ by", "there are fewer than two problems", |row| {
            Cell::figure(&row.figure.sd)
        }),
        figure("correlation", "correlation of both runs over problems", "one run has the same figure on each problem", |row| {
            Cell::figure(&row.figure.correlation)
        }),
        column("better", "problems on which the other run is better", |row: &FigureRow<'_>| Cell::of(row.figure.better)),
        column("equal", "problems on which both are equal", |row| Cell::of(row.figure.equal_problems)),
        column("worse", "problems on which the other run is worse", |row| Cell::of(row.figure.worse)),
        column("problems", "common problems behind the figure", |row| Cell::of(row.figure.problems)),
        figure("clusters", "clusters of problems", "nobody asked for them", |row| {
            Cell::some(row.figure.clustered.as_ref().map(|clustered| clustered.clusters))
        }),
        figure("cluster_se", "standard error by clusters", "nobody asked for clusters", |row| {
            number(row.figure.clustered.as_ref().map(|clustered| clustered.error))
        }),
        figure("cluster_low", "lower end of Student's 95 % interval by clusters", "nobody asked for clusters", |row| {
            number(row.figure.clustered.as_ref().map(|clustered| clustered.interval.low))
        }),
        figure("cluster_high", "upper end of that interval", "nobody asked for clusters", |row| {
            number(row.figure.clustered.as_ref().map(|clustered| clustered.interval.high))
        }),
        figure("design_effect", "the square of `cluster_se` over `se`", "nobody asked for clusters, or no problem changed", |row| {
            row.figure.clustered.as_ref().map_or(Cell::Empty, |clustered| Cell::figure(&clustered.design_effect))
        }),
        figure("mde", "the smallest true difference that such an interval finds in four of five cases", "no problem changed", |row| {
            Cell::figure(&row.figure.mde)
        }),
        figure("mde_one_sided", "the same for `mend gate` at alpha 0.05", "no problem changed", |row| {
            Cell::figure(&row.figure.mde_one_sided)
        }),
        figure("if_unscored_fail", "the difference if everything that is not scored had failed, in both runs", NOT_COUNTED, |row| {
            Cell::figure(&row.figure.if_unscored_fail)
        }),
        figure("if_unscored_pass", "the difference if everything that is not scored had passed, in both runs", NOT_COUNTED, |row| {
            Cell::figure(&row.figure.if_unscored_pass)
        }),
        figure("absent", "why there is no figure", "there is one", |row| {
            Cell::some_text(row.figure.delta.value.reason())
        }),
        figure("absent_interval", "why there is no interval", "there is one", |row| {
            Cell::some_text(row.figure.delta.interval.reason())
        }),
    ]);
    Sheet::new("compare.csv", "a difference between two runs", columns)
}

const NOT_COUNTED: &str = "the figure is a pass@t, or absent";

const NOTHING: &str = "the tree handed in nothing, or the answer holds no program";

fn replicate(program: Option<&Program>) -> Cell {
    Cell::some(program.map(|program| program.replicate))
}

fn slot(program: Option<&Program>) -> Cell {
    Cell::some(program.and_then(|program| program.slot.as_ref()))
}

fn digest(program: Option<&Program>) -> Cell {
    Cell::some(program.and_then(|program| program.digest))
}

/// `compare_flips.csv`
pub(crate) fn flips_sheet<'a>() -> Sheet<FlipRow<'a>> {
    let flip = |name, means, empty, cell| optional::<FlipRow<'a>>(name, means, empty, cell);
    let mut columns = pair();
    columns.extend([
        column("metric", "`pass@1` of the first programs, or `submission`", |row: &FlipRow<'_>| Cell::of(row.flip.metric)),
        column("problem", "the problem", |row| Cell::text(&row.flip.problem)),
        flip("group", "its difficulty", "it has none", |row| Cell::some_text(row.flip.group.as_deref())),
        column("a", "the first run's share of passing first programs, or of trees whose submission passes", |row| {
            Cell::number(row.flip.a)
        }),
        column("b", "the other run's", |row| Cell::number(row.flip.b)),
        column("change", "`b` minus `a`", |row| Cell::number(row.flip.change())),
        flip("replicate_a", "replicate of a program of the first run: one that fails where the other run gains, and passes where it loses", NOTHING, |row| {
            replicate(row.flip.program_a.as_ref())
        }),
        flip("slot_a", "its slot", NOTHING, |row| slot(row.flip.program_a.as_ref())),
        flip("digest_a", "digest of its text", NOTHING, |row| digest(row.flip.program_a.as_ref())),
        flip("replicate_b", "replicate of a program of the other run: one that passes where it gains, and fails where it loses", NOTHING, |row| {
            replicate(row.flip.program_b.as_ref())
        }),
        flip("slot_b", "its slot", NOTHING, |row| slot(row.flip.program_b.as_ref())),
        flip("digest_b", "digest of its text", NOTHING, |row| digest(row.flip.program_b.as_ref())),
    ]);
    Sheet::new("compare_flips.csv", "a problem that one of two runs solves more often", columns)
}

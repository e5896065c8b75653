//! `pass_at_k.csv`, `pass_at_t.csv`, and the tables that are written if somebody asks for them.

use crate::cell::Cell;
use crate::plain::plain;
use crate::sheet::{Column, CsvFile, OfRun, Sheet, column, labels, optional};
use mend_core::OracleLevel;
use mend_metrics::{
    Figure, Interval, PassAtBudget, PassAtK, PassAtT, PassWithin, RunLabels, Sample, Selection, Summary,
};

/// A row of figures, and the run that it is of.
pub(crate) struct Of<'a, T> {
    run: &'a RunLabels,
    sample: Sample,
    row: &'a T,
}

impl OfRun for Of<'_, PassAtK> {
    fn run(&self) -> &RunLabels {
        self.run
    }
}

impl OfRun for Of<'_, PassAtT> {
    fn run(&self) -> &RunLabels {
        self.run
    }

    fn oracle_level(&self) -> OracleLevel {
        level(self.run, self.row.selection)
    }
}

impl OfRun for Of<'_, PassWithin> {
    fn run(&self) -> &RunLabels {
        self.run
    }

    fn oracle_level(&self) -> OracleLevel {
        level(self.run, Selection::OracleAny)
    }
}

impl OfRun for Of<'_, PassAtBudget> {
    fn run(&self) -> &RunLabels {
        self.run
    }

    fn oracle_level(&self) -> OracleLevel {
        level(self.run, Selection::OracleAny)
    }
}

/// Whoever counts any program that passes has selected on the hidden tests, whatever the strategy did.
pub(crate) fn level(run: &RunLabels, selection: Selection) -> OracleLevel {
    match selection {
        Selection::OracleAny => run.oracle_level.max(OracleLevel::HiddenStop),
        Selection::Submitted => run.oracle_level,
    }
}

/// A row for each group and `k`.
pub(crate) fn pass_at_k(summary: &Summary) -> CsvFile {
    pass_at_k_sheet().filled(of(summary, &summary.pass_at_k))
}

/// A row for each combination of what [`PassAtT`] names; no row if the trees carry no pass@t.
pub(crate) fn pass_at_t(summary: &Summary) -> CsvFile {
    let rows = summary.pass_at_t.value().map_or(&[][..], Vec::as_slice);
    let has_effort = rows.iter().any(|row| row.mean_effort.is_some());
    pass_at_t_sheet(has_effort).filled(of(summary, rows))
}

/// The same rows over a grid that is dense in first programs, as a page draws them.
pub(crate) fn curve(summary: &Summary, rows: &[PassAtT]) -> CsvFile {
    curve_sheet().filled(of(summary, rows))
}

/// A row for each hard cap.
pub(crate) fn pass_within(summary: &Summary) -> CsvFile {
    pass_within_sheet().filled(of(summary, &summary.pass_within))
}

/// A row for each mean budget.
pub(crate) fn pass_at_budget(summary: &Summary) -> CsvFile {
    pass_at_budget_sheet().filled(of(summary, &summary.pass_at_budget))
}

fn of<'a, T>(summary: &'a Summary, rows: &'a [T]) -> impl Iterator<Item = Of<'a, T>> {
    rows.iter().map(|row| Of { run: &summary.run, sample: summary.coverage.sample, row })
}

const GROUP: &str = "problems that it is about: `all`, or those of one difficulty";
const SELECTION: &str = "which program of a tree counts: `oracle_any` (any that passes the scoring tests), `submitted` \
                         (what the tree hands in: the strategy's own choice, or, where the strategy chooses by the \
                         hidden tests, the first that passes the tests which the statement shows)";
const ORDER: &str = "order in which a tree is drawn: `batch` (all programs, then repairs if all fail), `dfs` (each \
                     program with its repairs, until one passes), `bfs` (programs until one passes, then repairs)";
const N_P: &str = "first programs of a tree";
const N_F: &str = "feedbacks, or feedback-and-repair pairs, for each failing program; 0 for independent programs, which \
                   are a baseline themselves";
const N_R: &str = "repairs by each feedback; 1 where a repair comes with its own";
const DEFINITION: &str = "what counts as a token: `billed` (prompt and output), `completion` (output), `paper` (our \
                          count of the program and the text before it), `dollars`";
const LOW: &str = "lower end of its 95 % interval over new problems";
const HIGH: &str = "upper end of the same";
const SAME_LOW: &str = "lower end of its 95 % interval if the same problems were sampled again";
const DIFF: &str = "`pass_rate` minus `baseline_pass_rate`";
const DIFF_LOW: &str = "lower end of the 95 % interval of `diff`, both sides resampled together";
const BASELINE: &str = "what the same budget is spent on instead: `iid` (first programs, all paid for), `iid_staged` \
                        (n_p first programs, further ones only if all fail), `iid_sequential` (one by one until one \
                        passes)";
const FEW: &str = "`true` where fewer than five problems differ from the commonest value: the interval is widened to what \
                   so few can rule out";
const COVERAGE: &str = "what it rests on: `complete` (all problems of the run), `stopped_sample` (those that were finished \
                        when the run was stopped: how many that are depends on how they turned out, so rates are \
                        biased; an interval that is there holds whatever stopped the run)";
const NO_INTERVAL: &str = "there is no such interval, as for one problem alone";
const NOT_CARRIED: &str = "some problem does not hold as much";
const NO_BASELINE: &str = "the baseline cannot be read there";

/// How `pass_at_k.csv` is laid out.
pub(crate) fn pass_at_k_sheet<'a>() -> Sheet<Of<'a, PassAtK>> {
    const UNKNOWN: &str = "some count or price is unknown, or some problem has fewer programs";
    let (column, optional) = (column::<Of<'a, PassAtK>>, optional::<Of<'a, PassAtK>>);
    let mut columns: Vec<Column<Of<'a, PassAtK>>> = labels();
    columns.extend([
        column("group", GROUP, |of| Cell::text(&of.row.group)),
        column("k", "programs drawn", |of| Cell::of(of.row.k)),
        column("estimator", "how it was computed", |of| Cell::of(of.row.estimator.as_str())),
        optional(
            "value",
            "pass@k: share of problems that at least one of k programs solves, 0 to 1",
            "some problem has fewer programs",
            |of| Cell::figure(&of.row.value),
        ),
        optional("low", LOW, NO_INTERVAL, |of| low(&of.row.interval)),
        optional("high", HIGH, NO_INTERVAL, |of| high(&of.row.interval)),
        optional("same_low", SAME_LOW, NO_INTERVAL, |of| low(&of.row.same_problems)),
        optional("same_high", HIGH, NO_INTERVAL, |of| high(&of.row.same_problems)),
        column("problems", "scored problems in the group", |of| Cell::of(of.row.problems)),
        optional("n_min", "fewest scored programs of such a problem", "there is no such problem", |of| {
            Cell::some(of.row.n_min)
        }),
        optional("n_max", "most scored programs of such a problem", "there is no such problem", |of| {
            Cell::some(of.row.n_max)
        }),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
        optional("few_informative", FEW, NO_INTERVAL, |of| few(&of.row.interval)),
        optional(
            "billed_tokens",
            "what k programs cost on average, all of them paid for: prompt and output",
            UNKNOWN,
            |of| Cell::figure(&of.row.cost.billed),
        ),
        optional("completion_tokens", "the same, output alone", UNKNOWN, |of| Cell::figure(&of.row.cost.completion)),
        optional("paper_tokens", "the same, by our count of the program and the text before it", UNKNOWN, |of| {
            Cell::figure(&of.row.cost.paper)
        }),
        optional("dollars", "the same in dollars", UNKNOWN, |of| Cell::figure(&of.row.cost.dollars)),
    ]);
    Sheet::new("pass_at_k.csv", "pass@k of one group of problems", columns)
}

/// How `pass_at_t.csv` is laid out. `has_effort` is whether some baseline is read along something else than tokens.
pub(crate) fn pass_at_t_sheet<'a>(has_effort: bool) -> Sheet<Of<'a, PassAtT>> {
    let about = "one shape of trees, by one count of tokens, against one baseline";
    let mut columns = pass_at_t_columns();
    if has_effort {
        columns.push(optional(
            "mean_effort",
            "what `axis` counts per problem, mean over problems; there only if `--axis` names calls, executions, questions \
             or minutes",
            "the baseline is read along tokens, programs or sizes, or the count is unknown",
            |of| of.row.mean_effort.as_ref().map_or(Cell::Empty, Cell::figure),
        ));
    }
    Sheet::new("pass_at_t.csv", about, columns)
}

/// How `curve.csv` is laid out.
pub(crate) fn curve_sheet<'a>() -> Sheet<Of<'a, PassAtT>> {
    let about = "one shape of trees as in pass_at_t.csv, for every number of first programs, at equal tokens and at equal programs";
    let mut columns = pass_at_t_columns();
    columns.push(optional("no_interval", "why `diff` has no interval", "it has one, or is not there itself", |of| {
        let why = of.row.difference_interval.reason().filter(|_| of.row.difference.value().is_some());
        Cell::some_text(why.map(plain))
    }));
    Sheet::new("curve.csv", about, columns)
}

fn pass_at_t_columns<'a>() -> Vec<Column<Of<'a, PassAtT>>> {
    const BASELINE_RATE: &str = "share of problems that the baseline solves there, 0 to 1; between two numbers of \
                                 programs it lies on the line between theirs, which a coin for each problem would reach";
    const NORMALISED_LOW: &str = "lower end of the 95 % interval of `normalised`, resampled as `diff` is";
    let (column, optional) = (column::<Of<'a, PassAtT>>, optional::<Of<'a, PassAtT>>);
    let mut columns: Vec<Column<Of<'a, PassAtT>>> = labels();
    columns.extend([
        column("selection", SELECTION, |of| Cell::of(of.row.selection.as_str())),
        column("group", GROUP, |of| Cell::text(&of.row.group)),
        column("order", ORDER, |of| Cell::of(of.row.order.as_str())),
        column("n_p", N_P, |of| Cell::of(of.row.n_p)),
        column("n_f", N_F, |of| Cell::of(of.row.n_f)),
        column("n_r", N_R, |of| Cell::of(of.row.n_r)),
        column(
            "estimator",
            "how it was computed: `unbiased` (draws without replacement), `plugin` (with), `paper` (1,000 resamples)",
            |of| Cell::of(of.row.estimator.as_str()),
        ),
        column("token_definition", DEFINITION, |of| Cell::of(of.row.token_definition.as_str())),
        optional(
            "mean_tokens",
            "what a problem costs on average, in tokens by `token_definition`, or in dollars",
            "some count is unknown, or some problem does not hold as much",
            |of| Cell::figure(&of.row.mean_tokens),
        ),
        optional("mean_programs", "programs and repairs drawn for a problem on average", NOT_CARRIED, |of| {
            Cell::figure(&of.row.mean_programs)
        }),
        optional("pass_rate", "share of problems solved, 0 to 1", NOT_CARRIED, |of| Cell::figure(&of.row.pass_rate)),
        optional("low", "lower end of the interval of `pass_rate` that `band` names", NO_INTERVAL, |of| {
            low(&of.row.interval)
        }),
        optional("high", HIGH, NO_INTERVAL, |of| high(&of.row.interval)),
        column(
            "band",
            "what `low` and `high` are: `new_problems` (95 % over new problems), `resampling_noise` (one standard \
             deviation of the resamples, no interval of the figure)",
            |of| Cell::of(of.row.band.as_str()),
        ),
        optional("same_low", SAME_LOW, NO_INTERVAL, |of| low(&of.row.same_problems)),
        optional("same_high", HIGH, NO_INTERVAL, |of| high(&of.row.same_problems)),
        column("baseline", BASELINE, |of| Cell::of(of.row.baseline.as_str())),
        column(
            "axis",
            "where the baseline is read: at equal mean `tokens`, at an equal mean number of `programs`, at the `size` of the \
             whole tree, or at an equal mean number of `calls`, `executions`, `questions` to people or `minutes` of theirs",
            |of| Cell::of(of.row.axis.as_str()),
        ),
        optional("baseline_pass_rate", BASELINE_RATE, NO_BASELINE, |of| Cell::figure(&of.row.baseline_pass_rate)),
        optional("diff", DIFF, NO_BASELINE, |of| Cell::figure(&of.row.difference)),
        optional("diff_low", DIFF_LOW, NO_INTERVAL, |of| low(&of.row.difference_interval)),
        optional("diff_high", HIGH, NO_INTERVAL, |of| high(&of.row.difference_interval)),
        optional(
            "normalised",
            "`pass_rate` divided by `baseline_pass_rate`: above 1 repair is worth its tokens",
            "there is no baseline, or it solves nothing",
            |of| Cell::figure(&of.row.normalised),
        ),
        optional("absent", "why the first figure that is not there is not", "all are there, intervals aside", |of| {
            Cell::some_text(of.row.why_absent().map(plain))
        }),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
        optional("few_informative", FEW, NO_INTERVAL, |of| few(&of.row.interval)),
        optional("diff_few_informative", "the same of `diff_low` and `diff_high`", NO_INTERVAL, |of| {
            few(&of.row.difference_interval)
        }),
        optional("normalised_low", NORMALISED_LOW, NO_INTERVAL, |of| low(&of.row.normalised_interval)),
        optional("normalised_high", HIGH, NO_INTERVAL, |of| high(&of.row.normalised_interval)),
    ]);
    columns
}

/// How `pass_within.csv` is laid out.
pub(crate) fn pass_within_sheet<'a>() -> Sheet<Of<'a, PassWithin>> {
    let (column, optional) = (column::<Of<'a, PassWithin>>, optional::<Of<'a, PassWithin>>);
    let mut columns: Vec<Column<Of<'a, PassWithin>>> = labels();
    columns.extend([
        column("group", GROUP, |of| Cell::text(&of.row.group)),
        column("order", ORDER, |of| Cell::of(of.row.order.as_str())),
        column("n_p", N_P, |of| Cell::of(of.row.n_p)),
        column("n_f", N_F, |of| Cell::of(of.row.n_f)),
        column("n_r", N_R, |of| Cell::of(of.row.n_r)),
        column("token_definition", DEFINITION, |of| Cell::of(of.row.token_definition.as_str())),
        column("cap", "most tokens that one problem may cost", |of| Cell::of(of.row.cap)),
        optional("pass_rate", "share of problems solved within the cap, 0 to 1", NOT_CARRIED, |of| {
            Cell::figure(&of.row.pass_rate)
        }),
        optional("low", LOW, NO_INTERVAL, |of| low(&of.row.interval)),
        optional("high", HIGH, NO_INTERVAL, |of| high(&of.row.interval)),
        optional(
            "baseline_pass_rate",
            "share of problems that first programs one by one solve within the cap, 0 to 1",
            NO_BASELINE,
            |of| Cell::figure(&of.row.baseline_pass_rate),
        ),
        optional("diff", DIFF, NO_BASELINE, |of| Cell::figure(&of.row.difference)),
        optional("diff_low", DIFF_LOW, NO_INTERVAL, |of| low(&of.row.difference_interval)),
        optional("diff_high", HIGH, NO_INTERVAL, |of| high(&of.row.difference_interval)),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
        optional("few_informative", FEW, NO_INTERVAL, |of| few(&of.row.interval)),
        optional("diff_few_informative", "the same of `diff_low` and `diff_high`", NO_INTERVAL, |of| {
            few(&of.row.difference_interval)
        }),
    ]);
    let about = "one shape of trees under a hard cap on what a problem may cost; only where `--within` asks for it";
    Sheet::new("pass_within.csv", about, columns)
}

/// How `pass_at_budget.csv` is laid out.
pub(crate) fn pass_at_budget_sheet<'a>() -> Sheet<Of<'a, PassAtBudget>> {
    const OUTSIDE: &str = "nothing was collected that costs as much, or as little";
    let (column, optional) = (column::<Of<'a, PassAtBudget>>, optional::<Of<'a, PassAtBudget>>);
    let mut columns: Vec<Column<Of<'a, PassAtBudget>>> = labels();
    columns.extend([
        column("group", GROUP, |of| Cell::text(&of.row.group)),
        column("order", ORDER, |of| Cell::of(of.row.order.as_str())),
        column("n_f", N_F, |of| Cell::of(of.row.n_f)),
        column("n_r", N_R, |of| Cell::of(of.row.n_r)),
        column("token_definition", DEFINITION, |of| Cell::of(of.row.token_definition.as_str())),
        column("budget", "mean cost of a problem, in tokens by `token_definition`, or in dollars", |of| {
            Cell::number(of.row.budget)
        }),
        optional("pass_rate", "share of problems solved, 0 to 1, between the two nearest n_p", OUTSIDE, |of| {
            Cell::figure(&of.row.pass_rate)
        }),
        optional("low", LOW, NO_INTERVAL, |of| low(&of.row.interval)),
        optional("high", HIGH, NO_INTERVAL, |of| high(&of.row.interval)),
        column("baseline", BASELINE, |of| Cell::of(of.row.baseline.as_str())),
        optional("baseline_pass_rate", "share of problems that the baseline solves at the budget", OUTSIDE, |of| {
            Cell::figure(&of.row.baseline_pass_rate)
        }),
        optional("diff", DIFF, OUTSIDE, |of| Cell::figure(&of.row.difference)),
        optional("diff_low", DIFF_LOW, NO_INTERVAL, |of| low(&of.row.difference_interval)),
        optional("diff_high", HIGH, NO_INTERVAL, |of| high(&of.row.difference_interval)),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
        optional("few_informative", FEW, NO_INTERVAL, |of| few(&of.row.interval)),
        optional("diff_few_informative", "the same of `diff_low` and `diff_high`", NO_INTERVAL, |of| {
            few(&of.row.difference_interval)
        }),
    ]);
    let about = "one shape of trees at a mean cost of a problem; only where `--at` asks for it";
    Sheet::new("pass_at_budget.csv", about, columns)
}

fn low(interval: &Figure<Interval>) -> Cell {
    interval.value().map_or(Cell::Empty, |interval| Cell::number(interval.low))
}

fn high(interval: &Figure<Interval>) -> Cell {
    interval.value().map_or(Cell::Empty, |interval| Cell::number(interval.high))
}

fn few(interval: &Figure<Interval>) -> Cell {
    interval.value().map_or(Cell::Empty, |interval| Cell::of(interval.few_informative))
}

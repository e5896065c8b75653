//! The files of trees that are deeper than programs and one round of repairs: `rounds.csv`, `transitions.csv`,
//! `decay.csv`, `repair_success.csv`, `seats.csv` and `strategy_points.csv`.

use crate::cell::Cell;
use crate::plain::plain;
use crate::sheet::{Column, CsvFile, OfRun, Sheet, SheetAbout, column, labels, optional};
use mend_core::OracleLevel;
use mend_metrics::{
    Ddi, DecayRow, Deeper, Figure, Interval, RoundRow, RunLabels, Sample, SeatRow, StrategyPoint, SuccessRow, Summary,
    TransitionRow,
};

/// A row, and the run that it is of.
pub(crate) struct Of<'a, T> {
    pub(crate) run: &'a RunLabels,
    pub(crate) sample: Sample,
    pub(crate) row: &'a T,
}

/// Scored by the hidden tests, so that it selects nothing: the strategy's own level holds.
impl<T> OfRun for Of<'_, T> {
    fn run(&self) -> &RunLabels {
        self.run
    }

    fn oracle_level(&self) -> OracleLevel {
        self.run.oracle_level
    }
}

/// The files, each without a row where the run has nothing for it.
pub(crate) fn tables(summary: &Summary) -> Vec<CsvFile> {
    fn of<'a, T>(summary: &'a Summary, rows: Option<&'a Vec<T>>) -> impl Iterator<Item = Of<'a, T>> {
        let sample = summary.coverage.sample;
        rows.into_iter().flatten().map(move |row| Of { run: &summary.run, sample, row })
    }
    fn get<T>(deeper: Option<&Deeper>, rows: fn(&Deeper) -> &Vec<T>) -> Option<&Vec<T>> {
        deeper.map(rows)
    }
    let deeper = summary.deeper.as_ref();
    vec![
        rounds().filled(of(summary, get(deeper, |deeper| &deeper.rounds))),
        transitions().filled(of(summary, get(deeper, |deeper| &deeper.transitions))),
        decay().filled(of(summary, get(deeper, |deeper| &deeper.decay))),
        success("repair_success.csv", SUCCESS).filled(of(summary, get(deeper, |deeper| &deeper.repair_success))),
        seats().filled(of(summary, get(deeper, |deeper| &deeper.seats))),
        points(summary.learning.is_some()).filled(of(summary, get(deeper, |deeper| &deeper.points))),
    ]
}

/// What the dictionary says of them.
pub(crate) fn sheets() -> Vec<SheetAbout> {
    vec![
        rounds().into_about(),
        transitions().into_about(),
        decay().into_about(),
        success("repair_success.csv", SUCCESS).into_about(),
        seats().into_about(),
        points(true).into_about(),
    ]
}

pub(crate) const GROUP: &str = "problems that it is about: `all`, or those of one difficulty";
pub(crate) const LOW: &str = "lower end of its 95 % interval over new problems";
pub(crate) const HIGH: &str = "upper end of the same";
pub(crate) const NO_INTERVAL: &str = "there is no such interval, as for one problem alone";
const NO_LINE: &str = "some program has several repairs, so that no line runs through it, or no line is scored";
pub(crate) const COVERAGE: &str = "what it rests on: `complete` (all problems of the run), `stopped_sample` (those that were finished \
                        when the run was stopped)";
const NO_EDGE: &str = "there is no such repair";
const UNKNOWN: &str = "some count or price is unknown";

pub(crate) fn low(interval: &Figure<Interval>) -> Cell {
    interval.value().map_or(Cell::Empty, |interval| Cell::number(interval.low))
}

pub(crate) fn high(interval: &Figure<Interval>) -> Cell {
    interval.value().map_or(Cell::Empty, |interval| Cell::number(interval.high))
}

/// The reason of the first figure that has none.
fn why(figures: &[&Figure]) -> Cell {
    Cell::some_text(figures.iter().find_map(|figure| figure.reason()).map(plain))
}

fn rounds<'a>() -> Sheet<Of<'a, RoundRow>> {
    let (column, optional) = (column::<Of<'a, RoundRow>>, optional::<Of<'a, RoundRow>>);
    let mut columns: Vec<Column<Of<'a, RoundRow>>> = labels();
    columns.extend([
        column("group", GROUP, |of| Cell::text(&of.row.group)),
        column("round", "repairs that lie behind: 0 for first programs", |of| Cell::of(of.row.round)),
        column("problems", "problems that have a line: a first program with its repairs one after another", |of| {
            Cell::of(of.row.problems)
        }),
        column("lines", "lines of which every program is scored", |of| Cell::of(of.row.lines)),
        optional(
            "solved",
            "share of lines whose current program passes (SR); a line that stopped keeps its last program",
            NO_LINE,
            |of| Cell::figure(&of.row.solved.value),
        ),
        optional("solved_low", LOW, NO_INTERVAL, |of| low(&of.row.solved.interval)),
        optional("solved_high", HIGH, NO_INTERVAL, |of| high(&of.row.solved.interval)),
        optional("solved_any", "share of lines of which some program up to this round passes; in the last round Recall@R", NO_LINE, |of| {
            Cell::figure(&of.row.solved_any.value)
        }),
        optional("solved_any_low", LOW, NO_INTERVAL, |of| low(&of.row.solved_any.interval)),
        optional("solved_any_high", HIGH, NO_INTERVAL, |of| high(&of.row.solved_any.interval)),
        optional("newly_solved", "what the round adds to `solved_any`", NO_LINE, |of| {
            Cell::figure(&of.row.newly_solved)
        }),
        column("at_risk", "lines of which no program passed before", |of| Cell::of(of.row.at_risk)),
        optional(
            "hazard",
            "share of the lines at risk of which a program passes in this round",
            "no line is at risk, or there is no line",
            |of| Cell::figure(&of.row.hazard),
        ),
        column("programs", "scored programs of this round", |of| Cell::of(of.row.programs)),
        column("programs_passed", "those of them that pass", |of| Cell::of(of.row.programs_passed)),
        optional(
            "accuracy",
            "share of a problem's programs of this round that pass: mean over problems that have any",
            "no program of this round is scored",
            |of| Cell::figure(&of.row.accuracy),
        ),
        optional(
            "billed_tokens",
            "what a tree spends in this round, as billed, trees that stopped included; critiques of a program and notes \
             on it count to its repair, nodes about no program to round 0",
            UNKNOWN,
            |of| Cell::figure(&of.row.cost.billed),
        ),
        optional("completion_tokens", "the same by the tokens of the answers", UNKNOWN, |of| {
            Cell::figure(&of.row.cost.completion)
        }),
        optional("paper_tokens", "the same by our count of programs and the text before them", UNKNOWN, |of| {
            Cell::figure(&of.row.cost.paper)
        }),
        optional("dollars", "the same in dollars", UNKNOWN, |of| Cell::figure(&of.row.cost.dollars)),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
        optional("absent", "why `solved` is empty", "it is not", |of| why(&[&of.row.solved.value])),
    ]);
    let about = "one round of repairs; there only if some tree holds a repair of a repair";
    Sheet::new("rounds.csv", about, columns)
}

fn transitions<'a>() -> Sheet<Of<'a, TransitionRow>> {
    fn joint(row: &TransitionRow, count: u64) -> Cell {
        row.joint(count).map_or(Cell::Empty, Cell::number)
    }
    fn rest(figure: &Figure) -> Cell {
        figure.value().map_or(Cell::Empty, |value| Cell::number(1.0 - value))
    }
    let (column, optional) = (column::<Of<'a, TransitionRow>>, optional::<Of<'a, TransitionRow>>);
    let mut columns: Vec<Column<Of<'a, TransitionRow>>> = labels();
    columns.extend([
        column("group", GROUP, |of| Cell::text(&of.row.group)),
        column("problems", "problems with an edge: a scored program and a scored repair of it", |of| {
            Cell::of(of.row.problems)
        }),
        column("edges", "such edges", |of| Cell::of(of.row.edges)),
        column("cc", "edges from a right program to a right one", |of| Cell::of(of.row.cc)),
        column("ci", "edges from a right program to a wrong one", |of| Cell::of(of.row.ci)),
        column("ic", "edges from a wrong program to a right one", |of| Cell::of(of.row.ic)),
        column("ii", "edges from a wrong program to a wrong one", |of| Cell::of(of.row.ii)),
        optional("cc_of_right", "`cc` over edges from right programs", NO_EDGE, |of| rest(&of.row.ci_of_right.value)),
        optional("ci_of_right", "`ci` over edges from right programs", NO_EDGE, |of| {
            Cell::figure(&of.row.ci_of_right.value)
        }),
        optional("ci_of_right_low", LOW, NO_INTERVAL, |of| low(&of.row.ci_of_right.interval)),
        optional("ci_of_right_high", HIGH, NO_INTERVAL, |of| high(&of.row.ci_of_right.interval)),
        optional("ic_of_wrong", "`ic` over edges from wrong programs", NO_EDGE, |of| {
            Cell::figure(&of.row.ic_of_wrong.value)
        }),
        optional("ic_of_wrong_low", LOW, NO_INTERVAL, |of| low(&of.row.ic_of_wrong.interval)),
        optional("ic_of_wrong_high", HIGH, NO_INTERVAL, |of| high(&of.row.ic_of_wrong.interval)),
        optional("ii_of_wrong", "`ii` over edges from wrong programs", NO_EDGE, |of| rest(&of.row.ic_of_wrong.value)),
        optional("cc_of_all", "`cc` over all edges", NO_EDGE, |of| joint(of.row, of.row.cc)),
        optional("ci_of_all", "`ci` over all edges", NO_EDGE, |of| joint(of.row, of.row.ci)),
        optional("ic_of_all", "`ic` over all edges", NO_EDGE, |of| joint(of.row, of.row.ic)),
        optional("ii_of_all", "`ii` over all edges", NO_EDGE, |of| joint(of.row, of.row.ii)),
        optional("delta_up", "share of lines whose first program fails and whose last passes", NO_LINE, |of| {
            Cell::figure(&of.row.delta_up.value)
        }),
        optional("delta_up_low", LOW, NO_INTERVAL, |of| low(&of.row.delta_up.interval)),
        optional("delta_up_high", HIGH, NO_INTERVAL, |of| high(&of.row.delta_up.interval)),
        optional("delta_down", "share of lines whose first program passes and whose last fails", NO_LINE, |of| {
            Cell::figure(&of.row.delta_down.value)
        }),
        optional("delta_down_low", LOW, NO_INTERVAL, |of| low(&of.row.delta_down.interval)),
        optional("delta_down_high", HIGH, NO_INTERVAL, |of| high(&of.row.delta_down.interval)),
        optional(
            "regressed_tests",
            "tests that a program passes and its repair fails, over those that the program passes: mean over edges",
            "not every test was run, or no repaired program passes one",
            |of| Cell::figure(&of.row.regressed),
        ),
        column("regressed_edges", "edges behind it", |of| Cell::of(of.row.regressed_edges)),
        optional(
            "any_regressed",
            "share of these edges on which some test regresses",
            "not every test was run, or no repaired program passes one",
            |of| Cell::figure(&of.row.any_regressed),
        ),
        column("not_run", "those of these edges whose repair never ran, so that all its tests regress", |of| {
            Cell::of(of.row.not_run)
        }),
        optional(
            "fixed_tests",
            "tests that a program fails and its repair passes, over those that the program fails: mean over edges",
            "not every test was run, or no repaired program fails one",
            |of| Cell::figure(&of.row.fixed),
        ),
        column("fixed_edges", "edges behind it", |of| Cell::of(of.row.fixed_edges)),
        column("repairs", "repairs that hold a program", |of| Cell::of(of.row.repairs)),
        column("repeated", "those of them that are, to the byte, an earlier program of their tree", |of| {
            Cell::of(of.row.repeated)
        }),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
        optional("absent", "why the first empty share of this row is empty", "none is", |of| {
            let row = of.row;
            why(&[&row.ci_of_right.value, &row.ic_of_wrong.value, &row.delta_up.value, &row.regressed, &row.fixed])
        }),
    ]);
    let about = "what becomes of programs from one repair to the next; there only if some tree holds a repair of a repair, or of a \
         right program";
    Sheet::new("transitions.csv", about, columns)
}

fn ddi(row: &DecayRow, of: impl Fn(&Ddi) -> Cell) -> Cell {
    row.ddi.value().map_or(Cell::Empty, of)
}

fn decay<'a>() -> Sheet<Of<'a, DecayRow>> {
    const NO_DDI: &str = "no line has three programs, or nothing but the first program solves anything";
    const NO_FIT: &str = "there are fewer than three rounds, or fewer than ten lines that a repair solved";
    let (column, optional) = (column::<Of<'a, DecayRow>>, optional::<Of<'a, DecayRow>>);
    let mut columns: Vec<Column<Of<'a, DecayRow>>> = labels();
    columns.extend([
        column("group", GROUP, |of| Cell::text(&of.row.group)),
        column("rounds", "most repairs of a line: the rounds that the fit is over", |of| Cell::of(of.row.rounds)),
        column("problems", "problems that have a line: a first program with its repairs one after another", |of| {
            Cell::of(of.row.problems)
        }),
        column("lines", "lines of which every program is scored", |of| Cell::of(of.row.lines)),
        optional(
            "mrr",
            "mean reciprocal rank: 1 over the number of a line's first program that passes, 0 if none does; runs of \
             unequal limits on rounds are not to be compared by it",
            NO_LINE,
            |of| Cell::figure(&of.row.mrr.value),
        ),
        optional("mrr_low", LOW, NO_INTERVAL, |of| low(&of.row.mrr.interval)),
        optional("mrr_high", HIGH, NO_INTERVAL, |of| high(&of.row.mrr.interval)),
        optional("recall", "share of lines of which some program passes", NO_LINE, |of| {
            Cell::figure(&of.row.recall.value)
        }),
        optional("recall_low", LOW, NO_INTERVAL, |of| low(&of.row.recall.interval)),
        optional("recall_high", HIGH, NO_INTERVAL, |of| high(&of.row.recall.interval)),
        optional(
            "slope",
            "what one more program adds to the share of lines whose current program passes (`solved` of rounds.csv): the \
             straight line through all rounds, by least squares",
            NO_LINE,
            |of| Cell::figure(&of.row.slope.value),
        ),
        optional("slope_low", LOW, NO_INTERVAL, |of| low(&of.row.slope.interval)),
        optional("slope_high", HIGH, NO_INTERVAL, |of| high(&of.row.slope.interval)),
        optional(
            "slope_r2",
            "how straight that is: the share of the variance between rounds that the line explains",
            "there is no slope, or the share is the same in every round",
            |of| Cell::figure(&of.row.slope_r2),
        ),
        column("failed_first", "lines whose first program fails", |of| Cell::of(of.row.failed_first)),
        column("gained", "those of them that a repair solves", |of| Cell::of(of.row.gained)),
        optional(
            "e0",
            "share of `failed_first` that the first repair solves, by the fit e_j = e0 exp(-lambda (j - 1))",
            NO_FIT,
            |of| Cell::figure(&of.row.e0),
        ),
        optional("lambda", "how fast that share falls from round to round, by maximum likelihood", NO_FIT, |of| {
            Cell::figure(&of.row.lambda.value)
        }),
        optional("lambda_low", LOW, NO_INTERVAL, |of| low(&of.row.lambda.interval)),
        optional("lambda_high", HIGH, NO_INTERVAL, |of| high(&of.row.lambda.interval)),
        optional("half_life", "rounds after which half as much is added", "`lambda` is empty, or not above 0", |of| {
            Cell::figure(&of.row.half_life.value)
        }),
        optional("half_life_low", LOW, "there is no such interval, or that of `lambda` holds 0", |of| {
            low(&of.row.half_life.interval)
        }),
        optional("half_life_high", HIGH, "there is no such interval, or that of `lambda` holds 0", |of| {
            high(&of.row.half_life.interval)
        }),
        optional("t_80", "rounds after which a fifth as much is added", "`lambda` is empty, or not above 0", |of| {
            Cell::figure(&of.row.t_80)
        }),
        optional("hazard", "newly solved lines over lines at risk, of all rounds", "no line is at risk", |of| {
            Cell::figure(&of.row.hazard)
        }),
        optional(
            "lambda_constant",
            "the lambda of a repairer whose every repair solves that share: what is open gets fewer all the same",
            "no line is at risk, or each repair solves its line",
            |of| Cell::figure(&of.row.constant_lambda),
        ),
        optional(
            "lambda_fresh",
            "the same fit to the first programs of each tree, in their order: repairing wears off only if `lambda` is \
             beyond both",
            "trees hold fewer than four first programs, or unequal numbers, or too few of them pass",
            |of| Cell::figure(&of.row.fresh_lambda),
        ),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
        optional("absent", "why `mrr`, `lambda` or `half_life` is empty: the first of these", "none is", |of| {
            why(&[&of.row.mrr.value, &of.row.lambda.value, &of.row.half_life.value])
        }),
        optional(
            "ddi_e0",
            "start of the decay index as its paper fits it: E0 exp(-lambda t) through what each program adds to the share of \
             all lines that are solved, the first at t = 0, by least squares; the step from the first program to the first \
             repair decides it",
            NO_DDI,
            |of| ddi(of.row, |ddi| Cell::number(ddi.e0)),
        ),
        optional("ddi_lambda", "its rate", NO_DDI, |of| ddi(of.row, |ddi| Cell::number(ddi.lambda))),
        optional("ddi_r2", "the share of the variance that it explains", NO_DDI, |of| {
            ddi(of.row, |ddi| Cell::figure(&ddi.r2))
        }),
        optional("ddi_t_80", "programs after which a fifth as much is added, by it", NO_DDI, |of| {
            ddi(of.row, |ddi| Cell::figure(&ddi.t_80))
        }),
    ]);
    let about = "how soon lines are solved, and how what repairs add decays; there only if some tree holds a repair of a repair";
    Sheet::new("decay.csv", about, columns)
}

/// `repair_by_status.csv`.
pub(crate) fn repair_by_status(summary: &Summary) -> CsvFile {
    let rows = summary.repair_by_status.iter();
    let sample = summary.coverage.sample;
    success("repair_by_status.csv", BY_STATUS).filled(rows.map(|row| Of { run: &summary.run, sample, row }))
}

/// What the dictionary says of it.
pub(crate) fn by_status_sheet() -> SheetAbout {
    success("repair_by_status.csv", BY_STATUS).into_about()
}

/// What a row of `repair_success.csv` is.
pub(crate) const SUCCESS: &str = "repairs that have something in common; there by itself only if some tree holds a repair of a repair, and \
                 of any run by `mend report <run> --table repairs --out <file>`";
const BY_STATUS: &str = "the repairs of failing programs, all of them or those of programs that failed in one way; there only if \
                         failing programs have scored repairs";

/// A file of repairs by what they have in common.
pub(crate) fn success<'a>(file: &'static str, about: &'static str) -> Sheet<Of<'a, SuccessRow>> {
    let (column, optional) = (column::<Of<'a, SuccessRow>>, optional::<Of<'a, SuccessRow>>);
    let mut columns: Vec<Column<Of<'a, SuccessRow>>> = labels();
    columns.extend([
        column(
            "by",
            "what the repairs have in common: `all` (nothing), `group` (difficulty of the problem), `status` (of the \
             program that they mend), `author` (model that wrote them), `round`, `adviser` (model that wrote the critique \
             which they go by)",
            |of| Cell::of(of.row.by.as_str()),
        ),
        column("of", "its value", |of| Cell::text(plain(&of.row.of))),
        column("repairs", "scored repairs of failing programs", |of| Cell::of(of.row.repairs)),
        column("passed", "those of them that pass", |of| Cell::of(of.row.passed)),
        column("programs", "failing programs that they mend", |of| Cell::of(of.row.programs)),
        column("problems", "problems of these", |of| Cell::of(of.row.problems)),
        optional("pooled", "`passed` over `repairs`", NO_EDGE, |of| Cell::figure(&of.row.pooled.value)),
        optional("low", LOW, "fewer than five problems have such a repair, or there is no interval", |of| {
            low(&of.row.pooled.interval)
        }),
        optional("high", HIGH, "fewer than five problems have such a repair, or there is no interval", |of| {
            high(&of.row.pooled.interval)
        }),
        optional("by_program", "share of a failing program's repairs that pass: mean over programs", NO_EDGE, |of| {
            Cell::figure(&of.row.by_program)
        }),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
    ]);
    Sheet::new(file, about, columns)
}

fn seats<'a>() -> Sheet<Of<'a, SeatRow>> {
    let (column, optional) = (column::<Of<'a, SeatRow>>, optional::<Of<'a, SeatRow>>);
    let mut columns: Vec<Column<Of<'a, SeatRow>>> = labels();
    columns.extend([
        column(
            "seat",
            "who was asked; `script` for what the strategy put together itself, whose model is `none`",
            |of| Cell::text(&of.row.seat),
        ),
        column("asked_model", "model in the seat", |of| Cell::text(plain(&of.row.model))),
        column("calls", "requests of finished trees that were answered", |of| Cell::of(of.row.calls)),
        column("answers", "answers to them", |of| Cell::of(of.row.answers)),
        column("tokens", "what the answers cost, as billed", |of| Cell::of(of.row.cost.tokens)),
        optional("dollars", "the same in dollars", "some price is unknown", |of| Cell::some(of.row.cost.usd)),
        column(
            "questions",
            "those of `calls` that went to a person, or to whoever sits in a person's seat: all of an annotator, and those \
             of another seat that people answered (`human:<file>`)",
            |of| Cell::of(of.row.questions),
        ),
        column(
            "minutes",
            "people's minutes for these, as they report them, each row of theirs once; 0.5 for a question to whoever only \
             stands for a person",
            |of| Cell::of(of.row.minutes),
        ),
        column("judged", "programs of the seat that were run by the problem's tests", |of| Cell::of(of.row.judged)),
        column("tested", "times that such a program was run by tests of another node", |of| Cell::of(of.row.tested)),
        column("ran", "times that something was run for such an answer without a judgement: inputs, or an instrument", |of| Cell::of(of.row.ran)),
    ]);
    let about = "a seat and the model in it, over finished trees; there only if some tree holds more than programs, \
                 critiques and one round of repairs, or runs programs by other means than the problem's tests";
    Sheet::new("seats.csv", about, columns)
}

const NO_REGION: &str = "fewer than five problems, or one of cost and outcome follows from the other";

/// `learns` is whether the strategy learns from one problem for others.
fn points<'a>(learns: bool) -> Sheet<Of<'a, StrategyPoint>> {
    let (column, optional) = (column::<Of<'a, StrategyPoint>>, optional::<Of<'a, StrategyPoint>>);
    let mut columns: Vec<Column<Of<'a, StrategyPoint>>> = labels();
    columns.extend([
        column(
            "token_definition",
            "what counts as a token: `billed` (prompt and output), `completion` (output), `paper` (our count of the \
             program and the text before it), `dollars`",
            |of| Cell::of(of.row.token_definition),
        ),
        column("problems", "problems with a scored submission", |of| Cell::of(of.row.problems)),
        optional("mean_cost", "mean cost of a tree, all that it holds, with `loop_share`", UNKNOWN, |of| {
            Cell::figure(&of.row.cost)
        }),
        optional("cost_low", LOW, NO_INTERVAL, |of| low(&of.row.cost_interval)),
        optional("cost_high", HIGH, NO_INTERVAL, |of| high(&of.row.cost_interval)),
        optional(
            "pass",
            "share of trees whose submission, as the strategy chose it, passes the scoring tests",
            "no submission is scored",
            |of| Cell::figure(&of.row.pass.value),
        ),
        optional("low", LOW, NO_INTERVAL, |of| low(&of.row.pass.interval)),
        optional("high", HIGH, NO_INTERVAL, |of| high(&of.row.pass.interval)),
        optional(
            "correlation",
            "correlation of cost and `pass` over problems",
            "one of them is the same on each problem",
            |of| Cell::figure(&of.row.correlation),
        ),
        optional("cost_error", "standard error of `mean_cost` over problems", NO_REGION, |of| {
            Cell::some_number(of.row.region.value().map(|region| region.cost_error))
        }),
        optional("pass_error", "standard error of `pass` over problems", NO_REGION, |of| {
            Cell::some_number(of.row.region.value().map(|region| region.pass_error))
        }),
        optional(
            "ellipse",
            "size of the 95 % ellipse of both means: with u and v the distances from `mean_cost` and `pass` in their standard \
             errors and r the correlation, (u^2 - 2 r u v + v^2) / (1 - r^2) is at most this within it",
            NO_REGION,
            |of| Cell::some_number(of.row.region.value().map(|region| region.size)),
        ),
        column(
            "baseline",
            "what the same budget is spent on instead: first programs, all paid for (`iid`), or one by one until one \
             passes the scoring tests (`iid_sequential`) or the tests which the statement shows (`public_stopped`)",
            |of| Cell::of(&of.row.baseline),
        ),
        optional("baseline_pass", "its pass rate at the same mean cost", "the baseline cannot be read there", |of| {
            Cell::figure(&of.row.baseline_pass)
        }),
        optional("diff", "`pass` minus `baseline_pass`", "the baseline cannot be read there", |of| {
            Cell::figure(&of.row.diff.value)
        }),
        optional(
            "diff_low",
            "lower end of the 95 % interval of `diff`, both sides resampled together",
            NO_INTERVAL,
            |of| low(&of.row.diff.interval),
        ),
        optional("diff_high", HIGH, NO_INTERVAL, |of| high(&of.row.diff.interval)),
        column("coverage", COVERAGE, |of| Cell::of(of.sample.as_str())),
        optional("absent", "why `diff` is empty", "it is not", |of| why(&[&of.row.diff.value])),
        optional(
            "selection_loss",
            "share of trees in which some program passes the scoring tests, minus `pass`, over the same trees: what \
             choosing loses",
            "no submission is scored",
            |of| Cell::figure(&of.row.selection_loss.value),
        ),
        optional("selection_loss_low", LOW, NO_INTERVAL, |of| low(&of.row.selection_loss.interval)),
        optional("selection_loss_high", HIGH, NO_INTERVAL, |of| high(&of.row.selection_loss.interval)),
        optional(
            "handed_in",
            "share of trees that hand in a program: what a strategy covers that may abstain",
            "no submission is scored",
            |of| Cell::figure(&of.row.handed_in.value),
        ),
        optional("handed_in_low", LOW, NO_INTERVAL, |of| low(&of.row.handed_in.interval)),
        optional("handed_in_high", HIGH, NO_INTERVAL, |of| high(&of.row.handed_in.interval)),
        optional(
            "precision",
            "share of the programs that were handed in that pass the scoring tests",
            "nothing was handed in",
            |of| Cell::figure(&of.row.precision.value),
        ),
        optional("precision_low", LOW, NO_INTERVAL, |of| low(&of.row.precision.interval)),
        optional("precision_high", HIGH, NO_INTERVAL, |of| high(&of.row.precision.interval)),
    ]);
    let of_loop = [optional(
        "loop_share",
        "part of `mean_cost` that was spent on other problems, to learn from them: all that they cost, divided by the \
             problems that are reported; there only if the strategy learns from one problem for others",
        "it was not counted when the figures were made",
        |of| Cell::figure(&of.row.loop_share),
    )];
    columns.extend(of_loop.into_iter().filter(|_| learns));
    let about = "the one point that a strategy realised, beside a baseline at the same mean cost; there only if some tree \
                 holds more than programs, critiques and one round of repairs of failing programs, or runs programs by \
                 other means than the problem's tests, or if the strategy learns from one problem for others";
    Sheet::new("strategy_points.csv", about, columns)
}

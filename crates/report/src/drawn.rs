//! The data of a page's plots: `curve.csv`, `baselines.csv`, `problem_rates.csv`, `statuses.csv`, `repairs_by_kind.csv`,
//! `repairs_became.csv` and `tokens_by_seat.csv`.

use crate::cell::Cell;
use crate::figures::{curve, curve_sheet};
use crate::sheet::{CsvFile, OfRun, Sheet, SheetAbout, column, optional};
use crate::{OwnFile, ReportError};
use mend_metrics::{BaselinePoint, Drawn, NodeTally, ProblemRate, RunLabels, SeatSpending, SuccessRow, Summary};

/// A row of a run.
struct Of<'a, T> {
    run: &'a RunLabels,
    row: T,
}

impl<T> OfRun for Of<'_, T> {
    fn run(&self) -> &RunLabels {
        self.run
    }
}

/// So many repairs of programs with one status ended with another.
struct Became {
    from: &'static str,
    to: &'static str,
    repairs: u64,
}

/// So many programs ended with a status.
struct Ended {
    of: &'static str,
    status: &'static str,
    programs: u64,
    /// Those of them that could be scored.
    scored: u64,
}

fn statuses_sheet<'a>() -> Sheet<Of<'a, Ended>> {
    let (column, optional) = (column::<Of<'a, Ended>>, optional::<Of<'a, Ended>>);
    let columns = vec![
        column("run", "id of the run", |of| Cell::text(&of.run().id)),
        column("of", "`first_programs`, or `repairs`, which are all others", |of| Cell::of(of.row.of)),
        column("status", "how they ended; `unscored` for those that are in no rate", |of| Cell::of(of.row.status)),
        column("programs", "programs that ended so", |of| Cell::of(of.row.programs)),
        optional("share", "their share of all that were scored, 0 to 1", "they are unscored", |of| {
            let share = of.row.programs as f64 / of.row.scored as f64;
            Cell::some((of.row.status != UNSCORED).then(|| Cell::number(share).written()))
        }),
    ];
    Sheet::new("statuses.csv", "programs of finished trees that ended alike", columns)
}

const UNSCORED: &str = "unscored";

fn ended(of: &'static str, tally: &NodeTally) -> Vec<Ended> {
    let scored = tally.scored();
    let row = |status: &'static str, programs: u64| Ended { of, status, programs, scored };
    let unscored = (tally.unscored > 0).then(|| row(UNSCORED, tally.unscored));
    tally.statuses.iter().map(|(status, programs)| row(status.as_str(), *programs)).chain(unscored).collect()
}

fn kinds_sheet<'a>() -> Sheet<Of<'a, &'a SuccessRow>> {
    let (column, optional) = (column::<Of<'a, &'a SuccessRow>>, optional::<Of<'a, &'a SuccessRow>>);
    let columns = vec![
        column("run", "id of the run", |of| Cell::text(&of.run().id)),
        column("by", "what the repairs have in common: `all`, the `status` of the failure, or their `round`", |of| {
            Cell::of(of.row.by.as_str())
        }),
        column("of", "its value", |of| Cell::text(&of.row.of)),
        column("repairs", "scored repairs of failing programs", |of| Cell::of(of.row.repairs)),
        column("passed", "those that pass", |of| Cell::of(of.row.passed)),
        column("programs", "the failing programs", |of| Cell::of(of.row.programs)),
        column("problems", "the problems of these", |of| Cell::of(of.row.problems)),
        optional("share", "`passed` over `repairs`", "there is no repair", |of| Cell::figure(&of.row.pooled.value)),
        optional("low", "lower end of its 95 % interval over new problems", "there is no such interval", |of| {
            Cell::some(of.row.pooled.interval.value().map(|of| Cell::number(of.low).written()))
        }),
        optional("high", "upper end of the same", "there is no such interval", |of| {
            Cell::some(of.row.pooled.interval.value().map(|of| Cell::number(of.high).written()))
        }),
        optional("absent", "why there is no interval", "there is one", |of| {
            Cell::some_text(of.row.pooled.interval.reason())
        }),
    ];
    Sheet::new("repairs_by_kind.csv", "repairs that have something in common, and how often they pass", columns)
}

fn seats_sheet<'a>() -> Sheet<Of<'a, &'a SeatSpending>> {
    const UNREPORTED: &str = "the server did not report it for some answer";
    let (column, optional) = (column::<Of<'a, &'a SeatSpending>>, optional::<Of<'a, &'a SeatSpending>>);
    let columns = vec![
        column("run", "id of the run", |of| Cell::text(&of.run().id)),
        column("seat", "who was asked", |of| Cell::text(&of.row.seat)),
        column(
            "calls",
            "different prompts that were answered, each once in its tree however many answers were asked for",
            |of| Cell::of(of.row.calls),
        ),
        column("answers", "answers to them", |of| Cell::of(of.row.answers)),
        optional("prompt_tokens", "tokens of the prompts, each answer with its whole prompt", UNREPORTED, |of| {
            Cell::some(of.row.prompt)
        }),
        optional("completion_tokens", "tokens of the answers", UNREPORTED, |of| Cell::some(of.row.completion)),
    ];
    Sheet::new("tokens_by_seat.csv", "one seat, over all trees", columns)
}

fn baselines_sheet<'a>() -> Sheet<Of<'a, &'a BaselinePoint>> {
    let (column, optional) = (column::<Of<'a, &'a BaselinePoint>>, optional::<Of<'a, &'a BaselinePoint>>);
    let columns = vec![
        column("run", "id of the run", |of| Cell::text(&of.run().id)),
        column("group", "problems that it is about: `all`, or those of one difficulty", |of| Cell::text(&of.row.group)),
        column("axis", "what the cost counts: `tokens` by `token_definition`, or `programs`", |of| {
            Cell::of(of.row.axis.as_str())
        }),
        column("token_definition", "what counts as a token, as in pass_at_t.csv", |of| {
            Cell::of(of.row.token_definition.as_str())
        }),
        column(
            "baseline",
            "`iid` (all programs paid for), `iid_staged` (n_p programs, further ones only if all fail), `iid_sequential` \
             (one by one until one passes)",
            |of| Cell::of(of.row.baseline.as_str()),
        ),
        optional(
            "n_p",
            "first programs of the trees that `iid_staged` stops as",
            "the baseline is another one",
            |of| Cell::some(of.row.n_p),
        ),
        column("k", "programs at most", |of| Cell::of(of.row.k)),
        column("cost", "what a problem costs on average", |of| Cell::number(of.row.cost)),
        column("pass_rate", "share of problems solved, 0 to 1", |of| Cell::number(of.row.pass_rate)),
        optional("low", "lower end of its 95 % interval over new problems", "there is no such interval", |of| {
            Cell::some(of.row.interval.value().map(|of| Cell::number(of.low).written()))
        }),
        optional("high", "upper end of the same", "there is no such interval", |of| {
            Cell::some(of.row.interval.value().map(|of| Cell::number(of.high).written()))
        }),
    ];
    Sheet::new(
        "baselines.csv",
        "a point of a baseline: so many first programs of each problem, without repairs",
        columns,
    )
}

fn rates_sheet<'a>() -> Sheet<Of<'a, &'a ProblemRate>> {
    let (column, optional) = (column::<Of<'a, &'a ProblemRate>>, optional::<Of<'a, &'a ProblemRate>>);
    let columns = vec![
        column("run", "id of the run", |of| Cell::text(&of.run().id)),
        column("problem", "id of the problem", |of| Cell::text(of.row.problem.as_str())),
        column("order", "order in which a tree is drawn: `batch`, `dfs`, `bfs`", |of| Cell::of(of.row.order.as_str())),
        column("n_p", "first programs of a tree", |of| Cell::of(of.row.n_p)),
        column("n_f", "feedbacks for each failing program", |of| Cell::of(of.row.n_f)),
        column("n_r", "repairs by each feedback", |of| Cell::of(of.row.n_r)),
        column("pass_rate", "probability that such a tree solves the problem", |of| Cell::number(of.row.pass_rate)),
        optional(
            "mean_tokens",
            "what it costs on average, by the first definition of tokens that is known",
            "some count is unknown",
            |of| Cell::some(of.row.mean_tokens.map(|tokens| Cell::number(tokens).written())),
        ),
        optional(
            "sampling",
            "what the baseline that stops as the tree does solves of the problem at that cost",
            "the cost buys more programs than the problem has",
            |of| Cell::some(of.row.sampling.map(|rate| Cell::number(rate).written())),
        ),
        optional(
            "sampling_paid",
            "the same of the baseline that pays for all of its programs",
            "the cost buys more programs than the problem has",
            |of| Cell::some(of.row.sampling_paid.map(|rate| Cell::number(rate).written())),
        ),
    ];
    Sheet::new("problem_rates.csv", "one problem and one shape of trees, whatever passes", columns)
}

fn became_sheet<'a>() -> Sheet<Of<'a, Became>> {
    let column = column::<Of<'a, Became>>;
    let columns = vec![
        column("run", "id of the run", |of| Cell::text(&of.run().id)),
        column("status", "status of the failing program", |of| Cell::of(of.row.from)),
        column("became", "status of its repair", |of| Cell::of(of.row.to)),
        column("repairs", "such repairs", |of| Cell::of(of.row.repairs)),
    ];
    Sheet::new("repairs_became.csv", "what repairs of programs with one status became", columns)
}

/// What the dictionary says of these files.
pub(crate) fn sheets() -> Vec<SheetAbout> {
    vec![
        curve_sheet().into_about(),
        baselines_sheet().into_about(),
        rates_sheet().into_about(),
        statuses_sheet().into_about(),
        kinds_sheet().into_about(),
        became_sheet().into_about(),
        seats_sheet().into_about(),
    ]
}

fn tables(summary: &Summary, drawn: &Drawn) -> Vec<CsvFile> {
    let run = &summary.run;
    let became = drawn.became.iter().flat_map(|(from, ends)| {
        ends.iter().map(|(to, repairs)| Became { from: from.as_str(), to: to.as_str(), repairs: *repairs })
    });
    let mut ended_rows = ended("first_programs", &summary.first_programs);
    ended_rows.extend(ended("repairs", &summary.repairs));
    vec![
        curve(summary, &drawn.curve),
        baselines_sheet().filled(drawn.baselines.iter().map(|row| Of { run, row })),
        rates_sheet().filled(drawn.problem_rates.iter().map(|row| Of { run, row })),
        statuses_sheet().filled(ended_rows.into_iter().map(|row| Of { run, row })),
        kinds_sheet().filled(drawn.success.iter().map(|row| Of { run, row })),
        became_sheet().filled(became.map(|row| Of { run, row })),
        seats_sheet().filled(drawn.seats.iter().map(|row| Of { run, row })),
    ]
}

/// The files with the data of a page's plots, as far as the run has what they show.
pub fn drawn_files(summary: &Summary, drawn: &Drawn) -> Result<Vec<OwnFile>, ReportError> {
    tables(summary, drawn)
        .into_iter()
        .filter(|table| !table.is_empty())
        .map(|table| {
            let name = table.name.to_owned();
            let bytes = table.bytes().map_err(|source| ReportError::Csv { file: name.clone(), source })?;
            Ok(OwnFile { name, bytes, follows: false })
        })
        .collect()
}

/// Names of the files that [`drawn_files`] may yield.
pub fn drawn_names() -> Vec<&'static str> {
    sheets().into_iter().map(|sheet| sheet.file).collect()
}

//! `budget_saved.csv` and `coverage_at_cost.csv`: what it costs to get to a pass rate, and what each solved problem costs.

use crate::View;
use crate::cell::Cell;
use crate::deeper::{COVERAGE, GROUP, HIGH, LOW, NO_INTERVAL, Of, high, low};
use crate::headline::Headline;
use crate::notes::{Notes, percent};
use crate::plain::plain;
use crate::sheet::{Column, CsvFile, OfRun, Sheet, SheetAbout, column, labels, optional};
use crate::shown::{Shown, amount, per_problem};
use crate::tables::wrap;
use mend_core::OracleLevel;
use mend_metrics::{Baseline, BudgetSaved, CostRow, Figure, RunLabels, Setting, Summary, TokenDefinition};

/// A row about any program of a tree that passes: hidden tests select it.
struct OfAny<'a, T>(Of<'a, T>);

impl<T> OfRun for OfAny<'_, T> {
    fn run(&self) -> &RunLabels {
        self.0.run
    }

    fn oracle_level(&self) -> OracleLevel {
        self.0.run.oracle_level.max(OracleLevel::HiddenStop)
    }
}

/// The files, each without a row where the run has nothing for it.
pub(crate) fn tables(summary: &Summary) -> [CsvFile; 2] {
    fn of<'a, T>(summary: &'a Summary, rows: &'a [T]) -> impl Iterator<Item = OfAny<'a, T>> {
        rows.iter().map(|row| OfAny(Of { run: &summary.run, sample: summary.coverage.sample, row }))
    }
    [
        budget_saved().filled(of(summary, &summary.budget_saved)),
        coverage_at_cost().filled(of(summary, &summary.coverage_at_cost)),
    ]
}

/// What the dictionary says of them.
pub(crate) fn sheets() -> Vec<SheetAbout> {
    vec![budget_saved().into_about(), coverage_at_cost().into_about()]
}

/// Leaves the rows that a terminal is about: those of the tree that the answer is about, or of the most programs.
pub(crate) fn keep_telling(summary: &mut Summary, view: View) {
    let Some(rows) = summary.pass_at_t.value() else { return };
    let Some(shown) = Shown::of(rows, view) else { return };
    let claimed = Headline::shape(&shown.rows(rows));
    let is_shown = |group: &str, row: (_, _)| group == "all" && row == (shown.order, shown.definition);
    summary.budget_saved.retain(|row| {
        let is_claimed = claimed.is_some_and(|setting| (row.n_f, row.n_r) == (setting.n_f, setting.n_r));
        is_claimed && is_shown(&row.group, (row.order, row.token_definition))
    });
    let told = solved_row(summary, shown, claimed).cloned();
    summary.coverage_at_cost = told.into_iter().collect();
}

/// What a solved problem costs by the tree that the answer is about; of programs alone by the most of them.
fn solved_row(summary: &Summary, shown: Shown, claimed: Option<Setting>) -> Option<&CostRow> {
    let mut rows = summary
        .coverage_at_cost
        .iter()
        .filter(|row| row.group == "all" && (row.order, row.token_definition) == (shown.order, shown.definition));
    match claimed {
        Some(setting) => {
            let is_claimed = |row: &&CostRow| (row.n_p, row.n_f, row.n_r) == (setting.n_p, setting.n_f, setting.n_r);
            rows.find(is_claimed)
        }
        None => rows.filter(|row| row.n_f == 0).max_by_key(|row| row.n_p),
    }
}

/// What the tree that the answer is about saves, and what a solved problem costs; of programs alone what it costs.
pub(crate) fn section(summary: &Summary, view: View, width: u16, notes: &mut Notes) -> Option<String> {
    let rows = summary.pass_at_t.value()?;
    let shown = Shown::of(rows, view)?;
    let claimed = Headline::shape(&shown.rows(rows));
    let mut lines = vec![];
    lines.extend(claimed.and_then(|setting| saved_line(summary, shown, setting, notes)));
    lines.extend(solved_row(summary, shown, claimed).map(|row| solved_line(row, notes)));
    let text: String = lines.iter().map(|line| wrap(&plain(line), width, 2)).collect();
    (!text.is_empty()).then(|| text + &notes.foot(width))
}

/// The saving of one shape against the baseline that stops as it does, of those that are one curve.
fn saved_line(summary: &Summary, shown: Shown, setting: Setting, notes: &mut Notes) -> Option<String> {
    let wanted = |row: &&BudgetSaved| {
        row.group == "all"
            && (row.order, row.token_definition) == (shown.order, shown.definition)
            && (row.n_f, row.n_r) == (setting.n_f, setting.n_r)
    };
    let all: Vec<&BudgetSaved> = summary.budget_saved.iter().filter(wanted).collect();
    let baseline = all.iter().map(|row| row.baseline).find(|baseline| *baseline != Baseline::Iid);
    let baseline = baseline.or_else(|| all.first().map(|row| row.baseline))?;
    // What one of the two does not reach, or begins above, is told by the file alone.
    let told = all.iter().filter(|row| row.baseline == baseline).filter_map(|row| {
        let BudgetSaved { rate, cost, baseline_cost, saved, .. } = row;
        let (Some(rate), Some(cost), Some(other)) = (rate.value(), cost.value(), baseline_cost.value()) else {
            return None;
        };
        saved.value.value()?;
        let whose = if row.is_baselines_best { " (the most that it solves)" } else { "" };
        let share = notes.share(&saved.value, &saved.interval);
        let (cost, other) = (amount(*cost, shown.definition), per_problem(*other, shown.definition));
        Some(format!("{} %{whose}: {cost} instead of {other}, saved {share}", percent(*rate)))
    });
    let told: Vec<String> = told.collect();
    let about = format!("budget saved against {} (budget_saved.csv), to solve ", baseline.as_str());
    (!told.is_empty()).then(|| about + &told.join("; "))
}

fn solved_line(row: &CostRow, notes: &mut Notes) -> String {
    let definition = row.token_definition;
    let counted = match definition {
        TokenDefinition::Dollars => "dollars".to_owned(),
        definition => format!("{definition} tokens"),
    };
    let each = notes.cell(&row.cost_per_solved.value, |cost| amount(*cost, definition));
    let with = match row.cost_per_solved.interval.value() {
        Some(interval) => format!(" [{}, {}]", amount(interval.low, definition), amount(interval.high, definition)),
        None => String::new(),
    };
    let marginal = row.marginal.value.value().map_or_else(String::new, |marginal| {
        format!("; of each that repairs solve beyond the programs: {}", amount(*marginal, definition))
    });
    format!("cost of a solved problem (coverage_at_cost.csv), in {counted}: {each}{with}{marginal}")
}

const ORDER: &str = "order in which a tree is drawn: `batch`, `dfs` or `bfs`, as in pass_at_t.csv";
const N_F: &str = "feedbacks, or feedback-and-repair pairs, for each failing program";
const N_R: &str = "repairs by each feedback; 1 where a repair comes with its own";
const DEFINITION: &str = "what counts as a token: `billed`, `completion`, `paper` or `dollars`, as in pass_at_t.csv";

fn budget_saved<'a>() -> Sheet<OfAny<'a, BudgetSaved>> {
    const NOT_THERE: &str = "one of the two curves ends below the rate, or begins above it: `absent` says which";
    const CURVE: &str = "the curve ends below the rate, or begins above it";
    let (column, optional) = (column::<OfAny<'a, BudgetSaved>>, optional::<OfAny<'a, BudgetSaved>>);
    let mut columns: Vec<Column<OfAny<'a, BudgetSaved>>> = labels();
    columns.extend([
        column("group", GROUP, |of| Cell::text(&of.0.row.group)),
        column("order", ORDER, |of| Cell::of(of.0.row.order.as_str())),
        column("n_f", N_F, |of| Cell::of(of.0.row.n_f)),
        column("n_r", N_R, |of| Cell::of(of.0.row.n_r)),
        column("token_definition", DEFINITION, |of| Cell::of(of.0.row.token_definition.as_str())),
        column(
            "baseline",
            "independent programs that are to reach the same rate: `iid` (all paid for), `iid_sequential` (one by one until \
             one passes)",
            |of| Cell::of(of.0.row.baseline.as_str()),
        ),
        column(
            "target",
            "what is to be reached: a pass `rate`, or the `baseline_best`, the most that the baseline solves",
            |of| Cell::of(if of.0.row.is_baselines_best { "baseline_best" } else { "rate" }),
        ),
        optional("rate", "the pass rate", "the baseline has no point", |of| Cell::figure(&of.0.row.rate)),
        optional(
            "cost",
            "least mean cost of a problem at which the curve over n_p reaches the rate, linear between its points",
            CURVE,
            |of| Cell::figure(&of.0.row.cost),
        ),
        optional("baseline_cost", "the same of the baseline", CURVE, |of| Cell::figure(&of.0.row.baseline_cost)),
        optional("saved", "1 - `cost` / `baseline_cost`: below 0 where the trees cost more", NOT_THERE, |of| {
            Cell::figure(&of.0.row.saved.value)
        }),
        optional("saved_low", LOW, NO_INTERVAL, |of| low(&of.0.row.saved.interval)),
        optional("saved_high", HIGH, NO_INTERVAL, |of| high(&of.0.row.saved.interval)),
        optional("factor", "`baseline_cost` / `cost`", NOT_THERE, |of| Cell::figure(&of.0.row.factor.value)),
        optional("factor_low", LOW, NO_INTERVAL, |of| low(&of.0.row.factor.interval)),
        optional("factor_high", HIGH, NO_INTERVAL, |of| high(&of.0.row.factor.interval)),
        column("absent_resamples", "resamples of the problems in which one of the curves does not reach the rate", |of| {
            Cell::of(of.0.row.absent_resamples)
        }),
        column("resamples", "all resamples", |of| Cell::of(of.0.row.resamples)),
        column("coverage", COVERAGE, |of| Cell::of(of.0.sample.as_str())),
        optional("absent", "why `saved` is empty", "it is not", |of| {
            Cell::some_text(of.0.row.saved.value.reason().map(plain))
        }),
    ]);
    let about = "one shape of trees, and how much less it costs than independent programs to reach a pass rate; there only if \
                 repairs were collected, and trees are no deeper than one round of them";
    Sheet::new("budget_saved.csv", about, columns)
}

fn coverage_at_cost<'a>() -> Sheet<OfAny<'a, CostRow>> {
    const OTHER_ORDER: &str = "the order is not `dfs`";
    let (column, optional) = (column::<OfAny<'a, CostRow>>, optional::<OfAny<'a, CostRow>>);
    let mut columns: Vec<Column<OfAny<'a, CostRow>>> = labels();
    columns.extend([
        column("group", GROUP, |of| Cell::text(&of.0.row.group)),
        column("order", ORDER, |of| Cell::of(of.0.row.order.as_str())),
        column("n_p", "first programs of a tree", |of| Cell::of(of.0.row.n_p)),
        column("n_f", "feedbacks, or feedback-and-repair pairs, for each failing program; 0 for independent programs", |of| {
            Cell::of(of.0.row.n_f)
        }),
        column("n_r", N_R, |of| Cell::of(of.0.row.n_r)),
        column("token_definition", DEFINITION, |of| Cell::of(of.0.row.token_definition.as_str())),
        optional("mean_cost", "what a problem costs on average", "never: rows without it are left out", |of| {
            Cell::figure(&of.0.row.cost)
        }),
        optional("set_cost", "what all problems of the group cost together", "never, as before", |of| {
            Cell::figure(&of.0.row.set_cost)
        }),
        optional(
            "pass_rate",
            "share of problems solved, 0 to 1; in order `dfs` every unsolved problem gets its next program, with its repairs, \
             in each of n_p rounds (reset and discard)",
            "never, as before",
            |of| Cell::figure(&of.0.row.pass.value),
        ),
        optional("low", LOW, NO_INTERVAL, |of| low(&of.0.row.pass.interval)),
        optional("high", HIGH, NO_INTERVAL, |of| high(&of.0.row.pass.interval)),
        column("most", "the most first programs that every problem has: where the curve ends", |of| Cell::of(of.0.row.most)),
        optional(
            "stay",
            "share of problems solved for `set_cost` if one problem is finished before the next, with `most` programs at the \
             most",
            OTHER_ORDER,
            |of| Cell::figure(&of.0.row.stay),
        ),
        optional("gap", "`pass_rate` minus `stay`: what it is worth to give every unsolved problem its turn", OTHER_ORDER, |of| {
            Cell::figure(&of.0.row.gap)
        }),
        optional("cost_per_solved", "`mean_cost` / `pass_rate`", "nothing was solved", |of| {
            Cell::figure(&of.0.row.cost_per_solved.value)
        }),
        optional("cost_per_solved_low", LOW, NO_INTERVAL, |of| low(&of.0.row.cost_per_solved.interval)),
        optional("cost_per_solved_high", HIGH, NO_INTERVAL, |of| high(&of.0.row.cost_per_solved.interval)),
        optional(
            "marginal",
            "what each problem costs that repairs solve beyond the programs: what the tree costs more than its n_p programs, \
             over what it solves more",
            "there are no repairs, or they solve nothing more",
            |of| Cell::figure(&of.0.row.marginal.value),
        ),
        optional("marginal_low", LOW, NO_INTERVAL, |of| low(&of.0.row.marginal.interval)),
        optional("marginal_high", HIGH, NO_INTERVAL, |of| high(&of.0.row.marginal.interval)),
        column("coverage", COVERAGE, |of| Cell::of(of.0.sample.as_str())),
        optional("absent", "why the first empty figure of this row is empty, intervals aside", "none is", |of| {
            let row = of.0.row;
            let figures = [&row.stay, &row.cost_per_solved.value, &row.marginal.value];
            Cell::some_text(figures.into_iter().find_map(Figure::reason).map(plain))
        }),
    ]);
    let about = "one shape of trees, or a number of independent programs, by what it costs; there only where trees are no \
                 deeper than one round of repairs";
    Sheet::new("coverage_at_cost.csv", about, columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{manifest, options, summary, trees};
    use mend_metrics::summarize;

    #[test]
    fn what_is_saved_and_what_a_solved_problem_costs_is_told() {
        let text = section(&summary(), View::default(), 100, &mut Notes::default()).unwrap();
        insta::assert_snapshot!(text, @"
        budget saved against iid (budget_saved.csv), to solve 50.0 %: 227 instead of 200 billed tokens a
          problem, saved -13.3 % (1); 50.0 % (the most that it solves): 227 instead of 200 billed tokens a
          problem, saved -13.3 % (1)
        cost of a solved problem (coverage_at_cost.csv), in billed tokens: 585; of each that repairs solve
          beyond the programs: 1140
        (1) an interval over problems needs two scored problems
        ");
    }

    #[test]
    fn json_keeps_the_order_and_the_tokens_that_are_shown() {
        let mut summary = summarize(&manifest(), &trees(), &options());
        let all = (summary.budget_saved.len(), summary.coverage_at_cost.len());
        keep_telling(&mut summary, View::default());
        assert!(!summary.budget_saved.is_empty() && summary.budget_saved.len() < all.0);
        assert!(!summary.coverage_at_cost.is_empty() && summary.coverage_at_cost.len() < all.1);
        assert!(summary.budget_saved.iter().all(|row| row.group == "all" && row.order.as_str() == "batch"));
    }
}

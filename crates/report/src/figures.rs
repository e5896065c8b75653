//! `pass_at_k.csv`, `pass_at_t.csv`, and the tables that are written if somebody asks for them.

use crate::csv_file::{CsvFile, figure, labels, number, optional};
use crate::plain::plain;
use mend_metrics::{Figure, Interval, PassAtBudget, PassAtK, PassAtT, PassWithin, Summary};

const K_HEADER: [&str; 16] = [
    "run",
    "dataset",
    "model",
    "strategy",
    "oracle_level",
    "group",
    "k",
    "estimator",
    "value",
    "low",
    "high",
    "same_low",
    "same_high",
    "problems",
    "n_min",
    "n_max",
];

const T_HEADER: [&str; 29] = [
    "run",
    "dataset",
    "model",
    "strategy",
    "oracle_level",
    "selection",
    "group",
    "order",
    "n_p",
    "n_f",
    "n_r",
    "estimator",
    "token_definition",
    "mean_tokens",
    "mean_programs",
    "pass_rate",
    "low",
    "high",
    "band",
    "same_low",
    "same_high",
    "baseline",
    "axis",
    "baseline_pass_rate",
    "diff",
    "diff_low",
    "diff_high",
    "normalised",
    "absent",
];

const WITHIN_HEADER: [&str; 19] = [
    "run",
    "dataset",
    "model",
    "strategy",
    "oracle_level",
    "group",
    "order",
    "n_p",
    "n_f",
    "n_r",
    "token_definition",
    "cap",
    "pass_rate",
    "low",
    "high",
    "baseline_pass_rate",
    "diff",
    "diff_low",
    "diff_high",
];

const BUDGET_HEADER: [&str; 19] = [
    "run",
    "dataset",
    "model",
    "strategy",
    "oracle_level",
    "group",
    "order",
    "n_f",
    "n_r",
    "token_definition",
    "budget",
    "pass_rate",
    "low",
    "high",
    "baseline",
    "baseline_pass_rate",
    "diff",
    "diff_low",
    "diff_high",
];

/// A row for each group and `k`.
pub(crate) fn pass_at_k(summary: &Summary) -> CsvFile {
    let run = labels(&summary.run);
    let mut file = CsvFile::new(&K_HEADER);
    for row in &summary.pass_at_k {
        file.push(run.iter().cloned().chain(k_row(row)).collect());
    }
    file
}

/// A row for each combination of what [`PassAtT`] names; none if the trees carry no pass@t.
pub(crate) fn pass_at_t(summary: &Summary) -> CsvFile {
    let run = labels(&summary.run);
    let mut file = CsvFile::new(&T_HEADER);
    for row in summary.pass_at_t.value().into_iter().flatten() {
        file.push(run.iter().cloned().chain(t_row(row)).collect());
    }
    file
}

/// A row for each hard cap; `None` if nobody asked for one.
pub(crate) fn pass_within(summary: &Summary) -> Option<CsvFile> {
    let run = labels(&summary.run);
    let mut file = CsvFile::new(&WITHIN_HEADER);
    for row in &summary.pass_within {
        file.push(run.iter().cloned().chain(within_row(row)).collect());
    }
    (!summary.pass_within.is_empty()).then_some(file)
}

/// A row for each mean budget; `None` if nobody asked for one.
pub(crate) fn pass_at_budget(summary: &Summary) -> Option<CsvFile> {
    let run = labels(&summary.run);
    let mut file = CsvFile::new(&BUDGET_HEADER);
    for row in &summary.pass_at_budget {
        file.push(run.iter().cloned().chain(budget_row(row)).collect());
    }
    (!summary.pass_at_budget.is_empty()).then_some(file)
}

fn k_row(row: &PassAtK) -> [String; 11] {
    let [low, high] = ends(&row.interval);
    let [same_low, same_high] = ends(&row.same_problems);
    [
        row.group.clone(),
        row.k.to_string(),
        row.estimator.as_str().to_owned(),
        figure(&row.value),
        low,
        high,
        same_low,
        same_high,
        row.problems.to_string(),
        optional(row.n_min),
        optional(row.n_max),
    ]
}

fn t_row(row: &PassAtT) -> [String; 24] {
    let [low, high] = ends(&row.interval);
    let [same_low, same_high] = ends(&row.same_problems);
    let [diff_low, diff_high] = ends(&row.difference_interval);
    [
        row.selection.as_str().to_owned(),
        row.group.clone(),
        row.order.as_str().to_owned(),
        row.n_p.to_string(),
        row.n_f.to_string(),
        row.n_r.to_string(),
        row.estimator.as_str().to_owned(),
        row.token_definition.as_str().to_owned(),
        figure(&row.mean_tokens),
        figure(&row.mean_programs),
        figure(&row.pass_rate),
        low,
        high,
        row.band.as_str().to_owned(),
        same_low,
        same_high,
        row.baseline.as_str().to_owned(),
        row.axis.as_str().to_owned(),
        figure(&row.baseline_pass_rate),
        figure(&row.difference),
        diff_low,
        diff_high,
        figure(&row.normalised),
        plain(row.why_absent().unwrap_or_default()),
    ]
}

fn within_row(row: &PassWithin) -> [String; 14] {
    let [low, high] = ends(&row.interval);
    let [diff_low, diff_high] = ends(&row.difference_interval);
    [
        row.group.clone(),
        row.order.as_str().to_owned(),
        row.n_p.to_string(),
        row.n_f.to_string(),
        row.n_r.to_string(),
        row.token_definition.as_str().to_owned(),
        row.cap.to_string(),
        figure(&row.pass_rate),
        low,
        high,
        figure(&row.baseline_pass_rate),
        figure(&row.difference),
        diff_low,
        diff_high,
    ]
}

fn budget_row(row: &PassAtBudget) -> [String; 14] {
    let [low, high] = ends(&row.interval);
    let [diff_low, diff_high] = ends(&row.difference_interval);
    [
        row.group.clone(),
        row.order.as_str().to_owned(),
        row.n_f.to_string(),
        row.n_r.to_string(),
        row.token_definition.as_str().to_owned(),
        number(row.budget),
        figure(&row.pass_rate),
        low,
        high,
        row.baseline.as_str().to_owned(),
        figure(&row.baseline_pass_rate),
        figure(&row.difference),
        diff_low,
        diff_high,
    ]
}

fn ends(interval: &Figure<Interval>) -> [String; 2] {
    match interval.value() {
        Some(interval) => [number(interval.low), number(interval.high)],
        None => [String::new(), String::new()],
    }
}

//! `pass_at_k.csv` and `pass_at_t.csv`.

use crate::csv_file::{CsvFile, figure, labels, number, optional};
use mend_metrics::{Figure, Interval, PassAtK, PassAtT, Summary};

const K_HEADER: [&str; 14] = [
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
    "problems",
    "n_min",
    "n_max",
];

const T_HEADER: [&str; 23] = [
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

/// A row for each group, definition of tokens, setting and baseline; none if the trees carry no pass@t.
pub(crate) fn pass_at_t(summary: &Summary) -> CsvFile {
    let run = labels(&summary.run);
    let mut file = CsvFile::new(&T_HEADER);
    for row in summary.pass_at_t.value().into_iter().flatten() {
        file.push(run.iter().cloned().chain(t_row(row)).collect());
    }
    file
}

fn k_row(row: &PassAtK) -> [String; 9] {
    let [low, high] = ends(&row.interval);
    [
        row.group.clone(),
        row.k.to_string(),
        row.estimator.as_str().to_owned(),
        figure(&row.value),
        low,
        high,
        row.problems.to_string(),
        optional(row.n_min),
        optional(row.n_max),
    ]
}

fn t_row(row: &PassAtT) -> [String; 18] {
    let [low, high] = ends(&row.interval);
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

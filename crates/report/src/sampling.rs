//! `sampling.csv`: what independent draws tell beyond pass@k.

use crate::cell::Cell;
use crate::deeper::{COVERAGE, GROUP, HIGH, LOW, NO_INTERVAL, Of, high, low};
use crate::notes::{Notes, percent};
use crate::plain::plain;
use crate::sheet::{Column, CsvFile, OfRun, Sheet, SheetAbout, column, labels, optional};
use mend_core::OracleLevel;
use mend_metrics::{Draws, Figure, RunLabels, SamplingEstimator, SamplingMetric, SamplingRow, Summary};

/// A row about draws, which hidden tests may select.
struct OfDraws<'a>(Of<'a, SamplingRow>);

impl OfRun for OfDraws<'_> {
    fn run(&self) -> &RunLabels {
        self.0.run
    }

    /// That some draw passes is seen by hidden tests alone. What a selector by public tests picks, and what all draws do,
    /// takes no oracle beyond the strategy's own.
    fn oracle_level(&self) -> OracleLevel {
        let level = self.0.run.oracle_level;
        match self.0.row.metric {
            SamplingMetric::Pass => level.max(OracleLevel::HiddenStop),
            _ => level,
        }
    }
}

/// The file, without a row where the run has nothing for it.
pub(crate) fn table(summary: &Summary) -> CsvFile {
    let sample = summary.coverage.sample;
    sheet().filled(summary.sampling.iter().map(|row| OfDraws(Of { run: &summary.run, sample, row })))
}

/// What the dictionary says of it.
pub(crate) fn about_sheet() -> SheetAbout {
    sheet().into_about()
}

/// Leaves the rows that a terminal is about: of all problems, with the most draws, and what somebody asked for.
pub(crate) fn keep_telling(rows: &mut Vec<SamplingRow>) {
    let most =
        |draws: Draws| rows.iter().filter(|row| row.draws == draws && is_measured(row)).filter_map(|row| row.k).max();
    let (programs, submissions) = (most(Draws::Programs), most(Draws::Submissions));
    rows.retain(|row| {
        let most = if row.draws == Draws::Programs { programs } else { submissions };
        row.group == "all" && (row.k.is_none() || row.k == most || row.estimator != SamplingEstimator::Unbiased)
    });
}

/// Whether the draws carry it.
fn is_measured(row: &SamplingRow) -> bool {
    row.estimator == SamplingEstimator::Unbiased && row.value.value.value().is_some()
}

/// A line about the most first programs, one about replicates, and one for each figure that was asked for.
pub(crate) fn lines(summary: &Summary, notes: &mut Notes) -> Vec<String> {
    let all: Vec<&SamplingRow> = summary.sampling.iter().filter(|row| row.group == "all").collect();
    let mut lines = vec![];
    let of = |draws: Draws, what: &str| {
        let measured = |row: &&&SamplingRow| row.draws == draws && is_measured(row);
        let most = all.iter().filter(measured).filter_map(|row| row.k).max().filter(|k| *k > 1);
        let told: Vec<String> = all
            .iter()
            .filter(measured)
            .filter(|row| row.k == most && most.is_some() || row.metric == SamplingMetric::Consistency)
            .filter(|row| row.metric != SamplingMetric::GPass || row.tau == Some(0.5))
            .map(|row| {
                let tau = row.tau.map_or_else(String::new, |tau| format!(" (tau {tau})"));
                let share = row.value.value.value().map_or_else(String::new, |value| percent(*value));
                format!("{} {share}{tau}", named(row))
            })
            .collect();
        (!told.is_empty()).then(|| format!("{what} (sampling.csv), in %: {}", told.join(", ")))
    };
    lines.extend(of(Draws::Programs, "first programs"));
    lines.extend(of(Draws::Submissions, "what replicates hand in"));
    for row in all.iter().filter(|row| row.estimator != SamplingEstimator::Unbiased) {
        let value = notes.share(&row.value.value, &row.value.interval);
        lines.push(match row.extrapolated_from {
            Some(n) => {
                let second = match (&row.with_hopeless, row.value.value.value()) {
                    (Figure::Value(second), Some(value)) => format!(
                        "; {} % if some problems are never solved, {} points less",
                        percent(*second),
                        percent(value - second)
                    ),
                    _ => String::new(),
                };
                format!("{} {value}, extrapolated from {n} programs and not measured{second}", named(row))
            }
            None => format!(
                "{} {value} (mean of the posterior under a uniform prior, which pulls every problem to one half: no estimate \
                 of pass@1)",
                named(row)
            ),
        });
    }
    lines
}

/// The metric with its number in place of the letter.
fn named(row: &SamplingRow) -> String {
    match row.k {
        Some(k) => row.metric.as_str().trim_end_matches('k').to_owned() + &k.to_string(),
        None => row.metric.as_str().to_owned(),
    }
}

fn sheet<'a>() -> Sheet<OfDraws<'a>> {
    let (column, optional) = (column::<OfDraws<'a>>, optional::<OfDraws<'a>>);
    let mut columns: Vec<Column<OfDraws<'a>>> = labels();
    columns.extend([
        column("group", GROUP, |of| Cell::text(&of.0.row.group)),
        column("draws", "what is drawn: first `programs`, or `submissions` (what the trees of replicates handed in)", |of| {
            Cell::of(of.0.row.draws.as_str())
        }),
        column(
            "metric",
            "`pass^k` (all of k pass), `g_pass@k` (a share tau of k does, one at least), `mg_pass@k` (twice the mean of that \
             over the shares above one half), `maj@k` (the largest group of k that behaves alike on the public tests is \
             right; ties share, and what does not load has no vote), `picked@k` (the one of k that passes most public tests \
             is right, the earlier of equals), `selection_loss@k` (pass@k minus that), `outcome_consistency` (two draws end \
             alike), `pass@k` (of submissions, or extrapolated), `bayes@n` (posterior mean of the pass rate under a uniform \
             prior: no estimate of pass@1)",
            |of| Cell::of(of.0.row.metric.as_str()),
        ),
        optional("k", "how many are drawn", "all of them are meant", |of| Cell::some(of.0.row.k)),
        optional("tau", "the share that has to pass", "the metric is another one than `g_pass@k`", |of| {
            of.0.row.tau.map_or(Cell::Empty, Cell::number)
        }),
        column(
            "estimator",
            "how it was computed: `unbiased` (over all subsets), `extrapolated` (by a beta distribution of pass rates that \
             was fitted to the counts: not measured, and no baseline of any other figure), `bayes`",
            |of| Cell::of(of.0.row.estimator.as_str()),
        ),
        optional("extrapolated_from", "fewest programs of a problem, beyond which it is extrapolated", "it is not extrapolated", |of| {
            Cell::some(of.0.row.extrapolated_from)
        }),
        optional("value", "mean over problems, 0 to 1", "the draws do not carry it: `absent` says why", |of| {
            Cell::figure(&of.0.row.value.value)
        }),
        optional("low", LOW, NO_INTERVAL, |of| low(&of.0.row.value.interval)),
        optional("high", HIGH, NO_INTERVAL, |of| high(&of.0.row.value.interval)),
        optional(
            "same_low",
            "lower end of its 95 % interval if the same problems were sampled again",
            "the metric has no such interval here",
            |of| low(&of.0.row.same_problems),
        ),
        optional("same_high", HIGH, "the metric has no such interval here", |of| high(&of.0.row.same_problems)),
        optional(
            "with_hopeless",
            "the same extrapolation by a second fit, in which a share of the problems is never solved",
            "it does not extrapolate beyond three times the programs",
            |of| Cell::figure(&of.0.row.with_hopeless),
        ),
        column("problems", "scored problems in the group", |of| Cell::of(of.0.row.problems)),
        optional("n_min", "fewest draws of such a problem", "there is no such problem", |of| Cell::some(of.0.row.n_min)),
        optional("n_max", "most draws of such a problem", "there is no such problem", |of| Cell::some(of.0.row.n_max)),
        column("coverage", COVERAGE, |of| Cell::of(of.0.sample.as_str())),
        optional("absent", "why `value` is empty", "it is not", |of| {
            Cell::some_text(of.0.row.value.value.reason().map(plain))
        }),
    ]);
    let about = "a figure of independent draws beyond pass@k; there where problems have two draws";
    Sheet::new("sampling.csv", about, columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{manifest, options, summary, trees};
    use mend_metrics::{Options, summarize};

    #[test]
    fn the_largest_number_of_programs_is_told() {
        let told = lines(&summary(), &mut Notes::default());
        insta::assert_snapshot!(told.join("\n"), @"first programs (sampling.csv), in %: pass^3 0.0, g_pass@3 50.0 (tau 0.5), mg_pass@3 0.0, maj@3 33.3, picked@3 0.0, selection_loss@3 50.0");
    }

    #[test]
    fn what_was_asked_for_says_what_it_is_no_estimate_of() {
        let asked = Options { bayes: true, extrapolate: vec![5], ..options() };
        let summary = summarize(&manifest(), &trees(), &asked);
        let notes = &mut Notes::default();
        let told = lines(&summary, notes).join("\n");
        assert!(told.contains("no estimate of pass@1"), "{told}");
        assert!(told.contains("pass@5 -(") && told.contains("extrapolated from 3 programs and not measured"), "{told}");
        assert!(notes.foot(200).contains("an extrapolation needs 20 problems, and there are 2"));
    }
}

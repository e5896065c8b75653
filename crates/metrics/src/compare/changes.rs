//! Problems on which two runs differ, each with a program of either run that shows it.

use super::metric::{Both, Metric};
use super::side::Program;
use mend_core::ProblemId;
use serde::Serialize;

/// A problem that one run solves more often than the other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flip {
    /// By what: pass@1 of the first programs, or the submission.
    pub metric: Metric,
    /// The problem.
    pub problem: ProblemId,
    /// The data set's word for its difficulty.
    pub group: Option<String>,
    /// The first run's share of passing programs, or trees.
    pub a: f64,
    /// The second run's.
    pub b: f64,
    /// A program of the first run that fails where the second is ahead, and passes where it is behind.
    pub program_a: Option<Program>,
    /// A program of the second run that passes where it is ahead, and fails where it is behind.
    pub program_b: Option<Program>,
}

impl Flip {
    /// How much the second run is ahead.
    pub fn change(&self) -> f64 {
        self.b - self.a
    }
}

/// What both runs did on a problem.
#[derive(Debug, Clone, PartialEq)]
pub struct OfBoth {
    /// The problem.
    pub problem: ProblemId,
    /// The data set's word for its difficulty.
    pub group: Option<String>,
    /// Share of first programs that pass, of either run; `None` where none is scored.
    pub first: (Option<f64>, Option<f64>),
    /// Share of trees whose submission passes, of either run; `None` where none is scored.
    pub submission: (Option<f64>, Option<f64>),
}

/// Trees of one shape in both runs, problem by problem.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeOfBoth {
    /// First programs of each tree.
    pub n_p: u32,
    /// How often each problem is solved by such trees of either run; `None` for one that is not scored in both.
    pub rates: Vec<Option<(f64, f64)>>,
}

impl OfBoth {
    pub(crate) fn of((a, b): Both<'_>) -> Self {
        let submitted = |(n, c, _): (u32, u32, u32)| share(n, c);
        Self {
            problem: a.entry.id.clone(),
            group: a.entry.difficulty.clone(),
            first: (share(a.n(), a.c()), share(b.n(), b.c())),
            submission: (submitted(a.submissions), submitted(b.submissions)),
        }
    }
}

fn share(n: u32, c: u32) -> Option<f64> {
    (n > 0).then(|| f64::from(c) / f64::from(n))
}

/// The problems that differ, the largest changes first; equal ones in the order of the first run.
pub(crate) fn flips(both: &[Both<'_>]) -> Vec<Flip> {
    let mut flips = vec![];
    for metric in [Metric::PassAtK(1), Metric::Submission] {
        let mut of_metric = vec![];
        for (of_a, of_b) in both {
            let shares = match metric {
                Metric::Submission => {
                    let of = |(n, c, _): (u32, u32, u32)| share(n, c);
                    of(of_a.submissions).zip(of(of_b.submissions))
                }
                _ => share(of_a.n(), of_a.c()).zip(share(of_b.n(), of_b.c())),
            };
            let Some((a, b)) = shares.filter(|(a, b)| a != b) else { continue };
            let (program_a, program_b) = match (metric, a < b) {
                (Metric::Submission, true) => (&of_a.handed_in_failing, &of_b.handed_in_passing),
                (Metric::Submission, false) => (&of_a.handed_in_passing, &of_b.handed_in_failing),
                (_, true) => (&of_a.failing, &of_b.passing),
                (_, false) => (&of_a.passing, &of_b.failing),
            };
            of_metric.push(Flip {
                metric,
                problem: of_a.entry.id.clone(),
                group: of_a.entry.difficulty.clone(),
                a,
                b,
                program_a: program_a.clone(),
                program_b: program_b.clone(),
            });
        }
        of_metric.sort_by(|one, other| other.change().abs().total_cmp(&one.change().abs()));
        flips.extend(of_metric);
    }
    flips
}

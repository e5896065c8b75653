//! Cost and pass rate of one realised point together: the ellipse in which both means lie with 95 %.

use crate::Figure;
use crate::tokens::{correlation, mean};
use serde::{Deserialize, Serialize};

/// How far the means of cost and pass rate may lie from where they were found, together. With their correlation this gives
/// the ellipse of all (x, y) for which the Mahalanobis distance from the point is at most `size`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Standard error of the mean cost over problems.
    pub cost_error: f64,
    /// Standard error of the pass rate over problems.
    pub pass_error: f64,
    /// The square of the distance at its edge: 5.99 of many problems, more of few.
    pub size: f64,
}

/// The region of two columns with a number for each problem; why there is none, where problems are few or one number
/// follows from the other.
pub(crate) fn region(costs: &[f64], passes: &[f64]) -> Figure<Region> {
    const LEAST: usize = 5;
    let problems = costs.len();
    if problems < LEAST {
        return Figure::Absent(format!("a region needs {LEAST} problems"));
    }
    let is_two = correlation(costs, passes).is_some_and(|correlation| correlation.abs() < 1.0 - 1e-12);
    if !is_two {
        return Figure::Absent("cost and outcome are not two things on these problems".to_owned());
    }
    let n = problems as f64;
    let error = |of: &[f64]| {
        let middle = mean(of).unwrap_or_default();
        (of.iter().map(|value| (value - middle).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt()
    };
    // The 95 % quantile of F with 2 and n - 2 degrees of freedom has a closed form.
    let f = (n - 2.0) / 2.0 * (0.05_f64.powf(-2.0 / (n - 2.0)) - 1.0);
    let size = 2.0 * (n - 1.0) / (n - 2.0) * f;
    Figure::Value(Region { cost_error: error(costs), pass_error: error(passes), size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_section_7() {
        let costs = [100.0, 180.0, 400.0, 120.0, 220.0, 380.0];
        let Figure::Value(found) = region(&costs, &[1.0, 0.5, 0.0, 1.0, 0.5, 0.0]) else { panic!("a region") };
        assert!((found.cost_error - 52.578_0).abs() < 1e-4, "{found:?}");
        assert!((found.pass_error - 0.182_574).abs() < 1e-6, "{found:?}");
        assert!((found.size - 17.360_7).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn the_size_falls_to_that_of_the_normal_distribution_and_few_problems_have_none() {
        let many: Vec<f64> = (0..4_000).map(|n| f64::from(n % 7)).collect();
        let other: Vec<f64> = (0..4_000).map(|n| f64::from(n % 2)).collect();
        let Figure::Value(found) = region(&many, &other) else { panic!("a region") };
        assert!((found.size - 5.991_5).abs() < 0.02, "{found:?}");
        assert_eq!(region(&many[..4], &other[..4]).reason(), Some("a region needs 5 problems"));
        assert!(region(&many, &many).reason().is_some() && region(&many, &vec![1.0; 4_000]).reason().is_some());
    }
}

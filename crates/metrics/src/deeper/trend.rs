//! The straight line through points: how much one more program adds to the success rate, as MINT reports it.

/// A line through points by least squares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Trend {
    /// What one more on the x axis adds.
    pub(crate) slope: f64,
    /// The share of the variance that the line explains; `None` where all values are equal.
    pub(crate) r_squared: Option<f64>,
}

/// The trend of values at 1, 2, and so on; `None` for fewer than two.
pub(crate) fn trend(values: &[f64]) -> Option<Trend> {
    let n = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let (middle, mean) = (f64::midpoint(1.0, n), values.iter().sum::<f64>() / n);
    let (mut within_x, mut within_y, mut between) = (0.0, 0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        let (x, y) = (at as f64 + 1.0 - middle, value - mean);
        within_x += x * x;
        within_y += y * y;
        between += x * y;
    }
    let is_flat = values.iter().all(|value| *value == values[0]);
    let r_squared = (!is_flat).then(|| between * between / (within_x * within_y));
    Some(Trend { slope: between / within_x, r_squared })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 5e-7, "{value} is not {expected}");
    }

    /// The success rates of gpt-3.5-turbo-0613 after 1 to 5 steps, in percent, as MINT publishes them; it prints a slope
    /// of 8.17.
    #[test]
    fn the_published_slope_is_met() {
        let published = trend(&[2.73, 16.89, 24.06, 31.74, 36.18]).unwrap();
        close(published.slope, 8.175);
        // By hand: sums of squares 10 and 697.1166, of products 81.75.
        close(published.r_squared.unwrap(), 81.75 * 81.75 / (10.0 * 697.1166));
    }

    #[test]
    fn a_line_is_found_exactly_and_a_level_one_explains_nothing() {
        let rising = trend(&[0.2, 0.4, 0.6]).unwrap();
        close(rising.slope, 0.2);
        close(rising.r_squared.unwrap(), 1.0);
        assert_eq!(trend(&[0.5, 0.5, 0.5]), Some(Trend { slope: 0.0, r_squared: None }));
        close(trend(&[1.0, 0.0]).unwrap().slope, -1.0);
        assert_eq!((trend(&[0.5]), trend(&[])), (None, None));
    }
}

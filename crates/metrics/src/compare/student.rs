//! Student's distribution, in closed form for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4).

/// Probability of a value below `t`.
pub(crate) fn below(t: f64, df: u32) -> f64 {
    0.5 + within(t, df) / 2.0
}

/// Probability of a value between `-t` and `t`; below 0 for a negative `t`.
fn within(t: f64, df: u32) -> f64 {
    let root = f64::from(df).sqrt();
    let hypotenuse = (f64::from(df) + t * t).sqrt();
    let (sine, cosine) = (t / hypotenuse, root / hypotenuse);
    let square = cosine * cosine;
    // Terms of the series in even or odd powers of the cosine.
    let series = |first: f64, from: u32, count: u32| {
        let (mut term, mut sum) = (first, 0.0);
        for index in 0..count {
            sum += term;
            let step = f64::from(from + 2 * index);
            term *= square * step / (step + 1.0);
        }
        sum
    };
    if df.is_multiple_of(2) {
        sine * series(1.0, 1, df / 2)
    } else {
        let angle = t.atan2(root);
        std::f64::consts::FRAC_2_PI * (angle + sine * series(cosine, 2, (df - 1) / 2))
    }
}

/// The value below which lies a probability of `p`, between 0 and 1.
pub(crate) fn quantile(p: f64, df: u32) -> f64 {
    let (mut low, mut high) = (-1.0, 1.0);
    while below(low, df) > p && low > -1e9 {
        low *= 2.0;
    }
    while below(high, df) < p && high < 1e9 {
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if below(middle, df) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_quantiles_hold() {
        // Of the tables: 12.7062, 4.30265, 3.182446, 1.974625 (163).
        for (p, df, expected) in [
            (0.975, 1, 12.706_204_736),
            (0.975, 2, 4.302_652_729_9),
            (0.975, 3, 3.182_446_305_3),
            (0.95, 10, 1.812_461_122_8),
            (0.025, 3, -3.182_446_305_3),
        ] {
            let got = quantile(p, df);
            assert!((got - expected).abs() < 1e-8, "t_{p},{df} = {got}");
        }
        assert!((below(0.0, 7) - 0.5).abs() < 1e-15);
        // Of many degrees of freedom it is the normal distribution.
        assert!((quantile(0.975, 2_000_000) - crate::normal::Z).abs() < 1e-5);
    }
}

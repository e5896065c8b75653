//! The normal distribution, by additions, multiplications and divisions alone: the same bits on every machine.

use crate::power::power;

/// Half the width of a 95 % interval in standard errors.
pub(crate) const Z: f64 = 1.959_963_984_540_054;

/// Probability of a value below `z`. Exact to about 1e-14 within six standard deviations; 0 or 1 beyond.
pub(crate) fn below(z: f64) -> f64 {
    if z.abs() > 6.0 {
        return f64::from(u8::from(z > 0.0));
    }
    // 1/2 + density(z) (z + z^3/3 + z^5/15 + ..)
    let (mut term, mut sum, mut odd) = (z, 0.0, 1.0);
    while sum + term != sum {
        sum += term;
        odd += 2.0;
        term *= z * z / odd;
    }
    0.5 + sum * exponential(-z * z / 2.0) / (2.0 * std::f64::consts::PI).sqrt()
}

/// The value below which lies a probability of `p`, between -6 and 6.
pub(crate) fn quantile(p: f64) -> f64 {
    let (mut low, mut high) = (-6.0, 6.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if below(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// `e^x` for `x` between -20 and 0.
fn exponential(x: f64) -> f64 {
    let small = x / 64.0;
    let (mut term, mut sum) = (1.0, 0.0);
    for n in 1..20 {
        sum += term;
        term *= small / f64::from(n);
    }
    power(sum, 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_hold() {
        let known = [(0.0, 0.5), (1.0, 0.841_344_746_068_543), (-Z, 0.025), (3.0, 0.998_650_101_968_370)];
        for (z, p) in known {
            assert!((below(z) - p).abs() < 1e-13, "{z}: {}", below(z));
            assert!((quantile(p) - z).abs() < 1e-9, "{p}: {}", quantile(p));
        }
        assert_eq!((below(-9.0), below(9.0)), (0.0, 1.0));
        assert!((quantile(0.0) + 6.0).abs() < 1e-9);
    }
}

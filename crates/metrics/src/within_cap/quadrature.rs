//! Gauss's nodes: the integral over 0..1 of a polynomial as a sum over few places.

/// Places in 0..1 with their weights. Exact for polynomials of a degree below twice their number.
pub(super) fn nodes(count: u32) -> Vec<(f64, f64)> {
    // The roots of the Legendre polynomial lie between the changes of its sign on a grid that is finer than they are apart.
    let grid = 16 * count * count;
    let at = |index: u32| f64::from(index) * 2.0 / f64::from(grid) - 1.0;
    let mut nodes = vec![];
    for index in 0..grid {
        let (mut low, mut high) = (at(index), at(index + 1));
        let sign = legendre(count, low).0 > 0.0;
        if sign == (legendre(count, high).0 > 0.0) {
            continue;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if (legendre(count, middle).0 > 0.0) == sign {
                low = middle;
            } else {
                high = middle;
            }
        }
        let root = f64::midpoint(low, high);
        let slope = legendre(count, root).1;
        nodes.push((f64::midpoint(1.0, root), 1.0 / ((1.0 - root * root) * slope * slope)));
    }
    nodes
}

/// A Legendre polynomial and its derivative, inside of -1..1.
fn legendre(degree: u32, x: f64) -> (f64, f64) {
    let (mut before, mut here) = (1.0, x);
    for n in 1..degree {
        let n = f64::from(n);
        (before, here) = (here, ((2.0 * n + 1.0) * x * here - n * before) / (n + 1.0));
    }
    (here, f64::from(degree) * (before - x * here) / (1.0 - x * x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::power::power;

    #[test]
    fn powers_are_integrated_exactly() {
        for count in 1..=8 {
            let nodes = nodes(count);
            assert_eq!(nodes.len(), count as usize);
            for degree in 0..2 * count {
                let sum: f64 = nodes.iter().map(|(place, weight)| weight * power(*place, degree)).sum();
                assert!((sum - 1.0 / f64::from(degree + 1)).abs() < 1e-13, "{count} nodes, degree {degree}: {sum}");
            }
        }
    }
}

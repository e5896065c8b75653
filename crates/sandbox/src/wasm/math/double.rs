//! Numbers of twice the digits of a float: the sum of two floats, the second of which is what the first leaves out.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// A number with about 106 binary digits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Double {
    pub(super) high: f64,
    pub(super) low: f64,
}

impl Double {
    pub(super) const fn new(high: f64, low: f64) -> Self {
        Self { high, low }
    }

    /// The exact sum of two floats.
    pub(super) fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let of_b = high - a;
        Self { high, low: (a - (high - of_b)) + (b - of_b) }
    }

    /// The same where the first is not smaller than the second.
    pub(super) fn ordered_sum(a: f64, b: f64) -> Self {
        let high = a + b;
        Self { high, low: b - (high - a) }
    }

    /// The exact product of two floats.
    pub(super) fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self { high, low: a.mul_add(b, -high) }
    }

    pub(super) fn square_root(self) -> Self {
        let root = self.high.sqrt();
        if root == 0.0 {
            return root.into();
        }
        let rest = self - Self::product(root, root);
        Self::ordered_sum(root, rest.high / (2.0 * root))
    }

    /// With its sign turned where `negative`.
    pub(super) fn negated_if(self, negative: bool) -> Self {
        if negative { -self } else { self }
    }

    /// The nearest float.
    pub(super) fn nearest(self) -> f64 {
        self.high + self.low
    }
}

impl From<f64> for Double {
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

impl Neg for Double {
    type Output = Self;

    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Add for Double {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let high = Self::sum(self.high, other.high);
        let low = Self::sum(self.low, other.low);
        let sum = Self::ordered_sum(high.high, high.low + low.high);
        Self::ordered_sum(sum.high, sum.low + low.low)
    }
}

impl Sub for Double {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Double {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        let low = self.high.mul_add(other.low, self.low * other.high);
        Self::ordered_sum(product.high, product.low + low)
    }
}

impl Mul<f64> for Double {
    type Output = Self;

    fn mul(self, other: f64) -> Self {
        let product = Self::product(self.high, other);
        Self::ordered_sum(product.high, self.low.mul_add(other, product.low))
    }
}

impl Div for Double {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self - other * first;
        let second = rest.high / other.high;
        let third = (rest - other * second).high / other.high;
        let sum = Self::ordered_sum(first, second);
        Self::ordered_sum(sum.high, sum.low + third)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_float_leaves_out_is_kept() {
        let third = Double::from(1.0) / Double::from(3.0);
        assert_eq!(third.high, 1.0 / 3.0);
        let rest = third * 3.0 - Double::from(1.0);
        assert!(rest.high.abs() < 1e-31, "{rest:?}");
        assert_eq!(Double::sum(1.0, 1e-20), Double::new(1.0, 1e-20));
        let root = Double::from(2.0).square_root();
        let square = root * root - Double::from(2.0);
        assert!(square.high.abs() < 1e-31, "{square:?}");
        assert_eq!((Double::product(0.1, 0.1) - Double::product(0.1, 0.1)).nearest(), 0.0);
    }
}

//! Integer powers that give the same bits on every machine and at every optimisation level, which
//! `f64::powi` does not promise.

/// `base` to the `exponent`, by repeated squaring. `0^0` is 1.
pub(crate) fn power(base: f64, exponent: u32) -> f64 {
    let (mut result, mut square, mut rest) = (1.0, base, exponent);
    while rest > 0 {
        if rest % 2 == 1 {
            result *= square;
        }
        square *= square;
        rest /= 2;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_is_repeated_multiplication() {
        assert_eq!([0, 1, 2, 5, 10].map(|exponent| power(2.0, exponent)), [1.0, 2.0, 4.0, 32.0, 1024.0]);
        assert_eq!((power(0.0, 0), power(0.0, 3), power(1.0, 50)), (1.0, 0.0, 1.0));
    }
}

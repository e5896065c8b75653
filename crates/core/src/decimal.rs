//! Amounts in exact decimal fractions.

/// The sums and the text of an amount that counts smallest units (`$units` of them are a whole one, written with `$places`
/// decimal places): a sum saturates, and a difference ends at zero.
macro_rules! decimal {
    ($amount:ident, $units:expr, $places:expr) => {
        impl std::ops::Add for $amount {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }
        }

        impl std::ops::AddAssign for $amount {
            fn add_assign(&mut self, other: Self) {
                *self = *self + other;
            }
        }

        impl std::ops::Sub for $amount {
            type Output = Self;
            /// Saturates at zero.
            fn sub(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }

        impl std::iter::Sum for $amount {
            fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
                amounts.fold(Self::ZERO, |sum, next| sum + next)
            }
        }

        impl std::fmt::Display for $amount {
            /// A plain decimal number without trailing zeros, such as `2.5`.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let (whole, rest) = (self.0 / $units, self.0 % $units);
                if rest == 0 {
                    return f.pad(&whole.to_string());
                }
                let places = $places;
                let digits = format!("{rest:0places$}");
                f.pad(&format!("{whole}.{}", digits.trim_end_matches('0')))
            }
        }
    };
}

pub(crate) use decimal;

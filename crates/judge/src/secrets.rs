//! Numbers that a candidate cannot guess, and that cost every guest the same work.

use std::hash::{BuildHasher as _, RandomState};

/// Draws numbers that nobody can guess.
pub(crate) struct Secrets {
    keys: RandomState,
    drawn: u64,
}

impl Secrets {
    pub(crate) fn new() -> Self {
        Self { keys: RandomState::new(), drawn: 0 }
    }

    /// The next number: 60 random bits below a one and two zeros.
    ///
    /// An engine that counts a guest's instructions must count the same in every run, so how large a number is may not
    /// depend on chance. Python's work on an integer depends on its sign and on how many digits of 30 (or 15) bits it has:
    /// all of these have the same. The zeros keep the highest digit below that of the largest number of 64 bits, so that a
    /// comparison with it ends at the first digit.
    pub(crate) fn draw(&mut self) -> i64 {
        self.drawn += 1;
        (1 << 62) | (self.keys.hash_one(self.drawn) >> 4).cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_differ_and_have_one_sign_and_one_count_of_digits() {
        let drawn: BTreeSet<i64> = (0..1000).flat_map(|_| [Secrets::new().draw(), Secrets::new().draw()]).collect();
        assert_eq!(drawn.len(), 2000);
        let digits = |bits: u32| -> BTreeSet<u32> {
            drawn.iter().map(|number| (64 - number.leading_zeros()).div_ceil(bits)).collect()
        };
        assert!(drawn.iter().all(|number| *number > 0));
        assert_eq!((digits(30), digits(15)), ([3].into(), [5].into()));
        // Every bit but the fixed ones takes both values.
        let (ones, all) = drawn.iter().fold((0, -1), |(ones, all), number| (ones | number, all & number));
        assert_eq!((ones, all), ((1 << 62) | ((1 << 60) - 1), 1 << 62));
    }
}

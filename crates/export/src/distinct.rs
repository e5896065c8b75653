//! Programs that are told apart, formatting aside.

use mend_core::Digest;
use std::collections::BTreeSet;

/// The programs of one problem that were seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Distinct(BTreeSet<Digest>);

impl Distinct {
    /// Whether a program is not yet there, but for blanks, comments and the like; it then is.
    pub(crate) fn is_new(&mut self, program: &str) -> bool {
        self.0.insert(Digest::of(&mend_python::normalised(program)))
    }
}

#[cfg(test)]
mod tests {
    use super::Distinct;

    #[test]
    fn formatting_makes_no_other_program() {
        let mut distinct = Distinct::default();
        let is_new: Vec<bool> =
            ["x = 1", "x  = 1  # one", "x = 2", "x =", "x = ", "x ="].map(|program| distinct.is_new(program)).into();
        assert_eq!(is_new, [true, false, true, true, true, false]);
    }
}

//! Drawing in turn, without replacement, until one draw succeeds: the recurrence behind every exact figure.
//!
//! An item `i` of `N` fails with probability `w_i` and carries a block of amounts `b_i`, which counts when the
//! item is drawn. With `e_m` the elementary symmetric polynomials, and `w_{-i}` without item `i`:
//!
//! ```text
//! P(the first n draws all fail)      = e_n(w) / C(N, n)
//! E(amount of the draws, n at most)  = sum_{m<n} sum_i b_i e_m(w_{-i}) / (N C(N-1, m))
//! ```
//!
//! Both are kept divided by their binomials throughout. Each step is then a convex combination of earlier
//! values: nothing cancels, overflows, or leaves 0..=1.

/// The items met so far. `W` is the number of amounts in a block.
#[derive(Debug, Clone)]
pub(crate) struct InTurn<const W: usize> {
    items: usize,
    /// Items that can fail.
    failing: usize,
    /// `e_m / C(items, m)`, for `m` up to the depth.
    all_fail: Vec<f64>,
    /// The amounts that draw `m` (from 0) is expected to add.
    drawn: Vec<[f64; W]>,
}

impl<const W: usize> InTurn<W> {
    /// No items, for up to `depth` draws.
    pub(crate) fn new(depth: u32) -> Self {
        let mut all_fail = vec![0.0; depth as usize + 1];
        all_fail[0] = 1.0;
        Self { items: 0, failing: 0, all_fail, drawn: vec![[0.0; W]; depth as usize] }
    }

    /// Adds an item that fails with probability `w`. Cheapest if items that never fail come first.
    pub(crate) fn add(&mut self, w: f64, block: &[f64; W]) {
        let before = self.items as f64;
        let share = 1.0 / (before + 1.0);
        // Draws after the first failing item's number need more failures than there are.
        let reached = self.drawn.len().min(self.items + 1).min(self.failing + 2);
        for m in (1..reached).rev() {
            let keep = (before - m as f64) * share;
            let failed = m as f64 * share * w;
            let met = self.all_fail[m] * share;
            let below = self.drawn[m - 1];
            let here = &mut self.drawn[m];
            for lane in 0..W {
                here[lane] = keep * here[lane] + failed * below[lane] + met * block[lane];
            }
        }
        if let Some(first) = self.drawn.first_mut() {
            for (sum, amount) in first.iter_mut().zip(block) {
                *sum = before * share * *sum + share * amount;
            }
        }
        let top = (self.all_fail.len() - 1).min(self.failing + 1);
        for m in (1..=top).rev() {
            let kept = (before + 1.0 - m as f64) * share * self.all_fail[m];
            self.all_fail[m] = kept + m as f64 * share * w * self.all_fail[m - 1];
        }
        self.items += 1;
        self.failing += usize::from(w > 0.0);
    }

    /// Probability that the first `n` draws all fail.
    pub(crate) fn all_fail(&self, n: u32) -> f64 {
        self.all_fail[n as usize]
    }

    /// Amounts that each draw is expected to add, from the first one on.
    pub(crate) fn by_draw(&self) -> &[[f64; W]] {
        &self.drawn
    }

    /// Amounts of up to `n` draws.
    pub(crate) fn until(&self, n: u32) -> [f64; W] {
        let mut sum = [0.0; W];
        for draw in &self.drawn[..n as usize] {
            add(&mut sum, draw);
        }
        sum
    }
}

/// The same for items of only two kinds: they fail surely or pass surely.
///
/// Yields the amounts that each of `n` draws is expected to add. `failing` and `passing` hold the summed
/// amounts of the two kinds. `n` must not exceed `items`.
pub(crate) fn of_two_kinds<const W: usize>(
    (items, passes): (u32, u32),
    failing: &[f64; W],
    passing: &[f64; W],
    n: u32,
) -> Vec<[f64; W]> {
    let fails = items - passes;
    // C(fails - 1, s) / C(items - 1, s) and C(fails, s) / C(items - 1, s): every draw before this one fails.
    let (mut before_failing, mut before_passing) = (f64::from(u8::from(fails > 0)), 1.0);
    let mut draws = Vec::with_capacity(n as usize);
    for s in 0..n {
        let (a, b) = (before_failing / f64::from(items), before_passing / f64::from(items));
        draws.push(std::array::from_fn(|lane| a * failing[lane] + b * passing[lane]));
        if s + 1 < n {
            let left = f64::from(items - 1 - s);
            before_failing *= f64::from(fails.saturating_sub(s + 1)) / left;
            before_passing *= f64::from(fails.saturating_sub(s)) / left;
        }
    }
    draws
}

/// `C(fails, n) / C(items, n)`: the probability that `n` draws all fail.
pub(crate) fn all_of_one_kind((items, fails): (u32, u32), n: u32) -> f64 {
    (0..n).map(|s| f64::from(fails.saturating_sub(s)) / f64::from(items - s)).product()
}

/// Adds amounts lane by lane.
pub(crate) fn add<const W: usize>(sum: &mut [f64; W], amounts: &[f64; W]) {
    for (sum, amount) in sum.iter_mut().zip(amounts) {
        *sum += amount;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::exact;
    use num_rational::BigRational;
    use proptest::prelude::*;

    /// `e_m(w) / C(l, m)` and `sum_i b_i e_m(w_{-i}) / (l C(l-1, m))` as written, in exact rationals.
    fn as_written(items: &[(f64, f64)]) -> (Vec<BigRational>, Vec<BigRational>) {
        let count = items.len();
        let (mut p, mut s) = (vec![exact(0.0); count + 1], vec![exact(0.0); count + 1]);
        p[0] = exact(1.0);
        for (w, b) in items.iter().map(|(w, b)| (exact(*w), exact(*b))) {
            for m in (0..count).rev() {
                let below = if m > 0 { &s[m - 1] * &w } else { exact(0.0) };
                s[m] += below + &b * &p[m];
            }
            for m in (0..count).rev() {
                let below = p[m].clone();
                p[m + 1] += below * &w;
            }
        }
        // C(count, m), which is (m + 1) C(count, m + 1) / (count - m).
        let mut binomial = exact(1.0);
        for m in 0..=count {
            p[m] /= &binomial;
            // count C(count - 1, m) = (count - m) C(count, m)
            if m < count {
                s[m] /= exact((count - m) as f64) * &binomial;
                binomial *= exact((count - m) as f64) / exact(m as f64 + 1.0);
            }
        }
        (p, s)
    }

    fn fill(items: &[(f64, f64)], depth: u32) -> InTurn<1> {
        let mut in_turn = InTurn::new(depth);
        for (w, b) in items {
            in_turn.add(*w, &[*b]);
        }
        in_turn
    }

    #[track_caller]
    fn check_close(got: f64, expected: &BigRational, what: &str) {
        let error = (exact(got) - expected) / if *expected == exact(0.0) { exact(1.0) } else { expected.clone() };
        let bound = exact(1e-9);
        assert!(error <= bound && error >= -bound, "{what}: {got} is not {expected}");
    }

    /// Sizes at which binomials and polynomials overflow every float.
    #[test]
    fn two_hundred_items_are_within_a_billionth_of_exact_rationals() {
        let items: Vec<(f64, f64)> = (0..200_u32)
            .map(|i| (f64::from(i * 37 % 101) / 100.0, f64::from(i * 53 % 997)))
            .map(|(w, b)| (if w > 0.93 { 0.0 } else { w.min(1.0) }, b))
            .collect();
        let in_turn = fill(&items, 200);
        let (all_fail, by_draw) = as_written(&items);
        for n in [1, 2, 10, 50, 100, 150, 200] {
            check_close(in_turn.all_fail(n), &all_fail[n as usize], &format!("all {n} fail"));
        }
        for m in [0, 1, 5, 49, 120, 199] {
            check_close(in_turn.by_draw()[m][0], &by_draw[m], &format!("draw {m}"));
        }
    }

    proptest! {
        #[test]
        fn order_of_items_does_not_matter(
            items in proptest::collection::vec((0.0..=1.0_f64, 0.0..100.0_f64, any::<bool>()), 1..12),
        ) {
            let items: Vec<(f64, f64)> = items.iter().map(|(w, b, fails)| (if *fails { *w } else { 0.0 }, *b)).collect();
            let n = items.len() as u32;
            let forward = fill(&items, n);
            let backward = fill(&items.iter().rev().copied().collect::<Vec<_>>(), n);
            for draws in 0..=n {
                prop_assert!((forward.all_fail(draws) - backward.all_fail(draws)).abs() < 1e-12);
                prop_assert!((forward.until(draws)[0] - backward.until(draws)[0]).abs() < 1e-9);
            }
        }

        #[test]
        fn sure_items_are_the_special_case(items in 1_u32..20, passes in 0_u32..20, n in 0_u32..20) {
            let (passes, n) = (passes.min(items), n.min(items));
            let list: Vec<(f64, f64)> = (0..items).map(|i| (f64::from(u8::from(i >= passes)), f64::from(i))).collect();
            let sum = |range: std::ops::Range<u32>| [range.map(f64::from).sum::<f64>()];
            let draws = of_two_kinds((items, passes), &sum(passes..items), &sum(0..passes), n);
            let general = fill(&list, n);
            for (draw, expected) in draws.iter().zip(general.by_draw()) {
                prop_assert!((draw[0] - expected[0]).abs() < 1e-9);
            }
            prop_assert!((all_of_one_kind((items, items - passes), n) - general.all_fail(n)).abs() < 1e-12);
        }
    }
}

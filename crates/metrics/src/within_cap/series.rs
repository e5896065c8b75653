//! Distributions over spent tokens, as series in `z`: the coefficient of `z^s` belongs to `s` units spent.

/// A few places with their probabilities, in ascending order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sparse(Vec<(usize, f64)>);

impl Sparse {
    /// So much, surely.
    pub(super) fn spent(units: usize) -> Self {
        Self(vec![(units, 1.0)])
    }

    pub(super) fn places(&self) -> &[(usize, f64)] {
        &self.0
    }

    /// After so much more was spent, as far as the cap.
    pub(super) fn after(&self, units: usize, cap: usize) -> Self {
        let moved = self.0.iter().map(|(place, share)| (place + units, *share));
        Self(moved.take_while(|(place, _)| *place <= cap).collect())
    }

    /// The sum with another, each times a factor.
    pub(super) fn mixed(&self, factor: f64, other: &Self, other_factor: f64) -> Self {
        let mut places: Vec<(usize, f64)> = self.0.iter().map(|(place, share)| (*place, share * factor)).collect();
        places.extend(other.0.iter().map(|(place, share)| (*place, share * other_factor)));
        Self::collect(places)
    }

    /// On a coarser grid of `step` units: what lies between two of its places is shared by them, so that the mean stays
    /// what it is.
    pub(super) fn coarse(&self, step: f64, cap: usize) -> Self {
        let mut places = vec![];
        for (place, share) in &self.0 {
            let place = *place as f64 / step;
            let (below, beyond) = (place.floor(), place.fract());
            places.push((below as usize, share * (1.0 - beyond)));
            places.push((below as usize + 1, share * beyond));
        }
        places.retain(|(place, share)| *place <= cap && *share > 0.0);
        Self::collect(places)
    }

    fn collect(mut places: Vec<(usize, f64)>) -> Self {
        places.sort_by_key(|(place, _)| *place);
        let mut merged: Vec<(usize, f64)> = Vec::with_capacity(places.len());
        for (place, share) in places {
            match merged.last_mut() {
                Some((last, sum)) if *last == place => *sum += share,
                _ => merged.push((place, share)),
            }
        }
        Self(merged)
    }
}

/// All places up to a cap, from the first to the last that anything lies at.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Dense {
    from: usize,
    values: Vec<f64>,
}

impl Dense {
    pub(super) fn nothing_spent() -> Self {
        Self { from: 0, values: vec![1.0] }
    }

    /// Probability that it is within the cap.
    pub(super) fn mass(&self) -> f64 {
        self.values.iter().sum()
    }

    pub(super) fn sparse(&self) -> Sparse {
        let places = self.values.iter().enumerate().filter(|(_, share)| **share != 0.0);
        Sparse(places.map(|(place, share)| (self.from + place, *share)).collect())
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.cover(other.from, other.from + other.values.len());
        let start = other.from.saturating_sub(self.from);
        for (sum, value) in self.values[start..].iter_mut().zip(&other.values) {
            *sum += value;
        }
    }

    fn scale(&mut self, factor: f64) {
        self.values.iter_mut().for_each(|value| *value *= factor);
    }

    /// Adds a product, cut off beyond the cap.
    fn add_product(&mut self, sparse: &Sparse, other: &Self, factor: f64, cap: usize) {
        let (Some((first, _)), Some((last, _))) = (sparse.0.first(), sparse.0.last()) else { return };
        if other.values.is_empty() || factor == 0.0 || first + other.from > cap {
            return;
        }
        self.cover(first + other.from, (last + other.from + other.values.len()).min(cap + 1));
        for (shift, share) in &sparse.0 {
            let start = shift + other.from;
            let Some(room) = (cap + 1).checked_sub(start) else { break };
            let factor = factor * share;
            let place = start - self.from;
            for (sum, value) in self.values[place..].iter_mut().zip(&other.values[..other.values.len().min(room)]) {
                *sum += factor * value;
            }
        }
    }

    /// Makes room for the places from `from` up to `to`.
    fn cover(&mut self, from: usize, to: usize) {
        if from >= to {
            return;
        }
        if self.values.is_empty() {
            self.from = from;
        }
        if from < self.from {
            self.values.splice(0..0, std::iter::repeat_n(0.0, self.from - from));
            self.from = from;
        }
        if self.from + self.values.len() < to {
            self.values.resize(to - self.from, 0.0);
        }
    }
}

/// An item that may be drawn: what it spends if it fails, and if it succeeds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Turn {
    pub(super) fails: Sparse,
    pub(super) succeeds: Sparse,
}

/// What is spent until a number of draws have failed, and until one succeeds.
#[derive(Debug)]
pub(super) struct InTurn {
    /// By the number of draws, all of which fail.
    pub(super) all_fail: Vec<Dense>,
    /// By the draws before the one that succeeds.
    pub(super) succeeds: Vec<Dense>,
}

/// Draws items until one succeeds, `n` at most: the recurrence of [`crate::in_turn`] over series. Items that never
/// fail are cheapest first.
pub(super) fn in_turn<'a>(items: impl Iterator<Item = &'a Turn>, n: u32, cap: usize) -> InTurn {
    let n = n as usize;
    let mut all_fail = vec![Dense::default(); n + 1];
    all_fail[0] = Dense::nothing_spent();
    let mut succeeds = vec![Dense::default(); n];
    for (before, item) in items.enumerate() {
        let share = 1.0 / (before as f64 + 1.0);
        for m in (0..n.min(before + 1)).rev() {
            let (lower, upper) = succeeds.split_at_mut(m);
            let here = &mut upper[0];
            here.scale((before - m) as f64 * share);
            if let Some(below) = lower.last() {
                here.add_product(&item.fails, below, m as f64 * share, cap);
            }
            here.add_product(&item.succeeds, &all_fail[m], share, cap);
        }
        for m in (1..=n.min(before + 1)).rev() {
            let (lower, upper) = all_fail.split_at_mut(m);
            upper[0].scale((before + 1 - m) as f64 * share);
            upper[0].add_product(&item.fails, &lower[m - 1], m as f64 * share, cap);
        }
    }
    InTurn { all_fail, succeeds }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coarser_grid_keeps_mass_and_mean() {
        let fine = Sparse(vec![(3, 0.25), (7, 0.5), (10, 0.25)]);
        let coarse = fine.coarse(4.0, 100);
        assert_eq!(coarse.places(), [(0, 0.0625), (1, 0.3125), (2, 0.5), (3, 0.125)]);
        let mean = |sparse: &Sparse| sparse.places().iter().map(|(place, share)| *place as f64 * share).sum::<f64>();
        assert!((4.0 * mean(&coarse) - mean(&fine)).abs() < 1e-12);
        assert_eq!(fine.coarse(4.0, 1).places(), [(0, 0.0625), (1, 0.3125)]);
    }

    #[test]
    fn products_are_cut_off_at_the_cap_and_grow_to_both_sides() {
        let mut sum = Dense::default();
        let other = Dense { from: 4, values: vec![0.5, 0.5] };
        sum.add_product(&Sparse(vec![(2, 0.5), (3, 0.5)]), &other, 1.0, 7);
        assert_eq!(sum, Dense { from: 6, values: vec![0.25, 0.5] });
        sum.add_product(&Sparse::spent(0), &other, 1.0, 7);
        assert_eq!(sum, Dense { from: 4, values: vec![0.5, 0.5, 0.25, 0.5] });
        sum.add_product(&Sparse::spent(4), &other, 1.0, 7);
        assert!((sum.mass() - 1.75).abs() < 1e-12, "all of it lies beyond the cap");
    }
}

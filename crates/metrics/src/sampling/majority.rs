//! maj@k: how often the largest group of programs that behave alike is right.
//!
//! Of `n` programs some behave alike on the inputs that a selector may see, and some cannot vote: they hold no code, or
//! do not load. Over all `k`-subsets: the largest group of the subset is handed in, ties share equally, and a subset
//! without a voter is wrong. A group whose members the scoring tests tell apart is right by the share of its members that
//! pass.

/// Programs that behave alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alike {
    /// How many.
    pub size: u32,
    /// The share of them that pass the scoring tests.
    pub right: f64,
}

/// More programs of a problem than these are not counted: their subsets are too many for a float.
const MOST: u32 = 1_000;

/// maj@k by convolution over the groups: the mean over all `k`-subsets, and unbiased. `None` where there are fewer than
/// `k` programs, more than a thousand, or `k` is 0.
pub fn maj_at_k(groups: &[Alike], without_vote: u32, k: u32) -> Option<f64> {
    let n = groups.iter().map(|group| group.size).sum::<u32>().checked_add(without_vote)?;
    if k == 0 || k > n || n > MOST {
        return None;
    }
    let largest = groups.iter().map(|group| group.size).max().unwrap_or(0).min(k);
    let all = binomials(n)[k as usize];
    let sum: f64 = (1..=largest).map(|top| with_top(groups, without_vote, (k, top))).sum();
    Some((sum / all).clamp(0.0, 1.0))
}

/// Ways to draw `k` programs so that the largest group holds `top` of them, each counted by how right it is. Ways are
/// scaled by two to the number of programs.
fn with_top(groups: &[Alike], without_vote: u32, (k, top): (u32, u32)) -> f64 {
    let (k, top) = (k as usize, top as usize);
    let ties = k / top + 1;
    // By programs drawn and groups that hold `top`: the ways, and the sum of how right these groups are.
    let at = |drawn: usize, tied: usize| drawn * ties + tied;
    let mut ways = vec![0.0; (k + 1) * ties];
    let mut right = vec![0.0; (k + 1) * ties];
    for (drawn, way) in binomials(without_vote).into_iter().take(k + 1).enumerate() {
        ways[at(drawn, 0)] = way;
    }
    for group in groups {
        let choices = binomials(group.size);
        let (before_ways, before_right) = (ways, right);
        ways = vec![0.0; (k + 1) * ties];
        right = vec![0.0; (k + 1) * ties];
        for drawn in 0..=k {
            for tied in 0..ties {
                let (way, sum) = (before_ways[at(drawn, tied)], before_right[at(drawn, tied)]);
                if way == 0.0 {
                    continue;
                }
                for (more, choice) in choices.iter().enumerate().take(top.min(k - drawn) + 1) {
                    let is_tied = more == top;
                    if is_tied && tied + 1 == ties {
                        continue;
                    }
                    let place = at(drawn + more, tied + usize::from(is_tied));
                    ways[place] += way * choice;
                    right[place] += (sum + if is_tied { way * group.right } else { 0.0 }) * choice;
                }
            }
        }
    }
    (1..ties).map(|tied| right[at(k, tied)] / tied as f64).sum()
}

/// `C(n, 0)` to `C(n, n)`, each divided by `2^n`.
fn binomials(n: u32) -> Vec<f64> {
    let mut row = vec![1.0];
    for size in 1..=n as usize {
        row.push(0.0);
        for place in (0..=size).rev() {
            let below = if place > 0 { row[place - 1] } else { 0.0 };
            row[place] = f64::midpoint(row[place], below);
        }
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn groups(sizes: &[(u32, f64)]) -> Vec<Alike> {
        sizes.iter().map(|(size, right)| Alike { size: *size, right: *right }).collect()
    }

    /// The same by going through all subsets.
    fn by_enumeration(groups: &[Alike], without_vote: u32, k: u32) -> f64 {
        let of: Vec<Option<usize>> = groups
            .iter()
            .enumerate()
            .flat_map(|(place, group)| (0..group.size).map(move |_| Some(place)))
            .chain((0..without_vote).map(|_| None))
            .collect();
        let subsets: Vec<u32> = (0..1_u32 << of.len()).filter(|subset| subset.count_ones() == k).collect();
        let value = |subset: &u32| {
            let mut counts = vec![0; groups.len()];
            for (place, group) in of.iter().enumerate() {
                if let Some(group) = group.filter(|_| subset & (1 << place) != 0) {
                    counts[group] += 1;
                }
            }
            let top = counts.iter().copied().max().unwrap_or(0);
            if top == 0 {
                return 0.0;
            }
            let tied: Vec<f64> =
                counts.iter().zip(groups).filter(|(count, _)| **count == top).map(|(_, group)| group.right).collect();
            tied.iter().sum::<f64>() / tied.len() as f64
        };
        subsets.iter().map(value).sum::<f64>() / subsets.len() as f64
    }

    #[test]
    fn the_worked_example_is_met_to_the_digit() {
        let groups = groups(&[(2, 1.0), (2, 0.0), (1, 0.0)]);
        for (k, expected) in [(1, 0.4), (3, 0.433_333), (5, 0.5)] {
            let found = maj_at_k(&groups, 0, k).unwrap();
            assert!((found - expected).abs() < 5e-7, "maj@{k}: {found}");
        }
    }

    #[test]
    fn a_subset_without_a_voter_is_wrong_and_what_is_not_there_has_no_figure() {
        assert_eq!(maj_at_k(&groups(&[(1, 1.0)]), 1, 1), Some(0.5));
        assert_eq!(maj_at_k(&[], 3, 2), Some(0.0));
        assert_eq!((maj_at_k(&groups(&[(2, 1.0)]), 0, 3), maj_at_k(&groups(&[(2, 1.0)]), 0, 0)), (None, None));
        assert_eq!(maj_at_k(&groups(&[(1_001, 1.0)]), 0, 1), None);
    }

    #[test]
    fn hundreds_of_programs_stay_in_bounds() {
        let many: Vec<Alike> =
            (0..60_u32).map(|place| Alike { size: 1 + place % 7, right: f64::from(place % 2) }).collect();
        let shares: f64 = many.iter().map(|group| f64::from(group.size) * group.right).sum();
        let n = many.iter().map(|group| group.size).sum::<u32>() + 20;
        assert!((maj_at_k(&many, 20, 1).unwrap() - shares / f64::from(n)).abs() < 1e-9);
        let found = maj_at_k(&many, 20, 100).unwrap();
        assert!((0.0..=1.0).contains(&found), "{found}");
        let two = groups(&[(400, 1.0), (300, 0.0)]);
        assert!(maj_at_k(&two, 300, 300).unwrap() > 0.99);
    }

    proptest! {
        #[test]
        fn convolution_is_the_mean_over_all_subsets(
            sizes in proptest::collection::vec((1_u32..4, 0_u32..4), 0..5),
            without_vote in 0_u32..3,
            k in 1_u32..12,
        ) {
            let groups: Vec<Alike> =
                sizes.iter().map(|(size, right)| Alike { size: *size, right: f64::from((*right).min(*size)) / f64::from(*size) }).collect();
            let n = groups.iter().map(|group| group.size).sum::<u32>() + without_vote;
            prop_assume!((1..=11).contains(&n));
            let k = k.min(n);
            let found = maj_at_k(&groups, without_vote, k).unwrap();
            prop_assert!((found - by_enumeration(&groups, without_vote, k)).abs() < 1e-9);
        }
    }
}

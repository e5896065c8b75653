//! Which of several texts is preferred, learnt from comparisons of two, and which two to compare next.
//!
//! A text's utility is a linear function of its features, and the chance that one is preferred to another is the logistic
//! function of the difference of their utilities. The weights are the most likely ones with a ridge. The next two are the text
//! of the highest utility, and that of the highest utility plus what is not known of its difference from the first (the rule
//! of Lin et al. 2024, Prompt Optimization with Human Feedback, for a network that is linear). Begin with [`duel`].

/// Steps of Newton's method: far more than a strictly convex function of few weights takes.
const STEPS: usize = 25;

/// A comparison of two texts, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Game {
    pub(super) one: usize,
    pub(super) other: usize,
    /// What the one got of it, from 0 to 1.
    pub(super) points: f64,
}

/// What is known after some comparisons.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Duel {
    /// Of each text.
    pub(super) utilities: Vec<f64>,
    /// The two that should be compared next.
    pub(super) next: (usize, usize),
}

/// The utilities of at least two texts after some comparisons, and the next pair. `features` has a row for each text, and
/// no row is a sum of multiples of others. `ridge` is above 0.
pub(super) fn duel(features: &[Vec<f64>], games: &[Game], ridge: f64, nu: f64) -> Duel {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let gram: Vec<Vec<f64>> = features.iter().map(|a| features.iter().map(|b| product(a, b)).collect()).collect();
    let utilities = utilities(&gram, games, ridge);
    let highest = |scores: &[f64], but: Option<usize>| {
        let others = (0..scores.len()).filter(|at| Some(*at) != but);
        others.reduce(|best, at| if scores[at] > scores[best] { at } else { best }).unwrap_or(0)
    };
    let first = highest(&utilities, None);
    // How often each feature told two texts apart.
    let mut told = vec![ridge; features.first().map_or(0, Vec::len)];
    for game in games {
        let differences = features[game.one].iter().zip(&features[game.other]).map(|(one, other)| one - other);
        for (told, difference) in told.iter_mut().zip(differences) {
            *told += difference * difference;
        }
    }
    let unknown = |at: usize| {
        let differences = features[at].iter().zip(&features[first]).map(|(its, of_first)| its - of_first);
        let squares: f64 = differences.zip(&told).map(|(difference, told)| difference * difference / told).sum();
        (nu * squares).sqrt()
    };
    let hopeful: Vec<f64> = utilities.iter().enumerate().map(|(at, utility)| utility + unknown(at)).collect();
    Duel { next: (first, highest(&hopeful, Some(first))), utilities }
}

/// The utilities by the most likely weights with a ridge. The weights are sums of multiples of the texts' features, so
/// that only these multiples have to be found: Newton's steps are the same as for the weights.
fn utilities(gram: &[Vec<f64>], games: &[Game], ridge: f64) -> Vec<f64> {
    let n = gram.len();
    let of = |multiples: &[f64]| -> Vec<f64> {
        gram.iter().map(|row| row.iter().zip(multiples).map(|(a, b)| a * b).sum()).collect()
    };
    let loss = |multiples: &[f64]| {
        let utilities = of(multiples);
        let penalty: f64 = utilities.iter().zip(multiples).map(|(a, b)| a * b).sum();
        let surprise = |game: &Game| {
            let difference = utilities[game.one] - utilities[game.other];
            // -ln of the logistic function, without overflow.
            let against = |x: f64| if x > 0.0 { (-x).exp().ln_1p() } else { x.exp().ln_1p() - x };
            game.points * against(difference) + (1.0 - game.points) * against(-difference)
        };
        ridge / 2.0 * penalty + games.iter().map(surprise).sum::<f64>()
    };
    let mut multiples = vec![0.0; n];
    for _ in 0..STEPS {
        let utilities = of(&multiples);
        let mut slope: Vec<f64> = multiples.iter().map(|multiple| ridge * multiple).collect();
        let mut curvature = vec![vec![0.0; n]; n];
        for game in games {
            let chance = 1.0 / (1.0 + (utilities[game.other] - utilities[game.one]).exp());
            slope[game.one] -= game.points - chance;
            slope[game.other] += game.points - chance;
            let weight = chance * (1.0 - chance);
            for (row, column, sign) in [
                (game.one, game.one, 1.0),
                (game.other, game.other, 1.0),
                (game.one, game.other, -1.0),
                (game.other, game.one, -1.0),
            ] {
                curvature[row][column] += sign * weight;
            }
        }
        let mut system: Vec<Vec<f64>> = curvature
            .iter()
            .enumerate()
            .map(|(at, row)| {
                let of_gram =
                    |column: usize| row.iter().zip(gram).map(|(weight, row)| weight * row[column]).sum::<f64>();
                (0..n).map(|column| of_gram(column) + if at == column { ridge } else { 0.0 }).collect()
            })
            .collect();
        let step = solved(&mut system, slope);
        // A whole step may go too far where chances are near 0 or 1.
        let before = loss(&multiples);
        let shorter =
            |share: f64| -> Vec<f64> { multiples.iter().zip(&step).map(|(at, by)| at - share * by).collect() };
        let tried = (0..30).map(|halvings| shorter(0.5_f64.powi(halvings)));
        match tried.into_iter().find(|multiples| loss(multiples) <= before) {
            Some(found) => multiples = found,
            None => break,
        }
    }
    of(&multiples)
}

/// The solution of a system of linear equations, by elimination with the largest pivot.
fn solved(system: &mut [Vec<f64>], mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for column in 0..n {
        let largest = |best: usize, row: usize| {
            if system[row][column].abs() > system[best][column].abs() { row } else { best }
        };
        let pivot = (column..n).reduce(largest).unwrap_or(column);
        system.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..n {
            let factor = system[row][column] / system[column][column];
            let (above, below) = system.split_at_mut(row);
            for (target, source) in below[0].iter_mut().zip(&above[column]).skip(column) {
                *target -= factor * source;
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|column| system[row][column] * right[column]).sum();
        right[row] = (right[row] - known) / system[row][row];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }

    fn game(one: usize, other: usize, points: f64) -> Game {
        Game { one, other, points }
    }

    /// Three texts with the features (1, 0), (0, 1) and (1, 1), of which the first was preferred to the second. The weights
    /// are t (1, -1) with 0.1 t = 1 - sigma(2 t): t = 1.064017. Each feature has told texts apart once: both parts of U are
    /// 0.1 + 1. So the second text is worth -1.064017 + sqrt(2 / 1.1) = 0.284382, the third 0 + sqrt(1 / 1.1) = 0.953463.
    #[test]
    fn the_second_text_has_the_highest_utility_with_what_is_not_known() {
        let features = [vec![1.0, 0.0], vec![0.0, 1.0], vec![1.0, 1.0]];
        let games = [game(0, 1, 1.0)];
        let found = duel(&features, &games, 0.1, 1.0);
        close(found.utilities[0], 1.064_017);
        close(found.utilities[1], -1.064_017);
        close(found.utilities[2], 0.0);
        assert_eq!(found.next, (0, 2));
        // Where nothing is unknown, the utility alone decides; where much is, what differs most.
        assert_eq!(duel(&features, &games, 0.1, 0.0).next, (0, 2));
        // -1.064017 + 3 * 1.348400 = 2.981182 against 3 * 0.953463 = 2.860388.
        assert_eq!(duel(&features, &games, 0.1, 9.0).next, (0, 1));
    }

    /// The weights of four comparisons, among them a draw, as plain descent finds them to 12 digits.
    #[test]
    fn the_utilities_are_the_most_likely_ones_with_a_ridge() {
        let features = [vec![1.0, 0.0, 0.5], vec![0.0, 1.0, 0.5], vec![0.0, 0.0, 1.0]];
        let games = [game(0, 1, 1.0), game(1, 2, 0.5), game(0, 2, 0.0), game(0, 1, 1.0)];
        let found = duel(&features, &games, 0.1, 1.0);
        for (found, expected) in found.utilities.iter().zip([0.336_376_896, -0.924_930_651, 0.588_553_755]) {
            close(*found, expected);
        }
        // U is 3.1, 3.1 and 0.6: the first text is worth 0.336377 + sqrt(1 / 3.1 + 0.25 / 0.6), the second as much less.
        assert_eq!(found.next, (2, 0));
        let turned = games.map(|Game { one, other, points }| game(other, one, 1.0 - points));
        for (found, expected) in duel(&features, &turned, 0.1, 1.0).utilities.iter().zip(&found.utilities) {
            close(*found, *expected);
        }
    }

    #[test]
    fn without_a_comparison_the_first_text_meets_what_differs_most_from_it() {
        let features = [vec![1.0, 0.0, 0.0], vec![0.8, 0.6, 0.0], vec![0.0, 0.0, 1.0]];
        let found = duel(&features, &[], 0.1, 1.0);
        assert_eq!((found.utilities.as_slice(), found.next), ([0.0; 3].as_slice(), (0, 2)));
    }

    #[test]
    fn many_comparisons_that_agree_leave_finite_utilities() {
        let features = [vec![1.0, 0.0], vec![0.0, 1.0]];
        let found = duel(&features, &vec![game(1, 0, 1.0); 5_000], 1e-3, 1.0);
        assert!(found.utilities.iter().all(|utility| utility.is_finite()) && found.utilities[1] > found.utilities[0]);
        assert_eq!(found.next, (1, 0));
    }
}

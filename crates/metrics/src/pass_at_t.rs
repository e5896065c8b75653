//! pass@t of one problem: what a tree of `n_p` programs with `n_f` repairs each solves, and what it costs.
//!
//! The plug-in form in batch order: `n_p` programs are drawn with replacement and paid for; if none
//! passes, `n_f` repairs of each are drawn with replacement and paid for, all of them. Expectations are
//! exact, so there is no resampling noise.

use crate::power::power;
use crate::{FrozenProblem, FrozenProgram, TokenCounts};

/// Expected outcome of one setting on one problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Batch {
    /// Probability that a program or a repair passes.
    pub pass: f64,
    /// Programs and repairs drawn.
    pub programs: f64,
    /// Tokens of the first programs.
    pub program_tokens: TokenCounts,
    /// Tokens of the repairs. Zero, and known, if no program fails.
    pub repair_tokens: TokenCounts,
}

/// The exact expectation for `n_p` programs and `n_f` feedback-and-repair pairs for each, if all fail.
///
/// With `f` the share of failing programs, `q_i` the share of repairs of program `i` that pass and `u_i`
/// their mean tokens:
///
/// ```text
/// pass   = 1 - ((1/N) sum_{i fails} (1 - q_i)^n_f)^n_p
/// tokens = n_p mean(t) + f^n_p n_p n_f mean_{i fails}(u_i)
/// ```
///
/// `None` if the problem has no scored program, or if `n_f > 0` and a failing program has no repair.
pub fn batch(problem: &FrozenProblem, n_p: u32, n_f: u32) -> Option<Batch> {
    let all_fail = power(problem.failing_share()?, n_p);
    if n_f > 0 && problem.fewest_repairs() == Some(0) {
        return None;
    }
    let unsolved: f64 =
        problem.failing().map(|program| power(1.0 - program.repair_success().unwrap_or(0.0), n_f)).sum();
    let (n_programs, n_repairs) = (f64::from(n_p), all_fail * f64::from(n_p) * f64::from(n_f));

    let mean = |counts: Vec<TokenCounts>| TokenCounts::mean(&counts);
    let program = mean(problem.programs.iter().map(|program| program.tokens).collect());
    let repair = if n_repairs == 0.0 {
        TokenCounts::from_fn(|_| Some(0.0))
    } else {
        let of_program = |program: &FrozenProgram| mean(program.repairs.iter().map(|repair| repair.tokens).collect());
        mean(problem.failing().map(of_program).collect())
    };
    Some(Batch {
        pass: 1.0 - power(unsolved / f64::from(problem.n()), n_p),
        programs: n_programs + n_repairs,
        program_tokens: TokenCounts::from_fn(|definition| Some(n_programs * program.by(definition)?)),
        repair_tokens: TokenCounts::from_fn(|definition| Some(n_repairs * repair.by(definition)?)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin_pass_at_k;
    use crate::testing::problem;
    use proptest::prelude::*;

    /// Expected pass, programs and tokens, by enumerating every draw with replacement.
    fn by_enumeration(problem: &FrozenProblem, n_p: u32, n_f: u32) -> (f64, f64, f64) {
        let mut sums = (0.0, 0.0, 0.0);
        let draws = tuples(problem.programs.len(), n_p);
        for draw in &draws {
            let programs: Vec<_> = draw.iter().map(|index| &problem.programs[*index]).collect();
            let cost: f64 = programs.iter().map(|program| program.tokens.paper.unwrap()).sum();
            let mut mean = (1.0, f64::from(n_p), cost);
            if programs.iter().all(|program| !program.passed) {
                let (mut none_passes, mut repair_cost) = (1.0, 0.0);
                for program in programs {
                    let picks = tuples(program.repairs.len(), n_f);
                    let share = 1.0 / picks.len() as f64;
                    let repairs = |pick: &[usize]| pick.iter().map(|index| program.repairs[*index]).collect::<Vec<_>>();
                    none_passes *= picks
                        .iter()
                        .filter(|pick| repairs(pick).iter().all(|repair| !repair.passed))
                        .map(|_| share)
                        .sum::<f64>();
                    repair_cost += picks
                        .iter()
                        .flat_map(|pick| repairs(pick))
                        .map(|repair| share * repair.tokens.paper.unwrap())
                        .sum::<f64>();
                }
                mean = (1.0 - none_passes, mean.1 + f64::from(n_p * n_f), mean.2 + repair_cost);
            }
            sums = (sums.0 + mean.0, sums.1 + mean.1, sums.2 + mean.2);
        }
        let n = draws.len() as f64;
        (sums.0 / n, sums.1 / n, sums.2 / n)
    }

    /// All `length`-tuples over `0..n`.
    fn tuples(n: usize, length: u32) -> Vec<Vec<usize>> {
        (0..length).fold(vec![vec![]], |shorter, _| {
            shorter.iter().flat_map(|tuple| (0..n).map(|next| tuple.iter().copied().chain([next]).collect())).collect()
        })
    }

    #[track_caller]
    fn check(problem: &FrozenProblem, n_p: u32, n_f: u32) {
        let batch = batch(problem, n_p, n_f).unwrap();
        let (pass, programs, tokens) = by_enumeration(problem, n_p, n_f);
        let cost = batch.program_tokens.paper.unwrap() + batch.repair_tokens.paper.unwrap();
        for (name, got, expected) in
            [("pass", batch.pass, pass), ("programs", batch.programs, programs), ("tokens", cost, tokens)]
        {
            assert!((got - expected).abs() < 1e-9, "{name} at ({n_p}, {n_f}): {got} is not {expected}");
        }
    }

    #[test]
    fn no_pass_all_pass_and_free_nodes_equal_enumeration() {
        let none = problem(&[(false, 3.0, &[(false, 2.0)]), (false, 5.0, &[(false, 0.0)])]);
        let all = problem(&[(true, 3.0, &[]), (true, 5.0, &[])]);
        let free = problem(&[(true, 0.0, &[]), (false, 0.0, &[(true, 0.0), (false, 0.0)])]);
        for problem in [none, all, free] {
            for (n_p, n_f) in [(1, 0), (1, 1), (2, 1), (2, 2), (3, 2)] {
                check(&problem, n_p, n_f);
            }
        }
    }

    #[test]
    fn a_failing_program_without_repairs_carries_no_figure() {
        let problem = problem(&[(true, 3.0, &[]), (false, 5.0, &[])]);
        assert_eq!(batch(&problem, 1, 1), None);
        assert!(batch(&problem, 1, 0).is_some());
        assert_eq!(batch(&crate::testing::problem(&[]), 1, 0), None);
    }

    #[test]
    fn missing_usage_is_absent_only_where_it_is_needed() {
        let mut problem = problem(&[(true, 3.0, &[]), (false, 5.0, &[(true, 4.0)])]);
        problem.programs[1].repairs[0].tokens.billed = None;
        let cell = batch(&problem, 1, 1).unwrap();
        assert_eq!((cell.program_tokens.billed, cell.repair_tokens.billed), (Some(4.0), None));
        assert_eq!(cell.repair_tokens.paper, Some(2.0));
        problem.programs[1].passed = true;
        assert_eq!(batch(&problem, 1, 1).unwrap().repair_tokens.billed, Some(0.0));
    }

    proptest! {
        #[test]
        fn closed_form_equals_enumeration_of_all_draws(
            programs in proptest::collection::vec(
                (any::<bool>(), 0_u8..9, proptest::collection::vec((any::<bool>(), 0_u8..9), 1..4)),
                1..4,
            ),
            n_p in 1_u32..4,
            n_f in 0_u32..4,
        ) {
            let repairs: Vec<Vec<(bool, f64)>> = programs
                .iter()
                .map(|(_, _, repairs)| repairs.iter().map(|(passed, tokens)| (*passed, f64::from(*tokens))).collect())
                .collect();
            let programs: Vec<_> = programs
                .iter()
                .zip(&repairs)
                .map(|((passed, tokens, _), repairs)| (*passed, f64::from(*tokens), repairs.as_slice()))
                .collect();
            check(&problem(&programs), n_p, n_f);
        }

        #[test]
        fn without_repairs_it_is_plugin_pass_at_k(n in 1_u32..30, c_seed in 0_u32..100, k_seed in 0_u32..100) {
            let (c, k) = (c_seed % (n + 1), 1 + k_seed % n);
            let programs: Vec<_> = (0..n).map(|index| (index < c, 1.0, &[][..])).collect();
            let cell = batch(&problem(&programs), k, 0).unwrap();
            prop_assert!((cell.pass - plugin_pass_at_k(n, c, k).unwrap()).abs() < 1e-12);
            prop_assert!((cell.program_tokens.paper.unwrap() - f64::from(k)).abs() < 1e-12);
        }
    }
}

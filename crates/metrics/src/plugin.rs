//! Trees drawn with replacement from what was collected: the limit of the paper's resampling, biased low.
//!
//! With the symbols of [`crate::unbiased`], `q_ij = c_ij / R_ij`, `f = |F| / N` and
//! `G(a, n) = 1 + a + .. + a^(n-1)`:
//!
//! ```text
//! v_ij = (1 - q_ij)^n_r                w_i = mean_j(v_ij)^n_f, 0 if i passes      A = mean(w)
//! d_i  = mean_j(phi_ij + mean(rho_ij) G(1 - q_ij, n_r)) G(mean_j(v_ij), n_f)
//! pass = 1 - A^n_p                     the same in every order
//! dfs  = mean(t + d) G(A, n_p)
//! bfs  = mean(t) G(f, n_p) + f^n_p mean_F(d) G(A / f, n_p)
//! batch = n_p mean(t) + f^n_p n_p mean_F(n_f mean_j(phi_ij + n_r mean(rho_ij)))
//! ```

use crate::amounts::{Amounts, LANES, mean, of_feedback, of_program, scaled};
use crate::curve::{Curve, Point, costs};
use crate::in_turn::add;
use crate::power::power;
use crate::unbiased::{WITH_CREDIT, with_credit};
use crate::{FrozenFeedback, FrozenProblem, FrozenProgram, Passes, Selection};

/// The curves of one problem for each of `n_fs`, up to `n_p` programs. The problem must carry them.
pub(crate) fn curves(problem: &FrozenProblem, selection: Selection, n_r: u32, n_fs: &[u32], n_p: u32) -> Vec<Curve> {
    n_fs.iter().map(|n_f| curve(problem, selection, n_r, *n_f, n_p)).collect()
}

fn curve(problem: &FrozenProblem, selection: Selection, n_r: u32, n_f: u32, n_p: u32) -> Curve {
    let (mut program, mut below, mut whole) = ([0.0; LANES], [0.0; WITH_CREDIT], [0.0; LANES]);
    let (mut failing, mut unsolved, mut units) = (0.0, 0.0, vec![]);
    for frozen in &problem.programs {
        add(&mut program, &of_program(&frozen.tokens));
        if selection.stops(frozen.passes) {
            let credit = with_credit(&[0.0; LANES], frozen.passes);
            units.push((0.0, credit[LANES]));
            add(&mut below, &credit);
        } else {
            let repaired = feedbacks(frozen, selection, n_r, n_f);
            failing += 1.0;
            unsolved += repaired.all_fail;
            units.push((repaired.all_fail, repaired.in_turn[LANES]));
            add(&mut below, &repaired.in_turn);
            add(&mut whole, &repaired.whole);
        }
    }
    let n = f64::from(problem.n());
    let (program, below, whole) = (scaled(&program, 1.0 / n), scaled(&below, 1.0 / n), scaled(&whole, 1.0 / n));
    let (failing, unsolved) = (failing / n, unsolved / n);
    // f^n_p mean_F(x) is f^(n_p - 1) mean(x): no division by an f that may be zero.
    let point = |n_p: u32| {
        let before = power(failing, n_p - 1);
        let further = geometric(unsolved, n_p) - 1.0;
        let searched = geometric(failing, n_p) - 1.0;
        let conditional = if failing > 0.0 { (unsolved / failing).min(1.0) } else { 0.0 };
        let stage = before * geometric(conditional, n_p);
        Point {
            pass: match selection {
                Selection::OracleAny => 1.0 - power(unsolved, n_p),
                Selection::Submitted => below[LANES] * geometric(unsolved, n_p),
            },
            repairs: scaled(&whole, before * f64::from(n_p)),
            dfs: std::array::from_fn(|lane| below[lane] + (program[lane] + below[lane]) * further),
            bfs: std::array::from_fn(|lane| program[lane] * searched + below[lane] * stage),
        }
    };
    Curve { program, points: (1..=n_p).map(point).collect(), units }
}

/// What lies below one failing program.
struct Repaired {
    /// `w_i`.
    all_fail: f64,
    /// `d_i`, and the probability that it ends the loop with a success.
    in_turn: [f64; WITH_CREDIT],
    /// Cost of all its `n_f` feedbacks with all their repairs.
    whole: Amounts,
}

fn feedbacks(program: &FrozenProgram, selection: Selection, n_r: u32, n_f: u32) -> Repaired {
    let each: Vec<_> = program.feedbacks.iter().map(|feedback| repairs(feedback, selection, n_r)).collect();
    let all_fail = mean(each.iter().map(|(all_fail, ..)| all_fail))[0];
    let in_turn = mean(each.iter().map(|(_, in_turn, _)| in_turn));
    let whole = mean(each.iter().map(|(.., whole)| whole));
    Repaired {
        all_fail: power(all_fail, n_f),
        in_turn: scaled(&in_turn, geometric(all_fail, n_f)),
        whole: scaled(&whole, f64::from(n_f)),
    }
}

fn repairs(feedback: &FrozenFeedback, selection: Selection, n_r: u32) -> ([f64; 1], [f64; WITH_CREDIT], Amounts) {
    let blocks: Vec<_> = feedback
        .repairs
        .iter()
        .map(|repair| {
            let succeeds = selection.stops(repair.passes) && repair.passes.hidden;
            with_credit(&of_program(&repair.tokens), Passes::both(succeeds))
        })
        .collect();
    let fails = feedback.repairs.iter().filter(|repair| !selection.stops(repair.passes)).count();
    let share = fails as f64 / feedback.repairs.len().max(1) as f64;
    let mean = mean(blocks.iter());
    let phi = of_feedback(&feedback.tokens);
    let mut in_turn = scaled(&mean, geometric(share, n_r));
    let mut whole = scaled(&costs(&mean), f64::from(n_r));
    for lane in 0..LANES {
        in_turn[lane] += phi[lane];
        whole[lane] += phi[lane];
    }
    ([power(share, n_r)], in_turn, whole)
}

/// What each of `n` programs is expected to cost if they are drawn in turn with replacement and none is
/// repaired, with the probability that it is a success.
pub(crate) fn draws(problem: &FrozenProblem, selection: Selection, n: u32) -> Vec<[f64; WITH_CREDIT]> {
    let blocks: Vec<_> = problem
        .programs
        .iter()
        .map(|program| {
            let succeeds = selection.stops(program.passes) && program.passes.hidden;
            with_credit(&of_program(&program.tokens), Passes::both(succeeds))
        })
        .collect();
    let fails = problem.programs.iter().filter(|program| !selection.stops(program.passes)).count();
    let share = fails as f64 / problem.programs.len().max(1) as f64;
    let mean = mean(blocks.iter());
    (0..n).map(|m| scaled(&mean, power(share, m))).collect()
}

/// `1 + a + .. + a^(n-1)`, summed: the quotient would cancel where `a` is near 1.
fn geometric(a: f64, n: u32) -> f64 {
    (0..n).fold(0.0, |sum, _| sum * a + 1.0)
}

//! Trees drawn without replacement from what was collected: the unbiased estimator.
//!
//! Program `i` of `N` costs `t_i`; those in `F` fail. Feedback `j` of its `M_i` costs `phi_ij`; of its `R_ij`
//! repairs `c_ij` pass, and `rho` is what they cost. The closed forms, with `e_m` the elementary symmetric
//! polynomials:
//!
//! ```text
//! v_ij = C(R-c, n_r) / C(R, n_r)                      a feedback's repairs all fail
//! w_i  = e_{n_f}(v_i) / C(M_i, n_f), 0 if i passes    nothing below a program passes
//! pass = 1 - e_{n_p}(w) / C(N, n_p)                   the same in every order
//! h_ij = cost of a feedback's repairs in turn, d_i of a program's feedbacks in turn
//! dfs  = programs in turn, with w and t + d
//! bfs  = programs in turn, then, if all fail, their feedbacks in turn, with w and d
//! batch = n_p mean(t) + P(all fail) n_p mean_F(n_f mean_j(phi_ij + n_r mean(rho_ij)))
//! ```
//!
//! In the selection `submitted` passing means passing the public suite, and a block's last lane carries the
//! probability that what ends the loop also passes the hidden one.

use crate::amounts::{Amounts, LANES, mean, of_feedback, of_program, scaled};
use crate::curve::{BLOCK, Curve, Point, block, costs};
use crate::in_turn::{InTurn, add, all_of_one_kind, of_two_kinds};
use crate::{FrozenFeedback, FrozenProblem, FrozenProgram, Passes, Selection};

/// Costs on every axis, then the probability of a success.
pub(crate) const WITH_CREDIT: usize = LANES + 1;

/// What lies below one failing program, for one `n_f`.
struct Below {
    /// `w_i`.
    all_fail: f64,
    /// `d_i`, and the probability that it ends the loop with a success.
    in_turn: [f64; WITH_CREDIT],
}

/// The curves of one problem for each of `n_fs`, up to `n_p` programs. The problem must carry them.
pub(crate) fn curves(problem: &FrozenProblem, selection: Selection, n_r: u32, n_fs: &[u32], n_p: u32) -> Vec<Curve> {
    let deepest = n_fs.iter().copied().max().unwrap_or(0);
    let first = FirstPrograms::of(problem, selection);
    let mut below: Vec<Vec<Below>> = n_fs.iter().map(|_| vec![]).collect();
    // Cost of one feedback with all its repairs, program by program.
    let mut whole: Vec<Amounts> = vec![];
    for program in &first.failing {
        let (in_turn, all) = feedbacks(program, selection, n_r, deepest);
        whole.push(all);
        for (below, n_f) in below.iter_mut().zip(n_fs) {
            below.push(Below { all_fail: in_turn.all_fail(*n_f), in_turn: in_turn.until(*n_f) });
        }
    }
    let whole = mean(whole.iter());
    let draws = first.draws(n_p);
    let curve = |(below, n_f): (&Vec<Below>, &u32)| first.curve(&draws, below, &scaled(&whole, f64::from(*n_f)), n_p);
    below.iter().zip(n_fs).map(curve).collect()
}

/// A program's feedbacks in turn, and the mean cost of one of them with all its repairs.
fn feedbacks(program: &FrozenProgram, selection: Selection, n_r: u32, n_f: u32) -> (InTurn<WITH_CREDIT>, Amounts) {
    let mut in_turn = InTurn::new(n_f);
    let mut wholes = vec![];
    for feedback in program.feedbacks.iter().filter(|_| n_f > 0) {
        let phi = of_feedback(&feedback.tokens);
        let (all_fail, mut turn, mut whole) = repairs(feedback, selection, n_r);
        for lane in 0..LANES {
            turn[lane] += phi[lane];
            whole[lane] += phi[lane];
        }
        in_turn.add(all_fail, &turn);
        wholes.push(whole);
    }
    (in_turn, mean(wholes.iter()))
}

/// `v_ij`; `h_ij` with the probability of a success; and the cost of all `n_r` repairs.
fn repairs(feedback: &FrozenFeedback, selection: Selection, n_r: u32) -> (f64, [f64; WITH_CREDIT], Amounts) {
    let count = feedback.repairs.len() as u32;
    let (mut failing, mut passing, mut passes) = ([0.0; WITH_CREDIT], [0.0; WITH_CREDIT], 0);
    for repair in &feedback.repairs {
        let cost = of_program(&repair.tokens);
        if selection.stops(repair.passes) {
            passes += 1;
            add(&mut passing, &with_credit(&cost, repair.passes));
        } else {
            add(&mut failing, &with_credit(&cost, Passes::both(false)));
        }
    }
    let mut in_turn = [0.0; WITH_CREDIT];
    for draw in of_two_kinds((count, passes), &failing, &passing, n_r.min(count)) {
        add(&mut in_turn, &draw);
    }
    let whole = std::array::from_fn(|lane| f64::from(n_r) * (failing[lane] + passing[lane]) / f64::from(count.max(1)));
    (all_of_one_kind((count, count - passes), n_r.min(count)), in_turn, whole)
}

/// A cost, and whether what it buys is a success.
pub(crate) fn with_credit(cost: &Amounts, passes: Passes) -> [f64; WITH_CREDIT] {
    std::array::from_fn(|lane| if lane < LANES { cost[lane] } else { f64::from(u8::from(passes.hidden)) })
}

/// The first programs of a problem, by whether they end the loop.
pub(crate) struct FirstPrograms<'a> {
    stopping: Vec<&'a FrozenProgram>,
    failing: Vec<&'a FrozenProgram>,
    selection: Selection,
}

impl<'a> FirstPrograms<'a> {
    pub(crate) fn of(problem: &'a FrozenProblem, selection: Selection) -> Self {
        let (stopping, failing) = problem.programs.iter().partition(|program| selection.stops(program.passes));
        Self { stopping, failing, selection }
    }

    fn n(&self) -> u32 {
        (self.stopping.len() + self.failing.len()) as u32
    }

    /// What each of `n` programs is expected to cost if they are drawn in turn and none is repaired, with the
    /// probability that it is a success: the first draw is paid for always, the next if that one fails.
    pub(crate) fn draws(&self, n: u32) -> Vec<[f64; WITH_CREDIT]> {
        let sum = |programs: &[&FrozenProgram], succeeds: bool| {
            let mut sum = [0.0; WITH_CREDIT];
            for program in programs {
                let passes = if succeeds { program.passes } else { Passes::both(false) };
                add(&mut sum, &with_credit(&of_program(&program.tokens), passes));
            }
            sum
        };
        let counts = (self.n(), self.stopping.len() as u32);
        of_two_kinds(counts, &sum(&self.failing, false), &sum(&self.stopping, true), n)
    }

    fn curve(&self, draws: &[[f64; WITH_CREDIT]], below: &[Below], whole: &Amounts, n_p: u32) -> Curve {
        let mut in_turn = InTurn::<BLOCK>::new(n_p);
        for program in &self.stopping {
            let credit = with_credit(&[0.0; LANES], program.passes);
            in_turn.add(0.0, &block(&of_program(&program.tokens), &credit));
        }
        for (program, below) in self.failing.iter().zip(below) {
            in_turn.add(below.all_fail, &block(&of_program(&program.tokens), &below.in_turn));
        }
        let (n, f) = (self.n(), self.failing.len() as u32);
        let mut points = Vec::with_capacity(n_p as usize);
        let (mut dfs, mut searched, mut stage) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        let (mut all_fail, mut credit) = (1.0, 0.0);
        for (m, (turn, draw)) in (0..n_p).zip(in_turn.by_draw().iter().zip(draws)) {
            let below: Amounts = std::array::from_fn(|lane| turn[LANES + lane]);
            add(&mut dfs, &below);
            if m > 0 {
                add(&mut dfs, &costs(turn));
                add(&mut searched, &costs(draw));
                // The chance that one more program fails, given that all m do.
                stage = scaled(&stage, f64::from(f.saturating_sub(m)) / f64::from(n - m));
            }
            add(&mut stage, &below);
            all_fail *= f64::from(f.saturating_sub(m)) / f64::from(n - m);
            credit += turn[2 * LANES];
            let mut bfs = searched;
            add(&mut bfs, &stage);
            points.push(Point {
                pass: match self.selection {
                    Selection::OracleAny => 1.0 - in_turn.all_fail(m + 1),
                    Selection::Submitted => credit,
                },
                repairs: scaled(whole, all_fail * f64::from(m + 1)),
                dfs,
                bfs,
            });
        }
        let stopping = self.stopping.iter().map(|program| (0.0, f64::from(u8::from(program.passes.hidden))));
        let failing = below.iter().map(|below| (below.all_fail, below.in_turn[LANES]));
        let program = draws.first().map(costs).unwrap_or_default();
        Curve { program, points, units: stopping.chain(failing).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::mixed_problems;

    /// The baselines: what draw `m` costs and solves, if it is made only because all before it failed.
    #[test]
    fn each_unrepaired_draw_is_the_mean_over_all_orders_of_drawing() {
        for problem in mixed_problems() {
            let programs = &problem.programs;
            let draws = FirstPrograms::of(&problem, Selection::OracleAny).draws(problem.n());
            for (m, draw) in draws.iter().enumerate() {
                let (mut tokens, mut solved, mut orders) = (0.0, 0.0, 0.0);
                for order in orders_of(programs.len()) {
                    orders += 1.0;
                    if order[..m].iter().all(|index| !programs[*index].passes.hidden) {
                        tokens += programs[order[m]].tokens.paper.unwrap();
                        solved += f64::from(u8::from(programs[order[m]].passes.hidden));
                    }
                }
                assert!(
                    (draw[2] - tokens / orders).abs() < 1e-9,
                    "draw {m} costs {} and not {}",
                    draw[2],
                    tokens / orders
                );
                assert!((draw[LANES] - solved / orders).abs() < 1e-12);
            }
        }
    }

    fn orders_of(n: usize) -> Vec<Vec<usize>> {
        let extend = |order: Vec<usize>| {
            (0..n).filter(|next| !order.contains(next)).map(|next| [&order[..], &[next]].concat()).collect::<Vec<_>>()
        };
        (0..n).fold(vec![vec![]], |orders, _| orders.into_iter().flat_map(extend).collect())
    }
}

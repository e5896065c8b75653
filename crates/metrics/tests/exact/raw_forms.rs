//! The closed forms as they are written down, in exact rationals: no recurrence, no shortcut.

use mend_metrics::{FrozenProblem, FrozenProgram, Setting};
use num_rational::BigRational;

/// Pass rate, and tokens in batch, depth-first and breadth-first order.
pub(crate) struct Exact {
    pub(crate) pass: BigRational,
    pub(crate) batch: BigRational,
    pub(crate) dfs: BigRational,
    pub(crate) bfs: BigRational,
}

pub(crate) fn whole(value: usize) -> BigRational {
    BigRational::from_integer(value.into())
}

pub(crate) fn rational(value: f64) -> BigRational {
    BigRational::from_float(value).unwrap()
}

fn binomial(n: usize, k: usize) -> BigRational {
    if k > n {
        return whole(0);
    }
    (0..k).fold(whole(1), |product, i| product * whole(n - i) / whole(i + 1))
}

/// `e_m(w)` and `sum_i b_i e_m(w_{-i})` for `m` up to `max`, by `S <- S (1 + w x) + b P`, `P <- P (1 + w x)`.
fn polynomials(w: &[BigRational], b: &[BigRational], max: usize) -> (Vec<BigRational>, Vec<BigRational>) {
    let (mut p, mut s) = (vec![whole(0); max + 1], vec![whole(0); max + 1]);
    p[0] = whole(1);
    for (w, b) in w.iter().zip(b) {
        for m in (0..=max).rev() {
            if m > 0 {
                let below = s[m - 1].clone();
                s[m] += below * w;
            }
            s[m] += b * &p[m];
        }
        for m in (1..=max).rev() {
            let below = p[m - 1].clone();
            p[m] += below * w;
        }
    }
    (p, s)
}

fn elementary(w: &[BigRational], m: usize) -> BigRational {
    polynomials(w, w, m).0[m].clone()
}

/// `sum_{m<n} sum_i b_i e_m(w_{-i}) / (N C(N-1, m))`
fn seq(w: &[BigRational], b: &[BigRational], n: usize) -> BigRational {
    let sums = polynomials(w, b, n).1;
    let term = |(m, sum): (usize, &BigRational)| sum / (whole(w.len()) * binomial(w.len() - 1, m));
    sums.iter().enumerate().take(n).map(term).sum()
}

fn mean(values: &[BigRational]) -> BigRational {
    values.iter().sum::<BigRational>() / whole(values.len().max(1))
}

/// `w_i`, `d_i`, and the cost of everything below.
fn below(program: &FrozenProgram, n_f: usize, n_r: usize) -> (BigRational, BigRational, BigRational) {
    let (mut v, mut turns, mut wholes) = (vec![], vec![], vec![]);
    for feedback in &program.feedbacks {
        let phi = rational(feedback.tokens.paper.unwrap());
        let rho: Vec<_> = feedback.repairs.iter().map(|repair| rational(repair.tokens.paper.unwrap())).collect();
        let fails: Vec<_> = feedback.repairs.iter().map(|repair| whole(usize::from(!repair.passes.hidden))).collect();
        let failing = feedback.repairs.iter().filter(|repair| !repair.passes.hidden).count();
        v.push(binomial(failing, n_r) / binomial(rho.len(), n_r));
        turns.push(&phi + seq(&fails, &rho, n_r));
        wholes.push(&phi + whole(n_r) * mean(&rho));
    }
    let w = elementary(&v, n_f) / binomial(v.len(), n_f);
    (w, seq(&v, &turns, n_f), whole(n_f) * mean(&wholes))
}

pub(crate) fn exact(problem: &FrozenProblem, setting: Setting) -> Exact {
    let [n_p, n_f, n_r] = [setting.n_p, setting.n_f, setting.n_r].map(|n| n as usize);
    let n = problem.programs.len();
    let t: Vec<_> = problem.programs.iter().map(|program| rational(program.tokens.paper.unwrap())).collect();
    let fails: Vec<_> = problem.programs.iter().map(|program| !program.passes.hidden).collect();
    let (mut w, mut d, mut all) = (vec![], vec![], vec![]);
    for (program, fails) in problem.programs.iter().zip(&fails) {
        let nothing = || (whole(0), whole(0), whole(0));
        let (w_i, d_i, all_i) = if *fails { below(program, n_f, n_r) } else { nothing() };
        w.push(w_i);
        d.push(d_i);
        all.push(all_i);
    }
    let f = fails.iter().filter(|fails| **fails).count();
    let only_failing = |values: &[BigRational]| -> Vec<_> {
        values.iter().zip(&fails).filter(|(_, fails)| **fails).map(|(value, _)| value.clone()).collect()
    };
    let costs: Vec<_> = t.iter().zip(&d).map(|(t, d)| t + d).collect();
    let indicator: Vec<_> = fails.iter().map(|fails| whole(usize::from(*fails))).collect();
    let (w_failing, d_failing) = (only_failing(&w), only_failing(&d));
    let mut bfs = seq(&indicator, &t, n_p);
    let sums = polynomials(&w_failing, &d_failing, n_p).1;
    for (m, sum) in sums.iter().enumerate().take(n_p.min(f)) {
        let ways = binomial(f - 1 - m, n_p - 1 - m);
        bfs += sum * ways / (whole(n) * binomial(n - 1, m) * binomial(n - 1 - m, n_p - 1 - m));
    }
    let all_fail = binomial(f, n_p) / binomial(n, n_p);
    Exact {
        pass: whole(1) - elementary(&w, n_p) / binomial(n, n_p),
        batch: whole(n_p) * mean(&t) + all_fail * whole(n_p) * mean(&only_failing(&all)),
        dfs: seq(&w, &costs, n_p),
        bfs,
    }
}

//! Equality with playing out every possible sequence of draws, in exact rationals.

use crate::random::{Dice, Shape, problem};
use mend_metrics::{
    Estimator, FrozenFeedback, FrozenProblem, FrozenProgram, Order, Passes, Selection, Setting, TokenCounts, expected,
};
use num_rational::BigRational;
use std::iter;

/// What a played-out process is expected to yield: success, end of the loop, tokens, programs.
#[derive(Clone)]
struct Outcome {
    success: BigRational,
    fails: BigRational,
    tokens: BigRational,
    programs: BigRational,
}

fn rational(value: f64) -> BigRational {
    BigRational::from_float(value).unwrap()
}

/// The rules of one process.
#[derive(Clone, Copy)]
struct Rules {
    setting: Setting,
    selection: Selection,
    /// Whether a draw goes back into the urn.
    replace: bool,
}

impl Rules {
    fn stops(self, passes: Passes) -> bool {
        match self.selection {
            Selection::OracleAny => passes.hidden,
            Selection::Submitted => passes.public,
        }
    }

    /// What is left of an urn after a draw.
    fn rest<'a, T>(self, urn: &[&'a T], drawn: usize) -> Vec<&'a T> {
        let keep = |index: &usize| self.replace || *index != drawn;
        (0..urn.len()).filter(keep).map(|index| urn[index]).collect()
    }

    /// The mean over every next draw of an urn.
    fn over_draws<T>(self, urn: &[&T], mut outcome: impl FnMut(&T, Vec<&T>) -> Outcome) -> Outcome {
        let share = rational(1.0) / rational(urn.len() as f64);
        let mut mean = Outcome::of(0.0, 0.0, 0.0, 0.0);
        for (index, drawn) in urn.iter().enumerate() {
            let outcome = outcome(drawn, self.rest(urn, index));
            mean.success += outcome.success * &share;
            mean.fails += outcome.fails * &share;
            mean.tokens += outcome.tokens * &share;
            mean.programs += outcome.programs * &share;
        }
        mean
    }

    /// Draws from an urn until one ends the loop or `left` are drawn.
    fn in_turn<T>(self, urn: &[&T], left: u32, of: &dyn Fn(&T) -> Outcome) -> Outcome {
        if left == 0 {
            return Outcome::of(0.0, 1.0, 0.0, 0.0);
        }
        self.over_draws(urn, |drawn, rest| of(drawn).then(|| self.in_turn(&rest, left - 1, of)))
    }

    /// Draws all of `left`, whatever passes.
    fn all_of<T>(self, urn: &[&T], left: u32, of: &dyn Fn(&T) -> Outcome) -> Outcome {
        if left == 0 {
            return Outcome::of(0.0, 1.0, 0.0, 0.0);
        }
        self.over_draws(urn, |drawn, rest| of(drawn).and(self.all_of(&rest, left - 1, of)))
    }

    fn one(self, passes: Passes, tokens: &TokenCounts) -> Outcome {
        let ends = self.stops(passes);
        let (success, fails) = (ends && passes.hidden, !ends);
        Outcome::of(f64::from(u8::from(success)), f64::from(u8::from(fails)), tokens.paper.unwrap(), 1.0)
    }

    fn feedback(self, feedback: &FrozenFeedback, all: bool) -> Outcome {
        let urn: Vec<_> = feedback.repairs.iter().collect();
        let of = |repair: &mend_metrics::FrozenRepair| self.one(repair.passes, &repair.tokens);
        let n_r = self.setting.n_r;
        let mut outcome = if all { self.all_of(&urn, n_r, &of) } else { self.in_turn(&urn, n_r, &of) };
        outcome.tokens += rational(feedback.tokens.paper.unwrap());
        outcome
    }

    /// What is bought below a failing program.
    fn below(self, program: &FrozenProgram, all: bool) -> Outcome {
        let urn: Vec<_> = program.feedbacks.iter().collect();
        let of = |feedback: &FrozenFeedback| self.feedback(feedback, all);
        let n_f = self.setting.n_f;
        if all { self.all_of(&urn, n_f, &of) } else { self.in_turn(&urn, n_f, &of) }
    }

    /// Each program with what can be bought below it, played out once.
    fn units(self, problem: &FrozenProblem) -> Vec<Unit> {
        let unit = |program: &FrozenProgram| Unit {
            passes: program.passes,
            tokens: program.tokens,
            in_turn: (!self.stops(program.passes)).then(|| self.below(program, false)),
            all: (!self.stops(program.passes)).then(|| self.below(program, true)),
        };
        problem.programs.iter().map(unit).collect()
    }

    fn dfs(self, units: &[Unit]) -> Outcome {
        let urn: Vec<_> = units.iter().collect();
        let of = |unit: &Unit| self.one(unit.passes, &unit.tokens).then(|| unit.in_turn.clone().unwrap());
        self.in_turn(&urn, self.setting.n_p, &of)
    }

    /// Programs until one passes; if none does, what follows for those that were drawn.
    fn staged<'a>(
        self,
        urn: &[&'a Unit],
        drawn: &[&'a Unit],
        stop_at_pass: bool,
        follow: &dyn Fn(&[&Unit]) -> Outcome,
    ) -> Outcome {
        if drawn.len() == self.setting.n_p as usize {
            return if drawn.iter().any(|program| self.stops(program.passes)) {
                Outcome::of(1.0, 0.0, 0.0, 0.0)
            } else {
                follow(drawn)
            };
        }
        if stop_at_pass && drawn.last().is_some_and(|program| self.stops(program.passes)) {
            return Outcome::of(1.0, 0.0, 0.0, 0.0);
        }
        let share = rational(1.0) / rational(urn.len() as f64);
        let mut mean = Outcome::of(0.0, 0.0, 0.0, 0.0);
        for (index, next) in urn.iter().enumerate() {
            let drawn: Vec<_> = drawn.iter().copied().chain(iter::once(*next)).collect();
            let rest = self.staged(&self.rest(urn, index), &drawn, stop_at_pass, follow);
            mean.success += rest.success * &share;
            mean.fails += rest.fails * &share;
            mean.tokens += (rest.tokens + rational(next.tokens.paper.unwrap())) * &share;
            mean.programs += (rest.programs + rational(1.0)) * &share;
        }
        mean
    }

    fn bfs(self, units: &[Unit]) -> Outcome {
        let urn: Vec<_> = units.iter().collect();
        let follow = |drawn: &[&Unit]| {
            let repaired = drawn.iter().rev().map(|unit| unit.in_turn.clone().unwrap());
            repaired.fold(Outcome::of(0.0, 1.0, 0.0, 0.0), |later, first| first.then(|| later))
        };
        self.staged(&urn, &[], true, &follow)
    }

    fn batch(self, units: &[Unit]) -> Outcome {
        let urn: Vec<_> = units.iter().collect();
        let follow = |drawn: &[&Unit]| {
            let repaired = drawn.iter().map(|unit| unit.all.clone().unwrap());
            repaired.fold(Outcome::of(0.0, 1.0, 0.0, 0.0), Outcome::and)
        };
        self.staged(&urn, &[], false, &follow)
    }
}

/// A program, and what can be bought below it if it fails: in turn, or all of it.
struct Unit {
    passes: Passes,
    tokens: TokenCounts,
    in_turn: Option<Outcome>,
    all: Option<Outcome>,
}

impl Outcome {
    fn of(success: f64, fails: f64, tokens: f64, programs: f64) -> Self {
        let [success, fails, tokens, programs] = [success, fails, tokens, programs].map(rational);
        Self { success, fails, tokens, programs }
    }

    /// This, and `next` only if this fails.
    fn then(self, next: impl FnOnce() -> Self) -> Self {
        if self.fails == rational(0.0) {
            return self;
        }
        let next = next();
        Self {
            success: self.success + &self.fails * next.success,
            tokens: self.tokens + &self.fails * next.tokens,
            programs: self.programs + &self.fails * next.programs,
            fails: self.fails * next.fails,
        }
    }

    /// This and `next`, both paid for.
    fn and(self, next: Self) -> Self {
        let fails = self.fails * next.fails;
        Self {
            success: rational(1.0) - &fails,
            tokens: self.tokens + next.tokens,
            programs: self.programs + next.programs,
            fails,
        }
    }
}

#[track_caller]
fn check_close(got: f64, exact: &BigRational, what: &dyn Fn() -> String) {
    let error = rational(got) - exact;
    let bound = rational(1e-12) * (rational(1.0) + exact);
    assert!(error <= bound && error >= -bound, "{}: {got} is not {exact}", what());
}

/// Every order at every `n_p`; returns the number of cells.
fn check_all(problem: &FrozenProblem, n_f: u32, n_r: u32, estimator: Estimator) -> usize {
    let mut cells = 0;
    for selection in [Selection::OracleAny, Selection::Submitted] {
        let rules =
            |n_p| Rules { setting: Setting { n_p, n_f, n_r }, selection, replace: estimator == Estimator::Plugin };
        let units = rules(1).units(problem);
        for n_p in 1..=problem.n() {
            for order in Order::ALL {
                if selection == Selection::OracleAny || order == Order::Dfs {
                    check(problem, &units, rules(n_p), order, estimator);
                    cells += 1;
                }
            }
        }
    }
    cells
}

fn check(problem: &FrozenProblem, units: &[Unit], rules: Rules, order: Order, estimator: Estimator) {
    let Rules { setting, selection, replace: _ } = rules;
    let exact = match order {
        Order::Batch => rules.batch(units),
        Order::Dfs => rules.dfs(units),
        Order::Bfs => rules.bfs(units),
    };
    let got = expected(problem, setting, order, selection, estimator).unwrap();
    let what =
        |figure: &str| format!("{figure} of {setting:?}, {order:?}, {selection:?}, {estimator:?} on {problem:?}");
    check_close(got.pass, &exact.success, &|| what("pass"));
    check_close(got.programs, &exact.programs, &|| what("programs"));
    check_close(got.tokens.paper.unwrap(), &exact.tokens, &|| what("tokens"));
}

/// Every order and selection at every `n_p`, on trees with unequal counts, free nodes, and passing programs with repairs.
#[test]
fn closed_forms_equal_every_draw_played_out_on_random_trees() {
    let mut dice = Dice::new(1);
    let mut cells = 0;
    for _ in 0..1_200 {
        let (n_f, n_r) = (dice.below(4), 1 + dice.below(3));
        let shape = Shape {
            programs: 1 + dice.below(4),
            feedbacks: (n_f, 2),
            repairs: (n_r, 1),
            passing: ([0, 30, 60, 100][dice.below(4) as usize], [0, 30, 60][dice.below(3) as usize]),
            deceived: [0, 20][dice.below(2) as usize],
            tokens: 9,
            joint: false,
        };
        let problem = problem(shape, &mut dice);
        cells += check_all(&problem, n_f, n_r, Estimator::Unbiased);
    }
    assert!(cells > 10_000, "{cells} cells");
}

#[test]
fn plugin_forms_equal_every_draw_with_replacement() {
    let mut dice = Dice::new(2);
    for _ in 0..150 {
        let (n_f, n_r) = (dice.below(3), 1 + dice.below(2));
        let shape = Shape {
            programs: 1 + dice.below(3),
            feedbacks: (n_f.max(1), 1),
            repairs: (n_r, 1),
            passing: ([0, 40, 100][dice.below(3) as usize], 40),
            deceived: [0, 20][dice.below(2) as usize],
            tokens: 9,
            joint: dice.chance(50),
        };
        let problem = problem(shape, &mut dice);
        check_all(&problem, n_f, n_r, Estimator::Plugin);
    }
}

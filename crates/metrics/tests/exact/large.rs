//! Laws, and precision at sizes where binomials overflow every float.

use crate::random::{Dice, Shape, problem};
use crate::raw_forms::{Exact, exact, rational, whole};
use mend_metrics::{
    Estimator, Expected, FrozenFeedback, FrozenProblem, FrozenProgram, FrozenRepair, Order, Passes, Selection, Setting,
    TokenCounts, expected, pass_at_k,
};
use num_rational::BigRational;

fn unbiased(problem: &FrozenProblem, n_p: u32, n_f: u32, n_r: u32, order: Order) -> Expected {
    expected(problem, Setting { n_p, n_f, n_r }, order, Selection::OracleAny, Estimator::Unbiased).unwrap()
}

#[track_caller]
fn check_close(got: f64, exact: &BigRational, what: &str) {
    let error = rational(got) - exact;
    let bound = rational(1e-9) * (whole(1) + exact);
    assert!(error <= bound && error >= -bound, "{what}: {got} is not {exact}");
}

#[test]
fn two_hundred_programs_are_within_a_billionth_of_the_forms_as_written() {
    let mut dice = Dice::new(3);
    for (passing, n_p, n_f, n_r) in [((4, 5), 25, 3, 2), ((40, 2), 50, 1, 1), ((1, 1), 100, 2, 1)] {
        let shape = Shape {
            programs: 200,
            feedbacks: (n_f, 2),
            repairs: (n_r, 2),
            passing,
            deceived: 0,
            tokens: 500,
            joint: false,
        };
        let problem = problem(shape, &mut dice);
        let Exact { pass, batch, dfs, bfs } = exact(&problem, Setting { n_p, n_f, n_r });
        check_close(unbiased(&problem, n_p, n_f, n_r, Order::Batch).pass, &pass, "pass");
        for (order, tokens) in [(Order::Batch, batch), (Order::Dfs, dfs), (Order::Bfs, bfs)] {
            let got = unbiased(&problem, n_p, n_f, n_r, order).tokens.paper.unwrap();
            check_close(got, &tokens, &format!("{order:?} tokens at n_p = {n_p}"));
        }
    }
}

/// A shape with whatever counts, and settings within them.
fn any_shape(dice: &mut Dice, passing: u32) -> Shape {
    Shape {
        programs: 2 + dice.below(12),
        feedbacks: (3, 3),
        repairs: (2, 2),
        passing: (passing, dice.below(60)),
        deceived: 0,
        tokens: 100,
        joint: false,
    }
}

#[test]
fn more_programs_feedback_or_repairs_never_solve_less_and_all_orders_solve_as_much() {
    let mut dice = Dice::new(4);
    for _ in 0..200 {
        let shape = any_shape(&mut dice, 25);
        let problem = problem(shape, &mut dice);
        for (n_f, n_r) in [(0, 1), (1, 1), (2, 1), (3, 1), (3, 2)] {
            let mut before = 0.0;
            for n_p in 1..=shape.programs {
                let [batch, dfs, bfs] = Order::ALL.map(|order| unbiased(&problem, n_p, n_f, n_r, order));
                assert!(batch.pass >= before - 1e-12 && (0.0..=1.0).contains(&batch.pass));
                assert_eq!((batch.pass, batch.pass), (dfs.pass, bfs.pass));
                before = batch.pass;
                // Breadth first stops sooner on the same way. Depth first may buy repairs that batch order,
                // which draws all programs before, knows to be needless: see the next test.
                let everything = batch_price_of_everything(&problem, n_p, n_f, n_r);
                for (most, least) in [(&batch, &bfs), (&everything, &dfs)] {
                    assert!(least.tokens.paper.unwrap() <= most.tokens.paper.unwrap() + 1e-9);
                    assert!(least.programs <= most.programs + 1e-9);
                }
                if n_p == 1 {
                    assert!(dfs.tokens.paper.unwrap() <= batch.tokens.paper.unwrap() + 1e-9);
                }
                if n_f > 0 {
                    let fewer = unbiased(&problem, n_p, n_f - 1, n_r, Order::Dfs).pass;
                    assert!(batch.pass >= fewer - 1e-12);
                }
                if n_r > 1 {
                    let fewer = unbiased(&problem, n_p, n_f, n_r - 1, Order::Dfs).pass;
                    assert!(batch.pass >= fewer - 1e-12);
                }
            }
        }
    }
}

/// The price if no success were ever seen: that of the same nodes, of which none passes.
fn batch_price_of_everything(problem: &FrozenProblem, n_p: u32, n_f: u32, n_r: u32) -> Expected {
    let mut blind = problem.clone();
    for program in &mut blind.programs {
        if program.passes.hidden {
            program.feedbacks.iter_mut().for_each(|feedback| {
                feedback.tokens = TokenCounts::alike(0.0);
                feedback.repairs.iter_mut().for_each(|repair| repair.tokens = TokenCounts::alike(0.0));
            });
        }
        program.passes.hidden = false;
    }
    unbiased(&blind, n_p, n_f, n_r, Order::Batch)
}

#[test]
fn depth_first_order_can_cost_more_than_batch_order_and_breadth_first_never_does() {
    let program = |passed: bool| FrozenProgram {
        passes: Passes::both(passed),
        timed_out: false,
        tokens: TokenCounts::alike(1.0),
        feedbacks: vec![FrozenFeedback {
            tokens: TokenCounts::alike(0.0),
            repairs: vec![FrozenRepair { passes: Passes::both(false), tokens: TokenCounts::alike(10.0) }],
        }],
    };
    let mut dice = Dice::new(9);
    let mut problem = problem(any_shape(&mut dice, 50), &mut dice);
    problem.programs = vec![program(true), program(false)];
    let tokens = Order::ALL.map(|order| unbiased(&problem, 2, 1, 1, order).tokens.paper.unwrap());
    // Batch: both programs, one of which passes. Depth first: half of the time the failing one and its repair
    // come before the passing one.
    assert_eq!(tokens, [2.0, 6.5, 1.5]);
}

#[test]
fn without_repairs_it_is_pass_at_k_at_the_price_of_k_programs() {
    let mut dice = Dice::new(5);
    for _ in 0..100 {
        let shape = any_shape(&mut dice, 40);
        let problem = problem(shape, &mut dice);
        let mean =
            problem.programs.iter().map(|program| program.tokens.paper.unwrap()).sum::<f64>() / f64::from(problem.n());
        for k in 1..=shape.programs {
            let cell = unbiased(&problem, k, 0, 1, Order::Batch);
            assert!((cell.pass - pass_at_k(problem.n(), problem.c(), k).unwrap()).abs() < 1e-12);
            assert!((cell.tokens.paper.unwrap() - f64::from(k) * mean).abs() < 1e-9);
            assert!((cell.programs - f64::from(k)).abs() < 1e-9);
        }
    }
}

#[test]
fn where_nothing_or_everything_passes_costs_are_plain_sums() {
    let mut dice = Dice::new(6);
    let none = problem(Shape { passing: (0, 0), ..any_shape(&mut dice, 0) }, &mut dice);
    let all = problem(any_shape(&mut dice, 100), &mut dice);
    for order in Order::ALL {
        let cell = unbiased(&none, 2, 3, 2, order);
        // Every tree is drawn in full: 2 programs and 3 times 2 repairs of each.
        assert_eq!(cell.pass, 0.0);
        assert!((cell.programs - 14.0).abs() < 1e-9, "{cell:?}");
        let cell = unbiased(&all, 2, 3, 2, order);
        assert_eq!(cell.pass, 1.0);
        let programs = if order == Order::Batch { 2.0 } else { 1.0 };
        assert_eq!(cell.programs, programs);
    }
}

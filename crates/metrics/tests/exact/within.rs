//! The hard cap against playing out every sequence of draws.

use crate::random::{Dice, Shape, problem};
use mend_metrics::{
    Estimator, FrozenFeedback, FrozenProblem, FrozenProgram, FrozenRepair, Order, Selection, Setting, TokenCounts,
    TokenDefinition, expected, pass_within,
};

/// Where a sequence of draws stands.
#[derive(Clone)]
struct Play<'a> {
    order: Order,
    setting: Setting,
    left: f64,
    programs: Vec<&'a FrozenProgram>,
    programs_left: u32,
    /// Programs that failed and wait for their repairs.
    waiting: Vec<&'a FrozenProgram>,
    feedbacks: Vec<&'a FrozenFeedback>,
    feedbacks_left: u32,
    repairs: Vec<&'a FrozenRepair>,
    repairs_left: u32,
}

fn without<'a, T>(urn: &[&'a T], index: usize) -> Vec<&'a T> {
    let mut rest = urn.to_vec();
    rest.remove(index);
    rest
}

impl<'a> Play<'a> {
    fn pay(&mut self, tokens: &TokenCounts) -> bool {
        self.left -= tokens.paper.unwrap();
        self.left >= 0.0
    }

    /// Probability of a success that is still paid for.
    fn success(&self) -> f64 {
        if self.repairs_left > 0 {
            return self.mean(&self.repairs, |play, index, repair| {
                play.repairs = without(&play.repairs, index);
                play.repairs_left -= 1;
                play.pay(&repair.tokens).then_some(repair.passes.hidden)
            });
        }
        if self.feedbacks_left > 0 {
            return self.mean(&self.feedbacks, |play, index, feedback| {
                play.feedbacks = without(&play.feedbacks, index);
                play.feedbacks_left -= 1;
                play.repairs = feedback.repairs.iter().collect();
                play.repairs_left = play.setting.n_r;
                play.pay(&feedback.tokens).then_some(false)
            });
        }
        let is_searching = self.programs_left > 0 && (self.order == Order::Bfs || self.waiting.is_empty());
        if is_searching {
            return self.mean(&self.programs, |play, index, program| {
                play.programs = without(&play.programs, index);
                play.programs_left -= 1;
                play.waiting.push(program);
                play.pay(&program.tokens).then_some(program.passes.hidden)
            });
        }
        let mut next = self.clone();
        if next.waiting.is_empty() {
            return 0.0;
        }
        let program = next.waiting.remove(0);
        next.feedbacks = program.feedbacks.iter().collect();
        next.feedbacks_left = self.setting.n_f;
        next.success()
    }

    /// Mean over the next draw; `None` ends without success.
    fn mean<T>(&self, urn: &[&'a T], mut take: impl FnMut(&mut Self, usize, &'a T) -> Option<bool>) -> f64 {
        let each = urn.iter().enumerate().map(|(index, item)| {
            let mut play = self.clone();
            match take(&mut play, index, item) {
                None => 0.0,
                Some(true) => 1.0,
                Some(false) => play.success(),
            }
        });
        each.sum::<f64>() / urn.len() as f64
    }
}

fn played_out(problem: &FrozenProblem, setting: Setting, order: Order, cap: u64) -> f64 {
    let play = Play {
        order,
        setting,
        left: cap as f64,
        programs: problem.programs.iter().collect(),
        programs_left: setting.n_p,
        waiting: vec![],
        feedbacks: vec![],
        feedbacks_left: 0,
        repairs: vec![],
        repairs_left: 0,
    };
    play.success()
}

#[test]
fn pass_rates_under_a_cap_equal_every_sequence_played_out() {
    let mut dice = Dice::new(10);
    for _ in 0..150 {
        let (n_f, n_r) = (dice.below(3), 1 + dice.below(2));
        let shape = Shape {
            programs: 1 + dice.below(3),
            feedbacks: (n_f, 1),
            repairs: (n_r, 1),
            passing: ([0, 40][dice.below(2) as usize], 30),
            deceived: 0,
            tokens: 9,
            joint: dice.chance(50),
        };
        let problem = problem(shape, &mut dice);
        let caps = [0, 1, 5, 10, 20, 1_000];
        for n_p in 1..=shape.programs {
            for order in [Order::Dfs, Order::Bfs] {
                let setting = Setting { n_p, n_f, n_r };
                let got = pass_within(&problem, setting, order, TokenDefinition::Paper, &caps).unwrap();
                for (cap, got) in caps.into_iter().zip(&got) {
                    let exact = played_out(&problem, setting, order, cap);
                    assert!((got - exact).abs() < 1e-12, "{setting:?} {order:?} within {cap}: {got} is not {exact}");
                }
                // Without a cap that binds it is the plain pass rate.
                let free = expected(&problem, setting, order, Selection::OracleAny, Estimator::Unbiased).unwrap();
                assert!((got[5] - free.pass).abs() < 1e-12);
                assert!(got.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
            }
        }
    }
}

#[test]
fn batch_order_and_unknown_tokens_have_no_cap() {
    let mut dice = Dice::new(11);
    let shape = Shape {
        programs: 2,
        feedbacks: (1, 0),
        repairs: (1, 0),
        passing: (0, 50),
        deceived: 0,
        tokens: 9,
        joint: true,
    };
    let problem = problem(shape, &mut dice);
    let within =
        |order, definition| pass_within(&problem, Setting { n_p: 2, n_f: 1, n_r: 1 }, order, definition, &[50]);
    assert!(within(Order::Dfs, TokenDefinition::Paper).is_some());
    assert_eq!(within(Order::Batch, TokenDefinition::Paper), None);
    assert_eq!(within(Order::Dfs, TokenDefinition::Dollars), None, "nobody knows the price");
}

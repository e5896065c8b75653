//! The paper's resampling against its limit, at the size of the paper's data.

use crate::random::{Dice, Shape, problem};
use mend_metrics::{
    Estimator, FrozenProblem, Order, RESAMPLES, Selection, Setting, TokenDefinition, expected, resample,
};

#[test]
fn closed_forms_are_within_four_standard_errors_of_the_papers_resamples() {
    let mut dice = Dice::new(7);
    let problems: Vec<FrozenProblem> = (0..40)
        .map(|_| {
            let passing = (dice.below(60), dice.below(30));
            let shape = Shape {
                programs: 50,
                feedbacks: (12, 0),
                repairs: (1, 0),
                passing,
                deceived: 0,
                tokens: 400,
                joint: true,
            };
            problem(shape, &mut dice)
        })
        .collect();
    let problems: Vec<&FrozenProblem> = problems.iter().collect();
    let mut cells = 0;
    for order in Order::ALL {
        for n_p in [1, 2, 5, 10, 25] {
            for n_f in [0, 1, 3, 5, 10] {
                let setting = Setting { n_p, n_f, n_r: 1 };
                let resampled = resample(&problems, setting, order, TokenDefinition::Paper, 2023);
                let exact = |of: fn(&mend_metrics::Expected) -> f64| {
                    let each = problems.iter().map(|problem| {
                        of(&expected(problem, setting, order, Selection::OracleAny, Estimator::Plugin).unwrap())
                    });
                    each.sum::<f64>() / problems.len() as f64
                };
                // The spread of the pass rate has a closed form as well: sum_d P_d (1 - P_d) / D^2.
                let n = problems.len() as f64;
                let of_pass = exact(|cell| cell.pass * (1.0 - cell.pass)) / n;
                let figures = [
                    ("pass", resampled.pass, exact(|cell| cell.pass), of_pass.sqrt()),
                    ("tokens", resampled.tokens, exact(|cell| cell.tokens.paper.unwrap()), resampled.tokens.std),
                    ("programs", resampled.programs, exact(|cell| cell.programs), resampled.programs.std),
                ];
                for (figure, spread, exact, std) in figures {
                    let error = std / f64::from(RESAMPLES).sqrt();
                    let off = (spread.mean - exact).abs();
                    assert!(off <= 4.0 * error + 1e-9, "{figure} of {setting:?} in {order:?}: {off} off, {error} each");
                    // Where it rests on rare events it is itself noisy.
                    assert!(std < 0.01 || (spread.std / std - 1.0).abs() < 0.15, "{figure}: {spread:?}, {std}");
                    cells += 1;
                }
            }
        }
    }
    assert_eq!(cells, 225);
}

#[test]
fn the_same_seed_resamples_to_the_same_figures_and_another_does_not() {
    let mut dice = Dice::new(8);
    let shape = Shape {
        programs: 6,
        feedbacks: (3, 0),
        repairs: (2, 0),
        passing: (30, 30),
        deceived: 0,
        tokens: 50,
        joint: false,
    };
    let problem = problem(shape, &mut dice);
    let setting = Setting { n_p: 2, n_f: 2, n_r: 2 };
    let at = |seed| resample(&[&problem], setting, Order::Dfs, TokenDefinition::Billed, seed);
    assert_eq!(at(1), at(1));
    assert_ne!(at(1), at(2));
}

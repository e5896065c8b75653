//! The self-repair paper's own estimator: 1,000 seeded resamples of every problem, with replacement.
//!
//! It is here to reproduce published figures. Its mean tends to [`crate::plugin`]'s closed forms, and its
//! spread is the noise of resampling a fixed set of problems: it says nothing of how certain a figure is.

use crate::amounts::{Amounts, Known, LANES, Lane, of_feedback, of_program};
use crate::baseline::{self, Read, Unmatched};
use crate::bootstrap::below;
use crate::curve::Collected;
use crate::evaluated::Variant;
use crate::group::Group;
use crate::in_turn::add;
use crate::power::power;
use crate::t_rows::{ITS_OWN_BASELINE, RowParts, comparisons, row};
use crate::t_table::{Against, unknown};
use crate::{
    Axis, Band, Baseline, Estimator, Figure, FrozenProblem, Interval, Options, Order, PassAtT, Selection, Setting,
    TokenDefinition,
};
use mend_core::seed_for;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Resamples of a cell, as in the paper.
pub const RESAMPLES: u32 = 1_000;

/// Mean and population standard deviation over resamples.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Population standard deviation.
    pub std: f64,
}

/// One cell, resampled.
#[derive(Debug, Clone, PartialEq)]
pub struct Resampled {
    /// Share of problems solved.
    pub pass: Spread,
    /// Tokens by one definition, mean over problems. Zeros if some count is unknown.
    pub tokens: Spread,
    /// Programs and repairs, mean over problems.
    pub programs: Spread,
}

/// Resamples one cell over some problems, each of which must hold a program, a feedback of each failing one if
/// `n_f > 0`, and a repair of that. The same arguments give the same result on any number of threads.
pub fn resample(
    problems: &[&FrozenProblem],
    setting: Setting,
    order: Order,
    definition: TokenDefinition,
    seed: u64,
) -> Resampled {
    let [pass, costs @ ..] = spreads(&pools(problems), setting, order, seed);
    let [.., programs] = costs;
    Resampled { pass, tokens: costs[Lane::Tokens(definition).index()], programs }
}

/// A problem as it is drawn from.
struct Pool {
    programs: Vec<Drawn>,
}

/// A program, a feedback or a repair with what may be drawn below it.
struct Drawn {
    passes: bool,
    cost: Amounts,
    below: Vec<Drawn>,
}

fn pools(problems: &[&FrozenProblem]) -> Vec<Pool> {
    let program = |program: &crate::FrozenProgram| Drawn {
        passes: program.passes.hidden,
        cost: of_program(&program.tokens),
        below: program
            .feedbacks
            .iter()
            .map(|feedback| Drawn {
                passes: false,
                cost: of_feedback(&feedback.tokens),
                below: feedback
                    .repairs
                    .iter()
                    .map(|repair| Drawn {
                        passes: repair.passes.hidden,
                        cost: of_program(&repair.tokens),
                        below: vec![],
                    })
                    .collect(),
            })
            .collect(),
    };
    problems.iter().map(|problem| Pool { programs: problem.programs.iter().map(program).collect() }).collect()
}

/// Pass rate, then costs.
fn spreads(pools: &[Pool], setting: Setting, order: Order, seed: u64) -> [Spread; LANES + 1] {
    let Setting { n_p, n_f, n_r } = setting;
    let numbers = [n_p, n_f, n_r].map(|number| number.to_string());
    let seed = seed_for(seed, &["resample", order.as_str(), &numbers[0], &numbers[1], &numbers[2]]);
    let once = |stream: u32| {
        let mut generator = ChaCha8Rng::from_seed(*seed.as_bytes());
        generator.set_stream(u64::from(stream));
        let mut sums = [0.0; LANES + 1];
        for pool in pools {
            let mut spent = [0.0; LANES];
            let solved = draw(pool, setting, order, &mut generator, &mut spent);
            sums[0] += f64::from(u8::from(solved));
            for (sum, spent) in sums[1..].iter_mut().zip(spent) {
                *sum += spent;
            }
        }
        sums.map(|sum| sum / pools.len() as f64)
    };
    let resamples: Vec<[f64; LANES + 1]> = (0..RESAMPLES).into_par_iter().map(once).collect();
    std::array::from_fn(|lane| {
        let mean = resamples.iter().map(|resample| resample[lane]).sum::<f64>() / f64::from(RESAMPLES);
        let square = resamples.iter().map(|resample| power(resample[lane] - mean, 2)).sum::<f64>();
        Spread { mean, std: (square / f64::from(RESAMPLES)).sqrt() }
    })
}

fn pick<'a>(from: &'a [Drawn], generator: &mut ChaCha8Rng) -> &'a Drawn {
    &from[below(from.len(), generator)]
}

/// Draws one tree; whether it solves the problem.
fn draw(pool: &Pool, setting: Setting, order: Order, generator: &mut ChaCha8Rng, spent: &mut Amounts) -> bool {
    let Setting { n_p, n_f, n_r } = setting;
    // One feedback with its repairs; in sequence it ends at the first pass.
    let feedback = |program: &Drawn, sequential: bool, generator: &mut ChaCha8Rng, spent: &mut Amounts| {
        let feedback = pick(&program.below, generator);
        add(spent, &feedback.cost);
        let mut solved = false;
        for _ in 0..n_r {
            let repair = pick(&feedback.below, generator);
            add(spent, &repair.cost);
            solved |= repair.passes;
            if solved && sequential {
                break;
            }
        }
        solved
    };
    if order == Order::Dfs {
        return (0..n_p).any(|_| {
            let program = pick(&pool.programs, generator);
            add(spent, &program.cost);
            program.passes || (0..n_f).any(|_| feedback(program, true, generator, spent))
        });
    }
    let mut failing = Vec::with_capacity(n_p as usize);
    let mut solved = false;
    for _ in 0..n_p {
        let program = pick(&pool.programs, generator);
        add(spent, &program.cost);
        solved |= program.passes;
        if solved && order == Order::Bfs {
            break;
        }
        failing.push(program);
    }
    if solved {
        return true;
    }
    if order == Order::Bfs {
        return failing.iter().any(|program| (0..n_f).any(|_| feedback(program, true, generator, spent)));
    }
    for program in failing {
        for _ in 0..n_f {
            solved |= feedback(program, false, generator, spent);
        }
    }
    solved
}

/// The rows of one group. The baseline is resampled too; it is the paper's, which pays for all programs.
pub(crate) fn rows(
    group: &Group<'_>,
    settings: &BTreeSet<(Order, Setting)>,
    definitions: &[TokenDefinition],
    options: &Options,
) -> Vec<PassAtT> {
    let variant = Variant { estimator: Estimator::Paper, selection: Selection::OracleAny };
    let pools = pools(&group.problems);
    let n_min = group.problems.iter().map(|problem| problem.n()).min().unwrap_or(0);
    let iid: Vec<_> =
        (1..=n_min).map(|k| spreads(&pools, Setting { n_p: k, n_f: 0, n_r: 1 }, Order::Batch, options.seed)).collect();
    let known = |below: bool, lane: Lane| {
        group.problems.iter().all(|problem| {
            let known = Known::of(problem, |program| !program.passes.hidden);
            if below { known.repairs[lane.index()] } else { known.programs[lane.index()] }
        })
    };
    let mut rows = vec![];
    for (order, setting) in settings {
        let short = group.problems.iter().find_map(|problem| {
            let shortage = Collected::of(problem, Selection::OracleAny).check(*setting).err()?;
            Some(format!("problem `{}` {shortage}", problem.id))
        });
        let absent = if pools.is_empty() { Some("no problem is scored".to_owned()) } else { short };
        let cell = absent.is_none().then(|| spreads(&pools, *setting, *order, options.seed));
        for (place, definition) in definitions.iter().enumerate() {
            let tokens = Lane::Tokens(*definition);
            let cost = |lane: Lane| {
                let cell = cell.filter(|_| known(setting.n_f > 0, lane));
                let why = || absent.clone().unwrap_or_else(|| unknown(lane));
                Figure::or_absent(cell.map(|cell| cell[1 + lane.index()].mean), why)
            };
            let compared = comparisons((*order, *setting), &options.axes, place == 0);
            for (baseline, axis) in compared.into_iter().filter(|(baseline, _)| *baseline == Baseline::Iid) {
                let lane = if axis == Axis::Tokens { tokens } else { Lane::Programs };
                let x = if axis == Axis::Size { Figure::Value(setting.size() as f64) } else { cost(lane) };
                let against = match (&x, &absent) {
                    (_, Some(why)) | (Figure::Absent(why), None) => Err(Unmatched::because(why.clone())),
                    _ if setting.n_f == 0 => Err(Unmatched::because(ITS_OWN_BASELINE.to_owned())),
                    (Figure::Value(x), None) => {
                        let x_at = |place: usize| match axis {
                            Axis::Size => place as f64 + 1.0,
                            _ => iid[place][1 + lane.index()].mean,
                        };
                        // The first point was resampled too: it may lie beyond a cell that costs as much.
                        let x = x.max(x_at(0));
                        let read = baseline::read(x, iid.len(), x_at, |place| iid[place][0].mean);
                        let noise = || Figure::Absent("the paper's estimator resamples no problems".to_owned());
                        let against =
                            |read: Read| Against { value: read.value, difference: noise(), normalised: noise() };
                        read.map(against).map_err(|why| why.told(axis, iid.len()))
                    }
                };
                let why = || absent.clone().unwrap_or_default();
                let pass = cell.map(|cell| cell[0]);
                let band = |Spread { mean, std }| Interval::new(mean - std, mean + std);
                rows.push(row(RowParts {
                    variant,
                    group: &group.name,
                    order: *order,
                    setting: *setting,
                    definition: *definition,
                    mean_tokens: cost(tokens),
                    mean_programs: cost(Lane::Programs),
                    pass_rate: Figure::or_absent(pass.map(|pass| pass.mean), why),
                    interval: Figure::or_absent(pass.map(band), why),
                    same_problems: Figure::Absent("the paper's estimator has no interval".to_owned()),
                    band: Band::ResamplingNoise,
                    comparison: (baseline, axis),
                    against,
                }));
            }
        }
    }
    rows.sort_by_key(|row| (row.order, row.token_definition));
    rows
}

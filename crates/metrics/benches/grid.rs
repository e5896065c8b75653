//! The whole grid of the self-repair paper and its baselines, in all three orders, on one core: closed forms
//! against a plain implementation of the paper's 1,000 resamples.
//!
//! `cargo bench -p mend-metrics` runs both; the ratio of their times is what the closed forms save.

use mend_core::ProblemId;
use mend_metrics::{
    FrozenFeedback, FrozenProblem, FrozenProgram, FrozenRepair, Grid, Options, Order, Passes, TokenCounts, pass_at_t,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng as _};

const TASKS: u32 = 300;
const PROGRAMS: u32 = 50;
const REPAIRS: u32 = 25;

fn main() {
    divan::main();
}

fn below(end: u32, generator: &mut ChaCha8Rng) -> u32 {
    ((u64::from(generator.next_u32()) * u64::from(end)) >> 32) as u32
}

fn problems() -> Vec<FrozenProblem> {
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    (0..TASKS)
        .map(|task| {
            let (rate, repaired) = (below(80, &mut generator), below(30, &mut generator));
            let programs = (0..PROGRAMS).map(|_| program(rate, repaired, &mut generator)).collect();
            FrozenProblem {
                id: ProblemId::new(format!("apps/{task}")),
                group: None,
                has_public_tests: false,
                programs,
                unscored: 0,
                judges_nobody: false,
                drawn: vec![PROGRAMS],
                beyond_repairs: false,
                draws: mend_metrics::FirstDraws::Independent,
            }
        })
        .collect()
}

fn program(rate: u32, repaired: u32, generator: &mut ChaCha8Rng) -> FrozenProgram {
    let passed = below(100, generator) < rate;
    let mut tokens = |most: u32| {
        let tokens = f64::from(50 + below(most, generator));
        let counts = TokenCounts {
            billed: Some(2.0 * tokens),
            completion: Some(tokens),
            paper: Some(tokens),
            ..TokenCounts::default()
        };
        (counts, below(100, generator) < repaired)
    };
    let (own, _) = tokens(400);
    let pair = |(tokens, passed): (TokenCounts, bool)| FrozenFeedback {
        tokens: TokenCounts::alike(0.0),
        repairs: vec![FrozenRepair { passes: Passes::both(passed), tokens }],
    };
    let feedbacks = (0..if passed { 0 } else { REPAIRS }).map(|_| pair(tokens(500))).collect();
    FrozenProgram { passes: Passes::both(passed), timed_out: false, tokens: own, feedbacks }
}

fn one_core<T: Send>(work: impl Fn() -> T + Send + Sync) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread can be had");
    pool.install(work)
}

/// Every cell and baseline by three definitions of tokens, without intervals.
#[divan::bench]
fn closed_forms(bencher: divan::Bencher<'_, '_>) {
    let problems = problems();
    let options = Options { grid: Grid::Asked(Grid::paper(&Order::ALL)), resamples: 0, ..Options::default() };
    bencher.bench_local(|| one_core(|| pass_at_t(&problems, &options)));
}

/// The same with 2,000 bootstrap resamples behind every interval of every difference.
#[divan::bench(sample_count = 3)]
fn closed_forms_with_intervals(bencher: divan::Bencher<'_, '_>) {
    let problems = problems();
    let options = Options { grid: Grid::Asked(Grid::paper(&Order::ALL)), ..Options::default() };
    bencher.bench_local(|| one_core(|| pass_at_t(&problems, &options)));
}

/// Pass rate and tokens by one definition, with no care for anything else.
#[divan::bench(sample_count = 1)]
fn thousand_resamples(bencher: divan::Bencher<'_, '_>) {
    let tasks: Vec<Vec<Plain>> =
        problems().iter().map(|problem| problem.programs.iter().map(Plain::of).collect()).collect();
    let mut settings: Vec<(u32, u32)> = vec![];
    for block in Grid::paper(&Order::ALL) {
        settings.extend(block.n_p.iter().flat_map(|n_p| block.n_f.iter().map(move |n_f| (*n_p, *n_f))));
    }
    settings.sort_unstable();
    settings.dedup();
    let baseline = (1..=PROGRAMS).map(|k| (k, 0, Order::Batch));
    let cells: Vec<_> =
        settings.iter().flat_map(|(n_p, n_f)| Order::ALL.map(|order| (*n_p, *n_f, order))).chain(baseline).collect();
    bencher.bench_local(|| {
        let mut generator = ChaCha8Rng::seed_from_u64(2023);
        cells.iter().map(|cell| resampled(&tasks, *cell, &mut generator)).collect::<Vec<_>>()
    });
}

struct Plain {
    passed: bool,
    tokens: f64,
    repairs: Vec<(bool, f64)>,
}

impl Plain {
    fn of(program: &FrozenProgram) -> Self {
        let tokens = |tokens: &TokenCounts| tokens.paper.unwrap_or_default();
        let repairs = program.feedbacks.iter().flat_map(|feedback| &feedback.repairs);
        Self {
            passed: program.passes.hidden,
            tokens: tokens(&program.tokens),
            repairs: repairs.map(|repair| (repair.passes.hidden, tokens(&repair.tokens))).collect(),
        }
    }
}

/// Mean pass rate and tokens over 1,000 resamples of all tasks.
fn resampled(tasks: &[Vec<Plain>], cell: (u32, u32, Order), generator: &mut ChaCha8Rng) -> (f64, f64) {
    let (mut passes, mut tokens) = (0.0, 0.0);
    for _ in 0..1_000 {
        for programs in tasks {
            passes += f64::from(u8::from(drawn(programs, cell, generator, &mut tokens)));
        }
    }
    let n = 1_000.0 * tasks.len() as f64;
    (passes / n, tokens / n)
}

fn drawn(
    programs: &[Plain],
    (n_p, n_f, order): (u32, u32, Order),
    generator: &mut ChaCha8Rng,
    spent: &mut f64,
) -> bool {
    let mut failing = Vec::with_capacity(n_p as usize);
    let mut solved = false;
    for _ in 0..n_p {
        let program = &programs[below(programs.len() as u32, generator) as usize];
        *spent += program.tokens;
        if program.passed {
            solved = true;
            if order != Order::Batch {
                return true;
            }
        } else if order == Order::Dfs {
            if repaired(program, n_f, true, generator, spent) {
                return true;
            }
        } else {
            failing.push(program);
        }
    }
    if solved || order == Order::Dfs {
        return solved;
    }
    for program in failing {
        solved |= repaired(program, n_f, order == Order::Bfs, generator, spent);
        if solved && order == Order::Bfs {
            return true;
        }
    }
    solved
}

fn repaired(program: &Plain, n_f: u32, in_turn: bool, generator: &mut ChaCha8Rng, spent: &mut f64) -> bool {
    let mut solved = false;
    for _ in 0..n_f {
        let (passed, tokens) = program.repairs[below(program.repairs.len() as u32, generator) as usize];
        *spent += tokens;
        solved |= passed;
        if solved && in_turn {
            break;
        }
    }
    solved
}

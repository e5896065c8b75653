//! A simulated run shows what its probabilities predict, within four standard errors.

use crate::scripted::{Answering, Bills, Does, ScriptedJudge, ScriptedModel, programmer};
use crate::session::{See, Session, plan, strategy};
use crate::table::{Program, Table, starter};
use mend_core::{Node, Problem, RepairTree, Seat, Slot, Suite};
use mend_metrics::pass_at_k;
use mend_model::{Model, SimulatedProgrammer};
use mend_repair::{Ended, Plan};
use mend_testkit::is_full;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// First programs of each problem.
const N_P: u32 = 10;

struct Simulation {
    problems: Vec<Arc<Problem>>,
    table: Arc<Table>,
    programmer: Arc<SimulatedProgrammer>,
}

impl Simulation {
    fn new() -> Self {
        let problems = starter();
        let table = Arc::new(Table::of(&problems));
        let programmer = Arc::new(programmer(&problems));
        Self { problems, table, programmer }
    }

    /// The trees of one seed, one for each problem.
    fn trees(&self, seed: u64, see: See) -> Vec<RepairTree> {
        let judge = ScriptedJudge::new(&self.table, Answering::InOrder);
        let model = Arc::clone(&self.programmer) as Arc<dyn Model>;
        let plan = Plan { seed, ..plan(&self.problems, strategy(N_P, 1, see), model) };
        let ran = Session::new(&plan, &judge).run();
        assert!(matches!(ran.ended, Ended::Complete));
        ran.trees
    }

    fn program(&self, problem: &Problem, node: &Node) -> &Program {
        let candidate = node.candidate.as_ref().expect("a simulated answer holds a program");
        self.table.program(&problem.id, candidate.program.body().unwrap())
    }

    /// Probability that one repair of a program passes.
    fn p_repaired(&self, problem: &Problem, program: &Program, see: See) -> f64 {
        let rows = self.programmer.probabilities(problem).failing;
        let mut rows = rows.iter().filter(|row| row.damages as usize == program.damages);
        let row = rows.next().unwrap();
        assert!(rows.next().is_none(), "{}: programs with as many damages are alike", problem.id);
        let shows_facts = match see {
            See::None => false,
            See::Public => program.verdict.passes(Suite::Public) == Some(false),
            See::Hidden => true,
        };
        if shows_facts { row.p_repaired } else { row.p_repaired_blind }
    }
}

fn seeds() -> std::ops::RangeInclusive<u64> {
    1..=if is_full() { 200 } else { 10 }
}

fn passes(node: &Node) -> bool {
    node.passes(Suite::Hidden).unwrap()
}

/// Draws whose expectations are known.
#[derive(Debug, Default, Clone, Copy)]
struct Draws {
    sum: f64,
    expected: f64,
    variance: f64,
}

impl Draws {
    fn add(&mut self, value: f64, expected: f64, variance: f64) {
        self.sum += value;
        self.expected += expected;
        self.variance += variance;
    }

    fn add_chance(&mut self, happened: bool, p: f64) {
        self.add(f64::from(u8::from(happened)), p, p * (1.0 - p));
    }

    #[track_caller]
    fn check(&self, what: &str) {
        let errors = (self.sum - self.expected).abs() / self.variance.sqrt();
        assert!(errors <= 4.0, "{what}: {errors:.1} standard errors: {self:?}");
        assert!(self.variance > 0.0, "{what}: nothing was drawn");
    }
}

/// Variance of the unbiased estimate of pass@k from [`N_P`] programs that each pass with probability `p`.
fn variance(p: f64, k: u32) -> f64 {
    let mut binomial = (1.0 - p).powi(N_P.cast_signed());
    let (mut mean, mut square) = (0.0, 0.0);
    for c in 0..=N_P {
        let estimate = pass_at_k(N_P, c, k).unwrap();
        mean += binomial * estimate;
        square += binomial * estimate * estimate;
        binomial *= f64::from(N_P - c) / f64::from(c + 1) * p / (1.0 - p);
    }
    assert!((mean - (1.0 - (1.0 - p).powi(k.cast_signed()))).abs() < 1e-9, "the estimate is unbiased");
    square - mean * mean
}

#[test]
fn pass_at_k_of_first_programs_is_the_closed_form() {
    let simulation = Simulation::new();
    let mut by_k = BTreeMap::from([1_u32, 2, 5, 10].map(|k| (k, Draws::default())));
    let mut by_problem = vec![Draws::default(); simulation.problems.len()];
    for seed in seeds() {
        let trees = simulation.trees(seed, See::Hidden);
        for ((problem, tree), draws) in simulation.problems.iter().zip(&trees).zip(&mut by_problem) {
            let p = simulation.programmer.probabilities(problem).p_right_first;
            let first: Vec<&Node> = tree.nodes().filter(|node| node.slot.depth() == 0).collect();
            assert_eq!(first.len(), N_P as usize);
            let c = first.iter().filter(|node| passes(node)).count() as u32;
            for node in first {
                draws.add_chance(passes(node), p);
            }
            for (k, draws) in &mut by_k {
                let expected = 1.0 - (1.0 - p).powi(k.cast_signed());
                draws.add(pass_at_k(N_P, c, *k).unwrap(), expected, variance(p, *k));
            }
        }
    }
    for (k, draws) in by_k {
        draws.check(&format!("pass@{k}"));
    }
    for (problem, draws) in simulation.problems.iter().zip(by_problem) {
        draws.check(problem.id.as_str());
    }
}

/// Checks the repairs of failing programs against the chance of each, under one view.
#[track_caller]
fn check_repairs(see: See) {
    let simulation = Simulation::new();
    let mut all = Draws::default();
    let mut by_damages: BTreeMap<usize, Draws> = BTreeMap::new();
    let mut by_problem: BTreeMap<&str, Draws> = BTreeMap::new();
    for seed in seeds() {
        for (problem, tree) in simulation.problems.iter().zip(simulation.trees(seed, see)) {
            let table = simulation.programmer.probabilities(problem);
            for node in tree.nodes().filter(|node| node.slot.depth() == 0 && !passes(node)) {
                let program = simulation.program(problem, node);
                let repair = tree.node(&node.slot.repair(0));
                // Whoever sees public tests alone does not know of the others.
                let is_known = see != See::Public || program.verdict.passes(Suite::Public) == Some(false);
                assert_eq!(repair.is_some(), is_known, "every program that is known to fail is repaired");
                let Some(repair) = repair else { continue };
                let is_repaired = passes(repair);
                let p = simulation.p_repaired(problem, program, see);
                all.add_chance(is_repaired, p);
                if p > 0.0 {
                    by_damages.entry(program.damages).or_default().add_chance(is_repaired, p);
                } else {
                    assert!(!is_repaired, "one repair cannot remove {} damages", program.damages);
                }
                if see == See::Hidden {
                    // Over all failing programs of a problem, however many damages they hold.
                    let draws = by_problem.entry(problem.id.as_str()).or_default();
                    draws.add_chance(is_repaired, table.p_repaired().unwrap());
                }
            }
        }
    }
    all.check("repairs");
    for (damages, draws) in by_damages {
        draws.check(&format!("{damages} damages"));
    }
    for (problem, draws) in by_problem {
        draws.check(problem);
    }
}

#[test]
fn repairs_that_see_the_failure_succeed_as_often_as_the_closed_form_says() {
    check_repairs(See::Hidden);
}

#[test]
fn repairs_that_see_nothing_succeed_as_often_as_the_closed_form_says() {
    check_repairs(See::None);
}

#[test]
fn repairs_that_see_public_failures_succeed_as_often_as_the_closed_form_says() {
    check_repairs(See::Public);
}

#[test]
fn equal_failing_programs_get_independent_repairs() {
    let simulation = Simulation::new();
    // The failing program that every first answer of a problem holds.
    let failing: BTreeMap<_, Program> = simulation
        .problems
        .iter()
        .map(|problem| {
            let mut programs = simulation.table.failing(&problem.id);
            (problem.id.clone(), programs.find(|program| program.damages == 1).unwrap().clone())
        })
        .collect();
    let answers: BTreeMap<_, String> =
        failing.iter().map(|(id, program)| (id.clone(), format!("```python\n{}\n```\n", program.text))).collect();
    let script = move |request: &mend_model::Request, _| Does::Say(answers[&request.problem].clone());
    let coder = ScriptedModel::new(&simulation.problems, Bills::Reported, Box::new(script));
    let model = Arc::clone(&simulation.programmer) as Arc<dyn Model>;
    let mut plan = plan(&simulation.problems, strategy(50, 1, See::Hidden), model);
    plan.models.insert(Seat::CODER, Arc::new(coder));
    let judge = ScriptedJudge::new(&simulation.table, Answering::LastFirst);
    let trees = Session::new(&plan, &judge).run().trees;
    let mut all = Draws::default();
    for (problem, tree) in simulation.problems.iter().zip(trees) {
        let p = simulation.p_repaired(problem, &failing[&problem.id], See::Hidden);
        let repairs: Vec<&Node> =
            (0..50).map(|index| tree.node(&Slot::program(index).repair(0)).expect("each gets its repair")).collect();
        assert_eq!(texts(repairs.iter().copied()).len(), 50, "{}: no two are the same text", problem.id);
        let mut draws = Draws::default();
        for repair in repairs {
            draws.add_chance(passes(repair), p);
            all.add_chance(passes(repair), p);
        }
        draws.check(problem.id.as_str());
    }
    all.check("all problems");
}

fn texts<'a>(nodes: impl Iterator<Item = &'a Node>) -> BTreeSet<String> {
    nodes.map(|node| node.completion.as_ref().unwrap().text.body().unwrap().to_string()).collect()
}

#[test]
fn two_seeds_share_no_completion_and_one_seed_gives_the_same_again() {
    let simulation = Simulation::new();
    let [first, again, other] = [1, 1, 2].map(|seed| simulation.trees(seed, See::Public));
    assert_eq!(first, again);
    let texts_of = |trees: &[RepairTree]| texts(trees.iter().flat_map(RepairTree::nodes));
    assert_eq!(texts_of(&first).len(), first.iter().map(|tree| tree.nodes().count()).sum::<usize>());
    assert!(texts_of(&first).is_disjoint(&texts_of(&other)));
}

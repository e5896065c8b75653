//! Critics are compared on the same failing programs, and simulated ones are worth what their constants say.

use crate::scripted::{Answering, ScriptedJudge};
use crate::session::{See, Session, critics, plan, strategy};
use crate::table::{Table, starter};
use mend_core::{Digest, Node, Problem, RepairTree, Seat, Step, Suite, seed_for};
use mend_metrics::{Baseline, Block, Grid, Options, Order, TokenDefinition, summarize};
use mend_model::{Bonus, Model, Profile, Samples, SimulatedProgrammer};
use mend_repair::{Ended, Plan, Strategy};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Fixed before the first of them was run.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=20;

/// First programs of each problem.
const N_P: u32 = 8;

struct Laboratory {
    problems: Vec<Arc<Problem>>,
    table: Arc<Table>,
}

impl Laboratory {
    fn new() -> Self {
        let problems = starter();
        let table = Arc::new(Table::of(&problems));
        Self { problems, table }
    }

    fn known(&self) -> Vec<Problem> {
        self.problems.iter().map(|problem| Problem::clone(problem)).collect()
    }

    fn programmer(&self, profile: Profile) -> Arc<dyn Model> {
        Arc::new(SimulatedProgrammer::new(profile, &self.known()))
    }

    /// The first programs of one seed, saved.
    fn programs(&self, seed: u64, coder: &Arc<dyn Model>) -> Arc<dyn Model> {
        let judge = ScriptedJudge::new(&self.table, Answering::InOrder);
        let plan = Plan { seed, ..plan(&self.problems, strategy(N_P, 0, See::None), Arc::clone(coder)) };
        let ran = Session::new(&plan, &judge).run();
        Arc::new(Samples::of_run(&ran.recorded.manifest, &ran.trees, &self.known()))
    }

    /// The trees of saved programs, criticised and repaired.
    fn repaired(&self, seed: u64, strategy: &Strategy, models: [&Arc<dyn Model>; 3]) -> Vec<RepairTree> {
        let judge = ScriptedJudge::new(&self.table, Answering::InOrder);
        let [programs, critic, repairer] = models.map(Arc::clone);
        let models =
            BTreeMap::from([(Seat::CODER, programs), (Seat::CRITIC, critic), (Seat::REPAIRER, Arc::clone(&repairer))]);
        let plan = Plan { seed, models, ..plan(&self.problems, strategy.clone(), repairer) };
        let ran = Session::new(&plan, &judge).run();
        assert!(matches!(ran.ended, Ended::Complete));
        ran.trees
    }
}

fn profile(name: &str) -> Profile {
    Profile::named(name).unwrap()
}

fn passes(node: &Node) -> bool {
    node.passes(Suite::Hidden).unwrap()
}

/// Share of its repairs that pass, for each failing program, by problem.
fn repair_success(trees: &[RepairTree]) -> Vec<Vec<f64>> {
    let of_tree = |tree: &RepairTree| {
        let failing = tree.nodes().filter(|node| node.slot.depth() == 0 && !passes(node));
        let success = failing.map(|program| {
            let repairs: Vec<bool> = tree
                .nodes()
                .filter(|node| matches!(node.slot.last(), Step::Repair(_)))
                .filter(|node| node.slot.steps()[0] == program.slot.last())
                .map(passes)
                .collect();
            assert!(!repairs.is_empty());
            repairs.iter().filter(|passed| **passed).count() as f64 / repairs.len() as f64
        });
        success.collect()
    };
    trees.iter().map(of_tree).collect()
}

/// 95 % interval of the mean difference over programs, by resampling problems with all that is below them.
fn interval(first: &[Vec<f64>], second: &[Vec<f64>], seed: u64) -> (f64, f64) {
    const RESAMPLES: u64 = 2000;
    let by_problem: Vec<(f64, f64)> = first
        .iter()
        .zip(second)
        .map(|(first, second)| {
            assert_eq!(first.len(), second.len(), "the same programs fail");
            let difference = first.iter().zip(second).map(|(first, second)| first - second).sum();
            (difference, first.len() as f64)
        })
        .collect();
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|resample| {
            let drawn = (0..by_problem.len()).map(|draw| {
                let digest: Digest = seed_for(seed, &["resample", &resample.to_string(), &draw.to_string()]);
                let bytes: [u8; 8] = digest.as_bytes()[..8].try_into().unwrap();
                by_problem[(u64::from_le_bytes(bytes) % by_problem.len() as u64) as usize]
            });
            let (sum, count) = drawn.fold((0.0, 0.0), |(sum, count), (more, programs)| (sum + more, count + programs));
            sum / count
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let quantile = |share: f64| means[(share * (RESAMPLES - 1) as f64).round() as usize];
    (quantile(0.025), quantile(0.975))
}

/// Gain of an expert critic over the repairer's own critiques, as an interval, for each seed. Under one seed a repair
/// has the same luck by either critic, as in two runs of a user; `shift` sets the seeds of the two apart.
fn gains(repairer: &Profile, shift: u64) -> Vec<(f64, f64)> {
    let laboratory = Laboratory::new();
    let strategy = critics(N_P, 1, 1, See::Hidden);
    let coder = laboratory.programmer(profile("journeyman"));
    let (own, expert) = (laboratory.programmer(repairer.clone()), laboratory.programmer(profile("expert")));
    let gain = |seed| {
        let programs = laboratory.programs(seed, &coder);
        let by = |seed, critic| repair_success(&laboratory.repaired(seed, &strategy, [&programs, critic, &own]));
        interval(&by(seed, &expert), &by(seed + shift, &own), seed)
    };
    SEEDS.map(gain).collect()
}

#[test]
fn an_expert_critic_beats_self_critique_on_the_same_programs() {
    let gains = gains(&profile("journeyman"), 0);
    let significant = gains.iter().filter(|(low, _)| *low > 0.0).count();
    assert!(significant >= 18, "{significant} of 20: {gains:?}");
}

#[test]
fn a_critic_is_worth_nothing_to_a_repairer_who_does_no_better_by_a_right_critique() {
    let Bonus { none, .. } = profile("journeyman").bonus;
    let deaf = Profile {
        name: "deaf".to_owned(),
        bonus: Bonus { right: none, vague: none, none, wrong: none },
        ..profile("journeyman")
    };
    // With the same luck the gain would be zero to the bit.
    let gains = gains(&deaf, 1000);
    let significant = gains.iter().filter(|(low, _)| *low > 0.0).count();
    assert!(significant <= 3, "{significant} of 20: {gains:?}");
}

#[test]
fn a_novice_who_repairs_loses_to_one_who_draws_again_at_equal_tokens() {
    let laboratory = Laboratory::new();
    let judge = ScriptedJudge::new(&laboratory.table, Answering::InOrder);
    let novice = laboratory.programmer(profile("novice"));
    let plan = Plan { seed: 1, ..plan(&laboratory.problems, strategy(12, 1, See::Hidden), novice) };
    let ran = Session::new(&plan, &judge).run();
    let block = Block { n_p: vec![3], n_f: vec![1], n_r: vec![1], orders: vec![Order::Batch] };
    let options = Options { grid: Grid::Asked(vec![block]), ..Options::default() };
    let summary = summarize(&ran.recorded.manifest, &ran.trees, &options);
    let rows = summary.pass_at_t.value().unwrap();
    let row = rows.iter().find(|row| {
        (row.group.as_str(), row.baseline, row.token_definition)
            == ("all", Baseline::IidStaged, TokenDefinition::Billed)
    });
    let interval = row.unwrap().difference_interval.value().unwrap();
    assert!(interval.high < 0.0, "{interval:?}");
}

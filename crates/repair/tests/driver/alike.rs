//! Programs that are the same to the byte are judged once in a session.

use crate::scripted::{Answering, Bills, Does, Fault, ScriptedJudge, ScriptedModel};
use crate::session::{See, Session, plan, size, strategy};
use crate::table::{Table, starter};
use mend_core::{Problem, RepairTree};
use mend_judge::JudgeError;
use mend_model::Model;
use mend_repair::{Ended, Plan};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Twelve programs for each of three problems. The simulated programmer writes few that differ.
fn twelve(problems: &[Arc<Problem>], judging: usize) -> Plan {
    let model = ScriptedModel::new(problems, Bills::Reported, Box::new(|_, _| Does::Answer));
    let plan = plan(problems, strategy(12, 0, See::Hidden), Arc::new(model) as Arc<dyn Model>);
    Plan { judging: size(judging), ..plan }
}

/// The programs of a run, by problem.
fn programs(trees: &[RepairTree]) -> Vec<(String, String)> {
    let of = |tree: &RepairTree| {
        let texts = tree.nodes().filter_map(|node| Some(node.candidate.as_ref()?.program.body()?.to_string()));
        texts.map(|text| (tree.key.problem.to_string(), text)).collect::<Vec<_>>()
    };
    trees.iter().flat_map(of).collect()
}

#[test]
fn the_judge_sees_each_program_of_a_problem_once() {
    let problems = starter()[..3].to_vec();
    let table = Arc::new(Table::of(&problems));
    let mut runs = Vec::new();
    for (judging, answering) in [(1, Answering::InOrder), (4, Answering::InOrder), (16, Answering::LastFirst)] {
        let judge = ScriptedJudge::new(&table, answering);
        let ran = Session::new(&twelve(&problems, judging), &judge).run();
        assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
        let written = programs(&ran.trees);
        let distinct: BTreeSet<_> = written.iter().collect();
        assert_eq!(written.len(), 36);
        assert!(distinct.len() < 30, "{} differ: the test shows nothing", distinct.len());
        assert_eq!(judge.judged().len(), distinct.len(), "judging {judging} at once");
        runs.push(ran.trees);
    }
    assert!(runs.windows(2).all(|pair| pair[0] == pair[1]), "trees hang on who was judged first");
    // What a program got is what it would have got alone.
    for tree in &runs[0] {
        for node in tree.nodes() {
            let program = table.program(&tree.key.problem, node.candidate.as_ref().unwrap().program.body().unwrap());
            assert_eq!(node.verdict(), Some(&program.verdict), "{} {}", tree.key, node.slot);
        }
    }
}

#[test]
fn programs_without_a_judgement_are_each_tried() {
    let problems = starter()[..3].to_vec();
    let table = Arc::new(Table::of(&problems));
    let unsupported = || Some(Fault::Error(JudgeError::Unsupported { why: "this engine has no clock".to_owned() }));
    let judge = ScriptedJudge::with_faults(&table, Answering::InOrder, Box::new(move |_| unsupported()));
    let ran = Session::new(&twelve(&problems, 16), &judge).run();
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
    assert_eq!(judge.judged().len(), 36);
    let unscored = ran.trees.iter().flat_map(RepairTree::nodes).filter(|node| node.unscored().is_some()).count();
    assert_eq!(unscored, 36);
}

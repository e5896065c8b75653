//! A run that was stopped anywhere and goes on ends as if it had never stopped.

use crate::scripted::{Answering, Bills, Does, ScriptedJudge, ScriptedModel};
use crate::session::{
    Ran, See, Session, assert_same_nodes, critics, handed_in, plan, size, slot, strategy, tempdir, write,
};
use crate::table::{Table, starter};
use mend_core::{Budget, CallState, Cost, Entry, Event, Problem, RepairTree, Slot, Tokens, TreeKey};
use mend_journal::{Bodies, Journal, read};
use mend_model::{Ledger, Model};
use mend_repair::{Ended, Plan, Stop, Strategy};
use mend_testkit::is_full;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// A whole run over a few problems, and what it takes to go on with parts of it.
struct Whole {
    problems: Vec<Arc<Problem>>,
    table: Arc<Table>,
    strategy: Strategy,
    ran: Ran,
}

impl Whole {
    /// Joint feedback-and-repair pairs.
    fn new() -> Self {
        Self::of(strategy(3, 2, See::Hidden))
    }

    /// The same with a separate critic.
    fn with_critic() -> Self {
        Self::of(critics(3, 2, 2, See::Hidden))
    }

    /// Programs that are looked at with every instrument, and mended by what that shows.
    fn with_instruments() -> Self {
        let text = include_str!("../scripts/sketches/instruments.star");
        Self::of(Strategy::from_script("instruments.star", text, &BTreeMap::new()).unwrap())
    }

    fn of(strategy: Strategy) -> Self {
        let problems = starter()[..6].to_vec();
        let table = Arc::new(Table::of(&problems));
        let judge = ScriptedJudge::new(&table, Answering::InOrder);
        let plan = plan(&problems, strategy.clone(), model(&problems));
        let ran = Session::new(&plan, &judge).run();
        assert!(matches!(ran.ended, Ended::Complete));
        Self { problems, table, strategy, ran }
    }

    fn model(&self) -> Arc<ScriptedModel> {
        model(&self.problems)
    }

    fn plan(&self, model: &Arc<ScriptedModel>) -> Plan {
        plan(&self.problems, self.strategy.clone(), Arc::clone(model) as Arc<dyn Model>)
    }

    /// Goes on with a run whose journal holds these entries, and checks that all is as in the whole run.
    #[track_caller]
    fn check_resumed(&self, folder: &Path, before: &[Entry]) {
        let model = self.model();
        let judge = ScriptedJudge::new(&self.table, Answering::LastFirst);
        let ran = Session::new(&self.plan(&model), &judge).resume(folder);
        assert!(matches!(ran.ended, Ended::Complete));
        assert_same_nodes(&ran.trees, &self.ran.trees);
        assert_eq!(handed_in(&ran.recorded), handed_in(&self.ran.recorded));
        let after = &ran.recorded.entries[before.len()..];
        assert_eq!(&ran.recorded.entries[..before.len()], before);

        // What was open is lost once, at its worst; nothing else is.
        let open = open_calls(before);
        let lost = after.iter().filter_map(|entry| match &entry.event {
            Event::Lost { call, charged, .. } => Some((entry.tree.clone().unwrap(), call.to_string(), charged.tokens)),
            _ => None,
        });
        assert_eq!(lost.collect::<BTreeSet<_>>(), open);
        let charged: Tokens = open.iter().map(|(_, _, worst)| *worst).sum();
        assert_eq!(ran.spent, self.ran.spent + charged);

        // Nothing that was answered is asked again, and nothing that was judged is judged again.
        let answered = slots_of_answers(before);
        let asked: usize = model.asked().iter().map(Vec::len).sum();
        let sent: BTreeSet<_> = slots_sent(after).collect();
        assert!(sent.is_disjoint(&answered), "an answered slot was asked again");
        assert_eq!((asked, asked + answered.len()), (sent.len(), n_nodes(&self.ran.trees)));
        let judged: BTreeSet<(&TreeKey, &Slot)> = before.iter().filter_map(judged).collect();
        assert_eq!(judge.judged().len(), n_programs(&self.ran.trees, &judged));
        // Nor is anything looked at again.
        let looked = before.iter().filter(|entry| matches!(entry.event, Event::Ran { .. })).count();
        let in_all: usize = self.ran.trees.iter().flat_map(RepairTree::nodes).map(|node| node.ran.len()).sum();
        assert_eq!(judge.looked() + looked, in_all);
    }
}

fn model(problems: &[Arc<Problem>]) -> Arc<ScriptedModel> {
    Arc::new(ScriptedModel::new(problems, Bills::Reported, Box::new(|_, _| Does::Answer)))
}

/// The requests that were sent and not settled, with their worst case.
fn open_calls(entries: &[Entry]) -> BTreeSet<(TreeKey, String, Tokens)> {
    let mut open = BTreeSet::new();
    for entry in entries {
        let Some(tree) = entry.tree.clone() else { continue };
        match &entry.event {
            Event::Sent { call, worst_cost, .. } => {
                open.insert((tree, call.to_string(), worst_cost.tokens));
            }
            Event::Sampled { call, .. } | Event::Lost { call, .. } => {
                open.retain(|(key, id, _)| *key != tree || *id != call.to_string());
            }
            _ => {}
        }
    }
    open
}

fn slots_sent(entries: &[Entry]) -> impl Iterator<Item = (TreeKey, Slot)> {
    entries.iter().flat_map(|entry| match &entry.event {
        Event::Sent { slots, .. } => {
            slots.iter().map(|slot| (entry.tree.clone().unwrap(), slot.clone())).collect::<Vec<_>>()
        }
        _ => vec![],
    })
}

/// The slots of requests that were answered; the scripted model always answers for all.
fn slots_of_answers(entries: &[Entry]) -> BTreeSet<(TreeKey, Slot)> {
    let answered: Vec<_> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Sampled { call, .. } => Some((entry.tree.clone().unwrap(), call.clone())),
            _ => None,
        })
        .collect();
    let sent = entries.iter().filter(|entry| match &entry.event {
        Event::Sent { call, .. } => answered.contains(&(entry.tree.clone().unwrap(), call.clone())),
        _ => false,
    });
    slots_sent(&sent.cloned().collect::<Vec<_>>()).collect()
}

fn n_nodes(trees: &[RepairTree]) -> usize {
    trees.iter().map(|tree| tree.nodes().count()).sum()
}

/// The program that an entry says to be judged.
fn judged(entry: &Entry) -> Option<(&TreeKey, &Slot)> {
    match &entry.event {
        Event::Judged { slot, .. } => Some((entry.tree.as_ref().unwrap(), slot)),
        _ => None,
    }
}

/// The programs that are left to judge. Those of a problem that are equal are one.
fn n_programs(trees: &[RepairTree], judged: &BTreeSet<(&TreeKey, &Slot)>) -> usize {
    let nodes = trees.iter().flat_map(|tree| tree.nodes().map(|node| (&tree.key, node)));
    let left = nodes.filter(|(key, node)| node.slot.is_program() && !judged.contains(&(*key, &node.slot)));
    let programs = left.map(|(key, node)| {
        let candidate = node.candidate.as_ref().unwrap();
        (&key.problem, candidate.program.body().unwrap(), candidate.rule)
    });
    programs.collect::<BTreeSet<_>>().len()
}

#[track_caller]
fn check_every_entry(whole: &Whole) {
    let entries = &whole.ran.recorded.entries;
    for length in 0..=entries.len() {
        let folder = tempdir();
        write(folder.path(), &whole.plan(&whole.model()), &entries[..length]);
        whole.check_resumed(folder.path(), &entries[..length]);
    }
}

#[test]
fn run_resumed_after_any_entry_ends_as_the_live_one() {
    check_every_entry(&Whole::new());
}

#[test]
fn run_with_a_critic_resumed_after_any_entry_ends_as_the_live_one() {
    check_every_entry(&Whole::with_critic());
}

#[test]
fn run_with_instruments_resumed_after_any_entry_ends_as_the_live_one() {
    let whole = Whole::with_instruments();
    let looked = |entry: &&Entry| matches!(&entry.event, Event::Ran { outcomes, .. } if !outcomes.is_empty());
    let count = whole.ran.recorded.entries.iter().filter(looked).count();
    assert!(count >= 3 * whole.problems.len(), "{count} looks");
    check_every_entry(&whole);
}

#[track_caller]
fn check_byte_cuts(whole: &Whole) {
    let original = tempdir();
    let entries = &whole.ran.recorded.entries;
    write(original.path(), &whole.plan(&whole.model()), entries);
    let journal = fs::read(original.path().join("journal.jsonl")).unwrap();
    let cuts = if is_full() { 600 } else { 30 };
    for cut in 0..cuts {
        let folder = tempdir();
        fs::copy(original.path().join("manifest.json"), folder.path().join("manifest.json")).unwrap();
        fs::write(folder.path().join("journal.jsonl"), &journal[..journal.len() * cut / cuts]).unwrap();
        let kept = read(folder.path(), Bodies::With).unwrap().entries.len();
        whole.check_resumed(folder.path(), &entries[..kept]);
    }
}

#[test]
fn run_resumed_after_a_cut_at_any_byte_ends_as_the_live_one() {
    check_byte_cuts(&Whole::new());
}

#[test]
fn run_with_a_critic_resumed_after_a_cut_at_any_byte_ends_as_the_live_one() {
    check_byte_cuts(&Whole::with_critic());
}

#[test]
fn finished_run_that_is_resumed_does_nothing() {
    let whole = Whole::new();
    let folder = tempdir();
    let entries = &whole.ran.recorded.entries;
    write(folder.path(), &whole.plan(&whole.model()), entries);
    whole.check_resumed(folder.path(), entries);
    assert_eq!(read(folder.path(), Bodies::Without).unwrap().entries.len(), entries.len());
}

#[test]
fn interrupted_run_brings_home_what_is_in_flight_and_ends_as_the_live_one() {
    let whole = Whole::new();
    let mut interrupted = 0;
    for after in (0..).step_by(if is_full() { 1 } else { 7 }) {
        let folder = tempdir();
        let model = whole.model();
        let judge = ScriptedJudge::new(&whole.table, Answering::LastFirst);
        let plan = whole.plan(&model);
        let session = Session { interrupt_after: Some(after), ..Session::new(&plan, &judge) };
        let ran = session.start(folder.path());
        if matches!(ran.ended, Ended::Complete) {
            break;
        }
        interrupted += 1;
        assert!(matches!(ran.ended, Ended::Stopped(Stop::Interrupt)), "after {after} reports: {:?}", ran.ended);
        let last = ran.recorded.entries.last().unwrap();
        assert_eq!(last, &Entry { tree: None, event: Event::Stopped { why: "interrupted".into() } });
        assert_eq!(model.asked().is_empty(), after == 0, "who is interrupted at once asks nobody");
        assert_eq!(open_calls(&ran.recorded.entries), BTreeSet::new());
        whole.check_resumed(folder.path(), &ran.recorded.entries);
    }
    assert!(interrupted >= 7);
}

#[test]
fn interrupt_under_a_budget_charges_nothing_for_requests_that_never_left() {
    let whole = Whole::new();
    let model = whole.model();
    let judge = ScriptedJudge::new(&whole.table, Answering::InOrder);
    // The first round admits more than one connection can send.
    let plan = Plan { concurrency: size(1), ..whole.plan(&model) };
    let budget = Some(Tokens(10_000_000));
    let session = Session { interrupt_after: Some(2), budget, ..Session::new(&plan, &judge) };
    let ran = session.run();
    assert!(matches!(ran.ended, Ended::Stopped(Stop::Interrupt)));
    assert!(model.asked().len() < whole.problems.len());
}

#[test]
fn budget_stop_that_gets_more_tokens_ends_as_the_live_run() {
    let whole = Whole::new();
    for percent in [0, 30, 70] {
        let folder = tempdir();
        let judge = ScriptedJudge::new(&whole.table, Answering::InOrder);
        let budget = Some(Tokens(whole.ran.spent.0 * percent / 100));
        let ran = Session::with_budget(&whole.plan(&whole.model()), &judge, budget).start(folder.path());
        assert!(matches!(ran.ended, Ended::Stopped(Stop::Budget)));
        whole.check_resumed(folder.path(), &ran.recorded.entries);
    }
}

/// A run that is dropped while one request never comes back: the nearest to a kill within one process.
#[test]
fn request_that_never_came_back_is_lost_once_and_asked_again() {
    let whole = Whole::new();
    let folder = tempdir();
    let is_stuck = Arc::new(Notify::new());
    let notify = Arc::clone(&is_stuck);
    let stuck = whole.problems[1].id.clone();
    let script = move |request: &mend_model::Request, _| {
        if request.problem != stuck {
            return Does::Answer;
        }
        notify.notify_one();
        Does::Never
    };
    let model = Arc::new(ScriptedModel::new(&whole.problems, Bills::Reported, Box::new(script)));
    let judge = ScriptedJudge::new(&whole.table, Answering::InOrder);
    let plan = whole.plan(&model);
    write(folder.path(), &plan, &[]);
    let (journal, recorded) = Journal::resume(folder.path()).unwrap();
    let journal = Arc::new(journal);
    let mut trees = recorded.trees().unwrap();
    let (_sender, interrupt) = watch::channel(false);
    let ledger = Ledger::new(Budget::default(), Cost::ZERO);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut progress = |_| {};
        tokio::select! {
            ended = mend_repair::run(&plan, &mut trees, &judge, &ledger, &journal, interrupt, &mut progress) => {
                panic!("a request never comes back, and yet: {ended:?}")
            }
            () = is_stuck.notified() => {}
        }
    });
    Arc::into_inner(journal).expect("a dropped run keeps nothing").close().unwrap();
    let before = read(folder.path(), Bodies::With).unwrap().entries;
    assert_eq!(open_calls(&before).iter().filter(|(tree, ..)| tree.problem == whole.problems[1].id).count(), 1);
    whole.check_resumed(folder.path(), &before);
    let trees = read(folder.path(), Bodies::Without).unwrap().trees().unwrap();
    let calls = trees[1].calls().filter(|(_, call)| call.slots[0] == slot("p0"));
    let states: Vec<_> = calls.map(|(_, call)| call.state.clone()).collect();
    assert!(matches!(states[..], [CallState::Lost { .. }, CallState::Answered { .. }]), "{states:?}");
}

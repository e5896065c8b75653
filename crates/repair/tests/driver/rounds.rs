//! Strategies that learn from one problem for the next: no order of arrival, no kill and no budget reaches what they learn.

use crate::scripted::{Answering, Bills, Does, ScriptedJudge, ScriptedModel};
use crate::session::{Ran, Session, assert_same_nodes, handed_in, plan, size, tempdir, write};
use crate::table::{Table, starter};
use mend_core::{
    CallState, Digest, Entry, Event, Problem, ProblemEntry, ProblemId, RepairTree, Tokens, TreeKey, dev_problems,
};
use mend_model::{Model, Request};
use mend_repair::{Ended, Plan, RunError, ScriptError, Stop, Strategy};
use mend_testkit::is_full;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const LEARNER: &str = r#"
load("lib.star", "MEND")
strategy(
    summary = "s",
    seats = ["coder", "repairer"],
    params = {"dev": 0.5, "passes": 2},
    see = "public",
    stop_on = "public",
    bound = 2,
    round = 3,
    dev = lambda p: p.dev,
    passes = lambda p: p.passes,
    learn_on = lambda p: "hidden" if p.dev > 0 else None,
)
WRITE = "{{ statement }}\n\n{% if known %}Known so far:\n{{ known }}\n\n{% endif %}Write the whole program in a Python block."

def start(p):
    return []

def learn(state, trees, p):
    return state + ["%d. %s: %s" % (tree["place"], tree["problem"], " ".join(tree["kept"])) for tree in trees]

def solve(problem, p):
    known = memory()
    keep("in round %d" % known.round)
    program = ask("program", WRITE, known = "\n".join(known.state))
    seen = judge(program, "every" if known.is_dev else "public")
    keep("right" if seen.passed else "wrong")
    if not judge(program, "public").passed:
        program = ask("repair", MEND, about = program, program = program, failure = judge(program, "public"))
    return program
"#;

/// A run over some problems.
struct Course {
    /// The problem of each tree.
    problems: Vec<Arc<Problem>>,
    dev: BTreeSet<ProblemId>,
    table: Arc<Table>,
    strategy: Strategy,
    /// A problem at which nobody ever answers.
    silent: Option<ProblemId>,
}

impl Course {
    fn new(count: usize, text: &str, chosen: &[(&str, &str)]) -> Self {
        let chosen = chosen.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let strategy = Strategy::from_script("learner.star", text, &chosen).unwrap();
        let rounds = strategy.header().rounds.clone().unwrap();
        let starter = starter()[..count].to_vec();
        let entries: Vec<ProblemEntry> = starter.iter().map(|problem| ProblemEntry::from(&**problem)).collect();
        let dev = dev_problems(&entries, rounds.dev, 7).unwrap();
        let times = |problem: &Problem| if dev.contains(&problem.id) { rounds.passes as usize } else { 1 };
        let problems: Vec<Arc<Problem>> =
            starter.iter().flat_map(|problem| std::iter::repeat_n(Arc::clone(problem), times(problem))).collect();
        let table = Arc::new(Table::of(&starter));
        Self { problems, dev, table, strategy, silent: None }
    }

    fn model(&self, arrival: u64) -> Arc<ScriptedModel> {
        let silent = self.silent.clone();
        let script = move |request: &Request, _| {
            if silent.as_ref() == Some(&request.problem) {
                return Does::Fail;
            }
            let place = format!("{arrival} {} {} {}", request.problem, request.replicate, request.slots[0]);
            let turns = Digest::of(place.as_bytes()).as_bytes()[0] % 40;
            Does::Delay(if arrival == 0 { 0 } else { turns.into() })
        };
        Arc::new(ScriptedModel::new(&self.problems, Bills::Reported, Box::new(script)))
    }

    fn plan(&self, model: &Arc<ScriptedModel>) -> Plan {
        let model = Arc::clone(model) as Arc<dyn Model>;
        Plan { dev: self.dev.clone(), ..plan(&self.problems, self.strategy.clone(), model) }
    }

    fn run(&self, concurrency: usize, answering: Answering, arrival: u64, budget: Option<Tokens>) -> Ran {
        let judge = ScriptedJudge::new(&self.table, answering);
        let (concurrency, judging) = (size(concurrency), size(concurrency));
        let plan = Plan { concurrency, judging, ..self.plan(&self.model(arrival)) };
        Session::with_budget(&plan, &judge, budget).run()
    }

    fn whole(&self) -> Ran {
        let ran = self.run(4, Answering::InOrder, 0, None);
        assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
        ran
    }
}

fn states(ran: &Ran) -> Vec<Vec<String>> {
    let state = |text: &&mend_core::Text| serde_json::from_str(text.body().unwrap()).unwrap();
    ran.recorded.states().iter().map(state).collect()
}

/// The round in which each tree was handed in, by the states before it.
fn rounds_of(ran: &Ran) -> BTreeMap<TreeKey, usize> {
    let mut round = 0;
    let mut rounds = BTreeMap::new();
    for entry in &ran.recorded.entries {
        match (&entry.event, &entry.tree) {
            (Event::State { round: number, .. }, _) => round = *number as usize,
            (Event::Submitted { .. }, Some(key)) => drop(rounds.insert(key.clone(), round)),
            _ => {}
        }
    }
    rounds
}

#[test]
fn concurrency_and_order_of_arrival_reach_no_state() {
    let course = Course::new(9, LEARNER, &[]);
    let first = course.run(1, Answering::InOrder, 0, None);
    assert!(matches!(first.ended, Ended::Complete), "{:?}", first.ended);
    // Five problems to learn from, twice, in rounds of three and two, and one round of four to report.
    assert_eq!(course.dev.len(), 5);
    assert_eq!(states(&first).iter().map(Vec::len).collect::<Vec<_>>(), [0, 3, 5, 8, 10]);
    for arrival in 1..=20 {
        let concurrency = if arrival % 2 == 0 { 16 } else { 5 };
        let answering = if arrival % 3 == 0 { Answering::InOrder } else { Answering::LastFirst };
        let ran = course.run(concurrency, answering, arrival, None);
        assert!(ran.trees == first.trees, "arrival {arrival}");
        assert_eq!(states(&ran), states(&first), "arrival {arrival}");
        assert_eq!(handed_in(&ran.recorded), handed_in(&first.recorded));
    }
}

#[test]
fn a_round_begins_with_its_state_and_every_prompt_names_it() {
    let course = Course::new(9, LEARNER, &[]);
    let ran = course.run(16, Answering::LastFirst, 3, None);
    let rounds = rounds_of(&ran);
    let states: Vec<&mend_core::Text> = ran.recorded.states();
    let (mut begun, mut done) = (0, 0);
    for entry in &ran.recorded.entries {
        match (&entry.event, &entry.tree) {
            (Event::State { round, .. }, None) => {
                assert_eq!(*round as usize, begun);
                // All trees of the rounds before are handed in.
                assert_eq!(done, rounds.values().filter(|of| **of < begun).count());
                begun += 1;
            }
            (Event::Sent { terms, prompt, slots, .. }, Some(key)) => {
                assert_eq!(rounds[key], begun - 1, "nothing of a round is asked before its state is written");
                let known: Vec<String> = serde_json::from_str(states[begun - 1].body().unwrap()).unwrap();
                assert_eq!(terms.state, Some(states[begun - 1].digest()));
                let prompt = prompt.body().unwrap();
                let is_first = slots[0].depth() == 0;
                assert_eq!(is_first && !known.is_empty(), prompt.contains("Known so far:"), "{prompt}");
                assert!(!is_first || known.iter().all(|line| prompt.contains(line)), "{prompt}");
            }
            (Event::Submitted { .. }, _) => done += 1,
            _ => {}
        }
    }
    assert_eq!(begun, 5);
    assert_eq!((ran.progress.round, ran.progress.rounds), (4, 5));
    // What was learnt, in the order of the round: what each tree kept, from its own outcome.
    let order = handed_in(&ran.recorded);
    let mut expected: Vec<String> = Vec::new();
    for (round, state) in self::states(&ran).into_iter().enumerate() {
        assert_eq!(state, expected, "round {round}");
        let trees = order.iter().filter(|key| rounds[*key] == round);
        for (place, key) in trees.enumerate() {
            let tree = ran.trees.iter().find(|tree| tree.key == *key).unwrap();
            let first = tree.node(&"p0".parse().unwrap()).unwrap();
            let passes =
                [mend_core::Suite::Public, mend_core::Suite::Hidden].map(|suite| first.passes(suite) == Some(true));
            let word = if passes == [true, true] { "right" } else { "wrong" };
            expected.push(format!("{place}. {}: in round {round} {word}", key.problem));
        }
    }
}

#[test]
fn no_prompt_of_a_problem_that_is_learnt_from_knows_one_that_is_reported() {
    let course = Course::new(12, LEARNER, &[]);
    let ran = course.whole();
    let test: BTreeSet<&ProblemId> =
        course.problems.iter().map(|problem| &problem.id).filter(|id| !course.dev.contains(id)).collect();
    assert!(course.dev.iter().all(|id| !test.contains(id)) && !test.is_empty());
    let mut of_dev = 0;
    for tree in &ran.trees {
        let is_dev = course.dev.contains(&tree.key.problem);
        assert_eq!(is_dev && tree.key.replicate < 2, is_dev);
        for (_, call) in tree.calls() {
            let prompt = call.prompt.body().unwrap();
            let known = prompt.split_once("Known so far:").map_or("", |(_, known)| known);
            assert!(test.iter().all(|id| !known.contains(&format!(" {id}:"))), "{prompt}");
            of_dev += usize::from(!is_dev && course.dev.iter().any(|id| known.contains(&format!(" {id}:"))));
        }
    }
    assert!(of_dev > 0, "what is reported knows what was learnt");
    // What is reported comes last, and all of it in one round.
    let order = handed_in(&ran.recorded);
    assert!(order.iter().map(|key| !course.dev.contains(&key.problem)).is_sorted());
}

#[test]
fn resumption_at_every_prefix_equals_live() {
    let course = Course::new(5, LEARNER, &[]);
    let whole = course.whole();
    let entries = &whole.recorded.entries;
    let step = if is_full() { 1 } else { 3 };
    for cut in (0..=entries.len()).step_by(step) {
        let folder = tempdir();
        let model = course.model(0);
        let plan = course.plan(&model);
        write(folder.path(), &plan, &entries[..cut]);
        let judge = ScriptedJudge::new(&course.table, Answering::LastFirst);
        let ran = Session::new(&plan, &judge).resume(folder.path());
        assert!(matches!(ran.ended, Ended::Complete), "{cut}: {:?}", ran.ended);
        assert_same_nodes(&ran.trees, &whole.trees);
        assert_eq!(states(&ran), states(&whole), "{cut}");
        assert_eq!(handed_in(&ran.recorded), handed_in(&whole.recorded));
        let answered =
            |entries: &[Entry]| entries.iter().filter(|entry| matches!(entry.event, Event::Sampled { .. })).count();
        assert_eq!(answered(&ran.recorded.entries), answered(entries), "{cut}: what was answered is not asked again");
    }
}

#[test]
fn a_script_that_learns_otherwise_is_refused_on_resumption() {
    let course = Course::new(5, LEARNER, &[]);
    let whole = course.whole();
    let entries = &whole.recorded.entries;
    let edited = LEARNER.replace("return state + [", "return [");
    let edited = Course {
        strategy: Strategy::from_script("learner.star", &edited, &BTreeMap::new()).unwrap(),
        ..Course::new(5, LEARNER, &[])
    };
    let at = |number: u32| {
        let is_state = |entry: &Entry| matches!(entry.event, Event::State { round, .. } if round == number);
        entries.iter().position(is_state).unwrap()
    };
    let go_on = |cut: usize| {
        let folder = tempdir();
        write(folder.path(), &course.plan(&course.model(0)), &entries[..cut]);
        let judge = ScriptedJudge::new(&course.table, Answering::InOrder);
        let model = edited.model(0);
        let ran = Session::new(&edited.plan(&model), &judge).resume(folder.path());
        (ran, model)
    };
    // Up to the state of round 1 both learn the same.
    let (ran, model) = go_on(at(2) + 1);
    let Ended::Stopped(Stop::Failed(RunError::Learning { round: 2, error })) = &ran.ended else {
        panic!("{:?}", ran.ended)
    };
    let ScriptError::Unlearnt { round: 2, before, .. } = error else { panic!("{error:?}") };
    assert_eq!(*before, whole.recorded.states()[2].digest().short());
    let said = error.to_string();
    assert!(said.starts_with("learner.star: round 2 begins with another state than when this run began: "), "{said}");
    assert!(model.asked().is_empty(), "nothing is asked with another state");
    // A state that nobody wrote down yet is learnt by the script as it is.
    let (ran, _) = go_on(at(2));
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
}

#[test]
fn a_budget_that_ends_within_a_round_stops_alike_and_goes_on() {
    let course = Course::new(9, LEARNER, &[]);
    let whole = course.whole();
    let mut seen = BTreeSet::new();
    for percent in [10, 35, 60, 85] {
        let budget = Tokens(whole.spent.0 * percent / 100);
        let ran = course.run(1, Answering::InOrder, 0, Some(budget));
        assert!(matches!(ran.ended, Ended::Stopped(Stop::Budget)), "{percent}: {:?}", ran.ended);
        assert!(ran.spent <= budget);
        seen.insert(ran.recorded.states().len());
        for arrival in [1, 2] {
            let other = course.run(16, Answering::LastFirst, arrival, Some(budget));
            assert!(other.trees == ran.trees, "{percent}");
            assert_eq!(states(&other), states(&ran), "{percent}");
        }
        let folder = tempdir();
        let plan = course.plan(&course.model(0));
        write(folder.path(), &plan, &ran.recorded.entries);
        let judge = ScriptedJudge::new(&course.table, Answering::InOrder);
        let resumed = Session::new(&plan, &judge).resume(folder.path());
        assert!(matches!(resumed.ended, Ended::Complete), "{:?}", resumed.ended);
        assert_same_nodes(&resumed.trees, &whole.trees);
        assert_eq!(states(&resumed), states(&whole));
    }
    assert!(seen.len() > 2, "the budgets end in several rounds: {seen:?}");
}

#[test]
fn a_tree_without_an_outcome_counts_with_what_it_kept() {
    let mut course = Course::new(5, LEARNER, &[("passes", "1")]);
    let silent = course.dev.first().unwrap().clone();
    course.silent = Some(silent.clone());
    let ran = course.whole();
    let last = states(&ran).pop().unwrap();
    let of_silent: Vec<&String> = last.iter().filter(|line| line.contains(&format!(" {silent}:"))).collect();
    assert_eq!(of_silent.len(), 1, "{last:?}");
    assert!(of_silent[0].ends_with(": in round 0"), "{of_silent:?}");
    assert_eq!(last.len(), course.dev.len());
    let given_up = |tree: &RepairTree| tree.calls().all(|(_, call)| !matches!(call.state, CallState::Answered { .. }));
    assert!(ran.trees.iter().filter(|tree| tree.key.problem == silent).all(given_up));
}

#[test]
fn without_problems_to_learn_from_each_round_learns_from_those_before_it() {
    let course = Course::new(8, LEARNER, &[("dev", "0.0"), ("passes", "1")]);
    assert!(course.dev.is_empty());
    let ran = course.whole();
    let order = handed_in(&ran.recorded);
    assert_eq!(states(&ran).iter().map(Vec::len).collect::<Vec<_>>(), [0, 3, 6]);
    for (at, line) in states(&ran)[2].iter().enumerate() {
        assert!(line.starts_with(&format!("{}. {}: in round {}", at % 3, order[at].problem, at / 3)), "{line}");
    }
}

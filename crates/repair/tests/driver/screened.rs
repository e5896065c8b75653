//! What an answer may not hold is cut, counted and journalled; what a prompt leaves out is counted as it is sent.

use crate::scripted::{Answering, Bills, Does, ScriptedJudge, ScriptedModel};
use crate::session::{Ran, Session, plan, tempdir};
use crate::table::{Table, starter};
use mend_core::{Event, Kind, Problem, RepairTree, Seat, Tokens};
use mend_model::Request;
use mend_repair::{Chosen, Ended, Plan, Strategy};
use std::sync::Arc;

/// A teacher who knows the solution, and a repair with its help.
const TAUGHT: &str = r#"
load("lib.star", "MEND", "WRITE", "teacher")
strategy(
    summary = "s",
    seats = ["coder", "annotator", "repairer"],
    params = {"knows": True},
    see = "public",
    stop_on = "public",
    reference = lambda p: p.knows,
    bound = 3,
)
def solve(problem, p):
    program = ask("program", WRITE)
    seen = judge(program, "public")
    help = teacher(program, seen, reference = problem.reference if p.knows else None)
    return ask("repair", MEND, about = help, program = program, failure = seen, critique = help)
"#;

/// A conversation of three rounds, whatever passes.
const TALK: &str = r#"
load("lib.star", "AGAIN", "WRITE", "chat")
strategy(summary = "s", seats = ["coder", "repairer"], see = "public", bound = 4)
def solve(problem, p):
    program = ask("program", WRITE)
    for round in range(3):
        program = ask("repair", AGAIN, about = program, chat = chat(program), failure = judge(program, "public"))
    return program
"#;

fn problems() -> Vec<Arc<Problem>> {
    starter().into_iter().take(4).collect()
}

/// A plan in which the annotator shows the first line of the reference solution before a block with all of it.
fn plan_of(problems: &[Arc<Problem>], text: &str, chosen: &[(&str, &str)]) -> Plan {
    let chosen: Chosen = chosen.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let strategy = Strategy::from_script("mine.star", text, &chosen).unwrap();
    let known = problems.to_vec();
    let says = move |request: &Request, _| {
        if request.seat.to_string() != "annotator" {
            return Does::Answer;
        }
        let problem = known.iter().find(|problem| problem.id == request.problem).unwrap();
        let reference = problem.reference.as_deref().unwrap();
        let first = reference.lines().find(|line| !line.trim().is_empty()).unwrap();
        Does::Say(format!("Begin with `{first}`.\n\n```python\n{reference}```\nGood luck!"))
    };
    let model = Arc::new(ScriptedModel::new(problems, Bills::Reported, Box::new(says)));
    plan(problems, strategy, model)
}

fn run(plan: &Plan, problems: &[Arc<Problem>]) -> Ran {
    let judge = ScriptedJudge::new(&Arc::new(Table::of(problems)), Answering::InOrder);
    let ran = Session::new(plan, &judge).run();
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
    ran
}

fn prompt_of(tree: &RepairTree, kind: Kind) -> String {
    let (_, call) = tree.calls().find(|(_, call)| call.slots[0].kind() == kind).unwrap();
    call.prompt.body().unwrap().to_string()
}

#[test]
fn a_forbidden_block_of_code_never_reaches_the_next_prompt() {
    let problems = problems();
    for knows in ["True", "False"] {
        let ran = run(&plan_of(&problems, TAUGHT, &[("knows", knows)]), &problems);
        for tree in &ran.trees {
            let help = tree.nodes().find(|node| node.slot.kind() == Kind::Feedback).unwrap();
            assert_eq!(help.screened.code_cut, Some(true));
            assert_eq!(help.screened.copied_lines, (knows == "True").then_some(1));
            assert!(help.completion.as_ref().unwrap().text.body().unwrap().contains("Good luck!"), "nothing is lost");
            let repair = prompt_of(tree, Kind::Repair);
            assert!(repair.contains("> Begin with `"), "{repair}");
            assert!(!repair.contains("Good luck!"), "{repair}");
            assert_eq!(prompt_of(tree, Kind::Feedback).contains("This program is right."), knows == "True");
        }
        let forbids = ran.recorded.entries.iter().filter(|entry| match &entry.event {
            Event::Sent { terms, .. } => terms.forbids_code,
            _ => false,
        });
        assert_eq!(forbids.count(), problems.len());
    }
}

#[test]
fn an_answer_that_is_read_after_a_resumption_is_searched_too() {
    let problems = problems();
    let plan = plan_of(&problems, TAUGHT, &[]);
    let whole = run(&plan, &problems);
    let judge = ScriptedJudge::new(&Arc::new(Table::of(&problems)), Answering::InOrder);
    for reports in [1, 4, 9, 14, 20] {
        let folder = tempdir();
        Session { interrupt_after: Some(reports), ..Session::new(&plan, &judge) }.start(folder.path());
        let ran = Session::new(&plan, &judge).resume(folder.path());
        assert!(matches!(ran.ended, Ended::Complete));
        let searched = |ran: &Ran| {
            let nodes = ran.trees.iter().flat_map(RepairTree::nodes);
            nodes.filter(|node| node.slot.kind() == Kind::Feedback).map(|node| node.screened).collect::<Vec<_>>()
        };
        assert_eq!(searched(&ran), searched(&whole));
    }
}

#[test]
fn what_a_prompt_drops_is_counted_as_it_is_sent() {
    let problems = problems();
    let whole = run(&plan_of(&problems, TALK, &[]), &problems);
    let mut short = plan_of(&problems, TALK, &[]);
    short.sampling.get_mut(&Seat::REPAIRER).unwrap().max_prompt = Some(Tokens(1));
    let short = run(&short, &problems);
    let dropped = |ran: &Ran| {
        let mut of_calls: Vec<(String, u32)> =
            ran.trees[0].calls().map(|(_, call)| (call.slots[0].to_string(), call.terms.dropped)).collect();
        of_calls.sort();
        of_calls.into_iter().map(|(_, dropped)| dropped).collect::<Vec<_>>()
    };
    assert_eq!(dropped(&whole), [0, 0, 0, 0]);
    assert_eq!(dropped(&short), [0, 0, 1, 2]);
    let last = |ran: &Ran| {
        let (_, call) = ran.trees[0].calls().max_by_key(|(_, call)| call.slots[0].depth()).unwrap();
        call.prompt.body().unwrap().to_string()
    };
    assert_eq!(last(&whole).matches("[assistant]").count(), 3);
    assert_eq!(last(&short).matches("[assistant]").count(), 1);
    assert!(last(&short).contains(problems[0].statement.trim()) || last(&short).contains("Define `"), "the task stays");
}

#[test]
fn what_a_script_samples_otherwise_than_its_seat_is_written_down() {
    const OWN: &str = r#"
strategy(summary = "s", seats = ["coder", "repairer"], bound = 2)

def solve(problem, p):
    program = ask("program", "Write it.", sampling = {"temperature": 0.7, "stop": ["\n\n"]})
    return ask("repair", "Again.", about = program)
"#;
    let problems = problems();
    let ran = run(&plan_of(&problems, OWN, &[]), &problems);
    let mut found: Vec<(String, String)> = ran.trees[0]
        .calls()
        .map(|(_, call)| (call.slots[0].to_string(), serde_json::to_string(&call.terms).unwrap()))
        .collect();
    found.sort();
    let told = |slot: &str, terms: &str| (slot.to_owned(), terms.to_owned());
    let own = r#"{"sampling":{"temperature":0.7,"stop":["\n\n"]}}"#;
    assert_eq!(found, [told("p0", own), told("p0/r0", "{}")]);
}

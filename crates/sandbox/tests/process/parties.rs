//! Programs that answer frames under the `process` engine.

use crate::common::{AMPLE, ample, answer, answered, ended, guest, is_alive, job, open, stderr, stdout, worker};
use mend_sandbox::{Answer, Called, Calls, How, Job, LimitKind, Limits, Party, Said, Spend};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ECHO: &str = "
while True:
    kind, payload = receive()
    send(0, b'%d:' % kind + payload)
";

/// Passes each request on as a call, and answers with what comes back.
const RELAY: &str = "
while True:
    send(1, receive()[1])
    kind, payload = receive()
    send(0, b'%d:' % kind + payload)
";

fn no_calls() -> Option<Calls> {
    None
}

#[track_caller]
fn check_end(program: &str, cap: Spend, how: &How) {
    let mut party = open(&guest(program));
    let outcome = ended(&mut *party, cap, no_calls());
    assert_eq!(outcome.how, *how, "{}", stderr(&outcome));
    // It stays ended.
    assert_eq!(ended(&mut *party, AMPLE, no_calls()), outcome);
    assert_eq!(party.close().expect("a close"), outcome);
}

#[track_caller]
fn check_violation(program: &str, what: &str) {
    check_end(program, AMPLE, &How::Violation(what.to_owned()));
}

#[test]
fn a_party_answers_every_ask() {
    let mut party = open(&guest(ECHO));
    for text in [&b"one"[..], b"", b"three"] {
        assert_eq!(answer(&mut *party, text, no_calls()), [b"0:", text].concat());
    }
    assert_eq!(party.close().unwrap().how, How::Signal(9));
}

#[test]
fn a_frame_may_be_larger_than_any_pipe() {
    let mut party = open(&guest(ECHO));
    let frame: Vec<u8> = (0..5_000_000_u32).map(|i| (i % 253) as u8).collect();
    assert_eq!(answer(&mut *party, &frame, no_calls()), [b"0:", &frame[..]].concat());
}

#[test]
fn a_call_gets_its_reply() {
    let mut party = open(&guest(RELAY));
    let calls: Calls = Box::new(|payload| Called::Reply(payload.to_ascii_uppercase()));
    assert_eq!(answer(&mut *party, b"abc", Some(calls)), b"1:ABC");
    let calls: Calls = Box::new(|_| Called::Abort);
    assert_eq!(answer(&mut *party, b"abc", Some(calls)), b"2:");
}

#[test]
fn two_parties_of_one_worker_are_relayed() {
    let mut worker = worker();
    let candidate: Arc<Mutex<Box<dyn Party>>> = Arc::new(Mutex::new(worker.open(&guest(ECHO)).unwrap()));
    let mut judge = worker.open(&guest(RELAY)).unwrap();
    for text in ["a", "b"] {
        let other = Arc::clone(&candidate);
        let calls: Calls = Box::new(move |payload| match other.lock().unwrap().ask(payload, AMPLE, None).unwrap() {
            Answer::Frame { frame, .. } => Called::Reply(frame),
            _ => Called::Abort,
        });
        assert_eq!(answer(&mut *judge, text.as_bytes(), Some(calls)), format!("1:0:{text}").into_bytes());
    }
}

#[test]
fn a_call_is_handed_back_and_the_guest_waits() {
    let mut party = open(&guest(RELAY));
    for text in [&b"a"[..], b"b"] {
        let called = party.converse(Said::Request(text), AMPLE).unwrap();
        assert!(matches!(&called, Answer::Called { frame, .. } if frame == text), "{called:?}");
        let answer = answered(party.converse(Said::Reply(b"back"), AMPLE).unwrap());
        assert_eq!(answer, b"1:back");
    }
    // A reply to no call, a request amid one, and a frame that nobody waits for.
    let ends = |party: &mut dyn Party, said| match party.converse(said, AMPLE).unwrap() {
        Answer::Ended(outcome) => outcome.how,
        other => panic!("{other:?}"),
    };
    let out_of_turn = || How::Violation("was spoken to out of turn".to_owned());
    assert_eq!(ends(&mut *party, Said::Reply(b"")), out_of_turn());
    let mut party = open(&guest(RELAY));
    party.converse(Said::Request(b"a"), AMPLE).unwrap();
    assert_eq!(ends(&mut *party, Said::Request(b"")), out_of_turn());
    let mut party = open(&guest("receive()\nsend(1, b'a')\nsend(1, b'b')\nreceive()\nimport time; time.sleep(60)"));
    party.converse(Said::Request(b""), AMPLE).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(ends(&mut *party, Said::Reply(b"")), How::Violation("frame that nobody asked for".to_owned()));
}

#[test]
fn no_clock_runs_while_the_host_serves_a_call() {
    let mut party = open(&guest(RELAY));
    // The start of the interpreter is paid for here.
    answer(&mut *party, b"", Some(Box::new(|_| Called::Abort)));
    let cap = Spend { cpu: Duration::from_mins(1), wall: Duration::from_secs(2) };
    let calls: Calls = Box::new(|_| {
        std::thread::sleep(Duration::from_millis(2500));
        Called::Reply(Vec::new())
    });
    assert_eq!(answered(party.ask(b"", cap, Some(calls)).unwrap()), b"1:");
}

#[test]
fn cpu_time_is_counted_per_ask() {
    let spin = "
import time
while True:
    kind, payload = receive()
    end = time.process_time() + float(payload)
    while time.process_time() < end: pass
    send(0, b'')
";
    let mut party = open(&guest(spin));
    let cap = Spend { cpu: Duration::from_millis(800), wall: Duration::from_mins(2) };
    for _ in 0..4 {
        assert_eq!(answered(party.ask(b"0.3", cap, None).unwrap()), b"");
    }
    let Answer::Ended(outcome) = party.ask(b"1000", cap, None).unwrap() else { panic!("it answered") };
    assert_eq!(outcome.how, How::Limit(LimitKind::Cpu));
}

#[test]
fn a_silent_party_reaches_its_wall_cap() {
    let cap = Spend { cpu: Duration::from_mins(1), wall: Duration::from_millis(300) };
    check_end("import time; time.sleep(1000)", cap, &How::Limit(LimitKind::Wall));
    // Without an answer channel there is nothing to wait for but the cap.
    check_end("os.close(4)\nimport time; time.sleep(1000)", cap, &How::Limit(LimitKind::Wall));
}

#[test]
fn endless_calls_reach_the_wall_cap() {
    let mut party = open(&guest("receive()\nwhile True:\n send(1, b''); receive()"));
    let cap = Spend { cpu: Duration::from_mins(1), wall: Duration::from_secs(1) };
    let outcome = ended(&mut *party, cap, Some(Box::new(|_| Called::Abort)));
    assert_eq!(outcome.how, How::Limit(LimitKind::Wall));
}

#[test]
fn replies_that_nobody_reads_do_not_pile_up() {
    let mut party = open(&guest("receive()\nwhile True: send(1, b'')"));
    let outcome = ended(&mut *party, AMPLE, Some(Box::new(|_| Called::Reply(vec![0; 1 << 20]))));
    assert_eq!(outcome.how, How::Violation("call without having read what it was sent".to_owned()));
}

#[test]
fn a_party_that_stops_reading_does_not_block_the_host() {
    let mut party = open(&guest("import time; time.sleep(1000)"));
    let cap = Spend { cpu: Duration::from_mins(1), wall: Duration::from_millis(300) };
    let Answer::Ended(outcome) = party.ask(&vec![0; 8 << 20], cap, None).unwrap() else { panic!("it answered") };
    assert_eq!(outcome.how, How::Limit(LimitKind::Wall));
}

#[test]
fn a_party_may_die_at_any_time() {
    check_end("raise SystemExit(5)", AMPLE, &How::Exit(5));
    check_end("receive(); os._exit(6)", AMPLE, &How::Exit(6));
    check_end("receive(); os.kill(os.getpid(), 11)", AMPLE, &How::Signal(11));
    check_end("receive(); os.write(4, b'\\x05\\0\\0\\0\\0abc'); os._exit(7)", AMPLE, &How::Exit(7));
}

#[test]
fn an_answer_before_death_counts() {
    for _ in 0..20 {
        let mut party = open(&guest("receive(); send(0, b'last'); os._exit(3)"));
        assert_eq!(answer(&mut *party, b"?", no_calls()), b"last");
        assert_eq!(ended(&mut *party, AMPLE, no_calls()).how, How::Exit(3));
    }
}

#[test]
fn breaches_of_the_protocol_are_violations() {
    check_violation("receive(); send(1, b'')", "call where none is allowed");
    check_violation("receive(); send(1, b''); receive()", "call where none is allowed");
    check_violation("receive(); send(7, b''); receive()", "frame of unknown kind 7");
    check_violation("receive(); send(7, b'')", "frame of unknown kind 7");
}

#[test]
fn an_oversized_frame_is_refused_by_its_header() {
    let limits = Limits { frame_bytes: 1000, ..ample() };
    let at_cap = "receive(); send(0, b'x' * 1000); receive(); send(0, b'x' * 1001); receive()";
    let mut party = open(&Job { limits, ..guest(at_cap) });
    assert_eq!(answer(&mut *party, b"?", no_calls()).len(), 1000);
    let outcome = ended(&mut *party, AMPLE, no_calls());
    assert_eq!(outcome.how, How::Violation("frame of 1001 bytes, the cap is 1000".to_owned()));
    let mut party = open(&guest("receive(); os.write(4, b'\\xff\\xff\\xff\\xff\\0'); receive()"));
    assert!(matches!(ended(&mut *party, AMPLE, no_calls()).how, How::Violation(_)));
}

#[test]
fn an_unsolicited_frame_is_a_violation() {
    let how = How::Violation("frame that nobody asked for".to_owned());
    let two_at_once = "receive(); os.write(4, b'\\1\\0\\0\\0\\0a\\1\\0\\0\\0\\0b'); receive()";
    let mut party = open(&guest(two_at_once));
    assert_eq!(answer(&mut *party, b"?", no_calls()), b"a");
    assert_eq!(ended(&mut *party, AMPLE, no_calls()).how, how);

    let mut party = open(&guest(two_at_once));
    assert_eq!(answer(&mut *party, b"?", no_calls()), b"a");
    assert_eq!(party.close().unwrap().how, how);
}

#[test]
fn a_party_prints_as_it_likes() {
    let program = "
import sys
while True:
    receive()
    print('x' * 300_000, flush=True)
    print('oops', file=sys.stderr, flush=True)
    send(0, repr(sys.stdin.read()).encode())
";
    let mut party = open(&Job { stdin: b"ignored".to_vec(), ..guest(program) });
    assert_eq!(answer(&mut *party, b"?", no_calls()), b"''");
    let outcome = party.close().unwrap();
    assert_eq!((outcome.stdout.total, stderr(&outcome).as_str()), (300_001, "oops\n"));
}

#[test]
fn a_party_that_floods_is_ended() {
    let limits = Limits { output_bytes: 100_000, ..ample() };
    let mut party = open(&Job { limits, ..guest("receive()\nwhile True: print('x' * 1000)") });
    assert_eq!(ended(&mut *party, AMPLE, no_calls()).how, How::Limit(LimitKind::Output));
}

#[test]
fn only_streams_and_channel_are_open_in_a_party() {
    let program = "
def is_open(fd):
    try: os.fstat(fd)
    except OSError: return False
    return True
receive(); send(0, repr([fd for fd in range(128) if is_open(fd)]).encode())";
    let _other = open(&guest(ECHO));
    let mut party = open(&guest(program));
    assert_eq!(answer(&mut *party, b"?", no_calls()), b"[0, 1, 2, 3, 4]");
}

#[test]
fn no_process_outlives_close_or_drop() {
    let program = "
import time
receive()
if os.fork() == 0:
    os.setsid()
    print(os.getpid(), flush=True)
    send(0, b'%d' % os.getpid())
    time.sleep(1000)
time.sleep(1000)
";
    let mut party = open(&guest(program));
    let pid = String::from_utf8(answer(&mut *party, b"?", no_calls())).unwrap();
    assert!(is_alive(&pid));
    assert_eq!(stdout(&party.close().unwrap()).trim(), pid);
    assert!(!is_alive(&pid));

    let mut party = open(&guest(program));
    let pid = String::from_utf8(answer(&mut *party, b"?", no_calls())).unwrap();
    drop(party);
    assert!(!is_alive(&pid));
}

#[test]
fn a_program_that_is_no_guest_just_ends() {
    let mut party = open(&job("print('hello')"));
    let outcome = ended(&mut *party, AMPLE, no_calls());
    assert_eq!((outcome.how.clone(), stdout(&outcome).as_str()), (How::Exit(0), "hello\n"));
}

#[test]
fn a_party_outlives_its_worker() {
    let mut worker = worker();
    let mut party = worker.open(&guest(ECHO)).unwrap();
    drop(worker);
    assert_eq!(answer(&mut *party, b"x", no_calls()), b"0:x");
}

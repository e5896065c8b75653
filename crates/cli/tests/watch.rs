//! `mend watch`: a run that goes on as another process sees it, and pauses.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests share it")]
mod common;

use common::{Lab, assert_same, starter_functions};
use mend_loopback::{Behaviour, Fault, Seen, Server};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const RUN: &str = "run --dataset some.jsonl --model openai-api/lab/sim/journeyman --n-p 3 --n-f 1 --max-tokens 512 \
                   --completions-per-request 1 --max-connections 2 --allow-unsafe --no-html";

/// A server whose first answers come at once, and whose others take a while until it is told to hurry.
struct Slow {
    server: Server,
    hurry: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Slow {
    fn start() -> Self {
        let (hurry, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let script = {
            let (hurry, asked) = (Arc::clone(&hurry), Arc::clone(&asked));
            move |_: &Seen| {
                let is_early = asked.fetch_add(1, Ordering::SeqCst) < 4;
                let is_slow = !is_early && !hurry.load(Ordering::SeqCst);
                is_slow.then_some(Fault::Slow(Duration::from_millis(400)))
            }
        };
        let problems = mend_dataset::starter().unwrap().problems;
        let behaviour = Behaviour { script: Some(Arc::new(script)), ..Behaviour::default() };
        Self { server: Server::start(&problems, behaviour).unwrap(), hurry, asked }
    }

    fn spawn(&self, lab: &Lab, line: &str) -> Child {
        lab.spawn_with(line, &[("LAB_BASE_URL", &self.server.openai_url()), ("LAB_API_KEY", "sk-x")])
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(8));
    lab
}

/// Waits until something is there. Ends the test if it never comes.
#[track_caller]
fn wait_for<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    for _ in 0..6000 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what} did not come");
}

fn once(lab: &Lab, run: &str) -> Value {
    serde_json::from_str(&lab.ended(0, &format!("watch {run} --once --json")).stdout).unwrap()
}

#[test]
fn a_run_is_watched_paused_and_goes_on_to_the_same_bytes() {
    let (lab, slow) = (lab(), Slow::start());
    let mut child = slow.spawn(&lab, &format!("{RUN} --budget-tokens 900000 --status now.json --out run"));
    wait_for("an answer", || (slow.asked() > 4 && lab.path("run/status.json").exists()).then_some(()));

    let paused = lab.ended(0, "watch run --pause").stdout;
    assert!(paused.contains("run-[ID]: paused") || paused.contains(": paused\n"), "{paused}");
    assert!(paused.contains("not before somebody lets it go on"), "{paused}");
    let asked = slow.asked();
    let seen = once(&lab, "run");
    assert_eq!((seen["state"].as_str(), seen["requests"]["in_flight"].as_u64()), (Some("paused"), Some(0)));
    assert_eq!(seen["problems"]["all"], 8);
    assert_eq!(seen["requests"]["answered"].as_u64().unwrap() as usize, asked, "what was in flight came home");
    assert_eq!(seen["budgets"][0]["limit"], 900_000.0);
    assert_eq!(seen["budgets"][0]["spent"], seen["spent"]["tokens"].as_f64().unwrap());
    let of_seats = seen["seats"].as_array().unwrap().iter().map(|seat| seat["tokens"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(of_seats, seen["spent"]["tokens"].as_u64().unwrap());
    // The file that `--status` names says the same.
    assert_eq!(once(&lab, "now.json")["state"], "paused");
    assert_eq!(slow.asked(), asked, "nothing leaves during a pause");

    slow.hurry.store(true, Ordering::SeqCst);
    let going = lab.ended(0, "watch now.json --resume --json").stdout;
    let going: Value = serde_json::from_str(&going).unwrap();
    assert!(["running", "complete"].contains(&going["state"].as_str().unwrap()), "{going}");
    // Elsewhere than on a terminal whoever watches gets lines until the end.
    let told = lab.ended(0, "watch run --every 0.1").stdout;
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(told.contains(": complete\n") && told.contains("8 of 8"), "{told}");
    assert!(!lab.path("run/status.json").exists() && !lab.path("run/pause").exists(), "only a live run has these");
    assert_eq!(once(&lab, "now.json")["state"], "complete");
    assert_eq!(once(&lab, "run")["state"], "complete", "a run without a status is shown by its journal");
    assert!(lab.ended(2, "watch run --pause").stderr.contains("nothing to pause"));

    let mut plain = slow.spawn(&lab, &format!("{RUN} --budget-tokens 900000 --no-status --out plain"));
    assert_eq!(plain.wait().unwrap().code(), Some(0));
    assert_same(&lab.tables("run"), &lab.tables("plain"));
}

#[test]
fn a_run_that_was_killed_in_a_pause_has_died_and_goes_on_without_the_pause() {
    let (lab, slow) = (lab(), Slow::start());
    let mut child = slow.spawn(&lab, &format!("{RUN} --status live.sock --out run"));
    wait_for("a socket", || (slow.asked() > 4).then(|| UnixStream::connect(lab.path("live.sock")).ok()).flatten());
    // A socket shows a line at once, and then one each time; it takes `pause`.
    let mut stream = UnixStream::connect(lab.path("live.sock")).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["state"], "running");
    stream.write_all(b"pouse\n").unwrap();
    let error = (0..100).map(|_| next()).find(|line| line["error"].is_string()).unwrap();
    assert_eq!(error["error"], "expected `pause` or `resume`");
    stream.write_all(b"pause\n").unwrap();
    assert!((0..1000).map(|_| next()).any(|line| line["state"] == "paused"));
    let shown = lab.ended(0, "watch live.sock --once").stdout;
    assert!(shown.contains(": paused\n"), "{shown}");

    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    child.wait().unwrap();
    let died = once(&lab, "run");
    assert_eq!(died["state"], "died");
    assert!(died["session"]["pid"].is_u64() && died["session"]["eta"].is_null());
    let shown = lab.ended(0, "watch run").stdout;
    assert!(shown.contains(": died\n") && shown.contains("it was last heard of"), "{shown}");
    assert!(lab.ended(2, "watch live.sock").stderr.contains("nobody listens"));
    assert!(lab.path("run/pause").exists());

    slow.hurry.store(true, Ordering::SeqCst);
    let mut child = slow.spawn(&lab, "resume run --no-html --status live.sock");
    assert_eq!(child.wait().unwrap().code(), Some(0), "nobody ends the pause, and it is over");
    assert!(!lab.path("live.sock").exists());
    assert_eq!(once(&lab, "run")["state"], "complete");
}

#[test]
fn what_cannot_be_watched_is_said() {
    let lab = lab();
    lab.write("other.json", "{\"format\":7}");
    lab.write("empty/file.txt", "");
    for (line, said) in [
        ("watch nowhere", "cannot read `nowhere`"),
        ("watch empty", "holds no manifest.json"),
        ("watch other.json", "it has format 7, and this mend reads 1"),
        ("watch some.jsonl", "holds no status of a run"),
        ("watch unix:no.sock", "nobody listens at `no.sock`"),
        ("watch nowhere --pause --resume", "cannot be used with"),
    ] {
        let told = lab.ended(2, line).stderr;
        assert!(told.contains(said), "{line}: {told}");
    }
    let sim = "run --dataset some.jsonl --model sim/journeyman --strategy iid --n-p 1 --max-tokens 512 --no-html";
    lab.ended(5, &format!("{sim} --budget-tokens 1 --out stopped"));
    let stopped = once(&lab, "stopped");
    assert_eq!((stopped["state"].as_str(), stopped["session"].is_null()), (Some("stopped"), true));
    assert!(stopped["why"].as_str().unwrap().contains("budget"), "{stopped}");
    let told = lab.ended(2, &format!("{sim} --status nowhere/now.json --out not")).stderr;
    assert!(told.contains("cannot write the status to `nowhere/now.json`"), "{told}");
    lab.write("taken.sock", "");
    let told = lab.ended(2, &format!("{sim} --status taken.sock --out neither")).stderr;
    assert!(told.contains("cannot listen at `taken.sock`"), "{told}");
}

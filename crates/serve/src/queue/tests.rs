use super::*;
use mend_core::{Integrity, JudgeLimits, TestsMode};
use mend_judge::JudgeOptions;
use mend_sandbox::{Captured, Engine, How, Identity, Level, Outcome, Party, Program, SandboxError, Used, Worker};
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Runs nothing: it notes the program, and waits until somebody lets it go on, or stops it.
struct Gate {
    identity: Identity,
    seen: Arc<Mutex<Vec<String>>>,
    go: Mutex<Option<Receiver<()>>>,
}

struct GateWorker {
    seen: Arc<Mutex<Vec<String>>>,
    go: Receiver<()>,
    stop: Stop,
}

impl Engine for Gate {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn worker(&self) -> Result<Box<dyn Worker>, SandboxError> {
        let go = self.go.lock().unwrap().take().unwrap();
        Ok(Box::new(GateWorker { seen: Arc::clone(&self.seen), go, stop: Stop::default() }))
    }
}

impl Worker for GateWorker {
    fn run(&mut self, job: &Job) -> Result<Outcome, SandboxError> {
        let Program::Foreign(program) = &job.program else { unreachable!("only programs run here") };
        self.seen.lock().unwrap().push(String::from_utf8_lossy(program).into_owned());
        while self.go.recv_timeout(Duration::from_millis(5)).is_err() {
            if self.stop.is_set() {
                return Err(SandboxError::Stopped);
            }
        }
        let captured = Captured::default();
        Ok(Outcome { how: How::Exit(0), stdout: captured.clone(), stderr: captured, used: Used::default() })
    }

    fn open(&mut self, _: &Job) -> Result<Box<dyn Party>, SandboxError> {
        unreachable!("only programs run here")
    }

    fn heed(&mut self, stop: &Stop) {
        self.stop = stop.clone();
    }
}

/// A queue over one worker that goes on when it is told to.
fn gated(most: usize) -> (Arc<Queue>, Sender<()>, Arc<Mutex<Vec<String>>>) {
    let (sender, receiver) = channel();
    let identity = Identity {
        engine: "gate".to_owned(),
        level: Level::L3,
        missing: Vec::new(),
        interpreter: "none".to_owned(),
        executable: "/nonexistent".into(),
        recipe: [0; 32],
    };
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let engine = Gate { identity, seen: Arc::clone(&seen), go: Mutex::new(Some(receiver)) };
    let options = JudgeOptions {
        limits: JudgeLimits { cpu_ms: 1000, memory_bytes: 1 << 20, output_bytes: 1 << 20 },
        tests: TestsMode::All,
        require: Integrity::Cooperative,
        workers: NonZeroUsize::MIN,
    };
    let judge = Arc::new(SandboxJudge::start(&engine, options).unwrap());
    (Queue::new(judge, 1, most, Arc::default()), sender, seen)
}

fn work(name: &str) -> Work {
    Work::Run(Box::new(Job { program: name.into(), ..Job::default() }), Stop::default())
}

/// Hands in programs, each named after its client.
#[track_caller]
fn push(queue: &Arc<Queue>, names: &[&str]) -> Vec<Ticket> {
    let one = |name: &&str| queue.push(&Arc::from(&name[..1]), work(name)).map_err(|(why, _)| why).unwrap();
    names.iter().map(one).collect()
}

fn is_full(queue: &Arc<Queue>, name: &str) -> bool {
    matches!(queue.push(&Arc::from(&name[..1]), work(name)), Err((NoPlace::Full { .. }, _)))
}

async fn answered(tickets: Vec<Ticket>) {
    for ticket in tickets {
        assert!(matches!(ticket.answer().await, Some(Answer::Ran(Ok(_)))));
    }
}

#[tokio::test]
async fn clients_take_turns() {
    let (queue, go, seen) = gated(100);
    let tickets = push(&queue, &["a0", "a1", "a2", "a3", "b0", "b1", "c0"]);
    assert_eq!(queue.counts(), (6, 1));
    (0..tickets.len()).for_each(|_| go.send(()).unwrap());
    answered(tickets).await;
    assert_eq!(*seen.lock().unwrap(), ["a0", "a1", "b0", "c0", "a2", "b1", "a3"]);
    queue.emptied().await;
}

#[tokio::test]
async fn whoever_goes_frees_what_waits_and_what_runs() {
    let (queue, go, seen) = gated(100);
    let mut tickets = push(&queue, &["a0", "a1", "b0"]);
    drop(tickets.remove(1));
    assert_eq!(queue.counts(), (1, 1));
    // It is at work, and stops without being let go on.
    drop(tickets.remove(0));
    while !seen.lock().unwrap().contains(&"b0".to_owned()) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // Sent before, it could let the first one go on, and nothing would be left for this one.
    go.send(()).unwrap();
    answered(tickets).await;
    queue.emptied().await;
    assert!(!seen.lock().unwrap().contains(&"a1".to_owned()));
    let text = queue.counters.text(0, 0, 0);
    for when in ["waiting", "running"] {
        assert!(text.contains(&format!("mend_serve_dropped_total{{when=\"{when}\"}} 1")), "{text}");
    }
}

#[tokio::test]
async fn no_client_takes_all_places() {
    let (queue, go, _) = gated(4);
    let tickets = push(&queue, &["a0", "a1", "a2", "a3"]);
    assert!(is_full(&queue, "a4"), "three of four places are one client's");
    let more = push(&queue, &["b0"]);
    assert!(is_full(&queue, "b1"), "and four are all");
    (0..5).for_each(|_| go.send(()).unwrap());
    answered(tickets).await;
    answered(more).await;
}

#[tokio::test]
async fn who_is_patient_gets_the_next_place() {
    let (queue, go, _) = gated(1);
    let tickets = push(&queue, &["a0", "a1"]);
    let later = {
        let queue = Arc::clone(&queue);
        tokio::spawn(async move { queue.push_patiently(&Arc::from("b"), work("b0")).await.unwrap().answer().await })
    };
    (0..3).for_each(|_| go.send(()).unwrap());
    answered(tickets).await;
    assert!(matches!(later.await.unwrap(), Some(Answer::Ran(Ok(_)))));
}

#[tokio::test]
async fn the_end_takes_nothing_new_and_leaves_nobody_waiting() {
    let (queue, _go, _) = gated(10);
    let mut tickets = push(&queue, &["a0", "a1"]);
    queue.close();
    assert!(matches!(queue.push(&Arc::from("a"), work("a2")), Err((NoPlace::Closed, _))));
    assert!(matches!(queue.push_patiently(&Arc::from("a"), work("a2")).await, Err(NoPlace::Closed)));
    queue.abandon();
    assert!(tickets.remove(1).answer().await.is_none());
    let running = tickets.remove(0).answer().await;
    assert!(matches!(running, Some(Answer::Ran(Err(JudgeError::Sandbox(SandboxError::Stopped))))));
    queue.emptied().await;
}

use super::*;
use crate::{Message, Profile, SimulatedProgrammer, Speaker};
use mend_core::{ProblemId, Sampling, Seat, Tokens};
use std::sync::atomic::{AtomicU32, Ordering};

/// A model that counts how often it is asked, and whose answers cost something.
struct Counted(SimulatedProgrammer, Arc<AtomicU32>);

#[async_trait::async_trait]
impl Model for Counted {
    fn identity(&self) -> ModelIdentity {
        self.0.identity()
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.complete(request).await
    }

    fn worst_case(&self, request: &Request) -> Cost {
        self.0.worst_case(request)
    }

    fn is_free(&self) -> bool {
        false
    }
}

fn request(seed: u64, slots: &[&str]) -> Request {
    Request {
        problem: ProblemId::new("a/1"),
        problem_digest: Digest::of(b""),
        replicate: 0,
        seed,
        seat: Seat::CODER,
        slots: slots.iter().map(|slot| slot.parse().unwrap()).collect(),
        messages: vec![Message { speaker: Speaker::User, content: "write f".to_owned() }],
        program: None,
        first: 0,
        sampling: Sampling::new(0.8, Tokens(100)),
    }
}

struct Fixture {
    dir: tempfile::TempDir,
    asked: Arc<AtomicU32>,
}

impl Fixture {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), asked: Arc::default() }
    }

    fn cache(&self, reuses: bool) -> Cache {
        Cache::open(&self.dir.path().join("c.db"), reuses).unwrap()
    }

    /// Asks through the cache; returns the answer and how often the model itself was asked for it.
    fn ask(&self, reuses: bool, request: &Request) -> (Answer, u32) {
        let programmer = SimulatedProgrammer::new(Profile::named("journeyman").unwrap(), &[]);
        let model = self.cache(reuses).model(Arc::new(Counted(programmer, Arc::clone(&self.asked))));
        let before = self.asked.load(Ordering::Relaxed);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = runtime.block_on(model.complete(request)).unwrap();
        (answer, self.asked.load(Ordering::Relaxed) - before)
    }
}

#[test]
fn a_completion_is_bought_once_for_a_seed_and_costs_nothing_after_that() {
    let fixture = Fixture::new();
    let (bought, asked) = fixture.ask(false, &request(1, &["p0", "p1"]));
    assert_eq!((asked, bought.cost.is_some_and(Cost::is_zero)), (1, false));
    let (found, asked) = fixture.ask(false, &request(1, &["p0", "p1"]));
    assert_eq!((asked, found.cost), (0, Some(Cost::ZERO)));
    assert_eq!(found.completions, bought.completions, "with the usage with which they were bought");
    let (partly, asked) = fixture.ask(false, &request(1, &["p1", "p2"]));
    assert_eq!((asked, partly.completions.len()), (0, 1), "what is missing is asked for on its own");
}

#[test]
fn another_seed_finds_nothing_unless_it_reuses() {
    let fixture = Fixture::new();
    let (first, _) = fixture.ask(false, &request(1, &["p0"]));
    assert_eq!(fixture.ask(false, &request(2, &["p0"])).1, 1);
    let (reused, asked) = fixture.ask(true, &request(3, &["p0"]));
    assert_eq!((asked, &reused.completions), (0, &first.completions));
    let mut other = request(3, &["p0"]);
    other.sampling.temperature = 0.2;
    assert_eq!(fixture.ask(true, &other).1, 1, "another temperature is another question");
    let entries = fixture.cache(false).list().unwrap();
    assert_eq!((entries.len(), entries[0].completions, entries[0].seeds), (1, 3, 3));
    assert_eq!(fixture.cache(false).prune(Duration::ZERO, Some("sim/other")).unwrap(), 0);
    assert_eq!(fixture.cache(false).prune(Duration::ZERO, None).unwrap(), 3);
}

#[test]
fn a_file_that_is_no_cache_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.db");
    std::fs::write(&path, "not a database at all, and long enough to see that").unwrap();
    let error = Cache::open(&path, false).unwrap_err().to_string();
    assert!(error.ends_with("file is not a database"), "{error}");
    let other = dir.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let error = Cache::open(&other, false).unwrap_err().to_string();
    assert!(error.ends_with("this database is not a cache of completions"), "{error}");
}

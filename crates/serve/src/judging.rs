//! From a request that was read to its answer: the same steps as a saved sample takes in a run.

use crate::answer::{ByWord, CauseWord, JudgeResponse, Known, UnscoredAnswer, answer};
use crate::queue::{Answer, NoPlace, Queue, Ticket, Work};
use crate::refusal::Refusal;
use crate::request::Asked;
use crate::service::Service;
use mend_core::{Digest, ExtractionRule, Integrity, JudgeLimits, Problem, Status, TestsMode, Used, Verdict};
use mend_judge::{JudgeError, Judgement, Task, Terms};
use mend_repair::{Extracted, extract};
use mend_sandbox::{SandboxError, Stop};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Texts that are this long are looked through on a thread of their own, so that others need not wait for it.
const LONG: usize = 64 << 10;

/// What is known of problems' own references: whether the engine supports them. One fact for each problem of a data set.
#[derive(Default)]
pub(crate) struct References(Mutex<HashMap<(Digest, u64, u64), bool>>);

/// A request whose program was found.
pub(crate) struct Prepared {
    asked: Asked,
    extracted: Option<Extracted>,
}

/// Finds the program.
pub(crate) async fn prepare(asked: Asked) -> Prepared {
    let find = |asked: Asked| {
        let extracted = extract(&asked.completion, &asked.problem, asked.extraction);
        Prepared { asked, extracted }
    };
    let length = asked.completion.text.body().map_or(0, |text| text.len());
    if length < LONG {
        return find(asked);
    }
    match tokio::task::spawn_blocking(move || find(asked)).await {
        Ok(prepared) => prepared,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

impl Prepared {
    /// What the judge is handed; else what is known without it.
    fn work(&self, service: &Service) -> Result<Work, Box<Known>> {
        let Asked { problem, limits, tests, .. } = &self.asked;
        let Some(extracted) = &self.extracted else {
            return Err(Box::new(Known::Judged(Verdict::without_run(Status::NoCode), Used::default())));
        };
        if problem.integrity == Integrity::Cooperative && service.config.require == Integrity::Isolated {
            return Err(Box::new(Known::Unscored(UnscoredAnswer::integrity())));
        }
        Ok(judgement(problem, &extracted.program, extracted.rule, (*limits, *tests)))
    }

    /// Hands it in, at once or not at all.
    pub(crate) async fn judge(self, service: &Arc<Service>, client: &Arc<str>) -> Result<JudgeResponse, Refusal> {
        let ticket = match self.work(service) {
            Err(known) => return Ok(self.answer(service, *known)),
            Ok(work) => service.queue.push(client, work).map_err(|(why, _)| refusal(why))?,
        };
        self.judged(service, client, ticket).await
    }

    /// Hands it in once there is room for it.
    pub(crate) async fn judge_patiently(
        self,
        service: &Arc<Service>,
        client: &Arc<str>,
    ) -> Result<JudgeResponse, Refusal> {
        let ticket = match self.work(service) {
            Err(known) => return Ok(self.answer(service, *known)),
            Ok(work) => service.queue.push_patiently(client, work).await.map_err(refusal)?,
        };
        self.judged(service, client, ticket).await
    }

    async fn judged(self, service: &Arc<Service>, client: &Arc<str>, ticket: Ticket) -> Result<JudgeResponse, Refusal> {
        let known = match verdict(ticket).await? {
            Ok(Judgement { verdict, used }) => Known::Judged(verdict, used),
            Err(error) => {
                let mut unscored = UnscoredAnswer::of(&error);
                if unscored.by == ByWord::Candidate && !self.is_supported(service, client).await? {
                    unscored.by = ByWord::Problem;
                }
                if unscored.cause == CauseWord::Sandbox {
                    tracing::warn!(%error, "a program could not be judged");
                }
                Known::Unscored(unscored)
            }
        };
        Ok(self.answer(service, known))
    }

    /// Whether the problem's own reference can be judged: else no candidate is to blame. It is looked at once.
    async fn is_supported(&self, service: &Arc<Service>, client: &Arc<str>) -> Result<bool, Refusal> {
        let Asked { problem, limits, .. } = &self.asked;
        let Some(reference) = &problem.reference else { return Ok(true) };
        let key = (problem.digest, limits.cpu_ms, limits.memory_bytes);
        let known =
            |service: &Service| service.references.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        if let Some(known) = known(service) {
            return Ok(known);
        }
        let work = judgement(problem, reference, ExtractionRule::Whole, (*limits, TestsMode::All));
        let ticket = service.queue.push_patiently(client, work).await.map_err(refusal)?;
        let is_supported = match verdict(ticket).await? {
            Ok(_) => true,
            Err(JudgeError::Unsupported { .. } | JudgeError::Unproven { .. } | JudgeError::BrokenTest { .. }) => false,
            // Ours: nothing is known.
            Err(JudgeError::Sandbox(_) | JudgeError::Gone) => return Ok(true),
        };
        service.references.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, is_supported);
        Ok(is_supported)
    }

    fn answer(self, service: &Service, known: Known) -> JudgeResponse {
        match &known {
            Known::Judged(verdict, _) => service.counters.judged(verdict.status),
            Known::Unscored(unscored) => service.counters.verdict(unscored.cause.into()),
        }
        let Asked { id, problem, terms, .. } = self.asked;
        answer(id, &problem, self.extracted.as_ref(), known, terms, service.judge.engines())
    }
}

fn judgement(
    problem: &Arc<Problem>,
    program: &Arc<str>,
    rule: ExtractionRule,
    (limits, tests): (JudgeLimits, TestsMode),
) -> Work {
    let task = Task { problem: Arc::clone(problem), program: Arc::clone(program), rule };
    Work::Judge(task, Terms { limits, tests, stop: Stop::default() })
}

async fn verdict(ticket: Ticket) -> Result<Result<Judgement, JudgeError>, Refusal> {
    match ticket.answer().await {
        // Whoever still waits did not stop it: the service did.
        Some(Answer::Judged(Err(JudgeError::Sandbox(SandboxError::Stopped)))) | None => Err(Refusal::shutting_down()),
        Some(Answer::Judged(result)) => Ok(result),
        Some(Answer::Ran(_)) => Ok(Err(JudgeError::Gone)),
    }
}

/// What the answer says to a client that finds no place.
pub(crate) fn refusal(why: NoPlace) -> Refusal {
    match why {
        NoPlace::Full { retry_after, why } => Refusal::queue_full(&why, retry_after),
        NoPlace::Closed => Refusal::shutting_down(),
    }
}

/// Runs a program as it stands, and waits for its end.
pub(crate) async fn run(
    queue: &Arc<Queue>,
    client: &Arc<str>,
    job: mend_sandbox::Job,
) -> Result<Result<mend_judge::Ran, JudgeError>, Refusal> {
    let work = Work::Run(Box::new(job), Stop::default());
    let ticket = queue.push(client, work).map_err(|(why, _)| refusal(why))?;
    match ticket.answer().await {
        Some(Answer::Ran(Err(JudgeError::Sandbox(SandboxError::Stopped)))) | None => Err(Refusal::shutting_down()),
        Some(Answer::Ran(result)) => Ok(result),
        Some(Answer::Judged(_)) => Ok(Err(JudgeError::Gone)),
    }
}

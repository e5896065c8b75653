//! A stage with the real judge and answers of a rule: for scripts that look into the running program.

use mend_core::{Completion, Digest, Integrity, JudgeLimits, Problem, Slot, TestsMode};
use mend_judge::{Judge as _, JudgeError, JudgeOptions, Judgement, Look, SandboxJudge, Seen, Task};
use mend_repair::{Ask, Stage};
use mend_sandbox::{ProcessEngine, ProcessOptions};
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::mpsc;

const OPTIONS: JudgeOptions = JudgeOptions {
    limits: JudgeLimits { cpu_ms: 10_000, memory_bytes: 1 << 30, output_bytes: 1 << 20 },
    tests: TestsMode::All,
    require: Integrity::Cooperative,
    workers: NonZeroUsize::new(1).unwrap(),
};

type Rule<'r> = Box<dyn FnMut(&Slot) -> Option<Completion> + 'r>;

/// Answers by a rule, verdicts from the sandbox. A program that was judged before has the verdict that it had.
pub(crate) struct Sandboxed<'r> {
    rule: Rule<'r>,
    judge: SandboxJudge,
    known: HashMap<(Digest, String), Judgement>,
}

impl<'r> Sandboxed<'r> {
    pub(crate) fn new(rule: impl FnMut(&Slot) -> Option<Completion> + 'r) -> Self {
        let engine = ProcessEngine::new(ProcessOptions::default()).unwrap();
        let judge = SandboxJudge::start(&engine, OPTIONS).unwrap();
        Self { rule: Box::new(rule), judge, known: HashMap::new() }
    }
}

impl Stage for Sandboxed<'_> {
    fn answer(&mut self, _: &Ask, slot: &Slot, _: &Problem) -> Result<Option<Completion>, String> {
        Ok((self.rule)(slot))
    }

    fn judge(&mut self, task: Task) -> Result<Judgement, JudgeError> {
        let key = (task.problem.digest, task.program.to_string());
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let (sender, receiver) = mpsc::channel();
        self.judge.submit(task, Box::new(move |result| drop(sender.send(result))));
        let judgement = receiver.recv().unwrap_or(Err(JudgeError::Gone))?;
        self.known.insert(key, judgement.clone());
        Ok(judgement)
    }

    fn look(&mut self, _: &Slot, look: Look) -> Result<Seen, JudgeError> {
        let (sender, receiver) = mpsc::channel();
        self.judge.look(look, Box::new(move |result| drop(sender.send(result))));
        receiver.recv().unwrap_or(Err(JudgeError::Gone))
    }
}

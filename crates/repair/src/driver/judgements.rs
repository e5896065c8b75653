//! Judgements: from a completion to the verdict on its program, or to what else a strategy wants to know of it.

use super::{Driver, RunError, Spot};
use crate::extract::extract;
use crate::judging::{event_of, task};
use crate::reading::{read, screen};
use crate::script::{Act, Ask, tests_of};
use mend_core::{
    Candidate, Digest, Event, Literal, Problem, RunOutcome, Slot, Status, SuiteVerdict, Test, TestSuite, Used, Verdict,
};
use mend_judge::{JudgeError, Judgement, Task};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Something that a program is run for beside the verdict on it.
pub(super) enum Execution {
    /// What tests of a node say of it.
    Test {
        /// The program.
        slot: Slot,
        /// The node that holds the tests.
        tests: Slot,
    },
    /// What it does with inputs, one after the other.
    Run {
        /// The program.
        slot: Slot,
        inputs: Arc<[String]>,
        /// Their digest.
        given: Digest,
        /// What it did with the first of them.
        outcomes: Vec<RunOutcome>,
        used: Used,
    },
}

impl Execution {
    /// The execution that an act is; else what it asks.
    pub(super) fn of(act: Act) -> Result<Self, Box<Ask>> {
        match act {
            Act::Ask(ask) => Err(Box::new(ask)),
            Act::Test { slot, tests } => Ok(Self::Test { slot, tests }),
            Act::Run { slot, inputs, given } => {
                Ok(Self::Run { slot, inputs, given, outcomes: Vec::new(), used: Used::default() })
            }
        }
    }

    fn slot(&self) -> &Slot {
        match self {
            Self::Test { slot, .. } | Self::Run { slot, .. } => slot,
        }
    }
}

/// What somebody sent to the judge.
enum Parcel {
    /// A completion, with the program that was found in it.
    Program { position: usize, slot: Slot, candidate: Option<Candidate> },
    /// An execution.
    Execution { spot: Spot, execution: Execution },
}

/// What came back from the judge.
pub(super) struct Judged {
    parcel: Parcel,
    result: Result<Judgement, JudgeError>,
}

impl Driver<'_> {
    /// Hands what waits to the judge, as much as it takes.
    pub(super) fn judge(&mut self) {
        while self.judging < self.plan.judging.get() {
            if let Some((position, slot)) = self.judgements.pop_first() {
                self.judge_program(position, slot);
            } else if let Some((spot, execution)) = self.executions.pop_first() {
                self.execute(spot, execution);
            } else {
                break;
            }
        }
    }

    fn judge_program(&mut self, position: usize, slot: Slot) {
        let completion = self.tree(position).node(&slot).and_then(|node| node.completion.as_ref());
        let problem = self.problem(position);
        let extracted = completion.and_then(|completion| extract(completion, problem, self.plan.extraction));
        let candidate = extracted.map(|extracted| extracted.candidate());
        let task = candidate.as_ref().and_then(|candidate| task(problem, candidate));
        self.submit(task, Parcel::Program { position, slot, candidate });
    }

    /// Runs a program on tests that are not its problem's own.
    fn execute(&mut self, spot: Spot, execution: Execution) {
        let tree = self.tree(spot.0);
        let candidate = tree.node(execution.slot()).and_then(|node| node.candidate.as_ref());
        let hidden = match &execution {
            Execution::Test { tests, .. } => tree.node(tests).and_then(tests_of).unwrap_or_default().to_vec(),
            Execution::Run { inputs, outcomes, .. } => {
                inputs.get(outcomes.len()).map(|input| trial(self.problem(spot.0), input)).into_iter().collect()
            }
        };
        let task = candidate.filter(|_| !hidden.is_empty()).and_then(|candidate| {
            let tests = TestSuite { public: Vec::new(), hidden };
            let problem = Problem { tests, ..Problem::clone(self.problem(spot.0)) };
            task(&Arc::new(problem.with_digest()), candidate)
        });
        self.submit(task, Parcel::Execution { spot, execution });
    }

    /// Without a task there is no program to judge; the verdict comes home like any other.
    fn submit(&mut self, task: Option<Task>, parcel: Parcel) {
        self.judging += 1;
        let mut home = Homing { sender: self.judged_sender.clone(), parcel: Some(parcel) };
        match task {
            Some(task) => self.judge.submit(task, Box::new(move |result| home.send(result))),
            None => home.send(Ok(Judgement { verdict: Verdict::without_run(Status::NoCode), used: Used::default() })),
        }
    }

    /// Learns what the judge found.
    pub(super) fn judged(&mut self, judged: Judged) -> Result<(), RunError> {
        self.judging -= 1;
        let Judged { parcel, result } = judged;
        let (position, event) = match parcel {
            Parcel::Program { position, slot, candidate } => (position, Some(event_of(slot, candidate, result)?)),
            Parcel::Execution { spot, execution } => (spot.0, self.executed(spot, execution, result)?),
        };
        let Some(event) = event else { return Ok(()) };
        self.trees[position].in_flight -= 1;
        self.learn(position, event)?;
        self.look(position)
    }

    /// What an execution tells; `None` if it goes on with its next input.
    fn executed(
        &mut self,
        spot: Spot,
        execution: Execution,
        result: Result<Judgement, JudgeError>,
    ) -> Result<Option<Event>, RunError> {
        let (verdict, spent) = match result {
            Ok(Judgement { verdict, used }) => (verdict, used),
            // Tests that a model wrote may be such that they judge nobody: that is theirs, and the run goes on.
            Err(JudgeError::Unsupported { .. } | JudgeError::BrokenTest { .. } | JudgeError::Unproven { .. }) => {
                (Verdict::without_run(Status::Unsupported), Used::default())
            }
            Err(error) => return Err(error.into()),
        };
        match execution {
            Execution::Test { slot, tests } => {
                let total = self.tree(spot.0).node(&tests).and_then(tests_of).map_or(0, <[Test]>::len) as u32;
                let nothing = SuiteVerdict { status: verdict.status, tests: Vec::new(), total };
                let verdict = verdict.hidden.unwrap_or(nothing);
                Ok(Some(Event::Tested { slot, tests, verdict, used: spent }))
            }
            Execution::Run { slot, inputs, given, mut outcomes, mut used } => {
                used = used.and(spent);
                if outcomes.len() < inputs.len() {
                    outcomes.push(run_outcome(&verdict));
                }
                if outcomes.len() >= inputs.len() {
                    return Ok(Some(Event::Ran { slot, given, outcomes, used }));
                }
                self.executions.insert(spot, Execution::Run { slot, inputs, given, outcomes, used });
                Ok(None)
            }
        }
    }

    /// Reads a completion that holds no program. There is nothing to judge about it, and nothing to wait for.
    pub(super) fn read(&mut self, position: usize, slot: Slot) -> Result<(), RunError> {
        let (tree, problem) = (self.tree(position), self.problem(position));
        let node = tree.node(&slot);
        let text = node.and_then(|node| node.completion.as_ref()?.text.body().cloned()).unwrap_or_default();
        let forbids_code =
            node.and_then(|node| Some(tree.call(node.call.as_ref()?)?.terms.forbids_code)).unwrap_or_default();
        let found = read(slot.kind(), &text, problem);
        let screened = screen(slot.kind(), &text, problem, forbids_code, self.plan.strategy.header().reference);
        self.learn(position, Event::Read { slot, found, screened })
    }
}

/// A value that no program returns or prints, so that the test shows what it did instead.
const NO_VALUE: &str = "no value of a program: mend runs it to see what it does";

/// A test that no program passes, whose facts tell what it did with an input.
fn trial(problem: &Problem, input: &str) -> Test {
    if problem.style.entry_point().is_none() {
        return Test::Stdio { input: input.into(), expected: NO_VALUE.into() };
    }
    Test::Call { args: Literal(input.into()), expected: Literal(format!("\"{NO_VALUE}\"").into()) }
}

/// What a program did, from the verdict of such a test.
fn run_outcome(verdict: &Verdict) -> RunOutcome {
    let test = verdict.hidden.as_ref().and_then(|suite| suite.tests.first());
    let facts = test.and_then(|test| test.facts.as_ref());
    let status = test.map_or(verdict.status, |test| test.status);
    let raised = facts.and_then(|facts| facts.exception.as_deref());
    match (status, facts.and_then(|facts| facts.actual.clone()), raised) {
        (Status::WrongAnswer, Some(actual), _) => RunOutcome::Value(actual),
        (Status::RuntimeError, _, Some(exception)) => {
            RunOutcome::Raised(exception.split(':').next().unwrap_or_default().to_owned())
        }
        (status, ..) => RunOutcome::Ended(status),
    }
}

/// Sends a judgement home, and says so if the judge drops it.
struct Homing {
    sender: mpsc::UnboundedSender<Judged>,
    parcel: Option<Parcel>,
}

impl Homing {
    fn send(&mut self, result: Result<Judgement, JudgeError>) {
        if let Some(parcel) = self.parcel.take() {
            // A driver that is gone wants no judgement.
            let _ = self.sender.send(Judged { parcel, result });
        }
    }
}

impl Drop for Homing {
    fn drop(&mut self) {
        self.send(Err(JudgeError::Gone));
    }
}

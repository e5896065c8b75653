//! Simulated programmers in every seat, with the real judge: every script runs on starter problems, and what testers
//! write is read and is as valid as their tables say.

use crate::{laws, script};
use mend_core::{
    Completion, ExtractionRule, FinishReason, Found, Integrity, JudgeLimits, Kind, Problem, Sampling, Seat, Slot,
    Status, TestSuite, TestsMode, Tokens, Used, Verdict,
};
use mend_judge::{
    Judge as _, JudgeError, JudgeOptions, Judgement, Look, SandboxJudge, Seen, Sight, Task, Unit, WorkCost,
};
use mend_model::{Message, Model as _, Profile, Request, SimulatedProgrammer, Speaker};
use mend_repair::{Ask, Stage, Trial, read, try_out};
use mend_sandbox::{ProcessEngine, ProcessOptions};
use std::num::NonZeroUsize;
use std::sync::{Arc, mpsc};

const OPTIONS: JudgeOptions = JudgeOptions {
    limits: JudgeLimits { cpu_ms: 10_000, memory_bytes: 1 << 30, output_bytes: 1 << 20 },
    tests: TestsMode::All,
    require: Integrity::Cooperative,
    workers: NonZeroUsize::new(2).unwrap(),
};

fn starter() -> Vec<Problem> {
    mend_dataset::starter().unwrap().problems
}

/// A simulated programmer in every seat.
struct Simulated {
    programmer: SimulatedProgrammer,
    /// `None` where a program passes if it is the reference, which is all that a simulated programmer's right ones are.
    judge: Option<SandboxJudge>,
    runtime: tokio::runtime::Runtime,
    refused: Vec<String>,
}

impl Simulated {
    fn new(profile: &str) -> Self {
        let engine = ProcessEngine::new(ProcessOptions::default()).unwrap();
        Self { judge: Some(SandboxJudge::start(&engine, OPTIONS).unwrap()), ..Self::without_judge(profile) }
    }

    fn without_judge(profile: &str) -> Self {
        Self {
            programmer: SimulatedProgrammer::new(Profile::named(profile).unwrap(), &starter()),
            judge: None,
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
            refused: Vec::new(),
        }
    }

    fn complete(&self, problem: &Problem, seat: Seat, slots: Vec<Slot>, messages: Vec<Message>) -> Vec<Completion> {
        let request = Request {
            problem: problem.id.clone(),
            problem_digest: problem.digest,
            replicate: 0,
            seed: 0,
            seat,
            slots,
            messages,
            program: None,
            first: 0,
            sampling: Sampling::new(1.0, Tokens(4096)),
        };
        self.runtime.block_on(self.programmer.complete(&request)).unwrap().completions
    }
}

impl Stage for Simulated {
    fn answer(&mut self, ask: &Ask, slot: &Slot, problem: &Problem) -> Result<Option<Completion>, String> {
        let completion = self.complete(problem, ask.seat, vec![slot.clone()], ask.messages.to_vec()).remove(0);
        if completion.finish_reason == FinishReason::Refusal {
            self.refused.push(format!("{slot}: {}", completion.text.body().unwrap()));
        }
        Ok(Some(completion))
    }

    fn judge(&mut self, task: Task) -> Result<Judgement, JudgeError> {
        let Some(judge) = &self.judge else {
            let is_right = Some(task.program.trim()) == task.problem.reference.as_deref().map(str::trim);
            let status = if is_right { Status::Passed } else { Status::WrongAnswer };
            return Ok(Judgement { verdict: Verdict::without_run(status), used: Used::default() });
        };
        let (sender, receiver) = mpsc::channel();
        judge.submit(task, Box::new(move |result| drop(sender.send(result))));
        receiver.recv().unwrap_or(Err(JudgeError::Gone))
    }

    fn look(&mut self, _: &Slot, look: Look) -> Result<Seen, JudgeError> {
        let Some(judge) = &self.judge else {
            return Err(JudgeError::Unsupported { why: "nobody judges".to_owned() });
        };
        // CPU times would tell two runs apart. Under the engine `wasm` a program costs the same each time, as here.
        if let Look::Cost { task } = &look {
            let cost = WorkCost { cost: task.program.len() as u64, unit: Unit::Fuel, reference: None };
            return Ok(Seen { sight: Sight::Cost(Some(cost)), used: Used::default() });
        }
        let (sender, receiver) = mpsc::channel();
        judge.look(look, Box::new(move |result| drop(sender.send(result))));
        receiver.recv().unwrap_or(Err(JudgeError::Gone))
    }
}

#[test]
fn every_script_runs_on_starter_with_a_simulated_programmer_in_every_seat() {
    let problems: Vec<Arc<Problem>> = starter()
        .into_iter()
        .filter(|problem| ["starter/f01", "starter/c01", "starter/s01"].contains(&problem.id.as_str()))
        .map(Arc::new)
        .collect();
    assert_eq!(problems.len(), 3);
    let mut stage = Simulated::new("novice");
    for script in laws::scripts() {
        for problem in &problems {
            let mut tried = || -> Trial {
                let trial = try_out(&script, problem, &mut stage).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(stage.refused, Vec::<String>::new(), "{} at {}", script.name(), problem.id);
                trial
            };
            let trial = tried();
            assert!((1..=script.header().bound).contains(&trial.asked), "{}: {}", script.name(), trial.asked);
            for node in trial.tree.nodes() {
                assert!(node.outcome.is_some(), "{} at {}: {} is open", script.name(), problem.id, node.slot);
            }
            if problem.id.as_str() == "starter/f01" {
                let again = tried();
                // All but the times that the judge took.
                assert_eq!((&again.ranking, &again.acts), (&trial.ranking, &trial.acts), "{}", script.name());
                let texts = |trial: &Trial| {
                    let completions = trial.tree.nodes().map(|node| node.completion.clone());
                    completions.collect::<Vec<_>>()
                };
                assert_eq!(texts(&again), texts(&trial), "{}", script.name());
                assert_eq!(again.tree.nodes().count(), trial.tree.nodes().count(), "{}", script.name());
            }
        }
    }
}

const PLANNED: &str = r#"
strategy(summary = "plans, and a program by each", seats = ["planner", "coder"], bound = 80)

PLAN = "{{ statement }}\n\nWrite a plan."
WRITE = "{{ statement }}\n\nGo by this plan:\n\n{{ plan }}\n\nThe whole program:"

def solve(problem, p):
    def write(plan):
        return ask("program", WRITE, about = plan, plan = plan)

    each(ask("note", PLAN, n = 40), write)
"#;

#[test]
fn programs_by_plans_pass_as_often_as_the_closed_form_says() {
    let script = script("planned.star", PLANNED, &[]);
    let mut stage = Simulated::without_judge("expert");
    let (mut right, mut expected, mut variance) = (0.0, 0.0, 0.0);
    for problem in starter().into_iter().map(Arc::new) {
        let table = stage.programmer.probabilities(&problem);
        let p = table.p_right_planned.mean(table.p_good_plan);
        let trial = try_out(&script, &problem, &mut stage).unwrap();
        let programs: Vec<_> = trial.tree.nodes().filter(|node| node.slot.is_program()).collect();
        assert_eq!(programs.len(), 40);
        let passes = |verdict: &Verdict| verdict.status == Status::Passed;
        right += programs.iter().filter(|node| node.verdict().is_some_and(passes)).count() as f64;
        expected += 40.0 * p;
        variance += 40.0 * p * (1.0 - p);
    }
    assert!((right - expected).abs() <= 4.0 * f64::sqrt(variance), "{right} of 1600 pass, expected {expected}");
}

#[test]
fn tests_of_a_simulated_tester_are_read_and_valid_as_often_as_its_table_says() {
    let mut stage = Simulated::new("journeyman");
    let (mut valid, mut all, mut expected, mut variance) = (0.0, 0, 0.0, 0.0);
    for problem in starter() {
        let table = stage.programmer.probabilities(&problem);
        let content = format!("{}\n\nWrite 40 tests of it.", problem.statement);
        let slots: Vec<Slot> = ["t0", "t1", "t2"].map(|slot| slot.parse().unwrap()).to_vec();
        let prompt = vec![Message { speaker: Speaker::User, content }];
        let mut tests = Vec::new();
        for completion in stage.complete(&problem, Seat::TESTER, slots, prompt) {
            let text = completion.text.body().unwrap();
            let found = read(Kind::Tests, text, &problem);
            let Found::Tests { tests: read, dropped } = found else { panic!("{}: {found:?}", problem.id) };
            let written = text.matches("assert ").count() + text.matches("Input:").count();
            assert_eq!((read.len(), dropped), (written, 0), "{}: {text}", problem.id);
            assert!(!read.is_empty(), "{}: no test at all", problem.id);
            tests.extend(read);
        }
        let count = tests.len();
        let suite = TestSuite { public: Vec::new(), hidden: tests.clone() };
        let problem = Arc::new(Problem { tests: suite, ..problem }.with_digest());
        let program = Arc::clone(problem.reference.as_ref().unwrap());
        let task = Task { problem: Arc::clone(&problem), program, rule: ExtractionRule::LastFence };
        let verdict = stage.judge(task).unwrap().verdict.hidden.unwrap();
        assert_eq!(verdict.tests.len(), count, "{}: every test was tried", problem.id);
        valid += verdict.tests.iter().filter(|test| test.status == Status::Passed).count() as f64;
        all += count;
        expected += count as f64 * table.p_valid_test;
        variance += count as f64 * table.p_valid_test * (1.0 - table.p_valid_test);
    }
    assert!(all > 600, "{all}");
    assert!((valid - expected).abs() <= 4.0 * f64::sqrt(variance), "{valid} of {all} are valid, expected {expected}");
}

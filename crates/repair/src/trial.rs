//! Trying a script out in memory: answers of somebody who costs nothing, verdicts of the real judge, no journal.

use crate::extract::{Extracted, extract};
use crate::reading::read;
use crate::script::{Act, Ask, Ground, Next, Script, ScriptError, Solver, tests_of};
use mend_core::{
    CallId, Candidate, Cause, Completion, Digest, Event, Extraction, FinishReason, Form, Found, Kind, Literal, Node,
    Opinion, Outcome, Problem, RepairTree, RunOutcome, Slot, Status, SuiteVerdict, Test, TestSuite, Text, Tokens,
    TreeError, TreeKey, Usage, Used, Verdict,
};
use mend_judge::{JudgeError, Judgement, Task};
use mend_model::count_tokens;
use std::collections::VecDeque;
use std::sync::Arc;

/// Who answers and who judges while a script is tried.
pub trait Stage {
    /// An answer for one node.
    ///
    /// # Errors
    /// Nobody can answer.
    fn answer(&mut self, ask: &Ask, slot: &Slot, problem: &Problem) -> Result<Completion, String>;

    /// The verdict on a program.
    ///
    /// # Errors
    /// There is none.
    fn judge(&mut self, task: Task) -> Result<Judgement, JudgeError>;
}

/// What came of a script at one problem.
#[derive(Debug)]
pub struct Trial {
    /// The tree that it grew.
    pub tree: RepairTree,
    /// What it hands in, best first.
    pub ranking: Vec<Slot>,
    /// Nodes that it asked for.
    pub asked: u64,
    /// The fields of its header that grant more than it made use of here.
    pub unused: Vec<&'static str>,
    /// Whether it ran programs without a judgement, which a trial does not do.
    pub ran: bool,
}

/// Why a trial ended.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The script is wrong.
    #[error("problem {problem}: {error}")]
    Script {
        /// The problem at which that showed.
        problem: String,
        /// What is wrong.
        error: ScriptError,
    },
    /// Nobody answered.
    #[error("{0}")]
    Answer(String),
    /// The judge failed.
    #[error("a program could not be judged")]
    Judge(#[from] JudgeError),
    /// A bug of ours.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// Runs a script at a problem to its end.
///
/// # Errors
/// A script that fails, a stage that fails.
pub fn try_out(script: &Script, problem: &Arc<Problem>, stage: &mut dyn Stage) -> Result<Trial, TrialError> {
    let ground = Ground { problem: Arc::clone(problem), seed: 0, replicate: 0, programs: u32::MAX };
    let mut play = Play {
        solver: Solver::new(script.clone(), ground),
        tree: RepairTree::new(TreeKey { problem: problem.id.clone(), replicate: 0 }),
        problem,
        ran: false,
    };
    let mut asked = 0;
    let mut waiting: VecDeque<Act> = VecDeque::new();
    loop {
        let next = play
            .solver
            .next(&play.tree)
            .map_err(|error| TrialError::Script { problem: problem.id.to_string(), error })?;
        match next {
            Next::Done(ranking) => {
                let unused = play.solver.reached().unused(script.header());
                return Ok(Trial { tree: play.tree, ranking, asked, unused, ran: play.ran });
            }
            Next::Enabled(acts) => waiting.extend(acts.into_iter().map(|(_, act)| act)),
        }
        match waiting.pop_front() {
            Some(Act::Ask(ask)) => {
                asked += ask.slots.len() as u64;
                play.ask(&ask, stage)?;
            }
            Some(Act::Test { slot, tests }) => play.test(&slot, &tests, stage)?,
            Some(Act::Run { slot, inputs, given }) => {
                play.ran = true;
                let outcomes = inputs.iter().map(|_| RunOutcome::Ended(Status::Unsupported)).collect();
                play.learn(&Event::Ran { slot, given, outcomes, used: Used::default() })?;
            }
            None => {
                let waits = "the script waits for something that it never asked for";
                let error = ScriptError::Evaluation(format!("{}: {waits}", script.name()));
                return Err(TrialError::Script { problem: problem.id.to_string(), error });
            }
        }
    }
}

struct Play<'p> {
    solver: Solver,
    tree: RepairTree,
    problem: &'p Arc<Problem>,
    ran: bool,
}

impl Play<'_> {
    fn learn(&mut self, event: &Event) -> Result<(), TrialError> {
        self.tree.apply(event)?;
        self.solver.learned(event);
        Ok(())
    }

    fn ask(&mut self, ask: &Ask, stage: &mut dyn Stage) -> Result<(), TrialError> {
        for slot in &ask.slots {
            let call = CallId::new(slot, 0);
            self.learn(&Event::Sent {
                call: call.clone(),
                slots: vec![slot.clone()],
                seat: ask.seat,
                model: "trial".to_owned(),
                worst_cost: Tokens(0).into(),
                prompt: Text::new(crate::prompt::readable(&ask.messages)),
                template: Some(ask.template),
                shows: ask.shows.clone(),
            })?;
            let completion = stage.answer(ask, slot, self.problem).map_err(TrialError::Answer)?;
            let outcome = self.outcome(slot, &completion, stage)?;
            let usage = completion.usage;
            let cost = Tokens(0).into();
            self.learn(&Event::Sampled { call, completions: vec![completion], usage, cost })?;
            self.learn(&outcome)?;
        }
        Ok(())
    }

    /// What a completion comes to.
    fn outcome(&self, slot: &Slot, completion: &Completion, stage: &mut dyn Stage) -> Result<Event, TrialError> {
        let slot = slot.clone();
        if !slot.is_program() {
            let text = completion.text.body().map_or("", |text| text);
            return Ok(Event::Read { found: read(slot.kind(), text, self.problem), slot });
        }
        let Some(Extracted { program, rule, written, before }) = extract(completion, self.problem, Extraction::Mend)
        else {
            let verdict = Verdict::without_run(Status::NoCode);
            return Ok(Event::Judged { slot, candidate: None, verdict, used: Used::default() });
        };
        let paper_tokens = count_tokens(&before) + count_tokens(&written);
        let candidate = Some(Candidate { program: Text::new(Arc::clone(&program)), rule, paper_tokens });
        let unscored =
            |candidate, why: String, cause| Event::Unscored { slot: slot.clone(), candidate, why, cause: Some(cause) };
        Ok(match stage.judge(Task { problem: Arc::clone(self.problem), program, rule }) {
            Ok(Judgement { verdict, used }) => Event::Judged { slot, candidate, verdict, used },
            Err(error @ JudgeError::Unsupported { .. }) => unscored(candidate, error.to_string(), Cause::Unsupported),
            Err(error @ JudgeError::BrokenTest { .. }) => unscored(candidate, error.to_string(), Cause::BrokenTest),
            Err(error @ JudgeError::Unproven { .. }) => unscored(candidate, error.to_string(), Cause::Unproven),
            Err(error) => return Err(error.into()),
        })
    }

    /// Judges a program by the tests of a node. Tests that a model wrote may judge nobody: the program then passes none.
    fn test(&mut self, slot: &Slot, tests: &Slot, stage: &mut dyn Stage) -> Result<(), TrialError> {
        let list = self.tree.node(tests).and_then(tests_of).unwrap_or_default().to_vec();
        let total = list.len() as u32;
        let candidate = self.tree.node(slot).and_then(|node| node.candidate.clone());
        let mut found = None;
        if let Some(candidate) = candidate
            && let Some(program) = candidate.program.body()
            && total > 0
        {
            let suite = TestSuite { public: Vec::new(), hidden: list };
            let problem = Problem { tests: suite, ..Problem::clone(self.problem) }.with_digest();
            let task = Task { problem: Arc::new(problem), program: Arc::clone(program), rule: candidate.rule };
            match stage.judge(task) {
                Ok(judgement) => found = judgement.verdict.hidden.map(|verdict| (verdict, judgement.used)),
                Err(JudgeError::Sandbox(error)) => return Err(JudgeError::Sandbox(error).into()),
                Err(JudgeError::Gone) => return Err(JudgeError::Gone.into()),
                Err(_) => {}
            }
        }
        let status = if total == 0 { Status::Passed } else { Status::Unsupported };
        let (verdict, used) = found.unwrap_or((SuiteVerdict { status, tests: Vec::new(), total }, Used::default()));
        self.learn(&Event::Tested { slot: slot.clone(), tests: tests.clone(), verdict, used })
    }
}

impl Trial {
    /// The tree in lines, one for each node, indented by its depth.
    pub fn lines(&self) -> Vec<String> {
        let mut nodes: Vec<_> = self.tree.nodes().collect();
        nodes.sort_by(|a, b| a.slot.cmp(&b.slot));
        let line = |node: &&Node| {
            let depth = node.slot.to_string().matches('/').count();
            let said = match &node.outcome {
                Some(Outcome::Judged(verdict, _)) => {
                    let public = verdict.public.as_ref().map(|suite| format!("public {}", suite.status.as_str()));
                    let hidden = verdict.hidden.as_ref().map(|suite| format!("hidden {}", suite.status.as_str()));
                    let parts: Vec<String> = public.into_iter().chain(hidden).collect();
                    if parts.is_empty() { verdict.status.as_str().to_owned() } else { parts.join(", ") }
                }
                Some(Outcome::Read(found)) => told(found),
                Some(Outcome::Unscored(unscored)) => format!("unscored: {}", unscored.why),
                None => "open".to_owned(),
            };
            let seat = node.seat.map(|seat| format!(" by the {seat}")).unwrap_or_default();
            let tested: Vec<String> = node
                .tested
                .iter()
                .map(|(tests, (verdict, _))| format!("; {} of {} tests of {tests}", verdict.passed(), verdict.total))
                .collect();
            format!(
                "{}{} ({}{seat}): {said}{}",
                "  ".repeat(depth),
                node.slot,
                node.slot.kind().as_str(),
                tested.concat()
            )
        };
        nodes.iter().map(line).collect()
    }
}

fn told(found: &Found) -> String {
    match found {
        Found::Critique { opinion, spans } => {
            let opinion = opinion.map_or("no opinion", Opinion::as_str);
            format!("{opinion}, names {} places", spans.len())
        }
        Found::Note => "a text".to_owned(),
        Found::Tests { tests, dropped } => format!("{} tests, {dropped} dropped", tests.len()),
        Found::Judgement { score, choice } => {
            let score = score.map_or("no score".to_owned(), |score| format!("score {score}"));
            choice.map_or(score.clone(), |choice| format!("{score}, prefers {}", choice + 1))
        }
        Found::Answer { yes } => match yes {
            Some(true) => "yes".to_owned(),
            Some(false) => "no".to_owned(),
            None => "neither yes nor no".to_owned(),
        },
    }
}

/// What a trial's stage says for a kind that no simulated programmer writes yet: plain texts that can be read.
pub fn stock_answer(kind: Kind, problem: &Problem, slot: &Slot) -> String {
    match kind {
        Kind::Tests => {
            let test = |test: &Test| match (test, problem.style.entry_point()) {
                (Test::Call { args, expected }, Some(name)) => {
                    let args = args.0.trim();
                    // Without the brackets of the list of arguments.
                    let args = args.strip_prefix('[').and_then(|args| args.strip_suffix(']')).unwrap_or(args);
                    format!("assert {name}({args}) == {}", expected.0)
                }
                (Test::Script { source }, _) => source.to_string(),
                (Test::Stdio { input, expected }, _)
                | (Test::Call { args: Literal(input), expected: Literal(expected) }, None) => {
                    format!("Input:\n```\n{input}\n```\nOutput:\n```\n{expected}\n```")
                }
            };
            let tests = problem.tests.public.iter().map(test).collect::<Vec<_>>().join("\n");
            if problem.style.entry_point().is_some() { format!("```python\n{tests}\n```") } else { tests }
        }
        Kind::Judgement => {
            let digest = Digest::of(slot.to_string().as_bytes());
            let roll = digest.as_bytes()[0];
            format!("Score: {}/10\nChoice: {}", roll % 11, if roll.is_multiple_of(2) { "A" } else { "B" })
        }
        Kind::Question => "Yes.".to_owned(),
        Kind::Note | Kind::Feedback => "Look at the smallest input first.".to_owned(),
        Kind::Program | Kind::Repair => String::new(),
    }
}

/// A text as a completion that costs nothing.
pub fn free_completion(text: String) -> Completion {
    Completion {
        counted: count_tokens(&text),
        text: Text::new(text),
        form: Form::Chat,
        finish_reason: FinishReason::Stop,
        usage: Usage::default(),
        counted_prompt: None,
        usd: None,
        served_model: None,
        replaced: 0,
    }
}

//! Hand-built frozen problems, manifests and trees for tests.

use crate::{FrozenFeedback, FrozenProblem, FrozenProgram, FrozenRepair, Passes, TokenCounts};
use mend_core::{
    CallId, Candidate, Cause, Completion, Event, ExtractionRule, Facts, Form, Found, Kind, Opinion, ProblemEntry,
    ProblemId, Remark, RepairTree, RunManifest, Screened, Seat, Slot, Span, Status, SuiteVerdict, Terms, Test,
    TestVerdict, Text, Tokens, TreeKey, Usage, Used, Verdict,
};
use num_rational::BigRational;

/// A program: whether it passes, its tokens, and the same of its repairs.
pub(crate) type Program<'a> = (bool, f64, &'a [(bool, f64)]);

/// A problem of these programs, with joint pairs as repairs.
pub(crate) fn problem(programs: &[Program<'_>]) -> FrozenProblem {
    let pair = |(passed, tokens): &(bool, f64)| FrozenFeedback {
        tokens: TokenCounts::alike(0.0),
        repairs: vec![FrozenRepair { passes: Passes::both(*passed), tokens: TokenCounts::alike(*tokens) }],
    };
    let program = |(passed, tokens, repairs): &Program<'_>| FrozenProgram {
        passes: Passes::both(*passed),
        timed_out: false,
        tokens: TokenCounts::alike(*tokens),
        feedbacks: repairs.iter().map(pair).collect(),
    };
    FrozenProblem {
        id: ProblemId::new("a/0"),
        group: None,
        has_public_tests: false,
        programs: programs.iter().map(program).collect(),
        unscored: 0,
        judges_nobody: false,
        drawn: vec![programs.len() as u32],
        beyond_repairs: false,
        draws: crate::FirstDraws::Independent,
    }
}

/// Three problems of five programs with two pairs each: an easy one, a hard one, and one that is never solved.
pub(crate) fn mixed_problems() -> Vec<FrozenProblem> {
    let pairs = [(true, 20.0), (false, 30.0)];
    let hopeless = [(false, 20.0), (false, 35.0)];
    let easy: [Program<'_>; 5] =
        [(true, 10.0, &[]), (true, 12.0, &[]), (true, 9.0, &[]), (false, 14.0, &pairs), (true, 11.0, &[])];
    let hard: [Program<'_>; 5] = [
        (false, 10.0, &pairs),
        (false, 13.0, &hopeless),
        (true, 15.0, &[]),
        (false, 9.0, &hopeless),
        (false, 8.0, &pairs),
    ];
    let never: [Program<'_>; 5] = [(false, 12.0, &hopeless); 5];
    [easy, hard, never]
        .iter()
        .zip(0..)
        .map(|(programs, index)| FrozenProblem { id: ProblemId::new(format!("a/{index}")), ..problem(programs) })
        .collect()
}

/// A float as the rational that it is.
pub(crate) fn exact(value: f64) -> BigRational {
    BigRational::from_float(value).unwrap()
}

/// A manifest of problems, each with its difficulty.
pub(crate) fn manifest(problems: &[(&str, Option<&str>)], replicates: u32) -> RunManifest {
    let entry = |(id, difficulty): &(&str, Option<&str>)| ProblemEntry {
        difficulty: difficulty.map(str::to_owned),
        ..mend_testkit::entry(id)
    };
    let mut manifest = mend_testkit::manifest(problems.iter().map(entry).collect());
    manifest.identity.replicates = replicates;
    manifest
}

/// What becomes of a node.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ending {
    Judged(Status),
    Critiqued(Option<Opinion>),
    /// Holds this program, which passes or does not.
    Writes(&'static str, bool),
    /// Has an opinion and names these lines.
    Names(Option<Opinion>, &'static [u32]),
    /// Holds no program, and nothing is read of it but that it is there; tests have one test.
    Noted,
    /// Answers a question.
    Answers(Option<bool>),
    /// Holds so many tests, and as many that could not be read.
    Holds {
        tests: u32,
        dropped: u32,
    },
    /// Passes these of five hidden tests, all of which run.
    Tests(&'static [u32]),
    /// Passes the public suite and fails the hidden one.
    Deceives,
    /// A runtime error before any test.
    NotLoaded,
    Unscored,
    /// Unscored because the test is broken.
    Broken,
    /// Unscored because the test's outcome hung on the program's own word.
    Unproven,
}

/// A tree that grows by whole nodes.
pub(crate) struct Grown {
    pub(crate) tree: RepairTree,
    /// Who writes the critiques.
    critic: String,
    /// What a person says beside the next answer.
    remark: Option<Remark>,
}

impl Grown {
    pub(crate) fn new(problem: &str, replicate: u32) -> Self {
        let tree = RepairTree::new(TreeKey { problem: ProblemId::new(problem), replicate });
        Self { tree, critic: "sim/journeyman".to_owned(), remark: None }
    }

    /// Lets another model write the critiques that follow.
    pub(crate) fn by(mut self, critic: &str) -> Self {
        critic.clone_into(&mut self.critic);
        self
    }

    /// Asks for a node, answers for 100 tokens, and ends it.
    pub(crate) fn node(self, slot: &str, ending: Ending) -> Self {
        self.seated(slot, Seat::CODER, ending)
    }

    /// A critique by a person, who said this.
    pub(crate) fn said(mut self, slot: &str, remark: Remark) -> Self {
        let opinion = remark.opinion();
        self.remark = Some(remark);
        self.by("human:f.jsonl").seated(slot, Seat::CRITIC, Ending::Critiqued(opinion))
    }

    /// A node that a seat was asked for.
    pub(crate) fn seat(self, slot: &str, seat: &str, ending: Ending) -> Self {
        self.seated(slot, seat.parse().unwrap(), ending)
    }

    /// A node of a seat that holds so many tests, and as many that could not be read.
    pub(crate) fn tests(self, slot: &str, seat: &str, tests: u32, dropped: u32) -> Self {
        self.seated(slot, seat.parse().unwrap(), Ending::Holds { tests, dropped })
    }

    /// Judges a program by tests of a node, of which the first so many pass.
    pub(crate) fn tested(mut self, program: &str, tests: &str, total: u32, passed: u32) -> Self {
        let (slot, tests) = (program.parse().unwrap(), tests.parse().unwrap());
        self.apply(&Event::Tested { slot, tests, verdict: suite(total, passed), used: Used::default() });
        self
    }

    /// Judges the reference solution by tests of a node, of which the first so many pass.
    pub(crate) fn checked(mut self, tests: &str, total: u32, passed: u32) -> Self {
        let tests = tests.parse().unwrap();
        self.apply(&Event::Checked { tests, verdict: suite(total, passed), used: Used::default() });
        self
    }

    fn seated(mut self, slot: &str, seat: Seat, ending: Ending) -> Self {
        let slot: Slot = slot.parse().unwrap();
        let call = CallId::new(&slot, 0);
        let completion = Completion {
            usage: Usage { prompt: Some(Tokens(90)), completion: Some(Tokens(10)), ..Usage::default() },
            counted: Tokens(9),
            remark: self.remark.take().map(Box::new),
            ..mend_testkit::completion("text", Form::Chat)
        };
        self.apply(&Event::Sent {
            call: call.clone(),
            slots: vec![slot.clone()],
            seat,
            model: if slot.kind() == Kind::Feedback { self.critic.clone() } else { "sim/journeyman".to_owned() },
            worst_cost: Tokens(500).into(),
            prompt: Text::new("prompt"),
            template: None,
            shows: vec![],
            terms: Terms::default(),
        });
        let (usage, cost) = (completion.usage, Tokens(100));
        self.apply(&Event::Sampled { call, completions: vec![completion], usage, cost: cost.into() });
        let candidate =
            Candidate { program: Text::new("pass"), rule: ExtractionRule::OneBlock, paper_tokens: Tokens(8) };
        self.apply(&match ending {
            Ending::Judged(status) => Event::Judged {
                slot,
                candidate: (status != Status::NoCode).then_some(candidate),
                verdict: verdict(status),
                used: Used::default(),
            },
            Ending::Deceives => {
                let suite = |status| {
                    let tests = vec![TestVerdict { index: 0, status, facts: None }];
                    Some(SuiteVerdict { status, tests, total: 1 })
                };
                let (public, hidden) = (suite(Status::Passed), suite(Status::WrongAnswer));
                let verdict = Verdict { status: Status::WrongAnswer, public, hidden, engine: Some("process".into()) };
                Event::Judged { slot, candidate: Some(candidate), verdict, used: Used::default() }
            }
            Ending::NotLoaded => {
                let facts = Some(Box::new(Facts { while_loading: true, ..Facts::default() }));
                let status = Status::RuntimeError;
                let suite = SuiteVerdict { status, tests: vec![TestVerdict { index: 0, status, facts }], total: 1 };
                let verdict = Verdict { status, public: None, hidden: Some(suite), engine: Some("process".into()) };
                Event::Judged { slot, candidate: Some(candidate), verdict, used: Used::default() }
            }
            Ending::Critiqued(opinion) => {
                let found = Found::Critique { opinion, spans: vec![], defects: vec![] };
                Event::Read { slot, found, screened: Screened::default() }
            }
            Ending::Writes(program, passes) => {
                let status = if passes { Status::Passed } else { Status::WrongAnswer };
                let candidate = Some(Candidate { program: Text::new(program), ..candidate });
                Event::Judged { slot, candidate, verdict: verdict(status), used: Used::default() }
            }
            Ending::Names(opinion, lines) => {
                let spans = lines.iter().map(|line| Span { first: *line, last: *line }).collect();
                Event::Read {
                    slot,
                    found: Found::Critique { opinion, spans, defects: vec![] },
                    screened: Screened::default(),
                }
            }
            Ending::Noted => {
                let found = match slot.kind() {
                    Kind::Tests => Found::Tests { tests: vec![], dropped: 0 },
                    Kind::Judgement => Found::Judgement { score: None, choice: None },
                    Kind::Question => Found::Answer { yes: None },
                    _ => Found::Note,
                };
                Event::Read { slot, found, screened: Screened::default() }
            }
            Ending::Answers(yes) => Event::Read { slot, found: Found::Answer { yes }, screened: Screened::default() },
            Ending::Holds { tests, dropped } => {
                let test = |number| Test::Script { source: format!("assert f({number}) == {number}").into() };
                let found = Found::Tests { tests: (0..tests).map(test).collect(), dropped };
                Event::Read { slot, found, screened: Screened::default() }
            }
            Ending::Tests(passed) => {
                let test = |index| {
                    let passes = passed.contains(&index);
                    let status = if passes { Status::Passed } else { Status::WrongAnswer };
                    TestVerdict { index, status, facts: None }
                };
                let status = if passed.len() == 5 { Status::Passed } else { Status::WrongAnswer };
                let hidden = SuiteVerdict { status, tests: (1..6).map(test).collect(), total: 5 };
                let verdict = Verdict { status, public: None, hidden: Some(hidden), engine: Some("process".into()) };
                let program = Text::new(format!("passes {passed:?}"));
                let candidate = Some(Candidate { program, ..candidate });
                Event::Judged { slot, candidate, verdict, used: Used::default() }
            }
            Ending::Unscored => {
                Event::Unscored { slot, candidate: Some(candidate), why: "worker died".into(), cause: None }
            }
            Ending::Broken => {
                let cause = Some(Cause::BrokenTest);
                Event::Unscored { slot, candidate: Some(candidate), why: "never calls it".into(), cause }
            }
            Ending::Unproven => {
                let cause = Some(Cause::Unproven);
                Event::Unscored { slot, candidate: Some(candidate), why: "its own word".into(), cause }
            }
        });
        self
    }

    /// The same tree once more.
    pub(crate) fn again(&self) -> Self {
        Self { tree: self.tree.clone(), critic: self.critic.clone(), remark: self.remark.clone() }
    }

    /// Finishes the tree.
    pub(crate) fn submitted(mut self, slot: Option<&str>) -> Self {
        self.apply(&Event::Submitted { ranking: slot.into_iter().map(|slot| slot.parse().unwrap()).collect() });
        self
    }

    fn apply(&mut self, event: &Event) {
        self.tree.apply(event).unwrap();
    }
}

/// A suite of so many tests, the first of which pass.
fn suite(total: u32, passed: u32) -> SuiteVerdict {
    let status = |index| if index < passed { Status::Passed } else { Status::WrongAnswer };
    let tests = (0..total).map(|index| TestVerdict { index, status: status(index), facts: None }).collect();
    SuiteVerdict { status: status(total - 1), tests, total }
}

fn verdict(status: Status) -> Verdict {
    // Both suites end alike.
    let suite = SuiteVerdict { status, tests: vec![TestVerdict { index: 0, status, facts: None }], total: 1 };
    if matches!(status, Status::NoCode | Status::Unsupported) {
        return Verdict::without_run(status);
    }
    Verdict { status, public: Some(suite.clone()), hidden: Some(suite), engine: Some("process".into()) }
}

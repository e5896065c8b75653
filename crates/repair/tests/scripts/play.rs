//! Plays a script: grows its tree by answers that a rule gives, in any order of arrival.

use mend_core::{
    Call, CallId, CallState, Candidate, Digest, Event, ExtractionRule, Facts, Found, Integrity, Kind, Literal, Opinion,
    Problem, ProblemId, RepairTree, RunOutcome, Seat, Slot, Status, Style, SuiteVerdict, Test, TestSuite, TestVerdict,
    Text, Tokens, TreeKey, Usage, Used, Verdict, seed_for,
};
use mend_model::Message;
use mend_repair::{Act, Ask, Ground, Next, Script, ScriptError, Solver, free_completion, tests_of};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a rule says of a node.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    /// A program that passes both suites, the public one alone, or none.
    Program { public: bool, hidden: bool },
    /// An answer without a program.
    NoCode,
    /// A critique.
    Critique(Option<Opinion>),
    /// A note.
    Note,
    /// So many tests.
    Tests(u32),
    /// A judgement.
    Judgement { score: Option<f64>, choice: Option<u32> },
    /// No answer ever.
    Nothing,
}

pub(crate) type Rule = fn(Seat, &Slot, u64) -> Says;

/// A problem with a public and two hidden tests.
pub(crate) fn problem() -> Problem {
    let test =
        |n: u32| Test::Call { args: Literal(format!("[{n}]").into()), expected: Literal(format!("{}", n + 1).into()) };
    Problem {
        id: ProblemId::new("play/inc"),
        digest: Digest::of(b"play"),
        statement: "def inc(n):\n    \"\"\"One more than n.\"\"\"\n".into(),
        style: Style::Completion { entry_point: "inc".into() },
        context: None,
        starter_code: None,
        reference: Some("def inc(n):\n    return n + 1\n".into()),
        mutants: vec![],
        tests: TestSuite { public: vec![test(1)], hidden: vec![test(2), test(3)] },
        tolerance: None,
        difficulty: None,
        integrity: Integrity::Isolated,
    }
}

/// A random number below a bound: the order of arrival.
pub(crate) struct Shuffle(pub u64);

impl Shuffle {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// Something that is under way.
#[derive(Debug, Clone)]
enum Under {
    Answer(Ask, Slot),
    Outcome(Slot),
    Test(Slot, Slot),
    Run(Slot, Arc<[String]>, Digest),
}

/// A tree that grows.
pub(crate) struct Play {
    pub(crate) solver: Solver,
    pub(crate) tree: RepairTree,
    pub(crate) events: Vec<Event>,
    /// Every request, in the order in which it was enabled.
    pub(crate) asked: Vec<Ask>,
    rule: Rule,
    luck: u64,
    under: Vec<Under>,
    says: BTreeMap<Slot, Says>,
    /// How probably a program passes a test that another node holds.
    pub(crate) ease: f64,
}

impl Play {
    pub(crate) fn new(script: &Script, rule: Rule, luck: u64) -> Self {
        Self::on(script, rule, luck, problem(), RepairTree::new(key()))
    }

    /// Goes on with a tree that was read back.
    pub(crate) fn on(script: &Script, rule: Rule, luck: u64, problem: Problem, tree: RepairTree) -> Self {
        let solver = Solver::new(script.clone(), ground(problem));
        let mut play = Self {
            solver,
            tree,
            events: vec![],
            asked: vec![],
            rule,
            luck,
            under: vec![],
            says: BTreeMap::new(),
            ease: 0.5,
        };
        // What was under way when the run ended is charged and lost, and asked again.
        let is_open = |call: &Call| matches!(call.state, CallState::Open { .. });
        let lost: Vec<CallId> = play.tree.calls().filter(|(_, call)| is_open(call)).map(|(id, _)| id.clone()).collect();
        for call in lost {
            play.learn(Event::Lost { call, charged: Tokens(1).into(), why: "the run ended".into() });
        }
        let open: Vec<Slot> =
            play.tree.nodes().filter(|node| node.outcome.is_none()).map(|node| node.slot.clone()).collect();
        for slot in open {
            let seat = play.tree.node(&slot).unwrap().seat.unwrap();
            play.says.insert(slot.clone(), rule(seat, &slot, luck));
            play.under.push(Under::Outcome(slot));
        }
        play
    }

    fn learn(&mut self, event: Event) {
        self.tree.apply(&event).unwrap();
        self.solver.learned(&event);
        self.events.push(event);
    }

    /// Takes what became possible. Returns the ranking once all is done.
    pub(crate) fn advance(&mut self) -> Result<Option<Vec<Slot>>, ScriptError> {
        match self.solver.next(&self.tree)? {
            Next::Done(ranking) => Ok(Some(ranking)),
            Next::Enabled(acts) => {
                for (_, act) in acts {
                    match act {
                        Act::Ask(ask) => {
                            self.under.extend(ask.slots.iter().map(|slot| Under::Answer(ask.clone(), slot.clone())));
                            self.asked.push(ask);
                        }
                        Act::Test { slot, tests } => self.under.push(Under::Test(slot, tests)),
                        Act::Run { slot, inputs, given } => self.under.push(Under::Run(slot, inputs, given)),
                    }
                }
                Ok(None)
            }
        }
    }

    /// Lets one thing that is under way arrive.
    pub(crate) fn arrive(&mut self, shuffle: &mut Shuffle) {
        assert!(!self.under.is_empty(), "nothing is under way, and the script is not done: {:?}", self.solver);
        let pick = shuffle.below(self.under.len());
        match self.under.swap_remove(pick) {
            Under::Answer(ask, slot) => self.answer(&ask, &slot),
            Under::Outcome(slot) => self.outcome(&slot),
            Under::Test(slot, tests) => {
                let count = tests_of(self.tree.node(&tests).unwrap()).unwrap().len() as u32;
                let verdict = self.suite(&slot, "tests", count);
                self.learn(Event::Tested { slot, tests, verdict, used: Used::default() });
            }
            Under::Run(slot, inputs, given) => {
                let outcomes = inputs.iter().map(|input| RunOutcome::Value(self.value(&slot, input))).collect();
                self.learn(Event::Ran { slot, given, outcomes, used: Used::default() });
            }
        }
    }

    /// What was asked for and is not there yet, as far as the script decides it.
    pub(crate) fn wanted(&self) -> BTreeSet<String> {
        let acts = self.under.iter().filter_map(|under| match under {
            Under::Answer(ask, slot) => Some(wanted_of(ask, slot)),
            Under::Outcome(_) => None,
            Under::Test(slot, tests) => Some(format!("{slot} by {tests}")),
            Under::Run(slot, inputs, given) => Some(format!("{slot} on {inputs:?} {given}")),
        });
        acts.collect()
    }

    /// The same as a solver finds it that was never asked before.
    pub(crate) fn wanted_anew(&self, script: &Script, problem: Problem) -> BTreeSet<String> {
        let acts = match Solver::new(script.clone(), ground(problem)).next(&self.tree).unwrap() {
            Next::Enabled(acts) => acts,
            Next::Done(_) => vec![],
        };
        let acts = acts.iter().flat_map(|(_, act)| match act {
            Act::Ask(ask) => ask.slots.iter().map(|slot| wanted_of(ask, slot)).collect(),
            Act::Test { slot, tests } => vec![format!("{slot} by {tests}")],
            Act::Run { slot, inputs, given } => vec![format!("{slot} on {inputs:?} {given}")],
        });
        acts.collect()
    }

    /// Runs to the end in one order of arrival.
    pub(crate) fn finish(&mut self, order: u64) -> Result<Vec<Slot>, ScriptError> {
        let mut shuffle = Shuffle(order);
        loop {
            if let Some(ranking) = self.advance()? {
                assert!(self.under.is_empty(), "done, and something is under way");
                return Ok(ranking);
            }
            self.arrive(&mut shuffle);
        }
    }

    fn answer(&mut self, ask: &Ask, slot: &Slot) {
        let call = CallId::new(slot, self.tree.times_sent(slot));
        self.learn(Event::Sent {
            call: call.clone(),
            slots: vec![slot.clone()],
            seat: ask.seat,
            model: "scripted".into(),
            worst_cost: Tokens(1).into(),
            prompt: Text::new(readable(&ask.messages)),
            template: Some(ask.template),
            shows: ask.shows.clone(),
        });
        let says = (self.rule)(ask.seat, slot, self.luck);
        if matches!(says, Says::Nothing) {
            self.learn(Event::Refused { call, why: "no".into() });
            self.learn(Event::Unscored { slot: slot.clone(), candidate: None, why: "no answer".into(), cause: None });
            return;
        }
        let completion = free_completion(format!("text of {slot}"));
        let (completions, usage) = (vec![completion], Usage::default());
        self.learn(Event::Sampled { call, completions, usage, cost: Tokens(1).into() });
        self.says.insert(slot.clone(), says);
        self.under.push(Under::Outcome(slot.clone()));
    }

    fn outcome(&mut self, slot: &Slot) {
        let found = match self.says[slot].clone() {
            Says::NoCode => {
                let verdict = Verdict::without_run(Status::NoCode);
                return self.learn(Event::Judged {
                    slot: slot.clone(),
                    candidate: None,
                    verdict,
                    used: Used::default(),
                });
            }
            Says::Program { public, hidden } => {
                let suite = |passes: bool, total: u32| {
                    let status = if passes { Status::Passed } else { Status::WrongAnswer };
                    let facts = (!passes).then(|| Facts {
                        call: Some("inc(1)".into()),
                        expected: Some("2".into()),
                        actual: Some(format!("{slot}")),
                        ..Facts::default()
                    });
                    let tests = (0..total).map(|index| TestVerdict { index, status, facts: facts.clone() }).collect();
                    SuiteVerdict { status, tests, total }
                };
                let verdict = Verdict {
                    status: if hidden { Status::Passed } else { Status::WrongAnswer },
                    public: Some(suite(public, 1)),
                    hidden: Some(suite(hidden, 2)),
                    engine: Some("process".into()),
                };
                let candidate = Candidate {
                    program: Text::new(format!("code of {slot}\n")),
                    rule: ExtractionRule::LastFence,
                    paper_tokens: Tokens(1),
                };
                return self.learn(Event::Judged {
                    slot: slot.clone(),
                    candidate: Some(candidate),
                    verdict,
                    used: Used::default(),
                });
            }
            Says::Critique(opinion) => Found::Critique { opinion, spans: vec![] },
            Says::Note => Found::Note,
            Says::Tests(count) => {
                let test = |n| Test::Script { source: format!("assert inc({n}) == {}", n + 1).into() };
                Found::Tests { tests: (0..count).map(test).collect(), dropped: 0 }
            }
            Says::Judgement { score, choice } => Found::Judgement { score, choice },
            Says::Nothing => unreachable!("it never answered"),
        };
        self.learn(Event::Read { slot: slot.clone(), found });
    }

    fn suite(&self, slot: &Slot, what: &str, total: u32) -> SuiteVerdict {
        let passes = |index: u32| dice(self.luck, &[&slot.to_string(), what, &index.to_string()]) < self.ease;
        let status = |index| if passes(index) { Status::Passed } else { Status::WrongAnswer };
        let tests: Vec<_> = (0..total).map(|index| TestVerdict { index, status: status(index), facts: None }).collect();
        let failed = tests.iter().map(|test| test.status).find(|status| *status != Status::Passed);
        SuiteVerdict { status: failed.unwrap_or(Status::Passed), tests, total }
    }

    fn value(&self, slot: &Slot, input: &str) -> String {
        format!("{}", (dice(self.luck, &[&slot.to_string(), input]) * 3.0) as u32)
    }
}

/// One answer that is wanted: the place, and all that is sent.
fn wanted_of(ask: &Ask, slot: &Slot) -> String {
    let Ask { slots: _, seat, about, messages, template, shows, tweaks } = ask;
    format!("{slot} {seat} {about:?} {messages:?} {template} {shows:?} {tweaks:?}")
}

fn ground(problem: Problem) -> Ground {
    Ground { problem: Arc::new(problem), seed: 1, replicate: 0, programs: u32::MAX }
}

pub(crate) fn key() -> TreeKey {
    TreeKey { problem: ProblemId::new("play/inc"), replicate: 0 }
}

/// A number from 0 up to 1 by luck and place.
pub(crate) fn dice(luck: u64, place: &[&str]) -> f64 {
    let digest = seed_for(luck, place);
    f64::from(u32::from_le_bytes(digest.as_bytes()[..4].try_into().unwrap())) / 4_294_967_296.0
}

/// Answers by luck: programs pass sometimes, critics say something, an answer is missing now and then.
pub(crate) fn by_luck(seat: Seat, slot: &Slot, luck: u64) -> Says {
    let roll = dice(luck, &["says", &seat.to_string(), &slot.to_string()]);
    match slot.kind() {
        Kind::Program | Kind::Repair | Kind::Feedback if roll < 0.05 => Says::Nothing,
        Kind::Program | Kind::Repair if roll < 0.1 => Says::NoCode,
        Kind::Program | Kind::Repair => Says::Program { public: roll < 0.45, hidden: (0.3..0.5).contains(&roll) },
        Kind::Feedback if roll < 0.3 => Says::Critique(Some(Opinion::Correct)),
        Kind::Feedback if roll < 0.6 => Says::Critique(Some(Opinion::Incorrect)),
        Kind::Feedback => Says::Critique(None),
        Kind::Note | Kind::Question => Says::Note,
        Kind::Tests => Says::Tests(1 + (roll * 5.0) as u32),
        Kind::Judgement => Says::Judgement { score: Some(roll), choice: Some(u32::from(roll < 0.5)) },
    }
}

/// The messages as a journal keeps them.
pub(crate) fn readable(messages: &[Message]) -> String {
    let said = messages.iter().map(|message| format!("[{}]\n{}\n", message.speaker.as_str(), message.content));
    said.collect::<Vec<_>>().concat()
}

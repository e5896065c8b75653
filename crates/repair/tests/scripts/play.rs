//! Plays a script: grows its tree by answers that a rule gives, in any order of arrival.

use mend_core::{
    Call, CallId, CallState, Completion, Digest, Event, Kind, Literal, Opinion, Problem, ProblemId, RepairTree, Seat,
    Slot, Style, Test, TestSuite, Text, Tokens, TreeKey, Turn, Usage, seed_for,
};
use mend_judge::{Look, Sight, Step, Trace, Unit, Values, WorkCost};
use mend_repair::{
    Act, Ask, Ground, Input, Instrument, Memory, Next, Says, Script, ScriptError, ScriptedModel, Solver, looked,
    outcome, ran, readable, tested,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) type Rule = fn(Seat, &Slot, u64) -> Says;

/// A problem with a public and two hidden tests.
pub(crate) fn problem() -> Problem {
    let test =
        |n: u32| Test::Call { args: Literal(format!("[{n}]").into()), expected: Literal(format!("{}", n + 1).into()) };
    let style = Style::Completion { entry_point: "inc".into() };
    Problem {
        digest: Digest::of(b"play"),
        reference: Some("def inc(n):\n    return n + 1\n".into()),
        tests: TestSuite { public: vec![test(1)], hidden: vec![test(2), test(3)] },
        ..mend_testkit::problem("play/inc", style, "def inc(n):\n    \"\"\"One more than n.\"\"\"\n")
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
    Outcome(Slot, Completion),
    Test(Slot, Slot),
    Run(Slot, Arc<[Input]>, Digest),
    Look(Slot, Instrument, Digest),
}

/// A tree that grows.
pub(crate) struct Play {
    pub(crate) solver: Solver,
    pub(crate) tree: RepairTree,
    pub(crate) events: Vec<Event>,
    /// Every request, in the order in which it was enabled.
    pub(crate) asked: Vec<Ask>,
    problem: Arc<Problem>,
    model: ScriptedModel,
    under: Vec<Under>,
}

impl Play {
    pub(crate) fn new(script: &Script, rule: Rule, luck: u64) -> Self {
        Self::on(script, rule, luck, problem(), RepairTree::new(key()))
    }

    /// As [`Play::new`], with prompts of a limited length.
    pub(crate) fn limited(script: &Script, rule: Rule, luck: u64, longest_prompts: BTreeMap<Seat, Tokens>) -> Self {
        let play = Self::new(script, rule, luck);
        let solver = Solver::new(script.clone(), Ground { longest_prompts, ..ground(script, &play.problem) });
        Self { solver, ..play }
    }

    /// Goes on with a tree that was read back.
    pub(crate) fn on(script: &Script, rule: Rule, luck: u64, problem: Problem, tree: RepairTree) -> Self {
        let model = ScriptedModel::new(&problem, move |seat, slot| rule(seat, slot, luck))
            .testing(move |slot, index| dice(luck, &[&slot.to_string(), "tests", &index.to_string()]) < 0.5)
            .running(move |slot, input| format!("{}", (dice(luck, &[&slot.to_string(), input]) * 3.0) as u32))
            .looking(move |slot, look| sight(dice(luck, &[&slot.to_string(), "look"]), look));
        Self::with(script, model, problem, tree)
    }

    /// A play of a tree that knows what its strategy learnt before.
    pub(crate) fn knowing(script: &Script, model: ScriptedModel, problem: Problem, memory: Memory) -> Self {
        let play = Self::with(script, model, problem, RepairTree::new(key()));
        let ground = Ground { memory: Some(memory), ..ground(script, &play.problem) };
        Self { solver: Solver::new(script.clone(), ground), ..play }
    }

    /// A play by a model of its own.
    pub(crate) fn with(script: &Script, model: ScriptedModel, problem: Problem, tree: RepairTree) -> Self {
        let problem = Arc::new(problem);
        let solver = Solver::new(script.clone(), ground(script, &problem));
        let mut play = Self { solver, tree, events: vec![], asked: vec![], problem, model, under: vec![] };
        // What was under way when the run ended is charged and lost, and asked again.
        let is_open = |call: &Call| matches!(call.state, CallState::Open { .. });
        let lost: Vec<CallId> = play.tree.calls().filter(|(_, call)| is_open(call)).map(|(id, _)| id.clone()).collect();
        for call in lost {
            play.learn(Event::Lost { call, charged: Tokens(1).into(), why: "the run ended".into() });
        }
        let open: Vec<(Slot, Completion)> = play
            .tree
            .nodes()
            .filter(|node| node.outcome.is_none())
            .map(|node| (node.slot.clone(), node.completion.clone().unwrap()))
            .collect();
        play.under.extend(open.into_iter().map(|(slot, completion)| Under::Outcome(slot, completion)));
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
                        Act::Make { slot, text, of } => {
                            let completion = Completion::made(text.clone());
                            self.learn(Event::Made { slot: slot.clone(), text, of });
                            self.under.push(Under::Outcome(slot, completion));
                        }
                        Act::Test { slot, tests } => {
                            self.under.extend(tests.into_iter().map(|tests| Under::Test(slot.clone(), tests)));
                        }
                        Act::Run { slot, inputs, given } => self.under.push(Under::Run(slot, inputs, given)),
                        Act::Look { slot, instrument, given } => {
                            self.under.push(Under::Look(slot, instrument, given));
                        }
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
            Under::Outcome(slot, completion) => {
                let call = self.tree.node(&slot).and_then(|node| self.tree.call(node.call.as_ref()?));
                let terms = call.map(|call| call.terms.clone()).unwrap_or_default();
                let terms = (&terms, false);
                let event = outcome(&self.problem, &slot, &completion, terms, &mut self.model).unwrap();
                self.learn(event);
            }
            Under::Test(slot, tests) => {
                let event = tested(&self.tree, &self.problem, (&slot, &tests), &mut self.model).unwrap();
                self.learn(event);
            }
            Under::Run(slot, inputs, given) => {
                let event = ran(&self.tree, &self.problem, (&slot, &inputs, given), &mut self.model).unwrap();
                self.learn(event);
            }
            Under::Look(slot, instrument, given) => {
                let event = looked(&self.tree, &self.problem, (&slot, &instrument, given), &mut self.model).unwrap();
                self.learn(event);
            }
        }
    }

    /// What was asked for and is not there yet, as far as the script decides it.
    pub(crate) fn wanted(&self) -> BTreeSet<String> {
        let acts = self.under.iter().filter_map(|under| match under {
            Under::Answer(ask, slot) => Some(wanted_of(ask, slot)),
            Under::Outcome(..) => None,
            Under::Test(slot, tests) => Some(format!("{slot} by {tests}")),
            Under::Run(slot, inputs, given) => Some(format!("{slot} on {inputs:?} {given}")),
            Under::Look(slot, instrument, given) => Some(format!("{slot} under {instrument:?} {given}")),
        });
        acts.collect()
    }

    /// The same as a solver finds it that was never asked before.
    pub(crate) fn wanted_anew(&self, script: &Script, problem: Problem) -> BTreeSet<String> {
        let acts = match Solver::new(script.clone(), ground(script, &Arc::new(problem))).next(&self.tree).unwrap() {
            Next::Enabled(acts) => acts,
            Next::Done(_) => vec![],
        };
        let acts = acts.iter().flat_map(|(_, act)| match act {
            Act::Ask(ask) => ask.slots.iter().map(|slot| wanted_of(ask, slot)).collect(),
            Act::Make { .. } => vec![],
            Act::Test { slot, tests } => tests.iter().map(|tests| format!("{slot} by {tests}")).collect(),
            Act::Run { slot, inputs, given } => vec![format!("{slot} on {inputs:?} {given}")],
            Act::Look { slot, instrument, given } => vec![format!("{slot} under {instrument:?} {given}")],
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
            terms: ask.terms.clone(),
        });
        let Some(completion) = self.model.completion(ask.seat, slot, &self.problem) else {
            self.learn(Event::Refused { call, why: "no".into() });
            self.learn(Event::Unscored { slot: slot.clone(), candidate: None, why: "no answer".into(), cause: None });
            return;
        };
        let (completions, usage) = (vec![completion.clone()], Usage::default());
        self.learn(Event::Sampled { call, completions, usage, cost: Tokens(1).into() });
        self.under.push(Under::Outcome(slot.clone(), completion));
    }
}

/// One answer that is wanted: the place, and all that is sent.
fn wanted_of(ask: &Ask, slot: &Slot) -> String {
    let Ask { slots: _, first: _, seat, about, messages, template, shows, terms } = ask;
    format!("{slot} {seat} {about:?} {messages:?} {template} {shows:?} {terms:?}")
}

fn ground(script: &Script, problem: &Arc<Problem>) -> Ground {
    let turn =
        Turn { round: 0, place: 0, is_dev: script.header().rounds.as_ref().is_some_and(|rounds| rounds.dev > 0.0) };
    let state = script.start().unwrap();
    let memory = state.map(|state| Memory { state: Arc::new(state), turn, rounds: 1 });
    Ground {
        problem: Arc::clone(problem),
        seed: 1,
        replicate: 0,
        programs: u32::MAX,
        longest_prompts: BTreeMap::new(),
        memory,
    }
}

pub(crate) fn key() -> TreeKey {
    TreeKey { problem: ProblemId::new("play/inc"), replicate: 0 }
}

/// A number from 0 up to 1 by luck and place.
pub(crate) fn dice(luck: u64, place: &[&str]) -> f64 {
    let digest = seed_for(luck, place);
    f64::from(u32::from_le_bytes(digest.as_bytes()[..4].try_into().unwrap())) / 4_294_967_296.0
}

/// What an instrument shows by luck.
fn sight(roll: f64, look: &Look) -> Sight {
    match look {
        Look::Trace { .. } if roll < 0.3 => Sight::Trace(None),
        Look::Trace { task, .. } => {
            let values = Values(vec![("roll".to_owned(), format!("{roll:.3}"))]);
            let last = task.program.lines().count() as u32;
            let step = Step { number: 0, first: 1, last, values, pass: None };
            Sight::Trace(Some(Trace { call: None, end: None, total: 1, steps: vec![step] }))
        }
        Look::Cells { texts } => {
            Sight::Cells(texts.iter().map(|text| format!("{}, {roll:.3}\n", text.len())).collect())
        }
        Look::Cost { .. } if roll < 0.3 => Sight::Cost(None),
        Look::Cost { .. } => {
            let cost = (roll * 1e12) as u64;
            Sight::Cost(Some(WorkCost { cost, unit: Unit::Fuel, reference: (roll < 0.8).then_some(1_000_000) }))
        }
    }
}

/// Answers by luck: programs pass sometimes, critics say something, an answer is missing now and then.
pub(crate) fn by_luck(seat: Seat, slot: &Slot, luck: u64) -> Says {
    let roll = dice(luck, &["says", &seat.to_string(), &slot.to_string()]);
    match slot.kind() {
        Kind::Program | Kind::Repair | Kind::Feedback if roll < 0.05 => Says::Nothing,
        Kind::Program | Kind::Repair if roll < 0.1 => Says::words(),
        Kind::Program | Kind::Repair => Says::Program { public: roll < 0.45, hidden: (0.3..0.5).contains(&roll) },
        Kind::Feedback if roll < 0.3 => Says::critique(Some(Opinion::Correct)),
        Kind::Feedback if roll < 0.6 => Says::critique(Some(Opinion::Incorrect)),
        Kind::Feedback => Says::critique(None),
        Kind::Note if roll < 0.4 => {
            // A proposal, an edit or a completion: it says whose luck it has.
            let code = format!("def inc(*given):\n    return \"p{} coder\"", (roll * 100.0) as u32);
            Says::Text(format!("<solution>\n```python\n{code}\n```\n</solution>\n"))
        }
        Kind::Note if roll < 0.6 => Says::Text("<execute>\nprint(1)\n</execute>\n".to_owned()),
        Kind::Note => Says::words(),
        Kind::Question => Says::answer(roll < 0.5),
        Kind::Tests => {
            let asserts = ["assert inc(0) == 1", "assert inc(1) == 2", "assert inc(2) == 3", "assert inc(3) == 4"];
            Says::tests(&asserts[..=(roll * 4.0) as usize])
        }
        Kind::Judgement => Says::judgement(Some(roll), Some(u8::from(roll < 0.5))),
    }
}

//! A run with a tree of every kind of node: a chain of three programs, with tests, a note, critiques below a repair, a
//! judgement and a question.

use super::manifest;
use mend_core::{
    CallId, Candidate, Completion, Defect, Digest, Event, ExtractionRule, Facts, Fault, FinishReason, Form, Found,
    ModelIdentity, Opinion, ProblemId, RepairTree, RunManifest, RunOutcome, Screened, Seat, Severity, Slot, Span,
    Status, SuiteVerdict, Terms, Test, TestVerdict, Text, Tokens, TreeKey, Tweaks, Usage, Used, Verdict,
};

/// Programs of the chain, the first of which tries to paint the terminal.
const PROGRAMS: [&str; 3] = [
    "def triple(x):\n    # \u{1b}[31mred\u{202e}\r\n    return x\n",
    "def triple(x):\n    return x + x\n",
    "def triple(x):\n    return 3 * x\n",
];

/// Two trees: that of `starter/10` holds every kind of node, and that of `starter/9` a chain of two programs.
pub(crate) fn deep_run() -> (RunManifest, Vec<RepairTree>) {
    let mut manifest = manifest();
    manifest.problems.truncate(2);
    manifest.run_id = "starter-chain-0a1b2c3d".into();
    manifest.identity.strategy.name = "chain".into();
    let expert = ModelIdentity { name: "sim/expert".into(), ..manifest.identity.models[&Seat::CODER].clone() };
    for seat in [Seat::CRITIC, Seat::PLANNER, Seat::TESTER, Seat::JUDGE] {
        manifest.identity.models.insert(seat, expert.clone());
    }
    (manifest, vec![whole(), short()])
}

fn whole() -> RepairTree {
    let mut tree = Growing::new("starter/10");
    let script = |source: &str| Test::Script { source: source.into() };
    let tests = vec![script("assert triple(2) == 6"), script("assert triple(0) == 0")];
    tree.asked("t0", Seat::TESTER, &[], "Two tests:\nassert triple(2) == 6\nassert triple(0) == 0\nassert\n");
    tree.found("t0", Found::Tests { tests, dropped: 1 });
    tree.program("p0", Seat::CODER, &[], PROGRAMS[0], 1);
    tree.apply(&Event::Tested { slot: slot("p0"), tests: slot("t0"), verdict: suite(2, 1), used: Used::default() });
    let outcomes = vec![RunOutcome::Value("2".into()), RunOutcome::Raised("TypeError".into())];
    let given = Digest::of(b"inputs");
    tree.apply(&Event::Ran { slot: slot("p0"), given, outcomes, used: Used::default() });
    tree.asked("p0/n0", Seat::PLANNER, &["p0", "t0"], "It forgets to multiply.");
    tree.found("p0/n0", Found::Note);
    tree.program("p0/r0", Seat::REPAIRER, &["p0", "p0/n0"], PROGRAMS[1], 1);
    tree.asked("p0/r0/f0", Seat::CRITIC, &["p0/r0"], "Line 2 adds twice.");
    let spans = vec![Span { first: 2, last: 2 }];
    tree.found("p0/r0/f0", Found::Critique { opinion: Some(Opinion::Incorrect), spans, defects: vec![] });
    tree.program("p0/r0/f0/r0", Seat::REPAIRER, &["p0/r0", "p0/r0/f0"], PROGRAMS[2], 2);
    tree.asked("v0", Seat::JUDGE, &["p0/r0", "p0/r0/f0/r0"], "The second, 0.8.");
    tree.found("v0", Found::Judgement { score: Some(0.8), choice: Some(1) });
    tree.asked("q0", "annotator".parse().unwrap(), &["p0/r0/f0/r0"], "Yes.");
    tree.found("q0", Found::Answer { yes: Some(true) });
    tree.sent("n0", Seat::PLANNER, &[], Terms::default());
    tree.submitted("p0/r0/f0/r0")
}

/// A run of one tree whose only node without a program is a critique that holds what it should not.
pub(crate) fn screened_run() -> (RunManifest, Vec<RepairTree>) {
    let (manifest, _) = deep_run();
    let mut tree = Growing::new("starter/10");
    tree.program("p0", Seat::CODER, &[], PROGRAMS[0], 1);
    let sampling = Tweaks { temperature: Some(0.7), stop: Some(vec!["\n\n".to_owned()]), ..Tweaks::default() };
    let terms = Terms { dropped: 2, forbids_code: true, sampling, ..Terms::default() };
    tree.asked_on("p0/f0", Seat::CRITIC, &["p0"], "lines 2-3 | crash | major\n```python\nreturn 3 * x\n```", terms);
    let defects = vec![Defect { first: 2, last: 3, fault: Fault::Crash, severity: Severity::Major }];
    let found = Found::Critique { opinion: None, spans: vec![Span { first: 2, last: 3 }], defects };
    let screened = Screened { code_cut: Some(true), copied_lines: Some(1) };
    tree.apply(&Event::Read { slot: slot("p0/f0"), found, screened });
    (manifest, vec![tree.submitted("p0")])
}

/// A run of one tree in which an annotator gives a hint and is asked about the repair.
pub(crate) fn helped_run() -> (RunManifest, Vec<RepairTree>) {
    let (manifest, _) = deep_run();
    let annotator: Seat = "annotator".parse().unwrap();
    let mut tree = Growing::new("starter/10");
    tree.program("p0", Seat::CODER, &[], PROGRAMS[1], 1);
    tree.asked("p0/f0", annotator, &["p0"], "Line 2 adds.");
    tree.found("p0/f0", Found::Critique { opinion: None, spans: vec![], defects: vec![] });
    tree.program("p0/f0/r0", Seat::REPAIRER, &["p0", "p0/f0"], PROGRAMS[2], 2);
    tree.asked("p0/f0/r0/q0", annotator, &["p0/f0/r0"], "Answer: no");
    tree.found("p0/f0/r0/q0", Found::Answer { yes: Some(false) });
    (manifest, vec![tree.submitted("p0/f0/r0")])
}

fn short() -> RepairTree {
    let mut tree = Growing::new("starter/9");
    tree.program("p0", Seat::CODER, &[], PROGRAMS[0], 1);
    tree.program("p0/r0", Seat::REPAIRER, &["p0"], PROGRAMS[0], 0);
    tree.submitted("p0/r0")
}

fn slot(text: &str) -> Slot {
    text.parse().unwrap()
}

/// A suite of that many tests, the first of which pass.
fn suite(total: u32, passed: u32) -> SuiteVerdict {
    let test = |index: u32| {
        let facts = Facts {
            call: Some(format!("triple({index})")),
            expected: Some((3 * index).to_string()),
            actual: Some("'\u{1b}[2J\nodd'".into()),
            ..Facts::default()
        };
        let (status, facts) =
            if index < passed { (Status::Passed, None) } else { (Status::WrongAnswer, Some(facts.into())) };
        TestVerdict { index, status, facts }
    };
    let status = if passed == total { Status::Passed } else { Status::WrongAnswer };
    SuiteVerdict { status, tests: (0..total).map(test).collect(), total }
}

struct Growing(RepairTree);

impl Growing {
    fn new(problem: &str) -> Self {
        Self(RepairTree::new(TreeKey { problem: ProblemId::new(problem), replicate: 0 }))
    }

    fn apply(&mut self, event: &Event) {
        self.0.apply(event).unwrap();
    }

    fn sent(&mut self, at: &str, seat: Seat, shows: &[&str], terms: Terms) {
        self.apply(&Event::Sent {
            call: CallId::new(&slot(at), 0),
            slots: vec![slot(at)],
            seat,
            model: "sim/expert".into(),
            worst_cost: Tokens(500).into(),
            prompt: Text::new(format!("[user]\nAsk for {at}.\u{1b}[0m\n")),
            template: Some(Digest::of(b"template")),
            shows: shows.iter().map(|shown| slot(shown)).collect(),
            terms,
        });
    }

    fn asked(&mut self, at: &str, seat: Seat, shows: &[&str], answer: &str) {
        self.asked_on(at, seat, shows, answer, Terms::default());
    }

    fn asked_on(&mut self, at: &str, seat: Seat, shows: &[&str], answer: &str, terms: Terms) {
        self.sent(at, seat, shows, terms);
        let usage = Usage { prompt: Some(Tokens(60)), completion: Some(Tokens(40)), ..Usage::default() };
        let completion = Completion {
            text: Text::new(answer),
            form: Form::Chat,
            finish_reason: FinishReason::Stop,
            usage,
            counted: Tokens(38),
            counted_prompt: None,
            usd: None,
            served_model: Some("expert".into()),
            replaced: 0,
            remark: None,
        };
        let call = CallId::new(&slot(at), 0);
        self.apply(&Event::Sampled { call, completions: vec![completion], usage, cost: Tokens(100).into() });
    }

    fn found(&mut self, at: &str, found: Found) {
        self.apply(&Event::Read { slot: slot(at), found, screened: Screened::default() });
    }

    /// A program that passes so many of two hidden tests.
    fn program(&mut self, at: &str, seat: Seat, shows: &[&str], program: &str, passed: u32) {
        self.asked(at, seat, shows, &format!("```python\n{program}```\n"));
        let hidden = suite(2, passed);
        self.apply(&Event::Judged {
            slot: slot(at),
            candidate: Some(Candidate {
                program: Text::new(program),
                rule: ExtractionRule::OneBlock,
                paper_tokens: Tokens(30),
            }),
            verdict: Verdict { status: hidden.status, public: None, hidden: Some(hidden), engine: Some("wasm".into()) },
            used: Used::default(),
        });
    }

    fn submitted(mut self, at: &str) -> RepairTree {
        self.apply(&Event::Submitted { ranking: vec![slot(at)] });
        self.0
    }
}

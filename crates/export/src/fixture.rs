//! Trees for the tests of kinds, and the rows that a kind makes of them.

use crate::{Kind, OfProblem, Options, Out, Run};
use mend_core::{
    CallId, Candidate, Cause, Digest, Event, ExtractionRule, Form, Found, Kind as NodeKind, KnownProgram, Opinion,
    Part, Remark, RepairTree, RunManifest, Screened, Seat, Slot, Status, SuiteVerdict, Terms, Test, TestVerdict, Text,
    Tokens, TreeKey, Used, Verdict,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A node to be, as a test wants it.
#[derive(Debug, Clone)]
pub(crate) struct Plant {
    slot: Slot,
    text: String,
    program: Option<String>,
    prompt: Option<String>,
    shows: Vec<Slot>,
    public: Option<(u32, u32)>,
    hidden: Option<(u32, u32)>,
    status: Option<Status>,
    is_unscored: bool,
    found: Option<Found>,
    tested: Vec<(Slot, u32, u32)>,
    model: String,
    by: Option<Seat>,
    remark: Option<Remark>,
    made_of: Vec<Slot>,
}

fn plant(slot: &str, text: &str) -> Plant {
    Plant {
        slot: slot.parse().unwrap(),
        text: text.to_owned(),
        program: None,
        prompt: None,
        shows: Vec::new(),
        public: None,
        hidden: None,
        status: None,
        is_unscored: false,
        found: None,
        tested: Vec::new(),
        model: "sim/journeyman".to_owned(),
        by: None,
        remark: None,
        made_of: Vec::new(),
    }
}

/// A program or a repair, by its code. It passes its one hidden test unless something else is said.
pub(crate) fn program(slot: &str, code: &str) -> Plant {
    let text = format!("```python\n{code}\n```\n");
    Plant { program: Some(code.to_owned()), hidden: Some((1, 1)), ..plant(slot, &text) }
}

/// A critique.
pub(crate) fn critique(slot: &str, text: &str, opinion: Option<Opinion>) -> Plant {
    let found = Found::Critique { opinion, spans: Vec::new(), defects: Vec::new() };
    Plant { found: Some(found), ..plant(slot, text) }
}

/// A judgement.
pub(crate) fn judgement(slot: &str, score: Option<f64>, choice: Option<u32>) -> Plant {
    Plant { found: Some(Found::Judgement { score, choice }), ..plant(slot, "Score: see above") }
}

/// What somebody in a seat notes.
pub(crate) fn note(slot: &str, by: Seat, text: &str) -> Plant {
    Plant { found: Some(Found::Note), by: Some(by), ..plant(slot, text) }
}

/// Tests that somebody wrote.
pub(crate) fn tests(slot: &str, asserts: &[&str]) -> Plant {
    let tests = asserts.iter().map(|source| Test::Script { source: (*source).into() }).collect();
    Plant { found: Some(Found::Tests { tests, dropped: 0 }), ..plant(slot, &asserts.join("\n")) }
}

impl Plant {
    /// Tests of the hidden suite that it passes, of how many.
    pub(crate) fn hidden(self, passed: u32, total: u32) -> Self {
        Self { hidden: Some((passed, total)), ..self }
    }

    /// The same of the public suite.
    pub(crate) fn public(self, passed: u32, total: u32) -> Self {
        Self { public: Some((passed, total)), ..self }
    }

    /// The same of the tests of another node.
    pub(crate) fn tested(mut self, tests: &str, passed: u32, total: u32) -> Self {
        self.tested.push((tests.parse().unwrap(), passed, total));
        self
    }

    /// An answer without a program.
    pub(crate) fn no_code(self) -> Self {
        Self { program: None, hidden: None, status: Some(Status::NoCode), ..self }
    }

    /// A program that cannot be scored.
    pub(crate) fn unscored(self) -> Self {
        Self { is_unscored: true, ..self }
    }

    /// The prompt that it answers, of which a text is made.
    pub(crate) fn prompt(self, user: &str) -> Self {
        Self { prompt: Some(user.to_owned()), ..self }
    }

    /// What the prompt shows. By default a repair shows what stands above it.
    pub(crate) fn shows(self, slots: &[&str]) -> Self {
        Self { shows: slots.iter().map(|slot| slot.parse().unwrap()).collect(), ..self }
    }

    /// What a person said beside the text.
    pub(crate) fn said(self, remark: Remark) -> Self {
        Self { model: "human:f.jsonl".to_owned(), remark: Some(remark), ..self }
    }

    /// What somebody wrote, in place of a program in its fences.
    pub(crate) fn text(self, text: &str) -> Self {
        Self { text: text.to_owned(), ..self }
    }

    /// The nodes that the strategy put it together of: nobody was asked.
    pub(crate) fn made_of(self, slots: &[&str]) -> Self {
        Self { made_of: slots.iter().map(|slot| slot.parse().unwrap()).collect(), ..self }
    }

    fn seat(&self) -> Seat {
        if let Some(seat) = self.by {
            return seat;
        }
        match self.slot.kind() {
            NodeKind::Program => Seat::CODER,
            NodeKind::Repair => Seat::REPAIRER,
            NodeKind::Feedback => Seat::CRITIC,
            NodeKind::Note => Seat::PLANNER,
            NodeKind::Tests => Seat::TESTER,
            NodeKind::Judgement => Seat::JUDGE,
            NodeKind::Question => Seat::first(Part::Annotator),
        }
    }

    /// Everything that happens until the node is done.
    fn events(&self, problem: &str) -> Vec<Event> {
        let slot = self.slot.clone();
        let call = CallId::new(&slot, 0);
        let above: Vec<Slot> = std::iter::successors(slot.parent(), Slot::parent).collect();
        let user = self.prompt.clone().unwrap_or_else(|| match above.first() {
            None => format!("Solve {problem}."),
            Some(parent) => format!("Solve {problem}, after {parent}, as {}.", slot.kind().as_str()),
        });
        let shows = if self.shows.is_empty() { above.into_iter().rev().collect() } else { self.shows.clone() };
        let completion = mend_core::Completion {
            counted: Tokens(7),
            remark: self.remark.clone().map(Box::new),
            ..mend_testkit::completion(self.text.as_str(), Form::Chat)
        };
        let mut events = if self.made_of.is_empty() {
            let sent = Event::Sent {
                call: call.clone(),
                slots: vec![slot.clone()],
                seat: self.seat(),
                model: self.model.clone(),
                worst_cost: Tokens(100).into(),
                prompt: Text::new(format!("[system]\nBe right.\n[user]\n{user}\n")),
                template: None,
                shows,
                terms: Terms::default(),
            };
            let usage = mend_core::Usage::default();
            vec![sent, Event::Sampled { call, completions: vec![completion], usage, cost: Tokens(9).into() }]
        } else {
            let text = Text::new(self.program.clone().unwrap_or_default());
            vec![Event::Made { slot: slot.clone(), text, of: self.made_of.clone() }]
        };
        if let Some(found) = &self.found {
            events.push(Event::Read { slot, found: found.clone(), screened: Screened::default() });
            return events;
        }
        let candidate = self.program.as_ref().map(|program| Candidate {
            program: Text::new(program.as_str()),
            rule: ExtractionRule::OneBlock,
            paper_tokens: Tokens(5),
        });
        if self.is_unscored {
            let (why, cause) = ("the test is broken".to_owned(), Some(Cause::BrokenTest));
            events.push(Event::Unscored { slot, candidate, why, cause });
            return events;
        }
        let verdict = if let Some(status) = self.status {
            Verdict::without_run(status)
        } else {
            let hidden = self.hidden.map(|(passed, total)| suite(passed, total));
            Verdict {
                status: hidden.as_ref().map_or(Status::Passed, |suite| suite.status),
                public: self.public.map(|(passed, total)| suite(passed, total)),
                hidden,
                engine: Some("process".to_owned()),
            }
        };
        events.push(Event::Judged { slot: slot.clone(), candidate, verdict, used: Used::default() });
        for (tests, passed, total) in &self.tested {
            let verdict = suite(*passed, *total);
            events.push(Event::Tested { slot: slot.clone(), tests: tests.clone(), verdict, used: Used::default() });
        }
        events
    }
}

/// The last tests of a suite fail.
fn suite(passed: u32, total: u32) -> SuiteVerdict {
    let test = |index| TestVerdict {
        index,
        status: if index < passed { Status::Passed } else { Status::WrongAnswer },
        facts: None,
    };
    SuiteVerdict::of((0..total).map(test).collect(), total, Status::WrongAnswer)
}

/// A finished tree, which hands in its first passing program.
pub(crate) fn tree(problem: &str, replicate: u32, plants: &[Plant]) -> RepairTree {
    let key = TreeKey { problem: mend_core::ProblemId::new(problem), replicate };
    let mut tree = RepairTree::new(key);
    for event in plants.iter().flat_map(|plant| plant.events(problem)) {
        tree.apply(&event).unwrap();
    }
    let passes = |node: &&mend_core::Node| node.passes(mend_core::Suite::Hidden) == Some(true);
    let ranking = tree.nodes().find(passes).map(|node| node.slot.clone()).into_iter().collect();
    tree.apply(&Event::Submitted { ranking }).unwrap();
    tree
}

/// A manifest of the trees' problems.
pub(crate) fn manifest(trees: &[RepairTree]) -> RunManifest {
    let mut entries: Vec<mend_core::ProblemEntry> = Vec::new();
    for tree in trees {
        if entries.last().is_none_or(|entry| entry.id != tree.key.problem) {
            let id = tree.key.problem.as_str();
            let digest = mend_core::Digest::of(id.as_bytes());
            entries.push(mend_core::ProblemEntry { digest, ..mend_testkit::entry(id) });
        }
    }
    let mut manifest = mend_testkit::manifest(entries);
    manifest.identity.replicates = trees.iter().map(|tree| tree.key.replicate + 1).max().unwrap_or(1);
    manifest
}

/// What an export made.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "rows are what it made")]
pub(crate) struct Rows {
    /// Its rows.
    pub(crate) rows: Vec<Value>,
    /// What it left out.
    pub(crate) left_out: BTreeMap<&'static str, u64>,
    /// What rows lack.
    pub(crate) lacking: BTreeMap<&'static str, u64>,
}

impl Rows {
    /// One field of all rows, as JSON text.
    pub(crate) fn field(&self, name: &str) -> Vec<String> {
        self.rows.iter().map(|row| row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned)).collect()
    }
}

/// The rows that a kind makes of one run, each checked against the kind's schema. Trees of a problem stand together.
pub(crate) fn rows(kind: &Kind, options: &Options, trees: &[RepairTree]) -> Rows {
    rows_of(kind, options, &[("run-1", trees)])
}

/// A program of which it is known what is wrong with it.
pub(crate) struct Known {
    pub(crate) program: &'static str,
    pub(crate) damage: Option<&'static str>,
    pub(crate) lines: &'static [u32],
}

/// The same of a run whose first programs are known.
pub(crate) fn known_rows(kind: &Kind, options: &Options, trees: &[RepairTree], known: &[Known]) -> Rows {
    let known: Vec<KnownProgram> = known
        .iter()
        .map(|known| KnownProgram {
            program: Digest::of(known.program.as_bytes()),
            damage: known.damage.map(str::to_owned),
            lines: known.lines.iter().copied().collect(),
        })
        .collect();
    rows_in(kind, options, &[("run-1", trees)], |manifest| {
        manifest.problems.iter_mut().for_each(|entry| entry.known.clone_from(&known));
    })
}

/// The same of several runs, by their ids.
pub(crate) fn rows_of(kind: &Kind, options: &Options, runs: &[(&str, &[RepairTree])]) -> Rows {
    rows_in(kind, options, runs, |_| {})
}

fn rows_in(kind: &Kind, options: &Options, runs: &[(&str, &[RepairTree])], change: impl Fn(&mut RunManifest)) -> Rows {
    kind.check(options).unwrap();
    let mut bytes: Vec<u8> = Vec::new();
    let mut make = (kind.make)(options).unwrap();
    let mut out = Out::new(&mut bytes);
    for (id, trees) in runs {
        let mut manifest = manifest(trees);
        manifest.run_id = (*id).to_owned();
        change(&mut manifest);
        let run = Run::new(manifest, PathBuf::from(id), (trees.len(), trees.len()));
        let of = |at: usize| {
            let id = &run.manifest.problems[at].id;
            let first = trees.iter().position(|tree| tree.key.problem == *id).unwrap();
            let count = trees[first..].iter().take_while(|tree| tree.key.problem == *id).count();
            OfProblem::new(&run, at, &trees[first..first + count])
        };
        if make.surveys() {
            (0..run.manifest.problems.len()).for_each(|at| make.survey(&of(at)));
        }
        make.run(&run, &mut out).unwrap();
        for at in 0..run.manifest.problems.len() {
            make.problem(&of(at), &mut out).unwrap();
        }
    }
    make.finish(&mut out).unwrap();
    let tally = std::mem::take(&mut out.tally);
    let text = String::from_utf8(bytes).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len() as u64, tally.rows);
    if let Some(schema) = kind.schema() {
        for row in &rows {
            mend_testkit::conforms(&schema, row).unwrap_or_else(|error| panic!("{}: {error}\n{row}", kind.name));
        }
    }
    Rows { rows, left_out: tally.left_out, lacking: tally.lacking }
}

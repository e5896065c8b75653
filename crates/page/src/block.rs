//! One tree as the script reads it when somebody opens it: every node with its texts, each line stored once.

use crate::changes::{Change, changes_of_lines};
use crate::highlight::highlight;
use crate::marks;
use crate::text::shown;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder};
use mend_core::{Facts, Found, Node, Outcome, RepairTree, RunManifest, Slot, Status, Suite, SuiteVerdict, Test, Text};
use mend_metrics::{TokenCounts, handed_in};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write as _;

/// What of the texts a file holds, so that it stays below its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// Everything.
    Full,
    /// No answers of programs that pass.
    FailingAnswers,
    /// No such answers, and no prompts.
    NoPrompts,
    /// No tree at all.
    NoTrees,
}

impl Detail {
    /// From the most to the least.
    pub(crate) const ALL: [Self; 4] = [Self::Full, Self::FailingAnswers, Self::NoPrompts, Self::NoTrees];
}

/// Failing tests of a node that are kept with their facts.
const MOST_FAILURES: usize = 50;

/// A tree, compressed and encoded: what an element of the page holds.
pub(crate) fn encoded(manifest: &RunManifest, tree: &RepairTree, detail: Detail) -> String {
    let json = block(manifest, tree, detail).to_string();
    STANDARD.encode(compressed(json.as_bytes()))
}

/// A tree as JSON, with all of its texts.
pub(crate) fn json(manifest: &RunManifest, tree: &RepairTree) -> String {
    block(manifest, tree, Detail::Full).to_string()
}

/// Compressed without a time or a name, so that the same bytes come out each time.
pub(crate) fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().mtime(0).write(vec![], Compression::new(8));
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("a Vec takes any bytes")
}

/// Texts of one tree, each line once.
#[derive(Default)]
struct Texts {
    lines: Vec<String>,
    places: HashMap<String, usize>,
    written: Vec<Value>,
    /// The lines of each text that is written.
    written_lines: Vec<Vec<usize>>,
    known: BTreeMap<(mend_core::Digest, bool), usize>,
    colours: Vec<String>,
    colour_places: HashMap<String, usize>,
}

impl Texts {
    fn line(&mut self, line: &str) -> usize {
        if let Some(place) = self.places.get(line) {
            return *place;
        }
        self.lines.push(line.to_owned());
        self.places.insert(line.to_owned(), self.lines.len() - 1);
        self.lines.len() - 1
    }

    fn colour(&mut self, runs: String) -> usize {
        if let Some(place) = self.colour_places.get(&runs) {
            return *place;
        }
        self.colours.push(runs.clone());
        self.colour_places.insert(runs, self.colours.len() - 1);
        self.colours.len() - 1
    }

    /// The place of a text; `None` if its words were not read.
    fn text(&mut self, text: &Text, is_program: bool) -> Option<usize> {
        let key = (text.digest(), is_program);
        if let Some(place) = self.known.get(&key) {
            return Some(*place);
        }
        let body = shown(text.body()?);
        let lines: Vec<usize> = body.split('\n').map(|line| self.line(line)).collect();
        let value = if is_program {
            let colours: Vec<usize> = highlight(&body).into_iter().map(|runs| self.colour(runs)).collect();
            json!({"l": &lines, "h": colours})
        } else {
            json!({"l": &lines})
        };
        self.written.push(value);
        self.written_lines.push(lines);
        self.known.insert(key, self.written.len() - 1);
        Some(self.written.len() - 1)
    }

    /// The changes from one text to another, both by their places.
    fn changes(&self, old: usize, new: usize) -> Option<Vec<Change>> {
        changes_of_lines(&self.written_lines[old], &self.written_lines[new], |line| self.lines[line].as_str())
    }
}

fn block(manifest: &RunManifest, tree: &RepairTree, detail: Detail) -> Value {
    let mut texts = Texts::default();
    let slots = slots(tree);
    let places: BTreeMap<&Slot, usize> = slots.iter().enumerate().map(|(place, slot)| (slot, place)).collect();
    let mut calls: BTreeMap<&Slot, &mend_core::Call> = BTreeMap::new();
    for (_, call) in tree.calls() {
        calls.extend(call.slots.iter().map(|slot| (slot, call)));
    }
    let submitted = handed_in(manifest, tree).map(|node| node.slot.clone());
    let nodes: Vec<Value> = slots
        .iter()
        .map(|slot| {
            let node = tree.node(slot);
            let mut told = Map::new();
            let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
            tell("s", slot.to_string().into());
            tell("k", slot.kind().as_str().into());
            if let Some(parent) = above(slot, &places) {
                tell("pa", parent.into());
            }
            let call = node.and_then(|node| tree.call(node.call.as_ref()?)).or(calls.get(slot).copied());
            if let Some(call) = call {
                tell("se", call.seat.to_string().into());
                tell("m", shown(&call.model).into());
                let shows: Vec<usize> = call.shows.iter().filter_map(|slot| places.get(slot).copied()).collect();
                if !shows.is_empty() {
                    tell("sh", shows.into());
                }
                if detail < Detail::NoPrompts {
                    if let Some(prompt) = texts.text(&call.prompt, false) {
                        tell("q", prompt.into());
                    }
                } else {
                    tell("cut", "prompt".into());
                }
            }
            if let Some(node) = node {
                let made: Vec<usize> = node.made_of.iter().filter_map(|slot| places.get(slot).copied()).collect();
                if !made.is_empty() {
                    tell("sh", made.into());
                }
                of_node(node, tree, detail, &mut texts, &mut tell);
            }
            Value::Object(told)
        })
        .collect();
    json!({
        "n": nodes,
        "sub": submitted.and_then(|slot| places.get(&slot).copied()),
        "done": tree.is_finished(),
        "L": texts.lines,
        "H": texts.colours,
        "X": texts.written,
    })
}

/// Every place of a tree: its nodes, and what was asked for and never came.
fn slots(tree: &RepairTree) -> Vec<Slot> {
    let asked = tree.calls().flat_map(|(_, call)| call.slots.iter());
    let all: BTreeSet<&Slot> = tree.nodes().map(|node| &node.slot).chain(asked).collect();
    all.into_iter().cloned().collect()
}

/// The nearest place above that the tree has.
fn above(slot: &Slot, places: &BTreeMap<&Slot, usize>) -> Option<usize> {
    let mut above = slot.parent();
    while let Some(slot) = above {
        if let Some(place) = places.get(&slot) {
            return Some(*place);
        }
        above = slot.parent();
    }
    None
}

fn of_node(
    node: &Node,
    tree: &RepairTree,
    detail: Detail,
    texts: &mut Texts,
    tell: &mut dyn FnMut(&str, Value) -> Option<Value>,
) {
    if let Some(completion) = &node.completion {
        let usage = completion.usage;
        let tokens = [usage.prompt, usage.completion].map(|tokens| tokens.map(|tokens| tokens.0));
        tell("t", json!(tokens));
        let counts = TokenCounts::of_node(node);
        match (counts.billed, counts.paper) {
            (Some(billed), _) => tell("b", (billed as u64).into()),
            (None, Some(paper)) => tell("pp", (paper as u64).into()),
            (None, None) => None,
        };
        if let Some(usd) = completion.usd {
            tell("usd", usd.to_string().into());
        }
        tell("fin", completion.finish_reason.as_str().into());
        if let Some(served) = &completion.served_model {
            tell("served", shown(served).into());
        }
        let passes = node.verdict().is_some_and(|verdict| verdict.status == Status::Passed);
        if detail >= Detail::FailingAnswers && passes {
            tell("cuta", true.into());
        } else if let Some(answer) = texts.text(&completion.text, false) {
            tell("a", answer.into());
        }
    }
    if let Some(candidate) = &node.candidate {
        tell("rule", candidate.rule.as_str().replace('_', " ").into());
        if let Some(program) = texts.text(&candidate.program, true) {
            tell("c", program.into());
        }
        let parent = node.slot.program_above().and_then(|parent| tree.node(&parent)?.candidate.as_ref());
        let old = parent.and_then(|parent| texts.text(&parent.program, true));
        if let Some((old, new)) = old.zip(texts.text(&candidate.program, true)) {
            let steps = texts.changes(old, new);
            let steps = steps.map(|steps| steps.iter().map(Change::written).collect::<Vec<_>>());
            tell("d", json!(steps));
        }
    }
    match &node.outcome {
        Some(Outcome::Judged(verdict, _)) => {
            tell("st", marks::place(verdict.status).into());
            if !verdict.status.is_scored() {
                tell("un", verdict.status.as_str().into());
            }
            if let Some(engine) = &verdict.engine {
                tell("e", engine.as_str().into());
            }
            let mut failures = vec![];
            for suite in [Suite::Public, Suite::Hidden] {
                let Some(found) = verdict.of(suite) else { continue };
                let name = suite.to_string();
                tell(&name, json!([found.passed(), found.total, letters(found)]));
                let failed = found.tests.iter().filter(|test| test.status != Status::Passed);
                failures.extend(failed.map(|test| failure(&name, test)));
            }
            let more = failures.len().saturating_sub(MOST_FAILURES);
            failures.truncate(MOST_FAILURES);
            if !failures.is_empty() {
                tell("f", failures.into());
            }
            if more > 0 {
                tell("more", more.into());
            }
        }
        Some(Outcome::Unscored(unscored)) => {
            tell("un", shown(&unscored.why).into());
        }
        Some(Outcome::Read(found)) => {
            tell("read", read(found).into());
        }
        None => {}
    }
}

/// A letter for each test that ran: `p` passed, `f` failed, `u` proved nothing.
fn letters(suite: &SuiteVerdict) -> String {
    let letter = |status: Status| match status {
        Status::Passed => 'p',
        status if status.is_scored() => 'f',
        _ => 'u',
    };
    suite.tests.iter().take(400).map(|test| letter(test.status)).collect()
}

fn failure(suite: &str, test: &mend_core::TestVerdict) -> Value {
    let mut told = Map::new();
    let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
    tell("su", suite.into());
    tell("i", test.index.into());
    tell("st", marks::place(test.status).into());
    if let Some(facts) = &test.facts {
        let Facts { call, input, expected, actual, exception, line, source, assertion, note, while_loading } = &**facts;
        let texts = [
            ("call", call),
            ("input", input),
            ("expected", expected),
            ("got", actual),
            ("exception", exception),
            ("source", source),
            ("assertion", assertion),
            ("note", note),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                tell(name, shown(text).into());
            }
        }
        if let Some(line) = line {
            tell("line", (*line).into());
        }
        if *while_loading {
            tell("loading", true.into());
        }
    }
    Value::Object(told)
}

/// What was read of a text that holds no program.
fn read(found: &Found) -> String {
    let parts: Vec<String> = match found {
        Found::Critique { opinion, spans, defects } => {
            let lines: Vec<String> = spans
                .iter()
                .map(|span| {
                    if span.first == span.last {
                        span.first.to_string()
                    } else {
                        format!("{}\u{2013}{}", span.first, span.last)
                    }
                })
                .collect();
            let named = (!lines.is_empty()).then(|| format!("names line {}", lines.join(", ")));
            let listed = (!defects.is_empty()).then(|| format!("lists {} defects", defects.len()));
            let opinion = opinion.map(|opinion| format!("calls the program {}", opinion.as_str()));
            [opinion, named, listed].into_iter().flatten().collect()
        }
        Found::Note => vec![],
        Found::Tests { tests, dropped } => {
            let mut parts = vec![format!("{} tests that could be read, {dropped} that could not", tests.len())];
            parts.extend(tests.iter().take(50).map(|test| match test {
                Test::Call { args, expected } => format!("\ncalled with {}, expected {}", args.0, expected.0),
                Test::Script { source } => format!("\n{}", source.trim_end()),
                Test::Stdio { input, expected } => format!("\ninput {input:?}, expected {expected:?}"),
            }));
            parts
        }
        Found::Judgement { score, choice } => {
            let score = score.map(|score| format!("score {score}"));
            let choice = choice.map(|choice| format!("prefers text {}", choice + 1));
            let parts: Vec<String> = [score, choice].into_iter().flatten().collect();
            if parts.is_empty() { vec!["neither a score nor a choice".to_owned()] } else { parts }
        }
        Found::Answer { yes } => vec![match yes {
            Some(true) => "agrees".to_owned(),
            Some(false) => "disagrees".to_owned(),
            None => "neither agrees nor disagrees".to_owned(),
        }],
    };
    shown(&parts.join("; ").replace("; \n", "\n"))
}

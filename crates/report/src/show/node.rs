//! One node, whole.

use super::changes::changes;
use super::{Look, Place, counted, fate, places, warning, words};
use crate::plain::{plain, visible};
use crate::tables::wrap;
use mend_core::{
    Facts, Found, Node, Outcome, RepairTree, RunManifest, RunOutcome, Slot, Suite, SuiteVerdict, Test, TestVerdict,
    Tweaks, Verdict,
};
use mend_metrics::{TokenCounts, handed_in};
use std::fmt::Write as _;

/// Failing tests of a suite that are told.
const TESTS: usize = 10;

/// Slots that a line names.
const SLOTS: usize = 12;

/// A node as a whole: where it stands, what it cost, its prompt as it was sent, its answer, its program, what that
/// changed, and its verdict. `None` if the tree has no such place.
pub fn show_node(manifest: &RunManifest, tree: &RepairTree, slot: &Slot, look: Look) -> Option<String> {
    let mut places = places(tree);
    let place = places.remove(slot)?;
    let mut page = Page { text: String::new(), look };
    page.say(&title(manifest, tree, &place));
    page.text += &warning(manifest, look.width.max(40));
    page.around(tree, &place);
    page.cost(&place);
    page.prompt(&place);
    if let Some(node) = place.node {
        page.answer(node);
        page.program(tree, node);
        page.verdict(node);
    }
    Some(page.text)
}

struct Page {
    text: String,
    look: Look,
}

fn title(manifest: &RunManifest, tree: &RepairTree, place: &Place<'_>) -> String {
    let mut title = format!("{} of {}", place.slot, tree.key.problem);
    if manifest.identity.replicates > 1 {
        let _ = write!(title, ", replicate {}", tree.key.replicate);
    }
    let _ = write!(title, ": {}", place.slot.kind().as_str());
    if let Some(seat) = place.seat() {
        let model = place.node.and_then(|node| node.model.as_deref()).or(place.call().map(|(_, call)| &*call.model));
        let _ = write!(title, " by the {seat} ({})", model.unwrap_or("model unknown"));
    }
    let _ = write!(title, ", {}", place.ended());
    if handed_in(manifest, tree).is_some_and(|node| node.slot == *place.slot) {
        title += ", handed in";
    }
    title
}

impl Page {
    fn say(&mut self, line: &str) {
        self.text += &wrap(&plain(line), self.look.width.max(40), 2);
    }

    fn heading(&mut self, words: &str) {
        let (bold, end) = if self.look.colour { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
        let _ = writeln!(self.text, "\n{bold}== {} =={end}", plain(words));
    }

    /// The nodes that it comes from, and those that come from it.
    fn around(&mut self, tree: &RepairTree, place: &Place<'_>) {
        if let Some(parent) = place.slot.parent() {
            let how = tree.node(&parent).map(|node| format!(" ({})", super::ended(node))).unwrap_or_default();
            self.say(&format!("parent: {parent}{how}"));
        }
        if let Some(node) = place.node.filter(|node| node.is_made()) {
            self.say("the strategy put it together itself: nobody was asked");
            self.slots("it is made of", node.made_of.iter());
        }
        let shows = place.call().map_or(&[][..], |(_, call)| &call.shows);
        self.slots("its prompt shows", shows.iter());
        let terms = place.call().map(|(_, call)| call.terms.clone()).unwrap_or_default();
        if terms.dropped > 0 {
            let items = counted(u64::from(terms.dropped), "earlier turn or item");
            let items = items.replace("turn or items", "turns or items");
            self.say(&format!("its prompt leaves out: {items}, since it would else be too long"));
        }
        if let Some(told) = sampling(&terms.sampling) {
            self.say(&format!("it samples otherwise than its seat: {told}"));
        }
        let below = super::places(tree).into_keys().filter(|slot| slot.parent().as_ref() == Some(place.slot));
        self.slots("below it", below);
        let is_shown = |call: &&mend_core::Call| call.shows.contains(place.slot);
        let shown_by = tree.calls().map(|(_, call)| call).filter(is_shown).flat_map(|call| &call.slots);
        self.slots("shown by the prompts of", shown_by);
    }

    fn slots<'a>(&mut self, what: &str, slots: impl Iterator<Item = &'a Slot>) {
        let slots: Vec<String> = slots.map(Slot::to_string).collect();
        if slots.is_empty() {
            return;
        }
        let more = match slots.len().saturating_sub(SLOTS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        self.say(&format!("{what}: {}{more}", slots.iter().take(SLOTS).cloned().collect::<Vec<_>>().join(", ")));
    }

    fn cost(&mut self, place: &Place<'_>) {
        for (id, call) in &place.calls {
            let shared = match call.slots.len() {
                1 => String::new(),
                count => format!(", asked for {count} answers at once"),
            };
            self.say(&format!("call {id}: {}, charged {}{shared}", fate(&call.state), call.state.charge()));
        }
        let Some((node, completion)) = place.node.and_then(|node| Some((node, node.completion.as_ref()?))) else {
            return;
        };
        let usage = completion.usage;
        let known = |name: &str, tokens: Option<mend_core::Tokens>| Some(format!("{name} {}", tokens?));
        let mut parts: Vec<String> = [
            known("prompt", usage.prompt),
            known("cached", usage.cached),
            known("reasoning", usage.reasoning),
            known("completion", usage.completion),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() {
            parts.push("not reported by the server".to_owned());
        }
        parts.push(format!("our count {}", completion.counted));
        parts.extend(TokenCounts::of_node(node).paper.map(|paper| format!("paper {paper:.0}")));
        parts.extend(completion.usd.map(|usd| format!("${usd}")));
        self.say(&format!("tokens: {}", parts.join(", ")));
        let served = completion.served_model.as_deref().map(|model| format!(", served by {model}"));
        let reason = completion.finish_reason.as_str();
        self.say(&format!("the answer ended by: {reason}{}", served.unwrap_or_default()));
        if completion.replaced > 0 {
            let count = counted(completion.replaced, "character");
            self.say(&format!("{count} of the answer that no text can hold: each is U+FFFD here"));
        }
    }

    fn prompt(&mut self, place: &Place<'_>) {
        self.heading("prompt, as it was sent");
        match place.call() {
            Some((_, call)) => self.text += &words(&call.prompt),
            None => self.text += "(nobody was asked)\n",
        }
    }

    fn answer(&mut self, node: &Node) {
        self.heading("answer");
        match &node.completion {
            Some(completion) => self.text += &words(&completion.text),
            None => self.text += "(no answer came)\n",
        }
        let Some(found) = node.found() else { return };
        self.heading("what was read of it");
        self.say(&super::read(found));
        if node.screened.code_cut == Some(true) {
            self.say("It holds a block of code, which its prompt forbids: nothing from there on is shown to others.");
        }
        if let Some(lines) = node.screened.copied_lines.filter(|lines| *lines > 0) {
            let lines = counted(u64::from(lines), "line");
            self.say(&format!("It holds {lines} of the reference solution, word for word."));
        }
        if let Found::Tests { tests, .. } = found {
            for (index, test) in tests.iter().enumerate() {
                let _ = writeln!(self.text, "test {index}:\n{}", indented(&test_words(test), 2));
            }
        }
    }

    fn program(&mut self, tree: &RepairTree, node: &Node) {
        if !node.slot.is_program() {
            return;
        }
        let Some(candidate) = &node.candidate else {
            self.heading("program");
            let why = if node.outcome.is_some() { "the answer holds none" } else { "not looked for yet" };
            let _ = writeln!(self.text, "({why})");
            return;
        };
        self.heading(&format!(
            "program (found by the rule {}, digest {})",
            candidate.rule,
            candidate.program.digest().short()
        ));
        let new = words(&candidate.program);
        self.text += &new;
        let Some(parent) = node.slot.program_above() else { return };
        self.heading(&format!("changes since {parent}"));
        let old = tree.node(&parent).and_then(|node| node.candidate.as_ref()).map(|candidate| &candidate.program);
        let known = |text: &mend_core::Text| text.body().is_some();
        let changed = match old {
            None => format!("({parent} holds no program)\n"),
            Some(old) if !known(old) || !known(&candidate.program) => {
                "(a text is missing, so that nothing can be compared)\n".to_owned()
            }
            Some(old) => changes((&parent.to_string(), &words(old)), (&node.slot.to_string(), &new), self.look),
        };
        self.text += &changed;
    }

    fn verdict(&mut self, node: &Node) {
        match &node.outcome {
            Some(Outcome::Judged(verdict, used)) => {
                self.heading("verdict");
                let engine = verdict.engine.as_deref().map(|engine| format!(", by the engine {engine}"));
                let fuel = used.fuel.map(|fuel| format!(", {fuel} instructions"));
                self.say(&format!("{}{}{}", verdict.status, engine.unwrap_or_default(), fuel.unwrap_or_default()));
                self.suites(verdict);
            }
            Some(Outcome::Unscored(unscored)) => {
                self.heading("verdict");
                self.say(&format!("unscored: {}", unscored.why));
            }
            Some(Outcome::Read(_)) | None => {}
        }
        for (tests, (suite, _)) in &node.tested {
            self.heading(&format!("by the tests of {tests}"));
            self.suite("tests", suite);
        }
        for (given, (outcomes, _)) in &node.ran {
            self.heading(&format!("run without a judgement (given {})", given.short()));
            if let [RunOutcome::Value(text)] = outcomes.as_slice()
                && let Some(blocks) = traced(text)
            {
                self.say("the blocks that one call executed, by their lines, with what each changed");
                for block in blocks {
                    let _ = writeln!(self.text, "{}", indented(&block, 4));
                }
                continue;
            }
            for (index, outcome) in outcomes.iter().enumerate() {
                let (how, what) = match outcome {
                    RunOutcome::Value(value) => ("", value.as_str()),
                    RunOutcome::Raised(kind) => ("raises ", kind.as_str()),
                    RunOutcome::Ended(status) => ("ends by ", status.as_str()),
                };
                let _ = writeln!(self.text, "input {index}: {how}{}", indented(what, 4).trim_start());
            }
        }
    }

    fn suites(&mut self, verdict: &Verdict) {
        for suite in [Suite::Public, Suite::Hidden] {
            if let Some(found) = verdict.of(suite) {
                self.suite(&suite.to_string(), found);
            }
        }
    }

    /// How a suite fared, and what is known of its first failing tests.
    fn suite(&mut self, name: &str, suite: &SuiteVerdict) {
        let unrun = match (suite.total as usize).saturating_sub(suite.tests.len()) {
            0 => String::new(),
            unrun => format!(", {unrun} not run"),
        };
        let total = counted(u64::from(suite.total), "test");
        self.say(&format!("{name}: {} of {total} passed{unrun}", suite.passed()));
        let failed: Vec<&TestVerdict> =
            suite.tests.iter().filter(|test| test.status != mend_core::Status::Passed).collect();
        for test in failed.iter().take(TESTS) {
            let _ = writeln!(self.text, "  {name} test {}: {}", test.index, test.status);
            if let Some(facts) = &test.facts {
                self.text += &told(facts);
            }
        }
        if failed.len() > TESTS {
            let more = counted((failed.len() - TESTS) as u64, "failing test");
            let _ = writeln!(self.text, "  and {more} more");
        }
    }
}

/// How a request samples, where its script differs from its seat.
fn sampling(of: &Tweaks) -> Option<String> {
    let Tweaks { temperature, top_p, max_tokens, stop, reasoning_effort, shorter } = of;
    let parts = [
        temperature.map(|value| format!("temperature {value}")),
        top_p.map(|value| format!("top_p {value}")),
        max_tokens.map(|value| format!("max_tokens {value}")),
        stop.as_ref().map(|texts| format!("stop {texts:?}")),
        reasoning_effort.as_ref().map(|effort| format!("reasoning_effort {effort}")),
        (*shorter > 0).then(|| format!("shorter {shorter}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Each fact with its name; values of several lines are indented.
fn told(facts: &Facts) -> String {
    let line = facts.line.map(|line| line.to_string());
    let named = [
        ("call", &facts.call),
        ("input", &facts.input),
        ("expected", &facts.expected),
        ("actual", &facts.actual),
        ("exception", &facts.exception),
        ("in line", &line),
        ("source", &facts.source),
        ("assertion", &facts.assertion),
        ("note", &facts.note),
    ];
    let mut text = String::new();
    for (name, value) in named {
        if let Some(value) = value {
            let _ = writeln!(text, "    {name:<10}{}", indented(value, 14).trim_start());
        }
    }
    if facts.while_loading {
        text += "    it failed while it was loaded, before any test\n";
    }
    text
}

/// A test as it was read.
fn test_words(test: &Test) -> String {
    match test {
        Test::Call { args, expected } => format!("called with {}, expected {}", args.0, expected.0),
        Test::Script { source } => source.trim_end().to_owned(),
        Test::Stdio { input, expected } => format!("input:\n{input}\nexpected:\n{expected}"),
    }
}

/// A harmless text whose lines begin with blanks.
fn indented(text: &str, by: usize) -> String {
    let blanks = " ".repeat(by);
    let text = visible(text.trim_end());
    text.split('\n').map(|line| format!("{blanks}{line}")).collect::<Vec<_>>().join("\n")
}

/// The blocks of a block trace, a line each; `None` if a text is none.
fn traced(text: &str) -> Option<Vec<String>> {
    let trace: serde_json::Value = serde_json::from_str(text).ok()?;
    let block = |step: &serde_json::Value| {
        let lines = match (step.get("first")?.as_u64()?, step.get("last")?.as_u64()?) {
            (first, last) if first == last => format!("line {first}"),
            (first, last) => format!("lines {first}-{last}"),
        };
        let value =
            |(name, value): (&String, &serde_json::Value)| format!("{name} = {}", value.as_str().unwrap_or("?"));
        let values: Vec<String> = step.get("values")?.as_object()?.iter().map(value).collect();
        Some(format!("{lines}: {}", values.join("; ")).trim_end_matches(": ").to_owned())
    };
    trace.get("steps")?.as_array()?.iter().map(block).collect()
}

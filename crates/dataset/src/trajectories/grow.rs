//! Trajectories to the events that grow a tree.

use super::Trajectory;
use super::step::{End, Ran, Step, recorded};
use mend_core::{
    CallId, Candidate, Completion, Digest, Entry, Event, ExtractionRule, FinishReason, Form, Found, Integrity,
    ProblemEntry, RunOutcome, Screened, Seat, Slot, Status, Terms, Text, Tokens, TreeKey, Used, Verdict,
};

/// Who a published verdict is by.
const ENGINE: &str = "published";

/// Why a program without a recorded flag is unscored.
const UNSAID: &str = "the file records no verdict on this program";

impl Trajectory {
    /// What reports need to know of the task.
    pub fn entry(&self) -> ProblemEntry {
        match &self.problem {
            Some(problem) => ProblemEntry::from(problem),
            None => ProblemEntry {
                id: self.id.clone(),
                digest: self.digest,
                difficulty: None,
                public_tests: 0,
                hidden_tests: 1,
                integrity: Integrity::Cooperative,
                dev: false,
                impossible: false,
                known: Vec::new(),
            },
        }
    }

    /// Programs, and those of them of which the file records a verdict by its deciding tests.
    pub fn counts(&self) -> (u64, u64) {
        let programs = self.steps.iter().filter_map(Step::ran);
        (programs.clone().count() as u64, programs.filter(|ran| ran.hidden.is_some()).count() as u64)
    }

    /// Everything that is known of the task, as it would have been journalled. `model` wrote all of it; `count` counts the
    /// tokens of a text.
    pub fn entries(&self, model: &str, count: &dyn Fn(&str) -> Tokens) -> Vec<Entry> {
        let total = self.entry().hidden_tests;
        let mut events: Vec<Event> = self.steps.iter().flat_map(|step| events(step, model, total, count)).collect();
        events.push(Event::Submitted { ranking: self.handed_in().into_iter().collect() });
        let key = TreeKey { problem: self.id.clone(), replicate: 0 };
        events.into_iter().map(|event| Entry { tree: Some(key.clone()), event }).collect()
    }

    /// Who wrote its answers.
    pub fn seats(&self) -> impl Iterator<Item = Seat> {
        self.steps.iter().map(|step| step.seat)
    }

    /// The program that was handed in: the last of which there is a flag, else the last.
    fn handed_in(&self) -> Option<Slot> {
        let last = |is: &dyn Fn(&Ran) -> bool| self.steps.iter().rev().find(|step| step.ran().is_some_and(is));
        last(&|ran| ran.hidden.is_some()).or_else(|| last(&|_| true)).map(|step| step.slot.clone())
    }
}

/// A request of its own for each answer: the file has one after the other.
fn events(step: &Step, model: &str, total: u32, count: &dyn Fn(&str) -> Tokens) -> Vec<Event> {
    let Step { slot, seat, prompt, shows, text, usage, told, end } = step;
    let call = CallId::new(slot, 0);
    let counted = count(text);
    let completion = Completion {
        text: Text::new(text.as_str()),
        form: Form::Chat,
        finish_reason: FinishReason::Unknown,
        usage: *usage,
        counted,
        counted_prompt: None,
        usd: None,
        served_model: None,
        replaced: 0,
        remark: None,
    };
    let mut events = vec![
        Event::Sent {
            call: call.clone(),
            slots: vec![slot.clone()],
            seat: *seat,
            model: model.to_owned(),
            worst_cost: Tokens(0).into(),
            prompt: Text::new(prompt.as_str()),
            template: None,
            shows: shows.clone(),
            terms: Terms::default(),
        },
        Event::Sampled { call, completions: vec![completion], usage: *usage, cost: Tokens(0).into() },
    ];
    events.push(ended(slot, end, total, counted));
    if let Some(told) = told {
        let outcomes = vec![RunOutcome::Value(told.clone())];
        let used = Used::default();
        events.push(Event::Ran { slot: slot.clone(), given: Digest::of(b"published"), outcomes, used });
    }
    events
}

fn ended(slot: &Slot, end: &End, total: u32, counted: Tokens) -> Event {
    let slot = slot.clone();
    let screened = Screened::default();
    let ran = match end {
        End::Note => return Event::Read { slot, found: Found::Note, screened },
        End::Critique => {
            let found = Found::Critique { opinion: None, spans: Vec::new(), defects: Vec::new() };
            return Event::Read { slot, found, screened };
        }
        End::Program(ran) => ran,
    };
    // The statement's imports and helpers ran before programs that are not complete: no problem of these sets is solvable
    // without.
    let rule = if ran.is_complete { ExtractionRule::AsPublished } else { ExtractionRule::BareCode };
    let candidate =
        ran.program.as_deref().map(|program| Candidate { program: Text::new(program), rule, paper_tokens: counted });
    let hidden = ran.hidden.map(|passes| recorded(passes, total));
    let status = match (&hidden, &ran.public) {
        (Some(hidden), _) => hidden.status,
        // What fails visible tests was repaired, and went no further.
        (None, Some(public)) if public.status != Status::Passed => public.status,
        (None, _) => return Event::Unscored { slot, candidate, why: UNSAID.to_owned(), cause: None },
    };
    let verdict = Verdict { status, public: ran.public.clone(), hidden, engine: Some(ENGINE.to_owned()) };
    Event::Judged { slot, candidate, verdict, used: Used::default() }
}

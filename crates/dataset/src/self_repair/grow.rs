//! Published tasks to the events that grow a tree.

use super::{Attempt, PublishedTask};
use mend_core::{
    CallId, Candidate, Completion, Entry, Event, ExtractionRule, FinishReason, Form, Integrity, ProblemEntry, Seat,
    Slot, Status, SuiteVerdict, Terms, Text, Tokens, TreeKey, Usage, Used, Verdict,
};

/// Who a published verdict is by.
const ENGINE: &str = "published";

impl PublishedTask {
    /// What reports need to know of the task. Its tests ran in the program's own interpreter, as far as is known.
    pub fn entry(&self) -> ProblemEntry {
        let tests = self.programs.iter().map(|program| program.attempt.verdict.total).max();
        ProblemEntry {
            id: self.id.clone(),
            digest: self.digest,
            difficulty: self.difficulty.clone(),
            public_tests: 0,
            hidden_tests: tests.unwrap_or(0),
            integrity: Integrity::Cooperative,
            dev: false,
            impossible: false,
            known: Vec::new(),
        }
    }

    /// Everything that is known of the task, as it would have been journalled: its programs, the repairs of each
    /// one that fails, and the first that passes as what was handed in. `coder` and `repairer` name models; `count`
    /// counts the tokens of texts for which the file has no count.
    ///
    /// One request stands for all programs, and one for all repairs of a program: the file knows of none.
    pub fn entries(&self, coder: &str, repairer: &str, count: &dyn Fn(&str) -> Tokens) -> Vec<Entry> {
        let key = TreeKey { problem: self.id.clone(), replicate: 0 };
        let mut events = vec![];
        let attempts: Vec<(Slot, &Attempt)> =
            (0..).map(Slot::program).zip(self.programs.iter().map(|program| &program.attempt)).collect();
        answer(&attempts, Seat::CODER, coder, count, &mut events);
        let mut passing: Vec<Slot> = passing(&attempts);
        for (program, (slot, _)) in self.programs.iter().zip(&attempts) {
            let repairs: Vec<(Slot, &Attempt)> = (0..).map(|index| slot.repair(index)).zip(&program.repairs).collect();
            answer(&repairs, Seat::REPAIRER, repairer, count, &mut events);
            passing.extend(self::passing(&repairs));
        }
        events.push(Event::Submitted { ranking: passing.into_iter().next().into_iter().collect() });
        events.into_iter().map(|event| Entry { tree: Some(key.clone()), event }).collect()
    }
}

fn passing(attempts: &[(Slot, &Attempt)]) -> Vec<Slot> {
    let passing = attempts.iter().filter(|(_, attempt)| attempt.verdict.status == Status::Passed);
    passing.map(|(slot, _)| slot.clone()).collect()
}

/// A request, its answers and their verdicts.
fn answer(
    attempts: &[(Slot, &Attempt)],
    seat: Seat,
    model: &str,
    count: &dyn Fn(&str) -> Tokens,
    events: &mut Vec<Event>,
) {
    let Some((first, _)) = attempts.first() else { return };
    let call = CallId::new(first, 0);
    events.push(Event::Sent {
        call: call.clone(),
        slots: attempts.iter().map(|(slot, _)| slot.clone()).collect(),
        seat,
        model: model.to_owned(),
        worst_cost: Tokens(0).into(),
        prompt: Text::new(""),
        template: None,
        shows: vec![],
        terms: Terms::default(),
    });
    let tokens: Vec<Tokens> = attempts.iter().map(|(_, attempt)| attempt.counted(count)).collect();
    let completion = |((_, attempt), tokens): (&(Slot, &Attempt), &Tokens)| Completion {
        text: Text::new(attempt.text.as_str()),
        form: Form::Chat,
        finish_reason: FinishReason::Unknown,
        usage: Usage::default(),
        counted: *tokens,
        counted_prompt: None,
        usd: None,
        served_model: None,
        replaced: 0,
        remark: None,
    };
    let completions = attempts.iter().zip(&tokens).map(completion).collect();
    events.push(Event::Sampled { call, completions, usage: Usage::default(), cost: Tokens(0).into() });
    for ((slot, attempt), paper_tokens) in attempts.iter().zip(tokens) {
        let candidate = attempt.program.as_deref().map(|program| Candidate {
            program: Text::new(program),
            rule: ExtractionRule::AsPublished,
            paper_tokens,
        });
        let verdict = verdict(&attempt.verdict);
        events.push(Event::Judged { slot: slot.clone(), candidate, verdict, used: Used::default() });
    }
}

fn verdict(suite: &SuiteVerdict) -> Verdict {
    if suite.status == Status::NoCode {
        return Verdict::without_run(Status::NoCode);
    }
    Verdict { status: suite.status, public: None, hidden: Some(suite.clone()), engine: Some(ENGINE.to_owned()) }
}

impl Attempt {
    /// The file's count, or ours of the program and the explanation before it.
    fn counted(&self, count: &dyn Fn(&str) -> Tokens) -> Tokens {
        let ours = || [&self.explanation, &self.program].into_iter().flatten().map(|text| count(text)).sum();
        self.tokens.unwrap_or_else(ours)
    }
}

//! What a strategy asks for at worst, before anything is sent: every program fails, and every answer fills its limit.
//!
//! The script is run with answers and verdicts that are made up. A prompt is counted as it is rendered then, with every
//! value of a failure as long as feedback may show it; each node that a prompt shows adds as many tokens as its own
//! answer may have. Retries are not in it.

use crate::script::{Act, Ask, Input, Script};
use crate::scripted::{Says, ScriptedModel};
use crate::trial::{Stage, TrialError, try_out};
use mend_core::{Completion, Facts, Kind, Problem, RunOutcome, Sampling, Seat, Slot, SuiteVerdict, Tokens};
use mend_judge::{JudgeError, Judgement, Look, Seen, Task};
use mend_model::{Speaker, TOKENS_PER_MESSAGE, count_tokens};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One request of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// Who is asked.
    pub seat: Seat,
    /// What for.
    pub kind: Kind,
    /// Completions.
    pub completions: u64,
    /// Tokens of the prompt at most.
    pub prompt: Tokens,
    /// Tokens of each completion at most.
    pub limit: Tokens,
}

/// The requests of one tree at a problem, at worst. Where a script could ask for more than it does when all programs fail,
/// the last entry holds what is left of its bound, at the price of its dearest request.
pub fn foresee(
    script: &Script,
    problem: &Arc<Problem>,
    sampling: &BTreeMap<Seat, Sampling>,
) -> Result<Vec<Foreseen>, TrialError> {
    let says = |_: Seat, slot: &Slot| match slot.kind() {
        kind if kind.is_program() => Says::Program { public: false, hidden: false },
        Kind::Feedback => Says::critique(Some(mend_core::Opinion::Incorrect)),
        Kind::Judgement => Says::judgement(Some(0.0), Some(0)),
        Kind::Question => Says::answer(false),
        _ => Says::words(),
    };
    let mut stage = Worst(ScriptedModel::new(problem, says));
    let trial = try_out(script, problem, &mut stage)?;
    let limits = |seat: Seat| sampling.get(&seat).map_or(Tokens(0), |sampling| sampling.max_tokens);
    let writers: BTreeMap<&Slot, Seat> =
        trial.acts.iter().filter_map(asked).flat_map(|ask| ask.slots.iter().map(|slot| (slot, ask.seat))).collect();
    let request = |ask: &Ask| {
        let rendered: u64 =
            ask.messages.iter().map(|message| count_tokens(&message.content).0 + TOKENS_PER_MESSAGE).sum();
        // What was said before stands in a conversation as answers of the model, whether or not it is also shown.
        let answers = ask.messages.iter().filter(|message| message.speaker == Speaker::Assistant).count() as u64;
        let shown: u64 = ask.shows.iter().map(|slot| writers.get(slot).map_or(0, |seat| limits(*seat).0)).sum();
        let tweaked = sampling.get(&ask.seat).map(|of_seat| ask.terms.sampling.over(of_seat));
        let mut prompt = rendered + shown + answers * limits(ask.seat).0;
        if let Some(most) = tweaked.as_ref().and_then(|sampling| sampling.max_prompt) {
            prompt = prompt.min(most.0);
        }
        Foreseen {
            seat: ask.seat,
            kind: ask.slots.first().map_or(Kind::Program, Slot::kind),
            completions: ask.slots.len() as u64,
            prompt: Tokens(prompt),
            limit: tweaked.map_or(Tokens(0), |sampling| sampling.max_tokens),
        }
    };
    let mut foreseen: Vec<Foreseen> = trial.acts.iter().filter_map(asked).map(request).collect();
    let left = script.header().bound.saturating_sub(trial.asked);
    let dearest = foreseen.iter().max_by_key(|request| request.prompt.0 + request.limit.0).cloned();
    if let Some(dearest) = dearest.filter(|_| left > 0) {
        foreseen.push(Foreseen { completions: left, ..dearest });
    }
    Ok(foreseen)
}

fn asked(act: &Act) -> Option<&Ask> {
    match act {
        Act::Ask(ask) => Some(ask),
        _ => None,
    }
}

/// A scripted model whose verdicts say as much as any can.
struct Worst(ScriptedModel);

/// Characters that a judge keeps of a value at most.
const KEPT: usize = 2_000;

/// Letters that share no token, so that a value of so many characters has about as many tokens.
fn long() -> String {
    ["q", "Z", "~", "j", "`", "X", "^", "v"].into_iter().cycle().take(KEPT).collect()
}

fn lengthen(suite: &mut SuiteVerdict) {
    for test in suite.tests.iter_mut().filter(|test| test.facts.is_some()) {
        let text = || Some(long());
        test.facts = Some(Box::new(Facts {
            call: text(),
            expected: text(),
            actual: text(),
            exception: text(),
            line: Some(1),
            source: text(),
            assertion: text(),
            ..Facts::default()
        }));
    }
}

impl Stage for Worst {
    fn answer(&mut self, ask: &Ask, slot: &Slot, problem: &Problem) -> Result<Option<Completion>, String> {
        self.0.answer(ask, slot, problem)
    }

    fn judge(&mut self, task: Task) -> Result<Judgement, JudgeError> {
        let mut judgement = self.0.judge(task)?;
        let verdict = &mut judgement.verdict;
        [&mut verdict.public, &mut verdict.hidden].into_iter().flatten().for_each(lengthen);
        Ok(judgement)
    }

    fn look(&mut self, slot: &Slot, look: Look) -> Result<Seen, JudgeError> {
        self.0.look(slot, look)
    }

    fn run(&mut self, slot: &Slot, inputs: &[Input]) -> Option<Vec<RunOutcome>> {
        self.0.run(slot, inputs)
    }
}

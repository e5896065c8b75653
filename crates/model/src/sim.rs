//! Simulated programmers: models that write, criticise and repair programs by known probabilities.
//!
//! They are evidence of wiring, never of models. What a run must show follows from [`Profile`]'s constants, and
//! [`SimulatedProgrammer::probabilities`] computes it. Read [`SimulatedProgrammer`] first, then its answer to
//! one slot in `Known::work`.

mod damage;
mod dice;
mod mutate;
mod odds;
mod profile;
mod prose;
mod python;
mod reading;

pub use odds::{ByQuality, CritiqueShares, FailingShare, Table};
pub use profile::{Bonus, Profile, profile_names};

use crate::tokens::cut_to_tokens;
use crate::{Answer, Model, ModelError, Request};
use damage::{Combinations, DamageSet, Damages};
use dice::Dice;
use mend_core::{
    Completion, Cost, Digest, FinishReason, Form, ModelIdentity, Opinion, Problem, Seat, Slot, Text, Usage, seed_for,
};
use profile::{Chances, Quality};
use prose::{Diagnosis, Draft};
use reading::{Library, Task};
use std::sync::{Arc, OnceLock};

/// Version of the rules and words below. Raise it with any change that changes an answer.
const EDITION: u64 = 2;

/// A programmer that is right with a known probability, else damages the reference solution, and that repairs
/// what it is shown with another.
///
/// An answer is a pure function of the profile, the request's seed, the problem, replicate, slot, role, and messages;
/// neither order, concurrency nor the other slots of the request reach it. The messages decide what there is to do: the
/// problem is the one whose statement they show, and there is something to repair if a fenced block holds one of the
/// programs that the programmer could have written. The random draws do not depend on the words of the
/// messages, so that two prompts for the same slot are answered with the same luck.
///
/// - Without a known statement, or without a reference solution, it refuses.
/// - A problem whose reference offers nothing to damage is always solved.
/// - A program that is not one of its own is answered with a fresh program.
/// - A repair goes by the critique that the prompt quotes. Without one it criticises on its own first, if the prompt
///   shows any fact of the failure; else it goes by nothing.
/// - A quoted critique is right if it names a line that holds a damage (by its number or word for word), wrong if it
///   names only others, vague if it names none.
/// - As a critic it writes no program. Without facts it names nothing. Where it is asked for its opinion, a failing
///   test decides that; without one it is right with the chance of a right critique.
#[derive(Debug)]
pub struct SimulatedProgrammer {
    profile: Profile,
    library: Library,
    problems: Vec<Known>,
    digest: Digest,
}

/// What the programmer knows of a problem.
#[derive(Debug)]
struct Known {
    digest: Digest,
    statement: Arc<str>,
    /// What an answer calls the task.
    subject: String,
    chances: Chances,
    /// `None` without a reference solution.
    damages: Option<Damages>,
    combinations: OnceLock<Combinations>,
}

/// What the programmer does for one slot.
struct Work {
    program: DamageSet,
    diagnosis: Option<Diagnosis>,
}

/// What a critic finds.
struct Remark {
    diagnosis: Diagnosis,
    opinion: Opinion,
}

impl SimulatedProgrammer {
    /// A programmer of this profile who knows these problems.
    pub fn new(profile: Profile, problems: &[Problem]) -> Self {
        let known: Vec<Known> = problems.iter().map(|problem| Known::of(&profile, problem)).collect();
        let digest = digest(&profile, problems, &known);
        let library = Library::new(problems.iter().map(|problem| &*problem.statement));
        Self { profile, library, problems: known, digest }
    }

    /// The probabilities that this programmer's answers follow at a problem.
    pub fn probabilities(&self, problem: &Problem) -> Table {
        odds::table(&self.profile, problem)
    }

    /// The problem that a request shows. Where problems share their statement, the request's digest decides.
    fn problem(&self, request: &Request) -> Option<&Known> {
        let found = self.library.find(&request.messages);
        let mut found = found.iter().map(|index| &self.problems[*index]);
        let first = found.next()?;
        let is_meant = |known: &&Known| known.digest == request.problem_digest;
        Some(if is_meant(&first) { first } else { found.find(is_meant).unwrap_or(first) })
    }

    /// Text of one slot's answer, before the token limit.
    fn answer(
        &self,
        request: &Request,
        reading: Option<&(&Known, &Damages, Task)>,
        slot: &Slot,
    ) -> (String, FinishReason) {
        let problem = reading.map_or(request.problem_digest, |(known, ..)| known.digest).to_string();
        let (replicate, slot) = (request.replicate.to_string(), slot.to_string());
        let seed = |purpose: &str| {
            let seat = request.seat.to_string();
            let place = ["simulated", &self.profile.name, &problem, &replicate, &slot, &seat, purpose];
            seed_for(request.seed, &place)
        };
        let marker = &seed("marker").to_string()[..16];
        let Some((known, damages, task)) = reading else {
            return (prose::refusal(marker), FinishReason::Refusal);
        };
        let mut words = Dice::new(seed("words"));
        if request.seat == Seat::CRITIC {
            let asks_opinion = reading::asks_opinion(&request.messages);
            let remark = known.review(damages, task, &mut Dice::new(seed("critique")));
            let opinion = asks_opinion.then_some(remark.opinion);
            let text = prose::critique(marker, &known.subject, &remark.diagnosis, opinion, &mut words);
            return (text, FinishReason::Stop);
        }
        let work = known.work(&self.profile, damages, task, &mut Dice::new(seed("program")));
        let draft = Draft {
            marker,
            subject: &known.subject,
            diagnosis: work.diagnosis,
            program: &damages.program(&work.program),
            is_illustrated: words.chance(self.profile.illustration),
        };
        (prose::answer(&draft, &mut words), FinishReason::Stop)
    }
}

#[async_trait::async_trait]
impl Model for SimulatedProgrammer {
    fn identity(&self) -> ModelIdentity {
        ModelIdentity {
            name: format!("sim/{}", self.profile.name),
            simulated: true,
            digest: Some(self.digest),
            sampling: None,
        }
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        let prompt = request.prompt_tokens();
        let reading = self.problem(request).and_then(|known| {
            let damages = known.damages.as_ref()?;
            let combinations = known.combinations(&self.profile, damages);
            Some((known, damages, reading::task(&request.messages, &known.statement, combinations)))
        });
        let completion = |slot| {
            let (whole, finish_reason) = self.answer(request, reading.as_ref(), slot);
            let (text, counted) = cut_to_tokens(&whole, request.sampling.max_tokens);
            Completion {
                form: Form::Chat,
                finish_reason: if text.len() < whole.len() { FinishReason::Length } else { finish_reason },
                usage: Usage { prompt: Some(prompt), completion: Some(counted), ..Usage::default() },
                counted,
                text: Text::new(text),
                counted_prompt: Some(prompt),
                usd: None,
                served_model: Some(self.profile.name.clone()),
                replaced: 0,
            }
        };
        Ok(Answer::of(request.slots.iter().map(completion).collect()))
    }

    fn worst_case(&self, request: &Request) -> Cost {
        request.worst_case().into()
    }

    fn is_free(&self) -> bool {
        true
    }
}

impl Known {
    fn of(profile: &Profile, problem: &Problem) -> Self {
        Self {
            digest: problem.digest,
            statement: Arc::clone(&problem.statement),
            subject: problem.style.entry_point().unwrap_or("main").to_owned(),
            chances: profile.chances(problem),
            damages: Damages::of(problem),
            combinations: OnceLock::new(),
        }
    }

    fn combinations(&self, profile: &Profile, damages: &Damages) -> &Combinations {
        self.combinations.get_or_init(|| Combinations::of(damages, profile.damage_shares))
    }

    fn work(&self, profile: &Profile, damages: &Damages, task: &Task, dice: &mut Dice) -> Work {
        let combinations = self.combinations(profile, damages);
        match task {
            Task::Write => {
                let wrong = (!dice.chance(self.chances.right_first())).then(|| combinations.draw(dice)).flatten();
                Work { program: wrong.cloned().unwrap_or_default(), diagnosis: None }
            }
            Task::Repair { damages: present, has_facts, critique } => {
                let own = if *has_facts { self.critique(dice) } else { Quality::None };
                // The damage that is named if the critique is right, and that luck may remove otherwise.
                let target = dice.pick(present).copied();
                let (quality, target, diagnosis) = match critique {
                    None => (own, target, diagnose(damages, present, target, own, dice)),
                    Some(critique) => {
                        let (quality, named) = damages.judge_critique(present, critique);
                        (quality, named.or(target), Diagnosis::Told)
                    }
                };
                let is_removed = dice.chance(self.chances.removes(quality, present.len()));
                let removed = target.filter(|_| is_removed);
                let mut program: DamageSet = present.iter().copied().filter(|index| Some(*index) != removed).collect();
                if dice.chance(profile.slip) {
                    let additions = combinations.additions(damages, &program, removed);
                    program = dice.pick(&additions).cloned().unwrap_or(program);
                }
                Work { program, diagnosis: Some(diagnosis) }
            }
        }
    }

    /// What the programmer, as a critic, finds in what it is shown.
    fn review(&self, damages: &Damages, task: &Task, dice: &mut Dice) -> Remark {
        let Task::Repair { damages: present, has_facts, .. } = task else {
            // No program of ours: nothing to point at, and certainly nothing that is right.
            return Remark { diagnosis: Diagnosis::Vague, opinion: Opinion::Incorrect };
        };
        let quality = self.critique(dice);
        let is_sound = dice.chance(self.chances.right_critique());
        let target = dice.pick(present).copied();
        let is_called_right = !has_facts && present.is_empty() == is_sound;
        let (quality, opinion) = match (has_facts, is_called_right) {
            (true, _) => (quality, Opinion::Incorrect),
            (false, true) => (Quality::None, Opinion::Correct),
            // A right program that is called wrong: the critic makes something up.
            (false, false) if present.is_empty() => (Quality::Wrong, Opinion::Incorrect),
            (false, false) => (Quality::None, Opinion::Incorrect),
        };
        Remark { diagnosis: diagnose(damages, present, target, quality, dice), opinion }
    }

    fn critique(&self, dice: &mut Dice) -> Quality {
        let critiques = self.chances.critiques();
        critiques[dice.weighted(&critiques.map(|(_, share)| share))].0
    }
}

/// What the programmer says of a failing program. A wrong critique names a line that could hold a damage and
/// holds none; where there is no such line it names the first.
fn diagnose(
    damages: &Damages,
    present: &DamageSet,
    target: Option<usize>,
    quality: Quality,
    dice: &mut Dice,
) -> Diagnosis {
    let line = match quality {
        Quality::Vague => return Diagnosis::Vague,
        Quality::None => return Diagnosis::Blind,
        Quality::Right => match target {
            Some(target) => damages.line(present, target),
            None => return Diagnosis::Vague,
        },
        Quality::Wrong => {
            let damaged: Vec<usize> = present.iter().map(|index| damages.line(present, *index)).collect();
            let sound: Vec<usize> = (0..damages.edits().len())
                .map(|index| damages.line(present, index))
                .filter(|line| !damaged.contains(line))
                .collect();
            dice.pick(&sound).copied().unwrap_or(1)
        }
    };
    let program = damages.program(present);
    Diagnosis::Line(line, program.lines().nth(line - 1).unwrap_or_default().to_owned())
}

/// Digest over all that decides the answers: these rules, the profile, and the damages of all problems, in
/// whatever order these come.
fn digest(profile: &Profile, problems: &[Problem], known: &[Known]) -> Digest {
    let mut parts: Vec<Digest> = problems
        .iter()
        .zip(known)
        .map(|(problem, known)| {
            let edits = known.damages.as_ref().map(|damages| format!("{:?}", damages.edits()));
            Digest::of_parts([
                &problem.digest.as_bytes()[..],
                problem.difficulty.as_deref().unwrap_or_default().as_bytes(),
                problem.reference.as_deref().unwrap_or_default().as_bytes(),
                edits.unwrap_or_default().as_bytes(),
            ])
        })
        .collect();
    parts.sort_unstable();
    let (edition, profile) = (EDITION.to_le_bytes(), profile.digest());
    let rules = [&edition[..], profile.as_bytes()];
    Digest::of_parts(rules.into_iter().chain(parts.iter().map(|part| &part.as_bytes()[..])))
}

#[cfg(test)]
mod tests;

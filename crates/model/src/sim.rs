//! Simulated programmers: models that do by known probabilities what a strategy may ask for: programs, repairs, critiques,
//! tests, plans, judgements, answers and hints.
//!
//! They are evidence of wiring, never of models. What a run must show follows from [`Profile`]'s constants, and
//! [`SimulatedProgrammer::probabilities`] computes it. Read [`SimulatedProgrammer`] first, then its answer to
//! one slot in `SimulatedProgrammer::answer`. Each job has a module of its own.

mod alter;
mod annotator;
mod cases;
mod damage;
mod dice;
mod judge;
mod mentions;
mod mutate;
mod odds;
mod planner;
mod profile;
mod programs;
mod prose;
mod python;
mod reading;
mod request;
mod tester;

pub use odds::{ByPlan, ByQuality, CritiqueShares, FailingShare, Table};
pub use profile::{Bonus, Profile, profile_names};

use crate::tokens::cut_to_tokens;
use crate::{Answer, Model, ModelError, Request};
use cases::Case;
use damage::{Combinations, Damages};
use dice::Dice;
use mend_core::{Completion, Cost, Digest, FinishReason, Form, ModelIdentity, Problem, Slot, Text, Usage, seed_for};
use profile::Chances;
use prose::Draft;
use reading::{Library, Task};
use request::Job;
use std::sync::OnceLock;

/// Version of the rules and words below. Raise it with any change that changes an answer. It did not rise when the other
/// seats came, nor when notes of coders came to hold code: until then no script could make anything of such an answer.
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
///
/// What else it is asked for follows from the kind of the slot, and how it is done from the prompt's closing request:
///
/// - Tests: as many as the prompt says, else five, each of another input of the problem's own tests. Each is valid with
///   `sigma(iota - b + 1)`, else its value is wrong by one character.
/// - A note is a plan. It is good with `sigma(theta - b)` and says so by a mark. Whoever writes or repairs a program and is
///   shown a plan has 1 more, or 1 less, on the logit; the last plan that is shown counts.
/// - A note of a coder or a repairer whose prompt wants code in a Python block holds a program. Where it wants a step of a
///   conversation with an interpreter, between tags, the program is run or proposed, each with 1/2.
/// - A judgement compares two programs, or scores one. A program is worth the share of the two suites that it passes by
///   the mutants' records. The first of two is preferred with `1/2 + sigma(iota) (s1 - s2) / 2 + 0.05`; a score is the true
///   one with `sigma(iota)`, else uniform. Of two quoted judgements of one program the same holds, with the distances of
///   their scores from the true one, negated, for s1 and s2.
/// - A question is about a test of the problem or about a program, and is answered truthfully with 0.95.
/// - An annotator who is asked for a note or a critique gives a hint of the level that the prompt names (1 which test, 2
///   which line, 3 what is wrong, 4 the line as it should be), which is right with 0.95. A right hint from level 2 on is a
///   right critique to whoever repairs by it, a wrong one a wrong critique; level 1 names no line, and is a vague one.
/// - What it cannot do it refuses, and says why.
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
    problem: Problem,
    /// What an answer calls the task.
    subject: String,
    chances: Chances,
    /// `None` without a reference solution.
    damages: Option<Damages>,
    combinations: OnceLock<Combinations>,
    cases: OnceLock<Vec<Case>>,
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
        let is_meant = |known: &&Known| known.problem.digest == request.problem_digest;
        Some(if is_meant(&first) { first } else { found.find(is_meant).unwrap_or(first) })
    }

    /// Text of one slot's answer, before the token limit.
    fn answer(
        &self,
        request: &Request,
        reading: Option<&(&Known, &Damages, Task)>,
        slot: &Slot,
    ) -> (String, FinishReason) {
        let job = Job::of(request.seat.part(), slot.kind(), &request.messages);
        let problem = reading.map_or(request.problem_digest, |(known, ..)| known.problem.digest).to_string();
        let (replicate, slot) = (request.replicate.to_string(), slot.to_string());
        let seed = |purpose: &str| {
            let seat = request.seat.to_string();
            let place = ["simulated", &self.profile.name, &problem, &replicate, &slot, &seat, purpose];
            seed_for(request.seed, &place)
        };
        let dice = |purpose: &str| Dice::new(seed(purpose));
        let marker = &seed("marker").to_string()[..16];
        let Some((known, damages, task)) = reading else {
            return (prose::refusal(marker), FinishReason::Refusal);
        };
        let mut words = dice("words");
        let (messages, statement) = (&request.messages, &known.problem.statement);
        let asks_opinion = reading::asks_opinion(messages);
        let said = match job {
            Job::Critique => {
                let remark = known.review(damages, task, &mut dice("critique"));
                let opinion = asks_opinion.then_some(remark.opinion);
                let text = prose::critique(marker, &known.subject, &remark.diagnosis, opinion, &mut words);
                return (text, FinishReason::Stop);
            }
            Job::Program | Job::Step => {
                let plan = planner::shown(messages);
                let work = known.work(&self.profile, damages, task, plan, &mut dice("program"));
                let draft = Draft {
                    marker,
                    subject: &known.subject,
                    diagnosis: work.diagnosis,
                    program: &damages.program(&work.program),
                    is_illustrated: words.chance(self.profile.illustration),
                };
                let text = match job {
                    Job::Step => prose::step(&draft, dice("step").chance(0.5), &mut words),
                    _ => prose::answer(&draft, &mut words),
                };
                return (text, FinishReason::Stop);
            }
            Job::Tests => {
                let asked = tester::Asked { subject: &known.subject, messages, statement };
                tester::write(known.cases(), known.chances.valid_test(), &asked, &mut dice("tests"))
            }
            Job::Confirmed => annotator::confirm(known.cases(), messages, statement, &mut dice("answer")),
            Job::Plan => {
                let mut luck = dice("plan");
                let mut is_good = || luck.chance(known.chances.good_plan());
                Ok(match planner::list_wanted(&request::closing(messages, statement)) {
                    Some((count, key)) => {
                        let are_good: Vec<bool> = (0..count).map(|_| is_good()).collect();
                        planner::write_list(&known.subject, key, &are_good, &mut words)
                    }
                    None => planner::write(&known.subject, is_good(), &mut words),
                })
            }
            Job::Judgement => {
                let programs = (*damages, known.combinations(&self.profile, damages));
                judge::write(programs, known.chances.sound_judgement(), messages, statement, &mut dice("judgement"))
            }
            Job::Answer => annotator::answer(known.cases(), task, messages, statement, &mut dice("answer")),
            Job::Hint => {
                let cases = known.cases();
                let shown = annotator::Shown { cases, damages, task, messages, statement, asks_opinion };
                annotator::hint(&shown, &mut dice("hint"), &mut words)
            }
        };
        match said {
            Ok(said) => (prose::said(&said, marker), FinishReason::Stop),
            Err(refused) => (prose::refused(&refused, marker), FinishReason::Refusal),
        }
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
            Some((known, damages, reading::task(&request.messages, &known.problem.statement, combinations)))
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
                remark: None,
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
            problem: problem.clone(),
            subject: problem.style.entry_point().unwrap_or("main").to_owned(),
            chances: profile.chances(problem),
            damages: Damages::of(problem),
            combinations: OnceLock::new(),
            cases: OnceLock::new(),
        }
    }

    fn cases(&self) -> &[Case] {
        self.cases.get_or_init(|| cases::of(&self.problem))
    }

    fn combinations(&self, profile: &Profile, damages: &Damages) -> &Combinations {
        self.combinations.get_or_init(|| Combinations::of(damages, profile.damage_shares))
    }
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

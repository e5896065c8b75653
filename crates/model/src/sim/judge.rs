//! The judge and the verifier: a preference between two programs, or the score of one.
//!
//! What a program is worth comes from the mutants' recorded statuses, which say of each damage which suites it passes:
//! the share of the two suites that the program passes. The undamaged program is worth 1, one whose damages all pass the
//! public suite 1/2, any other 0. Damages without a record fail both.
//!
//! A plan that stands alone is worth 1 if it is good, else 0.
//!
//! Of two judgements of one program, quoted with their scores, that one is the better whose score is nearer to what the
//! program is worth.

use super::damage::{Combinations, DamageSet, Damages};
use super::dice::Dice;
use super::prose::{Refused, Said};
use super::{planner, reading, request};
use crate::Message;

/// What standing first adds to the chance of being preferred.
pub(super) const FIRST_BONUS: f64 = 0.05;

const CHOICE_WORDS: [&str; 9] =
    ["choice", "choose", "prefer", "preferred", "preference", "better", "best", "which", "winner"];
const SCORE_WORDS: [&str; 9] =
    ["score", "rate", "rating", "grade", "probability", "confidence", "fraction", "likely", "likelihood"];

/// Chance that the first of two programs, or of two judgements, is preferred. `soundness` is the chance that a judgement is
/// sound.
pub(super) fn prefers_first(soundness: f64, first: f64, second: f64) -> f64 {
    (0.5 + soundness * (first - second) / 2.0 + FIRST_BONUS).clamp(0.0, 1.0)
}

/// The judgement that the prompt's closing request asks for.
pub(super) fn write(
    (damages, combinations): (&Damages, &Combinations),
    soundness: f64,
    messages: &[Message],
    statement: &str,
    dice: &mut Dice,
) -> Result<Said, Refused> {
    let closing = request::closing(messages, statement);
    let programs = programs(messages, damages, combinations);
    let scores = quoted_scores(messages);
    let asks_choice = request::last_of(&closing, &CHOICE_WORDS);
    let asks_score = request::last_of(&closing, &SCORE_WORDS);
    match (asks_choice.max(asks_score), programs.as_slice()) {
        (None, _) => Err(Refused("I am asked neither for a choice nor for a score")),
        (last, [first, second]) if last == asks_choice => {
            let [first, second] = [first, second].map(|set| damages.worth(set));
            let is_first = dice.chance(prefers_first(soundness, first, second));
            let rest = format!("Choice: {}\n", if is_first { "A" } else { "B" });
            Ok(Said { opening: "I compared both programs.".to_owned(), rest })
        }
        (last, [only]) if last == asks_choice && scores.len() == 2 => {
            // The nearer to the truth, the better.
            let [first, second] = [scores[0], scores[1]].map(|score| -(score - damages.worth(only)).abs());
            let is_first = dice.chance(prefers_first(soundness, first, second));
            let rest = format!("Choice: {}\n", if is_first { "A" } else { "B" });
            Ok(Said { opening: "I compared both judgements.".to_owned(), rest })
        }
        (last, _) if last == asks_choice => {
            Err(Refused("I choose between two programs that I know, and this prompt does not show just two"))
        }
        (_, [only]) => {
            let is_sound = dice.chance(soundness);
            let guess = dice.unit();
            let score = if is_sound { damages.worth(only) } else { guess };
            Ok(Said { opening: "I went through the program.".to_owned(), rest: format!("Score: {score:.2}\n") })
        }
        (_, programs) => match planner::shown(messages).filter(|_| programs.is_empty()) {
            Some(is_good) => {
                let is_sound = dice.chance(soundness);
                let guess = dice.unit();
                let score = if is_sound { f64::from(u8::from(is_good)) } else { guess };
                Ok(Said { opening: "I went through the plan.".to_owned(), rest: format!("Score: {score:.2}\n") })
            }
            None => {
                Err(Refused("I score one program that I know, or one plan, and this prompt does not show just one"))
            }
        },
    }
}

/// The scores that the last message quotes, in their order: lines such as `> Score: 0.5`.
fn quoted_scores(messages: &[Message]) -> Vec<f64> {
    let lines = messages.last().map_or("", |message| &*message.content).lines();
    let quoted = lines.filter_map(|line| line.strip_prefix('>')?.trim().strip_prefix("Score:"));
    quoted.filter_map(|number| number.trim().parse().ok()).filter(|score| (0.0..=1.0).contains(score)).collect()
}

/// The programs of ours in the last message that has any, in their order: those in fences, or else those that stand in
/// the text as they are.
fn programs<'c>(messages: &[Message], damages: &Damages, combinations: &'c Combinations) -> Vec<&'c DamageSet> {
    messages
        .iter()
        .rev()
        .map(|message| {
            let fenced = reading::programs(&message.content, combinations);
            if fenced.is_empty() { unfenced(&message.content, damages, combinations) } else { fenced }
        })
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

fn unfenced<'c>(text: &str, damages: &Damages, combinations: &'c Combinations) -> Vec<&'c DamageSet> {
    let mut found: Vec<(usize, usize, &DamageSet)> = Vec::new();
    for set in combinations.all() {
        let program = damages.program(set);
        let program = program.trim();
        let places = text.match_indices(program).filter(|_| !program.is_empty());
        // Whole lines only: a program may be the beginning of another one.
        let is_whole = |at: &usize| {
            let (before, behind) = (&text[..*at], &text[at + program.len()..]);
            (before.is_empty() || before.ends_with('\n'))
                && behind.trim_start_matches(' ').lines().next().is_none_or(str::is_empty)
        };
        found.extend(places.map(|(at, _)| at).filter(is_whole).map(|at| (at, program.len(), set)));
    }
    // The longest of those that begin or lie within one another.
    found.sort_by_key(|(at, length, _)| (*at, std::cmp::Reverse(*length)));
    let mut end = 0;
    found.retain(|(at, length, _)| {
        let is_next = *at >= end;
        if is_next {
            end = at + length;
        }
        is_next
    });
    found.into_iter().map(|(_, _, set)| set).collect()
}

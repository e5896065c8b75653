//! The planner: a text that says by a mark whether it is a good plan, and what such a mark does to whoever reads it.

use super::dice::Dice;
use super::prose::{Said, quoted};
use crate::Message;

/// What the plan says of itself.
const MARKS: [(&str, bool); 2] = [("[good plan]", true), ("[bad plan]", false)];

/// What a plan adds to the logit of writing a right program, or of removing a damage, or takes from it.
pub(super) const PLAN_BONUS: f64 = 1.0;

const STEPS: [&str; 4] = [
    "read the input once, keep only what later steps ask for",
    "settle the smallest inputs first, then the general case",
    "keep one loop, and one running value that it changes",
    "split the work in two: what is given, and what follows from it",
];
const ENDS: [&str; 3] = ["then check the examples by hand", "then look at both ends of each range", "then simplify"];

/// A plan for what a task is about.
pub(super) fn write(subject: &str, is_good: bool, words: &mut Dice) -> Said {
    let mut say = |choices: &[&'static str]| words.pick(choices).copied().unwrap_or_default();
    let mark = if is_good { MARKS[0].0 } else { MARKS[1].0 };
    let opening = format!("For {}: {}, {}. {mark}", quoted(subject), say(&STEPS), say(&ENDS));
    Said { opening, rest: String::new() }
}

/// Whether the last plan that a prompt shows is a good one; `None` if it shows none.
pub(super) fn shown(messages: &[Message]) -> Option<bool> {
    messages.iter().rev().find_map(|message| {
        let last = MARKS.iter().filter_map(|(mark, is_good)| Some((message.content.rfind(mark)?, *is_good)));
        last.max().map(|(_, is_good)| is_good)
    })
}

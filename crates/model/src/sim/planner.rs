//! The planner: a text that says by a mark whether it is a good plan, and what such a mark does to whoever reads it. Where the
//! closing request speaks of JSON it is a list of so many plans or thoughts.

use super::dice::Dice;
use super::prose::{Said, fenced, quoted};
use super::request;
use crate::Message;
use serde_json::json;

/// What the plan says of itself.
const MARKS: [(&str, bool); 2] = [("[good plan]", true), ("[bad plan]", false)];

/// What a plan adds to the logit of writing a right program, or of removing a damage, or takes from it.
pub(super) const PLAN_BONUS: f64 = 1.0;

/// How many plans a list has where the prompt does not say.
const LISTED_BY_DEFAULT: usize = 3;

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

/// A list of plans as the closing request wants it: how many, and under which name each stands. `None` where one plan is wanted.
pub(super) fn list_wanted(closing: &str) -> Option<(usize, &'static str)> {
    if !closing.contains("JSON") {
        return None;
    }
    let key = if closing.contains("\"thought\"") { "thought" } else { "plan" };
    Some((request::number_before(closing, &["plans", "thoughts"]).unwrap_or(LISTED_BY_DEFAULT), key))
}

/// Plans as a list in JSON, all as reasonable as each other by the planner's own estimate.
pub(super) fn write_list(subject: &str, key: &str, are_good: &[bool], words: &mut Dice) -> Said {
    let prob = (100.0 / are_good.len().max(1) as f64).round() / 100.0;
    let plans: Vec<_> =
        are_good.iter().map(|is_good| json!({ key: write(subject, *is_good, words).opening, "prob": prob })).collect();
    Said { opening: "I see these ways.".to_owned(), rest: fenced("json", &json!(plans).to_string()) }
}

/// Whether the last plan that a prompt shows is a good one; `None` if it shows none.
pub(super) fn shown(messages: &[Message]) -> Option<bool> {
    messages.iter().rev().find_map(|message| {
        let last = MARKS.iter().filter_map(|(mark, is_good)| Some((message.content.rfind(mark)?, *is_good)));
        last.max().map(|(_, is_good)| is_good)
    })
}

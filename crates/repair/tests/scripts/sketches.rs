//! Published systems as scripts of these tests: each runs in every order of arrival to one and the same tree.

use crate::play::{Play, Says, by_luck, readable};
use crate::script;
use mend_core::{Seat, Slot};
use mend_repair::Script;

const REFLEXION: &str = include_str!("sketches/reflexion.star");
const S_STAR: &str = include_str!("sketches/s-star.star");
const TREE_SEARCH: &str = include_str!("sketches/tree-search.star");
const TALK: &str = include_str!("sketches/talk.star");

/// All of them, for the laws.
pub(crate) fn all() -> Vec<Script> {
    let sketches = [("reflexion", REFLEXION), ("s-star", S_STAR), ("tree-search", TREE_SEARCH), ("talk", TALK)];
    sketches.into_iter().map(|(name, text)| script(&format!("{name}.star"), text, &[])).collect()
}

fn fails(_: Seat, slot: &Slot, _: u64) -> Says {
    if slot.is_program() { Says::Program { public: false, hidden: false } } else { by_luck(Seat::CODER, slot, 3) }
}

/// The slots that were asked for, in the order in which they were enabled.
fn slots(play: &Play) -> Vec<String> {
    play.asked.iter().flat_map(|ask| &ask.slots).map(ToString::to_string).collect()
}

#[test]
fn reflexion_is_a_chain_with_a_lesson_between_programs() {
    let mut play = Play::new(&script("reflexion.star", REFLEXION, &[]), fails, 1);
    play.ease = 0.0;
    let ranking = play.finish(5).unwrap();
    assert_eq!(slots(&play)[..4], ["t0", "p0", "p0/n0", "p0/r0"]);
    assert_eq!(ranking.len(), 1);
    let lesson = play.asked.iter().find(|ask| ask.slots[0].to_string() == "p0/r0").unwrap();
    let shows: Vec<String> = lesson.shows.iter().map(ToString::to_string).collect();
    assert_eq!(shows, ["p0", "p0/n0"]);
}

#[test]
fn a_conversation_grows_by_an_answer_and_a_question_each_turn() {
    let mut play = Play::new(&script("talk.star", TALK, &[]), fails, 1);
    play.finish(0).unwrap();
    assert_eq!(slots(&play), ["p0", "p0/r0", "p0/r0/r0"]);
    let lengths: Vec<usize> = play.asked.iter().map(|ask| ask.messages.len()).collect();
    assert_eq!(lengths, [2, 4, 6]);
    insta::assert_snapshot!(readable(&play.asked[2].messages[2..]), @r"
    [assistant]
    text of p0
    [user]
    It fails: The call inc(1) gives p0, and should give 2. Mend it.
    [assistant]
    text of p0/r0
    [user]
    It fails: The call inc(1) gives p0/r0, and should give 2. Mend it.
    ");
}

#[test]
fn the_tree_search_rewrites_a_failing_thought_once() {
    let mut play = Play::new(&script("tree-search.star", TREE_SEARCH, &[]), fails, 1);
    play.finish(0).unwrap();
    insta::assert_snapshot!(slots(&play).join(" "), @"p0 n0 n1 n0/p0 n0/n0 n0/n0/p0 n0/n0/n0 n0/n0/n1 n1/p0 n1/n0 n1/n0/p0 n1/n0/n0 n1/n0/n1 n0/n0/n0/p0 n0/n0/n0/n0 n0/n0/n0/n0/p0 n0/n0/n0/n0/n0 n0/n0/n0/n0/n1 n1/n0/n0/p0 n1/n0/n0/n0 n1/n0/n0/n0/p0 n1/n0/n0/n0/n0 n1/n0/n0/n0/n1 n0/n0/n1/p0 n0/n0/n1/n0 n0/n0/n1/n0/p0 n0/n0/n1/n0/n0 n0/n0/n1/n0/n1");
}

//! Critiques in units that a judge labelled: how many of each are sound.

use super::scores::pair;
use super::{Making, Pair, Rule};
use crate::messages::completion;
use mend_core::{Kind, Node, Part, RepairTree};
use regex::Regex;
use std::collections::BTreeMap;

/// How units and labels are written, as the strategy `multicritique` reads them.
pub(super) struct Units {
    unit: Regex,
    label: Regex,
}

impl Units {
    pub(super) fn new() -> Self {
        let regex = |form: &str| Regex::new(form).expect("a form of ours");
        Self {
            unit: regex(r"(?mi)^\W*lines?\s+\d+(?:\s*-\s*\d+)?[\s*_`]*\|[\s*_`]*(?:major|minor)[\s*_`]*\|\s*.*\S"),
            label: regex(r"(?mi)^\W*(\d{1,9})\W+(sound|unsound|duplicate)\b"),
        }
    }

    /// How many units a critique has: those that it lists, else its whole text as one.
    fn count(&self, critique: &Node) -> Option<usize> {
        let text = uncut(critique)?;
        Some(self.unit.find_iter(text).count().max(1))
    }

    /// Which labels are there, by the number of the unit from 1.
    fn labels(&self, text: &str) -> BTreeMap<usize, bool> {
        let read = |found: regex::Captures<'_>| Some((found[1].parse().ok()?, found[2].eq_ignore_ascii_case("sound")));
        self.label.captures_iter(text).filter_map(read).collect()
    }

    /// How many units of each critique are sound; one that has no label is. `None` if nothing is labelled.
    fn sound(&self, counts: &[usize], labels: &str) -> Option<Vec<usize>> {
        let labels = self.labels(labels);
        if labels.is_empty() {
            return None;
        }
        let mut before = 0;
        let of = |count: &usize| {
            let sound = (before + 1..=before + count).filter(|number| labels.get(number).copied().unwrap_or(true));
            let sound = sound.count();
            before += count;
            sound
        };
        Some(counts.iter().map(of).collect())
    }
}

/// What a strategy reads of a text that may hold no code: what stands before the first block.
fn uncut(node: &Node) -> Option<&str> {
    let text = completion(node)?;
    match node.screened.code_cut {
        Some(true) => Some(text.find("```").map_or(text, |at| &text[..at])),
        _ => Some(text),
    }
}

/// For each program whose critiques a judge labelled: the critique with the most sound units against that with the fewest.
pub(super) fn pairs<'a>(making: &Making<'a, '_>) -> Vec<Pair<'a>> {
    let notes = making
        .tree
        .nodes()
        .filter(|node| node.slot.kind() == Kind::Note && node.seat.is_some_and(|seat| seat.part() == Part::Judge));
    notes.filter_map(|note| labelled(making.tree, note, making.units)).collect()
}

fn labelled<'a>(tree: &'a RepairTree, note: &Node, units: &Units) -> Option<Pair<'a>> {
    let shows = &tree.call(note.call.as_ref()?)?.shows;
    let critiques: Vec<&Node> =
        shows.iter().filter(|slot| slot.kind() == Kind::Feedback).filter_map(|slot| tree.node(slot)).collect();
    let counts: Vec<usize> = critiques.iter().map(|critique| units.count(critique)).collect::<Option<_>>()?;
    let sound = units.sound(&counts, uncut(note)?)?;
    let items: Vec<(&Node, f64)> = critiques.into_iter().zip(sound).map(|(node, sound)| (node, sound as f64)).collect();
    pair(Rule::Sound, &items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_without_a_label_are_sound_and_labels_count_over_all_critiques() {
        let units = Units::new();
        // Two units, one, and three.
        let labels = "1: sound\n2. unsound\n**3** - duplicate\n5: UNSOUND";
        assert_eq!(units.sound(&[2, 1, 3], labels), Some(vec![1, 0, 2]));
        assert_eq!(units.sound(&[2, 1, 3], "I cannot say."), None);
        assert_eq!(units.sound(&[1], "1: sound\n7: unsound"), Some(vec![1]));
    }

    #[test]
    fn units_are_lines_with_a_place_a_severity_and_a_claim() {
        let text =
            "- lines 3-5 | major | off by one\nLine 7 | minor | a slow loop\nlines 3 | fatal | no such word\nprose";
        assert_eq!(Units::new().unit.find_iter(text).count(), 2);
    }
}

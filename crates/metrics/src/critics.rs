//! How good critiques are, and what becomes of the programs that got them.

use crate::Figure;
use crate::tokens::mean;
use mend_core::{Node, Opinion, RepairTree, Step, Suite};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What critiques say, against the hidden suite; and the four transitions of their programs.
///
/// Whether a critic can tell a failing program from a passing one shows only where it is given both: a strategy with
/// `critique = "all"`. Critiques of programs that could not be scored do not count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriticFigures {
    /// Critiques of scored programs.
    pub critiques: u64,
    /// Those among them that give an opinion of the program as a whole.
    pub with_opinion: u64,
    /// Share of critiques whose program fails: what a critic who always says so would score as accuracy.
    pub base_rate: Figure,
    /// Share of critiques whose opinion is right. One without an opinion is not.
    pub accuracy: Figure,
    /// Share of failing programs among those called incorrect.
    pub precision: Figure,
    /// Share of critiques that say so among those of failing programs.
    pub recall: Figure,
    /// Harmonic mean of `precision` and `recall`.
    pub f1: Figure,
    /// Share of repairs that pass, of programs that fail: mean over programs. Its complement stay incorrect.
    pub incorrect_to_correct: Figure,
    /// Share of repairs that fail, of programs that pass: mean over programs. Its complement stay correct.
    pub correct_to_incorrect: Figure,
}

/// A program and what is known of it.
struct Reviewed<'a> {
    passed: bool,
    critiques: Vec<&'a Node>,
    repairs: Vec<bool>,
}

/// The figures of some trees; `None` if they hold no critique.
pub(crate) fn figures(trees: &[&RepairTree]) -> Option<CriticFigures> {
    let reviewed: Vec<Reviewed<'_>> = trees.iter().flat_map(|tree| reviewed(tree)).collect();
    if reviewed.iter().all(|program| program.critiques.is_empty()) {
        return None;
    }
    // (program fails, opinion) of each critique.
    let opinions: Vec<(bool, Option<Opinion>)> = reviewed
        .iter()
        .flat_map(|program| program.critiques.iter().map(|critique| (!program.passed, critique.opinion())))
        .collect();
    let count = |wanted: fn(bool, Option<Opinion>) -> bool| {
        opinions.iter().filter(|(fails, opinion)| wanted(*fails, *opinion)).count() as u64
    };
    let total = opinions.len() as u64;
    let failing = count(|fails, _| fails);
    let with_opinion = count(|_, opinion| opinion.is_some());
    let called = count(|_, opinion| opinion == Some(Opinion::Incorrect));
    let found = count(|fails, opinion| fails && opinion == Some(Opinion::Incorrect));
    let cleared = count(|fails, opinion| !fails && opinion == Some(Opinion::Correct));

    let why = if with_opinion == 0 {
        Some("no critique gives an opinion")
    } else if failing == total {
        Some("only failing programs were criticised: whoever calls all of them incorrect is right")
    } else {
        None
    };
    let of_opinions = |part: u64, whole: u64, empty: &str| match why {
        Some(why) => Figure::Absent(why.to_owned()),
        None => share(part, whole, empty),
    };
    let precision = of_opinions(found, called, "no program was called incorrect");
    let recall = of_opinions(found, failing, "no failing program was criticised");
    let f1 = match (why, 2 * found, called + failing) {
        (Some(why), ..) => Figure::Absent(why.to_owned()),
        (None, part, whole) => share(part, whole, "no program fails, and none was called incorrect"),
    };
    let transition = |passed: bool, empty: &str| {
        let changed: Vec<f64> = reviewed
            .iter()
            .filter(|program| program.passed == passed && !program.repairs.is_empty())
            .map(|program| {
                let changed = program.repairs.iter().filter(|repaired| **repaired != passed).count();
                changed as f64 / program.repairs.len() as f64
            })
            .collect();
        Figure::or_absent(mean(&changed), || empty.to_owned())
    };
    Some(CriticFigures {
        critiques: total,
        with_opinion,
        base_rate: share(failing, total, "no program with a critique was scored"),
        accuracy: of_opinions(found + cleared, total, "no program with a critique was scored"),
        precision,
        recall,
        f1,
        incorrect_to_correct: transition(false, "no failing program has a scored repair"),
        correct_to_incorrect: transition(true, "no passing program has a scored repair"),
    })
}

fn share(part: u64, whole: u64, empty: &str) -> Figure {
    Figure::or_absent((whole > 0).then(|| part as f64 / whole as f64), || empty.to_owned())
}

/// The scored first programs of a tree.
fn reviewed(tree: &RepairTree) -> Vec<Reviewed<'_>> {
    let mut programs: BTreeMap<Step, Reviewed<'_>> = BTreeMap::new();
    // Parents come before children.
    for node in tree.nodes() {
        match node.slot.steps() {
            [program @ Step::Program(_)] => {
                if let Some(passed) = node.passes(Suite::Hidden) {
                    programs.insert(*program, Reviewed { passed, critiques: vec![], repairs: vec![] });
                }
            }
            [program, Step::Feedback(_)] if node.unscored().is_none() => {
                if let Some(reviewed) = programs.get_mut(program) {
                    reviewed.critiques.push(node);
                }
            }
            [program, Step::Feedback(_), Step::Repair(_)] => {
                if let (Some(reviewed), Some(passed)) = (programs.get_mut(program), node.passes(Suite::Hidden)) {
                    reviewed.repairs.push(passed);
                }
            }
            _ => {}
        }
    }
    programs.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ending, Grown};
    use mend_core::Status;

    const PASSED: Ending = Ending::Judged(Status::Passed);
    const WRONG: Ending = Ending::Judged(Status::WrongAnswer);
    const CORRECT: Ending = Ending::Critiqued(Some(Opinion::Correct));
    const INCORRECT: Ending = Ending::Critiqued(Some(Opinion::Incorrect));
    const SILENT: Ending = Ending::Critiqued(None);

    fn of(nodes: &[(&str, Ending)]) -> Option<CriticFigures> {
        let grown = nodes.iter().fold(Grown::new("a/0", 0), |grown, (slot, ending)| grown.node(slot, *ending));
        figures(&[&grown.tree])
    }

    #[test]
    fn opinions_are_compared_with_the_hidden_suite() {
        let figures = of(&[
            ("p0", WRONG),
            ("p0/f0", INCORRECT),
            ("p0/f0/r0", PASSED),
            ("p0/f1", CORRECT),
            ("p0/f1/r0", WRONG),
            ("p1", PASSED),
            ("p1/f0", CORRECT),
            ("p1/f0/r0", PASSED),
            ("p1/f1", INCORRECT),
            ("p1/f1/r0", WRONG),
            ("p1/f2", SILENT),
            ("p1/f2/r0", PASSED),
            ("p1/f2/r1", PASSED),
            ("p2", Ending::Unscored),
            ("p2/f0", CORRECT),
        ])
        .unwrap();
        assert_eq!((figures.critiques, figures.with_opinion), (5, 4));
        assert_eq!(figures.base_rate, Figure::Value(0.4));
        assert_eq!(figures.accuracy, Figure::Value(0.4));
        assert_eq!((figures.precision, figures.recall), (Figure::Value(0.5), Figure::Value(0.5)));
        assert_eq!(figures.f1, Figure::Value(0.5));
        assert_eq!(figures.incorrect_to_correct, Figure::Value(0.5));
        assert_eq!(figures.correct_to_incorrect, Figure::Value(0.25));
    }

    #[test]
    fn a_critic_who_gets_failing_programs_only_has_no_accuracy() {
        let figures = of(&[("p0", WRONG), ("p0/f0", INCORRECT), ("p0/f0/r0", PASSED)]).unwrap();
        assert_eq!(figures.base_rate, Figure::Value(1.0));
        for figure in [&figures.accuracy, &figures.precision, &figures.recall, &figures.f1] {
            assert!(figure.reason().unwrap().starts_with("only failing programs"), "{figure:?}");
        }
        assert_eq!(figures.incorrect_to_correct, Figure::Value(1.0));
        assert_eq!(figures.correct_to_incorrect.reason(), Some("no passing program has a scored repair"));
        let silent = of(&[("p0", WRONG), ("p0/f0", SILENT)]).unwrap();
        assert_eq!(silent.accuracy.reason(), Some("no critique gives an opinion"));
    }

    #[test]
    fn trees_without_a_critic_have_no_such_figures() {
        assert_eq!(of(&[("p0", WRONG), ("p0/r0", PASSED)]), None);
    }
}

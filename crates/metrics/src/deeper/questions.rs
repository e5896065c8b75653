//! Questions about programs: how often they are answered with yes, and how often such programs pass.
//!
//! A strategy that asks a question about a program numbers it (`p0/q0`, `p0/q1`), so that questions of one number are of one
//! kind: one about what a prompt wished for within the wish's scope, say, and another beyond it.

use super::rounds::estimate;
use super::{About, Trees};
use crate::Estimate;
use crate::tokens::mean;
use mend_core::{Found, Kind, Node, RepairTree, Suite};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The questions of one number about programs, of a group of problems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuestionRow {
    /// `all` or a difficulty.
    pub group: String,
    /// The question's number below its program, from 0.
    pub number: u32,
    /// Problems with such a question that was answered.
    pub problems: u64,
    /// Such questions, answered.
    pub questions: u64,
    /// Those of them whose answer is neither yes nor no.
    pub unread: u64,
    /// Share of yes among the other ones: mean over a problem's questions, then over problems.
    pub yes: Estimate,
    /// Share of the programs asked about that pass the hidden suite, means as before.
    pub passed: Estimate,
}

/// A question that was answered.
struct Asked {
    number: u32,
    yes: Option<bool>,
    passes: Option<bool>,
}

/// The rows of one group.
pub(crate) fn rows(about: &About<'_>, group: &[&Trees<'_>]) -> Vec<QuestionRow> {
    let by_problem: Vec<Vec<Asked>> =
        group.iter().map(|problem| problem.all.iter().flat_map(|tree| asked(tree)).collect()).collect();
    let numbers: BTreeSet<u32> = by_problem.iter().flatten().map(|asked| asked.number).collect();
    numbers.into_iter().map(|number| row(about, number, &by_problem)).collect()
}

fn row(about: &About<'_>, number: u32, by_problem: &[Vec<Asked>]) -> QuestionRow {
    let of_number = |asked: &&Asked| asked.number == number;
    let all: Vec<Vec<&Asked>> = by_problem
        .iter()
        .map(|asked| asked.iter().filter(of_number).collect())
        .filter(|asked: &Vec<&Asked>| !asked.is_empty())
        .collect();
    let shares = |of: fn(&Asked) -> Option<bool>| {
        let share = |asked: &Vec<&Asked>| {
            mean(&asked.iter().filter_map(|asked| of(asked)).map(|is| f64::from(u8::from(is))).collect::<Vec<_>>())
        };
        all.iter().filter_map(share).collect::<Vec<f64>>()
    };
    QuestionRow {
        group: about.name.to_owned(),
        number,
        problems: all.len() as u64,
        questions: all.iter().map(Vec::len).sum::<usize>() as u64,
        unread: all.iter().flatten().filter(|asked| asked.yes.is_none()).count() as u64,
        yes: estimate(about, shares(|asked| asked.yes), "no answer says yes or no"),
        passed: estimate(about, shares(|asked| asked.passes), "none of the programs is scored"),
    }
}

/// The answered questions about programs of a tree.
fn asked(tree: &RepairTree) -> impl Iterator<Item = Asked> {
    let questions = tree.nodes().filter(|node| node.slot.kind() == Kind::Question);
    questions.filter_map(|node: &Node| {
        let program = node.slot.parent().filter(mend_core::Slot::is_program)?;
        let Some(Found::Answer { yes }) = node.found() else { return None };
        let passes = tree.node(&program).and_then(|program| program.passes(Suite::Hidden));
        Some(Asked { number: node.slot.last().index(), yes: *yes, passes })
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{Ending, Grown, manifest};
    use crate::{Figure, Options, summarize};
    use mend_core::Status;

    fn tree(problem: &str, question: &str, yes: Option<bool>, passes: bool) -> Grown {
        let status = if passes { Status::Passed } else { Status::WrongAnswer };
        let answer = Ending::Answers(yes);
        Grown::new(problem, 0).node("p0", Ending::Judged(status)).node(question, answer).submitted(Some("p0"))
    }

    #[test]
    fn questions_are_told_apart_by_their_number() {
        let trees = [
            tree("a/0", "p0/q0", Some(true), true),
            tree("a/1", "p0/q0", Some(false), true),
            tree("a/2", "p0/q1", Some(true), false),
            tree("a/3", "p0/q1", None, true),
            // A question about no program is another matter.
            tree("a/4", "q0", Some(true), true),
        ];
        let trees = trees.map(|grown| grown.tree);
        let manifest = manifest(&[("a/0", None), ("a/1", None), ("a/2", None), ("a/3", None), ("a/4", None)], 1);
        let summary = summarize(&manifest, &trees, &Options { resamples: 0, ..Options::default() });
        let rows = summary.deeper.unwrap().questions;
        let value = |figure: &Figure| *figure.value().unwrap();
        let told: Vec<_> = rows
            .iter()
            .map(|row| {
                let (yes, passed) = (value(&row.yes.value), value(&row.passed.value));
                (row.number, row.problems, row.questions, row.unread, yes, passed)
            })
            .collect();
        assert_eq!(told, [(0, 2, 2, 0, 0.5, 1.0), (1, 2, 2, 1, 1.0, 0.5)]);
    }
}

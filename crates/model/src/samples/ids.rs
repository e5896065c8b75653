//! Which problem a row means.

use super::row::Id;
use mend_core::{Problem, ProblemId};
use std::collections::BTreeMap;

/// The known problems, by id and by the number that their ids end in.
pub(super) struct Ids<'a> {
    problems: &'a [Problem],
    by_id: BTreeMap<&'a str, usize>,
    by_number: BTreeMap<u64, Vec<usize>>,
    /// By id in small letters, and by what stands behind the last slash.
    by_word: BTreeMap<String, Vec<usize>>,
}

impl<'a> Ids<'a> {
    pub(super) fn of(problems: &'a [Problem]) -> Self {
        let by_id = problems.iter().enumerate().map(|(index, problem)| (problem.id.as_str(), index)).collect();
        let mut by_number: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        let mut by_word: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, problem) in problems.iter().enumerate() {
            let last = problem.id.as_str().rsplit('/').next().unwrap_or_default();
            let words = [problem.id.as_str().to_lowercase(), last.to_owned()];
            for word in words.into_iter().collect::<std::collections::BTreeSet<_>>() {
                by_word.entry(word).or_default().push(index);
            }
            if let Ok(number) = last.parse() {
                by_number.entry(number).or_default().push(index);
            }
        }
        Self { problems, by_id, by_number, by_word }
    }

    /// The problem that a row means: by its id; where that is a number, also by the number that one problem's id ends in,
    /// such as 11 for `mbpp/11`; and by its place in the data set. Other tools write some ids in other letters, such as
    /// `Mbpp/11`, or without what stands before the slash.
    pub(super) fn find(&self, id: &Id) -> Option<&'a Problem> {
        let by_number = |number: u64| match self.by_number.get(&number).map(Vec::as_slice) {
            Some([index]) => Some(*index),
            _ => None,
        };
        let by_word = |word: &str| match self.by_word.get(word).map(Vec::as_slice) {
            Some([index]) => Some(*index),
            _ => None,
        };
        let index = match id {
            Id::Text(text) => self
                .by_id
                .get(text.as_str())
                .copied()
                .or_else(|| by_number(text.parse().ok()?))
                .or_else(|| by_word(&text.to_lowercase()))
                .or_else(|| by_word(text)),
            Id::Number(number) => self.by_id.get(number.to_string().as_str()).copied().or_else(|| by_number(*number)),
            Id::Place(place) => (*place < self.problems.len()).then_some(*place),
        };
        index.map(|index| &self.problems[index])
    }

    /// The known id that an unknown one may have been meant as.
    pub(super) fn nearest(&self, id: &str) -> Option<ProblemId> {
        let nearest = mend_core::nearest(id, self.problems.iter().map(|problem| problem.id.as_str()))?;
        Some(ProblemId::new(nearest))
    }
}

//! Which verdicts on the programs of a run are others in a second judgement of the same programs, and why.
//!
//! A verdict *flips* where a program passes its hidden or its public suite in one judgement and not in the other, or is
//! scored in one alone. A program that fails both ways, by another test or with another status, is counted apart.

use mend_core::{ExtractionRule, Node, Outcome, RepairTree, Slot, Status, Suite, TestVerdict, TreeKey, Verdict};
use std::collections::BTreeMap;

/// What a second judgement changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flips<'a> {
    /// Programs that both judgements looked at.
    pub programs: u64,
    /// The verdicts that flipped, in the order of trees and slots.
    pub flipped: Vec<Flip<'a>>,
    /// Programs that fail both times, with another status.
    pub otherwise: u64,
}

/// A verdict that flipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flip<'a> {
    /// The tree.
    pub tree: &'a TreeKey,
    /// The program.
    pub slot: &'a Slot,
    /// What came of it before.
    pub before: Fared<'a>,
    /// What came of it in the second judgement.
    pub after: Fared<'a>,
    /// Whether another program was found in the answer, so that it is no second verdict on the first one.
    pub is_another_program: bool,
    /// The first test of the suite that flipped whose outcome is another; `None` if no test tells them apart.
    pub test: Option<TestFlip<'a>>,
}

/// What came of a program in one judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fared<'a> {
    /// The verdict; `None` if the program is unscored.
    pub verdict: Option<&'a Verdict>,
    /// Why the program is unscored; `None` if it is scored.
    pub unscored: Option<&'a str>,
    /// The rule that found the program.
    pub rule: Option<ExtractionRule>,
}

/// A test that ended otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestFlip<'a> {
    /// Its suite.
    pub suite: Suite,
    /// Its number in the suite, from 0.
    pub index: u32,
    /// How it ended before; `None` if it did not run.
    pub before: Option<&'a TestVerdict>,
    /// How it ended in the second judgement; `None` if it did not run.
    pub after: Option<&'a TestVerdict>,
}

/// What happened to a program's verdict on the hidden suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Turn {
    /// It failed, and passes now.
    FailedToPassed,
    /// It passed, and fails now.
    PassedToFailed,
    /// It was unscored, and is scored now.
    UnscoredToScored,
    /// It was scored, and is unscored now.
    ScoredToUnscored,
    /// It passes or fails the hidden suite as before, and not so the public one.
    PublicOnly,
}

impl Turn {
    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl<'a> Fared<'a> {
    fn of(node: &'a Node) -> Self {
        Self {
            verdict: node.verdict(),
            unscored: node.unscored(),
            rule: node.candidate.as_ref().map(|candidate| candidate.rule),
        }
    }

    /// Whether it passes a suite; `None` if it is unscored, or its problem has no such suite.
    pub fn passes(&self, suite: Suite) -> Option<bool> {
        self.verdict?.passes(suite)
    }

    /// Its status, or `unscored`.
    pub fn word(&self) -> &'static str {
        self.verdict.map_or("unscored", |verdict| verdict.status.as_str())
    }

    fn status(&self) -> Option<Status> {
        self.verdict.map(|verdict| verdict.status)
    }
}

impl Flip<'_> {
    /// What happened.
    pub fn turn(&self) -> Turn {
        match (self.before.passes(Suite::Hidden), self.after.passes(Suite::Hidden)) {
            (Some(false), Some(true)) => Turn::FailedToPassed,
            (Some(true), Some(false)) => Turn::PassedToFailed,
            (None, Some(_)) => Turn::UnscoredToScored,
            (Some(_), None) => Turn::ScoredToUnscored,
            (Some(true), Some(true)) | (Some(false), Some(false)) | (None, None) => Turn::PublicOnly,
        }
    }
}

impl Flips<'_> {
    /// How many verdicts turned in each way; no entry for a way in which none did.
    pub fn counts(&self) -> BTreeMap<Turn, u64> {
        let mut counts = BTreeMap::new();
        for flip in &self.flipped {
            *counts.entry(flip.turn()).or_default() += 1;
        }
        counts
    }
}

/// Compares two judgements of the programs of a run. Trees and programs that only one of them has are left out.
pub fn flips<'a>(before: &'a [RepairTree], after: &'a [RepairTree]) -> Flips<'a> {
    let earlier: BTreeMap<&TreeKey, &RepairTree> = before.iter().map(|tree| (&tree.key, tree)).collect();
    let mut flips = Flips { programs: 0, flipped: Vec::new(), otherwise: 0 };
    for tree in after {
        let Some(earlier) = earlier.get(&tree.key) else { continue };
        for node in tree.nodes().filter(|node| is_judged(node)) {
            let Some(then) = earlier.node(&node.slot).filter(|node| is_judged(node)) else { continue };
            flips.programs += 1;
            let (before, after) = (Fared::of(then), Fared::of(node));
            let flips_in = |suite| before.passes(suite) != after.passes(suite);
            let suite = [Suite::Hidden, Suite::Public].into_iter().find(|suite| flips_in(*suite));
            if let Some(suite) = suite {
                let text = |node: &Node| node.candidate.as_ref().map(|candidate| candidate.program.digest());
                flips.flipped.push(Flip {
                    tree: &tree.key,
                    slot: &node.slot,
                    before,
                    after,
                    is_another_program: text(then) != text(node),
                    test: first_other(suite, before.verdict, after.verdict),
                });
            } else if before.status() != after.status() {
                flips.otherwise += 1;
            }
        }
    }
    flips
}

/// Whether a node is a program of which somebody has found something.
fn is_judged(node: &Node) -> bool {
    let has_outcome = matches!(node.outcome, Some(Outcome::Judged(..) | Outcome::Unscored(_)));
    node.slot.is_program() && node.completion.is_some() && has_outcome
}

/// The first test of a suite that ended otherwise.
fn first_other<'a>(suite: Suite, before: Option<&'a Verdict>, after: Option<&'a Verdict>) -> Option<TestFlip<'a>> {
    let tests = |verdict: Option<&'a Verdict>| -> BTreeMap<u32, &'a TestVerdict> {
        let suite = verdict.and_then(|verdict| verdict.of(suite));
        suite.into_iter().flat_map(|suite| &suite.tests).map(|test| (test.index, test)).collect()
    };
    let (before, after) = (tests(before), tests(after));
    let all: std::collections::BTreeSet<u32> = before.keys().chain(after.keys()).copied().collect();
    all.into_iter().find_map(|index| {
        let [before, after] = [&before, &after].map(|tests| tests.get(&index).copied());
        let is_other = before.map(|test| test.status) != after.map(|test| test.status);
        is_other.then_some(TestFlip { suite, index, before, after })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{CallId, Cost, Usage};
    use mend_core::{Candidate, Event, Form, ProblemId, Seat, SuiteVerdict, Terms, Text, Tokens, Used};

    type Made<'a> = (u32, &'a str, Result<(Option<&'a [Status]>, &'a [Status]), &'a str>);

    /// A tree of first programs, each with its text and what the tests of two suites said, or why it is unscored.
    fn tree(programs: &[Made<'_>]) -> RepairTree {
        let mut tree = RepairTree::new(TreeKey { problem: ProblemId::new("p/0"), replicate: 0 });
        for (index, text, found) in programs {
            let slot = Slot::program(*index);
            let call = CallId::new(&slot, 0);
            let sent = Event::Sent {
                call: call.clone(),
                slots: vec![slot.clone()],
                seat: Seat::CODER,
                model: "m".into(),
                worst_cost: Cost::ZERO,
                prompt: Text::new("write"),
                template: None,
                shows: vec![],
                terms: Terms::default(),
            };
            tree.apply(&sent).unwrap();
            let completions = vec![mend_testkit::completion(*text, Form::Whole)];
            tree.apply(&Event::Sampled { call, completions, usage: Usage::default(), cost: Cost::ZERO }).unwrap();
            let program = Text::new(*text);
            let candidate = Some(Candidate { program, rule: ExtractionRule::Whole, paper_tokens: Tokens(1) });
            let suite = |tests: &[Status]| {
                let tests: Vec<TestVerdict> = (0..)
                    .zip(tests)
                    .map(|(index, status)| TestVerdict { index, status: *status, facts: None })
                    .collect();
                let total = tests.len() as u32;
                SuiteVerdict::of(tests, total, Status::Passed)
            };
            let event = match found {
                Ok((public, hidden)) => {
                    let hidden = suite(hidden);
                    let (status, engine) = (hidden.status, Some("process".to_owned()));
                    let verdict = Verdict { status, public: public.map(suite), hidden: Some(hidden), engine };
                    Event::Judged { slot, candidate, verdict, used: Used::default() }
                }
                Err(why) => Event::Unscored { slot, candidate, why: (*why).to_owned(), cause: None },
            };
            tree.apply(&event).unwrap();
        }
        tree
    }

    const PASS: Status = Status::Passed;
    const WRONG: Status = Status::WrongAnswer;
    const SLOW: Status = Status::TimeLimit;

    #[test]
    fn what_passes_in_one_judgement_alone_flips_and_the_first_other_test_says_why() {
        let before = [tree(&[
            (0, "a", Ok((None, &[PASS, PASS, PASS]))),
            (1, "b", Ok((None, &[PASS, SLOW]))),
            (2, "c", Ok((None, &[PASS, WRONG]))),
            (3, "d", Ok((None, &[PASS]))),
            (4, "e", Err("threads")),
        ])];
        let after = [tree(&[
            (0, "a", Ok((None, &[PASS, SLOW, WRONG]))),
            (1, "b", Ok((None, &[PASS, PASS]))),
            (2, "c", Ok((None, &[SLOW, WRONG]))),
            (3, "d", Err("numpy")),
            (4, "other", Ok((None, &[WRONG]))),
        ])];
        let flips = flips(&before, &after);
        assert_eq!((flips.programs, flips.otherwise), (5, 1));
        let told: Vec<_> = flips.flipped.iter().map(|flip| (flip.slot.to_string(), flip.turn().as_str())).collect();
        let expected = [
            ("p0", "passed_to_failed"),
            ("p1", "failed_to_passed"),
            ("p3", "scored_to_unscored"),
            ("p4", "unscored_to_scored"),
        ];
        assert_eq!(told, expected.map(|(slot, turn)| (slot.to_owned(), turn)));
        let test = flips.flipped[0].test.unwrap();
        let status = |test: Option<&TestVerdict>| test.map(|test| test.status);
        assert_eq!((test.suite, test.index), (Suite::Hidden, 1));
        assert_eq!((status(test.before), status(test.after)), (Some(PASS), Some(SLOW)));
        assert_eq!(flips.flipped[2].after.unscored, Some("numpy"));
        assert_eq!(flips.flipped[2].test.map(|test| status(test.after)), Some(None), "it did not run");
        assert!(flips.flipped[3].is_another_program && !flips.flipped[0].is_another_program);
        assert_eq!(flips.counts().values().sum::<u64>(), 4);
    }

    #[test]
    fn a_public_suite_flips_by_itself_and_equal_verdicts_do_not() {
        let same: &[Status] = &[PASS, WRONG];
        let before = [tree(&[(0, "a", Ok((Some(&[PASS]), same))), (1, "b", Ok((Some(&[PASS]), same)))])];
        let after = [tree(&[(0, "a", Ok((Some(&[WRONG]), same))), (1, "b", Ok((Some(&[PASS]), same)))])];
        let flips = flips(&before, &after);
        assert_eq!((flips.flipped.len(), flips.otherwise), (1, 0));
        assert_eq!(flips.flipped[0].turn(), Turn::PublicOnly);
        assert_eq!(flips.flipped[0].test.map(|test| test.suite), Some(Suite::Public));
    }

    #[test]
    fn trees_and_programs_of_one_side_alone_are_left_out() {
        let one = [tree(&[(0, "a", Ok((None, &[PASS])))])];
        let two = [tree(&[(0, "a", Ok((None, &[PASS]))), (1, "b", Ok((None, &[PASS])))])];
        assert_eq!(flips(&one, &two).programs, 1);
        assert_eq!(flips(&two, &one).programs, 1);
        assert_eq!(flips(&[], &two), Flips { programs: 0, flipped: vec![], otherwise: 0 });
    }
}

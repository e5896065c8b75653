//! What a program is worth by its tests.

use mend_core::{Node, Status, Suite, SuiteVerdict};
use schemars::JsonSchema;
use serde::Serialize;

/// The tests that score a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, strum::EnumString, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ScoredOn {
    /// Those that the statement shows.
    Public,
    /// The scoring tests.
    Hidden,
    /// Those that models or people wrote during the run.
    Generated,
}

impl ScoredOn {
    /// The word used in files and arguments.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The share of the tests that a program passes, from 0 to 1; zero for an answer without a program that runs. `None` for
    /// what is unscored or holds no program, and where there are no such tests.
    pub fn score(self, node: &Node) -> Option<f64> {
        let verdict = node.verdict()?;
        let suite = match self {
            Self::Public => Suite::Public,
            Self::Hidden => Suite::Hidden,
            Self::Generated => return generated(node),
        };
        verdict.share(suite)
    }

    /// Whether a program passes all of the tests; `None` as for [`score`](Self::score).
    pub fn passes(self, node: &Node) -> Option<bool> {
        match self {
            Self::Public => node.passes(Suite::Public),
            Self::Hidden => node.passes(Suite::Hidden),
            Self::Generated => {
                node.verdict()?;
                let mut suites = tested(node).peekable();
                suites.peek()?;
                Some(suites.all(|suite| suite.status == Status::Passed))
            }
        }
    }

    /// Why a program has no score.
    pub(crate) fn absent(self, node: &Node) -> &'static str {
        match self {
            _ if node.outcome.is_none() => "the node was not judged yet",
            _ if node.verdict().is_none() => "the program is unscored",
            Self::Public => "the problem has no public tests",
            Self::Hidden => "the problem has no hidden tests",
            Self::Generated => "no generated test tried the program",
        }
    }

    /// Why a program that has a score does not pass.
    pub(crate) fn failing(self) -> &'static str {
        match self {
            Self::Public => "the program fails the public tests",
            Self::Hidden => "the program fails the hidden tests",
            Self::Generated => "the program fails the generated tests",
        }
    }
}

fn tested(node: &Node) -> impl Iterator<Item = &SuiteVerdict> {
    node.tested.values().map(|(suite, _)| suite).filter(|suite| suite.total > 0)
}

fn generated(node: &Node) -> Option<f64> {
    let (passed, total) =
        tested(node).fold((0, 0), |(passed, total), suite| (passed + suite.passed(), total + suite.total));
    (total > 0).then(|| f64::from(passed) / f64::from(total))
}

#[cfg(test)]
mod tests {
    use super::ScoredOn;
    use crate::fixture::{program, tests, tree};

    #[test]
    fn a_score_is_the_share_of_passed_tests_and_absent_without_tests() {
        let tree = tree(
            "a/0",
            0,
            &[
                program("p0", "x = 1").hidden(1, 4),
                program("p1", "x = 2").hidden(4, 4).public(1, 2),
                program("p2", "").no_code(),
                program("p3", "x = 3").unscored(),
                tests("t0", &["assert x"]),
                program("p4", "x = 4").hidden(2, 2).tested("t0", 1, 1),
            ],
        );
        for (slot, on, score, passes) in [
            ("p0", ScoredOn::Hidden, Some(0.25), Some(false)),
            ("p0", ScoredOn::Public, None, None),
            ("p1", ScoredOn::Hidden, Some(1.0), Some(true)),
            ("p1", ScoredOn::Public, Some(0.5), Some(false)),
            ("p1", ScoredOn::Generated, None, None),
            ("p2", ScoredOn::Hidden, Some(0.0), Some(false)),
            ("p3", ScoredOn::Hidden, None, None),
            ("p4", ScoredOn::Generated, Some(1.0), Some(true)),
        ] {
            let node = tree.node(&slot.parse().unwrap()).unwrap();
            assert_eq!((on.score(node), on.passes(node)), (score, passes), "{slot} {on:?}");
        }
    }
}

//! Programs that fail alike, so that what a person says of one of them may speak for the others.

use crate::feedback::observe;
use crate::script::Header;
use mend_core::{Digest, Node, ProblemId, Status, Suite, SuiteVerdict, Verdict};

/// How a program fails, as far as its strategy may know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failing {
    /// How the first test ended that failed.
    pub status: Status,
    /// The program's own line that failed, with one blank wherever there are some; empty where no line is known.
    pub line: String,
    /// Whether each test passed, in order: `1`, `0`, or `-` for one that did not run; suites apart.
    pub vector: String,
}

impl Failing {
    /// How a program fails by the suites that its strategy may see or stop on; `None` if by these nothing is wrong with it.
    pub fn of(node: &Node, header: &Header) -> Option<Self> {
        let verdict = node.verdict()?;
        let suites = header.see.max(header.stop_on).suites();
        // Without any suite the strategy cannot know that a program fails, but for one that holds none.
        let passes = |suite: &Suite| verdict.passes(*suite) != Some(false);
        if verdict.engine.is_some() && suites.iter().all(passes) {
            return None;
        }
        let seen = suites.iter().filter_map(|suite| verdict.of(*suite));
        let failed = seen.clone().find(|suite| suite.status != Status::Passed);
        let vector: Vec<String> = seen.map(outcomes).collect();
        Some(Self {
            status: failed.map_or(verdict.status, |suite| suite.status),
            line: line(node, verdict, header).unwrap_or_default(),
            vector: vector.join(" "),
        })
    }

    /// What all programs of a problem have in common that fail in this way.
    pub fn cluster(&self, problem: &ProblemId) -> Digest {
        let parts = [problem.as_str(), self.status.as_str(), &self.line, &self.vector];
        Digest::of_parts(parts.map(str::as_bytes))
    }
}

/// The program's line that failed, as the facts that may be shown have it.
fn line(node: &Node, verdict: &Verdict, header: &Header) -> Option<String> {
    let failure = observe(verdict, header.see.suites(), usize::MAX)?;
    let written = || {
        let program = node.candidate.as_ref()?.program.body()?;
        let number = failure.facts.line? as usize;
        program.lines().nth(number.checked_sub(1)?).map(str::to_owned)
    };
    let source = failure.facts.source.clone().or_else(written)?;
    Some(source.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn outcomes(suite: &SuiteVerdict) -> String {
    let mut outcomes = vec!['-'; suite.total as usize];
    for test in &suite.tests {
        if let Some(outcome) = outcomes.get_mut(test.index as usize) {
            *outcome = if test.status == Status::Passed { '1' } else { '0' };
        }
    }
    outcomes.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::Strategy;
    use mend_core::{Candidate, ExtractionRule, Facts, Outcome, Slot, TestVerdict, Text, Tokens, Used};

    /// A program that ends so on tests of the hidden suite.
    fn node(statuses: &[Status], source: Option<&str>) -> Node {
        let facts = Facts { source: source.map(str::to_owned), ..Facts::default() };
        let tests = statuses.iter().zip(0..).map(|(status, index)| {
            let facts = (*status != Status::Passed).then(|| facts.clone().into());
            TestVerdict { index, status: *status, facts }
        });
        let first = statuses.iter().copied().find(|status| *status != Status::Passed).unwrap_or(Status::Passed);
        let hidden = SuiteVerdict { status: first, tests: tests.collect(), total: statuses.len() as u32 + 1 };
        let verdict = Verdict { status: first, public: None, hidden: Some(hidden), engine: Some("process".to_owned()) };
        let program = Text::new("def f():\n    return   1\n");
        Node {
            candidate: Some(Candidate { program, rule: ExtractionRule::OneBlock, paper_tokens: Tokens(1) }),
            outcome: Some(Outcome::Judged(verdict, Used::default())),
            ..Node::empty(Slot::program(0))
        }
    }

    fn header(see: &str) -> Header {
        let chosen = ["see", "stop_on"].map(|name| (name.to_owned(), see.to_owned())).into();
        Strategy::named("self-repair").unwrap().with(&chosen).unwrap().header().clone()
    }

    #[test]
    fn programs_fail_alike_by_status_line_and_tests() {
        use Status::{Passed, RuntimeError, WrongAnswer};
        let header = header("hidden");
        let failing = |statuses: &[Status], source| Failing::of(&node(statuses, source), &header);
        let first = failing(&[Passed, WrongAnswer], None).unwrap();
        assert_eq!((first.status, first.line.as_str(), first.vector.as_str()), (WrongAnswer, "", "10-"));
        assert_eq!(failing(&[Passed, Passed], None), None);
        let problem = ProblemId::new("a/1");
        let cluster = |statuses: &[Status], source| failing(statuses, source).unwrap().cluster(&problem);
        let one = cluster(&[RuntimeError, Passed], Some("return a [0]"));
        assert_eq!(one, cluster(&[RuntimeError, Passed], Some("  return  a [0]")));
        for other in [
            cluster(&[RuntimeError, Passed], Some("return a[1]")),
            cluster(&[RuntimeError, RuntimeError], Some("return a [0]")),
            cluster(&[WrongAnswer, Passed], Some("return a [0]")),
            failing(&[RuntimeError, Passed], Some("return a [0]")).unwrap().cluster(&ProblemId::new("a/2")),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn what_a_strategy_may_not_know_tells_no_programs_apart() {
        // It may neither see nor stop on the hidden suite, and there is no other.
        assert_eq!(Failing::of(&node(&[Status::WrongAnswer], None), &header("public")), None);
    }
}

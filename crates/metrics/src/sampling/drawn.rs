//! First programs of a problem by what they do on the inputs that a selector may see, and by how they rank there.

use super::majority::Alike;
use mend_core::{Facts, Node, RepairTree, Status, Suite, TestVerdict, TestsMode};
use std::collections::BTreeMap;

/// The scored first programs of one problem.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Drawn {
    /// Whether there is an input that a selector may see.
    pub(super) has_inputs: bool,
    /// What each does, and whether it passes.
    programs: Vec<(Behaviour, bool)>,
    /// Whether each passes, those that pass the larger share of the public tests first, equals in the order of drawing.
    pub(super) ranked: Vec<bool>,
}

/// What a program does on the public inputs.
#[derive(Debug, Clone, PartialEq)]
enum Behaviour {
    /// Nothing: there is no program, or it does not load.
    None,
    /// The result on each input.
    Does(Vec<String>),
    /// It was not recorded, for this reason.
    Unknown(&'static str),
}

impl Drawn {
    /// The first programs of some trees of one problem, in the order given.
    pub(super) fn of(trees: &[&RepairTree], tests: TestsMode) -> Self {
        let first = trees.iter().flat_map(|tree| tree.nodes());
        let first = first.filter(|node| node.slot.is_first_program());
        let scored: Vec<(&Node, bool)> = first.filter_map(|node| Some((node, node.passes(Suite::Hidden)?))).collect();
        let has_inputs = scored.iter().any(|(node, _)| public_tests(node).is_some());
        let mut ranked: Vec<(f64, bool)> = scored.iter().map(|(node, passes)| (share(node), *passes)).collect();
        // A stable sort: the earlier of equals stays before the later.
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        Self {
            has_inputs,
            programs: scored.iter().map(|(node, passes)| (behaviour(node, tests), *passes)).collect(),
            ranked: ranked.into_iter().map(|(_, passes)| passes).collect(),
        }
    }

    /// The groups that behave alike, and how many programs have no vote.
    pub(super) fn groups(&self) -> Result<(Vec<Alike>, u32), String> {
        let mut groups: BTreeMap<&[String], (u32, u32)> = BTreeMap::new();
        let mut without_vote = 0;
        for (behaviour, passes) in &self.programs {
            match behaviour {
                Behaviour::None => without_vote += 1,
                Behaviour::Unknown(why) => return Err((*why).to_owned()),
                Behaviour::Does(results) => {
                    let (size, right) = groups.entry(results).or_default();
                    *size += 1;
                    *right += u32::from(*passes);
                }
            }
        }
        let alike = |(size, right): (u32, u32)| Alike { size, right: f64::from(right) / f64::from(size) };
        Ok((groups.into_values().map(alike).collect(), without_vote))
    }
}

fn public_tests(node: &Node) -> Option<&[TestVerdict]> {
    Some(&node.verdict()?.public.as_ref()?.tests)
}

/// The share of the public tests that a program passes; all of none, so that nothing ranks before it for that.
fn share(node: &Node) -> f64 {
    match node.verdict().and_then(|verdict| verdict.public.as_ref()) {
        Some(suite) => f64::from(suite.passed()) / f64::from(suite.total.max(1)),
        None => f64::from(u8::from(node.verdict().is_some_and(|verdict| verdict.engine.is_some()))),
    }
}

fn behaviour(node: &Node, tests: TestsMode) -> Behaviour {
    let Some(verdict) = node.verdict() else { return Behaviour::None };
    if matches!(verdict.status, Status::NoCode | Status::CompileError | Status::MissingEntryPoint)
        || verdict.engine.is_none()
    {
        return Behaviour::None;
    }
    // Without inputs all that load behave alike.
    let Some(suite) = &verdict.public else { return Behaviour::Does(vec![]) };
    let fails_to_load = |test: &TestVerdict| {
        matches!(test.status, Status::CompileError | Status::MissingEntryPoint)
            || test.facts.as_ref().is_some_and(|facts| facts.while_loading)
    };
    if suite.tests.iter().any(fails_to_load) {
        return Behaviour::None;
    }
    let ended_early = (suite.tests.len() as u32) < suite.total;
    if ended_early && tests == TestsMode::FirstFailure {
        return Behaviour::Unknown("suites end at their first failing test: `--tests all` runs the others");
    }
    let results: Option<Vec<String>> = suite.tests.iter().map(result).collect();
    match results {
        Some(mut results) => {
            results.extend((suite.tests.len() as u32..suite.total).map(|_| "not run".to_owned()));
            Behaviour::Does(results)
        }
        None => Behaviour::Unknown("what some program returned on a public test is not recorded"),
    }
}

/// What came of one test; `None` if that was not recorded.
fn result(test: &TestVerdict) -> Option<String> {
    let of = |what: fn(&Facts) -> &Option<String>| test.facts.as_ref().and_then(|facts| what(facts).as_deref());
    Some(match test.status {
        // All that pass gave the expected value.
        Status::Passed => "passed".to_owned(),
        Status::WrongAnswer => format!("gave {}", of(|facts| &facts.actual)?),
        Status::RuntimeError => match of(|facts| &facts.exception) {
            Some(exception) => format!("raised {}", exception.split(':').next().unwrap_or(exception).trim()),
            None => Status::RuntimeError.as_str().to_owned(),
        },
        status => status.as_str().to_owned(),
    })
}

//! What a script wants of a program beside the verdict on it: to be judged by tests that nodes hold, and to be run.

use super::error::{Await, Signal, wrong};
use super::guard::deep;
use super::known::{Suites, Tested, View};
use super::language::sequence;
use super::session::Session;
use super::solver::{Act, tests_of};
use super::values::{NodeState, NodeValue, TestValue, outcomes};
use super::verdict::VerdictValue;
use mend_core::{Digest, Kind, Literal, Problem, Slot, Status, SuiteVerdict, Test, TestVerdict};
use mend_python::{Expression, ExpressionKind, StatementKind, names, parse};
use starlark::values::list::AllocList;
use starlark::values::{Heap, Value, ValueLike as _};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that a program is given, to see what it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// A JSON array of arguments, a text for standard input, or the source of a test whose expected value is left aside.
    pub text: String,
    /// A test that no program passes, whose facts tell what the program did.
    pub test: Test,
}

/// A value that no program returns or prints, so that the test shows what it did instead.
const NO_VALUE: &str = "no value of a program: mend runs it to see what it does";

impl Input {
    /// Arguments, or a text for standard input.
    fn given(problem: &Problem, text: String) -> Self {
        let test = if problem.style.entry_point().is_none() {
            Test::Stdio { input: text.as_str().into(), expected: NO_VALUE.into() }
        } else {
            let expected = Literal(format!("\"{NO_VALUE}\"").into());
            Test::Call { args: Literal(text.as_str().into()), expected }
        };
        Self { text, test }
    }

    /// What a test gives a program; `None` if that cannot be told from what it expects.
    fn of_test(problem: &Problem, test: &Test) -> Option<Self> {
        match test {
            Test::Call { args, .. } => Some(Self::given(problem, args.0.to_string())),
            Test::Stdio { input, .. } => Some(Self::given(problem, input.to_string())),
            Test::Script { source } => {
                let text = probe(source, problem.style.entry_point()?)?;
                Some(Self { test: Test::Script { source: text.as_str().into() }, text })
            }
        }
    }
}

/// The statements of a test with a last assert that no value of the function passes; `None` if the last one asserts
/// nothing about one value.
fn probe(source: &str, entry_point: &str) -> Option<String> {
    let module = parse(source).ok()?;
    let last = module.body.last()?;
    let StatementKind::Assert { test, .. } = &last.kind else { return None };
    let asked = asked(source, test, entry_point)?.span.of(source);
    Some(format!("{}assert ({asked}) == \"{NO_VALUE}\"\n", &source[..last.span.start as usize]))
}

/// The part of a condition that calls the function: one side of a comparison, what a `not` denies, or all of it.
fn asked<'e>(source: &str, condition: &'e Expression, entry_point: &str) -> Option<&'e Expression> {
    let calls = |expression: &&Expression| {
        let text = expression.span.of(source);
        parse(text).is_ok_and(|module| names(text, &module.body).needed.contains(entry_point))
    };
    let whole = condition.inner();
    match &whole.kind {
        ExpressionKind::Operation(operands) => {
            let between = |pair: &[Expression]| &source[pair[0].span.end as usize..pair[1].span.start as usize];
            let is_comparison = operands.windows(2).all(|pair| {
                let sign = between(pair).trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')'));
                matches!(sign, "==" | "!=" | "<" | ">" | "<=" | ">=" | "is" | "is not" | "in" | "not in")
            });
            let mut calling = operands.iter().filter(calls);
            match (is_comparison, calling.next(), calling.next()) {
                (true, Some(one), None) => Some(one.inner()),
                (true, ..) => None,
                (false, ..) => Some(whole).filter(calls),
            }
        }
        ExpressionKind::Unary(operand) if source[whole.span.start as usize..].starts_with("not") => {
            asked(source, operand, entry_point)
        }
        _ => Some(whole).filter(calls),
    }
}

/// The verdict on a program by a suite, or by tests that nodes hold.
pub(super) fn view(
    session: &Session<'_>,
    program: &NodeValue,
    suites: Suites,
    tested: Option<Arc<Tested>>,
) -> VerdictValue {
    let known = match &program.state {
        NodeState::Known(known) => Some(Arc::clone(known)),
        NodeState::Open | NodeState::Gone => None,
    };
    let reach = suites.reach();
    VerdictValue {
        view: View {
            slot: (*program.slot).clone(),
            suites,
            problem: Arc::clone(&session.ground.problem),
            known,
            tested,
            is_gone: matches!(program.state, NodeState::Gone),
            may_use: session.may_use(reach),
            may_show: session.may_show(reach),
            may_on_dev: session.may_on_dev(reach),
            is_choosing: session.is_choosing.get(),
            reached: Arc::clone(&session.reached),
        },
    }
}

/// Tests of nodes, in the order in which a script lists them: each by its node and its place there.
struct Chosen {
    tests: Vec<(Arc<Slot>, u32)>,
    /// The nodes, each once.
    nodes: Vec<Slot>,
}

impl Chosen {
    fn of(suite: Value<'_>) -> starlark::Result<Self> {
        let expected = |found: &str| {
            wrong(format!(
                "`judge` takes a suite, a node of kind `tests`, or a list of such nodes and of their tests; found a {found}"
            ))
        };
        let items = match sequence(suite) {
            Some(items) => items,
            None => vec![suite],
        };
        let mut chosen = Self { tests: Vec::new(), nodes: Vec::new() };
        for item in items {
            if let Some(test) = item.downcast_ref::<TestValue>() {
                chosen.tests.push((Arc::clone(&test.node), test.index));
            } else if let Some(node) = item.downcast_ref::<NodeValue>() {
                if node.slot.kind() != Kind::Tests {
                    return Err(expected(node.slot.kind().as_str()));
                }
                let count = node.tests()?.len() as u32;
                chosen.tests.extend((0..count).map(|index| (Arc::clone(&node.slot), index)));
            } else {
                return Err(expected(item.get_type()));
            }
        }
        for (node, _) in &chosen.tests {
            if chosen.nodes.last() != Some(&**node) && !chosen.nodes.contains(node) {
                chosen.nodes.push((**node).clone());
            }
        }
        Ok(chosen)
    }

    /// What they say of a program, as a suite of their own.
    fn tested(&self, session: &Session<'_>, program: &Slot) -> Tested {
        let held = |node: &Slot| session.tree.node(node).and_then(tests_of).unwrap_or_default();
        let held: BTreeMap<&Slot, &[Test]> = self.nodes.iter().map(|node| (node, held(node))).collect();
        let tests = self.tests.iter().filter_map(|(node, index)| held.get(&**node)?.get(*index as usize).cloned());
        Tested { tests: tests.collect(), verdict: self.verdict(session, program) }
    }

    fn verdict(&self, session: &Session<'_>, program: &Slot) -> Result<SuiteVerdict, Await> {
        let node = session.tree.node(program);
        let mut found: BTreeMap<&Slot, (&SuiteVerdict, BTreeMap<u32, &TestVerdict>)> = BTreeMap::new();
        for tests in &self.nodes {
            let tested = node.and_then(|node| node.tested.get(tests));
            let (verdict, _) = tested.ok_or_else(|| Await::Tested(program.clone(), tests.clone()))?;
            let by_index = verdict.tests.iter().map(|test| (test.index, test)).collect();
            found.insert(tests, (verdict, by_index));
        }
        let (mut tests, mut unrun) = (Vec::new(), None);
        for (at, (node, index)) in (0..).zip(&self.tests) {
            let (suite, by_index) = &found[&**node];
            match by_index.get(index) {
                Some(test) => tests.push(TestVerdict { index: at, ..(*test).clone() }),
                None => unrun = unrun.or(Some(suite.status)),
            }
        }
        Ok(SuiteVerdict::of(tests, self.tests.len() as u32, unrun.unwrap_or(Status::Passed)))
    }
}

/// The verdict by tests of nodes. Those that did not judge the program yet do so together.
pub(super) fn judge_by_tests(
    session: &Session<'_>,
    program: &NodeValue,
    suite: Value<'_>,
) -> starlark::Result<VerdictValue> {
    let chosen = Chosen::of(suite)?;
    program.known()?;
    let place = session.next_place();
    let mut memo = session.memo.borrow_mut();
    let is_new = |tests: &&Slot| {
        let awaited = Await::Tested((*program.slot).clone(), (*tests).clone());
        !memo.has(&awaited, session.tree) && memo.running.insert(awaited)
    };
    let tests: Vec<Slot> = chosen.nodes.iter().filter(is_new).cloned().collect();
    if !tests.is_empty() {
        memo.fresh.insert(place, Act::Test { slot: (*program.slot).clone(), tests });
    }
    drop(memo);
    let tested = chosen.tested(session, &program.slot);
    Ok(view(session, program, Suites::Tests(chosen.nodes.into()), Some(Arc::new(tested))))
}

/// What a program does with inputs. Those of tests from which nothing can be asked count as unsupported.
pub(super) fn run<'v>(
    session: &Session<'_>,
    program: &NodeValue,
    inputs: Value<'v>,
    heap: Heap<'v>,
) -> starlark::Result<Value<'v>> {
    program.known()?;
    let items = sequence(inputs)
        .ok_or_else(|| wrong(format!("`run` takes a list of inputs, found a {}", inputs.get_type())))?;
    let problem = &session.ground.problem;
    deep(inputs)?;
    let input = |item: &Value<'v>| -> starlark::Result<Option<Input>> {
        if let Some(test) = item.downcast_ref::<TestValue>() {
            let node = session.tree.node(&test.node);
            let held = node.and_then(tests_of).and_then(|tests| tests.get(test.index as usize));
            return Ok(held.and_then(|test| Input::of_test(problem, test)));
        }
        if problem.style.entry_point().is_none() {
            let text = item
                .unpack_str()
                .ok_or_else(|| wrong("each input of a whole program is a text for its standard input, or a test"))?;
            return Ok(Some(Input::given(problem, text.to_owned())));
        }
        let arguments =
            sequence(*item).ok_or_else(|| wrong("each input of a function is a list of its arguments, or a test"))?;
        let text = heap
            .alloc(AllocList(arguments))
            .to_json()
            .map_err(|error| wrong(format!("an argument cannot be written as JSON: {error}")))?;
        Ok(Some(Input::given(problem, text)))
    };
    let asked: Vec<Option<Input>> = items.iter().map(input).collect::<starlark::Result<_>>()?;
    let inputs: Arc<[Input]> = asked.iter().flatten().cloned().collect();
    if inputs.is_empty() {
        return Ok(outcomes(asked.iter().map(|_| None), heap));
    }
    let given = Digest::of_parts(inputs.iter().map(|input| input.text.as_bytes()));
    let awaited = Await::Ran((*program.slot).clone(), given);
    let place = session.next_place();
    if let Some((found, _)) = session.tree.node(&program.slot).and_then(|node| node.ran.get(&given)) {
        let mut found = found.iter();
        return Ok(outcomes(asked.iter().map(|asked| asked.as_ref().and_then(|_| found.next())), heap));
    }
    let mut memo = session.memo.borrow_mut();
    if memo.running.insert(awaited.clone()) {
        memo.fresh.insert(place, Act::Run { slot: (*program.slot).clone(), inputs, given });
    }
    Err(Signal::Waits(awaited).raise())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_asked_without_what_it_expects() {
        let asks = |source: &str| probe(source, "f").map(|text| text.replace(NO_VALUE, ""));
        for (source, asked) in [
            ("assert f(1) == 2\n", Some("assert (f(1)) == \"\"\n")),
            ("assert 2 == f(1)\n", Some("assert (f(1)) == \"\"\n")),
            ("assert (f(1)) == (2)\n", Some("assert (f(1)) == \"\"\n")),
            ("assert f(1) is None\n", Some("assert (f(1)) == \"\"\n")),
            ("assert f(1) not in [2]\n", Some("assert (f(1)) == \"\"\n")),
            ("assert f(1)\n", Some("assert (f(1)) == \"\"\n")),
            ("assert not f(1)\n", Some("assert (f(1)) == \"\"\n")),
            ("assert sorted(f([2, 1])) == [1, 2], \"why\"\n", Some("assert (sorted(f([2, 1]))) == \"\"\n")),
            ("assert abs(f(1) - 2) < 1e-6\n", Some("assert (abs(f(1) - 2)) == \"\"\n")),
            ("x = [1]\nassert f(x) == 2\n", Some("x = [1]\nassert (f(x)) == \"\"\n")),
            ("assert f(1) == f(2)\n", None),
            ("for x in [1]:\n    assert f(x) == 2\n", None),
            ("assert 1 == 1\n", None),
            ("assert f(", None),
        ] {
            assert_eq!(asks(source).as_deref(), asked, "{source}");
        }
    }
}

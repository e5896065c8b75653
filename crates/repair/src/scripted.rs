//! A scripted model: answers and verdicts by rules on seat and slot, for tests of strategies.
//!
//! A test gives a rule, lets [`try_out`](crate::try_out) run the script, and looks at the [`Trial`](crate::Trial): the
//! sequence of acts, the messages of one request, and the tree that results. Answers are texts, found and read as those of
//! any model; only the verdicts are made up.

use crate::script::{Ask, Input, test_text};
use crate::trial::{Stage, free_completion};
use mend_core::{
    Completion, Digest, Facts, Literal, Opinion, Problem, RunOutcome, Seat, Slot, Status, SuiteVerdict, Test,
    TestVerdict, Used, Verdict,
};
use mend_judge::{JudgeError, Judgement, Look, Seen, Sight, Task};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What a rule says at a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Says {
    /// A program that passes both suites, the public one alone, the hidden one alone, or none.
    Program {
        /// Whether it passes the public suite.
        public: bool,
        /// Whether it passes the hidden suite.
        hidden: bool,
    },
    /// A program that passes some tests of each suite, in their order.
    Suites {
        /// Which tests of the public suite it passes.
        public: Vec<bool>,
        /// Which tests of the hidden suite it passes.
        hidden: Vec<bool>,
    },
    /// A text, which is read by the kind of the node. The node's name stands before it, so that no two are alike.
    Text(String),
    /// No answer ever.
    Nothing,
}

impl Says {
    /// A text that says nothing in particular: a note, or an answer without what was asked for.
    pub fn words() -> Self {
        Self::Text(String::new())
    }

    /// A critique with an opinion of the program as a whole, or without.
    pub fn critique(opinion: Option<Opinion>) -> Self {
        Self::Text(opinion.map_or_else(String::new, |opinion| format!("Verdict: {}\n", opinion.as_str())))
    }

    /// Asserts, each in a line of its own.
    pub fn tests(asserts: &[&str]) -> Self {
        Self::Text(format!("```python\n{}\n```\n", asserts.join("\n")))
    }

    /// A score, a choice (from 0), or both.
    pub fn judgement(score: Option<f64>, choice: Option<u8>) -> Self {
        let mut text = String::new();
        if let Some(score) = score {
            let _ = writeln!(text, "Score: {score}");
        }
        if let Some(choice) = choice {
            let _ = writeln!(text, "Choice: {}", char::from(b'A' + choice));
        }
        Self::Text(text)
    }

    /// An answer to a question.
    pub fn answer(yes: bool) -> Self {
        Self::Text(format!("Answer: {}\n", if yes { "yes" } else { "no" }))
    }
}

type Rule = Box<dyn Fn(Seat, &Slot) -> Says + Send + Sync>;
type Passes = Box<dyn Fn(&Slot, u32, &Test) -> bool + Send + Sync>;
type Value = Box<dyn Fn(&Slot, &str) -> String + Send + Sync>;
type Sees = Box<dyn Fn(&Slot, &Look) -> Sight + Send + Sync>;

/// Answers by a rule on seat and slot, and judges what it wrote by the same rule.
pub struct ScriptedModel {
    /// The problems whose suites the rule decides; other tests are those of a node.
    digests: BTreeSet<Digest>,
    rule: Rule,
    passes: Passes,
    value: Value,
    sees: Sees,
}

impl std::fmt::Debug for ScriptedModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptedModel").field("digests", &self.digests).finish_non_exhaustive()
    }
}

impl ScriptedModel {
    /// A model for a problem. Until told otherwise its programs pass no test that a node holds, and give their own name
    /// for every input.
    pub fn new(problem: &Problem, rule: impl Fn(Seat, &Slot) -> Says + Send + Sync + 'static) -> Self {
        Self {
            digests: BTreeSet::from([problem.digest]),
            rule: Box::new(rule),
            passes: Box::new(|_, _, _| false),
            value: Box::new(|slot, _| slot.to_string()),
            sees: Box::new(|_, look| match look {
                Look::Trace { .. } => Sight::Trace(None),
                Look::Cells { texts } => Sight::Cells(texts.iter().map(|_| String::new()).collect()),
                Look::Cost { .. } => Sight::Cost(None),
            }),
        }
    }

    /// The same model for another problem too, by the same rule.
    #[must_use]
    pub fn also(mut self, problem: &Problem) -> Self {
        self.digests.insert(problem.digest);
        self
    }

    /// Whether a program passes the test of that number, from 0, among those that a node holds.
    #[must_use]
    pub fn testing(self, passes: impl Fn(&Slot, u32) -> bool + Send + Sync + 'static) -> Self {
        Self { passes: Box::new(move |slot, index, _| passes(slot, index)), ..self }
    }

    /// Whether a program passes a test that a node holds, by the test's text, such as `assert inc(0) == 1`.
    #[must_use]
    pub fn trying(self, passes: impl Fn(&Slot, &str) -> bool + Send + Sync + 'static) -> Self {
        Self { passes: Box::new(move |slot, _, test| passes(slot, &test_text(test))), ..self }
    }

    /// What a program gives for an input.
    #[must_use]
    pub fn running(self, value: impl Fn(&Slot, &str) -> String + Send + Sync + 'static) -> Self {
        Self { value: Box::new(value), ..self }
    }

    /// What an instrument sees of a node. Until told otherwise it traces nothing, each cell prints nothing, and no program has
    /// a cost.
    #[must_use]
    pub fn looking(self, sees: impl Fn(&Slot, &Look) -> Sight + Send + Sync + 'static) -> Self {
        Self { sees: Box::new(sees), ..self }
    }

    /// The answer at a place; `None` if it never comes.
    pub fn completion(&self, seat: Seat, slot: &Slot, problem: &Problem) -> Option<Completion> {
        let text = match (self.rule)(seat, slot) {
            Says::Program { .. } | Says::Suites { .. } => {
                format!("This is {slot}.\n\n```python\n{}```\n", program(seat, slot, problem))
            }
            Says::Text(text) => format!("This is {slot}.\n\n{text}"),
            Says::Nothing => return None,
        };
        Some(free_completion(text))
    }

    fn suite(&self, tests: &[Test], slot: &Slot, problem: &Problem, passes: impl Fn(u32) -> bool) -> SuiteVerdict {
        let verdict = |(index, test): (u32, &Test)| {
            let is_passed = passes(index);
            let status = if is_passed { Status::Passed } else { Status::WrongAnswer };
            TestVerdict { index, status, facts: (!is_passed).then(|| self.facts(test, slot, problem).into()) }
        };
        let tests: Vec<TestVerdict> = (0..).zip(tests).map(verdict).collect();
        let total = tests.len() as u32;
        SuiteVerdict::of(tests, total, Status::Passed)
    }

    fn facts(&self, test: &Test, slot: &Slot, problem: &Problem) -> Facts {
        let actual = |input: &str| Some((self.value)(slot, input));
        match test {
            Test::Call { args: Literal(args), expected: Literal(expected) } => {
                let within = args.trim().strip_prefix('[').and_then(|args| args.strip_suffix(']')).unwrap_or(args);
                let name = problem.style.entry_point().unwrap_or_default();
                let call = Some(format!("{name}({within})"));
                Facts { call, expected: Some(expected.to_string()), actual: actual(args), ..Facts::default() }
            }
            Test::Stdio { input, expected } => {
                let (input, expected) = (input.to_string(), expected.to_string());
                let actual = actual(&input);
                Facts { input: Some(input), expected: Some(expected), actual, ..Facts::default() }
            }
            Test::Script { source } => Facts { assertion: Some(source.trim().to_owned()), ..Facts::default() },
        }
    }
}

impl Stage for ScriptedModel {
    fn answer(&mut self, ask: &Ask, slot: &Slot, problem: &Problem) -> Result<Option<Completion>, String> {
        Ok(self.completion(ask.seat, slot, problem))
    }

    fn judge(&mut self, task: Task) -> Result<Judgement, JudgeError> {
        let (seat, slot) = written_by(&task.program).unwrap_or((Seat::CODER, Slot::program(0)));
        let tests = &task.problem.tests;
        let verdict = if self.digests.contains(&task.problem.digest) {
            let all = |passes: bool, tests: &[Test]| vec![passes; tests.len()];
            let (public, hidden) = match (self.rule)(seat, &slot) {
                Says::Program { public, hidden } => (all(public, &tests.public), all(hidden, &tests.hidden)),
                Says::Suites { public, hidden } => (public, hidden),
                Says::Text(_) | Says::Nothing => (all(false, &tests.public), all(false, &tests.hidden)),
            };
            let suite = |tests: &[Test], passes: &[bool]| {
                let passes = |index: u32| passes.get(index as usize).copied().unwrap_or(false);
                (!tests.is_empty()).then(|| self.suite(tests, &slot, &task.problem, passes))
            };
            let (public, hidden) = (suite(&tests.public, &public), suite(&tests.hidden, &hidden));
            let status = hidden.as_ref().or(public.as_ref()).map_or(Status::Passed, |suite| suite.status);
            Verdict { status, public, hidden, engine: Some("scripted".to_owned()) }
        } else {
            let passes = |index: u32| (self.passes)(&slot, index, &tests.hidden[index as usize]);
            let hidden = self.suite(&tests.hidden, &slot, &task.problem, passes);
            Verdict { status: hidden.status, public: None, hidden: Some(hidden), engine: Some("scripted".to_owned()) }
        };
        Ok(Judgement { verdict, used: Used::default() })
    }

    fn look(&mut self, slot: &Slot, look: Look) -> Result<Seen, JudgeError> {
        Ok(Seen { sight: (self.sees)(slot, &look), used: Used::default() })
    }

    fn run(&mut self, slot: &Slot, inputs: &[Input]) -> Option<Vec<RunOutcome>> {
        Some(inputs.iter().map(|input| RunOutcome::Value((self.value)(slot, &input.text))).collect())
    }
}

/// A program that says who wrote it where.
fn program(seat: Seat, slot: &Slot, problem: &Problem) -> String {
    match problem.style.entry_point() {
        Some(name) => format!("def {name}(*given):\n    return \"{slot} {seat}\"\n"),
        None => format!("print(\"{slot} {seat}\")\n"),
    }
}

/// Who wrote a program of ours where; `None` for another program.
fn written_by(program: &str) -> Option<(Seat, Slot)> {
    program.split('"').find_map(|text| {
        let (slot, seat) = text.split_once(' ')?;
        Some((seat.parse().ok()?, slot.parse().ok()?))
    })
}

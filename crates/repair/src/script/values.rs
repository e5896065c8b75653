//! The values of the language: nodes, verdicts, passages, and records of plain fields.

use super::error::{Await, Signal, wrong};
use super::known::{Known, Reached, View};
use crate::feedback::Failure;
use allocative::Allocative;
use mend_core::{Found, Problem, RunOutcome, Slot, Status, Test};
use starlark::collections::StarlarkHasher;
use starlark::docs::DocMember;
use starlark::environment::{Methods, MethodsBuilder};
use starlark::typing::Ty;
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::type_repr::StarlarkTypeRepr as _;
use starlark::values::{Heap, NoSerialize, ProvidesStaticType, StarlarkValue, Value, starlark_value};
use starlark::{methods_static, starlark_module, starlark_simple_value};
use std::fmt;
use std::hash::Hash as _;
use std::sync::Arc;

/// A node that was asked for. Its attributes wait until its outcome is known.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct NodeValue {
    #[allocative(skip)]
    pub(super) slot: Arc<Slot>,
    #[allocative(skip)]
    pub(super) state: NodeState,
}
starlark_simple_value!(NodeValue);

/// What is known of a node when a script looks at it.
#[derive(Debug, Clone)]
pub(super) enum NodeState {
    /// Its outcome is not there yet.
    Open,
    /// It will never have one.
    Gone,
    /// It has one.
    Known(Arc<Known>),
}

impl NodeValue {
    /// What the node holds, or the signal that ends this evaluation.
    pub(super) fn known(&self) -> starlark::Result<&Arc<Known>> {
        match &self.state {
            NodeState::Known(known) => Ok(known),
            NodeState::Open => Err(Signal::Waits(Await::Node((*self.slot).clone())).raise()),
            NodeState::Gone => Err(Signal::Gone((*self.slot).clone()).raise()),
        }
    }

    fn found(&self) -> starlark::Result<Option<&Found>> {
        Ok(self.known()?.found.as_ref())
    }

    fn is_not(&self, what: &str) -> starlark::Error {
        wrong(format!("{} is a {}, and {what}", self.slot, self.slot.kind().as_str()))
    }
}

impl fmt::Display for NodeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.slot.fmt(f)
    }
}

#[starlark_value(type = "node")]
impl<'v> StarlarkValue<'v> for NodeValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(NODE_ATTRIBUTES.methods())
    }

    fn equals(&self, other: Value<'v>) -> starlark::Result<bool> {
        Ok(Self::from_value(other).is_some_and(|other| other.slot == self.slot))
    }

    fn write_hash(&self, hasher: &mut StarlarkHasher) -> starlark::Result<()> {
        self.slot.hash(hasher);
        Ok(())
    }
}

methods_static!(NODE_ATTRIBUTES = node_attributes);

#[starlark_module]
fn node_attributes(builder: &mut MethodsBuilder) {
    /// The node's place and name, such as `p0/r1`.
    #[starlark(attribute)]
    fn slot(this: &NodeValue) -> starlark::Result<String> {
        Ok(this.slot.to_string())
    }

    /// What the model wrote.
    #[starlark(attribute)]
    fn text(this: &NodeValue) -> starlark::Result<String> {
        Ok(this.known()?.text.to_string())
    }

    /// The program in it; None where there is none.
    #[starlark(attribute)]
    fn code<'v>(this: &NodeValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        if !this.slot.is_program() {
            return Err(this.is_not("only programs and repairs have `code`"));
        }
        Ok(this.known()?.code.as_deref().map_or_else(Value::new_none, |code| heap.alloc(code)))
    }

    /// What a critique says of the program as a whole: "correct", "incorrect", or None.
    #[starlark(attribute)]
    fn opinion<'v>(this: &NodeValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let Some(Found::Critique { opinion, .. }) = this.found()? else {
            return Err(this.is_not("only critiques have an `opinion`"));
        };
        Ok(opinion.map_or_else(Value::new_none, |opinion| heap.alloc(opinion.as_str())))
    }

    /// The lines that a critique names, as pairs of first and last.
    #[starlark(attribute)]
    fn spans<'v>(this: &NodeValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let Some(Found::Critique { spans, .. }) = this.found()? else {
            return Err(this.is_not("only critiques have `spans`"));
        };
        Ok(heap.alloc(AllocList(spans.iter().map(|span| (span.first.cast_signed(), span.last.cast_signed())))))
    }

    /// A judgement's score, from 0 to 1, or None.
    #[starlark(attribute)]
    fn score<'v>(this: &NodeValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let Some(Found::Judgement { score, .. }) = this.found()? else {
            return Err(this.is_not("only judgements have a `score`"));
        };
        Ok(score.map_or_else(Value::new_none, |score| heap.alloc(score)))
    }

    /// The number of the text that a judgement prefers, from 0, or None.
    #[starlark(attribute)]
    fn choice<'v>(this: &NodeValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let Some(Found::Judgement { choice, .. }) = this.found()? else {
            return Err(this.is_not("only judgements have a `choice`"));
        };
        Ok(choice.map_or_else(Value::new_none, |choice| heap.alloc(choice.cast_signed())))
    }

    /// Whether an answer to a question agrees: True, False or None.
    #[starlark(attribute)]
    fn yes<'v>(this: &NodeValue) -> starlark::Result<Value<'v>> {
        let Some(Found::Answer { yes }) = this.found()? else {
            return Err(this.is_not("only questions have a `yes`"));
        };
        Ok(yes.map_or_else(Value::new_none, Value::new_bool))
    }

    /// The tests in it.
    #[starlark(attribute)]
    fn tests<'v>(this: &NodeValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let Some(Found::Tests { tests, .. }) = this.found()? else {
            return Err(this.is_not("only nodes of kind `tests` have `tests`"));
        };
        let value = |(index, test)| TestValue { node: Arc::clone(&this.slot), index, text: test_text(test) };
        Ok(heap.alloc(AllocList((0..).zip(tests).map(value))))
    }
}

/// One test of those that a node holds.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct TestValue {
    #[allocative(skip)]
    pub(super) node: Arc<Slot>,
    pub(super) index: u32,
    pub(super) text: String,
}
starlark_simple_value!(TestValue);

impl fmt::Display for TestValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[starlark_value(type = "test")]
impl<'v> StarlarkValue<'v> for TestValue {
    fn collect_str(&self, collector: &mut String) {
        collector.push_str(&self.text);
    }

    fn equals(&self, other: Value<'v>) -> starlark::Result<bool> {
        Ok(Self::from_value(other).is_some_and(|other| other.node == self.node && other.index == self.index))
    }

    fn write_hash(&self, hasher: &mut StarlarkHasher) -> starlark::Result<()> {
        (&self.node, self.index).hash(hasher);
        Ok(())
    }
}

/// The problem, as far as it may be shown.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct ProblemValue {
    #[allocative(skip)]
    pub(super) problem: Arc<Problem>,
    /// Whether the reference solution may be read.
    pub(super) may_read: bool,
    #[allocative(skip)]
    pub(super) reached: Arc<Reached>,
}
starlark_simple_value!(ProblemValue);

impl fmt::Display for ProblemValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.id.fmt(f)
    }
}

#[starlark_value(type = "problem")]
impl<'v> StarlarkValue<'v> for ProblemValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(PROBLEM_ATTRIBUTES.methods())
    }
}

methods_static!(PROBLEM_ATTRIBUTES = problem_attributes);

#[starlark_module]
fn problem_attributes(builder: &mut MethodsBuilder) {
    /// The problem's name in its data set.
    #[starlark(attribute)]
    fn id(this: &ProblemValue) -> starlark::Result<String> {
        Ok(this.problem.id.to_string())
    }

    /// What is asked for.
    #[starlark(attribute)]
    fn statement(this: &ProblemValue) -> starlark::Result<String> {
        Ok(this.problem.statement.to_string())
    }

    /// "function" where tests call an entry point, "program" where they give an input.
    #[starlark(attribute)]
    fn kind(this: &ProblemValue) -> starlark::Result<String> {
        Ok(if this.problem.style.entry_point().is_some() { "function" } else { "program" }.to_owned())
    }

    /// The function that tests call; None for whole programs.
    #[starlark(attribute)]
    fn entry_point<'v>(this: &ProblemValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        Ok(this.problem.style.entry_point().map_or_else(Value::new_none, |name| heap.alloc(name)))
    }

    /// The code that a program starts from; None where there is none.
    #[starlark(attribute)]
    fn starter<'v>(this: &ProblemValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        Ok(this.problem.starter_code.as_deref().map_or_else(Value::new_none, |code| heap.alloc(code)))
    }

    /// The tests that the statement shows, as text.
    #[starlark(attribute)]
    fn public<'v>(this: &ProblemValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        Ok(heap.alloc(AllocList(this.problem.tests.public.iter().map(test_text))))
    }

    /// The reference solution, if the header grants `reference`; None where the data set has none.
    #[starlark(attribute)]
    fn reference<'v>(this: &ProblemValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        if !this.may_read {
            return Err(wrong("the reference solution may not be read: the header does not grant `reference = True`"));
        }
        this.reached.reads_reference();
        Ok(this.problem.reference.as_deref().map_or_else(Value::new_none, |code| heap.alloc(code)))
    }
}

/// What a program did with inputs, one dict each.
pub(super) fn outcomes<'v>(outcomes: &[RunOutcome], heap: Heap<'v>) -> Value<'v> {
    let dict = |outcome: &RunOutcome| {
        let (value, raised, ended) = match outcome {
            RunOutcome::Value(text) => (Some(text.as_str()), None, None),
            RunOutcome::Raised(kind) => (None, Some(kind.as_str()), None),
            RunOutcome::Ended(status) => (None, None, Some(status.as_str())),
        };
        let text = |text: Option<&str>| text.map_or_else(Value::new_none, |text| heap.alloc(text));
        AllocDict([("value", text(value)), ("raised", text(raised)), ("ended", text(ended))])
    };
    heap.alloc(AllocList(outcomes.iter().map(dict)))
}

/// A test as a person would write it.
pub(super) fn test_text(test: &Test) -> String {
    match test {
        Test::Call { args, expected } => format!("{} -> {}", args.0, expected.0),
        Test::Script { source } => source.trim().to_owned(),
        Test::Stdio { input, expected } => format!("input:\n{}\noutput:\n{}", input.trim_end(), expected.trim_end()),
    }
}

/// A verdict as a script may see it.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct VerdictValue {
    #[allocative(skip)]
    pub(super) view: View,
}
starlark_simple_value!(VerdictValue);

impl VerdictValue {
    fn passage(&self, text: String) -> Passage {
        Passage { text, slots: vec![self.view.slot.clone()] }
    }
}

impl fmt::Display for VerdictValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the verdict on {} by {}", self.view.slot, self.view.suites)
    }
}

#[starlark_value(type = "verdict")]
impl<'v> StarlarkValue<'v> for VerdictValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(VERDICT_ATTRIBUTES.methods())
    }
}

methods_static!(VERDICT_ATTRIBUTES = verdict_attributes);

#[starlark_module]
fn verdict_attributes(builder: &mut MethodsBuilder) {
    /// Whether nothing that was asked for failed.
    #[starlark(attribute)]
    fn passed(this: &VerdictValue) -> starlark::Result<bool> {
        this.view.passed()
    }

    /// Share of the tests that passed, from 0 to 1.
    #[starlark(attribute)]
    fn fraction(this: &VerdictValue) -> starlark::Result<f64> {
        this.view.fraction()
    }

    /// The status of the first test that did not pass, else "passed".
    #[starlark(attribute)]
    fn status(this: &VerdictValue) -> starlark::Result<String> {
        Ok(this.view.status()?.as_str().to_owned())
    }

    /// Whether each test that ran passed, in order.
    #[starlark(attribute)]
    fn outcomes<'v>(this: &VerdictValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        this.view.passed()?;
        Ok(heap.alloc(AllocList(this.view.outcomes()?)))
    }

    /// The failing tests as dicts of facts: status, call, input, expected, actual, exception, line, source, assertion,
    /// note; those that are known, and uncut.
    #[starlark(attribute)]
    fn failures<'v>(this: &VerdictValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let (failures, _) = this.view.failures(usize::MAX, usize::MAX)?;
        Ok(heap.alloc(AllocList(
            failures
                .iter()
                .map(|failure| AllocDict(fields(failure).into_iter().map(|(name, value)| (name, heap.alloc(value))))),
        )))
    }

    /// The first failing test as a sentence; None if nothing that may be shown fails.
    fn first_failure<'v>(
        this: &VerdictValue,
        #[starlark(default = 300)] cut: i32,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        let failure = this.view.first_failure(size("cut", cut)?)?;
        Ok(failure.map_or_else(Value::new_none, |failure| heap.alloc(this.passage(sentence(&failure)))))
    }

    /// Sentences about the failing tests, at most `most` of them, and how many more fail.
    fn all_failures<'v>(
        this: &VerdictValue,
        #[starlark(default = 5)] most: i32,
        #[starlark(default = 300)] cut: i32,
    ) -> starlark::Result<Passage> {
        let (failures, more) = this.view.failures(size("most", most)?, size("cut", cut)?)?;
        let mut lines: Vec<String> = failures.iter().map(sentence).collect();
        if more > 0 {
            lines.push(format!("{more} more tests fail."));
        }
        Ok(this.passage(lines.join("\n")))
    }

    /// Two lists, of passing and of failing tests, the latter with what they gave.
    fn pass_fail_list<'v>(this: &VerdictValue, #[starlark(default = 300)] cut: i32) -> starlark::Result<Passage> {
        let cut = size("cut", cut)?;
        let (mut passing, mut failing) = (Vec::new(), Vec::new());
        for test in this.view.tests()? {
            if test.status == Status::Passed {
                passing.push(format!("test {}", test.index + 1));
            } else {
                failing.push(format!("test {}: {}", test.index + 1, sentence(&crate::feedback::failure(test, cut))));
            }
        }
        let list = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join("\n") };
        Ok(this.passage(format!("Passing tests:\n{}\n\nFailing tests:\n{}", list(passing), list(failing))))
    }

    /// Type, message, line and source of the exception of the first failing test; None if it has none.
    fn traceback<'v>(this: &VerdictValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let Some(failure) = this.view.first_failure(1000)? else { return Ok(Value::new_none()) };
        let Some(exception) = failure.facts.exception else { return Ok(Value::new_none()) };
        let frame = failure.facts.line.map_or_else(String::new, |line| {
            let source = failure.facts.source.map(|source| format!("\n    {source}")).unwrap_or_default();
            format!("line {line}{source}\n")
        });
        Ok(heap.alloc(this.passage(format!("{frame}{exception}"))))
    }

    /// "right" or "wrong", and nothing else.
    fn binary<'v>(this: &VerdictValue) -> starlark::Result<Passage> {
        let is_right = this.view.shown_status()? == Status::Passed;
        Ok(this.passage(if is_right { "right" } else { "wrong" }.to_owned()))
    }

    /// The status word, such as "wrong_answer".
    fn error_class<'v>(this: &VerdictValue) -> starlark::Result<Passage> {
        Ok(this.passage(this.view.shown_status()?.as_str().to_owned()))
    }
}

fn size(name: &str, value: i32) -> starlark::Result<usize> {
    usize::try_from(value).map_err(|_| wrong(format!("`{name}` must not be negative, found {value}")))
}

/// The facts that are known, by name.
pub(super) fn fields(failure: &Failure) -> Vec<(&'static str, String)> {
    let facts = &failure.facts;
    let named = [
        ("status", Some(failure.status.to_owned())),
        ("call", facts.call.clone()),
        ("input", facts.input.clone()),
        ("expected", facts.expected.clone()),
        ("actual", facts.actual.clone()),
        ("exception", facts.exception.clone()),
        ("line", facts.line.map(|line| line.to_string())),
        ("source", facts.source.clone()),
        ("assertion", facts.assertion.clone()),
        ("note", facts.note.clone()),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// One failure as a sentence or two.
fn sentence(failure: &Failure) -> String {
    let facts = &failure.facts;
    let at = match (facts.line, &facts.source) {
        (Some(line), Some(source)) => format!(" in line {line}, `{source}`"),
        (Some(line), None) => format!(" in line {line}"),
        (None, _) => String::new(),
    };
    if let Some(exception) = &facts.exception {
        let during = match (&facts.call, &facts.input) {
            (Some(call), _) => format!("The call {call} raises"),
            (None, Some(input)) => format!("On the input {input:?} it raises"),
            (None, None) => "It raises".to_owned(),
        };
        return format!("{during} {exception}{at}.");
    }
    let values = |gives: &str, wants: &str| match (&facts.actual, &facts.expected) {
        (Some(actual), Some(expected)) => format!(" {gives} {actual}, and {wants} {expected}."),
        (Some(actual), None) => format!(" {gives} {actual}, which is not right."),
        (None, Some(expected)) => format!(" {wants} {expected}."),
        (None, None) => " is not right.".to_owned(),
    };
    if let Some(call) = &facts.call {
        return format!("The call {call}{}", values("gives", "should give"));
    }
    if let Some(input) = &facts.input {
        return format!("On the input {input:?} it{}", values("prints", "should print"));
    }
    match (&facts.assertion, &facts.note) {
        (Some(assertion), _) => format!("The assertion `{assertion}` fails."),
        (None, Some(note)) => format!("{}: {note}.", failure.status),
        (None, None) => format!("The status is {}.", failure.status),
    }
}

/// A text about nodes that may enter a prompt: the prompt then shows these nodes.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct Passage {
    pub(super) text: String,
    #[allocative(skip)]
    pub(super) slots: Vec<Slot>,
}
starlark_simple_value!(Passage);

impl fmt::Display for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[starlark_value(type = "passage")]
impl<'v> StarlarkValue<'v> for Passage {
    fn to_bool(&self) -> bool {
        !self.text.is_empty()
    }

    fn length(&self) -> starlark::Result<i32> {
        Ok(i32::try_from(self.text.chars().count()).unwrap_or(i32::MAX))
    }

    fn collect_str(&self, collector: &mut String) {
        collector.push_str(&self.text);
    }

    fn equals(&self, other: Value<'v>) -> starlark::Result<bool> {
        Ok(Self::from_value(other).is_some_and(|other| other.text == self.text)
            || other.unpack_str() == Some(&self.text))
    }

    fn add(&self, rhs: Value<'v>, heap: Heap<'v>) -> Option<starlark::Result<Value<'v>>> {
        let (text, slots) = match (Self::from_value(rhs), rhs.unpack_str()) {
            (Some(other), _) => (&*other.text, &*other.slots),
            (None, Some(text)) => (text, &[][..]),
            (None, None) => return None,
        };
        let slots = [&self.slots, slots].concat();
        Some(Ok(heap.alloc(Self { text: format!("{}{text}", self.text), slots })))
    }

    fn radd(&self, lhs: Value<'v>, heap: Heap<'v>) -> Option<starlark::Result<Value<'v>>> {
        let text = format!("{}{}", lhs.unpack_str()?, self.text);
        Some(Ok(heap.alloc(Self { text, slots: self.slots.clone() })))
    }
}

/// Named plain values: the parameters of a strategy.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct Settings {
    #[allocative(skip)]
    pub(super) values: Arc<super::Parameters>,
}
starlark_simple_value!(Settings);

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("parameters")
    }
}

#[starlark_value(type = "parameters")]
impl<'v> StarlarkValue<'v> for Settings {
    fn get_attr(&self, name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        self.values.get(name).map(|value| value.alloc(heap))
    }

    fn dir_attr(&self) -> Vec<String> {
        self.values.keys().cloned().collect()
    }
}

/// What each kind of value offers, as its attributes and methods say it.
pub(super) fn documented() -> Vec<(&'static str, Vec<(String, DocMember)>)> {
    let members = |methods: &Methods, ty: Ty| methods.documentation(ty).members.into_iter().collect();
    vec![
        ("problem", members(PROBLEM_ATTRIBUTES.methods(), ProblemValue::starlark_type_repr())),
        ("node", members(NODE_ATTRIBUTES.methods(), NodeValue::starlark_type_repr())),
        ("verdict", members(VERDICT_ATTRIBUTES.methods(), VerdictValue::starlark_type_repr())),
    ]
}

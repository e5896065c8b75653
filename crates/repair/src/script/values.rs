//! The values of the language: nodes, verdicts, passages, and records of plain fields.

use super::blocks::{TRACE_ATTRIBUTES, TraceValue};
use super::error::{Await, Signal, wrong};
use super::known::Known;
use super::language::{sequence, text_of};
use super::problem::{PROBLEM_ATTRIBUTES, ProblemValue, test_text};
use super::verdict::{VERDICT_ATTRIBUTES, VerdictValue};
use allocative::Allocative;
use mend_core::{Defect, Found, RunOutcome, Slot, Status, Test};
use minijinja::Value as Shown;
use starlark::collections::StarlarkHasher;
use starlark::docs::DocMember;
use starlark::environment::{Methods, MethodsBuilder};
use starlark::typing::Ty;
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::type_repr::StarlarkTypeRepr as _;
use starlark::values::{Heap, NoSerialize, ProvidesStaticType, StarlarkValue, Value, ValueLike as _, starlark_value};
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

    /// The tests that the node holds.
    pub(super) fn tests(&self) -> starlark::Result<&[Test]> {
        match self.found()? {
            Some(Found::Tests { tests, .. }) => Ok(tests),
            _ => Err(self.is_not("only nodes of kind `tests` have `tests`")),
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

    /// What it is: "program", "repair", "critique", "note", "tests", "judgement" or "question".
    #[starlark(attribute)]
    fn kind(this: &NodeValue) -> starlark::Result<String> {
        Ok(this.slot.kind().as_str().to_owned())
    }

    /// What the model wrote; up to its first block of code where `ask` forbade code.
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

    /// The defects that a critique lists, as dicts of first, last (lines), type ("crash", "wrong_value", "missing_case",
    /// "wrong_io" or "slow") and severity ("minor" or "major").
    #[starlark(attribute)]
    fn defects<'v>(this: &NodeValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let Some(Found::Critique { defects, .. }) = this.found()? else {
            return Err(this.is_not("only critiques have `defects`"));
        };
        Ok(heap.alloc(AllocList(defects.iter().map(|defect| {
            AllocDict([
                ("first", heap.alloc(defect.first.cast_signed())),
                ("last", heap.alloc(defect.last.cast_signed())),
                ("type", heap.alloc(defect.fault.as_str())),
                ("severity", heap.alloc(defect.severity.as_str())),
            ])
        }))))
    }

    /// The defects that a critique lists, one a line, such as "lines 3-5: wrong_value, major"; None if it lists none.
    fn defect_list<'v>(this: &NodeValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let Some(Found::Critique { defects, .. }) = this.found()? else {
            return Err(this.is_not("only critiques have a `defect_list`"));
        };
        if defects.is_empty() {
            return Ok(Value::new_none());
        }
        let line = |defect: &Defect| {
            let lines = match (defect.first, defect.last) {
                (first, last) if first == last => format!("line {first}"),
                (first, last) => format!("lines {first}-{last}"),
            };
            format!("{lines}: {}, {}", defect.fault.as_str(), defect.severity.as_str())
        };
        let text = defects.iter().map(line).collect::<Vec<_>>().join("\n");
        Ok(heap.alloc(Passage { text, slots: vec![(*this.slot).clone()] }))
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
        let value = |(index, test)| TestValue { node: Arc::clone(&this.slot), index, text: test_text(test) };
        Ok(heap.alloc(AllocList((0..).zip(this.tests()?).map(value))))
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

/// What a program did with inputs, one dict each; `None` for an input that cannot be given.
pub(super) fn outcomes<'v, 'o>(outcomes: impl Iterator<Item = Option<&'o RunOutcome>>, heap: Heap<'v>) -> Value<'v> {
    let dict = |outcome: Option<&RunOutcome>| {
        let (value, raised, ended) = match outcome {
            Some(RunOutcome::Value(text)) => (Some(text.as_str()), None, None),
            Some(RunOutcome::Raised(kind)) => (None, Some(kind.as_str()), None),
            Some(RunOutcome::Ended(status)) => (None, None, Some(status.as_str())),
            None => (None, None, Some(Status::Unsupported.as_str())),
        };
        let text = |text: Option<&str>| text.map_or_else(Value::new_none, |text| heap.alloc(text));
        AllocDict([("value", text(value)), ("raised", text(raised)), ("ended", text(ended))])
    };
    heap.alloc(AllocList(outcomes.map(dict).collect::<Vec<_>>()))
}

/// A text about nodes that may enter a prompt: the prompt then shows these nodes.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct Passage {
    pub(super) text: String,
    #[allocative(skip)]
    pub(super) slots: Vec<Slot>,
}
starlark_simple_value!(Passage);

impl Passage {
    /// What it takes to hold it.
    pub(super) fn bytes(&self) -> u64 {
        (self.text.len() + self.slots.len() * size_of::<Slot>()) as u64
    }
}

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
        let (text, slots) = match (passage_of(rhs), rhs.unpack_str()) {
            (Some(other), _) => (&*other.text, &*other.slots),
            (None, Some(text)) => (text, &[][..]),
            (None, None) => return None,
        };
        let mut all = self.slots.clone();
        let is_new = |slot: &&Slot| !self.slots.contains(slot);
        all.extend(slots.iter().filter(is_new).cloned());
        Some(Ok(heap.alloc(Self { text: format!("{}{text}", self.text), slots: all })))
    }

    fn radd(&self, lhs: Value<'v>, heap: Heap<'v>) -> Option<starlark::Result<Value<'v>>> {
        let text = format!("{}{}", lhs.unpack_str()?, self.text);
        Some(Ok(heap.alloc(Self { text, slots: self.slots.clone() })))
    }
}

/// The text about nodes that a value is, if it is one.
pub(super) fn passage_of<'v>(value: Value<'v>) -> Option<&'v Passage> {
    let of_trace = || value.downcast_ref::<TraceValue>().map(|trace| &trace.passage);
    value.downcast_ref::<Passage>().or_else(of_trace)
}

/// A list that a prompt shows as far as it may be long: the first items are left out first.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct Fitting {
    #[allocative(skip)]
    pub(super) items: Vec<Passage>,
}
starlark_simple_value!(Fitting);

impl Fitting {
    /// The items of a list: nodes by their texts, passages and texts.
    pub(super) fn of(items: Value<'_>) -> starlark::Result<Self> {
        let expected =
            |found: Value<'_>| wrong(format!("`fitting` takes a list of nodes or texts, found a {}", found.get_type()));
        let passage = |item: &Value<'_>| {
            if let Some(node) = item.downcast_ref::<NodeValue>() {
                return Ok(Passage { text: node.known()?.text.to_string(), slots: vec![(*node.slot).clone()] });
            }
            let (text, slots) = text_of(*item).ok_or_else(|| expected(*item))?;
            Ok(Passage { text, slots })
        };
        let items = sequence(items).ok_or_else(|| expected(items))?;
        Ok(Self { items: items.iter().map(passage).collect::<starlark::Result<_>>()? })
    }

    /// What a template sees of it without its first items; the last one always stays.
    pub(super) fn shown(&self, left_out: usize, shows: &mut Vec<Slot>) -> Shown {
        let first = left_out.min(self.items.len().saturating_sub(1));
        let kept = &self.items[first..];
        shows.extend(kept.iter().flat_map(|item| item.slots.iter().cloned()));
        kept.iter().map(|item| Shown::from(&*item.text)).collect()
    }
}

impl fmt::Display for Fitting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of {} items that may shrink", self.items.len())
    }
}

#[starlark_value(type = "fitting")]
impl<'v> StarlarkValue<'v> for Fitting {
    fn to_bool(&self) -> bool {
        !self.items.is_empty()
    }

    fn length(&self) -> starlark::Result<i32> {
        Ok(i32::try_from(self.items.len()).unwrap_or(i32::MAX))
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
        ("trace", members(TRACE_ATTRIBUTES.methods(), TraceValue::starlark_type_repr())),
    ]
}

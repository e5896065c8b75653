//! The functions of the language.

use super::ask;
use super::error::{Await, Signal, wrong};
use super::guard::{deep, guards, spend};
use super::instruments::instruments;
use super::known::Suites;
use super::make;
use super::measures::measures;
use super::rounds::rounds;
use super::running;
use super::session::Session;
use super::solver::{Item, Kept};
use super::source::{HEADER, check_field};
use super::values::{Fitting, NodeState, NodeValue, Passage, TestValue, passage_of};
use super::verdict::VerdictValue;
use mend_core::{Slot, seed_for};
use starlark::collections::SmallMap;
use starlark::environment::{Globals, GlobalsBuilder, LibraryExtension};
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::list::{AllocList, ListRef};
use starlark::values::none::NoneType;
use starlark::values::tuple::TupleRef;
use starlark::values::{Heap, Value, ValueLike as _};
use std::sync::LazyLock;

/// What a script knows while it solves.
pub(super) fn globals() -> &'static Globals {
    header_globals()
}

/// All names of the language. A function that needs a problem says so where a header calls it.
pub(super) fn header_globals() -> &'static Globals {
    static GLOBALS: LazyLock<Globals> = LazyLock::new(|| {
        GlobalsBuilder::extended_by(&[LibraryExtension::Map, LibraryExtension::Filter, LibraryExtension::StructType])
            .with(functions)
            .with(measures)
            .with(instruments)
            .with(rounds)
            .with(guards)
            .build()
    });
    &GLOBALS
}

/// The functions that are ours, without those of Starlark.
pub(super) fn own_functions() -> Globals {
    GlobalsBuilder::new().with(functions).with(measures).with(instruments).with(rounds).build()
}

/// The session of an evaluation; an error where a script calls the function outside `solve`.
pub(super) fn session<'s, 'e>(evaluator: &Evaluator<'_, 's, 'e>, function: &str) -> starlark::Result<&'s Session<'e>> {
    if evaluator.extra.is_none() {
        return Err(wrong(format!("`{function}` needs a problem: call it in `solve`, or in what `solve` calls")));
    }
    Ok(Session::of(evaluator))
}

/// The line of the script that calls, with its file.
fn line(eval: &Evaluator<'_, '_, '_>) -> String {
    let told =
        |span: starlark::codemap::FileSpan| format!("{}:{}", span.filename(), span.resolve_span().begin.line + 1);
    eval.call_stack_top_location().map(told).unwrap_or_default()
}

#[starlark_module]
fn functions(builder: &mut GlobalsBuilder) {
    /// The header: who is asked, what the strategy may know, and how much it asks. Each field is a value, or a function
    /// of the parameters.
    fn strategy<'v>(
        #[starlark(kwargs)] fields: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        for name in fields.keys() {
            check_field(name)?;
        }
        let heap = eval.heap();
        let dict =
            heap.alloc(starlark::values::dict::AllocDict(fields.iter().map(|(name, value)| (name.as_str(), *value))));
        if eval.module().get(HEADER).is_some() {
            return Err(wrong("`strategy(...)` was called twice: a script has one header"));
        }
        eval.module().set(HEADER, dict);
        Ok(NoneType)
    }

    /// Asks for a node of a kind, or for `n` of them, and gives it back at once: its attributes wait for the answer. With
    /// `code = False` the answer, a critique, a note or a question, may hold no block of code: it is cut there. `sampling`
    /// is a dict of what differs from how its seat samples: `temperature`, `top_p`, `max_tokens`, `stop`,
    /// `reasoning_effort`, and `shorter`: how often a request that does not fit into the model's context is asked again, each
    /// time with three quarters of its `max_tokens`.
    fn ask<'v>(
        #[starlark(require = pos)] kind: &str,
        #[starlark(require = pos)] template: Value<'v>,
        #[starlark(require = named, default = "")] to: &str,
        #[starlark(require = named)] about: Option<Value<'v>>,
        #[starlark(require = named)] n: Option<i32>,
        #[starlark(require = named)] index: Option<i32>,
        #[starlark(require = named)] chat: Option<Value<'v>>,
        #[starlark(require = named)] sampling: Option<Value<'v>>,
        #[starlark(require = named, default = true)] code: bool,
        #[starlark(kwargs)] shown: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let session = session(eval, "ask")?;
        let wanted = ask::Wanted { kind, template, to, about, n, index, chat, sampling, code, shown };
        ask::ask(session, &wanted, &line(eval), eval.heap())
    }

    /// A node that the script itself puts together of texts that it has: a program merged from an answer and its parent, a
    /// prefix with its completion, what stands between two marks of an answer. Nobody is asked, it costs no tokens, and it
    /// does not count in `bound`. `kind` is "program" or "repair", which are judged like any other, or "note". The text of
    /// a program is its source, without fences. `of` names the nodes that it is made of, for those who look at the tree.
    fn make<'v>(
        #[starlark(require = pos)] kind: &str,
        #[starlark(require = pos)] text: Value<'v>,
        #[starlark(require = named)] about: Option<Value<'v>>,
        #[starlark(require = named)] index: Option<i32>,
        #[starlark(require = named)] of: Option<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NodeValue> {
        make::make(session(eval, "make")?, &make::Parts { kind, text, about, index, of }, &line(eval))
    }

    /// The messages that a node answers, and its answer: what `chat` takes to go on with that conversation.
    fn said<'v>(
        #[starlark(require = pos)] node: &NodeValue,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        ask::said(session(eval, "said")?, node, eval.heap())
    }

    /// The nodes from the root of the tree down to a node, itself included.
    fn path<'v>(
        #[starlark(require = pos)] node: &NodeValue,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let session = session(eval, "path")?;
        let mut slots = vec![(*node.slot).clone()];
        while let Some(above) = slots.last().and_then(Slot::parent) {
            slots.push(above);
        }
        let nodes: Vec<NodeValue> = slots.iter().rev().map(|slot| session.node(slot)).collect();
        Ok(eval.heap().alloc(AllocList(nodes)))
    }

    /// A list that a prompt shows as far as its seat's limit (`max_prompt`) permits: the oldest items, which stand first,
    /// are left out first, and never the last.
    fn fitting<'v>(#[starlark(require = pos)] items: Value<'v>) -> starlark::Result<Fitting> {
        Fitting::of(items)
    }

    /// The lines that differ between two programs, nodes or texts, in the form of `diff -u`. Empty if none do.
    fn diff<'v>(
        #[starlark(require = pos)] before: Value<'v>,
        #[starlark(require = pos)] after: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Passage> {
        changes(before, after, eval)
    }

    /// The verdict on a program by a suite ("none", "public", "hidden", or "every": public, then hidden), or by tests
    /// that nodes hold: a node of kind `tests`, or a list of such nodes and of single tests, which are all run in one
    /// judgement. No test at all is passed by every program.
    fn judge<'v>(
        #[starlark(require = pos)] program: &NodeValue,
        #[starlark(require = pos)] suite: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<VerdictValue> {
        let session = session(eval, "judge")?;
        if !program.slot.is_program() {
            let kind = program.slot.kind().as_str();
            return Err(wrong(format!("{} is a {kind}: only programs and repairs can be judged", program.slot)));
        }
        match suite.unpack_str() {
            Some(word) => {
                let suites = Suites::named(word).ok_or_else(|| {
                    wrong(format!(
                        "`{word}` is not a suite: expected none, public, hidden, every, or tests that a node holds"
                    ))
                })?;
                Ok(running::view(session, program, suites, None))
            }
            None => running::judge_by_tests(session, program, suite),
        }
    }

    /// What a program does with inputs, without a verdict and in one run: a list with one dict each, of which one of
    /// `value`, `raised` and `ended` is set. Inputs are lists of arguments, or texts for standard input, or tests that a
    /// node holds, whose expected value is left aside.
    fn run<'v>(
        #[starlark(require = pos)] program: &NodeValue,
        #[starlark(require = pos)] inputs: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        running::run(session(eval, "run")?, program, inputs, eval.heap())
    }

    /// Calls a function with each item, side by side: an item that waits keeps no other from going on. Gives their
    /// results once none waits; None for an item that came upon a node without an outcome.
    fn each<'v>(
        #[starlark(require = pos)] items: Value<'v>,
        #[starlark(require = pos)] function: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let session = session(eval, "each")?;
        let items: Vec<Value<'v>> = sequence(items)
            .ok_or_else(|| wrong(format!("`each` takes a list or a tuple, found a {}", items.get_type())))?;
        let place = session.next_place();
        let mut results = Vec::with_capacity(items.len());
        let mut waits = false;
        for (index, item) in items.into_iter().enumerate() {
            let mut inner = place.clone();
            inner.push(index as u32);
            match evaluate_item(session, inner, function, item, eval)? {
                Some(value) => results.push(value),
                None => waits = true,
            }
        }
        if waits { Err(Signal::Pending.raise()) } else { Ok(eval.heap().alloc(AllocList(results))) }
    }

    /// All programs of the tree, once nothing that was asked for is open: first programs, then repairs, by place. What
    /// follows only chooses among them: no program may be asked for any more.
    fn programs<'v>(eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        let session = session(eval, "programs")?;
        if session.is_inside_each() {
            return Err(wrong("`programs()` cannot be called within `each`: other items may still ask for more"));
        }
        let mut slots: Vec<Slot> = {
            let memo = session.memo.borrow();
            if !memo.is_settled() {
                return Err(Signal::Waits(Await::Settled).raise());
            }
            memo.claims.keys().filter(|slot| slot.is_program()).cloned().collect()
        };
        session.is_choosing.set(true);
        slots.sort_by_key(|slot| (slot.depth(), slot.clone()));
        let nodes = slots.iter().map(|slot| session.node(slot));
        let scored = nodes.filter(|node| matches!(&node.state, NodeState::Known(known) if known.verdict.is_some()));
        Ok(eval.heap().alloc(AllocList(scored)))
    }

    /// A number drawn uniformly from 0 up to 1, by the run's seed, the problem, the place in the script, and a purpose.
    fn dice<'v>(#[starlark(require = pos)] purpose: &str, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<f64> {
        let session = session(eval, "dice")?;
        let place: Vec<String> = session.next_place().iter().map(ToString::to_string).collect();
        let (replicate, problem) = (session.ground.replicate.to_string(), session.ground.problem.digest.to_string());
        let digest = seed_for(session.ground.seed, &["dice", &problem, &replicate, &place.join("/"), purpose]);
        let bits = u64::from_le_bytes(digest.as_bytes()[..8].try_into().expect("a digest has 32 bytes"));
        // The upper 53 bits, as many as a float holds.
        Ok((bits >> 11) as f64 / (1_u64 << 53) as f64)
    }

    /// The square root.
    fn sqrt(#[starlark(require = pos)] x: Value) -> starlark::Result<f64> {
        math("sqrt", x, f64::sqrt)
    }

    /// The natural logarithm.
    fn log(#[starlark(require = pos)] x: Value) -> starlark::Result<f64> {
        math("log", x, f64::ln)
    }

    /// The exponential.
    fn exp(#[starlark(require = pos)] x: Value) -> starlark::Result<f64> {
        math("exp", x, f64::exp)
    }

    /// The fewest characters to insert, delete or replace that turn one text into the other.
    fn distance<'v>(
        #[starlark(require = pos)] a: &str,
        #[starlark(require = pos)] b: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<i32> {
        if a.len().saturating_mul(b.len()) > 25_000_000 {
            return Err(wrong("`distance` takes texts whose lengths multiply to at most 25 million"));
        }
        // A cell of the table takes far less than a byte that is copied.
        spend(eval, "`distance`", a.len() as u64 * b.len() as u64 / 16, 0)?;
        let b: Vec<char> = b.chars().collect();
        let mut row: Vec<i32> = (0..).take(b.len() + 1).collect();
        for c in a.chars() {
            let mut diagonal = row[0];
            row[0] += 1;
            for (j, d) in b.iter().enumerate() {
                let replaced = diagonal + i32::from(c != *d);
                diagonal = row[j + 1];
                row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
            }
        }
        Ok(row[b.len()])
    }

    /// All matches of a regular expression in a text: the whole match each, or its groups where the expression has some.
    fn find<'v>(
        #[starlark(require = pos)] pattern: &str,
        #[starlark(require = pos)] text: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        // Building an expression takes about as long as so many bytes are read.
        spend(eval, "`find`", REGEX_BYTES + text.len() as u64, 0)?;
        let pattern = regex::RegexBuilder::new(pattern)
            .size_limit(LARGEST_REGEX)
            .build()
            .map_err(|error| wrong(format!("`find`: {error}")))?;
        let heap = eval.heap();
        let groups = pattern.captures_len() - 1;
        let of_match = |captures: regex::Captures<'_>| {
            let group = |index: usize| captures.get(index).map_or("", |group| group.as_str()).to_owned();
            if groups == 0 { heap.alloc(group(0)) } else { heap.alloc(AllocList((1..=groups).map(group))) }
        };
        if text.len() > LONGEST_SEARCHED {
            return Err(wrong(format!("`find` reads texts of at most {LONGEST_SEARCHED} bytes")));
        }
        Ok(heap.alloc(AllocList(pattern.captures_iter(text).map(of_match).collect::<Vec<_>>())))
    }
}

fn math(name: &str, x: Value<'_>, f: fn(f64) -> f64) -> starlark::Result<f64> {
    let number = x
        .unpack_i32()
        .map(f64::from)
        .or_else(|| x.downcast_ref::<starlark::values::float::StarlarkFloat>().map(|float| float.0))
        .ok_or_else(|| wrong(format!("`{name}` takes a number, found a {}", x.get_type())))?;
    let result = f(number);
    if result.is_finite() { Ok(result) } else { Err(wrong(format!("`{name}` of {number} is not a finite number"))) }
}

/// The most lines of two programs that are compared: it could take very long.
const MOST_LINES: usize = 5_000;
/// What building a regular expression counts as, in bytes read.
const REGEX_BYTES: u64 = 16 << 10;
/// The largest regular expression, in bytes as it is built.
const LARGEST_REGEX: usize = 256 << 10;
/// The longest text that is searched.
const LONGEST_SEARCHED: usize = 1 << 20;

/// What differs between two programs.
fn changes(before: Value<'_>, after: Value<'_>, eval: &mut Evaluator<'_, '_, '_>) -> starlark::Result<Passage> {
    let text = |value: Value<'_>| {
        if let Some(node) = value.downcast_ref::<NodeValue>() {
            let known = node.known()?;
            let text = known.code.as_ref().unwrap_or(&known.text);
            return Ok((text.to_string(), vec![(*node.slot).clone()]));
        }
        text_of(value).ok_or_else(|| wrong(format!("`diff` takes programs or texts, found a {}", value.get_type())))
    };
    let ((before, mut slots), (after, of_after)) = (text(before)?, text(after)?);
    slots.extend(of_after);
    if before.lines().count().max(after.lines().count()) > MOST_LINES {
        return Err(wrong(format!("`diff` compares texts of at most {MOST_LINES} lines")));
    }
    let most = (before.lines().count() as u64).saturating_mul(after.lines().count() as u64);
    spend(eval, "`diff`", most.saturating_add((before.len() + after.len()) as u64), 0)?;
    // A last line without its end is no other line.
    let whole = |text: String| if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" };
    let (before, after) = (whole(before), whole(after));
    let diff = similar::TextDiff::from_lines(&before, &after);
    Ok(Passage { text: diff.unified_diff().context_radius(3).to_string(), slots })
}

/// The items of a list or a tuple.
pub(super) fn sequence(value: Value<'_>) -> Option<Vec<Value<'_>>> {
    ListRef::from_value(value)
        .map(|list| list.iter().collect())
        .or_else(|| TupleRef::from_value(value).map(|tuple| tuple.iter().collect()))
}

/// One item of `each`; `None` if it waits.
fn evaluate_item<'v>(
    session: &Session<'_>,
    place: Vec<u32>,
    function: Value<'v>,
    item: Value<'v>,
    eval: &mut Evaluator<'v, '_, '_>,
) -> starlark::Result<Option<Value<'v>>> {
    let remembered = session.memo.borrow().items.get(&place).cloned();
    match remembered {
        Some(Item::Done(kept)) => return Ok(Some(kept.alloc(session, eval.heap()))),
        Some(Item::Waiting(awaits)) => {
            let mut memo = session.memo.borrow_mut();
            if !awaits.iter().any(|awaited| memo.has(awaited, session.tree)) {
                memo.awaits.extend(awaits);
                return Ok(None);
            }
        }
        None => {}
    }
    // What this item waits for is told apart from what its siblings wait for.
    let of_siblings = std::mem::take(&mut session.memo.borrow_mut().awaits);
    session.enter(place.clone());
    let result = eval.eval_function(function, &[item], &[]);
    session.leave();
    let mut memo = session.memo.borrow_mut();
    let mut own = std::mem::replace(&mut memo.awaits, of_siblings);
    let signal = match result {
        Ok(value) => {
            // What cannot be written out is not kept.
            if deep(value).is_ok()
                && let Some(kept) = Kept::of(value)
            {
                memo.items.insert(place, Item::Done(kept));
            }
            return Ok(Some(value));
        }
        Err(error) => Signal::of(&error).cloned().ok_or(error)?,
    };
    match signal {
        Signal::Gone(_) => {
            memo.items.insert(place, Item::Done(Kept::None));
            return Ok(Some(Value::new_none()));
        }
        Signal::Waits(awaited) => drop(own.insert(awaited)),
        Signal::Pending => {}
    }
    memo.items.insert(place, Item::Waiting(own.iter().cloned().collect()));
    memo.awaits.extend(own);
    Ok(None)
}

impl Kept {
    /// The value without its evaluation; `None` if it is of a kind that cannot be kept.
    fn of(value: Value<'_>) -> Option<Self> {
        if value.is_none() {
            return Some(Self::None);
        }
        if let Some(flag) = value.unpack_bool() {
            return Some(Self::Bool(flag));
        }
        if let Some(number) = value.unpack_i32() {
            return Some(Self::Int(number));
        }
        if let Some(float) = value.downcast_ref::<starlark::values::float::StarlarkFloat>() {
            return Some(Self::Float(float.0));
        }
        if let Some(text) = value.unpack_str() {
            return Some(Self::Text(text.to_owned()));
        }
        if let Some(node) = value.downcast_ref::<NodeValue>() {
            return Some(Self::Node((*node.slot).clone()));
        }
        if let Some(test) = value.downcast_ref::<TestValue>() {
            return Some(Self::Test(test.clone()));
        }
        let list = ListRef::from_value(value)?;
        list.iter().map(Self::of).collect::<Option<_>>().map(Self::List)
    }

    fn alloc<'v>(&self, session: &Session<'_>, heap: Heap<'v>) -> Value<'v> {
        match self {
            Self::None => Value::new_none(),
            Self::Bool(flag) => Value::new_bool(*flag),
            Self::Int(number) => heap.alloc(*number),
            Self::Float(number) => heap.alloc(*number),
            Self::Text(text) => heap.alloc(text.as_str()),
            Self::Node(slot) => heap.alloc(session.node(slot)),
            Self::Test(test) => heap.alloc(test.clone()),
            Self::List(items) => {
                let items: Vec<Value<'v>> = items.iter().map(|item| item.alloc(session, heap)).collect();
                heap.alloc(AllocList(items))
            }
        }
    }
}

/// The text of a value that a prompt or a message takes.
pub(super) fn text_of(value: Value<'_>) -> Option<(String, Vec<Slot>)> {
    if let Some(passage) = passage_of(value) {
        return Some((passage.text.clone(), passage.slots.clone()));
    }
    value.unpack_str().map(|text| (text.to_owned(), Vec::new()))
}

//! A block trace as a script sees it: a text that a prompt shows, and the blocks one by one.

use super::values::Passage;
use allocative::Allocative;
use mend_core::Slot;
use mend_judge::{Step, Trace};
use starlark::environment::{Methods, MethodsBuilder};
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::{Heap, NoSerialize, ProvidesStaticType, StarlarkValue, Value, ValueLike as _, starlark_value};
use starlark::{methods_static, starlark_module, starlark_simple_value};
use std::fmt;
use std::fmt::Write as _;

/// Lines of one block that are shown, of its beginning and its end, and characters of a line.
const LINES: usize = 20;
const LINE: usize = 200;

/// The blocks that one call executed.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
pub(super) struct TraceValue {
    #[allocative(skip)]
    pub(super) passage: Passage,
    #[allocative(skip)]
    blocks: Vec<Block>,
}
starlark_simple_value!(TraceValue);

/// A block that was executed once.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    step: Step,
    source: String,
}

impl TraceValue {
    /// At most so many blocks of a trace of a program: half of them from the beginning, half from the end.
    pub(super) fn new(trace: &Trace, program: &str, slot: &Slot, most: usize) -> Self {
        let lines: Vec<&str> = program.split('\n').collect();
        let skipped = trace.steps.len().saturating_sub(most);
        let first = most.div_ceil(2);
        let shown = |at: &usize| skipped == 0 || *at < first || *at >= first + skipped;
        let steps = trace.steps.iter().enumerate().filter(|(at, _)| shown(at)).map(|(_, step)| step);
        let blocks: Vec<Block> = steps.map(|step| Block { step: step.clone(), source: source(&lines, step) }).collect();
        let text = rendered(trace, &blocks);
        Self { passage: Passage { text, slots: vec![slot.clone()] }, blocks }
    }
}

/// The lines of a block, without the indentation that all of them have.
fn source(lines: &[&str], step: &Step) -> String {
    let lines = lines.get(step.first as usize - 1..step.last as usize).unwrap_or_default();
    let indentation = |line: &&&str| line.len() - line.trim_start().len();
    let least = lines.iter().filter(|line| !line.trim().is_empty()).map(|line| indentation(&line)).min().unwrap_or(0);
    let cut = |line: &&str| {
        let line = line.get(least..).unwrap_or_default().trim_end();
        line.char_indices().nth(LINE).map_or(line.to_owned(), |(end, _)| format!("{}...", &line[..end]))
    };
    let left_out = lines.len().saturating_sub(LINES);
    if left_out == 0 {
        return lines.iter().map(cut).collect::<Vec<_>>().join("\n");
    }
    let (first, last) = (&lines[..LINES / 2], &lines[lines.len() - LINES / 2..]);
    let gap = format!("... ({left_out} lines left out)");
    first.iter().map(cut).chain([gap]).chain(last.iter().map(cut)).collect::<Vec<_>>().join("\n")
}

/// A trace in words: numbered blocks, each with its lines and then with what it changed.
fn rendered(trace: &Trace, blocks: &[Block]) -> String {
    let what = trace.call.as_deref().map_or("The program".to_owned(), |call| format!("The call {call}"));
    let mut text = format!("{what} runs these blocks, in this order:\n");
    // How many passes there are is known of what was traced to its end.
    let least = if trace.end.as_deref().is_some_and(|end| end != "stopped") { "" } else { "at least " };
    let mut next = 0;
    for (number, Block { step, source }) in (1..).zip(blocks) {
        gap(&mut text, step.number.saturating_sub(next));
        next = step.number + 1;
        let lines = match (step.first, step.last) {
            (first, last) if first == last => format!("line {first}"),
            (first, last) => format!("lines {first}-{last}"),
        };
        let pass = step.pass.map_or(String::new(), |(pass, of)| format!(", pass {pass} of {least}{of}"));
        let _ = writeln!(text, "[{number}] {lines}{pass}");
        for line in source.lines() {
            let _ = writeln!(text, "    | {line}");
        }
        for (name, value) in &step.values.0 {
            let said = match name.as_str() {
                "return" => "returns",
                "yield" => "yields",
                "raise" => "raises",
                name => {
                    let _ = writeln!(text, "    {name} = {value}");
                    continue;
                }
            };
            let _ = writeln!(text, "    {said} {value}");
        }
    }
    gap(&mut text, trace.total.saturating_sub(next));
    let end = match trace.end.as_deref() {
        Some("returned") => None,
        Some("exited") => Some("The program exits there.".to_owned()),
        Some("stopped") => Some("It goes on for long, and is not shown further.".to_owned()),
        Some(end) => end.strip_prefix("raised ").map(|raised| format!("It ends by {raised}.")),
        None => Some("There it was ended, at a limit.".to_owned()),
    };
    text.push_str(&end.unwrap_or_default());
    text.trim_end().to_owned()
}

fn gap(text: &mut String, left_out: u64) {
    match left_out {
        0 => {}
        1 => text.push_str("... (1 block left out)\n"),
        more => drop(writeln!(text, "... ({more} blocks left out)")),
    }
}

impl fmt::Display for TraceValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.passage.fmt(f)
    }
}

#[starlark_value(type = "trace")]
impl<'v> StarlarkValue<'v> for TraceValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(TRACE_ATTRIBUTES.methods())
    }

    fn to_bool(&self) -> bool {
        true
    }

    fn length(&self) -> starlark::Result<i32> {
        self.passage.length()
    }

    fn collect_str(&self, collector: &mut String) {
        self.passage.collect_str(collector);
    }

    fn equals(&self, other: Value<'v>) -> starlark::Result<bool> {
        Ok(other.downcast_ref::<Self>().is_some_and(|other| other.passage.text == self.passage.text))
    }

    fn add(&self, rhs: Value<'v>, heap: Heap<'v>) -> Option<starlark::Result<Value<'v>>> {
        self.passage.add(rhs, heap)
    }

    fn radd(&self, lhs: Value<'v>, heap: Heap<'v>) -> Option<starlark::Result<Value<'v>>> {
        self.passage.radd(lhs, heap)
    }
}

methods_static!(pub(super) TRACE_ATTRIBUTES = trace_attributes);

#[starlark_module]
fn trace_attributes(builder: &mut MethodsBuilder) {
    /// The blocks in the order in which they began, as dicts of `first` and `last` (lines), `source`, `values` (a dict: what
    /// the block changed, by name, each value as a text of at most 60 characters; "return", "yield" and "raise" stand for
    /// what left the function there) and `pass` (which pass of the innermost loop around it, from 1, or None). Where a
    /// function begins its head is a block, with the arguments as its values.
    #[starlark(attribute)]
    fn blocks<'v>(this: &TraceValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let dict = |Block { step, source }: &Block| {
            let values = step.values.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let pass = step.pass.and_then(|(pass, _)| i32::try_from(pass).ok());
            AllocDict([
                ("first", heap.alloc(step.first.cast_signed())),
                ("last", heap.alloc(step.last.cast_signed())),
                ("source", heap.alloc(source.as_str())),
                ("values", heap.alloc(AllocDict(values))),
                ("pass", pass.map_or_else(Value::new_none, |pass| heap.alloc(pass))),
            ])
        };
        Ok(heap.alloc(AllocList(this.blocks.iter().map(dict))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n";

    fn step(number: u64, lines: (u32, u32), values: &str, pass: Option<(u64, u64)>) -> Step {
        let values = serde_json::from_str(values).unwrap();
        Step { number, first: lines.0, last: lines.1, values, pass }
    }

    fn trace(end: Option<&str>) -> Trace {
        let steps = vec![
            step(0, (1, 1), r#"{"n": "9"}"#, None),
            step(1, (2, 2), r#"{"total": "0"}"#, None),
            step(2, (3, 3), r#"{"i": "0"}"#, Some((1, 9))),
            step(3, (4, 4), "{}", Some((1, 9))),
            step(18, (3, 3), r#"{"i": "8"}"#, Some((9, 9))),
            step(19, (4, 4), r#"{"total": "36"}"#, Some((9, 9))),
            step(20, (5, 5), r#"{"return": "36"}"#, None),
        ];
        Trace { call: Some("f(9)".to_owned()), end: end.map(str::to_owned), total: 21, steps }
    }

    #[test]
    fn a_prompt_shows_blocks_with_their_lines_and_values() {
        let shown = TraceValue::new(&trace(Some("returned")), PROGRAM, &Slot::program(0), 10);
        assert_eq!(
            shown.to_string(),
            "The call f(9) runs these blocks, in this order:\n\
             [1] line 1\n    | def f(n):\n    n = 9\n\
             [2] line 2\n    | total = 0\n    total = 0\n\
             [3] line 3, pass 1 of 9\n    | for i in range(n):\n    i = 0\n\
             [4] line 4, pass 1 of 9\n    | total += i\n\
             ... (14 blocks left out)\n\
             [5] line 3, pass 9 of 9\n    | for i in range(n):\n    i = 8\n\
             [6] line 4, pass 9 of 9\n    | total += i\n    total = 36\n\
             [7] line 5\n    | return total\n    returns 36"
        );
        assert_eq!(shown.passage.slots, [Slot::program(0)]);
    }

    #[test]
    fn fewer_blocks_are_those_of_the_beginning_and_of_the_end() {
        let numbers = |most| -> Vec<u64> {
            let shown = TraceValue::new(&trace(None), PROGRAM, &Slot::program(0), most);
            shown.blocks.iter().map(|block| block.step.number).collect()
        };
        assert_eq!(numbers(7), [0, 1, 2, 3, 18, 19, 20]);
        assert_eq!(numbers(5), [0, 1, 2, 19, 20]);
        assert_eq!(numbers(4), [0, 1, 19, 20]);
        assert_eq!(numbers(1), [0]);
    }

    #[test]
    fn how_it_ended_is_said_where_it_did_not_return() {
        let last = |end| {
            let shown = TraceValue::new(&trace(end), PROGRAM, &Slot::program(0), 10);
            shown.passage.text.lines().last().unwrap().to_owned()
        };
        assert_eq!(last(None), "There it was ended, at a limit.");
        assert_eq!(last(Some("stopped")), "It goes on for long, and is not shown further.");
        assert_eq!(last(Some("raised ValueError: no")), "It ends by ValueError: no.");
        assert_eq!(last(Some("exited")), "The program exits there.");
    }

    #[test]
    fn a_long_block_is_cut_in_the_middle() {
        let program: Vec<String> = (0..50).map(|at| format!("    x{at} = {at}")).collect();
        let program = program.join("\n");
        let lines: Vec<&str> = program.split('\n').collect();
        let shown = source(&lines, &step(0, (1, 50), "{}", None));
        assert_eq!(shown.lines().count(), LINES + 1);
        assert!(shown.starts_with("x0 = 0\n") && shown.ends_with("\nx49 = 49"), "{shown}");
        assert!(shown.contains("\n... (30 lines left out)\n"), "{shown}");
        let long = format!("x = '{}'", "y".repeat(1000));
        assert_eq!(source(&[&long], &step(0, (1, 1), "{}", None)).chars().count(), LINE + 3);
    }
}

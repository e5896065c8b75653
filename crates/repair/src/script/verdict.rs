//! A verdict as a script sees it: outcomes that may decide something, and what a prompt may show of them.

use super::error::wrong;
use super::known::View;
use super::pin::Pin;
use super::template::code;
use super::values::Passage;
use super::wording::{fields, first_few, gave, item, more_fail, sentence, test_as_code};
use crate::feedback::{Failure, failure, shortened};
use allocative::Allocative;
use mend_core::Status;
use starlark::environment::{Methods, MethodsBuilder};
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::{Heap, NoSerialize, ProvidesStaticType, StarlarkValue, Value, starlark_value};
use starlark::{methods_static, starlark_module, starlark_simple_value};
use std::fmt;

/// Lines of a traceback that are shown.
const TRACEBACK_LINES: usize = 10;
/// Characters of a traceback that are shown, before its last line with type and message.
const TRACEBACK_CHARACTERS: usize = 1_000;

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

    fn passage_or_none<'v>(&self, text: Option<String>, heap: Heap<'v>) -> Value<'v> {
        text.map_or_else(Value::new_none, |text| heap.alloc(self.passage(text)))
    }

    fn sentence(&self, failure: &Failure) -> String {
        sentence(failure, self.view.problem.style.entry_point())
    }
}

impl fmt::Display for VerdictValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the verdict on {} by {}", self.view.slot, self.view.suites)
    }
}

#[starlark_value(type = "verdict")]
impl<'v> StarlarkValue<'v> for VerdictValue {
    /// A verdict is no condition: whoever writes `if judge(...)` means what it says. No error can be raised here, so the
    /// solver looks afterwards.
    fn to_bool(&self) -> bool {
        self.view.reached.takes_as_truth();
        true
    }

    fn get_methods() -> Option<&'static Methods> {
        Some(VERDICT_ATTRIBUTES.methods())
    }
}

methods_static!(pub(super) VERDICT_ATTRIBUTES = verdict_attributes);

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

    /// Whether each test passed, in order. What did not run, since tests before it ended the suite, did not pass.
    #[starlark(attribute)]
    fn outcomes<'v>(this: &VerdictValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        this.view.passed()?;
        Ok(heap.alloc(AllocList(this.view.outcomes()?)))
    }

    /// The status of each test, in order; "unrun" for what did not run.
    #[starlark(attribute)]
    fn statuses<'v>(this: &VerdictValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        this.view.passed()?;
        let word = |status: Option<Status>| status.map_or("unrun", Status::as_str);
        Ok(heap.alloc(AllocList(this.view.statuses()?.into_iter().map(word))))
    }

    /// The failing tests as dicts of facts: status, call, input, expected, actual, exception, line, source, assertion,
    /// note; those that are known, and uncut. Where no test could run, the one dict says why.
    #[starlark(attribute)]
    fn failures<'v>(this: &VerdictValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let failures = this.view.failures(usize::MAX)?;
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
        Ok(this.passage_or_none(failure.map(|failure| this.sentence(&failure)), heap))
    }

    /// Sentences about the failing tests in order, at most `most` of them, and how many more fail; None if nothing that
    /// may be shown fails. Failures in a row with the same words are said once.
    fn all_failures<'v>(
        this: &VerdictValue,
        #[starlark(default = 5)] most: i32,
        #[starlark(default = 300)] cut: i32,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        let (most, cut) = (size("most", most)?, size("cut", cut)?);
        let sentences: Vec<String> = this.view.failures(cut)?.iter().map(|failure| this.sentence(failure)).collect();
        if sentences.is_empty() {
            return Ok(Value::new_none());
        }
        let (mut told, more) = first_few(sentences, most);
        told.extend(more_fail(more, !told.is_empty()));
        Ok(heap.alloc(this.passage(told.join("\n"))))
    }

    /// Two lists, of passing and of failing tests, each test as code, the failing ones with what they gave; None if no
    /// test may be shown. Where no test could run it says why.
    fn pass_fail_list<'v>(
        this: &VerdictValue,
        #[starlark(default = 300)] cut: i32,
        heap: Heap<'v>,
    ) -> starlark::Result<Value<'v>> {
        let cut = size("cut", cut)?;
        let tests = this.view.tests()?;
        if tests.is_empty() {
            let failure = this.view.first_failure(cut)?;
            return Ok(this.passage_or_none(failure.map(|failure| this.sentence(&failure)), heap));
        }
        let entry_point = this.view.problem.style.entry_point();
        let (mut passing, mut failing) = (Vec::new(), Vec::new());
        for (test, verdict) in tests {
            let number = format!("test {}", verdict.index + 1);
            let code = test.map_or(number, |test| item(&shortened(test_as_code(test, entry_point), cut)));
            if verdict.status == Status::Passed {
                passing.push(format!("- {code}"));
            } else {
                failing.push(format!("- {code}: {}", gave(&failure(verdict, cut))));
            }
        }
        match this.view.unrun()? {
            0 => {}
            1 => failing.push("- 1 further test did not run.".to_owned()),
            more => failing.push(format!("- {more} further tests did not run.")),
        }
        let list = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join("\n") };
        let text = format!("Passing tests:\n{}\n\nFailing tests:\n{}", list(passing), list(failing));
        Ok(heap.alloc(this.passage(text)))
    }

    /// Line and source of the program's own innermost frame, then type and message of the exception of the first failing
    /// test: at most 10 lines and 1,000 characters. None if it has no exception.
    fn traceback<'v>(this: &VerdictValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let Some(failure) = this.view.first_failure(TRACEBACK_CHARACTERS)? else { return Ok(Value::new_none()) };
        let Some(exception) = failure.facts.exception else { return Ok(Value::new_none()) };
        let frame = failure.facts.line.map_or_else(String::new, |line| {
            let source = failure.facts.source.map(|source| format!("\n    {source}")).unwrap_or_default();
            format!("line {line}{source}\n")
        });
        let text = format!("{frame}{exception}");
        let lines: Vec<&str> = text.lines().collect();
        let text = lines[..lines.len().min(TRACEBACK_LINES)].join("\n");
        Ok(heap.alloc(this.passage(shortened(text, TRACEBACK_CHARACTERS))))
    }

    /// The line that the first failing test points at, quoted, by the rule of RLTF (Liu et al. 2023): that of a syntax
    /// error or an exception; the whole program where it runs out of a limit or its end is missing. None where no line
    /// can be named, as for a wrong value.
    fn line_pin<'v>(this: &VerdictValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let text = this.view.line_pin()?.map(|pin| match pin {
            Pin::Line { number, text } => format!("line {number}: {}", code(&text)),
            Pin::Whole => "the whole program".to_owned(),
        });
        Ok(this.passage_or_none(text, heap))
    }

    /// "right" or "wrong", and nothing else; None if the suite says nothing of the program.
    fn binary<'v>(this: &VerdictValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        let word = |status| if status == Status::Passed { "right" } else { "wrong" }.to_owned();
        Ok(this.passage_or_none(this.view.shown_status()?.map(word), heap))
    }

    /// The status word, such as "wrong_answer"; None if the suite says nothing of the program.
    fn error_class<'v>(this: &VerdictValue, heap: Heap<'v>) -> starlark::Result<Value<'v>> {
        Ok(this.passage_or_none(this.view.shown_status()?.map(|status| status.as_str().to_owned()), heap))
    }
}

fn size(name: &str, value: i32) -> starlark::Result<usize> {
    usize::try_from(value).map_err(|_| wrong(format!("`{name}` must not be negative, found {value}")))
}

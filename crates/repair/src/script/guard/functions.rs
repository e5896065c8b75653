//! The functions that check an operation before it is done. A script cannot name them.

use super::weight::{deep, is_container, shallow};
use super::{LONGEST_RANGE, holds, inserted::METHODS, spend};
use crate::script::error::wrong;
use crate::script::values::passage_of;
use allocative::Allocative;
use starlark::collections::SmallMap;
use starlark::environment::{Globals, GlobalsBuilder, Methods, MethodsBuilder};
use starlark::eval::Evaluator;
use starlark::values::dict::DictRef;
use starlark::values::float::StarlarkFloat;
use starlark::values::tuple::UnpackTuple;
use starlark::values::{
    FrozenValue, NoSerialize, ProvidesStaticType, StarlarkValue, Value, ValueLike as _, starlark_value,
};
use starlark::{methods_static, starlark_module, starlark_simple_value};
use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

/// The most decimal digits of a whole number: those of 4,096 bits.
const MOST_DIGITS: usize = 1_234;
/// The most characters of a text that becomes a number.
const LONGEST_NUMBER: usize = MOST_DIGITS + 2;
/// What one item of a list that a function makes takes, with the pair or text in it.
const MADE: u64 = 48;

/// Adds the guards, and those functions of Starlark that are bounded by a function of the same name.
pub(in crate::script) fn guards(builder: &mut GlobalsBuilder) {
    functions(builder);
}

/// A function of Starlark that one of ours stands before.
fn native(name: &str) -> FrozenValue {
    static NATIVE: LazyLock<Globals> = LazyLock::new(Globals::standard);
    NATIVE.iter().find(|(known, _)| *known == name).map(|(_, value)| value).expect("Starlark has it")
}

fn is_number(value: Value<'_>) -> bool {
    value.unpack_i32().is_some() || value.downcast_ref::<StarlarkFloat>().is_some()
}

/// A whole number must not grow without end.
fn whole(value: Value<'_>) -> starlark::Result<Value<'_>> {
    if value.unpack_i32().is_none() && value.get_type() == "int" && value.to_str().len() > MOST_DIGITS {
        return Err(wrong("a whole number has more than 4,096 bits: expected a smaller one"));
    }
    Ok(value)
}

/// Two values are compared.
fn compared(eval: &mut Evaluator<'_, '_, '_>, what: &str, a: Value<'_>, b: Value<'_>) -> starlark::Result<()> {
    if is_number(a) || is_number(b) || a.is_none() || b.is_none() {
        return Ok(());
    }
    let read =
        if is_container(a) && is_container(b) { deep(a)?.saturating_add(deep(b)?) } else { shallow(a).min(shallow(b)) };
    spend(eval, what, read, 0)
}

/// A value is looked for in another.
fn looked_for(eval: &mut Evaluator<'_, '_, '_>, item: Value<'_>, within: Value<'_>) -> starlark::Result<()> {
    let read =
        if DictRef::from_value(within).is_some() { deep(item)? } else { shallow(item).saturating_add(deep(within)?) };
    spend(eval, "`in`", read, 0)
}

/// Two values are put together by an operator.
fn joined(eval: &mut Evaluator<'_, '_, '_>, operator: &str, a: Value<'_>, b: Value<'_>) -> starlark::Result<()> {
    if is_number(a) || is_number(b) {
        return Ok(());
    }
    let made = shallow(a).saturating_add(shallow(b));
    spend(eval, operator, 0, made)?;
    if passage_of(a).is_some() || passage_of(b).is_some() {
        holds(eval, made);
    }
    Ok(())
}

/// A text or list is repeated.
fn repeated<'v>(eval: &mut Evaluator<'v, '_, '_>, a: Value<'v>, b: Value<'v>) -> starlark::Result<()> {
    let (item, times) = match (a.unpack_i32(), b.unpack_i32()) {
        (None, Some(times)) => (a, times),
        (Some(times), None) => (b, times),
        _ => return Ok(()),
    };
    spend(eval, "`*`", 0, shallow(item).saturating_mul(u64::from(times.max(0).unsigned_abs())))
}

/// `a % b`: a text is filled.
fn filled(eval: &mut Evaluator<'_, '_, '_>, a: Value<'_>, b: Value<'_>) -> starlark::Result<()> {
    let Some(text) = a.unpack_str() else { return Ok(()) };
    // Written out, a text may take twice as much.
    let made = (text.len() as u64).saturating_add(deep(b)?.saturating_mul(2));
    spend(eval, "`%`", 0, made)
}

fn shifted(b: Value<'_>) -> starlark::Result<()> {
    if b.unpack_i32().is_some_and(|bits| bits > 4_096) {
        return Err(wrong("a whole number has more than 4,096 bits: expected a smaller one"));
    }
    Ok(())
}

/// Checks what an assignment such as `x += value` does.
fn modified<'v>(eval: &mut Evaluator<'v, '_, '_>, operator: &str, a: Value<'v>, b: Value<'v>) -> starlark::Result<()> {
    match operator {
        "*=" => {
            if a.is_none() && b.unpack_i32().is_some_and(|times| times > 1_000) {
                return Err(wrong("`*=` of an item repeats at most 1000 times: give the item a name"));
            }
            repeated(eval, a, b)?;
            for number in [a, b] {
                if number.unpack_i32().is_none() && number.get_type() == "int" {
                    whole(number)?;
                }
            }
            Ok(())
        }
        "%=" => filled(eval, a, b),
        "<<=" => shifted(b),
        _ => joined(eval, &format!("`{operator}`"), a, b),
    }
}

#[starlark_module]
fn functions(builder: &mut GlobalsBuilder) {
    fn mend__add<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        joined(eval, "`+`", a, b)?;
        whole(a.add(b, eval.heap())?)
    }

    fn mend__sub<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        whole(a.sub(b, eval.heap())?)
    }

    fn mend__mul<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        repeated(eval, a, b)?;
        whole(a.mul(b, eval.heap())?)
    }

    fn mend__percent<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        filled(eval, a, b)?;
        a.percent(b, eval.heap())
    }

    fn mend__either<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        joined(eval, "`|`", a, b)?;
        holds(eval, shallow(a).saturating_add(shallow(b)));
        a.bit_or(b, eval.heap())
    }

    fn mend__shift<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        shifted(b)?;
        whole(a.left_shift(b, eval.heap())?)
    }

    fn mend__equal<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        compared(eval, "`==`", a, b)?;
        a.equals(b)
    }

    fn mend__differ<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        compared(eval, "`!=`", a, b)?;
        Ok(!a.equals(b)?)
    }

    fn mend__less<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        compared(eval, "`<`", a, b)?;
        Ok(a.compare(b)? == Ordering::Less)
    }

    fn mend__at_most<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        compared(eval, "`<=`", a, b)?;
        Ok(a.compare(b)? != Ordering::Greater)
    }

    fn mend__more<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        compared(eval, "`>`", a, b)?;
        Ok(a.compare(b)? == Ordering::Greater)
    }

    fn mend__at_least<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        compared(eval, "`>=`", a, b)?;
        Ok(a.compare(b)? != Ordering::Less)
    }

    fn mend__within<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        looked_for(eval, a, b)?;
        b.is_in(a)
    }

    fn mend__without<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        looked_for(eval, a, b)?;
        Ok(!b.is_in(a)?)
    }

    /// What an assignment such as `x += value` adds, checked together with what it is added to.
    fn mend__modified<'v>(
        #[starlark(require = pos)] operator: &str,
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        modified(eval, operator, a, b)?;
        Ok(b)
    }

    /// What is indexed by.
    fn mend__key<'v>(
        #[starlark(require = pos)] key: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        if !is_number(key) {
            let read = deep(key)?;
            spend(eval, "an index", read, 0)?;
        }
        Ok(key)
    }

    /// What a text written `f"..."` shows.
    fn mend__shown<'v>(
        #[starlark(require = pos)] values: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        let made = deep(values)?;
        spend(eval, "a text", 0, made)?;
        Ok(true)
    }

    /// A value of which a method is called, or a part is taken.
    fn mend__of<'v>(
        #[starlark(require = pos)] value: Value<'v>,
        #[starlark(require = pos)] name: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        of(eval, value, name)
    }

    /// What a call that may be large is given.
    fn mend__arg<'v>(
        #[starlark(require = pos)] name: &str,
        #[starlark(require = pos)] value: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        argument(eval, name, value)?;
        Ok(value)
    }

    /// The numbers that a loop counts through: each turn is a step.
    fn mend__loop_range<'v>(
        #[starlark(args)] numbers: UnpackTuple<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        eval.eval_function(native("range").to_value(), &numbers.items, &[])
    }

    /// The numbers from 0, or from `start`, up to an end that is left out.
    fn range<'v>(
        #[starlark(args)] numbers: UnpackTuple<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let range = eval.eval_function(native("range").to_value(), &numbers.items, &[])?;
        let length = range.length().map_or(u64::MAX, |length| u64::from(length.max(0).unsigned_abs()));
        if length > LONGEST_RANGE {
            return Err(wrong(format!(
                "a range of {length} numbers: expected at most {LONGEST_RANGE}, but where a `for` runs over it"
            )));
        }
        Ok(range)
    }

    /// An attribute of a value by its name.
    fn getattr<'v>(
        #[starlark(require = pos)] value: Value<'v>,
        #[starlark(require = pos)] name: &str,
        #[starlark(require = pos)] default: Option<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let value = if METHODS.contains(&name) { of(eval, value, name)? } else { value };
        let name = eval.heap().alloc(name);
        let given: Vec<Value<'v>> = [value, name].into_iter().chain(default).collect();
        eval.eval_function(native("getattr").to_value(), &given, &[])
    }
}

fn of<'v>(eval: &mut Evaluator<'v, '_, '_>, value: Value<'v>, name: &str) -> starlark::Result<Value<'v>> {
    let size = shallow(value);
    if let Some(text) = value.unpack_str() {
        let what = |name: &str| format!("`{name}`");
        return match name {
            "replace" | "join" | "format" => {
                spend(eval, &what(name), 0, size)?;
                Ok(eval.heap().alloc(TextValue(text.to_owned())))
            }
            "split" | "rsplit" | "splitlines" | "elems" | "codepoints" => {
                // At most one item for two characters, or one for each.
                spend(eval, &what(name), size, 0)?;
                check_made(eval, &what(name), size.saturating_mul(MADE / 2))?;
                Ok(value)
            }
            _ => spend(eval, &what(name), size, 0).map(|()| value),
        };
    }
    match name {
        "[:]" => spend(eval, "a slice", 0, size)?,
        "items" | "keys" | "values" => spend(eval, &format!("`{name}`"), 0, size)?,
        "index" | "remove" => {
            let read = deep(value)?;
            spend(eval, &format!("`{name}`"), read, 0)?;
        }
        "pop" | "insert" => spend(eval, &format!("`{name}`"), size, 0)?,
        _ => {}
    }
    Ok(value)
}

/// Checks that what an operation makes finds room, where it may well make less.
fn check_made(eval: &mut Evaluator<'_, '_, '_>, what: &str, made: u64) -> starlark::Result<()> {
    if made > super::MOST_BYTES {
        return spend(eval, what, 0, made);
    }
    Ok(())
}

fn argument(eval: &mut Evaluator<'_, '_, '_>, name: &str, value: Value<'_>) -> starlark::Result<()> {
    let what = if name == "*" || name == "call" { "a call".to_owned() } else { format!("`{name}`") };
    match name {
        "int" => {
            if value.unpack_str().is_some_and(|text| text.len() > LONGEST_NUMBER) {
                return Err(wrong("`int` reads texts of at most 1236 characters"));
            }
            Ok(())
        }
        "list" | "tuple" | "enumerate" | "zip" | "reversed" | "extend" | "*" => {
            let items = if value.unpack_str().is_some() { 0 } else { shallow(value) / 8 };
            spend(eval, &what, 0, items.saturating_mul(MADE / 2))
        }
        "dict" | "update" => {
            let made = shallow(value).saturating_mul(2);
            spend(eval, &what, 0, made)?;
            holds(eval, made);
            Ok(())
        }
        "str" | "repr" | "fail" => {
            let made = deep(value)?;
            spend(eval, &what, 0, made.saturating_mul(2))
        }
        "sorted" => {
            let read = deep(value)?;
            // Each item is compared some twenty times.
            spend(eval, &what, read.saturating_mul(20), shallow(value))
        }
        "max" | "min" | "map" | "filter" | "hash" | "index" | "remove" | "get" | "pop" | "setdefault" => {
            let read = deep(value)?;
            spend(eval, &what, read, 0)
        }
        _ => spend(eval, &what, shallow(value), 0),
    }
}

/// A text of which a method is called that may make a much larger one.
#[derive(Debug, Clone, ProvidesStaticType, NoSerialize, Allocative)]
struct TextValue(String);
starlark_simple_value!(TextValue);

impl fmt::Display for TextValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[starlark_value(type = "string")]
impl<'v> StarlarkValue<'v> for TextValue {
    fn get_methods() -> Option<&'static Methods> {
        Some(TEXT_METHODS.methods())
    }
}

methods_static!(TEXT_METHODS = text_methods);

/// Calls the method of the text itself.
fn call<'v>(
    eval: &mut Evaluator<'v, '_, '_>,
    this: &TextValue,
    name: &str,
    args: &[Value<'v>],
    named: &SmallMap<String, Value<'v>>,
) -> starlark::Result<Value<'v>> {
    let text = eval.heap().alloc(this.0.as_str());
    let method = text.get_attr(name, eval.heap())?.expect("texts have it");
    let named: Vec<(&str, Value<'v>)> = named.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    eval.eval_function(method, args, &named)
}

#[starlark_module]
fn text_methods(builder: &mut MethodsBuilder) {
    fn replace<'v>(
        this: &TextValue,
        #[starlark(args)] args: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] named: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let text = |index: usize| args.items.get(index).and_then(|value| value.unpack_str());
        if let (Some(old), Some(new)) = (text(0), text(1)) {
            // The empty text stands before, between and behind all characters.
            let times = if old.is_empty() { this.0.len() as u64 + 1 } else { this.0.matches(old).count() as u64 };
            spend(eval, "`replace`", 0, times.saturating_mul(new.len() as u64).saturating_add(this.0.len() as u64))?;
        }
        call(eval, this, "replace", &args.items, &named)
    }

    fn join<'v>(
        this: &TextValue,
        #[starlark(args)] args: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] named: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        if let Some(items) = args.items.first() {
            let between = (shallow(*items) / 8).saturating_mul(this.0.len() as u64);
            let made = deep(*items)?.saturating_add(between);
            spend(eval, "`join`", 0, made)?;
        }
        call(eval, this, "join", &args.items, &named)
    }

    fn format<'v>(
        this: &TextValue,
        #[starlark(args)] args: UnpackTuple<Value<'v>>,
        #[starlark(kwargs)] named: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let mut largest = 0;
        for value in args.items.iter().chain(named.values()) {
            largest = largest.max(deep(*value)?.saturating_mul(2));
        }
        let times = this.0.matches('{').count() as u64;
        check_made(eval, "`format`", times.saturating_mul(largest).saturating_add(this.0.len() as u64))?;
        spend(eval, "`format`", 0, largest.saturating_add(this.0.len() as u64))?;
        call(eval, this, "format", &args.items, &named)
    }
}

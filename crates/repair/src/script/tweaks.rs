//! `sampling` of a request: what a script changes of how its seat samples.

use super::error::wrong;
use super::guard::deep;
use super::language::sequence;
use mend_core::Tweaks;
use starlark::values::dict::DictRef;
use starlark::values::{Value, ValueLike as _};

/// Ten times three quarters leave a twentieth of a limit.
const MOST_TIMES_SHORTER: i32 = 10;

pub(super) fn tweaks_of(sampling: Option<Value<'_>>) -> starlark::Result<Tweaks> {
    let mut tweaks = Tweaks::default();
    let Some(sampling) = sampling.filter(|sampling| !sampling.is_none()) else { return Ok(tweaks) };
    deep(sampling)?;
    let dict =
        DictRef::from_value(sampling).ok_or_else(|| wrong("`sampling` is a dict, such as {\"temperature\": 0.7}"))?;
    for (key, value) in dict.iter() {
        let name = key.unpack_str().unwrap_or_default();
        let bad = |what: &str| wrong(format!("`{name}` in `sampling` is {value}: expected {what}"));
        let number = || {
            let float = value.downcast_ref::<starlark::values::float::StarlarkFloat>().map(|float| float.0);
            value.unpack_i32().map(f64::from).or(float).filter(|number| number.is_finite() && *number >= 0.0)
        };
        match name {
            "temperature" => tweaks.temperature = Some(number().ok_or_else(|| bad("a number from 0 on"))?),
            "top_p" => {
                let top_p = number().filter(|top_p| *top_p > 0.0 && *top_p <= 1.0);
                tweaks.top_p = Some(top_p.ok_or_else(|| bad("a number above 0, at most 1"))?);
            }
            "max_tokens" => {
                let most = value.unpack_i32().filter(|most| *most > 0).ok_or_else(|| bad("a whole number above 0"))?;
                tweaks.max_tokens = Some(u64::from(most.unsigned_abs()));
            }
            "stop" => {
                let texts = sequence(value).ok_or_else(|| bad("a list of texts"))?;
                let texts = texts.iter().map(|text| text.unpack_str().map(str::to_owned)).collect::<Option<_>>();
                tweaks.stop = Some(texts.ok_or_else(|| bad("a list of texts"))?);
            }
            "reasoning_effort" => {
                tweaks.reasoning_effort = Some(value.unpack_str().ok_or_else(|| bad("a text"))?.to_owned());
            }
            "shorter" => {
                let times = value.unpack_i32().filter(|times| (0..=MOST_TIMES_SHORTER).contains(times));
                tweaks.shorter = times.ok_or_else(|| bad("a whole number from 0 to 10"))?.unsigned_abs();
            }
            _ => {
                return Err(wrong(format!(
                    "`sampling` has no `{name}`: expected temperature, top_p, max_tokens, stop, reasoning_effort or shorter"
                )));
            }
        }
    }
    Ok(tweaks)
}

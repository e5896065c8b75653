//! What one evaluation of a script may cost, whatever the script does.
//!
//! Starlark counts calls and turns of loops, and looks at its heap once in a thousand of them. Between two looks a single
//! operation can take all memory of the machine (`"a" * 1000000000`), or hours (`max(range(2000000000))`). So what can be
//! large is checked before it is done: operators are replaced as a script is read, and other places get a call of a
//! function of `functions` inserted (`inserted`). What is read and made counts as steps, as a loop over it would.
//! Begin with [`spend`].

mod functions;
mod inserted;
mod shape;
mod weight;

pub(super) use functions::guards;
pub(super) use inserted::{guarded, replaced_operators};
pub(super) use shape::check_shape;
pub(super) use weight::deep;

use super::error::wrong;
use starlark::eval::Evaluator;
use starlark::values::ProvidesStaticType;

/// Function calls and turns of loops that one evaluation may take, with what single operations read and make.
pub(super) const MOST_STEPS: u64 = 2_000_000;
/// Deepest nesting of calls.
pub(super) const MOST_CALLS: usize = 200;
/// The most bytes that one evaluation may hold.
pub(super) const MOST_BYTES: u64 = 128 << 20;
/// How many bytes, read or made, count as one step.
const BYTES_PER_STEP: u64 = 256;
/// The most numbers of a `range` that is not what a loop runs over.
const LONGEST_RANGE: u64 = 1_000_000;
/// Names that begin so are the engine's own.
pub(super) const OWN: &str = "mend__";

/// What an evaluation took beside what Starlark counts itself.
#[derive(Debug, Default, ProvidesStaticType)]
pub(super) struct Meter {
    /// Steps within single operations.
    steps: u64,
    /// Bytes outside Starlark's heap.
    outside: u64,
}

/// Sets the limits of an evaluation.
pub(super) fn bound<'a, 'e>(evaluator: &mut Evaluator<'_, 'a, 'e>, meter: &'a mut Meter)
where
    'e: 'a,
{
    evaluator.set_max_tick_count(MOST_STEPS).expect("the bound is set once, and is not zero");
    evaluator.set_max_callstack_size(MOST_CALLS).expect("the bound is set once, and is not zero");
    evaluator.set_max_heap_size(MOST_BYTES as usize).expect("the bound is set once, and is not zero");
    evaluator.extra_mut = Some(meter);
}

/// Checks an operation before it is done: so many bytes are read for it, and it makes so many. `what` names it.
pub(super) fn spend(eval: &mut Evaluator<'_, '_, '_>, what: &str, read: u64, made: u64) -> starlark::Result<()> {
    let held = eval.heap().allocated_bytes() as u64;
    let ticks = eval.get_total_tick_count();
    let Some(meter) = eval.extra_mut.as_mut().and_then(|meter| meter.downcast_mut::<Meter>()) else { return Ok(()) };
    meter.steps = meter.steps.saturating_add(read.saturating_add(made) / BYTES_PER_STEP);
    let (steps, held) = (ticks.saturating_add(meter.steps), held.saturating_add(meter.outside));
    if held.saturating_add(made) > MOST_BYTES {
        return Err(wrong(too_large(what, made)));
    }
    if steps > MOST_STEPS {
        return Err(wrong(format!("{TOO_LONG}: {what} reads or makes too much at once, or too often")));
    }
    Ok(())
}

/// Notes that a value lies outside Starlark's heap.
pub(super) fn holds(eval: &mut Evaluator<'_, '_, '_>, bytes: u64) {
    if let Some(meter) = eval.extra_mut.as_mut().and_then(|meter| meter.downcast_mut::<Meter>()) {
        meter.outside = meter.outside.saturating_add(bytes);
    }
}

/// What is said of an evaluation that takes too long.
pub(super) const TOO_LONG: &str = "one evaluation takes more than 2000000 steps";
/// What is said of one that holds too much.
pub(super) const TOO_MUCH: &str = "one evaluation holds more than 128 MiB";

fn too_large(what: &str, made: u64) -> String {
    if made < MOST_BYTES / 4 {
        return TOO_MUCH.to_owned();
    }
    format!("{TOO_MUCH}: {what} would make {made} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_say_the_limits() {
        assert!(TOO_LONG.contains(&MOST_STEPS.to_string()));
        assert!(TOO_MUCH.contains(&format!("{} MiB", MOST_BYTES >> 20)));
    }
}

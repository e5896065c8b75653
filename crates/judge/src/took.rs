//! What a call took, and how much of it was the candidate's own.
//!
//! Values are encoded and decoded in the candidate's process, whose time the host measures. In one interpreter none of that
//! would be. So the guest says what the candidate's own code took between its beginning and its end, and the host believes
//! it as far as the rest can be what crossing costs at most: so much for each call, each value and each byte. Whoever lies
//! gains no more than that.

use crate::wire::Plain;
use mend_sandbox::Spend;
use std::time::Duration;

/// What crossing may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Took {
    cpu: Duration,
    wall: Duration,
}

/// CPU time of a call and of an answer each, of each value, and of a thousand bytes.
const EACH: Duration = Duration::from_micros(400);
const VALUE_NANOS: u64 = 6_000;
const KILOBYTE_NANOS: u64 = 40_000;
/// What an answer that is sent in one step may cost.
const ONE_STEP: Duration = Duration::from_millis(100);
/// What the largest one may cost.
const LARGEST: Duration = Duration::from_mins(1);
/// Wall time beside the same in CPU time: a loaded machine lets each side wait for its turn.
const WALL_PER_CPU: u32 = 10;
const WAIT: Duration = Duration::from_millis(20);

impl Took {
    /// What it may cost to send or to take so many bytes and values.
    pub(crate) fn of_crossing(bytes: usize, values: u64) -> Self {
        let nanos = values.saturating_mul(VALUE_NANOS).saturating_add((bytes as u64 / 1000) * KILOBYTE_NANOS);
        Self::of(EACH.saturating_add(Duration::from_nanos(nanos)))
    }

    /// What it may cost to send the largest answer.
    pub(crate) fn of_largest() -> Self {
        Self::of(LARGEST)
    }

    /// Nothing: all of it is the candidate's own.
    pub(crate) fn nothing() -> Self {
        Self { cpu: Duration::ZERO, wall: Duration::ZERO }
    }

    fn of(cpu: Duration) -> Self {
        Self { cpu, wall: cpu.saturating_mul(WALL_PER_CPU).saturating_add(WAIT) }
    }

    pub(crate) fn and(self, more: Self) -> Self {
        Self { cpu: self.cpu.saturating_add(more.cpu), wall: self.wall.saturating_add(more.wall) }
    }

    /// What a call may take in all whose own code has this left.
    pub(crate) fn allowing(self, left: Spend) -> Spend {
        let step = Self::of(ONE_STEP);
        Spend {
            cpu: left.cpu.saturating_add(self.cpu).saturating_add(step.cpu),
            wall: left.wall.saturating_add(self.wall).saturating_add(step.wall),
        }
    }

    /// What is charged for a call that took so much in all, of which the candidate's own code is said to have taken `own`.
    pub(crate) fn charge(self, spent: Spend, own: Spend) -> Spend {
        let charge =
            |spent: Duration, own: Duration, at_most: Duration| own.max(spent.saturating_sub(at_most)).min(spent);
        Spend { cpu: charge(spent.cpu, own.cpu, self.cpu), wall: charge(spent.wall, own.wall, self.wall) }
    }

    /// Nanoseconds that a guest said, of CPU time and of wall time.
    pub(crate) fn said(cpu: Option<&Plain>, wall: Option<&Plain>) -> Option<Spend> {
        let nanos = |said: Option<&Plain>| match said {
            Some(Plain::Int(nanos)) => u64::try_from(*nanos).ok().map(Duration::from_nanos),
            _ => None,
        };
        Some(Spend { cpu: nanos(cpu)?, wall: nanos(wall)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spend(cpu_ms: u64, wall_ms: u64) -> Spend {
        Spend { cpu: Duration::from_millis(cpu_ms), wall: Duration::from_millis(wall_ms) }
    }

    #[track_caller]
    fn check(spent: Spend, own: Spend, charged: Spend) {
        // A list of ten thousand numbers: 60 ms and 3.2 ms beside the 0.4.
        let crossed = Took::of_crossing(90_000, 10_000);
        assert_eq!(crossed.cpu, Duration::from_millis(64));
        assert_eq!(crossed.charge(spent, own), charged);
    }

    #[test]
    fn what_the_own_code_took_is_charged_and_what_crossing_cannot_cost() {
        check(spend(50, 60), spend(1, 1), spend(1, 1));
        check(spend(64, 600), spend(0, 0), spend(0, 0));
        // A lie gains what crossing costs at most.
        check(spend(164, 960), spend(0, 0), spend(100, 300));
        check(spend(164, 960), spend(120, 0), spend(120, 300));
        // Nobody is charged for more than passed.
        check(spend(10, 10), spend(500, 500), spend(10, 10));
    }

    #[test]
    fn only_times_are_times() {
        let time = Plain::Int(7);
        assert_eq!(Took::said(Some(&time), Some(&time)).map(|spend| spend.cpu.as_nanos()), Some(7));
        for no_time in [Plain::Int(-1), Plain::None, Plain::Str("7".to_owned())] {
            assert_eq!(Took::said(Some(&no_time), Some(&time)), None);
            assert_eq!(Took::said(Some(&time), Some(&no_time)), None);
        }
        assert_eq!(Took::said(None, Some(&time)), None);
    }
}

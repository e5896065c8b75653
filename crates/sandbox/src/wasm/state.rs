//! What the host keeps of one instance: its limits, streams, clock and account of fuel.

use super::FUEL_PER_SECOND;
use super::files::Files;
use crate::{Calls, Captured, Limits, Spend, Stop, Used};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use wasmtime::{ResourceLimiter, Result};

/// Why the host ended an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Halt {
    Exit(i32),
    Lacks(String),
    Output,
    Wall,
    Violation(String),
    /// Nobody waits for it any more.
    Stopped,
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ended by the host: {self:?}")
    }
}

impl std::error::Error for Halt {}

/// One stream of the guest's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// Who serves a guest's calls while a request is open.
pub(super) enum Serving {
    Nobody,
    By(Calls),
    /// Whoever speaks with it: the guest waits.
    Back(Arc<Mutex<Turn>>),
}

/// What passes between a guest that waits amid a request and whoever speaks with it.
#[derive(Default)]
pub(super) struct Turn {
    /// The guest's call.
    pub(super) called: Option<Vec<u8>>,
    /// The reply, and what the guest may take from then on.
    pub(super) reply: Option<(Vec<u8>, Spend)>,
    /// What the guest had spent when it called.
    pub(super) spent: Used,
}

impl Turn {
    pub(super) fn of(turn: &Mutex<Self>) -> MutexGuard<'_, Self> {
        turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Deadlines that a guest can wait for at a time. One that waits for more has forgotten the first ones.
const WAITS: usize = 4096;
/// The number of the first one: smaller numbers are streams.
const FIRST_WAIT: u32 = 16;

/// The state of one instance.
pub(super) struct State {
    pub(super) limits: Limits,
    pub(super) calls: Serving,
    pub(super) files: Files,
    /// Where the guest keeps the number of the last error.
    pub(super) errno: u32,
    pub(super) stdout: Captured,
    pub(super) stderr: Captured,
    seed: u64,
    /// Random bytes drawn.
    drawn: u64,
    /// Fuel used before the last grant.
    used: u64,
    /// The last grant.
    granted: u64,
    /// Nanoseconds slept.
    slept: u64,
    /// The clock's reading at which wall time is over.
    deadline: u64,
    pub(super) peak_bytes: u64,
    /// Whether memory was refused.
    pub(super) refused: bool,
    waits: Vec<u64>,
    waited: u32,
    /// Set where nobody waits for it any more.
    pub(super) stop: Stop,
}

impl State {
    pub(super) fn new(limits: Limits, stdin: Vec<u8>, seed: u64) -> Self {
        let open_files = usize::try_from(limits.open_files).unwrap_or(usize::MAX);
        Self {
            limits,
            calls: Serving::Nobody,
            files: Files::new(stdin, open_files),
            errno: 0,
            stdout: Captured::default(),
            stderr: Captured::default(),
            seed,
            drawn: 0,
            used: 0,
            granted: 0,
            slept: 0,
            deadline: 0,
            peak_bytes: 0,
            refused: false,
            waits: Vec::new(),
            waited: 0,
            stop: Stop::default(),
        }
    }

    /// The same, for a job that this ends.
    pub(super) fn heeding(self, stop: &Stop) -> Self {
        Self { stop: stop.clone(), ..self }
    }

    /// Fuel used so far, given what is left of the last grant.
    fn fuel(&self, left: u64) -> u64 {
        self.used + self.granted.saturating_sub(left)
    }

    /// Nanoseconds since the start: work, as the reference machine does it, and sleep.
    pub(super) fn clock(&self, left: u64) -> u64 {
        nanoseconds(self.fuel(left)).saturating_add(self.slept)
    }

    /// Sets what the guest may take from now on. Returns the fuel to give it.
    pub(super) fn allow(&mut self, cpu: Duration, wall: Duration) -> u64 {
        self.granted = fuel_of(cpu);
        let now = nanoseconds(self.used).saturating_add(self.slept);
        self.deadline = now.saturating_add(u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX));
        self.granted
    }

    /// Closes the account of the last grant.
    pub(super) fn settle(&mut self, left: u64) {
        self.used = self.fuel(left);
        self.granted = 0;
    }

    /// Waits until the clock reads `until`.
    pub(super) fn sleep(&mut self, until: u64, left: u64) -> Result<(), Halt> {
        let now = self.clock(left);
        if until > self.deadline {
            self.slept += self.deadline.saturating_sub(now);
            return Err(Halt::Wall);
        }
        self.slept += until.saturating_sub(now);
        Ok(())
    }

    /// A number for a deadline that can be waited for.
    pub(super) fn wait_for(&mut self, deadline: u64) -> u32 {
        let place = self.waited % WAITS as u32;
        self.waited = self.waited.wrapping_add(1);
        match self.waits.get_mut(place as usize) {
            Some(wait) => *wait = deadline,
            None => self.waits.push(deadline),
        }
        FIRST_WAIT + place
    }

    /// The deadline behind a number. One that nobody gave out is over.
    pub(super) fn waits_until(&self, number: u32) -> u64 {
        let place = number.checked_sub(FIRST_WAIT);
        place.and_then(|place| self.waits.get(place as usize)).copied().unwrap_or(0)
    }

    pub(super) fn print(&mut self, stream: Stream, bytes: &[u8]) -> Result<(), Halt> {
        let kept = usize::try_from(self.limits.output_kept_bytes).unwrap_or(usize::MAX);
        let captured = match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        };
        captured.total += bytes.len() as u64;
        let room = kept.saturating_sub(captured.bytes.len()).min(bytes.len());
        captured.bytes.extend_from_slice(&bytes[..room]);
        if self.stdout.total + self.stderr.total > self.limits.output_bytes { Err(Halt::Output) } else { Ok(()) }
    }

    /// Bytes that look random and are the same for the same seed.
    pub(super) fn random(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        let mut stream = blake3::Hasher::new().update(&self.seed.to_le_bytes()).finalize_xof();
        stream.set_position(self.drawn);
        stream.fill(&mut bytes);
        self.drawn += count as u64;
        bytes
    }

    pub(super) fn spent(&self) -> Used {
        let cpu = nanoseconds(self.used);
        Used {
            cpu: Duration::from_nanos(cpu),
            wall: Duration::from_nanos(cpu.saturating_add(self.slept)),
            fuel: Some(self.used),
            peak_bytes: self.peak_bytes,
        }
    }
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        let fits = desired as u64 <= self.limits.memory_bytes;
        if fits {
            self.peak_bytes = self.peak_bytes.max(desired as u64);
        } else {
            self.refused = true;
        }
        Ok(fits)
    }

    fn table_growing(&mut self, _current: usize, _desired: usize, _maximum: Option<usize>) -> Result<bool> {
        Ok(true)
    }
}

fn nanoseconds(fuel: u64) -> u64 {
    u64::try_from(u128::from(fuel) * 1_000_000_000 / u128::from(FUEL_PER_SECOND)).unwrap_or(u64::MAX)
}

fn fuel_of(cpu: Duration) -> u64 {
    // No grant is so large that work in many grants could not be added up.
    u64::try_from(cpu.as_nanos() * u128::from(FUEL_PER_SECOND) / 1_000_000_000).unwrap_or(u64::MAX).min(u64::MAX >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        State::new(Limits::default(), Vec::new(), 7)
    }

    #[test]
    fn sleep_moves_the_clock_and_ends_at_the_deadline() {
        let mut state = state();
        let left = state.allow(Duration::from_secs(3), Duration::from_secs(9)) - FUEL_PER_SECOND;
        assert_eq!(state.clock(left), 1_000_000_000);
        assert_eq!(state.sleep(5_000_000_000, left), Ok(()));
        assert_eq!(state.clock(left), 5_000_000_000);
        assert_eq!(state.sleep(9_000_000_001, left), Err(Halt::Wall));
        assert_eq!(state.clock(left), 9_000_000_000);
    }

    #[test]
    fn random_bytes_follow_from_the_seed_alone() {
        let (mut one, mut two) = (state(), state());
        let whole = one.random(40);
        assert_eq!(whole, [two.random(13), two.random(27)].concat());
        assert_ne!(whole, State::new(Limits::default(), Vec::new(), 8).random(40));
    }

    #[test]
    fn deadlines_are_found_by_their_numbers_and_take_bounded_room() {
        let mut state = state();
        let numbers: Vec<u32> = (0..10_000).map(|when| state.wait_for(when)).collect();
        assert_eq!(state.waits_until(numbers[9_999]), 9_999);
        assert_eq!(state.waits_until(numbers[9_999 - WAITS + 1]), (9_999 - WAITS + 1) as u64);
        assert_eq!(state.waits_until(3), 0);
        assert_eq!(state.waits.len(), WAITS);
    }
}

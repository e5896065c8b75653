//! The two clocks of one ask or run.

use super::now;
use super::running::Running;
use crate::{How, LimitKind, Spend};
use std::time::{Duration, Instant};

/// How long the loop sleeps at most before it looks at the clocks again. Threads can spend CPU time faster
/// than time passes.
const LONGEST_SLEEP: Duration = Duration::from_millis(100);
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);

/// Measures what a job spends, from when it is made.
#[derive(Debug)]
pub(super) struct Meter {
    cap: Spend,
    since: Instant,
    cpu_before: Duration,
}

impl Meter {
    /// Starts both clocks for a job that has spent `cpu_before`.
    pub(super) fn start(cap: Spend, cpu_before: Duration) -> Self {
        Self { cap, since: now(), cpu_before }
    }

    /// Wall time so far.
    pub(super) fn wall(&self) -> Duration {
        self.since.elapsed()
    }

    /// Both clocks so far.
    pub(super) fn spent(&self, running: &mut Running) -> Spend {
        Spend { cpu: running.cpu().saturating_sub(self.cpu_before), wall: self.wall() }
    }

    /// CPU time of the job at which the cap is reached.
    pub(super) fn cpu_cap(&self) -> Duration {
        self.cpu_before.saturating_add(self.cap.cpu)
    }

    /// Runs something during which neither clock runs.
    pub(super) fn paused<T>(&mut self, running: &mut Running, work: impl FnOnce() -> T) -> T {
        let (start, cpu_start) = (now(), running.cpu());
        let result = work();
        self.since += start.elapsed();
        self.cpu_before += running.cpu().saturating_sub(cpu_start);
        result
    }

    /// Stops the job if it has spent more CPU time than it may. Returns how long to sleep otherwise.
    pub(super) fn check_cpu(&self, running: &mut Running) -> Duration {
        let spent = running.cpu();
        if spent > self.cpu_cap() {
            running.stop(How::Limit(LimitKind::Cpu));
        }
        self.cpu_cap().saturating_sub(spent).clamp(SHORTEST_SLEEP, LONGEST_SLEEP)
    }

    /// Wall time that is left.
    ///
    /// A job is only stopped for it after one more turn of the poll loop that found nothing: what it did in
    /// time counts, even if the host was late to look.
    pub(super) fn wall_left(&self) -> Duration {
        self.cap.wall.saturating_sub(self.wall())
    }
}

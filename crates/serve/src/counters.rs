//! What `/metrics` shows, in Prometheus's text format.

use mend_core::Status;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper ends of the buckets of a histogram, in seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];

/// Times, by how long they were.
#[derive(Default)]
struct Histogram {
    buckets: [AtomicU64; BUCKETS.len()],
    count: AtomicU64,
    micros: AtomicU64,
}

impl Histogram {
    fn take(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        for (bucket, end) in self.buckets.iter().zip(BUCKETS) {
            if seconds <= end {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn write(&self, text: &mut String, name: &str, help: &str) {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} histogram");
        for (bucket, end) in self.buckets.iter().zip(BUCKETS) {
            let _ = writeln!(text, "{name}_bucket{{le=\"{end}\"}} {}", bucket.load(Ordering::Relaxed));
        }
        let count = self.count.load(Ordering::Relaxed);
        let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {count}");
        let _ = writeln!(text, "{name}_sum {}", self.micros.load(Ordering::Relaxed) as f64 / 1e6);
        let _ = writeln!(text, "{name}_count {count}");
    }
}

/// All counters of a service.
#[derive(Default)]
pub(crate) struct Counters {
    /// By path, as the service names it, and status.
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
    /// By status; what is unscored by its cause.
    verdicts: Mutex<BTreeMap<&'static str, u64>>,
    dropped_waiting: AtomicU64,
    dropped_running: AtomicU64,
    pub(crate) connections: AtomicU64,
    waits: Histogram,
    works: Histogram,
}

impl Counters {
    /// A request got an answer.
    pub(crate) fn answered(&self, path: &'static str, status: u16) {
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner).entry((path, status)).or_default() += 1;
    }

    /// A candidate got a verdict.
    pub(crate) fn judged(&self, status: Status) {
        self.verdict(status.as_str());
    }

    /// A candidate or a program came to this.
    pub(crate) fn verdict(&self, word: &'static str) {
        *self.verdicts.lock().unwrap_or_else(PoisonError::into_inner).entry(word).or_default() += 1;
    }

    /// Somebody went while something waited.
    pub(crate) fn dropped_waiting(&self) {
        self.dropped_waiting.fetch_add(1, Ordering::Relaxed);
    }

    /// Somebody went while something ran.
    pub(crate) fn dropped_running(&self) {
        self.dropped_running.fetch_add(1, Ordering::Relaxed);
    }

    /// Something waited so long for the judge.
    pub(crate) fn waited(&self, time: Duration) {
        self.waits.take(time);
    }

    /// Something took the judge so long.
    pub(crate) fn took(&self, time: Duration) {
        self.works.take(time);
    }

    /// All of it, with what the queue holds now.
    pub(crate) fn text(&self, waiting: usize, running: usize, held_bytes: usize) -> String {
        let mut text = String::new();
        let mut gauge = |name: &str, help: &str, value: u64| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
        };
        gauge("mend_serve_waiting", "Programs that wait for the judge.", waiting as u64);
        gauge("mend_serve_running", "Programs that the judge works on.", running as u64);
        gauge("mend_serve_connections", "Open connections.", self.connections.load(Ordering::Relaxed));
        gauge("mend_serve_held_bytes", "Bytes of requests that are not answered yet.", held_bytes as u64);
        if let Some(bytes) = resident_bytes() {
            gauge("process_resident_memory_bytes", "Resident memory of the server itself.", bytes);
        }
        let name = "mend_serve_requests_total";
        let _ = writeln!(text, "# HELP {name} Requests that were answered.\n# TYPE {name} counter");
        for ((path, status), count) in &*self.requests.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = writeln!(text, "{name}{{path=\"{path}\",status=\"{status}\"}} {count}");
        }
        let name = "mend_serve_outcomes_total";
        let _ = writeln!(text, "# HELP {name} What programs came to.\n# TYPE {name} counter");
        for (word, count) in &*self.verdicts.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = writeln!(text, "{name}{{outcome=\"{word}\"}} {count}");
        }
        let name = "mend_serve_dropped_total";
        let _ = writeln!(text, "# HELP {name} Programs that nobody waited for any more.\n# TYPE {name} counter");
        for (when, count) in [("waiting", &self.dropped_waiting), ("running", &self.dropped_running)] {
            let _ = writeln!(text, "{name}{{when=\"{when}\"}} {}", count.load(Ordering::Relaxed));
        }
        self.waits.write(&mut text, "mend_serve_wait_seconds", "How long programs waited for the judge.");
        self.works.write(&mut text, "mend_serve_work_seconds", "How long the judge worked on programs.");
        text
    }
}

/// Resident memory of this process, where the system tells.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_counts_what_is_at_most_as_long() {
        let counters = Counters::default();
        counters.waited(Duration::from_millis(3));
        counters.waited(Duration::from_secs(100));
        counters.answered("/v1/judge", 200);
        counters.judged(Status::Passed);
        let text = counters.text(1, 2, 3);
        for line in [
            "mend_serve_wait_seconds_bucket{le=\"0.0025\"} 0",
            "mend_serve_wait_seconds_bucket{le=\"0.005\"} 1",
            "mend_serve_wait_seconds_bucket{le=\"60\"} 1",
            "mend_serve_wait_seconds_bucket{le=\"+Inf\"} 2",
            "mend_serve_wait_seconds_sum 100.003",
            "mend_serve_requests_total{path=\"/v1/judge\",status=\"200\"} 1",
            "mend_serve_outcomes_total{outcome=\"passed\"} 1",
            "mend_serve_waiting 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }
}

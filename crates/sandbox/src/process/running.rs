//! One job while it runs: the poll loop over everything that it writes, reads and reports.
//!
//! The loop belongs to its callers: they call [`Running::turn`] as long as they want the job to go on,
//! [`Running::stop`] if it must not, and [`Running::settle`] once it is [`Running::is_ending`]. Nothing here
//! ever waits for the end of a stream, since a process that outlived the job could hold it open.

use super::custody::{Custody, Main};
use super::spawn::{self, Form, Streams};
use super::streams::{Capture, Feed};
use super::tree::Tree;
use super::{Setup, now, sys};
use crate::frame::{Breach, FrameReader, FromGuest, ToGuest, encode};
use crate::{How, Job, LimitKind, Limits, Outcome, SandboxError, Stop, Used};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

/// How long a job may take to go before whoever holds it is killed.
const SWEEP_GRACE: Duration = Duration::from_secs(10);

/// How often the processes of a job are looked at, where the kernel does not count what they use together.
const WATCH: Duration = Duration::from_millis(50);

/// What a turn reads from one stream at most, so that no stream starves the others.
const READ_BYTES: usize = 64 << 10;

/// A job and the harness's side of it. Dropping it ends the job.
#[derive(Debug)]
pub(super) struct Running {
    custody: Custody,
    stdout: Capture,
    stderr: Capture,
    requests: Feed,
    answers: Capture,
    inbox: FrameReader,
    /// Why we ended it; `None` if we did not.
    stopped: Option<How>,
    /// The highest CPU time that was read.
    cpu: Duration,
    limits: Limits,
    watched: Instant,
    /// Set where nobody waits for it any more.
    unwanted: Stop,
    buffer: Vec<u8>,
}

impl Running {
    /// Starts a job.
    pub(super) fn start(setup: &Setup, job: &Job, form: Form, unwanted: &Stop) -> Result<Self, SandboxError> {
        if unwanted.is_set() {
            return Err(SandboxError::Stopped);
        }
        let (Streams { stdout, stderr, channel }, ends) = spawn::streams(job, form)?;
        let custody = Custody::start(setup, job, &ends)?;
        drop(ends);
        let (requests, answers) = channel.unzip();
        Ok(Self {
            custody,
            stdout: Capture::new(Some(stdout), job.limits.output_kept_bytes),
            stderr: Capture::new(Some(stderr), job.limits.output_kept_bytes),
            requests: Feed::new(requests),
            answers: Capture::new(answers, u64::MAX),
            inbox: FrameReader::new(job.limits.frame_bytes),
            stopped: None,
            cpu: Duration::ZERO,
            limits: job.limits.clone(),
            watched: now(),
            unwanted: unwanted.clone(),
            buffer: vec![0; READ_BYTES],
        })
    }

    /// Moves bytes in every direction that is ready, after waiting at most `timeout` for one.
    pub(super) fn turn(&mut self, timeout: Duration) -> Result<(), SandboxError> {
        // Whoever has it drops it then, which ends it. Callers wait for a tenth of a second at most.
        if self.unwanted.is_set() && !self.is_ending() {
            return Err(SandboxError::Stopped);
        }
        // A negative descriptor is skipped by the kernel.
        let wait =
            |fd: Option<&File>, events| libc::pollfd { fd: fd.map_or(-1, AsRawFd::as_raw_fd), events, revents: 0 };
        let custody = libc::pollfd { fd: self.custody.source(), events: libc::POLLIN, revents: 0 };
        let watches = self.custody.roots().is_some();
        let mut fds = [
            wait(self.answers.source(), libc::POLLIN),
            wait(self.stdout.source(), libc::POLLIN),
            wait(self.stderr.source(), libc::POLLIN),
            custody,
            wait(self.requests.sink(), libc::POLLOUT),
        ];
        sys::poll(&mut fds, if watches { timeout.min(WATCH) } else { timeout })?;
        let [answers, stdout, stderr, custody, requests] = fds.map(|fd| fd.revents != 0);
        if answers {
            self.read_answers()?;
        }
        if stdout {
            self.stdout.read(&mut self.buffer)?;
        }
        if stderr {
            self.stderr.read(&mut self.buffer)?;
        }
        if requests {
            self.requests.write();
        }
        if custody {
            self.custody.look(&mut self.buffer)?;
        }
        if self.floods() {
            self.stop(How::Limit(LimitKind::Output));
        }
        if watches && self.watched.elapsed() >= WATCH {
            self.watch();
            self.watched = now();
        }
        Ok(())
    }

    /// Looks at all processes of the job, and ends it where they use more than they may together.
    fn watch(&mut self) {
        let Some(roots) = self.custody.roots() else { return };
        let tree = Tree::below(roots);
        // Many processes also use much memory, all of which may come between two looks: their number says more.
        if tree.tasks > 1 && tree.tasks >= self.limits.processes {
            self.stop(How::Limit(LimitKind::Processes));
        } else if tree.resident_bytes > self.limits.memory_bytes {
            self.stop(How::Limit(LimitKind::Memory));
        }
    }

    /// Queues a frame for the guest, and writes what fits now.
    pub(super) fn send(&mut self, kind: ToGuest, payload: &[u8]) -> Result<(), SandboxError> {
        let frame = encode(kind, payload).ok_or(SandboxError::FrameTooLong { len: payload.len() })?;
        self.requests.push(&frame);
        self.requests.write();
        Ok(())
    }

    /// The guest's next frame, if one has arrived.
    pub(super) fn receive(&mut self) -> Result<Option<FromGuest>, Breach> {
        self.inbox.next()
    }

    /// Whether the guest has sent nothing that was not received.
    pub(super) fn inbox_is_empty(&self) -> bool {
        self.inbox.is_empty()
    }

    /// Whether the guest has not yet read enough for all frames to be written.
    pub(super) fn is_writing(&self) -> bool {
        self.requests.sink().is_some()
    }

    /// CPU time so far. Of the main process, while it lives; then with the children that it waited for.
    pub(super) fn cpu(&mut self) -> Duration {
        if let Main::Alive(pid) = self.custody.main() {
            self.cpu = self.cpu.max(sys::process_cpu(pid).unwrap_or_default());
        }
        self.cpu = self.cpu.max(self.custody.cpu());
        self.cpu
    }

    /// Whether the main process has ended, or was told to.
    pub(super) fn is_ending(&self) -> bool {
        self.stopped.is_some() || matches!(self.custody.main(), Main::Ended { .. }) || self.custody.is_over()
    }

    /// Ends the job, unless it has ended by itself.
    pub(super) fn stop(&mut self, why: How) {
        if !self.is_ending() {
            self.stopped = Some(why);
        }
        self.custody.stop();
    }

    /// Waits until no process of the job is left, and takes in what it has written.
    pub(super) fn settle(&mut self) -> Result<(), SandboxError> {
        let start = now();
        while !self.custody.is_over() {
            let left = SWEEP_GRACE.saturating_sub(start.elapsed());
            if left.is_zero() {
                self.custody.give_up();
                break;
            }
            self.turn(left)?;
        }
        self.custody.release();
        // What is left in the pipes. Their writers are gone, so this ends; a writer that got away does
        // not hold us up, since a pipe of an ordinary user holds at most 1 MiB.
        for _ in 0..=(1 << 20) / READ_BYTES {
            let before = self.answers.total() + self.stdout.total() + self.stderr.total();
            self.read_answers()?;
            self.stdout.read(&mut self.buffer)?;
            self.stderr.read(&mut self.buffer)?;
            if before == self.answers.total() + self.stdout.total() + self.stderr.total() {
                break;
            }
        }
        Ok(())
    }

    /// How a settled job ended. `cpu_cap` is what it might have spent in all; `wall` is what it is said to
    /// have taken.
    pub(super) fn outcome(&mut self, cpu_cap: Duration, wall: Duration) -> Result<Outcome, SandboxError> {
        if let Some(error) = self.custody.failure() {
            return Err(error);
        }
        let peak_bytes = match self.custody.main() {
            Main::Ended { peak_bytes, .. } => peak_bytes,
            Main::Starting | Main::Alive(_) => 0,
        };
        let used = Used { cpu: self.custody.swept().unwrap_or(self.cpu), wall, fuel: None, peak_bytes };
        Ok(Outcome { how: self.how(cpu_cap), stdout: self.stdout.captured(), stderr: self.stderr.captured(), used })
    }

    fn how(&mut self, cpu_cap: Duration) -> How {
        if let Some(why) = &self.stopped {
            return why.clone();
        }
        // What was measured decides, not whether a poll came in time to see it.
        if self.floods() {
            return How::Limit(LimitKind::Output);
        }
        if self.cpu() > cpu_cap {
            return How::Limit(LimitKind::Cpu);
        }
        let refusals = self.custody.refusals();
        if refusals.memory > 0 {
            // Also where only a child was killed, and the main process went on with what it had.
            return How::Limit(LimitKind::Memory);
        }
        let failed = !matches!(self.custody.main(), Main::Ended { status: 0, .. });
        if failed && refusals.processes > 0 {
            return How::Limit(LimitKind::Processes);
        }
        match self.custody.main() {
            Main::Ended { status, .. } if libc::WIFEXITED(status) => How::Exit(libc::WEXITSTATUS(status)),
            Main::Ended { status, .. } => match libc::WTERMSIG(status) {
                libc::SIGXFSZ => How::Limit(LimitKind::Disk),
                libc::SIGXCPU => How::Limit(LimitKind::Cpu),
                signal => How::Signal(signal),
            },
            // The supervisor went without a report: the job killed it.
            Main::Starting | Main::Alive(_) => How::Signal(libc::SIGKILL),
        }
    }

    fn floods(&self) -> bool {
        self.stdout.total() + self.stderr.total() > self.limits.output_bytes
    }

    fn read_answers(&mut self) -> Result<(), SandboxError> {
        let n = self.answers.pass(&mut self.buffer)?;
        if let Some(bytes) = self.buffer.get(..n) {
            self.inbox.push(bytes);
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.custody.is_held() {
            self.stop(How::Signal(libc::SIGKILL));
            if let Err(error) = self.settle() {
                tracing::warn!(%error, "a dropped job could not be settled");
            }
        }
    }
}

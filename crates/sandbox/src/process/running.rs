//! One job while it runs: the poll loop over everything that it writes, reads and reports.
//!
//! The loop belongs to its callers: they call [`Running::turn`] as long as they want the job to go on,
//! [`Running::stop`] if it must not, and [`Running::settle`] once it is [`Running::is_ending`]. Nothing here
//! ever waits for the end of a stream, since a process that outlived the job could hold it open.

use super::scratch::Scratch;
use super::spawn::{self, Form, Spawned};
use super::streams::{Capture, Feed};
use super::supervisor::{REPORT_BYTES, Report, Step};
use super::{Setup, now, sys};
use crate::frame::{Breach, FrameReader, FromGuest, ToGuest, encode};
use crate::{How, Job, LimitKind, Outcome, SandboxError, Used};
use libc::pid_t;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

/// How long a supervisor may take to sweep before it is killed itself.
const SWEEP_GRACE: Duration = Duration::from_secs(10);

/// What a turn reads from one stream at most, so that no stream starves the others.
const READ_BYTES: usize = 64 << 10;

/// A job and the harness's side of it. Dropping it ends the job.
#[derive(Debug)]
pub(super) struct Running {
    supervisor: Option<pid_t>,
    control: Option<OwnedFd>,
    reports: Capture,
    stdin: Feed,
    stdout: Capture,
    stderr: Capture,
    requests: Feed,
    answers: Capture,
    inbox: FrameReader,
    /// Why we ended it; `None` if we did not.
    stopped: Option<How>,
    main: Main,
    failed: Option<(Step, i32)>,
    /// CPU time of all processes of the job, once none is left.
    swept: Option<Duration>,
    /// The highest CPU time that was read.
    cpu: Duration,
    output_bytes: u64,
    buffer: Vec<u8>,
    /// Last, so that the directory goes after the processes.
    _scratch: Scratch,
}

/// The job's main process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Main {
    Starting,
    Alive(pid_t),
    Ended { status: i32, peak_bytes: u64 },
}

impl Running {
    /// Starts a job.
    pub(super) fn start(setup: &Setup, job: &Job, form: Form) -> Result<Self, SandboxError> {
        let scratch = Scratch::for_job(&setup.scratch_root, job)?;
        let Spawned { supervisor, control, report, stdin, stdout, stderr, channel } =
            spawn::spawn(&setup.python, scratch.path(), job, form, setup.other_tasks)?;
        let (requests, answers) = channel.unzip();
        let stdin_bytes = match form {
            Form::Program => job.stdin.clone(),
            Form::Party => Vec::new(),
        };
        Ok(Self {
            supervisor: Some(supervisor),
            control: Some(control),
            reports: Capture::new(Some(report), u64::MAX),
            stdin: Feed::until_end(stdin, stdin_bytes),
            stdout: Capture::new(Some(stdout), job.limits.output_kept_bytes),
            stderr: Capture::new(Some(stderr), job.limits.output_kept_bytes),
            requests: Feed::open(requests),
            answers: Capture::new(answers, u64::MAX),
            inbox: FrameReader::new(job.limits.frame_bytes),
            stopped: None,
            main: Main::Starting,
            failed: None,
            swept: None,
            cpu: Duration::ZERO,
            output_bytes: job.limits.output_bytes,
            buffer: vec![0; READ_BYTES],
            _scratch: scratch,
        })
    }

    /// Moves bytes in every direction that is ready, after waiting at most `timeout` for one.
    pub(super) fn turn(&mut self, timeout: Duration) -> Result<(), SandboxError> {
        let wait = |fd: Option<&File>, events| libc::pollfd {
            // A negative descriptor is skipped by the kernel.
            fd: fd.map_or(-1, AsRawFd::as_raw_fd),
            events,
            revents: 0,
        };
        let mut fds = [
            wait(self.answers.source(), libc::POLLIN),
            wait(self.stdout.source(), libc::POLLIN),
            wait(self.stderr.source(), libc::POLLIN),
            wait(self.reports.source(), libc::POLLIN),
            wait(self.stdin.sink(), libc::POLLOUT),
            wait(self.requests.sink(), libc::POLLOUT),
        ];
        sys::poll(&mut fds, timeout)?;
        let [answers, stdout, stderr, reports, stdin, requests] = fds.map(|fd| fd.revents != 0);
        if answers {
            self.read_answers()?;
        }
        if stdout {
            self.stdout.read(&mut self.buffer)?;
        }
        if stderr {
            self.stderr.read(&mut self.buffer)?;
        }
        if stdin {
            self.stdin.write();
        }
        if requests {
            self.requests.write();
        }
        if reports {
            self.reports.read(&mut self.buffer)?;
            self.read_reports();
        }
        if self.floods() {
            self.stop(How::Limit(LimitKind::Output));
        }
        Ok(())
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
        if let Main::Alive(pid) = self.main {
            self.cpu = self.cpu.max(sys::process_cpu(pid).unwrap_or_default());
        }
        self.cpu
    }

    /// Whether the main process has ended, or was told to.
    pub(super) fn is_ending(&self) -> bool {
        self.stopped.is_some() || matches!(self.main, Main::Ended { .. }) || self.is_over()
    }

    /// Ends the job, unless it has ended by itself.
    pub(super) fn stop(&mut self, why: How) {
        if !self.is_ending() {
            self.stopped = Some(why);
        }
        // The supervisor sees the end of the pipe, kills, sweeps and exits.
        self.control = None;
        if let Some(pid) = self.supervisor {
            // The job may have stopped its supervisor.
            sys::signal_child(pid, libc::SIGCONT);
        }
    }

    /// Waits until no process of the job is left, and takes in what it has written.
    pub(super) fn settle(&mut self) -> Result<(), SandboxError> {
        let start = now();
        while !self.is_over() {
            let left = SWEEP_GRACE.saturating_sub(start.elapsed());
            if left.is_zero() {
                // Its main process dies with it. What else is left we could not kill.
                if let Some(pid) = self.supervisor {
                    tracing::warn!(pid, "a job could not be swept in time, its supervisor is killed");
                    sys::signal_child(pid, libc::SIGKILL);
                }
                break;
            }
            self.turn(left)?;
        }
        self.control = None;
        if let Some(pid) = self.supervisor.take() {
            sys::reap_child(pid);
        }
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
        if let Some((step, errno)) = self.failed {
            return Err(SandboxError::Start { call: step.call(), source: io::Error::from_raw_os_error(errno) });
        }
        let peak_bytes = match self.main {
            Main::Ended { peak_bytes, .. } => peak_bytes,
            Main::Starting | Main::Alive(_) => 0,
        };
        let used = Used { cpu: self.swept.unwrap_or(self.cpu), wall, fuel: None, peak_bytes };
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
        if self.cpu > cpu_cap {
            return How::Limit(LimitKind::Cpu);
        }
        match self.main {
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
        self.stdout.total() + self.stderr.total() > self.output_bytes
    }

    fn is_over(&self) -> bool {
        self.swept.is_some() || self.reports.source().is_none()
    }

    fn read_answers(&mut self) -> Result<(), SandboxError> {
        let n = self.answers.pass(&mut self.buffer)?;
        if let Some(bytes) = self.buffer.get(..n) {
            self.inbox.push(bytes);
        }
        Ok(())
    }

    fn read_reports(&mut self) {
        while let Some(bytes) = self.reports.take_first::<REPORT_BYTES>() {
            match Report::from_bytes(&bytes) {
                Some(Report::Started { pid }) => self.main = Main::Alive(pid),
                Some(Report::Failed { step, errno }) => self.failed = Some((step, errno)),
                Some(Report::Ended { status, cpu_us, peak_kib }) => {
                    self.cpu = self.cpu.max(micros(cpu_us));
                    self.main = Main::Ended { status, peak_bytes: u64::try_from(peak_kib).unwrap_or(0) << 10 };
                }
                Some(Report::Swept { cpu_us }) => self.swept = Some(micros(cpu_us)),
                None => tracing::warn!("a supervisor sent a report that is none"),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.supervisor.is_some() {
            self.stop(How::Signal(libc::SIGKILL));
            if let Err(error) = self.settle() {
                tracing::warn!(%error, "a dropped job could not be settled");
            }
        }
    }
}

fn micros(count: i64) -> Duration {
    Duration::from_micros(u64::try_from(count).unwrap_or(0))
}

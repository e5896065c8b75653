//! Who holds a job: a cell, whose jobs are the harness's own children, or a supervisor, which is one and reports.

use super::cell::Lease;
use super::cgroup::Refusals;
use super::scratch::Scratch;
use super::spawn::{self, Ends, Rules, Spawned};
use super::streams::Capture;
use super::supervisor::{REPORT_BYTES, Report};
use super::{Confined, Ground, Setup, sys};
use crate::{Job, Program, SandboxError};
use libc::pid_t;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// The job's main process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Main {
    Starting,
    Alive(pid_t),
    Ended { status: i32, peak_bytes: u64 },
}

/// A job that was started, and the means to end it.
#[derive(Debug)]
pub(super) struct Custody {
    holder: Holder,
    main: Main,
    /// CPU time of the main process and all that it waited for, once it has ended.
    cpu: Duration,
    /// CPU time of all processes of the job, once none is left.
    swept: Option<Duration>,
    refusals: Refusals,
    failed: Option<SandboxError>,
}

#[derive(Debug)]
enum Holder {
    Cell {
        lease: Lease,
        pid: pid_t,
        /// Readable once the main process has ended.
        ended: OwnedFd,
    },
    Supervisor {
        pid: Option<pid_t>,
        control: Option<OwnedFd>,
        reports: Capture,
        /// Last, so that the directory goes after the processes.
        _scratch: Scratch,
    },
}

impl Custody {
    /// Starts a job.
    pub(super) fn start(setup: &Setup, job: &Job, ends: &Ends) -> Result<Self, SandboxError> {
        super::scratch::check_names(job)?;
        let (holder, main) = match &setup.ground {
            Ground::Cells(cells) => {
                let mut lease = cells.lease(&job.program)?;
                let pid = lease.start(job, ends)?;
                let ended = sys::pidfd(pid)?;
                (Holder::Cell { lease, pid, ended }, Main::Alive(pid))
            }
            Ground::Shared(rules) => (supervised(setup, rules.as_ref(), job, ends)?, Main::Starting),
        };
        Ok(Self { holder, main, cpu: Duration::ZERO, swept: None, refusals: Refusals::default(), failed: None })
    }

    /// The main process.
    pub(super) fn main(&self) -> Main {
        self.main
    }

    /// CPU time of the main process with all that it waited for, once it has ended.
    pub(super) fn cpu(&self) -> Duration {
        self.cpu
    }

    /// CPU time of all processes of the job, once none is left.
    pub(super) fn swept(&self) -> Option<Duration> {
        self.swept
    }

    /// What the job was refused, once it is over.
    pub(super) fn refusals(&self) -> Refusals {
        self.refusals
    }

    /// What to wait for; -1 if there is nothing to come.
    pub(super) fn source(&self) -> RawFd {
        match &self.holder {
            Holder::Cell { ended, .. } if matches!(self.main, Main::Alive(_)) => ended.as_raw_fd(),
            Holder::Cell { .. } => -1,
            Holder::Supervisor { reports, .. } => reports.source().map_or(-1, AsRawFd::as_raw_fd),
        }
    }

    /// Takes in what there is to know.
    pub(super) fn look(&mut self, buffer: &mut [u8]) -> Result<(), SandboxError> {
        match &mut self.holder {
            Holder::Cell { pid, .. } => {
                if matches!(self.main, Main::Alive(_))
                    && let Some(ended) = sys::reap_ended(*pid)?
                {
                    self.cpu = ended.cpu;
                    self.main = Main::Ended { status: ended.status, peak_bytes: ended.peak_bytes };
                }
            }
            Holder::Supervisor { reports, .. } => {
                reports.read(buffer)?;
                while let Some(bytes) = reports.take_first::<REPORT_BYTES>() {
                    match Report::from_bytes(&bytes) {
                        Some(Report::Started { pid }) => self.main = Main::Alive(pid),
                        Some(Report::Failed { step, errno }) => {
                            let source = io::Error::from_raw_os_error(errno);
                            self.failed = Some(SandboxError::Start { call: step.call(), source });
                        }
                        Some(Report::Ended { status, cpu_us, peak_kib }) => {
                            self.cpu = micros(cpu_us);
                            let peak_bytes = u64::try_from(peak_kib).unwrap_or(0) << 10;
                            self.main = Main::Ended { status, peak_bytes };
                        }
                        Some(Report::Swept { cpu_us }) => self.swept = Some(micros(cpu_us)),
                        None => tracing::warn!("a supervisor sent something that is not a report"),
                    }
                }
            }
        }
        Ok(())
    }

    /// Ends the job. It is over a little later.
    pub(super) fn stop(&mut self) {
        match &mut self.holder {
            Holder::Cell { pid, .. } => {
                if matches!(self.main, Main::Alive(_)) {
                    sys::signal_child(*pid, libc::SIGKILL);
                }
            }
            Holder::Supervisor { pid, control, .. } => {
                // The supervisor sees the end of the pipe, kills, sweeps and exits.
                *control = None;
                if let Some(pid) = *pid {
                    // The job may have stopped its supervisor.
                    sys::signal_child(pid, libc::SIGCONT);
                }
            }
        }
    }

    /// Whether there is nothing more to wait for.
    pub(super) fn is_over(&self) -> bool {
        match &self.holder {
            Holder::Cell { .. } => matches!(self.main, Main::Ended { .. }),
            Holder::Supervisor { reports, .. } => self.swept.is_some() || reports.source().is_none(),
        }
    }

    /// Gives up waiting: what could not be ended in time is ended by its holder's death.
    pub(super) fn give_up(&mut self) {
        match &self.holder {
            Holder::Cell { lease, .. } => {
                tracing::warn!("a job could not be ended in time, its cell is ended");
                sys::signal_child(lease.stub(), libc::SIGKILL);
            }
            Holder::Supervisor { pid: Some(pid), .. } => {
                // Its main process dies with it. What else is left we could not kill.
                tracing::warn!(pid, "a job could not be swept in time, its supervisor is killed");
                sys::signal_child(*pid, libc::SIGKILL);
            }
            Holder::Supervisor { .. } => {}
        }
    }

    /// Makes sure that no process of the job is left.
    pub(super) fn release(&mut self) {
        match &mut self.holder {
            Holder::Cell { lease, .. } => {
                if self.swept.is_none() {
                    // The status of a process that gave up; programs may exit with it too.
                    if let Main::Ended { status, .. } = self.main
                        && libc::WIFEXITED(status)
                        && libc::WEXITSTATUS(status) == 124
                    {
                        self.failed = lease.job_failure();
                    }
                    self.refusals = lease.refusals();
                    self.swept = Some(self.cpu + lease.finish());
                }
            }
            Holder::Supervisor { pid, control, .. } => {
                *control = None;
                if let Some(pid) = pid.take() {
                    sys::reap_child(pid);
                }
            }
        }
    }

    /// Whether processes of the job may still be there.
    pub(super) fn is_held(&self) -> bool {
        match &self.holder {
            Holder::Cell { .. } => self.swept.is_none(),
            Holder::Supervisor { pid, .. } => pid.is_some(),
        }
    }

    /// Why the new process could not become the job, if it could not. Known once the job is over.
    pub(super) fn failure(&mut self) -> Option<SandboxError> {
        self.failed.take()
    }

    /// Processes below which all of the job's are; `None` where the kernel counts what they use.
    pub(super) fn roots(&self) -> Option<[pid_t; 2]> {
        match &self.holder {
            Holder::Cell { lease, .. } if lease.is_counted() => None,
            Holder::Cell { lease, pid, .. } => Some([*pid, lease.stub()]),
            Holder::Supervisor { pid, .. } => Some([0, (*pid)?]),
        }
    }
}

fn supervised(setup: &Setup, rules: Option<&Confined>, job: &Job, ends: &Ends) -> Result<Holder, SandboxError> {
    let job = match &job.program {
        Program::Own(source) => &setup.compiled.job(setup, source, job)?,
        Program::Foreign(_) => job,
    };
    let scratch = Scratch::for_job(&setup.scratch_root, job)?;
    let rules = match rules {
        Some(confined) => Some(Rules {
            ruleset: confined.ruleset(&setup.python, &setup.profile, scratch.path())?,
            filter: confined.filter.clone(),
        }),
        None => None,
    };
    let Spawned { supervisor, control, report } =
        spawn::spawn(&setup.python, &setup.profile, scratch.path(), job, ends, rules.as_ref(), setup.other_tasks)?;
    Ok(Holder::Supervisor {
        pid: Some(supervisor),
        control: Some(control),
        reports: Capture::new(Some(report), u64::MAX),
        _scratch: scratch,
    })
}

fn micros(count: i64) -> Duration {
    Duration::from_micros(u64::try_from(count).unwrap_or(0))
}

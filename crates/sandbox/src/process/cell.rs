//! Cells: namespaces with an interpreter ready to fork in them, each for one job at a time, used again and again.
//!
//! A job is a fork of the cell's zygote into the cell's namespaces and a child of the harness, which waits for it
//! itself. When it has ended, the stub, which is pid 1 in there, kills whatever else is left and says when nothing
//! is; its word decides nothing but whether the cell may be used again.

use super::cgroup::{Group, Hierarchy, Refusals};
use super::landlock::Landlock;
use super::root;
use super::spawn::Ends;
use super::zygote::{self, Zygote};
use super::{sys, wire};
use crate::python::Python;
use crate::{Job, Profile, Program, SandboxError};
use libc::pid_t;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Makes cells and keeps those that are idle.
#[derive(Debug)]
pub(super) struct Cells {
    python: Python,
    profile: Profile,
    confinement: Confinement,
    plan: Vec<u8>,
    filter: Vec<u8>,
    /// The zygote and our own programs that it has loaded, by their number.
    zygote: Mutex<Loaded>,
    idle: Mutex<Vec<Cell>>,
}

/// Numbers of cells, over all engines of this process: users and groups go by them.
static NEXT_SLOT: AtomicU32 = AtomicU32::new(0);

/// What cells are confined by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Confinement {
    pub(super) users: Users,
    pub(super) landlock: Option<Landlock>,
    pub(super) hierarchy: Option<Hierarchy>,
}

/// As whom jobs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Users {
    /// As ours, in a user namespace.
    Own { uid: u32, gid: u32 },
    /// Each cell as another user that nobody else is, from this number on.
    Slots { first: u32 },
}

#[derive(Debug, Default)]
struct Loaded {
    zygote: Option<Zygote>,
    programs: Vec<Arc<str>>,
}

impl Cells {
    /// Starts the interpreter.
    pub(super) fn new(python: &Python, profile: &Profile, confinement: Confinement) -> Result<Self, SandboxError> {
        let cells = Self {
            python: python.clone(),
            profile: profile.clone(),
            confinement,
            plan: root::plan(python, profile),
            filter: super::filter::program(),
            zygote: Mutex::default(),
            idle: Mutex::default(),
        };
        cells.idle().push(cells.cell()?);
        Ok(cells)
    }

    /// The error number that keeps cells from a `/proc` of their own; `None` where they have one.
    pub(super) fn without_proc(&self) -> Option<i32> {
        self.idle().iter().map(|cell| cell.without_proc).find(|errno| *errno != 0)
    }

    /// A cell for a job, alone.
    pub(super) fn lease(self: &Arc<Self>, program: &Program) -> Result<Lease, SandboxError> {
        let number = match program {
            Program::Own(source) => self.load(source)? + 1,
            Program::Foreign(_) => 0,
        };
        let idle = {
            let mut idle = self.idle();
            // What was loaded later it does not know.
            idle.retain(|cell| cell.n_programs >= number);
            idle.pop()
        };
        let cell = match idle {
            Some(cell) => cell,
            None => self.cell()?,
        };
        Ok(Lease { cells: Arc::clone(self), cell: Some(cell), number })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Cell>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a program of our own, which is loaded if it was not.
    fn load(&self, source: &Arc<str>) -> Result<usize, SandboxError> {
        let mut loaded = self.zygote.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = loaded.programs.iter().position(|known| Arc::ptr_eq(known, source) || known == source) {
            return Ok(number);
        }
        if let Some(zygote) = &mut loaded.zygote {
            zygote.load(source)?;
        }
        // Only now: what could not be loaded has no number, and who asks next tries again.
        loaded.programs.push(Arc::clone(source));
        Ok(loaded.programs.len() - 1)
    }

    fn cell(&self) -> Result<Cell, SandboxError> {
        let mut loaded = self.zygote.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = NEXT_SLOT.fetch_add(1, Ordering::Relaxed);
        if loaded.zygote.is_some() {
            match self.fork_cell(&mut loaded, slot) {
                Err(SandboxError::Zygote { detail }) => tracing::warn!(detail, "the zygote is started anew"),
                made => return made,
            }
        }
        let mut zygote = Zygote::start(&self.python, &self.profile)?;
        for source in &loaded.programs {
            zygote.load(source)?;
        }
        loaded.zygote = Some(zygote);
        self.fork_cell(&mut loaded, slot)
    }

    fn fork_cell(&self, loaded: &mut Loaded, slot: u32) -> Result<Cell, SandboxError> {
        let n_programs = loaded.programs.len();
        let Some(zygote) = &mut loaded.zygote else {
            return Err(SandboxError::Zygote { detail: "it was never started".to_owned() });
        };
        let group = match &self.confinement.hierarchy {
            Some(hierarchy) => Some(
                hierarchy
                    .group(&slot.to_string())
                    .map_err(|source| SandboxError::ControlGroup { path: "cgroup".into(), source })?,
            ),
            None => None,
        };
        let (control, its_control) = sys::packet_sockets()?;
        let (stub_control, its_stub_control) = sys::packet_sockets()?;
        let pid = zygote.fork_cell(its_control.as_fd())?;
        drop(its_control);
        // From here on it is ended when it is dropped.
        let mut cell = Cell {
            processes: [pid, 0],
            without_proc: 0,
            control,
            stub_control,
            group,
            limited: None,
            refusals: Refusals::default(),
            swept: Duration::ZERO,
            n_programs,
        };
        if let Some(group) = &cell.group {
            group.take(pid)?;
            cell.refusals = group.refusals();
        }
        let bytes = [self.plan.as_slice(), &self.filter].concat();
        let file = sys::memory_file(&bytes)?;
        let mut words = [0; wire::WORDS];
        words[0] = wire::SET_UP;
        words[wire::set_up::PLAN_BYTES] = self.plan.len() as u64;
        words[wire::set_up::FILTER_BYTES] = self.filter.len() as u64;
        let (in_namespace, uid, gid) = match self.confinement.users {
            Users::Own { uid, gid } => (1, uid, gid),
            Users::Slots { first } => (0, first + slot % SLOTS, first + slot % SLOTS),
        };
        words[wire::set_up::USER_NAMESPACE] = in_namespace;
        words[wire::set_up::UID] = uid.into();
        words[wire::set_up::GID] = gid.into();
        if let Some(landlock) = self.confinement.landlock {
            words[wire::set_up::LANDLOCK_FILES] = landlock.files();
            words[wire::set_up::LANDLOCK_NETWORK] = landlock.network();
            words[wire::set_up::LANDLOCK_SCOPES] = landlock.scopes();
            words[wire::set_up::LANDLOCK_BYTES] = landlock.attribute_bytes();
            words[wire::set_up::LANDLOCK_READ] = Landlock::read();
        }
        sys::send_packet(cell.control.as_fd(), &words, &[its_stub_control.as_fd(), file.as_fd()])?;
        let set_up = zygote::set_up(cell.control.as_fd())?;
        cell.processes[1] = set_up.stub;
        cell.without_proc = set_up.made?;
        Ok(cell)
    }
}

/// Users that one harness takes in turn.
pub(super) const SLOTS: u32 = 64;

/// A cell that belongs to one job. Dropped before it was returned, the cell goes too.
#[derive(Debug)]
pub(super) struct Lease {
    cells: Arc<Cells>,
    cell: Option<Cell>,
    /// The number of our own program that the job runs, plus 1; 0 for a foreign one.
    number: usize,
}

impl Lease {
    /// Forks the job. Returns its process id: it is a child of ours.
    pub(super) fn start(&mut self, job: &Job, ends: &Ends) -> Result<pid_t, SandboxError> {
        let own = matches!(self.cells.confinement.users, Users::Own { .. });
        let number = self.number;
        match self.cell().start(job, ends, number, own) {
            Ok(pid) => Ok(pid),
            Err(SandboxError::Start { call, source }) => Err(SandboxError::Start { call, source }),
            // Its interpreter is gone: killed from outside, or for want of memory. Nothing of the job has run.
            Err(error) => {
                tracing::warn!(%error, "a cell is made anew");
                self.cell = None;
                self.cell = Some(self.cells.cell()?);
                self.cell().start(job, ends, number, own)
            }
        }
    }

    fn cell(&mut self) -> &mut Cell {
        self.cell.as_mut().expect("a lease has its cell until it is returned")
    }

    /// Pid 1 of the cell.
    pub(super) fn stub(&self) -> pid_t {
        self.cell.as_ref().map_or(0, |cell| cell.processes[1])
    }

    /// Whether a control group counts what the cell uses.
    pub(super) fn is_counted(&self) -> bool {
        self.cell.as_ref().is_some_and(|cell| cell.group.is_some())
    }

    /// What the cell was refused since the job began.
    pub(super) fn refusals(&self) -> Refusals {
        let Some(Cell { group: Some(group), refusals: before, .. }) = &self.cell else { return Refusals::default() };
        let now = group.refusals();
        Refusals {
            memory: now.memory.saturating_sub(before.memory),
            processes: now.processes.saturating_sub(before.processes),
        }
    }

    /// Why the job could not be confined, if it could not.
    pub(super) fn job_failure(&self) -> Option<SandboxError> {
        let control = self.cell.as_ref()?.control.as_fd();
        match sys::receive_packet(control, Duration::ZERO) {
            Ok(Some([wire::JOB_FAILED, step, errno, _])) => Some(zygote::failed_step(step, errno)),
            _ => None,
        }
    }

    /// Kills whatever is left of a job whose main process was reaped, and returns the cell to the others. Returns the
    /// CPU time of what was left.
    pub(super) fn finish(&mut self) -> Duration {
        let Some(mut cell) = self.cell.take() else { return Duration::ZERO };
        match cell.sweep() {
            Ok(cpu) => {
                self.cells.idle().push(cell);
                cpu
            }
            Err(error) => {
                // Without its pid 1 the kernel ends everything in there.
                tracing::warn!(%error, "a cell could not be swept, and is ended");
                drop(cell);
                Duration::ZERO
            }
        }
    }
}

/// One cell. Ends when dropped, and everything in it with it.
#[derive(Debug)]
struct Cell {
    /// The zygote of the cell, and the stub.
    processes: [pid_t; 2],
    /// The error number that kept it from a `/proc` of its own, or 0.
    without_proc: i32,
    control: OwnedFd,
    stub_control: OwnedFd,
    group: Option<Group>,
    /// Memory, disk and processes that the group is limited to.
    limited: Option<[u64; 3]>,
    /// What was refused before the job began.
    refusals: Refusals,
    /// CPU time of all that was swept.
    swept: Duration,
    /// Number of our own programs that it knows.
    n_programs: usize,
}

impl Cell {
    fn start(&mut self, job: &Job, ends: &Ends, number: usize, own: bool) -> Result<pid_t, SandboxError> {
        let limits = &job.limits;
        if let Some(group) = &self.group {
            let wanted = [limits.memory_bytes, limits.disk_bytes, limits.processes];
            if self.limited != Some(wanted) {
                group.limit(limits.memory_bytes, limits.disk_bytes, limits.processes)?;
                self.limited = Some(wanted);
            }
            self.refusals = group.refusals();
        }
        let mut fds: Vec<BorrowedFd<'_>> = ends.guest.iter().map(OwnedFd::as_fd).collect();
        let mut words = [0; wire::WORDS];
        words[0] = wire::JOB;
        words[wire::job::STREAMS] = fds.len() as u64;
        words[wire::job::PROGRAM] = number as u64;
        let payload;
        if let Program::Foreign(program) = &job.program {
            let bytes = payload_of(program, job);
            words[wire::job::PAYLOAD_BYTES] = bytes.len() as u64;
            payload = sys::memory_file(&bytes)?;
            fds.push(payload.as_fd());
        }
        // In a user namespace the kernel counts the cell's own two processes as well. Where a group counts too, that is the
        // one which tells that something was refused.
        let own = if own { super::cgroup::OWN_PROCESSES } else { 0 };
        let processes = limits.processes + own + if self.group.is_some() { 16 } else { 0 };
        words[wire::job::SEED] = job.seed;
        words[wire::job::DISK_BYTES] = limits.disk_bytes;
        // The directories that hold the job's own files count as well.
        words[wire::job::DISK_FILES] = limits.disk_files + 2;
        words[wire::job::CPU] = ends.cpu_seconds;
        words[wire::job::CPU_HARD] = ends.cpu_seconds + 1;
        words[wire::job::MEMORY] = limits.memory_bytes;
        words[wire::job::MEMORY_HARD] = limits.memory_bytes.saturating_add(wire::STACKS);
        words[wire::job::FILE_BYTES] = limits.file_bytes;
        words[wire::job::OPEN_FILES] = limits.open_files;
        words[wire::job::PROCESSES] = processes;
        words[wire::job::STACK] = limits.stack_bytes;
        sys::send_packet(self.control.as_fd(), &words, &fds)?;
        loop {
            match sys::receive_packet(self.control.as_fd(), zygote::PATIENCE)? {
                Some([wire::DONE, pid, ..]) => return Ok(pid as pid_t),
                Some([wire::FAILED, step, errno, _]) => return Err(zygote::failed_step(step, errno)),
                // The job was faster to fail than the zygote to answer. It is reaped like any other.
                Some([wire::JOB_FAILED, step, errno, _]) => {
                    let error = zygote::failed_step(step, errno);
                    tracing::warn!(%error, "a job could not be confined");
                }
                Some(_) | None => return Err(SandboxError::Zygote { detail: "a cell does not answer".to_owned() }),
            }
        }
    }

    fn sweep(&mut self) -> Result<Duration, SandboxError> {
        sys::send_packet(self.stub_control.as_fd(), &[wire::SWEEP], &[])?;
        let total = Duration::from_micros(zygote::answer(self.stub_control.as_fd())?);
        let cpu = total.saturating_sub(self.swept);
        self.swept = total;
        Ok(cpu)
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        // Pid 1 first: the kernel then ends every process in there before it lets us reap it.
        for pid in self.processes.into_iter().rev().filter(|pid| *pid > 0) {
            sys::signal_child(pid, libc::SIGKILL);
            sys::reap_child(pid);
        }
    }
}

/// Names and contents of the job's files, the program first, each after its length.
fn payload_of(program: &[u8], job: &Job) -> Vec<u8> {
    let files = job.files.iter().map(|(name, contents)| (name.as_str(), contents.as_slice()));
    let mut bytes = Vec::with_capacity(program.len() + 64);
    for (name, contents) in std::iter::once((super::scratch::PROGRAM, program)).chain(files) {
        for part in [name.as_bytes(), contents] {
            bytes.extend((part.len() as u32).to_le_bytes());
            bytes.extend(part);
        }
    }
    bytes
}

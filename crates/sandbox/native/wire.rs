//! Messages between the harness and the zygote's native half: a few words and a few descriptors, one packet each.
//!
//! Both sides include this file.

/// Most words of a message.
pub const WORDS: usize = 16;
/// Most descriptors of a message.
pub const FDS: usize = 6;
/// The descriptor on which a zygote, a cell or a stub is told what to do.
pub const CONTROL: i32 = 3;

/// To the master: a program of our own to load, in a memory file of `words[1]` bytes.
pub const LOAD: u64 = 1;
/// To the master: fork a cell, whose control socket comes along. Answered with its process id.
pub const CELL: u64 = 2;
/// To a cell: move into namespaces by the plan in a memory file of `words[1]` bytes; the stub's control socket comes
/// along. Answered with the stub's process id, and the error number that kept the cell from a `/proc` of its own, or 0.
pub const SET_UP: u64 = 3;
/// To a cell: fork a job. Answered with its process id.
pub const JOB: u64 = 4;
/// To a stub: kill all processes of the cell. Answered with their CPU microseconds once none is left.
pub const SWEEP: u64 = 5;
/// To a cell: forget the last job's files. Not answered.
pub const CLEAN: u64 = 6;
/// An answer: `words[1]` is the result.
pub const DONE: u64 = 7;
/// An answer: the step `words[1]` failed with the error number `words[2]`. `words[3]` is the stub's process id if the
/// cell had come as far as to have one, or 0.
pub const FAILED: u64 = 8;

/// From a job that could not be confined, beside the answer to [`JOB`]: as [`FAILED`].
pub const JOB_FAILED: u64 = 9;

/// Words of a [`SET_UP`] message.
pub mod set_up {
    /// Bytes of the plan.
    pub const PLAN_BYTES: usize = 1;
    /// 1 to make a user namespace first.
    pub const USER_NAMESPACE: usize = 2;
    /// The user to map, and to be.
    pub const UID: usize = 3;
    /// The group to map, and to be.
    pub const GID: usize = 4;
    /// Bytes of the system-call filter, which follows the plan.
    pub const FILTER_BYTES: usize = 5;
    /// Rights that the ruleset handles: files. 0 for no Landlock.
    pub const LANDLOCK_FILES: usize = 6;
    /// The same: network.
    pub const LANDLOCK_NETWORK: usize = 7;
    /// The same: scopes.
    pub const LANDLOCK_SCOPES: usize = 8;
    /// Bytes of a ruleset's attributes that the kernel knows.
    pub const LANDLOCK_BYTES: usize = 9;
    /// Rights that hold for all files.
    pub const LANDLOCK_READ: usize = 10;
}

/// Words of a [`JOB`] message. Limits are soft and hard alike, but for CPU time, memory and the stack.
pub mod job {
    /// Number of the loaded program plus 1; 0 for a program in the payload, the last descriptor.
    pub const PROGRAM: usize = 1;
    /// Bytes of the payload.
    pub const PAYLOAD_BYTES: usize = 2;
    /// Number of descriptors that the job keeps: 3 or 5.
    pub const STREAMS: usize = 3;
    /// The job's seed.
    pub const SEED: usize = 4;
    /// Bytes that the job's files may have in all.
    pub const DISK_BYTES: usize = 5;
    /// Number of files and directories.
    pub const DISK_FILES: usize = 6;
    /// CPU seconds, soft and then hard.
    pub const CPU: usize = 7;
    /// Hard limit of CPU seconds.
    pub const CPU_HARD: usize = 8;
    /// Address space in bytes.
    pub const MEMORY: usize = 9;
    /// Bytes of each file.
    pub const FILE_BYTES: usize = 10;
    /// Open descriptors.
    pub const OPEN_FILES: usize = 11;
    /// Processes.
    pub const PROCESSES: usize = 12;
    /// Bytes of the stack. Its hard limit is as high as it may be.
    pub const STACK: usize = 13;
    /// Hard limit of the address space.
    pub const MEMORY_HARD: usize = 14;
}

/// Address space that stacks of threads may take beyond the limit of memory, once a program asks for large ones: most of
/// a large stack is only set aside. What is really used stays within the limit of memory.
pub const STACKS: u64 = 4 << 30;

/// Directory that holds the mount point of a job's files.
pub const BOX: &str = "/box";
/// Where a job's files are mounted.
pub const TEMPORARY: &str = "/box/tmp";
/// A job's working directory.
pub const SCRATCH: &str = "/box/tmp/mend-000000";

/// What a process may read of itself by file rules. Its descriptors it may open anew without a right to their names; what
/// the machine shows beside, such as where its mounts come from, is no concern of a program.
pub const OWN_FILES: [&core::ffi::CStr; 7] = [c"status", c"stat", c"statm", c"maps", c"limits", c"cmdline", c"comm"];
/// The directory that holds these.
pub const OWN: &core::ffi::CStr = c"/proc/self";

/// What failed in a new process, in the order in which it is done.
pub const STEPS: [&str; 24] = [
    "clone3",
    "read",
    "unshare",
    "write to /proc/self/uid_map",
    "mount",
    "mkdir",
    "symlink",
    "pivot_root",
    "bind mount",
    "mount_setattr",
    "open",
    "umount2",
    "sethostname",
    "landlock_create_ruleset",
    "landlock_add_rule",
    "dup3",
    "setgroups",
    "setresgid",
    "setresuid",
    "prlimit",
    "capset",
    "prctl",
    "landlock_restrict_self",
    "seccomp",
];

//! The ladder of isolation levels. Each is tried by really running a program under it; what keeps the engine from a
//! higher one is told with its reason and a remedy.

use super::cell::{Cells, Confinement, Users};
use super::cgroup::Hierarchy;
use super::landlock::Landlock;
use super::own::Compiled;
use super::{Confined, Ground, Setup, filter, in_full, spawn, sys, wire, zygote};
use crate::python::Python;
use crate::{How, Job, Level, Limits, Missing, Profile, SandboxError, Stop};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Changes whenever the engine treats programs differently in a way that nothing else in the recipe shows.
const VERSION: &str = "process/3";

/// What an ordinary user may have running beside a job, over what ran when the engine was made.
const TASK_HEADROOM: u64 = 1024;

/// What every level must be able to run.
const ANY: &str = "\
import os
with open('trial', 'w') as file: file.write('x')
pid = os.fork()
if pid == 0: os._exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3, 'a child could not be waited for'
";

/// What a filter and file rules must keep from it.
const CONFINED: &str = "
import _socket
def refused(act, *args):
    try: act(*args)
    except OSError: return True
    return False
assert refused(_socket.socket), 'the system-call filter does not hold'
assert refused(open, '/mend-trial', 'w') and refused(open, '/etc/passwd'), 'the file rules do not hold'
";

/// What namespaces must make of it.
const ALONE: &str = "
assert (os.getpid(), os.getppid()) == (2, 0), 'the process namespace does not hold'
assert sorted(os.listdir('.')) == ['main.py', 'trial'] and not os.path.exists('/sys'), 'the root does not hold'
assert refused(open, '/usr/mend-trial', 'w') and refused(os.kill, 0, 0), 'the namespaces do not hold'
assert set(os.listdir('/proc')) <= {'2', 'self', 'thread-self'}, 'the process list does not hold'
";

/// The highest step that was reached.
pub(super) struct Step {
    pub(super) setup: Setup,
    pub(super) level: Level,
    pub(super) missing: Vec<Missing>,
}

/// Climbs as high as the machine allows, or to the level that is wanted.
pub(super) fn climb(
    python: &Python,
    profile: &Profile,
    scratch_root: &Path,
    wanted: Option<Level>,
) -> Result<Step, SandboxError> {
    let user = sys::user();
    let landlock = Landlock::find();
    let hierarchy = Hierarchy::find();
    let mut missing = Vec::new();
    let other_tasks = if user == 0 { 0 } else { count_tasks(user) + TASK_HEADROOM };
    let setup = |ground| Setup {
        python: python.clone(),
        profile: profile.clone(),
        scratch_root: scratch_root.to_owned(),
        other_tasks,
        ground,
        compiled: Compiled::default(),
    };
    let wants = |level| wanted.is_none_or(|wanted| wanted == level);

    let without_landlock = landlock.as_ref().err().map(|errno| no_landlock(*errno));
    if wants(Level::L3) {
        let reached = match &hierarchy {
            Ok(hierarchy) => match in_cells(python, profile, &landlock, Some(hierarchy), &setup) {
                Ok(setup) => Ok(setup),
                Err(error) if !is_of_the_machine(&error) => return Err(error),
                Err(error) => Err(in_full(&error)),
            },
            Err(reason) => Err(reason.clone()),
        };
        match reached {
            Ok(setup) => {
                missing.extend(without_landlock.into_iter().chain(no_proc(&setup)));
                return Ok(Step { setup, level: Level::L3, missing });
            }
            Err(reason) => missing.push(no_groups(reason)),
        }
    } else {
        missing.push(not_wanted("control groups"));
    }
    if wants(Level::L2) {
        match in_cells(python, profile, &landlock, None, &setup) {
            Ok(setup) => {
                missing.extend(without_landlock.into_iter().chain(no_proc(&setup)));
                return Ok(Step { setup, level: Level::L2, missing });
            }
            Err(error) if !is_of_the_machine(&error) => return Err(error),
            Err(error) => missing.push(no_namespaces(&error, user)),
        }
    } else {
        missing.push(not_wanted("namespaces"));
    }

    if wants(Level::L1) {
        match landlock {
            Ok(landlock) => {
                let confined = Confined { landlock, filter: filter::program() };
                let setup = setup(Ground::Shared(Some(confined)));
                match trial(&setup, &[ANY, CONFINED]) {
                    Ok(()) => {
                        if landlock.scopes() == 0 {
                            missing.push(entry(
                                "signals",
                                "this kernel's Landlock does not keep signals inside a job",
                                "use Linux 6.12 or newer",
                            ));
                        }
                        missing.push(shared_limits(user));
                        return Ok(Step { setup, level: Level::L1, missing });
                    }
                    Err(error) => missing.push(Missing {
                        mechanism: "seccomp".to_owned(),
                        reason: in_full(&error),
                        remedy: "use a kernel with CONFIG_SECCOMP_FILTER".to_owned(),
                    }),
                }
            }
            Err(errno) => missing.push(no_landlock(errno)),
        }
    } else {
        missing.extend([not_wanted("seccomp"), not_wanted("Landlock")]);
    }

    if let Some(wanted) = wanted.filter(|level| *level != Level::L0) {
        let why = missing.iter().filter(|missing| missing.reason != NOT_WANTED);
        let why: Vec<String> = why.map(ToString::to_string).collect();
        return Err(SandboxError::Level { wanted, why: why.join("; ") });
    }
    let setup = setup(Ground::Shared(None));
    trial(&setup, &[ANY])?;
    missing.push(shared_limits(user));
    Ok(Step { setup, level: Level::L0, missing })
}

/// Whether an error says something of what the machine offers, rather than of its state now: a full disk lowers no level.
fn is_of_the_machine(error: &SandboxError) -> bool {
    !matches!(error, SandboxError::Scratch { .. } | SandboxError::NoPython { .. })
}

fn in_cells(
    python: &Python,
    profile: &Profile,
    landlock: &Result<Landlock, i32>,
    hierarchy: Option<&Hierarchy>,
    setup: &dyn Fn(Ground) -> Setup,
) -> Result<Setup, SandboxError> {
    let own = Users::Own { uid: sys::user(), gid: sys::group() };
    let users = if sys::user() == 0 { vec![Users::Slots { first: first_slot() }, own] } else { vec![own] };
    let mut first_error = None;
    for users in users {
        let landlock = landlock.as_ref().ok().copied();
        let confinement = Confinement { users, landlock, hierarchy: hierarchy.cloned() };
        let tried = Cells::new(python, profile, confinement).and_then(|cells| {
            let setup = setup(Ground::Cells(Arc::new(cells)));
            trial(&setup, &[ANY, CONFINED, ALONE])?;
            Ok(setup)
        });
        match tried {
            Ok(setup) => return Ok(setup),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or_else(|| SandboxError::Zygote { detail: "it was never started".to_owned() }))
}

/// Runs a program that cannot fail, and one that checks what it cannot do.
fn trial(setup: &Setup, parts: &[&str]) -> Result<(), SandboxError> {
    let limits = Limits { wall: Duration::from_mins(1), cpu: Duration::from_secs(20), ..Limits::default() };
    let program = format!("{}\nprint('ready')", parts.concat());
    let outcome =
        super::run(setup, &Job { program: program.as_str().into(), limits, ..Job::default() }, &Stop::default())?;
    if outcome.how == How::Exit(0) && outcome.stdout.bytes == b"ready\n" {
        return Ok(());
    }
    Err(super::trial_error(&outcome))
}

/// The first of the users that cells take in turn: users that nobody else is, as far as one can tell.
fn first_slot() -> u32 {
    // A machine of its own has all numbers; a container may have few.
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let mut numbers = map.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
    let has_all = numbers.nth(2).is_some_and(|count| count > 1 << 31);
    if has_all { 1_500_000_000 + std::process::id() % 4_000_000 * super::cell::SLOTS } else { 61_000 }
}

/// Digest of all that the engine decides about a program. Parts are prefixed by their length.
pub(super) fn recipe(level: Level) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(VERSION.as_bytes());
    part(level.to_string().as_bytes());
    part(&Profile::python_digest());
    part(spawn::WORLD.as_bytes());
    match level {
        Level::L2 | Level::L3 => {
            part(zygote::PROGRAM.as_bytes());
            part(wire::SCRATCH.as_bytes());
        }
        Level::L0 | Level::L1 => part(spawn::START.as_bytes()),
    }
    if level > Level::L0 {
        part(&filter::program());
    }
    *hasher.finalize().as_bytes()
}

const NOT_WANTED: &str = "another level was asked for";

fn entry(mechanism: &str, reason: &str, remedy: &str) -> Missing {
    Missing { mechanism: mechanism.to_owned(), reason: reason.to_owned(), remedy: remedy.to_owned() }
}

fn not_wanted(mechanism: &str) -> Missing {
    entry(mechanism, NOT_WANTED, "ask for no level to get the highest")
}

fn no_groups(reason: String) -> Missing {
    let remedy = if sys::user() == 0 {
        "mount /sys/fs/cgroup writable with the controllers memory and pids (in a container: `--privileged`, or `--cgroupns=private` \
         with a writable mount)"
    } else {
        "run as root, or with delegated controllers (`systemd-run --user --scope -p Delegate=yes mend ...`)"
    };
    Missing { mechanism: "control groups".to_owned(), reason, remedy: remedy.to_owned() }
}

fn no_landlock(errno: i32) -> Missing {
    let (reason, remedy) = if errno == libc::EOPNOTSUPP {
        ("Landlock is built into this kernel but not switched on", "boot with `lsm=landlock,...`")
    } else {
        ("this kernel has no Landlock, or the container forbids it", "use Linux 5.13 or newer")
    };
    entry("Landlock", reason, remedy)
}

fn no_namespaces(error: &SandboxError, user: u32) -> Missing {
    let setting = |path: &str| fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default();
    let in_container = ["/.dockerenv", "/run/.containerenv"].iter().any(|path| Path::new(path).exists());
    let remedy = if in_container {
        "let the container make namespaces: `--security-opt seccomp=unconfined --security-opt apparmor=unconfined --cap-add SYS_ADMIN`"
    } else if user != 0 && setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" {
        "`sysctl kernel.apparmor_restrict_unprivileged_userns=0`, or an AppArmor profile for mend with `userns,`"
    } else if user != 0 && setting("/proc/sys/kernel/unprivileged_userns_clone") == "0" {
        "`sysctl kernel.unprivileged_userns_clone=1`"
    } else if setting("/proc/sys/user/max_user_namespaces") == "0" {
        "`sysctl user.max_user_namespaces=10000`"
    } else {
        "use Linux 5.12 or newer and allow processes to make namespaces, or run as root"
    };
    Missing { mechanism: "namespaces".to_owned(), reason: in_full(error), remedy: remedy.to_owned() }
}

/// What programs in cells miss where those have no `/proc` of their own.
fn no_proc(setup: &Setup) -> Option<Missing> {
    let Ground::Cells(cells) = &setup.ground else { return None };
    let errno = cells.without_proc()?;
    let error = std::io::Error::from_raw_os_error(errno);
    Some(Missing {
        mechanism: "/proc".to_owned(),
        reason: format!("no /proc can be mounted for programs, which then lack /dev/stdin and /proc/self: {error}"),
        remedy: "show the container all of /proc (`--security-opt systempaths=unconfined`), or run as root".to_owned(),
    })
}

/// What is only roughly limited where jobs share the machine's namespaces.
fn shared_limits(user: u32) -> Missing {
    if user == 0 {
        entry("process limit", "the kernel does not limit the processes of root", "run as an ordinary user")
    } else {
        entry(
            "process limit",
            "the kernel counts all processes of the user, so a job's own are limited only roughly",
            "make namespaces possible",
        )
    }
}

/// Processes and threads of a user.
fn count_tasks(user: u32) -> u64 {
    let Ok(processes) = fs::read_dir("/proc") else { return 0 };
    let own = processes.flatten().filter(|entry| entry.metadata().is_ok_and(|metadata| metadata.uid() == user));
    own.map(|entry| fs::read_dir(entry.path().join("task")).map_or(0, |tasks| tasks.count() as u64)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_and_nothing_else_of_the_machine_decides_the_recipe() {
        let recipes: std::collections::BTreeSet<_> = Level::ALL.into_iter().map(recipe).collect();
        assert_eq!(recipes.len(), 4);
        assert_eq!(recipe(Level::L3), recipe(Level::L3));
    }
}

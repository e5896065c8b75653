//! Control groups: memory and number of processes of a whole cell.
//!
//! A group is made per cell, below the harness's own, and the cell's zygote moves in before it forks anything; jobs
//! are born there. (Moving each job would cost milliseconds: the kernel waits for all processors.) Both versions of
//! the interface are known: version 1 has a tree for memory and one for processes, version 2 has one for both.

use super::sys;
use crate::SandboxError;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a cell's own processes take: zygote and stub.
pub(super) const OWN_PROCESSES: u64 = 2;
const OWN_MEMORY_BYTES: u64 = 32 << 20;

/// Where groups can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hierarchy {
    version: Version,
    /// The directory for memory; of version 2, for all.
    memory: PathBuf,
    /// The directory for processes; of version 2, the same.
    pids: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    V1,
    V2,
}

impl Hierarchy {
    /// Finds where this process may make groups, by making one. Returns why not otherwise.
    pub(super) fn find() -> Result<Self, String> {
        let read = |path: &str| fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
        let (mounts, own) = (read("/proc/self/mountinfo")?, read("/proc/self/cgroup")?);
        let mut why = "no memory and pids controllers are mounted".to_owned();
        for hierarchy in places(&mounts, &own) {
            hierarchy.sweep();
            match hierarchy.group("probe") {
                Ok(group) => match group.limit(64 << 20, 0, 16) {
                    Ok(()) => return Ok(hierarchy),
                    Err(error) => why = error.to_string(),
                },
                Err(error) => why = format!("{}: {}", hierarchy.memory.display(), in_words(&error)),
            }
        }
        Err(why)
    }

    /// Makes a group.
    pub(super) fn group(&self, name: &str) -> io::Result<Group> {
        let name = format!("mend-{}-{}-{name}", std::process::id(), namespace());
        let mut directories = vec![self.memory.join(&name)];
        if self.version == Version::V1 {
            directories.push(self.pids.join(&name));
        }
        let group = Group { version: self.version, directories };
        for directory in &group.directories {
            fs::create_dir(directory)?;
        }
        Ok(group)
    }

    /// Removes the groups of harnesses that were killed. Of those in other pid namespaces nothing can be told: containers
    /// that share a hierarchy leave each other's groups alone.
    pub(super) fn sweep(&self) {
        let here = namespace();
        for parent in [&self.memory, &self.pids] {
            let Ok(entries) = fs::read_dir(parent) else { continue };
            for entry in entries.flatten() {
                let name = entry.file_name();
                let owner = name.to_str().and_then(|name| {
                    let mut parts = name.strip_prefix("mend-")?.split('-');
                    let pid = parts.next()?.parse().ok()?;
                    (parts.next()? == here).then_some(pid)
                });
                if owner.is_some_and(|pid: i32| !sys::exists(pid)) {
                    // One that is still in use by somebody whose ids we cannot see is busy, and stays.
                    let _ = fs::remove_dir(entry.path());
                }
            }
        }
    }
}

/// The number of the pid namespace in which our process ids mean something; empty where `/proc` does not say.
fn namespace() -> String {
    let link = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    link.to_string_lossy().chars().filter(char::is_ascii_digit).collect()
}

/// Places to try, the likeliest first.
fn places(mounts: &str, own: &str) -> Vec<Hierarchy> {
    let mut places = Vec::new();
    if let (Some(memory), Some(pids)) = (v1(mounts, own, "memory"), v1(mounts, own, "pids")) {
        places.push(Hierarchy { version: Version::V1, memory, pids });
    }
    if let Some((root, own)) = v2(mounts, own) {
        // The own group has processes in it and so, by the kernel's rule, no controllers for others: any ancestor may do.
        for directory in own.ancestors().take_while(|directory| directory.starts_with(&root)) {
            let controllers = fs::read_to_string(directory.join("cgroup.subtree_control")).unwrap_or_default();
            if ["memory", "pids"].iter().all(|name| controllers.split_whitespace().any(|word| word == *name)) {
                let directory = directory.to_owned();
                places.push(Hierarchy { version: Version::V2, memory: directory.clone(), pids: directory });
            }
        }
    }
    places
}

/// The own directory of a controller of version 1.
fn v1(mounts: &str, own: &str, controller: &str) -> Option<PathBuf> {
    let has = |list: &str| list.split(',').any(|word| word == controller);
    let (root, point) = mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let mut kind = kind.split(' ');
        (kind.next() == Some("cgroup") && has(kind.nth(1)?)).then(|| mount_of(place)).flatten()
    })?;
    let path = own.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        has(fields.next()?).then(|| fields.next()).flatten()
    })?;
    Some(below(&root, &point, path))
}

/// The mount point of version 2 and the own directory below it.
fn v2(mounts: &str, own: &str) -> Option<(PathBuf, PathBuf)> {
    let (root, point) = mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        kind.starts_with("cgroup2 ").then(|| mount_of(place)).flatten()
    })?;
    let path = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    let own = below(&root, &point, path);
    Some((point, own))
}

/// Root and mount point of a line of `mountinfo`.
fn mount_of(place: &str) -> Option<(String, PathBuf)> {
    let mut fields = place.split(' ').skip(3);
    Some((fields.next()?.to_owned(), PathBuf::from(fields.next()?)))
}

/// Where a group's directory is: a container may see only a part of the tree.
fn below(root: &str, point: &Path, path: &str) -> PathBuf {
    let path = if root == "/" { path } else { path.strip_prefix(root).unwrap_or("/") };
    point.join(path.trim_start_matches('/'))
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "not ours to change".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "mounted read-only".to_owned(),
        _ => error.to_string(),
    }
}

/// What a group has refused so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Refusals {
    /// Processes that were killed since memory ran out.
    pub(super) memory: u64,
    /// Forks that failed.
    pub(super) processes: u64,
}

/// The group of one cell. Removed when dropped; it must be empty by then.
#[derive(Debug)]
pub(super) struct Group {
    version: Version,
    directories: Vec<PathBuf>,
}

impl Group {
    /// Moves a process into the group.
    pub(super) fn take(&self, pid: libc::pid_t) -> Result<(), SandboxError> {
        self.directories.iter().try_for_each(|directory| write(&directory.join("cgroup.procs"), &pid.to_string()))
    }

    /// Limits what a job may use, its files included.
    pub(super) fn limit(&self, memory_bytes: u64, disk_bytes: u64, processes: u64) -> Result<(), SandboxError> {
        let bytes = memory_bytes.saturating_add(disk_bytes).saturating_add(OWN_MEMORY_BYTES).to_string();
        let [first, .., last] = [self.directories.first(), self.directories.last()];
        let (Some(memory), Some(pids)) = (first, last) else { return Ok(()) };
        match self.version {
            Version::V1 => {
                let (limit, with_swap) =
                    (memory.join("memory.limit_in_bytes"), memory.join("memory.memsw.limit_in_bytes"));
                // The limit with swap may never be the smaller one, so one order is for growing and one for shrinking.
                if write(&limit, &bytes).is_err() {
                    let _ = write(&with_swap, &bytes);
                    write(&limit, &bytes)?;
                }
                if with_swap.exists() {
                    write(&with_swap, &bytes)?;
                }
            }
            Version::V2 => {
                write(&memory.join("memory.max"), &bytes)?;
                let swap = memory.join("memory.swap.max");
                if swap.exists() {
                    write(&swap, "0")?;
                }
            }
        }
        write(&pids.join("pids.max"), &processes.saturating_add(OWN_PROCESSES).to_string())
    }

    /// What was refused so far.
    pub(super) fn refusals(&self) -> Refusals {
        let events = match self.version {
            Version::V1 => "memory.oom_control",
            Version::V2 => "memory.events",
        };
        let count = |directory: Option<&PathBuf>, file: &str, key: &str| {
            let text = directory.and_then(|directory| fs::read_to_string(directory.join(file)).ok());
            text.and_then(|text| text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse().ok())).unwrap_or(0)
        };
        Refusals {
            memory: count(self.directories.first(), events, "oom_kill "),
            processes: count(self.directories.last(), "pids.events", "max "),
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for directory in &self.directories {
            // The last process of the group may still be on its way out.
            for _ in 0..200 {
                match fs::remove_dir(directory) {
                    Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {
                        std::thread::sleep(Duration::from_millis(5));
                    }
                    _ => break,
                }
            }
        }
    }
}

fn write(path: &Path, text: &str) -> Result<(), SandboxError> {
    fs::write(path, text).map_err(|source| SandboxError::ControlGroup { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = "\
25 30 0:23 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755
33 25 0:28 / /sys/fs/cgroup/memory rw,nosuid shared:15 - cgroup cgroup rw,memory
34 25 0:29 /docker/abc /sys/fs/cgroup/pids rw,nosuid shared:16 - cgroup cgroup rw,pids
35 25 0:30 / /sys/fs/cgroup/cpu rw,nosuid shared:17 - cgroup cgroup rw,cpu,cpuacct
";

    #[test]
    fn groups_are_made_below_the_own_one() {
        let own = "9:pids:/docker/abc/x\n8:memory:/user/1\n7:cpu,cpuacct:/\n0::/\n";
        let found = places(V1, own);
        let expected = Hierarchy {
            version: Version::V1,
            memory: "/sys/fs/cgroup/memory/user/1".into(),
            pids: "/sys/fs/cgroup/pids/x".into(),
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn of_version_2_an_ancestor_with_both_controllers_does() {
        let root = tempfile::tempdir().unwrap();
        let slice = root.path().join("user.slice/user-1000.slice");
        fs::create_dir_all(slice.join("session.scope")).unwrap();
        fs::write(root.path().join("cgroup.subtree_control"), "cpu memory\n").unwrap();
        fs::write(root.path().join("user.slice/cgroup.subtree_control"), "cpu memory pids\n").unwrap();
        let mounts = format!("30 1 0:26 / {} rw shared:4 - cgroup2 cgroup2 rw\n", root.path().display());
        let found = places(&mounts, "0::/user.slice/user-1000.slice/session.scope\n");
        let directory = root.path().join("user.slice");
        assert_eq!(found, [Hierarchy { version: Version::V2, memory: directory.clone(), pids: directory }]);
    }

    #[test]
    fn limits_and_refusals_of_version_2_go_through_its_files() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().to_owned();
        let hierarchy = Hierarchy { version: Version::V2, memory: place.clone(), pids: place };
        let group = hierarchy.group("x").unwrap();
        let directory = group.directories[0].clone();
        group.limit(1 << 30, 1 << 20, 64).unwrap();
        let read = |file: &str| fs::read_to_string(directory.join(file)).unwrap();
        assert_eq!(read("memory.max"), ((1 << 30) + (1 << 20) + OWN_MEMORY_BYTES).to_string());
        assert_eq!(read("pids.max"), "66");
        fs::write(directory.join("memory.events"), "low 0\noom 3\noom_kill 2\n").unwrap();
        fs::write(directory.join("pids.events"), "max 7\n").unwrap();
        assert_eq!(group.refusals(), Refusals { memory: 2, processes: 7 });
    }

    #[test]
    fn groups_of_dead_harnesses_are_swept() {
        let root = tempfile::tempdir().unwrap();
        let place = root.path().to_owned();
        let hierarchy = Hierarchy { version: Version::V2, memory: place.clone(), pids: place };
        let here = namespace();
        let [own, dead] = [std::process::id(), 999_999_999].map(|pid| format!("mend-{pid}-{here}-0"));
        let elsewhere = "mend-999999999-1-0";
        for name in [own.as_str(), dead.as_str(), elsewhere, "other"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        hierarchy.sweep();
        let mut left: Vec<_> = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        let mut expected = [own.as_str(), elsewhere, "other"];
        expected.sort_unstable();
        assert_eq!(left, expected);
    }
}

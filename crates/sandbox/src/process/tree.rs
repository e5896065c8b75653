//! What the processes of a job use together, read from the kernel's tables.

use libc::pid_t;
use std::fs;

/// Sums over processes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tree {
    /// Processes and threads.
    pub(super) tasks: u64,
    /// Resident memory in bytes. What processes share is counted for each of them.
    pub(super) resident_bytes: u64,
}

impl Tree {
    /// The first process and all that descend from either; the second one, which is ours, is not counted itself.
    pub(super) fn below([main, ours]: [pid_t; 2]) -> Self {
        let mut tree = Self::default();
        let mut open = children(ours).0;
        if main > 0 && !open.contains(&main) {
            open.push(main);
        }
        // A table that changes under our eyes must not keep us here for ever.
        while let Some(pid) = open.pop().filter(|_| tree.tasks < 100_000) {
            let (children, tasks) = children(pid);
            tree.tasks += tasks;
            tree.resident_bytes += resident_bytes(pid);
            open.extend(children);
        }
        tree
    }
}

/// The children of all threads of a process, and how many threads it has.
fn children(pid: pid_t) -> (Vec<pid_t>, u64) {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return (Vec::new(), 0) };
    let mut count = 0;
    let mut children = Vec::new();
    for task in tasks.flatten() {
        count += 1;
        let list = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        children.extend(list.split_whitespace().filter_map(|pid| pid.parse::<pid_t>().ok()));
    }
    (children, count)
}

fn resident_bytes(pid: pid_t) -> u64 {
    /// Bytes of a page on the machines that the engine supports, or an underestimate.
    const PAGE: u64 = 4096;
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * PAGE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_a_thread_and_memory() {
        let tree = Tree::below([std::process::id().cast_signed(), 0]);
        assert!(tree.tasks >= 1 && tree.resident_bytes > 1 << 20, "{tree:?}");
    }
}

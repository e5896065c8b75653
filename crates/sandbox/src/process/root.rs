//! What a cell sees of the machine's files: a plan that the native half carries out.

use super::wire;
use crate::Profile;
use crate::python::Python;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

/// A program's own descriptors among the devices.
const OWN_STREAMS: [(&str, &str); 4] = [
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
    ("/dev/stderr", "/proc/self/fd/2"),
];

/// The plan, as the native half reads it: lines of a letter and a path, each ended by NUL.
pub(super) fn plan(python: &Python, profile: &Profile) -> Vec<u8> {
    let mut plan = Plan::default();
    for path in &profile.readable {
        plan.add(path);
    }
    // The shorter ones first, so that what lies inside of them needs no place of its own.
    let mut trees: Vec<&PathBuf> = python.trees.iter().chain([&python.executable]).collect();
    trees.sort();
    for path in trees {
        plan.add(path);
    }
    for path in &profile.devices {
        plan.add(path);
    }
    plan.directory(Path::new(wire::TEMPORARY));
    for directory in ["/dev", "/proc"] {
        plan.directory(Path::new(directory));
    }
    // There, but empty: what a program writes goes into its working directory, which TMPDIR names too. Only semaphores
    // have no choice of their place.
    plan.directory(Path::new("/tmp"));
    plan.link(Path::new("/dev/shm"), Path::new(wire::TEMPORARY));
    for (path, target) in OWN_STREAMS {
        plan.link(Path::new(path), Path::new(target));
    }
    plan.readable();
    plan.lines
}

#[derive(Default)]
struct Plan {
    lines: Vec<u8>,
    directories: BTreeSet<PathBuf>,
    /// Whatever is reachable already.
    added: Vec<PathBuf>,
}

impl Plan {
    /// Makes a path of the machine visible, if it exists.
    fn add(&mut self, path: &Path) {
        // Never the whole machine, and never what the cell has one of its own of.
        let own = ["/", "/proc", "/sys", "/dev", "/dev/shm", "/tmp", wire::BOX].map(Path::new);
        if own.contains(&path) || self.added.iter().any(|added| path.starts_with(added)) {
            return;
        }
        let Ok(metadata) = fs::symlink_metadata(path) else { return };
        let kind = metadata.file_type();
        if kind.is_symlink()
            && path.parent() == Some(Path::new("/"))
            && let Ok(target) = fs::read_link(path)
        {
            // Such as /bin, which is usr/bin on most machines.
            self.link(path, &target);
            return;
        }
        let Ok(source) = fs::canonicalize(path) else { return };
        let Ok(kind) = fs::metadata(&source).map(|metadata| metadata.file_type()) else { return };
        let letter = match () {
            () if kind.is_dir() => b'b',
            () if kind.is_char_device() => b'v',
            () if kind.is_file() => b'f',
            () => return,
        };
        if letter == b'b' {
            self.directory(path);
        } else if let Some(parent) = path.parent() {
            self.directory(parent);
        }
        self.line(letter, path);
        self.lines.extend(source.as_os_str().as_bytes());
        self.lines.push(0);
        self.added.push(path.to_owned());
    }

    fn link(&mut self, path: &Path, target: &Path) {
        self.line(b'l', path);
        self.lines.extend(target.as_os_str().as_bytes());
        self.lines.push(0);
        self.added.push(path.to_owned());
    }

    /// Allows to read whatever lies in the directories of the root, but for those that have rules of their own.
    fn readable(&mut self) {
        let with_rules = ["/proc", "/dev", wire::BOX].map(Path::new);
        let tops = self.directories.iter().filter(|path| path.parent() == Some(Path::new("/")));
        let tops: Vec<PathBuf> = tops.filter(|path| !with_rules.contains(&path.as_path())).cloned().collect();
        for path in tops {
            self.line(b'r', &path);
        }
    }

    /// Makes a directory and those above it.
    fn directory(&mut self, path: &Path) {
        let mut missing: Vec<&Path> = path.ancestors().filter(|above| above.parent().is_some()).collect();
        missing.reverse();
        for directory in missing {
            if self.directories.insert(directory.to_owned()) {
                self.line(b'd', directory);
            }
        }
    }

    fn line(&mut self, letter: u8, path: &Path) {
        self.lines.push(letter);
        self.lines.extend(path.as_os_str().as_bytes());
        self.lines.push(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_inside_another_one_is_bound_once() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("lib/inner")).unwrap();
        fs::write(root.join("file"), "").unwrap();
        let mut plan = Plan::default();
        for name in ["lib", "lib/inner", "absent", "file"] {
            plan.add(&root.join(name));
        }
        plan.add(Path::new("/"));
        let text = String::from_utf8(plan.lines).unwrap().replace(root.to_str().unwrap(), "ROOT");
        let lines: Vec<&str> = text.split('\0').filter(|line| line.contains("ROOT")).collect();
        assert_eq!(lines, ["dROOT", "dROOT/lib", "bROOT/lib", "ROOT/lib", "fROOT/file", "ROOT/file"]);
    }

    #[test]
    fn directories_of_the_root_can_be_read_but_for_those_with_rules_of_their_own() {
        let mut plan = Plan::default();
        for path in ["/usr/lib", "/dev", "/proc", "/opt", wire::TEMPORARY] {
            plan.directory(Path::new(path));
        }
        plan.readable();
        let text = String::from_utf8(plan.lines).unwrap();
        let lines: Vec<&str> = text.split('\0').filter(|line| line.starts_with('r')).collect();
        assert_eq!(lines, ["r/opt", "r/usr"]);
    }
}

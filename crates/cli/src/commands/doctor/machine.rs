//! What disturbs time limits on this machine, and what is scarce there: the processor's clock, other work, memory, disks,
//! interpreters. Each with what to do.
//!
//! It reads files of the kernel and starts nothing. What a machine does not say is unknown, and no fault.

use serde::Serialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is about.
    pub name: &'static str,
    /// What was found; `None` where the machine does not say.
    pub found: Option<String>,
    /// Whether that is as it should be; `None` where nothing is known, or nothing is to be preferred.
    pub good: Option<bool>,
    /// What to do where it is not.
    pub remedy: Option<String>,
}

impl Check {
    fn unknown(name: &'static str) -> Self {
        Self { name, found: None, good: None, remedy: None }
    }

    fn new(name: &'static str, found: String, good: bool, remedy: &str) -> Self {
        Self { name, found: Some(found), good: Some(good), remedy: (!good).then(|| remedy.to_owned()) }
    }
}

/// Free bytes of which less is scarce: a large run's journal, or the interpreter of the engine `wasm` with its build.
const LEAST_FREE: u64 = 2 << 30;

/// Looks at the machine. `root` is `/` but in tests; `folders` are places whose disks matter, each with its name.
pub fn look(root: &Path, cores: usize, folders: &[(&'static str, PathBuf)], path: &str) -> Vec<Check> {
    let mut checks = vec![governor(root), turbo(root), smt(root), huge_pages(root), load(root, cores)];
    checks.extend(folders.iter().map(|(name, folder)| disk(name, folder)));
    checks.push(interpreters(path));
    checks
}

/// A file of one line, as the kernel writes settings.
fn setting(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn governor(root: &Path) -> Check {
    const NAME: &str = "clock";
    let governors: BTreeSet<String> = fs::read_dir(root.join("sys/devices/system/cpu"))
        .into_iter()
        .flatten()
        .filter_map(|entry| setting(&entry.ok()?.path().join("cpufreq/scaling_governor")))
        .collect();
    if governors.is_empty() {
        return Check::unknown(NAME);
    }
    let good = governors.iter().all(|governor| governor == "performance");
    let found = format!("governor {}", governors.into_iter().collect::<Vec<_>>().join(", "));
    Check::new(NAME, found, good, "`cpupower frequency-set -g performance` as root keeps the clock at one rate")
}

fn turbo(root: &Path) -> Check {
    const NAME: &str = "turbo";
    let cpu = root.join("sys/devices/system/cpu");
    let is_on = match (setting(&cpu.join("intel_pstate/no_turbo")), setting(&cpu.join("cpufreq/boost"))) {
        (Some(off), _) => off == "0",
        (None, Some(on)) => on != "0",
        (None, None) => return Check::unknown(NAME),
    };
    let found = if is_on { "on: the clock depends on how many cores work" } else { "off" };
    let remedy = "write 1 to /sys/devices/system/cpu/intel_pstate/no_turbo, or 0 to .../cpufreq/boost, as root";
    Check::new(NAME, found.to_owned(), !is_on, remedy)
}

fn smt(root: &Path) -> Check {
    const NAME: &str = "SMT";
    let Some(active) = setting(&root.join("sys/devices/system/cpu/smt/active")) else { return Check::unknown(NAME) };
    let is_on = active == "1";
    let found = if is_on { "on: two programs share a core" } else { "off" };
    let remedy = "run with half the workers, or write off to /sys/devices/system/cpu/smt/control as root";
    Check::new(NAME, found.to_owned(), !is_on, remedy)
}

fn huge_pages(root: &Path) -> Check {
    const NAME: &str = "huge pages";
    let Some(modes) = setting(&root.join("sys/kernel/mm/transparent_hugepage/enabled")) else {
        return Check::unknown(NAME);
    };
    // The mode in force stands in brackets.
    let mode = modes.split(['[', ']']).nth(1).unwrap_or(&modes).to_owned();
    let good = mode != "always";
    Check::new(NAME, mode, good, "write madvise to /sys/kernel/mm/transparent_hugepage/enabled as root")
}

fn load(root: &Path, cores: usize) -> Check {
    const NAME: &str = "load";
    let last_minute = setting(&root.join("proc/loadavg")).and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    let Some(load) = last_minute else { return Check::unknown(NAME) };
    let good = load <= cores as f64 / 2.0;
    let found = format!("{load:.2} in the last minute, on {cores} cores");
    Check::new(NAME, found, good, "wait until the machine is idle, or take `--sandbox wasm`, which counts instructions")
}

fn disk(name: &'static str, folder: &Path) -> Check {
    // A folder that does not exist yet lies on the disk of the nearest one that does.
    let Some(there) = folder.ancestors().find(|folder| folder.is_dir()) else { return Check::unknown(name) };
    let Ok(stat) = rustix::fs::statvfs(there) else { return Check::unknown(name) };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let found = format!("{:.1} GiB free for {}", free as f64 / f64::from(1 << 30), folder.display());
    let remedy = "make room: a large run writes some hundred MiB, and the interpreter of `wasm` takes as much";
    Check::new(name, found, free >= LEAST_FREE, remedy)
}

/// Interpreters on PATH by their names, such as `python3.11`.
fn interpreters(path: &str) -> Check {
    const NAME: &str = "pythons";
    let is_python = |name: &str| {
        let version = name.strip_prefix("python3").unwrap_or("-");
        version.is_empty() || version.strip_prefix('.').is_some_and(|minor| minor.parse::<u32>().is_ok())
    };
    let names: BTreeSet<String> = path
        .split(':')
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| is_python(name))
        .collect();
    let found =
        if names.is_empty() { "none on PATH".to_owned() } else { names.iter().cloned().collect::<Vec<_>>().join(", ") };
    let remedy = "install python3 3.11 or later, or name one with `--python`; `--sandbox wasm` brings its own";
    Check::new(NAME, found, !names.is_empty(), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn told(files: &[(&str, &str)]) -> Vec<String> {
        let root = machine(files);
        let checks = look(root.path(), 4, &[], &root.path().join("bin").display().to_string());
        let line =
            |check: &Check| format!("{}: {} {:?}", check.name, check.found.as_deref().unwrap_or("-"), check.good);
        assert!(checks.iter().all(|check| check.remedy.is_some() == (check.good == Some(false))));
        checks.iter().map(line).collect()
    }

    #[test]
    fn a_quiet_machine_needs_nothing() {
        let quiet = [
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"),
            ("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n"),
            ("sys/devices/system/cpu/smt/active", "0\n"),
            ("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"),
            ("proc/loadavg", "0.10 0.50 0.70 1/200 4242\n"),
            ("bin/python3", ""),
            ("bin/python3.11", ""),
            ("bin/python3-config", ""),
        ];
        let expected = [
            "clock: governor performance Some(true)",
            "turbo: off Some(true)",
            "SMT: off Some(true)",
            "huge pages: madvise Some(true)",
            "load: 0.10 in the last minute, on 4 cores Some(true)",
            "pythons: python3, python3.11 Some(true)",
        ];
        assert_eq!(told(&quiet), expected);
    }

    #[test]
    fn what_disturbs_is_named_with_a_remedy() {
        let busy = [
            ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"),
            ("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n"),
            ("sys/devices/system/cpu/cpufreq/boost", "1\n"),
            ("sys/devices/system/cpu/smt/active", "1\n"),
            ("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n"),
            ("proc/loadavg", "7.00 0.50 0.70 1/200 4242\n"),
        ];
        let expected = [
            "clock: governor performance, powersave Some(false)",
            "turbo: on: the clock depends on how many cores work Some(false)",
            "SMT: on: two programs share a core Some(false)",
            "huge pages: always Some(false)",
            "load: 7.00 in the last minute, on 4 cores Some(false)",
            "pythons: none on PATH Some(false)",
        ];
        assert_eq!(told(&busy), expected);
    }

    #[test]
    fn a_machine_that_says_nothing_is_unknown_and_no_fault() {
        let silent =
            told(&[("bin/python3", ""), ("proc/loadavg", "soon"), ("sys/devices/system/cpu/smt/active", "\n")]);
        assert_eq!(silent.iter().filter(|line| line.ends_with("- None")).count(), 5, "{silent:?}");
        let here = look(Path::new("/"), 1, &[("disk", std::env::temp_dir().join("absent/absent"))], "");
        assert!(here.iter().any(|check| check.name == "disk" && check.found.is_some()), "{here:?}");
    }
}

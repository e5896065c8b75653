//! The runtime profile: which interpreter runs programs, what it sees, and its default limits.

use crate::Limits;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

const PYTHON: &str = include_str!("../../../sandboxes/process/python.toml");

static DEFAULT: LazyLock<Profile> =
    LazyLock::new(|| Profile::from_toml(PYTHON).expect("the profile that is built in is tested"));

/// How programs of one language are run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name of the language.
    pub name: String,
    /// The interpreter where no other is chosen: a path, or a name to look up on `PATH`.
    pub interpreter: PathBuf,
    /// Its arguments, before those that name the program.
    pub arguments: Vec<String>,
    /// Modules that are imported once and shared by all programs.
    pub imports: Vec<String>,
    /// Trees and files of the machine that a program can read, where they exist.
    pub readable: Vec<PathBuf>,
    /// Devices that a program can use, where they exist.
    pub devices: Vec<PathBuf>,
    /// The environment, beside what names the working directory and the seed.
    pub environment: BTreeMap<String, String>,
    limits: LimitsTable,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsTable {
    cpu_ms: u64,
    wall_per_cpu: u32,
    memory_mib: u32,
    output_kept_kib: u32,
    output_mib: u32,
    processes: u64,
    open_files: u64,
    file_mib: u32,
    disk_mib: u32,
    disk_files: u64,
    stack_mib: u32,
    frame_mib: u16,
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// What does not fit, with its line.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The profile that is built in, of Python.
    pub fn python() -> &'static Self {
        &DEFAULT
    }

    /// The digest of the text of [`Profile::python`].
    pub(crate) fn python_digest() -> [u8; 32] {
        *blake3::hash(PYTHON.as_bytes()).as_bytes()
    }

    /// Wall time for each unit of CPU time.
    pub fn wall_per_cpu(&self) -> u32 {
        self.limits.wall_per_cpu
    }

    /// What a program may use by default.
    pub fn limits(&self) -> Limits {
        let mib = |count: u32| u64::from(count) << 20;
        let table = &self.limits;
        let cpu = Duration::from_millis(table.cpu_ms);
        Limits {
            cpu,
            wall: cpu.saturating_mul(table.wall_per_cpu),
            memory_bytes: mib(table.memory_mib),
            output_kept_bytes: u64::from(table.output_kept_kib) << 10,
            output_bytes: mib(table.output_mib),
            processes: table.processes,
            open_files: table.open_files,
            file_bytes: mib(table.file_mib),
            disk_bytes: mib(table.disk_mib),
            disk_files: table.disk_files,
            stack_bytes: mib(table.stack_mib),
            // At most 2^16 MiB would not fit; a frame's length is a u32.
            frame_bytes: u32::from(table.frame_mib.min(4095)) << 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_that_is_built_in_can_be_read() {
        let profile = Profile::from_toml(PYTHON).unwrap();
        assert_eq!((profile.name.as_str(), profile.limits().memory_bytes), ("python", 1 << 30));
        assert_eq!(profile.limits().wall, profile.limits().cpu * 3);
    }

    #[test]
    fn an_unknown_field_is_named_with_its_line() {
        let error = Profile::from_toml(&format!("colour = 1\n{PYTHON}")).unwrap_err().to_string();
        assert!(error.contains("line 1") && error.contains("colour"), "{error}");
    }
}

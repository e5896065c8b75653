//! Runs this test binary again: at another isolation level, or as an ordinary user.

use super::common::{LEVEL, PYTHON};
use mend_sandbox::{Level, ProcessEngine, ProcessOptions};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// A user that owns nothing.
const NOBODY: u32 = 65534;

/// Who runs the tests again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    /// Whoever runs them now.
    Us,
    /// An ordinary user. Only root can do that.
    Nobody,
}

/// Runs the tests whose names hold one of `filters` again. Says so and does nothing where it cannot, and where this
/// process is such a run itself.
pub(crate) fn again(level: Level, user: As, filters: &[&str]) {
    if std::env::var_os(LEVEL).is_some() {
        return;
    }
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let mut python = None;
    if user == As::Nobody {
        if !is_root {
            println!("skipped: only root can become another user");
            return;
        }
        // The interpreter of root may lie where nobody else can look.
        python =
            ["/usr/bin/python3", "/usr/local/bin/python3"].into_iter().find(|path| fs::exists(path).unwrap_or(false));
        if python.is_none() {
            println!("skipped: no interpreter that every user can run");
            return;
        }
    } else if let Err(error) = ProcessEngine::new(ProcessOptions { level: Some(level), ..ProcessOptions::default() }) {
        println!("skipped: {error}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let binary = folder.path().join("tests");
    fs::copy(std::env::current_exe().unwrap(), &binary).unwrap();
    #[expect(clippy::disallowed_methods, reason = "starts this test binary again")]
    let mut command = Command::new(&binary);
    // One at a time: some tests look for processes by their numbers, which are the same in every cell.
    command.args(["--test-threads=1", "--skip", "again"]).args(filters);
    command.env(LEVEL, level.to_string()).current_dir("/");
    if let Some(python) = python {
        command.env(PYTHON, python).env("HOME", "/").env("PATH", "/usr/bin:/bin");
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    assert!(output.status.success(), "{level} as {user:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains("running 0 tests"), "no test ran again");
}

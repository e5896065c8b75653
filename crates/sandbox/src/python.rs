//! Finds the interpreter.
//!
//! What `python3` names may be a shell script that picks a version and costs more than the program that it
//! starts, so the real executable behind it is looked up once.

use crate::SandboxError;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Runs on any Python since 2.7, so that an old one can say how old it is.
const PROBE: &str = "\
import os, platform, sys
path = os.path.realpath(sys.executable or '')
head = '%s\\n%d.%d.%d\\n' % ((platform.python_implementation(),) + tuple(sys.version_info[:3]))
packages = [p for p in sys.path if os.path.basename(p) in ('site-packages', 'dist-packages')]
trees = [getattr(sys, n, '') for n in ('base_prefix', 'base_exec_prefix')] + [os.path.dirname(path)] + sys.path
encode = lambda ps: b'\\0'.join([p if isinstance(p, bytes) else os.fsencode(p) for p in ps])
os.write(1, head.encode('ascii') + encode([path] + packages) + b'\\n' + encode([p for p in trees if os.path.isdir(p)]))
";

/// An interpreter that can run jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Python {
    /// Its real path: absolute, no link, no shim.
    pub(crate) executable: PathBuf,
    /// Name and version, such as `CPython 3.11.7`.
    pub(crate) version: String,
    /// Folders where its installed packages lie.
    pub(crate) packages: Vec<PathBuf>,
    /// All folders that it reads from: its own, its standard library, installed packages.
    pub(crate) trees: Vec<PathBuf>,
}

/// The interpreter behind `program`, by default `python3`. The search sees the harness's own environment.
pub(crate) fn resolve(program: Option<&Path>) -> Result<Python, SandboxError> {
    let program = program.unwrap_or(Path::new("python3"));
    #[expect(clippy::disallowed_methods, reason = "asks the user's own interpreter for its path; no candidate runs")]
    let output = std::process::Command::new(program)
        .args(["-E", "-s", "-c", PROBE])
        .stdin(Stdio::null())
        .output()
        .map_err(|source| SandboxError::NoPython { program: program.to_owned(), source })?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let detail = format!("{}: {}", output.status, stderr.trim().lines().last().unwrap_or("no message"));
        return Err(SandboxError::NotPython { program: program.to_owned(), detail });
    }
    read_probe(program, &output.stdout)
}

fn read_probe(program: &Path, stdout: &[u8]) -> Result<Python, SandboxError> {
    let not_python = |detail: &str| SandboxError::NotPython { program: program.to_owned(), detail: detail.to_owned() };
    let mut lines = stdout.splitn(4, |&byte| byte == b'\n');
    let mut text = || lines.next().and_then(|line| std::str::from_utf8(line).ok()).filter(|line| !line.is_empty());
    let (Some(name), Some(number)) = (text(), text()) else { return Err(not_python("it did not say its version")) };
    let version = format!("{name} {number}");
    let mut parts = number.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let release = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    let mut paths = || {
        let line = lines.next().unwrap_or_default();
        line.split(|&byte| byte == 0).map(|path| PathBuf::from(OsString::from_vec(path.to_vec())))
    };
    let (mut paths, trees) = (paths(), paths());
    let Some(executable) = paths.next().filter(|path| path.is_absolute()) else {
        return Err(not_python("it does not know its own path"));
    };
    if name != "CPython" || release < (3, 11) {
        return Err(SandboxError::PythonTooOld { program: executable, found: version });
    }
    Ok(Python {
        executable,
        version,
        packages: paths.collect(),
        trees: trees.filter(|path| path.is_absolute()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(probe: &str, expected: Result<&str, &str>) {
        let read = read_probe(Path::new("python3"), probe.as_bytes());
        match (read, expected) {
            (Ok(python), Ok(version)) => assert_eq!(python.version, version),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (read, _) => panic!("{probe:?} gives {read:?}"),
        }
    }

    #[test]
    fn only_cpython_since_3_11_is_accepted() {
        check("CPython\n3.11.0\n/usr/bin/python3.11", Ok("CPython 3.11.0"));
        check("CPython\n3.14.2\n/opt/a b/python", Ok("CPython 3.14.2"));
        check("CPython\n3.10.13\n/usr/bin/python3.10", Err("is CPython 3.10.13, but CPython 3.11 or newer"));
        check("CPython\n2.7.18\n/usr/bin/python2", Err("is CPython 2.7.18"));
        check("PyPy\n3.11.1\n/usr/bin/pypy3", Err("is PyPy 3.11.1"));
        check("CPython\n3.11.0\n", Err("its own path"));
        check("", Err("did not say its version"));
    }

    #[test]
    fn a_missing_interpreter_is_named_with_a_remedy() {
        let error = resolve(Some(Path::new("/nonexistent/python3"))).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("`/nonexistent/python3`") && text.contains("apt install python3"), "{text}");
    }

    #[test]
    fn a_program_that_is_no_interpreter_is_said_to_be_none() {
        let error = resolve(Some(Path::new("/bin/false"))).unwrap_err();
        assert!(matches!(error, SandboxError::NotPython { .. }), "{error}");
    }
}

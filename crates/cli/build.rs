//! Records the commit that the binary is built from, and its features. Outside a checkout there is no commit, unless
//! MEND_COMMIT in the environment names one.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=MEND_COMMIT");
    // Of a worktree `.git` is a file that names the folder.
    let git = std::fs::read_to_string("../../.git").ok();
    let git = git.as_deref().and_then(|text| text.strip_prefix("gitdir:")).map_or("../../.git", str::trim);
    for watched in ["HEAD", "index"] {
        let path = format!("{git}/{watched}");
        if std::path::Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let commit = std::env::var("MEND_COMMIT").ok().filter(|commit| !commit.is_empty()).or_else(commit);
    if let Some(commit) = &commit {
        println!("cargo::rustc-env=MEND_COMMIT={commit}");
    }
    let commit = commit.map_or_else(|| "commit not known".to_owned(), |commit| format!("commit {commit}"));
    let engines = if std::env::var_os("CARGO_FEATURE_WASM").is_some() { "process, wasm" } else { "process" };
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    println!("cargo::rustc-env=MEND_LONG_VERSION={version} ({commit}; engines: {engines})");
}

/// The commit of the checkout, if this is one and git is there.
fn commit() -> Option<String> {
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).filter(|commit| !commit.is_empty())?;
    let dirty = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| !changes.is_empty());
    Some(format!("{commit}{}", if dirty { "+dirty" } else { "" }))
}

#[expect(clippy::disallowed_methods, reason = "a build script runs git, not a candidate")]
fn git(arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

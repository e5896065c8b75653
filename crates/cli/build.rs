//! Records the commit that the binary is built from. Outside a checkout there is none.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for watched in ["HEAD", "index"] {
        let path = format!("../../.git/{watched}");
        if std::path::Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]).filter(|commit| !commit.is_empty()) else { return };
    let dirty = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| !changes.is_empty());
    println!("cargo::rustc-env=MEND_COMMIT={commit}{}", if dirty { "+dirty" } else { "" });
}

#[expect(clippy::disallowed_methods, reason = "a build script runs git, not a candidate")]
fn git(arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

//! Samples that are no file of text: a folder of programs as EvalPlus writes it, and a packed log of Inspect. Both become
//! rows, which the model crate reads.

use crate::data::read_file;
use crate::failure::Failure;
use crate::zip;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Where a packed log keeps its samples.
const SAMPLES: &str = "samples/";

/// The bytes of a samples file, as rows where it is a folder or packed.
pub(crate) fn read_samples(path: &Path) -> Result<Vec<u8>, Failure> {
    if path.is_dir() {
        return folder(path);
    }
    let bytes = read_file(path)?;
    if bytes.starts_with(zip::MAGIC) { packed(path, &bytes) } else { Ok(bytes) }
}

/// A folder for each problem, named after its id with `_` for `/`, which holds its programs as `0.py`, `1.py` and so on.
fn folder(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut rows = String::new();
    for problem in listed(path)?.into_iter().filter(|entry| entry.is_dir()) {
        let name = problem.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let id = name.rsplit_once('_').map_or(name.clone(), |(set, number)| format!("{set}/{number}"));
        let mut programs: Vec<(u64, PathBuf)> = listed(&problem)?
            .into_iter()
            .filter(|file| file.extension().is_some_and(|extension| extension == "py"))
            .filter_map(|file| Some((file.file_stem()?.to_str()?.parse().ok()?, file)))
            .collect();
        programs.sort();
        for (_, file) in programs {
            let program = String::from_utf8_lossy(&read_file(&file)?).into_owned();
            rows.push_str(&json!({"task_id": id, "solution": program}).to_string());
            rows.push('\n');
        }
    }
    if rows.is_empty() {
        let failure = Failure::usage(format!("`{}` is a folder without samples", path.display()));
        return Err(failure.hint(
            "expected a folder for each problem, such as `HumanEval_0`, with programs `0.py`, `1.py`, as EvalPlus writes them",
        ));
    }
    Ok(rows.into_bytes())
}

fn listed(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let cannot = |source: std::io::Error| Failure::usage(format!("cannot read `{}`: {source}", path.display()));
    let entries = std::fs::read_dir(path).map_err(cannot)?;
    let mut paths =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>().map_err(cannot)?;
    paths.sort();
    Ok(paths)
}

/// The samples of a packed log, one a line.
fn packed(path: &Path, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
    let wrong = |why: String| {
        let failure = Failure::usage(format!("`{}` cannot be unpacked: {why}", path.display()));
        failure.hint("`inspect log convert --to json` writes the log as JSON, which can be read")
    };
    let entries = zip::entries(bytes).map_err(wrong)?;
    let mut rows = Vec::new();
    let is_sample = |path: &Path| path.starts_with(SAMPLES) && path.extension().is_some_and(|end| end == "json");
    for entry in entries.iter().filter(|entry| is_sample(Path::new(&entry.name))) {
        let text = entry.unpacked(bytes).map_err(|why| wrong(format!("{}: {why}", entry.name)))?;
        // A sample over several lines becomes one.
        rows.extend(text.into_iter().map(|byte| if byte == b'\n' || byte == b'\r' { b' ' } else { byte }));
        rows.push(b'\n');
    }
    if rows.is_empty() {
        return Err(wrong("it holds no samples".to_owned()));
    }
    Ok(rows)
}

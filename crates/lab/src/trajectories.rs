//! Published trajectories become a run.

use crate::data::{SKIP_INVALID, read_file};
use crate::failure::{Failure, journal_failure};
use crate::import::{Elsewhere, PROBLEMS, file_name, manifest};
use crate::observer::Skipped;
use mend_core::{RepairTree, RunManifest, Seat, TreeKey};
use mend_dataset::{Trajectories, Trajectory, TrajectoryFormat};
use mend_journal::Journal;
use mend_model::{TOKENIZER, count_tokens};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The file of an imported run that holds what its source says beside programs and problems.
const REST: &str = "source.jsonl";

/// A file of published trajectories, and what to make of it.
#[derive(Debug, Clone)]
pub struct TrajectoryFile {
    /// Its format.
    pub format: TrajectoryFormat,
    /// The file, plain or gzipped.
    pub file: PathBuf,
    /// The model that wrote all of it; `None` for `published:` and the file's name.
    pub model: Option<String>,
    /// Whether rows that cannot be used are left out, rather than refused.
    pub skip_invalid: bool,
    /// The commit that the program was built from, if it knows.
    pub commit: Option<String>,
}

/// Trajectories that were read.
#[derive(Debug)]
pub struct ImportedTrajectories {
    /// The manifest of the run.
    pub manifest: RunManifest,
    read: Trajectories,
    source: String,
}

impl TrajectoryFile {
    /// Reads the file.
    pub fn read(&self) -> Result<ImportedTrajectories, Failure> {
        let bytes = read_file(&self.file)?;
        let source = self.file.display().to_string();
        let read = mend_dataset::trajectories(self.format, &source, &bytes, self.skip_invalid).map_err(|error| {
            let is_some_valid = || mend_dataset::trajectories(self.format, &source, &bytes, true).is_ok();
            let hint = if self.skip_invalid || !is_some_valid() {
                format!("is it a file of {}? docs/importing.md says what each format looks like", self.format.as_str())
            } else {
                SKIP_INVALID.to_owned()
            };
            Failure::usage(error).hint(hint)
        })?;
        let model = self.model.clone().unwrap_or_else(|| format!("published:{}", file_name(&self.file)));
        let mut seats: BTreeSet<Seat> = read.tasks.iter().flat_map(Trajectory::seats).collect();
        seats.insert(Seat::CODER);
        let manifest = manifest(Elsewhere {
            format: self.format.as_str(),
            file: &self.file,
            bytes: &bytes,
            problems: read.tasks.iter().map(Trajectory::entry).collect(),
            models: seats.into_iter().map(|seat| (seat, model.clone())).collect::<BTreeMap<_, _>>(),
            oracle: self.format.oracle(),
            // Where the source counts tokens these stand beside ours, as reported.
            tokenizer: TOKENIZER,
            choices: BTreeMap::new(),
            commit: self.commit.as_deref(),
        });
        Ok(ImportedTrajectories { manifest, read, source })
    }
}

impl ImportedTrajectories {
    /// The tasks that were left out.
    pub fn skipped(&self) -> Skipped {
        let rows = self.read.skipped.iter().map(ToString::to_string).collect();
        Skipped { source: self.source.clone(), what: "task", rows }
    }

    /// What is odd about the file: in how many tasks, by what it is.
    pub fn oddities(&self) -> &BTreeMap<&'static str, u64> {
        &self.read.oddities
    }

    /// Tasks, programs, programs with a recorded verdict, and tasks that carry their tests.
    pub fn counts(&self) -> [u64; 4] {
        let tasks = &self.read.tasks;
        let sums = tasks.iter().map(Trajectory::counts).fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
        let carried = tasks.iter().filter(|task| task.problem.is_some()).count() as u64;
        [tasks.len() as u64, sums.0, sums.1, carried]
    }

    /// Writes the run into a new folder, and returns its trees. Beside the run stand the problems that the file carries, and
    /// what it says beside programs.
    pub fn write(&self, folder: &Path) -> Result<Vec<RepairTree>, Failure> {
        let journal = Journal::create(folder, &self.manifest).map_err(journal_failure)?;
        let model = &self.manifest.identity.models[&Seat::CODER].name;
        let mut trees = Vec::new();
        let (mut problems, mut rest) = (String::new(), String::new());
        for task in &self.read.tasks {
            let mut tree = RepairTree::new(TreeKey { problem: task.id.clone(), replicate: 0 });
            for entry in task.entries(model, &count_tokens) {
                journal.append(&entry).map_err(journal_failure)?;
                tree.apply(&entry.event).map_err(Failure::bug)?;
            }
            trees.push(tree);
            if let Some(problem) = &task.problem {
                problems.push_str(&mend_dataset::written(problem).map_err(Failure::bug)?);
                problems.push('\n');
            }
            rest.push_str(&json!({"problem": task.id, "line": task.line, "fields": task.rest}).to_string());
            rest.push('\n');
        }
        journal.close().map_err(journal_failure)?;
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text)
                .map_err(|source| Failure::usage(format!("cannot write {}: {source}", path.display())))
        };
        if !problems.is_empty() {
            write(PROBLEMS, &problems)?;
        }
        write(REST, &rest)?;
        Ok(trees)
    }
}

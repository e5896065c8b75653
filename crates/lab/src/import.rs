//! Published programs and verdicts become a run.

use crate::asked::{self, Asked, Settled};
use crate::data::{SKIP_INVALID, absolute, read_file};
use crate::failure::{Failure, journal_failure};
use crate::observer::Skipped;
use mend_core::{
    Digest, EngineIdentity, Imported, JudgeLimits, ModelIdentity, OracleFlags, ProblemEntry, RepairTree, RunManifest,
    Seat, StrategyIdentity, TreeKey,
};
use mend_dataset::{Published, PublishedError, PublishedTask, Quirks, Reading};
use mend_journal::Journal;
use mend_model::{TOKENIZER, count_tokens};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file of an imported run that holds the problems which its source carried, with their tests.
pub(crate) const PROBLEMS: &str = "problems.jsonl";

/// The format's name.
const SELF_REPAIR: &str = "self-repair";

/// What to do about a file that can be read in two ways.
const CHOOSE: &str = "say what they are by `--single-repairs=passed` or `--single-repairs=repaired`: it decides figures, \
                      and the run's id with them";

/// The published data of the self-repair paper, and what to make of them.
#[derive(Debug, Clone)]
pub struct SelfRepair {
    /// The file, plain or gzipped.
    pub file: PathBuf,
    /// The model that wrote the programs; `None` for `published:` and the file's name.
    pub model: Option<String>,
    /// The model that explained and repaired; `None` for the same.
    pub repairer: Option<String>,
    /// How the file is read.
    pub reading: Reading,
    /// The commit that the program was built from, if it knows.
    pub commit: Option<String>,
}

/// Published data that were read.
#[derive(Debug)]
pub struct Import {
    /// The manifest of the run.
    pub manifest: RunManifest,
    published: Published,
    source: String,
}

impl SelfRepair {
    /// Reads the file.
    pub fn read(&self) -> Result<Import, Failure> {
        let bytes = read_file(&self.file)?;
        let source = self.file.display().to_string();
        let published = mend_dataset::self_repair(&source, &bytes, self.reading).map_err(|error| {
            let hint = match error {
                PublishedError::Ambiguous { .. } => Some(CHOOSE),
                PublishedError::Row(_) => (!self.reading.skip_invalid).then_some(SKIP_INVALID),
            };
            Failure::usage(error).maybe_hint(hint)
        })?;
        Ok(Import { manifest: self.manifest(&bytes, &published), published, source })
    }

    fn manifest(&self, bytes: &[u8], published: &Published) -> RunManifest {
        let file = file_name(&self.file);
        let coder = self.model.clone().unwrap_or_else(|| format!("published:{file}"));
        let repairer = self.repairer.clone().unwrap_or_else(|| coder.clone());
        // All tests are visible and decide: section 2 of the paper.
        let oracle =
            OracleFlags { sees_hidden: true, stops_on_hidden: true, selects_on_hidden: true, sees_reference: false };
        let mut attempts = published.tasks.iter().flat_map(|task| &task.programs).map(|program| &program.attempt);
        let is_counted = attempts.any(|attempt| attempt.tokens.is_some());
        let single_repairs =
            published.single_repairs.map(|meaning| ("single_repairs".to_owned(), meaning.as_str().to_owned()));
        manifest(Elsewhere {
            format: SELF_REPAIR,
            file: &self.file,
            bytes,
            problems: published.tasks.iter().map(PublishedTask::entry).collect(),
            models: [(Seat::CODER, coder), (Seat::REPAIRER, repairer)].into(),
            oracle,
            tokenizer: if is_counted { "as published" } else { TOKENIZER },
            choices: single_repairs.into_iter().collect(),
            commit: self.commit.as_deref(),
        })
    }
}

/// Somebody else's experiment, as a manifest tells it.
pub(crate) struct Elsewhere<'a> {
    /// The format's name.
    pub(crate) format: &'a str,
    /// The file.
    pub(crate) file: &'a Path,
    /// Its bytes, unpacked.
    pub(crate) bytes: &'a [u8],
    /// Its problems.
    pub(crate) problems: Vec<ProblemEntry>,
    /// Who wrote what.
    pub(crate) models: BTreeMap<Seat, String>,
    /// What its strategy knew.
    pub(crate) oracle: OracleFlags,
    /// Whose counts of tokens it has.
    pub(crate) tokenizer: &'a str,
    /// How it was read, where it can be read in several ways.
    pub(crate) choices: BTreeMap<String, String>,
    /// The commit that the program was built from, if it knows.
    pub(crate) commit: Option<&'a str>,
}

/// The manifest of somebody else's experiment.
pub(crate) fn manifest(of: Elsewhere<'_>) -> RunManifest {
    let Elsewhere { format, file, bytes, problems, models, oracle, tokenizer, choices, commit } = of;
    let digest = Digest::of(bytes);
    let model = |name| ModelIdentity { name, simulated: false, digest: Some(digest), sampling: None };
    let asked = Asked {
        // Nobody knows them.
        limits: JudgeLimits { cpu_ms: 0, memory_bytes: 0, output_bytes: 0 },
        extraction: None,
        ..Asked::default()
    };
    let settled = Settled {
        dataset: dataset_name(&problems),
        dataset_digest: digest,
        public: mend_core::Split::Statement,
        problems,
        strategy: StrategyIdentity {
            name: format.to_owned(),
            label: None,
            definition: String::new(),
            parameters: None,
            prompts: BTreeMap::new(),
            oracle,
            oracle_level: oracle.level(),
            rounds: None,
        },
        models: models.into_iter().map(|(seat, name)| (seat, model(name))).collect(),
        tokenizer: tokenizer.to_owned(),
        grader: "published".to_owned(),
        engine: EngineIdentity {
            name: "published".to_owned(),
            level: "unknown".to_owned(),
            recipe: digest,
            interpreter: "unknown".to_owned(),
        },
        fallback: None,
        imported: Some(Imported { format: format.to_owned(), file: file_name(file), digest, choices }),
        rejudged: None,
        forms: BTreeMap::new(),
    };
    asked::manifest(asked, settled, asked::environment(commit, absolute(file)))
}

pub(crate) fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

impl Import {
    /// The tasks that were left out.
    pub fn skipped(&self) -> Skipped {
        let rows = self.published.skipped.iter().map(ToString::to_string).collect();
        Skipped { source: self.source.clone(), what: "task", rows }
    }

    /// What is odd about the file.
    pub fn quirks(&self) -> &Quirks {
        &self.published.quirks
    }

    /// Writes the run into a new folder, and returns its trees.
    pub fn write(&self, folder: &Path) -> Result<Vec<RepairTree>, Failure> {
        let journal = Journal::create(folder, &self.manifest).map_err(journal_failure)?;
        let models = &self.manifest.identity.models;
        let (coder, repairer) = (&models[&Seat::CODER].name, &models[&Seat::REPAIRER].name);
        let mut trees = vec![];
        for task in &self.published.tasks {
            let mut tree = RepairTree::new(TreeKey { problem: task.id.clone(), replicate: 0 });
            for entry in task.entries(coder, repairer, &count_tokens) {
                journal.append(&entry).map_err(journal_failure)?;
                tree.apply(&entry.event).map_err(Failure::bug)?;
            }
            trees.push(tree);
        }
        journal.close().map_err(journal_failure)?;
        Ok(trees)
    }
}

/// What the ids begin with, if all begin alike.
fn dataset_name(problems: &[ProblemEntry]) -> String {
    let prefix = |entry: &ProblemEntry| entry.id.as_str().split_once('/').map(|(prefix, _)| prefix.to_lowercase());
    let first = problems.first().and_then(prefix);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match first {
        Some(name) if problems.iter().all(|entry| prefix(entry).as_ref() == Some(&name)) && name.chars().all(plain) => {
            name
        }
        _ => "published".to_owned(),
    }
}

//! `mend import`: published programs and verdicts to a run.

use super::report::publish;
use crate::args::{ImportCommand, ImportSelfRepairArgs, SingleRepairsArg};
use crate::exit::{Exit, Failure};
use crate::experiment::journal_failure;
use crate::files;
use mend_core::{
    DatasetIdentity, Digest, EngineIdentity, Environment, Identity, Imported, Integrity, JudgeLimits, ModelIdentity,
    OracleFlags, ProblemEntry, RepairTree, RunManifest, SCHEMA_VERSION, Seat, StrategyIdentity, TestsMode,
    TrafficFiles, TreeKey,
};
use mend_dataset::{Published, PublishedError, Quirks, Reading, SingleRepairs};
use mend_journal::{Journal, identity_digest};
use mend_model::{TOKENIZER, count_tokens};
use std::collections::BTreeMap;
use std::path::Path;

/// The format's name.
const SELF_REPAIR: &str = "self-repair";

/// `mend import`
pub fn run(command: &ImportCommand) -> Result<Exit, Failure> {
    match command {
        ImportCommand::SelfRepair(args) => self_repair(args),
    }
}

fn self_repair(args: &ImportSelfRepairArgs) -> Result<Exit, Failure> {
    let bytes = files::read(&args.file)?;
    let single_repairs = args.single_repairs.map(|meaning| match meaning {
        SingleRepairsArg::Passed => SingleRepairs::Passed,
        SingleRepairsArg::Repaired => SingleRepairs::Repaired,
    });
    let reading = Reading { single_repairs, skip_invalid: args.skip_invalid };
    let source = args.file.display().to_string();
    let published = mend_dataset::self_repair(&source, &bytes, reading).map_err(|error| {
        let hint = match error {
            PublishedError::Ambiguous { .. } => Some(CHOOSE),
            PublishedError::Row(_) => (!args.skip_invalid).then_some(files::SKIP_INVALID),
        };
        let failure = Failure::usage(error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })?;
    files::tell_skipped(&source, "task", published.skipped.iter().map(ToString::to_string));
    tell_quirks(&published.quirks);
    let manifest = manifest(args, &bytes, &published);
    let folder = args.output.out.clone().unwrap_or_else(|| Path::new("results").join(&manifest.run_id));
    let journal = Journal::create(&folder, &manifest).map_err(journal_failure)?;
    let models = &manifest.identity.models;
    let (coder, repairer) = (&models[&Seat::CODER].name, &models[&Seat::REPAIRER].name);
    let mut trees = vec![];
    for task in &published.tasks {
        let mut tree = RepairTree::new(TreeKey { problem: task.id.clone(), replicate: 0 });
        for entry in task.entries(coder, repairer, &count_tokens) {
            journal.append(&entry).map_err(journal_failure)?;
            tree.apply(&entry.event).map_err(|error| Failure::usage(error).with_exit(Exit::Bug))?;
        }
        trees.push(tree);
    }
    journal.close().map_err(journal_failure)?;
    publish(&folder, &manifest, &trees, &args.output.show, &args.figures)?;
    Ok(Exit::Complete)
}

/// What to do about a file that can be read in two ways.
const CHOOSE: &str = "say what they are by `--single-repairs=passed` or `--single-repairs=repaired`: it decides figures, \
                      and the run's id with them";

/// What is odd about the file, each kind in a line.
fn tell_quirks(quirks: &Quirks) {
    let told = [
        (
            quirks.rerun_marks,
            "failing programs with exactly one repair: taken as passed when they were run again (`--single-repairs=repaired` takes them as they are)",
        ),
        (
            quirks.repaired_once,
            "failing programs with exactly one repair: taken as they are (`--single-repairs=passed` takes them as passed when they were run again)",
        ),
        (quirks.passed_by_fault, "programs that pass by `fault` and not by `binary`: taken as passed"),
        (quirks.text_booleans, "values of `binary` that are text: read as true and false"),
        (quirks.unrepaired, "failing programs without repairs: settings with repairs are absent for their tasks"),
        (quirks.needless_repairs, "repairs of passing programs: left out, as they count nowhere"),
        (quirks.unexplained, "failures without a reason: they stand as wrong answers"),
    ];
    for (count, what) in told.into_iter().filter(|(count, _)| *count > 0) {
        crate::tell(&format!("{count} {what}"));
    }
}

fn manifest(args: &ImportSelfRepairArgs, bytes: &[u8], published: &Published) -> RunManifest {
    let file = args.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let digest = Digest::of(bytes);
    let problems: Vec<ProblemEntry> = published.tasks.iter().map(mend_dataset::PublishedTask::entry).collect();
    let selection = problems.iter().flat_map(|entry| [entry.id.as_str().as_bytes(), entry.digest.as_bytes()]);
    let coder = args.model.clone().unwrap_or_else(|| format!("published:{file}"));
    let repairer = args.repairer.clone().unwrap_or_else(|| coder.clone());
    let model = |name| ModelIdentity { name, simulated: false, digest: Some(digest), sampling: None };
    // All tests are visible and decide: section 2 of the paper.
    let oracle =
        OracleFlags { sees_hidden: true, stops_on_hidden: true, selects_on_hidden: true, sees_reference: false };
    let mut attempts = published.tasks.iter().flat_map(|task| &task.programs).map(|program| &program.attempt);
    let is_counted = attempts.any(|attempt| attempt.tokens.is_some());
    let single_repairs =
        published.single_repairs.map(|meaning| ("single_repairs".to_owned(), meaning.as_str().to_owned()));
    let choices = single_repairs.into_iter().collect();
    let identity = Identity {
        dataset: DatasetIdentity { name: dataset_name(&problems), digest, problems: problems.len() as u32 },
        selection: Digest::of_parts(selection),
        strategy: StrategyIdentity {
            name: SELF_REPAIR.to_owned(),
            label: None,
            definition: String::new(),
            parameters: None,
            prompts: BTreeMap::new(),
            oracle,
            oracle_level: oracle.level(),
        },
        models: [(Seat::CODER, model(coder)), (Seat::REPAIRER, model(repairer))].into(),
        tokenizer: if is_counted { "as published".to_owned() } else { TOKENIZER.to_owned() },
        limits: JudgeLimits { cpu_ms: 0, memory_bytes: 0, output_bytes: 0 },
        grader: "published".to_owned(),
        tests: TestsMode::All,
        engine: EngineIdentity {
            name: "published".to_owned(),
            level: "unknown".to_owned(),
            recipe: digest,
            interpreter: "unknown".to_owned(),
        },
        fallback: None,
        require: Integrity::Cooperative,
        replicates: 1,
        seed: 0,
        problem_budget: None,
        shares_completions: false,
        extraction: None,
        forms: std::collections::BTreeMap::new(),
        imported: Some(Imported { format: SELF_REPAIR.to_owned(), file, digest, choices }),
    };
    let identity_of = identity_digest(&identity, &problems);
    RunManifest {
        schema_version: SCHEMA_VERSION,
        run_id: format!("{}-{SELF_REPAIR}-{}", identity.dataset.name, identity_of.short()),
        identity,
        environment: Environment {
            mend_version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: option_env!("MEND_COMMIT").map(str::to_owned),
            host: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            dataset_source: std::path::absolute(&args.file).unwrap_or_else(|_| args.file.clone()).display().to_string(),
            programs_source: None,
            budget_tokens: None,
            budget_usd: None,
            prices_date: None,
            prices: BTreeMap::new(),
            traffic: TrafficFiles::default(),
            isolation_missing: Vec::new(),
            guest: None,
        },
        problems,
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

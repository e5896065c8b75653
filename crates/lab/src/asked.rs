//! What a run is asked to do, and the one place where that becomes the identity of a manifest and is read out of it again.
//!
//! An identity has two halves. What somebody asked for stands in it word for word ([`Asked`]); everything else was found for
//! that, and stands in it as names and digests ([`Settled`]). Runs that begin, that go on and that are imported all go
//! through [`manifest`] and [`parts`], which name every field: a new one does not compile until both say whose it is.

use mend_core::{
    Budget, DatasetIdentity, Digest, EngineIdentity, Environment, Extraction, Form, Identity, Imported, Integrity,
    JudgeLimits, ModelIdentity, ProblemEntry, Rejudged, RunManifest, SCHEMA_VERSION, Seat, Split, StrategyIdentity,
    TestsMode,
};
use mend_journal::identity_digest;
use std::collections::BTreeMap;

/// Bytes of output after which a candidate is stopped.
const OUTPUT_BYTES: u64 = 16 << 20;

/// What somebody asked for, as it stands in the identity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// Limits of one test.
    pub limits: JudgeLimits,
    /// Whether a suite goes on after a failing test.
    pub tests: TestsMode,
    /// The least integrity that is scored.
    pub require: Integrity,
    /// Independent trees of each problem.
    pub replicates: u32,
    /// The run's seed.
    pub seed: u64,
    /// What may be spent on each tree; `None` for as much as it takes.
    pub problem_budget: Option<Budget>,
    /// Whether completions that runs with another seed bought may be used.
    pub shares_completions: bool,
    /// The rules by which programs are found in answers; `None` if somebody else found them.
    pub extraction: Option<Extraction>,
}

impl Default for Asked {
    /// One tree of each problem, all tests, three seconds and a GiB for each.
    fn default() -> Self {
        Self {
            limits: limits(3000, 1 << 30),
            tests: TestsMode::All,
            require: Integrity::Cooperative,
            replicates: 1,
            seed: 0,
            problem_budget: None,
            shares_completions: false,
            extraction: Some(Extraction::default()),
        }
    }
}

/// Limits by what somebody chooses.
pub fn limits(cpu_ms: u64, memory_bytes: u64) -> JudgeLimits {
    JudgeLimits { cpu_ms, memory_bytes, output_bytes: OUTPUT_BYTES }
}

/// What was found for what was asked: names and digests of all else that decides numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// Name of the data set.
    pub dataset: String,
    /// Digest of the whole data set.
    pub dataset_digest: Digest,
    /// Which tests count as public; a file by its name alone.
    pub public: Split,
    /// The chosen problems, in the data set's order.
    pub problems: Vec<ProblemEntry>,
    /// The strategy.
    pub strategy: StrategyIdentity,
    /// The model of each seat.
    pub models: BTreeMap<Seat, ModelIdentity>,
    /// The tokenizer behind every count of our own.
    pub tokenizer: String,
    /// The rules of judging.
    pub grader: String,
    /// The engine that judges every candidate first.
    pub engine: EngineIdentity,
    /// The engine that judges what the first does not support.
    pub fallback: Option<EngineIdentity>,
    /// The file that the run was made from, if it was imported.
    pub imported: Option<Imported>,
    /// The run whose programs were judged anew, if the run asked for none itself.
    pub rejudged: Option<Rejudged>,
    /// What the texts of each field of a samples file were taken for.
    pub forms: BTreeMap<String, Form>,
}

/// The manifest of a run: the one writer of identities and names of runs.
pub fn manifest(asked: Asked, settled: Settled, environment: Environment) -> RunManifest {
    let Asked { limits, tests, require, replicates, seed, problem_budget, shares_completions, extraction } = asked;
    let Settled {
        dataset,
        dataset_digest,
        public,
        problems,
        strategy,
        models,
        tokenizer,
        grader,
        engine,
        fallback,
        imported,
        rejudged,
        forms,
    } = settled;
    let identity = Identity {
        dataset: DatasetIdentity { name: dataset, digest: dataset_digest, problems: problems.len() as u32, public },
        selection: selection(&problems),
        strategy,
        models,
        tokenizer,
        limits,
        grader,
        tests,
        require,
        engine,
        fallback,
        replicates,
        seed,
        imported,
        rejudged,
        problem_budget,
        shares_completions,
        extraction,
        forms,
    };
    let digest = identity_digest(&identity, &problems);
    RunManifest { schema_version: SCHEMA_VERSION, run_id: name(&identity, digest), identity, environment, problems }
}

/// The run's name, and that of its folder: data, strategy, the model that writes programs, and the digest of all that
/// decides numbers. Where saved programs are repaired the model is the one that repairs them.
///
/// A run that judged another one's programs anew is called after that run.
fn name(identity: &Identity, digest: Digest) -> String {
    if let Some(source) = &identity.rejudged {
        return format!("{}-rejudged-{}", source.run, digest.short());
    }
    let is_saved = |model: &ModelIdentity| {
        ["run:", "samples:", "dataset:", "mutants"].iter().any(|word| model.name.starts_with(word))
    };
    let [coder, repairer] = [Seat::CODER, Seat::REPAIRER].map(|seat| identity.models.get(&seat));
    let writes = coder.filter(|model| !is_saved(model)).or(repairer).or(coder);
    let model = writes.or_else(|| identity.models.values().next()).map(|model| part_of_a_name(&model.name));
    let (model, digest) = (model.unwrap_or_default(), digest.short());
    let parts = [identity.dataset.name.as_str(), &identity.strategy.name, &model, &digest];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// A model's name as a part of a folder's: whatever a shell, a URL or a file system could take for something else is a
/// hyphen, and the end of a long name is cut off. The digest tells names that are alike then.
fn part_of_a_name(model: &str) -> String {
    const LONGEST: usize = 40;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    let words = model.split(|c| !is_plain(c)).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-");
    // One byte for each letter, as all of them are ASCII.
    joined[..joined.len().min(LONGEST)].trim_matches(['-', '.']).to_owned()
}

/// Digest over the ids and digests of the chosen problems, in order.
fn selection(problems: &[ProblemEntry]) -> Digest {
    Digest::of_parts(problems.iter().flat_map(|entry| [entry.id.as_str().as_bytes(), entry.digest.as_bytes()]))
}

/// The two halves of a manifest's identity: the one reader.
pub fn parts(manifest: &RunManifest) -> (Asked, Settled) {
    let Identity {
        dataset,
        // Follows from the problems.
        selection: _,
        strategy,
        models,
        tokenizer,
        limits,
        grader,
        tests,
        require,
        engine,
        fallback,
        replicates,
        seed,
        imported,
        rejudged,
        problem_budget,
        shares_completions,
        extraction,
        forms,
    } = manifest.identity.clone();
    let asked = Asked { limits, tests, require, replicates, seed, problem_budget, shares_completions, extraction };
    let settled = Settled {
        dataset: dataset.name,
        dataset_digest: dataset.digest,
        public: dataset.public,
        problems: manifest.problems.clone(),
        strategy,
        models,
        tokenizer,
        grader,
        engine,
        fallback,
        imported,
        rejudged,
        forms,
    };
    (asked, settled)
}

/// The environment of a run that begins here: the program, the machine, and where its data lie.
pub fn environment(commit: Option<&str>, dataset_source: String) -> Environment {
    Environment {
        mend_version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: commit.map(str::to_owned),
        host: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
        dataset_source,
        ..Environment::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{OracleFlags, OracleLevel, ProblemId, Rounds, Sampling, Tokens};
    use proptest::prelude::*;

    fn engine(name: &str) -> EngineIdentity {
        let text = |word: &str| format!("{name} {word}");
        EngineIdentity {
            name: name.to_owned(),
            level: "L3".to_owned(),
            recipe: Digest::of(b"r"),
            interpreter: text("3"),
        }
    }

    /// A manifest in which every optional field that `holds` names is filled.
    fn filled(holds: [bool; 8], seed: u64, replicates: u32, temperature: f64) -> RunManifest {
        let [has_budget, shares, has_rules, has_fallback, is_imported, has_forms, is_isolated, is_rejudged] = holds;
        let entry = |number: u8| ProblemEntry {
            id: ProblemId::new(format!("p/{number}")),
            digest: Digest::of(&[number]),
            difficulty: (number == 0).then(|| "easy".to_owned()),
            public_tests: 1,
            hidden_tests: u32::from(number),
            integrity: Integrity::Isolated,
            dev: number == 1,
            impossible: false,
            known: Vec::new(),
        };
        let oracle = OracleFlags { sees_hidden: true, ..OracleFlags::default() };
        let model = ModelIdentity {
            name: "lab/m".to_owned(),
            simulated: false,
            digest: Some(Digest::of(b"m")),
            sampling: Some(Sampling::new(temperature, Tokens(7))),
        };
        let asked = Asked {
            limits: limits(5, 6),
            tests: TestsMode::FirstFailure,
            require: if is_isolated { Integrity::Isolated } else { Integrity::Cooperative },
            replicates,
            seed,
            problem_budget: has_budget.then_some(Budget::of_tokens(Some(Tokens(9)))),
            shares_completions: shares,
            extraction: has_rules.then_some(Extraction::Olausson),
        };
        let settled = Settled {
            dataset: "data".to_owned(),
            dataset_digest: Digest::of(b"data"),
            public: Split::FirstHalf,
            problems: vec![entry(0), entry(1)],
            strategy: StrategyIdentity {
                name: "mine".to_owned(),
                label: None,
                definition: "text".to_owned(),
                parameters: None,
                prompts: BTreeMap::new(),
                oracle,
                oracle_level: OracleLevel::TestsVisible,
                rounds: is_isolated.then(|| Rounds {
                    round: 16,
                    dev: 0.5,
                    passes: 2,
                    learn_on: Some("hidden".to_owned()),
                    dev_oracle: Some(OracleLevel::HiddenStop),
                }),
            },
            models: [(Seat::CODER, model)].into(),
            tokenizer: "t".to_owned(),
            grader: "g".to_owned(),
            engine: engine("process"),
            fallback: has_fallback.then(|| engine("wasm")),
            imported: is_imported.then(|| Imported {
                format: "f".to_owned(),
                file: "x".to_owned(),
                digest: Digest::of(b"x"),
                choices: BTreeMap::new(),
            }),
            rejudged: is_rejudged.then(|| Rejudged {
                run: "before".to_owned(),
                identity: Digest::of(b"i"),
                answers: Digest::of(b"a"),
            }),
            forms: has_forms.then(|| ("solution".to_owned(), Form::Whole)).into_iter().collect(),
        };
        manifest(asked, settled, environment(Some("abc"), "here".to_owned()))
    }

    proptest! {
        #[test]
        fn what_is_read_out_of_a_manifest_writes_it_again(
            holds: [bool; 8], seed: u64, replicates in 1..9_u32, temperature in 0.0..2.0_f64,
        ) {
            let written = filled(holds, seed, replicates, temperature);
            let (asked, settled) = parts(&written);
            prop_assert_eq!(manifest(asked, settled, written.environment.clone()), written);
        }
    }

    #[test]
    fn a_manifest_names_its_run_and_counts_its_problems() {
        let written = filled([true, true, true, true, true, true, true, false], 3, 2, 0.5);
        let digest = identity_digest(&written.identity, &written.problems);
        assert_eq!(written.run_id, format!("data-mine-lab-m-{}", digest.short()));
        assert_eq!(written.identity.dataset.problems, 2);
        let mut repaired = written.identity.clone();
        repaired.models.get_mut(&Seat::CODER).unwrap().name = "run:data-iid-lab-m-01234567".to_owned();
        assert_eq!(name(&repaired, digest), format!("data-mine-run-data-iid-lab-m-01234567-{}", digest.short()));
        repaired.models.insert(
            Seat::REPAIRER,
            ModelIdentity { name: "lab/r".to_owned(), ..repaired.models[&Seat::CODER].clone() },
        );
        assert_eq!(name(&repaired, digest), format!("data-mine-lab-r-{}", digest.short()));
        let other = filled([true, true, true, true, true, true, true, false], 4, 2, 0.5);
        assert_ne!(written.run_id, other.run_id);
        assert_eq!(written.identity.selection, other.identity.selection);
        let anew = filled([true; 8], 3, 2, 0.5);
        let digest = identity_digest(&anew.identity, &anew.problems);
        assert_eq!(anew.run_id, format!("before-rejudged-{}", digest.short()));
    }

    #[test]
    fn whatever_a_model_is_called_its_folder_has_a_plain_name() {
        for (model, part) in [
            ("sim/journeyman", "sim-journeyman"),
            ("openai/gpt-4.1-mini", "openai-gpt-4.1-mini"),
            ("samples:my samples.jsonl", "samples-my-samples.jsonl"),
            ("run:../../etc", "run-..-..-etc"),
            ("..", ""),
            ("modèle", "mod-le"),
            (&"long".repeat(30), &"long".repeat(10)),
        ] {
            assert_eq!(part_of_a_name(model), part, "{model}");
        }
    }
}

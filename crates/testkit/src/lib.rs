//! What many tests need and few are about: a manifest and a problem with every field filled in some plain way, which a
//! test changes where it is about it, published data where there are some, and whether a value is as a schema says.

mod conforms;
mod optional;

pub use conforms::conforms;
pub use optional::{is_full, shared, shared_bytes};

use mend_core::{
    Completion, DatasetIdentity, Digest, EngineIdentity, Environment, Extraction, FinishReason, Form, Identity,
    Integrity, JudgeLimits, ModelIdentity, OracleFlags, OracleLevel, Problem, ProblemEntry, ProblemId, RunManifest,
    SCHEMA_VERSION, Seat, Split, StrategyIdentity, Style, TestSuite, TestsMode, Text, Tokens, Usage,
};
use std::collections::BTreeMap;

/// The digest of everything here.
fn digest() -> Digest {
    Digest::of(b"x")
}

/// An entry of a problem with one public and one hidden test.
pub fn entry(id: &str) -> ProblemEntry {
    ProblemEntry {
        id: ProblemId::new(id),
        digest: digest(),
        difficulty: None,
        public_tests: 1,
        hidden_tests: 1,
        integrity: Integrity::Isolated,
        dev: false,
        impossible: false,
        known: Vec::new(),
    }
}

/// A manifest of these problems: one replicate, a simulated coder, the engine `process`, a strategy that may know nothing.
pub fn manifest(problems: Vec<ProblemEntry>) -> RunManifest {
    RunManifest {
        schema_version: SCHEMA_VERSION,
        run_id: "starter-repair-00000000".to_owned(),
        identity: Identity {
            dataset: DatasetIdentity {
                name: "starter".to_owned(),
                digest: digest(),
                problems: problems.len() as u32,
                public: Split::Statement,
            },
            selection: digest(),
            strategy: StrategyIdentity {
                name: "repair".to_owned(),
                label: None,
                definition: String::new(),
                parameters: None,
                prompts: BTreeMap::new(),
                oracle: OracleFlags::default(),
                oracle_level: OracleLevel::Clean,
                rounds: None,
            },
            models: BTreeMap::from([(Seat::CODER, simulated("sim/journeyman"))]),
            tokenizer: "cl100k_base".to_owned(),
            limits: JudgeLimits { cpu_ms: 1000, memory_bytes: 1 << 30, output_bytes: 1 << 20 },
            grader: "strict".to_owned(),
            tests: TestsMode::All,
            require: Integrity::Cooperative,
            engine: engine("process"),
            fallback: None,
            replicates: 1,
            seed: 1,
            imported: None,
            rejudged: None,
            problem_budget: None,
            shares_completions: false,
            extraction: Some(Extraction::Mend),
            forms: BTreeMap::new(),
        },
        environment: Environment {
            mend_version: "0.1.0".to_owned(),
            host: "test".to_owned(),
            dataset_source: "starter".to_owned(),
            ..Environment::default()
        },
        problems,
    }
}

/// A simulated model without a digest or sampling.
pub fn simulated(name: &str) -> ModelIdentity {
    ModelIdentity { name: name.to_owned(), simulated: true, digest: None, sampling: None }
}

/// An engine at the highest isolation level.
pub fn engine(name: &str) -> EngineIdentity {
    EngineIdentity {
        name: name.to_owned(),
        level: "L3".to_owned(),
        recipe: digest(),
        interpreter: "CPython 3.11.7".to_owned(),
    }
}

/// An isolated problem without tests.
pub fn problem(id: &str, style: Style, statement: &str) -> Problem {
    Problem::new(id, statement, style, TestSuite::default())
}

/// A completion that ended by itself and of which nothing else is known.
pub fn completion(text: impl Into<std::sync::Arc<str>>, form: Form) -> Completion {
    Completion {
        text: Text::new(text),
        form,
        finish_reason: FinishReason::Stop,
        usage: Usage::default(),
        counted: Tokens(0),
        counted_prompt: None,
        usd: None,
        served_model: None,
        replaced: 0,
        remark: None,
    }
}

//! What a log says of its run as a whole.

use super::scored::{SCORERS, Totals};
use super::written::object;
use crate::Run;
use mend_core::{ModelIdentity, Sampling, Seat};
use serde_json::{Value, json};

/// A journal holds no time, and Inspect wants one.
pub(super) const NO_TIME: &str = "1970-01-01T00:00:00+00:00";

/// The version of logs that is written.
const VERSION: u32 = 2;

pub(super) struct Header<'a> {
    pub(super) run: &'a Run,
    pub(super) totals: &'a Totals,
}

impl Header<'_> {
    /// All but the samples. A run that is not complete is a cancelled evaluation.
    pub(super) fn value(&self) -> Value {
        let totals = self.totals;
        let status = if totals.unfinished == 0 { "success" } else { "cancelled" };
        let strategy = self.strategy();
        json!({
            "version": VERSION,
            "status": status,
            "eval": self.spec(),
            "plan": {"name": "plan", "steps": [{"solver": strategy.0, "params": strategy.1, "params_passed": strategy.1}], "config": {}},
            "results": {
                "total_samples": totals.samples + totals.unfinished,
                "completed_samples": totals.samples,
                "scores": totals.scores(self.run.manifest.identity.replicates),
            },
            "stats": {
                "started_at": "",
                "completed_at": "",
                "model_usage": totals.spent.by_model(),
                "role_usage": totals.spent.by_seat(),
            },
        })
    }

    /// The strategy's name and its parameters.
    fn strategy(&self) -> (&str, Value) {
        let strategy = &self.run.manifest.identity.strategy;
        let parameters = strategy.parameters.iter().flatten().map(|(name, value)| (&**name, Some(json!(value))));
        (&strategy.name, object(parameters))
    }

    fn spec(&self) -> Value {
        let manifest = &self.run.manifest;
        let identity = &manifest.identity;
        let reported: Vec<&str> =
            manifest.problems.iter().filter(|entry| !entry.dev).map(|entry| entry.id.as_str()).collect();
        let coder = identity.models.get(&Seat::CODER).or_else(|| identity.models.values().next());
        let (strategy, parameters) = self.strategy();
        let scorers = SCORERS.iter().map(|scorer| json!({"name": scorer.name, "metadata": {"about": scorer.about}}));
        let roles = identity.models.iter().map(|(seat, model)| (seat.to_string(), role(model)));
        let roles: serde_json::Map<String, Value> = roles.collect();
        json!({
            "eval_id": manifest.run_id,
            "run_id": manifest.run_id,
            "created": NO_TIME,
            "task": identity.dataset.label(),
            "task_id": manifest.run_id,
            "task_version": 0,
            "task_args": {"dataset": identity.dataset.label(), "strategy": strategy, "seed": identity.seed},
            "solver": strategy,
            "solver_args": parameters,
            "solver_args_passed": parameters,
            "dataset": {
                "name": identity.dataset.label(),
                "samples": reported.len(),
                "sample_ids": reported,
                "shuffled": false,
            },
            "model": coder.map_or("none/none", |model| &*model.name),
            "model_generate_config": coder.and_then(|model| model.sampling.as_ref()).map_or_else(|| json!({}), config),
            "model_roles": roles,
            "config": {"epochs": identity.replicates, "epochs_reducer": ["mean"]},
            "packages": {"mendbench": manifest.environment.mend_version},
            "scorers": scorers.collect::<Vec<_>>(),
            "metadata": self.metadata(),
        })
    }

    fn metadata(&self) -> Value {
        let manifest = &self.run.manifest;
        let identity = &manifest.identity;
        let words = &self.run.words;
        object([
            ("simulated", Some(json!(words.simulated))),
            ("oracle_level", Some(json!(words.oracle_level))),
            ("strategy", Some(json!(words.strategy))),
            ("dataset_digest", Some(json!(words.dataset_digest))),
            ("tokenizer", Some(json!(identity.tokenizer))),
            ("engine", Some(json!(identity.engines().to_string()))),
            ("answers_without_usage", Some(json!(self.totals.spent.unreported))),
            ("trees_learnt_from", Some(json!(self.totals.dev))),
        ])
    }
}

fn role(model: &ModelIdentity) -> Value {
    let config = model.sampling.as_ref().map_or_else(|| json!({}), config);
    json!({"model": model.name, "config": config})
}

fn config(sampling: &Sampling) -> Value {
    let Sampling { temperature, top_p, max_tokens, stop, reasoning_effort, omit, max_prompt: _, per_request: _ } =
        sampling;
    // What is left to the model's own default was not sent.
    let sent = |name: &str, value: Value| (!omit.contains(name)).then_some(value);
    // Inspect refuses words that it does not know.
    let known = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
    object([
        ("temperature", sent("temperature", json!(temperature))),
        ("top_p", sent("top_p", json!(top_p))),
        ("max_tokens", sent("max_tokens", json!(max_tokens.0))),
        ("stop_seqs", if stop.is_empty() { None } else { sent("stop", json!(stop)) }),
        (
            "reasoning_effort",
            reasoning_effort.as_ref().filter(|effort| known.contains(&&***effort)).map(|effort| json!(effort)),
        ),
    ])
}

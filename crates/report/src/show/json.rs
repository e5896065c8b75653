//! The same for scripts: the problems of a run, the tree of one, and one node whole, as JSON.

use super::{Place, ended, places};
use mend_core::{Call, CallId, Node, Outcome, ProblemEntry, RepairTree, RunManifest, Slot, Suite, Text, Verdict};
use mend_metrics::{RunLabels, TokenCounts, handed_in};
use serde_json::{Value, json};

/// All problems of a run, each with what its trees hold and hand in. With a replicate only the trees of that one count.
pub fn problems_json(manifest: &RunManifest, trees: &[RepairTree], replicate: Option<u32>) -> Value {
    let of = |entry: &ProblemEntry| {
        let trees: Vec<&RepairTree> = trees
            .iter()
            .filter(|tree| tree.key.problem == entry.id)
            .filter(|tree| replicate.is_none_or(|replicate| tree.key.replicate == replicate))
            .collect();
        let nodes = || trees.iter().flat_map(|tree| tree.nodes());
        let count = |is_wanted: fn(&Node) -> bool| {
            let passes: Vec<Option<bool>> =
                nodes().filter(|node| is_wanted(node)).map(|node| node.passes(Suite::Hidden)).collect();
            json!({
                "all": passes.len(),
                "scored": passes.iter().flatten().count(),
                "passed": passes.iter().flatten().filter(|passes| **passes).count(),
            })
        };
        json!({
            "problem": entry.id,
            "difficulty": entry.difficulty,
            "dev": entry.dev,
            "programs": count(|node| node.slot.is_first_program()),
            "repairs": count(|node| node.slot.is_program() && node.slot.program_above().is_some()),
            "others": nodes().filter(|node| !node.slot.is_program()).count(),
            "trees": trees.iter().map(|tree| tree_head(manifest, tree)).collect::<Vec<_>>(),
        })
    };
    let run = RunLabels::of(manifest);
    json!({
        "run": run.id,
        "dataset": run.dataset,
        "strategy": run.strategy,
        "model": run.model,
        "simulated": run.simulated,
        "oracle_level": run.oracle_level.to_string(),
        "problems": manifest.problems.iter().map(of).collect::<Vec<_>>(),
    })
}

/// A tree with all its places, parents first.
pub fn tree_json(manifest: &RunManifest, tree: &RepairTree) -> Value {
    let mut told = tree_head(manifest, tree);
    told["run"] = json!(manifest.run_id);
    told["problem"] = json!(tree.key.problem);
    told["submitted_by_strategy"] = json!(tree.submitted().map(Slot::to_string));
    told["nodes"] = places(tree).values().map(|place| row(manifest, tree, place)).collect();
    told
}

/// A node whole, with all its texts; `None` if the tree has no such place.
pub fn node_json(manifest: &RunManifest, tree: &RepairTree, slot: &Slot) -> Option<Value> {
    let mut places = places(tree);
    let place = places.remove(slot)?;
    let mut told = row(manifest, tree, &place);
    told["run"] = json!(manifest.run_id);
    told["problem"] = json!(tree.key.problem);
    told["replicate"] = json!(tree.key.replicate);
    told["requests"] = place.calls.iter().map(|call| request(*call)).collect();
    told["shows"] = json!(place.call().map(|(_, call)| call.shows.iter().map(Slot::to_string).collect::<Vec<_>>()));
    told["prompt"] = json!(place.call().and_then(|(_, call)| body(&call.prompt)));
    let node = place.node;
    told["answer"] = json!(node.and_then(|node| node.completion.as_ref()).and_then(|answer| body(&answer.text)));
    let candidate = node.and_then(|node| node.candidate.as_ref());
    told["program"] = json!(candidate.and_then(|candidate| body(&candidate.program)));
    told["rule"] = json!(candidate.map(|candidate| candidate.rule.to_string()));
    told["found"] = json!(node.and_then(Node::found));
    told["verdict"] = json!(node.and_then(verdict));
    Some(told)
}

/// What a strategy knew in a round; `None` if the run has no such round, or has not come to it.
pub fn state_json(manifest: &RunManifest, states: &[&Text], round: usize) -> Option<Value> {
    let state = *states.get(round)?;
    let text = body(state);
    let value = text.and_then(|text| serde_json::from_str::<Value>(text).ok());
    Some(json!({
        "run": manifest.run_id,
        "round": round,
        "rounds": manifest.schedule().rounds(),
        "digest": state.digest(),
        "state": value,
    }))
}

/// Which tree it is, how far it got, and what it hands in.
fn tree_head(manifest: &RunManifest, tree: &RepairTree) -> Value {
    let handed_in = handed_in(manifest, tree);
    let paid = tree.paid();
    json!({
        "replicate": tree.key.replicate,
        "finished": tree.is_finished(),
        "handed_in": handed_in.map(|node| node.slot.to_string()),
        "handed_in_passes": handed_in.and_then(|node| node.passes(Suite::Hidden)),
        "tokens": paid.tokens,
        "usd": paid.usd.map(mend_core::Usd::as_f64),
    })
}

/// A place of a tree, without its texts.
fn row(manifest: &RunManifest, tree: &RepairTree, place: &Place<'_>) -> Value {
    let node = place.node;
    let verdict = node.and_then(verdict);
    let tests = |suite: Suite| {
        let suite = verdict.and_then(|verdict| verdict.of(suite));
        json!(suite.map(|suite| json!({ "passed": suite.passed(), "all": suite.total })))
    };
    let counts = node.map(TokenCounts::of_node).unwrap_or_default();
    json!({
        "slot": place.slot.to_string(),
        "parent": place.slot.parent().map(|parent| parent.to_string()),
        "kind": place.slot.kind().as_str(),
        "seat": place.seat().map(|seat| seat.to_string()),
        "model": node.and_then(|node| node.model.as_deref()).or(place.call().map(|(_, call)| &*call.model)),
        "made_by_script": node.is_some_and(Node::is_made),
        "ended": node.map_or_else(|| place.ended(), ended),
        "status": verdict.map(|verdict| verdict.status),
        "passes": node.and_then(|node| node.passes(Suite::Hidden)),
        "public": tests(Suite::Public),
        "hidden": tests(Suite::Hidden),
        "unscored": node.and_then(unscored),
        "handed_in": handed_in(manifest, tree).is_some_and(|node| node.slot == *place.slot),
        "billed_tokens": counts.billed,
        "paper_tokens": counts.paper,
    })
}

fn request((id, call): (&CallId, &Call)) -> Value {
    json!({
        "call": id.to_string(),
        "seat": call.seat.to_string(),
        "model": call.model,
        "became": super::fate(&call.state),
        "charged": call.state.charge().tokens,
        "asks_for": call.slots.iter().map(Slot::to_string).collect::<Vec<_>>(),
    })
}

fn verdict(node: &Node) -> Option<&Verdict> {
    match &node.outcome {
        Some(Outcome::Judged(verdict, _)) => Some(verdict),
        _ => None,
    }
}

/// Why a node cannot be scored, whoever says so.
fn unscored(node: &Node) -> Option<String> {
    match &node.outcome {
        Some(Outcome::Unscored(unscored)) => Some(unscored.why.clone()),
        Some(Outcome::Judged(verdict, _)) if !verdict.status.is_scored() => Some(verdict.status.to_string()),
        _ => None,
    }
}

fn body(text: &Text) -> Option<&str> {
    text.body().map(|body| &**body)
}

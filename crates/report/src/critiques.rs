//! `critiques.csv`: one row per critique, with what became of it.

use crate::csv_file::{CsvFile, labels, optional};
use crate::plain::plain;
use mend_core::{Node, ProblemEntry, RepairTree, RunManifest, Suite};
use mend_metrics::{RunLabels, TokenCounts};

const HEADER: [&str; 23] = [
    "run",
    "dataset",
    "model",
    "strategy",
    "oracle_level",
    "problem",
    "replicate",
    "slot",
    "parent",
    "parent_passed",
    "opinion",
    "repairs",
    "repairs_passed",
    "unscored",
    "served_model",
    "finish_reason",
    "prompt_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "completion_tokens",
    "paper_tokens",
    "tokenizer",
    "critique_digest",
];

/// The table. `parent_passed` and `repairs_passed` are about the hidden suite, `repairs` counts the scored ones;
/// `unscored` tells why there is no critique, where there is none.
pub(crate) fn table(manifest: &RunManifest, trees: &[(&ProblemEntry, &RepairTree)]) -> CsvFile {
    let run = labels(&RunLabels::of(manifest));
    let mut file = CsvFile::new(&HEADER);
    for (problem, tree) in trees {
        for node in tree.nodes().filter(|node| !node.slot.is_program()) {
            let fields = row(&manifest.identity.tokenizer, problem, tree, node);
            file.push(run.iter().cloned().chain(fields).collect());
        }
    }
    file
}

fn row(tokenizer: &str, problem: &ProblemEntry, tree: &RepairTree, node: &Node) -> [String; 18] {
    let completion = node.completion.as_ref();
    let usage = completion.map(|completion| completion.usage).unwrap_or_default();
    let parent = node.slot.parent();
    let program = parent.as_ref().and_then(|parent| tree.node(parent));
    let below = tree.nodes().filter(|repair| repair.slot.parent().as_ref() == Some(&node.slot));
    let repairs: Vec<bool> = below.filter_map(|repair| repair.passes(Suite::Hidden)).collect();
    [
        problem.id.to_string(),
        tree.key.replicate.to_string(),
        node.slot.to_string(),
        optional(parent),
        optional(program.and_then(|program| program.passes(Suite::Hidden))),
        optional(node.opinion().map(mend_core::Opinion::as_str)),
        repairs.len().to_string(),
        repairs.iter().filter(|passed| **passed).count().to_string(),
        optional(node.unscored().map(plain)),
        optional(completion.and_then(|completion| completion.served_model.as_deref()).map(plain)),
        optional(completion.map(|completion| completion.finish_reason.as_str())),
        optional(usage.prompt),
        optional(usage.cached),
        optional(usage.reasoning),
        optional(usage.completion),
        optional(TokenCounts::of_node(node).paper),
        tokenizer.to_owned(),
        optional(completion.map(|completion| completion.text.digest())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::critic_run;

    #[test]
    fn critiques_have_a_row_each_with_what_became_of_them() {
        let (manifest, trees) = critic_run();
        let trees: Vec<_> = trees.iter().map(|tree| (&manifest.problems[0], tree)).collect();
        let text = String::from_utf8(table(&manifest, &trees).bytes().unwrap()).unwrap();
        let labels = "starter-repair-0a1b2c3d,starter,sim/journeyman+sim/expert,repair,hidden_stop,";
        insta::assert_snapshot!(text.replace(labels, ".."), @"
        run,dataset,model,strategy,oracle_level,problem,replicate,slot,parent,parent_passed,opinion,repairs,repairs_passed,unscored,served_model,finish_reason,prompt_tokens,cached_tokens,reasoning_tokens,completion_tokens,paper_tokens,tokenizer,critique_digest
        ..starter/10,0,p0/f0,p0,false,incorrect,2,1,,[31msim/expert,stop,100,,,40,38,cl100k_base,831c6831fdc9a309a4c66cc3cb2fa3740a100da8b86d6fe86e9ba40deb50aa19
        ..starter/10,0,p0/f1,p0,false,,0,0,no answer came,[31msim/expert,stop,100,,,40,30,cl100k_base,831c6831fdc9a309a4c66cc3cb2fa3740a100da8b86d6fe86e9ba40deb50aa19
        ..starter/10,0,p1/f0,p1,true,correct,2,1,,[31msim/expert,stop,100,,,40,38,cl100k_base,831c6831fdc9a309a4c66cc3cb2fa3740a100da8b86d6fe86e9ba40deb50aa19
        ");
    }
}

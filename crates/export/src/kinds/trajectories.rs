//! Whole trees.

use crate::node::Whole;
use crate::provenance::served;
use crate::{ExportError, Form, Kind, Make, OfProblem, Out, Provenance, schema};
use mend_core::{Node, RepairTree};
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) const KIND: Kind = Kind {
    name: "trajectories",
    summary: "whole trees: every node with its prompt, answer, program, verdict and tokens",
    about: "\
A row is the tree of one problem in one replicate: what was asked, what came, what tests found, and what each prompt showed. \
Nodes stand parents first, siblings by number, so that a conversation is a walk down `parent`, and what a node's author knew is \
in its `messages`. Trees that nobody began have no row.

```console
$ mend export trajectories results/a-run --out trajectories.jsonl
```

Facts of failures are those that the judge kept (`verdict`), of the scoring tests too: a model that is trained on them has \
seen them.",
    papers: &[],
    flags: &[],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |_| Ok(Box::new(Trajectories)),
};

/// A tree.
#[derive(Serialize, JsonSchema)]
struct Row<'a> {
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// Whether the strategy is done with the tree.
    finished: bool,
    /// The program that the strategy handed in; null if it handed in nothing, or did not yet.
    submitted: Option<String>,
    /// The programs that the strategy ranks, best first.
    ranking: Vec<String>,
    /// Tokens that the tree cost, answers that never came included at their worst.
    spent_tokens: u64,
    /// The nodes, parents first.
    nodes: Vec<TreeNode<'a>>,
}

/// A node of a tree.
#[derive(Serialize, JsonSchema)]
struct TreeNode<'a> {
    /// Its name within the tree, such as `p0/r1`.
    slot: String,
    /// The model that was asked, as `provider/model`; null if nobody was.
    model: Option<&'a str>,
    /// The model that the server says it used, if it says.
    served_model: Option<&'a str>,
    #[serde(flatten)]
    whole: Whole<'a>,
}

struct Trajectories;

impl Make for Trajectories {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        for tree in of.trees {
            let nodes: Vec<TreeNode<'_>> = tree.nodes().map(|node| tree_node(tree, node, out)).collect();
            if nodes.is_empty() && !tree.is_finished() {
                out.leave_out("the tree was not begun", 1);
                continue;
            }
            out.row(&Row {
                provenance: of.provenance(tree, None),
                finished: tree.is_finished(),
                submitted: tree.submitted().map(ToString::to_string),
                ranking: tree.ranking().iter().map(ToString::to_string).collect(),
                spent_tokens: tree.spent().tokens.0,
                nodes,
            })?;
        }
        Ok(())
    }
}

fn tree_node<'a>(tree: &'a RepairTree, node: &'a Node, out: &mut Out<'_>) -> TreeNode<'a> {
    let whole = Whole::of(tree, node);
    whole.tell(out);
    TreeNode { slot: node.slot.to_string(), model: node.model.as_deref(), served_model: served(node), whole }
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::Options;
    use crate::fixture::{critique, judgement, program, rows, tests, tree};
    use mend_core::Opinion;

    #[test]
    fn a_row_is_a_tree_with_its_nodes_in_order() {
        let first = tree(
            "a/0",
            0,
            &[
                tests("t0", &["assert f() == 1"]),
                program("p0", "x = 1").hidden(1, 2).public(1, 1).tested("t0", 0, 1),
                critique("p0/f0", "Line 1.", Some(Opinion::Incorrect)),
                program("p0/f0/r0", "x = 2"),
                judgement("v0", Some(0.25), None).shows(&["p0"]),
                program("p1", "").no_code().text("I cannot."),
            ],
        );
        let made = rows(&KIND, &Options::default(), &[first, tree("a/0", 1, &[])]);
        assert_eq!(made.field("replicate"), ["0", "1"]);
        assert_eq!(made.field("submitted"), ["p0/f0/r0", "null"]);
        assert_eq!(made.field("slot"), ["null", "null"]);
        let row = &made.rows[0];
        let nodes = row["nodes"].as_array().unwrap();
        let slots: Vec<&str> = nodes.iter().map(|node| node["slot"].as_str().unwrap()).collect();
        assert_eq!(slots, ["p0", "p0/f0", "p0/f0/r0", "p1", "t0", "v0"]);
        let repair = &nodes[2];
        assert_eq!(repair["parent"], "p0/f0");
        assert_eq!(repair["shows"], serde_json::json!(["p0", "p0/f0"]));
        assert_eq!(repair["messages"][0]["role"], "system");
        assert_eq!(repair["messages"][1]["content"], "Solve a/0, after p0/f0, as repair.");
        assert_eq!((&repair["program"], &repair["completion"]), (&"x = 2".into(), &"```python\nx = 2\n```\n".into()));
        assert_eq!(repair["verdict"]["hidden"]["passed"], 1);
        assert_eq!((&repair["tokens"]["counted"], &repair["tokens"]["prompt"]), (&7.into(), &().into()));
        assert_eq!(
            (&nodes[0]["verdict"]["hidden"]["total"], &nodes[0]["verdict"]["status"]),
            (&2.into(), &"wrong_answer".into())
        );
        assert_eq!(
            (&nodes[0]["tested"][0]["tests"], &nodes[0]["tested"][0]["verdict"]["passed"]),
            (&"t0".into(), &0.into())
        );
        assert_eq!((&nodes[1]["reading"]["opinion"], &nodes[1]["verdict"]), (&"incorrect".into(), &().into()));
        assert_eq!((&nodes[3]["verdict"]["status"], &nodes[3]["program"]), (&"no_code".into(), &().into()));
        assert_eq!(nodes[3]["completion"], "I cannot.");
        assert_eq!(nodes[4]["reading"]["tests"][0]["source"], "assert f() == 1");
        assert_eq!(nodes[5]["reading"]["score"], 0.25);
        assert_eq!((row["spent_tokens"].as_u64(), row["simulated"].as_bool()), (Some(54), Some(true)));
    }
}

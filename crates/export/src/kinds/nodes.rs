//! All nodes, a row each.

use crate::node::Whole;
use crate::{ExportError, Form, Kind, Make, OfProblem, Out, Provenance, schema};
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) const KIND: Kind = Kind {
    name: "nodes",
    summary: "all nodes of all trees, a row each: what `trajectories` has, flat",
    about: "\
For tools that read tables: a row is a node of any kind, with the name of the node above it.

```console
$ mend export nodes results/a-run --out nodes.jsonl
```",
    papers: &[],
    flags: &[],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |_| Ok(Box::new(Nodes)),
};

/// A node.
#[derive(Serialize, JsonSchema)]
struct Row<'a> {
    #[serde(flatten)]
    provenance: Provenance<'a>,
    #[serde(flatten)]
    whole: Whole<'a>,
}

struct Nodes;

impl Make for Nodes {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        for (tree, node) in of.nodes() {
            let whole = Whole::of(tree, node);
            whole.tell(out);
            out.row(&Row { provenance: of.provenance(tree, Some(node)), whole })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::Options;
    use crate::fixture::{critique, program, rows, tree};

    #[test]
    fn every_node_has_a_row_by_problem_replicate_and_slot() {
        let plants = [program("p10", "x = 1"), program("p2", "x = 2"), critique("p2/f0", "Why?", None)];
        let trees = [tree("a/1", 0, &plants), tree("a/1", 1, &plants[..1]), tree("a/0", 0, &plants[..1])];
        let made = rows(&KIND, &Options::default(), &trees);
        assert_eq!(made.field("problem"), ["a/1", "a/1", "a/1", "a/1", "a/0"]);
        assert_eq!(made.field("replicate"), ["0", "0", "0", "1", "0"]);
        assert_eq!(made.field("slot"), ["p2", "p2/f0", "p10", "p10", "p10"]);
        assert_eq!(made.field("kind"), ["program", "critique", "program", "program", "program"]);
        assert_eq!(made.field("seat"), ["coder", "critic", "coder", "coder", "coder"]);
        assert!(made.left_out.is_empty() && made.lacking.is_empty());
    }
}

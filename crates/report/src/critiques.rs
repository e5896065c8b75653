//! `critiques.csv`: one row per critique, with what became of it.

use crate::cell::Cell;
use crate::nodes::lines;
use crate::plain::plain;
use crate::sheet::{Column, CsvFile, OfNode, OfRun, Sheet, answered, column, labels, optional, reported, said};
use mend_core::{Found, Kind, Node, Opinion, ProblemEntry, RepairTree, RunManifest, Suite};
use mend_metrics::{RunLabels, TokenCounts};

/// A critique, where it stands.
pub(crate) struct Critique<'a> {
    run: &'a RunLabels,
    tokenizer: &'a str,
    problem: &'a ProblemEntry,
    tree: &'a RepairTree,
    node: &'a Node,
}

impl OfRun for Critique<'_> {
    fn run(&self) -> &RunLabels {
        self.run
    }
}

impl OfNode for Critique<'_> {
    fn node(&self) -> &Node {
        self.node
    }
}

impl Critique<'_> {
    fn program(&self) -> Option<&Node> {
        self.tree.node(&self.node.slot.program_above()?)
    }

    /// Whether each scored repair by it passes.
    fn repairs(&self) -> Vec<bool> {
        let below = self.tree.nodes().filter(|repair| repair.slot.parent().as_ref() == Some(&self.node.slot));
        below.filter_map(|repair| repair.passes(Suite::Hidden)).collect()
    }
}

/// The table.
pub(crate) fn table(run: &RunLabels, manifest: &RunManifest, trees: &[(&ProblemEntry, &RepairTree)]) -> CsvFile {
    let tokenizer = manifest.identity.tokenizer.as_str();
    let rows = trees.iter().flat_map(|&(problem, tree)| {
        let critiques = tree.nodes().filter(|node| node.slot.kind() == Kind::Feedback);
        critiques.map(move |node| Critique { run, tokenizer, problem, tree, node })
    });
    let of_people = trees.iter().flat_map(|(_, tree)| tree.nodes()).any(|node| node.remark().is_some());
    sheet(of_people).filled(rows)
}

/// How it is laid out. `of_people` is whether people said something: tables of other runs stay as they always were.
pub(crate) fn sheet<'a>(of_people: bool) -> Sheet<Critique<'a>> {
    let (column, optional) = (column::<Critique<'a>>, optional::<Critique<'a>>);
    let mut columns: Vec<Column<Critique<'a>>> = labels();
    columns.extend([
        column("problem", "id of the problem", |row| Cell::text(&row.problem.id)),
        column("replicate", "which of the problem's independent trees, from 0", |row| Cell::of(row.tree.key.replicate)),
        column("slot", "place in the tree: `p3/f1` is the second critique of the program `p3`", |row| {
            Cell::of(&row.node.slot)
        }),
        optional("parent", "slot of the program that it is about", "it is about none, or about several", |row| {
            Cell::some(row.node.slot.program_above())
        }),
        optional(
            "parent_passed",
            "`true` if that program passes every scoring test",
            "that program is unscored, or there is none",
            |row| Cell::some(row.program().and_then(|program| program.passes(Suite::Hidden))),
        ),
        optional(
            "opinion",
            "what the critique says of the program as a whole: `correct` or `incorrect`",
            "it does not say",
            |row| Cell::some(row.node.opinion().map(Opinion::as_str)),
        ),
        column("repairs", "scored repairs that follow it", |row| Cell::of(row.repairs().len())),
        column("repairs_passed", "those of them that pass every scoring test", |row| {
            Cell::of(row.repairs().iter().filter(|passed| **passed).count())
        }),
        optional("unscored", "why there is no critique", "there is one, or no answer came yet", |row| {
            Cell::some_text(row.node.unscored().map(plain))
        }),
    ]);
    columns.extend(answered());
    columns.extend(reported());
    columns.extend([
        optional("paper_tokens", "our count of the whole critique, prompts free", "no answer came", |row| {
            Cell::some(TokenCounts::of_node(row.node).paper)
        }),
        column("tokenizer", "tokenizer behind `paper_tokens`", |row| Cell::text(row.tokenizer)),
        optional(
            "critique_digest",
            "BLAKE3 of the critique: equal critiques have equal digests",
            "no answer came",
            |row| Cell::some(row.completion().map(|completion| completion.text.digest())),
        ),
    ]);
    if of_people {
        columns.extend([optional(
        "lines",
        "lines of the program that it names, counted from 1: `3 7-8`; there, as the next, only if people said something",
        "it names none",
        |row| match row.node.found() {
            Some(Found::Critique { spans, .. }) => Cell::some(lines(spans)),
            _ => Cell::Empty,
        },
    )]);
        columns.extend(said());
    }
    Sheet::new("critiques.csv", "one critique; there only if the run had a critic", columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::critic_run;

    #[test]
    fn critiques_have_a_row_each_with_what_became_of_them() {
        let (manifest, trees) = critic_run();
        let trees: Vec<_> = trees.iter().map(|tree| (&manifest.problems[0], tree)).collect();
        let text = String::from_utf8(table(&RunLabels::of(&manifest), &manifest, &trees).bytes().unwrap()).unwrap();
        let labels = "starter-repair-0a1b2c3d,starter,sim/journeyman+sim/expert,repair,hidden_stop,";
        insta::assert_snapshot!(text.replace(labels, ".."), @"
        run,dataset,model,strategy,oracle_level,problem,replicate,slot,parent,parent_passed,opinion,repairs,repairs_passed,unscored,served_model,finish_reason,prompt_tokens,cached_tokens,reasoning_tokens,completion_tokens,paper_tokens,tokenizer,critique_digest
        ..starter/10,0,p0/f0,p0,false,incorrect,2,1,,[31msim/expert,stop,100,,,40,38,cl100k_base,831c6831fdc9a309a4c66cc3cb2fa3740a100da8b86d6fe86e9ba40deb50aa19
        ..starter/10,0,p0/f1,p0,false,,0,0,no answer came,[31msim/expert,stop,100,,,40,30,cl100k_base,831c6831fdc9a309a4c66cc3cb2fa3740a100da8b86d6fe86e9ba40deb50aa19
        ..starter/10,0,p1/f0,p1,true,correct,2,1,,[31msim/expert,stop,100,,,40,38,cl100k_base,831c6831fdc9a309a4c66cc3cb2fa3740a100da8b86d6fe86e9ba40deb50aa19
        ");
    }
}

//! Changes of programs to review: some damage what was right, others change nothing.

use crate::{ExportError, Form, Kind, Make, OfProblem, Out, Provenance, schema};
use mend_core::{Node, RepairTree};
use mend_metrics::{review_comment, unified};
use mend_python::{reformatted, renamed};
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) const KIND: Kind = Kind {
    name: "review-set",
    summary: "changes of right programs to review: mutants, which need a comment, and renamed or reformatted programs, which need none",
    about: "\
From a run that started from mutants and untouched programs (`mend run --programs mutants`). A change that needs review leads \
from the untouched program to a mutant that fails the hidden tests: `comment` names the line and what should stand there, and \
`target` is the untouched program. For each of them there is a change that needs none, as far as there are such: the untouched \
program with another name of a local variable, or formatted otherwise; its `comment` is null.

```console
$ mend run --dataset starter --model sim/journeyman --strategy iid --programs mutants --out results/a-run
$ mend export review-set results/a-run --out review.jsonl
```

How well the critic of such a run reviews stands in its `summary.json`: accuracy, precision, recall and F1 of accepting or \
rejecting under `critics`; under `bugs` the lines that it hits (`caught`), BLEU-4 of its comments (`comment_bleu`), and how many \
of the repairs by them are the target again, formatting aside (`refined_equal`), or pass (`refined_passes`). After Li et al. \
2022, CodeReviewer.",
    papers: &[72],
    flags: &[],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |_| Ok(Box::new(Review)),
};

/// A change of a program.
#[derive(Serialize, JsonSchema)]
struct Row<'a> {
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// The program before the change: right.
    old_file: &'a str,
    /// The program after the change.
    new_file: &'a str,
    /// The change, as `diff -u` writes it, without the names of files.
    diff_hunk: String,
    /// Whether the change needs review: then the hidden tests fail behind it.
    needs_review: bool,
    /// What the change is: `mutant`, `renamed` or `reformatted`.
    change: &'static str,
    /// The name of the damage, as the data set has it; null if nothing is damaged.
    damage: Option<&'a str>,
    /// The damaged lines of the new file, from 1.
    lines: Vec<u32>,
    /// What a reviewer says of the change: the line, and what should stand there; null if there is nothing to say.
    comment: Option<String>,
    /// The program that a review leads to.
    target: &'a str,
}

struct Review;

impl Make for Review {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        let Some((tree, node, right)) = untouched(of) else {
            if of.entry.known.iter().any(|known| known.damage.is_some()) {
                out.leave_out("the run holds no untouched program of its problem", 1);
            } else {
                out.leave_out("no mutant of its problem is known", 1);
            }
            return Ok(());
        };
        let mut harmless = harmless(right).into_iter();
        for known in &of.entry.known {
            let Some(damage) = known.damage.as_deref() else { continue };
            let is_it =
                |node: &Node| node.candidate.as_ref().is_some_and(|found| found.program.digest() == known.program);
            let Some((its_tree, mutant)) = first_programs(of).find(|(_, node)| is_it(node)) else {
                out.leave_out("the run did not come to the mutant", 1);
                continue;
            };
            let Some(new_file) = crate::messages::program(mutant) else {
                out.leave_out("the journal does not hold the text", 1);
                continue;
            };
            out.row(&Row {
                provenance: of.provenance(its_tree, Some(mutant)),
                old_file: right,
                new_file,
                diff_hunk: unified(right, new_file),
                needs_review: true,
                change: "mutant",
                damage: Some(damage),
                lines: known.lines.iter().copied().collect(),
                comment: review_comment(new_file, right),
                target: right,
            })?;
            let Some((change, program)) = harmless.next() else {
                out.leave_out("its problem has no further change that needs no review", 1);
                continue;
            };
            out.row(&Row {
                provenance: of.provenance(tree, Some(node)),
                old_file: right,
                new_file: &program,
                diff_hunk: unified(right, &program),
                needs_review: false,
                change,
                damage: None,
                lines: Vec::new(),
                comment: None,
                target: right,
            })?;
        }
        Ok(())
    }
}

fn first_programs<'a>(of: &OfProblem<'a>) -> impl Iterator<Item = (&'a RepairTree, &'a Node)> + use<'a> {
    of.programs().filter(|(_, node)| node.slot.is_first_program())
}

/// The first program in which nothing is damaged, with its text.
fn untouched<'a>(of: &OfProblem<'a>) -> Option<(&'a RepairTree, &'a Node, &'a str)> {
    let whole = of.entry.known.iter().find(|known| known.damage.is_none())?;
    first_programs(of).find_map(|(tree, node)| {
        let candidate = node.candidate.as_ref().filter(|candidate| candidate.program.digest() == whole.program)?;
        Some((tree, node, candidate.program.body().map(|body| &**body)?))
    })
}

/// Changes of a program that do nothing, a renamed and a reformatted one in turn.
fn harmless(right: &str) -> Vec<(&'static str, String)> {
    let mut renamed = renamed(right).into_iter().map(|program| ("renamed", program));
    let mut reformatted = reformatted(right).into_iter().map(|program| ("reformatted", program));
    let mut changes = Vec::new();
    loop {
        let pair = [renamed.next(), reformatted.next()];
        if pair.iter().all(Option::is_none) {
            return changes;
        }
        changes.extend(pair.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::Options;
    use crate::fixture::{Known, known_rows, program, tree};

    const RIGHT: &str = "def f(x, y):\n    z = x + y\n    return z";
    const MUTANT: &str = "def f(x, y):\n    z = x - y\n    return z";

    #[test]
    fn each_mutant_stands_beside_a_change_that_needs_no_review() {
        let known = [
            Known { program: MUTANT, damage: Some("minus"), lines: &[2] },
            Known { program: RIGHT, damage: None, lines: &[] },
            Known { program: "x", damage: Some("never met"), lines: &[1] },
        ];
        let plants = [program("p0", MUTANT).hidden(0, 1), program("p1", RIGHT), program("p2", "z = 1")];
        let made = known_rows(&KIND, &Options::default(), &[tree("a/0", 0, &plants)], &known);
        assert_eq!(made.field("change"), ["mutant", "renamed"]);
        let [mutant, renamed] = made.rows.as_slice() else { panic!("two rows") };
        assert_eq!(mutant["comment"], "Line 2 is wrong: `z = x - y` should be `z = x + y`.");
        assert_eq!(
            mutant["diff_hunk"],
            "@@ -1,3 +1,3 @@\n def f(x, y):\n-    z = x + y\n+    z = x - y\n     return z\n"
        );
        assert_eq!(
            (&mutant["needs_review"], &mutant["old_file"], &mutant["target"]),
            (&true.into(), &RIGHT.into(), &RIGHT.into())
        );
        assert_eq!(renamed["new_file"], RIGHT.replace('z', "z_value"));
        assert!(renamed["comment"].is_null() && renamed["needs_review"] == false && renamed["target"] == RIGHT);
        assert_eq!(made.left_out["the run did not come to the mutant"], 1);
    }

    #[test]
    fn without_an_untouched_program_there_is_nothing_to_compare_with() {
        let known = [Known { program: MUTANT, damage: Some("minus"), lines: &[2] }];
        let made = known_rows(&KIND, &Options::default(), &[tree("a/0", 0, &[program("p0", MUTANT)])], &known);
        assert_eq!(made.left_out["the run holds no untouched program of its problem"], 1);
        let made = known_rows(&KIND, &Options::default(), &[tree("a/0", 0, &[program("p0", RIGHT)])], &[]);
        assert!(made.rows.is_empty() && made.left_out["no mutant of its problem is known"] == 1);
    }
}

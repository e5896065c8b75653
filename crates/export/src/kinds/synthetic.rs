//! Critiques of programs whose mistakes are known.

use crate::messages::{self, Message, NO_MESSAGES};
use crate::{ExportError, Form, Kind, Make, OfProblem, Out, Provenance, Statements, schema};
use mend_core::{Digest, Found, Kind as NodeKind, KnownProgram, Opinion, Slot, Span};
use mend_metrics::named_lines;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

pub(crate) const KIND: Kind = Kind {
    name: "synthetic-critiques",
    summary: "critiques of mutants that name a true damage and no sound line: samples without people",
    about: "\
A run with a critic that started from mutants (`mend run --programs mutants`) knows what is wrong with each of its first programs. \
A critique is kept if it names at least one damaged line, or one beside it, and no other. Lines are named by their numbers, or by \
quoting in backticks what stands in one line alone.

```console
$ mend run --dataset starter --model sim/journeyman --strategy critic --programs mutants --out results/a-run
$ mend export synthetic-critiques results/a-run --out critiques.jsonl
```

`hits` are the damaged lines that the critique names, `misses` the others. After Zhang et al. 2025, SEFL.",
    papers: &[10],
    flags: &[],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |options| Ok(Box::new(Synthetic { statements: options.statements.clone() })),
};

/// A critique of a program whose mistakes are known.
#[derive(Serialize, JsonSchema)]
struct Row<'a> {
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// What the problem asks for; null where the data set of the run is not where it was.
    statement: Option<&'a str>,
    /// The prompt as it was sent; null where the journal holds no words of it.
    messages: Option<Vec<Message<'a>>>,
    /// The program that is criticised.
    program: &'a str,
    /// The critique.
    critique: &'a str,
    /// What the critique says of the program as a whole: `correct` or `incorrect`; null if it does not say.
    opinion: Option<&'static str>,
    /// What is wrong with the program, as was known before anybody was asked.
    known_mistakes: Vec<Mistake<'a>>,
    /// The damaged lines that the critique names, or beside which it names one.
    hits: Vec<u32>,
    /// The damaged lines that it does not name.
    misses: Vec<u32>,
}

/// A known mistake.
#[derive(Serialize, JsonSchema)]
struct Mistake<'a> {
    /// The name of the damage, as the data set has it.
    name: &'a str,
    /// The damaged lines, from 1. Where lines are gone, both neighbours.
    lines: Vec<u32>,
}

struct Synthetic {
    statements: Statements,
}

impl Make for Synthetic {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        let statement = self.statements.get(&of.entry.digest).map(|statement| &**statement);
        for (tree, node) in of.nodes().filter(|(_, node)| node.slot.kind() == NodeKind::Feedback) {
            let above = node.slot.program_above().filter(Slot::is_first_program);
            let Some(candidate) = above.and_then(|slot| tree.node(&slot)?.candidate.as_ref()) else {
                out.leave_out("it is about no first program", 1);
                continue;
            };
            let Some((known, name)) = mistake(of, candidate.program.digest()) else {
                out.leave_out("no mistake of its program is known", 1);
                continue;
            };
            let texts = candidate.program.body().zip(messages::completion(node));
            let (Some((program, critique)), Some(Found::Critique { opinion, spans, .. })) = (texts, node.found())
            else {
                out.leave_out("there is no critique, or the journal does not hold its text", 1);
                continue;
            };
            let Named { hits, has_sound } = named(&named_lines(spans, critique, program), known);
            if hits.is_empty() {
                out.leave_out("it names no damaged line", 1);
                continue;
            }
            if has_sound {
                out.leave_out("it names a sound line", 1);
                continue;
            }
            let messages = messages::of(tree, node);
            if messages.is_none() {
                out.lacking(NO_MESSAGES);
            }
            if statement.is_none() {
                out.lacking("have no `statement`: the data set of the run is not where it was");
            }
            out.row(&Row {
                provenance: of.provenance(tree, Some(node)),
                statement,
                messages,
                program,
                critique,
                opinion: opinion.map(Opinion::as_str),
                known_mistakes: vec![Mistake { name, lines: known.lines.iter().copied().collect() }],
                misses: known.lines.difference(&hits).copied().collect(),
                hits: hits.into_iter().collect(),
            })?;
        }
        Ok(())
    }
}

/// What is known to be wrong with a program of a problem.
fn mistake<'a>(of: &OfProblem<'a>, program: Digest) -> Option<(&'a KnownProgram, &'a str)> {
    let known = of.entry.known.iter().find(|known| known.program == program)?;
    Some((known, known.damage.as_deref()?))
}

/// What some named lines are.
struct Named {
    hits: BTreeSet<u32>,
    has_sound: bool,
}

/// The damaged lines among those that are named, and whether one is named that is neither damaged nor beside such a one.
fn named(spans: &[Span], known: &KnownProgram) -> Named {
    let near = |line: u32| known.lines.range(line.saturating_sub(1)..=line.saturating_add(1));
    let lines =
        || spans.iter().flat_map(|span| span.first..=span.last.max(span.first).min(span.first.saturating_add(LONGEST)));
    Named {
        hits: lines().flat_map(near).copied().collect(),
        has_sound: lines().any(|line| near(line).next().is_none()),
    }
}

/// Lines of a span that are looked at: no program is longer, and a number in a text may be any.
const LONGEST: u32 = 100_000;

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::Options;
    use crate::fixture::{Known, critique, known_rows, program, tree};
    use mend_core::{Digest, Opinion};

    const MUTANT: &str = "def f(x):\n    y = x + 1\n    z = y * 3\n    return z\n\ndef g():\n    pass";

    #[test]
    fn a_critique_is_kept_if_it_names_the_damage_and_nothing_else() {
        let plants = [
            program("p0", MUTANT).hidden(0, 1),
            critique("p0/f0", "Wrong is `z = y * 3`.", Some(Opinion::Incorrect)),
            critique("p0/f1", "See `z = y * 3` and `def g():`.", None),
            critique("p0/f2", "See `def g():`.", None),
            critique("p0/f3", "All is well.", Some(Opinion::Correct)),
            critique("p0/f4", "Beside it: `return z`.", None),
            program("p0/f0/r0", MUTANT).hidden(0, 1),
            critique("p0/f0/r0/f0", "Still `z = y * 3`.", None),
            program("p1", "x = 1"),
            critique("p1/f0", "Not `x = 1`.", Some(Opinion::Incorrect)),
        ];
        let known = [
            Known { program: MUTANT, damage: Some("thrice"), lines: &[3] },
            Known { program: "x = 1", damage: None, lines: &[] },
        ];
        let made = known_rows(&KIND, &Options::default(), &[tree("a/0", 0, &plants)], &known);
        assert_eq!(made.field("slot"), ["p0/f0", "p0/f4"]);
        let row = &made.rows[0];
        assert_eq!((&row["hits"], &row["misses"]), (&serde_json::json!([3]), &serde_json::json!([])));
        assert_eq!(row["known_mistakes"], serde_json::json!([{"name": "thrice", "lines": [3]}]));
        assert_eq!(
            (row["critique"].as_str().unwrap(), row["opinion"].as_str()),
            ("Wrong is `z = y * 3`.", Some("incorrect"))
        );
        let left_out: Vec<(&str, u64)> = made.left_out.into_iter().collect();
        assert_eq!(
            left_out,
            [
                ("it is about no first program", 1),
                ("it names a sound line", 1),
                ("it names no damaged line", 2),
                ("no mistake of its program is known", 1),
            ]
        );
    }

    #[test]
    fn what_of_the_damage_is_not_named_is_missed() {
        let plants = [program("p0", "a\nb\nc\nd\ne").hidden(0, 1), critique("p0/f0", "The `a` is wrong.", None)];
        let known = [Known { program: "a\nb\nc\nd\ne", damage: Some("twice"), lines: &[1, 5] }];
        let mut options = Options::default();
        let tree = tree("a/0", 0, &plants);
        let bare = known_rows(&KIND, &options, std::slice::from_ref(&tree), &known);
        assert_eq!(
            (&bare.rows[0]["hits"], &bare.rows[0]["misses"]),
            (&serde_json::json!([1]), &serde_json::json!([5]))
        );
        assert!(bare.rows[0]["statement"].is_null() && bare.lacking.len() == 1);
        let digest = Digest::of(b"a/0");
        options.statements = std::sync::Arc::new([(digest, "Write it.".into())].into());
        assert_eq!(known_rows(&KIND, &options, &[tree], &known).rows[0]["statement"], "Write it.");
    }
}

//! `line-labels`: for each line of a program, whether it can still be saved there.

use crate::messages::{completion, program};
use crate::{ExportError, Form, Kind, Make, OfProblem, Out, Provenance, schema};
use mend_core::{Kind as NodeKind, Node, RepairTree};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kind.
pub(crate) const KIND: Kind = Kind {
    name: "line-labels",
    summary: "programs with a label for each line: 1 before the first line after which nobody saves them, -1 from there on",
    about: "\
The strategy `probe` looks for the line at which a program goes wrong: it has a model complete the program's first lines, and a
binary search finds the first cut after which no completion passes the hidden tests. Its result stands in a note below the program,
and is handed over here with the program's lines, one row a program. A program that passes has only labels of 1.

A row is left out where the note's labels are not as many as the program's lines.

```console
$ mend run --dataset starter --model sim/novice --strategy probe --out results/probe
$ mend export line-labels results/probe --out labels.jsonl
```",
    papers: &[52],
    flags: &[],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |_| Ok(Box::new(LineLabels)),
};

/// A question that the search asked: whether some completion of the first lines passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
struct Probe {
    /// How many of the program's first lines were given.
    lines: u32,
    /// Whether a completion of them passes the hidden tests.
    saved: bool,
}

/// A program with a label for each of its lines.
#[derive(Debug, Serialize, JsonSchema)]
struct Row<'a> {
    /// The program, by `slot`.
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// The program.
    program: &'a str,
    /// Its lines, without their ends.
    lines: Vec<&'a str>,
    /// A label for each line: 1 before `label_at`, -1 from there on.
    labels: Vec<i8>,
    /// The first line, from 1, of the statement after which nobody saves the program; null if it passes.
    label_at: Option<u32>,
    /// Whether the program passes the hidden tests; null if it is unscored.
    passes: Option<bool>,
    /// The questions of the search, in order.
    probes: Vec<Probe>,
    /// Questions at further cuts, which check what the search assumes: that a shorter prefix is never harder to save.
    checks: Vec<Probe>,
    /// How many of the checks contradict the search.
    contradict: u32,
    /// Completions that were drawn.
    draws: u32,
    /// Those of them that changed the lines which they were given, and count as no completion.
    strayed: u32,
    /// The node that holds the result.
    note: String,
}

/// A result as the strategy notes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Noted {
    label_at: Option<u32>,
    labels: Vec<i8>,
    probes: Vec<(u32, bool)>,
    checks: Vec<(u32, bool)>,
    contradict: u32,
    draws: u32,
    strayed: u32,
}

struct LineLabels;

impl Make for LineLabels {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        for (tree, note) in of.nodes() {
            let Some(noted) = noted(note) else { continue };
            match row(of, tree, note, noted) {
                Ok(row) => out.row(&row)?,
                Err(why) => out.leave_out(why, 1),
            }
        }
        Ok(())
    }
}

/// The result that a node holds; `None` if it holds something else.
fn noted(node: &Node) -> Option<Noted> {
    (node.slot.kind() == NodeKind::Note && node.is_made()).then_some(())?;
    serde_json::from_str(completion(node)?).ok()
}

fn row<'a>(of: &OfProblem<'a>, tree: &'a RepairTree, note: &Node, noted: Noted) -> Result<Row<'a>, &'static str> {
    let about = note.slot.program_above().and_then(|slot| tree.node(&slot)).ok_or("the result is about no program")?;
    let text = program(about).ok_or("the program's words are not in the journal")?;
    let lines: Vec<&str> = python_lines(text);
    if lines.len() != noted.labels.len() {
        return Err("the result has another number of labels than the program has lines");
    }
    let probes = |pairs: Vec<(u32, bool)>| pairs.into_iter().map(|(lines, saved)| Probe { lines, saved }).collect();
    Ok(Row {
        provenance: of.provenance(tree, Some(about)),
        program: text,
        lines,
        labels: noted.labels,
        label_at: noted.label_at,
        passes: about.passes(mend_core::Suite::Hidden),
        probes: probes(noted.probes),
        checks: probes(noted.checks),
        contradict: noted.contradict,
        draws: noted.draws,
        strayed: noted.strayed,
        note: note.slot.to_string(),
    })
}

/// The lines of a text as scripts of strategies split them: at `\n`, `\r` and `\r\n`, the last one without an end of its own.
fn python_lines(text: &str) -> Vec<&str> {
    let mut lines = vec![];
    let mut rest = text;
    while !rest.is_empty() {
        let Some(end) = rest.find(['\n', '\r']) else {
            lines.push(rest);
            break;
        };
        lines.push(&rest[..end]);
        let width = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        rest = &rest[end + width..];
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use crate::fixture::{program, rows, tree};
    use mend_core::{Event, Text};

    fn made(code: &str, note: &str) -> crate::fixture::Rows {
        let mut tree = tree("a/0", 0, &[program("p0", code).hidden(0, 1)]);
        tree.apply(&Event::Made { slot: "p0/n0".parse().unwrap(), text: Text::new(note), of: vec![] }).unwrap();
        rows(&KIND, &Options::default(), &[tree])
    }

    #[test]
    fn each_line_has_its_label_and_the_search_is_told() {
        let note = r#"{"label_at": 3, "labels": [1, 1, -1, -1], "probes": [[2, true], [3, false]], "checks": [[1, true]],
                      "contradict": 0, "draws": 6, "strayed": 1}"#;
        let made = made("def f(x):\n    y = x\n\n    return y + 1", note);
        assert_eq!(made.rows.len(), 1);
        let row = &made.rows[0];
        assert_eq!(row["labels"], serde_json::json!([1, 1, -1, -1]));
        assert_eq!(row["lines"], serde_json::json!(["def f(x):", "    y = x", "", "    return y + 1"]));
        assert_eq!((&row["slot"], &row["note"], &row["label_at"]), (&"p0".into(), &"p0/n0".into(), &3.into()));
        assert_eq!((&row["passes"], &row["draws"], &row["strayed"]), (&false.into(), &6.into(), &1.into()));
        assert_eq!(row["probes"], serde_json::json!([{"lines": 2, "saved": true}, {"lines": 3, "saved": false}]));
    }

    #[test]
    fn a_result_that_does_not_fit_its_program_is_left_out_and_other_notes_are_none() {
        let note = r#"{"label_at": null, "labels": [1], "probes": [], "checks": [], "contradict": 0, "draws": 0, "strayed": 0}"#;
        let found = made("x = 1\ny = 2", note);
        let reason = "the result has another number of labels than the program has lines";
        assert_eq!((found.rows.len(), found.left_out), (0, [(reason, 1)].into()));
        let found = made("x = 1", "s_new 0.5, s_cur 0.25");
        assert_eq!((found.rows.len(), found.left_out.len()), (0, 0));
    }

    #[test]
    fn lines_are_those_of_scripts() {
        assert_eq!(python_lines("a\r\nb\n\nc\n"), ["a", "b", "", "c"]);
        assert_eq!(python_lines("a\rb"), ["a", "b"]);
        assert_eq!(python_lines(""), [""; 0]);
    }
}

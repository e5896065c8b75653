//! `nodes.csv`: one row per node that holds no program.

use crate::cell::Cell;
use crate::learning::{OfTurn, stands, turns};
use crate::plain::plain;
use crate::sheet::{Column, CsvFile, OfNode, OfRun, Sheet, answered, column, labels, optional, reported, said};
use mend_core::{Defect, Found, Kind, Node, Opinion, ProblemEntry, RepairTree, RunManifest, Slot, Span, Turn};
use mend_metrics::{RunLabels, TokenCounts};

/// A node, where it stands.
pub(crate) struct Row<'a> {
    run: &'a RunLabels,
    tokenizer: &'a str,
    tree: &'a RepairTree,
    node: &'a Node,
    /// Where the tree stands among the rounds.
    turn: Option<Turn>,
}

impl OfTurn for Row<'_> {
    fn turn(&self) -> Option<Turn> {
        self.turn
    }
}

impl OfRun for Row<'_> {
    fn run(&self) -> &RunLabels {
        self.run
    }
}

impl OfNode for Row<'_> {
    fn node(&self) -> &Node {
        self.node
    }
}

impl Row<'_> {
    /// The slots that its prompt showed, with blanks between them.
    fn shows(&self) -> Option<String> {
        let shows = &self.tree.call(self.node.call.as_ref()?)?.shows;
        (!shows.is_empty()).then(|| shows.iter().map(Slot::to_string).collect::<Vec<_>>().join(" "))
    }

    /// The text of a node that the strategy put together, on one line.
    fn made(&self) -> Option<String> {
        let text = self.node.completion.as_ref().filter(|_| self.node.is_made())?.text.body()?;
        let line = plain(&text.trim().lines().collect::<Vec<_>>().join("; "));
        Some(line.chars().take(MOST_MADE).collect())
    }
}

/// The most characters of a text that a strategy wrote itself.
const MOST_MADE: usize = 1_000;

/// The table: no row at all if each such node is a plain critique, since `critiques.csv` says more of those.
pub(crate) fn table(run: &RunLabels, manifest: &RunManifest, trees: &[(&ProblemEntry, &RepairTree)]) -> CsvFile {
    let tokenizer = manifest.identity.tokenizer.as_str();
    let is_other = |node: &Node| {
        let is_plain = node.slot.kind() == Kind::Feedback && node.screened.is_empty();
        !node.slot.is_program() && !is_plain
    };
    let has_others = trees.iter().flat_map(|(_, tree)| tree.nodes()).any(is_other);
    let trees = if has_others { trees } else { &[] };
    let turns = turns(manifest);
    let rows = trees.iter().flat_map(|&(_, tree)| {
        let nodes = tree.nodes().filter(|node| !node.slot.is_program());
        let turn = turns.get(&tree.key).copied();
        nodes.map(move |node| Row { run, tokenizer, tree, node, turn })
    });
    sheet(!turns.is_empty()).filled(rows)
}

/// Lines as `3 7-8`.
pub(crate) fn lines(spans: &[Span]) -> Option<String> {
    let span = |Span { first, last }: &Span| if first == last { first.to_string() } else { format!("{first}-{last}") };
    (!spans.is_empty()).then(|| spans.iter().map(span).collect::<Vec<_>>().join(" "))
}

/// Defects as `3-5 wrong_value major; 8 crash minor`.
fn listed(defects: &[Defect]) -> Option<String> {
    let one = |defect: &Defect| {
        let lines = lines(&[Span { first: defect.first, last: defect.last }]).unwrap_or_default();
        format!("{lines} {} {}", defect.fault.as_str(), defect.severity.as_str())
    };
    (!defects.is_empty()).then(|| defects.iter().map(one).collect::<Vec<_>>().join("; "))
}

/// How it is laid out.
/// `learns` is whether the run has a strategy that learns from one problem for others.
pub(crate) fn sheet<'a>(learns: bool) -> Sheet<Row<'a>> {
    let (column, optional) = (column::<Row<'a>>, optional::<Row<'a>>);
    let mut columns: Vec<Column<Row<'a>>> = labels();
    columns.extend([
        column("problem", "id of the problem", |row| Cell::text(&row.tree.key.problem)),
        column("replicate", "which of the problem's independent trees, from 0", |row| Cell::of(row.tree.key.replicate)),
        column("slot", "place in the tree: `p3/n0` is the first note on the program `p3`", |row| {
            Cell::of(&row.node.slot)
        }),
        optional("parent", "slot of the node that it is about", "it is about none, or about several", |row| {
            Cell::some(row.node.slot.parent())
        }),
        column("kind", "what it is: `critique`, `note`, `tests`, `judgement` or `question`", |row| {
            Cell::of(row.node.slot.kind().as_str())
        }),
        optional(
            "seat",
            "who was asked",
            "nobody was asked, such as for what the strategy put together itself",
            |row| Cell::some(row.node.seat),
        ),
        optional("asked_model", "model that was asked", "nobody was asked", |row| {
            Cell::some_text(row.node.model.as_deref().map(plain))
        }),
    ]);
    columns.extend(answered());
    columns.extend([
        optional(
            "opinion",
            "what a critique says of the program as a whole: `correct` or `incorrect`",
            "it is not a critique, or does not say",
            |row| Cell::some(row.node.opinion().map(Opinion::as_str)),
        ),
        optional(
            "lines",
            "lines of the program that a critique names, counted from 1: `3 7-8`",
            "it is not a critique, or names none",
            |row| match row.node.found() {
                Some(Found::Critique { spans, .. }) => Cell::some(lines(spans)),
                _ => Cell::Empty,
            },
        ),
        optional(
            "defects",
            "defects that a critique lists with type and severity: `3-5 wrong_value major; 8 crash minor`",
            "it is not a critique, or lists none",
            |row| match row.node.found() {
                Some(Found::Critique { defects, .. }) => Cell::some(listed(defects)),
                _ => Cell::Empty,
            },
        ),
        optional("tests", "tests that could be read in it", "it holds no tests", |row| match row.node.found() {
            Some(Found::Tests { tests, .. }) => Cell::of(tests.len()),
            _ => Cell::Empty,
        }),
        optional("tests_dropped", "asserts that could not be read, or stood there twice", "it holds no tests", |row| {
            match row.node.found() {
                Some(Found::Tests { dropped, .. }) => Cell::of(dropped),
                _ => Cell::Empty,
            }
        }),
        optional("score", "score of a judgement, 0 to 1", "it is not a judgement, or gives none", |row| {
            match row.node.found() {
                Some(Found::Judgement { score, .. }) => score.map_or(Cell::Empty, Cell::number),
                _ => Cell::Empty,
            }
        }),
        optional(
            "choice",
            "number of the text that a judgement prefers among those that it was shown, from 0",
            "it is not a judgement, or prefers none",
            |row| match row.node.found() {
                Some(Found::Judgement { choice, .. }) => Cell::some(*choice),
                _ => Cell::Empty,
            },
        ),
        optional("yes", "`true` if a question was answered by yes", "it is not a question, or neither was said", |row| {
            match row.node.found() {
                Some(Found::Answer { yes }) => Cell::some(*yes),
                _ => Cell::Empty,
            }
        }),
        optional(
            "shows",
            "slots of the nodes that its prompt shows, with blanks between them",
            "it shows none",
            |row| Cell::some(row.shows()),
        ),
        optional(
            "dropped",
            "pairs of answer and question, and items of lists, that its prompt left out because it would else be too long",
            "nobody was asked",
            |row| Cell::some(row.node.call.as_ref().and_then(|call| Some(row.tree.call(call)?.terms.dropped))),
        ),
        optional(
            "code_cut",
            "1 if it held a block of code, which its prompt forbids, and was cut there; else 0",
            "its prompt does not forbid code, or it was not read",
            |row| Cell::some(row.node.screened.code_cut.map(u8::from)),
        ),
        optional(
            "copied_lines",
            "lines of the reference solution, blank ones aside, that stand word for word in what is left of it",
            "the strategy cannot read the reference solution, there is none, or it was not read",
            |row| Cell::some(row.node.screened.copied_lines),
        ),
        optional("unscored", "why there is no such node", "there is one, or no answer came yet", |row| {
            Cell::some_text(row.node.unscored().map(plain))
        }),
    ]);
    columns.extend(reported());
    columns.extend([
        optional("paper_tokens", "our count of the whole answer, prompts free", "no answer came", |row| {
            Cell::some(TokenCounts::of_node(row.node).paper)
        }),
        column("tokenizer", "tokenizer behind `paper_tokens`", |row| Cell::text(row.tokenizer)),
        optional("dollars", "what the answer cost, in dollars", "no price is known for the model", |row| {
            Cell::some(row.completion().and_then(|completion| completion.usd))
        }),
        optional("digest", "BLAKE3 of the answer: equal answers have equal digests", "no answer came", |row| {
            Cell::some(row.completion().map(|completion| completion.text.digest()))
        }),
        optional(
            "made",
            "what the strategy itself wrote there, such as the log of a search: its lines with `; ` between them, cut after 1,000 characters",
            "somebody was asked for it",
            |row| Cell::some_text(row.made()),
        ),
    ]);
    columns.extend(said());
    columns.extend(stands(learns));
    let about = "one node that holds no program, of unfinished trees too; there only if some are not critiques, or were searched for code and copied lines";
    Sheet::new("nodes.csv", about, columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{critic_run, deep_run, screened_run};
    use mend_core::{Event, Text};

    fn text((manifest, trees): (RunManifest, Vec<RepairTree>)) -> String {
        let trees: Vec<_> = trees.iter().map(|tree| (&manifest.problems[0], tree)).collect();
        String::from_utf8(table(&RunLabels::of(&manifest), &manifest, &trees).bytes().unwrap()).unwrap()
    }

    #[test]
    fn what_holds_no_program_has_a_row_with_what_was_read_and_what_its_prompt_showed() {
        let text = text(deep_run());
        let short = |line: &str| {
            let fields: Vec<&str> = line.split(',').skip(5).collect();
            // Neither the digest, nor what the strategy wrote itself or a person said, of which there is nothing here.
            fields[..fields.len() - 10].join(",")
        };
        insta::assert_snapshot!(text.lines().map(short).collect::<Vec<_>>().join("\n"), @"
        problem,replicate,slot,parent,kind,seat,asked_model,served_model,finish_reason,opinion,lines,defects,tests,tests_dropped,score,choice,yes,shows,dropped,code_cut,copied_lines,unscored,prompt_tokens,cached_tokens,reasoning_tokens,completion_tokens,paper_tokens,tokenizer,dollars
        starter/10,0,p0/r0/f0,p0/r0,critique,critic,sim/expert,expert,stop,incorrect,2,,,,,,,p0/r0,0,,,,60,,,40,38,cl100k_base,
        starter/10,0,p0/n0,p0,note,planner,sim/expert,expert,stop,,,,,,,,,p0 t0,0,,,,60,,,40,38,cl100k_base,
        starter/10,0,t0,,tests,tester,sim/expert,expert,stop,,,,2,1,,,,,0,,,,60,,,40,38,cl100k_base,
        starter/10,0,v0,,judgement,judge,sim/expert,expert,stop,,,,,,0.8,1,,p0/r0 p0/r0/f0/r0,0,,,,60,,,40,38,cl100k_base,
        starter/10,0,q0,,question,annotator,sim/expert,expert,stop,,,,,,,,true,p0/r0/f0/r0,0,,,,60,,,40,38,cl100k_base,
        ");
    }

    #[test]
    fn a_critique_that_was_searched_has_a_row_with_what_was_found() {
        let text = text(screened_run());
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        let value = |name: &str| lines[1][lines[0].iter().position(|column| *column == name).unwrap()];
        assert_eq!(lines.len(), 2);
        let named = ["slot", "lines", "defects", "dropped", "code_cut", "copied_lines"].map(value);
        assert_eq!(named, ["p0/f0", "2-3", "2-3 crash major", "2", "1", "1"]);
    }

    #[test]
    fn what_the_strategy_wrote_itself_stands_there_on_one_line() {
        let (manifest, mut trees) = deep_run();
        let log = format!("s_new 0.5, draw 0.25\nT \u{1b}0.3\n{}", "x".repeat(2000));
        trees[0].apply(&Event::Made { slot: "n7".parse().unwrap(), text: Text::new(log), of: vec![] }).unwrap();
        let text = text((manifest, trees));
        let of = |slot: &str| text.lines().find(|line| line.contains(&format!(",{slot},"))).unwrap();
        let made = of("n7").rsplit('"').nth(1).unwrap();
        assert!(made.starts_with("s_new 0.5, draw 0.25; T 0.3; xxx"), "{made}");
        assert_eq!(made.chars().count(), MOST_MADE);
        assert!(of("p0/n0").ends_with(','), "a model wrote it: {}", of("p0/n0"));
    }

    #[test]
    fn critiques_alone_have_a_file_of_their_own() {
        assert_eq!(text(critic_run()).lines().count(), 1);
    }
}

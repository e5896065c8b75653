//! All feedback that any role gave, with what it was about and what came of it.

use crate::messages;
use crate::uptake::{named, takes_up};
use crate::{ExportError, Form, Kind, Make, OfProblem, Out, Provenance, ScoredOn, schema};
use mend_core::{Digest, Found, Kind as NodeKind, Node, Opinion, RepairTree, Slot, Source, is_human};
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) const KIND: Kind = Kind {
    name: "feedback-log",
    summary: "all feedback that models and people gave: who, about whose program, what, and what came of it",
    about: "\
A row for each critique, judgement and answer to a question, in the order of problem, replicate and slot. `judged_model` is the \
model whose program it is about, since feedback depends on the programs that were seen. `source` tells what a person wrote about \
this very program (`human`), what was taken over from another program that fails alike (`propagated`), what was made of people's \
other rows (`simulated`), what somebody wrote who saw the reference solution (`reference`), and what a model wrote (`model`). \
`effect` has a row for each program that was written with this feedback in view.

```console
$ mend export feedback-log results/a-run --out feedback-log.jsonl
```

After Barker et al. 2023, FeedbackLogs; MacGlashan et al. 2017, COACH.",
    papers: &[4, 32],
    flags: &[],
    form: Form::Lines,
    schema: Some(schema::of::<Row<'static>>),
    make: |_| Ok(Box::new(Log)),
};

/// Feedback.
#[derive(Serialize, JsonSchema)]
struct Row<'a> {
    #[serde(flatten)]
    provenance: Provenance<'a>,
    /// What it is: `critique`, `judgement` or `question`.
    kind: &'static str,
    /// The node of the program that it is about; null if it is about none, or about several.
    about: Option<String>,
    /// Digest of that program.
    program_digest: Option<String>,
    /// The model that wrote that program; null where it is about none.
    judged_model: Option<JudgedModel<'a>>,
    /// Who gave it.
    giver: Giver<'a>,
    /// Where it comes from: `model`, `human`, `propagated`, `simulated` or `reference`.
    source: &'static str,
    /// How it was asked for.
    elicited: Elicited<'a>,
    /// What was said, as prompts show it; null where the journal does not hold it.
    text: Option<&'a str>,
    /// A person's own words; null where there are none.
    words: Option<&'a str>,
    /// What it says of the program as a whole: `correct` or `incorrect`; null if it does not say.
    opinion: Option<&'static str>,
    /// A person's rating, from 1 to 4.
    rating: Option<u8>,
    /// A judgement's score, from 0 to 1.
    score: Option<f64>,
    /// A person's reasons, in words of a closed list.
    reasons: Vec<&'static str>,
    /// The lines that it names, counted from 1.
    spans: Vec<Lines<'a>>,
    /// Digest of the program that a person gave with it.
    fixed_program: Option<String>,
    /// How long a person took for it, in minutes; null if nobody was asked, or nobody says.
    minutes: Option<f64>,
    /// What it cost.
    tokens: Tokens,
    /// The programs that were written with it in view, by slot.
    effect: Vec<Effect>,
}

/// Whose program was judged.
#[derive(Serialize, JsonSchema)]
struct JudgedModel<'a> {
    /// The model: what a person's row says, else who was asked.
    name: Option<&'a str>,
    /// The model that its server says it used.
    served: Option<&'a str>,
    /// Digest of how it sampled; null if the run does not say.
    sampling_digest: Option<String>,
}

/// Who gave feedback.
#[derive(Serialize, JsonSchema)]
struct Giver<'a> {
    /// The seat.
    role: Option<String>,
    /// The model in it.
    model: Option<&'a str>,
    /// The person who wrote it, where that is known.
    author: Option<&'a str>,
}

/// How feedback was asked for.
#[derive(Serialize, JsonSchema)]
struct Elicited<'a> {
    /// The strategy.
    strategy: &'a str,
    /// The suites that its prompts may show: the strategy's parameter `see`; null if it has none.
    suite_seen: Option<&'a str>,
    /// Digest of the prompt.
    prompt_digest: Option<String>,
    /// How many repairs lie behind the program.
    round: u32,
}

/// Lines that feedback names.
#[derive(Serialize, JsonSchema)]
struct Lines<'a> {
    /// The first line.
    first: u32,
    /// The last line.
    last: u32,
    /// What is said of them by itself.
    comment: Option<&'a str>,
}

/// What it cost, as its server reported it.
#[derive(Serialize, JsonSchema)]
struct Tokens {
    /// Of the prompt.
    prompt: Option<u64>,
    /// Of the answer.
    completion: Option<u64>,
    /// Of the answer, by the tokenizer that the run names.
    counted: Option<u64>,
}

/// What came of it in one program.
#[derive(Serialize, JsonSchema)]
struct Effect {
    /// The program's node.
    next: String,
    /// Who wrote it.
    role: Option<String>,
    /// The share of hidden tests that the program before passes; null if it has none.
    pass_fraction_before: Option<f64>,
    /// The same of this one.
    pass_fraction_after: Option<f64>,
    /// Whether the edit touches a line within one of those that the feedback names; null if it names none.
    uptake: Option<bool>,
    /// Whether the strategy handed this program in, or one that was made from it.
    accepted: bool,
}

struct Log;

impl Make for Log {
    fn problem(&mut self, of: &OfProblem<'_>, out: &mut Out<'_>) -> Result<(), ExportError> {
        for (tree, node) in of.nodes() {
            let is_feedback = matches!(node.slot.kind(), NodeKind::Feedback | NodeKind::Judgement | NodeKind::Question);
            if !is_feedback {
                continue;
            }
            if node.completion.is_none() {
                out.leave_out("no answer came", 1);
                continue;
            }
            out.row(&row(of, tree, node))?;
        }
        Ok(())
    }
}

fn row<'a>(of: &OfProblem<'a>, tree: &'a RepairTree, node: &'a Node) -> Row<'a> {
    let provenance = of.provenance(tree, Some(node));
    let strategy = provenance.strategy;
    let program = program_of(tree, node);
    let (remark, completion) = (node.remark(), node.completion.as_ref());
    let call = node.call.as_ref().and_then(|id| tree.call(id));
    let identity = &of.run.manifest.identity;
    let usage = completion.map(|completion| completion.usage).unwrap_or_default();
    let judged = program.map(|program| JudgedModel {
        name: remark.and_then(|remark| remark.about_model.as_deref()).or(program.model.as_deref()),
        served: program.completion.as_ref().and_then(|completion| completion.served_model.as_deref()),
        sampling_digest: program
            .seat
            .and_then(|seat| identity.models.get(&seat)?.sampling.as_ref())
            .and_then(|sampling| serde_json::to_string(sampling).ok())
            .map(|sampling| Digest::of(sampling.as_bytes()).to_string()),
    });
    Row {
        kind: node.slot.kind().as_str(),
        about: program.map(|program| program.slot.to_string()),
        program_digest: program.and_then(digest_of),
        judged_model: judged,
        giver: Giver {
            role: node.seat.map(|seat| seat.to_string()),
            model: node.model.as_deref(),
            author: remark.and_then(|remark| remark.author.as_deref()),
        },
        source: source(of, node),
        elicited: Elicited {
            strategy,
            suite_seen: identity.strategy.parameters.as_ref().and_then(|all| all.get("see")).map(String::as_str),
            prompt_digest: call.map(|call| call.prompt.digest().to_string()),
            round: node.slot.round(),
        },
        text: messages::completion(node),
        words: remark.and_then(|remark| remark.text.as_ref()?.body()).map(|body| &**body),
        opinion: node.opinion().map(Opinion::as_str),
        rating: remark.and_then(|remark| Some(remark.rating?.get())),
        score: match node.found() {
            Some(Found::Judgement { score, .. }) => *score,
            _ => None,
        },
        reasons: remark.into_iter().flat_map(|remark| &remark.reasons).map(|reason| reason.as_str()).collect(),
        spans: spans(node),
        fixed_program: remark.and_then(|remark| Some(remark.fixed_program.as_ref()?.digest().to_string())),
        minutes: node.minutes().filter(|_| node.is_question()).map(mend_core::Minutes::as_f64),
        tokens: Tokens {
            prompt: usage.prompt.map(|tokens| tokens.0),
            completion: usage.completion.map(|tokens| tokens.0),
            counted: completion.map(|completion| completion.counted.0),
        },
        effect: effects(tree, node, program),
        provenance,
    }
}

/// The program that feedback is about: the one above it, or the only one that its prompt shows.
fn program_of<'a>(tree: &'a RepairTree, node: &'a Node) -> Option<&'a Node> {
    if let Some(above) = node.slot.program_above() {
        return tree.node(&above);
    }
    let call = tree.call(node.call.as_ref()?)?;
    let mut shown = call.shows.iter().filter(|slot| slot.is_program());
    match (shown.next(), shown.next()) {
        (Some(slot), None) => tree.node(slot),
        _ => None,
    }
}

fn digest_of(program: &Node) -> Option<String> {
    Some(program.candidate.as_ref()?.program.digest().to_string())
}

fn source(of: &OfProblem<'_>, node: &Node) -> &'static str {
    match node.remark().map(|remark| remark.source) {
        Some(Source::Human) => "human",
        Some(Source::Propagated) => "propagated",
        Some(Source::Simulated) => "simulated",
        None if node.model.as_deref().is_some_and(is_human) => "human",
        None if of.run.manifest.identity.strategy.oracle.sees_reference => "reference",
        None => "model",
    }
}

fn spans(node: &Node) -> Vec<Lines<'_>> {
    let Some(Found::Critique { spans, .. }) = node.found() else { return Vec::new() };
    let marks = || node.remark().into_iter().flat_map(|remark| &remark.spans);
    let comment = |span: &mend_core::Span| marks().find(|mark| mark.span == *span)?.comment.as_deref();
    spans.iter().map(|span| Lines { first: span.first, last: span.last, comment: comment(span) }).collect()
}

/// The programs that were written with feedback in view, among them one that a person gave with it.
fn effects(tree: &RepairTree, node: &Node, program: Option<&Node>) -> Vec<Effect> {
    let shows = |other: &&Node| {
        let shown =
            other.call.as_ref().and_then(|id| tree.call(id)).is_some_and(|call| call.shows.contains(&node.slot));
        other.slot.is_program() && (shown || other.slot.parent().as_ref() == Some(&node.slot))
    };
    let mut next: Vec<&Node> = tree.nodes().chain(tree.given()).filter(shows).collect();
    next.sort_by(|a, b| a.slot.cmp(&b.slot));
    let text = messages::completion(node).unwrap_or_default();
    let effect = |next: &Node| {
        let texts = program.and_then(messages::program).zip(messages::program(next));
        Effect {
            next: next.slot.to_string(),
            role: next.seat.map(|seat| seat.to_string()),
            pass_fraction_before: program.and_then(|program| ScoredOn::Hidden.score(program)),
            pass_fraction_after: ScoredOn::Hidden.score(next),
            uptake: texts.and_then(|(before, after)| takes_up(&named(node, text, before), before, after)),
            accepted: tree.submitted().is_some_and(|submitted| is_from(submitted, &next.slot)),
        }
    };
    next.into_iter().map(effect).collect()
}

/// Whether a program is another one, or stands below it.
fn is_from(program: &Slot, other: &Slot) -> bool {
    std::iter::successors(Some(program.clone()), Slot::parent).any(|above| above == *other)
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::Options;
    use crate::fixture::{critique, judgement, program, rows, tree};
    use mend_core::{Digest, Minutes, Opinion, Rating, Reason, Remark, Source, Text};

    #[test]
    fn what_a_person_said_stands_there_field_by_field() {
        let remark = Remark {
            rating: Rating::new(2),
            reasons: vec![Reason::Crash],
            author: Some("ann".into()),
            minutes: Minutes::from_f64(2.5),
            about_model: Some("x/y".into()),
            text: Some(Text::new("no")),
            ..Remark::empty(Digest::of(b"row"))
        };
        let taken = Remark { source: Source::Propagated, minutes: None, ..remark.clone() };
        let plants = [
            program("p0", "a = 1").hidden(0, 1),
            critique("p0/f0", "no", None).said(remark),
            critique("p0/f1", "no", None).said(taken),
        ];
        let made = rows(&KIND, &Options::default(), &[tree("a/1", 0, &plants)]);
        assert_eq!(made.field("source"), ["human", "propagated"]);
        assert_eq!(made.field("minutes"), ["2.5", "null"], "nobody was asked for what was taken over");
        assert_eq!(made.field("rating"), ["2", "2"]);
        let first = &made.rows[0];
        let told = [&first["giver"]["author"], &first["judged_model"]["name"], &first["reasons"][0], &first["words"]];
        assert_eq!(told.map(|value| value.as_str()), [Some("ann"), Some("x/y"), Some("crash"), Some("no")]);
    }

    #[test]
    fn feedback_has_a_row_with_what_it_was_about_and_what_came_of_it() {
        let plants = [
            program("p0", "a = 1\nb = 2\nc = 3").hidden(1, 4),
            critique("p0/f0", "`b = 2` is wrong.", Some(Opinion::Incorrect)),
            program("p0/f0/r0", "a = 1\nb = 5\nc = 3").hidden(4, 4),
            program("p0/f0/r1", "a = 1\nb = 2").hidden(1, 4),
            judgement("v0", Some(0.5), None).shows(&["p0", "p0/f0/r0"]),
        ];
        let made = rows(&KIND, &Options::default(), &[tree("a/1", 0, &plants)]);
        assert_eq!(made.field("kind"), ["critique", "judgement"]);
        assert_eq!(made.field("about"), ["p0", "null"]);
        assert_eq!(made.field("source"), ["model", "model"]);
        assert_eq!(made.field("opinion"), ["incorrect", "null"]);
        assert_eq!(made.rows[1]["score"], 0.5);
        let first = &made.rows[0];
        assert_eq!(first["judged_model"]["name"], "sim/journeyman");
        assert_eq!((&first["giver"]["role"], &first["giver"]["author"]), (&"critic".into(), &serde_json::Value::Null));
        let effects = first["effect"].as_array().unwrap();
        let told: Vec<_> = effects
            .iter()
            .map(|effect| {
                let value = |name: &str| effect[name].to_string();
                ["next", "pass_fraction_before", "pass_fraction_after", "uptake", "accepted"].map(value).join(" ")
            })
            .collect();
        assert_eq!(told, ["\"p0/f0/r0\" 0.25 1.0 true true", "\"p0/f0/r1\" 0.25 0.25 true false"]);
    }
}

//! What is read of a completion that holds no program, by the kind of its node.
//!
//! Each kind has its rules in a module of its own: `spans` finds the lines that a critique names, `defects` what it lists
//! with type and severity, `asserts` and `pairs` find tests, `scores` finds a judgement, `answers` an answer to a question. All of them leave thinking aside. A rule
//! reads what a text says plainly, and where it says nothing plainly nothing is found: that is never guessed.

mod answers;
mod asserts;
mod defects;
mod pairs;
mod scores;
mod screen;
mod spans;

pub(crate) use screen::screen;

use crate::extract::said;
use crate::feedback::opinion;
use mend_core::{Found, Kind, Problem, Remark, Span};

/// What is found in a completion of a kind. Programs and repairs are judged, and not read: of these nothing is found but
/// that there is a text.
pub fn read(kind: Kind, text: &str, problem: &Problem) -> Found {
    match kind {
        // The opinion is read of the whole text, as it was before anything else was read.
        Kind::Feedback => {
            let said = said(text);
            Found::Critique { opinion: opinion(text), spans: spans::named(&said), defects: defects::listed(&said) }
        }
        Kind::Program | Kind::Repair | Kind::Note => Found::Note,
        Kind::Tests => {
            let said = said(text);
            let (tests, dropped) = match problem.style.entry_point() {
                Some(entry_point) => asserts::tests(&said, entry_point, problem),
                None => pairs::tests(&said),
            };
            Found::Tests { tests, dropped }
        }
        Kind::Judgement => {
            let said = said(text);
            Found::Judgement { score: scores::score(&said), choice: scores::choice(&said) }
        }
        Kind::Question => Found::Answer { yes: answers::yes(&said(text)) },
    }
}

/// What is found in what a person said of a program. What was said by itself counts before what is read of the words.
pub fn read_remark(remark: &Remark) -> Found {
    let words = remark.text.as_ref().and_then(|text| text.body()).map_or("", |body| &**body);
    let mut spans: Vec<Span> = Vec::new();
    for span in remark.spans.iter().map(|mark| mark.span).chain(spans::named(words)) {
        if !spans.contains(&span) {
            spans.push(span);
        }
    }
    let opinion = remark.opinion().or_else(|| opinion(words));
    Found::Critique { opinion, spans, defects: defects::listed(words) }
}

/// The lines of a text that say something, without the marks of Markdown around them, from the last one backwards.
fn lines_backwards(text: &str) -> impl Iterator<Item = &str> {
    text.lines().rev().map(bare).filter(|line| !line.is_empty())
}

/// A line without what Markdown puts around it: marks of headings, lists and quotations, and emphasis.
fn bare(line: &str) -> &str {
    let line = line.trim().trim_start_matches(['#', '>', '-', '+', ' ']);
    line.trim_matches(['*', '_', '`', ' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{Digest, Mark, Opinion, Style, Test, Text};

    pub(super) fn problem(style: Style) -> Problem {
        mend_testkit::problem("p", style, "")
    }

    #[test]
    fn each_kind_is_read_by_its_own_rules() {
        let function = problem(Style::Function { entry_point: "f".into() });
        let program = problem(Style::Program);
        let text = "Line 3 is off.\nVerdict: incorrect";
        let spans = vec![Span { first: 3, last: 3 }];
        assert_eq!(
            read(Kind::Feedback, text, &function),
            Found::Critique { opinion: Some(Opinion::Incorrect), spans, defects: vec![] }
        );
        assert_eq!(read(Kind::Note, text, &function), Found::Note);
        let Found::Tests { tests, dropped } = read(Kind::Tests, "```python\nassert f(1) == 2\n```", &function) else {
            panic!("tests are read of a node that holds tests")
        };
        assert_eq!((tests, dropped), (vec![Test::Script { source: "assert f(1) == 2\n".into() }], 0));
        let Found::Tests { tests, dropped } = read(Kind::Tests, "Input:\n1\nOutput:\n2\n", &program) else {
            panic!("tests are read of a node that holds tests")
        };
        assert_eq!((tests.len(), dropped), (1, 0));
        assert_eq!(
            read(Kind::Judgement, "Score: 8/10", &function),
            Found::Judgement { score: Some(0.8), choice: None }
        );
        assert_eq!(read(Kind::Question, "Yes.", &function), Found::Answer { yes: Some(true) });
    }

    #[test]
    fn what_a_person_said_by_itself_counts_before_the_words() {
        let mark = |first, last| Mark { span: Span { first, last }, comment: None };
        let mut remark = Remark::empty(Digest::of(b""));
        remark.text = Some(Text::new("Lines 3 and 9 are off.\nVerdict: correct"));
        remark.spans = vec![mark(9, 9), mark(1, 2)];
        let spans =
            |lines: &[(u32, u32)]| lines.iter().map(|(first, last)| Span { first: *first, last: *last }).collect();
        let found = |opinion| Found::Critique { opinion, spans: spans(&[(9, 9), (1, 2), (3, 3)]), defects: vec![] };
        assert_eq!(read_remark(&remark), found(Some(Opinion::Correct)));
        remark.satisfied = Some(false);
        assert_eq!(read_remark(&remark), found(Some(Opinion::Incorrect)));
        let alone = Remark { satisfied: Some(true), ..Remark::empty(Digest::of(b"")) };
        assert_eq!(
            read_remark(&alone),
            Found::Critique { opinion: Some(Opinion::Correct), spans: vec![], defects: vec![] }
        );
    }

    #[test]
    fn thinking_is_set_aside() {
        let function = problem(Style::Function { entry_point: "f".into() });
        let text = "<think>Line 3? assert f(0) == 0. Score: 0.1. Yes.</think>\nScore: 0.9\nAnswer: no";
        assert_eq!(
            read(Kind::Feedback, text, &function),
            Found::Critique { opinion: None, spans: vec![], defects: vec![] }
        );
        assert_eq!(read(Kind::Judgement, text, &function), Found::Judgement { score: Some(0.9), choice: None });
        assert_eq!(read(Kind::Question, text, &function), Found::Answer { yes: Some(false) });
        assert_eq!(read(Kind::Tests, text, &function), Found::Tests { tests: vec![], dropped: 0 });
        // An answer that ends while it thinks says nothing.
        let cut = "<think>assert f(0) == 0\nScore: 0.1";
        assert_eq!(read(Kind::Judgement, cut, &function), Found::Judgement { score: None, choice: None });
        assert_eq!(read(Kind::Tests, cut, &function), Found::Tests { tests: vec![], dropped: 0 });
    }
}

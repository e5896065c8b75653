//! What prompts show of what a person said of a program.

use super::rows::Said;
use mend_core::{Mark, Remark, Source};

/// How a person's feedback begins that was written about another program.
const ANOTHER: &str = "This was said of another program, which fails in the same way:";

/// The text of a critique. A person's words alone stand as they are. Whether the program is right, said alone, is one
/// word. `program` is the program that it was written about, where it is known: marked lines are quoted from it.
pub(super) fn shown(said: &Said, source: Source, program: Option<&str>) -> String {
    let text = of_remark(&said.remark, said.words.as_deref(), program);
    match source {
        Source::Human | Source::Simulated => text,
        Source::Propagated => format!("{ANOTHER}\n\n{text}"),
    }
}

fn of_remark(remark: &Remark, words: Option<&str>, program: Option<&str>) -> String {
    let mut parts: Vec<String> = Vec::new();
    let is_alone = words.is_none() && remark.rating.is_none() && remark.reasons.is_empty() && remark.spans.is_empty();
    parts.extend(remark.satisfied.map(|satisfied| {
        let word = if satisfied { "right" } else { "wrong" };
        // The same words as those of a verdict that is shown as nothing but right or wrong.
        if is_alone { word.to_owned() } else { format!("The program is {word}.") }
    }));
    parts.extend(
        remark
            .rating
            .map(|rating| format!("The program is rated {} on a scale from 1 (bad) to 4 (good).", rating.get())),
    );
    if !remark.reasons.is_empty() {
        let reasons: Vec<String> = remark.reasons.iter().map(|reason| format!("- {}", reason.in_words())).collect();
        parts.push(format!("Reasons:\n{}", reasons.join("\n")));
    }
    parts.extend(words.map(str::to_owned));
    parts.extend(remark.spans.iter().map(|mark| marked(mark, program)));
    if parts.is_empty() && remark.fixed_program.is_some() {
        parts.push("The program has to be changed.".to_owned());
    }
    parts.join("\n\n")
}

/// A mark beside its lines.
fn marked(mark: &Mark, program: Option<&str>) -> String {
    let (first, last) = (mark.span.first, mark.span.last);
    let name = if first == last { format!("Line {first}:") } else { format!("Lines {first}-{last}:") };
    let comment = mark.comment.as_deref().map(|comment| format!(" {}", comment.trim())).unwrap_or_default();
    let lines = program.into_iter().flat_map(str::lines).zip(1_u32..);
    let within = lines.filter(|(_, number)| (first..=last).contains(number));
    let quoted = within.map(|(line, number)| format!("\n    {number} | {line}")).collect::<Vec<_>>().concat();
    format!("{name}{comment}{quoted}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{Digest, Rating, Reason, Span, Text};

    const PROGRAM: &str = "def f(a):\n    b = a + 1\n    return b\n";

    #[track_caller]
    fn check(words: Option<&str>, change: impl FnOnce(&mut Remark), expected: &str) {
        let mut remark = Remark::empty(Digest::of(b""));
        change(&mut remark);
        let said = Said {
            remark,
            words: words.map(str::to_owned),
            program: None,
            cluster: None,
            statement: None,
            failure: None,
        };
        assert_eq!(shown(&said, Source::Human, Some(PROGRAM)), expected);
    }

    #[test]
    fn each_thing_that_a_person_said_has_its_form() {
        check(Some(" off by one\n"), |_| {}, " off by one\n");
        check(None, |remark| remark.satisfied = Some(false), "wrong");
        check(None, |remark| remark.satisfied = Some(true), "right");
        check(
            None,
            |remark| remark.rating = Rating::new(2),
            "The program is rated 2 on a scale from 1 (bad) to 4 (good).",
        );
        check(
            None,
            |remark| remark.reasons = vec![Reason::WrongResult, Reason::MissingCase],
            "Reasons:\n- the result is wrong\n- a case is missing",
        );
        let mark = |first, last, comment: Option<&str>| Mark {
            span: Span { first, last },
            comment: comment.map(str::to_owned),
        };
        check(None, |remark| remark.spans = vec![mark(2, 2, Some("why 1? "))], "Line 2: why 1?\n    2 |     b = a + 1");
        check(
            None,
            |remark| remark.spans = vec![mark(2, 3, None), mark(9, 9, None)],
            "Lines 2-3:\n    2 |     b = a + 1\n    3 |     return b\n\nLine 9:",
        );
        check(None, |remark| remark.fixed_program = Some(Text::new("x = 1")), "The program has to be changed.");
        check(
            Some("Look at the end."),
            |remark| {
                remark.satisfied = Some(false);
                remark.reasons = vec![Reason::Other];
                remark.spans = vec![mark(3, 3, None)];
            },
            "The program is wrong.\n\nReasons:\n- another reason\n\nLook at the end.\n\nLine 3:\n    3 |     return b",
        );
    }

    #[test]
    fn what_was_said_of_another_program_says_so() {
        let remark = Remark { satisfied: Some(false), ..Remark::empty(Digest::of(b"")) };
        let said = Said { remark, words: None, program: None, cluster: None, statement: None, failure: None };
        let text = shown(&said, Source::Propagated, None);
        assert_eq!(text, "This was said of another program, which fails in the same way:\n\nwrong");
    }
}

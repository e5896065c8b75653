//! A simulated person: says of a program what people said of the programs most like it.
//!
//! Likeness is that of texts which hold the statement, how the program fails, and its line that fails. Either the nearest
//! row speaks itself, or the nearest ones are examples for a model.

use super::rows::{Key, Said};
use super::{People, shown, spoken};
use crate::{Answer, Message, Model, ModelError, Patience, Request, Speaker, Taken, Turn};
use mend_core::jsonl::RowError;
use mend_core::{Completion, Cost, Digest, ModelIdentity, Opinion, Remark, Slot, Source, Span, alike::similarity};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How many rows are examples for a model.
pub const EXAMPLES: usize = 5;

/// What a simulated person is made of.
pub struct SimulatedPeople {
    name: String,
    /// Digest of the rows: they decide what is said.
    digest: Digest,
    rows: Vec<Row>,
    /// Who writes by the nearest rows; `None` if the nearest one speaks itself.
    writer: Option<Arc<dyn Model>>,
}

/// A row, with what it is compared by.
struct Row {
    likeness: String,
    digest: Digest,
    said: Said,
    /// The program that it is about.
    about: Digest,
}

/// What a program is compared by.
pub fn likeness(statement: &str, status: &str, line: &str) -> String {
    format!("{}\n{status}\n{line}", statement.trim())
}

impl SimulatedPeople {
    /// Reads what people wrote about programs. Rows are compared by the statement and the failure that stand in them, as
    /// `mend feedback todo` wrote them.
    ///
    /// # Errors
    /// A line that is no row, named with its field.
    pub fn parse(path: &str, name: &str, bytes: &[u8], writer: Option<Arc<dyn Model>>) -> Result<Self, RowError> {
        let people = People::parse(path, name, bytes)?;
        Ok(Self::of(&people, name.to_owned(), Digest::of(bytes), writer))
    }

    pub(super) fn of(people: &People, name: String, digest: Digest, writer: Option<Arc<dyn Model>>) -> Self {
        let of_program = |(key, said): (&Key, &Vec<Said>)| match key {
            Key::Program(_, about) => said.iter().map(|said| (*about, said.clone())).collect(),
            Key::Prompt(..) => Vec::new(),
        };
        let row = |(about, said): (Digest, Said)| Row {
            likeness: likeness(said.statement.as_deref().unwrap_or_default(), said.fact("status"), said.fact("source")),
            digest: said.remark.row,
            about,
            said,
        };
        let mut rows: Vec<Row> = people.said.iter().flat_map(of_program).map(row).collect();
        // Whatever the order of the file.
        rows.sort_by_key(|row| row.digest);
        Self { name, digest, rows, writer }
    }

    /// The rows most like a program, nearest first. Among equals that of the smaller digest.
    fn nearest(&self, likeness: &str, count: usize) -> Vec<&Row> {
        let mut ranked: Vec<(f64, &Row)> =
            self.rows.iter().map(|row| (similarity(&row.likeness, likeness), row)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        ranked.into_iter().take(count).map(|(_, row)| row).collect()
    }

    /// What the nearest row says.
    fn copied(&self, request: &Request, slot: &Slot) -> Result<Completion, ModelError> {
        let nobody = || {
            let (problem, slot) = (request.problem.clone(), slot.clone());
            let program = request.program.as_ref().map(|asked| asked.text.digest().to_string()).unwrap_or_default();
            ModelError::NoFeedback { problem, program, slot }
        };
        let asked = request.program.as_ref().ok_or_else(nobody)?;
        let rows = self.nearest(&asked.likeness, self.rows.len());
        let row = rows.get(slot.last().index() as usize % rows.len().max(1)).ok_or_else(nobody)?;
        let text = shown::shown(&row.said, Source::Simulated, row.said.program_of(row.about));
        Ok(spoken(text, None, row.remark()))
    }

    /// The request with the nearest rows as examples.
    fn with_examples(&self, request: &Request) -> Request {
        let Some(asked) = &request.program else { return request.clone() };
        let examples: Vec<String> = self
            .nearest(&asked.likeness, EXAMPLES)
            .into_iter()
            .map(|row| {
                let program = row.said.program_of(row.about).unwrap_or_default();
                let said = shown::shown(&row.said, Source::Simulated, Some(program));
                format!("Program:\n\n{program}\n\nWhat the person said:\n\n{said}")
            })
            .collect();
        if examples.is_empty() {
            return request.clone();
        }
        let content = format!(
            "You speak for people who review programs. Answer as they would. Here is what they said of other programs.\n\n{}",
            examples.join("\n\n---\n\n")
        );
        let mut messages = vec![Message { speaker: Speaker::System, content }];
        messages.extend(request.messages.iter().cloned());
        Request { messages, ..request.clone() }
    }
}

impl Row {
    fn remark(&self) -> Remark {
        // Neither the time nor the program are of this one.
        Remark {
            source: Source::Simulated,
            written_about: Some(self.about),
            minutes: None,
            fixed_program: None,
            ..self.said.remark.clone()
        }
    }
}

#[async_trait::async_trait]
impl Model for SimulatedPeople {
    fn identity(&self) -> ModelIdentity {
        let writer = self.writer.as_ref().map(|writer| writer.identity());
        let parts = [Some(self.digest), writer.and_then(|writer| writer.digest)];
        let digest = Digest::of_parts(parts.iter().flatten().map(|digest| digest.as_bytes().as_slice()));
        ModelIdentity { name: self.name.clone(), simulated: true, digest: Some(digest), sampling: None }
    }

    fn behind(&self) -> Option<&dyn Model> {
        self.writer.as_deref()
    }

    async fn turn(&self, request: &Request) -> Turn {
        match &self.writer {
            Some(writer) => writer.turn(request).await,
            None => Turn::default(),
        }
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        let Some(writer) = &self.writer else {
            let completions = request.slots.iter().map(|slot| self.copied(request, slot));
            return Ok(Answer::of(completions.collect::<Result<_, _>>()?));
        };
        let mut answer = writer.complete(&self.with_examples(request)).await?;
        let nearest =
            request.program.as_ref().and_then(|asked| self.nearest(&asked.likeness, 1).first().map(|row| row.digest));
        if let Some(row) = nearest {
            for completion in &mut answer.completions {
                completion.remark = Some(Box::new(Remark { source: Source::Simulated, ..Remark::empty(row) }));
            }
        }
        Ok(answer)
    }

    fn worst_case(&self, request: &Request) -> Cost {
        self.writer.as_ref().map_or(Cost::ZERO, |writer| writer.worst_case(&self.with_examples(request)))
    }

    fn is_free(&self) -> bool {
        self.writer.as_ref().is_none_or(|writer| writer.is_free())
    }

    fn per_request(&self) -> usize {
        self.writer.as_ref().map_or(1, |writer| writer.per_request())
    }

    fn patience(&self) -> Patience {
        self.writer.as_ref().map_or_else(Patience::default, |writer| writer.patience())
    }

    fn paused(&self) -> Option<Duration> {
        self.writer.as_ref()?.paused()
    }

    fn takes(&self, request: &Request) -> Vec<Taken> {
        let Some(asked) = &request.program else { return Vec::new() };
        let Some(row) = self.nearest(&asked.likeness, 1).first().map(|row| row.digest) else { return Vec::new() };
        let taken = Taken { row, source: Source::Simulated, minutes: None, gives_program: false };
        vec![taken; request.slots.len()]
    }
}

/// How a simulated person agrees with the people whose rows it has not seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Rows that were held out.
    pub held_out: u64,
    /// Those of them that name lines, or whose simulation does.
    pub with_lines: u64,
    /// Those among these where both name the same lines.
    pub same_lines: u64,
    /// Those that say whether the program is good enough, and whose simulation says it too.
    pub with_opinion: u64,
    /// Those among these where both say the same.
    pub same_opinion: u64,
}

/// What a remark says: the lines that it names, and whether the program is good enough.
pub type ReadRemark<'a> = dyn Fn(&Remark) -> (Vec<Span>, Option<Opinion>) + 'a;

/// Compares what people said with what the rest of their rows would have said in their place: every `one_in`-th row is
/// held out, in the order of the rows' digests. `lines` finds the lines that a text names.
pub fn agreement(people: &People, one_in: usize, lines: &ReadRemark<'_>) -> Agreement {
    let all = SimulatedPeople::of(people, String::new(), Digest::of(b""), None);
    let is_held_out = |place: usize| place.is_multiple_of(one_in.max(2));
    let (mut kept, mut held_out) = (Vec::new(), Vec::new());
    for (place, row) in all.rows.into_iter().enumerate() {
        if is_held_out(place) { held_out.push(row) } else { kept.push(row) }
    }
    let rest = SimulatedPeople { name: String::new(), digest: all.digest, rows: kept, writer: None };
    let mut agreement = Agreement::default();
    for row in held_out {
        let Some(nearest) = rest.nearest(&row.likeness, 1).first().map(|row| lines(&row.said.remark)) else { continue };
        let (said, opinion) = lines(&row.said.remark);
        let set = |spans: &[Span]| spans.iter().flat_map(|span| span.first..=span.last).collect::<BTreeSet<u32>>();
        agreement.held_out += 1;
        let has_lines = !said.is_empty() || !nearest.0.is_empty();
        agreement.with_lines += u64::from(has_lines);
        agreement.same_lines += u64::from(has_lines && set(&said) == set(&nearest.0));
        agreement.with_opinion += u64::from(opinion.is_some() && nearest.1.is_some());
        agreement.same_opinion += u64::from(opinion.is_some() && opinion == nearest.1);
    }
    agreement
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AskedAbout;
    use mend_core::{ProblemId, Text, Tokens};

    fn row(number: u32, statement: &str, status: &str, more: &str) -> String {
        let digest = Digest::of(format!("{number}").as_bytes());
        format!(
            r#"{{"problem":"a/{number}","program_digest":"{digest}","statement":"{statement}","failure":"status: {status}",{more}}}"#
        )
    }

    fn request(statement: &str, status: &str) -> Request {
        Request {
            problem: ProblemId::new("b/1"),
            problem_digest: Digest::of(b""),
            replicate: 0,
            seed: 0,
            seat: mend_core::Seat::CRITIC,
            slots: vec!["p0/f0".parse().unwrap()],
            messages: vec![Message { speaker: Speaker::User, content: "why?".to_owned() }],
            program: Some(AskedAbout {
                text: Text::new("x = 1"),
                cluster: None,
                likeness: likeness(statement, status, ""),
            }),
            first: 0,
            sampling: mend_core::Sampling::new(0.0, Tokens(10)),
        }
    }

    fn file() -> String {
        [
            row(
                1,
                "Return the sum of a list of numbers.",
                "wrong_answer",
                r#""feedback":"the sum is wrong","minutes":3"#,
            ),
            row(
                2,
                "Return the sum of a list of numbers.",
                "runtime_error",
                r#""feedback":"it crashes","fixed_program":"x = 1""#,
            ),
            row(3, "Whether a text reads the same backwards.", "wrong_answer", r#""satisfied":"no","spans":[1]"#),
        ]
        .join("\n")
    }

    #[test]
    fn the_nearest_row_speaks_itself_and_says_that_it_is_a_simulation() {
        let simulated = SimulatedPeople::parse("f", "simulated:f", file().as_bytes(), None).unwrap();
        for (statement, status, expected) in [
            ("Return the sum of some numbers in a list.", "wrong_answer", "the sum is wrong"),
            ("Return the sum of some numbers in a list.", "runtime_error", "it crashes"),
            ("Does a text read the same backwards?", "wrong_answer", "The program is wrong.\n\nLine 1:"),
        ] {
            let request = request(statement, status);
            let completion = simulated.copied(&request, &request.slots[0]).unwrap();
            assert_eq!(completion.text.body().map(|body| &**body), Some(expected));
            let remark = completion.remark.unwrap();
            assert_eq!((remark.source, remark.minutes, remark.fixed_program), (Source::Simulated, None, None));
            assert!(remark.written_about.is_some());
        }
        assert!(simulated.identity().simulated);
        let other = SimulatedPeople::parse("f", "simulated:f", b"", None).unwrap();
        assert_ne!(simulated.identity().digest, other.identity().digest, "the rows decide what is said");
        let request = request("x", "y");
        assert!(other.copied(&request, &request.slots[0]).is_err());
    }

    #[test]
    fn the_nearest_rows_are_examples_for_a_model() {
        let simulated = SimulatedPeople::parse("f", "simulated:f", file().as_bytes(), None).unwrap();
        let asked = simulated.with_examples(&request("Return the sum of some numbers.", "runtime_error"));
        assert_eq!(asked.messages.len(), 2);
        let shown = &asked.messages[0].content;
        let place = |text: &str| shown.find(text).unwrap();
        assert!(
            place("it crashes") < place("the sum is wrong") && place("the sum is wrong") < place("Line 1:"),
            "{shown}"
        );
    }

    #[test]
    fn agreement_is_about_rows_that_were_held_out() {
        let same: Vec<String> = (0..10)
            .map(|number| row(number, "Return the sum.", "wrong_answer", r#""satisfied":"no","spans":[2]"#))
            .chain([row(10, "Something else.", "runtime_error", r#""satisfied":"yes","spans":[7]"#)])
            .collect();
        let people = People::parse("f", "human:f", same.join("\n").as_bytes()).unwrap();
        let read = |remark: &Remark| (remark.spans.iter().map(|mark| mark.span).collect(), remark.opinion());
        let told = agreement(&people, 2, &read);
        // The odd one is either held out, and its nearest row says something else, or nobody's nearest.
        assert_eq!((told.held_out, told.with_lines, told.with_opinion), (6, 6, 6));
        assert!(told.same_lines >= 5 && told.same_lines == told.same_opinion, "{told:?}");
    }
}

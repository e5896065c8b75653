//! People for a while, then a simulation of them.

use super::{People, SimulatedPeople};
use crate::{Answer, Model, ModelError, Patience, Request, Taken, Turn};
use mend_core::{Cost, Minutes, ModelIdentity};
use std::time::Duration;

/// People who answer until they have spent so many minutes, and a simulated person who answers from then on.
///
/// Which rows are theirs hangs on the file alone: those in its order up to the one with which the minutes are spent. So no
/// order of arrival decides who answers.
pub struct SwitchedPeople {
    people: People,
    then: SimulatedPeople,
    /// Whether the minutes are spent, so that nobody is waited for.
    is_over: bool,
}

impl SwitchedPeople {
    /// Lets `people` answer with the rows that fit into `after`, and `then` for whatever they did not write. Without `then`
    /// these same rows are what the simulation is made of.
    pub fn new(people: People, then: Option<SimulatedPeople>, after: Minutes) -> Self {
        let (people, is_over) = people.up_to(after);
        let then = then.unwrap_or_else(|| {
            let digest = mend_core::Digest::of(people.name.as_bytes());
            SimulatedPeople::of(&people, people.name.clone(), digest, None)
        });
        Self { people, then, is_over }
    }

    /// Who answers: nobody else than people as long as they have time, or if they wrote about it.
    fn answers(&self, request: &Request) -> &dyn Model {
        let has_rows = request.slots.iter().all(|slot| self.people.find(request, slot).is_ok());
        if has_rows || !self.is_over { &self.people } else { &self.then }
    }
}

#[async_trait::async_trait]
impl Model for SwitchedPeople {
    fn identity(&self) -> ModelIdentity {
        ModelIdentity { simulated: true, ..self.people.identity() }
    }

    async fn turn(&self, request: &Request) -> Turn {
        self.answers(request).turn(request).await
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        self.answers(request).complete(request).await
    }

    fn worst_case(&self, request: &Request) -> Cost {
        self.answers(request).worst_case(request)
    }

    fn is_free(&self) -> bool {
        self.then.is_free()
    }

    fn per_request(&self) -> usize {
        1
    }

    fn patience(&self) -> Patience {
        self.then.patience()
    }

    fn paused(&self) -> Option<Duration> {
        self.then.paused()
    }

    fn gives_programs(&self) -> bool {
        self.people.gives_programs()
    }

    fn takes(&self, request: &Request) -> Vec<Taken> {
        self.answers(request).takes(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AskedAbout, Message, Speaker};
    use mend_core::{Digest, ProblemId, Sampling, Seat, Source, Text, Tokens};

    fn rows(count: u32) -> String {
        let row = |number: u32| {
            let digest = Digest::of(format!("{number}").as_bytes());
            format!(
                r#"{{"problem":"a/1","program_digest":"{digest}","feedback":"of {number}","minutes":4,"statement":"s"}}"#
            )
        };
        (0..count).map(row).collect::<Vec<_>>().join("\n")
    }

    fn ask(switched: &SwitchedPeople, program: &str) -> Option<(String, Source)> {
        let request = Request {
            problem: ProblemId::new("a/1"),
            problem_digest: Digest::of(b""),
            replicate: 0,
            seed: 0,
            seat: Seat::CRITIC,
            slots: vec!["p0/f0".parse().unwrap()],
            messages: vec![Message { speaker: Speaker::User, content: "why?".to_owned() }],
            program: Some(AskedAbout {
                text: Text::new(program),
                cluster: None,
                likeness: super::super::likeness("s", "", ""),
            }),
            first: 0,
            sampling: Sampling::new(0.0, Tokens(10)),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = runtime.block_on(switched.complete(&request)).ok()?;
        let completion = &answer.completions[0];
        let source = completion.remark.as_ref().unwrap().source;
        Some((completion.text.body().unwrap().to_string(), source))
    }

    #[test]
    fn people_answer_until_their_minutes_are_spent() {
        let people = |count| People::parse("f", "f.jsonl", rows(count).as_bytes()).unwrap();
        let after = |minutes: &str| minutes.parse().unwrap();
        // 4 and 8 are less than ten: a third row is the last, with which they are spent.
        let switched = SwitchedPeople::new(people(5), None, after("10"));
        for number in 0..3 {
            assert_eq!(ask(&switched, &number.to_string()), Some((format!("of {number}"), Source::Human)));
        }
        let (text, source) = ask(&switched, "4").unwrap();
        assert!(source == Source::Simulated && ["of 0", "of 1", "of 2"].contains(&&*text), "{text}");
        // While there is time left, what nobody wrote is waited for.
        let waiting = SwitchedPeople::new(people(2), None, after("10"));
        assert_eq!(ask(&waiting, "1"), Some(("of 1".to_owned(), Source::Human)));
        assert_eq!(ask(&waiting, "4"), None);
        assert!(waiting.identity().simulated, "some answers are no person's");
    }

    #[test]
    fn others_may_speak_once_the_minutes_are_spent() {
        let people = People::parse("f", "f.jsonl", rows(1).as_bytes()).unwrap();
        let digest = Digest::of(b"z");
        let other = format!(r#"{{"problem":"z","program_digest":"{digest}","feedback":"as others say"}}"#);
        let then = SimulatedPeople::parse("g", "simulated:g", other.as_bytes(), None).unwrap();
        let switched = SwitchedPeople::new(people, Some(then), Minutes::ZERO);
        assert_eq!(ask(&switched, "0"), Some(("as others say".to_owned(), Source::Simulated)));
    }
}

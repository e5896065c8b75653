use super::*;
use crate::{Model, ModelError, Profile, SimulatedProgrammer, Speaker};
use mend_core::Tokens;
use std::io::Write;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn request(prompt: &str, slots: &[&str]) -> Request {
    Request {
        problem: ProblemId::new("a/1"),
        problem_digest: Digest::of(b""),
        replicate: 0,
        seed: 3,
        seat: Seat::CODER,
        slots: slots.iter().map(|slot| slot.parse().unwrap()).collect(),
        messages: vec![Message { speaker: Speaker::User, content: prompt.to_owned() }],
        program: None,
        first: 0,
        sampling: Sampling::new(0.8, Tokens(100)),
    }
}

/// A programmer who knows nothing, and refuses with words that differ from node to node.
fn programmer() -> Arc<dyn Model> {
    Arc::new(SimulatedProgrammer::new(Profile::named("journeyman").unwrap(), &[]))
}

fn recorded_model() -> BTreeMap<Seat, RecordedModel> {
    [(Seat::CODER, RecordedModel { identity: programmer().identity(), per_request: None })].into()
}

fn ask(model: &dyn Model, request: &Request) -> Result<crate::Answer, ModelError> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(model.complete(request))
}

/// A cassette of some requests.
fn tape(requests: &[Request]) -> Vec<u8> {
    let file = Shared::default();
    let recorder = Recorder::start("t.jsonl", b"", Box::new(file.clone()), recorded_model()).unwrap();
    let model = recorder.model(programmer());
    for request in requests {
        ask(&model, request).unwrap();
    }
    model.gave_up(&request("never", &["p9"]), "it broke");
    file.0.lock().unwrap().clone()
}

fn replay(bytes: &[u8]) -> Replay {
    Arc::new(Tape::read("t.jsonl", bytes).unwrap()).model(Seat::CODER, None).unwrap()
}

#[test]
fn replay_answers_each_node_as_it_was_answered_in_whatever_order_and_groups() {
    let asked = [request("write f", &["p0", "p1", "p2"]), request("write f", &["p3"])];
    let replay = replay(&tape(&asked));
    assert_eq!(replay.identity(), programmer().identity());
    for request in asked.iter().rev() {
        assert_eq!(ask(&replay, request).unwrap(), ask(&*programmer(), request).unwrap());
    }
    let texts = |request: &Request| {
        let answer = ask(&replay, request).unwrap();
        answer.completions.into_iter().map(|one| one.text.body().unwrap().to_string()).collect::<Vec<_>>()
    };
    let all = texts(&asked[0]);
    assert_ne!(all[0], all[1], "the same prompt at two nodes has two answers");
    assert_eq!(texts(&request("write f", &["p1", "p2"])), all[1..]);
    assert_eq!(texts(&request("write f", &["p2", "p3"])), all[2..], "the rest is asked for again");
    let gave_up = ask(&replay, &request("never", &["p9"])).unwrap_err();
    assert_eq!(gave_up.to_string(), "it broke");
}

#[test]
fn a_request_that_was_not_recorded_shows_how_it_differs_from_the_nearest() {
    let replay = replay(&tape(&[request("line one\nwrite f\nline three\n", &["p0"]), request("unlike", &["p1"])]));
    let missed = ask(&replay, &request("line one\nwrite g\nline three\n", &["p0"])).unwrap_err();
    insta::assert_snapshot!(missed, @r#"
    t.jsonl holds no answer for `p0` of problem a/1 (replicate 0); the nearest recorded request, for `p0`, differs:
    --- recorded
    +++ asked
    @@ -5,4 +5,4 @@
     [user]
     line one
    -write f
    +write g
     line three
    "#);
    let missed = ask(&replay, &request("unlike", &["p7"])).unwrap_err().to_string();
    assert_eq!(
        missed,
        "t.jsonl holds no answer for `p7` of problem a/1 (replicate 0): the same request was recorded for p1 only"
    );
}

#[test]
fn a_cassette_goes_on_after_a_kill_and_the_later_answer_counts() {
    let first = request("write f", &["p0"]);
    let mut bytes = tape(std::slice::from_ref(&first));
    let before = bytes.clone();
    bytes.extend_from_slice(b"{\"request\":\"torn");
    assert!(ask(&replay(&bytes), &first).is_ok(), "a torn line is not read");
    let file = Shared::default();
    let recorder = Recorder::start("t.jsonl", &before, Box::new(file.clone()), recorded_model()).unwrap();
    ask(&recorder.model(programmer()), &request("more", &["p1"])).unwrap();
    let whole = [before.clone(), file.0.lock().unwrap().clone()].concat();
    assert!(ask(&replay(&whole), &request("more", &["p1"])).is_ok());

    let other = RecordedModel { per_request: Some(1), ..recorded_model()[&Seat::CODER].clone() };
    let refused = Recorder::start("t.jsonl", &before, Box::new(file), [(Seat::CODER, other)].into()).unwrap_err();
    assert_eq!(refused.to_string(), "t.jsonl: was recorded with other models: sim/journeyman");
}

#[test]
fn what_is_no_cassette_is_told_with_its_line() {
    let error = |bytes: &[u8]| Tape::read("t.jsonl", bytes).unwrap_err().to_string();
    assert_eq!(error(b""), "t.jsonl: holds no recorded traffic");
    assert_eq!(error(b"{}\n"), "t.jsonl:1: missing field `cassette`");
    assert_eq!(
        error(b"{\"cassette\":9,\"models\":{}}\n"),
        "t.jsonl: written in layout 9 of cassettes, and this mend reads 1"
    );
    let damaged = [&tape(&[])[..], b"{}\n"].concat();
    assert_eq!(error(&damaged), "t.jsonl:3: missing field `request`");
}

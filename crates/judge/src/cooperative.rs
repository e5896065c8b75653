//! Functions whose tests share an interpreter with the candidate, because they use what it defines beside its entry point,
//! or exchange what cannot cross.
//!
//! This is weaker than two parties (`functions`): a candidate that is made to fool this very guest can do so, and one
//! that overrides what the tests use can pass them. What is left of the proof: a pass must carry a random number that the
//! host gives out only when the tests' code says that it has ended, on a descriptor that nothing printed reaches. An
//! early exit, a printed pass or a message sent ahead proves nothing. Such passes are counted apart.
//!
//! Each test has a process of its own, and the limits count what candidate and test take together.

use crate::bench::{Bench, Ran};
use crate::facts::normal;
use crate::functions::{OUR_SPEND, ended, line_of, noted};
use crate::guests;
use crate::secrets::Secrets;
use crate::task::{JudgeError, Task};
use crate::wire::Plain;
use mend_core::{Facts, Status, Test, TestVerdict};
use mend_sandbox::{Answer, Called, Calls, Outcome, Party, Spend, Worker};
use std::sync::{Arc, Mutex, PoisonError};

/// Runs one test.
pub(crate) fn judge(
    worker: &mut dyn Worker,
    bench: &mut Bench<'_>,
    task: &Task,
    entry: &str,
    index: u32,
    test: &Test,
) -> Result<Ran, JudgeError> {
    let broken = |why: String| JudgeError::BrokenTest { problem: task.problem.id.clone(), why };
    let mut fields: Vec<Plain> = vec![(&*task.shared_context()).into(), entry.into()];
    match test {
        Test::Script { source } => fields.extend(["script".into(), (&**source).into()]),
        Test::Call { args, expected } => {
            let tolerance = task.problem.tolerance.map_or(Plain::None, Plain::Float);
            fields.extend(["call".into(), (&*args.0).into(), (&*expected.0).into(), tolerance]);
        }
        Test::Stdio { .. } => {
            return Err(broken(format!("test {index} has an input, but the problem asks for a function")));
        }
    }
    let mut party = worker.open(&guests::cooperative(bench.limits.clone()))?;
    // No code of the candidate is there yet, so whatever fails here is not its fault.
    let why = match ask(party.as_mut(), fields, OUR_SPEND, None)? {
        Said::Answer { word, .. } if word == "prepared" => None,
        Said::Answer { facts, .. } => Some(Ok(facts.note.unwrap_or_else(|| "no reason given".to_owned()))),
        Said::Nonsense(why) => Some(Ok(why)),
        Said::Ended(outcome) => Some(ended(&outcome).map(|(_, note)| format!("the interpreter {note}"))),
    };
    if let Some(why) = why {
        bench.charge(&party.close()?.used);
        let why = why?;
        return Err(broken(format!("test {index} or the statement's own code fails by itself: {why}")));
    }

    let issued: Arc<Mutex<Option<i64>>> = Arc::default();
    let issue = Arc::clone(&issued);
    let calls: Calls = Box::new(move |_| {
        let mut issued = issue.lock().unwrap_or_else(PoisonError::into_inner);
        if issued.is_some() {
            return Called::Abort;
        }
        let number = Secrets::new().draw();
        *issued = Some(number);
        let mut reply = Vec::new();
        Plain::Int(number).encode(&mut reply);
        Called::Reply(reply)
    });
    let program = vec![(&*task.program).into(), entry.into()];
    let said = ask(party.as_mut(), program, bench.spend(), Some(calls))?;
    bench.charge_candidate(&party.close()?.used);
    let issued = *issued.lock().unwrap_or_else(PoisonError::into_inner);
    let (status, facts) = match said {
        Said::Answer { proof, word, facts } => match word.as_str() {
            "passed" if issued == Some(proof) => (Status::Passed, Facts::default()),
            "passed" => (Status::RuntimeError, noted("a pass was claimed before the tests had ended".to_owned())),
            "wrong_answer" => (Status::WrongAnswer, facts),
            "compile_error" => (Status::CompileError, facts),
            "missing_entry_point" => (Status::MissingEntryPoint, facts),
            "memory_limit" => (Status::MemoryLimit, facts),
            _ => (Status::RuntimeError, facts),
        },
        Said::Nonsense(why) => (Status::RuntimeError, noted(format!("the answer breaks the protocol: {why}"))),
        Said::Ended(outcome) => {
            let (status, note) = ended(&outcome)?;
            (status, noted(format!("the program {note} during the test")))
        }
    };
    let loaded = !matches!(status, Status::CompileError | Status::MissingEntryPoint);
    let facts = Some(Box::new(facts)).filter(|_| status != Status::Passed);
    Ok(Ran { verdict: TestVerdict { index, status, facts }, loaded })
}

/// What came back of a request.
enum Said {
    Answer { proof: i64, word: String, facts: Facts },
    Nonsense(String),
    Ended(Outcome),
}

fn ask(party: &mut dyn Party, fields: Vec<Plain>, spend: Spend, calls: Option<Calls>) -> Result<Said, JudgeError> {
    let mut request = Vec::new();
    Plain::Tuple(fields).encode(&mut request);
    let frame = match party.ask(&request, spend, calls)? {
        Answer::Frame { frame, .. } | Answer::Called { frame, .. } => frame,
        Answer::Ended(outcome) => return Ok(Said::Ended(outcome)),
    };
    let (proof, fields) = match Plain::head(&frame) {
        Ok((proof, fields, length)) if length == frame.len() => (proof, fields),
        Ok(_) => return Ok(Said::Nonsense("bytes follow it".to_owned())),
        Err(error) => return Ok(Said::Nonsense(error.to_string())),
    };
    let [word, exception, line, source, assertion, expected, actual, note] = fields.as_slice() else {
        return Ok(Said::Nonsense("it has another shape".to_owned()));
    };
    let text = |field: &Plain| field.text().map(normal);
    let facts = Facts {
        exception: text(exception),
        line: line_of(line),
        source: text(source),
        assertion: text(assertion),
        expected: text(expected),
        actual: text(actual),
        note: text(note),
        ..Facts::default()
    };
    Ok(Said::Answer { proof, word: word.text().unwrap_or_default().to_owned(), facts })
}

//! Jobs in instances: a program that runs to its end, or one that answers frames.

use super::Pool;
use super::instance::{Instance, until_it_waits};
use super::state::{Serving, State, Turn};
use crate::{Answer, Calls, Captured, How, Job, Outcome, Party, Program, Said, SandboxError, Spend, Stop, Used};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

/// What came of a request.
type Handled = Result<Result<Vec<u8>, How>, SandboxError>;
/// An instance at work. It may wait for a reply, on its own stack.
type Work = Pin<Box<dyn Future<Output = (Instance, Handled)> + Send>>;

/// A program that answers frames.
pub(super) struct WasmParty {
    pool: Arc<Pool>,
    /// `None` once it has ended, and while it works.
    instance: Option<Instance>,
    /// It, while it waits for the reply to a call.
    amid: Option<Work>,
    turn: Arc<Mutex<Turn>>,
    /// The program's number in the guest.
    program: u32,
    ended: Option<Outcome>,
    stop: Stop,
}

/// Runs a program to its end.
pub(super) fn run(pool: &Arc<Pool>, job: &Job, stop: &Stop) -> Result<Outcome, SandboxError> {
    if stop.is_set() {
        return Err(SandboxError::Stopped);
    }
    let Program::Foreign(source) = &job.program else {
        return Ok(refused("a program of the harness that is not a party"));
    };
    if !job.files.is_empty() {
        return Ok(refused("files beside the program"));
    }
    let mut instance = pool.take(None)?;
    instance.begin(State::new(job.limits.clone(), job.stdin.clone(), job.seed).heeding(stop));
    let how = instance.run(source, job.seed, job.limits.cpu, job.limits.wall)?;
    let outcome = outcome(&mut instance, how);
    pool.give_back(None, instance);
    Ok(outcome)
}

/// Starts a program that answers frames.
pub(super) fn open(pool: &Arc<Pool>, job: &Job, stop: &Stop) -> Result<WasmParty, SandboxError> {
    let mut party = WasmParty {
        pool: Arc::clone(pool),
        instance: None,
        amid: None,
        turn: Arc::default(),
        program: 0,
        ended: None,
        stop: stop.clone(),
    };
    let source = match &job.program {
        Program::Own(source) if job.files.is_empty() => source,
        Program::Own(_) => {
            party.ended = Some(refused("files beside the program"));
            return Ok(party);
        }
        Program::Foreign(_) => {
            party.ended = Some(refused("frames of a program that is not the harness's own"));
            return Ok(party);
        }
    };
    let known = pool.guest.number_of(source);
    let mut instance = pool.take(known)?;
    instance.begin(State::new(job.limits.clone(), Vec::new(), job.seed).heeding(stop));
    let program = match known {
        Some(number) => Ok(number),
        None => instance.define(source, job.limits.cpu, job.limits.wall)?,
    };
    match program {
        Ok(number) => {
            party.program = number;
            party.instance = Some(instance);
        }
        Err(how) => {
            party.ended = Some(outcome(&mut instance, how));
            pool.give_back(None, instance);
        }
    }
    Ok(party)
}

impl WasmParty {
    /// What comes of a request.
    fn request(&mut self, frame: &[u8], cap: Spend, serving: Serving) -> Result<Answer, SandboxError> {
        if self.amid.is_some() {
            return Ok(Answer::Ended(self.end(How::Violation(OUT_OF_TURN.to_owned()))));
        }
        let Some(mut instance) = self.instance.take() else {
            return Ok(Answer::Ended(self.end(How::Signal(SIGKILL))));
        };
        let before = instance.state().spent();
        instance.state().calls = serving;
        let (program, frame) = (self.program, frame.to_vec());
        let work = async move {
            let handled = instance.handle(program, &frame, cap).await;
            (instance, handled)
        };
        self.go_on(Box::pin(work), &before)
    }

    /// What comes of the reply to a call.
    fn reply(&mut self, frame: &[u8], cap: Spend) -> Result<Answer, SandboxError> {
        let Some(work) = self.amid.take() else {
            return Ok(Answer::Ended(self.end(How::Violation(OUT_OF_TURN.to_owned()))));
        };
        let before = {
            let mut turn = Turn::of(&self.turn);
            turn.reply = Some((frame.to_vec(), cap));
            turn.spent
        };
        self.go_on(work, &before)
    }

    /// Has it work until it answers, calls or ends.
    fn go_on(&mut self, mut work: Work, before: &Used) -> Result<Answer, SandboxError> {
        let spent = |after: &Used| Spend {
            cpu: after.cpu.saturating_sub(before.cpu),
            wall: after.wall.saturating_sub(before.wall),
        };
        if self.stop.is_set() {
            return Err(SandboxError::Stopped);
        }
        // What was stopped amid its work goes, and its instance with it.
        let polled = until_it_waits(&self.stop, work.as_mut()).ok_or(SandboxError::Stopped)?;
        let Poll::Ready((mut instance, handled)) = polled else {
            let mut turn = Turn::of(&self.turn);
            let Some(frame) = turn.called.take() else {
                return Err(SandboxError::Wasm { detail: "the guest waits for something".to_owned() });
            };
            self.amid = Some(work);
            return Ok(Answer::Called { frame, spent: spent(&turn.spent) });
        };
        let after = instance.state().spent();
        self.instance = Some(instance);
        match handled? {
            Ok(frame) => Ok(Answer::Frame { frame, spent: spent(&after) }),
            Err(how) => Ok(Answer::Ended(self.end(how))),
        }
    }

    /// Ends it like this, unless it has ended.
    fn end(&mut self, how: How) -> Outcome {
        if let Some(mut instance) = self.instance.take() {
            self.ended = Some(outcome(&mut instance, how));
            self.pool.give_back(Some(self.program), instance);
        } else if let Some(work) = self.amid.take() {
            // What it printed goes with it, and the instance too.
            drop(work);
            let used = Turn::of(&self.turn).spent;
            self.ended = Some(Outcome { how, stdout: Captured::default(), stderr: Captured::default(), used });
        }
        self.ended.clone().unwrap_or_else(|| refused("nothing"))
    }
}

/// What ends a party that was alive when it was closed.
const SIGKILL: i32 = 9;
const OUT_OF_TURN: &str = "was spoken to out of turn";

impl Party for WasmParty {
    fn ask(&mut self, frame: &[u8], cap: Spend, calls: Option<Calls>) -> Result<Answer, SandboxError> {
        self.request(frame, cap, calls.map_or(Serving::Nobody, Serving::By))
    }

    fn converse(&mut self, said: Said<'_>, cap: Spend) -> Result<Answer, SandboxError> {
        match said {
            Said::Request(frame) => self.request(frame, cap, Serving::Back(Arc::clone(&self.turn))),
            Said::Reply(frame) => self.reply(frame, cap),
        }
    }

    fn close(mut self: Box<Self>) -> Result<Outcome, SandboxError> {
        Ok(self.end(How::Signal(SIGKILL)))
    }
}

impl Drop for WasmParty {
    fn drop(&mut self) {
        self.end(How::Signal(SIGKILL));
    }
}

fn refused(what: &str) -> Outcome {
    Outcome {
        how: How::Unsupported(what.to_owned()),
        stdout: Captured::default(),
        stderr: Captured::default(),
        used: Used::default(),
    }
}

fn outcome(instance: &mut Instance, how: How) -> Outcome {
    let state = instance.state();
    let (stdout, stderr) = (std::mem::take(&mut state.stdout), std::mem::take(&mut state.stderr));
    Outcome { how, stdout, stderr, used: state.spent() }
}

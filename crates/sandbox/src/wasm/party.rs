//! Jobs in instances: a program that runs to its end, or one that answers frames.

use super::Pool;
use super::instance::Instance;
use super::state::State;
use crate::{Answer, Calls, Captured, How, Job, Outcome, Party, Program, SandboxError, Spend, Used};
use std::sync::Arc;

/// A program that answers frames.
pub(super) struct WasmParty {
    pool: Arc<Pool>,
    /// `None` once it has ended.
    instance: Option<Instance>,
    /// The program's number in the guest.
    program: u32,
    preload: Option<Vec<u8>>,
    ended: Option<Outcome>,
}

/// Runs a program to its end.
pub(super) fn run(pool: &Arc<Pool>, job: &Job) -> Result<Outcome, SandboxError> {
    let Program::Foreign(source) = &job.program else {
        return Ok(refused("a program of the harness that is no party"));
    };
    if !job.files.is_empty() {
        return Ok(refused("files beside the program"));
    }
    let mut instance = pool.take(None)?;
    instance.begin(State::new(job.limits.clone(), job.stdin.clone(), job.seed));
    let how = instance.run(source, job.seed, job.limits.cpu, job.limits.wall)?;
    let outcome = outcome(&mut instance, how);
    pool.give_back(None, instance);
    Ok(outcome)
}

/// Starts a program that answers frames.
pub(super) fn open(pool: &Arc<Pool>, job: &Job) -> Result<WasmParty, SandboxError> {
    let mut party =
        WasmParty { pool: Arc::clone(pool), instance: None, program: 0, preload: job.preload.clone(), ended: None };
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
    instance.begin(State::new(job.limits.clone(), Vec::new(), job.seed));
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
    fn request(&mut self, frame: &[u8], cap: Spend, calls: Option<Calls>) -> Result<Answer, SandboxError> {
        let Some(instance) = &mut self.instance else {
            return Ok(Answer::Ended(self.end(How::Signal(SIGKILL))));
        };
        let before = instance.state().spent();
        instance.state().calls = calls;
        match instance.handle(self.program, frame, cap.cpu, cap.wall)? {
            Ok(frame) => {
                let after = instance.state().spent();
                let (cpu, wall) = (after.cpu.saturating_sub(before.cpu), after.wall.saturating_sub(before.wall));
                let spent = Spend { cpu, wall };
                Ok(Answer::Frame { frame, spent })
            }
            Err(how) => Ok(Answer::Ended(self.end(how))),
        }
    }

    /// Ends it like this, unless it has ended.
    fn end(&mut self, how: How) -> Outcome {
        if let Some(mut instance) = self.instance.take() {
            self.ended = Some(outcome(&mut instance, how));
            self.pool.give_back(Some(self.program), instance);
        }
        self.ended.clone().unwrap_or_else(|| refused("nothing"))
    }
}

/// What ends a party that was alive when it was closed.
const SIGKILL: i32 = 9;

impl Party for WasmParty {
    fn ask(&mut self, frame: &[u8], cap: Spend, calls: Option<Calls>) -> Result<Answer, SandboxError> {
        if let Some(preload) = self.preload.take()
            && let Some(instance) = &mut self.instance
        {
            let limits = instance.state().limits.clone();
            let answer = self.request(&preload, Spend { cpu: limits.cpu, wall: limits.wall }, None)?;
            if let Answer::Ended(_) = answer {
                return Ok(answer);
            }
        }
        self.request(frame, cap, calls)
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

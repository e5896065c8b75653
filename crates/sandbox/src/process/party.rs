//! A job that answers frames.

use super::Setup;
use super::meter::Meter;
use super::running::Running;
use super::spawn::Form;
use crate::frame::{FromGuest, ToGuest};
use crate::{Answer, Called, Calls, How, Job, LimitKind, Outcome, Party, SandboxError, Spend};
use std::time::Duration;

const CALL: &str = "call where none is allowed";
const UNREAD: &str = "call without having read what it was sent";
const UNSOLICITED: &str = "frame that nobody asked for";

/// A party of the `process` engine.
#[derive(Debug)]
pub(super) struct ProcessParty {
    running: Running,
    /// Cap of the preload, while its answer is outstanding.
    preloading: Option<Spend>,
    /// Time in which the host waited.
    waited: Duration,
    ended: Option<Outcome>,
}

impl ProcessParty {
    /// Starts the guest and sends its preload.
    pub(super) fn open(setup: &Setup, job: &Job) -> Result<Self, SandboxError> {
        let mut running = Running::start(setup, job, Form::Party)?;
        let mut preloading = None;
        if let Some(frame) = &job.preload {
            running.send(ToGuest::Request, frame)?;
            preloading = Some(Spend { cpu: job.limits.cpu, wall: job.limits.wall });
        }
        Ok(Self { running, preloading, waited: Duration::ZERO, ended: None })
    }

    /// Waits for the answer to a request that was sent.
    fn exchange(&mut self, mut meter: Meter, mut calls: Option<Calls>) -> Result<Answer, SandboxError> {
        let mut overdue = false;
        loop {
            let cpu_left = meter.check_cpu(&mut self.running);
            if self.running.is_ending() {
                return self.last_words(&meter, calls.is_some());
            }
            match self.running.receive() {
                Err(breach) => self.breach(breach.to_string()),
                Ok(Some(FromGuest::Answer(payload))) => {
                    self.waited += meter.wall();
                    return Ok(Answer::Frame { frame: payload, spent: meter.spent(&mut self.running) });
                }
                Ok(Some(FromGuest::Call(payload))) => match &mut calls {
                    None => self.breach(CALL.to_owned()),
                    // Or else replies that nobody reads would fill our memory.
                    Some(_) if self.running.is_writing() => self.breach(UNREAD.to_owned()),
                    // Calls without end are no way around the cap.
                    Some(_) if meter.wall_left().is_zero() => self.running.stop(How::Limit(LimitKind::Wall)),
                    Some(calls) => match meter.paused(&mut self.running, || calls(&payload)) {
                        Called::Reply(reply) => self.running.send(ToGuest::Reply, &reply)?,
                        Called::Abort => self.running.send(ToGuest::Abort, &[])?,
                    },
                },
                Ok(None) if overdue => self.running.stop(How::Limit(LimitKind::Wall)),
                Ok(None) => {
                    let wall_left = meter.wall_left();
                    overdue = wall_left.is_zero();
                    self.running.turn(cpu_left.min(wall_left))?;
                }
            }
        }
    }

    /// What is to be said once the guest has ended: its answer, if it gave one before; else its outcome.
    fn last_words(&mut self, meter: &Meter, may_call: bool) -> Result<Answer, SandboxError> {
        self.running.settle()?;
        self.waited += meter.wall();
        let mut outcome = self.running.outcome(meter.cpu_cap(), self.waited)?;
        let mut answer = None;
        // What it wrote before it ended counts, whether or not a poll came in time to see it.
        if matches!(outcome.how, How::Exit(_) | How::Signal(_)) {
            match self.running.receive() {
                Ok(Some(FromGuest::Answer(payload))) => answer = Some(payload),
                Ok(Some(FromGuest::Call(_))) if !may_call => outcome.how = How::Violation(CALL.to_owned()),
                Ok(_) => {}
                Err(breach) => outcome.how = How::Violation(breach.to_string()),
            }
        }
        self.ended = Some(outcome.clone());
        let spent = meter.spent(&mut self.running);
        Ok(answer.map_or(Answer::Ended(outcome), |frame| Answer::Frame { frame, spent }))
    }

    fn breach(&mut self, what: String) {
        self.running.stop(How::Violation(what));
    }
}

impl Party for ProcessParty {
    fn ask(&mut self, frame: &[u8], cap: Spend, calls: Option<Calls>) -> Result<Answer, SandboxError> {
        if let Some(outcome) = &self.ended {
            return Ok(Answer::Ended(outcome.clone()));
        }
        if let Some(cap) = self.preloading.take()
            && let Answer::Ended(outcome) = self.exchange(Meter::start(cap, Duration::ZERO), None)?
        {
            return Ok(Answer::Ended(outcome));
        }
        if let Some(outcome) = &self.ended {
            return Ok(Answer::Ended(outcome.clone()));
        }
        let meter = Meter::start(cap, self.running.cpu());
        self.running.turn(Duration::ZERO)?;
        if self.running.inbox_is_empty() {
            self.running.send(ToGuest::Request, frame)?;
        } else {
            self.breach(UNSOLICITED.to_owned());
        }
        self.exchange(meter, calls)
    }

    fn close(mut self: Box<Self>) -> Result<Outcome, SandboxError> {
        if let Some(outcome) = self.ended {
            return Ok(outcome);
        }
        self.running.stop(How::Signal(libc::SIGKILL));
        self.running.settle()?;
        let mut outcome = self.running.outcome(Duration::MAX, self.waited)?;
        if self.preloading.is_none() && !self.running.inbox_is_empty() {
            outcome.how = How::Violation(UNSOLICITED.to_owned());
        }
        Ok(outcome)
    }
}

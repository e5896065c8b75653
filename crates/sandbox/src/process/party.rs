//! A job that answers frames.

use super::Setup;
use super::meter::Meter;
use super::running::Running;
use super::spawn::Form;
use crate::frame::{FromGuest, ToGuest};
use crate::{Answer, Called, Calls, How, Job, LimitKind, Outcome, Party, Said, SandboxError, Spend, Stop};
use std::time::Duration;

const CALL: &str = "call where none is allowed";
const UNREAD: &str = "call without having read what it was sent";
const UNSOLICITED: &str = "frame that nobody asked for";
const OUT_OF_TURN: &str = "was spoken to out of turn";

/// Who serves the guest's calls.
enum Serving {
    Nobody,
    By(Calls),
    /// Whoever speaks with it.
    Back,
}

/// A party of the `process` engine.
#[derive(Debug)]
pub(super) struct ProcessParty {
    running: Running,
    /// Time in which the host waited.
    waited: Duration,
    /// Whether it waits for the reply to a call that was handed back.
    calls: bool,
    ended: Option<Outcome>,
}

impl ProcessParty {
    /// Starts the guest.
    pub(super) fn open(setup: &Setup, job: &Job, stop: &Stop) -> Result<Self, SandboxError> {
        let running = Running::start(setup, job, Form::Party, stop)?;
        Ok(Self { running, waited: Duration::ZERO, calls: false, ended: None })
    }

    /// Waits for the answer to a request that was sent.
    fn exchange(&mut self, mut meter: Meter, mut serving: Serving) -> Result<Answer, SandboxError> {
        let mut overdue = false;
        loop {
            let cpu_left = meter.check_cpu(&mut self.running);
            if self.running.is_ending() {
                return self.last_words(&meter, !matches!(serving, Serving::Nobody));
            }
            match self.running.receive() {
                Err(breach) => self.breach(breach.to_string()),
                Ok(Some(FromGuest::Answer(payload))) => {
                    self.waited += meter.wall();
                    return Ok(Answer::Frame { frame: payload, spent: meter.spent(&mut self.running) });
                }
                Ok(Some(FromGuest::Call(payload))) => match &mut serving {
                    Serving::Nobody => self.breach(CALL.to_owned()),
                    // Or else replies that nobody reads would fill our memory.
                    _ if self.running.is_writing() => self.breach(UNREAD.to_owned()),
                    // Calls without end are no way around the cap.
                    _ if meter.wall_left().is_zero() => self.running.stop(How::Limit(LimitKind::Wall)),
                    Serving::Back => {
                        self.waited += meter.wall();
                        self.calls = true;
                        return Ok(Answer::Called { frame: payload, spent: meter.spent(&mut self.running) });
                    }
                    Serving::By(calls) => match meter.paused(&mut self.running, || calls(&payload)) {
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

    /// Says something to it and waits for what comes of it.
    fn say(&mut self, kind: ToGuest, frame: &[u8], cap: Spend, serving: Serving) -> Result<Answer, SandboxError> {
        if let Some(outcome) = &self.ended {
            return Ok(Answer::Ended(outcome.clone()));
        }
        let meter = Meter::start(cap, self.running.cpu());
        self.running.turn(Duration::ZERO)?;
        if std::mem::take(&mut self.calls) != (kind == ToGuest::Reply) {
            self.breach(OUT_OF_TURN.to_owned());
        } else if self.running.inbox_is_empty() {
            self.running.send(kind, frame)?;
        } else {
            self.breach(UNSOLICITED.to_owned());
        }
        self.exchange(meter, serving)
    }

    fn breach(&mut self, what: String) {
        self.running.stop(How::Violation(what));
    }
}

impl Party for ProcessParty {
    fn ask(&mut self, frame: &[u8], cap: Spend, calls: Option<Calls>) -> Result<Answer, SandboxError> {
        self.say(ToGuest::Request, frame, cap, calls.map_or(Serving::Nobody, Serving::By))
    }

    fn converse(&mut self, said: Said<'_>, cap: Spend) -> Result<Answer, SandboxError> {
        match said {
            Said::Request(frame) => self.say(ToGuest::Request, frame, cap, Serving::Back),
            Said::Reply(frame) => self.say(ToGuest::Reply, frame, cap, Serving::Back),
        }
    }

    fn close(mut self: Box<Self>) -> Result<Outcome, SandboxError> {
        if let Some(outcome) = self.ended {
            return Ok(outcome);
        }
        self.running.stop(How::Signal(libc::SIGKILL));
        self.running.settle()?;
        let mut outcome = self.running.outcome(Duration::MAX, self.waited)?;
        if !self.running.inbox_is_empty() {
            outcome.how = How::Violation(UNSOLICITED.to_owned());
        }
        Ok(outcome)
    }
}

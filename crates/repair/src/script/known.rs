//! What a script may learn of a node, and the views of its verdict that its reach permits.

use super::error::{Await, Signal, wrong};
use super::pin::Pin;
use crate::extract::without_code;
use crate::feedback::{Failure, failure, observe};
use mend_core::{Found, Node, Problem, Slot, Status, Suite, SuiteVerdict, Test, TestVerdict, Verdict};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Suites whose tests a script may show or whose outcome it may use, from less to more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Reach {
    /// No test.
    #[default]
    None,
    /// The tests that the statement shows.
    Public,
    /// The scoring tests too.
    Hidden,
}

impl Reach {
    /// The suites that it covers, in the order in which they are shown.
    pub fn suites(self) -> &'static [Suite] {
        match self {
            Self::None => &[],
            Self::Public => &[Suite::Public],
            Self::Hidden => &[Suite::Public, Suite::Hidden],
        }
    }

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl FromStr for Reach {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::None, Self::Public, Self::Hidden]
            .into_iter()
            .find(|reach| reach.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a suite: expected none, public or hidden"))
    }
}

/// What a script has made use of so far, of what its header grants.
#[derive(Debug, Default)]
pub struct Reached {
    see: AtomicU8,
    stop_on: AtomicU8,
    select_on: AtomicU8,
    reference: AtomicBool,
    /// Whether a verdict itself was taken for a truth value, which is no use of anything.
    as_truth: AtomicBool,
}

impl Reached {
    fn sees(&self, reach: Reach) {
        self.see.fetch_max(reach as u8, Ordering::Relaxed);
    }

    fn uses(&self, reach: Reach, is_choosing: bool) {
        let used = if is_choosing { &self.select_on } else { &self.stop_on };
        used.fetch_max(reach as u8, Ordering::Relaxed);
    }

    pub(super) fn takes_as_truth(&self) {
        self.as_truth.store(true, Ordering::Relaxed);
    }

    pub(super) fn took_as_truth(&self) -> bool {
        self.as_truth.load(Ordering::Relaxed)
    }

    pub(super) fn reads_reference(&self) {
        self.reference.store(true, Ordering::Relaxed);
    }

    /// Fields of a header that grant more than the script made use of.
    pub fn unused(&self, header: &super::Header) -> Vec<&'static str> {
        let of = |used: &AtomicU8, granted: Reach| used.load(Ordering::Relaxed) < granted as u8;
        // What may decide what is done next may also decide what is handed in.
        let selects = self.select_on.load(Ordering::Relaxed).max(self.stop_on.load(Ordering::Relaxed));
        let learns = self.see.load(Ordering::Relaxed).max(self.stop_on.load(Ordering::Relaxed));
        let learn_on = header.rounds.as_ref().map_or(Reach::None, |rounds| rounds.learn_on);
        let fields = [
            ("see", of(&self.see, header.see)),
            ("stop_on", of(&self.stop_on, header.stop_on)),
            ("select_on", selects < header.select_on as u8),
            ("reference", header.reference && !self.reference.load(Ordering::Relaxed)),
            ("learn_on", learns < learn_on as u8),
        ];
        fields.into_iter().filter_map(|(field, is_unused)| is_unused.then_some(field)).collect()
    }
}

/// Whose verdict a script asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Suites {
    /// No suite: only what is no secret of any.
    None,
    Public,
    Hidden,
    /// The public suite, then the hidden one.
    Every,
    /// Tests that nodes hold.
    Tests(Arc<[Slot]>),
}

impl Suites {
    pub(super) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "none" => Self::None,
            "public" => Self::Public,
            "hidden" => Self::Hidden,
            "every" => Self::Every,
            _ => return None,
        })
    }

    /// The reach that their outcome or their facts take.
    pub(super) fn reach(&self) -> Reach {
        match self {
            Self::None | Self::Tests(_) => Reach::None,
            Self::Public => Reach::Public,
            Self::Hidden | Self::Every => Reach::Hidden,
        }
    }

    /// The problem's own suites among them.
    pub(super) fn of_problem(&self) -> &'static [Suite] {
        match self {
            Self::None | Self::Tests(_) => &[],
            Self::Public => &[Suite::Public],
            Self::Hidden => &[Suite::Hidden],
            Self::Every => &[Suite::Public, Suite::Hidden],
        }
    }
}

impl fmt::Display for Suites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Public => f.write_str("public"),
            Self::Hidden => f.write_str("hidden"),
            Self::Every => f.write_str("every"),
            Self::Tests(nodes) => {
                let nodes: Vec<String> = nodes.iter().map(ToString::to_string).collect();
                write!(f, "the tests of {}", nodes.join(", "))
            }
        }
    }
}

/// A node whose outcome is known.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) text: Arc<str>,
    /// The program in it, if it is one that holds one.
    pub(super) code: Option<Arc<str>>,
    pub(super) verdict: Option<Verdict>,
    pub(super) found: Option<Found>,
}

impl Known {
    /// `None` while the node's outcome is not known; an error if it will never have one.
    pub(super) fn of(node: &Node) -> Option<Result<Self, Signal>> {
        node.outcome.as_ref()?;
        let text = node.completion.as_ref().and_then(|completion| completion.text.body());
        let (Some(text), None) = (text, node.unscored()) else { return Some(Err(Signal::Gone(node.slot.clone()))) };
        let cut = (node.screened.code_cut == Some(true)).then(|| without_code(text)).flatten();
        Some(Ok(Self {
            text: cut.map_or_else(|| Arc::clone(text), Into::into),
            code: node.candidate.as_ref().and_then(|candidate| candidate.program.body()).cloned(),
            verdict: node.verdict().cloned(),
            found: node.found().cloned(),
        }))
    }
}

/// A verdict as a script sees it: by some suites, as far as its reach permits.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a permission or a fact of its own")]
pub(super) struct View {
    pub(super) slot: Slot,
    pub(super) suites: Suites,
    /// The problem that the program is for.
    pub(super) problem: Arc<Problem>,
    /// `None` while the verdict is not there.
    pub(super) known: Option<Arc<Known>>,
    /// What tests of nodes say; `None` where the problem's suites are asked for.
    pub(super) tested: Option<Arc<Tested>>,
    /// Whether the program will never have a verdict.
    pub(super) is_gone: bool,
    /// Whether the outcome may decide something.
    pub(super) may_use: bool,
    /// Whether facts may enter a prompt.
    pub(super) may_show: bool,
    /// Whether both may be on problems that shape the strategy's state, and this is none of them.
    pub(super) may_on_dev: bool,
    /// Whether `programs()` was called, so that an outcome only selects.
    pub(super) is_choosing: bool,
    /// Where it is noted what a script makes use of.
    pub(super) reached: Arc<Reached>,
}

/// What chosen tests of nodes say of a program.
#[derive(Debug)]
pub(super) struct Tested {
    /// The tests, as a suite of their own.
    pub(super) tests: Vec<Test>,
    /// Their outcomes, or what they wait for.
    pub(super) verdict: Result<SuiteVerdict, Await>,
}

impl View {
    /// The suites that ran, in order. Fewer than asked for where the problem lacks one, or where nothing ran.
    fn verdicts(&self) -> Result<Vec<&SuiteVerdict>, starlark::Error> {
        if let Some(tested) = &self.tested {
            let waits = |awaited: &Await| Signal::Waits(awaited.clone()).raise();
            return Ok(vec![tested.verdict.as_ref().map_err(waits)?]);
        }
        let verdict = self.verdict()?;
        Ok(self.suites.of_problem().iter().filter_map(|suite| verdict.of(*suite)).collect())
    }

    fn verdict(&self) -> Result<&Verdict, starlark::Error> {
        if self.is_gone {
            return Err(Signal::Gone(self.slot.clone()).raise());
        }
        let known = self.known.as_ref().ok_or_else(|| Signal::Waits(Await::Node(self.slot.clone())).raise())?;
        known.verdict.as_ref().ok_or_else(|| Signal::Gone(self.slot.clone()).raise())
    }

    fn check_use(&self) -> Result<(), starlark::Error> {
        if self.suites == Suites::None {
            return Err(wrong("the suite `none` has no outcome: ask for `public`, `hidden` or `every`"));
        }
        if self.may_use {
            self.reached.uses(self.suites.reach(), self.is_choosing);
            return Ok(());
        }
        let suite = self.suites.reach().as_str();
        Err(wrong(format!(
            "the outcome of the {} suite may not be used here: the header does not grant `stop_on = \"{suite}\"`{}",
            self.suites,
            self.on_dev()
        )))
    }

    fn check_show(&self) -> Result<(), starlark::Error> {
        if self.may_show {
            self.reached.sees(self.suites.reach());
            return Ok(());
        }
        let suite = self.suites.reach().as_str();
        Err(wrong(format!(
            "facts of the {} suite may not be shown: the header does not grant `see = \"{suite}\"`{}",
            self.suites,
            self.on_dev()
        )))
    }

    /// Where it may be, if anywhere.
    fn on_dev(&self) -> &'static str {
        if self.may_on_dev { " (`learn_on` grants it where `memory().is_dev` is True)" } else { "" }
    }

    /// Whether nothing that was asked for failed. True where the problem has no such suite.
    pub(super) fn passed(&self) -> Result<bool, starlark::Error> {
        self.check_use()?;
        if let Suites::Tests(_) = self.suites {
            return Ok(self.verdicts()?.iter().all(|suite| suite.status == Status::Passed));
        }
        let verdict = self.verdict()?;
        Ok(self.suites.of_problem().iter().all(|suite| verdict.passes(*suite) != Some(false)))
    }

    /// Tests passed, and tests in all. Zero of one where the program could not be tried.
    fn counts(&self) -> Result<(u32, u32), starlark::Error> {
        let verdicts = self.verdicts()?;
        let total: u32 = verdicts.iter().map(|suite| suite.total).sum();
        if total == 0 {
            return Ok((u32::from(self.passed()?), 1));
        }
        Ok((verdicts.iter().map(|suite| suite.passed()).sum(), total))
    }

    /// Share of the tests that passed, from 0 to 1.
    pub(super) fn fraction(&self) -> Result<f64, starlark::Error> {
        self.check_use()?;
        let (passed, total) = self.counts()?;
        Ok(f64::from(passed) / f64::from(total))
    }

    /// The status of the first test that did not pass, `passed` if all did, or why nothing ran.
    pub(super) fn status(&self) -> Result<Status, starlark::Error> {
        self.check_use()?;
        self.first_status()
    }

    fn first_status(&self) -> Result<Status, starlark::Error> {
        let verdicts = self.verdicts()?;
        if let Some(failed) = verdicts.iter().find(|suite| suite.status != Status::Passed) {
            return Ok(failed.status);
        }
        match &self.suites {
            Suites::Tests(_) => Ok(Status::Passed),
            _ if verdicts.is_empty() => {
                let verdict = self.verdict()?;
                Ok(if verdict.engine.is_none() { verdict.status } else { Status::Passed })
            }
            _ => Ok(Status::Passed),
        }
    }

    /// The first failure that may be shown, in the order of the suites. What is no secret of any suite is shown under
    /// any view: that an answer holds no program, and that a program cannot be loaded.
    pub(super) fn first_failure(&self, cut: usize) -> Result<Option<Failure>, starlark::Error> {
        self.check_show()?;
        if let Suites::Tests(_) = self.suites {
            return Ok(self.verdicts()?[0].first_failure().map(|test| failure(test, cut)));
        }
        Ok(observe(self.verdict()?, self.suites.of_problem(), cut))
    }

    /// The tests that did not pass. Where no test could run, the reason alone.
    pub(super) fn failures(&self, cut: usize) -> Result<Vec<Failure>, starlark::Error> {
        let tests = self.tests()?;
        if tests.is_empty() {
            return Ok(self.first_failure(cut)?.into_iter().collect());
        }
        let failing = tests.into_iter().filter(|(_, test)| test.status != Status::Passed);
        Ok(failing.map(|(_, test)| failure(test, cut)).collect())
    }

    /// The tests that ran, in order, each with its outcome.
    pub(super) fn tests(&self) -> Result<Vec<(Option<&Test>, &TestVerdict)>, starlark::Error> {
        self.check_show()?;
        if let Some(tested) = &self.tested {
            let verdict = self.verdicts()?[0];
            return Ok(verdict.tests.iter().map(|test| (tested.tests.get(test.index as usize), test)).collect());
        }
        let verdict = self.verdict()?;
        let of_suite = |suite: &Suite| {
            let tests = self.problem.tests.of(*suite);
            let ran = verdict.of(*suite).map_or(&[][..], |verdict| &verdict.tests);
            ran.iter().map(move |test| (tests.get(test.index as usize), test))
        };
        Ok(self.suites.of_problem().iter().flat_map(of_suite).collect())
    }

    /// How many tests did not run, since those before them ended the suite.
    pub(super) fn unrun(&self) -> Result<u32, starlark::Error> {
        let verdicts = self.verdicts()?;
        Ok(verdicts.iter().map(|suite| suite.total.saturating_sub(suite.tests.len() as u32)).sum())
    }

    /// How each test ended, in order; `None` for what did not run.
    pub(super) fn statuses(&self) -> Result<Vec<Option<Status>>, starlark::Error> {
        let of_suite = |suite: &SuiteVerdict| {
            let mut statuses = vec![None; suite.total as usize];
            for test in &suite.tests {
                statuses[test.index as usize] = Some(test.status);
            }
            statuses
        };
        Ok(self.verdicts()?.into_iter().flat_map(of_suite).collect())
    }

    /// Whether each test passed, in order: what did not run did not pass.
    pub(super) fn outcomes(&self) -> Result<Vec<bool>, starlark::Error> {
        Ok(self.statuses()?.into_iter().map(|status| status == Some(Status::Passed)).collect())
    }

    /// The status that a prompt may show; `None` if the suites say nothing of the program.
    pub(super) fn shown_status(&self) -> Result<Option<Status>, starlark::Error> {
        self.check_show()?;
        if let Suites::Tests(_) = self.suites {
            return self.first_status().map(Some);
        }
        let verdict = self.verdict()?;
        let (is_without, is_untried) = (self.verdicts()?.is_empty(), verdict.engine.is_none());
        if !is_without || is_untried {
            return self.first_status().map(Some);
        }
        let unloaded = observe(verdict, self.suites.of_problem(), 0);
        Ok(unloaded.and(Some(verdict.status)))
    }

    /// What the first failure points at, by the rule of RLTF.
    pub(super) fn line_pin(&self) -> Result<Option<Pin>, starlark::Error> {
        let Some(failure) = self.first_failure(usize::MAX)? else { return Ok(None) };
        let program = self.known.as_ref().and_then(|known| known.code.as_deref()).unwrap_or_default();
        Ok(super::pin::pin(&failure, program))
    }
}

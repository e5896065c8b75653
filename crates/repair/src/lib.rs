//! Strategies decide, the driver acts.
//!
//! A [`Strategy`] is a [`Script`] with its parameters chosen. From a tree a [`Solver`] tells, purely, every act that is
//! now enabled; the driver ([`run`]) asks models, extracts programs, hands them to the judge, and writes each thing that
//! it learns to the journal before it uses it. Prompts show only what the strategy's reach permits.

mod cluster;
mod driver;
mod extract;
mod feedback;
mod foresee;
mod judging;
mod looking;
mod prompt;
mod reading;
mod same;
mod script;
mod scripted;
mod strategy;
mod trial;

pub use cluster::Failing;
pub use driver::{
    Became, Ended, Misfit, Overrun, Plan, Progress, Reins, Rejudgement, Report, Retrying, RunError, Stop,
    check_beginning, in_words, longest_prompts, rejudge, run,
};
pub use extract::{Extracted, extract};
pub use feedback::{Failure, VALUE_LIMIT, observe};
pub use foresee::{Foreseen, foresee};
pub use prompt::readable;
pub use reading::{read, read_remark};
pub use same::same_programs;
pub use script::{
    Act, Ask, Finished, Ground, Header, Input, Instrument, Memory, Next, Parameter, Parameters, Place, Reach, Reached,
    Rounds, SYSTEMS, Scope, Script, ScriptError, Solver, State, System, catalogue, check_script, pieces,
    shared_helpers, shipped_scripts, tests_of,
};
pub use scripted::{Says, ScriptedModel};
pub use strategy::{Chosen, Strategy, StrategyError, strategy_names};
pub use trial::{
    Rehearsal, Stage, Trial, TrialError, free_completion, looked, outcome, ran, rehearse, tested, try_out,
};

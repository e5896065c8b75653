//! Strategies decide, the driver acts.
//!
//! A [`Strategy`] is a definition in TOML. From a tree it tells, purely, every act that is now enabled; the
//! driver ([`run`]) asks models, extracts programs, hands them to the judge, and writes each thing that it
//! learns to the journal before it uses it. Feedback shows only what the strategy's view permits.

mod driver;
mod extract;
mod feedback;
mod prompt;
mod script;
mod strategy;

pub use driver::{Ended, Overrun, Plan, Progress, Report, Retrying, RunError, Stop, in_words, run};
pub use extract::{Extracted, extract};
pub use feedback::{Failure, VALUE_LIMIT, observe};
pub use prompt::{Answered, PromptError, Prompts};
pub use script::{
    Act as ScriptAct, Ask, Ground, Header, Next as ScriptNext, Parameter, Parameters, Place, Reach, Script,
    ScriptError, Solver, Tweaks, shipped_scripts, tests_of,
};
pub use strategy::{
    Act, Allowance, Critique, Definition, Explains, Fallback, Next, Policy, See, Strategy, StrategyError,
    strategy_names,
};

//! What was typed, in the words of the library.

use crate::args::asking::{BudgetArgs, ConnectionArgs, RunBudgetArgs};
use crate::args::{JudgeArgs, MachineArgs, SandboxArg, SelectArgs};
use mend_core::{Budget, EffortLimits, JudgeLimits, OnInvalid, Tokens};
use mend_dataset::Sample;
use mend_lab::{Connections, Machine, Sandbox, Select};
use mend_model::Prices;

/// A variable of the environment, if it is text.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The commit that this binary was built from, if it was built in a checkout.
pub fn commit() -> Option<String> {
    option_env!("MEND_COMMIT").map(str::to_owned)
}

/// What to do about rows that are not as they should be.
pub fn on_invalid(skip_invalid: bool) -> OnInvalid {
    if skip_invalid { OnInvalid::Skip } else { OnInvalid::Fail }
}

/// Which problems.
pub fn select(args: &SelectArgs, seed: u64) -> Select {
    Select {
        problems: args.problems.clone(),
        conditions: args.conditions.clone(),
        sample: args.sample.map(|count| Sample { count: count.get(), seed }),
    }
}

/// The machine's part of judging.
pub fn machine(args: &MachineArgs) -> Machine {
    let MachineArgs { workers, sandbox: _, python, isolation, allow_unsafe } = args;
    Machine { workers: *workers, python: python.clone(), isolation: *isolation, allow_unsafe: *allow_unsafe }
}

/// What runs programs, in a run that begins.
pub fn sandbox(args: &MachineArgs) -> Sandbox {
    args.sandbox.map_or(Sandbox::Process, Sandbox::from)
}

impl From<SandboxArg> for Sandbox {
    fn from(sandbox: SandboxArg) -> Self {
        match sandbox {
            SandboxArg::Process => Self::Process,
            SandboxArg::Wasm => Self::Wasm,
            SandboxArg::Auto => Self::Auto,
        }
    }
}

/// The limits of one test.
pub fn limits(args: &JudgeArgs) -> JudgeLimits {
    mend_lab::limits((args.time_limit * 1000.0).round() as u64, u64::from(args.memory_limit.get()) << 20)
}

/// The cap on a whole run.
pub fn budget(args: &RunBudgetArgs) -> Budget {
    let RunBudgetArgs {
        budget_calls, budget_executions, budget_questions, budget_minutes, budget_observations, ..
    } = *args;
    let effort = EffortLimits {
        calls: budget_calls,
        executions: budget_executions,
        questions: budget_questions,
        minutes: budget_minutes,
        observations: budget_observations,
    };
    Budget { tokens: args.budget_tokens.map(Tokens), usd: args.budget_usd, effort }
}

/// The cap on each tree, if there is one.
pub fn problem_budget(args: &BudgetArgs) -> Option<Budget> {
    let effort = EffortLimits {
        calls: args.problem_budget_calls,
        executions: args.problem_budget_executions,
        questions: args.problem_budget_questions,
        minutes: args.problem_budget_minutes,
        observations: args.problem_budget_observations,
    };
    let budget = Budget { tokens: args.problem_budget_tokens.map(Tokens), usd: args.problem_budget_usd, effort };
    budget.any().then_some(budget)
}

/// What models cost, by themselves or in batches.
pub fn shipped_prices(args: &ConnectionArgs) -> Prices {
    if args.batch { Prices::shipped().at_batch_rates() } else { Prices::shipped() }
}

/// How servers are reached.
pub fn connections(args: &ConnectionArgs) -> Connections {
    let ConnectionArgs { max_connections, rpm, tpm, request_timeout, request_deadline, attempts, batch } = args;
    Connections {
        max_connections: *max_connections,
        requests_per_minute: *rpm,
        tokens_per_minute: *tpm,
        attempt_timeout: *request_timeout,
        deadline: *request_deadline,
        attempts: *attempts,
        batch: *batch,
    }
}

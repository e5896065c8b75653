//! The driver at work: starter problems, a simulated programmer or a scripted model, and a scripted judge, so that
//! no Python runs and every law can be checked on whole runs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alike;
mod attempts;
mod batches;
mod closed_form;
mod critics;
mod decisions;
mod effort;
mod failures;
mod order;
mod pauses;
mod resume;
mod rounds;
mod screened;
mod scripted;
mod servers;
mod session;
mod table;
mod views;

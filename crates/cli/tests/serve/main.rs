//! `mend serve`: a judge that others call.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
#[expect(dead_code, reason = "only a part is of use here")]
#[path = "../common/mod.rs"]
mod common;
mod documented;
mod hostile;
mod odd;
mod running;
mod stopping;
mod verdicts;

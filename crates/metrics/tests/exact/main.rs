//! The closed forms against slow and obvious ways to the same figures.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod brute_force;
mod large;
mod paper;
mod random;
mod raw_forms;
mod within;

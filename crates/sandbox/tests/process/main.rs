//! The `process` engine, driven with small programs of our own. What is left afterwards is looked at in
//! `leftovers`, which needs a process of its own.

#![cfg(target_os = "linux")]

#[cfg(test)]
mod common;

#[cfg(test)]
mod again;
mod levels;
mod parties;
mod programs;
mod stops;

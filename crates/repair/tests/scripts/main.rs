//! Strategies as scripts: the laws that every script keeps, what its errors say, and the sketches of published systems.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod across;
mod choosing;
mod contexts;
mod conversations;
mod docs;
mod errors;
mod exchanges;
mod hostile;
mod instruments;
mod laws;
mod play;
mod renderers;
mod rounds;
mod searching;
mod simulated;
mod sketches;
mod systems;

use mend_repair::Script;
use std::collections::BTreeMap;

/// A script of these tests.
pub(crate) fn script(name: &str, text: &str, chosen: &[(&str, &str)]) -> Script {
    let chosen: BTreeMap<String, String> =
        chosen.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Script::load(name, text, &chosen).unwrap_or_else(|error| panic!("{error}"))
}

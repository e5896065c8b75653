//! Strategies as scripts: one page of Starlark that reads like a paper's pseudo-code.
//!
//! A [`Script`] is a text with its parameters chosen; its [`Header`] says whom it asks and what it may know. A
//! [`Solver`] runs it for one tree: whatever the script asks for is looked up in the tree by its place, what is not
//! there yet is noted, and the script is run again when what it waits for has arrived. Live and on resume are the same
//! code, and nothing has to be saved. Read [`Solver`] first, then `language`, which has the functions that scripts call.

mod ask;
#[expect(unsafe_code, reason = "only what a derive of starlark writes: it names a type without its lifetimes")]
#[expect(clippy::unnecessary_wraps, reason = "attributes of starlark's values return results")]
mod blocks;
mod catalogue;
mod describe;
mod duel;
mod error;
#[expect(unsafe_code, reason = "only what a derive of starlark writes: it names a type without its lifetimes")]
#[expect(clippy::elidable_lifetime_names, reason = "starlark's macro wants the lifetime named")]
mod guard;
mod header;
mod hints;
mod instruments;
mod known;
#[expect(clippy::too_many_arguments, reason = "a script names the arguments of `ask`")]
mod language;
mod library;
mod make;
mod measures;
mod messages;
mod parameter;
mod pin;
mod plain;
#[expect(unsafe_code, reason = "only what a derive of starlark writes: it names a type without its lifetimes")]
#[expect(
    clippy::unnecessary_wraps,
    clippy::elidable_lifetime_names,
    reason = "attributes of starlark's values return results, and its macro wants the lifetime named"
)]
mod problem;
mod rounds;
mod running;
#[expect(unsafe_code, reason = "only what a derive of starlark writes: it names a type without its lifetimes")]
mod session;
mod solver;
mod source;
mod systems;
mod template;
mod tweaks;
#[expect(unsafe_code, reason = "only what a derive of starlark writes: it names a type without its lifetimes")]
#[expect(
    clippy::unnecessary_wraps,
    clippy::elidable_lifetime_names,
    reason = "attributes of starlark's values return results, and its macro wants the lifetime named"
)]
mod values;
#[expect(unsafe_code, reason = "only what a derive of starlark writes: it names a type without its lifetimes")]
#[expect(clippy::elidable_lifetime_names, reason = "starlark's macro wants the lifetime named")]
mod verdict;
mod wording;

pub use catalogue::catalogue;
pub use error::ScriptError;
pub use header::Header;
pub use instruments::Instrument;
pub use known::{Reach, Reached};
pub use library::shared_helpers;
#[cfg(test)]
pub(crate) use messages::render;
pub use parameter::{Parameter, Parameters};
pub(crate) use problem::test_text;
pub use rounds::{Finished, Memory, Rounds, State};
pub use running::Input;
pub use solver::{Act, Ask, Ground, Next, Place, Solver, tests_of};
pub use source::{Script, check_script, shipped_scripts};
pub use systems::{SYSTEMS, Scope, System};
pub use template::pieces;

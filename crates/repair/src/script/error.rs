//! What can be wrong with a script, and what ends an evaluation early.

use mend_core::{Digest, Slot};

/// A script that cannot be used, or that failed at a problem. Every message names the script; those of an evaluation
/// also name the line, and the caller adds the problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// The text is no Starlark, or its header is not as it must be.
    #[error("{0}")]
    Text(String),
    /// A parameter that the script does not have, or a value that does not fit it.
    #[error("{script}: parameter `{name}`: {why}")]
    Parameter {
        /// The script.
        script: String,
        /// The parameter.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The evaluation failed.
    #[error("{0}")]
    Evaluation(String),
    /// The script asks for something else than what the journal says was asked.
    #[error(
        "{at}: {slot} is asked otherwise than when this run began: {before} was asked then, and {now} is asked now\n  hint: the script, one of its parameters, or a template has changed: go on with the script as it was, or begin a new run"
    )]
    Changed {
        /// Script and line that ask.
        at: String,
        /// The node.
        slot: Slot,
        /// Who was asked, with the digest of the prompt.
        before: String,
        /// Who is asked now, with the digest of the prompt.
        now: String,
    },
    /// The script learns something else than what the journal says it learnt.
    #[error(
        "{file}: round {round} begins with another state than when this run began: {before} was learnt then, and {now} is \
         learnt now\n  hint: the script, or one of its parameters, has changed: go on with the script as it was, or begin a new run"
    )]
    Unlearnt {
        /// The script.
        file: String,
        /// The round, from 0.
        round: usize,
        /// Digest of the state that was written down, in short.
        before: String,
        /// Digest of the state now, in short.
        now: String,
    },
}

/// What a script waits for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Await {
    /// The node's outcome.
    Node(Slot),
    /// What tests of the second node say of the first.
    Tested(Slot, Slot),
    /// What a program does with inputs of this digest, or what an instrument shows.
    Ran(Slot, Digest),
    /// That nothing which was asked is still open.
    Settled,
}

/// Ends an evaluation, or an item of `each`, in a way that no script can catch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Signal {
    /// A value is read that is not there yet.
    #[error("waits for {0:?}")]
    Waits(Await),
    /// Items of `each` wait; each has noted for what.
    #[error("waits")]
    Pending,
    /// A node is read that can never be scored, or whose answer will never come.
    #[error("{0} has no outcome")]
    Gone(Slot),
}

impl Signal {
    pub(super) fn raise(self) -> starlark::Error {
        starlark::Error::new_other(self)
    }

    /// The signal in an error, if it is one.
    pub(super) fn of(error: &starlark::Error) -> Option<&Self> {
        match error.kind() {
            starlark::ErrorKind::Other(error) | starlark::ErrorKind::Native(error) => error.downcast_ref(),
            _ => None,
        }
    }
}

/// A message about the script, at the line that is evaluated.
pub(super) fn wrong(message: impl Into<String>) -> starlark::Error {
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Wrong(String);
    starlark::Error::new_other(Wrong(message.into()))
}

//! What can be asked of an export. A kind names the options that it knows; the rest are refused.

use crate::{ExportError, LogFormat, Rule, ScoredOn};
use mend_core::Digest;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

/// What problems ask for, by their digests.
pub type Statements = Arc<BTreeMap<Digest, Arc<str>>>;

/// The kinds whose rows hold what problems ask for, which no run does.
pub const WITH_STATEMENTS: &[&str] = &["synthetic-critiques"];

/// The options of an export; `None` and `false` where nobody said anything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// By how much two scores must differ.
    pub margin: Option<f64>,
    /// The most rows of one problem.
    pub cap: Option<NonZeroU32>,
    /// Seed of what is drawn.
    pub seed: Option<u64>,
    /// The tests that score a program.
    pub scored_on: Option<ScoredOn>,
    /// Only what was accepted.
    pub accepted: bool,
    /// Only what was rejected.
    pub rejected: bool,
    /// The most rows of all.
    pub most: Option<NonZeroU32>,
    /// Whether explanations are compared with accepted ones.
    pub explanations: bool,
    /// By what one side of a pair is preferred.
    pub by: Option<Rule>,
    /// Weights of categories, as they are typed: `wrong_logic=1,slow=0.5`.
    pub weights: Option<String>,
    /// How a log of Inspect is written.
    pub format: Option<LogFormat>,
    /// The folder of an earlier run, for what changed since.
    pub since: Option<PathBuf>,
    /// What the problems of the runs ask for, as far as their data sets were found. No option that somebody types.
    pub statements: Statements,
}

/// An option's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// `Options::margin`.
    Margin,
    /// `Options::cap`.
    Cap,
    /// `Options::seed`.
    Seed,
    /// `Options::scored_on`.
    ScoredOn,
    /// `Options::accepted`.
    Accepted,
    /// `Options::rejected`.
    Rejected,
    /// `Options::most`.
    Most,
    /// `Options::explanations`.
    Explanations,
    /// `Options::by`.
    By,
    /// `Options::weights`.
    Weights,
    /// `Options::format`.
    Format,
    /// `Options::since`.
    Since,
}

impl Flag {
    /// The option as it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Margin => "--margin",
            Self::Cap => "--cap",
            Self::Seed => "--seed",
            Self::ScoredOn => "--scored-on",
            Self::Accepted => "--accepted",
            Self::Rejected => "--rejected",
            Self::Most => "--most",
            Self::Explanations => "--explanations",
            Self::By => "--by",
            Self::Weights => "--weights",
            Self::Format => "--format",
            Self::Since => "--since",
        }
    }
}

impl Options {
    /// The options that somebody gave.
    pub fn given(&self) -> Vec<Flag> {
        // Names every field, so that a new one cannot be passed over.
        let Self {
            margin,
            cap,
            seed,
            scored_on,
            accepted,
            rejected,
            most,
            explanations,
            by,
            weights,
            format,
            since,
            statements: _,
        } = self;
        let given = [
            (margin.is_some(), Flag::Margin),
            (cap.is_some(), Flag::Cap),
            (seed.is_some(), Flag::Seed),
            (scored_on.is_some(), Flag::ScoredOn),
            (*accepted, Flag::Accepted),
            (*rejected, Flag::Rejected),
            (most.is_some(), Flag::Most),
            (*explanations, Flag::Explanations),
            (by.is_some(), Flag::By),
            (weights.is_some(), Flag::Weights),
            (format.is_some(), Flag::Format),
            (since.is_some(), Flag::Since),
        ];
        given.into_iter().filter_map(|(is_given, flag)| is_given.then_some(flag)).collect()
    }

    /// Takes an option back.
    pub fn forget(&mut self, flag: Flag) {
        match flag {
            Flag::Margin => self.margin = None,
            Flag::Cap => self.cap = None,
            Flag::Seed => self.seed = None,
            Flag::ScoredOn => self.scored_on = None,
            Flag::Accepted => self.accepted = false,
            Flag::Rejected => self.rejected = false,
            Flag::Most => self.most = None,
            Flag::Explanations => self.explanations = false,
            Flag::By => self.by = None,
            Flag::Weights => self.weights = None,
            Flag::Format => self.format = None,
            Flag::Since => self.since = None,
        }
    }

    /// The tests that score a program: the hidden suite unless somebody says otherwise.
    pub(crate) fn scored_on(&self) -> ScoredOn {
        self.scored_on.unwrap_or(ScoredOn::Hidden)
    }

    /// By how much two scores must differ at least; `None` if any difference does.
    pub(crate) fn margin(&self) -> Result<Option<f64>, ExportError> {
        match self.margin {
            Some(margin) if !(0.0..=1.0).contains(&margin) => Err(ExportError::BadOption {
                flag: Flag::Margin.name(),
                found: margin.to_string(),
                expected: "from 0 to 1, since scores are",
            }),
            margin => Ok(margin),
        }
    }
}

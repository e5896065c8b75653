//! Published trajectories of repair systems: programs, what their harness fed back, repairs, and the flags that it
//! recorded.
//!
//! Read [`trajectories`] first. A file holds one task a line. What a task says beside its programs is kept as it stands
//! ([`Trajectory::rest`]), and its problem with its tests becomes a row of our own format, so that the programs can be
//! judged anew by the tests that the file itself carries.

mod chains;
mod grow;
mod mapcoder;
mod mint;
mod row;
mod step;
mod task;

use mend_core::jsonl::RowError;
use mend_core::{Digest, OracleFlags, Problem, ProblemId};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use step::Step;

/// A format of published trajectories, named after the system that wrote them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum TrajectoryFormat {
    /// LDB (Zhong et al. 2024): a seed program, and its repairs by what visible tests gave.
    Ldb,
    /// MINT (Wang et al. 2024): a conversation with an interpreter, and proposals.
    Mint,
    /// MapCoder (Islam et al. 2024): independent tries, each with its tokens.
    MapCoder,
    /// Reflexion (Shinn et al. 2023): programs, reflections on them, and programs written after these.
    Reflexion,
    /// LATS (Zhou et al. 2024): what its search kept in the end.
    Lats,
}

impl TrajectoryFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Ldb, Self::Mint, Self::MapCoder, Self::Reflexion, Self::Lats];

    /// The word used on the command line and in files.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The format that has this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }

    /// The field that holds the recorded verdict of the deciding tests.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Ldb | Self::MapCoder | Self::Reflexion | Self::Lats => "is_solved",
            Self::Mint => "success",
        }
    }

    /// The field that tells what visible tests gave, where the file has it by program.
    pub fn visible_flag(self) -> Option<&'static str> {
        (self == Self::Ldb).then_some("test_feedback")
    }

    /// What the system knew of hidden tests, as its published code has it.
    pub fn oracle(self) -> OracleFlags {
        let none =
            OracleFlags { sees_hidden: false, stops_on_hidden: false, selects_on_hidden: false, sees_reference: false };
        match self {
            Self::Ldb | Self::Reflexion => none,
            // MINT says of a proposal whether it is right, and MapCoder tries again until one is.
            Self::Mint | Self::MapCoder => OracleFlags { stops_on_hidden: true, ..none },
            // Success at the hidden tests is part of a node's value, and ends the search.
            Self::Lats => OracleFlags { stops_on_hidden: true, selects_on_hidden: true, ..none },
        }
    }
}

/// Published trajectories.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectories {
    /// Their format.
    pub format: TrajectoryFormat,
    /// The tasks, in file order.
    pub tasks: Vec<Trajectory>,
    /// What is odd about the file: in how many tasks, by what it is.
    pub oddities: BTreeMap<&'static str, u64>,
    /// Why each row that was left out could not be used. Empty unless invalid rows are skipped.
    pub skipped: Vec<RowError>,
}

/// One task with all that was drawn for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    /// The task's id, in our letters where the file has others: `HumanEval/23` for `HumanEval_23_strlen`.
    pub id: ProblemId,
    /// Line in the file, counted from 1.
    pub line: usize,
    /// Digest of the task's line.
    pub digest: Digest,
    /// The problem with the tests that the row carries; `None` if it carries none that can be used.
    pub problem: Option<Problem>,
    /// What the row says beside programs, texts and the problem, such as counts of tokens for the task as a whole.
    pub rest: Map<String, Value>,
    steps: Vec<Step>,
}

/// Reads published trajectories. With `skip_invalid` rows that cannot be used are left out, rather than refused.
///
/// # Errors
/// A row or a field that is not as the format has it, with file, line and field; a task that stands twice; a file
/// without any task.
pub fn trajectories(
    format: TrajectoryFormat,
    path: &str,
    bytes: &[u8],
    skip_invalid: bool,
) -> Result<Trajectories, RowError> {
    let mut read = Trajectories { format, tasks: Vec::new(), oddities: BTreeMap::new(), skipped: Vec::new() };
    let mut lines: BTreeMap<ProblemId, usize> = BTreeMap::new();
    for (line, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if text.trim_ascii().is_empty() {
            continue;
        }
        let task = row::Row::of(text).and_then(|row| match format {
            TrajectoryFormat::Ldb => chains::ldb(&row),
            TrajectoryFormat::Reflexion => chains::reflexion(&row),
            TrajectoryFormat::Lats => chains::lats(&row),
            TrajectoryFormat::MapCoder => mapcoder::task(&row),
            TrajectoryFormat::Mint => mint::task(&row),
        });
        let task = task.and_then(|task| match lines.get(&task.id) {
            Some(first) => Err(format!("task `{}` is already at line {first}", task.id)),
            None => Ok(task),
        });
        match task {
            Ok(task) => {
                lines.insert(task.id.clone(), line);
                for oddity in task.oddities {
                    *read.oddities.entry(oddity).or_default() += 1;
                }
                read.tasks.push(Trajectory {
                    id: task.id,
                    line,
                    digest: Digest::of(text),
                    problem: task.problem,
                    rest: task.rest,
                    steps: task.steps,
                });
            }
            Err(why) => {
                let error = RowError { path: path.to_owned(), line, why };
                if !skip_invalid {
                    return Err(error);
                }
                read.skipped.push(error);
            }
        }
    }
    if read.tasks.is_empty() {
        let skipped = read
            .skipped
            .first()
            .map(|first| format!(": {} skipped, the first at line {}: {}", read.skipped.len(), first.line, first.why));
        let why = format!("no task was found{}", skipped.unwrap_or_default());
        return Err(RowError { path: path.to_owned(), line: 1, why });
    }
    Ok(read)
}

//! The formats of samples files, and the keys that tell each of them.

use super::row::Fields;
use serde_json::Value;
use std::fmt;

/// A format of samples, named after the tool that writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
pub enum SamplesFormat {
    /// Rows of `task_id` and `completion`.
    #[strum(serialize = "human-eval")]
    HumanEval,
    /// Rows of `task_id` and `solution`, or a folder of programs.
    #[strum(serialize = "evalplus")]
    EvalPlus,
    /// What EvalPlus writes about samples, the programs among it: one object.
    #[strum(serialize = "evalplus-results")]
    EvalPlusResults,
    /// What lm-eval writes with `--log_samples`.
    #[strum(serialize = "lm-eval")]
    LmEval,
    /// The generations of bigcode-evaluation-harness: a list of lists.
    #[strum(serialize = "bigcode")]
    Bigcode,
    /// The `*_eval_all.json` of LiveCodeBench.
    #[strum(serialize = "livecodebench")]
    LiveCodeBench,
    /// A log of Inspect.
    #[strum(serialize = "inspect")]
    Inspect,
}

impl SamplesFormat {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::HumanEval,
        Self::EvalPlus,
        Self::EvalPlusResults,
        Self::LmEval,
        Self::Bigcode,
        Self::LiveCodeBench,
        Self::Inspect,
    ];

    /// The word used on the command line and in messages.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What tells it.
    fn told_by(self) -> &'static str {
        match self {
            Self::HumanEval => "rows with `task_id` and `completion`",
            Self::EvalPlus => "rows with `task_id` and `solution`",
            Self::EvalPlusResults => "one object with `eval` and `hash`",
            Self::LmEval => "rows with `doc` and `resps`",
            Self::Bigcode => "a list of lists of programs",
            Self::LiveCodeBench => "objects with `question_id` and `code_list`",
            Self::Inspect => "one object with `eval` and `samples`",
        }
    }

    /// The format of one row, by its keys.
    pub(super) fn of_row(row: &Fields) -> Option<Self> {
        let has = |names: &[&str]| names.iter().all(|name| row.contains_key(*name));
        if has(&["doc", "resps"]) {
            Some(Self::LmEval)
        } else if has(&["question_id", "code_list"]) || has(&["question_id", "output_list"]) {
            Some(Self::LiveCodeBench)
        } else if has(&["id", "epoch", "output"]) {
            Some(Self::Inspect)
        } else if has(&["solution"]) && !has(&["completion"]) {
            Some(Self::EvalPlus)
        } else if has(&["task_id"]) || has(&["completion"]) {
            Some(Self::HumanEval)
        } else {
            None
        }
    }

    /// The format of a file that is one object, by its keys. `None` if it may be a row.
    pub(super) fn of_file(file: &Fields) -> Option<Self> {
        let is_object = |name: &str| file.get(name).is_some_and(Value::is_object);
        if is_object("eval") && file.contains_key("hash") {
            Some(Self::EvalPlusResults)
        } else if is_object("eval") && (file.contains_key("samples") || file.contains_key("status")) {
            Some(Self::Inspect)
        } else {
            None
        }
    }

    /// What is wrong with a row of no known format: the keys that it has, and what the formats are told by.
    pub(super) fn unknown(row: &Fields) -> String {
        /// Keys that are named at most.
        const NAMED: usize = 12;
        let named: Vec<String> = row.keys().take(NAMED).map(|key| format!("`{key}`")).collect();
        let keys = match row.len() {
            0 => "it has no keys".to_owned(),
            n if n > NAMED => format!("its keys are {} and {} more", named.join(", "), n - NAMED),
            _ => format!("its keys are {}", named.join(", ")),
        };
        let known = Self::ALL.map(|format| format!("{format} ({})", format.told_by()));
        format!("no format of samples has such a row: {keys}; known formats: {}", known.join(", "))
    }
}

impl fmt::Display for SamplesFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

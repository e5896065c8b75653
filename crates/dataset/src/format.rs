//! The formats of data sets, in one table: what each is called, what tells it, and what reads it.
//!
//! Whoever adds a format adds a line here, and one to the table in the crate's docs. Which line a row falls to is told by its
//! keys alone, so that a row with a wrong value is an error of its format and not a row of another one.

use crate::fields::Fields;
use crate::load::{Found, Loaded};
use crate::{
    Flaw, SourceFile, apps, bigcodebench, codecontests, evalplus, fix, humaneval, livecodebench, mbpp, multipl_e, own,
    quixbugs, recorded, sandboxfusion, taco,
};

/// One format that problems may stand in.
#[derive(Debug)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, in a few words.
    pub what: &'static str,
    /// What tells it from others, for people.
    pub told_by: &'static str,
    reader: Reader,
}

/// How a format is recognised and read.
#[derive(Debug)]
enum Reader {
    /// One problem in each JSON object.
    Rows { sniff: fn(&Fields) -> bool, read: fn(&Place<'_>, &Fields) -> Result<Loaded, Flaw> },
    /// Problems that are made of several files; finds those that are its own.
    Folders { read: fn(&str, &[&SourceFile]) -> Vec<Found> },
}

/// Where a row stands.
pub(crate) struct Place<'a> {
    /// Name of the data set.
    pub(crate) dataset: &'a str,
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Format {}

/// Every format, in the order in which rows are compared with them: the first that fits reads a row.
static FORMATS: &[Format] = &[
    Format {
        name: "own",
        what: "problems of your own, `datasets/problem.schema.json`",
        told_by: "key `statement`",
        reader: Reader::Rows { sniff: |row| row.has("statement"), read: |_, row| own::problem(row).map(Into::into) },
    },
    Format {
        name: "recorded",
        what: "recorded programs and how they ended",
        told_by: "keys `program` and `expected`",
        reader: Reader::Rows {
            sniff: |row| row.has("program") && recorded::OUTCOMES.iter().any(|outcome| row.has(outcome)),
            read: |_, row| recorded::problem(row),
        },
    },
    Format {
        name: "humanevalpack",
        what: "HumanEvalPack, HumanEvalFix",
        told_by: "key `buggy_solution`",
        reader: Reader::Rows { sniff: |row| row.has("buggy_solution"), read: |_, row| fix::problem(row) },
    },
    Format {
        name: "evalplus",
        what: "EvalPlus: HumanEval+ and MBPP+",
        told_by: "keys `base_input` and `plus_input`",
        reader: Reader::Rows {
            sniff: |row| row.has("base_input") && row.has("plus_input"),
            read: |_, row| evalplus::problem(row).map(Into::into),
        },
    },
    Format {
        name: "multipl-e",
        what: "MultiPL-E",
        told_by: "keys `name`, `language`, `prompt` and `tests`",
        reader: Reader::Rows {
            sniff: |row| ["name", "language", "prompt", "tests"].iter().all(|key| row.has(key)),
            read: |_, row| multipl_e::problem(row).map(Into::into),
        },
    },
    Format {
        name: "bigcodebench",
        what: "BigCodeBench",
        told_by: "keys `task_id` and `complete_prompt`",
        reader: Reader::Rows {
            sniff: |row| row.has("task_id") && row.has("complete_prompt"),
            read: |_, row| bigcodebench::problem(row).map(Into::into),
        },
    },
    Format {
        name: "livecodebench",
        what: "LiveCodeBench",
        told_by: "keys `question_id` and `public_test_cases`",
        reader: Reader::Rows {
            sniff: |row| row.has("question_id") && row.has("public_test_cases"),
            read: |_, row| livecodebench::problem(row).map(Into::into),
        },
    },
    Format {
        name: "codecontests",
        what: "CodeContests",
        told_by: "keys `description` and `public_tests`",
        reader: Reader::Rows {
            sniff: |row| row.has("description") && row.has("public_tests"),
            read: |_, row| codecontests::problem(row),
        },
    },
    Format {
        name: "sandboxfusion",
        what: "SandboxFusion's samples of CodeContests and LiveCodeBench",
        told_by: "keys `content`, `labels` and `test`",
        reader: Reader::Rows {
            sniff: |row| ["content", "labels", "test"].iter().all(|key| row.has(key)),
            read: |place, row| sandboxfusion::problem(place, row).map(Into::into),
        },
    },
    Format {
        name: "mbpp",
        what: "MBPP, full or sanitized, and MBPP+ as the hub has it",
        told_by: "keys `task_id` and `test_list`",
        reader: Reader::Rows {
            sniff: |row| row.has("task_id") && row.has("test_list"),
            read: |_, row| mbpp::problem(row).map(Into::into),
        },
    },
    Format {
        name: "taco",
        what: "TACO",
        told_by: "keys `question` and `skill_types` or `raw_tags`",
        reader: Reader::Rows {
            sniff: |row| row.has("question") && (row.has("skill_types") || row.has("raw_tags")),
            read: |place, row| taco::problem(place.dataset, row),
        },
    },
    Format {
        name: "apps",
        what: "APPS as rows",
        told_by: "key `question` with `input_output` or `problem_id`",
        reader: Reader::Rows {
            sniff: |row| row.has("question") && (row.has("input_output") || row.has("problem_id")),
            read: |place, row| apps::row::problem(place.dataset, row),
        },
    },
    Format {
        name: "humaneval",
        what: "HumanEval",
        told_by: "key `task_id` with `entry_point` or `canonical_solution`",
        reader: Reader::Rows {
            sniff: |row| row.has("task_id") && (row.has("entry_point") || row.has("canonical_solution")),
            read: |_, row| humaneval::problem(row).map(Into::into),
        },
    },
    Format {
        name: "apps-folders",
        what: "APPS as folders",
        told_by: "file `question.txt`",
        reader: Reader::Folders { read: apps::folder::problems },
    },
    Format {
        name: "quixbugs",
        what: "QuixBugs, in the folders of its repository",
        told_by: "folder `python_programs`",
        reader: Reader::Folders { read: quixbugs::problems },
    },
];

impl Format {
    /// Every format, in the order in which rows are compared with them.
    pub fn all() -> &'static [Self] {
        FORMATS
    }

    /// The format of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }

    /// The names of all formats, in their order.
    pub fn names() -> Vec<&'static str> {
        FORMATS.iter().map(|format| format.name).collect()
    }

    /// The same, for a message.
    pub(crate) fn names_in_words() -> String {
        Self::names().iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }

    /// Whether it reads single rows.
    pub(crate) fn reads_rows(&self) -> bool {
        matches!(self.reader, Reader::Rows { .. })
    }

    /// A row as a problem, by the format that was asked for or else by the first that its keys fit.
    pub(crate) fn row(asked: Option<&Self>, place: &Place<'_>, row: &Fields) -> Result<Loaded, Flaw> {
        let read = FORMATS.iter().find_map(|format| match &format.reader {
            Reader::Rows { sniff, read } if asked.map_or_else(|| sniff(row), |asked| asked == format) => Some(read),
            Reader::Rows { .. } | Reader::Folders { .. } => None,
        });
        match read {
            Some(read) => read(place, row),
            None => Err(Flaw::unknown_row(row.names())),
        }
    }

    /// The problems that are made of several files, by the format that was asked for or else by each.
    pub(crate) fn folders(asked: Option<&Self>, dataset: &str, files: &[&SourceFile]) -> Vec<Found> {
        let wanted = FORMATS.iter().filter(|format| asked.is_none_or(|asked| asked == *format));
        let found = wanted.map(|format| match format.reader {
            Reader::Folders { read } => read(dataset, files),
            Reader::Rows { .. } => Vec::new(),
        });
        found.flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_in_the_crates_docs_has_every_format_in_this_order() {
        let docs = include_str!("lib.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
        let documented: Vec<&str> = docs.filter_map(|line| line.split('`').next()).collect();
        let names = Format::names();
        assert_eq!(documented, names);
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(names.iter().all(|name| Format::named(name).is_some_and(|format| format.name == *name)));
        assert_eq!(Format::named("HumanEval"), None);
    }
}

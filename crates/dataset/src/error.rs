//! What can be wrong with a data set. Every message names the file, the line or folder, and the field.

/// A data set that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatasetError {
    /// One problem is not as its format wants it.
    #[error("{place}: {flaw}")]
    Invalid {
        /// `file:line` of a row, or a file or folder.
        place: String,
        /// What is wrong there.
        flaw: Flaw,
    },
    /// No file of the bundle is of a known format.
    #[error(
        "data set `{name}`: no problem found, expected a `.jsonl` or `.json` file, or a folder that contains `question.txt`"
    )]
    NothingFound {
        /// The data set.
        name: String,
    },
    /// Every problem was skipped as invalid.
    #[error("data set `{name}`: no valid problem, {skipped} skipped, the first at {place}: {why}")]
    NothingValid {
        /// The data set.
        name: String,
        /// Number of problems that were skipped.
        skipped: usize,
        /// Where the first of them stands.
        place: String,
        /// What is wrong with it.
        why: String,
    },
    /// A card is not as its format wants it.
    #[error("{path}:{line}: `{key}`: {why}")]
    Card {
        /// The card's file.
        path: String,
        /// Line in the file, counted from 1.
        line: usize,
        /// The key or table at fault; `card` if it is the file as a whole.
        key: String,
        /// What is wrong.
        why: String,
    },
    /// A file is not the one that the card describes.
    #[error("`{file}`: SHA-256 is {actual}, expected {expected}")]
    WrongDigest {
        /// The file, as the card names it.
        file: String,
        /// Digest on the card, in hex.
        expected: String,
        /// Digest of the bytes at hand, in hex.
        actual: String,
    },
}

/// What is wrong with one problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// A file holds no row at all.
    #[error("the file holds no row")]
    EmptyFile,
    /// A row or a file is not the JSON that it should be.
    #[error("{0}")]
    Json(String),
    /// A text file is not UTF-8.
    #[error("not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// A file that another one needs is absent.
    #[error("it needs `{0}`, which is not there")]
    MissingFile(&'static str),
    /// A program does not define the function that it is named after.
    #[error("the file defines no function `{0}`")]
    NoFunction(String),
    /// A row has nothing that tells what it is a row of.
    #[error("neither `statement` (a problem of your own) nor `task_id` (a row of HumanEval or MBPP) is given")]
    NoFormat,
    /// A field that the format requires is absent.
    #[error("missing field `{0}`")]
    Missing(&'static str),
    /// A field has a value that it must not have.
    #[error("`{field}`: {why}")]
    Field {
        /// The field, with the position in it if it is a list.
        field: String,
        /// What is wrong with its value.
        why: String,
    },
    /// The function to call has a name that Python does not allow.
    #[error("`{field}`: `{name}` is not a Python identifier")]
    NotAnIdentifier {
        /// The field.
        field: &'static str,
        /// Its value.
        name: String,
    },
    /// A row of a multilingual data set is not in Python.
    #[error("`{field}`: `{value}` is a {language} problem, only Python can be run")]
    NotPython {
        /// The field that says so.
        field: &'static str,
        /// Its value.
        value: String,
        /// The language.
        language: String,
    },
    /// A row of our own format has a field that it does not know.
    #[error("unknown field `{field}`, expected one of {}", .expected.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))]
    UnknownField {
        /// The field.
        field: String,
        /// The fields that there may be.
        expected: &'static [&'static str],
    },
    /// Nothing would score a candidate.
    #[error("the problem has no hidden tests: {0}")]
    NoTests(&'static str),
    /// Inputs and outputs do not pair up.
    #[error("`inputs` has {inputs} entries but `outputs` has {outputs}")]
    Lengths {
        /// Number of inputs.
        inputs: usize,
        /// Number of outputs.
        outputs: usize,
    },
    /// A mutant's place in the reference is not unique, or is not there.
    #[error("mutant `{name}`: `find` occurs {count} times in the reference solution, expected once")]
    MutantPlace {
        /// The mutant.
        name: String,
        /// Number of occurrences, overlapping ones included.
        count: usize,
    },
    /// Two mutants of a problem have the same name.
    #[error("mutant `{0}`: the name is used twice")]
    MutantName(String),
    /// There are mutants, but nothing to damage.
    #[error("mutants need a reference solution, and there is none")]
    MutantsWithoutReference,
    /// Two problems have the same id.
    #[error("the id `{id}` is already used at {first}")]
    Duplicate {
        /// The id.
        id: String,
        /// Where the id stands first.
        first: String,
    },
}

impl Flaw {
    /// A flaw of what a field holds as text. That there are no tests is said of the problem, not of a field.
    pub(crate) fn within(self, field: &str) -> Self {
        match self {
            Self::NoTests(_) => self,
            flaw => Self::Field { field: field.to_owned(), why: flaw.to_string() },
        }
    }
}

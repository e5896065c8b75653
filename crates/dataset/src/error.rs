//! What can be wrong with a data set. Every message names the file, the line or folder, and the field.

use crate::Format;

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
        "data set `{name}`: no problem{} found, expected a `.jsonl` or `.json` file, or a folder that contains `question.txt`",
        format.map(|format| format!(" of the format `{format}`")).unwrap_or_default()
    )]
    NothingFound {
        /// The data set.
        name: String,
        /// The format that was asked for, if one was.
        format: Option<&'static str>,
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
    /// A row has no keys that tell what it is a row of.
    #[error("{} of no known format; known are {}", of_keys(keys, *more), Format::names_in_words())]
    UnknownRow {
        /// Its first keys, in order.
        keys: Vec<String>,
        /// How many more it has.
        more: usize,
    },
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
    /// A row with keys that no format knows.
    pub(crate) fn unknown_row<'a>(keys: impl Iterator<Item = &'a str>) -> Self {
        const SHOWN: usize = 20;
        const LETTERS: usize = 40;
        let mut keys: Vec<String> = keys.map(|key| key.chars().take(LETTERS).collect()).collect();
        let more = keys.len().saturating_sub(SHOWN);
        keys.truncate(SHOWN);
        Self::UnknownRow { keys, more }
    }

    /// A flaw of what a field holds as text. That there are no tests is said of the problem, not of a field.
    pub(crate) fn within(self, field: &str) -> Self {
        match self {
            Self::NoTests(_) => self,
            flaw => Self::Field { field: field.to_owned(), why: flaw.to_string() },
        }
    }
}

/// What a row has, for a message.
fn of_keys(keys: &[String], more: usize) -> String {
    let named = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    match (keys.len(), more) {
        (0, _) => "a row without keys is".to_owned(),
        (1, 0) => format!("a row with the key {named} is"),
        (_, 0) => format!("a row with the keys {named} is"),
        (_, more) => format!("a row with the keys {named} and {more} more is"),
    }
}

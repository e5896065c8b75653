//! Rows of JSON lines, with errors that name file, line and field. Parses bytes; opens no file.

use serde::de::DeserializeOwned;

/// What to do about a row, file or folder that is not as its format wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnInvalid {
    /// Refuse all of it, with the first such row as the error.
    Fail,
    /// Leave the row out, and say so.
    Skip,
}

/// A row and where it stands.
#[derive(Debug)]
pub struct Row<T> {
    /// Line in the file, counted from 1.
    pub line: usize,
    /// The row.
    pub value: T,
}

/// A line that is not the row it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}: {why}")]
pub struct RowError {
    /// The file, as the user named it.
    pub path: String,
    /// Line in the file, counted from 1.
    pub line: usize,
    /// What is wrong, naming the field.
    pub why: String,
}

/// Parses each non-blank line. Goes on after a bad one, so that a caller may skip and count.
pub fn rows<'a, T: DeserializeOwned>(
    path: &'a str,
    bytes: &'a [u8],
) -> impl Iterator<Item = Result<Row<T>, RowError>> + 'a {
    bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty()).map(
        move |(index, line)| {
            let line_number = index + 1;
            let error = |why: String| RowError { path: path.to_owned(), line: line_number, why };
            let line = std::str::from_utf8(line)
                .map_err(|source| error(format!("not UTF-8 at byte {}", source.valid_up_to())))?;
            let value = serde_json::from_str(line).map_err(|source| error(message(&source)))?;
            Ok(Row { line: line_number, value })
        },
    )
}

/// serde_json's message for text that stands on a line of its own: it counts lines within that text, so only the
/// column says something, and only for text that is no JSON.
pub fn message(source: &serde_json::Error) -> String {
    let message = source.to_string();
    let place = format!(" at line {} column {}", source.line(), source.column());
    match message.strip_suffix(&place) {
        Some(why) if source.is_data() => plain(why),
        Some(why) => format!("{why} at column {}", source.column()),
        None => message,
    }
}

/// serde's words for JSON's own.
fn plain(why: &str) -> String {
    let why = why.replacen("invalid type: map,", "invalid type: object,", 1);
    let why = why.replacen("invalid type: sequence,", "invalid type: array,", 1);
    let ends = [("expected a map", "expected an object"), ("expected a sequence", "expected an array")];
    let end = ends.iter().find_map(|(end, plain)| Some(format!("{}{plain}", why.strip_suffix(end)?)));
    end.unwrap_or(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Pair {
        #[expect(dead_code, reason = "only its absence matters")]
        a: u32,
    }

    #[test]
    fn json_is_called_by_its_own_words() {
        let message =
            |text: &str| message(&serde_json::from_str::<std::collections::BTreeMap<String, u8>>(text).unwrap_err());
        assert_eq!(message("[1]"), "invalid type: array, expected an object");
        assert_eq!(message("\"expected a map\""), "invalid type: string \"expected a map\", expected an object");
    }

    #[track_caller]
    fn check(bytes: &[u8], message: &str) {
        let errors: Vec<_> = rows::<Pair>("x.jsonl", bytes).filter_map(Result::err).collect();
        assert_eq!(errors.iter().map(ToString::to_string).collect::<Vec<_>>(), [message]);
    }

    #[test]
    fn errors_name_file_line_and_field() {
        check(b"{\"a\":1}\n\n{\"b\":1}\n", "x.jsonl:3: missing field `a`");
        check(b"{\"a\":\"s\"}", "x.jsonl:1: invalid type: string \"s\", expected u32");
        check(b"{\"a\":1}\n{\"a\":", "x.jsonl:2: EOF while parsing a value at column 5");
        check(b"{\"a\":1}\n\xff\n", "x.jsonl:2: not UTF-8 at byte 0");
    }
}

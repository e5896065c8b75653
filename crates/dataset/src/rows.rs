//! Files of rows: finds each row, and has its format read it.

use crate::fields::Fields;
use crate::format::{Format, Place};
use crate::load::Found;
use crate::{Flaw, SourceFile, apps};
use mend_core::jsonl;
use serde_json::value::RawValue;
use std::path::Path;

/// The rows of one file, or `None` if it holds none: `*.jsonl` has one a line, and a `*.json` one an element if it begins an
/// array of objects, or one a line if its first line is an object. The caller has decompressed a `*.gz`.
pub(crate) fn problems(format: Option<&Format>, dataset: &str, file: &SourceFile) -> Option<Vec<Found>> {
    let place = &Place { dataset };
    let path = Path::new(file.path.strip_suffix(".gz").unwrap_or(&file.path));
    let found = match path.extension()?.to_str()? {
        "jsonl" | "json" if begins_array_of_objects(&file.bytes) && !in_a_folder(path) => elements(format, place, file),
        "jsonl" => lines(format, place, file),
        "json" if !in_a_folder(path) && begins_with_an_object_line(&file.bytes) => lines(format, place, file),
        _ => return None,
    };
    Some(if found.is_empty() { vec![(file.path.clone(), Err(Flaw::EmptyFile))] } else { found })
}

/// Whether a file belongs to a folder of APPS or QuixBugs.
fn in_a_folder(path: &Path) -> bool {
    let cases = path.parent().and_then(Path::file_name).is_some_and(|folder| folder == "json_testcases");
    cases || path.file_name().is_some_and(|name| apps::folder::JSON_FILES.iter().any(|known| name == *known))
}

fn begins_array_of_objects(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{"))
}

/// Whether a file's first line is an object, as of JSON lines. One object over several lines is not.
fn begins_with_an_object_line(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let text = std::str::from_utf8(first).unwrap_or_default();
    Fields::from_row(text).is_ok()
}

fn lines(format: Option<&Format>, place: &Place<'_>, file: &SourceFile) -> Vec<Found> {
    jsonl::rows::<Fields>(&file.path, &file.bytes)
        .map(|row| match row {
            Ok(row) => (format!("{}:{}", file.path, row.line), Format::row(format, place, &row.value)),
            Err(error) => (format!("{}:{}", error.path, error.line), Err(Flaw::Json(error.why))),
        })
        .collect()
}

fn elements(format: Option<&Format>, place: &Place<'_>, file: &SourceFile) -> Vec<Found> {
    let whole = || -> Result<(&str, Vec<&RawValue>), Flaw> {
        let text = crate::fields::text(&file.bytes)?;
        let rows = serde_json::from_str(text).map_err(|source| Flaw::Json(source.to_string()))?;
        Ok((text, rows))
    };
    let (text, rows) = match whole() {
        Ok(found) => found,
        Err(flaw) => return vec![(file.path.clone(), Err(flaw))],
    };
    let (mut line, mut counted) = (1, 0);
    let mut line_of = |row: &str| {
        // A row is a part of the text, and they come in order.
        let start = row.as_ptr() as usize - text.as_ptr() as usize;
        line += text[counted..start].matches('\n').count();
        counted = start;
        format!("{}:{line}", file.path)
    };
    rows.into_iter()
        .map(|row| {
            let read = Fields::from_row(row.get()).and_then(|row| Format::row(format, place, &row));
            (line_of(row.get()), read)
        })
        .collect()
}

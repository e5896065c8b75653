//! The layouts of samples files: rows of HumanEval, rows of lm-eval, and generations of bigcode.
//!
//! A file is JSON lines or one JSON array, whatever its name ends in.

use super::row::{Fields, Id, Sample};
use mend_core::json::{self, Read};
use mend_core::jsonl::{self, RowError};
use serde_json::Value;

/// A row, or what is wrong with it.
pub(super) struct Row {
    /// Line in the file, counted from 1; of an array, the number of the element.
    pub(super) line: usize,
    /// Several only where a row lists several answers.
    pub(super) samples: Result<Vec<Sample>, String>,
}

/// Reads all rows. The error is about the file as a whole.
pub(super) fn rows(path: &str, bytes: &[u8]) -> Result<Vec<Row>, RowError> {
    let whole = |why: &str| RowError { path: path.to_owned(), line: 1, why: why.to_owned() };
    let start = bytes.trim_ascii_start();
    let elements = match start.first() {
        Some(b'[') => elements(bytes).map_err(|source| whole(&jsonl::message(&source)))?,
        // One object over several lines is no file of rows.
        Some(b'{') => match json::read::<Fields>(bytes) {
            Ok(Read { value, .. }) if bytes.trim_ascii().contains(&b'\n') => return Err(whole(&foreign(&value))),
            _ => None,
        },
        _ => None,
    };
    let Some(elements) = elements else { return Ok(lines(bytes)) };
    if elements.value.iter().any(Value::is_array) {
        return Ok(generations(&elements));
    }
    let row = |(index, value): (usize, &Value)| Row {
        line: index + 1,
        samples: value.as_object().ok_or_else(|| "expected an object".to_owned()).and_then(samples),
    };
    let mut rows: Vec<Row> = elements.value.iter().enumerate().map(row).collect();
    let texts = rows.iter_mut().filter_map(|row| row.samples.as_mut().ok()).flatten();
    count_replaced(texts, elements.replaced);
    Ok(of_first_filter(rows))
}

/// The elements of a file that is one array; `None` if its first line alone is an array, which is no row.
fn elements(bytes: &[u8]) -> Result<Option<Read<Vec<Value>>>, serde_json::Error> {
    match json::read::<Vec<Value>>(bytes) {
        Ok(read) => {
            let may_be_rows = read.value.iter().all(|value| value.is_object() || value.is_array());
            Ok(may_be_rows.then_some(read))
        }
        Err(_) if json::read::<Value>(bytes.split(|byte| *byte == b'\n').next().unwrap_or_default()).is_ok() => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn lines(bytes: &[u8]) -> Vec<Row> {
    let lines = bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty());
    let row = |(index, line): (usize, &[u8])| {
        let read = json::read::<Fields>(line).map_err(|source| jsonl::message(&source));
        let samples = read.and_then(|Read { value, replaced }| {
            let mut samples = samples(&value)?;
            count_replaced(samples.iter_mut(), replaced);
            Ok(samples)
        });
        Row { line: index + 1, samples }
    };
    of_first_filter(lines.map(row).collect())
}

/// Says of each text how many of its characters were replaced, given how many were in all.
fn count_replaced<'a>(samples: impl Iterator<Item = &'a mut Sample>, replaced: u64) {
    if replaced > 0 {
        for sample in samples {
            sample.replaced = (sample.text.matches(char::REPLACEMENT_CHARACTER).count() as u64).min(replaced);
        }
    }
}

fn samples(fields: &Fields) -> Result<Vec<Sample>, String> {
    if fields.contains_key("doc") && fields.contains_key("resps") {
        return Sample::of_lm_eval(fields);
    }
    Sample::read(fields).map(|sample| vec![sample])
}

/// lm-eval writes a row for each of its filters, all with the same answers: those of the first one.
fn of_first_filter(mut rows: Vec<Row>) -> Vec<Row> {
    let filter = |row: &Row| row.samples.as_ref().ok().and_then(|samples| samples.first()?.filter.clone());
    let first = rows.iter().find_map(filter);
    rows.retain(|row| filter(row).is_none_or(|filter| Some(filter) == first));
    rows
}

/// bigcode's generations: for each problem, in the data set's order, the list of its programs.
fn generations(elements: &Read<Vec<Value>>) -> Vec<Row> {
    let row = |(index, value): (usize, &Value)| {
        let texts = value.as_array().and_then(|texts| texts.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
        let wrong = "expected the list of a problem's programs, as bigcode-evaluation-harness writes generations";
        let mut samples = texts
            .ok_or(wrong)
            .map(|texts| texts.iter().map(|text| Sample::generation(index, text)).collect::<Vec<_>>());
        if let Ok(samples) = &mut samples {
            count_replaced(samples.iter_mut(), elements.replaced);
        }
        Row { line: index + 1, samples: samples.map_err(str::to_owned) }
    };
    elements.value.iter().enumerate().map(row).collect()
}

/// What a file of one object is, if it is a known one.
fn foreign(fields: &Fields) -> String {
    let has = |names: &[&str]| names.iter().all(|name| fields.contains_key(*name));
    let what = if has(&["results", "configs"]) || has(&["results", "versions"]) {
        "these are the results of lm-eval; its answers are in the files `samples_<task>_<date>.jsonl` that `--log_samples` \
         writes"
    } else if has(&["eval", "hash"]) {
        "these are the results of EvalPlus; score the file of samples that they were made from"
    } else if has(&["config"]) {
        "these are the metrics of bigcode-evaluation-harness; its programs are in the file that \
         `--save_generations` writes"
    } else {
        "one object over several lines; a samples file has one object a line, or is an array of objects"
    };
    what.to_owned()
}

/// What a row is called in messages.
pub(super) fn named(id: &Id) -> String {
    match id {
        Id::Text(text) => text.clone(),
        Id::Number(number) => number.to_string(),
        Id::Place(place) => format!("the list {} of the file", place + 1),
    }
}

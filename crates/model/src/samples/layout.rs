//! The layouts of samples files: rows, one a line or in an array, and files that are one object or a list of lists.
//!
//! A file is JSON lines or one JSON array, whatever its name ends in. [`SamplesFormat`] says what a row is of.

use super::format::SamplesFormat;
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

/// Reads all rows. `asked` is the format that the user named. The error is about the file as a whole.
pub(super) fn rows(path: &str, bytes: &[u8], asked: Option<SamplesFormat>) -> Result<Vec<Row>, RowError> {
    let whole = |why: &str| RowError { path: path.to_owned(), line: 1, why: why.to_owned() };
    let start = bytes.trim_ascii_start();
    let elements = match start.first() {
        Some(b'[') => elements(bytes).map_err(|source| whole(&jsonl::message(&source)))?,
        Some(b'{') => {
            if let Ok(Read { value, replaced }) = json::read::<Fields>(bytes) {
                match asked.filter(|format| is_one_object(*format)).or_else(|| SamplesFormat::of_file(&value)) {
                    Some(SamplesFormat::EvalPlusResults) if asked.is_none_or(is_one_object) => {
                        return evalplus_results(&value, replaced).map_err(|why| whole(&why));
                    }
                    Some(SamplesFormat::Inspect) if asked.is_none_or(is_one_object) && !is_inspect_sample(&value) => {
                        return inspect(&value, replaced).map_err(|why| whole(&why));
                    }
                    // One object over several lines is no file of rows.
                    _ if bytes.trim_ascii().contains(&b'\n') => return Err(whole(&foreign(&value))),
                    _ => {}
                }
            }
            None
        }
        _ => None,
    };
    let Some(elements) = elements else { return Ok(lines(bytes, asked)) };
    if elements.value.iter().any(Value::is_array) {
        if let Some(other) = asked.filter(|format| *format != SamplesFormat::Bigcode) {
            return Err(whole(&format!("this is a list of lists, as bigcode writes them, and no file of {other}")));
        }
        return Ok(generations(&elements));
    }
    let row = |(index, value): (usize, &Value)| Row {
        line: index + 1,
        samples: value
            .as_object()
            .ok_or_else(|| "expected an object".to_owned())
            .and_then(|fields| samples(fields, asked)),
    };
    let mut rows: Vec<Row> = elements.value.iter().enumerate().map(row).collect();
    let texts = rows.iter_mut().filter_map(|row| row.samples.as_mut().ok()).flatten();
    count_replaced(texts, elements.replaced);
    Ok(of_first_filter(rows))
}

/// Whether a file of this format is one object.
fn is_one_object(format: SamplesFormat) -> bool {
    matches!(format, SamplesFormat::EvalPlusResults | SamplesFormat::Inspect)
}

/// Whether an object is one sample of a log, as a packed log has them.
fn is_inspect_sample(fields: &Fields) -> bool {
    SamplesFormat::of_row(fields) == Some(SamplesFormat::Inspect)
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

fn lines(bytes: &[u8], asked: Option<SamplesFormat>) -> Vec<Row> {
    let lines = bytes.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty());
    let row = |(index, line): (usize, &[u8])| {
        let read = json::read::<Fields>(line).map_err(|source| jsonl::message(&source));
        let samples = read.and_then(|Read { value, replaced }| {
            let mut samples = samples(&value, asked)?;
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

/// The samples of a row: by the format that the user named, else by the one that its keys tell.
fn samples(fields: &Fields, asked: Option<SamplesFormat>) -> Result<Vec<Sample>, String> {
    let told = || SamplesFormat::of_row(fields).ok_or_else(|| SamplesFormat::unknown(fields));
    match asked.map_or_else(told, Ok)? {
        SamplesFormat::LmEval => Sample::of_lm_eval(fields),
        SamplesFormat::LiveCodeBench => Sample::of_livecodebench(fields),
        SamplesFormat::Inspect => Ok(vec![Sample::of_inspect(fields)?]),
        SamplesFormat::HumanEval | SamplesFormat::EvalPlus => Ok(vec![Sample::read(fields)?]),
        one @ (SamplesFormat::Bigcode | SamplesFormat::EvalPlusResults) => {
            Err(format!("this is a row, and a file of {one} has none"))
        }
    }
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

/// The results of EvalPlus: for each problem the list of its programs with their statuses. The problem's place in the file
/// stands for its line.
fn evalplus_results(file: &Fields, replaced: u64) -> Result<Vec<Row>, String> {
    let problems = file.get("eval").and_then(Value::as_object).ok_or("field `eval`: expected an object")?;
    let has_program = |value: &Value| {
        let first = value.as_array().and_then(|programs| programs.first());
        first.is_some_and(|program| program.get("solution").is_some())
    };
    if !problems.values().any(has_program) {
        let why = "these are the results of EvalPlus without the programs; score the file of samples that they were made from";
        return Err(why.to_owned());
    }
    let row = |(index, (id, programs)): (usize, (&String, &Value))| {
        let programs = programs.as_array().ok_or_else(|| format!("field `eval.{id}`: expected a list"));
        let read = |programs: &Vec<Value>| {
            programs.iter().map(|program| Sample::of_evalplus_result(id, program)).collect::<Result<Vec<_>, _>>()
        };
        let mut samples = programs.and_then(read);
        if let Ok(samples) = &mut samples {
            count_replaced(samples.iter_mut(), replaced);
        }
        Row { line: index + 1, samples }
    };
    Ok(problems.iter().enumerate().map(row).collect())
}

/// A log of Inspect: its samples, in their order.
fn inspect(file: &Fields, replaced: u64) -> Result<Vec<Row>, String> {
    let samples = file.get("samples").and_then(Value::as_array).filter(|samples| !samples.is_empty());
    let samples = samples.ok_or("the log of Inspect holds no samples: it may be a header alone")?;
    let row = |(index, sample): (usize, &Value)| {
        let fields = sample.as_object().ok_or_else(|| "expected an object".to_owned());
        let mut samples = fields.and_then(|fields| Ok(vec![Sample::of_inspect(fields)?]));
        if let Ok(samples) = &mut samples {
            count_replaced(samples.iter_mut(), replaced);
        }
        Row { line: index + 1, samples }
    };
    Ok(samples.iter().enumerate().map(row).collect())
}

/// What a file of one object is, if it is a known one.
fn foreign(fields: &Fields) -> String {
    let has = |names: &[&str]| names.iter().all(|name| fields.contains_key(*name));
    if has(&["results", "configs"]) || has(&["results", "versions"]) {
        "these are the results of lm-eval; its answers are in the files `samples_<task>_<date>.jsonl` that `--log_samples` \
         writes"
            .to_owned()
    } else if has(&["config"]) {
        "these are the metrics of bigcode-evaluation-harness; its programs are in the file that \
         `--save_generations` writes"
            .to_owned()
    } else {
        format!(
            "one object over several lines; a samples file has one object a line, or is an array of objects. {}",
            SamplesFormat::unknown(fields)
        )
    }
}

/// What a row is called in messages.
pub(super) fn named(id: &Id) -> String {
    match id {
        Id::Text(text) => text.clone(),
        Id::Number(number) => number.to_string(),
        Id::Place(place) => format!("the list {} of the file", place + 1),
    }
}

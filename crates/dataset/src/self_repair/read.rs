//! Rows of a published file to tasks, with errors that name file, line and field.

use super::name::Name;
use super::{Attempt, Published, PublishedProgram, PublishedTask, Quirks, Reading, SingleRepairs, status};
use mend_core::jsonl::{self, RowError};
use mend_core::{Digest, ProblemId, Status, Tokens};
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;

/// What one row says, before rows are compared.
struct Row<'a> {
    line: usize,
    /// The key of a file that is keyed by task.
    key: Option<String>,
    text: &'a str,
}

pub(super) fn published(path: &str, bytes: &[u8], reading: Reading) -> Result<Published, RowError> {
    let at = |line: usize, why: String| RowError { path: path.to_owned(), line, why };
    let text = std::str::from_utf8(bytes).map_err(|source| {
        let line = bytes[..source.valid_up_to()].split(|byte| *byte == b'\n').count();
        at(line, format!("not UTF-8 at byte {}", source.valid_up_to()))
    })?;
    let mut file = Published { tasks: vec![], single_repairs: None, quirks: Quirks::default(), skipped: vec![] };
    let mut lines: BTreeMap<ProblemId, usize> = BTreeMap::new();
    // Where the first attempt with a count and the first without one stand.
    let (mut counted, mut uncounted): (Option<usize>, Option<(usize, String)>) = (None, None);
    for row in rows(text) {
        let mut reader = Reader { quirks: Quirks::default(), reading, uncounted: None, is_counted: false };
        let task = reader.task(&row).and_then(|task| match lines.get(&task.id) {
            Some(first) => Err(format!("task `{}` is already at line {first}", task.id)),
            None => Ok(task),
        });
        match task {
            Ok(task) => {
                lines.insert(task.id.clone(), row.line);
                file.tasks.push(task);
                file.quirks.add(&reader.quirks);
                counted = counted.or(reader.is_counted.then_some(row.line));
                uncounted = uncounted.or(reader.uncounted.map(|place| (row.line, place)));
            }
            Err(why) if reading.skip_invalid => file.skipped.push(at(row.line, why)),
            Err(why) => return Err(at(row.line, why)),
        }
    }
    if let (Some(counted), Some((line, place))) = (counted, uncounted) {
        let why = format!("`{place}.tokens_generated` is missing, and line {counted} has such counts");
        return Err(at(line, why));
    }
    file.single_repairs = match file.quirks {
        Quirks { rerun_marks: 1.., .. } => Some(SingleRepairs::Passed),
        Quirks { repaired_once: 1.., .. } => Some(SingleRepairs::Repaired),
        _ => None,
    };
    if file.tasks.is_empty() {
        let skipped = file
            .skipped
            .first()
            .map(|first| format!(": {} skipped, the first at line {}: {}", file.skipped.len(), first.line, first.why));
        return Err(at(1, format!("no task was found{}", skipped.unwrap_or_default())));
    }
    Ok(file)
}

/// One row a line, or one a key of the object that the whole file is.
fn rows(text: &str) -> Vec<Row<'_>> {
    let (mut line, mut counted) = (1, 0);
    let mut line_of = |part: &str| {
        // A part of the text, and parts come in order.
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        line += text[counted..start].matches('\n').count();
        counted = start;
        line
    };
    if let Ok(Keyed(keys)) = serde_json::from_str::<Keyed<'_>>(text) {
        let is_one_task = keys.iter().any(|(key, _)| key == "completions");
        if !is_one_task && !keys.is_empty() {
            return keys
                .into_iter()
                .map(|(key, value)| Row { line: line_of(value.get()), key: Some(key), text: value.get() })
                .collect();
        }
    }
    text.split('\n')
        .zip(1..)
        .filter(|(line, _)| !line.trim().is_empty())
        .map(|(text, line)| Row { line, key: None, text })
        .collect()
}

/// An object's fields in file order, still text.
struct Keyed<'a>(Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Keyed<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Keyed<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = vec![];
                while let Some(pair) = map.next_entry::<String, &'de RawValue>()? {
                    pairs.push(pair);
                }
                Ok(Keyed(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

impl Quirks {
    fn add(&mut self, other: &Self) {
        self.text_booleans += other.text_booleans;
        self.passed_by_fault += other.passed_by_fault;
        self.rerun_marks += other.rerun_marks;
        self.repaired_once += other.repaired_once;
        self.unrepaired += other.unrepaired;
        self.needless_repairs += other.needless_repairs;
        self.unexplained += other.unexplained;
    }
}

/// Reads one row. Errors say what is wrong with which field.
struct Reader {
    quirks: Quirks,
    reading: Reading,
    /// The first attempt without a count of tokens.
    uncounted: Option<String>,
    is_counted: bool,
}

impl Reader {
    fn task(&mut self, row: &Row<'_>) -> Result<PublishedTask, String> {
        let value: Value = serde_json::from_str(row.text).map_err(|source| jsonl::message(&source))?;
        let (name, completions) = match (&row.key, &value) {
            (Some(key), Value::Array(completions)) => (Name::of_key(key), completions),
            (_, Value::Object(task)) => {
                let name = match &row.key {
                    Some(key) => Name::of_key(key),
                    None => Name::of_task(task)?,
                };
                (name, list(task, "completions", "completions")?.ok_or("missing field `completions`")?)
            }
            (Some(_), _) => return Err("expected a list of completions, or an object that has one".to_owned()),
            (None, _) => return Err("expected an object".to_owned()),
        };
        let programs = completions
            .iter()
            .enumerate()
            .map(|(index, completion)| self.program(completion, &format!("completions[{index}]")))
            .collect::<Result<_, _>>()?;
        Ok(PublishedTask {
            id: ProblemId::new(name.id),
            digest: Digest::of(row.text.as_bytes()),
            difficulty: name.difficulty,
            programs,
        })
    }

    fn program(&mut self, completion: &Value, place: &str) -> Result<PublishedProgram, String> {
        let fields = object(completion, place)?;
        let program = text(fields, &["executed_completion", "program"], place)?;
        let original = text(fields, &["original_completion"], place)?;
        let code = program.or_else(|| original.clone());
        let code = code.ok_or_else(|| format!("missing field `{place}.executed_completion`"))?;
        let fault = text(fields, &["fault"], place)?;
        let binary = self.boolean(fields, place)?;
        if binary.is_none() && fault.is_none() {
            return Err(format!("missing field `{place}.binary`"));
        }
        let by_fault = fault.as_deref() == Some("passed");
        let mut passes = binary == Some(true) || by_fault;
        self.quirks.passed_by_fault += u64::from(by_fault && binary != Some(true));
        let errors = list(fields, "errors", &format!("{place}.errors"))?.map_or(&[][..], Vec::as_slice);
        let mut repairs = list(fields, "repairs", &format!("{place}.repairs"))?.map_or(&[][..], Vec::as_slice);
        if passes {
            self.quirks.needless_repairs += repairs.len() as u64;
            repairs = &[];
        } else if repairs.len() == 1 {
            match self.reading.single_repairs.unwrap_or(SingleRepairs::Passed) {
                SingleRepairs::Passed => {
                    self.quirks.rerun_marks += 1;
                    (passes, repairs) = (true, &[]);
                }
                SingleRepairs::Repaired => self.quirks.repaired_once += 1,
            }
        }
        self.quirks.unrepaired += u64::from(!passes && repairs.is_empty());
        let repairs = repairs
            .iter()
            .enumerate()
            .map(|(index, repair)| self.repair(repair, &format!("{place}.repairs[{index}]")))
            .collect::<Result<_, _>>()?;
        let verdict = if passes {
            status::passed(errors.len())
        } else {
            status::failed(fault.as_deref(), errors).unwrap_or_else(|| self.unexplained())
        };
        let attempt = Attempt {
            text: original.unwrap_or_else(|| code.clone()),
            program: Some(code),
            explanation: None,
            tokens: self.tokens(fields, place)?,
            verdict,
        };
        Ok(PublishedProgram { attempt, repairs })
    }

    fn repair(&mut self, repair: &Value, place: &str) -> Result<Attempt, String> {
        let fields = object(repair, place)?;
        let program = text(fields, &["repaired_program", "program", "code"], place)?;
        let named = ["repaired_program", "program", "code"].iter().any(|name| fields.contains_key(*name));
        if !named {
            return Err(format!("missing field `{place}.repaired_program`"));
        }
        let explanation = text(fields, &["explanation"], place)?;
        let passes = self.boolean(fields, place)?.ok_or_else(|| format!("missing field `{place}.binary`"))?;
        let message = text(fields, &["error_msg"], place)?;
        let verdict = match (&program, passes) {
            (_, true) => status::passed(0),
            (None, false) => status::whole(Status::NoCode, None),
            (Some(_), false) => status::failed(message.as_deref(), &[]).unwrap_or_else(|| self.unexplained()),
        };
        let parts = [explanation.as_deref(), program.as_deref()];
        Ok(Attempt {
            text: parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n"),
            program,
            explanation,
            tokens: self.tokens(fields, place)?,
            verdict,
        })
    }

    fn unexplained(&mut self) -> mend_core::SuiteVerdict {
        self.quirks.unexplained += 1;
        status::whole(Status::WrongAnswer, None)
    }

    fn boolean(&mut self, fields: &Map<String, Value>, place: &str) -> Result<Option<bool>, String> {
        match fields.get("binary") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(Value::String(word)) if ["True", "true", "False", "false"].contains(&word.as_str()) => {
                self.quirks.text_booleans += 1;
                Ok(Some(word.eq_ignore_ascii_case("true")))
            }
            Some(other) => Err(format!("`{place}.binary`: expected true or false, found `{other}`")),
        }
    }

    fn tokens(&mut self, fields: &Map<String, Value>, place: &str) -> Result<Option<Tokens>, String> {
        let count = match fields.get("tokens_generated") {
            None | Some(Value::Null) => None,
            Some(value) => {
                let whole = value.as_f64().filter(|count| *count >= 0.0 && count.fract() == 0.0);
                let count = value.as_u64().or(whole.map(|count| count as u64));
                let wrong = || format!("`{place}.tokens_generated`: expected a number of tokens, found `{value}`");
                Some(Tokens(count.ok_or_else(wrong)?))
            }
        };
        match count {
            Some(_) => self.is_counted = true,
            None => self.uncounted = self.uncounted.take().or(Some(place.to_owned())),
        }
        Ok(count)
    }
}

fn object<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!("`{place}`: expected an object"))
}

fn list<'a>(fields: &'a Map<String, Value>, name: &str, place: &str) -> Result<Option<&'a Vec<Value>>, String> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(list)) => Ok(Some(list)),
        Some(_) => Err(format!("`{place}`: expected a list")),
    }
}

/// The first of some fields that is there and not null.
fn text(fields: &Map<String, Value>, names: &[&str], place: &str) -> Result<Option<String>, String> {
    for name in names {
        match fields.get(*name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => return Ok(Some(text.clone())),
            Some(_) => return Err(format!("`{place}.{name}`: expected a text")),
        }
    }
    Ok(None)
}

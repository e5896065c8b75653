//! The fields of a row that a person filled in, each read by itself, so that an error names it.

use mend_core::{Digest, Kind, Mark, Minutes, Rating, Reason, Span, nearest};
use serde_json::Value;

/// The field that somebody has to fill in.
pub(super) fn needed(name: &str, text: Option<String>) -> Result<String, String> {
    text.ok_or_else(|| format!("missing field `{name}`"))
}

/// A field that holds a text, if it is there.
pub(super) fn text(name: &str, value: Option<Value>) -> Result<Option<String>, String> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(format!("field `{name}`: found {other}, expected a text in quotes")),
    }
}

/// The same where blanks alone say nothing.
pub(super) fn filled(name: &str, value: Option<Value>) -> Result<Option<String>, String> {
    Ok(text(name, value)?.filter(|text| !text.trim().is_empty()))
}

pub(super) fn minutes(value: Option<Value>) -> Result<Option<Minutes>, String> {
    let Some(value) = value else { return Ok(None) };
    match value.as_f64().and_then(Minutes::from_f64) {
        Some(minutes) => Ok(Some(minutes)),
        None => Err(format!("field `minutes`: found {value}, expected a number of minutes, such as 2.5")),
    }
}

/// Yes or no, also as JSON has it.
pub(super) fn satisfied(value: Option<Value>) -> Result<Option<bool>, String> {
    let wrong = |found: &Value| Err(format!("field `satisfied`: found {found}, expected \"yes\" or \"no\""));
    match value {
        None => Ok(None),
        Some(Value::Bool(satisfied)) => Ok(Some(satisfied)),
        Some(Value::String(word)) => match word.trim().to_ascii_lowercase().as_str() {
            "" => Ok(None),
            "yes" => Ok(Some(true)),
            "no" => Ok(Some(false)),
            _ => wrong(&Value::String(word)),
        },
        Some(other) => wrong(&other),
    }
}

pub(super) fn rating(value: Option<Value>) -> Result<Option<Rating>, String> {
    let Some(value) = value else { return Ok(None) };
    // Written as 3 or as 3.0.
    let whole = value.as_f64().filter(|rating| rating.fract() == 0.0 && (0.0..=255.0).contains(rating));
    match whole.and_then(|rating| Rating::new(rating as u8)) {
        Some(rating) => Ok(Some(rating)),
        None => Err(format!("field `rating`: found {value}, expected 1, 2, 3 or 4")),
    }
}

pub(super) fn reasons(value: Option<Value>) -> Result<Vec<Reason>, String> {
    let words = || Reason::ALL.map(Reason::as_str).join(", ");
    let items = match value {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(other) => return Err(format!("field `reasons`: found {other}, expected a list of some of {}", words())),
    };
    let mut reasons: Vec<Reason> = Vec::new();
    for item in items {
        let word = item.as_str().unwrap_or_default();
        let Some(reason) = Reason::ALL.into_iter().find(|reason| reason.as_str() == word) else {
            let meant = nearest(word, Reason::ALL.map(Reason::as_str));
            let meant = meant.map(|meant| format!(" (is `{meant}` meant?)")).unwrap_or_default();
            return Err(format!("field `reasons`: found {item}, expected some of {}{meant}", words()));
        };
        if reasons.contains(&reason) {
            return Err(format!("field `reasons`: `{word}` stands there twice"));
        }
        reasons.push(reason);
    }
    Ok(reasons)
}

/// Lines: a number, a pair of numbers, or an object of `first`, `last` and `comment`.
pub(super) fn spans(value: Option<Value>) -> Result<Vec<Mark>, String> {
    let items = match value {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(other) => return Err(format!("field `spans`: found {other}, expected a list, {FORMS}")),
    };
    items.iter().map(mark).collect()
}

const FORMS: &str = "such as [3, [5, 7], {\"first\": 9, \"last\": 9, \"comment\": \"off by one\"}]";

fn mark(item: &Value) -> Result<Mark, String> {
    let wrong = |why: String| format!("field `spans`: {why}");
    let line = |value: &Value| {
        let number = value.as_u64().and_then(|line| u32::try_from(line).ok()).filter(|line| *line > 0);
        number.ok_or_else(|| wrong(format!("found {value}, expected the number of a line, from 1")))
    };
    let (first, last, comment) = match item {
        Value::Array(ends) if ends.len() == 2 => (line(&ends[0])?, line(&ends[1])?, None),
        Value::Object(fields) => {
            if let Some(name) = fields.keys().find(|name| !["first", "last", "comment"].contains(&name.as_str())) {
                return Err(wrong(format!("unknown field `{name}`, expected `first`, `last` or `comment`")));
            }
            let first = fields.get("first").ok_or_else(|| wrong(format!("missing field `first` in {item}")))?;
            let first = line(first)?;
            let last = fields.get("last").filter(|last| !last.is_null()).map(line).transpose()?.unwrap_or(first);
            let comment = fields.get("comment").cloned().filter(|comment| !comment.is_null());
            (first, last, filled("comment", comment).map_err(wrong)?)
        }
        Value::Number(_) => (line(item)?, line(item)?, None),
        _ => return Err(wrong(format!("found {item}, expected lines, {FORMS}"))),
    };
    if last < first {
        return Err(wrong(format!("the last line {last} stands before the first, {first}")));
    }
    Ok(Mark { span: Span { first, last }, comment })
}

/// A whole program: what stands within a fence, where one is around all of it.
pub(super) fn program(value: Option<Value>) -> Result<Option<String>, String> {
    let Some(text) = filled("fixed_program", value)? else { return Ok(None) };
    let inner = text.trim().strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    let program = match inner.and_then(|inner| inner.split_once('\n')) {
        Some((language, program)) if !language.trim().contains(' ') => program.to_owned(),
        _ => text,
    };
    if program.trim().is_empty() {
        return Err("field `fixed_program`: found an empty block, expected a whole program".to_owned());
    }
    Ok(Some(program))
}

pub(super) fn digest(name: &str, text: &str) -> Result<Digest, String> {
    text.parse().map_err(|error| format!("field `{name}`: {error}"))
}

pub(super) fn kind_of(word: &str) -> Result<Kind, String> {
    Kind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| {
        let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("field `kind`: found `{word}`, expected one of {}", words.join(", "))
    })
}

/// Refuses fields of the other form: what somebody wrote there would else be left aside.
pub(super) fn foreign(fields: &[(&str, &Option<Value>)], of: &str) -> Result<(), String> {
    match fields.iter().find(|(_, value)| value.is_some()) {
        Some((name, _)) => Err(format!("field `{name}` does not belong to a row with {of}")),
        None => Ok(()),
    }
}

//! Rows of other tools, with what these recorded of each program: lm-eval, LiveCodeBench, EvalPlus's results, Inspect.

use super::format::SamplesFormat;
use super::row::{Field, Fields, Id, Sample, Scope};
use mend_core::{Ending, FinishReason, Said, Usage};
use serde_json::Value;

/// What lm-eval's rows may call the problem, in the row's `doc`.
const NAMES: [&str; 4] = ["task_id", "question_id", "problem_id", "id"];

impl Sample {
    /// Reads a row of lm-eval's `samples_*.jsonl`: all answers to one problem. A metric of one answer is a verdict, one of
    /// several a share.
    pub(super) fn of_lm_eval(fields: &Fields) -> Result<Vec<Self>, String> {
        let row = Scope { fields, prefix: "" };
        let doc = fields.get("doc").and_then(Value::as_object).ok_or("field `doc`: expected an object")?;
        let doc = Scope { fields: doc, prefix: "doc." };
        let named = NAMES.iter().find_map(|name| doc.id(name).transpose());
        let id = named.ok_or("missing field `doc.task_id`: a row of lm-eval that names no problem")??;
        let mut texts = Vec::new();
        let mut open: Vec<&Value> = fields.get("resps").into_iter().collect();
        while let Some(value) = open.pop() {
            match value {
                Value::String(text) => texts.push(text.clone()),
                Value::Array(values) => open.extend(values.iter().rev()),
                _ => return Err("field `resps`: expected lists of texts".to_owned()),
            }
        }
        let filter = row.text("filter")?;
        let count = texts.len();
        let mut samples: Vec<Self> = texts
            .into_iter()
            .map(|text| Self { filter: filter.clone(), ..Self::of(id.clone(), Field::Responses, text) })
            .collect();
        if let Some(first) = samples.first_mut() {
            first.said =
                metrics(fields).into_iter().filter_map(|(name, value)| Some((name, share(value, count)?))).collect();
            first.count = count;
        }
        Ok(samples)
    }

    /// Reads an element of LiveCodeBench's `*_eval_all.json`: all programs of one problem. Where it has no programs, the
    /// answers.
    pub(super) fn of_livecodebench(fields: &Fields) -> Result<Vec<Self>, String> {
        let row = Scope { fields, prefix: "" };
        let id = row.id("question_id")?.ok_or("missing field `question_id`")?;
        let (field, name) = match fields.get("code_list") {
            Some(Value::Array(_)) => (Field::CodeList, "code_list"),
            _ => (Field::OutputList, "output_list"),
        };
        let texts = list(fields, name)?.ok_or_else(|| format!("missing field `{name}`"))?;
        let graded = list(fields, "graded_list")?.unwrap_or_default();
        let read = |(index, text): (usize, &Value)| {
            let text = text.as_str().ok_or_else(|| format!("field `{name}[{index}]`: expected a text"))?;
            let said = graded.get(index).and_then(verdict).map(|said| ("graded_list".to_owned(), said));
            Ok(Self { said: said.into_iter().collect(), ..Self::of(id.clone(), field, text.to_owned()) })
        };
        texts.iter().enumerate().map(read).collect()
    }

    /// Reads a program in EvalPlus's results, with its statuses for the original tests and for all of them.
    pub(super) fn of_evalplus_result(id: &str, program: &Value) -> Result<Self, String> {
        let fields = program.as_object().ok_or_else(|| format!("field `eval.{id}`: expected a list of objects"))?;
        let row = Scope { fields, prefix: "eval[].[]." };
        let text = row.text("solution")?.ok_or_else(|| format!("missing field `eval.{id}[].solution`"))?;
        let status = |name: &str| row.text(name).map(|word| word.map(|word| word == "pass"));
        let base = status("base_status")?;
        // The further tests alone say nothing: what passes them has to pass the original ones, too.
        let plus = status("plus_status")?.map(|plus| plus && base != Some(false));
        let said = [("base_status", base), ("plus_status", plus)];
        let said = said.into_iter().filter_map(|(name, passes)| Some((name.to_owned(), Said::Passes(passes?))));
        Ok(Self {
            said: said.collect(),
            format: SamplesFormat::EvalPlusResults,
            ..Self::of(Id::Text(id.to_owned()), Field::Solution, text)
        })
    }

    /// Reads a sample of a log of Inspect: its last answer, and the values of its scorers.
    pub(super) fn of_inspect(fields: &Fields) -> Result<Self, String> {
        let row = Scope { fields, prefix: "" };
        let id = row.id("id")?.ok_or("missing field `id`")?;
        let output = fields.get("output").and_then(Value::as_object).ok_or("field `output`: expected an object")?;
        let choice = output.get("choices").and_then(|choices| choices.get(0));
        let content = choice.and_then(|choice| choice.get("message")).and_then(|message| message.get("content"));
        let text = content.or_else(|| output.get("completion")).and_then(words);
        // A sample whose model never answered holds no program, and is a sample all the same.
        let text = text.unwrap_or_default();
        let output = Scope { fields: output, prefix: "output." };
        let nothing = Fields::new();
        let usage = output.fields.get("usage").and_then(Value::as_object).unwrap_or(&nothing);
        let usage = Scope { fields: usage, prefix: "output.usage." };
        let reason = choice.and_then(|choice| choice.get("stop_reason")).and_then(Value::as_str);
        let scores = fields.get("scores").and_then(Value::as_object).unwrap_or(&nothing);
        let said =
            scores.iter().filter_map(|(name, score)| Some((format!("scores.{name}"), verdict(score.get("value")?)?)));
        Ok(Self {
            said: said.collect(),
            finish_reason: reason.and_then(ending).map_or(FinishReason::Unknown, Ending::reason),
            usage: Usage {
                prompt: usage.tokens("input_tokens")?,
                cached: usage.tokens("input_tokens_cache_read")?,
                reasoning: usage.tokens("reasoning_tokens")?,
                completion: usage.tokens("output_tokens")?,
            },
            model: output.text("model")?,
            ..Self::of(id, Field::Output, text)
        })
    }
}

/// Inspect's words for the end of an answer, in those of the providers.
fn ending(word: &str) -> Option<Ending> {
    let word = match word {
        "max_tokens" | "model_length" => "length",
        other => other,
    };
    Ending::of_word(word)
}

/// The text of a message: as it stands, or the texts among its parts.
fn words(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let texts = parts.iter().filter(|part| part.get("type").and_then(Value::as_str) == Some("text"));
            let texts: Vec<&str> = texts.filter_map(|part| part.get("text")?.as_str()).collect();
            Some(texts.join("\n"))
        }
        _ => None,
    }
}

fn list<'a>(fields: &'a Fields, name: &str) -> Result<Option<&'a [Value]>, String> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(values)) => Ok(Some(values)),
        Some(_) => Err(format!("field `{name}`: expected a list")),
    }
}

/// The metrics of a row of lm-eval: those that it names, else the numbers whose name begins with `pass`.
fn metrics(fields: &Fields) -> Vec<(String, &Value)> {
    let named: Vec<&str> = match fields.get("metrics").and_then(Value::as_array) {
        Some(names) => names.iter().filter_map(Value::as_str).collect(),
        None => fields.keys().map(String::as_str).filter(|name| name.starts_with("pass")).collect(),
    };
    named.into_iter().filter_map(|name| Some((name.to_owned(), fields.get(name)?))).collect()
}

/// What a metric says of so many answers.
fn share(value: &Value, count: usize) -> Option<Said> {
    match (verdict(value), value.as_f64()) {
        (Some(verdict), _) if count == 1 => Some(verdict),
        (_, Some(share)) if count > 1 && (0.0..=1.0).contains(&share) => Some(Said::Share(share)),
        _ => None,
    }
}

/// A value that says whether a program passes: true or false, 1 or 0, or Inspect's letters. `None` for anything else, such
/// as part of a score or no answer.
fn verdict(value: &Value) -> Option<Said> {
    let passes = match value {
        Value::Bool(passes) => *passes,
        Value::Number(number) if number.as_f64() == Some(1.0) => true,
        Value::Number(number) if number.as_f64() == Some(0.0) => false,
        Value::String(word) if word == "C" => true,
        Value::String(word) if word == "I" => false,
        _ => return None,
    };
    Some(Said::Passes(passes))
}

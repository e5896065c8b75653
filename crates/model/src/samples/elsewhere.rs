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

#[cfg(test)]
mod tests {
    use super::super::{Reading, Samples, SamplesError, SamplesFormat};
    use mend_core::{Claim, Form, OnInvalid, Problem, Said, Style, Tokens};
    use serde_json::{Value, json};

    fn parse(bytes: &str, format: Option<SamplesFormat>) -> Result<Samples, SamplesError> {
        let problem = |id: &str| {
            let style = Style::Function { entry_point: "f".to_owned() };
            mend_testkit::problem(id, style, "Write `f(x)`.").with_digest()
        };
        let known: Vec<Problem> = ["mbpp/1", "lcb/abc_a"].map(problem).into();
        let reading = Reading { on_invalid: OnInvalid::Fail, form: None, format, is_whole: true };
        Samples::parse("x.json", bytes.as_bytes(), &known, reading)
    }

    fn read(file: &Value) -> Samples {
        parse(&file.to_string(), None).unwrap()
    }

    /// Where, which field, and what it says.
    fn said(samples: &Samples) -> Vec<(String, String, Said)> {
        let claim = |claim: &Claim| {
            let slot = claim.slot.as_ref().map(ToString::to_string).unwrap_or_default();
            (format!("{} {slot}", claim.tree.problem), claim.field.clone(), claim.said)
        };
        samples.claims().iter().map(claim).collect()
    }

    fn of(place: &str, field: &str, said: Said) -> (String, String, Said) {
        (place.to_owned(), field.to_owned(), said)
    }

    const YES: Said = Said::Passes(true);
    const NO: Said = Said::Passes(false);
    const PROGRAM: &str = "def f(x):\n    return x\n";

    #[test]
    fn livecodebench_has_a_list_of_programs_and_one_of_grades() {
        let row = json!([{
            "question_id": "abc_a", "question_title": "A", "output_list": ["```\nx\n```", "y"],
            "code_list": [PROGRAM, "def f(x): pass\n"], "graded_list": [true, false], "pass@1": 0.5,
        }]);
        let samples = read(&row);
        assert_eq!(samples.formats().iter().copied().collect::<Vec<_>>(), [SamplesFormat::LiveCodeBench]);
        assert_eq!(said(&samples), [of("lcb/abc_a p0", "graded_list", YES), of("lcb/abc_a p1", "graded_list", NO)]);
        assert_eq!(samples.forms(), [("code_list".to_owned(), Form::Whole)].into());
        let answers = read(&json!([{"question_id": "abc_a", "output_list": ["```python\ndef f(x): pass\n```"]}]));
        assert_eq!(answers.forms(), [("output_list".to_owned(), Form::Chat)].into());
    }

    #[test]
    fn results_of_evalplus_have_a_verdict_of_the_original_tests_and_one_of_all() {
        let program = |base: &str, plus: &str| json!({"task_id": "Mbpp/1", "solution": PROGRAM, "base_status": base, "plus_status": plus});
        let file = json!({
            "date": "2026-01-01", "hash": "0",
            "eval": {"Mbpp/1": [program("pass", "fail"), program("fail", "pass"), program("pass", "pass")]},
        });
        let samples = read(&file);
        assert_eq!(samples.formats().first(), Some(&SamplesFormat::EvalPlusResults));
        let expected = [("p0", YES, NO), ("p1", NO, NO), ("p2", YES, YES)];
        let expected: Vec<_> = expected
            .into_iter()
            .flat_map(|(slot, base, plus)| {
                let place = format!("mbpp/1 {slot}");
                [of(&place, "base_status", base), of(&place, "plus_status", plus)]
            })
            .collect();
        assert_eq!(said(&samples), expected);
        let without = json!({"hash": "0", "eval": {"Mbpp/1": [{"base_status": "pass"}]}});
        let error = parse(&without.to_string(), None).unwrap_err().to_string();
        assert!(error.contains("without the programs"), "{error}");
    }

    #[test]
    fn a_log_of_inspect_has_answers_scores_and_tokens() {
        let sample = |value: Value, content: Value| {
            json!({
                "id": "mbpp/1", "epoch": 1, "scores": {"verify": {"value": value, "answer": "x"}, "style": {"value": 0.4}},
                "output": {
                    "model": "m", "choices": [{"message": {"role": "assistant", "content": content}, "stop_reason": "stop"}],
                    "usage": {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10},
                },
            })
        };
        let text = json!("```python\ndef f(x): return x\n```");
        let parts =
            json!([{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "```python\nx = 1\n```"}]);
        let samples = [sample(json!("C"), text), sample(json!(0), parts), sample(Value::Null, json!(""))];
        let log = json!({"version": 2, "status": "success", "eval": {"model": "m"}, "samples": samples});
        let plain = read(&log);
        let indented = parse(&serde_json::to_string_pretty(&log).unwrap(), None).unwrap();
        let lines = samples.iter().map(|sample| format!("{sample}\n")).collect::<Vec<_>>().concat();
        let packed = parse(&lines, None).unwrap();
        for samples in [&plain, &indented, &packed] {
            assert_eq!(samples.formats().first(), Some(&SamplesFormat::Inspect));
            let expected = [of("mbpp/1 p0", "scores.verify", YES), of("mbpp/1 p1", "scores.verify", NO)];
            assert_eq!(said(samples), expected, "what is no verdict is none");
            assert_eq!(samples.per_problem(0)[0].1, 3);
        }
        let sample = &plain.of(&mend_core::ProblemId::new("mbpp/1"), 0)[1];
        assert_eq!(sample.text.body().unwrap().as_ref(), "```python\nx = 1\n```");
        assert_eq!((sample.usage.prompt, sample.usage.completion), (Some(Tokens(7)), Some(Tokens(3))));
        assert_eq!(sample.served_model.as_deref(), Some("m"));
        let header = json!({"version": 2, "status": "success", "eval": {"model": "m"}});
        let error = parse(&header.to_string(), None).unwrap_err().to_string();
        assert!(error.contains("holds no samples"), "{error}");
    }

    #[test]
    fn a_metric_of_lm_eval_is_a_verdict_of_one_answer_and_a_share_of_several() {
        let row = |answers: Value, more: Value| {
            let mut row = json!({"doc": {"task_id": "mbpp/1"}, "resps": [answers], "filter": "none", "pass@1": 0.5});
            row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            format!("{row}\n")
        };
        let one = parse(&row(json!(["x"]), json!({"pass_at_1": 1.0, "metrics": ["pass_at_1"]})), None).unwrap();
        assert_eq!(said(&one), [of("mbpp/1 p0", "pass_at_1", YES)]);
        let two = parse(&row(json!(["x", "y"]), json!({})), None).unwrap();
        assert_eq!(said(&two), [of("mbpp/1 ", "pass@1", Said::Share(0.5))]);
        let twice = row(json!(["x", "y"]), json!({})).repeat(2);
        assert_eq!(said(&parse(&twice, None).unwrap()), [], "a share of a part is none of the whole");
    }

    #[test]
    fn rows_of_human_eval_keep_what_its_evaluation_adds() {
        let rows = "{\"task_id\":\"mbpp/1\",\"completion\":\"x\",\"result\":\"passed\",\"passed\":true}\n";
        assert_eq!(said(&parse(rows, None).unwrap()), [of("mbpp/1 p0", "passed", YES)]);
    }

    #[test]
    fn an_unknown_row_is_told_by_its_keys_and_a_named_format_is_kept_to() {
        let error = parse("\n{\"b\": 1, \"a\": 2}\n", None).unwrap_err().to_string();
        let begin = "x.json:2: no format of samples has such a row: its keys are `";
        assert!(error.starts_with(begin), "{error}");
        for word in ["`a`", "`b`", "human-eval", "evalplus", "lm-eval", "bigcode", "livecodebench", "inspect"] {
            assert!(error.contains(word), "{error}");
        }
        let row = "{\"task_id\":\"mbpp/1\",\"solution\":\"x = 1\"}\n";
        let named = |format| parse(row, Some(format)).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(named(SamplesFormat::EvalPlus), Ok(()));
        assert_eq!(named(SamplesFormat::LmEval), Err("x.json:1: field `doc`: expected an object".to_owned()));
        assert_eq!(
            named(SamplesFormat::Bigcode),
            Err("x.json:1: this is a row, and a file of bigcode has none".to_owned())
        );
        let error = parse("[[\"x\"], []]", Some(SamplesFormat::LmEval)).unwrap_err().to_string();
        assert_eq!(error, "x.json:1: this is a list of lists, as bigcode writes them, and no file of lm-eval");
    }
}

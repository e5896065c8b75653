//! The three ways to count what a node cost.

use mend_core::Node;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What counts as a node's tokens. Figures by different definitions are never compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenDefinition {
    /// Full prompt and output, reasoning included, as the server reported them.
    Billed,
    /// Output alone, reasoning included, as the server reported it.
    Completion,
    /// Our tokenizer's count of the extracted program and the text before it; prompts are free.
    Paper,
}

impl TokenDefinition {
    /// Every definition, in the order of tables.
    pub const ALL: [Self; 3] = [Self::Billed, Self::Completion, Self::Paper];

    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Billed => "billed",
            Self::Completion => "completion",
            Self::Paper => "paper",
        }
    }
}

impl fmt::Display for TokenDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Tokens of a node, or their mean over some nodes, by each definition. `None` where they are unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TokenCounts {
    /// By [`TokenDefinition::Billed`].
    pub billed: Option<f64>,
    /// By [`TokenDefinition::Completion`].
    pub completion: Option<f64>,
    /// By [`TokenDefinition::Paper`].
    pub paper: Option<f64>,
}

impl TokenCounts {
    /// What one node cost. Where a judged completion holds no program, the paper's count is that of the
    /// whole text; before the judgement it is unknown.
    pub fn of_node(node: &Node) -> Self {
        let completion = node.completion.as_ref();
        let usage = completion.map(|completion| completion.usage);
        let paper = match (&node.candidate, &node.outcome) {
            (Some(candidate), _) => Some(candidate.paper_tokens),
            (None, Some(_)) => completion.map(|completion| completion.counted),
            (None, None) => None,
        };
        let count = |tokens: Option<mend_core::Tokens>| tokens.map(|tokens| tokens.0 as f64);
        Self {
            billed: count(usage.and_then(|usage| usage.billed())),
            completion: count(usage.and_then(|usage| usage.completion)),
            paper: count(paper),
        }
    }

    /// The same number by every definition.
    #[cfg(test)]
    pub(crate) fn alike(tokens: f64) -> Self {
        Self { billed: Some(tokens), completion: Some(tokens), paper: Some(tokens) }
    }

    /// The count by one definition.
    pub fn by(&self, definition: TokenDefinition) -> Option<f64> {
        match definition {
            TokenDefinition::Billed => self.billed,
            TokenDefinition::Completion => self.completion,
            TokenDefinition::Paper => self.paper,
        }
    }

    /// Computes each definition apart.
    pub(crate) fn from_fn(count: impl Fn(TokenDefinition) -> Option<f64>) -> Self {
        Self {
            billed: count(TokenDefinition::Billed),
            completion: count(TokenDefinition::Completion),
            paper: count(TokenDefinition::Paper),
        }
    }

    /// Mean over some counts: `None` if there are none, or if one of them is unknown.
    pub(crate) fn mean(counts: &[Self]) -> Self {
        Self::from_fn(|definition| {
            let known: Option<Vec<f64>> = counts.iter().map(|counts| counts.by(definition)).collect();
            mean(&known?)
        })
    }
}

/// Arithmetic mean; `None` of nothing.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unknown_count_makes_a_mean_unknown_for_its_definition_alone() {
        let counts = [TokenCounts::alike(4.0), TokenCounts { billed: None, ..TokenCounts::alike(8.0) }];
        let expected = TokenCounts { billed: None, completion: Some(6.0), paper: Some(6.0) };
        assert_eq!(TokenCounts::mean(&counts), expected);
        assert_eq!(TokenCounts::mean(&[]), TokenCounts::default());
    }
}

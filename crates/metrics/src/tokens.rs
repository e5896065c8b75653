//! The ways to count what a node cost.

use crate::{Axis, Figure};
use mend_core::{Minutes, Node, Usd};
use serde::{Deserialize, Serialize};

/// What counts as a node's tokens. Figures by different definitions are never compared.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::Display, strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum TokenDefinition {
    /// Full prompt and output, reasoning included, as the server reported them.
    Billed,
    /// Output alone, reasoning included, as the server reported it.
    Completion,
    /// Our tokenizer's count of the extracted program and the text before it; prompts are free. A critique
    /// counts whole, once, however many repairs follow it.
    Paper,
    /// Money at a dated price table, with real discounts for cached and shared prompts.
    Dollars,
}

impl TokenDefinition {
    /// Every definition, in the order of tables.
    pub const ALL: [Self; 4] = [Self::Billed, Self::Completion, Self::Paper, Self::Dollars];

    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
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
    /// By [`TokenDefinition::Dollars`].
    pub dollars: Option<f64>,
    /// What it took beside tokens and money.
    pub effort: EffortCounts,
}

/// What a node took beside tokens and money, each node as if it were asked for by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffortCounts {
    /// Whether somebody was asked: 1 or 0.
    pub calls: f64,
    /// How often its program was executed.
    pub executions: f64,
    /// Whether a person was asked, or whoever sits in a person's seat.
    pub questions: f64,
    /// A person's time; `None` if a person was asked and nobody wrote it down.
    pub minutes: Option<f64>,
}

impl Default for EffortCounts {
    fn default() -> Self {
        Self { calls: 0.0, executions: 0.0, questions: 0.0, minutes: Some(0.0) }
    }
}

impl EffortCounts {
    /// What one node took.
    pub fn of_node(node: &Node) -> Self {
        Self {
            calls: f64::from(u8::from(node.call.is_some())),
            executions: node.executions() as f64,
            questions: f64::from(u8::from(node.is_question())),
            minutes: node.minutes().map(Minutes::as_f64),
        }
    }

    /// What it takes on an axis; `None` where that is unknown, and on an axis that counts something else.
    pub fn by(&self, axis: Axis) -> Option<f64> {
        match axis {
            Axis::Calls => Some(self.calls),
            Axis::Executions => Some(self.executions),
            Axis::Questions => Some(self.questions),
            Axis::Minutes => self.minutes,
            Axis::Tokens | Axis::Programs | Axis::Size => None,
        }
    }
}

impl TokenCounts {
    /// What one node cost. The paper's count of a critique, or of a judged completion without a program, is
    /// that of the whole text; before its judgement a program's is unknown. Dollars are known where the model's price is.
    /// What the strategy put together itself cost nothing.
    pub fn of_node(node: &Node) -> Self {
        let effort = EffortCounts::of_node(node);
        if node.is_made() {
            return Self { effort, ..Self::alike(0.0) };
        }
        let completion = node.completion.as_ref();
        let usage = completion.map(|completion| completion.usage);
        let paper = match (&node.candidate, &node.outcome) {
            (Some(candidate), _) => Some(candidate.paper_tokens),
            (None, Some(_)) => completion.map(|completion| completion.counted),
            (None, None) if !node.slot.is_program() => completion.map(|completion| completion.counted),
            (None, None) => None,
        };
        let count = |tokens: Option<mend_core::Tokens>| tokens.map(|tokens| tokens.0 as f64);
        Self {
            billed: count(usage.and_then(|usage| usage.billed())),
            completion: count(usage.and_then(|usage| usage.completion)),
            paper: count(paper),
            dollars: completion.and_then(|completion| completion.usd).map(Usd::as_f64),
            effort,
        }
    }

    /// The same number by every definition.
    pub fn alike(amount: f64) -> Self {
        let amount = Some(amount);
        Self { billed: amount, completion: amount, paper: amount, dollars: amount, effort: EffortCounts::default() }
    }

    /// The count by one definition.
    pub fn by(&self, definition: TokenDefinition) -> Option<f64> {
        match definition {
            TokenDefinition::Billed => self.billed,
            TokenDefinition::Completion => self.completion,
            TokenDefinition::Paper => self.paper,
            TokenDefinition::Dollars => self.dollars,
        }
    }
}

/// A mean cost by each definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// By [`TokenDefinition::Billed`].
    pub billed: Figure,
    /// By [`TokenDefinition::Completion`].
    pub completion: Figure,
    /// By [`TokenDefinition::Paper`].
    pub paper: Figure,
    /// By [`TokenDefinition::Dollars`].
    pub dollars: Figure,
}

impl Costs {
    pub(crate) fn each(of: impl Fn(TokenDefinition) -> Figure) -> Self {
        Self {
            billed: of(TokenDefinition::Billed),
            completion: of(TokenDefinition::Completion),
            paper: of(TokenDefinition::Paper),
            dollars: of(TokenDefinition::Dollars),
        }
    }

    /// The cost by one definition.
    pub fn by(&self, definition: TokenDefinition) -> &Figure {
        match definition {
            TokenDefinition::Billed => &self.billed,
            TokenDefinition::Completion => &self.completion,
            TokenDefinition::Paper => &self.paper,
            TokenDefinition::Dollars => &self.dollars,
        }
    }
}

/// Arithmetic mean; `None` of nothing.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Correlation of two lists; `None` where one of them does not vary.
pub(crate) fn correlation(left: &[f64], right: &[f64]) -> Option<f64> {
    let (a, b) = (mean(left)?, mean(right)?);
    let sum = |of: &dyn Fn(f64, f64) -> f64| left.iter().zip(right).map(|(x, y)| of(x - a, y - b)).sum::<f64>();
    let (both, one, other) = (sum(&|x, y| x * y), sum(&|x, _| x * x), sum(&|_, y| y * y));
    (one > 1e-12 && other > 1e-12).then(|| both / (one * other).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{Completion, FinishReason, Form, Slot, Text, Tokens, Usage};

    #[test]
    fn a_node_has_the_counts_that_are_known_of_it() {
        let mut node = Node {
            completion: Some(Completion {
                text: Text::new("Line 3."),
                form: Form::Chat,
                finish_reason: FinishReason::Stop,
                usage: Usage { prompt: Some(Tokens(90)), completion: Some(Tokens(10)), ..Usage::default() },
                counted: Tokens(9),
                counted_prompt: None,
                served_model: None,
                replaced: 0,
                remark: None,
                usd: Some(Usd::from_pico(250_000_000)),
            }),
            ..Node::empty(Slot::program(0).feedback(0))
        };
        let counts = TokenCounts::of_node(&node);
        let expected = TokenCounts {
            billed: Some(100.0),
            completion: Some(10.0),
            paper: Some(9.0),
            dollars: Some(0.00025),
            ..TokenCounts::default()
        };
        assert_eq!(counts, expected);
        let made = Node { completion: Some(Completion::made(Text::new("x = 1"))), ..node.clone() };
        assert_eq!(TokenCounts::of_node(&made), TokenCounts::alike(0.0));
        node.completion = None;
        assert_eq!(TokenCounts::of_node(&node), TokenCounts::default());
    }
}

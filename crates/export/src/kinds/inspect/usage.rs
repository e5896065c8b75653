//! Tokens by model and by seat, as servers reported them.

use super::written::object;
use mend_core::{Node, RepairTree, Tokens, Usage};
use serde_json::Value;
use std::collections::BTreeMap;

/// Reported tokens of some answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    prompt: Tokens,
    completion: Tokens,
    cached: Option<Tokens>,
    reasoning: Option<Tokens>,
}

impl Sum {
    /// Adds an answer's usage. Returns whether it was reported.
    pub(super) fn add(&mut self, usage: &Usage) -> bool {
        let (Some(prompt), Some(completion)) = (usage.prompt, usage.completion) else { return false };
        self.prompt += prompt;
        self.completion += completion;
        for (sum, part) in [(&mut self.cached, usage.cached), (&mut self.reasoning, usage.reasoning)] {
            if let Some(part) = part {
                *sum = Some(sum.unwrap_or_default() + part);
            }
        }
        true
    }

    fn and(&mut self, other: &Self) {
        self.add(&Usage {
            prompt: Some(other.prompt),
            completion: Some(other.completion),
            cached: other.cached,
            reasoning: other.reasoning,
        });
    }

    /// As Inspect has it: what was read from a cache is no part of the input, and all of it together is the total.
    pub(super) fn value(&self) -> Value {
        let count = |tokens: Tokens| Value::from(tokens.0);
        object([
            ("input_tokens", Some(count(self.prompt - self.cached.unwrap_or_default()))),
            ("output_tokens", Some(count(self.completion))),
            ("total_tokens", Some(count(self.prompt + self.completion))),
            ("input_tokens_cache_read", self.cached.map(count)),
            ("reasoning_tokens", self.reasoning.map(count)),
        ])
    }
}

/// The usage of some nodes.
#[derive(Debug, Clone, Default)]
pub(super) struct Spent {
    by_model: BTreeMap<String, Sum>,
    by_seat: BTreeMap<String, Sum>,
    /// Answers whose usage nobody reported.
    pub(super) unreported: u64,
}

impl Spent {
    pub(super) fn of(tree: &RepairTree) -> Self {
        let mut spent = Self::default();
        for node in tree.nodes() {
            spent.add(node);
        }
        spent
    }

    fn add(&mut self, node: &Node) {
        // What the strategy put together itself was asked of nobody.
        let Some(completion) = node.completion.as_ref().filter(|_| !node.is_made()) else { return };
        let mut sum = Sum::default();
        if !sum.add(&completion.usage) {
            self.unreported += 1;
            return;
        }
        self.by_model.entry(node.model.as_deref().unwrap_or_default().to_owned()).or_default().and(&sum);
        if let Some(seat) = node.seat {
            self.by_seat.entry(seat.to_string()).or_default().and(&sum);
        }
    }

    pub(super) fn and(&mut self, other: &Self) {
        for (model, sum) in &other.by_model {
            self.by_model.entry(model.clone()).or_default().and(sum);
        }
        for (seat, sum) in &other.by_seat {
            self.by_seat.entry(seat.clone()).or_default().and(sum);
        }
        self.unreported += other.unreported;
    }

    pub(super) fn by_model(&self) -> Value {
        object(self.by_model.iter().map(|(model, sum)| (&**model, Some(sum.value()))))
    }

    pub(super) fn by_seat(&self) -> Value {
        object(self.by_seat.iter().map(|(seat, sum)| (&**seat, Some(sum.value()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn usage(prompt: u64, cached: Option<u64>, completion: u64) -> Usage {
        Usage {
            prompt: Some(Tokens(prompt)),
            cached: cached.map(Tokens),
            reasoning: None,
            completion: Some(Tokens(completion)),
        }
    }

    #[test]
    fn cached_tokens_are_no_input_but_part_of_the_total() {
        let mut sum = Sum::default();
        assert!(sum.add(&usage(100, Some(60), 7)) && sum.add(&usage(50, None, 3)));
        let expected =
            json!({"input_tokens": 90, "output_tokens": 10, "total_tokens": 160, "input_tokens_cache_read": 60});
        assert_eq!(sum.value(), expected);
    }

    #[test]
    fn what_was_not_reported_is_in_no_sum() {
        let mut sum = Sum::default();
        assert!(!sum.add(&Usage { completion: None, ..usage(100, None, 7) }));
        assert_eq!(sum, Sum::default());
    }
}

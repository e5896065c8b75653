//! What of all rows of pass@t a terminal shows: one selection, order, estimator, definition of tokens and axis.

use crate::View;
use mend_metrics::{Axis, Band, Baseline, Estimator, Order, PassAtT, Selection, TokenDefinition};

/// More settings than these are left to the file.
const MOST_SETTINGS: usize = 24;

/// What the rows that are shown have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    /// Which program of a tree counts.
    pub(crate) selection: Selection,
    /// The order.
    pub(crate) order: Order,
    /// The definition of tokens.
    pub(crate) definition: TokenDefinition,
    /// The axis of the baselines.
    pub(crate) axis: Axis,
    /// How the figures were computed.
    pub(crate) estimator: Estimator,
    /// What their intervals say.
    pub(crate) band: Band,
    /// Whether another definition than the usual one is shown, because that is unknown.
    pub(crate) billed_is_unknown: bool,
}

impl Shown {
    /// The first order, estimator and axis that there are rows for; `None` if there are no rows.
    pub(crate) fn of(rows: &[PassAtT], view: View) -> Option<Self> {
        let selected = || rows.iter().filter(|row| row.selection == view.selection);
        let first = selected().next()?;
        let order = selected().map(|row| row.order).min()?;
        // Of settings that are all absent nothing can be said.
        let known = |definition: TokenDefinition| {
            let rows: Vec<_> = rows.iter().filter(|row| row.token_definition == definition).collect();
            rows.iter().any(|row| row.mean_tokens.value().is_some())
                || (!rows.is_empty() && rows.iter().all(|row| row.pass_rate.value().is_none()))
        };
        let billed_is_unknown = !known(TokenDefinition::Billed);
        let usual = if billed_is_unknown { TokenDefinition::Paper } else { TokenDefinition::Billed };
        let axis = first.axis;
        // Along the other axes rows stand beside one definition only.
        let definition = if axis == Axis::Tokens { view.tokens.unwrap_or(usual) } else { first.token_definition };
        Some(Self {
            selection: view.selection,
            order,
            definition,
            axis,
            estimator: first.estimator,
            band: first.band,
            billed_is_unknown: billed_is_unknown && view.tokens.is_none(),
        })
    }

    /// Those rows, of all problems.
    pub(crate) fn rows(self, rows: &[PassAtT]) -> Vec<&PassAtT> {
        let is_shown = |row: &&PassAtT| {
            row.group == "all"
                && row.selection == self.selection
                && (row.order, row.token_definition) == (self.order, self.definition)
                && (row.axis, row.estimator) == (self.axis, self.estimator)
        };
        rows.iter().filter(is_shown).collect()
    }

    /// The number of settings that are there, if it is too large for a table that somebody reads.
    pub(crate) fn too_many(rows: &[&PassAtT]) -> Option<usize> {
        let settings = rows.iter().filter(|row| row.baseline == Baseline::Iid && row.pass_rate.value().is_some());
        Some(settings.count()).filter(|count| *count > MOST_SETTINGS)
    }

    /// The choice, by the columns of `pass_at_t.csv`.
    pub(crate) fn how(self) -> String {
        let axis = match self.axis {
            Axis::Tokens => String::new(),
            axis => format!(", axis {}", axis.as_str()),
        };
        format!(
            "selection {}, order {}, estimator {}, token_definition {}{axis}",
            self.selection.as_str(),
            self.order.as_str(),
            self.estimator.as_str(),
            self.definition
        )
    }
}

/// What is counted, such as `billed` tokens.
pub(crate) fn counted(definition: TokenDefinition) -> String {
    if definition == TokenDefinition::Dollars { "dollars".to_owned() } else { format!("`{definition}` tokens") }
}

/// A cost as it stands in a table.
pub(crate) fn amount(cost: f64, definition: TokenDefinition) -> String {
    if definition == TokenDefinition::Dollars { format!("{cost:.4}") } else { format!("{cost:.0}") }
}

/// A mean cost in a sentence.
pub(crate) fn per_problem(cost: f64, definition: TokenDefinition) -> String {
    match definition {
        TokenDefinition::Dollars => format!("${} a problem", amount(cost, definition)),
        definition => format!("{} {definition} tokens a problem", amount(cost, definition)),
    }
}

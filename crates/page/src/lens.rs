//! What a page shows before anybody chose: one tree, one cost, one baseline; and the rows behind every other choice.

use mend_metrics::{Axis, Baseline, Drawn, Order, PassAtT, ProblemRate, Selection, Summary, TokenDefinition};
use mend_report::{Headline, View};

/// A choice of tree, cost, order and baseline.
#[derive(Debug, Clone)]
pub(crate) struct Lens {
    pub(crate) selection: Selection,
    pub(crate) order: Order,
    pub(crate) definition: TokenDefinition,
    pub(crate) stops: bool,
    pub(crate) n_p: u32,
    pub(crate) n_f: u32,
    pub(crate) n_r: u32,
}

impl Lens {
    /// What the headline is about; `None` if that is no complete tree of programs and repairs.
    pub(crate) fn of(summary: &Summary, drawn: &Drawn) -> Option<Self> {
        let row = Headline::row(summary, View::default())?;
        let lens = Self {
            selection: row.selection,
            order: row.order,
            definition: row.token_definition,
            stops: row.baseline != Baseline::Iid,
            n_p: row.n_p,
            n_f: row.n_f,
            n_r: row.n_r,
        };
        lens.row(drawn, "all")?;
        Some(lens)
    }

    /// The baseline of an order: the one that stops as the tree does, or the one that pays for all.
    pub(crate) fn baseline(order: Order, stops: bool) -> Baseline {
        if stops { order.paired() } else { Baseline::Iid }
    }

    /// The row of this choice for a group of problems.
    pub(crate) fn row<'a>(&self, drawn: &'a Drawn, group: &'a str) -> Option<&'a PassAtT> {
        self.rows(drawn, group).find(|row| (row.n_p, row.n_f) == (self.n_p, self.n_f))
    }

    /// The rows of all trees by this choice for a group of problems.
    pub(crate) fn rows<'a>(&self, drawn: &'a Drawn, group: &'a str) -> impl Iterator<Item = &'a PassAtT> + use<'a> {
        let wanted = (self.selection, self.order, self.definition, Self::baseline(self.order, self.stops), self.n_r);
        drawn.curve.iter().filter(move |row| {
            row.group == group
                && row.axis == Axis::Tokens
                && (row.selection, row.order, row.token_definition, row.baseline, row.n_r) == wanted
        })
    }

    /// The same choice with another order and baseline.
    pub(crate) fn with(&self, order: Order, stops: bool) -> Self {
        Self { order, stops, ..self.clone() }
    }

    /// The rates of each problem at this choice.
    pub(crate) fn rates<'a>(&self, drawn: &'a Drawn) -> impl Iterator<Item = &'a ProblemRate> + use<'a> {
        let wanted = (self.order, self.n_p, self.n_f, self.n_r);
        drawn.problem_rates.iter().filter(move |rate| (rate.order, rate.n_p, rate.n_f, rate.n_r) == wanted)
    }
}

/// The name of an order in words.
pub(crate) fn order_name(order: Order) -> &'static str {
    match order {
        Order::Batch => "Batch",
        Order::Dfs => "Depth first",
        Order::Bfs => "Breadth first",
    }
}

/// A mean cost of a problem in words.
pub(crate) fn cost(value: f64, definition: TokenDefinition) -> String {
    match definition {
        TokenDefinition::Billed => format!("{} tokens", crate::number::grouped(value)),
        TokenDefinition::Completion => format!("{} output tokens", crate::number::grouped(value)),
        TokenDefinition::Paper => format!("{} tokens (paper\u{2019}s count)", crate::number::grouped(value)),
        TokenDefinition::Dollars => format!("${}", crate::number::fixed(value, 4)),
    }
}

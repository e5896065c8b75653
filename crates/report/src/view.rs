//! What of a summary somebody wants to see.

use mend_metrics::{Selection, TokenDefinition};

/// What of a summary is shown.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// By which definition tokens are counted; `None` for `billed`, or the paper's where that is unknown.
    pub tokens: Option<TokenDefinition>,
    /// Which node of a tree counts in tables of pass@t.
    pub selection: Selection,
    /// Whether to draw the normalised pass rates as a map, if the settings form one.
    pub heat_map: bool,
    /// Whether somebody chose the figures: then those that are absent are shown too, each with its reason.
    pub chosen: bool,
    /// Whether there are colours.
    pub colour: bool,
}

impl Default for View {
    fn default() -> Self {
        Self { tokens: None, selection: Selection::OracleAny, heat_map: false, chosen: false, colour: false }
    }
}

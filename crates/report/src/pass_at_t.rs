//! The table of pass@t for a terminal: one order, one definition of tokens, each setting beside two baselines.

use crate::View;
use crate::cells::{Notes, interval, percent, signed, signed_interval};
use crate::plain::plain;
use crate::tables::{table, wrap};
use mend_metrics::{Axis, Band, Baseline, Figure, Order, PassAtT, Selection, Summary, TokenDefinition};

/// From here on an interval stands beside its figure rather than below it.
const WIDE: u16 = 112;

/// More settings than these are left to the file.
const MOST_SETTINGS: usize = 24;

/// The table, or why there is none.
pub(crate) fn section(summary: &Summary, view: View, width: u16) -> String {
    let rows = match &summary.pass_at_t {
        Figure::Value(rows) => rows,
        Figure::Absent(why) => return wrap(&plain(&format!("no pass@t: {why}")), width, 2),
    };
    let Some(shown) = Shown::of(rows, view) else {
        return "no pass@t: nothing that was asked for has a figure\n".to_owned();
    };
    let all = shown.rows(rows);
    let settings: Vec<&PassAtT> = all.iter().copied().filter(|row| row.baseline == Baseline::Iid).collect();
    let carried: Vec<&PassAtT> = settings.iter().copied().filter(|row| row.pass_rate.value().is_some()).collect();
    if settings.is_empty() {
        return "no pass@t: no setting of the grid was collected\n".to_owned();
    }
    if carried.len() > MOST_SETTINGS {
        let text = format!("pass@t of {} settings is in pass_at_t.csv; `--grid` shows a few", carried.len());
        return wrap(&text, width, 2);
    }
    let has_repairs = settings.iter().any(|row| row.n_r != 1);
    let mut notes = Notes::default();
    let mut cells = vec![];
    for row in settings {
        let paired = all.iter().find(|other| other.setting() == row.setting() && other.baseline != Baseline::Iid);
        let mut line = vec![row.n_p.to_string(), row.n_f.to_string()];
        line.extend(has_repairs.then(|| row.n_r.to_string()));
        line.push(notes.cell(&row.mean_tokens, |tokens| amount(*tokens, shown.definition)));
        let pass = notes.cell(&row.pass_rate, |value| percent(*value));
        line.push(beside(width, pass, &notes.cell(&row.interval, interval)));
        for row in std::iter::once(&row).chain(paired) {
            line.push(notes.cell(&row.baseline_pass_rate, |value| percent(*value)));
            let difference = notes.cell(&row.difference, |value| signed(*value));
            line.push(beside(width, difference, &notes.cell(&row.difference_interval, signed_interval)));
        }
        cells.push(line);
    }
    let paired = all.iter().map(|row| row.baseline).find(|baseline| *baseline != Baseline::Iid);
    let mut header = vec!["n_p", "n_f"];
    header.extend(has_repairs.then_some("n_r"));
    let unit = if shown.definition == TokenDefinition::Dollars { "dollars" } else { "tokens" };
    header.extend([unit, "pass@t", "iid", "pass@t - iid"]);
    match paired {
        Some(Baseline::IidStaged) => header.extend(["staged", "pass@t - staged"]),
        Some(_) => header.extend(["in turn", "pass@t - in turn"]),
        None => {}
    }
    let mut text = wrap(&shown.title(), width, 2);
    text.push_str(&table(width, 0, &header, cells));
    text.push_str(&wrap(&legend(&shown, paired), width, 2));
    text + &notes.text(width)
}

/// A cost as it stands in a table.
pub(crate) fn amount(cost: f64, definition: TokenDefinition) -> String {
    if definition == TokenDefinition::Dollars { format!("{cost:.4}") } else { format!("{cost:.0}") }
}

fn beside(width: u16, first: String, second: &str) -> String {
    match (first.as_str(), second) {
        ("-", "-") => first,
        _ if width >= WIDE => format!("{first} {second}"),
        _ => format!("{first}\n{second}"),
    }
}

fn legend(shown: &Shown, paired: Option<Baseline>) -> String {
    let mut text = match shown.axis {
        Axis::Tokens => "iid: as many tokens on first programs, all paid for.",
        Axis::Programs => "iid: as many first programs as the tree draws on average.",
        Axis::Size => "iid: as many first programs as the whole tree has.",
    }
    .to_owned();
    text += match paired {
        Some(Baseline::IidStaged) => " staged: n_p programs, further ones only if all fail.",
        Some(_) => " in turn: first programs one by one until one passes.",
        None => "",
    };
    text + match shown.band {
        Band::NewProblems => " In brackets: 95 % intervals over problems.",
        Band::ResamplingNoise => {
            " In brackets: one standard deviation of the resamples each way, which is noise of resampling and no \
             interval of the figure."
        }
    }
}

/// What of all rows a terminal shows.
pub(crate) struct Shown {
    selection: Selection,
    /// The order.
    pub(crate) order: Order,
    /// The definition of tokens.
    pub(crate) definition: TokenDefinition,
    /// The axis of the baselines.
    pub(crate) axis: Axis,
    estimator: mend_metrics::Estimator,
    band: Band,
    billed_is_unknown: bool,
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
        let billed_is_unknown = billed_is_unknown && view.tokens.is_none();
        let selection = view.selection;
        Some(Self {
            selection,
            order,
            definition,
            axis,
            estimator: first.estimator,
            band: first.band,
            billed_is_unknown,
        })
    }

    /// Those rows, of all problems.
    pub(crate) fn rows<'a>(&self, rows: &'a [PassAtT]) -> Vec<&'a PassAtT> {
        let is_shown = |row: &&PassAtT| {
            row.group == "all"
                && row.selection == self.selection
                && (row.order, row.token_definition) == (self.order, self.definition)
                && (row.axis, row.estimator) == (self.axis, self.estimator)
        };
        rows.iter().filter(is_shown).collect()
    }

    /// How the figures were computed.
    pub(crate) fn how(&self) -> String {
        let order = match self.order {
            Order::Batch => "batch order",
            Order::Dfs => "depth first",
            Order::Bfs => "breadth first",
        };
        let unit = if self.definition == TokenDefinition::Dollars { "" } else { " tokens" };
        let handed_in = if self.selection == Selection::Submitted { "handed in by the public tests, " } else { "" };
        format!("{handed_in}{}, {order}, `{}`{unit}", self.estimator.as_str(), self.definition)
    }

    fn title(&self) -> String {
        let why = if self.billed_is_unknown { " (the `billed` tokens of some completions are unknown)" } else { "" };
        format!("pass@t in %, {}{why}", self.how())
    }
}

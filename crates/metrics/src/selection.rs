//! What is lost by choosing: trees that hold a right program and hand in another, or nothing.
//!
//! Whoever chooses can be no better than an oracle that knows which programs pass. The loss is the oracle's pass rate
//! minus the chooser's, over the same trees.

use crate::bootstrap::{Resampling, Table};
use crate::tokens::mean;
use crate::{Estimate, Figure, Options, Sample};
use mend_core::{RepairTree, Suite};

/// What choosing lost on the trees of one problem: the share of them in which some program passes, minus the share in
/// which the one that was picked does. `picked` says whether it passes; a tree of which it says nothing does not count.
/// `None` if no tree counts.
pub(crate) fn loss(trees: &[&RepairTree], picked: impl Fn(&RepairTree) -> Option<bool>) -> Option<f64> {
    let lost = |tree: &&RepairTree| picked(tree).map(|picked| if !picked && any_passes(tree) { 1.0 } else { 0.0 });
    mean(&trees.iter().filter_map(lost).collect::<Vec<f64>>())
}

/// The mean of what each problem lost.
pub(crate) fn estimate(losses: &[f64], sample: Sample, options: &Options) -> Estimate {
    let mut table = Table::default();
    let Some(column) = table.add(losses.iter().map(|loss| Some(*loss))) else {
        return Estimate::absent("no submission is scored");
    };
    let Options { resamples: times, seed, .. } = *options;
    let means = table.means(Resampling { times, seed, name: "selection loss", sample });
    Estimate { value: Figure::Value(means.all().mean(column)), interval: means.interval_of(column, (0.0, 1.0)) }
}

/// Whether some program of a tree passes the hidden suite, repairs included.
fn any_passes(tree: &RepairTree) -> bool {
    tree.nodes().any(|node| node.passes(Suite::Hidden) == Some(true))
}

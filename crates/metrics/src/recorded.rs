//! Recorded verdicts and scores beside ours: where somebody else's file says something else of a program than our judge.

use mend_core::{Claim, Node, RepairTree, Said, Slot, Suite, TreeKey};
use std::collections::BTreeMap;

/// What files say, laid beside what we found.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded<'a> {
    /// All claims with ours, in the order of the claims.
    pub compared: Vec<Claimed<'a>>,
}

/// A claim, and what we found.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed<'a> {
    /// What the file says.
    pub claim: &'a Claim,
    /// What we found.
    pub ours: Ours,
    /// The program; `None` if the claim is about several, or the program was not judged.
    pub node: Option<&'a Node>,
}

/// Our side of a claim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ours {
    /// Whether the program passes.
    Passes(bool),
    /// The share of the programs that pass.
    Share(f64),
    /// Our judge has no verdict on it: it is unscored.
    Unscored,
    /// It was not judged.
    NotJudged,
}

/// How many claims of one field agree with ours, and how the others differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordedCounts {
    /// Claims.
    pub recorded: u64,
    /// Those that say what we found.
    pub agree: u64,
    /// Programs that are recorded as failing and pass here.
    pub passes_here: u64,
    /// Programs that are recorded as passing and fail here.
    pub fails_here: u64,
    /// Shares that are others here.
    pub other_share: u64,
    /// Programs that are unscored here.
    pub unscored: u64,
    /// Programs that were not judged.
    pub not_judged: u64,
}

/// How a claim and our side stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The same.
    Agree,
    /// Recorded as failing, and passes here.
    PassesHere,
    /// Recorded as passing, and fails here.
    FailsHere,
    /// Another share.
    OtherShare,
    /// No verdict here.
    Unscored,
    /// Not judged here.
    NotJudged,
}

impl Claimed<'_> {
    /// How the two stand to each other.
    pub fn matched(&self) -> Match {
        match (self.claim.said, self.ours) {
            (_, Ours::Unscored) => Match::Unscored,
            (_, Ours::NotJudged) => Match::NotJudged,
            (Said::Passes(said), Ours::Passes(passes)) if said == passes => Match::Agree,
            (Said::Passes(_), Ours::Passes(true)) => Match::PassesHere,
            (Said::Passes(_), Ours::Passes(false)) => Match::FailsHere,
            (Said::Share(said), Ours::Share(share)) if (said - share).abs() < SAME => Match::Agree,
            (Said::Share(_) | Said::Passes(_), Ours::Share(_)) | (Said::Share(_), Ours::Passes(_)) => Match::OtherShare,
        }
    }

    /// Whether both have a verdict, and not the same one.
    pub fn differs(&self) -> bool {
        matches!(self.matched(), Match::PassesHere | Match::FailsHere | Match::OtherShare)
    }
}

/// Shares that are nearer than this are the same: files write some digits of them.
const SAME: f64 = 5e-5;

impl<'a> Recorded<'a> {
    /// The claims that differ from what we found.
    pub fn differing(&self) -> impl Iterator<Item = &Claimed<'a>> {
        self.compared.iter().filter(|against| against.differs())
    }

    /// Counts by field, in the order of their names.
    pub fn counts(&self) -> BTreeMap<&'a str, RecordedCounts> {
        let mut counts: BTreeMap<&str, RecordedCounts> = BTreeMap::new();
        for against in &self.compared {
            let of = counts.entry(&against.claim.field).or_default();
            of.recorded += 1;
            *match against.matched() {
                Match::Agree => &mut of.agree,
                Match::PassesHere => &mut of.passes_here,
                Match::FailsHere => &mut of.fails_here,
                Match::OtherShare => &mut of.other_share,
                Match::Unscored => &mut of.unscored,
                Match::NotJudged => &mut of.not_judged,
            } += 1;
        }
        counts
    }
}

/// Lays claims beside what trees hold. What a claim says of a tree's first programs together is compared only if all of
/// them are scored.
pub fn recorded<'a>(claims: &'a [Claim], trees: &'a [RepairTree]) -> Recorded<'a> {
    let trees: BTreeMap<&TreeKey, &RepairTree> = trees.iter().map(|tree| (&tree.key, tree)).collect();
    let against = |claim: &'a Claim| {
        let tree = trees.get(&claim.tree).copied();
        let node = claim.slot.as_ref().and_then(|slot: &Slot| tree?.node(slot));
        let ours = match (&claim.slot, tree) {
            (None, Some(tree)) => share(tree, claim.suite),
            _ => node.map_or(Ours::NotJudged, |node| passes(node, claim.suite)),
        };
        Claimed { claim, ours, node }
    };
    Recorded { compared: claims.iter().map(against).collect() }
}

fn passes(node: &Node, suite: Suite) -> Ours {
    if node.outcome.is_none() {
        return Ours::NotJudged;
    }
    node.passes(suite).map_or(Ours::Unscored, Ours::Passes)
}

fn share(tree: &RepairTree, suite: Suite) -> Ours {
    let all: Vec<Ours> =
        tree.nodes().filter(|node| node.slot.is_first_program()).map(|node| passes(node, suite)).collect();
    if all.is_empty() || all.contains(&Ours::NotJudged) {
        return Ours::NotJudged;
    }
    if all.contains(&Ours::Unscored) {
        return Ours::Unscored;
    }
    Ours::Share(all.iter().filter(|ours| **ours == Ours::Passes(true)).count() as f64 / all.len() as f64)
}

//! A run whose programs another one judges anew.

use crate::engines::Author;
use crate::failure::{Failure, journal_failure};
use mend_core::{
    Claim, Digest, Entry, ModelIdentity, Node, ProblemEntry, ProblemId, Rejudged, RepairTree, RunManifest, Said, Seat,
    Status, Suite,
};
use mend_dataset::TrajectoryFormat;
use mend_journal::{Bodies, Recorded, identity_digest};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The run whose programs are judged anew.
#[derive(Debug)]
pub struct Source {
    /// Its manifest.
    pub manifest: RunManifest,
    /// Its trees.
    pub trees: Vec<RepairTree>,
    pub(crate) entries: Vec<Entry>,
}

impl Source {
    pub(crate) fn read(folder: &Path) -> Result<Self, Failure> {
        let recorded = mend_journal::read(folder, Bodies::With).map_err(journal_failure)?;
        let trees = recorded.trees().map_err(journal_failure)?;
        let Recorded { manifest, entries, .. } = recorded;
        Ok(Self { manifest, trees, entries })
    }

    /// The problems that are not the same in a run that judged anew.
    pub fn other_problems(&self, now: &RunManifest) -> BTreeSet<ProblemId> {
        let then: BTreeMap<&ProblemId, &Digest> =
            self.manifest.problems.iter().map(|entry| (&entry.id, &entry.digest)).collect();
        let is_other = |entry: &&ProblemEntry| then.get(&entry.id) != Some(&&entry.digest);
        now.problems.iter().filter(is_other).map(|entry| entry.id.clone()).collect()
    }

    /// What the file that it was imported from records of its programs; nothing of a run of our own. What visible tests gave
    /// is compared only where `now` has the same tests.
    pub(crate) fn claims(&self, now: &RunManifest) -> Vec<Claim> {
        let Some(imported) = &self.manifest.identity.imported else { return Vec::new() };
        let format = TrajectoryFormat::named(&imported.format);
        let fields = [
            (Suite::Hidden, format.map_or(Some("binary"), |format| Some(format.flag()))),
            (Suite::Public, format.and_then(TrajectoryFormat::visible_flag)),
        ];
        let others = self.other_problems(now);
        let mut claims = Vec::new();
        for tree in &self.trees {
            for node in tree.nodes() {
                let Some(verdict) = node.verdict() else { continue };
                for (suite, field) in fields {
                    let is_same = suite == Suite::Hidden || !others.contains(&tree.key.problem);
                    let (Some(found), Some(field), true) = (verdict.of(suite), field, is_same) else { continue };
                    claims.push(Claim {
                        tree: tree.key.clone(),
                        slot: Some(node.slot.clone()),
                        suite,
                        field: field.to_owned(),
                        said: Said::Passes(found.status == Status::Passed),
                    });
                }
            }
        }
        claims
    }

    /// What it is, for the identity of a run that judges it anew.
    pub(crate) fn identity(&self) -> Rejudged {
        let texts = |tree: &RepairTree| {
            let key = tree.key.to_string();
            let answer = |node: &Node| {
                let digest = node.completion.as_ref()?.text.digest();
                Some([key.clone().into_bytes(), node.slot.to_string().into_bytes(), digest.as_bytes().to_vec()])
            };
            tree.nodes().filter_map(answer).flatten().collect::<Vec<_>>()
        };
        let parts: Vec<Vec<u8>> = self.trees.iter().flat_map(texts).collect();
        Rejudged {
            run: self.manifest.run_id.clone(),
            identity: identity_digest(&self.manifest.identity, &self.manifest.problems),
            answers: Digest::of_parts(parts.iter().map(Vec::as_slice)),
        }
    }

    /// Who wrote the programs.
    pub(crate) fn author(&self) -> Author {
        let is_known = |model: &ModelIdentity| {
            let is_ours =
                ["sim/", "run:", "samples:", "dataset:", "mutants"].iter().any(|word| model.name.starts_with(word));
            is_ours && model.simulated
        };
        let identity = &self.manifest.identity;
        // A critic writes no program.
        let mut writers = identity.models.iter().filter(|(seat, _)| **seat != Seat::CRITIC);
        if identity.imported.is_none() && writers.all(|(_, model)| is_known(model)) {
            Author::Known
        } else {
            Author::Model
        }
    }
}

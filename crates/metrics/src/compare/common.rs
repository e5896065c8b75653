//! Which problems two runs have in common, and what forbids to compare them.

use super::side::{OfProblem, Side};
use mend_core::{EngineIdentity, Integrity, ProblemId, TestsMode};
use serde::Serialize;
use std::collections::BTreeMap;

/// What two runs may differ in though it decides numbers, if somebody says that they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The data: statements or tests.
    Data,
    /// How programs were judged: the rules, the limits, and what is scored at all.
    Grader,
    /// How our own tokens were counted.
    Tokenizer,
}

impl Ground {
    /// Every ground, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Data, Self::Grader, Self::Tokenizer];

    /// The word used in files, tables and arguments.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Why two runs are not compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// What would have to be allowed; `None` where nothing helps.
    pub ground: Option<Ground>,
    /// What was found in both runs.
    pub what: String,
}

/// The problems of two runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Common {
    /// Problems that both runs have, with equal statements and tests, or with others if that is allowed.
    pub matched: Vec<ProblemId>,
    /// Problems of the first run alone.
    pub only_a: Vec<ProblemId>,
    /// Problems of the second run alone.
    pub only_b: Vec<ProblemId>,
    /// Matched problems without a scored first program in the first run.
    pub unscored_a: Vec<ProblemId>,
    /// Matched problems without a scored first program in the second run.
    pub unscored_b: Vec<ProblemId>,
    /// Matched problems without a finished tree in one of the runs: they count in neither.
    pub unfinished: Vec<ProblemId>,
    /// Problems whose statement or tests differ: left out, or compared if that is allowed.
    pub changed: Vec<ProblemId>,
}

/// Matched problems, in the first run's order, and what the runs have in common.
pub(crate) fn matched<'a>(
    a: &'a Side,
    b: &'a Side,
    with_changed: bool,
) -> (Vec<(&'a OfProblem, &'a OfProblem)>, Common) {
    let of_b: BTreeMap<&ProblemId, &OfProblem> = b.problems.iter().map(|of| (&of.entry.id, of)).collect();
    let mut common = Common::default();
    let mut both = vec![];
    for of_a in &a.problems {
        let id = &of_a.entry.id;
        let Some(of_b) = of_b.get(id) else {
            common.only_a.push(id.clone());
            continue;
        };
        let is_same = of_a.entry.digest == of_b.entry.digest;
        if !is_same {
            common.changed.push(id.clone());
        }
        if is_same || with_changed {
            common.matched.push(id.clone());
            both.push((of_a, *of_b));
            if of_a.frozen.is_none() || of_b.frozen.is_none() {
                common.unfinished.push(id.clone());
                continue;
            }
            let unscored = [(of_a.n(), &mut common.unscored_a), (of_b.n(), &mut common.unscored_b)];
            unscored.into_iter().filter(|(n, _)| *n == 0).for_each(|(_, list)| list.push(id.clone()));
        }
    }
    let in_a: std::collections::BTreeSet<&ProblemId> = a.problems.iter().map(|of| &of.entry.id).collect();
    let only_b = b.problems.iter().map(|of| &of.entry.id).filter(|id| !in_a.contains(id));
    common.only_b = only_b.cloned().collect();
    (both, common)
}

/// What forbids a comparison: every reason at once. `left_out` says that problems which differ are left out.
pub(crate) fn refusals(a: &Side, b: &Side, common: &Common, left_out: bool) -> Vec<Refusal> {
    let (one, other) = (&a.identity, &b.identity);
    let mut refusals = vec![];
    let mut refuse = |ground, what: String| refusals.push(Refusal { ground: Some(ground), what });
    let data = |side: &Side| format!("`{}` {}", side.identity.dataset.label(), side.identity.dataset.digest.short());
    if one.dataset.digest != other.dataset.digest && !left_out {
        refuse(Ground::Data, format!("the data: {} in A, {} in B", data(a), data(b)));
    }
    if let (Some(first), false) = (common.changed.first(), left_out) {
        let n = common.changed.len();
        let what =
            if n == 1 { format!("problem `{first}` has") } else { format!("{n} problems, `{first}` first, have") };
        refuse(Ground::Data, format!("{what} another statement or other tests in B than in A"));
    }
    if one.grader != other.grader {
        refuse(Ground::Grader, format!("the rules of judging: `{}` in A, `{}` in B", one.grader, other.grader));
    }
    if one.limits != other.limits {
        let told = |side: &Side| {
            let limits = side.identity.limits;
            format!(
                "{} ms, {} bytes of memory, {} bytes of output",
                limits.cpu_ms, limits.memory_bytes, limits.output_bytes
            )
        };
        refuse(Ground::Grader, format!("the limits of one test: {} in A, {} in B", told(a), told(b)));
    }
    if one.require != other.require {
        let told = |require| if require == Integrity::Isolated { "isolated" } else { "any" };
        let (one, other) = (told(one.require), told(other.require));
        refuse(Ground::Grader, format!("what is scored (`--require`): {one} in A, {other} in B"));
    }
    if one.tokenizer != other.tokenizer {
        let what = format!("the tokenizer of our own counts: `{}` in A, `{}` in B", one.tokenizer, other.tokenizer);
        refuse(Ground::Tokenizer, what);
    }
    let without = [&common.unfinished, &common.unscored_a, &common.unscored_b];
    let is_scored = common.matched.iter().any(|id| !without.iter().any(|list| list.contains(id)));
    // Where nothing matches because all of it differs, that was said.
    if !is_scored && (common.changed.is_empty() || left_out) {
        let what = if common.matched.is_empty() {
            "the runs have no problem in common".to_owned()
        } else {
            format!("none of the {} common problems is scored in both runs", common.matched.len())
        };
        refusals.push(Refusal { ground: None, what });
    }
    refusals
}

/// The one remark that strengthens a comparison.
pub const SAME_PROGRAMS: &str = "Both runs have the same first programs, so that pairing is stronger.";

/// What is no reason to refuse, and weakens what a comparison says: a sentence each.
pub(crate) fn remarks(a: &Side, b: &Side, both: &[(&OfProblem, &OfProblem)]) -> Vec<String> {
    let (one, other) = (&a.identity, &b.identity);
    let mut remarks = vec![];
    let (level_a, level_b) = (a.labels.oracle_level, b.labels.oracle_level);
    if level_a != level_b {
        remarks.push(format!("Not the same information: the oracle level is {level_a} in A and {level_b} in B."));
    }
    match (a.labels.simulated, b.labels.simulated) {
        (true, true) => remarks.push("Simulated programmers: this says nothing about models.".to_owned()),
        (false, false) => {}
        _ => remarks.push("A simulated programmer against a real model: this says nothing about models.".to_owned()),
    }
    let engines = |side: &Side| side.identity.engines().to_string();
    let kind = |engine: &EngineIdentity| (engine.name.clone(), engine.interpreter.clone(), engine.recipe);
    if kind(&one.engine) != kind(&other.engine) || one.fallback != other.fallback {
        let what = if engines(a) == engines(b) {
            "The recipe of the sandbox engine differs.".to_owned()
        } else {
            format!("Programs were run by other engines: {} in A, {} in B.", engines(a), engines(b))
        };
        remarks.push(what);
    }
    if one.tests != other.tests {
        let told = |tests| if tests == TestsMode::All { "all" } else { "first-failure" };
        remarks.push(format!("`--tests` is {} in A and {} in B.", told(one.tests), told(other.tests)));
    }
    if shares_programs(both) {
        remarks.push(SAME_PROGRAMS.to_owned());
    }
    for (name, side) in [("A", a), ("B", b)] {
        if side.identity.shares_completions {
            remarks.push(format!(
                "Run {name} used completions again that runs with another seed bought: it is not independent of them."
            ));
        }
        if !side.is_complete() {
            remarks.push(format!(
                "Run {name} is not complete: {} of {} trees are finished, and only problems that are finished in both runs count.",
                side.finished, side.trees
            ));
        }
    }
    remarks
}

/// Whether both runs have the same first programs, by their digests.
pub(crate) fn shares_programs(both: &[(&OfProblem, &OfProblem)]) -> bool {
    let sorted = |of: &OfProblem| {
        let mut programs = of.programs.clone();
        programs.sort_unstable_by_key(|digest| digest.map(|digest| *digest.as_bytes()));
        programs
    };
    let is_shared = |(a, b): &(&OfProblem, &OfProblem)| {
        let (a, b) = (sorted(a), sorted(b));
        // The run with fewer programs has those of the other.
        let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        few.iter().any(Option::is_some) && few.iter().all(|program| many.contains(program))
    };
    !both.is_empty() && both.iter().filter(|both| is_shared(both)).count() * 10 >= both.len() * 9
}

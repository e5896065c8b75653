//! A run card: what a run optimises, what it leans on, what its figures are worth, and what changed since another run,
//! as one page of Markdown. It is written from the manifest and the summary alone, so that it holds no text of a model.

mod evaluated;
mod markdown;
mod settings;
mod since;

pub(crate) use since::Since;

use markdown::Page;
use mend_core::{Identity, OracleFlags, RunManifest};
use mend_metrics::Summary;

/// What a card is about.
pub(crate) struct Subject<'a> {
    /// The run.
    pub(crate) manifest: &'a RunManifest,
    /// Its figures.
    pub(crate) summary: &'a Summary,
    /// What changed since another run; `None` if nobody asked.
    pub(crate) since: Option<&'a Since>,
}

/// The card. Its sections are those of a reward report.
pub(crate) fn card(of: &Subject<'_>) -> String {
    let Subject { manifest, summary, since } = *of;
    let mut page = Page::default();
    page.title(&format!("Run card: {}", manifest.run_id));
    if summary.run.simulated {
        let names: Vec<&str> =
            manifest.identity.models.values().filter(|model| model.simulated).map(|model| &*model.name).collect();
        let names = markdown::listed(names);
        page.warning(&format!(
            "SIMULATED: {names} is a simulation. These figures test the wiring, and say nothing about models."
        ));
    }
    page.section("System details");
    settings::system(&mut page, manifest, summary);
    page.section("Optimization intent");
    intent(&mut page, manifest);
    page.section("Institutional interface");
    settings::interface(&mut page, manifest);
    page.section("Implementation");
    settings::implementation(&mut page, manifest, summary);
    page.section("Evaluation");
    evaluated::evaluation(&mut page, manifest, summary);
    page.section("System maintenance");
    match since {
        Some(since) => since::log(&mut page, since),
        None => page.text("No earlier run was named: `mend export run-card <run> --since <run>` adds what changed."),
    }
    page.end()
}

/// What is optimised, by which tests, and how far the strategy leans on what a real user would not have.
fn intent(page: &mut Page, manifest: &RunManifest) {
    let identity = &manifest.identity;
    let oracle = identity.strategy.oracle;
    page.fields(&[
        ("metric", "pass rate: the share of problems whose program passes, at an equal budget of tokens".to_owned()),
        ("suite that scores", "hidden: a program passes if it passes every hidden test".to_owned()),
        (
            "suite that stops",
            if oracle.stops_on_hidden { "hidden" } else { "public, or none: as the script says" }.to_owned(),
        ),
        (
            "suite that selects",
            if oracle.selects_on_hidden { "hidden" } else { "public, or none: as the script says" }.to_owned(),
        ),
        ("strategy", identity.strategy.label.as_ref().unwrap_or(&identity.strategy.name).clone()),
        ("oracle level", format!("{}: {}", identity.strategy.oracle_level, why(oracle))),
    ]);
    if let Some(level) = dev_level(identity) {
        page.text(&format!("On the problems that the strategy learns from, its oracle level is {level}."));
    }
}

fn dev_level(identity: &Identity) -> Option<String> {
    identity.strategy.rounds.as_ref()?.dev_oracle.map(|level| level.to_string())
}

/// Why an oracle level is what it is: each thing that the strategy was granted.
fn why(oracle: OracleFlags) -> String {
    let reasons: Vec<&str> = [
        (oracle.sees_reference, "some prompt can show the reference solution"),
        (oracle.sees_hidden, "some prompt can show hidden tests"),
        (oracle.stops_on_hidden, "hidden tests decide which programs are repaired, or when to stop"),
        (oracle.selects_on_hidden, "hidden tests decide what is handed in"),
    ]
    .into_iter()
    .filter_map(|(holds, reason)| holds.then_some(reason))
    .collect();
    if reasons.is_empty() {
        return "nothing hidden is used before a program is scored".to_owned();
    }
    reasons.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{Budget, OracleLevel, Tokens};
    use mend_metrics::{Options, summarize};
    use mend_testkit::{entry, manifest};

    fn text(change: impl FnOnce(&mut RunManifest)) -> String {
        let mut manifest = manifest(vec![entry("p/0"), entry("p/1")]);
        change(&mut manifest);
        let summary = summarize(&manifest, &[], &Options::default());
        card(&Subject { manifest: &manifest, summary: &summary, since: None })
    }

    #[test]
    fn a_card_has_the_sections_of_a_reward_report_and_says_first_that_a_run_is_simulated() {
        let text = text(|_| {});
        let headings: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
        let expected = [
            "# Run card: starter-repair-00000000",
            "## System details",
            "## Optimization intent",
            "## Institutional interface",
            "## Implementation",
            "## Evaluation",
            "### Known failure modes",
            "### Limits",
            "## System maintenance",
        ];
        assert_eq!(headings, expected);
        assert!(text.lines().nth(2).unwrap().contains("SIMULATED: sim/journeyman"), "{text}");
    }

    #[test]
    fn the_oracle_level_stands_with_everything_that_was_granted() {
        assert!(text(|_| {}).contains("clean: nothing hidden is used before a program is scored"));
        let text = text(|manifest| {
            let strategy = &mut manifest.identity.strategy;
            strategy.oracle = OracleFlags { sees_hidden: true, stops_on_hidden: true, ..OracleFlags::default() };
            strategy.oracle_level = OracleLevel::TestsVisible;
        });
        assert!(text.contains("tests_visible: some prompt can show hidden tests; hidden tests decide which"), "{text}");
    }

    #[test]
    fn budget_people_and_isolation_stand_in_the_card() {
        let text = text(|manifest| {
            manifest.environment.budget_tokens = Some(Tokens(5000));
            manifest.identity.problem_budget = Some(Budget { tokens: Some(Tokens(70)), ..Budget::default() });
            manifest.environment.traffic.feedback = Some("/home/me/feedback.jsonl".to_owned());
            manifest.environment.isolation_missing = vec!["cgroups: not writable".to_owned()];
        });
        for wanted in
            ["5000 tokens", "70 tokens", "feedback.jsonl", "process L3, CPython 3.11.7", "cgroups: not writable"]
        {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
        assert!(!text.contains("/home/me"), "a card may be published: folders of a machine are no part of it\n{text}");
    }

    #[test]
    fn a_run_without_a_finished_tree_has_no_figure_and_says_why() {
        let text = text(|_| {});
        assert!(text.contains("| pass@1 | no problem is scored |"), "{text}");
    }
}

//! What changed since another run: every field of the identity that differs, and every headline figure.

use super::evaluated::{interval, told};
use super::markdown::Page;
use crate::changes::{FieldChange, changes};
use mend_core::{ProblemEntry, ProblemId, RunManifest};
use mend_metrics::{Change, Headline};
use std::collections::BTreeMap;

/// What is not the same in two runs.
#[derive(Debug)]
pub(crate) struct Since {
    run: String,
    identity: Vec<FieldChange>,
    environment: Vec<FieldChange>,
    figures: Vec<Change>,
}

impl Since {
    /// What changed between two manifests, with the figures of both runs.
    pub(crate) fn new(then: &RunManifest, now: &RunManifest, figures: Vec<Change>) -> Result<Self, serde_json::Error> {
        let mut identity = changes(&then.identity, &now.identity)?;
        identity.extend(problems(&then.problems, &now.problems));
        let mut environment = changes(&then.environment, &now.environment)?;
        // Where files lie is no part of a page that may be published.
        let is_path = |field: &str| {
            field.ends_with("_source") || field.starts_with("traffic") || field.rsplit('.').next() == Some("path")
        };
        environment.retain(|change| !is_path(&change.field) && change.field != "guest");
        Ok(Self { run: then.run_id.clone(), identity, environment, figures })
    }
}

/// What differs in the lists of problems, whose digests are part of the identity.
fn problems(then: &[ProblemEntry], now: &[ProblemEntry]) -> Option<FieldChange> {
    let by_id = |entries: &[ProblemEntry]| -> BTreeMap<ProblemId, ProblemEntry> {
        entries.iter().map(|entry| (entry.id.clone(), entry.clone())).collect()
    };
    let (before, after) = (by_id(then), by_id(now));
    let gone = before.keys().filter(|id| !after.contains_key(*id)).count();
    let new = after.keys().filter(|id| !before.contains_key(*id)).count();
    let other = after.iter().filter(|(id, entry)| before.get(*id).is_some_and(|before| before != *entry)).count();
    let words: Vec<String> = [(gone, "gone"), (new, "new"), (other, "not as they were")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let is_reordered = words.is_empty() && then != now;
    let words = if is_reordered { vec!["in another order".to_owned()] } else { words };
    let now = Some(format!("{} ({})", after.len(), words.join(", ")));
    (!words.is_empty()).then(|| FieldChange { field: "problems".to_owned(), then: Some(before.len().to_string()), now })
}

/// The change log.
pub(super) fn log(page: &mut Page, since: &Since) {
    let Since { run, identity, environment, figures } = since;
    page.part(&format!("Change log since `{}`", run.replace('`', "'")));
    if identity.is_empty() {
        page.text("No field of the identity differs: both runs are the same experiment.");
    } else {
        page.text("Fields of the identity that differ:");
        page.table(&["field", "then", "now"], identity.iter().map(row));
    }
    if !environment.is_empty() {
        page.text("Fields of the environment that differ, which decide no figure:");
        page.table(&["field", "then", "now"], environment.iter().map(row));
    }
    page.text("Headline figures over the problems that carry them in both runs, each problem compared with itself:");
    let head = ["figure", "problems", "then", "now", "difference", "95 % interval of the difference"];
    page.table(&head, figures.iter().map(figure));
}

fn row(change: &FieldChange) -> Vec<String> {
    let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    vec![change.field.clone(), side(&change.then), side(&change.now)]
}

fn figure(change: &Change) -> Vec<String> {
    let is_cost = change.figure == Headline::Cost;
    let words = |value: f64| if is_cost { format!("{value:.1}") } else { format!("{value:.4}") };
    let signed = |value: f64| if is_cost { format!("{value:+.1}") } else { format!("{value:+.4}") };
    let name = change.figure.as_str().to_owned();
    if let Some(why) = change.difference.value.reason() {
        return vec![name, change.problems.to_string(), String::new(), String::new(), why.to_owned(), String::new()];
    }
    vec![
        name,
        change.problems.to_string(),
        told(&change.then, words),
        told(&change.now, words),
        told(&change.difference.value, signed),
        interval(&change.difference.interval),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::Digest;
    use mend_testkit::{entry, manifest};

    fn fields(change: impl FnOnce(&mut RunManifest)) -> Vec<String> {
        let then = manifest(vec![entry("p/0"), entry("p/1")]);
        let mut now = then.clone();
        change(&mut now);
        let since = Since::new(&then, &now, vec![]).unwrap();
        since.identity.iter().map(|change| change.field.clone()).collect()
    }

    #[test]
    fn the_log_names_the_fields_that_differ_no_more_and_no_fewer() {
        assert_eq!(fields(|_| {}), [""; 0]);
        // Where a run took place is no part of its identity.
        assert_eq!(fields(|now| now.environment.commit = Some("abc".to_owned())), [""; 0]);
        assert_eq!(fields(|now| now.run_id = "other".to_owned()), [""; 0]);
        assert_eq!(fields(|now| now.identity.seed = 9), ["seed"]);
        let both = fields(|now| {
            now.identity.grader = "compat".to_owned();
            now.identity.dataset.digest = Digest::of(b"other");
        });
        assert_eq!(both, ["dataset.digest", "grader"]);
    }

    #[test]
    fn problems_that_differ_are_one_field() {
        assert_eq!(fields(|now| now.problems.truncate(1)), ["problems"]);
        assert_eq!(fields(|now| now.problems.reverse()), ["problems"]);
        let then = manifest(vec![entry("p/0"), entry("p/1")]);
        let mut now = manifest(vec![entry("p/1"), entry("p/2"), entry("p/3")]);
        now.problems[0].difficulty = Some("hard".to_owned());
        let told = problems(&then.problems, &now.problems).unwrap();
        assert_eq!(
            (told.then.as_deref(), told.now.as_deref()),
            (Some("2"), Some("3 (1 gone, 2 new, 1 not as they were)"))
        );
        assert_eq!(problems(&then.problems, &then.problems), None);
    }

    #[test]
    fn two_equal_runs_are_called_the_same_experiment() {
        let run = manifest(vec![entry("p/0")]);
        let mut page = Page::default();
        log(&mut page, &Since::new(&run, &run, vec![]).unwrap());
        let text = page.end();
        assert!(text.contains("No field of the identity differs"), "{text}");
        assert!(!text.contains("Fields of"), "{text}");
    }
}

//! The worked example of docs/ci.md: its commands and the steps of its workflow, as they stand there.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
#[path = "common/mod.rs"]
mod common;

use common::Lab;
use std::fs;
use std::path::Path;

fn document() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ci.md")).unwrap()
}

/// Lines of code blocks of a language.
fn lines(text: &str, language: &str) -> Vec<String> {
    let begin = format!("```{language}\n");
    let blocks = text.split(begin.as_str()).skip(1);
    blocks.flat_map(|rest| rest.split("```").next().unwrap().lines()).map(str::to_owned).collect()
}

#[test]
fn the_workflow_of_the_document_runs_step_by_step() {
    let (lab, text) = (Lab::new(), document());
    let commands: Vec<String> = lines(&text, "sh").into_iter().filter(|line| line.starts_with("mend ")).collect();
    let (gates, records): (Vec<_>, Vec<_>) = commands.iter().partition(|line| line.starts_with("mend gate"));
    assert_eq!((records.len(), gates.len()), (2, 1));
    for line in records {
        lab.ended(0, line.strip_prefix("mend ").unwrap());
    }
    let steps: Vec<String> =
        lines(&text, "yaml").iter().filter_map(|line| Some(line.trim().strip_prefix("run: ")?.to_owned())).collect();
    assert_eq!(steps.len(), 2, "{steps:?}");
    for step in &steps {
        let ran = lab.mend_after("GITHUB_STEP_SUMMARY=step.md", step.strip_prefix("mend ").unwrap());
        assert_eq!(ran.code, Some(0), "{step}: {}{}", ran.stdout, ran.stderr);
    }
    assert!(lab.read("step.md").starts_with("### mend gate: ok (passed)"), "{}", lab.read("step.md"));
    assert!(lab.read("gate.xml").contains("failures=\"0\""));
    assert!(lab.path("results/gate/gate.json").exists());
    // The other way round the build fails.
    let swapped = steps[1].replace(
        "--baseline ci/baseline --candidate results/candidate",
        "--baseline results/candidate --candidate ci/baseline",
    );
    let ran = lab.mend_after("GITHUB_STEP_SUMMARY=step.md", swapped.strip_prefix("mend ").unwrap());
    assert_eq!(ran.code, Some(1), "{}", ran.stdout);
    assert!(lab.read("gate.xml").contains("failures=\"1\""));
    let live = lab.ended(0, gates[0].strip_prefix("mend ").unwrap());
    assert!(live.stdout.starts_with("ok: "), "{}", live.stdout);
}

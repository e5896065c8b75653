//! The example is run, and what it leaves is a run like any other.

#[path = "../examples/starter.rs"]
#[expect(dead_code, reason = "its `main` is for cargo")]
mod starter;

use mend_journal::Bodies;

#[test]
fn the_example_prints_pass_at_t_of_a_run_that_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("run");
    let lines = starter::pass_at_t(&folder).unwrap();
    assert!(lines.iter().any(|line| line.starts_with("n_p 3 n_f 1 Batch: ")), "{lines:#?}");
    let recorded = mend_journal::read(&folder, Bodies::Without).unwrap();
    let trees = recorded.trees().unwrap();
    assert_eq!(trees.len(), 6);
    assert!(trees.iter().all(mend_core::RepairTree::is_finished));
    assert_eq!(recorded.manifest.identity.models.len(), 2);
    assert!(recorded.manifest.identity.models.values().all(|model| model.name == "sim/journeyman"));

    // A folder that holds a run is not begun anew.
    let again = starter::pass_at_t(&folder).unwrap_err();
    assert_eq!(again.kind(), mend_lab::Kind::Usage);

    let listed = mend_lab::runs(dir.path()).unwrap();
    let [run] = listed.runs.as_slice() else { panic!("{listed:?}") };
    assert_eq!((run.state, run.trees_finished, run.programs), ("complete", 6, 18));
}

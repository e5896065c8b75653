//! `mend strategies`: what ships, what a script says of itself, and that one that is written to begin with works.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use assert_cmd::Command;
use std::path::Path;

fn mend(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("mend").unwrap();
    let output = command.current_dir(folder).arg("strategies").args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn strategies_are_listed_with_their_papers() {
    let folder = tempfile::tempdir().unwrap();
    let (code, shown, _) = mend(folder.path(), &["list"]);
    assert_eq!(code, 0);
    for word in [
        "iid",
        "self-repair",
        "critic",
        "self-refine",
        "widths",
        "Madaan",
        "convcode",
        "reset-and-discard",
        "chatrepair",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    // A pipe has 100 columns, and each strategy says whom it asks and how much it may know.
    assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    let at = shown.lines().position(|line| line.starts_with("self-repair ")).unwrap();
    let below: Vec<&str> = shown.lines().skip(at + 1).take(2).collect();
    assert!(below[0].starts_with("  coder, repairer") && below[1].starts_with("  tests_visible"), "{below:?}");
    let (code, shown, _) = mend(folder.path(), &["list", "--json"]);
    let rows: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(code, 0);
    let repair = rows.as_array().unwrap().iter().find(|row| row["name"] == "self-repair").unwrap();
    assert_eq!(repair["oracle_level"], "tests_visible");
    assert_eq!(repair["parameters"]["n_f"], "3");
}

#[test]
fn a_strategy_is_shown_for_the_chosen_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let (code, shown, _) = mend(
        folder.path(),
        &["show", "self-repair", "--set", "see=public", "--set", "stop_on=public", "--set", "n_p=4"],
    );
    assert_eq!(code, 0);
    for line in [
        "reach            see public, stop_on public, select_on public",
        "oracle level     clean",
        "bound            16 completions for one problem",
        "  n_p = 4 (by default 10)",
        "  n_f = 3",
        "def solve(problem, p):",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
}

#[test]
fn what_a_strategy_mentions_is_shown_too() {
    let folder = tempfile::tempdir().unwrap();
    let show = |arguments: &[&str]| {
        let (code, shown, told) = mend(folder.path(), &[&["show"], arguments].concat());
        assert_eq!(code, 0, "{told}");
        shown
    };
    for name in ["lib", "lib.star"] {
        let shown = show(&[name]);
        assert!(shown.contains("MEND = {") && shown.contains("def first_passing("), "{shown}");
        assert!(shown.ends_with("also shows the pieces that the templates include\n"), "{shown}");
    }
    let shown = show(&["lib", "--templates"]);
    assert!(shown.contains("\n== piece \"repair\" ==\n") && shown.contains("\n== piece \"system\" ==\n"), "{shown}");
    let shown = show(&["self-repair"]);
    assert!(shown.contains("`mend strategies show self-repair --templates` also shows"), "{shown}");
    let shown = show(&["self-repair", "--templates"]);
    for part in ["\n== of lib.star ==\n", "WRITE = {", "\n== piece \"program\" ==\n", "\n== piece \"failure\" ==\n"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("== piece \"hint\""), "{shown}");
    // Each piece that any strategy includes can be shown.
    let (_, listed, _) = mend(folder.path(), &["list", "--json"]);
    let rows: serde_json::Value = serde_json::from_str(&listed).unwrap();
    for row in rows.as_array().unwrap() {
        let shown = show(&[row["name"].as_str().unwrap(), "--templates"]);
        for part in shown.split("include \"").skip(1) {
            let piece = part.split('"').next().unwrap();
            assert!(shown.contains(&format!("\n== piece \"{piece}\" ==\n")), "{piece}: {shown}");
        }
    }
}

#[test]
fn what_is_unknown_is_told_with_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (vec!["show", "self-repiar"], vec!["no strategy is called `self-repiar`", "did you mean `self-repair`?"]),
        (vec!["show", "iid", "--set", "n-p=3"], vec!["no such parameter", "did you mean `n_p`?"]),
        (vec!["show", "iid", "--set", "n_p"], vec!["`--set n_p`: expected NAME=VALUE"]),
        (vec!["show", "iid", "--set", "n_p=x"], vec!["found `x`, expected a whole number"]),
        (vec!["show", "iid", "--set", "n_p=1", "--set", "n_p=2"], vec!["given twice"]),
        (vec!["show", "lib", "--set", "n_p=1"], vec!["the helpers have no parameters"]),
        (vec!["show", "libb"], vec!["did you mean `lib`?"]),
        (vec!["show", "nowhere.star"], vec!["cannot read `nowhere.star`"]),
        (vec!["new", "iid"], vec!["a strategy that comes with mend is called `iid`"]),
        (vec!["new", "My Own"], vec!["`My Own` cannot name a strategy"]),
        (vec!["check", "iid", "--model", "sim/wizard"], vec!["no simulated programmer is called `sim/wizard`"]),
    ] {
        let (code, shown, told) = mend(folder.path(), &arguments);
        assert_eq!((code, shown.as_str()), (2, ""), "{arguments:?}");
        for word in words {
            assert!(told.contains(word), "{arguments:?}: {told}");
        }
    }
}

#[test]
fn a_new_strategy_works_at_the_first_try() {
    let folder = tempfile::tempdir().unwrap();
    let (code, shown, _) = mend(folder.path(), &["new", "mine"]);
    assert_eq!(code, 0);
    assert!(shown.contains("mend strategies check mine.star"), "{shown}");
    // What stands there is never overwritten.
    let (code, _, told) = mend(folder.path(), &["new", "mine.star"]);
    assert_eq!(code, 2);
    assert!(told.contains("cannot write `mine.star`"), "{told}");

    let (code, shown, told) = mend(folder.path(), &["check", "mine.star", "--model", "sim/novice", "--set", "n=3"]);
    assert_eq!(code, 0, "{shown}{told}");
    for line in [
        "mine: works on 6 problems of starter",
        "names and types  nothing to say",
        "reach            see public, stop_on public, select_on public",
        "seats            coder, repairer",
        "bound            9 completions for one problem; at most ",
        "p0 (program by the coder): public ",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    // The same again, to the byte.
    assert_eq!(mend(folder.path(), &["check", "mine.star", "--model", "sim/novice", "--set", "n=3"]).1, shown);
}

#[test]
fn check_says_what_was_granted_and_never_used() {
    let folder = tempfile::tempdir().unwrap();
    let text = "strategy(\n    summary = \"one program\",\n    seats = [\"coder\", \"critic\"],\n    see = \"hidden\",\n    stop_on = \"public\",\n    bound = 4,\n)\n\ndef solve(problem, p):\n    program = ask(\"program\", \"{{ statement }}\")\n    return program if judge(program, \"public\").passed else None\n";
    std::fs::write(folder.path().join("own.star"), text).unwrap();
    let (code, shown, told) = mend(folder.path(), &["check", "own.star", "--problems", "1"]);
    assert_eq!(code, 0, "{told}");
    assert!(shown.contains("see hidden, stop_on public, select_on none; never used here: see\n"), "{shown}");
    assert!(shown.contains("seats            coder, critic; never used here: critic\n"), "{shown}");
    assert!(shown.contains("at most 1 were asked for"), "{shown}");
}

#[test]
fn check_has_a_simulated_programmer_in_every_seat_and_says_what_it_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"strategy(
    summary = "all kinds",
    seats = ["planner", "coder", "tester", "judge", "annotator"],
    bound = 6,
)

def solve(problem, p):
    plan = ask("note", "{{ statement }}\nWrite a plan.")
    tests = ask("tests", "{{ statement }}\nWrite 4 tests.").tests
    program = ask("program", "{{ statement }}\nGo by this plan:\n{{ plan }}\nThe program:", plan = plan)
    shown = "{{ statement }}\n{{ program | fenced('python') }}\n"
    judge(program, tests).passed
    ask("judgement", shown + "Give a score.", program = program).score
    ask("judgement", shown + "Any thoughts?", program = program).score
    ask("question", shown + "Is it right? Answer yes or no.", program = program).yes
    return program
"#;
    std::fs::write(folder.path().join("all.star"), text).unwrap();
    let (code, shown, told) = mend(folder.path(), &["check", "all.star"]);
    assert_eq!(code, 0, "{shown}{told}");
    for line in [
        "all: works on 6 problems of starter",
        "seats            coder, planner, tester, judge, annotator\n",
        "note             the judge refused 6 times, so that a script must do without: I will not guess: I am asked neither for a choice nor for a score\n",
        "p0 (program by the coder): public ",
        " of 4 tests of t0\n",
        "n0 (note by the planner): a text\n",
        "t0 (tests by the tester): 4 tests, 0 dropped\n",
        "v0 (judgement by the judge): score ",
        "v1 (judgement by the judge): no score\n",
        "q0 (question by the annotator): ",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert!(!shown.contains("neither yes nor no"), "{shown}");
    assert_eq!(mend(folder.path(), &["check", "all.star"]).1, shown);
}

#[test]
fn an_error_of_a_script_names_its_line_and_the_problem() {
    let folder = tempfile::tempdir().unwrap();
    let header = "strategy(summary = \"s\", seats = [\"coder\"], bound = 2)\n\ndef solve(problem, p):\n";
    for (body, words) in [
        ("    return nothing\n", vec!["broken.star:4: Variable `nothing` not found", "hint: define it above"]),
        (
            "    program = ask(\"program\", \"{{ statement }}\")\n    return program if judge(program, \"public\").passed else None\n",
            vec!["broken.star:5: the outcome of the public suite may not be used here", "at problem starter/"],
        ),
        (
            "    for i in range(100000000):\n        pass\n",
            vec!["broken.star:4: one evaluation takes more than", "a loop of the script does not end in time"],
        ),
    ] {
        std::fs::write(folder.path().join("broken.star"), format!("{header}{body}")).unwrap();
        let (code, _, told) = mend(folder.path(), &["check", "broken.star"]);
        assert_eq!(code, 2, "{told}");
        for word in words {
            assert!(told.contains(word), "{word}: {told}");
        }
    }
    // What runs and is doubtful is shown, and has its own exit code.
    std::fs::write(
        folder.path().join("odd.star"),
        format!("{header}    x = 1\n    return ask(\"program\", \"{{{{ statement }}}}\")\n"),
    )
    .unwrap();
    let (code, shown, told) = mend(folder.path(), &["check", "odd.star", "--problems", "1"]);
    assert_eq!(code, 1, "{shown}{told}");
    assert!(shown.contains("odd.star:4: Unused assignment of `x`"), "{shown}");
}

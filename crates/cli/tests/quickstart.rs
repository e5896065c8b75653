//! The first commands that somebody tries: those of README.md and docs/quickstart.md, run as they stand there.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
#[path = "common/mod.rs"]
mod common;

use common::Lab;

const README: &str = include_str!("../../../README.md");
const PAGE: &str = include_str!("../../../docs/quickstart.md");

/// The content of the blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let begin = format!("```{language}\n");
    text.split(begin.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// Runs the commands of a block: those of `mend`, and documents that it writes.
fn run(lab: &Lab, block: &str) {
    let mut lines = block.lines();
    while let Some(line) = lines.next() {
        if let Some(file) = line.strip_prefix("cat > ") {
            let (file, end) = file.split_once(" << ").unwrap();
            let end = end.trim_matches('\'');
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
            lab.write(file, body.join("\n") + "\n");
        } else if let Some(line) = line.strip_prefix("mend ") {
            lab.ended(0, line);
        }
    }
}

#[test]
fn the_commands_of_the_quickstart_run_as_they_stand() {
    let lab = Lab::new();
    let (local, _) = PAGE.split_once("## A real model").unwrap();
    let found = blocks(local, "sh");
    assert!(found.len() >= 4, "{found:?}");
    for block in found {
        run(&lab, block);
    }
    // The last section compares what the first ones made.
    let last = PAGE.split("## Is one run better than another?").nth(1).unwrap();
    run(&lab, blocks(last, "sh")[0]);
    assert!(lab.path("comparison/compare.html").exists());
}

#[test]
fn the_readme_shows_what_its_second_command_prints() {
    let lab = Lab::new();
    let two = README.split("## Two commands").nth(1).unwrap();
    let command = blocks(two, "sh")[0].lines().find_map(|line| line.strip_prefix("mend ")).unwrap();
    let printed = lab.ended(0, command).stdout;
    let mut rest = printed.as_str();
    for line in blocks(two, "text")[0].lines().filter(|line| !line.is_empty()) {
        let at = rest.find(line).unwrap_or_else(|| panic!("`{line}` is not printed, or not in this order:\n{printed}"));
        rest = &rest[at + line.len()..];
    }
}

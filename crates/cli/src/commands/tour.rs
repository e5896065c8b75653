//! `mend tour`: a minute in the terminal. A simulated programmer writes and repairs programs, and the tour shows what came of
//! it, step by step.

use crate::args::{Command, TourArgs};
use crate::config;
use crate::exit::{Exit, Failure};
use std::ffi::OsString;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;

/// A problem whose first program fails, and whose repair passes.
const PROBLEM: &str = "starter/f03";

/// `mend tour`
pub fn run(args: &TourArgs) -> Result<Exit, Failure> {
    let folder = free_folder();
    let run = folder.display().to_string();
    let steps: [(&str, Vec<&str>); 5] = [
        (
            "A simulated programmer writes three programs for each of forty problems, and repairs each one that fails. \
             It needs no key. Its figures show that everything works, and nothing about any model.",
            vec![
                "run",
                "--dataset",
                "starter",
                "--model",
                "sim/journeyman",
                "--strategy",
                "self-repair",
                "--n-p",
                "3",
                "--n-f",
                "1",
                "--out",
                &run,
            ],
        ),
        ("The run is in a folder. It holds a tree of programs and repairs for each problem.", vec!["show", &run]),
        ("One tree: its first program fails, and the repair of it passes.", vec!["show", &run, PROBLEM]),
        ("One node of it, with everything that was asked, answered and found.", vec!["show", &run, PROBLEM, "p0/r0"]),
        (
            "What other trees would have done, drawn from what was collected, without asking again.",
            vec!["report", &run, "--grid", "n_p=1..2,n_f=1,order=batch", "--no-html"],
        ),
    ];
    let mut exit = Exit::Complete;
    for (at, (about, words)) in steps.iter().enumerate() {
        if at > 0 {
            wait()?;
        }
        crate::tell(&format!("\n{}. {about}\n   $ mend {}\n", at + 1, words.join(" ")));
        exit = match parsed(words)? {
            Command::Run(args) => super::run::run(&args)?,
            Command::Show(args) => super::show::run(&args)?,
            Command::Report(args) => super::report::run(&args)?,
            _ => unreachable!("the steps are these commands"),
        };
    }
    let page = folder.join("report.html");
    crate::tell(&format!("\nAll of it for a browser: {}. Next: your own problems, and a real model.", page.display()));
    crate::tell(
        "  mend datasets verify mine.jsonl\n  mend plan --dataset starter --model openai/gpt-4o-mini --n-p 5 --n-f 1",
    );
    if args.open {
        super::report::open_page(&page)?;
    }
    Ok(exit)
}

/// The first of `results/tour`, `results/tour-2` and so on that does not exist.
fn free_folder() -> PathBuf {
    let names = std::iter::once("tour".to_owned()).chain((2_u32..).map(|number| format!("tour-{number}")));
    let folders = names.map(|name| PathBuf::from("results").join(name));
    let mut free = folders.skip_while(|folder| folder.exists());
    free.next().expect("the names do not end")
}

/// A command of the tour, as somebody would type it.
fn parsed(words: &[&str]) -> Result<Command, Failure> {
    let typed: Vec<OsString> = std::iter::once("mend").chain(words.iter().copied()).map(OsString::from).collect();
    match config::parse(&typed)? {
        Ok(cli) => Ok(cli.command),
        // Only variables and `mend.toml` can make a command of the tour wrong.
        Err(error) => Err(Failure::usage(error.to_string().trim().to_owned())),
    }
}

/// Waits for Enter where somebody sits at a terminal.
fn wait() -> Result<(), Failure> {
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return Ok(());
    }
    crate::tell("\n-- Enter goes on, Ctrl-C ends the tour --");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Failure::usage)?;
    Ok(())
}

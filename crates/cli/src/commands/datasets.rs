//! `mend datasets list` and `show`: what there is, and what is in it.

use crate::args::DatasetsCommand;
use crate::exit::{Exit, Failure};
use crate::heard::tell_skipped;
use mend_core::{Problem, Style};
use mend_dataset::{Card, OnInvalid, cards};
use mend_lab as lab;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// `mend datasets`
pub fn run(command: DatasetsCommand) -> Result<Exit, Failure> {
    match command {
        DatasetsCommand::List { json } => {
            let cards = cards();
            if json {
                crate::print_json(&cards.iter().map(card_json).collect::<Vec<_>>())?;
            } else {
                crate::print(&list(&cards))?;
            }
        }
        DatasetsCommand::Verify(args) => return super::verify::run(&args),
        DatasetsCommand::Impossible(args) => return super::impossible::run(&args),
        DatasetsCommand::Show { dataset, problem, data_dir, json } => {
            let found = lab::dataset(&dataset, &data_dir, OnInvalid::Skip)?;
            tell_skipped(&found.skipped());
            let found = found.dataset;
            let shown = match problem {
                None if json => {
                    crate::print_json(&json!({
                        "name": found.name,
                        "digest": found.digest,
                        "problems": found.problems.iter().map(row_json).collect::<Vec<_>>(),
                    }))?;
                    return Ok(Exit::Complete);
                }
                None => problems(&found.name, &found.problems),
                Some(id) => {
                    let Some(problem) = found.problems.iter().find(|problem| problem.id.as_str() == id) else {
                        let failure = Failure::usage(format!("`{dataset}` has no problem `{id}`"));
                        let known = found.problems.iter().map(|problem| problem.id.as_str());
                        return Err(failure.meant(&id, known, format!("`mend datasets show {dataset}` lists them")));
                    };
                    if json {
                        crate::print_json(problem)?;
                        return Ok(Exit::Complete);
                    }
                    whole(problem)
                }
            };
            crate::print(&crate::exit::printable(&shown))?;
        }
    }
    Ok(Exit::Complete)
}

fn card_json(card: &Card) -> Value {
    let files = card.files.iter().map(|file| json!({ "path": file.path, "sha256": file.sha256 }));
    json!({
        "name": card.name,
        "title": card.title,
        "licence": card.licence,
        "url": card.url,
        "description": card.description,
        "files": files.collect::<Vec<_>>(),
    })
}

fn list(cards: &[Card]) -> String {
    let row = |card: &Card| {
        let place = card.url.as_ref().map_or("part of mend".to_owned(), |url| format!("from {url}"));
        vec![card.name.clone(), card.description.clone(), card.licence.clone(), place]
    };
    let table =
        mend_report::table(super::width(), 4, &["name", "what", "licence", "where"], cards.iter().map(row).collect());
    format!("{table}any other data: a path to a file of problems (JSON lines, also gzipped) or to a folder of them")
}

fn row_json(problem: &Problem) -> Value {
    json!({
        "id": problem.id,
        "digest": problem.digest,
        "difficulty": problem.difficulty,
        "style": style(problem),
        "public_tests": problem.tests.public.len(),
        "hidden_tests": problem.tests.hidden.len(),
        "reference": problem.reference.is_some(),
        "mutants": problem.mutants.len(),
        "impossible": problem.impossible,
    })
}

fn style(problem: &Problem) -> &'static str {
    match problem.style {
        Style::Completion { .. } => "completion",
        Style::Function { .. } => "function",
        Style::Program => "program",
    }
}

fn problems(name: &str, problems: &[Problem]) -> String {
    let row = |problem: &Problem| {
        vec![
            problem.id.to_string(),
            problem.difficulty.clone().unwrap_or_default(),
            style(problem).to_owned(),
            if problem.reference.is_some() { "yes" } else { "no" }.to_owned(),
            problem.tests.public.len().to_string(),
            problem.tests.hidden.len().to_string(),
        ]
    };
    let header = ["problem", "difficulty", "style", "reference", "public", "hidden"];
    let table = mend_report::table(super::width(), 4, &header, problems.iter().map(row).collect());
    format!("{name}: {} problems\n\n{table}", problems.len())
}

fn whole(problem: &Problem) -> String {
    let mut text = format!("{}  {}\n", problem.id, problem.difficulty.as_deref().unwrap_or("no difficulty"));
    let _ = writeln!(text, "digest {}\n\n{}", problem.digest, problem.statement.trim_end());
    if let Some(code) = &problem.starter_code {
        let _ = writeln!(text, "\nstarts from:\n{}", code.trim_end());
    }
    if let Some(impossible) = &problem.impossible {
        let _ = writeln!(text, "\nimpossible by {impossible}");
    }
    let (public, hidden) = (problem.tests.public.len(), problem.tests.hidden.len());
    let _ = write!(text, "\n{public} public tests, {hidden} hidden tests, {} mutants", problem.mutants.len());
    text
}

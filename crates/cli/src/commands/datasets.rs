//! `mend datasets list` and `show`: what there is, and what is in it.

use crate::args::DatasetsCommand;
use crate::exit::{Exit, Failure};
use crate::heard::tell_skipped;
use mend_core::{Problem, Style};
use mend_dataset::{Card, Format, OnInvalid, cards};
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
        DatasetsCommand::Formats { json } => {
            if json {
                crate::print_json(&Format::all().iter().map(format_json).collect::<Vec<_>>())?;
            } else {
                crate::print(&formats())?;
            }
        }
        DatasetsCommand::Verify(args) => return super::verify::run(&args),
        DatasetsCommand::Impossible(args) => return super::impossible::run(&args),
        DatasetsCommand::Show { dataset, problem, open, json } => {
            let found = open.dataset(&dataset, OnInvalid::Skip)?;
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

fn format_json(format: &Format) -> Value {
    json!({ "name": format.name, "told_by": format.told_by, "what": format.what })
}

fn formats() -> String {
    let row = |format: &Format| vec![format.name.to_owned(), format.what.to_owned(), format.told_by.to_owned()];
    let rows = Format::all().iter().map(row).collect();
    let table = mend_report::table(super::width(), 3, &["format", "what", "told by"], rows);
    format!("{table}the first that fits reads a row; `--format <NAME>` has all rows read as one")
}

fn row_json(problem: &Problem) -> Value {
    json!({
        "id": problem.id,
        "digest": problem.digest,
        "difficulty": problem.difficulty,
        "language": problem.language,
        "date": problem.about.date,
        "tags": problem.about.tags,
        "rating": problem.about.rating,
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

/// What a problem brings beside its text, one line each.
fn about(problem: &Problem, text: &mut String) {
    let Problem { language, limits, unsupported, about, .. } = problem;
    let mut told: Vec<(&str, String)> = Vec::new();
    told.extend((!language.is_python()).then(|| ("language", language.to_string())));
    told.extend(limits.cpu_ms.map(|cpu_ms| ("time limit", format!("{} s", cpu_ms as f64 / 1000.0))));
    told.extend(limits.memory_bytes.map(|bytes| ("memory limit", format!("{} MiB", bytes >> 20))));
    told.extend(about.date.as_ref().map(|date| ("date", date.to_string())));
    told.extend(about.rating.map(|rating| ("rating", rating.to_string())));
    told.extend((!about.tags.is_empty()).then(|| ("tags", about.tags.join(", "))));
    told.extend(unsupported.as_ref().map(|why| ("unsupported", why.to_string())));
    for (name, value) in told {
        let _ = write!(text, "\n{name}: {value}");
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
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
    about(problem, &mut text);
    let (public, hidden) = (problem.tests.public.len(), problem.tests.hidden.len());
    let _ = write!(text, "\n{public} public tests, {hidden} hidden tests, {} mutants", problem.mutants.len());
    text
}

//! `mend strategies`: what ships, what a script says of itself, and whether it works.

mod check;

use crate::args::StrategiesCommand;
use crate::exit::{Exit, Failure, printable};
use mend_core::Seat;
use mend_repair::{Reach, Script, ScriptError, pieces, shared_helpers, shipped_scripts};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

/// `mend strategies`
pub fn run(command: StrategiesCommand) -> Result<Exit, Failure> {
    match command {
        StrategiesCommand::List { json } => list(json)?,
        StrategiesCommand::Show { strategy, set, templates, json } => {
            if json {
                crate::print_json(&show_json(&strategy, &set, templates)?)?;
                return Ok(Exit::Complete);
            }
            let text = if LIBRARY.contains(&strategy.as_str()) {
                library(&set, templates)?
            } else {
                let script = load(&strategy, &set)?;
                shown(&script) + &mentioned(&script, &strategy, templates)
            };
            crate::print(&printable(&text))?;
        }
        StrategiesCommand::Check(args) => return check::run(&args),
        StrategiesCommand::New { name, json } => new(&name, json)?,
    }
    Ok(Exit::Complete)
}

fn list(is_json: bool) -> Result<(), Failure> {
    let scripts: Vec<Script> = shipped_scripts()
        .map(|(name, text)| Script::load(&format!("{name}.star"), text, &BTreeMap::new()).map_err(failure))
        .collect::<Result<_, _>>()?;
    if is_json {
        return crate::print_json(&scripts.iter().map(about).collect::<Vec<_>>());
    }
    // Lines that begin with blanks belong to the name above them.
    let row = |script: &Script| {
        let header = script.header();
        let (seats, level) = (seats(script), header.oracle().level());
        let said = [header.summary.as_str(), header.paper.as_str()].into_iter().filter(|line| !line.is_empty());
        vec![format!("{}\n{seats}\n  {level}", script.name()), said.collect::<Vec<_>>().join("\n")]
    };
    let header = ["name\n  seats\n  oracle level", "what it does\npaper"];
    let table = mend_report::table(super::width(), 2, &header, scripts.iter().map(row).collect());
    crate::print(&format!(
        "{table}`mend strategies show <name>` shows one, and `show lib` the helpers that any may load\nany other strategy is a file that ends in `.star`\n`mend strategies new <name>` writes one"
    ))
}

/// What a script says of itself, for scripts.
fn about(script: &Script) -> Value {
    let header = script.header();
    let parameters: BTreeMap<&str, String> =
        script.defaults().iter().map(|(name, value)| (name.as_str(), value.to_string())).collect();
    json!({
        "name": script.name(),
        "summary": header.summary,
        "paper": header.paper,
        "shape": header.shape,
        "seats": header.seats.iter().map(Seat::to_string).collect::<Vec<_>>(),
        "oracle_level": header.oracle().level().to_string(),
        "bound": header.bound,
        "parameters": parameters,
    })
}

/// A strategy whole, or the shared helpers.
fn show_json(strategy: &str, set: &[String], templates: bool) -> Result<Value, Failure> {
    if LIBRARY.contains(&strategy) {
        library(set, templates)?;
        return Ok(json!({ "name": "lib", "text": shared_helpers(), "pieces": by_name(pieces(), templates) }));
    }
    let script = load(strategy, set)?;
    let (helpers, named) = script.mentions();
    let mut told = about(&script);
    let chosen = script.parameters().iter().map(|(name, value)| (name.as_str(), value.to_string()));
    told["chosen"] = json!(chosen.collect::<BTreeMap<_, _>>());
    told["deviations"] = json!(script.header().deviations);
    told["reach"] = json!(granted(&script));
    told["text"] = json!(script.text());
    told["helpers"] = json!(if templates { helpers } else { String::new() });
    told["pieces"] = json!(by_name(named.into_iter(), templates));
    Ok(told)
}

/// Pieces of text by their names, if they are wanted.
fn by_name(
    pieces: impl Iterator<Item = (&'static str, &'static str)>,
    are_wanted: bool,
) -> BTreeMap<&'static str, &'static str> {
    pieces.filter(|_| are_wanted).collect()
}

/// What the shared helpers are called.
const LIBRARY: [&str; 2] = ["lib", "lib.star"];

/// The shared helpers, and on request the pieces of text that their templates include.
fn library(set: &[String], templates: bool) -> Result<String, Failure> {
    if let Some(choice) = set.first() {
        return Err(Failure::usage(format!("`--set {choice}`: the helpers have no parameters"))
            .hint("`mend strategies show <name> --set ...` is for a strategy"));
    }
    let text = shared_helpers().to_owned();
    if !templates {
        return Ok(text + "\n`mend strategies show lib --templates` also shows the pieces that the templates include\n");
    }
    Ok(text + &all_pieces(pieces()))
}

/// What a script mentions and does not hold, on request; else how it is shown.
fn mentioned(script: &Script, strategy: &str, templates: bool) -> String {
    let (helpers, pieces) = script.mentions();
    if helpers.is_empty() && pieces.is_empty() {
        return String::new();
    }
    if !templates {
        return format!(
            "\n`mend strategies show {strategy} --templates` also shows the helpers and the pieces of text that it names\n"
        );
    }
    let helpers = match helpers.as_str() {
        "" => String::new(),
        helpers => format!("\n== of lib.star ==\n{}\n", helpers.trim_end()),
    };
    helpers + &all_pieces(pieces.into_iter())
}

fn all_pieces(pieces: impl Iterator<Item = (&'static str, &'static str)>) -> String {
    pieces.flat_map(|(name, text)| ["\n== piece \"", name, "\" ==\n", text.trim_end(), "\n"]).collect()
}

/// The seats of a script in lines that begin with blanks and are no longer than names are.
fn seats(script: &Script) -> String {
    let mut lines = vec![String::from(" ")];
    for (index, seat) in script.header().seats.iter().enumerate() {
        let comma = if index + 1 < script.header().seats.len() { "," } else { "" };
        let word = format!(" {seat}{comma}");
        match lines.last_mut() {
            Some(line) if line.len() + word.len() <= SEATS_WIDTH || line.trim().is_empty() => *line += &word,
            _ => lines.push(format!(" {word}")),
        }
    }
    lines.join("\n")
}

/// Columns of a line of seats.
const SEATS_WIDTH: usize = 26;

/// A shipped script by its name, or one from a file.
fn load(strategy: &str, set: &[String]) -> Result<Script, Failure> {
    let mut chosen = BTreeMap::new();
    for choice in set {
        let (name, value) = choice.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`--set {choice}`: expected NAME=VALUE"))
                .hint(format!("`mend strategies show {strategy}` lists the parameters"))
        })?;
        if chosen.insert(name.trim().to_owned(), value.trim().to_owned()).is_some() {
            return Err(Failure::usage(format!("`--set {}` is given twice", name.trim())).hint("leave one of them out"));
        }
    }
    let load = |name: &str, text: &str| {
        Script::load(name, text, &chosen).map_err(|error| match &error {
            ScriptError::Parameter { name, .. } => {
                let known = parameters_of(strategy, text);
                let hint = format!("`mend strategies show {strategy}` lists the parameters");
                Failure::usage(error.clone()).meant(name, known.iter().map(String::as_str), hint)
            }
            _ => failure(error),
        })
    };
    if let Some((name, text)) = shipped_scripts().find(|(name, _)| *name == strategy) {
        return load(&format!("{name}.star"), text);
    }
    let is_file = std::path::Path::new(strategy).extension().is_some_and(|extension| extension == "star");
    if !is_file {
        let failure = Failure::usage(format!("no strategy is called `{strategy}`"));
        let known = shipped_scripts().map(|(name, _)| name).chain(LIBRARY);
        return Err(failure.meant(
            strategy,
            known,
            "`mend strategies list` lists them; a file of your own ends in `.star`",
        ));
    }
    let text = std::fs::read_to_string(strategy).map_err(|error| {
        Failure::usage(format!("cannot read `{strategy}`: {error}"))
            .hint("`mend strategies new <name>` writes a strategy to begin with")
    })?;
    load(strategy, &text)
}

/// The names of a script's parameters. None if the script cannot be read without them.
fn parameters_of(name: &str, text: &str) -> Vec<String> {
    let script = Script::load(name, text, &BTreeMap::new()).ok();
    script.map(|script| script.defaults().iter().map(|(name, _)| name.clone()).collect()).unwrap_or_default()
}

/// What is wrong with a script: its own words hold line and hint.
fn failure(error: ScriptError) -> Failure {
    Failure::usage(error)
}

/// A script's header for the chosen parameters, its parameters, and its text.
fn shown(script: &Script) -> String {
    let header = script.header();
    let mut text = format!("{}: {}\n", script.name(), header.summary);
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:<16} {value}");
        }
    };
    line("paper", &header.paper);
    line("differs from it", &header.deviations);
    line("shape", &header.shape);
    line("seats", &header.seats.iter().map(Seat::to_string).collect::<Vec<_>>().join(", "));
    line("reach", &granted(script));
    line("oracle level", &header.oracle().level().to_string());
    line("bound", &format!("{} completions for one problem", header.bound));
    if !script.defaults().is_empty() {
        text.push_str("\nparameters (`--set name=value`)\n");
        for (name, default) in script.defaults() {
            let value = script.parameters().get(name).unwrap_or(default);
            let changed = if value == default { String::new() } else { format!(" (by default {default})") };
            let _ = writeln!(text, "  {name} = {value}{changed}");
        }
    }
    let _ = write!(text, "\n{}", script.text());
    text
}

/// What the harness gives a script.
fn granted(script: &Script) -> String {
    let header = script.header();
    let field = |name: &str, reach: Reach| format!("{name} {}", reach.as_str());
    let mut parts =
        vec![field("see", header.see), field("stop_on", header.stop_on), field("select_on", header.select_on)];
    if header.reference {
        parts.push("reference".to_owned());
    }
    if let Some(public) = &header.public {
        parts.push(format!("public tests: {public}"));
    }
    if let Some(rounds) = &header.rounds
        && rounds.learn_on > Reach::None
    {
        parts.push(field("learn_on", rounds.learn_on));
    }
    parts.join(", ")
}

/// Writes a strategy to begin with.
fn new(name: &str, is_json: bool) -> Result<(), Failure> {
    let name = name.strip_suffix(".star").unwrap_or(name);
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(is_plain) || name == "lib" {
        return Err(Failure::usage(format!("`{name}` cannot name a strategy"))
            .hint("use lower-case letters, digits, `-` and `_`, such as `mine`; `lib` is the file of helpers"));
    }
    if shipped_scripts().any(|(known, _)| known == name) {
        return Err(Failure::usage(format!("a strategy that comes with mend is called `{name}`"))
            .hint(format!("use another name; `mend strategies show {name}` shows that one")));
    }
    let file = format!("{name}.star");
    let mut created = std::fs::File::create_new(&file).map_err(|error| {
        let failure = Failure::usage(format!("cannot write `{file}`: {error}"));
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => failure.hint("use another name: this file stays as it is"),
            _ => failure.hint("go to a folder in which you may write"),
        }
    })?;
    created
        .write_all(include_bytes!("strategies/new.star"))
        .map_err(|error| Failure::stopped(format!("cannot write `{file}`: {error}")))?;
    if is_json {
        return crate::print_json(&json!({ "name": name, "file": file }));
    }
    crate::print(&format!(
        "{file} is written. Next:\n  mend strategies check {file}\n  mend run --dataset starter --model sim/journeyman --strategy {file}"
    ))
}

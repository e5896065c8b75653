//! `mend.toml`: a line for every flag, below the flag and its environment twin.

use crate::args::{Cli, Command};
use crate::exit::Failure;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, CommandFactory, FromArgMatches};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use toml::{Spanned, Value};

/// Commands by name, and in each its flags with their values.
type ConfigFile = BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Value>>;

/// Parses the command line over the configuration file: flag, then environment, then file, then default.
///
/// # Errors
/// `Ok(Err(_))` is clap's own word: help, version, or a usage error.
pub fn parse(arguments: &[OsString]) -> Result<Result<Cli, clap::Error>, Failure> {
    let mut command = Cli::command();
    let file = match named_file(arguments) {
        Some(path) => Some(path),
        None => Some(PathBuf::from("mend.toml")).filter(|path| path.exists()),
    };
    if let Some(path) = &file {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Failure::usage(format!("cannot read `{}`: {source}", path.display())))?;
        command = with_defaults(command, path, &text)?;
    }
    let parsed = command.try_get_matches_from_mut(arguments).and_then(|matches| {
        let mut cli = Cli::from_arg_matches(&matches)?;
        if let (Command::Run(run), Some(("run", of_run))) = (&mut cli.command, matches.subcommand()) {
            run.given = given(&command, of_run);
        }
        if let (Command::Export(export), Some(("export", of_export))) = (&mut cli.command, matches.subcommand()) {
            export.typed = typed(of_export);
        }
        Ok(cli)
    });
    Ok(parsed.map_err(|error| error.format(&mut command)))
}

/// The flags that stand on the command line.
fn typed(matches: &ArgMatches) -> BTreeSet<String> {
    let is_typed = |id: &&clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
    matches.ids().filter(is_typed).map(|id| id.as_str().to_owned()).collect()
}

/// The flags of `mend run` that somebody gave: on the command line, in the environment, or in the file.
fn given(command: &clap::Command, matches: &ArgMatches) -> BTreeSet<String> {
    let mut plain = Cli::command();
    plain.build();
    let defaults = |command: &clap::Command, id: &str| {
        let run = command.find_subcommand("run");
        let flag = run.and_then(|run| run.get_arguments().find(|flag| flag.get_id() == id));
        flag.map(|flag| flag.get_default_values().iter().map(ToOwned::to_owned).collect::<Vec<_>>())
    };
    let is_given = |id: &&clap::Id| match matches.value_source(id.as_str()) {
        Some(ValueSource::DefaultValue) => defaults(command, id.as_str()) != defaults(&plain, id.as_str()),
        source => source.is_some(),
    };
    matches.ids().filter(is_given).map(|id| id.as_str().to_owned()).collect()
}

/// The value of `--config`, before clap can run: its file decides what clap will accept.
fn named_file(arguments: &[OsString]) -> Option<PathBuf> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let text = argument.to_string_lossy();
        if text == "--config" {
            return rest.next().map(PathBuf::from);
        }
        if let Some(path) = text.strip_prefix("--config=") {
            return Some(PathBuf::from(path));
        }
    }
    std::env::var_os("MEND_CONFIG").map(PathBuf::from)
}

fn with_defaults(mut command: clap::Command, path: &Path, text: &str) -> Result<clap::Command, Failure> {
    let file: ConfigFile = toml::from_str(text).map_err(|error| {
        let failure = Failure::usage(format!("{}: {}", path.display(), error.to_string().trim()));
        failure.hint("a section such as `[run]` holds the flags of a command")
    })?;
    let at = |span: std::ops::Range<usize>| {
        let line = text[..span.start].matches('\n').count() + 1;
        format!("{}:{line}", path.display())
    };
    for (section, flags) in &file {
        let name = section.as_ref().as_str();
        if command.find_subcommand(name).is_none() {
            let known: Vec<_> = command.get_subcommands().map(|found| found.get_name().to_owned()).collect();
            let failure = Failure::usage(format!("{}: `[{name}]` is not a command", at(section.span())));
            let hint = format!("sections are named after commands: {}", known.join(", "));
            return Err(failure.meant(name, known.iter().map(String::as_str), hint));
        }
        for (key, value) in flags {
            let place = at(key.span());
            let subcommand = command.find_subcommand(name).expect("found above");
            let flag = subcommand.get_arguments().find(|flag| flag.get_long() == Some(key.as_ref().as_str()));
            let Some(flag) = flag.filter(|flag| flag.get_long() != Some("help")) else {
                let failure = Failure::usage(format!("{place}: `{}` is not a flag of `mend {name}`", key.as_ref()));
                let known = subcommand.get_arguments().filter_map(clap::Arg::get_long);
                return Err(failure.meant(key.as_ref(), known, format!("`mend {name} --help` lists the flags")));
            };
            let id = flag.get_id().clone();
            let values = values(key.as_ref(), value).map_err(|why| Failure::usage(format!("{place}: {why}")))?;
            let switch = matches!(flag.get_action(), ArgAction::SetTrue);
            if switch && !matches!(value, Value::Boolean(_)) {
                return Err(Failure::usage(format!("{place}: `{}` must be true or false", key.as_ref())));
            }
            if !switch {
                for value in &values {
                    let alone = clap::Command::new("mend").no_binary_name(true).arg(flag.clone().required(false));
                    let parsed = alone.try_get_matches_from([format!("--{}={value}", key.as_ref())]);
                    parsed.map_err(|error| Failure::usage(format!("{place}: {}", first_line(&error))))?;
                }
            }
            command = command
                .mut_subcommand(name, |found| found.mut_arg(id, |flag| flag.required(false).default_values(values)));
        }
    }
    Ok(command)
}

/// clap's message without its prefix and its advice about the command line.
fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// Flags that take `NAME=VALUE`, several times: in the file they may be a table of names.
const NAMED: [&str; 4] = ["set", "seat", "sampling", "with"];
/// Flags that take a model: in the file people may stand there as a table.
const MODELS: [&str; 2] = ["model", "critic"];

/// A value of the file as it would be typed.
fn values(key: &str, value: &Value) -> Result<Vec<String>, String> {
    let is_model = MODELS.contains(&key);
    let one = |value: &Value| match value {
        Value::Table(table) if is_model => people(table),
        value => plain(value),
    };
    match value {
        Value::Table(names) if NAMED.contains(&key) => {
            let named = |(name, value): (&String, &Value)| {
                let value = match value {
                    Value::Table(table) if key == "seat" => people(table),
                    value => plain(value),
                };
                value.map(|value| format!("{name}={value}")).map_err(|why| format!("`{key}.{name}` {why}"))
            };
            names.iter().map(named).collect()
        }
        Value::Array(items) => {
            items.iter().map(|item| one(item).map_err(|why| format!("an item of `{key}` {why}"))).collect()
        }
        single => one(single).map(|value| vec![value]).map_err(|why| format!("`{key}` {why} or a list")),
    }
}

fn plain(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Boolean(flag) => Ok(flag.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => Err("must be a plain value".to_owned()),
    }
}

/// People, or who stands for them, as a table: `{ human = "said.jsonl", then = "simulated", after_minutes = 10 }` is
/// `human:said.jsonl,then=simulated,after_minutes=10`. What the other keys may be is the business of whoever reads that.
fn people(table: &toml::Table) -> Result<String, String> {
    let sources: Vec<&str> = ["human", "simulated"].into_iter().filter(|source| table.contains_key(*source)).collect();
    let [source] = sources[..] else {
        return Err("must have one of the keys `human` and `simulated`, with a file".to_owned());
    };
    let mut text = format!("{source}:{}", plain(&table[source]).map_err(|why| format!("has `{source}`, which {why}"))?);
    // In the order in which one would type them.
    let place = |name: &str| (name != "then", name.to_owned());
    let mut others: Vec<(&String, &Value)> = table.iter().filter(|(name, _)| *name != source).collect();
    others.sort_by_key(|(name, _)| place(name));
    for (name, value) in others {
        let value = match value {
            // Another file for the simulation: `then = { simulated = "other.jsonl" }`.
            Value::Table(table) => people(table),
            value => plain(value),
        };
        let value = value.map_err(|why| format!("has `{name}`, which {why}"))?;
        text.extend([format!(",{name}={value}")]);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroU32;

    fn command_with(text: &str) -> Result<clap::Command, Failure> {
        with_defaults(Cli::command(), Path::new("mend.toml"), text)
    }

    fn run_args(text: &str, arguments: &[&str]) -> crate::args::RunArgs {
        let matches = command_with(text).unwrap().try_get_matches_from(arguments).unwrap();
        match Cli::from_arg_matches(&matches).unwrap().command {
            crate::args::Command::Run(run) => *run,
            other => panic!("not a run: {other:?}"),
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// Flags without a twin in the environment. A variable holds for every command that follows, and these are about one:
    /// what is looked at, where one file goes, what is done once; or they may be given several times.
    const WITHOUT_TWIN: &[&str] = &[
        "build-guest",
        "comparison-of",
        "dry-run",
        "failing",
        "figures-of",
        "html",
        "lengths",
        "limit",
        "links",
        "list",
        "omega",
        "open",
        "out",
        "pause",
        "pins",
        "problem",
        "profile",
        "replicate",
        "resume",
        "sampling",
        "schema",
        "seat",
        "set",
        "starting-programs",
        "state",
        "table",
        "templates",
        "unused-days",
        "with",
        "write",
    ];
    /// Flags that have one at another command: there the word means something else, or asks for another flag.
    const WITHOUT_TWIN_AT: &[(&str, &str)] = &[
        ("cache prune", "model"),
        ("datasets impossible", "by"),
        ("export", "format"),
        ("feedback agreement", "one-in"),
        ("feedback curve", "seed"),
        ("feedback todo", "budget"),
        ("feedback todo", "by"),
        ("feedback todo", "seed"),
        ("gate", "alpha-early"),
        ("serve", "max-connections"),
        ("strategies check", "model"),
        ("strategies check", "problems"),
        ("view", "listen"),
        ("view", "port"),
    ];

    #[test]
    fn every_flag_that_holds_for_more_than_one_command_has_its_twin() {
        let mut without = Vec::new();
        let mut open: Vec<(String, clap::Command)> =
            Cli::command().get_subcommands().map(|command| (command.get_name().to_owned(), command.clone())).collect();
        while let Some((name, command)) = open.pop() {
            for below in command.get_subcommands() {
                open.push((format!("{name} {}", below.get_name()), below.clone()));
            }
            for flag in command.get_arguments() {
                let Some(long) = flag.get_long().filter(|long| !["help", "version"].contains(long)) else { continue };
                let twin = format!("MEND_{}", long.to_uppercase().replace('-', "_"));
                match flag.get_env().map(|env| env.to_string_lossy().into_owned()) {
                    Some(env) => assert_eq!(env, twin, "{name} --{long}"),
                    None if WITHOUT_TWIN.contains(&long) => {}
                    None if WITHOUT_TWIN_AT.contains(&(name.as_str(), long)) => {}
                    None => without.push(format!("{name} --{long}")),
                }
            }
        }
        assert!(without.is_empty(), "give these a variable, or say why they have none: {without:?}");
    }

    #[test]
    fn an_export_knows_what_stands_on_its_command_line() {
        let mut command = command_with("[export]\ncap = 3\n").unwrap();
        let matches = command.try_get_matches_from_mut(["mend", "export", "sft", "a-run", "--seed", "1"]).unwrap();
        let of_export = matches.subcommand().unwrap().1;
        assert_eq!(of_export.get_one("cap").map(NonZeroU32::to_string), Some("3".to_owned()));
        assert_eq!(
            typed(of_export).into_iter().filter(|id| id.chars().all(|c| !c.is_uppercase())).collect::<Vec<_>>(),
            ["kind", "runs", "seed"]
        );
    }

    #[test]
    fn a_flag_beats_the_file_and_the_file_beats_the_default() {
        let text =
            "[run]\nmodel = \"sim/journeyman\"\ndataset = \"starter\"\nseed = 7\nk = [1, 5]\nallow-unsafe = true\n";
        let run = run_args(text, &["mend", "run"]);
        assert_eq!((run.seed, run.data.dataset.as_deref()), (7, Some("starter")));
        assert!(run.judge.machine.allow_unsafe);
        assert_eq!(run.output.show.k.len(), 2);
        assert_eq!(run_args(text, &["mend", "run", "--seed", "9"]).seed, 9);
    }

    #[test]
    fn what_somebody_gave_is_known_from_what_goes_without_saying() {
        let mut command = command_with("[run]\ntop-p = 0.5\nseed = 0\n").unwrap();
        let line = ["mend", "run", "--n-p", "3", "--temperature", "0.8", "--amend", "x"];
        let matches = command.try_get_matches_from_mut(line).unwrap();
        let given = given(&command, matches.subcommand().unwrap().1);
        let ids: Vec<&str> =
            given.iter().map(String::as_str).filter(|id| id.chars().all(|c| !c.is_uppercase())).collect();
        // A file that repeats a default says nothing.
        assert_eq!(ids, ["amend", "n_p", "temperature", "top_p"]);
    }

    #[track_caller]
    fn check_refused(text: &str, message: &str) {
        assert_eq!(crate::exit::told(&command_with(text).unwrap_err()), message);
    }

    #[test]
    fn a_bad_file_is_told_with_line_and_key() {
        check_refused(
            "[run]\nseed = 1\nsede = 2\n",
            "error: mend.toml:3: `sede` is not a flag of `mend run`\nhint: did you mean `seed`? `mend run --help` lists the flags",
        );
        check_refused(
            "[elsewhere]\nseed = 1\n",
            "error: mend.toml:1: `[elsewhere]` is not a command\nhint: sections are named after commands: run, plan, score, resume, rejudge, report, compare, gate, runs, watch, view, show, export, import, datasets, strategies, models, cache, feedback, serve, sim-server, doctor, tour, completions, man",
        );
        check_refused(
            "[run]\nseed = \"x\"\n",
            "error: mend.toml:2: invalid value 'x' for '--seed <SEED>': invalid digit found in string",
        );
        check_refused("[run]\nallow-unsafe = 1\n", "error: mend.toml:2: `allow-unsafe` must be true or false");
        check_refused("[run]\nseed = { a = 1 }\n", "error: mend.toml:2: `seed` must be a plain value or a list");
        check_refused(
            "[run]\ncritic = { file = \"a\" }\n",
            "error: mend.toml:2: `critic` must have one of the keys `human` and `simulated`, with a file or a list",
        );
        check_refused(
            "[run]\nseat = { judge = { human = [\"a\"] } }\n",
            "error: mend.toml:2: `seat.judge` has `human`, which must be a plain value",
        );
    }

    #[test]
    fn people_and_names_may_be_tables_and_are_as_if_typed() {
        let text = "[run]\ncritic = { human = \"said.jsonl\", then = \"simulated\", after_minutes = 10 }\n\
                    [run.seat]\nannotator = { human = \"a.jsonl\", then = { simulated = \"b.jsonl\" }, after_minutes = 2.5 }\n\
                    judge = \"sim/expert\"\n[run.set]\nturns = 5\n";
        let run = run_args(text, &["mend", "run"]);
        assert_eq!(run.critic.as_deref(), Some("human:said.jsonl,then=simulated,after_minutes=10"));
        assert_eq!(run.seats, ["annotator=human:a.jsonl,then=simulated:b.jsonl,after_minutes=2.5", "judge=sim/expert"]);
        assert_eq!(run.parameters, ["turns=5"]);
        let typed = run_args(text, &["mend", "run", "--critic", "sim/novice"]);
        assert_eq!(typed.critic.as_deref(), Some("sim/novice"));
    }
}

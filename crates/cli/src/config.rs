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
        Ok(cli)
    });
    Ok(parsed.map_err(|error| error.format(&mut command)))
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
            let failure = Failure::usage(format!("{}: `[{name}]` is no command", at(section.span())));
            let hint = format!("sections are named after commands: {}", known.join(", "));
            return Err(failure.meant(name, known.iter().map(String::as_str), hint));
        }
        for (key, value) in flags {
            let place = at(key.span());
            let subcommand = command.find_subcommand(name).expect("found above");
            let flag = subcommand.get_arguments().find(|flag| flag.get_long() == Some(key.as_ref().as_str()));
            let Some(flag) = flag.filter(|flag| flag.get_long() != Some("help")) else {
                let failure = Failure::usage(format!("{place}: `{}` is no flag of `mend {name}`", key.as_ref()));
                let known = subcommand.get_arguments().filter_map(clap::Arg::get_long);
                return Err(failure.meant(key.as_ref(), known, format!("`mend {name} --help` lists the flags")));
            };
            let id = flag.get_id().clone();
            let values = values(value).ok_or_else(|| {
                Failure::usage(format!("{place}: `{}` must be a plain value or a list", key.as_ref()))
            })?;
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

fn values(value: &Value) -> Option<Vec<String>> {
    let plain = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(flag) => Some(flag.to_string()),
        Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    };
    match value {
        Value::Array(items) => items.iter().map(plain).collect(),
        single => Some(vec![plain(single)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "error: mend.toml:3: `sede` is no flag of `mend run`\nhint: did you mean `seed`? `mend run --help` lists the flags",
        );
        check_refused(
            "[elsewhere]\nseed = 1\n",
            "error: mend.toml:1: `[elsewhere]` is no command\nhint: sections are named after commands: run, plan, score, resume, rejudge, report, compare, gate, runs, watch, view, show, export, import, datasets, strategies, models, cache, feedback, sim-server, doctor",
        );
        check_refused(
            "[run]\nseed = \"x\"\n",
            "error: mend.toml:2: invalid value 'x' for '--seed <SEED>': invalid digit found in string",
        );
        check_refused("[run]\nallow-unsafe = 1\n", "error: mend.toml:2: `allow-unsafe` must be true or false");
        check_refused("[run]\nseed = { a = 1 }\n", "error: mend.toml:2: `seed` must be a plain value or a list");
    }
}

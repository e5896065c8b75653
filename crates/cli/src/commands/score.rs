//! `mend score`.

use super::going::{begin, check_k, data, list, scarcest};
use crate::args::ScoreArgs;
use crate::asked::{commit, limits, machine, on_invalid, sandbox, select};
use crate::exit::{Exit, Failure};
use crate::heard::Stderr;
use mend_core::{Budget, Form, Sampling, Seat, Tokens, TrafficFiles};
use mend_lab::{Asked, Choices, Experiment, Seated, samples_strategy};
use mend_model::{Prices, Samples, SamplesFormat};
use std::num::NonZeroUsize;

/// `mend score`
pub fn run(args: &ScoreArgs) -> Result<Exit, Failure> {
    let mut stderr = Stderr::default();
    let mut found = data(&args.data)?;
    select(&args.select, args.seed).keep(&mut found.dataset)?;
    found.make_public(args.data.public_tests.as_ref(), None, &mut stderr)?;
    let form = args.form.map(Into::into);
    let asked = (form, args.samples_format.map(Into::into));
    let on_invalid = on_invalid(args.data.skip_invalid);
    let model = Seated::samples(&args.samples, &found.dataset, on_invalid, asked, &mut stderr)?;
    if let Some(samples) = model.as_samples() {
        tell_format(samples, args);
    }
    if let Some(samples) = model.as_samples().filter(|_| form.is_none()) {
        for (field, form) in samples.forms() {
            crate::tell(&format!("`{field}` of `{}` is taken as {}", args.samples.display(), taken_as(form)));
        }
    }
    let samples = model.as_samples().map(|samples| (samples.missing(1), samples.per_problem(0)));
    let (missing, mut counts) = samples.unwrap_or_default();
    if !missing.is_empty() {
        if !args.allow_missing {
            let error = format!("`{}` has no sample for {}", args.samples.display(), list(&missing, 1));
            return Err(Failure::usage(error).hint("`--allow-missing` scores only the problems that have samples"));
        }
        found.dataset.problems.retain(|problem| !missing.contains(&problem.id));
        counts.retain(|(id, _)| !missing.contains(id));
        if counts.is_empty() {
            let error = format!("`{}` has no sample for any chosen problem", args.samples.display());
            return Err(Failure::usage(error).hint("choose other problems, or another file"));
        }
        crate::tell(&format!("no sample for {}: left out", list(&missing, 1)));
    }
    let scarce = scarcest(&counts);
    let available = scarce.as_ref().map_or(0, |(_, n)| *n);
    check_k(&args.output.show, available, scarce.map(|(id, _)| id).as_ref())?;
    let most = counts.iter().map(|(_, n)| *n).max().unwrap_or(1);
    let choices = Choices {
        asked: Asked {
            limits: limits(&args.judge),
            tests: args.judge.tests.into(),
            require: args.judge.require.into(),
            seed: args.seed,
            extraction: Some(args.extraction.extraction.into()),
            ..Asked::default()
        },
        data: found,
        strategy: samples_strategy(most)?,
        models: [(Seat::CODER, model)].into(),
        sampling: [(Seat::CODER, Sampling::new(0.0, Tokens(0)))].into(),
        sandbox: sandbox(&args.judge.machine),
        budget: Budget::default(),
        prices: Prices::shipped(),
        traffic: TrafficFiles::default(),
        batches: None,
        commit: commit(),
    };
    let machine = machine(&args.judge.machine);
    let experiment = Experiment::new(choices, &machine, NonZeroUsize::MIN, &mut stderr)?;
    begin(experiment, &args.output, &args.status, stderr)
}

/// Says which tool's format was read, where that is not plain rows, and what it records of its programs.
fn tell_format(samples: &Samples, args: &ScoreArgs) {
    let is_plain = |format: &SamplesFormat| matches!(format, SamplesFormat::HumanEval | SamplesFormat::EvalPlus);
    let formats: Vec<&str> = samples.formats().iter().map(|format| format.as_str()).collect();
    if !samples.formats().iter().all(is_plain) || args.samples_format.is_some() || args.samples.is_dir() {
        let told = if args.samples_format.is_some() { "" } else { " (else: `--samples-format`)" };
        crate::tell(&format!("`{}` is read as {}{told}", args.samples.display(), formats.join(" and ")));
    }
    if !samples.claims().is_empty() {
        let count = samples.claims().len();
        crate::tell(&format!("it records {count} verdicts or scores: they are laid beside ours in `recorded.csv`"));
    }
}

/// What texts of a form are, in words, and how to take them as something else.
fn taken_as(form: Form) -> &'static str {
    match form {
        Form::Chat => "answers of a chat model (else: `--form continuation` or `--form whole`)",
        Form::Continuation => "the rest of the statement, verbatim (else: `--form chat` or `--form whole`)",
        Form::Whole | Form::Made | Form::Given => {
            "whole programs, verbatim (else: `--form chat` or `--form continuation`)"
        }
    }
}

//! What is not the same in two sessions of a run. Every field is named, so that a new one that nobody compares does not
//! compile.

use mend_core::{EffortLimits, Engines, Environment, Identity, Price};

/// The parts of two identities that are not equal, in words.
pub fn differences(then: &Identity, now: &Identity) -> Vec<String> {
    let Identity {
        dataset,
        selection,
        strategy,
        models,
        tokenizer,
        limits,
        grader,
        tests,
        require,
        engine,
        fallback,
        replicates,
        seed,
        imported,
        rejudged,
        problem_budget,
        shares_completions,
        extraction,
        forms,
    } = then;
    let engines = Engines { first: engine, fallback: fallback.as_ref() };
    let parts = [
        ("the data", *dataset != now.dataset || *selection != now.selection),
        ("the strategy or its prompts", *strategy != now.strategy),
        ("the models", *models != now.models),
        ("the rules that find programs in answers", *extraction != now.extraction),
        ("what saved texts are taken for", *forms != now.forms),
        ("the tokenizer", *tokenizer != now.tokenizer),
        ("the limits", *limits != now.limits || *tests != now.tests || *problem_budget != now.problem_budget),
        ("the rules of judging", *grader != now.grader || *require != now.require),
        (&other_engines(engines, now.engines()), engines != now.engines()),
        ("the seeds", *seed != now.seed || *replicates != now.replicates),
        ("the use of other runs' completions", *shares_completions != now.shares_completions),
        ("the file that it was made from", *imported != now.imported),
        ("the run whose programs are judged anew", *rejudged != now.rejudged),
    ];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part.to_owned()).collect()
}

/// What differs in engines that are not the same.
fn other_engines(then: Engines<'_>, now: Engines<'_>) -> String {
    if then.to_string() == now.to_string() {
        "the recipe of the sandbox engine".to_owned()
    } else {
        format!("the sandbox engine or its interpreter ({then} -> {now})")
    }
}

/// What differs in two environments, one line each.
pub fn changes(then: &Environment, now: &Environment) -> Vec<String> {
    let fields = told(then).into_iter().zip(told(now));
    let differ = fields.filter(|((_, then), (_, now))| then != now);
    let arrows = differ.map(|((name, then), (_, now))| format!("{name}: {then} -> {now}"));
    // What a run may spend from here on says all; what it might have spent does not matter any more.
    let tokens = (then.budget_tokens != now.budget_tokens).then(|| ("budget_tokens", shown(now.budget_tokens)));
    let usd = (then.budget_usd != now.budget_usd).then(|| ("budget_usd", shown(now.budget_usd)));
    let effort = efforts(&then.budget_effort).into_iter().zip(efforts(&now.budget_effort));
    let effort = effort.filter(|(then, now)| then != now).map(|(_, now)| Some(now));
    let budgets = [tokens, usd].into_iter().chain(effort).flatten().map(|(name, budget)| format!("{name}: {budget}"));
    arrows.chain(budgets).collect()
}

/// Caps beside those on tokens and money, by the names of their flags.
fn efforts(limits: &EffortLimits) -> [(&'static str, String); 5] {
    let EffortLimits { calls, executions, questions, minutes, observations } = limits;
    [
        ("budget_calls", shown(*calls)),
        ("budget_executions", shown(*executions)),
        ("budget_questions", shown(*questions)),
        ("budget_minutes", shown(*minutes)),
        ("budget_observations", shown(*observations)),
    ]
}

/// The fields of an environment that are told when they change.
fn told(environment: &Environment) -> [(&'static str, String); 5] {
    let Environment {
        mend_version,
        commit,
        host,
        prices,
        guest,
        // Told as they are from now on.
        budget_tokens: _,
        budget_usd: _,
        budget_effort: _,
        // A resumption reads and writes the files that the manifest names.
        dataset_source: _,
        dataset_format: _,
        examples_source: _,
        programs_source: _,
        run_source: _,
        // Told by its prices.
        batch: _,
        traffic: _,
        // Follows from the prices.
        prices_date: _,
        // Follows from the isolation level, which is part of the identity.
        isolation_missing: _,
    } = environment;
    let price = |(name, price): (&String, &Price)| {
        let cached = price.cached.map_or(String::new(), |cached| format!(", cached {cached}"));
        format!("{name} at prompt {}{cached}, completion {}", price.prompt, price.completion)
    };
    let prices: Vec<String> = prices.iter().map(price).collect();
    [
        ("mend_version", mend_version.clone()),
        ("commit", shown(commit.as_ref())),
        ("host", host.clone()),
        ("guest", shown(guest.as_ref().map(|guest| format!("{} at {}", guest.digest.short(), guest.path)))),
        ("prices", shown((!prices.is_empty()).then(|| prices.join("; ")))),
    ]
}

/// A value, or that there is none.
fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mend_core::{
        Budget, Digest, Extraction, Form, Guest, Imported, Integrity, Rejudged, RunManifest, Seat, TestsMode, Tokens,
        Usd,
    };
    use mend_testkit::{engine, entry, manifest};

    fn began() -> RunManifest {
        manifest(vec![entry("p/0"), entry("p/1")])
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Identity), part: &str) {
        let mut now = began().identity;
        change(&mut now);
        assert_eq!(differences(&began().identity, &now), [part]);
    }

    #[test]
    fn every_part_of_an_identity_is_compared_and_named() {
        assert!(differences(&began().identity, &began().identity).is_empty());
        check(|now| now.dataset.name = "other".to_owned(), "the data");
        check(|now| now.selection = Digest::of(b"other"), "the data");
        check(|now| now.strategy.definition = "pass".to_owned(), "the strategy or its prompts");
        check(|now| now.models.get_mut(&Seat::CODER).unwrap().name = "sim/expert".to_owned(), "the models");
        check(|now| now.extraction = Some(Extraction::Olausson), "the rules that find programs in answers");
        check(|now| now.forms.extend([("solution".to_owned(), Form::Whole)]), "what saved texts are taken for");
        check(|now| now.tokenizer = "words".to_owned(), "the tokenizer");
        check(|now| now.limits.cpu_ms += 1, "the limits");
        check(|now| now.tests = TestsMode::FirstFailure, "the limits");
        check(|now| now.problem_budget = Some(Budget::of_tokens(Some(Tokens(1)))), "the limits");
        check(|now| now.grader = "lenient".to_owned(), "the rules of judging");
        check(|now| now.require = Integrity::Isolated, "the rules of judging");
        check(|now| now.engine.recipe = Digest::of(b"other"), "the recipe of the sandbox engine");
        let fallback = "the sandbox engine or its interpreter (process L3, CPython 3.11.7 -> process L3, CPython 3.11.7; \
                        for what that cannot run, wasm L3, CPython 3.11.7)";
        check(|now| now.fallback = Some(engine("wasm")), fallback);
        check(|now| now.replicates = 2, "the seeds");
        check(|now| now.seed += 1, "the seeds");
        check(|now| now.shares_completions = true, "the use of other runs' completions");
        let imported = Imported {
            format: "f".to_owned(),
            file: "x".to_owned(),
            digest: Digest::of(b"x"),
            choices: std::collections::BTreeMap::new(),
        };
        check(|now| now.imported = Some(imported), "the file that it was made from");
        let digest = Digest::of(b"x");
        let source = Rejudged { run: "before".to_owned(), identity: digest, answers: digest };
        check(|now| now.rejudged = Some(source), "the run whose programs are judged anew");
    }

    #[test]
    fn a_changed_environment_is_told_in_a_line_for_each_field() {
        let then = began().environment;
        assert!(changes(&then, &then).is_empty());
        let now = Environment {
            commit: Some("abc".to_owned()),
            guest: Some(Guest { digest: Digest::of(b"g"), path: "guest.wasm".to_owned() }),
            budget_tokens: Some(Tokens(500)),
            budget_usd: Some(Usd::from_pico(2_500_000_000_000)),
            budget_effort: EffortLimits { minutes: "30".parse().ok(), ..EffortLimits::default() },
            // No news: a resumption reads what the manifest names.
            dataset_source: "elsewhere".to_owned(),
            ..then.clone()
        };
        let guest = format!("guest: none -> {} at guest.wasm", Digest::of(b"g").short());
        assert_eq!(
            changes(&then, &now),
            ["commit: none -> abc", &guest, "budget_tokens: 500", "budget_usd: 2.5", "budget_minutes: 30"]
        );
        assert_eq!(changes(&now, &then).last().map(String::as_str), Some("budget_minutes: none"));
    }
}

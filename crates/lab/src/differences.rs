//! What is not the same in two sessions of a run. Every field is named, so that a new one that nobody compares does not
//! compile.

use mend_core::{Engines, Environment, Identity, Price};

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
    let budgets = [tokens, usd].into_iter().flatten().map(|(name, budget)| format!("{name}: {budget}"));
    arrows.chain(budgets).collect()
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
        // A resumption reads and writes the files that the manifest names.
        dataset_source: _,
        examples_source: _,
        programs_source: _,
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

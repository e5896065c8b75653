//! Critics, saved first programs and replicates, as a user runs them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "only a part is of use here")]
mod common;

use common::{Lab, starter_functions};
use insta::assert_snapshot;
use std::collections::BTreeMap;

/// A lab with some starter problems and a run of first programs, `base`.
fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(4));
    lab.ended(0, "run --dataset some.jsonl --model sim/journeyman --strategy iid --n-p 4 --seed 5 --out base");
    lab
}

/// The columns of a table by name, one map a row.
fn rows(table: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = table.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    lines.map(|line| header.iter().cloned().zip(line).collect()).collect()
}

const CRITIC: &str = "run --dataset some.jsonl --model sim/novice --critic sim/expert --programs base --n-p 4 \
                      --n-f 2 --n-r 2 --critique all --seed 5 --out critic";

#[test]
fn a_critic_works_on_the_programs_of_an_earlier_run() {
    let lab = lab();
    let shown = lab.ended(0, CRITIC).stdout;
    assert!(shown.contains("critic: accuracy "), "{shown}");
    let digests = |table: &str| {
        let first = rows(table).into_iter().filter(|row| row["depth"] == "0");
        first.map(|row| (row["slot"].clone(), row["program_digest"].clone())).collect::<Vec<_>>()
    };
    let [base, ..] = lab.tables("base");
    let [samples, ..] = lab.tables("critic");
    assert_eq!(digests(&samples), digests(&base), "the first programs are those of the earlier run");
    let critiques = rows(&lab.read("critic/critiques.csv"));
    assert_eq!(critiques.len(), 4 * 4 * 2, "every program gets its critiques");
    for row in &critiques {
        assert_eq!((row["repairs"].as_str(), row["served_model"].as_str()), ("2", "expert"));
        assert!(["correct", "incorrect"].contains(&row["opinion"].as_str()));
        assert!(row["model"].starts_with("run:some-iid-") && row["model"].ends_with("+sim/expert+sim/novice"));
    }
    let seats: Vec<_> = rows(&samples).iter().map(|row| (row["depth"].clone(), row["role"].clone())).collect();
    assert_eq!(seats.iter().filter(|(depth, seat)| depth == "2" && seat == "repairer").count(), 4 * 4 * 4);

    // Going on with a run that is complete, and another run with other connections, change no byte.
    let before = lab.tables("critic");
    lab.ended(0, "resume critic");
    assert_eq!(lab.tables("critic"), before);
    lab.ended(0, &CRITIC.replace("--out critic", "--out again --concurrency 1"));
    assert_eq!(lab.tables("again"), before);
    assert_eq!(lab.read("again/critiques.csv"), lab.read("critic/critiques.csv"));
}

#[test]
fn first_programs_that_changed_are_seen_on_resume() {
    let lab = lab();
    lab.ended(5, &format!("{CRITIC} --budget-tokens 1"));
    std::fs::remove_dir_all(lab.path("base")).unwrap();
    lab.ended(0, "run --dataset some.jsonl --model sim/journeyman --strategy iid --n-p 4 --seed 6 --out base");
    let stderr = lab.ended(3, "resume critic").stderr;
    assert!(stderr.contains("is not the one that the run began with"), "{stderr}");
    assert!(stderr.contains("base`: bring them back as they were"), "{stderr}");
}

#[test]
fn replicates_are_independent_trees_of_each_problem() {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(2));
    let run = "run --dataset some.jsonl --model sim/journeyman --n-p 2 --n-f 1 --replicates 3";
    lab.ended(0, &format!("{run} --out three --k 6"));
    let [samples, problems, pass_at_k, _] = lab.tables("three");
    assert_eq!(rows(&problems).len(), 2 * 3);
    let first: Vec<_> = rows(&samples).into_iter().filter(|row| row["depth"] == "0").collect();
    assert_eq!(first.len(), 2 * 3 * 2);
    let of_first_problem = first.iter().filter(|row| row["problem"] == first[0]["problem"] && row["slot"] == "p0");
    let replicates: Vec<_> = of_first_problem.map(|row| row["replicate"].as_str()).collect();
    assert_eq!(replicates, ["0", "1", "2"]);
    assert_eq!(rows(&pass_at_k)[0]["n_min"], "6", "pass@k pools the replicates");
    // The first replicate is the run without further ones.
    lab.ended(0, &format!("{} --out one", run.replace("--replicates 3", "--replicates 1")));
    let [one, ..] = lab.tables("one");
    let digests = |table: &str, replicate: &str| -> Vec<String> {
        let rows = rows(table).into_iter().filter(|row| row["replicate"] == replicate);
        rows.map(|row| row["slot"].clone() + &row["program_digest"]).collect()
    };
    assert_eq!(digests(&samples, "0"), digests(&one, "0"));
}

const BENCH: &str = "run --dataset some.jsonl --model sim/journeyman --strategy critic --n-f 3";

#[test]
fn mutants_are_a_bench_for_critics() {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(3));
    let ran = lab.ended(0, &format!("{BENCH} --programs mutants --json --out bench"));
    assert!(ran.stderr.contains("`--programs mutants` sets critique=all and n_p="), "{}", ran.stderr);
    let summary: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let bugs = &summary["bugs"];
    let count = |name: &str| bugs[name].as_u64().unwrap();
    let text = starter_functions(3);
    let mutants: u64 = text
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["mutants"].as_array().unwrap().len() as u64
        })
        .sum();
    assert_eq!(
        (count("mutants"), count("of_damaged"), count("of_untouched")),
        (mutants, 3 * mutants, 3 * mutants),
        "{bugs}"
    );
    for figure in ["caught", "hallucinated", "false_alarm"] {
        assert!(
            bugs[figure]["value"]["value"].as_f64().is_some_and(|share| (0.0..=1.0).contains(&share)),
            "{figure}: {bugs}"
        );
    }
    let known = rows(&lab.read("bench/mutants.csv"));
    let damaged: Vec<_> = known.iter().filter(|row| !row["damage"].is_empty()).collect();
    assert_eq!(
        (damaged.len() as u64, known.len() as u64),
        (mutants, mutants + 3),
        "the untouched program of each problem is one"
    );
    assert!(damaged.iter().all(|row| row["critiques"] == "3" && !row["lines"].is_empty()));
    let sum = |column: &str| damaged.iter().map(|row| row[column].parse::<u64>().unwrap()).sum::<u64>();
    assert!(
        (sum("caught") as f64 / (3 * mutants) as f64 - bugs["caught"]["value"]["value"].as_f64().unwrap()).abs() < 1e-9
    );
    let adversarial = damaged.iter().filter(|row| row["adversarial"] == "true").count() as u64;
    assert_eq!(count("adversarial"), adversarial);
    assert!(lab.read("bench/critic_lengths.csv").lines().count() > 2);
    let shown = lab.ended(0, "report bench").stdout;
    for words in ["critic: a damaged line named in ", "mutants (mutants.csv): ", "(critic_lengths.csv)"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }

    // What it says is a sample where it names the damage and nothing else, and the changes are a set to review.
    lab.ended(0, "export synthetic-critiques bench --out critiques.jsonl");
    let critiques: Vec<serde_json::Value> =
        lab.read("critiques.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let is_whole = |row: &serde_json::Value| {
        row["statement"].as_str().is_some_and(|statement| statement.contains("def "))
            && !row["hits"].as_array().unwrap().is_empty()
            && row["known_mistakes"][0]["lines"].as_array().unwrap().contains(&row["hits"][0])
    };
    assert!(!critiques.is_empty() && critiques.iter().all(is_whole), "{critiques:?}");
    assert!(critiques.len() as u64 <= sum("caught"));
    lab.ended(0, "export review-set bench --out review.jsonl");
    let review: Vec<serde_json::Value> =
        lab.read("review.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let needing = review.iter().filter(|row| row["needs_review"] == true).count() as u64;
    assert_eq!(needing, mutants);
    assert!(review.len() as u64 > mutants, "some change needs no review");
    assert!(review.iter().all(|row| (row["needs_review"] == true) == row["comment"].is_string()));

    // The filter keeps what that critic missed, and a stopped run goes on with it.
    assert!(adversarial > 0 && adversarial < mutants, "{adversarial} of {mutants}");
    let hard = format!("{BENCH} --programs mutants-alone:bench --seed 2");
    let summary: serde_json::Value =
        serde_json::from_str(&lab.ended(0, &format!("{hard} --json --out hard")).stdout).unwrap();
    assert_eq!((&summary["bugs"]["mutants"], &summary["bugs"]["of_untouched"]), (&adversarial.into(), &0.into()));
    lab.ended(5, &format!("{hard} --budget-tokens 20000 --out stopped"));
    lab.ended(0, "resume stopped --budget-tokens 100000000");
    assert_eq!(lab.tables("stopped"), lab.tables("hard"));
    assert_eq!(lab.read("stopped/mutants.csv"), lab.read("hard/mutants.csv"));
    assert!(lab.ended(2, &format!("{BENCH} --programs mutants:hard/none --out x")).stderr.contains("hard/none"));
}

#[test]
fn a_strategy_that_starts_from_one_program_meets_another_mutant_in_each_replicate() {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(1));
    lab.ended(0, "run --dataset some.jsonl --model sim/novice --strategy conversational-apr --programs mutants --replicates 3 --out run");
    let [samples, ..] = lab.tables("run");
    let first = rows(&samples).into_iter().filter(|row| row["depth"] == "0");
    let digests: std::collections::BTreeSet<String> = first.map(|row| row["program_digest"].clone()).collect();
    assert_eq!(digests.len(), 3);
    let plain = lab.ended(2, "run --dataset plain.jsonl --model sim/novice --programs mutants");
    assert!(plain.stderr.contains("plain.jsonl"), "{}", plain.stderr);
}

#[test]
fn what_does_not_go_together_is_refused_with_a_way_out() {
    let lab = lab();
    let run = "run --dataset some.jsonl --model sim/journeyman --out run";
    let refused = |flags: &str| lab.ended(2, &format!("{run} {flags}")).stderr;
    assert_snapshot!(refused("--critic sim/expert --strategy iid"), @"
    error: the strategy `iid` asks no critic
    hint: leave out `--critic`, or use `--strategy critic`
    ");
    assert_snapshot!(refused("--n-r 2"), @"
    error: `--n-r`: the strategy `self-repair` has no parameter `n_r`
    hint: only a critic's critiques have repairs of their own: add `--critic <model>`, or use `--strategy critic`
    ");
    assert_snapshot!(refused("--critic sim/master"), @"
    error: unknown model `sim/master`
    hint: known models: sim/novice, sim/journeyman, sim/expert, samples:<file>, replay:<file>, human:<file>, simulated:<file>, openai/<model>, anthropic/<model>, mistral/<model>, deepseek/<model>, groq/<model>, together/<model>, openrouter/<model>, vllm/<model>, ollama/<model>, llama.cpp/<model>, openai-api/<name>/<model>, anthropic-api/<name>/<model>
    ");
    assert_snapshot!(refused("--programs absent"), @"
    error: `--programs absent` is neither a run nor a file
    hint: `dataset` takes those that a data set of bugs starts from, `mutants` known damages of right programs
    ");
    assert_snapshot!(refused("--programs dataset"), @"
    error: the data set `some` has no programs to start from
    hint: only sets of bugs have: name a run or a file of samples instead
    ");
    assert_snapshot!(refused("--programs base --replicates 2"), @"
    error: `base` has no sample for 4 problems in each of 2 replicates: starter/f01, starter/f02, starter/f03, starter/f04
    hint: only a run with as many replicates has programs for each of them
    ");
    lab.write("few.jsonl", starter_functions(5));
    let more = run.replace("some.jsonl", "few.jsonl");
    assert_snapshot!(lab.ended(2, &format!("{more} --programs base")).stderr, @"
    error: `base` has no sample for problem starter/f05
    hint: choose the problems that have one, with `--problems` or `--where`
    ");
}

#[test]
fn the_chances_of_simulated_programmers_are_shown() {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(2));
    assert_snapshot!(lab.ended(0, "models list").stdout, @"
    sim/novice
    sim/journeyman
    sim/expert
    samples:<file>
    replay:<file>
    human:<file>
    simulated:<file>
    openai/<model>
    anthropic/<model>
    mistral/<model>
    deepseek/<model>
    groq/<model>
    together/<model>
    openrouter/<model>
    vllm/<model>
    ollama/<model>
    llama.cpp/<model>
    openai-api/<name>/<model>
    anthropic-api/<name>/<model>
    ");
    assert_snapshot!(lab.ended(0, "models sim --profile expert").stdout, @"
    constant                                  expert
    ------------------------------------------------
    skill, theta                                1.30
    insight, iota                               1.60
    spread, tau                                 0.80
    vague among critiques that are not right    0.70
    bonus of a right critique, beta             1.90
    bonus of a vague one                        0.50
    bonus of none                              -0.30
    bonus of a wrong one                       -0.80
    crowding, gamma                             0.40
    slip, epsilon                               0.03
    share of one damage                         0.75
    share of two damages                        0.20
    share of three damages                      0.05
    illustration                                0.10
    Skills are on the logit scale. `--table <dataset>` shows what they come to at each problem.
    ");
    assert_snapshot!(lab.ended(0, "models sim --table some.jsonl --profile sim/novice").stdout, @"
    sim/novice on some, chances in %

    problem      right first  critique right  vague  wrong  repaired  blind  by a right one
    ---------------------------------------------------------------------------------------
    starter/f01         44.8            40.1   29.9   29.9      19.9   12.2            28.3
    starter/f02         68.6            40.1   29.9   29.9      28.4   22.1            35.8

    problem      valid test  good plan  right by a good plan  by a bad one  sound judgement  true answer
    ----------------------------------------------------------------------------------------------------
    starter/f01        64.6       50.0                  68.8          23.0             23.1         95.0
    starter/f02        64.6       50.0                  85.6          44.6             23.1         95.0

    repaired: one repair of a failing first program passes, by the repairer's own critique.
    blind: the same without facts of the failure. by a right one: by a critic who names the damage.
    valid test: a test that it writes is right. right by a good plan: right first, shown a good plan.
    sound judgement: a score is the true one. true answer: so is an answer to a question, or a hint.
    -: no program can fail. A simulated programmer is evidence of wiring, never of models.
    ");
    let json: serde_json::Value =
        serde_json::from_str(&lab.ended(0, "models sim --table some.jsonl --json").stdout).unwrap();
    let first = &json["sim/journeyman"][0];
    let chances = ["p_right_first", "p_repaired"].map(|key| first[key].as_f64().unwrap());
    assert!(chances.iter().all(|p| (0.0..=1.0).contains(p)), "{chances:?}");
    assert_snapshot!(lab.ended(2, "models sim --profile master").stderr, @"
    error: no simulated programmer is called `master`
    hint: known: novice, journeyman, expert
    ");
}

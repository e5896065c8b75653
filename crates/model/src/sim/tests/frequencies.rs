//! Simulated frequencies against the closed form, within four standard errors.

use super::*;

const SAMPLES: usize = 4000;

#[track_caller]
pub(super) fn check_share(what: &str, hits: usize, n: usize, p: f64) {
    let error = (p * (1.0 - p) / n as f64).sqrt();
    let share = hits as f64 / n as f64;
    assert!((share - p).abs() <= 4.0 * error + 1e-12, "{what}: {share} of {n}, expected {p}");
}

#[track_caller]
fn check_first_programs(problem: &Problem) {
    let table = programmer().probabilities(problem);
    let drawn = sample(problem, 7, SAMPLES, first_prompt(problem));
    let failing: Vec<_> = drawn.iter().filter(|(set, _)| !set.is_empty()).collect();
    check_share("right", SAMPLES - failing.len(), SAMPLES, table.p_right_first);
    for row in &table.failing {
        let share: f64 = table.failing.iter().filter(|other| other.damages == row.damages).map(|row| row.share).sum();
        let hits = failing.iter().filter(|(set, _)| set.len() == row.damages as usize).count();
        check_share(&format!("{} damages", row.damages), hits, failing.len(), share);
    }
    let total: f64 = table.failing.iter().map(|row| row.share).sum();
    assert!(table.failing.is_empty() || (total - 1.0).abs() < 1e-12, "{total}");
}

#[test]
fn first_programs_fail_as_often_as_the_table_says() {
    check_first_programs(&clamp());
    check_first_programs(&only_one_damage());
    check_first_programs(&completion());
    check_first_programs(&flawless());
}

#[track_caller]
fn check_repairs(problem: &Problem) {
    let programmer = programmer();
    let table = programmer.probabilities(problem);
    let damages = Damages::of(problem).unwrap();
    let combinations = Combinations::of(&damages, programmer.profile.damage_shares);
    for row in &table.failing {
        let set = combinations.wrong().map(|(set, _)| set).find(|set| set.len() == row.damages as usize).unwrap();
        let wrong = damages.program(set);
        for (feedback, p_removed, p_repaired) in
            [(FACTS, row.p_removed, row.p_repaired), (NO_FACTS, row.p_removed_blind, row.p_repaired_blind)]
        {
            let drawn = sample(problem, 3, SAMPLES, repair_prompt(problem, &wrong, feedback));
            let removed = drawn.iter().filter(|(after, _)| set.iter().any(|index| !after.contains(index))).count();
            let repaired = drawn.iter().filter(|(after, _)| after.is_empty()).count();
            check_share("removed", removed, SAMPLES, p_removed);
            check_share("repaired", repaired, SAMPLES, p_repaired);
        }
    }
}

#[test]
fn repairs_succeed_as_often_as_the_table_says() {
    check_repairs(&clamp());
    check_repairs(&only_one_damage());
    check_repairs(&completion());
}

#[test]
fn trees_succeed_as_often_as_the_table_says() {
    let problem = clamp();
    let table = programmer().probabilities(&problem);
    let drawn = sample(&problem, 11, 600, first_prompt(&problem));
    let failing: Vec<_> = drawn.into_iter().filter(|(set, _)| !set.is_empty()).collect();
    let repaired = failing.iter().enumerate().filter(|(index, (_, text))| {
        let prompt = repair_prompt(&problem, program(text), FACTS);
        sample(&problem, 1000 + *index as u64, 1, prompt)[0].0.is_empty()
    });
    check_share("repaired", repaired.count(), failing.len(), table.p_repaired().unwrap());
}

#[test]
fn few_wrong_programs_loop() {
    let drawn = sample(&clamp(), 5, SAMPLES, first_prompt(&clamp()));
    let failing = drawn.iter().filter(|(set, _)| !set.is_empty()).count();
    let looping = drawn.iter().filter(|(_, text)| text.contains("while True")).count();
    assert!(looping > 0);
    check_share("looping", looping, failing, profile::LOOP_SHARE);
}

//! Who is asked and how: models, sampling and parameters of single seats, in the manifest and after a resume.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "shared with other tests")]
mod common;

use common::{Lab, starter_functions};
use serde_json::Value;

const RUN: &str = "run --dataset some.jsonl --model sim/journeyman --strategy critic --n-p 2 --n-f 1 --allow-unsafe";

fn lab() -> Lab {
    let lab = Lab::new();
    lab.write("some.jsonl", starter_functions(2));
    lab
}

fn identity(lab: &Lab, run: &str) -> Value {
    let manifest: Value = serde_json::from_str(&lab.read(&format!("{run}/manifest.json"))).unwrap();
    manifest["identity"].clone()
}

#[test]
fn each_seat_has_a_model_and_sampling_of_its_own() {
    let lab = lab();
    let choices = "--seat critic=sim/expert --sampling critic.temperature=0 --sampling repairer.max_tokens=512";
    lab.ended(0, &format!("{RUN} {choices} --out run"));
    let models = identity(&lab, "run")["models"].clone();
    let of = |seat: &str| {
        let model = &models[seat];
        let number = |name: &str| model["sampling"][name].as_f64().unwrap();
        (model["name"].as_str().unwrap().to_owned(), number("temperature"), number("max_tokens"))
    };
    assert_eq!(of("coder"), ("sim/journeyman".to_owned(), 0.8, 2048.0));
    assert_eq!(of("critic"), ("sim/expert".to_owned(), 0.0, 2048.0));
    assert_eq!(of("repairer"), ("sim/journeyman".to_owned(), 0.8, 512.0));
    // A resumed run finds the same choices in its manifest: there is nothing left to do.
    lab.ended(0, "resume run --allow-unsafe");
}

#[test]
fn parameters_are_part_of_the_identity_and_of_the_name_in_tables() {
    let lab = lab();
    lab.ended(0, &format!("{RUN} --set critique=all --set n_r=2 --out run"));
    let strategy = identity(&lab, "run")["strategy"].clone();
    assert_eq!(strategy["label"], "critic critique=all");
    let parameters =
        ["n_p", "n_f", "n_r", "critique"].map(|name| strategy["parameters"][name].as_str().unwrap().to_owned());
    assert_eq!(parameters, ["2", "1", "2", "all"]);
    let samples = lab.read("run/samples.csv");
    let column = samples.lines().next().unwrap().split(',').position(|name| name == "strategy").unwrap();
    assert!(samples.lines().skip(1).all(|row| row.split(',').nth(column) == Some("critic critique=all")), "{samples}");
}

#[test]
fn choices_that_the_strategy_does_not_have_are_named_with_those_that_it_has() {
    let lab = lab();
    for (choice, said) in [
        ("--seat tester=sim/expert", "`--seat tester=sim/expert`: the strategy asks no `tester`"),
        ("--seat critic", "`--seat critic`: expected a seat and its model"),
        ("--set turns=3", "`--set turns=3`: the strategy `critic` has no parameter `turns`"),
        ("--set n_p=many", "parameter `n_p`: found `many`, expected a whole number"),
        ("--set see=all", "expected none, public or hidden"),
        ("--sampling critic.heat=1", "`--sampling critic.heat=1`: no parameter `heat`"),
        ("--sampling critic.temperature=hot", "`hot` is not a number from 0"),
        ("--sampling temperature=1", "expected a seat, a parameter and a value"),
    ] {
        let ran = lab.ended(2, &format!("{RUN} {choice} --out run"));
        assert!(ran.stderr.contains(said), "{choice}: {}", ran.stderr);
    }
}

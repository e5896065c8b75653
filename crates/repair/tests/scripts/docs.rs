//! The pages about strategies: the catalogue is what the scripts say, and the tutorial's scripts run.

use crate::play::{Play, by_luck};
use mend_repair::{Script, catalogue, check_script, shipped_scripts};
use std::collections::BTreeMap;
use std::path::PathBuf;

fn page(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

#[test]
fn the_catalogue_is_what_the_scripts_say() {
    let (path, wanted) = (page("strategies.md"), catalogue());
    if std::env::var_os("MEND_WRITE_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/strategies.md is not what the scripts say; write it anew: MEND_WRITE_DOCS=1 cargo test -p mend-repair --test scripts catalogue"
    );
}

#[test]
fn the_catalogue_names_every_strategy_and_what_scripts_know() {
    let page = catalogue();
    for (name, _) in shipped_scripts() {
        assert!(page.contains(&format!("\n## {name}\n")), "{name}");
    }
    for name in
        ["`ask(", "`judge(", "`each(", "`programs(", "`dice(", "`.first_failure(", "`.opinion`", "`first_passing("]
    {
        assert!(page.contains(name), "{name}");
    }
}

#[test]
fn every_shipped_script_passes_the_check_of_names() {
    for (name, text) in shipped_scripts() {
        assert_eq!(check_script(&format!("{name}.star"), text).unwrap(), Vec::<String>::new(), "{name}");
    }
}

/// The whole scripts of a page.
fn scripts_in(page: &str) -> Vec<&str> {
    let blocks = page.split("```python\n").skip(1).filter_map(|rest| rest.split_once("\n```").map(|(block, _)| block));
    blocks.filter(|block| block.contains("strategy(")).collect()
}

#[test]
fn every_script_of_the_tutorial_runs() {
    let page = std::fs::read_to_string(page("writing-a-strategy.md")).unwrap();
    let scripts = scripts_in(&page);
    assert!(scripts.len() >= 4, "{}", scripts.len());
    let mut repaired = 0;
    for (index, text) in scripts.into_iter().enumerate() {
        let name = format!("tutorial-{index}.star");
        assert_eq!(check_script(&name, text).unwrap(), Vec::<String>::new(), "{name}");
        let script = Script::load(&name, text, &BTreeMap::new()).unwrap_or_else(|error| panic!("{error}"));
        for luck in 0..10 {
            let mut play = Play::new(&script, by_luck, luck);
            play.finish(luck).unwrap_or_else(|error| panic!("{error}"));
            let asked = play.asked.iter().map(|ask| ask.slots.len() as u64).sum::<u64>();
            assert!((1..=script.header().bound).contains(&asked), "{name}: {asked}");
            repaired += play.asked.iter().filter(|ask| ask.about.is_some()).count();
        }
    }
    assert!(repaired > 0, "some script repairs something");
}

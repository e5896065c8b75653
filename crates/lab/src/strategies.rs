//! Strategies by name or file.

use crate::failure::Failure;
use mend_repair::{Chosen, Strategy, strategy_names};
use std::path::Path;

/// A strategy by the name or the file that somebody named.
pub fn strategy(name: &str) -> Result<Strategy, Failure> {
    if let Some(strategy) = Strategy::named(name) {
        return Ok(strategy);
    }
    let path = Path::new(name);
    if !path.is_file() {
        let failure = Failure::usage(format!("unknown strategy `{name}`"));
        let hint = "`mend strategies list` lists them; or name a script, such as mine.star";
        return Err(failure.meant(name, strategy_names(), hint));
    }
    let text =
        std::fs::read_to_string(path).map_err(|source| Failure::usage(format!("cannot read `{name}`: {source}")))?;
    if path.extension().is_some_and(|extension| extension == "toml") {
        return Strategy::from_toml(name, &text).map_err(Failure::usage);
    }
    Strategy::from_script(name, &text, &Chosen::new()).map_err(Failure::usage)
}

/// The strategy of saved samples: as many independent programs as there are.
pub fn samples_strategy(most: u32) -> Result<Strategy, Failure> {
    strategy("iid")?.with(&[("n_p".to_owned(), most.max(1).to_string())].into()).map_err(Failure::usage)
}

//! What several arguments take.

use std::str::FromStr;

/// A number of things of which there must be some.
pub fn some<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "expected a whole number from 1 on".to_owned())
}

//! Systems that choose: by tests of their own, by judges, by people; and the helpers that they choose with.

mod clean;
mod critiques;
mod judges;
mod selectors;
mod tests_first;

//! Systems that look across problems: how much help it takes, and what a wish changes beyond where it was meant.

mod help;

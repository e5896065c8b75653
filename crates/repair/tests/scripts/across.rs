//! Systems that look across problems: how much help it takes, what a wish changes beyond where it was meant, and what is learnt
//! on some problems for others.

mod help;
mod loops;
mod prompts;
mod route;
mod secrets;
mod stores;

//! The conversational systems: whom each asks for what, with which messages, and what it hands in.

mod choosing;
mod paper;
mod rounds;
mod turns;

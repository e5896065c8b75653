//! The judge behind HTTP: verdicts and rewards for trainers, and programs that run as they stand.
//!
//! Read [`Service`] first (what all requests share), then [`serve`] (connections, and the end of a service). A request goes
//! through `guard` (who may ask, and as which client), `body` (bounds of size and time), `request` (what it asks), and
//! `judging`, where it takes the steps that a saved sample takes in a run: the program is found in its text, and judged. On
//! the way it waits in `queue`, which is bounded and goes round between clients. `answer` says what a verdict is worth, and
//! as much of it as may be told. The paths are in `routes`.
//!
//! Whoever goes drops what waits, and ends what runs. What goes wrong on our side is never a candidate's failure: it is
//! null. What a candidate can cause is never worth more than a failure, unless somebody chose so.

mod answer;
mod body;
mod config;
mod counters;
mod fields;
mod given;
mod guard;
mod judging;
mod library;
mod listen;
mod openapi;
mod queue;
mod refusal;
mod request;
mod routes;
mod service;

pub use config::{Config, Token, Unsupported};
pub use listen::{Listener, serve};
pub use service::Service;

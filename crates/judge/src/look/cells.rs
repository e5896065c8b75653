//! Sessions: cells, run one after another in one interpreter.

use super::guest::{run, told};
use crate::bench::Bench;
use crate::facts::freed;
use crate::programs::{ending, ran_out_of_memory};
use crate::task::JudgeError;
use mend_sandbox::{How, Outcome, Worker};
use serde::Deserialize;
use serde_json::json;

const GUEST: &str = concat!(include_str!("../guest/look.py"), include_str!("../guest/cells.py"));

/// Most characters of what a cell prints. The guest cuts it before, and says where.
const TEXT: usize = 3_100;

/// What a cell printed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    cell: usize,
    text: String,
}

pub(super) fn cells(
    worker: &mut dyn Worker,
    bench: &mut Bench<'_>,
    texts: &[String],
) -> Result<Vec<String>, JudgeError> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let outcome = run(worker, bench, GUEST, &json!({ "cells": texts }), "")?;
    let mut printed = Vec::new();
    for Told { cell, text } in told::<Told>(&outcome) {
        if cell == printed.len() + 1 && cell <= texts.len() {
            printed.push(freed(&text, TEXT));
        }
    }
    if printed.len() < texts.len() {
        printed.push(format!("(the session ended in this cell: the interpreter {})", why(&outcome)?));
    }
    printed.resize(texts.len(), "(not run: the session had ended)".to_owned());
    Ok(printed)
}

/// How the interpreter ended, in words.
fn why(outcome: &Outcome) -> Result<String, JudgeError> {
    if ran_out_of_memory(outcome) {
        return Ok("reached the memory limit".to_owned());
    }
    match &outcome.how {
        How::Exit(0) => Ok("ended".to_owned()),
        how => Ok(ending(how)?.1),
    }
}

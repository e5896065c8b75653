//! Cards: what is known of a data set that people ask for by name.

use crate::{DatasetError, Pin};
use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Describes one data set: `datasets/<name>.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// The name on the command line.
    pub name: String,
    /// The name in prose.
    pub title: String,
    /// Licence of the data, as an SPDX expression.
    pub licence: String,
    /// Where to fetch it; `None` if it is embedded.
    pub url: Option<String>,
    /// What it holds, in a sentence or two.
    pub description: String,
    /// The files or folders that make it up, in the order in which they are read.
    pub files: Vec<CardFile>,
    /// What is known to be odd about single problems.
    #[serde(default)]
    pub pins: Vec<Pin>,
}

/// One file of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardFile {
    /// Path below the place where the data set lies.
    pub path: String,
    /// SHA-256 of the file as distributed, still compressed, in lowercase hex; `None` if it is not checked.
    #[serde(default, deserialize_with = "sha256_hex")]
    pub sha256: Option<String>,
}

impl Card {
    /// Reads a card. `path` only names the file in errors.
    pub fn from_toml(path: &str, text: &str) -> Result<Self, DatasetError> {
        toml::from_str(text).map_err(|source| {
            let start = source.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or_default();
            let line = before.matches('\n').count();
            DatasetError::Card {
                path: path.to_owned(),
                line: line + 1,
                key: key_at(text.lines().nth(line).unwrap_or_default()),
                why: source.message().trim_end().replace('\n', ", "),
            }
        })
    }
}

/// The key or table that a line of TOML sets; `card` if it sets none.
fn key_at(line: &str) -> String {
    let line = line.trim();
    let key = match line.strip_prefix('[') {
        Some(table) => table.trim_matches(['[', ']']),
        None => line.split_once('=').map_or("", |(key, _)| key.trim_end()),
    };
    if key.is_empty() { "card".to_owned() } else { key.to_owned() }
}

fn sha256_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        Ok(Some(text))
    } else {
        Err(serde::de::Error::custom("expected 64 lowercase hex digits"))
    }
}

/// The cards that the binary carries.
pub fn cards() -> Vec<Card> {
    EMBEDDED.iter().map(|(path, text)| Card::from_toml(path, text).expect("a test reads every embedded card")).collect()
}

/// The pins of all cards.
pub fn pins() -> Vec<Pin> {
    cards().into_iter().flat_map(|card| card.pins).collect()
}

const EMBEDDED: [(&str, &str); 6] = [
    ("datasets/starter.toml", include_str!("../../../datasets/starter.toml")),
    ("datasets/humaneval.toml", include_str!("../../../datasets/humaneval.toml")),
    ("datasets/humanevalfix.toml", include_str!("../../../datasets/humanevalfix.toml")),
    ("datasets/mbpp.toml", include_str!("../../../datasets/mbpp.toml")),
    ("datasets/mbpp-sanitized.toml", include_str!("../../../datasets/mbpp-sanitized.toml")),
    ("datasets/quixbugs.toml", include_str!("../../../datasets/quixbugs.toml")),
];

/// Whether a file is the one on its card. `raw` is the file as it was fetched, before decompression; a card without a
/// digest accepts anything.
pub fn check_sha256(file: &CardFile, raw: &[u8]) -> Result<(), DatasetError> {
    let Some(expected) = &file.sha256 else { return Ok(()) };
    let mut actual = String::new();
    for byte in Sha256::digest(raw) {
        write!(actual, "{byte:02x}").expect("a String takes any text");
    }
    if actual == *expected {
        Ok(())
    } else {
        Err(DatasetError::WrongDigest { file: file.path.clone(), expected: expected.clone(), actual })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
name = \"d\"
title = \"D\"
licence = \"MIT\"
description = \"x\"

[[files]]
path = \"d.jsonl\"
sha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"
";

    #[track_caller]
    fn check_refused(from: &str, to: &str, message: &str) {
        assert!(GOOD.contains(from));
        let error = Card::from_toml("d.toml", &GOOD.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn bad_cards_name_file_line_and_key() {
        check_refused("title = \"D\"\n", "", "d.toml:1: `name`: missing field `title`");
        check_refused("\"MIT\"", "3", "d.toml:3: `licence`: invalid type: integer `3`, expected a string");
        check_refused("path", "pth", "d.toml:7: `pth`: unknown field `pth`, expected `path` or `sha256`");
        check_refused("ba78", "BA78", "d.toml:8: `sha256`: expected 64 lowercase hex digits");
        check_refused("\"x\"", "\"x", "d.toml:4: `description`: invalid basic string, expected `\"`");
    }

    #[test]
    fn embedded_cards_can_be_read_and_have_names_of_their_own() {
        let cards = cards();
        let names: Vec<_> = cards.iter().map(|card| card.name.as_str()).collect();
        assert_eq!(names, ["starter", "humaneval", "humanevalfix", "mbpp", "mbpp-sanitized", "quixbugs"]);
        for (card, (path, _)) in cards.iter().zip(EMBEDDED) {
            assert_eq!(path, format!("datasets/{}.toml", card.name));
        }
    }

    #[test]
    fn only_the_bytes_on_the_card_are_accepted() {
        let file = Card::from_toml("d.toml", GOOD).unwrap().files.remove(0);
        assert_eq!(check_sha256(&file, b"abc"), Ok(()));
        insta::assert_snapshot!(
            check_sha256(&file, b"abd").unwrap_err(),
            @"`d.jsonl`: SHA-256 is a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9, expected ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(check_sha256(&CardFile { sha256: None, ..file }, b"abd"), Ok(()));
    }
}

//! The manifest's file, written whole or not at all, and the digest of a run's identity.

use crate::{JournalError, MANIFEST, MANIFEST_TEMPORARY};
use mend_core::jsonl;
use mend_core::{Digest, Identity, ProblemEntry, RunManifest, SCHEMA_VERSION};
use serde::Deserialize;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// Digest of all that decides a run's numbers. Its first eight hex digits end the run's id.
///
/// Taken over JSON with sorted keys, so that the order of fields in the source is not part of it.
pub fn identity_digest(identity: &Identity, problems: &[ProblemEntry]) -> Digest {
    let mut value = serde_json::to_value((identity, problems)).expect("an identity is plain data with text keys");
    value.sort_all_objects();
    Digest::of(value.to_string().as_bytes())
}

/// Writes the manifest under a temporary name, then renames it. The caller syncs the directory.
pub(crate) fn write(dir: &Path, manifest: &RunManifest) -> Result<(), JournalError> {
    let path = dir.join(MANIFEST);
    let temporary = dir.join(MANIFEST_TEMPORARY);
    let write = || -> io::Result<()> {
        let mut bytes = serde_json::to_vec_pretty(manifest)?;
        bytes.push(b'\n');
        let mut file = File::create(&temporary)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)
    };
    write().map_err(|source| JournalError::write(&path, source))
}

/// Reads the manifest of a run's directory, and nothing else of it.
///
/// # Errors
/// There is none, it cannot be read, or it is none of this version's.
pub fn read(dir: &Path) -> Result<RunManifest, JournalError> {
    #[derive(Deserialize)]
    struct VersionOnly {
        schema_version: u64,
    }

    let path = dir.join(MANIFEST);
    let bytes = fs::read(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => JournalError::NotARun { dir: dir.to_owned() },
        _ => JournalError::read(&path, source),
    })?;
    let bad = |source: &serde_json::Error| JournalError::Line {
        path: path.clone(),
        line: source.line(),
        why: jsonl::message(source),
    };
    // The version first: another layout is expected to fail on everything else.
    let VersionOnly { schema_version } = serde_json::from_slice(&bytes).map_err(|source| bad(&source))?;
    if schema_version != u64::from(SCHEMA_VERSION) {
        return Err(JournalError::Format { path, found: schema_version, supported: SCHEMA_VERSION });
    }
    serde_json::from_slice(&bytes).map_err(|source| bad(&source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use mend_core::{Guest, Sampling, Seat, Tokens};
    use proptest::prelude::*;

    #[test]
    fn identity_covers_problems_and_engines_and_not_the_environment() {
        let manifest = fixture::manifest(2, 1);
        let digest = |manifest: &RunManifest| identity_digest(&manifest.identity, &manifest.problems);
        let mut moved = manifest.clone();
        moved.environment.host = "elsewhere".into();
        assert_eq!(digest(&moved), digest(&manifest));
        moved.environment.guest = Some(Guest { digest: Digest::of(b"guest"), path: "guest.wasm".into() });
        assert_eq!(digest(&moved), digest(&manifest));
        let mut with_fallback = manifest.clone();
        with_fallback.identity.fallback = Some(manifest.identity.engine.clone());
        assert_ne!(digest(&with_fallback), digest(&manifest));
        let mut edited = manifest.clone();
        edited.problems[1].hidden_tests += 1;
        assert_ne!(digest(&edited), digest(&manifest));
        let mut reseeded = manifest.clone();
        reseeded.identity.seed += 1;
        assert_ne!(digest(&reseeded), digest(&manifest));
    }

    /// A run's id rests on this digest: a change here renames every run, and no old run resumes.
    #[test]
    fn identity_digest_is_stable() {
        let manifest = fixture::manifest(2, 1);
        insta::assert_snapshot!(identity_digest(&manifest.identity, &manifest.problems), @"003f2208f4746be4ccd1b9e900852d4629373c4f37ae8e09120de5a3e3eec8db");
    }

    proptest! {
        #[test]
        fn identity_survives_the_file(temperature in 0.0..2.0_f64, top_p in 0.0..=1.0_f64, seed: u64) {
            let dir = fixture::tempdir();
            let mut manifest = fixture::manifest(1, 1);
            manifest.identity.seed = seed;
            let coder = manifest.identity.models.get_mut(&Seat::CODER).unwrap();
            coder.sampling = Some(Sampling { top_p, ..Sampling::new(temperature, Tokens(10)) });
            write(dir.path(), &manifest).unwrap();
            let back = read(dir.path()).unwrap();
            prop_assert_eq!(
                identity_digest(&back.identity, &back.problems),
                identity_digest(&manifest.identity, &manifest.problems)
            );
            prop_assert_eq!(back, manifest);
        }
    }

    #[test]
    fn bad_manifest_names_file_and_line() {
        let dir = fixture::tempdir();
        let check = |text: &str, error: &str| {
            fs::write(dir.path().join(MANIFEST), text).unwrap();
            let message = read(dir.path()).unwrap_err().to_string();
            assert_eq!(message.replace(&dir.path().display().to_string(), "run"), error);
        };
        check(
            "{\n\"schema_version\": 1,\n\"run_id\": 3}",
            "run/manifest.json:3: invalid type: integer `3`, expected a string",
        );
        check("{\"schema_version\": 2}", "`run/manifest.json` has format 2, and this version reads format 1");
        check("", "run/manifest.json:1: EOF while parsing a value at column 0");
    }
}

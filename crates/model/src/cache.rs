//! Completions that runs share, so that nothing is paid for twice. Read [`Cache`].

use crate::protocol::request_digest;
use crate::saved::SavedCompletion;
use crate::{Answer, Model, ModelError, Request, Turn};
use mend_core::{Cost, Digest, ModelIdentity, Slot};
use rusqlite::{Connection, OptionalExtension as _, params};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// Version of the layout.
const VERSION: i64 = 1;
/// How long another process may hold the file.
const BUSY: Duration = Duration::from_secs(30);

/// A file of completions (SQLite), each under its model, sampling, messages, problem, replicate, node and the seed of
/// the run that bought it. Runs with another seed find nothing, unless they are told to reuse what others bought:
/// then they are not independent of them.
#[derive(Debug, Clone)]
pub struct Cache {
    connection: Arc<Mutex<Connection>>,
    path: String,
    reuses: bool,
}

/// A cache that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct CacheError {
    /// The file.
    pub path: String,
    /// What is wrong.
    pub why: String,
}

/// What a cache holds of one model.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CacheEntry {
    /// The model, as `provider/model`.
    pub model: String,
    /// Completions.
    pub completions: u64,
    /// Seeds of runs that bought them.
    pub seeds: u64,
    /// Bytes of text.
    pub bytes: u64,
    /// When the oldest was bought, in seconds since 1970.
    pub oldest: u64,
    /// When the latest was used.
    pub last_used: u64,
}

impl Cache {
    /// Opens a cache, or creates it. With `reuses`, completions that runs with another seed bought are found too.
    ///
    /// # Errors
    /// A file that cannot be written or is no cache.
    pub fn open(path: &Path, reuses: bool) -> Result<Self, CacheError> {
        let name = path.display().to_string();
        let failed = |error: rusqlite::Error| CacheError { path: name.clone(), why: error.to_string() };
        let connection = Connection::open(path).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
        if version == 0 {
            let tables: i64 =
                connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).map_err(failed)?;
            if tables > 0 {
                return Err(CacheError { path: name, why: "this database is not a cache of completions".to_owned() });
            }
        } else if version != VERSION {
            let why = format!("written in layout {version} of caches, and this mend reads {VERSION}");
            return Err(CacheError { path: name, why });
        }
        connection
            .execute_batch(&format!(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
                 CREATE TABLE IF NOT EXISTS completions (
                     key BLOB NOT NULL, seed TEXT NOT NULL, model TEXT NOT NULL, problem TEXT NOT NULL,
                     slot TEXT NOT NULL, bought INTEGER NOT NULL, used INTEGER NOT NULL, completion TEXT NOT NULL,
                     PRIMARY KEY (key, seed)) WITHOUT ROWID;
                 PRAGMA user_version = {VERSION};"
            ))
            .map_err(failed)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), path: name, reuses })
    }

    /// The same model, which is asked only for what is not in the cache.
    pub fn model(&self, model: Arc<dyn Model>) -> Cached {
        Cached { name: model.identity().name, model, cache: self.clone() }
    }

    /// What the cache holds, by model.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn list(&self) -> Result<Vec<CacheEntry>, CacheError> {
        let connection = self.lock();
        let mut statement = connection
            .prepare(
                "SELECT model, count(*), count(DISTINCT seed), sum(length(completion)), min(bought), max(used)
                 FROM completions GROUP BY model ORDER BY model",
            )
            .map_err(|error| self.failed(&error))?;
        let entry = |row: &rusqlite::Row<'_>| {
            let number = |index| row.get::<_, i64>(index).map(i64::unsigned_abs);
            Ok(CacheEntry {
                model: row.get(0)?,
                completions: number(1)?,
                seeds: number(2)?,
                bytes: number(3)?,
                oldest: number(4)?,
                last_used: number(5)?,
            })
        };
        let rows = statement.query_map([], entry).map_err(|error| self.failed(&error))?;
        rows.collect::<Result<_, _>>().map_err(|error| self.failed(&error))
    }

    /// Deletes completions that were not used for so long, and those of one model if one is named. Returns how many.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn prune(&self, unused_for: Duration, model: Option<&str>) -> Result<u64, CacheError> {
        let before = now().saturating_sub(unused_for.as_secs());
        let connection = self.lock();
        let deleted = connection
            .execute(
                "DELETE FROM completions WHERE used <= ?1 AND (?2 IS NULL OR model = ?2)",
                params![before.cast_signed(), model],
            )
            .and_then(|deleted| connection.execute_batch("VACUUM").map(|()| deleted));
        deleted.map(|deleted| deleted as u64).map_err(|error| self.failed(&error))
    }

    /// The completions of the first of these nodes that are there, side by side.
    fn find(&self, name: &str, request: &Request) -> Result<Vec<SavedCompletion>, CacheError> {
        let connection = self.lock();
        let seed = request.seed.to_string();
        let mut found = Vec::new();
        for slot in &request.slots {
            let key = key(name, request, slot);
            let row: Option<(String, String)> = connection
                .prepare_cached(
                    "SELECT seed, completion FROM completions WHERE key = ?1 AND (seed = ?2 OR ?3)
                     ORDER BY seed <> ?2, seed LIMIT 1",
                )
                .and_then(|mut statement| {
                    let bytes = &key.as_bytes()[..];
                    statement
                        .query_row(params![bytes, seed, self.reuses], |row| Ok((row.get(0)?, row.get(1)?)))
                        .optional()
                })
                .map_err(|error| self.failed(&error))?;
            let Some((bought_by, completion)) = row else { break };
            let completion = serde_json::from_str(&completion).map_err(|error| CacheError {
                path: self.path.clone(),
                why: format!("a damaged completion: {error}"),
            })?;
            found.push(completion);
            connection
                .prepare_cached("UPDATE completions SET used = ?3 WHERE key = ?1 AND seed = ?2")
                .and_then(|mut statement| {
                    statement.execute(params![&key.as_bytes()[..], bought_by, now().cast_signed()])
                })
                .map_err(|error| self.failed(&error))?;
        }
        Ok(found)
    }

    fn keep(&self, name: &str, request: &Request, answer: &Answer) -> Result<(), CacheError> {
        let mut connection = self.lock();
        let mut keep = || -> rusqlite::Result<()> {
            let transaction = connection.transaction()?;
            for (slot, completion) in request.slots.iter().zip(&answer.completions) {
                let completion = serde_json::to_string(&SavedCompletion::of(completion)).expect("plain data");
                let (problem, slot_name) = (request.problem.as_str(), slot.to_string());
                let (bytes, bought) = (key(name, request, slot), now().cast_signed());
                transaction
                    .prepare_cached("INSERT OR IGNORE INTO completions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)")?
                    .execute(params![
                        &bytes.as_bytes()[..],
                        request.seed.to_string(),
                        name,
                        problem,
                        slot_name,
                        bought,
                        completion
                    ])?;
            }
            transaction.commit()
        };
        keep().map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &rusqlite::Error) -> CacheError {
        CacheError { path: self.path.clone(), why: error.to_string() }
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // Every change is a transaction.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<CacheError> for ModelError {
    fn from(error: CacheError) -> Self {
        Self::Storage { what: error.path, why: error.why }
    }
}

/// A node's completion of a request. The replicate is part of it: replicates are independent.
fn key(name: &str, request: &Request, slot: &Slot) -> Digest {
    Digest::of_parts([
        &request_digest(name, request).as_bytes()[..],
        request.problem.as_str().as_bytes(),
        &request.replicate.to_le_bytes(),
        slot.to_string().as_bytes(),
    ])
}

#[expect(clippy::disallowed_methods, reason = "says when a completion was bought; it reaches no number")]
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A model in front of which a cache stands.
///
/// What the cache holds costs this run nothing and needs no connection. Its completions keep the usage and the price
/// with which they were bought.
pub struct Cached {
    name: String,
    model: Arc<dyn Model>,
    cache: Cache,
}

#[async_trait::async_trait]
impl Model for Cached {
    fn identity(&self) -> ModelIdentity {
        self.model.identity()
    }

    fn behind(&self) -> Option<&dyn Model> {
        Some(&*self.model)
    }

    async fn turn(&self, request: &Request) -> Turn {
        match self.cache.find(&self.name, request) {
            Ok(found) if !found.is_empty() => Turn::default(),
            // An error is told by `complete`.
            _ => self.model.turn(request).await,
        }
    }

    async fn complete(&self, request: &Request) -> Result<Answer, ModelError> {
        let found = self.cache.find(&self.name, request)?;
        if !found.is_empty() {
            let completions = found.iter().map(SavedCompletion::completion).collect();
            return Ok(Answer { cost: Some(Cost::ZERO), ..Answer::of(completions) });
        }
        let answer = self.model.complete(request).await?;
        self.cache.keep(&self.name, request, &answer)?;
        Ok(answer)
    }

    fn worst_case(&self, request: &Request) -> Cost {
        self.model.worst_case(request)
    }

    fn is_free(&self) -> bool {
        self.model.is_free()
    }
}

#[cfg(test)]
mod tests;

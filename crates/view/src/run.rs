//! One run while it is served: where everything stands in its journal, and the figures that were computed of it last.

use crate::folder::Stamp;
use mend_core::{RepairTree, RunManifest};
use mend_journal::{Bodies, Indexed, JournalError};
use mend_page::Parts;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A run that somebody looked at.
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    index: Mutex<Option<Indexed>>,
    figures: Mutex<State>,
}

/// Figures, and the bytes of the journal that they are about.
pub(crate) struct Made {
    pub(crate) length: u64,
    pub(crate) parts: Parts,
}

#[derive(Default)]
struct State {
    made: Option<Arc<Made>>,
    is_busy: bool,
    /// Why there are none, for a journal of that many bytes.
    failed: Option<(u64, String)>,
}

impl Run {
    pub(crate) fn new(name: String, folder: PathBuf) -> Self {
        Self { name, folder, index: Mutex::default(), figures: Mutex::default() }
    }

    /// Hands out the journal's index, brought up to date. The first time it goes over the whole journal.
    fn indexed<T>(&self, of: impl FnOnce(&mut Indexed) -> Result<T, JournalError>) -> Result<T, JournalError> {
        let mut slot = locked(&self.index);
        Self::renew(&mut slot, &self.folder)?;
        of(slot.as_mut().expect("opened above"))
    }

    fn renew(slot: &mut Option<Indexed>, folder: &Path) -> Result<(), JournalError> {
        if slot.as_ref().is_some_and(|index| !index.is_current()) {
            *slot = None;
        }
        let renewed = match slot {
            None => Indexed::open(folder).map(|index| *slot = Some(index)),
            Some(index) if Stamp::of(folder).length() > index.length() => index.extend().map(drop),
            Some(_) => Ok(()),
        };
        // What a failed pass left behind is of no use.
        renewed.inspect_err(|_| *slot = None)
    }

    /// Goes over the journal, so that what is asked for later is there at once.
    pub(crate) fn index(&self) -> Result<(), JournalError> {
        self.indexed(|_| Ok(()))
    }

    /// A tree by its place among all trees; `None` if there are not so many.
    pub(crate) fn tree(&self, at: usize) -> Result<Option<(Arc<RunManifest>, RepairTree)>, JournalError> {
        self.indexed(|index| {
            if at >= index.finished().0 {
                return Ok(None);
            }
            Ok(Some((index.shared_manifest(), index.one(at, Bodies::AsFound)?)))
        })
    }

    /// Finished trees, if the journal was gone over already and nobody is at it.
    pub(crate) fn finished(&self) -> Option<usize> {
        let mut slot = self.index.try_lock().ok()?;
        slot.as_ref()?;
        Self::renew(&mut slot, &self.folder).ok()?;
        slot.as_ref().map(|index| index.finished().1)
    }

    /// About how many bytes the index takes; 0 if there is none, or somebody is at it.
    pub(crate) fn size(&self) -> usize {
        self.index.try_lock().ok().and_then(|slot| slot.as_ref().map(Indexed::size)).unwrap_or(0)
    }

    /// Lets go of the index, if nobody is at it.
    pub(crate) fn forget_index(&self) {
        if let Ok(mut slot) = self.index.try_lock() {
            *slot = None;
        }
    }

    /// Bytes that the figures take.
    pub(crate) fn figures_size(&self) -> usize {
        let made = self.made();
        made.map_or(0, |made| {
            made.parts.body.len() + made.parts.boot.len() + made.parts.rates.as_ref().map_or(0, String::len)
        })
    }

    /// Lets go of the figures.
    pub(crate) fn forget_figures(&self) {
        locked(&self.figures).made = None;
    }

    /// The figures that were computed last.
    pub(crate) fn made(&self) -> Option<Arc<Made>> {
        locked(&self.figures).made.clone()
    }

    /// Why the figures of the journal as it is cannot be computed, if somebody tried.
    pub(crate) fn failure(&self, length: u64) -> Option<String> {
        let state = locked(&self.figures);
        state.failed.as_ref().filter(|(failed, _)| *failed == length).map(|(_, why)| why.clone())
    }

    /// Whether figures of the journal as it is have to be computed, and nobody is at it: the caller then is, and ends with
    /// [`settle`](Self::settle).
    pub(crate) fn begins(&self, length: u64) -> bool {
        let mut state = locked(&self.figures);
        let is_known = state.made.as_ref().is_some_and(|made| made.length == length)
            || state.failed.as_ref().is_some_and(|(failed, _)| *failed == length);
        let begins = !state.is_busy && !is_known;
        state.is_busy |= begins;
        begins
    }

    /// Takes what came out.
    pub(crate) fn take(&self, length: u64, parts: Result<Parts, String>) {
        let mut state = locked(&self.figures);
        match parts {
            Ok(parts) => (state.made, state.failed) = (Some(Arc::new(Made { length, parts })), None),
            Err(why) => state.failed = Some((length, why)),
        }
    }

    /// Lets the next one compute.
    pub(crate) fn settle(&self) {
        locked(&self.figures).is_busy = false;
    }
}

/// What a thread that panicked left is as good as before: everything here is replaced whole.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

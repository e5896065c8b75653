//! What all requests share: the folder, the runs that somebody looked at, and what is computed in the background.

use crate::Makers;
use crate::compared::Compared;
use crate::folder::{Folder, Stamp, open};
use crate::run::{Run, locked};
use crate::seen::Seen;
use mend_journal::Journal;
use mend_page::{Parts, Shelved};
use std::collections::BTreeMap;
use std::io::{self, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Memory that indexes of journals may take together; what was not used for longest goes first.
const MOST_INDEXED: usize = 200 << 20;

/// The same for figures.
const MOST_FIGURES: usize = 120 << 20;

/// Runs whose journals are gone over before anybody asks.
const AT_ONCE: usize = 8;

/// Between two computations of a run that goes on.
const PAUSE: Duration = Duration::from_millis(1500);

/// Journals of runs that go on whose figures the list shows.
const SMALL: u64 = 32 << 20;

/// The figures of a report that lies in the run's folder, if it is of this version and about the journal as it is.
fn kept(run: &Path) -> Option<Parts> {
    if !Stamp::of(run).has_fresh_report() || Journal::is_locked(run) {
        return None;
    }
    Parts::of_file(&mut BufReader::with_capacity(1 << 16, open(run, "report.html").ok()?))
}

pub(crate) struct Shared {
    pub(crate) folder: Folder,
    address: SocketAddr,
    makers: Makers,
    /// Pages of two runs, those asked for last at the end.
    pub(crate) compared: Mutex<Vec<Arc<Compared>>>,
    /// Those used last stand last.
    runs: Mutex<Vec<Arc<Run>>>,
    seen: Mutex<BTreeMap<String, Seen>>,
    /// One at a time computes figures.
    turn: Mutex<()>,
    /// So many at a time search.
    pub(crate) searches: Arc<Semaphore>,
}

impl Shared {
    pub(crate) fn new(folder: &Path, address: SocketAddr, makers: Makers) -> io::Result<Self> {
        let folder = Folder::open(folder)?;
        let (runs, seen, compared, turn) = (Mutex::default(), Mutex::default(), Mutex::default(), Mutex::default());
        let searches = Arc::new(Semaphore::new(2));
        Ok(Self { folder, address, makers, compared, runs, seen, turn, searches })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// A run by the name under which it is served.
    pub(crate) fn run(&self, name: &str) -> Option<Arc<Run>> {
        let folder = self.folder.run(name)?;
        let mut runs = locked(&self.runs);
        let known = runs.iter().position(|run| run.name == name && run.folder == folder);
        let run = match known {
            Some(at) => runs.remove(at),
            None => Arc::new(Run::new(name.to_owned(), folder)),
        };
        runs.push(Arc::clone(&run));
        Some(run)
    }

    /// Lets go of indexes and figures until the rest fits, beginning with what was not used for longest.
    pub(crate) fn make_room(&self) {
        let runs: Vec<Arc<Run>> = locked(&self.runs).clone();
        let mut total: usize = runs.iter().map(|run| run.size()).sum();
        let mut figures: usize = runs.iter().map(|run| run.figures_size()).sum();
        for run in runs.iter().take(runs.len().saturating_sub(1)) {
            if total > MOST_INDEXED {
                total = total.saturating_sub(run.size());
                run.forget_index();
            }
            if figures > MOST_FIGURES {
                figures = figures.saturating_sub(run.figures_size());
                run.forget_figures();
            }
        }
    }

    /// The runs of the folder, and why others are left out.
    pub(crate) fn shelved(self: &Arc<Self>) -> io::Result<(Vec<Shelved>, Vec<String>)> {
        let (mut shelved, mut left_out) = (vec![], vec![]);
        let mut known = std::mem::take(&mut *locked(&self.seen));
        let mut kept = BTreeMap::new();
        for (name, folder) in self.folder.runs()? {
            let stamp = Stamp::of(&folder);
            let seen = match known.remove(&name).filter(|seen| seen.stamp == stamp) {
                Some(seen) => Ok(seen),
                None => Seen::of(&folder),
            };
            match seen {
                Ok(seen) => {
                    shelved.push(self.shelve(&name, &folder, &seen));
                    kept.insert(name, seen);
                }
                Err(why) => left_out.push(why),
            }
        }
        *locked(&self.seen) = kept;
        Ok((shelved, left_out))
    }

    /// A run as the list shows it: as its own summary tells, and while that is behind, as we know it.
    fn shelve(self: &Arc<Self>, name: &str, folder: &Path, seen: &Seen) -> Shelved {
        let mut finished = seen.finished;
        let mut headline = seen.headline.clone();
        let mut known = Journal::state(folder, finished == Some(seen.trees));
        if finished != Some(seen.trees) && (known == "running" || finished.is_none()) {
            // What is small is followed; of the rest we know what somebody looked at.
            if seen.stamp.length() <= SMALL
                && let Some(run) = self.run(name)
            {
                self.compute(&run);
                let _ = run.finished().is_none() && run.index().is_ok();
            }
            let run = locked(&self.runs).iter().find(|run| run.name == name).cloned();
            if let Some(run) = run {
                finished = run.finished().or(finished);
                headline = run.made().map_or(headline, |made| made.parts.headline.clone());
                known = Journal::state(folder, finished == Some(seen.trees));
            }
        }
        let (labels, trees, changed) = (seen.labels.clone(), seen.trees, seen.stamp.changed());
        Shelved { name: name.to_owned(), labels, state: known, finished, trees, headline, changed }
    }

    /// Computes the figures of a run, in the background, if its journal is another one since.
    pub(crate) fn compute(self: &Arc<Self>, run: &Arc<Run>) {
        let length = Stamp::of(&run.folder).length();
        if !run.begins(length) {
            return;
        }
        let (shared, run) = (Arc::clone(self), Arc::clone(run));
        let compute = move || {
            let turn = locked(&shared.turn);
            // It may have grown while others were computed.
            let length = Stamp::of(&run.folder).length();
            let parts = kept(&run.folder).map_or_else(|| (shared.makers.figures)(&run.folder), Ok);
            drop(turn);
            run.take(length, parts);
            shared.make_room();
            std::thread::sleep(PAUSE);
            run.settle();
        };
        if let Err(error) = std::thread::Builder::new().name("figures".to_owned()).spawn(compute) {
            tracing::warn!(%error, "no thread to compute figures in");
        }
    }

    /// Compares two runs, in the background, after what is computed already.
    pub(crate) fn compare(self: &Arc<Self>, compared: &Arc<Compared>, runs: [(String, PathBuf); 2]) {
        let (shared, compared) = (Arc::clone(self), Arc::clone(compared));
        let compare = move || {
            let turn = locked(&shared.turn);
            let [(a, folder_a), (b, folder_b)] = &runs;
            let made = (shared.makers.comparison)([(a, folder_a), (b, folder_b)]);
            drop(turn);
            compared.take(made);
        };
        if let Err(error) = std::thread::Builder::new().name("compare".to_owned()).spawn(compare) {
            tracing::warn!(%error, "no thread to compare runs in");
        }
    }

    /// Goes over the journals of the runs that changed last, in the background.
    pub(crate) fn index_what_is_there(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        let index = move || {
            let mut runs = shared.folder.runs().unwrap_or_default();
            runs.sort_by_key(|(_, folder)| std::cmp::Reverse(Stamp::of(folder).changed()));
            runs.truncate(AT_ONCE);
            // The newest last, so that it is kept longest.
            for (name, _) in runs.into_iter().rev() {
                let Some(run) = shared.run(&name) else { continue };
                if let Err(error) = run.index() {
                    tracing::info!(%error, run = name, "a journal that cannot be read");
                }
                shared.make_room();
            }
        };
        if let Err(error) = std::thread::Builder::new().name("index".to_owned()).spawn(index) {
            tracing::warn!(%error, "no thread to read journals in");
        }
    }
}

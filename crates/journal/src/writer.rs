//! The appending end of a journal: whole groups of lines, made durable by a thread of its own.

use crate::JournalError;
use crate::line::{self, Chain};
use mend_core::{Digest, Entry};
use std::collections::BTreeSet;
use std::fs::File;
use std::future::Future;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use tokio::sync::watch;

/// Where bytes go: a file, or in tests a file on a disk that fills up.
pub(crate) trait Storage: Send + Sync {
    /// Adds bytes at the end. On an error any part of them may be there.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;
    /// Cuts everything from `length` on.
    fn truncate(&self, length: u64) -> io::Result<()>;
    /// Makes everything that was appended durable.
    fn sync(&self) -> io::Result<()>;
}

/// The file must be open for appending.
impl Storage for File {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = self;
        file.write_all(bytes)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// The end of the file, as the next append finds it.
pub(crate) struct Tail {
    /// Bytes of whole entries.
    pub(crate) length: u64,
    /// The chain after the last entry.
    pub(crate) chain: Chain,
    /// The texts whose bodies the file holds.
    pub(crate) texts: BTreeSet<Digest>,
}

struct State {
    tail: Tail,
    /// Entries appended by this writer.
    appended: u64,
    /// The first failure. There is no append after it.
    failed: Option<JournalError>,
    closing: bool,
}

/// How far the syncing thread got.
#[derive(Default)]
struct Progress {
    /// Entries of this writer that are durable.
    synced: u64,
    /// Set once, when a sync failed: nothing after `synced` will ever be known to be durable.
    failed: Option<JournalError>,
}

struct Shared {
    path: PathBuf,
    storage: Box<dyn Storage>,
    state: Mutex<State>,
    /// Signalled when `State::appended` grows or `State::closing` is set.
    changed: Condvar,
    progress: watch::Sender<Progress>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while appending")
    }
}

/// Appends entries, from any number of threads.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    /// `None` once the thread was joined.
    syncer: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the syncing thread. `path` is for errors.
    pub(crate) fn start(path: PathBuf, storage: Box<dyn Storage>, tail: Tail) -> Result<Self, JournalError> {
        let state = State { tail, appended: 0, failed: None, closing: false };
        let progress = watch::Sender::new(Progress::default());
        let shared = Arc::new(Shared { path, storage, state: Mutex::new(state), changed: Condvar::new(), progress });
        let syncing = Arc::clone(&shared);
        let syncer = thread::Builder::new()
            .name("journal-sync".to_owned())
            .spawn(move || sync_groups(&syncing))
            .map_err(|source| JournalError::sync(&shared.path, source))?;
        Ok(Self { shared, syncer: Some(syncer) })
    }

    /// Writes an entry, after the bodies of its texts that the file does not hold yet, in one write.
    pub(crate) fn append(&self, entry: &Entry) -> Result<Ticket, JournalError> {
        let entry_json = line::json(entry);
        let shared = &*self.shared;
        let mut state = shared.state();
        if let Some(failed) = &state.failed {
            return Err(failed.clone());
        }
        let mut group = Vec::new();
        let mut new_texts = BTreeSet::new();
        for text in entry.event.texts() {
            let digest = text.digest();
            if state.tail.texts.contains(&digest) || !new_texts.insert(digest) {
                continue;
            }
            let body = text.body().ok_or_else(|| JournalError::NoBody { path: shared.path.clone(), text: digest })?;
            line::push_body(&mut group, digest, body);
        }
        let chain = line::push_entry(&mut group, &entry_json, state.tail.chain);
        if let Err(source) = shared.storage.append(&group) {
            // If this fails too, the file ends in a torn group, which the next reader cuts.
            if let Err(source) = shared.storage.truncate(state.tail.length) {
                tracing::warn!(path = %shared.path.display(), %source, "cannot cut a torn entry");
            }
            let failed = JournalError::write(&shared.path, source);
            state.failed = Some(failed.clone());
            return Err(failed);
        }
        state.tail.length += group.len() as u64;
        state.tail.chain = chain;
        // Not `append`, which rebuilds the whole set each time.
        state.tail.texts.extend(new_texts);
        state.appended += 1;
        shared.changed.notify_one();
        Ok(Ticket { number: state.appended, path: shared.path.clone(), progress: shared.progress.subscribe() })
    }

    /// Syncs what was appended and joins the thread. Gives the first failure of the writer's life, if any.
    pub(crate) fn close(&mut self) -> Result<(), JournalError> {
        let Some(syncer) = self.syncer.take() else { return Ok(()) };
        self.shared.state().closing = true;
        self.shared.changed.notify_one();
        syncer.join().expect("the syncing thread does not panic");
        self.shared.state().failed.clone().map_or(Ok(()), Err)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(%error, "the journal was closed after a failure");
        }
    }
}

/// Syncs until the writer closes: each sync covers all that was appended while the one before it ran.
fn sync_groups(shared: &Shared) {
    let mut synced = 0;
    loop {
        let state = shared.state();
        let idle = |state: &mut State| state.appended == synced && !state.closing;
        let appended = shared.changed.wait_while(state, idle).expect("nobody panics while appending").appended;
        if appended == synced {
            return;
        }
        if let Err(source) = shared.storage.sync() {
            let failed = JournalError::sync(&shared.path, source);
            shared.state().failed.get_or_insert_with(|| failed.clone());
            shared.progress.send_modify(|progress| progress.failed = Some(failed));
            return;
        }
        synced = appended;
        shared.progress.send_modify(|progress| progress.synced = synced);
    }
}

/// Promises that an entry was written, and tells when it is durable. May be dropped unused.
#[derive(Debug)]
pub struct Ticket {
    /// Number of the entry among those of its writer, from 1.
    number: u64,
    path: PathBuf,
    progress: watch::Receiver<Progress>,
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Progress({})", self.synced)
    }
}

impl Ticket {
    /// Resolves when the entry would survive a loss of power. Works on any executor.
    ///
    /// # Errors
    /// [`JournalError::Sync`], if the entry was written but may not survive.
    pub async fn durable(mut self) -> Result<(), JournalError> {
        let number = self.number;
        let settled = |progress: &Progress| progress.synced >= number || progress.failed.is_some();
        match self.progress.wait_for(settled).await {
            Ok(progress) if progress.synced >= number => Ok(()),
            Ok(progress) => Err(progress.failed.clone().expect("it is settled and not synced")),
            // The syncing thread leaves nothing unsettled, so this is a thread that died.
            Err(_) => Err(JournalError::sync(&self.path, io::Error::other("the syncing thread is gone"))),
        }
    }

    /// Like [`Ticket::durable`], blocking the thread.
    pub fn wait(self) -> Result<(), JournalError> {
        struct Unpark(Thread);

        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }

        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut durable = pin!(self.durable());
        loop {
            match durable.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(result) => return result,
                Poll::Pending => thread::park(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{Scan, scan};
    use crate::{Bodies, JOURNAL, Journal, fixture, identity_digest, read};
    use std::path::Path;
    use std::sync::mpsc;

    /// A file on a disk that holds so many bytes more, and syncs that may fail.
    struct Disk {
        file: File,
        room: Mutex<usize>,
        /// Each sync takes its result from here; when the sender is gone, syncs succeed.
        syncs: Mutex<mpsc::Receiver<io::Result<()>>>,
    }

    impl Storage for Disk {
        fn append(&self, bytes: &[u8]) -> io::Result<()> {
            let mut room = self.room.lock().unwrap();
            let part = bytes.len().min(*room);
            *room -= part;
            self.file.append(&bytes[..part])?;
            if part < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        }

        fn truncate(&self, length: u64) -> io::Result<()> {
            self.file.truncate(length)
        }

        fn sync(&self) -> io::Result<()> {
            self.syncs.lock().unwrap().recv().unwrap_or(Ok(()))
        }
    }

    fn open(run: &Path, room: usize) -> (Writer, mpsc::Sender<io::Result<()>>) {
        let manifest = fixture::manifest(2, 1);
        Journal::create(run, &manifest).unwrap().close().unwrap();
        let path = run.join(JOURNAL);
        let file = File::options().read(true).append(true).open(&path).unwrap();
        let chain = Chain::start(identity_digest(&manifest.identity, &manifest.problems));
        let Scan { length, .. } = scan(&file, &path, manifest, Bodies::With).unwrap();
        let (sender, syncs) = mpsc::channel();
        let disk = Disk { file, room: Mutex::new(room), syncs: Mutex::new(syncs) };
        let tail = Tail { length, chain, texts: BTreeSet::new() };
        (Writer::start(path, Box::new(disk), tail).unwrap(), sender)
    }

    #[test]
    fn full_disk_keeps_whole_entries_and_the_run_resumes() {
        let entries = fixture::run();
        for room in (0..).step_by(67) {
            let dir = fixture::tempdir();
            let (mut writer, _) = open(dir.path(), room);
            let (mut written, mut first_error) = (0, None);
            for entry in &entries {
                match (writer.append(entry), &first_error) {
                    (Ok(_), None) => written += 1,
                    (Err(error), None) => first_error = Some(error.to_string()),
                    (Err(error), Some(first)) => assert_eq!(&error.to_string(), first),
                    (Ok(_), Some(_)) => panic!("an append after a failure"),
                }
            }
            let is_full = first_error.is_some();
            assert_eq!(writer.close().is_err(), is_full);
            let recorded = read(dir.path(), Bodies::With).unwrap();
            assert_eq!((recorded.entries.len(), recorded.cut), (written, None), "room for {room} bytes");
            let (journal, _) = Journal::resume(dir.path()).unwrap_or_else(|_| panic!("the writer holds no lock"));
            for entry in &entries[written..] {
                journal.append(entry).unwrap();
            }
            journal.close().unwrap();
            fixture::assert_entries(&read(dir.path(), Bodies::With).unwrap().entries, &entries);
            if !is_full {
                break;
            }
        }
    }

    #[test]
    fn ticket_waits_for_the_sync_that_covers_it() {
        let dir = fixture::tempdir();
        let (writer, syncs) = open(dir.path(), usize::MAX);
        let [first, second] = [0, 1].map(|index| writer.append(&fixture::run()[index]).unwrap());
        let mut durable = pin!(second.durable());
        let mut context = Context::from_waker(Waker::noop());
        assert!(durable.as_mut().poll(&mut context).is_pending(), "nothing was synced yet");
        // The first sync may have begun before the second append; the second sync covers both.
        syncs.send(Ok(())).unwrap();
        first.wait().unwrap();
        drop(syncs);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(durable).unwrap();
    }

    #[test]
    fn failed_sync_fails_its_tickets_and_every_later_append() {
        let dir = fixture::tempdir();
        let (mut writer, syncs) = open(dir.path(), usize::MAX);
        let entries = fixture::run();
        syncs.send(Ok(())).unwrap();
        let first = writer.append(&entries[0]).unwrap();
        first.wait().unwrap();
        let second = writer.append(&entries[1]).unwrap();
        syncs.send(Err(io::Error::other("the disk is on fire"))).unwrap();
        let error = second.wait().unwrap_err();
        assert!(matches!(error, JournalError::Sync { .. }), "{error}");
        assert_eq!(writer.append(&entries[2]).unwrap_err().to_string(), error.to_string());
        assert_eq!(writer.close().unwrap_err().to_string(), error.to_string());
        assert_eq!(read(dir.path(), Bodies::With).unwrap().entries, &entries[..2]);
    }

    #[test]
    fn threads_never_interleave_within_an_entry() {
        let dir = fixture::tempdir();
        let run = dir.path().join("run");
        let manifest = fixture::manifest(8, 1);
        let created = Journal::create(&run, &manifest).unwrap();
        let chains: Vec<Vec<Entry>> = (0..8).map(|problem| fixture::tree_entries(problem, 0, 40)).collect();
        let journal = &created;
        thread::scope(|scope| {
            for chain in &chains {
                scope.spawn(move || {
                    for entry in chain {
                        let ticket = journal.append(entry).unwrap();
                        if matches!(entry.event, mend_core::Event::Submitted { .. }) {
                            ticket.wait().unwrap();
                        }
                    }
                });
            }
        });
        created.close().unwrap();
        let recorded = read(&run, Bodies::With).unwrap();
        assert_eq!((recorded.entries.len(), recorded.cut), (chains.iter().map(Vec::len).sum(), None));
        for chain in &chains {
            let of_tree: Vec<_> =
                recorded.entries.iter().filter(|entry| entry.tree == chain[0].tree).cloned().collect();
            fixture::assert_entries(&of_tree, chain);
        }
        assert_eq!(recorded.trees().unwrap(), fixture::live_trees(&manifest, &chains.concat()));
    }

    #[test]
    fn text_without_words_is_refused_and_the_journal_goes_on() {
        let dir = fixture::tempdir();
        let run = dir.path().join("run");
        fixture::write(&run, &fixture::manifest(2, 1), &fixture::run());
        let wordless = read(&run, Bodies::Without).unwrap().entries.remove(0);
        let other = dir.path().join("other");
        let journal = Journal::create(&other, &fixture::manifest(2, 1)).unwrap();
        let error = journal.append(&wordless).unwrap_err();
        assert!(matches!(error, JournalError::NoBody { .. }), "{error}");
        journal.append(&fixture::run()[0]).unwrap();
        journal.append(&wordless).unwrap();
        journal.close().unwrap();
        assert_eq!(read(&other, Bodies::With).unwrap().entries.len(), 2);
    }
}

//! Two runs compared with intervals: computed when somebody asks for it, outside this process, and kept while both
//! journals stay as they are.

use crate::answer::Answer;
use crate::folder::Stamp;
use crate::run::locked;
use crate::shared::Shared;
use axum::http::StatusCode;
use mend_page::Served;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Bytes of both journals up to which a page compares them: more than a million nodes with their texts.
const MOST_BYTES: u64 = 3 << 30;

/// Comparisons that are kept, and that wait for their turn.
const MOST_KEPT: usize = 4;

/// How often, and how many times, a page looks whether its comparison is there, before it says that it is being computed.
const LOOKS: (Duration, u32) = (Duration::from_millis(50), 60);

/// Seconds after which a page that says so asks again.
const AGAIN: u32 = 1;

/// A comparison of two runs as their journals were.
pub(crate) struct Compared {
    names: [String; 2],
    stamps: [Stamp; 2],
    made: Mutex<Option<Result<Served, String>>>,
}

impl Compared {
    /// Takes what came out.
    pub(crate) fn take(&self, made: Result<Served, String>) {
        *locked(&self.made) = Some(made);
    }

    fn is_made(&self) -> bool {
        locked(&self.made).is_some()
    }
}

/// The page that compares two runs.
pub(crate) async fn compared(shared: &Arc<Shared>, names: [String; 2]) -> Answer {
    let mut runs = vec![];
    for name in names {
        let Some(folder) = shared.folder.run(&name) else {
            let words = format!("This folder holds no run named {name}.");
            return Answer::refusal(StatusCode::NOT_FOUND, "No such run", &words, None);
        };
        runs.push((name, folder));
    }
    let Ok(runs) = <[(String, PathBuf); 2]>::try_from(runs) else {
        return Answer::refusal(StatusCode::NOT_FOUND, "No such run", "A comparison takes two runs.", None);
    };
    let stamps = runs.each_ref().map(|(_, folder)| Stamp::of(folder));
    if let Some((words, hint)) = too_large(&runs, stamps.map(|stamp| stamp.length())) {
        return Answer::refusal(StatusCode::PAYLOAD_TOO_LARGE, "Too large to be compared here", &words, Some(&hint));
    }
    let Some(compared) = begun(shared, runs, stamps) else {
        let words = format!("{MOST_KEPT} comparisons are being computed already.");
        let hint = "Load this page again once one of them is done.";
        return Answer::refusal(StatusCode::TOO_MANY_REQUESTS, "Too many at once", &words, Some(hint));
    };
    for _ in 0..LOOKS.1 {
        if compared.is_made() {
            break;
        }
        tokio::time::sleep(LOOKS.0).await;
    }
    let made = locked(&compared.made);
    match &*made {
        Some(Ok(page)) => Answer::page(page.clone()),
        Some(Err(why)) => {
            // Whoever asks again may find another answer.
            locked(&shared.compared).retain(|other| !Arc::ptr_eq(other, &compared));
            let (words, hint) =
                why.split_once("\nhint: ").map_or((why.as_str(), None), |(words, hint)| (words, Some(hint)));
            Answer::refusal(StatusCode::CONFLICT, "These runs are not compared", words, hint)
        }
        None => {
            let words = "The comparison is being computed. This page shows it once it is there.";
            let hint = "A million programs take about half a minute, and other figures may come first.";
            Answer::refusal(StatusCode::ACCEPTED, "Comparing", words, Some(hint)).asked_again(AGAIN)
        }
    }
}

/// The comparison of two runs as they are now: that which is there, or one that begins. `None` where too many go on.
fn begun(shared: &Arc<Shared>, runs: [(String, PathBuf); 2], stamps: [Stamp; 2]) -> Option<Arc<Compared>> {
    let mut kept = locked(&shared.compared);
    let names = runs.each_ref().map(|(name, _)| name.clone());
    let is_same =
        |of: &Arc<Compared>| of.names == names && of.stamps.map(|of| of.journal) == stamps.map(|of| of.journal);
    if let Some(at) = kept.iter().position(is_same) {
        let found = kept.remove(at);
        kept.push(Arc::clone(&found));
        return Some(found);
    }
    if kept.len() >= MOST_KEPT {
        let done = kept.iter().position(|of| of.is_made())?;
        kept.remove(done);
    }
    let compared = Arc::new(Compared { names, stamps, made: Mutex::default() });
    kept.push(Arc::clone(&compared));
    drop(kept);
    shared.compare(&compared, runs);
    Some(compared)
}

/// Why two runs are too large to be compared on demand, and what to do; `None` where they are not.
fn too_large(runs: &[(String, PathBuf); 2], lengths: [u64; 2]) -> Option<(String, String)> {
    let sum = lengths[0].saturating_add(lengths[1]);
    if sum <= MOST_BYTES {
        return None;
    }
    let megabytes = |bytes: u64| bytes.div_ceil(1 << 20);
    let words = format!(
        "The journals of {} and {} have {} MiB, and this page compares at most {} MiB.",
        runs[0].0,
        runs[1].0,
        megabytes(sum),
        megabytes(MOST_BYTES)
    );
    let folders = runs.each_ref().map(|(_, folder)| folder.display());
    Some((words, format!("`mend compare {} {} --html compare.html` writes the same page.", folders[0], folders[1])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_are_too_large_are_refused_with_what_to_do() {
        let runs = [("a".to_owned(), PathBuf::from("r/a")), ("b".to_owned(), PathBuf::from("r/b"))];
        assert_eq!(too_large(&runs, [1 << 31, 1 << 30]), None);
        let (words, hint) = too_large(&runs, [1 << 31, (1 << 30) + 1]).unwrap();
        assert_eq!(words, "The journals of a and b have 3073 MiB, and this page compares at most 3072 MiB.");
        assert_eq!(hint, "`mend compare r/a r/b --html compare.html` writes the same page.");
        assert!(too_large(&runs, [u64::MAX, 1]).is_some());
    }
}

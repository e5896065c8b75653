//! What a run obeys from outside while it goes on, and what of it can be seen at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;

/// Two wishes of whoever runs it, and a count that changes without them.
///
/// A *stop* is for good: what is in flight comes home, and the run ends. A *pause* is none of a run's facts: no request
/// leaves while it lasts, what left comes home and is judged, and then nothing happens until it is over. Nothing of it is
/// written down, so it can reach no number.
#[derive(Debug, Clone)]
pub struct Reins {
    stop: watch::Receiver<bool>,
    pause: watch::Receiver<bool>,
    in_flight: Arc<AtomicU64>,
}

impl From<watch::Receiver<bool>> for Reins {
    /// Only a stop: nobody can pause it.
    fn from(stop: watch::Receiver<bool>) -> Self {
        Self::new(stop, watch::Sender::new(false).subscribe())
    }
}

impl Reins {
    /// Both wishes. One whose sender is gone counts as never made.
    pub fn new(stop: watch::Receiver<bool>, pause: watch::Receiver<bool>) -> Self {
        Self { stop, pause, in_flight: Arc::default() }
    }

    /// Requests that left and were not answered yet. Changes while nothing is reported.
    pub fn in_flight(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.in_flight)
    }

    /// Whether a stop was asked for.
    pub(super) fn stops(&self) -> bool {
        *self.stop.borrow()
    }

    /// Whether nothing new may leave for now.
    pub(super) fn is_paused(&self) -> bool {
        self.pause.has_changed().is_ok() && *self.pause.borrow()
    }

    /// Waits until the run is not paused.
    pub(super) async fn goes_on(&self) {
        // A pause whose sender is gone is over.
        let _ = self.pause.clone().wait_for(|paused| !*paused).await;
    }

    /// Counts a request as in flight until what this returns is dropped.
    pub(super) fn leaves(&self) -> UnderWay {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        UnderWay(Arc::clone(&self.in_flight))
    }

    /// Tells of new wishes.
    pub(super) fn wishes(&self) -> Wishes {
        Wishes { stop: self.stop.clone(), pause: self.pause.clone(), may_stop: true, may_pause: true }
    }
}

/// A request that is in flight.
pub(super) struct UnderWay(Arc<AtomicU64>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Waits for the next wish.
pub(super) struct Wishes {
    stop: watch::Receiver<bool>,
    pause: watch::Receiver<bool>,
    /// A sender that is gone has no further wish.
    may_stop: bool,
    may_pause: bool,
}

impl Wishes {
    /// Ends when a wish changed. Never ends if none can change any more.
    pub(super) async fn change(&mut self) {
        loop {
            tokio::select! {
                changed = self.stop.changed(), if self.may_stop => {
                    self.may_stop = changed.is_ok();
                    if self.may_stop { return; }
                }
                changed = self.pause.changed(), if self.may_pause => {
                    self.may_pause = changed.is_ok();
                    // A pause is over when nobody is left to end it.
                    return;
                }
                () = std::future::pending() => {}
            }
        }
    }
}

//! A long wait on stderr: a spinner on a terminal, a line elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Something that is waited for, until it is dropped.
pub struct Waiting {
    over: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Waiting {
    /// Says what is waited for, once it has taken longer than `patience`; in any case if that is zero.
    pub fn new(what: &str, patience: Duration) -> Self {
        let (over, is_over) = channel();
        let what = what.to_owned();
        let show = move || {
            if !patience.is_zero() && is_over.recv_timeout(patience) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            if !std::io::stderr().is_terminal() {
                crate::tell(&what);
                return;
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(
                ProgressStyle::with_template("{spinner} {msg}  [{elapsed_precise}]").expect("the template is valid"),
            );
            bar.set_message(what);
            bar.enable_steady_tick(Duration::from_millis(120));
            // Ends when the sender is gone.
            let _ = is_over.recv();
            bar.finish_and_clear();
        };
        // Without a thread there is only less to see.
        let thread = std::thread::Builder::new().name("waiting".to_owned()).spawn(show).ok();
        Self { over: Some(over), thread }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.over = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

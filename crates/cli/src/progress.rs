//! Progress on stderr: a bar on a terminal, a line per tenth elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mend_repair::Progress;
use std::io::{IsTerminal as _, Write as _};

/// Shows how far a run, or another count of problems or programs, is.
pub struct Display {
    what: &'static str,
    bar: Option<ProgressBar>,
    tenths: u64,
}

impl Display {
    /// A display that fits stderr. `what` are counted, such as problems.
    pub fn new(what: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            // What does not fit into the line is cut: a bar that breaks over lines is drawn again and again.
            let style = format!("{{bar:20}} {{pos}}/{{len}} {what}  [{{elapsed_precise}}]  {{wide_msg}}");
            bar.set_style(ProgressStyle::with_template(&style).expect("the template is valid"));
            bar
        });
        Self { what, bar, tenths: 0 }
    }

    /// Shows a state of a run. Cheap enough to be called for every event.
    pub fn show(&mut self, progress: Progress) {
        let message = || {
            format!("{} programs judged, {} passed, {} tokens", progress.judged, progress.passed, progress.spent.tokens)
        };
        self.count(progress.trees_done, progress.trees, message);
    }

    /// Shows that so many of all are done.
    pub fn count(&mut self, done: u64, all: u64, message: impl Fn() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_length(all);
            bar.set_position(done);
            bar.set_message(message());
            return;
        }
        let tenths = (done * 10).checked_div(all).unwrap_or(0);
        if tenths > self.tenths {
            self.tenths = tenths;
            // Nobody reads a closed stderr.
            let _ = writeln!(std::io::stderr(), "{done}/{all} {}, {}", self.what, message());
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

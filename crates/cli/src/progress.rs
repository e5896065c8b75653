//! Progress on stderr: a bar on a terminal, a line per tenth elsewhere; and lines of what a user should know meanwhile.

use crate::notices::Notices;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mend_core::Tokens;
use mend_repair::{Progress, Report};
use std::io::IsTerminal as _;
use std::time::Instant;

/// Shows how far a run, or another count of problems or programs, is.
pub struct Display {
    what: &'static str,
    bar: Option<ProgressBar>,
    tenths: u64,
    notices: Notices,
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
        Self { what, bar, tenths: 0, notices: Notices::default() }
    }

    /// Shows what a run tells. Cheap enough to be called for every event.
    #[expect(clippy::disallowed_methods, reason = "decides how often something is shown")]
    pub fn hear(&mut self, report: &Report) {
        if let Report::Progress(progress) = report {
            self.show(*progress);
        } else if let Some(line) = self.notices.hear(report, Instant::now()) {
            tracing::info!("{line}");
            self.tell(&line);
        }
    }

    fn show(&mut self, progress: Progress) {
        let message = || {
            let Progress { judged, passed, spent, lost, at_limit, round, rounds, .. } = progress;
            let round = if rounds > 0 { format!("round {} of {rounds}, ", round + 1) } else { String::new() };
            let lost = if lost > Tokens(0) { format!(" ({lost} of them lost)") } else { String::new() };
            let at_limit = match at_limit {
                0 => String::new(),
                trees => format!(", {trees} ended at the budget of their problem"),
            };
            format!("{round}{judged} programs judged, {passed} passed, {} tokens{lost}{at_limit}", spent.tokens)
        };
        self.count(progress.trees_done, progress.trees, message);
    }

    /// A line above the bar.
    fn tell(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(crate::exit::printable(line)),
            None => crate::tell(line),
        }
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
            crate::tell(&format!("{done}/{all} {}, {}", self.what, message()));
        }
    }

    /// Removes the bar, and tells what was not shown.
    pub fn finish(&mut self) {
        if let Some(rest) = self.notices.rest() {
            self.tell(&rest);
        }
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

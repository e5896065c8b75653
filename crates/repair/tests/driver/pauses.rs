//! A pause lets nothing leave, loses nothing, and reaches no tree; a stop ends it, and nothing of it outlives a session.

use crate::scripted::{Answering, Bills, Does, ScriptedJudge, ScriptedModel};
use crate::session::{Ran, See, Session, handed_in, plan, strategy, tempdir};
use crate::table::{Table, starter};
use mend_core::{Digest, Problem, Tokens};
use mend_model::{Model, Request};
use mend_repair::{Ended, Plan, Stop};
use std::sync::Arc;

struct Course {
    problems: Vec<Arc<Problem>>,
    table: Arc<Table>,
}

impl Course {
    fn new() -> Self {
        let problems: Vec<_> = starter().into_iter().take(12).collect();
        let table = Arc::new(Table::of(&problems));
        Self { problems, table }
    }

    fn plan(&self) -> Plan {
        let script = |request: &Request, _| {
            let place = format!("{} {}", request.problem, request.slots[0]);
            Does::Delay((Digest::of(place.as_bytes()).as_bytes()[0] % 20).into())
        };
        let model: Arc<dyn Model> = Arc::new(ScriptedModel::new(&self.problems, Bills::Reported, Box::new(script)));
        plan(&self.problems, strategy(2, 1, See::Hidden), model)
    }

    fn run(&self, budget: Option<Tokens>, pause_after: Option<usize>) -> Ran {
        let judge = ScriptedJudge::new(&self.table, Answering::LastFirst);
        Session { budget, pause_after, ..Session::new(&self.plan(), &judge) }.run()
    }
}

/// That no request leaves is a law of every session with a pause: see `end_pause`.
#[test]
fn a_pause_at_any_moment_reaches_no_tree() {
    let course = Course::new();
    let whole = course.run(None, None);
    assert!(matches!(whole.ended, Ended::Complete));
    for pause_after in [0, 1, 7, 40] {
        let ran = course.run(None, Some(pause_after));
        assert!(matches!(ran.ended, Ended::Complete), "{pause_after}: {:?}", ran.ended);
        assert!(ran.trees == whole.trees, "{pause_after}");
        assert_eq!(handed_in(&ran.recorded), handed_in(&whole.recorded), "{pause_after}");
    }
    let budget = Some(Tokens(whole.spent.0 / 2));
    let stopped = course.run(budget, None);
    for pause_after in [0, 9, 30] {
        let ran = course.run(budget, Some(pause_after));
        assert!(matches!(ran.ended, Ended::Stopped(Stop::Budget)), "{pause_after}: {:?}", ran.ended);
        assert!(ran.trees == stopped.trees, "{pause_after}");
    }
}

#[test]
fn a_paused_run_can_be_stopped_and_goes_on_without_the_pause() {
    let course = Course::new();
    let whole = course.run(None, None);
    let (plan, folder) = (course.plan(), tempdir());
    let judge = ScriptedJudge::new(&course.table, Answering::InOrder);
    // The pause comes first, so that the stop finds a paused run.
    let paused = Session { pause_after: Some(12), interrupt_after: Some(13), ..Session::new(&plan, &judge) };
    let ran = paused.start(folder.path());
    assert!(matches!(ran.ended, Ended::Stopped(Stop::Interrupt)), "{:?}", ran.ended);
    let ran = Session::new(&plan, &judge).resume(folder.path());
    assert!(matches!(ran.ended, Ended::Complete), "{:?}", ran.ended);
    assert!(ran.trees == whole.trees);
}

//! `mend strategies check`: the names and types of a script, then the script itself at a few problems.

use super::{failure, granted, load};
use crate::args::CheckArgs;
use crate::asked::{machine, sandbox};
use crate::exit::{Exit, Failure, printable};
use crate::heard::Stderr;
use mend_core::{Completion, FinishReason, Integrity, JudgeLimits, Problem, Sampling, Seat, Slot, TestsMode, Tokens};
use mend_dataset::OnInvalid;
use mend_judge::{Judge as _, JudgeError, JudgeOptions, Judgement, Look, SandboxJudge, Seen, Task};
use mend_lab::{Author, Engines};
use mend_model::{Model as _, Profile, Request, SimulatedProgrammer, profile_names};
use mend_repair::{Ask, Rehearsal, Script, ScriptError, Stage, Trial, TrialError, check_script, rehearse};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, mpsc};

/// The tokens that one answer may have.
const MAX_TOKENS: Tokens = Tokens(4096);

/// `mend strategies check`
pub fn run(args: &CheckArgs) -> Result<Exit, Failure> {
    let script = load(&args.strategy, &args.set)?;
    let complaints = check_script(&file_of(&args.strategy), script.text()).map_err(failure)?;
    let (rehearsal, refused) = try_on_problems(&script, args)?;
    if args.json {
        crate::print_json(&as_json(&script, &complaints, &rehearsal, &refused))?;
    } else {
        crate::print(&printable(&told(&script, &complaints, &rehearsal, &refused)))?;
    }
    Ok(if complaints.is_empty() { Exit::Complete } else { Exit::Found })
}

/// The name that messages give the script.
fn file_of(strategy: &str) -> String {
    let is_file = Path::new(strategy).extension().is_some_and(|extension| extension == "star");
    if is_file { strategy.to_owned() } else { format!("{strategy}.star") }
}

fn try_on_problems(script: &Script, args: &CheckArgs) -> Result<(Rehearsal, Refused), Failure> {
    let profile = Profile::named(args.model.trim_start_matches("sim/")).ok_or_else(|| {
        Failure::usage(format!("no simulated programmer is called `{}`", args.model))
            .hint(format!("known: sim/{}", profile_names().join(", sim/")))
    })?;
    let mut data = mend_lab::dataset("starter", Path::new("data"), OnInvalid::Skip)?;
    data.make_public(None, script.header().public.as_ref(), &mut Stderr::default())?;
    let data = data.dataset;
    let programmer = SimulatedProgrammer::new(profile, &data.problems);
    let machine = machine(&args.machine);
    let engines = Engines::set_up(sandbox(&args.machine), &machine, Author::Known, &mut Stderr::default())?;
    let judge = engines.judge(JudgeOptions {
        limits: JudgeLimits { cpu_ms: 5_000, memory_bytes: 1 << 30, output_bytes: 1 << 20 },
        tests: TestsMode::All,
        require: Integrity::Cooperative,
        workers: machine.workers(),
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| Failure::usage(format!("a runtime does not start: {error}")))?;
    let mut stage = Simulated { programmer, judge, runtime, refused: Refused::new() };
    let problems: Vec<Arc<Problem>> =
        data.problems.iter().take(usize::from(args.problems)).cloned().map(Arc::new).collect();
    let rehearsal = rehearse(script, &problems, &mut stage).map_err(|error| match error {
        TrialError::Script { problem, error } => {
            let error = match error {
                ScriptError::Evaluation(text) => format!("{text}\n  at problem {problem}"),
                other => format!("{other}\n  at problem {problem}"),
            };
            Failure::usage(error)
        }
        TrialError::Learning { round, error } => {
            Failure::usage(format!("{error}\n  at what it learns for round {round}"))
        }
        other => Failure::usage(other).hint("`mend doctor` shows what was found on this machine"),
    })?;
    Ok((rehearsal, stage.refused))
}

/// A simulated programmer, and the judge of this machine.
struct Simulated {
    programmer: SimulatedProgrammer,
    judge: SandboxJudge,
    runtime: tokio::runtime::Runtime,
    /// What was refused, and how often.
    refused: Refused,
}

/// How often somebody refused, by what was said.
type Refused = BTreeMap<(Seat, String), u64>;

impl Stage for Simulated {
    fn answer(&mut self, ask: &Ask, slot: &Slot, problem: &Problem) -> Result<Option<Completion>, String> {
        let request = Request {
            problem: problem.id.clone(),
            problem_digest: problem.digest,
            replicate: 0,
            seed: 0,
            seat: ask.seat,
            slots: vec![slot.clone()],
            messages: ask.messages.to_vec(),
            program: None,
            first: 0,
            sampling: Sampling::new(1.0, MAX_TOKENS),
        };
        let answer = self.runtime.block_on(self.programmer.complete(&request)).map_err(|error| error.to_string())?;
        let completion = answer.completions.into_iter().next().ok_or_else(|| format!("no answer came for {slot}"))?;
        if completion.finish_reason == FinishReason::Refusal {
            let said = completion.text.body().map_or("", |text| text);
            // Without the mark that is unlike any other's.
            let said = said.rsplit_once(". ").map_or(said, |(said, _)| said).to_owned();
            *self.refused.entry((ask.seat, said)).or_default() += 1;
        }
        Ok(Some(completion))
    }

    fn judge(&mut self, task: Task) -> Result<Judgement, JudgeError> {
        let (sender, receiver) = mpsc::channel();
        self.judge.submit(task, Box::new(move |result| drop(sender.send(result))));
        receiver.recv().unwrap_or(Err(JudgeError::Gone))
    }

    fn look(&mut self, _: &Slot, look: Look) -> Result<Seen, JudgeError> {
        let (sender, receiver) = mpsc::channel();
        self.judge.look(look, Box::new(move |result| drop(sender.send(result))));
        receiver.recv().unwrap_or(Err(JudgeError::Gone))
    }
}

fn told(script: &Script, complaints: &[String], rehearsal: &Rehearsal, refused: &Refused) -> String {
    let trials = &rehearsal.trials;
    let header = script.header();
    let mut text = String::new();
    let problems = trials.iter().map(|(_, problem, _)| &problem.id).collect::<BTreeSet<_>>().len();
    let works = if problems == 1 { "1 problem".to_owned() } else { format!("{problems} problems") };
    let _ = writeln!(text, "{}: works on {works} of starter", script.name());
    if complaints.is_empty() {
        text.push_str("names and types  nothing to say\n");
    }
    for complaint in complaints {
        let _ = writeln!(text, "names and types  {complaint}");
    }
    let unused = trials.iter().map(|(_, _, trial)| trial.unused.iter().copied().collect::<BTreeSet<_>>());
    let unused: Vec<&str> = unused.reduce(|all, here| &all & &here).unwrap_or_default().into_iter().collect();
    let never = |what: &[String]| {
        if what.is_empty() { String::new() } else { format!("; never used here: {}", what.join(", ")) }
    };
    let unused: Vec<String> = unused.into_iter().map(str::to_owned).collect();
    let _ = writeln!(text, "reach            {}{}", granted(script), never(&unused));
    let _ = writeln!(text, "oracle level     {}", header.oracle().level());
    text.push_str(&rounds(script, rehearsal));
    let asked: BTreeSet<Seat> =
        trials.iter().flat_map(|(_, _, trial)| trial.tree.nodes()).filter_map(|node| node.seat).collect();
    let silent: Vec<String> = header.seats.iter().filter(|seat| !asked.contains(seat)).map(Seat::to_string).collect();
    let seats: Vec<String> = header.seats.iter().map(Seat::to_string).collect();
    let _ = writeln!(text, "seats            {}{}", seats.join(", "), never(&silent));
    let most = trials.iter().map(|(_, _, trial)| trial.asked).max().unwrap_or_default();
    let _ =
        writeln!(text, "bound            {} completions for one problem; at most {most} were asked for", header.bound);
    if trials.iter().any(|(_, _, trial)| trial.ran) {
        text.push_str("note             `run` is not tried here: each input counts as one that cannot be run\n");
    }
    let has_program = |trial: &Trial| trial.tree.nodes().any(|node| node.candidate.is_some());
    if !trials.iter().any(|(_, _, trial)| has_program(trial)) {
        text.push_str(
            "note             no answer held a program: a simulated programmer knows a problem by its statement, so templates must show `{{ statement }}`\n",
        );
    }
    for ((seat, said), times) in refused {
        let often = if *times == 1 { "once".to_owned() } else { format!("{times} times") };
        let _ = writeln!(text, "note             the {seat} refused {often}, so that a script must do without: {said}");
    }
    if let Some((_, problem, trial)) = trials.iter().max_by_key(|(_, _, trial)| trial.asked) {
        let handed = match trial.ranking.as_slice() {
            [] => "hands in nothing".to_owned(),
            [best, ..] => format!("hands in {best}"),
        };
        let _ = writeln!(text, "\n{}: {} nodes, {handed}", problem.id, trial.asked);
        for line in trial.lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

/// The same for scripts.
fn as_json(script: &Script, complaints: &[String], rehearsal: &Rehearsal, refused: &Refused) -> Value {
    let header = script.header();
    let tree = |(_, problem, trial): &(_, Arc<Problem>, Trial)| {
        json!({
            "problem": problem.id,
            "asked": trial.asked,
            "unused": trial.unused,
            "hands_in": trial.ranking.first().map(Slot::to_string),
            "lines": trial.lines(),
        })
    };
    let refused = refused.iter().map(|((seat, said), times)| json!({ "seat": seat, "said": said, "times": times }));
    json!({
        "name": script.name(),
        "complaints": complaints,
        "reach": granted(script),
        "oracle_level": header.oracle().level().to_string(),
        "seats": header.seats.iter().map(Seat::to_string).collect::<Vec<_>>(),
        "bound": header.bound,
        "rounds": rehearsal.states.len(),
        "trees": rehearsal.trials.iter().map(tree).collect::<Vec<_>>(),
        "refused": refused.collect::<Vec<_>>(),
    })
}

/// The rounds that were tried, and what was known in the last of them; empty for a script that keeps no state.
fn rounds(script: &Script, rehearsal: &Rehearsal) -> String {
    const LONGEST: usize = 300;
    let Some(last) = rehearsal.states.last() else { return String::new() };
    let dev = rehearsal.trials.iter().filter(|(turn, ..)| turn.is_dev).count();
    let level = script.header().dev_oracle().level();
    let learns = if dev > 0 { format!("; {dev} trees to learn from (dev_oracle {level})") } else { String::new() };
    let state = last.text().body().map_or("", |text| text);
    let shown = match state.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} ... ({} bytes)", &state[..end], state.len()),
        None => state.to_owned(),
    };
    let count = rehearsal.states.len();
    format!("rounds           {count}, of few trees each{learns}\nlast state       {shown}\n")
}

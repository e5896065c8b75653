//! A prompt shows nothing of a suite that the strategy's view does not permit.

use crate::scripted::{Answering, ScriptedJudge, programmer};
use crate::session::{See, Session, critics, plan, shipped, strategy};
use crate::table::{Program, Table, failures, starter};
use mend_core::{
    CallId, Candidate, Event, ExtractionRule, Facts, Found, Problem, RepairTree, Screened, Seat, Slot, Step, Suite,
    Text, Tokens, TreeKey, Usage, Used,
};
use mend_model::Message;
use mend_repair::{Act, Ground, Next, Plan, Solver, Strategy, free_completion, readable};
use std::collections::BTreeMap;
use std::sync::Arc;

fn text(messages: &[Message]) -> String {
    messages.iter().map(|message| message.content.as_str()).collect::<Vec<_>>().join("\n")
}

/// The program that a node is about, directly or through a critique.
fn first_program(slot: &Slot) -> Slot {
    match slot.steps()[0] {
        Step::Program(index) => Slot::program(index),
        other => panic!("{other:?}"),
    }
}

fn values(facts: &[Facts]) -> impl Iterator<Item = &str> {
    facts
        .iter()
        .flat_map(|facts| [&facts.call, &facts.input, &facts.expected, &facts.assertion])
        .flatten()
        .map(|value| value.trim())
}

/// What a prompt about a problem shows of its hidden tests, beyond what stands in the statement, in the program, or
/// in a public test.
struct Secrets<'a> {
    values: Vec<&'a str>,
}

impl<'a> Secrets<'a> {
    fn of(hidden: &'a [Facts], known: &str) -> Self {
        Self { values: values(hidden).filter(|value| !known.contains(value)).collect() }
    }

    fn shown_in(&self, prompt: &str) -> Option<&'a str> {
        self.values.iter().copied().find(|value| prompt.contains(value))
    }
}

/// The prompts for a program, for a critique of the one that was written, and for its repair by that critique.
fn prompts(strategy: &Strategy, problem: &Arc<Problem>, program: &Program) -> [String; 3] {
    let ground = Ground {
        problem: Arc::clone(problem),
        seed: 1,
        replicate: 0,
        programs: 1,
        longest_prompts: BTreeMap::new(),
        memory: None,
    };
    let mut solver = Solver::new(strategy.script().clone(), ground);
    let mut tree = RepairTree::new(TreeKey { problem: problem.id.clone(), replicate: 0 });
    [0, 1, 2].map(|step| {
        let Next::Enabled(acts) = solver.next(&tree).unwrap() else { panic!("done at step {step}") };
        let [(_, Act::Ask(ask))] = acts.as_slice() else { panic!("{acts:?}") };
        let (slot, call) = (ask.slots[0].clone(), CallId::new(&ask.slots[0], 0));
        let answer = if step == 1 { "I have no idea." } else { &program.text };
        let completion = free_completion(answer.to_owned());
        let candidate = Candidate {
            program: Text::new(program.text.as_str()),
            rule: ExtractionRule::Whole,
            paper_tokens: Tokens(1),
        };
        let outcome = if step == 1 {
            Event::Read {
                slot,
                found: Found::Critique { opinion: None, spans: vec![], defects: vec![] },
                screened: Screened::default(),
            }
        } else {
            let verdict = program.verdict.clone();
            Event::Judged { slot, candidate: Some(candidate), verdict, used: Used::default() }
        };
        let sent = Event::Sent {
            call: call.clone(),
            slots: ask.slots.clone(),
            seat: ask.seat,
            model: "scripted/model".into(),
            worst_cost: Tokens(1).into(),
            prompt: Text::new(readable(&ask.messages)),
            template: Some(ask.template),
            shows: ask.shows.clone(),
            terms: ask.terms.clone(),
        };
        let sampled =
            Event::Sampled { call, completions: vec![completion], usage: Usage::default(), cost: Tokens(1).into() };
        for event in [sent, sampled, outcome] {
            tree.apply(&event).unwrap();
            solver.learned(&event);
        }
        text(&ask.messages)
    })
}

/// Every failing program of every problem, with the prompts for its repair and its critique, and what may not be in
/// them.
fn for_each_repair(see: See, mut check: impl FnMut(&Problem, &Program, &str, &Secrets<'_>)) {
    let problems = starter();
    let table = Table::of(&problems);
    let word = match see {
        See::None => "none",
        See::Public => "public",
        See::Hidden => "hidden",
    };
    let one = [("n_p", "1"), ("n_f", "1"), ("n_r", "1"), ("critique", "all"), ("see", word)];
    let strategy = shipped("critic", &one);
    for problem in &problems {
        let hidden = failures(problem, Suite::Hidden);
        // One problem checks its many cases in a loop of two asserts.
        assert!(hidden.len() >= 2, "{}", problem.id);
        let public = failures(problem, Suite::Public);
        for program in table.failing(&problem.id) {
            let [asked, critique, repair] = prompts(&strategy, problem, program);
            let known = values(&public).chain([asked.as_str()]).collect::<Vec<_>>().join("\n");
            // Nothing of a suite's values depends on the program, but the program may name some of them.
            let secrets = Secrets::of(&hidden, &known);
            assert!(!secrets.values.is_empty());
            let secrets = Secrets {
                values: secrets.values.iter().copied().filter(|value| !program.text.contains(value)).collect(),
            };
            for prompt in [repair, critique] {
                check(problem, program, &prompt, &secrets);
            }
        }
    }
}

#[test]
fn prompt_shows_nothing_of_the_hidden_suite_unless_it_may() {
    for see in [See::Public, See::None] {
        for_each_repair(see, |problem, program, prompt, secrets| {
            assert_eq!(secrets.shown_in(prompt), None, "{see:?} {}:\n{prompt}", problem.id);
            let shows_public = prompt.contains("It is wrong. It fails a test");
            let fails_public = program.verdict.passes(Suite::Public) == Some(false);
            assert_eq!(shows_public, see == See::Public && fails_public);
        });
    }
}

/// The law above would be seen to be broken: where the hidden suite may be shown, it is.
#[test]
fn prompt_shows_a_hidden_failure_where_it_may_and_no_public_test_fails() {
    let mut shown = 0;
    for_each_repair(See::Hidden, |_, program, prompt, secrets| {
        let passes_public = program.verdict.passes(Suite::Public) == Some(true);
        if !passes_public {
            assert_eq!(secrets.shown_in(prompt), None, "the public failure comes first");
        } else if secrets.shown_in(prompt).is_some() {
            shown += 1;
        }
    });
    assert!(shown > 100, "{shown}");
}

#[test]
fn run_that_sees_public_tests_sends_no_prompt_with_a_hidden_one() {
    let problems = starter();
    let table = Arc::new(Table::of(&problems));
    let strategies =
        [See::Public, See::None].into_iter().flat_map(|see| [strategy(10, 1, see), critics(10, 1, 1, see)]);
    for strategy in strategies {
        let judge = ScriptedJudge::new(&table, Answering::InOrder);
        let plan: Plan = plan(&problems, strategy, Arc::new(programmer(&problems)));
        let ran = Session::new(&plan, &judge).run();
        let mut repairs = 0;
        for entry in &ran.recorded.entries {
            let (Some(tree), Event::Sent { seat: Seat::CRITIC | Seat::REPAIRER, slots, prompt, .. }) =
                (&entry.tree, &entry.event)
            else {
                continue;
            };
            repairs += 1;
            let problem = problems.iter().find(|problem| problem.id == tree.problem).unwrap();
            let grown = ran.trees.iter().find(|grown| grown.key == *tree).unwrap();
            let parent = grown.node(&first_program(&slots[0])).unwrap();
            let program = parent.candidate.as_ref().unwrap().program.body().unwrap();
            let public = failures(problem, Suite::Public);
            let asked = ran.recorded.entries.iter().find_map(|entry| match &entry.event {
                Event::Sent { seat: Seat::CODER, prompt, .. } if entry.tree.as_ref() == Some(tree) => prompt.body(),
                _ => None,
            });
            let asked = asked.unwrap();
            // The words of a critic who was not shown more are no secret either.
            let above = grown.node(&slots[0].parent().unwrap()).unwrap();
            let critique = above.completion.as_ref().filter(|_| !above.slot.is_program());
            let critique = critique.map_or("", |critique| critique.text.body().unwrap());
            let known = values(&public).chain([asked, program, critique]).collect::<Vec<_>>().join("\n");
            let hidden = failures(problem, Suite::Hidden);
            assert_eq!(Secrets::of(&hidden, &known).shown_in(prompt.body().unwrap()), None);
        }
        assert!(repairs > 20, "{repairs}");
    }
}

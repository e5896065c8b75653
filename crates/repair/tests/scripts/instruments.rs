//! The instruments that scripts have: what they give, what they reach, and what is said of their wrong use.

use crate::play::{Play, key, problem};
use crate::script;
use mend_core::{Event, Problem, RepairTree, RunOutcome, Slot};
use mend_judge::{Look, Sight, Step, Trace, Unit, Values, WorkCost};
use mend_repair::{Ask, Says, ScriptedModel};

const ALL: &str = "see = \"hidden\", stop_on = \"hidden\"";

/// Plays a script of this body with a program that fails everything; `notes` is answered by words.
fn play(reach: &str, body: &str, model: impl FnOnce(ScriptedModel) -> ScriptedModel) -> Result<Play, String> {
    play_with(reach, body, (false, false), model)
}

fn play_with(
    reach: &str,
    body: &str,
    (public, hidden): (bool, bool),
    model: impl FnOnce(ScriptedModel) -> ScriptedModel,
) -> Result<Play, String> {
    let header = format!("strategy(summary = \"s\", seats = [\"coder\", \"planner\"], {reach}, bound = 9)\n");
    let body: Vec<String> = body.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!("{header}def solve(problem, p):\n    program = ask(\"program\", \"x\")\n{}", body.concat());
    let script = mend_repair::Script::load("mine.star", &text, &std::collections::BTreeMap::new());
    let script = script.map_err(|error| error.to_string())?;
    let rule = move |_, slot: &Slot| if slot.is_program() { Says::Program { public, hidden } } else { Says::words() };
    let model = model(ScriptedModel::new(&problem(), rule));
    let mut play = Play::with(&script, model, problem(), RepairTree::new(key()));
    play.finish(0).map_err(|error| error.to_string())?;
    Ok(play)
}

fn said(reach: &str, body: &str) -> String {
    play(reach, body, |model| model).err().unwrap_or_else(|| panic!("{body} is right"))
}

fn values(pairs: &[(&str, &str)]) -> Values {
    Values(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

fn two_blocks() -> Trace {
    let step = |number, lines: (u32, u32), pairs: &[(&str, &str)]| Step {
        number,
        first: lines.0,
        last: lines.1,
        values: values(pairs),
        pass: None,
    };
    Trace {
        call: Some("inc(1)".to_owned()),
        end: Some("returned".to_owned()),
        total: 2,
        steps: vec![step(0, (1, 1), &[("given", "(1,)")]), step(1, (2, 2), &[("return", "'p0 coder'")])],
    }
}

/// The last request of a play.
fn last(play: &Play) -> &Ask {
    play.asked.last().unwrap()
}

/// What was run without a judgement.
fn ran(play: &Play) -> Vec<(String, Vec<RunOutcome>)> {
    let of_event = |event: &Event| match event {
        Event::Ran { slot, outcomes, .. } => Some((slot.to_string(), outcomes.clone())),
        _ => None,
    };
    play.events.iter().filter_map(of_event).collect()
}

#[test]
fn a_trace_stands_in_a_prompt_as_text_with_the_program_that_it_shows() {
    let tests = std::sync::Mutex::new(Vec::new());
    let tests = std::sync::Arc::new(tests);
    let noted = std::sync::Arc::clone(&tests);
    let body = "\
seen = judge(program, \"every\")
first = trace(program, seen)
third = trace(program, seen, failure = 2, blocks = 1)
if trace(program, seen, failure = 3) != None: fail(\"a fourth failure\")
blocks = first.blocks
ask(\"note\", \"{{ a }}\\n{{ b }}\\n{{ c }}\", a = first, b = \"So: \" + third, c = str(blocks))";
    let play = play(ALL, body, |model| {
        model.looking(move |_, look| match look {
            Look::Trace { test, .. } => {
                noted.lock().unwrap().push(test.clone());
                Sight::Trace(Some(two_blocks()))
            }
            other => panic!("{other:?}"),
        })
    })
    .unwrap();
    insta::assert_snapshot!(last(&play).messages[0].content, @r#"
    The call inc(1) runs these blocks, in this order:
    [1] line 1
        | def inc(*given):
        given = (1,)
    [2] line 2
        | return "p0 coder"
        returns 'p0 coder'
    So: The call inc(1) runs these blocks, in this order:
    [1] line 1
        | def inc(*given):
        given = (1,)
    ... (1 block left out)
    [{"first": 1, "last": 1, "source": "def inc(*given):", "values": {"given": "(1,)"}, "pass": None}, {"first": 2, "last": 2, "source": "return \"p0 coder\"", "values": {"return": "'p0 coder'"}, "pass": None}]
    "#);
    assert_eq!(last(&play).shows, [Slot::program(0)]);
    // The first failing test and the third: those of the public suite come first.
    let Problem { tests: suites, .. } = problem();
    assert_eq!(*tests.lock().unwrap(), [suites.public[0].clone(), suites.hidden[1].clone()]);
    assert_eq!(ran(&play).len(), 2);
}

#[test]
fn where_nothing_can_be_traced_there_is_none() {
    let body = "\
shown = trace(program, judge(program, \"public\"))
ask(\"note\", \"{{ shown }}\", shown = \"nothing\" if shown == None else shown)";
    // The instrument saw nothing.
    let seen = play(ALL, body, |model| model).unwrap();
    assert_eq!((last(&seen).messages[0].content.as_str(), ran(&seen).len()), ("nothing", 1));
    // Nothing fails, so that nothing is looked at.
    let seen = play_with(ALL, body, (true, false), |model| model).unwrap();
    assert_eq!((last(&seen).messages[0].content.as_str(), ran(&seen).len()), ("nothing", 0));
}

#[test]
fn cells_belong_to_a_node_of_any_kind_and_give_texts() {
    let body = "\
note = ask(\"note\", \"y\")
printed = cells(note, [\"x = 1\", \"x\"])
again = cells(note, [\"x = 1\", \"x\"])
more = cells(program, [])
ask(\"note\", \"{{ a }} {{ b }} {{ c }}\", a = printed[1].strip(), b = printed == again, c = len(more))";
    let model = |model: ScriptedModel| {
        model.looking(|_, look| match look {
            Look::Cells { texts } => Sight::Cells(texts.iter().map(|text| format!("ran {text}\n")).collect()),
            other => panic!("{other:?}"),
        })
    };
    let play = play(ALL, body, model).unwrap();
    assert_eq!(last(&play).messages[0].content, "ran x True 0");
    let printed = ["ran x = 1\n", "ran x\n"].map(|text| RunOutcome::Value(text.to_owned())).to_vec();
    assert_eq!(ran(&play), [("n0".to_owned(), printed)], "the same session is run once");
}

#[test]
fn a_cost_is_measured_only_of_what_passes() {
    let body = "\
cost = measure(program, \"hidden\")
ask(\"note\", \"{{ cost }}\", cost = cost if cost != None else \"none\")";
    let dear = WorkCost { cost: 123_456_789_012, unit: Unit::Fuel, reference: Some(61_728_394_506) };
    let looking = move |model: ScriptedModel| {
        model.looking(move |_, look| match look {
            Look::Cost { task } => {
                assert_eq!((task.problem.tests.public.len(), task.problem.tests.hidden.len()), (0, 2));
                Sight::Cost(Some(dear))
            }
            other => panic!("{other:?}"),
        })
    };
    let passes = play_with(ALL, body, (false, true), looking).unwrap();
    let shown = &last(&passes).messages[0].content;
    assert!(["123456789012", "61728394506", "fuel"].iter().all(|part| shown.contains(part)), "{shown}");
    let fails = play_with(ALL, body, (true, false), looking).unwrap();
    assert_eq!((last(&fails).messages[0].content.as_str(), ran(&fails).len()), ("none", 0));
    let halved = body.replace("cost if", "cost[\"reference\"] / cost[\"cost\"] if");
    let halved = play_with(ALL, &halved, (false, true), looking).unwrap();
    assert_eq!(last(&halved).messages[0].content, "0.5");
}

#[test]
fn what_was_looked_at_once_is_read_from_the_journal() {
    let script = script("instruments.star", include_str!("sketches/instruments.star"), &[]);
    let mut looks = 0;
    for luck in 0..8 {
        let mut live = Play::new(&script, crate::play::by_luck, luck);
        live.finish(0).unwrap();
        looks += ran(&live).len();
        let mut tree = RepairTree::new(key());
        for event in &live.events {
            tree.apply(event).unwrap();
        }
        // A model that would show something else is not asked.
        let model = ScriptedModel::new(&problem(), |_, _| Says::words());
        let model = model.looking(|_, look| panic!("looked at again: {look:?}"));
        let mut again = Play::with(&script, model, problem(), tree);
        again.finish(0).unwrap();
        assert_eq!(again.tree, live.tree);
    }
    assert!(looks > 20, "{looks}");
}

#[test]
fn instruments_reach_no_more_than_the_header_grants() {
    insta::assert_snapshot!(said("see = \"public\", stop_on = \"hidden\"", "return trace(program, judge(program, \"hidden\"))"), @r#"
    mine.star:4: facts of the hidden suite may not be shown: the header does not grant `see = "hidden"`
      4 |     return trace(program, judge(program, "hidden"))
      hint: a strategy whose prompts show it says so in its header by `see`
    "#);
    insta::assert_snapshot!(said("see = \"hidden\", stop_on = \"public\"", "return measure(program, \"every\")"), @r#"
    mine.star:4: the outcome of the every suite may not be used here: the header does not grant `stop_on = "hidden"`
      4 |     return measure(program, "every")
      hint: a strategy whose next act hangs on it says so in its header by `stop_on`; `select_on` grants it for what is handed in, behind `programs()`
    "#);
}

#[test]
fn a_wrong_use_is_named_with_what_was_expected() {
    let other = "other = ask(\"program\", \"y\")\nseen = judge(program, \"public\")\n";
    for (body, words) in [
        (
            "trace(other, seen)",
            "`trace` is given p1 and the verdict on p0 by public: expected the verdict on the program itself",
        ),
        ("trace(program, seen, failure = -1)", "`failure` counts from 0, found -1"),
        ("trace(program, seen, blocks = 0)", "`blocks` is 0: expected 1 to 64"),
        ("trace(program, seen, blocks = 65)", "`blocks` is 65: expected 1 to 64"),
        ("trace(ask(\"note\", \"z\"), seen)", "`trace` takes a program or a repair; n0 is a note"),
        ("measure(ask(\"note\", \"z\"), \"public\")", "`measure` takes a program or a repair; n0 is a note"),
        ("measure(program, \"none\")", "`measure` takes a suite, found `none`: expected public, hidden or every"),
        ("measure(program, \"all\")", "`measure` takes a suite, found `all`: expected public, hidden or every"),
        ("cells(program, \"x\")", "`cells` takes a node and a list of texts, one for each cell; found a string"),
        ("cells(program, [1])", "`cells` takes a node and a list of texts, one for each cell; found a int"),
        ("cells(program, [\"\"] * 201)", "`cells` takes at most 200 cells of 1024 KiB together"),
    ] {
        let said = said(ALL, &format!("{other}return {body}"));
        assert!(said.starts_with(&format!("mine.star:6: {words}\n")), "{said}");
    }
    for call in ["trace(1, 2)", "cells(1, [])", "measure(1, \"public\")"] {
        assert!(said(ALL, &format!("return {call}")).starts_with("mine.star:4: "), "{call}");
    }
    // In a header there is nothing to look at.
    let script = "strategy(summary = \"s\", seats = [\"coder\"], bound = measure)\ndef solve(problem, p):\n    pass\n";
    assert!(mend_repair::Script::load("mine.star", script, &std::collections::BTreeMap::new()).is_err());
}

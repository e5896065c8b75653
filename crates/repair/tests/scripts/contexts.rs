//! Contexts: which messages a request holds, and what is left out where a prompt would be too long.

use crate::play::{Play, problem};
use crate::script;
use mend_core::{Seat, Slot, Tokens};
use mend_model::count_tokens;
use mend_repair::{Ask, Says, Script, readable};

/// A chain of four programs, none of which passes, with this line as what asks for the next.
fn chain(step: &str) -> Script {
    let text = format!(
        "load(\"lib.star\", \"AGAIN\", \"MEND\", \"REMEMBER\", \"WRITE\", \"ancestors\", \"chat\", \"reflection\", \"reflections\", \"stateless\", \"window\")
strategy(summary = \"s\", seats = [\"coder\", \"repairer\", \"planner\"], see = \"public\", stop_on = \"public\", bound = 20)
def solve(problem, p):
    program = ask(\"program\", WRITE)
    notes = []
    for turn in range(3):
        seen = judge(program, \"public\")
{}
    return program
",
        step.lines().fold(String::new(), |text, line| text + "        " + line + "\n")
    );
    script("chain.star", &text, &[])
}

fn fails(_: Seat, slot: &Slot, _: u64) -> Says {
    if slot.is_program() { Says::Program { public: false, hidden: false } } else { Says::words() }
}

const STATELESS: &str =
    "program = ask(\"repair\", MEND, about = program, chat = stateless(program), program = program, failure = seen)";
const CHAT: &str = "program = ask(\"repair\", AGAIN, about = program, chat = chat(program), failure = seen)";
const WINDOW: &str =
    "program = ask(\"repair\", AGAIN, about = program, chat = window(chat(program), 2), failure = seen)";
const REFLECTIONS: &str = "notes.append(reflection(program, seen))
program = ask(\"repair\", REMEMBER, about = program, program = program, failure = seen, lessons = reflections(notes, 2))";
const ANCESTORS: &str = "note = reflection(program, seen)
program = ask(\"repair\", REMEMBER, about = note, program = program, failure = seen, lessons = ancestors(note))";

/// The last request for a repair, where prompts may have so many tokens.
fn last(step: &str, longest: Option<u64>) -> Ask {
    let limits = longest.map(|most| (Seat::REPAIRER, Tokens(most))).into_iter().collect();
    let mut play = Play::limited(&chain(step), fails, 1, limits);
    play.finish(3).unwrap();
    play.asked.iter().rfind(|ask| ask.seat == Seat::REPAIRER).unwrap().clone()
}

fn shows(ask: &Ask) -> String {
    ask.shows.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn tokens(ask: &Ask) -> u64 {
    ask.messages.iter().map(|message| count_tokens(&message.content).0).sum()
}

#[test]
fn a_stateless_prompt_shows_the_task_and_the_program_alone() {
    let ask = last(STATELESS, None);
    insta::assert_snapshot!(readable(&ask.messages));
    assert_eq!(shows(&ask), "p0/r0/r0");
}

#[test]
fn a_chat_holds_every_answer_word_for_word_and_what_was_said_of_it() {
    let ask = last(CHAT, None);
    insta::assert_snapshot!(readable(&ask.messages));
    assert_eq!(ask.messages.len(), 8);
}

#[test]
fn a_window_holds_the_task_and_the_last_pairs() {
    let (chat, window) = (last(CHAT, None), last(WINDOW, None));
    insta::assert_snapshot!(readable(&window.messages));
    assert_eq!(window.messages[..2], chat.messages[..2], "the task");
    assert_eq!(window.messages[2..], chat.messages[4..], "two pairs");
    assert_eq!(window.terms.dropped, 0, "a window is what the script wants: nothing is dropped");
}

#[test]
fn reflections_stand_as_a_list_oldest_first() {
    let ask = last(REFLECTIONS, None);
    insta::assert_snapshot!(readable(&ask.messages));
    assert_eq!(shows(&ask), "p0/r0/r0 p0/r0/n0 p0/r0/r0/n0");
}

#[test]
fn ancestors_are_all_that_was_said_on_the_path() {
    let ask = last(ANCESTORS, None);
    insta::assert_snapshot!(readable(&ask.messages));
    assert_eq!(shows(&ask), "p0/n0/r0/n0/r0/n0 p0/n0/r0/n0/r0 p0/n0 p0/n0/r0/n0");
}

#[test]
fn a_prompt_that_is_too_long_drops_the_oldest_and_never_the_task_or_the_last() {
    for (step, droppable) in [(CHAT, 2), (WINDOW, 1), (REFLECTIONS, 1), (ANCESTORS, 2), (STATELESS, 0)] {
        let whole = last(step, None);
        assert_eq!(whole.terms.dropped, 0);
        let mut before = 0;
        for most in (1..=tokens(&whole)).rev() {
            let ask = last(step, Some(most));
            assert!(ask.terms.dropped >= before, "a shorter limit never drops less");
            assert!(tokens(&ask) <= most || ask.terms.dropped == droppable, "it drops what it can");
            assert_eq!(ask.messages[0], whole.messages[0], "the system's text stays");
            let task = &problem().statement;
            assert!(ask.messages[1].content.contains(task.trim()), "the task stays");
            let last_of = |ask: &Ask| ask.messages.last().unwrap().content.clone();
            if ask.messages.len() > 2 {
                assert_eq!(last_of(&ask), last_of(&whole), "the last question stays");
                assert_eq!(ask.messages[ask.messages.len() - 2], whole.messages[whole.messages.len() - 2]);
            } else {
                assert!(droppable == 0 || last_of(&ask).contains("> This is p0"), "the last item stays");
            }
            before = ask.terms.dropped;
        }
        assert_eq!(before, droppable, "{step}");
    }
}

#[test]
fn what_was_dropped_is_not_shown() {
    let whole = last(CHAT, None);
    assert_eq!(shows(&whole), "p0/r0/r0", "answers of a conversation are shown by the one that ends it");
    let short = last(REFLECTIONS, Some(1));
    assert_eq!((short.terms.dropped, shows(&short).as_str()), (1, "p0/r0/r0 p0/r0/r0/n0"));
    assert!(!readable(&short.messages).contains("This is p0/r0/n0"));
}

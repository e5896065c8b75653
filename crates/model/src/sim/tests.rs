use super::damage::DamageSet;
use super::profile::Quality;
use super::*;
use crate::{Message, Speaker};
use mend_core::{Mutant, ProblemId, Sampling, Seat, Status, Style, TestSuite, Tokens};
use proptest::prelude::*;
use std::collections::BTreeSet;

mod critics;
mod frequencies;
mod seats;
use frequencies::check_share;

const CLAMP: &str = "\
def clamp(x, low, high):
    if x < low:
        return low
    if x > high:
        return high
    return x
";

fn mutant(name: &str, find: &str, replace: &str, hidden: Status) -> Mutant {
    let (name, find, replace) = (name.to_owned(), find.to_owned(), replace.to_owned());
    Mutant { name, find, replace, public: hidden, hidden }
}

fn problem(id: &str, statement: &str, style: Style, reference: Option<&str>, mutants: Vec<Mutant>) -> Problem {
    Problem {
        reference: reference.map(Into::into),
        mutants,
        difficulty: Some("interview".to_owned()),
        ..mend_testkit::problem(id, style, statement)
    }
    .with_digest()
}

fn function(name: &str) -> Style {
    Style::Function { entry_point: name.to_owned() }
}

/// Five damages that fail, of which one loops and two overlap, and one that is harmless.
fn clamp() -> Problem {
    let mutants = vec![
        mutant("low", "x < low", "x > low", Status::WrongAnswer),
        mutant("low-value", "return low", "return high - 1", Status::WrongAnswer),
        mutant("high", "x > high", "x < high", Status::WrongAnswer),
        mutant(
            "high-branch",
            "if x > high:\n        return high",
            "if x > high:\n        return low",
            Status::WrongAnswer,
        ),
        mutant("forever", "    return x\n", "    while True:\n        pass\n", Status::TimeLimit),
        mutant("harmless", "(x, low, high)", "(x, low, high, *_)", Status::Passed),
        mutant("ambiguous", "return", "yield", Status::WrongAnswer),
    ];
    problem(
        "clamp",
        "Write `clamp(x, low, high)`.\n\nIt keeps x between low and high.\n",
        function("clamp"),
        Some(CLAMP),
        mutants,
    )
}

pub(super) fn only_one_damage() -> Problem {
    let mutants = vec![mutant("sign", "x + 1", "x - 1", Status::WrongAnswer)];
    problem(
        "inc",
        "Write `inc(x)`: one more than x.",
        function("inc"),
        Some("def inc(x):\n    return x + 1\n"),
        mutants,
    )
}

fn completion() -> Problem {
    let statement = r#"from typing import List


def above(xs: List[int], t: int) -> int:
    """ How many are above t?
    >>> above([1, 5], 2)
    1
    """
"#;
    let body = "    n = 0
    for i in range(len(xs)):
        if xs[i] > t and not xs[i] == t:
            n += 1
    return n
";
    let style = Style::Completion { entry_point: "above".to_owned() };
    problem("above", statement, style, Some(&format!("{statement}{body}")), Vec::new())
}

fn flawless() -> Problem {
    problem(
        "same",
        "Write `same(x)`: it returns x.",
        function("same"),
        Some("def same(x):\n    return x\n"),
        Vec::new(),
    )
}

fn without_reference() -> Problem {
    problem("open", "Write a program that proves it.", Style::Program, None, Vec::new())
}

fn all() -> Vec<Problem> {
    vec![clamp(), only_one_damage(), completion(), flawless(), without_reference()]
}

fn programmer() -> SimulatedProgrammer {
    SimulatedProgrammer::new(Profile::named("journeyman").unwrap(), &all())
}

fn user(content: impl Into<String>) -> Message {
    Message { speaker: Speaker::User, content: content.into() }
}

fn first_prompt(problem: &Problem) -> Vec<Message> {
    let system = Message { speaker: Speaker::System, content: "You write Python.".to_owned() };
    vec![system, user(format!("Solve this.\n\n{}\nAnswer with one code block.", problem.statement))]
}

const FACTS: &str = "It fails: `f(1)` returned 3, expected 4.";
const NO_FACTS: &str = "It fails the tests. Say what is wrong, then give the whole program in a block.";

fn repair_prompt(problem: &Problem, program: &str, feedback: &str) -> Vec<Message> {
    vec![user(format!(
        "{}\n\nThis program fails.\n\n```python\n{}\n```\n\n{feedback}",
        problem.statement,
        program.trim_end()
    ))]
}

fn request(problem: &Problem, seed: u64, slots: &[&str], messages: Vec<Message>) -> Request {
    Request {
        problem: problem.id.clone(),
        problem_digest: problem.digest,
        replicate: 0,
        seed,
        seat: Seat::CODER,
        slots: slots.iter().map(|slot| slot.parse().unwrap()).collect(),
        messages,
        program: None,
        first: 0,
        sampling: Sampling::new(0.8, Tokens(2048)),
    }
}

fn complete(programmer: &SimulatedProgrammer, request: &Request) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(programmer.complete(request)).unwrap()
}

fn texts(answer: &Answer) -> Vec<String> {
    answer.completions.iter().map(|completion| completion.text.body().unwrap().to_string()).collect()
}

/// The program in the last block of an answer.
fn program(text: &str) -> &str {
    let (before, _) = text.rsplit_once("\n```\n").expect("a closed block");
    before.rsplit_once("```python\n").expect("a Python block").1
}

/// The damages of the programs in many slots' answers, with the words around them.
fn sample(problem: &Problem, seed: u64, n: usize, messages: Vec<Message>) -> Vec<(DamageSet, String)> {
    let programmer = programmer();
    let slots: Vec<String> = (0..n).map(|index| format!("p{index}")).collect();
    let slots: Vec<&str> = slots.iter().map(String::as_str).collect();
    let answer = complete(&programmer, &request(problem, seed, &slots, messages));
    let damages = Damages::of(problem).unwrap();
    let combinations = Combinations::of(&damages, programmer.profile.damage_shares);
    let identify = |text: String| (combinations.identify(program(&text)).expect("a known program").clone(), text);
    texts(&answer).into_iter().map(identify).collect()
}

#[test]
fn problems_that_cannot_fail_or_be_solved_have_tables_that_say_so() {
    let programmer = programmer();
    let flawless = programmer.probabilities(&flawless());
    assert_eq!((flawless.p_right_first, flawless.failing.len(), flawless.p_repaired()), (1.0, 0, None));
    let open = without_reference();
    let table = programmer.probabilities(&open);
    assert_eq!((table.p_right_first, table.p_repaired()), (0.0, Some(0.0)));
    let answer = complete(&programmer, &request(&open, 0, &["p0"], first_prompt(&open)));
    assert_eq!(answer.completions[0].finish_reason, FinishReason::Refusal);
}

#[test]
fn an_answer_depends_on_its_own_slot_only() {
    let (programmer, problem) = (programmer(), clamp());
    let ask = |slots: &[&str]| texts(&complete(&programmer, &request(&problem, 1, slots, first_prompt(&problem))));
    let together = ask(&["p0", "p1", "p2"]);
    assert_eq!(ask(&["p2", "p0"]), [together[2].clone(), together[0].clone()]);
    let reversed: Vec<Problem> = all().into_iter().rev().collect();
    let other = SimulatedProgrammer::new(programmer.profile.clone(), &reversed);
    assert_eq!(texts(&complete(&other, &request(&problem, 1, &["p1"], first_prompt(&problem)))), [together[1].clone()]);
}

#[test]
fn no_two_places_share_a_text() {
    let (programmer, problem) = (programmer(), flawless());
    let mut seen = BTreeSet::new();
    for seed in 0..20 {
        for replicate in 0..3 {
            for seat in [Seat::CODER, Seat::REPAIRER] {
                let request = request(&problem, seed, &["p0", "p1", "p0/r0", "p0/r0/r0"], first_prompt(&problem));
                for text in texts(&complete(&programmer, &Request { replicate, seat, ..request })) {
                    assert!(seen.insert(text));
                }
            }
        }
    }
}

#[test]
fn luck_at_a_problem_is_the_same_for_every_seed() {
    let problem = clamp();
    let p = programmer().probabilities(&problem).p_right_first;
    for seed in 0..4 {
        let right =
            sample(&problem, seed, 2000, first_prompt(&problem)).iter().filter(|(set, _)| set.is_empty()).count();
        check_share("right", right, 2000, p);
    }
}

#[track_caller]
fn check_found(content: &str, subject: Option<&str>) {
    let request = request(&without_reference(), 0, &["p0"], vec![user(content)]);
    let found = programmer().problem(&request).map(|known| known.subject.clone());
    assert_eq!(found.as_deref(), subject, "{content}");
}

#[test]
fn the_problem_is_found_by_its_statement() {
    check_found("Task: Write `inc(x)`: one more than x. Thanks!", Some("inc"));
    check_found("# Write `clamp(x, low, high)`.\n#\n# It keeps x between low and high.", Some("clamp"));
    check_found("First Write `inc(x)`: one more than x. Then Write `same(x)`: it returns x.", Some("same"));
    check_found(&format!("```python\n{}```", completion().statement), Some("above"));
    check_found("Write `clamp(x, low, high)`.", None);
    check_found("", None);
}

#[test]
fn problems_that_share_a_statement_are_told_apart_by_digest() {
    let mut twin = only_one_damage();
    twin.id = ProblemId::new("twin");
    twin.style = function("twin");
    let problems = [only_one_damage(), twin.with_digest()];
    let programmer = SimulatedProgrammer::new(Profile::named("journeyman").unwrap(), &problems);
    for problem in &problems {
        let request = request(problem, 0, &["p0"], first_prompt(problem));
        assert_eq!(programmer.problem(&request).map(|known| known.problem.digest), Some(problem.digest));
    }
}

/// The damages that are seen in a prompt, and whether it shows facts.
#[track_caller]
fn check_task(messages: &[Message], expected: Option<(&[usize], bool)>) {
    let problem = clamp();
    let combinations = Combinations::of(&Damages::of(&problem).unwrap(), [1.0; 3]);
    let expected = expected.map_or(Task::Write, |(set, has_facts)| Task::Repair {
        damages: set.to_vec(),
        has_facts,
        critique: None,
    });
    assert_eq!(reading::task(messages, &problem.statement, &combinations), expected);
}

#[test]
fn the_program_to_repair_is_the_last_one_that_is_known() {
    let problem = clamp();
    let low = CLAMP.replace("x < low", "x > low");
    let both = low.replace("x > high", "x < high");
    check_task(&first_prompt(&problem), None);
    check_task(&repair_prompt(&problem, "def clamp(x, low, high):\n    return 7\n", FACTS), None);
    check_task(&repair_prompt(&problem, &low, NO_FACTS), Some((&[0], false)));
    check_task(&repair_prompt(&problem, &both, FACTS), Some((&[0, 2], true)));
    check_task(&repair_prompt(&problem, CLAMP, FACTS), Some((&[], true)));
    let ragged = low.replace('\n', "  \r\n");
    check_task(&repair_prompt(&problem, &format!("\n{ragged}\n\n"), NO_FACTS), Some((&[0], false)));
    let two = format!("```\n{both}```\n```text\nx\n```\n```py\n{low}```\n```python\nprint(1)\n```\n");
    check_task(&[user(two)], Some((&[0], false)));
    check_task(&[user(format!("A stray fence:\n```\nthen\n```python\n{low}```"))], Some((&[0], false)));
    let assistant = Message { speaker: Speaker::Assistant, content: format!("Expected 1.\n```python\n{low}```") };
    check_task(&[assistant.clone(), user(NO_FACTS)], Some((&[0], false)));
    check_task(&[assistant, user(FACTS)], Some((&[0], true)));
}

#[track_caller]
fn check_facts(feedback: &str, has_facts: bool) {
    let low = CLAMP.replace("x < low", "x > low");
    check_task(&repair_prompt(&clamp(), &low, feedback), Some((&[0], has_facts)));
}

#[test]
fn facts_are_values_exceptions_and_limits() {
    check_facts("Expected:\n```\n3\n```", true);
    check_facts("- `clamp(1, 2, 3)` returned `1`", true);
    check_facts("assert clamp(1, 2, 3) == 2", true);
    check_facts("ZeroDivisionError: division by zero", true);
    check_facts("The time limit was reached.", true);
    check_facts("It is wrong. It fails a test: the call `clamp(1, 2, 3)` should give `2`, but gives `1`.", true);
    check_facts("It fails a test: the call `clamp(1)` gives `1`, which is not right.", true);
    check_facts("It fails a test with this input:\n\n```text\n4 5\n```\n", true);
    check_facts("It does not define `clamp`.", true);
    check_facts("It does not compile.", true);
    check_facts("", false);
    check_facts("It passes every test that the statement shows, but it may still be wrong.", false);
    check_facts("It fails a test.\n\nReply with the whole program in one ```python code block.", false);
    check_facts("Write a Python 3 program that reads standard input. Reply in one ```python code block.", false);
    check_facts("Start from this code:\n\n```python\ndef clamp(input: int): ...\n```", false);
    check_facts("The program is wrong. Explain the error and fix it.", false);
    check_facts("It does not do what is expected of it.", false);
    check_facts("Status: wrong_answer. Answer with one ```python block.", false);
}

#[test]
fn a_fresh_program_answers_an_unknown_one() {
    let problem = clamp();
    let fresh = sample(&problem, 2, 40, first_prompt(&problem));
    let unknown = sample(&problem, 2, 40, repair_prompt(&problem, "x = 1", FACTS));
    assert_eq!(fresh, unknown);
}

#[test]
fn the_last_block_is_the_program_and_a_few_answers_show_another_first() {
    let drawn = sample(&completion(), 0, 2000, first_prompt(&completion()));
    let illustrated = drawn.iter().filter(|(_, text)| text.matches("```").count() > 2).count();
    check_share("illustrated", illustrated, 2000, 0.15);
    for (_, text) in &drawn {
        assert!(program(text).starts_with(&*completion().statement));
    }
}

#[test]
fn a_program_with_fences_in_it_gets_a_longer_fence() {
    let reference = "def md():\n    return '```python'\n";
    let problem = problem("md", "Write `md()`, which opens a block.", function("md"), Some(reference), Vec::new());
    let programmer = SimulatedProgrammer::new(Profile::named("journeyman").unwrap(), std::slice::from_ref(&problem));
    let answer = complete(&programmer, &request(&problem, 0, &["p0"], first_prompt(&problem)));
    assert!(texts(&answer)[0].contains(&format!("````python\n{reference}````\n")));
}

#[test]
fn the_bill_charges_each_completion_its_full_prompt() {
    let (programmer, problem) = (programmer(), clamp());
    let request = request(&problem, 0, &["p0", "p1", "p2"], first_prompt(&problem));
    let answer = complete(&programmer, &request);
    let billed: Tokens = answer.completions.iter().map(|completion| completion.usage.billed().unwrap()).sum();
    assert_eq!(answer.usage.billed(), Some(billed));
    assert_eq!(answer.usage.prompt, Some(Tokens(3 * request.prompt_tokens().0)));
    assert!(billed <= programmer.worst_case(&request).tokens);
    for completion in &answer.completions {
        assert_eq!(completion.usage.completion, Some(completion.counted));
        assert_eq!(completion.counted, crate::count_tokens(completion.text.body().unwrap()));
    }
}

#[test]
fn the_token_limit_cuts_an_answer() {
    let (programmer, problem) = (programmer(), clamp());
    let whole = request(&problem, 0, &["p0"], first_prompt(&problem));
    let mut limited = whole.clone();
    limited.sampling.max_tokens = Tokens(30);
    let (whole, cut) = (complete(&programmer, &whole), complete(&programmer, &limited));
    assert_eq!(cut.completions[0].finish_reason, FinishReason::Length);
    assert_eq!(cut.completions[0].counted, Tokens(30));
    assert!(texts(&whole)[0].starts_with(&texts(&cut)[0]));
}

#[test]
fn identity_is_the_profile_and_the_damages() {
    let profile = Profile::named("journeyman").unwrap();
    let identity = |profile: &Profile, problems: &[Problem]| {
        SimulatedProgrammer::new(profile.clone(), problems).identity().digest.unwrap()
    };
    let before = identity(&profile, &all());
    assert_eq!(identity(&profile, &all().into_iter().rev().collect::<Vec<_>>()), before);
    let mut problems = all();
    problems[0].mutants.pop();
    assert_eq!(identity(&profile, &problems), before, "a mutant that is never used");
    problems[0].mutants.remove(0);
    assert_ne!(identity(&profile, &problems), before);
    assert_ne!(identity(&Profile { slip: 0.1, ..profile }, &all()), before);
    let identity = programmer().identity();
    assert_eq!((identity.name.as_str(), identity.simulated), ("sim/journeyman", true));
}

#[test]
fn an_answer_reads_like_a_chat() {
    let (programmer, problem) = (programmer(), clamp());
    let low = CLAMP.replace("x < low", "x > low");
    let requests = [
        request(&problem, 0, &["p0"], first_prompt(&problem)),
        request(&problem, 0, &["p0/r0"], repair_prompt(&problem, &low, FACTS)),
        request(&problem, 0, &["p0/r1"], repair_prompt(&problem, &low, NO_FACTS)),
        request(&problem, 0, &["p0"], vec![user("Hello!")]),
    ];
    let answers = requests.map(|request| texts(&complete(&programmer, &request)).concat());
    insta::assert_snapshot!(answers.join("=======\n"), @"
    Here is how I would write it. For `clamp` I followed the statement word by word. Draft 06b4dccd556846bf.

    The core of it looks like this:

    ```python
    for item in items:
        consider(item)
    ```

    Here is the complete program:

    ```python
    def clamp(x, low, high):
        if x < low:
            return low
        if x > high:
            return high
        return x
    ```

    This should cover the cases in the statement.
    =======
    I went through the program again. What looks wrong is line 2, `if x > low:`. Draft 8400bc28cea3dc4c.

    Here is the complete program:

    ```python
    def clamp(x, low, high):
        if x < low:
            return low
        if x < high:
            return high
        return x
    ```

    I have not run it, so please check the examples.
    =======
    I traced the failing case by hand. There is little to go by, so this is a careful second look. Draft aff2c4c57f6e12f7.

    The core of it looks like this:

    ```python
    for item in items:
        consider(item)
    ```

    The whole program:

    ```python
    def clamp(x, low, high):
        if x > low:
            return low
        if x > high:
            return high
        return x
    ```
    =======
    I do not know this task, so I will not guess at a program. Draft 06b4dccd556846bf.
    ");
}

/// Figures of the documented constants, worked out once: share, then removed and repaired with and without facts.
#[test]
fn the_table_of_a_problem_is_made_of_these_figures() {
    let table = programmer().probabilities(&clamp());
    let mut text = format!("right first {:.4}\n", table.p_right_first);
    for row in &table.failing {
        let figures = [row.share, row.p_removed, row.p_removed_blind, row.p_repaired, row.p_repaired_blind];
        text.push_str(&row.damages.to_string());
        text.extend(figures.map(|figure| format!(" {figure:.4}")));
        text.push('\n');
    }
    insta::assert_snapshot!(text, @"
    right first 0.5383
    1 0.6200 0.6369 0.4142 0.5859 0.3811
    2 0.2700 0.5190 0.2796 0.0000 0.0000
    3 0.1100 0.3973 0.1756 0.0000 0.0000
    ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_prompt_is_answered(
        parts in prop::collection::vec(prop::sample::select(vec![
            "```", "```python\n", "\n", "````", CLAMP, "x < low", "Write `inc(x)`: one more than x.",
            "Write `clamp(x, low, high)`.\n\nIt keeps x between low and high.\n", "Expected: 1", "é", ">>> #",
        ]), 0..12),
        seed: u64,
    ) {
        let request = request(&clamp(), seed, &["p0", "p0/f0/r1"], vec![user(parts.concat())]);
        let answer = complete(&programmer(), &request);
        prop_assert_eq!(answer.completions.len(), 2);
        prop_assert!(answer.usage.billed().unwrap() <= programmer().worst_case(&request).tokens);
    }

    #[test]
    fn any_reference_can_be_worked_with(
        reference in "(?s)[a-z0-9'\"\\\\\n é#<>=+.()]{0,80}( and |range\\(x\\)|while |True\n| not )[a-z0-9 <\n]{0,40}",
        seed: u64,
    ) {
        let problem = problem("any", "Do as the reference does.", Style::Program, Some(&reference), Vec::new());
        let damages = Damages::of(&problem).unwrap();
        let combinations = Combinations::of(&damages, [1.0; 3]);
        let shares: f64 = combinations.wrong().map(|(_, share)| share).sum();
        prop_assert!(shares == 0.0 || (shares - 1.0).abs() < 1e-9, "{}", shares);
        for (set, _) in combinations.wrong() {
            prop_assert_eq!(combinations.identify(&damages.program(set)), Some(set));
        }
        let profile = Profile::named("journeyman").unwrap();
        let programmer = SimulatedProgrammer::new(profile, std::slice::from_ref(&problem));
        for (set, _) in combinations.wrong().take(5) {
            let prompt = repair_prompt(&problem, &damages.program(set), FACTS);
            complete(&programmer, &request(&problem, seed, &["p0/r0"], prompt));
        }
    }
}

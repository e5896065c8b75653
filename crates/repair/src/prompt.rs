//! Prompts as texts. The templates that they are made of are the scripts' affair.

use mend_model::{Message, Speaker};
use std::fmt::Write as _;

/// The messages as one text, for people and journals.
pub fn readable(messages: &[Message]) -> String {
    let mut text = String::new();
    for message in messages {
        let speaker = match message.speaker {
            Speaker::System => "system",
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
        };
        let _ = write!(text, "[{speaker}]\n{}\n", message.content);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feedback::Failure;
    use crate::script::render;
    use mend_core::{Facts, Problem, Style};

    fn problem(style: Style, statement: &str) -> Problem {
        mend_testkit::problem("x/1", style, statement)
    }

    fn completion() -> Problem {
        let statement = "\n\ndef inc(x):\n    \"\"\"One more. <b>\"\"\"\n";
        problem(Style::Completion { entry_point: "inc".into() }, statement)
    }

    fn program() -> Problem {
        problem(Style::Program, "Print one more than the number.\n\n")
    }

    /// The messages of a piece, with what a strategy shows in it.
    fn messages(piece: &str, problem: &Problem, shown: &[(&str, &str)], failure: Option<&Failure>) -> Vec<Message> {
        let fill = |piece: &str| render(&format!("{{% include \"{piece}\" %}}"), problem, shown, failure).unwrap();
        vec![
            Message { speaker: Speaker::System, content: fill("system") },
            Message { speaker: Speaker::User, content: fill(piece) },
        ]
    }

    fn asked(problem: &Problem) -> String {
        readable(&messages("program", problem, &[], None))
    }

    #[test]
    fn a_program_is_asked_for_by_the_statement() {
        insta::assert_snapshot!(asked(&completion()), @r#"
        [system]
        You are an expert Python programmer. Think before you write, and write complete, runnable Python 3.
        [user]
        Complete the following Python function.

        ```python
        def inc(x):
            """One more. <b>"""
        ```

        Reply with the whole function, imports and helpers included, in one ```python code block.
        "#);
        insta::assert_snapshot!(asked(&program()), @r"
        [system]
        You are an expert Python programmer. Think before you write, and write complete, runnable Python 3.
        [user]
        Print one more than the number.

        Write a Python 3 program that reads standard input and writes standard output. Reply with the whole program in one ```python code block.
        ");
    }

    #[test]
    fn a_function_is_asked_for_by_name_with_its_starter_code_if_any() {
        let mut function = problem(Style::Function { entry_point: "inc".into() }, "Return one more.\n");
        insta::assert_snapshot!(asked(&function), @r"
        [system]
        You are an expert Python programmer. Think before you write, and write complete, runnable Python 3.
        [user]
        Return one more.

        Define `inc`. Reply with the whole program in one ```python code block.
        ");
        function.starter_code = Some("class Solution:\n    def inc(self, x):\n".into());
        insta::assert_snapshot!(asked(&function), @r"
        [system]
        You are an expert Python programmer. Think before you write, and write complete, runnable Python 3.
        [user]
        Return one more.

        Start from this code:

        ```python
        class Solution:
            def inc(self, x):
        ```

        Define `inc`. Reply with the whole program in one ```python code block.
        ");
    }

    fn repair(problem: &Problem, program: &str, failure: Option<&Failure>) -> String {
        readable(&messages("repair", problem, &[("program", program)], failure))
    }

    #[test]
    fn a_repair_shows_the_task_the_program_and_the_failure() {
        let facts = Facts {
            call: Some("inc(1)".into()),
            expected: Some("2".into()),
            actual: Some("1".into()),
            assertion: Some("assert inc(1) == 2".into()),
            ..Facts::default()
        };
        let failure = Failure { status: "wrong_answer", facts };
        insta::assert_snapshot!(repair(&completion(), "\ndef inc(x):\n    return x\n", Some(&failure)), @r#"
        [system]
        You are an expert Python programmer. Think before you write, and write complete, runnable Python 3.
        [user]
        Complete the following Python function.

        ```python
        def inc(x):
            """One more. <b>"""
        ```

        Reply with the whole function, imports and helpers included, in one ```python code block.

        A previous answer is this program:

        ```python

        def inc(x):
            return x
        ```

        It is wrong. It fails a test: the call `inc(1)` should give `2`, but gives `1`.

        The failing assertion is `assert inc(1) == 2`.

        First explain in a few sentences what is wrong with the program. Then reply with the whole repaired program in one ```python code block.
        "#);
        insta::assert_snapshot!(repair(&program(), "print(1)", None), @r"
        [system]
        You are an expert Python programmer. Think before you write, and write complete, runnable Python 3.
        [user]
        Print one more than the number.

        Write a Python 3 program that reads standard input and writes standard output. Reply with the whole program in one ```python code block.

        A previous answer is this program:

        ```python
        print(1)
        ```

        No test that may be shown here fails, but the program may still be wrong.

        First explain in a few sentences what is wrong with the program. Then reply with the whole repaired program in one ```python code block.
        ");
    }

    #[test]
    fn an_answer_without_a_program_is_shown_as_text() {
        let failure = Failure { status: "no_code", facts: Facts::default() };
        insta::assert_snapshot!(repair(&program(), "Sure:\n```python\nprint(", Some(&failure)), @r"
        [system]
        You are an expert Python programmer. Think before you write, and write complete, runnable Python 3.
        [user]
        Print one more than the number.

        Write a Python 3 program that reads standard input and writes standard output. Reply with the whole program in one ```python code block.

        A previous answer holds no complete code block, and counts as wrong:

        ````text
        Sure:
        ```python
        print(
        ````

        First explain in a few sentences how the task can be solved. Then reply with the whole program in one ```python code block.
        ");
        let empty = repair(&program(), "\n", Some(&failure));
        assert!(empty.contains("\n\nA previous answer was empty, and counts as wrong.\n\nFirst explain"), "{empty}");
    }

    /// What a repair of a function is told between the program and the closing request.
    fn told(problem: &Problem, status: &'static str, facts: Facts) -> String {
        let text = repair(problem, "print(1)", Some(&Failure { status, facts }));
        let (_, told) = text.split_once("print(1)\n```\n\n").unwrap();
        told.strip_suffix(
            "\n\nFirst explain in a few sentences what is wrong with the program. \
             Then reply with the whole repaired program in one ```python code block.\n",
        )
        .unwrap()
        .to_owned()
    }

    #[expect(clippy::unnecessary_wraps, reason = "facts are optional")]
    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_failing_call_is_told_with_what_is_known_of_it() {
        let call = || Facts { call: text("inc(1)"), ..Facts::default() };
        let told = |status, facts| told(&completion(), status, facts);
        insta::assert_snapshot!(told("wrong_answer", Facts { expected: text("2"), actual: text("1"), ..call() }), @r"
        It is wrong. It fails a test: the call `inc(1)` should give `2`, but gives `1`.
        ");
        let condition = text("assert all(\n    inc(x) > x\n    for x in [1]\n)");
        insta::assert_snapshot!(told("wrong_answer", Facts { actual: text("''"), assertion: condition, ..call() }), @r"
        It is wrong. It fails a test: the call `inc(1)` gives `''`, which is not right.

        The failing assertion is `assert all( inc(x) > x for x in [1] )`.
        ");
        let note = text("the test raised TypeError: 'int' object is not iterable");
        insta::assert_snapshot!(told("wrong_answer", Facts { actual: text("1"), note, ..call() }), @r"
        It is wrong. It fails a test: the call `inc(1)` gives `1`, which is not right.

        The test raised TypeError: 'int' object is not iterable.
        ");
        let note = text("the returned value cannot leave the process: a generator during the test");
        insta::assert_snapshot!(told("wrong_answer", Facts { note, ..call() }), @r"
        It is wrong. It fails a test: the call `inc(1)` gives no result that can be tested.

        The returned value cannot leave the process: a generator during the test.
        ");
        let raised = Facts { exception: text("TypeError: bad `x`\nin two lines"), line: Some(2), ..call() };
        insta::assert_snapshot!(told("runtime_error", Facts { source: text("return x"), ..raised }), @r"
        It is wrong. It fails a test: the call `inc(1)` raises an exception.

        The exception is `` TypeError: bad `x` in two lines ``, raised in line 2: `return x`.
        ");
        let note = text("the program reached the time limit during the test");
        insta::assert_snapshot!(told("time_limit", Facts { note, ..call() }), @r"
        It is wrong. It fails a test: the call `inc(1)` gives no result that can be tested.

        The program reached the time limit during the test.
        ");
    }

    #[test]
    fn a_failing_run_is_told_with_its_input() {
        let input = || Facts { input: text("\n1\n"), ..Facts::default() };
        let told = |status, facts| told(&program(), status, facts);
        insta::assert_snapshot!(told("wrong_answer", Facts { expected: text("2\n"), actual: text("1\n"), ..input() }), @r"
        It is wrong. It fails a test with this input:

        ```text

        1
        ```

        Expected output:

        ```text
        2
        ```

        Actual output:

        ```text
        1
        ```
        ");
        insta::assert_snapshot!(told("wrong_answer", Facts { expected: text("2\n"), actual: text("\n"), ..input() }), @r"
        It is wrong. It fails a test with this input:

        ```text

        1
        ```

        Expected output:

        ```text
        2
        ```

        Actual output:

        ```text

        ```
        ");
        let exception = text("ValueError: bad");
        insta::assert_snapshot!(told("runtime_error", Facts { exception, line: Some(1), ..input() }), @r"
        It is wrong. It fails a test with this input:

        ```text

        1
        ```

        The exception is `ValueError: bad`, raised in line 1.
        ");
        let note = text("the program wrote too much");
        insta::assert_snapshot!(told("output_limit", Facts { note, ..input() }), @r"
        It is wrong. It fails a test with this input:

        ```text

        1
        ```

        The program wrote too much.
        ");
    }

    #[test]
    fn a_program_that_cannot_be_loaded_is_told_so() {
        let told = |status, facts| told(&completion(), status, facts);
        let exception = text("SyntaxError: invalid syntax");
        insta::assert_snapshot!(told("compile_error", Facts { exception, line: Some(1), ..Facts::default() }), @r"
        It is wrong. It does not compile.

        The exception is `SyntaxError: invalid syntax`, raised in line 1.
        ");
        let note = text("the program does not define `inc`");
        insta::assert_snapshot!(told("missing_entry_point", Facts { note, ..Facts::default() }), @r"
        It is wrong. It does not define `inc`.
        ");
        let (exception, note) = (text("KeyError: 1"), text("raised while the program was loaded"));
        insta::assert_snapshot!(told("runtime_error", Facts { exception, note, ..Facts::default() }), @r"
        It is wrong. It raises an exception while it is loaded.

        The exception is `KeyError: 1`.
        ");
        let note = text("the program reached the memory limit while the program was loaded");
        insta::assert_snapshot!(told("memory_limit", Facts { note, ..Facts::default() }), @r"
        It is wrong. It fails a test.

        The program reached the memory limit while the program was loaded.
        ");
        insta::assert_snapshot!(told("runtime_error", Facts::default()), @"It is wrong. It fails a test.");
    }
}

//! Prompts, from templates that the binary carries.

use crate::feedback::Failure;
use mend_core::{Digest, Problem, Style};
use mend_model::{Message, Speaker};
use minijinja::{Environment, UndefinedBehavior, context};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const TEMPLATES: [(&str, &str); 4] = [
    ("system", include_str!("../templates/system.jinja")),
    ("program", include_str!("../templates/program.jinja")),
    ("repair", include_str!("../templates/repair.jinja")),
    ("failure", include_str!("../templates/failure.jinja")),
];

/// A template that does not render.
#[derive(Debug, thiserror::Error)]
#[error("template `{template}` does not render")]
pub struct PromptError {
    template: &'static str,
    #[source]
    source: minijinja::Error,
}

/// The templates of one version of mend.
#[derive(Debug)]
pub struct Prompts {
    environment: Environment<'static>,
}

impl Prompts {
    /// The templates that the binary carries.
    pub fn shipped() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Lenient);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.add_filter("trim", trim);
        for (name, source) in TEMPLATES {
            environment.add_template(name, source).expect("shipped templates are valid: a test renders each");
        }
        Self { environment }
    }

    /// Digest of each template, for the manifest.
    pub fn digests() -> BTreeMap<String, Digest> {
        TEMPLATES.iter().map(|(name, source)| ((*name).to_owned(), Digest::of(source.as_bytes()))).collect()
    }

    /// The prompt for a first program.
    ///
    /// # Errors
    /// A template that does not render.
    pub fn program(&self, problem: &Problem) -> Result<Vec<Message>, PromptError> {
        self.messages("program", problem, None, None)
    }

    /// The prompt for feedback and repair in one. `failure` is what the strategy's view permits; `None` if
    /// nothing that it shows has failed.
    ///
    /// # Errors
    /// A template that does not render.
    pub fn repair(
        &self,
        problem: &Problem,
        program: &str,
        failure: Option<&Failure>,
    ) -> Result<Vec<Message>, PromptError> {
        self.messages("repair", problem, Some(program), failure)
    }

    fn messages(
        &self,
        template: &'static str,
        problem: &Problem,
        program: Option<&str>,
        failure: Option<&Failure>,
    ) -> Result<Vec<Message>, PromptError> {
        let style = match problem.style {
            Style::Completion { .. } => "completion",
            Style::Function { .. } => "function",
            Style::Program => "program",
        };
        let context = context! {
            style,
            statement => &*problem.statement,
            entry_point => problem.style.entry_point(),
            starter_code => problem.starter_code.as_deref(),
            program,
            failure => failure.map(minijinja::value::Serde),
            status => failure.map(|failure| failure.status),
        };
        let render = |template: &'static str| {
            let rendered = self.environment.get_template(template).and_then(|found| found.render(&context));
            rendered.map_err(|source| PromptError { template, source })
        };
        Ok(vec![
            Message { speaker: Speaker::System, content: render("system")? },
            Message { speaker: Speaker::User, content: render(template)? },
        ])
    }
}

/// Removes white space, or the given characters, from both ends.
fn trim(text: String, characters: Option<String>) -> String {
    match characters {
        Some(characters) => text.trim_matches(|c| characters.contains(c)).to_owned(),
        None => text.trim().to_owned(),
    }
}

/// The messages as one text, for people and journals.
pub(crate) fn readable(messages: &[Message]) -> String {
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
    use mend_core::{Facts, Integrity, ProblemId, TestSuite};

    fn problem(style: Style) -> Problem {
        Problem {
            id: ProblemId::new("x/1"),
            digest: Digest::of(b""),
            statement: "def inc(x):\n    \"\"\"One more. <b>\"\"\"\n".into(),
            style,
            starter_code: None,
            reference: None,
            mutants: vec![],
            tests: TestSuite::default(),
            tolerance: None,
            difficulty: None,
            integrity: Integrity::Isolated,
        }
    }

    fn completion() -> Problem {
        problem(Style::Completion { entry_point: "inc".into() })
    }

    #[track_caller]
    fn repair_of(problem: &Problem, status: &'static str, facts: Facts) -> String {
        let failure = Failure { status, facts };
        let messages = Prompts::shipped().repair(problem, "def inc(x):\n    return x\n", Some(&failure)).unwrap();
        readable(&messages)
    }

    #[test]
    fn a_program_is_asked_for_by_the_statement() {
        insta::assert_snapshot!(readable(&Prompts::shipped().program(&completion()).unwrap()));
        let mut function = problem(Style::Function { entry_point: "inc".into() });
        function.starter_code = Some("class Solution:\n".into());
        insta::assert_snapshot!(readable(&Prompts::shipped().program(&function).unwrap()));
        insta::assert_snapshot!(readable(&Prompts::shipped().program(&problem(Style::Program)).unwrap()));
    }

    #[test]
    fn a_repair_shows_the_program_and_the_first_failure() {
        let text = |text: &str| Some(text.to_owned());
        let wrong = Facts {
            call: text("inc(1)"),
            expected: text("2"),
            actual: text("1"),
            assertion: text("assert inc(1) == 2"),
            ..Facts::default()
        };
        insta::assert_snapshot!(repair_of(&completion(), "wrong_answer", wrong));
        let raised = Facts {
            call: text("inc(1)"),
            exception: text("TypeError: bad"),
            line: Some(2),
            source: text("return x"),
            ..Facts::default()
        };
        insta::assert_snapshot!(repair_of(&completion(), "runtime_error", raised));
        let output = Facts { input: text("1\n"), expected: text("2\n"), actual: text("1\n"), ..Facts::default() };
        insta::assert_snapshot!(repair_of(&problem(Style::Program), "wrong_answer", output));
        let slow = Facts { input: text("1\n"), note: text("the program reached the time limit"), ..Facts::default() };
        insta::assert_snapshot!(repair_of(&problem(Style::Program), "time_limit", slow));
        let syntax = Facts { exception: text("SyntaxError: invalid syntax"), line: Some(1), ..Facts::default() };
        insta::assert_snapshot!(repair_of(&completion(), "compile_error", syntax));
        insta::assert_snapshot!(repair_of(&completion(), "missing_entry_point", Facts::default()));
    }

    #[test]
    fn a_repair_without_a_visible_failure_says_so() {
        let messages = Prompts::shipped().repair(&completion(), "x = 1\n", None).unwrap();
        assert!(messages[1].content.contains("It passes every test that the statement shows"));
    }
}

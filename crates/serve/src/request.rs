//! What a request for a verdict asks: read field by field, and made into what the judge is handed.

use crate::config::{Config, Unsupported};
use crate::fields::{Fields, seconds};
use crate::given;
use crate::library::Library;
use crate::refusal::Refusal;
use mend_core::{
    Completion, Extraction, FinishReason, Form, Integrity, JudgeLimits, Problem, Style, Suite, TestsMode, Text,
};
use std::sync::Arc;
use utoipa::ToSchema;

/// A request for a verdict. What is judged: `program` or `answer`. By what: `task_id` of a data set, or `tests` or `check`.
#[derive(Debug, Default, ToSchema)]
#[schema(as = JudgeRequest)]
#[expect(dead_code, reason = "the schema is made of it; `Asked::read` reads the same fields")]
pub(crate) struct JudgeRequest {
    /// Comes back with the answer.
    id: Option<String>,
    /// The data set of `task_id`; without it the first that the server was started with, else `starter`.
    dataset: Option<String>,
    /// A problem of that data set.
    #[schema(example = "starter/running-max")]
    task_id: Option<String>,
    /// The scoring tests, in place of a problem's.
    tests: Option<Vec<given::TestSchema>>,
    /// Text that defines `check(candidate)`, as HumanEval's; it is called with the entry point.
    check: Option<String>,
    /// Tests that the statement shows.
    public_tests: Option<Vec<given::TestSchema>>,
    /// The function that given tests call; without it they are inputs and outputs of a whole program.
    entry_point: Option<String>,
    /// Imports and helpers that run before given tests.
    context: Option<String>,
    /// What was asked; needed where an answer continues it.
    statement: Option<String>,
    /// `function`, `completion` or `program`; by default a function where there is an entry point, else a program.
    #[schema(value_type = Option<StyleWord>)]
    style: Option<String>,
    /// Greatest absolute difference of two floats that count as equal.
    #[schema(minimum = 0)]
    tolerance: Option<f64>,
    /// `isolated` (default), or `cooperative` where the tests need to share an interpreter with the candidate.
    #[schema(value_type = Option<IntegrityWord>)]
    integrity: Option<String>,
    /// The program, verbatim.
    program: Option<String>,
    /// A model's answer, in which a program is looked for.
    answer: Option<String>,
    /// What the answer is: `chat` (default), `continuation` of the statement, or a `whole` program.
    #[schema(value_type = Option<FormWord>)]
    form: Option<String>,
    /// Why the answer ended: `stop` (default) or `length`.
    #[schema(value_type = Option<FinishWord>)]
    finish_reason: Option<String>,
    /// The rules by which a program is found: `mend` (default), or those of another harness.
    #[schema(value_type = Option<ExtractionWord>)]
    extraction: Option<String>,
    /// The failures whose facts may be told: of `none`, of `public` tests (default), or of `hidden` ones too.
    #[schema(value_type = Option<SeeWord>)]
    see: Option<String>,
    /// Which of the rewards stands in `reward`: `pass` (default), `fraction` or `rltf`.
    #[schema(value_type = Option<Shape>)]
    shape: Option<String>,
    /// The suite behind `passed`, `fraction` and rewards: `hidden` (default) or `public`.
    #[schema(value_type = Option<SuiteWord>)]
    scored_on: Option<String>,
    /// What a reward makes of "unsupported" where the program can have caused it: `failing` or `unscored`.
    #[schema(value_type = Option<UnsupportedWord>)]
    unsupported: Option<String>,
    /// Whether a suite ends after its first failing test.
    stop_at_first_failure: Option<bool>,
    /// Limits of one test.
    limits: Option<LimitsRequest>,
}

/// Limits of one test, never above the server's.
#[derive(Debug, Default, ToSchema)]
#[schema(as = Limits)]
#[expect(dead_code, reason = "the schema is made of it; `limits` reads the same fields")]
pub(crate) struct LimitsRequest {
    /// CPU time in seconds. Wall time may be three times as long.
    #[schema(exclusive_minimum = 0)]
    time_limit: Option<f64>,
    /// Memory in MiB.
    #[schema(minimum = 1)]
    memory_limit: Option<u32>,
}

/// Declares a set of words: a type for the schema, and the list that errors name.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $list:ident: $($variant:ident = $word:literal),+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema, serde::Serialize)]
        pub(crate) enum $name {
            $(#[serde(rename = $word)] $variant),+
        }

        pub(crate) const $list: &[&str] = &[$($word),+];

        impl $name {
            pub(crate) fn of(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

words!(/// How a candidate is asked for.
    StyleWord, STYLES: Function = "function", Completion = "completion", Program = "program");
words!(/// Whether candidate and tests can be kept apart.
    IntegrityWord, INTEGRITIES: Isolated = "isolated", Cooperative = "cooperative");
words!(/// What an answer is.
    FormWord, FORMS: Chat = "chat", Continuation = "continuation", Whole = "whole");
words!(/// Why an answer ended.
    FinishWord, FINISHES: Stop = "stop", Length = "length");
words!(/// The rules by which a program is found.
    ExtractionWord, EXTRACTIONS: Mend = "mend", LastFence = "last-fence", FirstFence = "first-fence", Olausson = "olausson");
words!(/// The failures whose facts may be told.
    SeeWord, SEES: None = "none", Public = "public", Hidden = "hidden");
words!(/// The shape of a reward.
    Shape, SHAPES: Pass = "pass", Fraction = "fraction", Rltf = "rltf");
words!(/// A suite.
    SuiteWord, SUITES: Hidden = "hidden", Public = "public");
words!(/// What a reward makes of "unsupported".
    UnsupportedWord, UNSUPPORTED: Failing = "failing", Unscored = "unscored");

/// A request for a verdict, read.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) id: Option<String>,
    pub(crate) problem: Arc<Problem>,
    pub(crate) completion: Completion,
    pub(crate) extraction: Extraction,
    pub(crate) terms: AskedTerms,
    pub(crate) limits: JudgeLimits,
    pub(crate) tests: TestsMode,
}

/// What an answer is to say of a verdict.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AskedTerms {
    pub(crate) see: SeeWord,
    pub(crate) shape: Shape,
    pub(crate) scored_on: Suite,
    pub(crate) unsupported: Unsupported,
}

impl AskedTerms {
    /// The suites whose failures may be told.
    pub(crate) fn seen(self) -> &'static [Suite] {
        match self.see {
            SeeWord::None => &[],
            SeeWord::Public => &[Suite::Public],
            SeeWord::Hidden => &[Suite::Public, Suite::Hidden],
        }
    }
}

impl Asked {
    /// Reads a request.
    pub(crate) fn read(mut fields: Fields, library: &Library, config: &Config) -> Result<Self, Refusal> {
        let fields = &mut fields;
        let id = fields.take("id")?;
        let problem = problem(fields, library)?;
        let terms = AskedTerms {
            see: fields.word("see", SEES, SeeWord::of)?.unwrap_or(SeeWord::Public),
            shape: fields.word("shape", SHAPES, Shape::of)?.unwrap_or(Shape::Pass),
            scored_on: scored_on(fields, &problem)?,
            unsupported: match fields.word("unsupported", UNSUPPORTED, UnsupportedWord::of)? {
                Some(UnsupportedWord::Failing) => Unsupported::Failing,
                Some(UnsupportedWord::Unscored) => Unsupported::Unscored,
                None => config.unsupported,
            },
        };
        let completion = completion(fields, &problem)?;
        let extraction = fields.word("extraction", EXTRACTIONS, ExtractionWord::of)?;
        let tests = match fields.take("stop_at_first_failure")? {
            Some(true) => TestsMode::FirstFailure,
            Some(false) => TestsMode::All,
            None => config.tests,
        };
        let limits = limits(fields, config)?;
        fields.end()?;
        let extraction = match extraction {
            None | Some(ExtractionWord::Mend) => Extraction::Mend,
            Some(ExtractionWord::LastFence) => Extraction::LastFence,
            Some(ExtractionWord::FirstFence) => Extraction::FirstFence,
            Some(ExtractionWord::Olausson) => Extraction::Olausson,
        };
        Ok(Self { id, problem, completion, extraction, terms, limits, tests })
    }
}

/// The problem: one of a data set, or one that the request makes.
fn problem(fields: &mut Fields, library: &Library) -> Result<Arc<Problem>, Refusal> {
    let dataset: Option<String> = fields.take("dataset")?;
    let task_id: Option<String> = fields.take("task_id")?;
    let made = given::problem(fields)?;
    match (task_id, made) {
        (Some(id), None) => library.problem(dataset.as_deref(), &id, |field| fields.name(field)),
        (None, Some(problem)) if dataset.is_none() => Ok(Arc::new(problem)),
        (None, Some(_)) => Err(Refusal::invalid(fields.name("dataset"), "goes with `task_id`, not with given tests")),
        (Some(_), Some(_)) => {
            let message = "a problem of a data set has tests of its own: leave out `task_id`, or `tests`, `check` and what \
                           goes with them";
            Err(Refusal::invalid(fields.name("task_id"), message))
        }
        (None, None) => {
            let message = "is missing: name a problem by `task_id`, or give `tests` or `check`";
            Err(Refusal::invalid(fields.name("task_id"), message))
        }
    }
}

fn scored_on(fields: &mut Fields, problem: &Problem) -> Result<Suite, Refusal> {
    match fields.word("scored_on", SUITES, SuiteWord::of)? {
        None | Some(SuiteWord::Hidden) => Ok(Suite::Hidden),
        Some(SuiteWord::Public) if problem.tests.public.is_empty() => {
            Err(Refusal::invalid(fields.name("scored_on"), "the problem has no public tests"))
        }
        Some(SuiteWord::Public) => Ok(Suite::Public),
    }
}

/// What is to be judged, as a model would have written it.
fn completion(fields: &mut Fields, problem: &Problem) -> Result<Completion, Refusal> {
    let program: Option<String> = fields.take("program")?;
    let answer: Option<String> = fields.take("answer")?;
    let form = fields.word("form", FORMS, FormWord::of)?;
    let finish = fields.word("finish_reason", FINISHES, FinishWord::of)?;
    let (text, form) = match (program, answer) {
        (Some(program), None) if form.is_none() => (program, Form::Whole),
        (Some(_), None) => return Err(Refusal::invalid(fields.name("form"), "goes with `answer`: a program is whole")),
        (None, Some(answer)) => {
            let form = match form {
                None | Some(FormWord::Chat) => Form::Chat,
                Some(FormWord::Whole) => Form::Whole,
                Some(FormWord::Continuation) => Form::Continuation.at(&problem.style),
            };
            (answer, form)
        }
        (None, None) => {
            return Err(Refusal::invalid(fields.name("program"), "is missing: give `program` or `answer`"));
        }
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid(fields.name("answer"), "give `program` or `answer`, not both"));
        }
    };
    let finish_reason = match finish {
        None | Some(FinishWord::Stop) => FinishReason::Stop,
        Some(FinishWord::Length) => FinishReason::Length,
    };
    Ok(Completion { form, finish_reason, ..Completion::made(Text::new(text)) })
}

/// Limits of one test.
fn limits(fields: &mut Fields, config: &Config) -> Result<JudgeLimits, Refusal> {
    let mut limits = config.limits;
    let Some(mut asked) = fields.object("limits")? else { return Ok(limits) };
    if let Some(time) = asked.take("time_limit")? {
        let field = asked.name("time_limit");
        let cpu_ms = (seconds(&field, time)? * 1000.0).ceil() as u64;
        limits.cpu_ms = below(&field, cpu_ms, config.most.cpu_ms, |ms| format!("{} s", ms as f64 / 1000.0))?;
    }
    if let Some(mebibytes) = asked.take::<u32>("memory_limit")? {
        let field = asked.name("memory_limit");
        if mebibytes == 0 {
            return Err(Refusal::invalid(field, "expected MiB from 1 on, found 0"));
        }
        let show = |bytes| format!("{} MiB", bytes >> 20);
        limits.memory_bytes = below(&field, u64::from(mebibytes) << 20, config.most.memory_bytes, show)?;
    }
    asked.end()?;
    Ok(limits)
}

fn below(field: &str, asked: u64, most: u64, show: impl Fn(u64) -> String) -> Result<u64, Refusal> {
    if asked <= most {
        return Ok(asked);
    }
    Err(Refusal::invalid(field, format!("{} is more than this server gives: at most {}", show(asked), show(most))))
}

/// What a style makes of a word, and of an entry point.
pub(crate) fn style(fields: &Fields, word: Option<StyleWord>, entry: Option<String>) -> Result<Style, Refusal> {
    let wrong = |why: &str| Err(Refusal::invalid(fields.name("style"), why));
    match (word, entry) {
        (None | Some(StyleWord::Function), Some(entry_point)) => Ok(Style::Function { entry_point }),
        (Some(StyleWord::Completion), Some(entry_point)) => Ok(Style::Completion { entry_point }),
        (None | Some(StyleWord::Program), None) => Ok(Style::Program),
        (Some(StyleWord::Program), Some(_)) => wrong("a `program` has no `entry_point`"),
        (Some(StyleWord::Function | StyleWord::Completion), None) => wrong("a function needs its `entry_point`"),
    }
}

/// The integrity behind its word.
pub(crate) fn integrity(word: Option<IntegrityWord>) -> Integrity {
    match word {
        None | Some(IntegrityWord::Isolated) => Integrity::Isolated,
        Some(IntegrityWord::Cooperative) => Integrity::Cooperative,
    }
}

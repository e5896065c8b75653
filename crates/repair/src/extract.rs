//! Finding the program in a completion.
//!
//! What a completion is meant to be ([`Form`]) comes first: a continuation and a whole program are taken verbatim. In the
//! answer of a chat model the program is looked for, in these steps:
//!
//! 1. *Thinking* is set aside (`thinking`): drafts count neither for nor against. An answer that ends while it thinks
//!    holds no program.
//! 2. The answer ends at an end token, and lies within `<answer>` if it says so (`marks`).
//! 3. *Blocks* are found (`fences`): Markdown's fences, with the sloppiness of models, and `[PYTHON]` or `<code>`. Where a
//!    block may end in several places, the first end with which it parses counts.
//! 4. One block is *chosen* (`choosing`): it has to answer the problem, that is, to define the entry point, or to act like a
//!    program. What it needs of other blocks is *joined* (`joining`).
//! 5. Where no block answers, code without fences does (`bare`), and last the rest of a function that the statement began.
//!
//! | rule | the program |
//! |---|---|
//! | `continuation` | the statement and the completion, verbatim |
//! | `whole` | the completion, verbatim |
//! | `one_block` | the one block that answers the problem |
//! | `last_of_several` | several do: the last; one that only stands for a function (`...`, `pass`) gives way to one that is written out |
//! | `joined_blocks` | such a block, behind the definitions and imports of other blocks that it needs |
//! | `unclosed_block` | such a block without its closing fence. After a cut (finish `length`) only if it parses as it stands, and only if no closed block answers |
//! | `unopened_block` | code that ends in a closing fence, its opening one missing |
//! | `bare_code` | code without fences, prose around it cut off; the whole text if its code does not parse |
//! | `body` | the statement and the rest of the function, where the statement begins it |
//! | `unfit_block` | nothing answers: the last block marked as Python, else the last that reads as code |
//! | `made` | the strategy's script put it together of others, and the text is the program |
//! | none | `no_code` |
//!
//! A block's own text is never changed, but for the indentation of its fence: what Python refuses within closed fences stays
//! refused. The rules of other harnesses are in `peers`.

mod bare;
mod choosing;
mod fences;
mod joining;
mod language;
mod marks;
mod peers;
mod program;
mod strings;
mod thinking;

use language::Language;
use mend_core::{Candidate, Completion, Extraction, ExtractionRule, Form, Problem, Text};
use mend_model::count_tokens;
use std::sync::Arc;

/// A program, how it was found, and what the model wrote before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extracted {
    /// The program.
    pub program: Arc<str>,
    /// The rule that found it.
    pub rule: ExtractionRule,
    /// The part of the program that the model wrote: all but a statement that it continued.
    pub written: Arc<str>,
    /// The text before the program, such as an explanation; without thinking, and without blocks that became part of the
    /// program.
    pub before: String,
}

impl Extracted {
    /// A program that the model wrote in full.
    fn written(program: &str, rule: ExtractionRule, before: &str) -> Self {
        let program: Arc<str> = program.into();
        Self { written: Arc::clone(&program), program, rule, before: before.to_owned() }
    }

    /// The candidate that it is: what is judged and kept. Counts the tokens of what the model wrote.
    pub fn candidate(&self) -> Candidate {
        Candidate {
            program: Text::new(Arc::clone(&self.program)),
            rule: self.rule,
            paper_tokens: count_tokens(&self.before) + count_tokens(&self.written),
        }
    }
}

/// Finds the program in a completion, in answers of chat models by the rules of `extraction`; `None` if there is none.
pub fn extract(completion: &Completion, problem: &Problem, extraction: Extraction) -> Option<Extracted> {
    let text = completion.text.body()?;
    let found = match (completion.form, extraction) {
        (Form::Continuation, _) => Extracted {
            program: format!("{}{text}", problem.statement).into(),
            rule: ExtractionRule::Continuation,
            written: Arc::clone(text),
            before: String::new(),
        },
        (Form::Whole, _) => Extracted::written(text, ExtractionRule::Whole, ""),
        // Its parts are counted where somebody wrote them.
        (Form::Made, _) => Extracted { written: "".into(), ..Extracted::written(text, ExtractionRule::Made, "") },
        (Form::Given, _) => Extracted::written(text, ExtractionRule::Given, ""),
        (Form::Chat, Extraction::Mend) => choosing::find(text, problem, completion.finish_reason)?,
        (Form::Chat, Extraction::LastFence) => peers::last_fence(text),
        (Form::Chat, Extraction::FirstFence) => peers::first_fence(text),
        (Form::Chat, Extraction::Olausson) => peers::olausson(text),
    };
    let is_program = matches!(completion.form, Form::Continuation | Form::Whole) || !found.program.trim().is_empty();
    is_program.then_some(found)
}

/// What an answer says: without thinking, and up to its end token. Empty if it ends while it thinks.
pub(crate) fn said(text: &str) -> String {
    thinking::set_aside(text).map(|said| marks::up_to_end(&said).to_owned()).unwrap_or_default()
}

/// The pieces of an answer that may hold Python: its fenced blocks but those that say that they hold something else. The
/// whole text where it has no block.
pub(crate) fn python_in(said: &str) -> Vec<String> {
    let blocks = fences::find(said);
    if blocks.is_empty() {
        return vec![said.to_owned()];
    }
    let is_python = |block: &fences::Block| matches!(block.language, Language::Python | Language::Unknown);
    blocks.into_iter().filter(is_python).map(|block| block.text).collect()
}

/// What an answer says before its first block of code; `None` if it has none, but in its thinking.
pub(crate) fn without_code(text: &str) -> Option<String> {
    let said = said(text);
    let block = fences::find(&said).into_iter().next()?;
    Some(said[..block.start].trim().to_owned())
}

/// The texts of all fenced blocks.
pub(crate) fn blocks_in(said: &str) -> Vec<String> {
    fences::find(said).into_iter().map(|block| block.text).collect()
}

#[cfg(test)]
mod tests;

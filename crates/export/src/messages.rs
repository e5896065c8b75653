//! A prompt's messages, from the one text that a journal keeps of them.
//!
//! The journal has each message behind a line with its speaker in brackets. A text that holds such a line itself could be
//! taken for two messages. So an assistant's message is first looked for among the answers that the prompt shows, whole; and
//! a system's message stands only at the beginning.

use mend_core::{Node, RepairTree};
use schemars::JsonSchema;
use serde::Serialize;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Speaker {
    /// The instructions above the conversation.
    System,
    /// Whoever asks.
    User,
    /// The model.
    Assistant,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Message<'a> {
    /// Who speaks: `system`, `user` or `assistant`.
    pub(crate) role: Speaker,
    /// What is said.
    pub(crate) content: &'a str,
}

/// The messages that a node answers, as they were sent; `None` where nobody was asked, and where the journal holds no words of
/// them, as of published runs.
pub(crate) fn of<'a>(tree: &'a RepairTree, node: &'a Node) -> Option<Vec<Message<'a>>> {
    let call = tree.call(node.call.as_ref()?)?;
    let prompt = call.prompt.body().filter(|prompt| !prompt.is_empty())?;
    let answers: Vec<&str> = call.shows.iter().filter_map(|slot| completion(tree.node(slot)?)).collect();
    Some(parse(prompt, &answers))
}

/// The prompt that a node answers as one text, where the journal holds it.
pub(crate) fn prompt<'a>(tree: &'a RepairTree, node: &Node) -> Option<&'a str> {
    let prompt = tree.call(node.call.as_ref()?)?.prompt.body()?;
    Some(prompt).map(|prompt| &**prompt).filter(|prompt| !prompt.is_empty())
}

/// What a node's author wrote, where the journal holds it.
pub(crate) fn completion(node: &Node) -> Option<&str> {
    node.completion.as_ref()?.text.body().map(|body| &**body)
}

/// Who wrote a program, as a node: itself; or, where the strategy only took it out of one other node's answer, that node.
/// `None` of a program that the strategy put together, of which nobody's answer has the words.
pub(crate) fn author<'a>(tree: &'a RepairTree, node: &'a Node) -> Option<&'a Node> {
    if !node.is_made() {
        return Some(node);
    }
    let [source] = node.made_of.as_slice() else { return None };
    let source = tree.node(source).filter(|source| !source.is_made())?;
    let words = program(node)?.trim();
    (!words.is_empty() && completion(source)?.contains(words)).then_some(source)
}

/// Said of programs that nobody wrote.
pub(crate) const MADE: &str = "the strategy put the program together of several";

/// A node's program, where it has one and the journal holds it.
pub(crate) fn program(node: &Node) -> Option<&str> {
    node.candidate.as_ref()?.program.body().map(|body| &**body)
}

/// Said of rows whose prompt is not known, of which some may lack it and be of use.
pub(crate) const NO_MESSAGES: &str = "have no `messages`: the journal does not hold the prompt, as of published runs";

const SPEAKERS: [(&str, Speaker); 3] =
    [("[system]\n", Speaker::System), ("[user]\n", Speaker::User), ("[assistant]\n", Speaker::Assistant)];

/// The speaker whose line a text begins with, and what follows.
fn speaker(text: &str) -> Option<(Speaker, &str)> {
    SPEAKERS.iter().find_map(|(line, speaker)| Some((*speaker, text.strip_prefix(line)?)))
}

fn parse<'a>(prompt: &'a str, answers: &[&str]) -> Vec<Message<'a>> {
    let mut messages = Vec::new();
    let Some((mut role, mut rest)) = speaker(prompt) else {
        // No text of ours: all of it was asked.
        return vec![Message { role: Speaker::User, content: prompt }];
    };
    loop {
        let known = if role == Speaker::Assistant { whole(rest, answers) } else { None };
        let end = known.or_else(|| next_line(rest)).unwrap_or(rest.len());
        let content = &rest[..end];
        messages.push(Message { role, content: content.strip_suffix('\n').unwrap_or(content) });
        match speaker(&rest[end..]) {
            Some((next, behind)) => (role, rest) = (next, behind),
            None => return messages,
        }
    }
}

/// Where a message ends that is an answer as it was given: the longest that fits.
fn whole(rest: &str, answers: &[&str]) -> Option<usize> {
    let ends = answers.iter().filter_map(|answer| {
        let behind = rest.strip_prefix(answer)?.strip_prefix('\n')?;
        let is_end = behind.is_empty() || speaker(behind).is_some();
        is_end.then_some(answer.len() + 1)
    });
    ends.max()
}

/// Where the next line with a speaker begins, who is not the system.
fn next_line(rest: &str) -> Option<usize> {
    let lines = rest.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0)
        .chain(lines)
        .find(|at| speaker(&rest[*at..]).is_some_and(|(speaker, _)| speaker != Speaker::System))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{note, program as plant, tree};

    #[test]
    fn a_program_that_was_taken_out_of_one_answer_is_its_authors() {
        let tree = tree(
            "a/0",
            0,
            &[
                note("n0", mend_core::Seat::PLANNER, "I propose:\nx = 0\nDone."),
                plant("p0", "x = 0\n").made_of(&["n0"]),
                plant("p1", "x = 0\ny = 1").made_of(&["n0"]),
                plant("p2", "x = 0").made_of(&["n0", "p0"]),
                plant("p3", "z = 3"),
            ],
        );
        let author =
            |slot: &str| author(&tree, tree.node(&slot.parse().unwrap()).unwrap()).map(|node| node.slot.to_string());
        let authors = ["p0", "p1", "p2", "p3"].map(author);
        assert_eq!(authors, [Some("n0".to_owned()), None, None, Some("p3".to_owned())]);
    }

    #[track_caller]
    fn check(prompt: &str, answers: &[&str], expected: &[(Speaker, &str)]) {
        let found = parse(prompt, answers);
        let found: Vec<(Speaker, &str)> = found.iter().map(|message| (message.role, message.content)).collect();
        assert_eq!(found, expected, "{prompt:?}");
    }

    #[test]
    fn messages_are_found_by_their_speakers() {
        use Speaker::{Assistant, System, User};
        check("[system]\nBe brief.\n[user]\nTwo\nlines.\n\n", &[], &[(System, "Be brief."), (User, "Two\nlines.\n")]);
        check("[user]\na\n[assistant]\nb\n[user]\nc\n", &[], &[(User, "a"), (Assistant, "b"), (User, "c")]);
        check("[user]\n\n", &[], &[(User, "")]);
        check("plain", &[], &[(User, "plain")]);
        // Not at the beginning, and not a line of its own.
        check("[user]\n[system]\nx [user]\n", &[], &[(User, "[system]\nx [user]")]);
    }

    #[test]
    fn an_answer_that_holds_a_speakers_line_stays_whole() {
        use Speaker::{Assistant, User};
        let answer = "see\n[user]\nhere";
        let prompt = format!("[user]\na\n[assistant]\n{answer}\n[user]\nb\n");
        check(&prompt, &[answer, "see"], &[(User, "a"), (Assistant, answer), (User, "b")]);
        check(&prompt, &[], &[(User, "a"), (Assistant, "see"), (User, "here"), (User, "b")]);
    }
}

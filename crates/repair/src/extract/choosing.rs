//! Choosing the block that answers.

use super::bare::{self, Run};
use super::fences::{self, Block};
use super::joining::{self, Joiner};
use super::language::Language;
use super::program::{Fitness, Piece, Wanted, is_code, is_neutral, pieces};
use super::{Extracted, marks, thinking};
use mend_core::{ExtractionRule, FinishReason, Problem};
use mend_python::{Module, names, parse};
use std::ops::Range;

/// How many pieces of code are looked at, from the last one backwards.
const MOST: usize = 200;

/// Finds the program in an answer by our own rules.
pub(super) fn find(text: &str, problem: &Problem, finish_reason: FinishReason) -> Option<Extracted> {
    let said = thinking::set_aside(text)?;
    let said = marks::up_to_end(&said);
    let wanted = Wanted::by(problem);
    let is_cut = finish_reason == FinishReason::Length;
    if let Some(answer) = marks::answer(said)
        && let Some(mut found) = Answer::read(&said[answer.clone()], is_cut).fitting(&wanted)
    {
        found.before.insert_str(0, &said[..answer.start]);
        return Some(found);
    }
    let answer = Answer::read(said, is_cut);
    answer.fitting(&wanted).or_else(|| answer.body(&wanted)).or_else(|| answer.unfit())
}

/// An answer in pieces.
struct Answer<'a> {
    text: &'a str,
    /// All blocks, in order.
    blocks: Vec<Block>,
    /// Python in blocks and between them, in order.
    sources: Vec<Source>,
}

/// A piece of code that parses.
struct Source {
    place: Range<usize>,
    code: String,
    module: Module,
    origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Block,
    /// A block without its end.
    Unclosed,
    /// The same, in an answer that was cut.
    Cut,
    /// Between blocks.
    Bare {
        /// Whether a fence follows at once.
        is_fenced_off: bool,
    },
}

impl<'a> Answer<'a> {
    fn read(text: &'a str, is_cut: bool) -> Self {
        let blocks = blocks(text);
        let mut sources = Vec::new();
        let mut gap = 0;
        for block in &blocks {
            sources.extend(bare_sources(text, gap..block.start));
            sources.extend(block_source(text, block, is_cut));
            gap = block.end.max(gap);
        }
        sources.extend(bare_sources(text, gap..text.len()));
        let surplus = sources.len().saturating_sub(MOST);
        sources.drain(..surplus);
        Self { text, blocks, sources }
    }

    /// The program, if some piece answers the problem.
    fn fitting(&self, wanted: &Wanted<'_>) -> Option<Extracted> {
        let is_block = |origin| matches!(origin, Origin::Block | Origin::Unclosed);
        let is_bare = |origin| matches!(origin, Origin::Bare { .. });
        let blocks = || self.chosen(wanted, is_block, is_block);
        let bare = || self.whole(wanted).or_else(|| self.chosen(wanted, is_bare, |origin| origin != Origin::Cut));
        let cut = || self.chosen(wanted, |origin| origin == Origin::Cut, is_block);
        blocks().or_else(bare).or_else(cut)
    }

    /// The text as it is, if all of it is a program.
    fn whole(&self, wanted: &Wanted<'_>) -> Option<Extracted> {
        if !self.blocks.is_empty() {
            return None;
        }
        let text = without_blank_lines(self.text);
        let module = parse(text).ok()?;
        let fits = module.body.iter().all(|statement| is_code(statement) || is_neutral(statement))
            && wanted.fitness(text, &module.body) > Fitness::None;
        fits.then(|| Extracted::written(text, ExtractionRule::BareCode, ""))
    }

    /// The last of the best pieces among those that may be chosen, with what it needs of those that may be joined.
    fn chosen(
        &self,
        wanted: &Wanted<'_>,
        may_be_chosen: impl Fn(Origin) -> bool,
        may_be_joined: impl Fn(Origin) -> bool,
    ) -> Option<Extracted> {
        let pieces: Vec<Vec<Piece<'_>>> = self
            .sources
            .iter()
            .map(
                |source| {
                    if may_be_joined(source.origin) { pieces(&source.code, &source.module.body) } else { Vec::new() }
                },
            )
            .collect();
        let joiner = Joiner::of(&pieces);
        let mut best: Option<(Fitness, usize, Option<joining::Joined>)> = None;
        let mut equals = 0;
        for (index, source) in self.sources.iter().enumerate().filter(|(_, source)| may_be_chosen(source.origin)) {
            let alone = wanted.fitness(&source.code, &source.module.body);
            if alone == Fitness::None {
                continue;
            }
            let own = names(&source.code, &source.module.body);
            let joined = joiner.needed(index, &own, &wanted.given);
            // What a program joins may be what reads.
            let fitness = match &joined {
                Some(joined) => {
                    let code = joining::before(&joined.code, &source.code);
                    parse(&code).map_or(alone, |module| wanted.fitness(&code, &module.body).max(alone))
                }
                None => alone,
            };
            match best.as_ref().map(|(known, ..)| fitness.cmp(known)) {
                Some(std::cmp::Ordering::Less) => continue,
                Some(std::cmp::Ordering::Equal) => equals += 1,
                None | Some(std::cmp::Ordering::Greater) => equals = 1,
            }
            best = Some((fitness, index, joined));
        }
        let (_, index, joined) = best?;
        let source = &self.sources[index];
        let rule = match source.origin {
            Origin::Bare { is_fenced_off: true } => ExtractionRule::UnopenedBlock,
            Origin::Bare { .. } => ExtractionRule::BareCode,
            _ if joined.is_some() => ExtractionRule::JoinedBlocks,
            Origin::Unclosed | Origin::Cut => ExtractionRule::UnclosedBlock,
            Origin::Block if equals > 1 => ExtractionRule::LastOfSeveral,
            Origin::Block => ExtractionRule::OneBlock,
        };
        let used = joined.iter().flat_map(|joined| &joined.blocks).map(|block| self.sources[*block].place.clone());
        let before = without(self.text, source.place.start, used);
        let program = joined.map_or_else(|| source.code.clone(), |joined| joining::before(&joined.code, &source.code));
        Some(Extracted::written(&program, rule, &before))
    }

    /// The statement and the rest of its function, if the answer is that: in its last block, or before all blocks.
    fn body(&self, wanted: &Wanted<'_>) -> Option<Extracted> {
        if !wanted.is_continued() {
            return None;
        }
        let block = self.blocks.iter().rfind(|block| block.language != Language::Other);
        let block = block.map(|block| (block.text.as_str(), &self.text[..block.start]));
        let first = self.blocks.first().map_or(self.text.len(), |block| block.start);
        block.into_iter().chain([(&self.text[..first], "")]).find_map(|(text, before)| continued(wanted, text, before))
    }

    /// What is closest to a program where nothing answers.
    fn unfit(&self) -> Option<Extracted> {
        let is_filled = |block: &&Block| block.is_closed && !block.text.trim().is_empty();
        let is_python = |block: &&Block| is_filled(block) && block.language == Language::Python;
        let may_be = |block: &&Block| {
            is_filled(block) && block.language == Language::Unknown && bare::reads_as_code(&block.text)
        };
        if let Some(block) = self.blocks.iter().rfind(is_python).or_else(|| self.blocks.iter().rfind(may_be)) {
            return Some(Extracted::written(&block.text, ExtractionRule::UnfitBlock, &self.text[..block.start]));
        }
        let mut gap = 0;
        let end = (self.text.len(), self.text.len());
        for (start, end) in self.blocks.iter().map(|block| (block.start, block.end)).chain([end]) {
            let between = &self.text[gap.min(start)..start];
            let is_empty_block = self.blocks.iter().any(|block| block.language != Language::Other);
            if bare::reads_as_code(between) && !is_empty_block {
                let code = without_blank_lines(between);
                return Some(Extracted::written(code, ExtractionRule::BareCode, &self.text[..gap]));
            }
            gap = end;
        }
        None
    }
}

/// The statement and what a text adds to its function.
fn continued(wanted: &Wanted<'_>, text: &str, before: &str) -> Option<Extracted> {
    // The first line often lost its indentation; what stands at the margin behind it may be prose, and is no code.
    let is_inside =
        |(index, line): &(usize, &str)| *index == 0 || line.trim().is_empty() || line.starts_with([' ', '\t']);
    let text = without_blank_lines(text);
    let inside: String = text.split_inclusive('\n').enumerate().take_while(is_inside).map(|(_, line)| line).collect();
    if inside.trim().is_empty() || bare::reads_as_code(&text[inside.len()..]) {
        return None;
    }
    let indented: String = text.split_inclusive('\n').flat_map(|line| ["    ", line]).collect();
    let statement = &*wanted.problem.statement;
    let newline = if statement.ends_with('\n') { "" } else { "\n" };
    [inside.clone(), format!("    {inside}"), indented].into_iter().find_map(|body| {
        let program = format!("{statement}{newline}{body}");
        let module = parse(&program).ok()?;
        let fits = wanted.fitness(&program, &module.body) == Fitness::Full;
        fits.then(|| Extracted {
            program: program.as_str().into(),
            rule: ExtractionRule::Body,
            written: body.as_str().into(),
            before: before.to_owned(),
        })
    })
}

/// Blocks by fences, and by tags outside them.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = fences::find(text);
    for tagged in marks::code(text) {
        let (start, end) = (tagged.whole.start, tagged.whole.end);
        if blocks.iter().any(|block| block.start < end && start < block.end) {
            continue;
        }
        let inner = text[tagged.inner].trim_start_matches(['\r', '\n']).to_owned();
        let unescaped = marks::unescaped(&inner);
        let inner =
            if unescaped != inner && parse(&inner).is_err() && parse(&unescaped).is_ok() { unescaped } else { inner };
        blocks.push(Block { start, end, text: inner, language: Language::Python, is_closed: tagged.is_closed });
    }
    blocks.sort_by_key(|block| block.start);
    blocks
}

fn block_source(text: &str, block: &Block, is_cut: bool) -> Option<Source> {
    if block.language == Language::Other {
        return None;
    }
    let place = block.start..block.end;
    let is_last = block.end == text.len();
    let origin = match block.is_closed {
        true => Origin::Block,
        false if is_cut && is_last => Origin::Cut,
        false => Origin::Unclosed,
    };
    if let Ok(module) = parse(&block.text) {
        let is_empty = module.body.is_empty();
        return (!is_empty).then(|| Source { place, code: block.text.clone(), module, origin });
    }
    // Prose may follow where nothing marks the end.
    let run = (origin == Origin::Unclosed).then(|| bare::runs(&block.text).into_iter().next()).flatten()?;
    let module = parse(&run.text).ok().filter(|_| !run.is_torn)?;
    Some(Source { place, code: run.text, module, origin })
}

/// Code in a part of the text that holds no block.
fn bare_sources(text: &str, gap: Range<usize>) -> Vec<Source> {
    let Some(between) = text.get(gap.clone()) else { return Vec::new() };
    let source = |run: Run| {
        let place = gap.start + run.start..gap.start + run.end;
        let module = parse(&run.text).ok().filter(|module| !run.is_torn && module.body.iter().any(is_code))?;
        let is_fenced_off = text[place.end..].trim_start().starts_with("```");
        Some(Source { place, code: run.text, module, origin: Origin::Bare { is_fenced_off } })
    };
    bare::runs(between).into_iter().filter_map(source).collect()
}

/// Text up to a place, without some parts of it.
fn without(text: &str, end: usize, parts: impl Iterator<Item = Range<usize>>) -> String {
    let mut kept = String::new();
    let mut from = 0;
    for part in parts.filter(|part| part.end <= end) {
        kept.push_str(text.get(from..part.start).unwrap_or_default());
        from = from.max(part.end);
    }
    kept.push_str(text.get(from..end).unwrap_or_default());
    kept
}

/// Text without the blank lines that it begins with.
fn without_blank_lines(text: &str) -> &str {
    let blank = text.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum();
    &text[blank..]
}

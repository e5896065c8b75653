//! Functions of the language that compare and measure: programs as Python, tables of outcomes, and lots.

use super::duel::{self, Game};
use super::error::wrong;
use super::guard::spend;
use super::language::{sequence, text_of};
use super::values::NodeValue;
use mend_core::Digest;
use mend_core::alike::{BUCKETS, counts, similarity};
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::{Value, ValueLike as _};

/// The most rounds in which scores of programs and tests are refined.
const MOST_ROUNDS: usize = 100;
/// Scores that change by less are found.
const CLOSE: f64 = 1e-9;

#[starlark_module]
pub(super) fn measures(builder: &mut GlobalsBuilder) {
    /// Whether two programs, nodes or texts, are the same but for their formatting: blanks, comments, quotes, and
    /// parentheses around a whole expression. Texts that are no Python are compared as they are.
    fn same<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        let (a, b) = (program_text("same", a)?, program_text("same", b)?);
        spend(eval, "`same`", 4 * (a.len() + b.len()) as u64, 0)?;
        Ok(mend_python::same(&a, &b))
    }

    /// Whether a program, a node or a text, is valid Python.
    fn parses<'v>(
        #[starlark(require = pos)] program: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<bool> {
        let text = program_text("parses", program)?;
        spend(eval, "`parses`", 2 * text.len() as u64, 0)?;
        Ok(mend_python::parse(&text).is_ok())
    }

    /// The fewest words (names, numbers, texts, signs) to insert and delete that turn one program, a node or a text, into
    /// another.
    fn edits<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<i32> {
        let (a, b) = (program_text("edits", a)?, program_text("edits", b)?);
        let (a, b) = (mend_python::words(&a), mend_python::words(&b));
        let cells = (a.len() as u64).saturating_mul(b.len() as u64);
        if cells > 25_000_000 {
            return Err(wrong("`edits` takes programs whose numbers of words multiply to at most 25 million"));
        }
        spend(eval, "`edits`", cells / 4, 0)?;
        Ok(i32::try_from(mend_python::edits(&a, &b)).unwrap_or(i32::MAX))
    }

    /// Scores by which good programs pass good tests, and good tests are passed by good programs: a dict with "programs"
    /// and "tests", each a list of numbers from 0 to 1. `rows` has a row for each program that says of each test whether
    /// it passes. Both scores are the limit of adding up those of the other side, divided by the largest, from all ones:
    /// until none changes by 1e-9, or 100 rounds.
    fn mutual<'v>(
        #[starlark(require = pos)] rows: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let table = table("mutual", rows)?;
        let cells: u64 = table.iter().map(|row| row.len() as u64).sum();
        let (programs, tests) = mutual_scores(&table);
        spend(eval, "`mutual`", cells.saturating_mul(4), 8 * (programs.len() + tests.len()) as u64)?;
        let heap = eval.heap();
        let (programs, tests) = (heap.alloc(AllocList(programs)), heap.alloc(AllocList(tests)));
        Ok(heap.alloc(AllocDict([("programs", programs), ("tests", tests)])))
    }

    /// The functions and classes at the top of a program, a node or a text, and the methods of those classes: a list of
    /// dicts with "name" (that of a method as in `Solution.solve`), "first" and "last", its lines from 1 with its
    /// decorators. Empty if it is no Python.
    fn functions<'v>(
        #[starlark(require = pos)] program: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let text = program_text("functions", program)?;
        spend(eval, "`functions`", 2 * text.len() as u64, 2 * text.len() as u64)?;
        let heap = eval.heap();
        let dict = |one: mend_python::Definition| {
            let lines = (heap.alloc(one.first.cast_signed()), heap.alloc(one.last.cast_signed()));
            AllocDict([("name", heap.alloc(one.name)), ("first", lines.0), ("last", lines.1)])
        };
        Ok(heap.alloc(AllocList(mend_python::definitions(&text).into_iter().map(dict))))
    }

    /// The text of a program in which the definitions of `names` are those of an answer, decorators included, and all else
    /// stays as it is. Both are nodes or texts. A method is named as in `Solution.solve`, and the answer may define it at
    /// its top. None if one of the names has no definition in one of the two, or if one of them is no Python.
    fn replaced<'v>(
        #[starlark(require = pos)] program: Value<'v>,
        #[starlark(require = pos)] answer: Value<'v>,
        #[starlark(require = pos)] names: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let (program, answer) = (program_text("replaced", program)?, program_text("replaced", answer)?);
        let expected = || wrong("`replaced` takes a list of names");
        let names = sequence(names).ok_or_else(expected)?;
        let names: Vec<&str> =
            names.iter().map(|name| name.unpack_str().ok_or_else(expected)).collect::<Result<_, _>>()?;
        let read = (program.len() + answer.len()) as u64;
        spend(eval, "`replaced`", read.saturating_mul(4 + names.len() as u64), 2 * read)?;
        let heap = eval.heap();
        Ok(mend_python::replaced(&program, &answer, &names).map_or_else(Value::new_none, |text| heap.alloc(text)))
    }

    /// The lines of a program, a node or a text, counted from 1, behind which it may be cut: a statement of its top, or of
    /// a body at its top, ends there. Empty if it is no Python.
    fn statement_ends<'v>(
        #[starlark(require = pos)] program: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let text = program_text("statement_ends", program)?;
        let lines = text.lines().count() as u64;
        spend(eval, "`statement_ends`", 2 * text.len() as u64 + lines.saturating_mul(lines) / 4, 8 * lines)?;
        let ends = mend_python::statement_ends(&text).into_iter().map(u32::cast_signed);
        Ok(eval.heap().alloc(AllocList(ends.collect::<Vec<_>>())))
    }

    /// How alike two texts, or the programs of two nodes, are: from 0 to 1, the cosine of how often each run of three to
    /// five characters stands in them, the logarithm of it.
    fn similar<'v>(
        #[starlark(require = pos)] a: Value<'v>,
        #[starlark(require = pos)] b: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<f64> {
        let (a, b) = (program_text("similar", a)?, program_text("similar", b)?);
        spend(eval, "`similar`", 8 * (a.len() + b.len()) as u64 + 2 * BUCKETS as u64, 0)?;
        Ok(similarity(&a, &b))
    }

    /// Which of several texts is preferred, and which two to compare next: a dict with "utilities", a number for each text,
    /// and "first" and "second", numbers of texts from 0. `games` are comparisons, each as (one, other, points of the one from
    /// 0 to 1). The chance that a text is preferred is the logistic function of the difference of utilities; a utility is
    /// linear in the runs of characters that `similar` counts, to length 1, and in the text's own number; the weights are the
    /// most likely ones with `ridge`. "first" has the highest utility, "second" the highest with what is not known of its
    /// difference from the first, times the root of `nu` (Lin et al. 2024).
    fn duel<'v>(
        #[starlark(require = pos)] texts: Value<'v>,
        #[starlark(require = pos)] games: Value<'v>,
        #[starlark(require = named)] ridge: Option<Value<'v>>,
        #[starlark(require = named)] nu: Option<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let expected = || wrong("`duel` takes a list of at least two texts and a list of games (one, other, points)");
        let texts: Vec<&str> = sequence(texts)
            .and_then(|texts| texts.iter().map(|text| text.unpack_str()).collect::<Option<_>>())
            .filter(|texts: &Vec<&str>| texts.len() > 1)
            .ok_or_else(expected)?;
        let game = |game: &Value<'v>| {
            let [one, other, points] = sequence(*game)?.try_into().ok()?;
            let at = |value: Value<'v>| usize::try_from(value.unpack_i32()?).ok().filter(|at| *at < texts.len());
            let points = number(points).filter(|points| (0.0..=1.0).contains(points))?;
            Some(Game { one: at(one)?, other: at(other)?, points })
        };
        let games: Vec<Game> =
            sequence(games).ok_or_else(expected)?.iter().map(game).collect::<Option<_>>().ok_or_else(expected)?;
        let positive = |name: &str, value: Option<Value<'v>>, otherwise: f64| {
            let wanted = || wrong(format!("`{name}` of `duel` is a number above 0"));
            value.map_or(Ok(otherwise), |value| number(value).filter(|number| *number > 0.0).ok_or_else(wanted))
        };
        let (ridge, nu) = (positive("ridge", ridge, 0.1)?, positive("nu", nu, 1.0)?);
        let (n, width) = (texts.len() as u64, BUCKETS as u64 + texts.len() as u64);
        let read: u64 = texts.iter().map(|text| 8 * text.len() as u64).sum();
        let work = (n * n + games.len() as u64) * width * 8 + 25 * (n * n * n + games.len() as u64) * 8;
        spend(eval, "`duel`", read.saturating_add(work), 0)?;
        let features: Vec<Vec<f64>> = (0..).zip(&texts).map(|(at, text)| features(text, at, texts.len())).collect();
        let found = duel::duel(&features, &games, ridge, nu);
        let heap = eval.heap();
        let place = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
        let (first, second) = (place(found.next.0), place(found.next.1));
        Ok(heap.alloc(AllocDict([
            ("utilities", heap.alloc(AllocList(found.utilities))),
            ("first", heap.alloc(first)),
            ("second", heap.alloc(second)),
        ])))
    }

    /// A whole number from 0 up to, and without, `n`, that follows from a text alone: the same in every run and under
    /// every seed.
    fn lot(#[starlark(require = pos)] n: i32, #[starlark(require = pos)] text: &str) -> starlark::Result<i32> {
        if n < 1 {
            return Err(wrong(format!("`lot` draws among at least one, found {n}")));
        }
        let digest = Digest::of_parts([b"lot".as_slice(), text.as_bytes()]);
        let bits = u64::from_le_bytes(digest.as_bytes()[..8].try_into().expect("a digest has 32 bytes"));
        // The upper half of the product with 2^64 parts: no number is favoured by more than 2^-32.
        Ok(((u128::from(bits) * u128::from(n.unsigned_abs())) >> 64) as i32)
    }
}

/// The program of a node, or a text.
fn program_text(function: &str, value: Value<'_>) -> starlark::Result<String> {
    if let Some(node) = value.downcast_ref::<NodeValue>() {
        let known = node.known()?;
        return Ok(known.code.as_ref().unwrap_or(&known.text).to_string());
    }
    let found = || wrong(format!("`{function}` takes programs or texts, found a {}", value.get_type()));
    text_of(value).map(|(text, _)| text).ok_or_else(found)
}

/// A list of lists of truth values, all of one length.
fn table(function: &str, rows: Value<'_>) -> starlark::Result<Vec<Vec<bool>>> {
    let expected = |found: &str| wrong(format!("`{function}` takes a list of lists of True and False, found {found}"));
    let rows = sequence(rows).ok_or_else(|| expected(&format!("a {}", rows.get_type())))?;
    let row = |row: &Value<'_>| {
        let cells = sequence(*row).ok_or_else(|| expected(&format!("a {} among the rows", row.get_type())))?;
        cells
            .iter()
            .map(|cell| cell.unpack_bool().ok_or_else(|| expected(&format!("a {} in a row", cell.get_type()))))
            .collect::<starlark::Result<Vec<bool>>>()
    };
    let table: Vec<Vec<bool>> = rows.iter().map(row).collect::<starlark::Result<_>>()?;
    if table.windows(2).any(|pair| pair[0].len() != pair[1].len()) {
        return Err(expected("rows of different lengths"));
    }
    Ok(table)
}

/// A whole number or a float.
fn number(value: Value<'_>) -> Option<f64> {
    let float = || value.downcast_ref::<starlark::values::float::StarlarkFloat>().map(|float| float.0);
    value.unpack_i32().map(f64::from).or_else(float)
}

/// A text's counts of runs of characters, scaled to length 1, and 1 at its own number among so many.
fn features(text: &str, at: usize, of: usize) -> Vec<f64> {
    let mut features = counts(text);
    let length = features.iter().map(|count| count * count).sum::<f64>().sqrt();
    if length > 0.0 {
        for count in &mut features {
            *count /= length;
        }
    }
    features.extend((0..of).map(|number| f64::from(u8::from(number == at))));
    features
}

/// Scores of programs and tests. Programs that pass nothing and tests that nobody passes have 0.
fn mutual_scores(table: &[Vec<bool>]) -> (Vec<f64>, Vec<f64>) {
    let width = table.first().map_or(0, Vec::len);
    let mut programs: Vec<f64> = table.iter().map(|row| f64::from(u8::from(row.contains(&true)))).collect();
    let mut tests: Vec<f64> = (0..width).map(|at| f64::from(u8::from(table.iter().any(|row| row[at])))).collect();
    for _ in 0..MOST_ROUNDS {
        let sum = |row: &Vec<bool>| row.iter().zip(&tests).filter_map(|(passed, score)| passed.then_some(*score)).sum();
        let by_tests = scaled(table.iter().map(sum).collect());
        let of_test =
            |at: usize| table.iter().zip(&by_tests).filter_map(|(row, score)| row[at].then_some(*score)).sum::<f64>();
        let by_programs = scaled((0..width).map(of_test).collect());
        let change = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let most = change(&programs, &by_tests).max(change(&tests, &by_programs));
        (programs, tests) = (by_tests, by_programs);
        if most < CLOSE {
            break;
        }
    }
    (programs, tests)
}

/// Divided by the largest.
fn scaled(scores: Vec<f64>) -> Vec<f64> {
    let most = scores.iter().copied().fold(0.0, f64::max);
    if most > 0.0 { scores.into_iter().map(|score| score / most).collect() } else { scores }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_as_alike_as_their_runs_of_characters() {
        assert_eq!(similarity("abc", "abc"), 1.0);
        assert_eq!(similarity("ab", "ba"), 0.0);
        assert_eq!(similarity("abc", "xyz"), 0.0);
        // abc and bcd, abcd against abc and bcx, abcx: one run of three in common.
        assert!((similarity("abcd", "abcx") - 1.0 / 3.0).abs() < 1e-12);
        // Twice the run aaa (in aaaa, aaaa, aaaaa): 1 + ln 3 for aaa, 1 + ln 2 for aaaa, 1 for aaaaa, against 1 for aaa.
        let (three, four) = (1.0 + 3.0_f64.ln(), 1.0 + 2.0_f64.ln());
        let expected = three / (three * three + four * four + 1.0).sqrt();
        assert!((similarity("aaaaa", "aaa") - expected).abs() < 1e-12);
        let near = similarity("Return the sum of a list of numbers.", "Return the sum of all numbers of a list.");
        let far = similarity("Return the sum of a list of numbers.", "Whether a text reads the same backwards.");
        assert!(near > 0.5 && far < 0.3, "{near} {far}");
    }

    /// The worked example of card 34: counting what is passed would take the third program.
    #[test]
    fn good_programs_pass_good_tests() {
        let row = |text: &str| text.chars().map(|c| c == '1').collect::<Vec<bool>>();
        let table = [row("11000"), row("11000"), row("00111")];
        let (programs, tests) = mutual_scores(&table);
        let close = |found: &[f64], expected: &[f64]| {
            assert_eq!(found.len(), expected.len());
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-8), "{found:?}");
        };
        close(&programs, &[1.0, 1.0, 0.0]);
        close(&tests, &[1.0, 1.0, 0.0, 0.0, 0.0]);
        let (programs, tests) = mutual_scores(&[row("000"), row("010")]);
        close(&programs, &[0.0, 1.0]);
        close(&tests, &[0.0, 1.0, 0.0]);
        assert_eq!(mutual_scores(&[]), (vec![], vec![]));
        assert_eq!(mutual_scores(&[vec![], vec![]]), (vec![0.0, 0.0], vec![]));
    }
}

//! Functions of the language that compare and measure: programs as Python, tables of outcomes, and lots.

use super::error::wrong;
use super::guard::spend;
use super::language::{sequence, text_of};
use super::values::NodeValue;
use mend_core::Digest;
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

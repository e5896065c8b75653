//! CSV files, each defined once: a column's name, what it means, and how a row yields it. Header, rows and the
//! dictionary in `results/README.md` all come from that.

use crate::cell::Cell;
use crate::plain::plain;
use mend_core::{Completion, Node, OracleLevel, Remark, Usage};
use mend_metrics::RunLabels;
use rayon::prelude::*;
use std::io::{self, Write};

/// A column of a table whose rows are `R`.
pub(crate) struct Column<R> {
    about: ColumnAbout,
    cell: fn(&R) -> Cell,
}

/// What a reader of a column needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnAbout {
    /// Its name in the header.
    pub(crate) name: &'static str,
    /// What it says, with its unit.
    pub(crate) means: &'static str,
    /// When its field is empty; `None` for never.
    pub(crate) empty: Option<&'static str>,
}

/// A column that is never empty.
pub(crate) fn column<R>(name: &'static str, means: &'static str, cell: fn(&R) -> Cell) -> Column<R> {
    Column { about: ColumnAbout { name, means, empty: None }, cell }
}

/// A column whose fields may be empty.
pub(crate) fn optional<R>(
    name: &'static str,
    means: &'static str,
    empty: &'static str,
    cell: fn(&R) -> Cell,
) -> Column<R> {
    Column { about: ColumnAbout { name, means, empty: Some(empty) }, cell }
}

/// A row that says which run it is of.
pub(crate) trait OfRun {
    /// The run.
    fn run(&self) -> &RunLabels;

    /// The highest level that holds of the strategy and of what the row counts.
    fn oracle_level(&self) -> OracleLevel {
        self.run().oracle_level
    }
}

/// The columns with which most tables begin.
pub(crate) fn labels<R: OfRun>() -> Vec<Column<R>> {
    let column = column::<R>;
    vec![
        column("run", "id of the run: data set, strategy, and eight digits of what decides its numbers", |row| {
            Cell::text(&row.run().id)
        }),
        column(
            "dataset",
            "name of the data set, with `public=...` where other tests count as public than its own choice",
            |row| Cell::text(&row.run().dataset),
        ),
        column(
            "model",
            "model that writes programs; `coder+critic+repairer` where others criticise or repair",
            |row| Cell::text(&row.run().model),
        ),
        column("strategy", "name of the strategy, with the parameters that make it another experiment", |row| {
            Cell::text(&row.run().strategy)
        }),
        column(
            "oracle_level",
            "how much the row leans on what a user would not have: `clean`, `hidden_stop` (hidden tests decide when to \
             stop or which program counts), `tests_visible` (feedback shows them), `reference_in_view`",
            |row| Cell::of(row.oracle_level()),
        ),
    ]
}

/// A row about one node.
pub(crate) trait OfNode {
    /// The node.
    fn node(&self) -> &Node;

    /// What was answered for it; `None` if no answer came.
    fn completion(&self) -> Option<&Completion> {
        self.node().completion.as_ref()
    }

    /// What the provider reported for the answer.
    fn usage(&self) -> Usage {
        self.completion().map(|completion| completion.usage).unwrap_or_default()
    }
}

/// Who answered, and how the answer ended.
pub(crate) fn answered<R: OfNode>() -> [Column<R>; 2] {
    let optional = optional::<R>;
    [
        optional("served_model", "model that the server says it used", "the server did not say", |row| {
            Cell::some_text(row.completion().and_then(|completion| completion.served_model.as_deref()).map(plain))
        }),
        optional(
            "finish_reason",
            "why the model stopped: `stop`, `length`, `content_filter`, ...",
            "no answer came",
            |row| Cell::some(row.completion().map(|completion| completion.finish_reason.as_str())),
        ),
    ]
}

/// What a person said, field by field.
pub(crate) fn said<R: OfNode>() -> Vec<Column<R>> {
    const NOBODY: &str = "no person answered";
    const UNSAID: &str = "no person answered, or the row does not say";
    let optional = optional::<R>;
    vec![
        optional(
            "source",
            "where a person's answer comes from: `human` (written about this), `propagated` (about another program that \
             fails alike), `simulated` (made from what people wrote about others)",
            NOBODY,
            |row| Cell::some(row.node().remark().map(|remark| remark.source.as_str())),
        ),
        optional("satisfied", "whether the person is content with the program", UNSAID, |row| {
            Cell::some(row.node().remark().and_then(|remark| remark.satisfied))
        }),
        optional("rating", "how content, from 1 to 4", UNSAID, |row| {
            Cell::some(row.node().remark().and_then(|remark| Some(remark.rating?.get())))
        }),
        optional("reasons", "why not, with blanks between them", UNSAID, |row| {
            let words = |remark: &Remark| {
                let words: Vec<&str> = remark.reasons.iter().map(|reason| reason.as_str()).collect();
                (!words.is_empty()).then(|| words.join(" "))
            };
            Cell::some(row.node().remark().and_then(words))
        }),
        optional("fixed_program", "BLAKE3 of the program that the person gave with it", UNSAID, |row| {
            Cell::some(row.node().remark().and_then(|remark| Some(remark.fixed_program.as_ref()?.digest())))
        }),
        optional("author", "who wrote it", UNSAID, |row| {
            Cell::some_text(row.node().remark().and_then(|remark| remark.author.as_deref()).map(plain))
        }),
        optional("minutes", "how long it took, as the person says", UNSAID, |row| {
            Cell::some(row.node().remark().and_then(|remark| remark.minutes))
        }),
        optional("about_model", "model whose program the person judged, as the row says", UNSAID, |row| {
            Cell::some_text(row.node().remark().and_then(|remark| remark.about_model.as_deref()).map(plain))
        }),
    ]
}

/// What the provider reported for the answer.
pub(crate) fn reported<R: OfNode>() -> [Column<R>; 4] {
    const UNREPORTED: &str = "the server reported none";
    let optional = optional::<R>;
    [
        optional("prompt_tokens", "tokens of the prompt, as billed, cached ones included", UNREPORTED, |row| {
            Cell::some(row.usage().prompt)
        }),
        optional("cached_tokens", "tokens of the prompt that came from the provider's cache", UNREPORTED, |row| {
            Cell::some(row.usage().cached)
        }),
        optional("reasoning_tokens", "tokens of the answer that were thought and not shown", UNREPORTED, |row| {
            Cell::some(row.usage().reasoning)
        }),
        optional("completion_tokens", "tokens of the answer, as billed, reasoning included", UNREPORTED, |row| {
            Cell::some(row.usage().completion)
        }),
    ]
}

/// Rows that one processor makes into text.
const SIDE_BY_SIDE: usize = 1 << 10;
/// Rows whose text is held before it is written.
const AT_ONCE: usize = SIDE_BY_SIDE << 5;

/// A kind of CSV file.
pub(crate) struct Sheet<R> {
    about: SheetAbout,
    cells: Vec<fn(&R) -> Cell>,
}

/// What a reader of a file needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SheetAbout {
    /// Its name in a run's folder.
    pub(crate) file: &'static str,
    /// What a row of it is.
    pub(crate) about: &'static str,
    /// Its columns, in order.
    pub(crate) columns: Vec<ColumnAbout>,
}

impl<R> Sheet<R> {
    /// A file with these columns, in this order.
    pub(crate) fn new(file: &'static str, about: &'static str, columns: Vec<Column<R>>) -> Self {
        let (columns, cells) = columns.into_iter().map(|column| (column.about, column.cell)).unzip();
        Self { about: SheetAbout { file, about, columns }, cells }
    }

    /// What the dictionary says of it.
    pub(crate) fn into_about(self) -> SheetAbout {
        self.about
    }

    /// The file with these rows, bit by bit: many rows are made into text side by side, and no more of them are held.
    pub(crate) fn write(&self, rows: &[R], to: &mut impl Write) -> io::Result<()>
    where
        R: Sync,
    {
        let mut header = csv::Writer::from_writer(vec![]);
        header.write_record(self.about.columns.iter().map(|column| column.name))?;
        to.write_all(&header.into_inner().map_err(csv::IntoInnerError::into_error)?)?;
        let lines = |rows: &[R]| -> io::Result<Vec<u8>> {
            let mut writer = csv::Writer::from_writer(vec![]);
            for row in rows {
                for cell in &self.cells {
                    writer.write_field(cell(row).written())?;
                }
                writer.write_record(None::<&[u8]>)?;
            }
            writer.into_inner().map_err(csv::IntoInnerError::into_error)
        };
        for rows in rows.chunks(AT_ONCE) {
            let parts: Vec<Vec<u8>> = rows.par_chunks(SIDE_BY_SIDE).map(lines).collect::<io::Result<_>>()?;
            parts.iter().try_for_each(|part| to.write_all(part))?;
        }
        Ok(())
    }

    /// Its name in a run's folder.
    pub(crate) fn file(&self) -> &'static str {
        self.about.file
    }

    /// The file with these rows.
    pub(crate) fn filled(&self, rows: impl IntoIterator<Item = R>) -> CsvFile {
        let line = |row: R| self.cells.iter().map(|cell| cell(&row).written()).collect();
        let header = self.about.columns.iter().map(|column| column.name.to_owned()).collect();
        CsvFile { name: self.about.file, header, rows: rows.into_iter().map(line).collect() }
    }
}

/// A table before it is written.
#[derive(Debug)]
pub(crate) struct CsvFile {
    /// Its name in a run's folder.
    pub(crate) name: &'static str,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl CsvFile {
    /// Adds columns whose names depend on the rows, one list of fields for each row.
    pub(crate) fn widen(&mut self, names: Vec<String>, fields: Vec<Vec<Cell>>) {
        self.header.extend(names);
        for (row, fields) in self.rows.iter_mut().zip(fields) {
            row.extend(fields.iter().map(Cell::written));
        }
    }

    /// Whether it has no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The file's text. Fails if a row has not as many fields as the header.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(vec![]);
        writer.write_record(&self.header)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet<i32> {
        let columns = vec![
            column("number", "the number", |row: &i32| Cell::of(row)),
            optional("half", "half of it", "it is odd", |row| Cell::some((row % 2 == 0).then_some(row / 2))),
        ];
        Sheet::new("numbers.csv", "a number", columns)
    }

    #[test]
    fn header_rows_and_description_come_from_one_definition() {
        let bytes = sheet().filled([4, -3]).bytes().unwrap();
        assert_eq!(String::from_utf8(bytes).unwrap(), "number,half\n4,2\n-3,\n");
        let about = sheet().into_about();
        assert_eq!(about.columns.iter().map(|column| column.name).collect::<Vec<_>>(), ["number", "half"]);
        assert_eq!(about.columns[1].empty, Some("it is odd"));
    }

    #[test]
    fn many_rows_are_written_as_few_are_and_in_their_order() {
        let quoted =
            optional("quoted", "a field that needs quotes", "never", |row: &i32| Cell::text(format!("a\"b,{row}")));
        let wide = Sheet::new("wide.csv", "a number", vec![column("number", "it", |row: &i32| Cell::of(row)), quoted]);
        let narrow = Sheet::new(
            "narrow.csv",
            "half",
            vec![optional("half", "half", "odd", |row: &i32| Cell::some((row % 2 == 0).then_some(row / 2)))],
        );
        for n in [0, 1, 3, 100_000] {
            let rows: Vec<i32> = (0..n).collect();
            for sheet in [&wide, &narrow] {
                let mut written = vec![];
                sheet.write(&rows, &mut written).unwrap();
                assert!(written == sheet.filled(rows.iter().copied()).bytes().unwrap(), "{n} rows");
            }
        }
    }

    #[test]
    fn a_row_of_the_wrong_length_is_an_error() {
        let mut file = sheet().filled([1, 2]);
        file.widen(vec!["more".into()], vec![vec![Cell::text("=x")]]);
        assert!(file.bytes().is_err());
    }
}

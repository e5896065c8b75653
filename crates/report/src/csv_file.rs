//! CSV files: a fixed header, and fields that look the same on every machine.

use mend_metrics::{Figure, RunLabels};

/// A table before it is written.
#[derive(Debug)]
pub(crate) struct CsvFile {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl CsvFile {
    /// A table without rows.
    pub(crate) fn new(header: &[&str]) -> Self {
        Self { header: header.iter().map(|&name| name.to_owned()).collect(), rows: vec![] }
    }

    /// Adds a row with as many fields as the header has.
    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
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

/// The first fields of most rows: run, dataset, model, strategy, oracle_level.
pub(crate) fn labels(labels: &RunLabels) -> Vec<String> {
    let RunLabels { id, dataset, model, simulated: _, strategy, oracle_level } = labels;
    vec![id.clone(), dataset.clone(), model.clone(), strategy.clone(), oracle_level.to_string()]
}

/// A value that may not exist: then the field is empty.
pub(crate) fn optional(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A figure that may be absent: then the field is empty.
pub(crate) fn figure(figure: &Figure) -> String {
    figure.value().map(|value| number(*value)).unwrap_or_default()
}

/// A number with up to six decimals, without exponent, trailing zeros or negative zero.
pub(crate) fn number(value: f64) -> String {
    let fixed = format!("{value:.6}");
    let short = fixed.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_in_scientific_notation() {
        let cases = [
            (0.5, "0.5"),
            (1.0, "1"),
            (1.0 / 3.0, "0.333333"),
            (-1e-9, "0"),
            (-0.25, "-0.25"),
            (1e15, "1000000000000000"),
            (100.0, "100"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_row_of_the_wrong_length_is_an_error() {
        let mut file = CsvFile::new(&["a", "b"]);
        file.push(vec!["1".into()]);
        assert!(file.bytes().is_err());
    }
}

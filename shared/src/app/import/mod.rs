//! Turning the bytes of a file into a typed [`Table`], as they arrive.
//!
//! An [`Importer`] is pushed the file piece by piece and holds the rows that nobody has taken from it
//! yet and little else: no second pass, no copy of the file. It does no input or output of its own.
//!
//! | file | what it knows |
//! |---|---|
//! | `detect` | which format a body has |
//! | `options` | the query parameters |
//! | `csv`, `csv_layout`, `records` | CSV: rows, header and delimiter, splitting |
//! | `json`, `json_frame`, `json_object` | NDJSON and JSON: rows, where they begin and end, reading one |
//! | `headings`, `rows` | columns of any format, and rows on their way into the table |
//! | `time_columns`, `time_forms`, `calendar` | which columns have the time, reading it |
//! | `typed`, `untyped` | a column whose type is known, or is to be told by its values |
//! | `cell`, `numeral`, `numerals`, `words` | values |
//! | `fault_log` | what is wrong with which row |
//!
//! # Decisions
//! - Types are inferred: integer, else number, else text; boolean where there is nothing but
//!   true and false. Whatever a column widens to, each cell keeps its exact spelling. That goes for
//!   all rows until the first part is taken. By then a column with values has its type, which the
//!   rows to come must have too; only integers still become numbers. (Taking text for a column with
//!   a million numbers and a stray word would be of no use to anybody.)
//! - Codes stay text: digits after a leading zero (`007`), whole numbers of more than 2^53 - 1.
//! - `NaN` and infinity are never stored. In a column of numbers they are faults.
//! - Epoch times are milliseconds if any time of the file (of its first part) has a magnitude of
//!   10^11 or more, else seconds.
//! - A column `id` with ids of points, as in Almanac's own exports, is checked and left out.
//! - A column without a name is called `column_7`, its position; without values it is left out.

mod calendar;
mod cell;
mod csv;
mod csv_layout;
mod detect;
mod fault_log;
mod headings;
mod json;
mod json_frame;
mod json_object;
mod numeral;
mod numerals;
mod options;
mod records;
mod rows;
mod time_columns;
mod time_forms;
mod typed;
mod untyped;
mod words;

#[cfg(test)]
mod tests;

use crate::domain::{Fault, Field, Table};

pub use detect::detect;
pub use options::{MISSING_WORDS, OnError, Options, PARAMETERS};

use csv::Csv;
use fault_log::MAX_FAULTS;
use json::Json;
use rows::Rows;

/// The formats of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, or with any other delimiter; UTF-8.
    Csv,
    /// A JSON object on each line.
    Ndjson,
    /// An array of objects, an object with such an array (`{"points": [..]}`, its other members
    /// are passed over), or a single object.
    Json,
}

/// Reads one file.
pub struct Importer(Reader);

enum Reader {
    Csv(Box<Csv>),
    Json(Box<Json>),
}

/// Some rows of a file, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The fields as far as they are known. Later parts can have more of them, and some that are
    /// integers here can be numbers there; what has no value by now can turn out as any type.
    pub fields: Vec<Field>,
    /// A column for each of `fields`; sequences are zero.
    pub table: Table,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The dataset's fields where there is one, else those of the file in its order.
    pub fields: Vec<Field>,
    /// The rows that were not taken before, in the file's order, a column for each of `fields`;
    /// sequences are zero.
    pub table: Table,
    /// All rows of the file that are not left out.
    pub rows: u64,
    /// Rows left out because of faults; only with [`OnError::Skip`].
    pub skipped: u64,
    /// Faults of rows that were left out, the first 50.
    pub faults: Vec<Fault>,
    /// The columns of the file that together had the time.
    pub time_columns: Vec<String>,
    /// Choices that the sender may want to know of, a sentence each.
    pub notes: Vec<String>,
}

/// Why a file was not read. Nothing of it is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The file or some of its rows are not as they must be.
    Invalid {
        /// The first 50 faults, each with line, column and value.
        faults: Vec<Fault>,
        /// How many there are.
        total: u64,
    },
    /// The file has more rows than may be imported.
    TooManyRows {
        /// How many may be.
        limit: u64,
    },
}

impl Failure {
    fn invalid(mut faults: Vec<Fault>) -> Self {
        let total = faults.len() as u64;
        faults.truncate(MAX_FAULTS);
        Self::Invalid { faults, total }
    }

    /// A fault of the file as a whole.
    fn of_file(detail: &str) -> Self {
        Self::invalid(vec![Fault::new("file", detail)])
    }
}

impl Importer {
    /// Rows of one file, unless [`Self::with_row_limit`] allows fewer.
    pub const MAX_ROWS: u64 = 1 << 30;

    /// `schema` are the fields of the dataset that the rows are for; without it they are inferred.
    ///
    /// # Errors
    /// When options and schema exclude each other.
    pub fn new(
        format: Format,
        options: Options,
        schema: Option<&[Field]>,
    ) -> Result<Self, Vec<Fault>> {
        Self::with_row_limit(format, options, schema, Self::MAX_ROWS)
    }

    /// As [`Self::new`], for at most `limit` rows.
    ///
    /// # Errors
    /// When options and schema exclude each other.
    pub fn with_row_limit(
        format: Format,
        options: Options,
        schema: Option<&[Field]>,
        limit: u64,
    ) -> Result<Self, Vec<Fault>> {
        if schema.is_some() && !options.types.is_empty() {
            let detail = "is for a new dataset: this one has its types already";
            return Err(vec![Fault::new("types", detail)]);
        }
        let limit = limit.min(Self::MAX_ROWS);
        let rows = |unit, missing| Rows::new(options, schema, unit, missing, limit);
        Ok(Self(match format {
            Format::Csv => Reader::Csv(Box::new(Csv::new(rows("line", &options::MISSING_WORDS)))),
            Format::Ndjson => Reader::Json(Box::new(Json::new(rows("line", &[]), true))),
            Format::Json => Reader::Json(Box::new(Json::new(rows("element", &[]), false))),
        }))
    }

    /// Reads the next piece of the file, however it is cut.
    ///
    /// # Errors
    /// When the file cannot be read whatever follows. Faults of single rows are told by
    /// [`Self::finish`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match &mut self.0 {
            Reader::Csv(csv) => csv.push(bytes),
            Reader::Json(json) => json.push(bytes),
        }
    }

    /// Takes the rows read by now out of memory, once there are at least `rows` of them.
    pub fn take_part(&mut self, rows: usize) -> Option<Part> {
        self.rows_mut().take_part(rows)
    }

    /// Whether the rows read by now have faults for which [`Self::finish`] will refuse the file.
    pub fn is_refused(&self) -> bool {
        match &self.0 {
            Reader::Csv(csv) => csv.rows(),
            Reader::Json(json) => json.rows(),
        }
        .is_refused()
    }

    fn rows_mut(&mut self) -> &mut Rows {
        match &mut self.0 {
            Reader::Csv(csv) => csv.rows_mut(),
            Reader::Json(json) => json.rows_mut(),
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the file has no rows, or faults that are not to be skipped.
    pub fn finish(self) -> Result<Parsed, Failure> {
        match self.0 {
            Reader::Csv(csv) => csv.finish(),
            Reader::Json(json) => json.finish(),
        }?
        .finish()
    }
}

//! Turning the bytes of a file into a typed [`Table`], as they arrive.
//!
//! An [`Importer`] is pushed the file piece by piece and holds the rows that nobody has taken from it
//! yet and little else: no second pass, no copy of the file. It does no input or output of its own.
//!
//! | file | what it knows |
//! |---|---|
//! | `detect` | which format a body has |
//! | `options` | the query parameters |
//! | `encoding` | from other encodings to UTF-8 |
//! | `csv`, `csv_top`, `csv_header`, `csv_layout`, `records` | CSV: rows, delimiter, header, splitting |
//! | `unpivot` | columns whose names are times |
//! | `json`, `json_frame`, `json_object` | NDJSON and JSON: rows, where they begin and end, reading one |
//! | `sample`, `headings`, `rows`, `finished_rows` | the first rows, columns of any format, and rows on their way into the table and out again |
//! | `time_columns`, `time_roles`, `time_names`, `time_decision`, `time_refusals` | which columns have the time and in which form, or why that is not certain |
//! | `time_forms`, `time_reader`, `time_pattern`, `time_of_day`, `clock_changes` | reading the time |
//! | `time_shapes` | suggesting a pattern |
//! | `typed`, `untyped` | a column whose type is known, or is told by its values |
//! | `cell`, `notation`, `numeral`, `numerals`, `words` | values |
//! | `number_notes` | columns that are nearly numbers |
//! | `fault_log` | what is wrong with which row |
//!
//! # Decisions
//! - Whatever is not certain is refused with the parameter that would decide it, or read with a note
//!   that says how.
//! - Types are inferred: integer, else number, else text; boolean where there is nothing but
//!   true and false. Whatever a column widens to, each cell keeps its exact spelling. That goes for
//!   all rows until the first part is taken. By then a column with values has its type, which the
//!   rows to come must have too; only integers still become numbers. (Taking text for a column with
//!   a million numbers and a stray word would be of no use to anybody.)
//! - Codes stay text: digits after a leading zero (`007`, `+0049`), whole numbers of more than
//!   2^53 - 1, a column of digits among which there is `1E5`.
//! - Infinity is never stored. In a column of numbers it is a fault. `NaN` is a missing value.
//! - What digits alone mean as a time, [`crate::domain::time::digits`] says. The form that most of
//!   the first rows have is that of the column; a cell that does not have it is a fault.
//! - A column `id` with ids of points, as in Almanac's own exports, is checked and left out.
//! - A column without a name is called `column_7`, its position; without values it is left out.

mod cell;
mod clock_changes;
mod column_list;
mod csv;
mod csv_header;
mod csv_layout;
mod csv_top;
mod detect;
mod encoding;
mod fault_log;
mod finished_rows;
mod headings;
mod json;
mod json_frame;
mod json_object;
mod notation;
mod number_notes;
mod numeral;
mod numerals;
mod options;
mod parameters;
mod records;
mod rows;
mod sample;
mod time_columns;
mod time_decision;
mod time_forms;
mod time_names;
mod time_of_day;
mod time_pattern;
mod time_reader;
mod time_refusals;
mod time_roles;
mod time_shapes;
mod typed;
mod unpivot;
mod untyped;
mod words;

#[cfg(test)]
mod tests;

use crate::domain::{Fault, Field, FieldName, Table};

pub use detect::detect;
pub use encoding::Encoding;
pub use options::{MISSING_WORDS, OnError, Options};
pub use parameters::PARAMETERS;

use csv::Csv;
use encoding::Decoder;
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
pub struct Importer {
    reader: Reader,
    decoding: Decoding,
}

/// From which encoding a file is decoded.
enum Decoding {
    /// Its first byte or none, which do not tell whether it has a byte order mark.
    Unknown(Vec<u8>),
    /// It is UTF-8, or is taken for it.
    None,
    From(Decoder),
}

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
    /// Where the time was found.
    pub time: FoundTime,
    /// Fields with missing values, and how many.
    pub missing: Vec<(FieldName, u64)>,
    /// Choices that the sender may want to know of, a sentence each.
    pub notes: Vec<String>,
}

/// The time of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FoundTime {
    /// The columns that together have it.
    pub columns: Vec<String>,
    /// Its form: `calendar` for dates and times that need no name, that of digits (`YYYYMM`,
    /// `unix_ms`), a pattern, or the parts that the columns have.
    pub form: String,
    /// The finest unit that occurs: `day`, `minute`.
    pub resolution: &'static str,
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

impl Reader {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Csv(csv) => csv.push(bytes),
            Self::Json(json) => json.push(bytes),
        }
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
        let decoding = match options.encoding {
            None => Decoding::Unknown(Vec::new()),
            Some(encoding) => Decoder::new(encoding).map_or(Decoding::None, Decoding::From),
        };
        if format != Format::Csv && options.unpivot.is_some() {
            return Err(vec![Fault::new("unpivot", "is for CSV files")]);
        }
        let rows = |unit, missing| Rows::new(options, schema, unit, missing, limit);
        let reader = match format {
            Format::Csv => Reader::Csv(Box::new(Csv::new(rows("line", &options::MISSING_WORDS)))),
            Format::Ndjson => Reader::Json(Box::new(Json::new(rows("line", &[]), true))),
            Format::Json => Reader::Json(Box::new(Json::new(rows("element", &[]), false))),
        };
        Ok(Self { reader, decoding })
    }

    /// Reads the next piece of the file, however it is cut.
    ///
    /// # Errors
    /// When the file cannot be read whatever follows. Faults of single rows are told by
    /// [`Self::finish`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match &mut self.decoding {
            Decoding::None => self.reader.push(bytes),
            Decoding::From(decoder) => {
                let text = decoder
                    .decode(bytes)
                    .map_err(|why| Failure::of_file(&why))?;
                self.reader.push(&text)
            }
            Decoding::Unknown(head) => {
                head.extend_from_slice(bytes);
                if head.len() < 2 {
                    return Ok(());
                }
                let head = std::mem::take(head);
                self.decoding = self.recognised(&head);
                self.push(&head)
            }
        }
    }

    /// How a file that begins with these bytes is decoded.
    fn recognised(&mut self, head: &[u8]) -> Decoding {
        let has_mark = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
        match Decoder::new(Encoding::Utf16).filter(|_| has_mark) {
            Some(decoder) => {
                let note = "the file begins as UTF-16 does and was read as that";
                self.rows_mut().note(note.to_owned());
                Decoding::From(decoder)
            }
            None => Decoding::None,
        }
    }

    /// Takes the rows read by now out of memory, once there are at least `rows` of them.
    pub fn take_part(&mut self, rows: usize) -> Option<Part> {
        self.rows_mut().take_part(rows)
    }

    /// Whether the rows read by now have faults for which [`Self::finish`] will refuse the file.
    pub fn is_refused(&self) -> bool {
        match &self.reader {
            Reader::Csv(csv) => csv.rows(),
            Reader::Json(json) => json.rows(),
        }
        .is_refused()
    }

    fn rows_mut(&mut self) -> &mut Rows {
        match &mut self.reader {
            Reader::Csv(csv) => csv.rows_mut(),
            Reader::Json(json) => json.rows_mut(),
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the file has no rows, or faults that are not to be skipped.
    pub fn finish(mut self) -> Result<Parsed, Failure> {
        match std::mem::replace(&mut self.decoding, Decoding::None) {
            Decoding::None => {}
            Decoding::From(decoder) => decoder.finish().map_err(|why| Failure::of_file(&why))?,
            Decoding::Unknown(head) => self.reader.push(&head)?,
        }
        match self.reader {
            Reader::Csv(csv) => csv.finish(),
            Reader::Json(json) => json.finish(),
        }?
        .finish()
    }
}

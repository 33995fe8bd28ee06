//! CSV files.

use crate::domain::Value;

use super::Failure;
use super::cell::{Cell, trim};
use super::csv_layout::{self, binary, too_long};
use super::records::{MAX_RECORD, Record, Records, Step};
use super::rows::Rows;

/// Reads a CSV file into rows.
pub(super) struct Csv {
    rows: Rows,
    /// Bytes that are not read yet: the head of the file, later the beginning of a row.
    unread: Vec<u8>,
    /// Once the head has been seen.
    body: Option<Body>,
}

struct Body {
    records: Records,
    width: usize,
    header: Option<usize>,
}

/// Bytes from which the layout is told.
const HEAD: usize = 64 * 1024;

impl Csv {
    pub(super) fn new(rows: Rows) -> Self {
        Self {
            rows,
            unread: Vec::new(),
            body: None,
        }
    }

    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    pub(super) fn rows_mut(&mut self) -> &mut Rows {
        &mut self.rows
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        // In pieces, so that a whole file pushed at once is not copied at once.
        for piece in bytes.chunks(HEAD) {
            self.unread.extend_from_slice(piece);
            if self.body.is_some() || self.unread.len() >= HEAD {
                self.read(false)?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Rows, Failure> {
        self.read(true)?;
        Ok(self.rows)
    }

    fn read(&mut self, last: bool) -> Result<(), Failure> {
        let mut unread = std::mem::take(&mut self.unread);
        let mut at = 0;
        let mut body = match self.body.take() {
            Some(body) => body,
            None => {
                let Some(layout) = csv_layout::find(&unread, last, &self.rows)? else {
                    if unread.len() > 4 * MAX_RECORD {
                        return Err(Failure::of_file("has no rows in its first 4 MiB"));
                    }
                    self.unread = unread;
                    return Ok(());
                };
                layout
                    .notes
                    .into_iter()
                    .for_each(|note| self.rows.note(note));
                let width = layout.headings.len();
                self.rows.begin(&layout.sample, layout.headings, true)?;
                if layout.spaced {
                    self.rows.trim_texts();
                }
                at = layout.start;
                Body {
                    records: layout.records,
                    width,
                    header: layout.header,
                }
            }
        };
        loop {
            let data = unread.get(at..).unwrap_or(&[]);
            match body.records.step(data, last) {
                Step::Record { bytes, line } => {
                    let record = body.records.record(data);
                    add(&mut self.rows, record, line, &body)?;
                    at += bytes;
                }
                Step::Blank { bytes } => at += bytes,
                Step::More => break,
                Step::TooLong { line } => return Err(too_long(line)),
                Step::Binary { line } => return Err(binary(line)),
            }
        }
        unread.drain(..at.min(unread.len()));
        self.unread = unread;
        self.body = Some(body);
        Ok(())
    }
}

#[inline]
fn add(rows: &mut Rows, record: Record<'_>, line: u64, body: &Body) -> Result<(), Failure> {
    let text = match std::str::from_utf8(record.text()) {
        Ok(text) => text,
        Err(error) => {
            refuse_encoding(rows, record, line, error.valid_up_to());
            return Ok(());
        }
    };
    let cell_text = |at| record.range(at).and_then(|range| text.get(range));
    let is_blank = |at| cell_text(at).is_none_or(|cell| trim(cell).is_empty());
    // Spreadsheets write lines of nothing but delimiters for empty rows.
    if is_blank(0) && (0..record.len()).all(is_blank) {
        return Ok(());
    }
    // A delimiter at the end of each row makes cells beyond the header, all of them blank.
    let fits = record.len() == body.width
        || record.len() > body.width && (body.width..record.len()).all(is_blank);
    if !fits {
        let expected = match body.header {
            Some(header) => format!("the header has {header}"),
            None => format!("the first row has {}", body.width),
        };
        let plural = if record.len() == 1 { "" } else { "s" };
        rows.refuse(
            line,
            "",
            format!("has {} cell{plural} where {expected}", record.len()),
        );
        return Ok(());
    }
    let is_plain = text.len() <= Value::MAX_TEXT;
    rows.add(line, is_plain, |rows, column| {
        let is_quoted = record.is_quoted(column);
        cell_text(column).map_or(Cell::Missing, |text| match rows.bare(text) {
            Cell::Missing if is_quoted => Cell::Quoted(text),
            cell => cell,
        })
    })
}

fn refuse_encoding(rows: &mut Rows, record: Record<'_>, line: u64, valid: usize) {
    let cell =
        (0..record.len()).find(|at| record.range(*at).is_some_and(|range| valid < range.end));
    let name = cell.and_then(|cell| rows.name(cell)).unwrap_or_default();
    rows.refuse(
        line,
        &name,
        "has bytes that are not UTF-8: save the file as UTF-8",
    );
}

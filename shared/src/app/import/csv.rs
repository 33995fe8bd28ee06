//! CSV files.

use crate::domain::Value;

use super::Failure;
use super::cell::{Cell, trim};
use super::csv_layout::{self, NOT_UTF8, binary, too_long};
use super::records::{MAX_RECORD, Record, Records, Step};
use super::rows::Rows;
use super::unpivot::Unpivot;

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
    header: Option<(usize, u64)>,
    unpivot: Option<Unpivot>,
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
                if layout.unpivot.is_some() {
                    self.rows.also_known(layout.file_names);
                }
                self.rows.begin(&layout.sample, layout.headings, true)?;
                if layout.spaced {
                    self.rows.trim_texts();
                }
                at = layout.start;
                Body {
                    records: layout.records,
                    width: layout.width,
                    header: layout.header,
                    unpivot: layout.unpivot,
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
        rows.refuse(line, "", misfit(record.len(), body));
        return Ok(());
    }
    let is_plain = text.len() <= Value::MAX_TEXT;
    let cell = |rows: &Rows, column: usize| {
        let is_quoted = record.is_quoted(column);
        cell_text(column).map_or(Cell::Missing, |text| match rows.bare(text) {
            Cell::Missing if is_quoted => Cell::Quoted(text),
            cell => cell,
        })
    };
    let Some(unpivot) = &body.unpivot else {
        return rows.add(line, is_plain, cell);
    };
    for (wide, time) in &unpivot.wide {
        if matches!(cell(rows, *wide), Cell::Missing | Cell::Quoted(_)) {
            rows.count_empty();
            continue;
        }
        let kept = unpivot.kept.len();
        rows.add(line, is_plain, |rows, column| {
            match unpivot.kept.get(column) {
                Some(column) => cell(rows, *column),
                None if column == kept => Cell::Bare(time),
                None if column == kept + 1 => cell(rows, *wide),
                None => Cell::Missing,
            }
        })?;
    }
    Ok(())
}

/// What is wrong with a row of another number of cells, and what would help.
fn misfit(cells: usize, body: &Body) -> String {
    let plural = if cells == 1 { "" } else { "s" };
    let (expected, remedy) = match body.header {
        Some((header, line)) => {
            let remedy = match cells > header {
                true => format!(
                    "; a cell with the delimiter in it must be in quotes; `?skip_lines={line}&header=false` reads the columns without their names"
                ),
                false => String::new(),
            };
            (format!("the header has {header}"), remedy)
        }
        None => (format!("the first row has {}", body.width), String::new()),
    };
    format!("has {cells} cell{plural} where {expected}{remedy}")
}

fn refuse_encoding(rows: &mut Rows, record: Record<'_>, line: u64, valid: usize) {
    let cell =
        (0..record.len()).find(|at| record.range(*at).is_some_and(|range| valid < range.end));
    let name = cell.and_then(|cell| rows.name(cell)).unwrap_or_default();
    rows.refuse(line, &name, NOT_UTF8);
}

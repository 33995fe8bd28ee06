//! Splitting a CSV file into records: RFC 4180, with any delimiter and any line end.
//!
//! A record without quotes, as nearly all are, is split where it lies. One with quotes goes
//! through csv-core, which sees both kinds alike.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Bytes of one record. A quote that is never closed would otherwise swallow the file.
pub(super) const MAX_RECORD: usize = 1 << 20;
/// Cells of one record.
pub(super) const MAX_CELLS: usize = 5000;

/// What separates the cells of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiter {
    Byte(u8),
    /// Any number of blanks and tabs; those at the ends of a line separate nothing.
    Spaces,
}

#[derive(Clone)]
pub(super) struct Records {
    delimiter: u8,
    is_spaced: bool,
    /// What a line begins with that is no record.
    comment: Option<u8>,
    /// The line on which the next record begins, from 1.
    line: u64,
    /// Where each cell of the last record ends, in its text.
    ends: Vec<usize>,
    /// Text of the last record if it had quotes.
    unquoted: Vec<u8>,
    quotes: bool,
    /// If it had quotes: which of its cells begin with one.
    quoted: Vec<bool>,
}

/// What was found at the beginning of the data.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A record of `cells` cells that takes up `bytes` bytes with its line end and begins on
    /// `line`.
    Record { bytes: usize, line: u64 },
    /// Empty lines and no record.
    Blank { bytes: usize },
    /// No whole record; more data is needed, unless there is none.
    More,
    /// A record longer than [`MAX_RECORD`] or with more cells than [`MAX_CELLS`], on this line.
    TooLong { line: u64 },
    /// A zero byte, on this line: no text file.
    Binary { line: u64 },
}

/// The last record.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    text: &'a [u8],
    ends: &'a [usize],
    /// Bytes between two cells.
    gap: usize,
    quoted: &'a [bool],
}

impl Records {
    pub(super) fn new(delimiter: Delimiter, comment: Option<u8>, line: u64) -> Self {
        let (delimiter, is_spaced) = match delimiter {
            Delimiter::Byte(byte) => (byte, false),
            Delimiter::Spaces => (b' ', true),
        };
        Self {
            delimiter,
            is_spaced,
            comment,
            line,
            ends: Vec::new(),
            unquoted: Vec::new(),
            quotes: false,
            quoted: Vec::new(),
        }
    }

    /// Splits the record at the beginning of `data`; `last` tells that the file ends with it.
    pub(super) fn step(&mut self, data: &[u8], last: bool) -> Step {
        let mut blank = 0;
        while let Some(b'\n' | b'\r') = data.get(blank) {
            match line_end(data, blank, last) {
                Some(bytes) => blank += bytes,
                None => break,
            }
            self.line += 1;
        }
        if blank > 0 {
            return Step::Blank { bytes: blank };
        }
        if data.is_empty() || data == b"\r" {
            return Step::More;
        }
        if self.comment.is_some() && self.comment == data.first().copied() {
            return self.step_comment(data, last);
        }
        if self.is_spaced {
            return self.step_spaced(data, last);
        }
        self.quotes = false;
        self.ends.clear();
        for (at, byte) in data.iter().enumerate() {
            let byte = *byte;
            if byte == self.delimiter {
                self.ends.push(at);
            } else if byte <= b'"' {
                match byte {
                    b'\n' | b'\r' => {
                        let Some(end) = line_end(data, at, last) else {
                            return Step::More;
                        };
                        self.ends.push(at);
                        return self.found(at + end, 1);
                    }
                    b'"' => return self.step_quoted(data, last),
                    0 => return Step::Binary { line: self.line },
                    _ => {}
                }
            }
        }
        if last {
            self.ends.push(data.len());
            return self.found(data.len(), 1);
        }
        self.unfinished(data)
    }

    #[cold]
    fn step_comment(&mut self, data: &[u8], last: bool) -> Step {
        let end = data.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let bytes = match end {
            Some(at) => line_end(data, at, last).map(|bytes| at + bytes),
            None => last.then_some(data.len()),
        };
        let Some(bytes) = bytes else {
            return self.unfinished(data);
        };
        self.line += 1;
        Step::Blank { bytes }
    }

    /// A line whose cells are apart by blanks. A cell may be in quotes, within the line.
    fn step_spaced(&mut self, data: &[u8], last: bool) -> Step {
        let end = data.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        let (text, bytes) = match end {
            Some(at) => match line_end(data, at, last) {
                Some(bytes) => (data.get(..at).unwrap_or(data), at + bytes),
                None => return Step::More,
            },
            None if last => (data, data.len()),
            None => return self.unfinished(data),
        };
        if text.contains(&0) {
            return Step::Binary { line: self.line };
        }
        // As a record with quotes is kept: the cells one behind the other.
        self.quotes = true;
        self.ends.clear();
        self.unquoted.clear();
        self.quoted.clear();
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let mut rest = text.trim_ascii_start();
        while !rest.is_empty() {
            let quoted = rest
                .strip_prefix(b"\"")
                .and_then(|inner| Some((inner, inner.iter().position(|byte| *byte == b'"')?)));
            self.quoted.push(quoted.is_some());
            let (cell, after) = match quoted {
                Some((inner, end)) => (inner.get(..end), inner.get(end + 1..)),
                None => {
                    let end = rest.iter().position(is_blank).unwrap_or(rest.len());
                    (rest.get(..end), rest.get(end..))
                }
            };
            self.unquoted.extend_from_slice(cell.unwrap_or(&[]));
            self.ends.push(self.unquoted.len());
            rest = after.unwrap_or(&[]).trim_ascii_start();
        }
        if self.ends.is_empty() {
            self.line += 1;
            return Step::Blank { bytes };
        }
        self.found(bytes, 1)
    }

    fn found(&mut self, bytes: usize, lines: u64) -> Step {
        let line = self.line;
        self.line += lines;
        if bytes > MAX_RECORD || self.ends.len() > MAX_CELLS {
            return Step::TooLong { line };
        }
        Step::Record { bytes, line }
    }

    fn unfinished(&self, data: &[u8]) -> Step {
        if data.len() > MAX_RECORD {
            Step::TooLong { line: self.line }
        } else {
            Step::More
        }
    }

    #[cold]
    fn step_quoted(&mut self, data: &[u8], last: bool) -> Step {
        self.quotes = true;
        self.ends.clear();
        self.ends.resize(64, 0);
        self.unquoted.clear();
        self.unquoted.resize(4096, 0);
        let mut reader: Reader = ReaderBuilder::new().delimiter(self.delimiter).build();
        let (mut read, mut written, mut cells) = (0, 0, 0);
        let start = data.get(..MAX_RECORD.min(data.len())).unwrap_or(data);
        loop {
            // At first a byte alone: csv-core strips a byte order mark that it sees whole at the
            // start of what it takes for a file.
            let input = start
                .get(read..if read == 0 { 1 } else { start.len() })
                .unwrap_or(&[]);
            let at_end = input.is_empty();
            if at_end && !(last && start.len() == data.len()) {
                return if start.len() < data.len() {
                    Step::TooLong { line: self.line }
                } else {
                    self.unfinished(data)
                };
            }
            let output = self.unquoted.get_mut(written..).unwrap_or(&mut []);
            let ends = self.ends.get_mut(cells..).unwrap_or(&mut []);
            let (result, bytes_in, bytes_out, ends_out) = reader.read_record(input, output, ends);
            read += bytes_in;
            written += bytes_out;
            cells += ends_out;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.unquoted.resize(self.unquoted.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        self.unquoted.truncate(written);
        self.ends.truncate(cells);
        // The line end after the record: a lone CR may be the first half of one.
        if read > 0 && data.get(read - 1) == Some(&b'\r') {
            match line_end(data, read - 1, last) {
                Some(bytes) => read = read - 1 + bytes,
                None => return Step::More,
            }
        }
        if self.unquoted.contains(&0) {
            return Step::Binary { line: self.line };
        }
        let text = data.get(..read).unwrap_or(data);
        self.mark_quoted(text);
        let lines = text.iter().filter(|byte| **byte == b'\n').count()
            + text
                .windows(2)
                .filter(|pair| matches!(pair, [b'\r', next] if *next != b'\n'))
                .count()
            + usize::from(text.ends_with(b"\r"));
        self.found(read, lines as u64)
    }

    /// Notes which cells of a record begin with a quote.
    fn mark_quoted(&mut self, record: &[u8]) {
        self.quoted.clear();
        let mut rest = record;
        loop {
            let is_quoted = rest.first() == Some(&b'"');
            self.quoted.push(is_quoted);
            if is_quoted {
                rest = behind_quotes(rest.get(1..).unwrap_or(&[]));
            }
            match rest.iter().position(|byte| *byte == self.delimiter) {
                Some(at) => rest = rest.get(at + 1..).unwrap_or(&[]),
                None => break,
            }
        }
    }

    /// The record of the last [`Step::Record`], found in `data`.
    #[inline]
    pub(super) fn record<'a>(&'a self, data: &'a [u8]) -> Record<'a> {
        if self.quotes {
            Record {
                text: &self.unquoted,
                ends: &self.ends,
                gap: 0,
                quoted: &self.quoted,
            }
        } else {
            Record {
                text: data,
                ends: &self.ends,
                gap: 1,
                quoted: &[],
            }
        }
    }
}

/// What follows the closing quote; within quotes two of them stand for one.
fn behind_quotes(mut text: &[u8]) -> &[u8] {
    while let Some(at) = text.iter().position(|byte| *byte == b'"') {
        match text.get(at + 1) {
            Some(b'"') => text = text.get(at + 2..).unwrap_or(&[]),
            _ => return text.get(at + 1..).unwrap_or(&[]),
        }
    }
    &[]
}

/// Bytes of the line end at `at`; `None` when it is a CR of which a LF may yet follow.
#[inline]
fn line_end(data: &[u8], at: usize, last: bool) -> Option<usize> {
    match (data.get(at), data.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Some(2),
        (Some(b'\r'), None) if !last => None,
        _ => Some(1),
    }
}

impl<'a> Record<'a> {
    pub(super) fn len(self) -> usize {
        self.ends.len()
    }

    /// All its cells, with what is between them.
    #[inline]
    pub(super) fn text(self) -> &'a [u8] {
        let end = self.ends.last().copied().unwrap_or(0);
        self.text.get(..end).unwrap_or(&[])
    }

    /// Where a cell begins and ends in [`Self::text`].
    #[inline]
    pub(super) fn range(self, cell: usize) -> Option<std::ops::Range<usize>> {
        let end = *self.ends.get(cell)?;
        let start = match cell.checked_sub(1) {
            None => 0,
            Some(before) => *self.ends.get(before)? + self.gap,
        };
        Some(start..end)
    }

    /// Whether a cell begins with a quote.
    #[inline]
    pub(super) fn is_quoted(self, cell: usize) -> bool {
        self.quoted.get(cell) == Some(&true)
    }

    /// The cells as text, what is not UTF-8 replaced.
    pub(super) fn lossy_cells(self) -> Vec<String> {
        let cell = |cell| self.text().get(self.range(cell)?);
        let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
        (0..self.len())
            .map(|at| cell(at).map(text).unwrap_or_default())
            .collect()
    }
}

#[cfg(test)]
mod tests;

//! JSON files: an object a line, an array of objects, or an object with such an array.

use std::collections::HashMap;

use crate::domain::{Fault, PointId, Value};

use super::Failure;
use super::cell::{Cell, trim};
use super::headings::Heading;
use super::json_frame::Frame;
use super::json_object::{self, Flat};
use super::rows::Rows;
use super::sample::Sample;

/// Reads a JSON file into rows.
pub(super) struct Json {
    rows: Rows,
    frame: Frame,
    /// Bytes that are not read yet.
    unread: Vec<u8>,
    /// The column of each key.
    keys: HashMap<String, usize>,
    /// The keys in the order of the columns.
    order: Vec<String>,
    /// The first rows, until they tell where the time is; with their numbers.
    ahead: Option<Vec<(u64, Vec<u8>)>>,
    ahead_bytes: usize,
}

/// Bytes and rows from which the columns with the time are told.
const HEAD: usize = 64 * 1024;
const HEAD_ROWS: usize = 500;

impl Json {
    pub(super) fn new(rows: Rows, lines: bool) -> Self {
        Self {
            rows,
            frame: Frame::new(lines),
            unread: Vec::new(),
            keys: HashMap::new(),
            order: Vec::new(),
            ahead: Some(Vec::new()),
            ahead_bytes: 0,
        }
    }

    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    pub(super) fn rows_mut(&mut self) -> &mut Rows {
        &mut self.rows
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        for piece in bytes.chunks(HEAD) {
            self.unread.extend_from_slice(piece);
            self.read(false)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Rows, Failure> {
        self.read(true)?;
        self.frame.check_end()?;
        self.begin()?;
        Ok(self.rows)
    }

    fn read(&mut self, last: bool) -> Result<(), Failure> {
        let mut unread = std::mem::take(&mut self.unread);
        let mut at = 0;
        while let Some(taken) = self.frame.step(unread.get(at..).unwrap_or(&[]), last)? {
            if let Some(row) = taken.row
                && let Some(text) = unread.get(at + row.start..at + row.end)
            {
                self.keep(text)?;
            }
            at += taken.bytes;
        }
        unread.drain(..at.min(unread.len()));
        self.frame.check_rest(unread.len())?;
        self.unread = unread;
        Ok(())
    }

    /// Takes a row, or keeps it while the first rows are collected.
    fn keep(&mut self, text: &[u8]) -> Result<(), Failure> {
        let Some(ahead) = &mut self.ahead else {
            return self.add(self.frame.row(), text);
        };
        ahead.push((self.frame.row(), text.to_vec()));
        self.ahead_bytes += text.len();
        if ahead.len() >= HEAD_ROWS || self.ahead_bytes >= HEAD {
            self.begin()
        } else {
            Ok(())
        }
    }

    /// Decides from the first rows where the time is, and takes them.
    fn begin(&mut self) -> Result<(), Failure> {
        let Some(ahead) = self.ahead.take() else {
            return Ok(());
        };
        let mut sample = Sample::default();
        for (_, text) in &ahead {
            let members = std::str::from_utf8(text)
                .ok()
                .and_then(|text| json_object::read(text).ok());
            let mut row = vec![None; sample.names.len()];
            for (key, value) in members.unwrap_or_default() {
                let name = key.trim();
                let column = sample
                    .names
                    .iter()
                    .position(|known| known == name)
                    .unwrap_or_else(|| {
                        sample.names.push(name.to_owned());
                        row.push(None);
                        sample.names.len() - 1
                    });
                let value = match value {
                    Flat::Number(number) => Some(number.to_owned()),
                    Flat::Text(text) if !self.rows.is_missing_word(&text) => {
                        Some(trim(&text).to_owned())
                    }
                    _ => None,
                };
                if let Some(slot) = row.get_mut(column) {
                    *slot = value.filter(|value| !value.is_empty());
                }
            }
            sample.rows.push(row);
        }
        if sample.names.is_empty() && !ahead.is_empty() {
            // Nothing could be read: say what is wrong rather than that there is no time.
            ahead
                .iter()
                .try_for_each(|(row, text)| self.add(*row, text))?;
            return Ok(());
        }
        if ahead.is_empty() {
            return Err(Failure::of_file("has no rows"));
        }
        let heading = |name: &String| Heading {
            name: name.clone(),
            unnamed: false,
        };
        self.rows
            .begin(&sample, sample.names.iter().map(heading).collect(), false)?;
        for (column, name) in sample.names.into_iter().enumerate() {
            self.order.push(name.clone());
            self.keys.insert(name, column);
        }
        ahead
            .iter()
            .try_for_each(|(row, text)| self.add(*row, text))
    }

    fn add(&mut self, row: u64, text: &[u8]) -> Result<(), Failure> {
        let Ok(text) = std::str::from_utf8(text) else {
            return self.bad_row(row, "has bytes that are not UTF-8".to_owned());
        };
        let members = match json_object::read(text) {
            Ok(members) => members,
            Err(fault) => {
                let column = text
                    .get(..fault.at)
                    .map_or(0, |before| before.chars().count())
                    + 1;
                return self.bad_row(
                    row,
                    format!("malformed JSON at character {column}: {}", fault.reason),
                );
            }
        };
        let mut values: Vec<Option<Flat<'_>>> = Vec::with_capacity(self.order.len());
        values.resize_with(self.order.len(), || None);
        for (at, (key, value)) in members.into_iter().enumerate() {
            let column = self.column(at, &key, &value)?;
            if values.len() <= column {
                values.resize_with(column + 1, || None);
            }
            let Some(slot) = values.get_mut(column) else {
                continue;
            };
            if slot.is_some() {
                self.rows
                    .refuse(row, key.trim(), "occurs twice in the object");
                return Ok(());
            }
            if value == Flat::Nested && !self.rows.is_left_out(column) {
                self.rows.refuse(
                    row,
                    key.trim(),
                    "is an object or an array: a field takes a single value",
                );
                return Ok(());
            }
            *slot = Some(value);
        }
        let is_plain = text.len() <= Value::MAX_TEXT;
        self.rows
            .add(row, is_plain, |rows, column| match values.get(column) {
                Some(Some(Flat::Number(number))) if rows.is_missing_word(number) => Cell::Missing,
                Some(Some(Flat::Number(number))) => Cell::Number(number),
                Some(Some(Flat::Text(text))) if rows.is_missing_word(text) => Cell::Missing,
                Some(Some(Flat::Text(text))) => Cell::Text(text),
                Some(Some(Flat::Boolean(flag))) => Cell::Boolean(*flag),
                Some(Some(Flat::Null | Flat::Nested) | None) | None => Cell::Missing,
            })
    }

    /// Malformed text ends the reading of an array; a line stands for itself.
    fn bad_row(&mut self, row: u64, detail: String) -> Result<(), Failure> {
        if self.frame.has_lines() {
            self.rows.refuse(row, "", detail);
            return Ok(());
        }
        Err(Failure::invalid(vec![Fault::new(
            format!("element {row}"),
            detail,
        )]))
    }

    /// The column of a key, which is most likely the one at the same place as in the row before;
    /// a new one for a new key.
    fn column(&mut self, place: usize, key: &str, value: &Flat<'_>) -> Result<usize, Failure> {
        let name = key.trim();
        if self.order.get(place).is_some_and(|known| known == name) {
            return Ok(place);
        }
        if let Some(column) = self.keys.get(name) {
            return Ok(*column);
        }
        let is_id = matches!(value, Flat::Text(text) if PointId::parse(text).is_some());
        let heading = Heading {
            name: name.to_owned(),
            unnamed: false,
        };
        let column = self
            .rows
            .add_heading(heading, is_id)
            .map_err(|fault| Failure::invalid(vec![fault]))?;
        self.order.push(name.to_owned());
        self.keys.insert(name.to_owned(), column);
        Ok(column)
    }
}
